//! Requests under way. A request ends exactly once for its caller: with the answer, or with the
//! timeout at its deadline, a tie going to the answer.
//!
//! The engine posts a timeout only when it knows that the answer may not come in time: the request
//! or the answer was lost, will be late, or was not given at once. What happens is the same as if
//! every request posted its timeout ([`Timers::All`], for the test that shows it): timeouts have an
//! order of their own, by deadline and then by the request's number, after all else of that moment.

use compup2p_protocol::id::Addr;
use compup2p_protocol::node::Message;
use compup2p_protocol::time::Time;
use compup2p_protocol::world::Ticket;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Which timeouts are posted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Timers {
    /// Those that can fire.
    #[default]
    Needed,
    /// All of them.
    All,
}

/// A request under way.
#[derive(Clone, Copy, Debug)]
struct Call {
    deadline: Time,
    /// Requests are numbered in the order in which they are made.
    number: u64,
    caller: Addr,
    callee: Addr,
    /// Which stay of the caller made it.
    incarnation: u32,
    generation: u32,
    is_answered: bool,
    has_timeout: bool,
}

/// The requests under way, and the timeouts that may fire.
#[derive(Debug, Default)]
pub struct Calls {
    calls: Vec<Call>,
    free: Vec<u32>,
    made: u64,
    timers: Timers,
    timeouts: BinaryHeap<Timeout>,
}

/// A timeout that may fire.
#[derive(Debug)]
pub struct Timeout {
    at: Time,
    number: u64,
    ticket: Ticket,
    request: Message,
}

/// Whose request ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ended {
    /// Who made it.
    pub caller: Addr,
    /// Which stay of the caller made it.
    pub incarnation: u32,
    /// Who was asked.
    pub callee: Addr,
}

impl Calls {
    /// No requests.
    pub fn new(timers: Timers) -> Self {
        Self { timers, ..Self::default() }
    }

    /// A request is made; it is given up at `deadline`.
    pub fn open(
        &mut self,
        caller: Addr,
        incarnation: u32,
        callee: Addr,
        deadline: Time,
        request: &Message,
    ) -> Ticket {
        self.made += 1;
        let index = self.free.pop().unwrap_or_else(|| {
            self.calls.push(Call {
                deadline,
                number: 0,
                caller,
                callee,
                incarnation,
                generation: 0,
                is_answered: false,
                has_timeout: false,
            });
            (self.calls.len() - 1) as u32
        });
        let call = &mut self.calls[index as usize];
        let generation = call.generation;
        *call = Call {
            deadline,
            number: self.made,
            caller,
            callee,
            incarnation,
            generation,
            is_answered: false,
            has_timeout: false,
        };
        let ticket = Ticket { call: index, generation };
        if self.timers == Timers::All {
            self.expect_timeout(ticket, request.clone());
        }
        ticket
    }

    /// The request's ticket, if it is still under way.
    pub fn ticket(&self, index: u32) -> Ticket {
        Ticket { call: index, generation: self.calls[index as usize].generation }
    }

    fn at(&self, ticket: Ticket) -> Option<&Call> {
        self.calls.get(ticket.call as usize).filter(|c| c.generation == ticket.generation)
    }

    /// Who made the request of this place.
    pub fn caller(&self, index: u32) -> Addr {
        self.calls[index as usize].caller
    }

    /// Whom to answer by when, if the request is under way and was not answered.
    pub fn unanswered(&self, ticket: Ticket) -> Option<(Addr, Time)> {
        self.at(ticket).filter(|c| !c.is_answered).map(|c| (c.caller, c.deadline))
    }

    /// The answer is on its way and will be in time.
    pub fn answered(&mut self, ticket: Ticket) {
        self.calls[ticket.call as usize].is_answered = true;
    }

    /// The answer may not come in time: posts the timeout, unless that was done.
    pub fn expect_timeout(&mut self, ticket: Ticket, request: Message) {
        let call = &mut self.calls[ticket.call as usize];
        if call.generation != ticket.generation || call.has_timeout {
            return;
        }
        call.has_timeout = true;
        let (at, number) = (call.deadline, call.number);
        self.timeouts.push(Timeout { at, number, ticket, request });
    }

    /// The request ended, with the answer or the timeout.
    pub fn close(&mut self, index: u32) -> Ended {
        let call = &mut self.calls[index as usize];
        call.generation = call.generation.wrapping_add(1);
        self.free.push(index);
        Ended { caller: call.caller, incarnation: call.incarnation, callee: call.callee }
    }

    /// When the next timeout may fire.
    pub fn next_timeout(&self) -> Option<Time> {
        self.timeouts.peek().map(|timeout| timeout.at)
    }

    /// Takes the next timeout; nothing if its request was answered in time.
    pub fn take_timeout(&mut self) -> Option<(Ended, Message)> {
        let Timeout { ticket, request, .. } = self.timeouts.pop()?;
        self.at(ticket)?;
        Some((self.close(ticket.call), request))
    }

    /// How many are under way.
    pub fn under_way(&self) -> usize {
        self.calls.len() - self.free.len()
    }
}

impl Ord for Timeout {
    /// The earliest is the greatest: a `BinaryHeap` gives the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

impl PartialOrd for Timeout {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Timeout {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Timeout {}

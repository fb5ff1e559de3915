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
    /// The request itself is still under way to the callee: the place is not used anew before.
    is_travelling: bool,
    is_closed: bool,
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
    /// Its number among all requests.
    pub number: u64,
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
        let mut call = Call {
            deadline,
            number: self.made,
            caller,
            callee,
            incarnation,
            generation: 0,
            is_travelling: false,
            is_closed: false,
            is_answered: false,
            has_timeout: false,
        };
        let index = match self.free.pop() {
            Some(index) => {
                let place = &mut self.calls[index as usize];
                call.generation = place.generation;
                *place = call;
                index
            }
            None => {
                self.calls.push(call);
                (self.calls.len() - 1) as u32
            }
        };
        let generation = call.generation;
        let ticket = Ticket { call: index, generation };
        if self.timers == Timers::All {
            self.expect_timeout(ticket, request.clone());
        }
        ticket
    }

    /// The request of this place is under way to the callee, and will come to it.
    pub fn travels(&mut self, ticket: Ticket) {
        self.calls[ticket.call as usize].is_travelling = true;
    }

    /// The request of this place came to the callee: who made it, and what to answer it with. It
    /// may have been given up before; what answers it then comes too late.
    pub fn arrives(&mut self, index: u32) -> (Addr, Ticket) {
        let call = &mut self.calls[index as usize];
        call.is_travelling = false;
        let ticket = Ticket { call: index, generation: call.generation };
        let caller = call.caller;
        if call.is_closed {
            call.generation = call.generation.wrapping_add(1);
            self.free.push(index);
        }
        (caller, ticket)
    }

    fn at(&self, ticket: Ticket) -> Option<&Call> {
        let call = self.calls.get(ticket.call as usize)?;
        (call.generation == ticket.generation && !call.is_closed).then_some(call)
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
        if call.generation != ticket.generation || call.is_closed || call.has_timeout {
            return;
        }
        call.has_timeout = true;
        let (at, number) = (call.deadline, call.number);
        self.timeouts.push(Timeout { at, number, ticket, request });
    }

    /// The request ended, with the answer or the timeout.
    pub fn close(&mut self, index: u32) -> Ended {
        let call = &mut self.calls[index as usize];
        call.is_closed = true;
        if !call.is_travelling {
            call.generation = call.generation.wrapping_add(1);
            self.free.push(index);
        }
        let Call { caller, incarnation, callee, number, .. } = *call;
        Ended { caller, incarnation, callee, number }
    }

    /// How many requests were made: the number of the last one.
    pub fn made(&self) -> u64 {
        self.made
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

#[cfg(test)]
mod tests {
    use super::*;
    use compup2p_protocol::node::Timer;

    const ASK: Message = Message::Timer(Timer::Join);

    #[test]
    fn a_request_that_comes_after_its_timeout_answers_nobody_elses() {
        let mut calls = Calls::new(Timers::Needed);
        let first = calls.open(Addr(1), 0, Addr(2), Time(10), &ASK);
        calls.travels(first);
        calls.expect_timeout(first, ASK);
        assert!(calls.take_timeout().is_some());
        let second = calls.open(Addr(3), 0, Addr(4), Time(20), &ASK);
        let (caller, ticket) = calls.arrives(first.call);
        assert_eq!((caller, calls.unanswered(ticket)), (Addr(1), None));
        assert_eq!(calls.unanswered(second), Some((Addr(3), Time(20))));
        assert_eq!(calls.under_way(), 1);
    }

    #[test]
    fn a_request_that_was_answered_is_not_given_up() {
        let mut calls = Calls::new(Timers::All);
        let ticket = calls.open(Addr(1), 0, Addr(2), Time(10), &ASK);
        calls.answered(ticket);
        assert_eq!(calls.close(ticket.call).callee, Addr(2));
        assert!(calls.take_timeout().is_none());
        assert_eq!(calls.under_way(), 0);
    }

    #[test]
    fn timeouts_come_in_the_order_of_deadlines_and_then_of_requests() {
        let mut calls = Calls::new(Timers::All);
        for (caller, deadline) in [(1, 30), (2, 10), (3, 30), (4, 20)] {
            calls.open(Addr(caller), 0, Addr(9), Time(deadline), &ASK);
        }
        let order: Vec<u32> =
            std::iter::from_fn(|| calls.take_timeout()).map(|(ended, _)| ended.caller.0).collect();
        assert_eq!(order, [2, 4, 1, 3]);
    }
}

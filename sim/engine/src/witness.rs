//! What nodes read and send, as an observer sees it that wants to: each with a number, what caused
//! it, and what became of it [ours].
//!
//! Nobody sees anything unless asked for: then the nodes' surroundings keep a [`Witness`], which
//! takes note, and is emptied into the observer when a node has read. It draws nothing and posts
//! nothing, so a run goes the same with it and without.
//!
//! An event carries no number. Which message arrives is known all the same: those of one moment come
//! to one receiver in the order in which they were posted, and all that is posted is noted.

use crate::churn::sessions::Exit;
use compup2p_protocol::id::Addr;
use compup2p_protocol::node::{Command, Message};
use compup2p_protocol::time::Time;
use compup2p_protocol::world::Arrival;
use std::collections::VecDeque;
use std::collections::btree_map::{BTreeMap, Entry};

/// Something that happened to a node, or that it did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Seen {
    /// It reads something, or is told something. What it sends and reports next comes of that.
    Step(Step),
    /// It sends something.
    Sent(Sent),
    /// What was sent under this number comes, and is not read: its receiver is down, or the stay
    /// that it was for is over.
    Unread(u64),
    /// It stops.
    Stops(Exit),
}

/// What a node reads, or is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Its number among all steps of the run.
    pub number: u64,
    /// What it is.
    pub cause: Cause,
}

/// Why a node does something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cause {
    /// It reads an arrival.
    Arrival {
        /// What.
        arrival: Arrival<Message>,
        /// The number under which it was sent: the message, or of what comes back to its sender the
        /// request or the shipment.
        sent: u64,
    },
    /// Its user asks for something.
    Command(Command),
    /// Its host comes up.
    Joins,
    /// Its host is about to leave.
    Leaves,
}

/// What a node sends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sent {
    /// Its number among all that is sent in the run.
    pub number: u64,
    /// The step in which it is sent; nothing for what all nodes do at the start of an ideal ring.
    pub step: Option<u64>,
    /// To whom.
    pub to: Addr,
    /// What.
    pub message: Message,
    /// Bytes on the wire, with the bulk data behind it.
    pub bytes: u64,
    /// How.
    pub manner: Manner,
    /// What becomes of it.
    pub fate: Fate,
}

/// How something is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Manner {
    /// A message.
    Post,
    /// A request.
    Request,
    /// An answer.
    Answer,
    /// A message with bulk data behind it.
    Bulk,
    /// A message to oneself.
    Wake,
}

/// What becomes of what is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It arrives then, whether or not somebody reads it.
    Arrives(Time),
    /// The network loses it.
    Lost,
    /// It is an answer that comes after its timeout: nobody waits for it any more.
    Late,
    /// Its bulk data is on the way.
    Moves,
}

/// What is seen, at whom and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sight {
    /// When.
    pub at: Time,
    /// At whom.
    pub node: Addr,
    /// What.
    pub seen: Seen,
}

/// Takes note for an observer.
#[derive(Debug, Default)]
pub struct Witness {
    steps: u64,
    sent: u64,
    /// The step that goes on.
    step: Option<u64>,
    /// What came last.
    come: u64,
    /// Each with how many facts the node had reported before.
    sights: Vec<(usize, Sight)>,
    /// What is under way to whom, by when it arrives, in the order in which it was posted.
    under_way: BTreeMap<(Time, Addr), VecDeque<u64>>,
    /// Requests that have not ended, by their number among all requests.
    requests: BTreeMap<u64, u64>,
    /// Shipments, by their place.
    shipments: BTreeMap<u32, u64>,
}

impl Witness {
    /// A node reads something, or is told something.
    #[cold]
    #[inline(never)]
    pub fn begins(&mut self, at: Time, node: Addr, cause: Cause) {
        let number = self.steps;
        self.steps += 1;
        self.step = Some(number);
        self.see(0, at, node, Seen::Step(Step { number, cause }));
    }

    /// A node stops.
    pub fn stops(&mut self, at: Time, node: Addr, exit: Exit) {
        self.see(0, at, node, Seen::Stops(exit));
    }

    /// A node sends something, after so many facts: its number.
    pub fn sends(
        &mut self,
        facts: usize,
        at: Time,
        [from, to]: [Addr; 2],
        what: (Message, u64),
        manner: Manner,
        fate: Fate,
    ) -> u64 {
        let number = self.sent;
        self.sent += 1;
        if let Fate::Arrives(arrival) = fate {
            self.posts(arrival, to, number);
        }
        let (message, bytes) = what;
        let step = self.step;
        let sent = Sent { number, step, to, message, bytes, manner, fate };
        self.see(facts, at, from, Seen::Sent(sent));
        number
    }

    /// The message `sent` will come to `to`.
    fn posts(&mut self, at: Time, to: Addr, sent: u64) {
        self.under_way.entry((at, to)).or_default().push_back(sent);
    }

    /// Something comes to `to`.
    #[cold]
    #[inline(never)]
    pub fn comes(&mut self, at: Time, to: Addr) {
        let Entry::Occupied(mut due) = self.under_way.entry((at, to)) else {
            unreachable!("what comes was noted when it was posted");
        };
        self.come = due.get_mut().pop_front().expect("nothing empty is kept");
        if due.get().is_empty() {
            due.remove();
        }
    }

    /// A request comes back to who made it, unanswered.
    #[cold]
    #[inline(never)]
    pub fn comes_back(&mut self, request: u64) {
        self.come = self.requests.remove(&request).expect("a request ends once");
    }

    /// A node reads what came last.
    #[cold]
    #[inline(never)]
    pub fn reads(&mut self, at: Time, node: Addr, arrival: &Arrival<Message>) {
        let (arrival, sent) = (arrival.clone(), self.come);
        self.begins(at, node, Cause::Arrival { arrival, sent });
    }

    /// Nobody reads what came last.
    #[cold]
    #[inline(never)]
    pub fn unread(&mut self, at: Time, to: Addr) {
        let sent = self.come;
        self.see(0, at, to, Seen::Unread(sent));
    }

    /// `sent` is the request of this number among all requests.
    pub fn asks(&mut self, request: u64, sent: u64) {
        self.requests.insert(request, sent);
    }

    /// A request ended with its answer.
    #[cold]
    #[inline(never)]
    pub fn ends(&mut self, request: u64) {
        self.requests.remove(&request);
    }

    /// `sent` is the shipment at this place.
    pub fn ships(&mut self, shipment: u32, sent: u64) {
        self.shipments.insert(shipment, sent);
    }

    /// Something of the shipment at this place will come to `to`: it, or news of it.
    #[cold]
    #[inline(never)]
    pub fn posts_of(&mut self, shipment: u32, at: Time, to: Addr) {
        let sent = self.shipments[&shipment];
        self.posts(at, to, sent);
    }

    fn see(&mut self, facts: usize, at: Time, node: Addr, seen: Seen) {
        self.sights.push((facts, Sight { at, node, seen }));
    }

    /// What was seen and not shown yet, each with how many facts its node had reported before in
    /// the step.
    pub fn take(&mut self) -> Vec<(usize, Sight)> {
        std::mem::take(&mut self.sights)
    }
}

#[cfg(test)]
mod tests;

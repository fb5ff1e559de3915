//! Chord (Stoica et al., IEEE/ACM ToN 2003): a ring of members, each knowing its predecessor, its
//! next r successors and its distinct fingers. The same code is the base ring of all nodes
//! (`P = Addr`) and the processor overlay of market owners (`P = Member`).
//!
//! `chord/message.rs` is what members say, `chord/lookup.rs` finds owners, `chord/upkeep.rs` keeps
//! the ring; this file puts them together.

mod lookup;
mod message;
#[cfg(test)]
mod tests;
mod upkeep;

pub use message::{BASE_KINDS, HopKind, KINDS, Message, NO_LOOKUP, PROCESSOR_KINDS, Timer};

use super::fingers::Fingers;
use super::peer::Peer;
use super::successors::Successors;
use crate::fact::{LookupPurpose, Ring};
use crate::id::Id;
use crate::rules::Rules;
use crate::world::{Arrival, World};
use alloc::vec::Vec;
use lookup::{Advice, Lookup};

/// Where a member stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stand {
    /// Not in the ring.
    Out,
    /// Looking for its place.
    Joining,
    /// In the ring.
    In,
}

/// A member of a ring.
#[derive(Clone, Debug)]
pub struct Chord<P> {
    me: P,
    ring: Ring,
    stand: Stand,
    /// Which membership this is; timers of earlier ones are ignored.
    generation: u16,
    predecessor: Option<P>,
    successors: Successors<P>,
    fingers: Fingers<P>,
    /// The entry of the successor list to refresh next.
    next_successor: u8,
    /// The bit of the finger to refresh next.
    next_finger: u8,
    /// Requests that the successor did not answer, one after the other.
    successor_silent: u8,
    /// Pings that the predecessor did not answer, one after the other.
    predecessor_silent: u8,
    next_lookup: u16,
    lookups: Vec<Lookup<P>>,
}

/// What a ring tells the layer above.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Told<P> {
    /// Nothing.
    Nothing,
    /// A lookup found the owner of its key.
    Found(Found<P>),
    /// A lookup failed.
    Lost {
        /// Why it was made.
        purpose: LookupPurpose,
        /// Its ticket.
        ticket: u32,
    },
    /// This member is in the ring now.
    Joined,
    /// This member could not join: its contact did not answer, or nobody it named.
    JoinFailed,
    /// This member wants to look itself up through another, and to be named one.
    WantsContact,
    /// This member is responsible for the keys after another predecessor now.
    RangeChanged,
}

/// An owner found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found<P> {
    /// Why it was looked up.
    pub purpose: LookupPurpose,
    /// The lookup's ticket.
    pub ticket: u32,
    /// What was looked up.
    pub key: Id,
    /// The owner.
    pub owner: P,
    /// Nodes contacted up to the key's predecessor.
    pub hops: u8,
}

impl<P: Peer> Chord<P> {
    /// A member that is in no ring yet. `generation` tells its timers from those of earlier
    /// memberships of the same name.
    pub fn new(me: P, ring: Ring, generation: u16) -> Self {
        Self {
            me,
            ring,
            stand: Stand::Out,
            generation,
            predecessor: None,
            successors: Successors::new(),
            fingers: Fingers::new(),
            next_successor: 1,
            next_finger: 0,
            successor_silent: 0,
            predecessor_silent: 0,
            next_lookup: 0,
            lookups: Vec::new(),
        }
    }

    /// This member, as others know it.
    pub fn me(&self) -> P {
        self.me
    }

    /// Whether this member is in the ring.
    pub fn is_in(&self) -> bool {
        self.stand == Stand::In
    }

    /// The predecessor, if known.
    pub fn predecessor(&self) -> Option<P> {
        self.predecessor
    }

    /// The successors, nearest first; none on a ring of one.
    pub fn successors(&self) -> &[P] {
        self.successors.as_slice()
    }

    /// The distinct fingers, nearest first.
    pub fn fingers(&self) -> &[P] {
        self.fingers.as_slice()
    }

    /// Whether this member is responsible for `key`, as far as it knows.
    pub fn owns(&self, key: Id, rules: &Rules) -> bool {
        self.is_in()
            && match self.predecessor {
                Some(predecessor) => key.is_owned(predecessor.id(rules), self.me.id(rules)),
                None => self.successors.is_empty(),
            }
    }

    /// Reads one arrival.
    pub fn on_arrival(
        &mut self,
        arrival: Arrival<Message<P>>,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        match arrival {
            Arrival::Post { message, .. } => self.on_post(message, rules, world),
            Arrival::Request { ticket, message, .. } => {
                self.on_request(ticket, message, rules, world)
            }
            Arrival::Answer { from, message } => self.on_answer(from, message, rules, world),
            Arrival::Unanswered { to, message } => self.on_unanswered(to, message, rules, world),
            Arrival::Timer(Message::Timer { timer, generation }) => {
                if generation != self.generation || self.stand == Stand::Out {
                    return Told::Nothing;
                }
                self.on_timer(timer, rules, world)
            }
            Arrival::Shipped { .. } | Arrival::Broken { .. } | Arrival::Timer(_) => Told::Nothing,
        }
    }

    fn on_post(
        &mut self,
        message: Message<P>,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        match message {
            Message::Arrived { lookup, hops, timeouts, count, peers } => {
                let advice = Advice { kind: HopKind::Owner, count, peers };
                self.on_arrived(lookup, hops, timeouts, advice, rules, world)
            }
            _ if !self.is_in() => Told::Nothing,
            Message::Forward { key, origin, lookup, hops, timeouts } => {
                let hops = hops.saturating_add(1);
                let forward = Message::Forward { key, origin, lookup, hops, timeouts };
                self.on_forward(forward, rules, world)
            }
            Message::Notify(candidate) => self.on_notify(candidate, rules),
            Message::Leaving { leaver, neighbour } => {
                self.on_leaving(leaver, neighbour, rules, world)
            }
            _ => Told::Nothing,
        }
    }

    /// A member that is not in the ring answers nothing, as one that is down.
    fn on_request(
        &mut self,
        ticket: crate::world::Ticket,
        message: Message<P>,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        if !self.is_in() {
            return Told::Nothing;
        }
        match message {
            Message::Next { key, lookup, skip } => {
                let Advice { kind, count, peers } = self.advise(key, skip, rules);
                world.answer(ticket, Message::Hop { lookup, kind, count, peers });
            }
            Message::Forward { .. } => {
                world.answer(ticket, Message::Forwarded);
                return self.on_post(message, rules, world);
            }
            Message::Neighbours { index } => {
                let successor = self.successors.first().unwrap_or(self.me);
                let predecessor = self.predecessor;
                let answer = Message::NeighboursAre { index, predecessor, successor };
                world.answer(ticket, answer);
            }
            Message::Introduce => {
                let successors = self.successors.len() as u8;
                let known = self.successors().iter().chain(self.fingers());
                let peers = known.copied().collect();
                world.answer(ticket, Message::Introduced { successors, peers });
            }
            Message::Ping { lookup } => world.answer(ticket, Message::Pong { lookup }),
            _ => {}
        }
        Told::Nothing
    }

    fn on_answer(
        &mut self,
        from: crate::id::Addr,
        message: Message<P>,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        match message {
            Message::Hop { lookup, kind, count, peers } => {
                self.on_hop(from, lookup, Advice { kind, count, peers }, rules, world)
            }
            Message::NeighboursAre { index, predecessor, successor } => {
                self.on_neighbours(from, index, predecessor, successor, rules, world);
                Told::Nothing
            }
            Message::Introduced { successors, peers } => {
                self.on_introduced(usize::from(successors), &peers, rules);
                Told::Nothing
            }
            Message::Pong { lookup: NO_LOOKUP } => {
                self.on_predecessor_there();
                Told::Nothing
            }
            Message::Pong { lookup } => self.on_pong(from, lookup, rules, world),
            _ => Told::Nothing,
        }
    }

    fn on_unanswered(
        &mut self,
        to: crate::id::Addr,
        message: Message<P>,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        match message {
            Message::Next { lookup, .. } => self.on_no_hop(to, lookup, rules, world),
            Message::Ping { lookup: NO_LOOKUP } => self.on_predecessor_silent(to, rules, world),
            Message::Ping { lookup } => self.on_no_pong(to, lookup, rules, world),
            Message::Neighbours { index } => self.on_no_neighbours(to, index, rules, world),
            Message::Forward { key, origin, lookup, hops, timeouts } => {
                if let Some(silent) = self.peer_at(to) {
                    self.suspect(silent, rules, world);
                }
                let timeouts = timeouts.saturating_add(1);
                let forward = Message::Forward { key, origin, lookup, hops, timeouts };
                self.on_forward(forward, rules, world)
            }
            _ => Told::Nothing,
        }
    }

    /// The member at `addr` that the tables name first.
    fn peer_at(&self, addr: crate::id::Addr) -> Option<P> {
        let known = self.successors().iter().chain(self.fingers()).chain(&self.predecessor);
        known.copied().find(|p| p.addr() == addr)
    }

    fn timer(&self, timer: Timer) -> Message<P> {
        Message::Timer { timer, generation: self.generation }
    }
}

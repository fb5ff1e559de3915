//! Finding the owner of a key: `find_successor` of the Chord paper, iterative or recursive.
//!
//! A lookup is led by its origin. Whoever is asked answers with its two best candidates; one that
//! does not answer is dropped from the origin's tables and the next best is tried, the last that
//! answered being asked for more when its candidates are used up.

mod advice;
mod recursive;

pub(super) use advice::Advice;

use super::super::peer::Peer;
use super::message::{HopKind, Message};
use super::{Chord, Found, Told};
use crate::fact::{Fact, LookupEnd, LookupPurpose};
use crate::id::{Addr, Id};
use crate::rules::{Routing, Rules};
use crate::time::Time;
use crate::world::World;

/// Most timeouts of one lookup.
const TIMEOUTS_MAX: u8 = 32;
/// Most times that a lookup begins again at its origin.
const RESTARTS_MAX: u8 = 3;

/// A lookup under way.
#[derive(Clone, Debug)]
pub(super) struct Lookup<P> {
    number: u16,
    purpose: LookupPurpose,
    /// What whoever wanted it knows it by; for a finger, its bit.
    ticket: u32,
    key: Id,
    began: Time,
    /// Whose advice is followed: the last that answered, or nobody but ourselves.
    adviser: Option<P>,
    advice: Advice<P>,
    /// Candidates of the advice that were tried, or are being tried.
    tried: u8,
    /// Better candidates of the same adviser that were tried in vain.
    skip: u8,
    /// Times that the present candidate for the owner was asked.
    asked: u8,
    hops: u8,
    timeouts: u8,
    restarts: u8,
}

/// What a lookup waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Awaited {
    /// Advice on its key.
    Advice,
    /// A word of the owner that it found.
    Word,
}

impl<P: Peer> Lookup<P> {
    /// Whom it asks: the candidate that is being tried, or the adviser, for more.
    fn asked_of(&self) -> Option<P> {
        if self.tried < self.advice.count {
            return Some(self.advice.peers[usize::from(self.tried)]);
        }
        self.adviser
    }

    fn asks(&self, addr: Addr) -> bool {
        self.asked_of().is_some_and(|peer| peer.addr() == addr)
    }

    fn awaits(&self) -> Awaited {
        match self.advice.kind {
            HopKind::Owner if self.tried < self.advice.count => Awaited::Word,
            HopKind::Owner | HopKind::Closer => Awaited::Advice,
        }
    }
}

impl<P: Peer> Chord<P> {
    /// Looks for the owner of `key`. The answer comes at once, or with a later message, and
    /// carries `ticket`.
    pub fn find(
        &mut self,
        key: Id,
        purpose: LookupPurpose,
        ticket: u32,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        let advice = self.advise(key, 0, rules);
        let lookup = self.new_lookup(key, purpose, ticket, None, advice, world.now());
        if rules.overlay.routing == Routing::Recursive && advice.kind == HopKind::Closer {
            return self.hand_on(lookup, rules, world);
        }
        self.advance(lookup, rules, world)
    }

    /// Looks for the owner of `key` beginning at `contact`, as a member that is not in the ring.
    pub(super) fn find_through(
        &mut self,
        contact: P,
        key: Id,
        purpose: LookupPurpose,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        let advice = Advice { kind: HopKind::Closer, count: 1, peers: [contact; 2] };
        let lookup = self.new_lookup(key, purpose, 0, Some(contact), advice, world.now());
        self.advance(lookup, rules, world)
    }

    fn new_lookup(
        &mut self,
        key: Id,
        purpose: LookupPurpose,
        ticket: u32,
        adviser: Option<P>,
        advice: Advice<P>,
        began: Time,
    ) -> Lookup<P> {
        let number = self.next_lookup;
        self.next_lookup = (self.next_lookup + 1) % super::message::NO_LOOKUP;
        Lookup {
            number,
            purpose,
            ticket,
            key,
            began,
            adviser,
            advice,
            tried: 0,
            skip: 0,
            asked: 0,
            hops: 0,
            timeouts: 0,
            restarts: 0,
        }
    }

    /// Tries the next candidate of the advice that the lookup follows.
    fn advance(
        &mut self,
        mut lookup: Lookup<P>,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        loop {
            if lookup.timeouts >= TIMEOUTS_MAX || u32::from(lookup.hops) >= rules.overlay.hops_max {
                world.note(Fact::HopsExhausted(self.ring));
                return self.fail(lookup, world);
            }
            if lookup.tried >= lookup.advice.count {
                if !self.ask_for_more(&mut lookup, rules, world) {
                    return self.fail(lookup, world);
                }
                if lookup.tried < lookup.advice.count {
                    continue;
                }
                self.lookups.push(lookup);
                return Told::Nothing;
            }
            let peer = lookup.advice.peers[usize::from(lookup.tried)];
            if peer == self.me {
                match (lookup.purpose, lookup.advice.kind) {
                    // Others remember an earlier stay of this member.
                    (LookupPurpose::Join, _) | (_, HopKind::Closer) => {
                        if lookup.purpose == LookupPurpose::Rejoin {
                            return self.finish(lookup, peer, rules, world);
                        }
                        lookup.tried += 1;
                        continue;
                    }
                    (_, HopKind::Owner) => return self.finish(lookup, peer, rules, world),
                }
            }
            return match lookup.advice.kind {
                HopKind::Owner if !confirms(lookup.purpose, rules) => {
                    self.finish(lookup, peer, rules, world)
                }
                HopKind::Owner => {
                    let ping = Message::Ping { lookup: lookup.number };
                    lookup.asked += 1;
                    world.call(peer, ping, rules.overlay.rpc_timeout);
                    self.lookups.push(lookup);
                    Told::Nothing
                }
                HopKind::Closer if !self.is_progress(&lookup, peer, rules) => {
                    lookup.tried += 1;
                    continue;
                }
                HopKind::Closer => {
                    let next = Message::Next { key: lookup.key, lookup: lookup.number, skip: 0 };
                    world.call(peer, next, rules.overlay.rpc_timeout);
                    self.lookups.push(lookup);
                    Told::Nothing
                }
            };
        }
    }

    /// Whether `peer` lies between the adviser and the key, as good advice does.
    fn is_progress(&self, lookup: &Lookup<P>, peer: P, rules: &Rules) -> bool {
        lookup.adviser.is_none_or(|adviser| {
            adviser == peer || peer.id(rules).is_between(adviser.id(rules), lookup.key)
        })
    }

    /// The advice is used up: asks the adviser for more, or begins again here. Says whether there
    /// is any hope.
    fn ask_for_more(
        &mut self,
        lookup: &mut Lookup<P>,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> bool {
        lookup.asked = 0;
        let tried = lookup.advice.count;
        match lookup.adviser {
            Some(adviser) if tried > 0 && adviser != self.me => {
                lookup.skip = lookup.skip.saturating_add(tried);
                let (key, skip) = (lookup.key, lookup.skip);
                let next = Message::Next { key, lookup: lookup.number, skip };
                world.call(adviser, next, rules.overlay.rpc_timeout);
                true
            }
            _ => self.restart(lookup, rules),
        }
    }

    fn restart(&mut self, lookup: &mut Lookup<P>, rules: &Rules) -> bool {
        if lookup.restarts == RESTARTS_MAX || !self.is_in() {
            return false;
        }
        lookup.restarts += 1;
        lookup.adviser = None;
        lookup.skip = 0;
        lookup.tried = 0;
        // The dead are no longer in our tables; each new beginning tries another first step.
        lookup.advice = self.advise(lookup.key, lookup.restarts - 1, rules);
        lookup.advice.count > 0
    }

    fn take_lookup(&mut self, number: u16) -> Option<Lookup<P>> {
        let place = self.lookups.iter().position(|lookup| lookup.number == number)?;
        Some(self.lookups.swap_remove(place))
    }

    /// Takes a lookup that waits for `of` from `addr`. One that was sent twice, or resumed by
    /// another way, has asked others before: what they say no longer matters.
    fn take_waiting(&mut self, number: u16, of: Awaited, addr: Addr) -> Option<Lookup<P>> {
        let waits = |lookup: &Lookup<P>| {
            lookup.number == number && lookup.awaits() == of && lookup.asks(addr)
        };
        let place = self.lookups.iter().position(waits)?;
        Some(self.lookups.swap_remove(place))
    }

    /// A member's advice came.
    pub(super) fn on_hop(
        &mut self,
        from: Addr,
        number: u16,
        advice: Advice<P>,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        let Some(mut lookup) = self.take_waiting(number, Awaited::Advice, from) else {
            return Told::Nothing;
        };
        if lookup.tried < lookup.advice.count {
            lookup.adviser = Some(lookup.advice.peers[usize::from(lookup.tried)]);
            lookup.hops += 1;
            lookup.skip = 0;
        }
        lookup.advice = advice;
        lookup.tried = 0;
        lookup.asked = 0;
        self.advance(lookup, rules, world)
    }

    /// Whom a lookup asked for advice did not answer.
    pub(super) fn on_no_hop(
        &mut self,
        to: Addr,
        number: u16,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        let Some(mut lookup) = self.take_waiting(number, Awaited::Advice, to) else {
            return Told::Nothing;
        };
        lookup.timeouts += 1;
        if lookup.tried < lookup.advice.count {
            let silent = lookup.advice.peers[usize::from(lookup.tried)];
            self.suspect(silent, rules, world);
            lookup.tried += 1;
        } else {
            // It was the adviser, asked for more: nothing is left of its advice.
            lookup.advice.count = 0;
            lookup.tried = 0;
        }
        self.advance(lookup, rules, world)
    }

    /// The owner that a lookup found is there.
    pub(super) fn on_pong(
        &mut self,
        from: Addr,
        number: u16,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        let Some(lookup) = self.take_waiting(number, Awaited::Word, from) else {
            return Told::Nothing;
        };
        let owner = lookup.advice.peers[usize::from(lookup.tried)];
        self.finish(lookup, owner, rules, world)
    }

    /// The owner that a lookup found did not answer.
    pub(super) fn on_no_pong(
        &mut self,
        to: Addr,
        number: u16,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        let Some(mut lookup) = self.take_waiting(number, Awaited::Word, to) else {
            return Told::Nothing;
        };
        lookup.timeouts += 1;
        if u32::from(lookup.asked) >= rules.overlay.attempts {
            self.forget(lookup.advice.peers[usize::from(lookup.tried)]);
            lookup.tried += 1;
            lookup.asked = 0;
        }
        self.advance(lookup, rules, world)
    }

    fn finish(
        &mut self,
        lookup: Lookup<P>,
        owner: P,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        self.report(&lookup, Some(owner), world);
        let Lookup { purpose, ticket, key, hops, .. } = lookup;
        match purpose {
            LookupPurpose::Key
            | LookupPurpose::File
            | LookupPurpose::List
            | LookupPurpose::Buy
            | LookupPurpose::Claim => Told::Found(Found { purpose, ticket, key, owner, hops }),
            LookupPurpose::Finger => {
                self.on_finger(ticket, owner, rules);
                Told::Nothing
            }
            LookupPurpose::Join => self.on_place(owner, rules, world),
            LookupPurpose::Rejoin => self.on_neighbour(owner, rules, world),
        }
    }

    fn fail(&mut self, lookup: Lookup<P>, world: &mut dyn World<Message<P>, P>) -> Told<P> {
        self.report(&lookup, None, world);
        match lookup.purpose {
            LookupPurpose::Key
            | LookupPurpose::File
            | LookupPurpose::List
            | LookupPurpose::Buy
            | LookupPurpose::Claim => Told::Lost { purpose: lookup.purpose, ticket: lookup.ticket },
            LookupPurpose::Join => Told::JoinFailed,
            LookupPurpose::Finger | LookupPurpose::Rejoin => Told::Nothing,
        }
    }

    fn report(&self, lookup: &Lookup<P>, owner: Option<P>, world: &mut dyn World<Message<P>, P>) {
        world.note(Fact::Lookup(LookupEnd {
            ring: self.ring,
            number: lookup.number,
            purpose: lookup.purpose,
            ticket: lookup.ticket,
            key: lookup.key,
            owner: owner.map(Peer::addr),
            hops: lookup.hops,
            timeouts: lookup.timeouts,
            took: world.now().since(lookup.began),
        }));
    }
}

/// Whether a lookup contacts the owner before it ends. Fingers need not: they are checked by use.
fn confirms(purpose: LookupPurpose, rules: &Rules) -> bool {
    rules.overlay.confirm && purpose != LookupPurpose::Finger
}

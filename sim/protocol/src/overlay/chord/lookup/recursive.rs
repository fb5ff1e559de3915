//! The recursive way: each member hands the lookup on, and the last tells its origin.

use super::super::super::peer::Peer;
use super::super::message::{HopKind, Message, Timer};
use super::super::{Chord, Told};
use super::{Advice, Awaited, Lookup};
use crate::fact::Fact;
use crate::rules::Rules;
use crate::world::World;

impl<P: Peer> Chord<P> {
    /// Sends a recursive lookup on its way.
    pub(super) fn hand_on(
        &mut self,
        lookup: Lookup<P>,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        if lookup.advice.count == 0 {
            return self.fail(lookup, world);
        }
        let forward = Message::Forward {
            key: lookup.key,
            origin: self.me,
            lookup: lookup.number,
            hops: 0,
            timeouts: 0,
        };
        self.forward(lookup.advice.peers[0], forward, rules, world);
        let timer = self.timer(Timer::Lookup(lookup.number));
        world.wake(rules.overlay.lookup_timeout, timer);
        self.lookups.push(lookup);
        Told::Nothing
    }

    fn forward(
        &self,
        to: P,
        forward: Message<P>,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) {
        if rules.overlay.acknowledge {
            world.call(to, forward, rules.overlay.rpc_timeout);
        } else {
            world.send(to, forward);
        }
    }

    /// Hands someone's lookup on, or tells it the owner.
    pub(in super::super) fn on_forward(
        &mut self,
        forward: Message<P>,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        let Message::Forward { key, origin, lookup, hops, timeouts } = forward else {
            return Told::Nothing;
        };
        let advice = self.advise(key, 0, rules);
        match advice.kind {
            HopKind::Closer if advice.count > 0 && u32::from(hops) < rules.overlay.hops_max => {
                let forward = Message::Forward { key, origin, lookup, hops, timeouts };
                self.forward(advice.peers[0], forward, rules, world);
            }
            HopKind::Closer => world.note(Fact::HopsExhausted(self.ring)),
            HopKind::Owner if origin == self.me => {
                return self.on_arrived(lookup, hops, timeouts, advice, rules, world);
            }
            HopKind::Owner => {
                let Advice { count, peers, .. } = advice;
                world.send(origin, Message::Arrived { lookup, hops, timeouts, count, peers });
            }
        }
        Told::Nothing
    }

    /// A recursive lookup of ours reached the key's predecessor.
    pub(in super::super) fn on_arrived(
        &mut self,
        number: u16,
        hops: u8,
        timeouts: u8,
        advice: Advice<P>,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        let Some(mut lookup) = self.take_lookup(number) else { return Told::Nothing };
        if lookup.awaits() == Awaited::Word {
            self.lookups.push(lookup); // It arrived before, by another way.
            return Told::Nothing;
        }
        lookup.hops = hops;
        lookup.timeouts = lookup.timeouts.saturating_add(timeouts);
        lookup.advice = advice;
        lookup.tried = 0;
        lookup.asked = 0;
        self.advance(lookup, rules, world)
    }

    /// A recursive lookup should have ended: sends it again by another first step.
    pub(in super::super) fn on_lookup_late(
        &mut self,
        number: u16,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        let Some(mut lookup) = self.take_lookup(number) else { return Told::Nothing };
        if lookup.advice.kind == HopKind::Owner {
            self.lookups.push(lookup); // Found, and being confirmed.
            return Told::Nothing;
        }
        lookup.timeouts += 1;
        lookup.restarts += 1;
        if u32::from(lookup.restarts) > rules.overlay.retries {
            return self.fail(lookup, world);
        }
        lookup.advice = self.advise(lookup.key, lookup.restarts, rules);
        match lookup.advice.kind {
            HopKind::Closer => self.hand_on(lookup, rules, world),
            HopKind::Owner => self.advance(lookup, rules, world),
        }
    }
}

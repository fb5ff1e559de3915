//! Keeping the ring: join, stabilize, notify, fix fingers, check the predecessor, leave, rejoin
//! (Chord, IV-E; the rejoin is ours).

use super::super::peer::Peer;
use super::message::{Message, NO_LOOKUP, Timer};
use super::{Chord, Stand, Told};
use crate::fact::{Fact, LookupPurpose};
use crate::id::Addr;
use crate::rules::{Mechanism, Rules};
use crate::world::World;

impl<P: Peer> Chord<P> {
    /// Begins a ring of one.
    pub fn create(&mut self, rules: &Rules, world: &mut dyn World<Message<P>, P>) {
        self.stand = Stand::In;
        self.start_timers(rules, world);
    }

    /// Begins in a ring that stands: `successors` nearest first, `fingers` in any order.
    pub fn start(
        &mut self,
        predecessor: P,
        successors: &[P],
        fingers: impl Iterator<Item = P>,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) {
        let me = self.me.id(rules);
        self.predecessor = (predecessor != self.me).then_some(predecessor);
        for &successor in successors {
            self.successors.insert(me, successor, rules, rules.successors);
        }
        for finger in fingers {
            self.fingers.offer(me, finger, rules);
        }
        self.create(rules, world);
    }

    /// Joins the ring of `contact`.
    pub fn join(
        &mut self,
        contact: P,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        self.stand = Stand::Joining;
        self.lookups.clear();
        let key = self.me.id(rules);
        self.find_through(contact, key, LookupPurpose::Join, rules, world)
    }

    /// Looks this member up through `contact`, to learn of nearer successors.
    pub fn rejoin(
        &mut self,
        contact: P,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        if contact == self.me || !self.is_in() {
            return Told::Nothing;
        }
        let key = self.me.id(rules).plus(1);
        self.find_through(contact, key, LookupPurpose::Rejoin, rules, world)
    }

    /// Leaves the ring: the neighbours are told of each other.
    pub fn leave(&mut self, world: &mut dyn World<Message<P>, P>) {
        let leaver = self.me;
        let successor = self.successors.first();
        if self.is_in() {
            if let Some(predecessor) = self.predecessor {
                world.send(predecessor, Message::Leaving { leaver, neighbour: successor });
            }
            if let Some(successor) = successor {
                let neighbour = self.predecessor;
                world.send(successor, Message::Leaving { leaver, neighbour });
            }
        }
        self.stand = Stand::Out;
        self.lookups.clear();
    }

    /// Timers begin at drawn phases, never all at once.
    fn start_timers(&mut self, rules: &Rules, world: &mut dyn World<Message<P>, P>) {
        let overlay = &rules.overlay;
        let rounds = [
            (Timer::Stabilize, Some(overlay.stabilize)),
            (Timer::FixFingers, overlay.fix_fingers),
            (Timer::CheckPredecessor, overlay.check_predecessor),
        ];
        for (timer, period) in rounds {
            if let Some(period) = period {
                let phase = period.max.fraction(world.draw());
                world.wake(phase, self.timer(timer));
            }
        }
        if rules.off.is_on(Mechanism::Rejoin) {
            let phase = overlay.rejoin_interval.fraction(world.draw());
            world.wake(phase, self.timer(Timer::Rejoin));
        }
    }

    pub(super) fn on_timer(
        &mut self,
        timer: Timer,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        let overlay = &rules.overlay;
        let again = match timer {
            Timer::Stabilize => Some(overlay.stabilize.pick(world.draw())),
            Timer::FixFingers => overlay.fix_fingers.map(|p| p.pick(world.draw())),
            Timer::CheckPredecessor => overlay.check_predecessor.map(|p| p.pick(world.draw())),
            Timer::Rejoin => Some(overlay.rejoin_interval),
            Timer::Lookup(_) => None,
        };
        if let Some(after) = again {
            world.wake(after, self.timer(timer));
        }
        match timer {
            Timer::Lookup(number) => return self.on_lookup_late(number, rules, world),
            _ if !self.is_in() => {}
            Timer::Stabilize => {
                self.stabilize(rules, world);
                if overlay.check_predecessor.is_none() {
                    self.check_predecessor(rules, world);
                }
                if overlay.fix_fingers.is_none() {
                    return self.fix_fingers(rules, world);
                }
            }
            Timer::FixFingers => return self.fix_fingers(rules, world),
            Timer::CheckPredecessor => self.check_predecessor(rules, world),
            Timer::Rejoin => return Told::WantsContact,
        }
        Told::Nothing
    }

    /// Asks the successor, and one more of the list in turn, for their neighbours.
    fn stabilize(&mut self, rules: &Rules, world: &mut dyn World<Message<P>, P>) {
        if !rules.off.is_on(Mechanism::Stabilize) {
            return;
        }
        let timeout = rules.overlay.rpc_timeout;
        if let Some(successor) = self.successors.first() {
            world.call(successor, Message::Neighbours { index: 0 }, timeout);
        }
        // The last entry's successor would be the first beyond the list: asked only if the list
        // is short. On a list of one there is nothing more to ask.
        let last = self.successors.len().min(rules.successors.saturating_sub(1));
        if usize::from(self.next_successor) >= last {
            self.next_successor = 1;
        }
        if let Some(entry) = self.successors.at(usize::from(self.next_successor))
            && last > 1
        {
            world.call(entry, Message::Neighbours { index: self.next_successor }, timeout);
            self.next_successor += 1;
        }
    }

    pub(super) fn on_neighbours(
        &mut self,
        from: Addr,
        index: u8,
        predecessor: Option<P>,
        successor: P,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) {
        let index = usize::from(index);
        let me = self.me.id(rules);
        let Some(entry) = self.successors.at(index).filter(|p| p.addr() == from) else {
            return; // The list has changed since it was asked.
        };
        self.successors.follow(me, index, successor, rules, rules.successors);
        let before = if index == 0 { Some(self.me) } else { self.successors.at(index - 1) };
        if let (Some(before), Some(between)) = (before, predecessor)
            && between.id(rules).is_between(before.id(rules), entry.id(rules))
            && between != self.me
        {
            self.successors.insert(me, between, rules, rules.successors);
        }
        if index > 0 {
            return;
        }
        self.successor_silent = 0;
        self.notify_successor(rules, world);
        if let Some(nearer) = self.successors.first().filter(|&first| first != entry) {
            // Nobody may lie before it as well: asked at once, not a round later [ours].
            let timeout = rules.overlay.rpc_timeout;
            world.call(nearer, Message::Neighbours { index: 0 }, timeout);
        }
    }

    fn notify_successor(&mut self, rules: &Rules, world: &mut dyn World<Message<P>, P>) {
        if let Some(successor) = self.successors.first()
            && rules.off.is_on(Mechanism::Notify)
        {
            world.send(successor, Message::Notify(self.me));
        }
    }

    pub(super) fn on_no_neighbours(
        &mut self,
        to: Addr,
        index: u8,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        let index = usize::from(index);
        let Some(entry) = self.successors.at(index).filter(|p| p.addr() == to) else {
            return Told::Nothing;
        };
        if index > 0 {
            // In a small ring it may be the predecessor too, which is asked again first.
            self.suspect(entry, rules, world);
            return Told::Nothing;
        }
        self.successor_silent += 1;
        if u32::from(self.successor_silent) >= rules.overlay.attempts {
            self.successor_silent = 0;
            self.forget(entry);
        }
        if self.successors.is_empty() {
            return self.on_successors_lost(rules, world);
        }
        if let Some(successor) = self.successors.first() {
            let timeout = rules.overlay.rpc_timeout;
            world.call(successor, Message::Neighbours { index: 0 }, timeout);
        }
        Told::Nothing
    }

    /// All of the list is gone: the nearest finger is the best successor known.
    fn on_successors_lost(
        &mut self,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        world.note(Fact::SuccessorsLost(self.ring));
        let me = self.me.id(rules);
        let nearest = self.fingers.as_slice().first().copied().or(self.predecessor);
        if let Some(nearest) = nearest {
            self.successors.insert(me, nearest, rules, rules.successors);
        }
        Told::WantsContact
    }

    pub(super) fn on_notify(&mut self, candidate: P, rules: &Rules) -> Told<P> {
        let me = self.me.id(rules);
        if candidate == self.me {
            return Told::Nothing;
        }
        if self.successors.is_empty() {
            self.successors.insert(me, candidate, rules, rules.successors);
        }
        let is_nearer =
            self.predecessor.is_none_or(|p| candidate.id(rules).is_between(p.id(rules), me));
        if !is_nearer {
            return Told::Nothing;
        }
        self.predecessor = Some(candidate);
        self.predecessor_silent = 0;
        Told::RangeChanged
    }

    fn check_predecessor(&mut self, rules: &Rules, world: &mut dyn World<Message<P>, P>) {
        if rules.off.is_on(Mechanism::CheckPredecessor) {
            self.ask_predecessor(rules, world);
        }
    }

    fn ask_predecessor(&self, rules: &Rules, world: &mut dyn World<Message<P>, P>) {
        if let Some(predecessor) = self.predecessor {
            let ping = Message::Ping { lookup: NO_LOOKUP };
            world.call(predecessor, ping, rules.overlay.rpc_timeout);
        }
    }

    pub(super) fn on_predecessor_there(&mut self) {
        self.predecessor_silent = 0;
    }

    pub(super) fn on_predecessor_silent(
        &mut self,
        to: Addr,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        let Some(predecessor) = self.predecessor.filter(|p| p.addr() == to) else {
            return Told::Nothing;
        };
        self.predecessor_silent += 1;
        if u32::from(self.predecessor_silent) < rules.overlay.attempts {
            self.ask_predecessor(rules, world);
        } else {
            self.predecessor_silent = 0;
            self.forget(predecessor);
        }
        Told::Nothing
    }

    /// Refreshes one of the distinct fingers, going round them.
    fn fix_fingers(&mut self, rules: &Rules, world: &mut dyn World<Message<P>, P>) -> Told<P> {
        let Some(successor) = self.successors.first() else { return Told::Nothing };
        if !rules.off.is_on(Mechanism::FixFingers) {
            return Told::Nothing;
        }
        // The first fingers are the successor, up to its bit: no search is needed, and whoever stood
        // there goes. Nobody would ever ask it again.
        let me = self.me.id(rules);
        let first = self.fingers.fix(me, 0, successor, rules);
        let bit = u32::from(self.next_finger).max(first);
        if bit >= 64 {
            self.next_finger = 0;
            return Told::Nothing; // Half of the circle lies before the successor.
        }
        self.find(me.plus(1 << bit), LookupPurpose::Finger, bit, rules, world)
    }

    pub(super) fn on_finger(&mut self, bit: u32, found: P, rules: &Rules) {
        let next = self.fingers.fix(self.me.id(rules), bit, found, rules);
        self.next_finger = (next % 64) as u8;
    }

    /// The place in the ring is found: before `owner`.
    pub(super) fn on_place(
        &mut self,
        owner: P,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        let me = self.me.id(rules);
        self.successors.clear();
        self.predecessor = None;
        self.successors.insert(me, owner, rules, rules.successors);
        let timeout = rules.overlay.rpc_timeout;
        world.call(owner, Message::Introduce, timeout);
        world.call(owner, Message::Neighbours { index: 0 }, timeout);
        self.create(rules, world);
        Told::Joined
    }

    pub(super) fn on_introduced(&mut self, successors: usize, peers: &[P], rules: &Rules) {
        let me = self.me.id(rules);
        for (place, &peer) in peers.iter().enumerate() {
            if place < successors {
                self.successors.insert(me, peer, rules, rules.successors);
            }
            self.fingers.offer(me, peer, rules);
        }
    }

    /// A lookup of this member's own place ended at `owner`, which may be a nearer successor.
    pub(super) fn on_neighbour(
        &mut self,
        owner: P,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        let me = self.me.id(rules);
        let is_nearer =
            self.successors.first().is_none_or(|s| owner.id(rules).is_between(me, s.id(rules)));
        if owner != self.me && is_nearer {
            self.successors.insert(me, owner, rules, rules.successors);
            let timeout = rules.overlay.rpc_timeout;
            world.call(owner, Message::Neighbours { index: 0 }, timeout);
        }
        Told::Nothing
    }

    pub(super) fn on_leaving(
        &mut self,
        leaver: P,
        neighbour: Option<P>,
        rules: &Rules,
        world: &mut dyn World<Message<P>, P>,
    ) -> Told<P> {
        let me = self.me.id(rules);
        let was_predecessor = self.predecessor == Some(leaver);
        let was_successor = self.successors.first() == Some(leaver);
        self.forget(leaver);
        let neighbour = neighbour.filter(|&n| n != self.me && n != leaver);
        if was_successor && let Some(neighbour) = neighbour {
            self.successors.insert(me, neighbour, rules, rules.successors);
            self.notify_successor(rules, world);
        }
        if was_predecessor {
            self.predecessor = neighbour;
            return Told::RangeChanged;
        }
        Told::Nothing
    }

    /// `peer` did not answer once. It is dropped from the tables, but for the two neighbours
    /// on whom responsibility for keys depends: they are asked again first [ours].
    pub(super) fn suspect(&mut self, peer: P, rules: &Rules, world: &mut dyn World<Message<P>, P>) {
        self.fingers.remove(peer);
        if self.predecessor == Some(peer) {
            self.ask_predecessor(rules, world);
        }
        if self.successors.first() == Some(peer) {
            let timeout = rules.overlay.rpc_timeout;
            world.call(peer, Message::Neighbours { index: 0 }, timeout);
        } else {
            self.successors.remove(peer);
        }
    }

    /// Drops `peer` from all tables.
    pub(super) fn forget(&mut self, peer: P) {
        self.successors.remove(peer);
        self.fingers.remove(peer);
        if self.predecessor == Some(peer) {
            self.predecessor = None;
        }
    }
}

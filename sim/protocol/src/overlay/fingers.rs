//! The finger table: the distinct ones of a member's m fingers (Chord, IV-C).
//!
//! Finger i is the first member at or after `me + 2^i`. If its distance has highest bit b, it is
//! also finger i+1, ..., b, and no other finger has that highest bit. So a finger is kept once, at
//! its highest bit, and the closest finger before a key is found by bits, almost without looking
//! identifiers up.

use super::peer::Peer;
use crate::id::Id;
use crate::rules::Rules;
use alloc::vec::Vec;

/// Distinct fingers, by the highest bit of their distance.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Fingers<P> {
    /// The bits that have a finger.
    bits: u64,
    /// Their fingers, lowest bit first: as many as `bits` has ones.
    list: Vec<P>,
}

/// The highest bit of a distance; distances between different members are not 0.
fn highest_bit(distance: u64) -> u32 {
    debug_assert!(distance > 0);
    63 - distance.leading_zeros()
}

/// All bits below `bit`.
fn below(bit: u32) -> u64 {
    (1u64 << bit) - 1
}

impl<P: Peer> Fingers<P> {
    /// An empty table, which holds no memory before its first entry.
    pub fn new() -> Self {
        Self { bits: 0, list: Vec::new() }
    }

    /// The distinct fingers, nearest first.
    pub fn as_slice(&self) -> &[P] {
        &self.list
    }

    fn place(&self, bit: u32) -> usize {
        (self.bits & below(bit)).count_ones() as usize
    }

    /// Sets the finger at `bit`.
    fn set(&mut self, bit: u32, peer: P) {
        let place = self.place(bit);
        if self.bits >> bit & 1 == 1 {
            self.list[place] = peer;
        } else {
            self.bits |= 1 << bit;
            self.list.insert(place, peer);
        }
    }

    /// Clears the fingers at bits `from..to`; `to` is at most 64.
    fn clear(&mut self, from: u32, to: u32) {
        if from >= to {
            return;
        }
        let upper = if to == 64 { u64::MAX } else { below(to) };
        let gone = self.bits & upper & !below(from);
        let first = self.place(from);
        self.list.drain(first..first + gone.count_ones() as usize);
        self.bits &= !gone;
    }

    /// Believes `found` to be the first member at or after `me + 2^bit`, and returns the bit of
    /// the next distinct finger. 64 means that there is none.
    pub fn fix(&mut self, me: Id, bit: u32, found: P, rules: &Rules) -> u32 {
        let distance = me.distance_to(found.id(rules));
        if distance < 1 << bit {
            // The search went past this member: no member lies in the rest of the circle.
            self.clear(bit, 64);
            return 64;
        }
        let highest = highest_bit(distance);
        self.clear(bit, highest);
        self.set(highest, found);
        highest + 1
    }

    /// Takes `peer` as a finger if it is nearer than the one that stands there.
    pub fn offer(&mut self, me: Id, peer: P, rules: &Rules) {
        let distance = me.distance_to(peer.id(rules));
        if distance == 0 {
            return;
        }
        let bit = highest_bit(distance);
        let stands = self.bits >> bit & 1 == 1;
        if !stands || distance < me.distance_to(self.list[self.place(bit)].id(rules)) {
            self.set(bit, peer);
        }
    }

    /// How many of them, counted from the nearest, are nearer to `me` than `distance`.
    pub fn nearer_than(&self, me: Id, distance: u64, rules: &Rules) -> usize {
        if distance == 0 {
            return self.list.len(); // All the way round: every finger lies before.
        }
        let bit = highest_bit(distance);
        let place = self.place(bit);
        let stands = self.bits >> bit & 1 == 1;
        let nearer = stands && me.distance_to(self.list[place].id(rules)) < distance;
        place + usize::from(nearer)
    }

    /// Forgets `peer`; says whether it was there.
    pub fn remove(&mut self, peer: P) -> bool {
        let Some(place) = self.list.iter().position(|&p| p == peer) else { return false };
        self.list.remove(place);
        let mut rest = self.bits;
        for _ in 0..place {
            rest &= rest - 1;
        }
        self.bits &= !(rest & rest.wrapping_neg());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Addr;
    use alloc::vec;

    /// Members at the places of a ring of 16, by address.
    fn rules(places: &[u64]) -> Rules {
        Rules::for_tests(places.iter().map(|p| Id(p << 60)).collect())
    }

    #[test]
    fn fixing_every_bit_keeps_the_distinct_fingers_and_no_others() {
        let places = [0, 2, 3, 7, 12];
        let rules = rules(&places);
        let mut fingers = Fingers::new();
        let mut bit = 60;
        while bit < 64 {
            let start = Id(1 << bit);
            let at = |n: usize| Addr((n % places.len()) as u32);
            let found = (1..=places.len())
                .map(at)
                .find(|&a| start.is_owned(rules.id(Addr(a.0.wrapping_sub(1) % 5)), rules.id(a)))
                .unwrap_or(Addr(0));
            bit = fingers.fix(Id(0), bit, found, &rules);
        }
        // start 1 -> 2, start 2 -> 2, start 4 -> 7, start 8 -> 12.
        assert_eq!(fingers.as_slice(), [Addr(1), Addr(3), Addr(4)]);
    }

    #[test]
    fn the_closest_finger_before_a_key_is_found_for_every_key() {
        let places = [0, 1, 2, 5, 9];
        let rules = rules(&places);
        let mut fingers = Fingers::new();
        for n in 1..5 {
            fingers.offer(Id(0), Addr(n), &rules);
        }
        for key in 1..=16u64 {
            let before = places[1..].iter().filter(|&&p| p < key).count();
            let distance = Id(0).distance_to(Id((key % 16) << 60));
            assert_eq!(fingers.nearer_than(Id(0), distance, &rules), before, "key {key}");
        }
    }

    #[test]
    fn a_forgotten_finger_leaves_the_others_in_place() {
        let rules = rules(&[0, 1, 2, 5, 9]);
        let mut fingers = Fingers::new();
        for n in 1..5 {
            fingers.offer(Id(0), Addr(n), &rules);
        }
        assert!(fingers.remove(Addr(2)));
        assert!(!fingers.remove(Addr(2)));
        assert_eq!(fingers.as_slice().to_vec(), vec![Addr(1), Addr(3), Addr(4)]);
        fingers.offer(Id(0), Addr(2), &rules);
        assert_eq!(fingers.as_slice().to_vec(), vec![Addr(1), Addr(2), Addr(3), Addr(4)]);
    }
}

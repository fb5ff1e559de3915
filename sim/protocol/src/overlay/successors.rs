//! The successor list: the next members of the ring, nearest first (Chord, IV-E.3).

use super::peer::Peer;
use crate::id::Id;
use crate::rules::Rules;
use alloc::vec::Vec;

/// At most r members that follow this one, nearest first, without itself. Empty on a ring of one.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Successors<P> {
    /// Distances from this member grow strictly along the list.
    list: Vec<P>,
}

impl<P: Peer> Successors<P> {
    /// An empty list, which holds no memory before its first entry.
    pub fn new() -> Self {
        Self { list: Vec::new() }
    }

    /// The immediate successor.
    pub fn first(&self) -> Option<P> {
        self.list.first().copied()
    }

    /// The entry at `index`.
    pub fn at(&self, index: usize) -> Option<P> {
        self.list.get(index).copied()
    }

    /// The entries, nearest first.
    pub fn as_slice(&self) -> &[P] {
        &self.list
    }

    /// How many are known.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many of them are nearer to `me` than `distance`.
    pub fn nearer_than(&self, me: Id, distance: u64, rules: &Rules) -> usize {
        match self.list.last() {
            None => 0,
            // All the way round: every entry lies before.
            Some(_) if distance == 0 => self.list.len(),
            Some(last) if me.distance_to(last.id(rules)) < distance => self.list.len(),
            Some(_) => self.list.partition_point(|p| me.distance_to(p.id(rules)) < distance),
        }
    }

    /// Takes `peer` in at its place, if there is room for it within `r`.
    pub fn insert(&mut self, me: Id, peer: P, rules: &Rules, r: usize) {
        let distance = me.distance_to(peer.id(rules));
        let place = self.nearer_than(me, distance, rules);
        if distance == 0 || place >= r || self.list.get(place) == Some(&peer) {
            return;
        }
        self.list.truncate(r - 1);
        self.list.reserve_exact(r - self.list.len());
        self.list.insert(place, peer);
    }

    /// Believes `successor` to follow the entry at `index`: whatever stood between them is gone.
    pub fn follow(&mut self, me: Id, index: usize, successor: P, rules: &Rules, r: usize) {
        let distance = me.distance_to(successor.id(rules));
        if distance == 0 {
            // The entry's successor is this member: the list has gone round the ring.
            self.list.truncate(index + 1);
            return;
        }
        let Some(entry) = self.at(index) else { return };
        if distance <= me.distance_to(entry.id(rules)) {
            return; // It lies before the entry: its list is behind ours.
        }
        let next = self.nearer_than(me, distance, rules);
        self.list.drain((index + 1).min(next)..next);
        self.insert(me, successor, rules, r);
    }

    /// Forgets `peer`; says whether it was there.
    pub fn remove(&mut self, peer: P) -> bool {
        let before = self.list.len();
        self.list.retain(|&p| p != peer);
        self.list.len() < before
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.list.clear();
    }
}

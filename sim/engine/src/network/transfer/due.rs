//! Due: which slot of a pool is due first. A binary heap that knows where each slot stands in it.

use compup2p_protocol::time::Time;

/// Slots by (time, order), both given by the caller.
#[derive(Clone, Debug, Default)]
pub(super) struct Due {
    heap: Vec<(Time, u64, u32)>,
    /// By slot: its place in the heap.
    place: Vec<u32>,
}

impl Due {
    /// The first: its time and slot.
    pub(super) fn first(&self) -> Option<(Time, u32)> {
        self.heap.first().map(|(time, _, slot)| (*time, *slot))
    }

    /// Adds a slot that is not in the heap.
    pub(super) fn add(&mut self, slot: u32, time: Time, order: u64) {
        if self.place.len() <= slot as usize {
            self.place.resize(slot as usize + 1, 0);
        }
        self.heap.push((time, order, slot));
        self.rise(self.heap.len() - 1);
    }

    /// Moves a slot that is in the heap to another time.
    pub(super) fn shift(&mut self, slot: u32, time: Time) {
        let at = self.place[slot as usize] as usize;
        self.heap[at].0 = time;
        self.settle(at);
    }

    /// Takes out a slot that is in the heap.
    pub(super) fn remove(&mut self, slot: u32) {
        let at = self.place[slot as usize] as usize;
        self.heap.swap_remove(at);
        if at < self.heap.len() {
            self.settle(at);
        }
    }

    fn settle(&mut self, at: usize) {
        let at = self.rise(at);
        self.sink(at);
    }

    fn rise(&mut self, mut at: usize) -> usize {
        while at > 0 && self.heap[at] < self.heap[(at - 1) / 2] {
            self.swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
        self.place[self.heap[at].2 as usize] = at as u32;
        at
    }

    fn sink(&mut self, mut at: usize) {
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            let mut least = at;
            for child in [left, right] {
                if child < self.heap.len() && self.heap[child] < self.heap[least] {
                    least = child;
                }
            }
            if least == at {
                break;
            }
            self.swap(at, least);
            at = least;
        }
        self.place[self.heap[at].2 as usize] = at as u32;
    }

    fn swap(&mut self, a: usize, b: usize) {
        self.heap.swap(a, b);
        self.place[self.heap[a].2 as usize] = a as u32;
        self.place[self.heap[b].2 as usize] = b as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn the_first_is_the_least_whatever_was_added_shifted_and_removed(
            steps in proptest::collection::vec((0u32..20, 0u64..50, any::<bool>()), 1..300)
        ) {
            let mut due = Due::default();
            let mut plain = BTreeMap::new();
            for (slot, time, goes) in steps {
                let (time, is_in) = (Time(time), plain.contains_key(&slot));
                match (is_in, goes) {
                    (false, _) => due.add(slot, time, slot.into()),
                    (true, true) => due.remove(slot),
                    (true, false) => due.shift(slot, time),
                }
                if is_in && goes {
                    plain.remove(&slot);
                } else {
                    plain.insert(slot, time);
                }
                let least = plain.iter().map(|(slot, time)| (*time, *slot)).min();
                prop_assert_eq!(due.first(), least);
            }
        }
    }
}

//! The open bucket: the events it had when it was opened, sorted, and those that came after.

use core::cmp::Reverse;
use std::collections::BinaryHeap;

use super::pool::{Chain, Pool};
use super::sort::{Key, sort};

/// How many events before its turn an event's slot is loaded into the cache.
const PREFETCH_AHEAD: usize = 16;

pub(super) struct Open<E> {
    /// Where the bucket starts.
    start: u64,
    /// The keys of the events it had when it was opened, in order.
    keys: Vec<Key>,
    /// How many of them are popped.
    popped: usize,
    /// The blocks in which those events lie.
    chain: Chain,
    late: Late<E>,
    scratch: Vec<Key>,
}

/// Events pushed into the open bucket, or before it after a mere look had opened it.
struct Late<E> {
    /// Time, sequence, place in `events`.
    heap: BinaryHeap<Reverse<(u64, u64, u32)>>,
    events: Vec<Option<E>>,
    vacant: Vec<u32>,
    sequence: u64,
}

impl<E> Open<E> {
    pub(super) fn new() -> Self {
        let late =
            Late { heap: BinaryHeap::new(), events: Vec::new(), vacant: Vec::new(), sequence: 0 };
        Self {
            start: 0,
            keys: Vec::new(),
            popped: 0,
            chain: Chain::default(),
            late,
            scratch: Vec::new(),
        }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.popped == self.keys.len() && self.late.heap.is_empty()
    }

    /// Takes the next event; there must be one.
    #[inline]
    pub(super) fn pop(&mut self, pool: &mut Pool<E>) -> (u64, E) {
        let Some(&key) = self.keys.get(self.popped) else {
            return self.late.pop();
        };
        if self.late.next_at().is_some_and(|at| at < self.start + key.offset()) {
            return self.late.pop();
        }
        if let Some(ahead) = self.keys.get(self.popped + PREFETCH_AHEAD) {
            pool.prefetch(ahead.slot());
        }
        self.popped += 1;
        pool.take(key.slot())
    }

    /// Whether only the first of the sorted events is popped.
    #[inline]
    pub(super) fn has_just_begun(&self) -> bool {
        self.popped == 1
    }

    /// The time of the next event; there must be one.
    #[inline]
    pub(super) fn next_at(&self) -> u64 {
        let sorted = self.keys.get(self.popped).map(|key| self.start + key.offset());
        let late = self.late.next_at();
        sorted.into_iter().chain(late).min().expect("the open bucket has events")
    }

    #[inline]
    pub(super) fn push(&mut self, at: u64, event: E) {
        self.late.push(at, event);
    }

    #[inline]
    pub(super) fn ahead<'a>(&self, k: usize, pool: &'a Pool<E>) -> Option<&'a E> {
        pool.event(self.keys.get(self.popped + k)?.slot())
    }

    /// Opens the bucket that starts at `start` with the events of `chain`.
    pub(super) fn open(&mut self, start: u64, chain: Chain, pool: &Pool<E>) {
        self.start = start;
        self.chain = chain;
        let mut blocks = chain.blocks();
        while let Some(slots) = blocks.next(pool) {
            for slot in slots {
                self.keys.push(Key::new(pool.at(slot) - start, self.keys.len(), slot));
            }
        }
        sort(&mut self.keys, &mut self.scratch);
        for key in self.keys.iter().take(PREFETCH_AHEAD) {
            pool.prefetch(key.slot());
        }
    }

    /// Gives back the blocks of a bucket whose events are all popped.
    pub(super) fn close(&mut self, pool: &mut Pool<E>) {
        pool.release(std::mem::take(&mut self.chain));
        self.keys.clear();
        self.popped = 0;
    }

    pub(super) fn bytes(&self) -> usize {
        (self.keys.capacity() + self.scratch.capacity()) * size_of::<Key>()
            + self.late.heap.capacity() * size_of::<(u64, u64, u32)>()
            + self.late.events.capacity() * size_of::<Option<E>>()
            + self.late.vacant.capacity() * size_of::<u32>()
    }
}

impl<E> Late<E> {
    #[inline]
    fn next_at(&self) -> Option<u64> {
        self.heap.peek().map(|&Reverse((at, _, _))| at)
    }

    fn push(&mut self, at: u64, event: E) {
        let place = self.vacant.pop().unwrap_or_else(|| {
            self.events.push(None);
            u32::try_from(self.events.len() - 1).expect("fewer than 4 billion events are late")
        });
        self.events[place as usize] = Some(event);
        self.heap.push(Reverse((at, self.sequence, place)));
        self.sequence += 1;
    }

    #[inline(never)]
    fn pop(&mut self) -> (u64, E) {
        let Reverse((at, _, place)) = self.heap.pop().expect("there is a late event");
        self.vacant.push(place);
        (at, self.events[place as usize].take().expect("a place is emptied once"))
    }
}

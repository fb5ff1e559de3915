//! Where pending events lie: chains of fixed blocks, which return to a list of free ones.
//!
//! Growing vectors, one a bucket, would hold two to four times the memory.

use core::ops::Range;

use crate::prefetch::prefetch;

/// Events in a block. Larger ones stand half empty in the cache, smaller ones are longer to walk.
pub(super) const BLOCK: u32 = 16;

/// Ends the list of free blocks and, while it grows, a chain.
const NONE: u32 = u32::MAX;

/// A pending event. An `Option` of an event that has an unused bit pattern, as enums do, takes no
/// more room than the event.
struct Slot<E> {
    at: u64,
    event: Option<E>,
}

/// The blocks, in use or free.
pub(super) struct Pool<E> {
    slots: Vec<Slot<E>>,
    /// For each block, the one after it in its chain or in the list of free blocks.
    next: Vec<u32>,
    free: u32,
}

/// Events in the order in which they were appended: blocks full up to the last.
#[derive(Clone, Copy, Default)]
pub(super) struct Chain {
    /// The first block, if `end` is not 0.
    head: u32,
    /// The slot after the last event; 0 if there is none. A multiple of `BLOCK` if the last block
    /// is full.
    end: u32,
}

/// A walk along the blocks of a chain.
pub(super) struct Blocks {
    next: u32,
    end: u32,
}

impl Chain {
    pub(super) fn is_empty(self) -> bool {
        self.end == 0
    }

    pub(super) fn blocks(self) -> Blocks {
        Blocks { next: self.head, end: self.end }
    }
}

impl Blocks {
    /// The slots of the next block. It may be released before the walk goes on.
    pub(super) fn next<E>(&mut self, pool: &Pool<E>) -> Option<Range<u32>> {
        if self.end == 0 {
            return None;
        }
        let start = self.next * BLOCK;
        if (self.end - 1) / BLOCK == self.next {
            return Some(start..std::mem::take(&mut self.end));
        }
        self.next = pool.next[self.next as usize];
        pool.prefetch(self.next * BLOCK);
        Some(start..start + BLOCK)
    }
}

impl<E> Pool<E> {
    pub(super) fn new() -> Self {
        Self { slots: Vec::new(), next: Vec::new(), free: NONE }
    }

    /// Adds an event at the end of a chain.
    #[inline]
    pub(super) fn append(&mut self, chain: &mut Chain, at: u64, event: E) {
        if chain.end.is_multiple_of(BLOCK) {
            self.lengthen(chain);
        }
        let filled = Slot { at, event: Some(event) };
        let empty = std::mem::replace(&mut self.slots[chain.end as usize], filled);
        debug_assert!(empty.event.is_none(), "a slot is filled once");
        // Not dropped: to see that there is nothing to drop would be to wait for its cache line.
        std::mem::forget(empty);
        chain.end += 1;
    }

    pub(super) fn at(&self, slot: u32) -> u64 {
        self.slots[slot as usize].at
    }

    #[inline]
    pub(super) fn event(&self, slot: u32) -> Option<&E> {
        self.slots[slot as usize].event.as_ref()
    }

    /// Empties a slot.
    #[inline]
    pub(super) fn take(&mut self, slot: u32) -> (u64, E) {
        let slot = &mut self.slots[slot as usize];
        (slot.at, slot.event.take().expect("a slot is emptied once"))
    }

    #[inline]
    pub(super) fn prefetch(&self, slot: u32) {
        prefetch(&self.slots[slot as usize]);
    }

    /// Takes back all blocks of a chain whose slots are empty.
    pub(super) fn release(&mut self, chain: Chain) {
        if !chain.is_empty() {
            self.next[((chain.end - 1) / BLOCK) as usize] = self.free;
            self.free = chain.head;
        }
    }

    /// Takes back the block that starts with `slot`, whose slots are empty.
    pub(super) fn release_block(&mut self, slot: u32) {
        self.next[(slot / BLOCK) as usize] = self.free;
        self.free = slot / BLOCK;
    }

    pub(super) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot<E>>() + self.next.capacity() * size_of::<u32>()
    }

    /// Gives the chain a block after the last one.
    #[inline(never)]
    fn lengthen(&mut self, chain: &mut Chain) {
        if self.free == NONE {
            self.grow();
        }
        let block = self.free;
        self.free = self.next[block as usize];
        if chain.is_empty() {
            chain.head = block;
        } else {
            self.next[((chain.end - 1) / BLOCK) as usize] = block;
        }
        chain.end = block * BLOCK;
    }

    /// Adds a free block. Grows by an eighth: the allocator moves pages, not bytes.
    #[cold]
    fn grow(&mut self) {
        if self.slots.len() == self.slots.capacity() {
            let blocks = (self.next.len() / 8).max(8);
            self.slots.reserve_exact(blocks * BLOCK as usize);
            self.next.reserve_exact(blocks);
        }
        let block = self.next.len() as u32;
        let slots = self.slots.len() + BLOCK as usize;
        assert!(slots < NONE as usize, "more than 4 billion events are pending");
        self.slots.resize_with(slots, || Slot { at: 0, event: None });
        self.next.push(self.free);
        self.free = block;
    }
}

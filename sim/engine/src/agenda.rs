//! The event queue: what happens next.
//!
//! The contract:
//!  1. Events come out in order of time; those of equal time in the order in which they were pushed.
//!  2. An event may be pushed at the time of the last popped one; it comes after all the others
//!     pending for that time. Pushing before that time is a bug of the caller: it panics.
//!  3. In the steady state an event costs no allocation.
//!
//! Inside, a hierarchy of timing wheels. Time is cut into *buckets* of about four milliseconds; the
//! first wheel holds the 4,096 buckets of the current *window*, the second the 4,096 windows of that
//! size around it, and so on up to the whole 64 bits. A bucket is unsorted until it becomes the next
//! one and is *opened*: then small keys (offset in the bucket, where the event lies) are sorted. What
//! arrives for the open bucket after that goes to a small heap beside.
//!
//! Equal times need no stored sequence, except in that heap: whatever is pushed is appended to its
//! bucket or window, a window is distributed over its buckets in that order, and this happens before
//! anything is pushed into those buckets directly; sorting a bucket is stable.
//!
//!  - `pool.rs`: where the events lie; chains of fixed blocks
//!  - `wheel.rs`: one wheel: 4,096 chains and which of them are occupied
//!  - `open.rs`: the open bucket: the sorted keys and the late arrivals
//!  - `sort.rs`: sorting the keys

mod open;
mod pool;
mod sort;
#[cfg(test)]
mod tests;
mod wheel;

use compup2p_protocol::time::Time;
use open::Open;
use pool::Pool;
use wheel::{WHEEL_BITS, Wheel};

/// A bucket is 2 to this power nanoseconds long: about four milliseconds. A quarter of that leaves
/// few events in a bucket at 10^4 nodes, and then nothing to fetch ahead in it.
const BUCKET_BITS: u32 = 22;

/// Enough wheels for all 64 bits of time.
const WHEELS: usize = (u64::BITS - BUCKET_BITS).div_ceil(WHEEL_BITS) as usize;

/// Pending events in order of time and, among equal times, of insertion.
pub struct Agenda<E> {
    /// How many events are pending.
    len: usize,
    /// The time of the last popped event: nothing may be pushed before it.
    now: u64,
    /// The last opened bucket, or the first one that can be: every event in the wheels is in this
    /// bucket or later.
    cursor: u64,
    /// The first bucket not yet opened: `cursor`, or the one after it.
    unopened: u64,
    open: Open<E>,
    wheels: [Wheel; WHEELS],
    pool: Pool<E>,
}

impl<E> Agenda<E> {
    /// Nothing to do, at the start of time.
    pub fn new() -> Self {
        Self {
            len: 0,
            now: 0,
            cursor: 0,
            unopened: 0,
            open: Open::new(),
            wheels: core::array::from_fn(|_| Wheel::new()),
            pool: Pool::new(),
        }
    }

    /// Schedules `event`.
    ///
    /// # Panics
    /// When `at` is before the last popped event.
    #[inline]
    pub fn push(&mut self, at: Time, event: E) {
        let at = at.0;
        assert!(at >= self.now, "an event was scheduled in the past");
        self.len += 1;
        if at >> BUCKET_BITS < self.unopened {
            self.open.push(at, event);
        } else {
            self.file(at, event);
        }
    }

    /// Takes the next event.
    #[inline]
    pub fn pop(&mut self) -> Option<(Time, E)> {
        if self.open.is_empty() && !self.advance() {
            return None;
        }
        let (at, event) = self.open.pop(&mut self.pool);
        self.len -= 1;
        self.now = at;
        Some((Time(at), event))
    }

    /// The time of the next event. Looking does not commit: whatever is not before the last popped
    /// event may still be pushed.
    #[inline]
    pub fn next_at(&mut self) -> Option<Time> {
        if self.open.is_empty() && !self.advance() {
            return None;
        }
        Some(Time(self.open.next_at()))
    }

    /// The event `k` places ahead (0 is the next), as far as is known now: `None` beyond the end of
    /// the open bucket, and late arrivals are not counted. For prefetching what it will need; say
    /// nothing about the order on its account.
    #[inline]
    pub fn ahead(&self, k: usize) -> Option<&E> {
        self.open.ahead(k, &self.pool)
    }

    /// Whether a bucket was opened for the event popped last: nobody has looked ahead in it yet.
    #[inline]
    pub fn has_just_opened(&self) -> bool {
        self.open.has_just_begun()
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes of memory held on the heap, used or in reserve.
    pub fn bytes(&self) -> usize {
        self.pool.bytes() + self.open.bytes() + self.wheels.iter().map(Wheel::bytes).sum::<usize>()
    }

    /// Puts an event into the wheel that tells its bucket apart from the cursor.
    #[inline]
    fn file(&mut self, at: u64, event: E) {
        let bucket = at >> BUCKET_BITS;
        let differs = (bucket ^ self.cursor) | 1;
        let level = (differs.ilog2() / WHEEL_BITS) as usize;
        let digit = bucket >> (level as u32 * WHEEL_BITS);
        self.pool.append(self.wheels[level].chain_mut(digit), at, event);
    }

    /// Opens the next bucket that has events; false if there is none.
    #[cold]
    #[inline(never)]
    fn advance(&mut self) -> bool {
        self.open.close(&mut self.pool);
        loop {
            let occupied = |(level, wheel): (usize, &Wheel)| Some((level, wheel.first()?));
            let Some((level, digit)) = self.wheels.iter().enumerate().find_map(occupied) else {
                return false;
            };
            let shift = level as u32 * WHEEL_BITS;
            self.cursor = (self.cursor >> shift >> WHEEL_BITS << WHEEL_BITS | digit) << shift;
            let chain = self.wheels[level].take(digit);
            if level == 0 {
                self.unopened = self.cursor + 1;
                self.open.open(self.cursor << BUCKET_BITS, chain, &self.pool);
                return true;
            }
            // Before anything can be pushed straight into the buckets of this window: see above.
            let mut blocks = chain.blocks();
            while let Some(slots) = blocks.next(&self.pool) {
                let block = slots.start;
                for slot in slots {
                    let (at, event) = self.pool.take(slot);
                    self.file(at, event);
                }
                self.pool.release_block(block);
            }
        }
    }
}

impl<E> Default for Agenda<E> {
    fn default() -> Self {
        Self::new()
    }
}

//! Sorting the keys of a bucket by offset, stably.

use super::BUCKET_BITS;

/// Where an event of the open bucket stands: its offset in the bucket, the low bits of its position
/// in the chain, and its slot, from the highest bits to the lowest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Key(u64);

const OFFSET_SHIFT: u32 = u64::BITS - BUCKET_BITS;
const SLOT_BITS: u32 = u32::BITS;
const POSITION_BITS: u32 = OFFSET_SHIFT - SLOT_BITS;

/// From this many keys on, a radix sort is the faster. Up to as many, positions are told apart.
const RADIX_MIN: usize = 256;
const _: () = assert!(RADIX_MIN <= 1 << POSITION_BITS);

/// Two passes over the offset.
const PASSES: usize = 2;
const DIGIT_BITS: u32 = BUCKET_BITS.div_ceil(PASSES as u32);
const DIGITS: usize = 1 << DIGIT_BITS;

impl Key {
    #[inline]
    pub(super) fn new(offset: u64, position: usize, slot: u32) -> Self {
        let position = position as u64 % (1 << POSITION_BITS);
        Self(offset << OFFSET_SHIFT | position << SLOT_BITS | u64::from(slot))
    }

    #[inline]
    pub(super) fn offset(self) -> u64 {
        self.0 >> OFFSET_SHIFT
    }

    #[inline]
    pub(super) fn slot(self) -> u32 {
        self.0 as u32
    }

    #[inline]
    fn digit(self, pass: usize) -> usize {
        (self.offset() >> (pass as u32 * DIGIT_BITS)) as usize % DIGITS
    }
}

/// Sorts keys that are in order of position by offset, then position. `scratch` is for its use.
pub(super) fn sort(keys: &mut Vec<Key>, scratch: &mut Vec<Key>) {
    if keys.len() < RADIX_MIN {
        keys.sort_unstable();
        return;
    }
    let mut places = [[0u32; DIGITS]; PASSES];
    for key in &*keys {
        for (pass, counts) in places.iter_mut().enumerate() {
            counts[key.digit(pass)] += 1;
        }
    }
    scratch.resize(keys.len(), Key::default());
    for (pass, places) in places.iter_mut().enumerate() {
        let mut place = 0;
        for count in places.iter_mut() {
            place += std::mem::replace(count, place);
        }
        for key in &*keys {
            let place = &mut places[key.digit(pass)];
            scratch[*place as usize] = *key;
            *place += 1;
        }
        std::mem::swap(keys, scratch);
    }
}

//! One timing wheel: a chain of events a digit, and which of them are occupied.

use super::pool::Chain;

/// A wheel has 2 to this power digits.
pub(super) const WHEEL_BITS: u32 = 12;

const DIGITS: usize = 1 << WHEEL_BITS;
const WORDS: usize = DIGITS / 64;

pub(super) struct Wheel {
    chains: Box<[Chain; DIGITS]>,
    /// A bit a digit.
    occupied: [u64; WORDS],
    /// A bit a word of `occupied`.
    words: u64,
}

const _: () = assert!(WORDS == 64, "one word tells which words of the bitmap to look at");

impl Wheel {
    pub(super) fn new() -> Self {
        Self { chains: Box::new([Chain::default(); DIGITS]), occupied: [0; WORDS], words: 0 }
    }

    /// The chain of a digit (only the low bits count), for appending to it.
    #[inline]
    pub(super) fn chain_mut(&mut self, digit: u64) -> &mut Chain {
        let digit = digit as usize % DIGITS;
        self.occupied[digit / 64] |= 1 << (digit % 64);
        self.words |= 1 << (digit / 64);
        &mut self.chains[digit]
    }

    /// The lowest occupied digit.
    pub(super) fn first(&self) -> Option<u64> {
        if self.words == 0 {
            return None;
        }
        let word = self.words.trailing_zeros();
        Some(u64::from(word * 64 + self.occupied[word as usize].trailing_zeros()))
    }

    /// Takes the chain of a digit, which is empty then.
    pub(super) fn take(&mut self, digit: u64) -> Chain {
        let digit = digit as usize % DIGITS;
        self.occupied[digit / 64] &= !(1 << (digit % 64));
        if self.occupied[digit / 64] == 0 {
            self.words &= !(1 << (digit / 64));
        }
        std::mem::take(&mut self.chains[digit])
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.chains)
    }
}

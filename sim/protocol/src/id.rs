//! Addresses and identifiers. Only this file compares identifiers on the circle: wrap-around and
//! the ring of one node are tested here, exhaustively, on a ring of 16.

use core::fmt;
use sha1::{Digest, Sha1};

/// Where a node can be reached: the number of its endpoint. The synthetic IPv4 address and port
/// follow from it, one to one ([`Addr::ipv4`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Addr(pub u32);

/// A place on the identifier circle. A ring of m bits uses the top m of the 64, so that distances
/// wrap by themselves; the low 64 - m are zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Id(pub u64);

/// Most identifier bits.
pub const BITS_MAX: u32 = 64;

impl Addr {
    /// The synthetic IPv4 address: 10.0.0.0/8, then 11.0.0.0/8, and so on.
    pub fn ipv4(self) -> [u8; 4] {
        (0x0a00_0000u32.wrapping_add(self.0)).to_be_bytes()
    }
}

impl fmt::Display for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.ipv4();
        write!(f, "{a}.{b}.{c}.{d}:4000")
    }
}

impl Id {
    /// The first `bits` of SHA-1 of an address (Chord, IV-B); `salt` is 0 unless that identifier
    /// was taken.
    pub fn of_addr(addr: Addr, salt: u32, bits: u32) -> Self {
        let mut hash = Sha1::new();
        hash.update(addr.ipv4());
        hash.update(4000u16.to_be_bytes());
        if salt > 0 {
            hash.update(salt.to_be_bytes());
        }
        Self::leading(&hash.finalize(), bits)
    }

    /// The first `bits` of SHA-1 of a key.
    pub fn of_key(key: &[u8], bits: u32) -> Self {
        Self::leading(&Sha1::digest(key), bits)
    }

    fn leading(digest: &[u8], bits: u32) -> Self {
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        Self(u64::from_be_bytes(first)).truncated(bits)
    }

    /// The same place on a ring of `bits`.
    pub fn truncated(self, bits: u32) -> Self {
        debug_assert!((1..=BITS_MAX).contains(&bits));
        Self(self.0 & (u64::MAX << (BITS_MAX - bits)))
    }

    /// The way from here clockwise to `other`: 0 if they are the same place.
    pub fn distance_to(self, other: Self) -> u64 {
        other.0.wrapping_sub(self.0)
    }

    /// The place `distance` further clockwise.
    pub fn plus(self, distance: u64) -> Self {
        Self(self.0.wrapping_add(distance))
    }

    /// Whether this lies strictly between `from` and `to`, clockwise. Between a place and itself
    /// lies the whole circle but that place.
    pub fn is_between(self, from: Self, to: Self) -> bool {
        let way = from.distance_to(to);
        let here = from.distance_to(self);
        here != 0 && (way == 0 || here < way)
    }

    /// Whether this lies in (`from`, `to`], clockwise: a node `to` with predecessor `from` is
    /// responsible for it. A node that is its own predecessor is responsible for everything.
    pub fn is_owned(self, from: Self, to: Self) -> bool {
        let way = from.distance_to(to);
        let here = from.distance_to(self);
        way == 0 || (here != 0 && here <= way)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The 16 places of a ring of 4 bits.
    fn places() -> impl Iterator<Item = (u64, Id)> {
        (0..16).map(|n| (n, Id(n << 60)))
    }

    /// Walks clockwise from `from` (excluded) to `to`, as a person counts on their fingers.
    fn walk(from: u64, to: u64) -> impl Iterator<Item = u64> {
        let steps = if from == to { 16 } else { (to + 16 - from) % 16 };
        (1..=steps).map(move |step| (from + step) % 16)
    }

    #[test]
    fn both_intervals_agree_with_counting_on_a_ring_of_16() {
        for (a, from) in places() {
            for (b, to) in places() {
                for (x, id) in places() {
                    let owned = walk(a, b).any(|place| place == x);
                    assert_eq!(id.is_owned(from, to), owned, "{x} in ({a}, {b}]");
                    let between = owned && x != b;
                    assert_eq!(id.is_between(from, to), between, "{x} in ({a}, {b})");
                }
            }
        }
    }

    #[test]
    fn an_identifier_is_the_first_bits_of_sha1() {
        // SHA-1("abc") = a9993e36 4706816a ba3e2571 7850c26c 9cd0d89d.
        assert_eq!(Id::of_key(b"abc", 64), Id(0xa999_3e36_4706_816a));
        assert_eq!(Id::of_key(b"abc", 8), Id(0xa900_0000_0000_0000));
    }

    #[test]
    fn a_salt_moves_an_identifier() {
        assert_ne!(Id::of_addr(Addr(1), 0, 64), Id::of_addr(Addr(1), 1, 64));
    }
}

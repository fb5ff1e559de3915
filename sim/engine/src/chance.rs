//! All chance of a run: ChaCha keyed by the scenario's seed and a purpose.
//!
//! Two forms. A **pure draw** is a function of (seed, purpose, who, nth) alone: what must be the
//! same when variants are compared (churn, workload, capacities, costs, behaviours) is drawn so,
//! in any order, with nothing remembered. A **stream** is a sequence for what happens in event
//! order (latency, protocol): about 3 ns a draw, where a pure draw computes blocks on demand and
//! costs about 60. No generator is stored in a node.
//!
//! Nothing collides, because each place has its own block of the ChaCha function:
//!
//! | ChaCha input | words | holds |
//! |---|---|---|
//! | key | 0-1 | the seed |
//! | key | 2-3 | the purpose's number |
//! | key | 4-5 | the form: 0 pure, 1 stream |
//! | key | 6-7 | a fixed label |
//! | stream | 64 bits | `who` (0 for a stream) |
//! | block position | 64 bits | 4 × `nth`, then the three that follow |
//!
//! Eight rounds are the fewest that no published attack reaches, and cost two fifths of ChaCha20:
//! what nobody can tell from chance in theory, no statistic of ours can in practice.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a draw is for. The numbers are part of every result: a new purpose takes a new number,
/// and no number is ever changed or used again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u64)]
pub enum Purpose {
    /// Identifiers that are not hashes of addresses.
    Identifiers = 1,
    /// What a node has: cycles, storage, bandwidth, platform.
    Capacities = 2,
    /// What a node's resources cost it.
    Costs = 3,
    /// Who is up when, and how it goes.
    Churn = 4,
    /// Who asks for what, when.
    Workload = 5,
    /// Usage policies, honesty.
    Behaviour = 6,
    /// How long a message travels.
    Latency = 7,
    /// What protocol code draws for itself.
    Protocol = 8,
    /// Whom scheduled faults hit.
    Faults = 9,
    /// Lost messages, places in the network.
    Network = 10,
    /// Phases of periodic timers.
    Timers = 11,
    /// How much of their machines owners use.
    Owners = 12,
    /// Random places of markets, to compare with.
    Placements = 20,
}

/// How many draws one (purpose, who, nth) has: the four blocks that are computed at once.
pub const DRAWS_MAX: u32 = 32;

/// Sets this use of ChaCha apart from any other use of the same seed.
const LABEL: [u8; 8] = *b"compup2p";

/// The source of all chance of one run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Chance {
    seed: u64,
}

/// The draws of one (purpose, who, nth): the same whenever and however often they are asked for.
#[derive(Clone, Debug)]
pub struct Draws {
    blocks: ChaCha8Rng,
    left: u32,
}

/// The endless sequence of one purpose, for what happens in event order.
#[derive(Clone, Debug)]
pub struct Stream {
    blocks: ChaCha8Rng,
}

impl Chance {
    /// All chance that follows from `seed`.
    pub const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The seed from which all follows.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The draws that belong to the `nth` occasion of `who`, whatever else was drawn before.
    /// `nth` is below 2^62.
    pub fn pure(&self, purpose: Purpose, who: u64, nth: u64) -> Draws {
        debug_assert!(nth < 1 << 62, "draw positions would wrap: nth is {nth}");
        let mut blocks = self.blocks(purpose, 0);
        blocks.set_stream(who);
        blocks.set_word_pos(u128::from(nth) << 6);
        Draws { blocks, left: DRAWS_MAX }
    }

    /// The sequence of `purpose`, from its beginning.
    pub fn stream(&self, purpose: Purpose) -> Stream {
        Stream { blocks: self.blocks(purpose, 1) }
    }

    fn blocks(&self, purpose: Purpose, form: u64) -> ChaCha8Rng {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8..16].copy_from_slice(&(purpose as u64).to_le_bytes());
        key[16..24].copy_from_slice(&form.to_le_bytes());
        key[24..].copy_from_slice(&LABEL);
        ChaCha8Rng::from_seed(key)
    }
}

impl Draws {
    /// 64 random bits. Panics after [`DRAWS_MAX`]: the next would be those of `nth + 1`.
    pub fn next_u64(&mut self) -> u64 {
        assert!(self.left > 0, "more than {DRAWS_MAX} draws of one (purpose, who, nth)");
        self.left -= 1;
        self.blocks.next_u64()
    }

    /// A number in (0, 1), never an end.
    pub fn next_unit(&mut self) -> f64 {
        unit(self.next_u64())
    }

    /// A whole number in `0..n`; 0 if `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        below(self.next_u64(), n)
    }
}

impl Stream {
    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.blocks.next_u64()
    }

    /// The next number in (0, 1), never an end.
    pub fn next_unit(&mut self) -> f64 {
        unit(self.next_u64())
    }

    /// The next whole number in `0..n`; 0 if `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        below(self.next_u64(), n)
    }
}

/// The number in (0, 1) that 64 random bits stand for: the middle of one of 2^52 equal parts, so
/// that it and one minus it are exact and neither is ever 0.
pub fn unit(bits: u64) -> f64 {
    const PARTS: f64 = (1u64 << 52) as f64;
    ((bits >> 12) as f64 + 0.5) / PARTS
}

/// The whole number in `0..n` that 64 random bits stand for (one multiplication; the bias is
/// below n / 2^64); 0 if `n` is 0.
pub const fn below(bits: u64, n: u64) -> u64 {
    ((bits as u128 * n as u128) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANCE: Chance = Chance::new(42);

    /// The first 64-bit word of a ChaCha8 block, straight from Bernstein's definition.
    fn chacha8(key: [u32; 8], position: u64, stream: u64) -> u64 {
        let mut start = [0u32; 16];
        start[..4].copy_from_slice(&[0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]);
        start[4..12].copy_from_slice(&key);
        start[12] = position as u32;
        start[13] = (position >> 32) as u32;
        start[14] = stream as u32;
        start[15] = (stream >> 32) as u32;
        let mut w = start;
        for _ in 0..4 {
            for [a, b, c, d] in [
                [0, 4, 8, 12],
                [1, 5, 9, 13],
                [2, 6, 10, 14],
                [3, 7, 11, 15],
                [0, 5, 10, 15],
                [1, 6, 11, 12],
                [2, 7, 8, 13],
                [3, 4, 9, 14],
            ] {
                for (left, right) in [(16, 12), (8, 7)] {
                    w[a] = w[a].wrapping_add(w[b]);
                    w[d] = (w[d] ^ w[a]).rotate_left(left);
                    w[c] = w[c].wrapping_add(w[d]);
                    w[b] = (w[b] ^ w[c]).rotate_left(right);
                }
            }
        }
        let word = |i: usize| u64::from(w[i].wrapping_add(start[i]));
        word(0) | word(1) << 32
    }

    #[test]
    fn every_draw_is_the_block_that_the_table_says() {
        let label = |half: usize| u32::from_le_bytes(LABEL[half..half + 4].try_into().unwrap());
        for (seed, purpose, who, nth) in [
            (0, Purpose::Identifiers, 0, 0),
            (42, Purpose::Churn, 7, 3),
            (u64::MAX - 5, Purpose::Timers, u64::MAX, (1 << 62) - 1),
        ] {
            let key = |form| {
                let (low, high) = (seed as u32, (seed >> 32) as u32);
                [low, high, purpose as u32, 0, form, 0, label(0), label(4)]
            };
            let chance = Chance::new(seed);
            assert_eq!(chance.pure(purpose, who, nth).next_u64(), chacha8(key(0), nth << 2, who));
            assert_eq!(chance.stream(purpose).next_u64(), chacha8(key(1), 0, 0));
        }
    }

    #[test]
    fn draws_are_the_same_on_every_machine_and_in_every_profile() {
        let mut draws = CHANCE.pure(Purpose::Churn, 7, 3);
        let pure: Vec<u64> = (0..4).map(|_| draws.next_u64()).collect();
        assert_eq!(
            pure,
            [0x0c27a2846e6d6589, 0xf3d2507de85d4446, 0xfec6b19fd462d292, 0xab350d52db300c53]
        );
        let mut stream = CHANCE.stream(Purpose::Latency);
        let sequence: Vec<u64> = (0..4).map(|_| stream.next_u64()).collect();
        assert_eq!(
            sequence,
            [0x875c7d1c7ecac400, 0x9b94a2e428ac130f, 0xa1a5dfd1e7d58098, 0x4afff40a18456e9b]
        );
    }

    #[test]
    fn a_pure_draw_does_not_depend_on_what_was_drawn_before() {
        let forwards: Vec<u64> =
            (0..50).map(|nth| CHANCE.pure(Purpose::Churn, 1, nth).next_u64()).collect();
        let mut backwards: Vec<u64> =
            (0..50).rev().map(|nth| CHANCE.pure(Purpose::Churn, 1, nth).next_u64()).collect();
        backwards.reverse();
        assert_eq!(forwards, backwards);
    }

    #[test]
    fn no_two_of_seed_purpose_who_nth_and_form_share_a_draw() {
        let mut seen = std::collections::BTreeSet::new();
        let mut drawn = 0;
        for seed in 0..3 {
            let chance = Chance::new(seed);
            for purpose in [Purpose::Identifiers, Purpose::Churn, Purpose::Timers] {
                for (who, nth) in [(0, 0), (0, 1), (1, 0), (1, 1), (u64::MAX, 0)] {
                    let mut draws = chance.pure(purpose, who, nth);
                    seen.extend((0..DRAWS_MAX).map(|_| draws.next_u64()));
                    drawn += DRAWS_MAX as usize;
                }
                let mut stream = chance.stream(purpose);
                seen.extend((0..1000).map(|_| stream.next_u64()));
                drawn += 1000;
            }
        }
        assert_eq!(seen.len(), drawn);
    }

    #[test]
    #[should_panic(expected = "more than 32 draws")]
    fn a_draw_too_many_is_a_bug() {
        let mut draws = CHANCE.pure(Purpose::Churn, 0, 0);
        for _ in 0..=DRAWS_MAX {
            draws.next_u64();
        }
    }

    #[test]
    fn a_unit_is_never_an_end_and_a_whole_is_below_its_bound() {
        for bits in [0, 1, u64::MAX / 2, u64::MAX] {
            let u = unit(bits);
            assert!(u > 0.0 && u < 1.0 && 1.0 - u > 0.0, "{bits} gives {u}");
            assert!(below(bits, 10) < 10);
            assert_eq!(below(bits, 0), 0);
        }
        assert_eq!((below(0, 10), below(u64::MAX, 10)), (0, 9));
        assert_eq!(1.0 - unit(0), unit(u64::MAX));
    }

    #[test]
    fn units_are_uniform() {
        let mut stream = CHANCE.stream(Purpose::Protocol);
        let mut counts = [0u32; 16];
        for _ in 0..160_000 {
            counts[(stream.next_unit() * 16.0) as usize] += 1;
        }
        let chi: f64 = counts.iter().map(|&n| (f64::from(n) - 1e4) * (f64::from(n) - 1e4)).sum();
        assert!(chi / 1e4 < 37.7, "chi-squared of 15 degrees is {} (0.1 % lie above)", chi / 1e4);
    }
}

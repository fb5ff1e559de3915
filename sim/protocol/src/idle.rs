//! What of a machine stays idle: how much of it its owner uses, and what a node makes of that.
//! From "its current and past load" a node estimates what it has "available for the next T time
//! units" (CompuP2P, IV); how it does so is [ours].

use crate::time::{Span, Time};

/// The share of a machine that its owner uses, in parts per 10,000.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct OwnerLoad(u16);

impl OwnerLoad {
    /// The parts that make a whole machine.
    pub const PARTS: u16 = 10_000;
    /// The owner uses nothing.
    pub const NONE: Self = Self(0);
    /// The owner uses all.
    pub const FULL: Self = Self(Self::PARTS);

    /// So many parts per 10,000; more than all is all.
    pub const fn new(parts: u16) -> Self {
        if parts < Self::PARTS { Self(parts) } else { Self::FULL }
    }

    /// In parts per 10,000, at most [`OwnerLoad::PARTS`].
    pub const fn parts(self) -> u16 {
        self.0
    }
}

/// Bits after the point of an estimate.
const FRACTION_BITS: u32 = 18;

/// A load of a whole machine, as an estimate holds it.
const WHOLE: u32 = (OwnerLoad::PARTS as u32) << FRACTION_BITS;

/// What a node expects of its owner over the next T: an exponentially weighted moving average of
/// the loads that it has seen. The first is taken as it is; a later one, dt after the one before,
/// weighs dt / (T + dt), so that what is a T old counts for little, however often one looks [ours].
///
/// All arithmetic is in whole numbers and rounds towards the estimate before: it never leaves the
/// range of what was seen, and of a load that stays the same it is that load.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Estimate {
    /// In parts per 10,000 with [`FRACTION_BITS`] after the point; at most [`WHOLE`].
    load: u32,
    /// When it was last told of a load; [`Time::NEVER`] if it knows nothing.
    at: Time,
}

impl Default for Estimate {
    /// Knows nothing: all is idle.
    fn default() -> Self {
        Self { load: 0, at: Time::NEVER }
    }
}

impl Estimate {
    /// Takes note of the owner's load. Of two at one instant the first counts.
    pub fn observe(&mut self, load: OwnerLoad, now: Time, horizon: Span) {
        let seen = u32::from(load.0) << FRACTION_BITS;
        if self.at == Time::NEVER {
            *self = Self { load: seen, at: now };
            return;
        }
        let gap = u128::from(now.since(self.at).0);
        let parts = gap + u128::from(horizon.0);
        if parts == 0 {
            return;
        }
        let step = (u128::from(seen.abs_diff(self.load)) * gap / parts) as u32;
        self.load = if seen > self.load { self.load + step } else { self.load - step };
        self.at = now;
        assert!(self.load <= WHOLE, "an average lies between what was seen");
    }

    /// What of a machine that can do `nominal` will stay idle, rounded down.
    pub fn idle(&self, nominal: u64) -> u64 {
        let idle = u128::from(WHOLE - self.load);
        (u128::from(nominal) * idle / u128::from(WHOLE)) as u64
    }
}

// One of these a node.
const _: () = assert!(size_of::<Estimate>() <= 16);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: Span = Span::secs(3600);

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::secs(secs)
    }

    /// An estimate after these loads, one every five minutes.
    fn after(loads: impl IntoIterator<Item = u16>) -> Estimate {
        let mut estimate = Estimate::default();
        for (nth, load) in (0..).zip(loads) {
            estimate.observe(OwnerLoad::new(load), at(nth * 300), HOUR);
        }
        estimate
    }

    #[test]
    fn a_node_that_knows_nothing_of_its_owner_offers_all() {
        assert_eq!(Estimate::default().idle(1_000_000_007), 1_000_000_007);
        assert_eq!(Estimate::default().idle(u64::MAX), u64::MAX);
    }

    #[test]
    fn a_load_that_stays_the_same_is_the_estimate() {
        for load in [0, 1, 3_333, 9_999, 10_000] {
            for times in [1, 2, 500] {
                let idle = u64::from(OwnerLoad::PARTS - load);
                assert_eq!(
                    after(core::iter::repeat_n(load, times)).idle(10_000),
                    idle,
                    "{load}, {times} times"
                );
            }
        }
    }

    #[test]
    fn what_is_idle_is_rounded_down() {
        assert_eq!(after([1]).idle(9_999), 9_998);
        assert_eq!(after([10_000]).idle(u64::MAX), 0);
    }

    #[test]
    fn after_a_step_the_estimate_comes_nearer_by_a_thirteenth_every_five_minutes() {
        // 5 min / (1 h + 5 min) = 1/13.
        let mut left = 1.0;
        for samples in 1..50 {
            left *= 12.0 / 13.0;
            let loads = core::iter::once(0).chain(core::iter::repeat_n(10_000, samples));
            let idle = after(loads).idle(1_000_000_000) as f64 / 1e9;
            assert!((idle - left).abs() < 1e-6, "{samples}: {idle}, wants {left}");
        }
    }

    #[test]
    fn a_sample_a_horizon_later_weighs_half_and_one_at_once_nothing() {
        let mut estimate = after([0]);
        estimate.observe(OwnerLoad::FULL, at(0), HOUR);
        assert_eq!(estimate.idle(100), 100);
        estimate.observe(OwnerLoad::FULL, at(3600), HOUR);
        assert_eq!(estimate.idle(100), 50);
    }

    #[test]
    fn without_a_horizon_the_last_sample_is_all() {
        let mut estimate = Estimate::default();
        for (secs, load) in [(0, 0), (1, 5_000), (2, 700)] {
            estimate.observe(OwnerLoad::new(load), at(secs), Span::ZERO);
            assert_eq!(estimate.idle(10_000), 10_000 - u64::from(load));
        }
    }

    #[test]
    fn more_than_all_is_all() {
        assert_eq!(OwnerLoad::new(10_001), OwnerLoad::FULL);
        assert_eq!(OwnerLoad::new(u16::MAX).parts(), 10_000);
    }

    proptest! {
        #[test]
        fn an_estimate_never_leaves_the_range_of_what_was_seen(
            samples in proptest::collection::vec((0u16..=10_000, 0u64..=u64::MAX >> 8), 1..100),
            horizon in 0u64..=u64::MAX,
        ) {
            let (mut estimate, mut now) = (Estimate::default(), Time::ZERO);
            let (mut least, mut most) = (u32::MAX, 0);
            for (load, gap) in samples {
                now += Span(gap);
                estimate.observe(OwnerLoad::new(load), now, Span(horizon));
                let seen = u32::from(load) << FRACTION_BITS;
                (least, most) = (least.min(seen), most.max(seen));
                prop_assert!((least..=most).contains(&estimate.load));
            }
        }
    }
}

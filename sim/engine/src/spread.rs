//! How unevenly requests fall on hosts, and how unevenly they would if each market were at a
//! random place.

use crate::chance::Purpose;
use crate::simulation::Simulation;
use compup2p_protocol::id::Id;
use std::collections::BTreeMap;

/// Random placements that are averaged over.
const PLACEMENTS: u32 = 32;

/// Most markets that are placed at random: more would take longer than many a run.
pub const MARKETS_MAX: usize = 1 << 16;

/// How unevenly something is spread over hosts; NaN if there is nothing to spread.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spread {
    /// Gini's coefficient: 0 if all have the same, towards 1 if one has all.
    pub gini: f64,
    /// The most that one has, over the mean.
    pub max_over_mean: f64,
}

impl Spread {
    /// Of the `loads` of those of `hosts` hosts that may have any; the others have none.
    pub fn of(mut loads: Vec<u64>, hosts: usize) -> Self {
        loads.sort_unstable();
        let idle = hosts - loads.len();
        let total: u64 = loads.iter().sum();
        // Twice the rank, from 1, less that of the middle: whole numbers, and so exact.
        let deviation = |rank: usize| 2 * rank as i128 - 1 - hosts as i128;
        let weighted: i128 =
            (idle + 1..).zip(&loads).map(|(rank, &load)| deviation(rank) * i128::from(load)).sum();
        let (most, hosts, total) = (loads.last().copied().unwrap_or(0), hosts as f64, total as f64);
        Self { gini: weighted as f64 / (hosts * total), max_over_mean: most as f64 * hosts / total }
    }

    /// The mean over random placements of the run's markets, each with the requests that it served
    /// at the owner of a random key, on the ring as it is at the end. NaN for more markets than
    /// [`MARKETS_MAX`].
    pub fn at_random(run: &Simulation) -> Self {
        let markets = &run.tally().trade.requests;
        let mut sum = Self { gini: 0.0, max_over_mean: 0.0 };
        if markets.len() > MARKETS_MAX {
            return Self { gini: f64::NAN, max_over_mean: f64::NAN };
        }
        let hosts = run.population().len() as usize;
        // A sequence of its own: nothing else is drawn otherwise for it.
        let mut keys = run.chance().stream(Purpose::Placements);
        for _ in 0..PLACEMENTS {
            let mut loads: BTreeMap<u32, u64> = BTreeMap::new();
            for &requests in markets.values() {
                let key = Id(keys.next_u64()).truncated(run.rules().overlay.bits);
                if let Some(owner) = run.oracle().owner(key) {
                    *loads.entry(run.rules().host(owner).0).or_default() += requests;
                }
            }
            let Self { gini, max_over_mean } = Self::of(loads.into_values().collect(), hosts);
            sum.gini += gini;
            sum.max_over_mean += max_over_mean;
        }
        let mean = |sum: f64| sum / f64::from(PLACEMENTS);
        Self { gini: mean(sum.gini), max_over_mean: mean(sum.max_over_mean) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observer::Blind;
    use crate::simulation::tests::trial;

    #[test]
    fn inequality_of_hand_computed_shares() {
        let spread = |loads: &[u64], hosts| {
            let Spread { gini, max_over_mean } = Spread::of(loads.to_vec(), hosts);
            (gini, max_over_mean)
        };
        assert_eq!(spread(&[5, 5, 5, 5], 4), (0.0, 1.0));
        assert_eq!(spread(&[8], 4), (0.75, 4.0));
        assert_eq!(spread(&[4, 2, 1, 3], 4), (0.25, 1.6));
        assert!(Spread::of(Vec::new(), 4).gini.is_nan());
    }

    #[test]
    fn markets_at_random_places_are_placed_alike_each_time_and_disturb_nothing() {
        let yaml = "{nodes: 100, duration: 10min, workload: {purchases: {interval: 1min}}}";
        let mut run = Simulation::new(&trial(yaml));
        run.run(&mut Blind).expect("the blind refuse nothing");
        let once = Spread::at_random(&run);
        assert_eq!(once, Spread::at_random(&run));
        assert!((0.3..1.0).contains(&once.gini), "{once:?}");
        assert!((2.0..100.0).contains(&once.max_over_mean), "{once:?}");
    }
}

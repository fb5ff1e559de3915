//! How long a sub-task takes that is checkpointed, where nodes fail at random: a renewal argument on
//! what the simulator does (the segments of Daly, 2006, with a restart of two parts).

use libm::{ceil, exp, sqrt};

/// A sub-task on nodes that fail. All spans in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Checkpointed {
    /// How long it computes if nothing fails.
    pub work: f64,
    /// How long it computes between two checkpoints; as long as `work` if there are none.
    pub interval: f64,
    /// How long it pauses for a checkpoint.
    pub cost: f64,
    /// From a failure until another node begins to fetch: detection and purchase. Nothing can fail
    /// meanwhile: there is no compute node.
    pub away: f64,
    /// How long the other node fetches the last checkpoint, and may fail.
    pub fetch: f64,
    /// The mean time between failures of a compute node; failures are exponential.
    pub mtbf: f64,
}

impl Checkpointed {
    /// The mean time from when it begins to compute to its end.
    ///
    /// Each segment is a renewal process: a try that takes t succeeds with probability exp(-t/M); a
    /// failed one costs its time, `away`, and another try that fetches first. A checkpoint follows
    /// each whole interval but the end.
    pub fn mean(&self) -> f64 {
        let &Self { work, interval, cost, away, fetch, mtbf } = self;
        let segments = ceil(work / interval - 1e-9).max(1.0);
        let last = work - (segments - 1.0) * interval;
        // A whole block that begins with fetching, tried until it succeeds.
        let again = |block: f64| (mtbf + away) * (exp((fetch + block) / mtbf) - 1.0);
        let first = |block: f64| {
            let fails = 1.0 - exp(-block / mtbf);
            mtbf * fails + fails * (away + again(block))
        };
        (segments - 1.0) * first(interval + cost) + first(last)
    }
}

/// Young's interval (1974): sqrt(2 δ M).
pub fn young(cost: f64, mtbf: f64) -> f64 {
    sqrt(2.0 * cost * mtbf)
}

/// Daly's interval (2006, equation 37).
pub fn daly(cost: f64, mtbf: f64) -> f64 {
    if cost >= 2.0 * mtbf {
        return mtbf;
    }
    let ratio = cost / (2.0 * mtbf);
    sqrt(2.0 * cost * mtbf) * (1.0 + sqrt(ratio) / 3.0 + ratio / 9.0) - cost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nothing_fails_it_takes_its_work_and_its_checkpoints() {
        let task = Checkpointed {
            work: 1000.0,
            interval: 100.0,
            cost: 5.0,
            away: 60.0,
            fetch: 5.0,
            mtbf: 1e12,
        };
        assert!((task.mean() - 1045.0).abs() < 1e-3, "{}", task.mean());
    }

    #[test]
    fn it_is_dalys_model_where_the_restart_fails_too() {
        // Without `away`, and if the first try fetched as well: M (exp((R + τ + δ)/M) - 1) a segment.
        let (block, cost, fetch, mtbf) = (600.0, 10.0, 10.0, 3600.0);
        let task = Checkpointed { work: block, interval: block, cost, away: 0.0, fetch, mtbf };
        let fails = 1.0 - exp(-block / mtbf);
        let whole = mtbf * (exp((fetch + block) / mtbf) - 1.0);
        assert!((task.mean() - (mtbf * fails + fails * whole)).abs() < 1e-9);
    }

    #[test]
    fn dalys_interval_is_near_the_best() {
        for (cost, mtbf) in [(10.0, 3600.0), (60.0, 7200.0), (30.0, 86_400.0)] {
            let at = |interval| {
                let (work, away, fetch) = (interval * 1000.0, 30.0, cost);
                let task = Checkpointed { work, interval, cost, away, fetch, mtbf };
                task.mean() / work
            };
            let best = (1..4000).map(|n| at(f64::from(n) * mtbf / 1000.0)).fold(f64::MAX, f64::min);
            assert!(at(daly(cost, mtbf)) <= best * 1.002, "{cost} {mtbf}");
        }
    }
}

//! Lookups while nodes come and go. What goes wrong then has a law: a node that has joined is
//! unknown to its predecessor until that one's next round of stabilization, and meanwhile lookups
//! of its keys end at its successor.

use crate::scene::{keys, run, trial};
use compup2p_analysis::stats::estimate;

const NODES: f64 = 1000.0;

/// The mean time until the next round of stabilization, in seconds, looked at from outside: rounds
/// last U[15, 45], so E[X^2] / 2 E[X]; and one round trip, in which the predecessor asks.
const UNKNOWN_S: f64 = (30.0 * 30.0 + 30.0 * 30.0 / 12.0) / (2.0 * 30.0) + 0.1;

#[test]
fn wrong_lookups_are_those_of_keys_of_nodes_that_just_joined() {
    for (joins_per_s, routing) in [(0.1, "iterative"), (0.4, "iterative"), (0.4, "recursive")] {
        // A joiner gets the keys of one of N + 1 gaps.
        let law = joins_per_s * UNKNOWN_S / (NODES + 1.0);
        let wrong = |seed: u64| {
            let yaml = format!(
                "{{nodes: {NODES}, seed: {seed}, duration: 1h, sellers: 0,
                   overlay: {{successors: 20, routing: {routing}}},
                   churn: {{sessions: {{joins_per_s: {joins_per_s}}}}},
                   workload: {{lookups: {{interval: 30s}}, purchases: {{interval: off}}}}}}"
            );
            let run = run(&trial(&yaml));
            let keys = keys(&run);
            // With 20 successors each no lookup need fail.
            assert!(keys.ended - keys.found <= keys.ended / 50_000, "{yaml}");
            (keys.found - keys.correct) as f64 / keys.found as f64
        };
        let measured: Vec<f64> = (1..=8).map(wrong).collect();
        let share = estimate(&measured).expect("there are seeds");
        println!(
            "{joins_per_s} joins and as many departures a second, {routing}: {:.2} of 10^4 lookups \
             wrong ({:.2}..{:.2}), law {:.2}",
            share.mean * 1e4,
            share.low * 1e4,
            share.high * 1e4,
            law * 1e4
        );
        // The law leaves out what else can go wrong, and joins that fail at first.
        assert!(share.high >= 0.9 * law && share.low <= 1.1 * law, "{share:?}, law {law}");
    }
}

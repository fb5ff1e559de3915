//! Each mechanism is good for something: switched off, it worsens a metric of the one table, by
//! far more than the 95 % interval over pairs of runs with the same seeds.

use crate::scene::{run, trial};
use compup2p_analysis::stats::{estimate, paired_difference};

const SEEDS: u64 = 10;

/// An overlay under churn; the successor list is short, so that what is missing shows.
const CHURN: &str = "churn: {graceful_fraction: 0.2, sessions: {
    up: {model: exponential, mean: 30min}, down: {model: exponential, mean: 15min}}}";

/// An overlay that was in two halves for a while.
const PARTITION: &str = "faults: [{at: 5min, for: 20min, kind: partition, share: 0.5}]";

/// Which way is worse.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Worse {
    Less,
    More,
}

/// The metrics named, of runs in `scene` with the mechanisms `off`, by seed.
fn measured(scene: &str, off: &str, metric: &str) -> Vec<f64> {
    let of_seed = |seed: u64| {
        let yaml = format!(
            "{{nodes: 200, seed: {seed}, duration: 40min, sellers: 0, off: [{off}],
               overlay: {{successors: 4}}, {scene},
               workload: {{lookups: {{interval: 10s}}, purchases: {{interval: off}}}}}}"
        );
        let outcome = run(&trial(&yaml)).outcome();
        let row = outcome.metrics.iter().find(|row| row.metric == metric);
        row.unwrap_or_else(|| panic!("no metric is called {metric}")).value
    };
    (1..=SEEDS).map(of_seed).collect()
}

/// Asserts that without `mechanism` the metric is worse, by at least `margin`, surely.
fn worsens(mechanism: &str, scene: &str, metric: &str, worse: Worse, margin: f64) {
    let on = measured(scene, "", metric);
    let off = measured(scene, mechanism, metric);
    let by = match worse {
        Worse::Less => paired_difference(&on, &off),
        Worse::More => paired_difference(&off, &on),
    };
    let by = by.expect("there are seeds");
    let mean = |values: &[f64]| estimate(values).expect("there are seeds").mean;
    println!(
        "without {mechanism:<18} {metric}: {:.4} -> {:.4}, worse by {:.4} ({:.4}..{:.4})",
        mean(&on),
        mean(&off),
        by.mean,
        by.low,
        by.high
    );
    assert!(by.low >= margin, "worse by {by:?}, at least {margin} was expected");
}

#[test]
fn without_stabilize_lookups_go_wrong() {
    worsens("stabilize", CHURN, "lookups_correct", Worse::Less, 0.2);
}

#[test]
fn without_notify_those_who_join_are_not_found() {
    worsens("notify", CHURN, "lookups_correct", Worse::Less, 0.2);
}

#[test]
fn without_fix_fingers_paths_grow_long() {
    worsens("fix_fingers", CHURN, "lookup_hops_mean", Worse::More, 0.5);
}

#[test]
fn without_check_predecessor_the_dead_are_asked_again_and_again() {
    worsens("check_predecessor", CHURN, "lookup_timeouts_mean", Worse::More, 0.2);
}

#[test]
fn without_rejoin_halves_that_were_apart_stay_apart() {
    worsens("rejoin", PARTITION, "lookups_correct", Worse::Less, 0.1);
}

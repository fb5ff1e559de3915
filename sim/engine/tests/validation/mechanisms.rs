//! Each mechanism is good for something: switched off, it worsens a metric of the one table, by
//! far more than the 95 % interval over pairs of runs with the same seeds.

use crate::scene::{run, trial};
use compup2p_analysis::stats::{estimate, paired_difference};

const SEEDS: u64 = 10;

/// An overlay under churn; the successor list is short, so that what is missing shows.
const CHURN: &str = "sellers: 0, overlay: {successors: 4},
    workload: {lookups: {interval: 10s}, purchases: {interval: off}},
    churn: {graceful_fraction: 0.2, sessions: {
      up: {model: exponential, mean: 30min}, down: {model: exponential, mean: 15min}}}";

/// An overlay that was in two halves for a while.
const PARTITION: &str = "sellers: 0, overlay: {successors: 4},
    workload: {lookups: {interval: 10s}, purchases: {interval: off}},
    faults: [{at: 5min, for: 20min, kind: partition, share: 0.5}]";

/// Markets that nothing disturbs.
const CALM_MARKET: &str =
    "workload: {lookups: {interval: off}, purchases: {interval: 10min, hold: 10min}}";

/// Markets whose sellers and owners crash: what stands is soon out of date.
const MARKET: &str = "
    workload: {lookups: {interval: off}, purchases: {interval: 5min, hold: 2min}},
    churn: {graceful_fraction: 0, sessions: {
      up: {model: exponential, mean: 12min}, down: {model: exponential, mean: 6min}}}";

/// Half of the buyers deny what they got. In the end all that was put aside is due.
const DENIERS: &str = "
    behaviour: {buyer: {denying: 0.5}}, admin: {reservation: 5min},
    workload: {stop_at: 30min, lookups: {interval: off}, purchases: {interval: 5min, hold: 2min}}";

/// A mechanism that is looked at.
struct Case {
    mechanism: &'static str,
    scene: &'static str,
    /// What is off in both runs of a pair.
    besides: &'static str,
}

/// Which way is worse.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Worse {
    Less,
    More,
}

/// The metrics named, of runs in `scene` with the mechanisms `off`: a row a seed.
fn measured(scene: &str, off: &str, metrics: &[&str]) -> Vec<Vec<f64>> {
    let of_seed = |seed: u64| {
        let yaml = format!("{{nodes: 200, seed: {seed}, duration: 40min, off: [{off}], {scene}}}");
        let outcome = run(&trial(&yaml)).outcome();
        let value = |metric: &&str| {
            let row = outcome.metrics.iter().find(|row| row.metric == *metric);
            row.unwrap_or_else(|| panic!("no metric is called {metric}")).value
        };
        metrics.iter().map(value).collect()
    };
    (1..=SEEDS).map(of_seed).collect()
}

/// Asserts that without the mechanism each metric is worse, by at least its margin, surely.
fn worsens(case: &Case, metrics: &[(&str, Worse, f64)]) {
    let Case { mechanism, scene, besides } = case;
    let names: Vec<&str> = metrics.iter().map(|(name, ..)| *name).collect();
    let on = measured(scene, besides, &names);
    let off = measured(scene, &format!("{mechanism},{besides}"), &names);
    for (place, &(name, worse, margin)) in metrics.iter().enumerate() {
        let column = |rows: &[Vec<f64>]| rows.iter().map(|row| row[place]).collect::<Vec<f64>>();
        let (on, off) = (column(&on), column(&off));
        let by = match worse {
            Worse::Less => paired_difference(&on, &off),
            Worse::More => paired_difference(&off, &on),
        };
        let by = by.expect("there are seeds");
        let mean = |values: &[f64]| estimate(values).expect("there are seeds").mean;
        let besides = if besides.is_empty() { String::new() } else { format!(", {besides} off") };
        println!(
            "without {mechanism:<18} {name}{besides}: {:.4} -> {:.4}, worse by {:.4} \
             ({:.4}..{:.4})",
            mean(&on),
            mean(&off),
            by.mean,
            by.low,
            by.high
        );
        assert!(by.low >= margin, "{name} worse by {by:?}, at least {margin} was expected");
    }
}

/// One metric, all else on.
fn worsens_one(
    mechanism: &'static str,
    scene: &'static str,
    metric: &str,
    worse: Worse,
    margin: f64,
) {
    worsens(&Case { mechanism, scene, besides: "" }, &[(metric, worse, margin)]);
}

#[test]
fn without_stabilize_lookups_go_wrong() {
    worsens_one("stabilize", CHURN, "lookups_correct", Worse::Less, 0.2);
}

#[test]
fn without_notify_those_who_join_are_not_found() {
    worsens_one("notify", CHURN, "lookups_correct", Worse::Less, 0.2);
}

#[test]
fn without_fix_fingers_paths_grow_long() {
    worsens_one("fix_fingers", CHURN, "lookup_hops_mean", Worse::More, 0.5);
}

#[test]
fn without_check_predecessor_the_dead_are_asked_again_and_again() {
    worsens_one("check_predecessor", CHURN, "lookup_timeouts_mean", Worse::More, 0.2);
}

#[test]
fn without_rejoin_halves_that_were_apart_stay_apart() {
    worsens_one("rejoin", PARTITION, "lookups_correct", Worse::Less, 0.1);
}

#[test]
fn without_relist_markets_run_dry() {
    let case = Case { mechanism: "relist", scene: CALM_MARKET, besides: "" };
    let metrics =
        [("purchases_completed", Worse::Less, 0.3), ("purchases_no_seller", Worse::More, 0.3)];
    worsens(&case, &metrics);
}

#[test]
fn without_purge_sellers_are_named_that_sold_long_ago_or_died() {
    let case = Case { mechanism: "purge", scene: MARKET, besides: "" };
    let metrics = [
        ("listings_late_used", Worse::More, 1.0),
        ("sales_refused", Worse::More, 1.0),
        ("sellers_stale", Worse::More, 0.001),
    ];
    worsens(&case, &metrics);
    // The ping keeps buyers from the dead, purged or not. Without it only the purge does.
    let case = Case { mechanism: "purge", scene: MARKET, besides: "ping" };
    let metrics =
        [("quotes_mean", Worse::More, 0.1), ("purchases_seller_gone", Worse::More, 0.003)];
    worsens(&case, &metrics);
}

#[test]
fn without_ping_buyers_are_sent_to_dead_sellers() {
    let case = Case { mechanism: "ping", scene: MARKET, besides: "" };
    let metrics = [("quotes_mean", Worse::More, 0.05), ("attempts_mean", Worse::More, 0.02)];
    worsens(&case, &metrics);
}

#[test]
fn without_claim_two_markets_stand_for_one_commodity() {
    let case = Case { mechanism: "claim", scene: MARKET, besides: "" };
    let metrics = [("markets_doubled", Worse::More, 0.05), ("attempts_mean", Worse::More, 0.02)];
    worsens(&case, &metrics);
}

#[test]
fn without_receipts_who_denies_does_not_pay() {
    let case = Case { mechanism: "receipt", scene: DENIERS, besides: "" };
    let metrics = [("sales_unpaid", Worse::More, 100.0), ("paid_by_receipt", Worse::Less, 100.0)];
    worsens(&case, &metrics);
}

//! Without churn and loss every lookup ends at the true owner.

use crate::scene::{keys, run, trial_with};
use compup2p_engine::audit::astray;

/// Delays between eight places, milliseconds there and back.
const MATRIX: &str = "\
0 20 40 35 120 80 95 60
20 0 30 25 130 85 90 70
40 30 0 15 110 60 75 55
35 25 15 0 115 70 85 50
120 130 110 115 0 150 160 140
80 85 60 70 150 0 20 45
95 90 75 85 160 20 0 30
60 70 55 50 140 45 30 0
";

const LATENCIES: [&str; 6] = [
    "latency: {model: exponential, mean: 50ms}",
    "latency: {model: constant, delay: 20ms}",
    "latency: {model: uniform, min: 10ms, max: 90ms}",
    "latency: {model: coordinates, side: 80ms, access: 4ms}",
    "latency: {model: matrix, file: rtt.txt, unit: ms, kind: rtt}",
    "latency: {model: constant, delay: 30ms}, jitter: {model: exponential, mean: 5ms}",
];

/// Runs a ring of `nodes` without churn; every lookup must be correct, and the ring true.
fn is_correct(nodes: u32, seed: u64, virtual_nodes: u32, routing: &str, latency: &str) -> u64 {
    let yaml = format!(
        "{{nodes: {nodes}, seed: {seed}, duration: 5min, sellers: 0,
           overlay: {{virtual_nodes: {virtual_nodes}, routing: {routing}}},
           network: {{{latency}}},
           workload: {{stop_at: 270s, lookups: {{interval: 5s}}, purchases: {{interval: off}}}}}}"
    );
    let run = run(&trial_with(&yaml, MATRIX));
    let keys = keys(&run);
    let told = (keys.ended, keys.found, keys.correct);
    assert_eq!(told, (keys.ended, keys.ended, keys.ended), "{yaml}");
    assert_eq!(astray(&run), [], "{yaml}");
    assert_eq!(run.tally().asked_while_away, 0, "{yaml}");
    keys.ended
}

#[test]
fn without_churn_every_lookup_is_correct_whatever_the_ring_and_the_network() {
    let (mut runs, mut lookups) = (0, 0);
    for nodes in [1, 2, 3, 4, 7, 16, 60, 250] {
        for latency in LATENCIES {
            for routing in ["iterative", "recursive"] {
                for virtual_nodes in [1, 4] {
                    runs += 1;
                    lookups += is_correct(nodes, runs, virtual_nodes, routing, latency);
                }
            }
        }
    }
    println!("{runs} runs without churn, {lookups} lookups, all correct");
}

#[test]
fn without_churn_every_lookup_is_correct_for_many_seeds() {
    let mut lookups = 0;
    for seed in 1..=20 {
        for routing in ["iterative", "recursive"] {
            lookups += is_correct(200, 1000 + seed, 1, routing, LATENCIES[0]);
        }
    }
    println!("20 seeds, 200 nodes, {lookups} lookups, all correct");
}

#[test]
fn a_ring_of_one_answers_itself_without_a_hop() {
    let run = run(&trial_with("{nodes: 1, duration: 10min, sellers: 0}", ""));
    assert!(keys(&run).ended > 0);
    assert_eq!(keys(&run).hops[0], keys(&run).ended);
}

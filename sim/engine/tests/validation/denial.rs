//! What sellers of results lose to buyers that deny them. The bank believes a receipt that it has, so
//! what counts is who reaches it first: the buyer, who has the result, or the seller, who hears a
//! latency later that it arrived, and shows its receipt then.

use crate::scene::{run_seen, told, trial};
use compup2p_analysis::stats::{Estimate, share};
use compup2p_engine::observer::PurchaseOutcome;

/// The share of sellers of denied results that are not paid.
fn unpaid(latency: &str, verify: &str) -> Estimate {
    let (mut unpaid, mut denied) = (0, 0);
    for seed in 1..=3 {
        let (_, rows) = run_seen(&trial(&format!(
            "{{seed: {seed}, nodes: 200, duration: 2h, admin: {{initial_balance: 1000000}},
               network: {{latency: {latency}}}, behaviour: {{buyer: {{denying: 1}}}},
               service: {{target_runtime: 60s, check_share: 0.1}}, record: {{timeseries: 1d}},
               overlay: {{stabilize: {{min: 60s, max: 120s}}}},
               workload: {{lookups: {{interval: off}}, purchases: {{interval: off}}, stop_at: 1h,
                 tasks: {{interval: 10min, cycles: 1e10, code_bytes: 0, input_bytes: 0,
                   output_bytes: 0, verify: {verify}}}}}}}"
        )));
        let of = rows.iter().filter(|row| row.outcome == PurchaseOutcome::Denied);
        denied += of.clone().count() as u64;
        unpaid += of.filter(|row| row.total == 0).count() as u64;
    }
    share(unpaid, denied).expect("results are denied")
}

#[test]
fn a_denying_buyer_of_a_result_may_be_at_the_bank_before_its_seller() {
    // One latency against two: of exponential ones, the sum of two is less than a third in a
    // quarter of cases. A buyer that must check first comes late.
    for (latency, verify, law) in [
        ("{model: exponential, mean: 50ms}", "none", 0.75),
        ("{model: constant, delay: 50ms}", "none", 1.0),
        ("{model: exponential, mean: 50ms}", "verifiable", 0.0),
    ] {
        let unpaid = unpaid(latency, verify);
        println!(
            "{latency}, verify {verify}: {} of {} denied results are not paid, law {law}",
            told(unpaid, 4),
            unpaid.n
        );
        assert!(unpaid.low <= law && law <= unpaid.high);
    }
}

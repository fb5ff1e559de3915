//! `handoff: transfer` [ours] beside `none`, the paper's soft state: nodes come and go, leave or
//! crash, and so do the owners of markets. Handed over, listings are at hand at once; else the
//! sellers' next re-listing finds the new owner.

use crate::scene::trial;
use compup2p_analysis::stats::{estimate, paired_difference};
use compup2p_engine::audit::claimed_twice;
use compup2p_engine::observer::{Observer, SampleRow, Stop};
use compup2p_engine::simulation::Simulation;

const SEEDS: u64 = 10;

/// When nodes stop coming and going.
const STOP_S: f64 = 3000.0;

/// Listings at hand while nodes come and go: the sum over samples, and how many there were.
#[derive(Default)]
struct AtHand {
    listings: u64,
    samples: u64,
}

impl Observer for AtHand {
    fn sample(&mut self, row: &SampleRow) -> Result<(), Stop> {
        // Sellers list themselves for the first time in the first minutes.
        if (300.0..=STOP_S).contains(&row.at.as_secs()) {
            self.listings += row.listings;
            self.samples += 1;
        }
        Ok(())
    }
}

const METRICS: [&str; 8] = [
    "purchases_completed",
    "purchases_no_seller",
    "purchases_over_budget",
    "purchases_seller_gone",
    "purchases_seller_failed",
    "markets_doubled",
    "markets_opened",
    "messages",
];

/// Where and how often sellers list themselves.
#[derive(Clone, Copy)]
struct Scene {
    scheme: &'static str,
    /// The share of nodes that sell.
    sellers: f64,
    relist_s: u64,
}

/// What came of a run: listings at hand, and the metrics.
fn lives(handoff: &str, seed: u64, scene: Scene) -> Vec<f64> {
    let Scene { scheme, sellers, relist_s } = scene;
    let yaml = format!(
        "{{nodes: 200, seed: {seed}, duration: 70min, sellers: {sellers}, overlay: {{rejoin_interval: 1min}},
           market: {{scheme: {scheme}, handoff: {handoff}, relist_interval: {relist_s}s,
                    listing_ttl: {}s}},
           workload: {{lookups: {{interval: off}}, stop_at: {STOP_S}s,
                       purchases: {{interval: 5min, hold: 1min}}}},
           churn: {{stop_at: {STOP_S}s, graceful_fraction: 0.8, sessions: {{
             up: {{model: exponential, mean: 12min}}, down: {{model: exponential, mean: 4min}}}}}}}}",
        2 * relist_s
    );
    let mut run = Simulation::new(&trial(&yaml));
    let mut at_hand = AtHand::default();
    run.run(&mut at_hand).expect("it refuses nothing");
    assert_eq!(claimed_twice(&run), None, "a claim stays double\n{yaml}");
    assert_eq!(run.markets().doubled(), 0, "a market stays double\n{yaml}");
    let (opened, closed) = (run.tally().trade.opened, run.tally().facts[CLOSED]);
    assert!(opened > 100 && closed > 100, "{opened} opened and {closed} closed\n{yaml}");
    let metrics = compup2p_engine::metric::rows(&run);
    let value = |name: &&str| metrics.iter().find(|row| row.metric == *name).expect(name).value;
    let listings = at_hand.listings as f64 / at_hand.samples as f64;
    [listings].into_iter().chain(METRICS.iter().map(value)).collect()
}

/// The place of market_closed among facts.
const CLOSED: usize = 6;

/// Asserts that so much more of what is listed is at hand if it is handed over, that purchases do
/// not suffer, and that buyers are not sent to sellers that have sold.
fn hands_over(scene: Scene, more_at_hand: f64) {
    let Scene { scheme, sellers, relist_s } = scene;
    assert_eq!(compup2p_protocol::fact::FACTS[CLOSED], "market_closed");
    let rows = |handoff| -> Vec<Vec<f64>> {
        (1..=SEEDS).map(|seed| lives(handoff, seed, scene)).collect()
    };
    let (none, transfer) = (rows("none"), rows("transfer"));
    for (place, name) in ["listings at hand"].iter().chain(&METRICS).enumerate() {
        let column = |rows: &[Vec<f64>]| rows.iter().map(|row| row[place]).collect::<Vec<f64>>();
        let (none, transfer) = (column(&none), column(&transfer));
        let by = paired_difference(&none, &transfer).expect("there are seeds");
        let mean = |values: &[f64]| estimate(values).expect("there are seeds").mean;
        println!(
            "{scheme}, {sellers} sell and list again each {relist_s} s, {name}: none {:.4}, transfer {:.4}; \
             transfer less none {:.4} ({:.4}..{:.4})",
            mean(&none),
            mean(&transfer),
            -by.mean,
            -by.high,
            -by.low
        );
        match *name {
            "listings at hand" => assert!(-by.high > more_at_hand, "{by:?}"),
            "purchases_no_seller" => assert!(by.low > -0.01, "{by:?}"),
            "purchases_seller_gone" => assert!(-by.low < 0.01, "{by:?}"),
            _ => {}
        }
    }
}

#[test]
fn listings_that_are_handed_over_are_at_hand() {
    for (scheme, more) in [("processor_overlay", 3.0), ("single_overlay", 0.0)] {
        hands_over(Scene { scheme, sellers: 1.0, relist_s: 60 }, more);
    }
}

#[test]
fn where_few_sell_or_list_themselves_seldom_more_is_at_hand_too() {
    let scheme = "processor_overlay";
    hands_over(Scene { scheme, sellers: 1.0, relist_s: 300 }, 10.0);
    hands_over(Scene { scheme, sellers: 0.1, relist_s: 300 }, 0.1);
}

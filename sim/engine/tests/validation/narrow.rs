//! What a narrow range of idle values does to market owners: `scenarios/narrow_capacities.yaml`, by
//! scheme and by range, beside a random placement of the same markets with the same requests. The
//! schemes and ranges have the same nodes, buyers and moments; each observation is one random ring.

use crate::load::{Spread, at_random};
use crate::scene::{members_of_ring, run, trials_changed};
use compup2p_analysis::stats::{Estimate, estimate, paired_difference};

const NODES: u32 = 1000;
const RINGS: u64 = 8;

/// The ranges of the scenario: powers of two of different commodities.
const RANGES: [u32; 5] = [20, 16, 12, 8, 4];

/// One run.
#[derive(Clone, Copy)]
struct Run {
    measured: Spread,
    random: Spread,
    markets: f64,
    completed: f64,
}

/// The runs of one scheme over one range, ring by ring.
type Cell = Vec<Run>;

/// The cells of a scheme, from the widest range to the narrowest.
fn cells(scheme: &str) -> Vec<Cell> {
    let yaml = include_str!("../../../../scenarios/narrow_capacities.yaml");
    let mut cells = vec![Cell::new(); RANGES.len()];
    for ring in 1..=RINGS {
        let changes = [
            format!("nodes={}", 2 * NODES),
            format!("seed={ring}"),
            "replicates=1".to_owned(),
            "duration=10min".to_owned(),
            "churn={trace: members.csv}".to_owned(),
            // Other numbers of commodities, other hashes: markets are placed anew on each ring.
            format!("market.width={}", 4096 + ring),
            format!("sweep[0]={{market.scheme: [{scheme}]}}"),
        ];
        let trials = trials_changed(yaml, &changes, &members_of_ring(NODES, ring));
        assert_eq!(trials.len(), RANGES.len());
        for (trial, cell) in trials.iter().zip(&mut cells) {
            let run = run(trial);
            let members: Vec<usize> = run.oracle().ring().map(|addr| addr.0 as usize).collect();
            assert_eq!(members.len(), NODES as usize);
            let random = at_random(&run, ring);
            let markets = run.tally().trade.requests.len() as f64;
            let outcome = run.outcome();
            let metric = |name: &str| {
                let row = outcome.metrics.iter().find(|row| row.metric == name);
                row.expect("it is in the table").value
            };
            let loads = members.iter().map(|&host| outcome.load[host].requests as f64).collect();
            let measured = Spread::of(loads);
            // The metric counts the hosts that are never up too: as many again without a request.
            let of_all = (measured.gini + 1.0) / 2.0;
            assert!((metric("mo_requests_gini") - of_all).abs() < 1e-9);
            let completed = metric("purchases_completed");
            cell.push(Run { measured, random, markets, completed });
        }
    }
    cells
}

fn column(cell: &Cell, of: impl Fn(&Run) -> f64) -> Vec<f64> {
    cell.iter().map(of).collect()
}

fn mean(cell: &Cell, of: impl Fn(&Run) -> f64) -> Estimate {
    estimate(&column(cell, of)).expect("there are rings")
}

/// The busiest node's requests over the mean node's.
fn max_over_mean(spread: &Spread) -> f64 {
    spread.busiest * f64::from(NODES)
}

fn told(of: Estimate, decimals: usize) -> String {
    let Estimate { mean, low, high, .. } = of;
    format!("{mean:.decimals$} ({low:.decimals$}..{high:.decimals$})")
}

fn print(scheme: &str, cells: &[Cell]) {
    for (range, cell) in RANGES.iter().zip(cells) {
        println!(
            "{scheme}, 2^{range} commodities: Gini {}, at random {}; max/mean {}, at random {}; \
             {} are asked for, {} of the purchases completed",
            told(mean(cell, |run| run.measured.gini), 4),
            told(mean(cell, |run| run.random.gini), 4),
            told(mean(cell, |run| max_over_mean(&run.measured)), 1),
            told(mean(cell, |run| max_over_mean(&run.random)), 1),
            told(mean(cell, |run| run.markets), 0),
            told(mean(cell, |run| run.completed), 3),
        );
    }
}

#[test]
fn the_single_overlay_concentrates_as_values_narrow_and_the_processor_overlay_places_at_random() {
    let single = cells("single_overlay");
    print("single overlay", &single);
    let processor = cells("processor_overlay");
    print("processor overlay", &processor);
    let most = |cell: &Cell| mean(cell, |run| max_over_mean(&run.measured));
    let gini = |cell: &Cell| mean(cell, |run| run.measured.gini);

    // A sixteenth of the range is a sixteenth of the ring, until one node has all of it.
    for two in single[..4].windows(2) {
        assert!(most(&two[1]).low > most(&two[0]).high);
        assert!(gini(&two[1]).low > gini(&two[0]).high);
    }
    for cell in &single[3..] {
        assert!(most(cell).low > 0.9 * f64::from(NODES), "one node is asked nearly always");
    }
    // Spread over the whole ring, values are spread more evenly than hashes of fewer markets are.
    assert!(most(&single[0]).high < most(&processor[0]).low);
    for (single, processor) in single[1..].iter().zip(&processor[1..]) {
        assert!(most(single).low > most(processor).high);
        assert!(gini(single).low > gini(processor).high);
    }
    for (range, cell) in RANGES.iter().zip(&processor) {
        for (what, of) in
            [("Gini", (|spread| spread.gini) as fn(&Spread) -> f64), ("max/mean", max_over_mean)]
        {
            let random = column(cell, |run| of(&run.random));
            let apart = paired_difference(&column(cell, |run| of(&run.measured)), &random);
            let apart = apart.expect("there are rings");
            println!("2^{range}, processor overlay less random, {what}: {}", told(apart, 4));
            assert!(apart.low <= 0.0 && apart.high >= 0.0, "2^{range}, {what}: {apart:?}");
        }
    }
}

//! How the schemes spread the work of market owners: `scenarios/mo_load.yaml` under each, on the
//! same nodes with the same purchases, and beside it a random placement of the same markets with
//! the same requests. Each observation is one random ring.

use crate::scene::{Dice, members_of_ring, run, trial_changed};
use compup2p_analysis::stats::{Estimate, estimate, gini, paired_difference};
use compup2p_engine::simulation::Simulation;
use compup2p_protocol::id::Id;

const NODES: u32 = 1000;
const RINGS: u64 = 8;

/// Placements of the same markets that are averaged over, for each ring.
const PLACEMENTS: u32 = 200;

/// How unevenly something is spread over hosts.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    /// The share that the busiest host has.
    pub(crate) busiest: f64,
    pub(crate) gini: f64,
    /// Hosts that have any.
    hosts: f64,
}

impl Spread {
    pub(crate) fn of(mut loads: Vec<f64>) -> Self {
        loads.sort_by(f64::total_cmp);
        Self {
            busiest: loads.last().expect("there are nodes") / loads.iter().sum::<f64>(),
            gini: gini(&loads).expect("there are requests"),
            hosts: loads.iter().filter(|&&load| load > 0.0).count() as f64,
        }
    }
}

/// A run of one scheme.
struct Run {
    /// By `mo_load.csv`.
    spread: Spread,
    /// The same markets with the same requests, at the owners of random keys.
    random: Spread,
    /// Hosts that kept a market.
    owners: f64,
    /// Commodities that were asked for.
    markets: f64,
    /// The share of requests of the busiest of them.
    busiest_market: f64,
    purchases: f64,
    completed: f64,
    attempts: f64,
    hops: f64,
    latency_ms: f64,
}

fn runs(scheme: &str) -> Vec<Run> {
    let yaml = include_str!("../../../../scenarios/mo_load.yaml");
    let of_ring = |ring: u64| {
        let changes = [
            format!("nodes={}", 2 * NODES),
            format!("seed={ring}"),
            "duration=30min".to_owned(),
            "churn={trace: members.csv}".to_owned(),
            // Other values, other hashes: a hair's breadth places markets anew on each ring.
            format!("market.width={}", 50_000_000 + ring),
            format!("market.scheme={scheme}"),
        ];
        let run = run(&trial_changed(yaml, &changes, &members_of_ring(NODES, ring)));
        let random = at_random(&run, ring);
        let requests = run.tally().trade.requests.clone();
        let members: Vec<usize> = run.oracle().ring().map(|addr| addr.0 as usize).collect();
        let outcome = run.outcome();
        let metric = |name: &str| {
            outcome.metrics.iter().find(|row| row.metric == name).expect("it is in the table").value
        };
        let is_owner = |host: &&usize| outcome.load[**host].markets > 0;
        let owners = members.iter().filter(is_owner).count() as f64;
        let loads = members.iter().map(|&host| outcome.load[host].requests as f64).collect();
        assert_eq!(members.len(), NODES as usize);
        Run {
            spread: Spread::of(loads),
            random,
            owners,
            markets: requests.len() as f64,
            busiest_market: metric("market_requests_busiest_share"),
            purchases: metric("purchases"),
            completed: metric("purchases_completed"),
            attempts: metric("attempts_mean"),
            hops: metric("purchase_hops_mean"),
            latency_ms: metric("accept_latency_mean"),
        }
    };
    (1..=RINGS).map(of_ring).collect()
}

/// The mean spread of the run's requests were its markets at the owners of random keys.
pub(crate) fn at_random(run: &Simulation, ring: u64) -> Spread {
    let mut dice = Dice::new(ring ^ 0xd1ce);
    let mut sum = Spread { busiest: 0.0, gini: 0.0, hosts: 0.0 };
    for _ in 0..PLACEMENTS {
        let mut loads = vec![0.0; run.nodes().len()];
        for &requests in run.tally().trade.requests.values() {
            let owner = run.oracle().owner(Id(dice.next())).expect("there are nodes");
            loads[owner.0 as usize] += requests as f64;
        }
        let at = run.oracle().ring().map(|addr| loads[addr.0 as usize]).collect();
        let Spread { busiest, gini, hosts } = Spread::of(at);
        sum.busiest += busiest;
        sum.gini += gini;
        sum.hosts += hosts;
    }
    let mean = |sum: f64| sum / f64::from(PLACEMENTS);
    Spread { busiest: mean(sum.busiest), gini: mean(sum.gini), hosts: mean(sum.hosts) }
}

fn column(runs: &[Run], of: impl Fn(&Run) -> f64) -> Vec<f64> {
    runs.iter().map(of).collect()
}

/// A mean over rings, and its interval.
fn mean(runs: &[Run], of: impl Fn(&Run) -> f64) -> Estimate {
    estimate(&column(runs, of)).expect("there are rings")
}

fn told(of: Estimate) -> String {
    format!("{:.4} ({:.4}..{:.4})", of.mean, of.low, of.high)
}

fn print(scheme: &str, runs: &[Run]) {
    println!(
        "{scheme}: the busiest host serves {} of the requests, Gini {}, {} hosts serve any, {} \
         keep markets; {} are asked for, the busiest of them {}",
        told(mean(runs, |run| run.spread.busiest)),
        told(mean(runs, |run| run.spread.gini)),
        told(mean(runs, |run| run.spread.hosts)),
        told(mean(runs, |run| run.owners)),
        told(mean(runs, |run| run.markets)),
        told(mean(runs, |run| run.busiest_market)),
    );
    println!(
        "{scheme}: {} of {} purchases completed, {} markets asked, {} hops, accepted after {} ms",
        told(mean(runs, |run| run.completed)),
        told(mean(runs, |run| run.purchases)),
        told(mean(runs, |run| run.attempts)),
        told(mean(runs, |run| run.hops)),
        told(mean(runs, |run| run.latency_ms)),
    );
}

#[test]
fn the_processor_overlay_spreads_the_load_and_the_single_overlay_does_not() {
    let naive = runs("naive");
    print("naive", &naive);
    for run in &naive {
        assert_eq!((run.spread.busiest, run.spread.hosts), (1.0, 1.0), "one host carries all");
        assert!((1.0..1.1).contains(&run.attempts), "there is nobody else to ask");
    }
    let single = runs("single_overlay");
    print("single overlay", &single);
    let processor = runs("processor_overlay");
    print("processor overlay", &processor);
    println!(
        "the same markets at random: busiest {}, Gini {}, {} hosts",
        told(mean(&processor, |run| run.random.busiest)),
        told(mean(&processor, |run| run.random.gini)),
        told(mean(&processor, |run| run.random.hosts)),
    );
    for (what, of) in [
        ("busiest", (|spread| spread.busiest) as fn(&Spread) -> f64),
        ("Gini", |spread| spread.gini),
        ("hosts", |spread| spread.hosts),
    ] {
        let placed = column(&processor, |run| of(&run.spread));
        let random = column(&processor, |run| of(&run.random));
        let apart = paired_difference(&placed, &random).expect("there are rings");
        println!("processor overlay less random, {what}: {}", told(apart));
        assert!(apart.low <= 0.0 && apart.high >= 0.0, "{what}: {apart:?}");
    }
    // Close values are close identifiers: a few nodes own them all. The others that serve any are
    // asked in vain, by buyers whom nobody has enough for.
    let busiest = |runs: &[Run]| mean(runs, |run| run.spread.busiest);
    assert!(busiest(&single).low > 2.0 * busiest(&processor).high);
    assert!(mean(&single, |run| run.owners).high < 8.0);
    assert!(mean(&processor, |run| run.spread.hosts).low > 30.0);
    // One buys as well under each.
    for runs in [&single, &processor] {
        let less = paired_difference(
            &column(&naive, |run| run.completed),
            &column(runs, |run| run.completed),
        );
        let less = less.expect("there are rings");
        assert!(less.high < 0.02, "{less:?}");
    }
}

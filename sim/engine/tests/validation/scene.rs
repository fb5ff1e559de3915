//! How a test sets up a run and looks at it.

use compup2p_analysis::stats::Estimate;
use compup2p_engine::observer::{Blind, Observer, Stop, TransactionRow};
use compup2p_engine::scenario::{Override, Source};
use compup2p_engine::simulation::Simulation;
use compup2p_engine::tally::Lookups;
use compup2p_engine::trial::{Loaded, Trial, check};
use compup2p_protocol::fact::{LookupPurpose, Ring};
use compup2p_protocol::time::Time;

/// The trial of a scenario in YAML, checked as the program checks it.
pub(crate) fn trial(yaml: &str) -> Trial {
    trial_with(yaml, "")
}

/// The same, of a scenario that names a file: `trace` is what is in it.
pub(crate) fn trial_with(yaml: &str, trace: &str) -> Trial {
    trial_changed(yaml, &[], trace)
}

/// The same with `changes`, as after `--set`.
pub(crate) fn trial_changed(yaml: &str, changes: &[String], trace: &str) -> Trial {
    let trials = trials_changed(yaml, changes, trace);
    trials.into_iter().next().expect("a scenario has a replicate")
}

/// All trials of the same: every point of a sweep, every replicate.
pub(crate) fn trials_changed(yaml: &str, changes: &[String], trace: &str) -> Vec<Trial> {
    let overrides = changes.iter().map(|change| Override::parse(change).expect("path=value"));
    let overrides = overrides.collect();
    let source = Source { file: "test.yaml".into(), text: yaml.into(), overrides };
    let load = |path: &str| {
        let (path, bytes) = (path.to_owned(), trace.as_bytes().to_vec());
        Ok(Loaded { path, bytes, sha256: String::new() })
    };
    check(&source, &load).unwrap_or_else(|mistakes| {
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        panic!("{}\n{yaml}", told.join("\n"))
    })
}

/// Runs to the end.
pub(crate) fn run(trial: &Trial) -> Simulation {
    let mut simulation = Simulation::new(trial);
    simulation.run(&mut Blind).expect("the blind refuse nothing");
    simulation
}

/// Runs to the end; the rows of all purchases.
pub(crate) fn run_seen(trial: &Trial) -> (Simulation, Vec<TransactionRow>) {
    let mut simulation = Simulation::new(trial);
    let mut rows = Rows(Vec::new());
    simulation.run(&mut rows).expect("it refuses nothing");
    (simulation, rows.0)
}

/// Keeps the rows of purchases.
struct Rows(Vec<TransactionRow>);

impl Observer for Rows {
    fn transaction(&mut self, row: &TransactionRow) -> Result<(), Stop> {
        self.0.push(row.clone());
        Ok(())
    }
}

/// Metrics of the one table, by name.
pub(crate) fn metrics<const N: usize>(run: Simulation, names: [&str; N]) -> [f64; N] {
    let outcome = run.outcome();
    names.map(|name| {
        let row = outcome.metrics.iter().find(|row| row.metric == name);
        row.unwrap_or_else(|| panic!("no metric is called {name}")).value
    })
}

/// An estimate with its interval.
pub(crate) fn told(of: Estimate, decimals: usize) -> String {
    let Estimate { mean, low, high, .. } = of;
    format!("{mean:.decimals$} ({low:.decimals$}..{high:.decimals$})")
}

/// Runs until `until`.
pub(crate) fn run_until(run: &mut Simulation, until: Time) {
    run.run_until(until, &mut Blind).expect("the blind refuse nothing");
}

/// The workload's lookups of random keys.
pub(crate) fn keys(run: &Simulation) -> &Lookups {
    run.tally().lookups(Ring::Base, LookupPurpose::Key)
}

/// A trace in which exactly `members` of twice as many hosts are up, always: of each two
/// neighbours one, drawn by `ring`. Identifiers are hashes of addresses, so each is another random
/// ring.
pub(crate) fn members_of_ring(members: u32, ring: u64) -> String {
    let mut dice = Dice::new(ring);
    let mut trace = String::from("node,start_s,stop_s\n");
    for pair in 0..members {
        let first = dice.below(2) == 0;
        for (host, is_up) in [(2 * pair, first), (2 * pair + 1, !first)] {
            let start = if is_up { "0" } else { "1e8" };
            trace.push_str(&format!("{host},{start},2e8\n"));
        }
    }
    trace
}

/// SplitMix64: chance of the tests' own, apart from the simulator's.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(1))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number in `0..n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }
}

//! How often redundant computation is wrong, beside the laws of drawing nodes; what it costs; and
//! what a market changes that sells the same cheap nodes again and again.

use crate::scene::{told, trial, trial_with};
use compup2p_analysis::stats::{Estimate, deviation, estimate, share};
use compup2p_analysis::voting::wrong_by_majority;
use compup2p_engine::observer::{Observer, Stop, TaskOutcome, TaskRow, TransactionRow};
use compup2p_engine::simulation::Simulation;
use compup2p_engine::trial::Trial;
use compup2p_protocol::behaviour::ComputeBehaviour;
use compup2p_protocol::fact::Fact;
use compup2p_protocol::id::Addr;
use compup2p_protocol::time::Time;
use std::collections::BTreeMap;

/// Sub-tasks of a run, who sold to them, and what was paid for each.
#[derive(Default)]
struct Watch {
    rows: Vec<TaskRow>,
    /// How often each node sold.
    sold: BTreeMap<Addr, u32>,
    task_of: BTreeMap<u64, u32>,
    paid: BTreeMap<u32, u64>,
}

impl Observer for Watch {
    fn fact(&mut self, _at: Time, _node: Addr, fact: &Fact) {
        match fact {
            Fact::Ordered(order) => {
                let task = order.service.expect("only jobs buy");
                self.task_of.insert(u64::from(order.purchase), task);
            }
            Fact::PurchaseAccepted(accepted) => {
                *self.sold.entry(accepted.seller).or_default() += 1;
            }
            _ => {}
        }
    }

    fn transaction(&mut self, row: &TransactionRow) -> Result<(), Stop> {
        *self.paid.entry(self.task_of[&row.purchase]).or_default() += row.total;
        Ok(())
    }

    fn task(&mut self, row: &TaskRow) -> Result<(), Stop> {
        self.rows.push(row.clone());
        Ok(())
    }
}

fn watched(trial: &Trial) -> (Simulation, Watch) {
    let mut run = Simulation::new(trial);
    let mut watch = Watch::default();
    run.run(&mut watch).expect("it refuses nothing");
    for row in &watch.rows {
        let paid = watch.paid.get(&row.task).copied().unwrap_or(0);
        assert_eq!(row.price, paid, "a sub-task costs what is paid for its purchases: {row:?}");
    }
    (run, watch)
}

/// What all scenes have in common: sub-tasks of a gigacycle that run for `target_s`.
fn scene(seed: u64, nodes: u32, target_s: u32, more: &str) -> String {
    let rate = 1_000_000_000 / target_s;
    format!(
        "seed: {seed}, nodes: {nodes}, capacity: {rate}, market: {{width: {rate}}},
         network: {{latency: {{model: constant, delay: 20ms}}}},
         admin: {{initial_balance: 1000000}}, record: {{timeseries: 1d}}, {more}"
    )
}

const NODES: u32 = 1200;
/// Runs of each cell, by seed.
const SEEDS: u64 = 6;

/// A run in which no node computes twice: each sells what one sub-task needs, and all are bought
/// before the first is over.
fn once_each(seed: u64, replicas: u32, compute: &str) -> (Simulation, Watch) {
    // A fourth replica begins when three have ended.
    let lasts_min = if compute.starts_with("faulty") { 16 } else { 8 };
    let (run, watch) = watched(&trial(&format!(
        "{{{}, duration: {lasts_min}min, cost: 10, behaviour: {{compute: {{{compute}}}}},
           service: {{target_runtime: 250s, heartbeat: 5min}},
           workload: {{lookups: {{interval: off}}, purchases: {{interval: off}},
             tasks: {{interval: 2min, arrivals: fixed, users: 0.16, jobs: 1, cycles: 1000000000,
               code_bytes: 0, input_bytes: 0, output_bytes: 0, replicas: {replicas}}}}}}}",
        scene(seed, NODES, 250, "overlay: {stabilize: {min: 30s, max: 90s}}")
    )));
    assert!(watch.rows.len() > 140, "{}", watch.rows.len());
    (run, watch)
}

/// How many nodes of a run compute so.
fn count(run: &Simulation, behaviour: ComputeBehaviour) -> u64 {
    let hosts = 0..run.population().len();
    hosts.filter(|&h| run.endowments().of(h).character.compute == behaviour).count() as u64
}

/// The share of sub-tasks that end so, beside what was expected.
struct Cell {
    ended: u64,
    of: u64,
    expected: f64,
}

impl Cell {
    fn share(&self) -> Estimate {
        share(self.ended, self.of).expect("there are sub-tasks")
    }

    fn law(&self) -> f64 {
        self.expected / self.of as f64
    }

    fn is_within(&self) -> bool {
        let Estimate { low, high, .. } = self.share();
        (low..=high).contains(&self.law())
    }
}

/// At most so many of the cells of a table may lie outside of their own 95 % intervals, that more do
/// in less than 2 % of tables.
fn assert_agree(cells: &[Cell]) {
    let outside = cells.iter().filter(|cell| !cell.is_within()).count();
    let allowed = if cells.len() > 8 { 3 } else { 2 };
    assert!(outside < allowed, "{outside} of {}", cells.len());
    for cell in cells {
        let sd = (cell.of as f64 * cell.law() * (1.0 - cell.law())).sqrt();
        assert!((cell.ended as f64 - cell.expected).abs() <= 3.3 * sd.max(1.0), "{}", cell.law());
    }
}

#[test]
fn a_majority_of_nodes_that_are_drawn_once_is_as_often_malicious_as_the_law_says() {
    let mut cells = Vec::new();
    for malicious in [0.1, 0.2, 0.3, 0.4] {
        for replicas in [1, 3, 5] {
            let mut cell = Cell { ended: 0, of: 0, expected: 0.0 };
            for seed in 1..=SEEDS {
                let compute = format!("malicious: {malicious}");
                let (run, watch) = once_each(seed, replicas, &compute);
                assert!(watch.sold.values().all(|&times| times == 1));
                let marked = count(&run, ComputeBehaviour::Malicious);
                let law = wrong_by_majority(u64::from(NODES), marked, u64::from(replicas));
                for row in &watch.rows {
                    assert_eq!(row.outcome, TaskOutcome::Completed);
                    assert_eq!(row.executed, row.cycles * u64::from(replicas));
                    cell.ended += u64::from(row.is_right == Some(false));
                }
                cell.of += watch.rows.len() as u64;
                cell.expected += law * watch.rows.len() as f64;
            }
            println!(
                "malicious {malicious}, k = {replicas}: wrong {}, law {:.4}, of {} sub-tasks",
                told(cell.share(), 4),
                cell.law(),
                cell.of
            );
            cells.push(cell);
        }
    }
    assert_agree(&cells);
}

#[test]
fn faulty_nodes_never_win_and_a_fourth_replica_decides_as_often_as_the_law_says() {
    let mut cells = Vec::new();
    for faulty in [0.1, 0.2, 0.3] {
        let mut cell = Cell { ended: 0, of: 0, expected: 0.0 };
        let (mut replicas, mut expected) = (0, 0.0);
        for seed in 1..=SEEDS {
            let (run, watch) = once_each(seed, 3, &format!("faulty: {faulty}"));
            let f = count(&run, ComputeBehaviour::Faulty) as f64 / f64::from(NODES);
            let c = 1.0 - f;
            // Two of three are right, or one and then the fourth. No two wrong ones are the same.
            let right = c * c * c + 3.0 * c * c * f + 3.0 * c * f * f * c;
            let fourth = 3.0 * c * f * f + f * f * f;
            for row in &watch.rows {
                assert_ne!(row.is_right, Some(false), "{row:?}");
                cell.ended += u64::from(row.outcome == TaskOutcome::Completed);
                replicas += row.executed / row.cycles;
            }
            let of = watch.rows.len() as f64;
            cell.of += watch.rows.len() as u64;
            cell.expected += right * of;
            expected += (3.0 + fourth) * of;
        }
        println!(
            "faulty {faulty}, k = 3: right {}, law {:.4}, of {} sub-tasks; {:.4} replicas each, \
             law {:.4}",
            told(cell.share(), 4),
            cell.law(),
            cell.of,
            replicas as f64 / cell.of as f64,
            expected / cell.of as f64
        );
        assert!((replicas as f64 / expected - 1.0).abs() < 0.02);
        cells.push(cell);
    }
    assert_agree(&cells);
}

/// Runs of one sub-task each.
const ALONE: u64 = 1000;

/// Sub-tasks of which a wrong result was accepted, of [`ALONE`]; and how often they were computed.
fn alone(verify: &str, malicious: f64, caught: f64) -> (Cell, Estimate) {
    let file = format!(
        "<TaskFile><SubTask><CpuCycles>1e9</CpuCycles><Price>400</Price><File>a</File>\
         <CodeBytes>0</CodeBytes><OutputBytes>0</OutputBytes><Verify>{verify}</Verify></SubTask>\
         </TaskFile>"
    );
    let mut cell = Cell { ended: 0, of: ALONE, expected: 0.0 };
    let mut tries = Vec::new();
    for seed in 1..=ALONE {
        let yaml = format!(
            "{{{}, duration: 10min, cost: 10, behaviour: {{compute: {{malicious: {malicious}}}}},
               service: {{target_runtime: 20s, heartbeat: 5min, caught: {caught}}},
               workload: {{lookups: {{interval: off}}, purchases: {{interval: off}},
                 submit: [{{file: t.xml, at: 1min}}]}}}}",
            scene(seed, 24, 20, "overlay: {stabilize: {min: 60s, max: 120s}}")
        );
        let (_, watch) = watched(&trial_with(&yaml, &file));
        let [row] = &watch.rows[..] else { panic!("one sub-task: {:?}", watch.rows) };
        assert_eq!(row.outcome, TaskOutcome::Completed, "{row:?}");
        // Who was caught is not bought from again.
        assert!(watch.sold.values().all(|&times| times == 1), "{:?}", watch.sold);
        cell.ended += u64::from(row.is_right == Some(false));
        tries.push((row.executed / row.cycles) as f64);
    }
    (cell, estimate(&tries).expect("there are sub-tasks"))
}

#[test]
fn checks_let_through_as_many_as_the_law_says_and_verifiable_results_are_right() {
    let mut cells = Vec::new();
    for (verify, malicious, caught) in
        [("known", 0.1, 0.5), ("known", 0.3, 0.5), ("known", 0.3, 0.9), ("verifiable", 0.3, 1.0)]
    {
        let (mut cell, tries) = alone(verify, malicious, caught);
        // Each try is caught with probability f p, and then another node tries.
        let again = malicious * caught;
        cell.expected = malicious * (1.0 - caught) / (1.0 - again) * cell.of as f64;
        println!(
            "{verify}, malicious {malicious}, caught {caught}: wrong {}, law {:.4}; computed {} \
             times, law {:.4}",
            told(cell.share(), 4),
            cell.law(),
            told(tries, 4),
            1.0 / (1.0 - again)
        );
        assert!(tries.low <= 1.0 / (1.0 - again) && 1.0 / (1.0 - again) <= tries.high);
        match verify {
            "verifiable" => assert_eq!(cell.ended, 0),
            _ => cells.push(cell),
        }
    }
    assert_agree(&cells);
}

/// Runs in which a market sells again and again.
const AGAIN: u64 = 30;

#[test]
fn sub_tasks_for_which_the_same_cheap_nodes_are_sold_are_wrong_together() {
    for (replicas, malicious) in [(1, 0.2), (3, 0.2)] {
        let (mut shares, mut sizes, mut used) = (Vec::new(), 0.0, 0.0);
        for seed in 1..=AGAIN {
            let (_, watch) = watched(&trial(&format!(
                "{{{}, duration: 40min, cost: {{model: uniform, min: 1, max: 100}},
                   behaviour: {{compute: {{malicious: {malicious}}}}},
                   service: {{target_runtime: 60s}},
                   workload: {{lookups: {{interval: off}}, purchases: {{interval: off}},
                     stop_at: 35min,
                     tasks: {{interval: 1min, users: 0.1, cycles: 1000000000, code_bytes: 0,
                       input_bytes: 0, output_bytes: 0, replicas: {replicas}}}}}}}",
                scene(seed, 100, 60, "overlay: {stabilize: {min: 30s, max: 90s}}")
            )));
            let wrong = watch.rows.iter().filter(|row| row.is_right == Some(false)).count();
            let of = watch.rows.len() as f64;
            shares.push(wrong as f64 / of);
            sizes += of / AGAIN as f64;
            used += watch.sold.len() as f64 / AGAIN as f64;
        }
        let (mean, sd) = (estimate(&shares).expect("runs"), deviation(&shares).expect("runs"));
        let law = binomial_majority(malicious, replicas);
        let independent = law * (1.0 - law) / sizes;
        println!(
            "malicious {malicious}, k = {replicas}: wrong {}, law {law:.4}; of {sizes:.0} sub-tasks \
             a run on {used:.0} of 100 nodes; variance between runs {:.5}, independent {:.5}: {:.1} \
             times",
            told(mean, 4),
            sd * sd,
            independent,
            sd * sd / independent
        );
        // On average over markets, redundancy helps as much as the law says.
        assert!(mean.low <= law && law <= mean.high);
        // The 99.9 % point of chi-squared with 29 degrees of freedom is 58.3.
        assert!(sd * sd * (AGAIN - 1) as f64 / independent > 58.3);
    }
}

/// That most of `k` nodes are malicious, of which each is with that probability.
fn binomial_majority(malicious: f64, k: u32) -> f64 {
    let choose = |n: u32, r: u32| (0..r).fold(1.0, |c, i| c * f64::from(n - i) / f64::from(i + 1));
    let exactly = |count: u32| {
        let honest = (k - count) as i32;
        choose(k, count) * malicious.powi(count as i32) * (1.0 - malicious).powi(honest)
    };
    (k / 2 + 1..=k).map(exactly).sum()
}

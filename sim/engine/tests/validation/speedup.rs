//! How much faster ten nodes compute a job of ten sub-tasks, by how much there is to compute for each
//! byte that is sent. All is sent over the link of the user's node.

use crate::scene::{told, trial_with};
use compup2p_analysis::stats::estimate;
use compup2p_engine::chance::Chance;
use compup2p_engine::endowments::Endowments;
use compup2p_engine::network::SLOTS;
use compup2p_engine::observer::{Observer, Stop, TaskOutcome, TaskRow};
use compup2p_engine::simulation::Simulation;

/// Bytes of code, of input and of output, each.
const BYTES: u64 = 1_000_000;
/// Bytes a second of a link, each way.
const LINK: f64 = 1_250_000.0;
/// What a node computes in a second.
const RATE: f64 = 1e8;
const SUB_TASKS: u32 = 10;
const SEEDS: u64 = 10;

#[derive(Default)]
struct Rows(Vec<TaskRow>);

impl Observer for Rows {
    fn task(&mut self, row: &TaskRow) -> Result<(), Stop> {
        self.0.push(row.clone());
        Ok(())
    }
}

/// Work over makespan times the rates that are used, and what the law says that it is. The user's
/// node sells nothing, the others what one sub-task needs.
fn efficiency(seed: u64, weight: f64) -> (f64, f64) {
    let computes_s = weight * (3 * BYTES) as f64 / LINK;
    let scenario = |submit: &str| {
        format!(
            "{{seed: {seed}, nodes: 40, duration: 6h, capacity: {RATE}, cost: 10,
               market: {{width: {RATE}}}, record: {{timeseries: 1d}},
               overlay: {{stabilize: {{min: 60s, max: 120s}}}},
               network: {{latency: {{model: constant, delay: 20ms}},
                 bandwidth: {{up: 10Mbit, down: 10Mbit}}}},
               policies: [{{share: 0.3, cpu: false}}],
               service: {{target_runtime: {computes_s}s, code: user, heartbeat: 5min}},
               workload: {{lookups: {{interval: off}}, purchases: {{interval: off}},
                 submit: [{submit}]}}}}"
        )
    };
    let bare = trial_with(&scenario(""), "");
    let endowments = Endowments::new(&bare.scenario, Chance::new(seed));
    let user = (0..40).find(|&host| endowments.class(host) == Some(0)).expect("one in three");
    let cycles = computes_s * RATE;
    let sub_task = |nth: u32| {
        format!(
            "<SubTask><CpuCycles>{cycles}</CpuCycles><Price>400</Price><File>code</File>\
             <CodeBytes>{BYTES}</CodeBytes><OutputBytes>{BYTES}</OutputBytes>\
             <InputFile name=\"input{nth}\" bytes=\"{BYTES}\"/></SubTask>"
        )
    };
    let sub_tasks: String = (0..SUB_TASKS).map(sub_task).collect();
    let file = format!("<TaskFile>{sub_tasks}</TaskFile>");
    let submit = format!("{{file: t.xml, node: {user}, at: 2min}}");
    let mut run = Simulation::new(&trial_with(&scenario(&submit), &file));
    let mut rows = Rows::default();
    run.run(&mut rows).expect("it refuses nothing");
    let rows = rows.0;
    assert_eq!(rows.len(), SUB_TASKS as usize);
    assert!(rows.iter().all(|row| row.outcome == TaskOutcome::Completed && row.runs == 1));
    let submitted = rows[0].submitted;
    let makespan = rows.iter().map(|row| row.ended.since(submitted).as_secs()).fold(0.0, f64::max);
    let rates: f64 = rows.iter().map(|row| row.rate as f64).sum();
    let work: f64 = rows.iter().map(|row| row.cycles as f64).sum();
    // All are bought at about the same time. Of the code and the input that each is sent, a link
    // carries so many at a time; those who have theirs then compute, and from when they return their
    // outputs on the user's downlink is busy.
    let placed = |row: &TaskRow| row.placed.expect("it is").since(submitted).as_secs();
    let bought = rows.iter().map(placed).fold(0.0, f64::max);
    let transfers = (SLOTS as u32).min(2 * SUB_TASKS) + SUB_TASKS;
    let law = computes_s + bought + f64::from(transfers) * BYTES as f64 / LINK;
    (work / (makespan * rates), computes_s / law)
}

#[test]
fn ten_nodes_are_nearly_ten_times_as_fast_where_there_is_much_to_compute() {
    let mut before = 1.0;
    for weight in [1000.0, 100.0, 10.0, 1.0] {
        let (measured, laws): (Vec<f64>, Vec<f64>) =
            (1..=SEEDS).map(|seed| efficiency(seed, weight)).unzip();
        let [measured, law] = [measured, laws].map(|e| estimate(&e).expect("there are seeds"));
        println!(
            "computing {weight} times as long as sending: efficiency {}, law {:.4}",
            told(measured, 4),
            law.mean
        );
        assert!((measured.mean / law.mean - 1.0).abs() < 0.01, "{measured:?}");
        assert!(weight < 1000.0 || measured.low >= 0.95);
        assert!(measured.high < before);
        before = measured.low;
    }
}

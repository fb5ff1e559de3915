//! Sub-tasks and their money where everything goes wrong: nothing is lost, nothing is counted twice,
//! and nothing stays sold.

use crate::scene::trial_with;
use compup2p_engine::observer::{
    Observer, PurchaseOutcome, Stop, TaskOutcome, TaskRow, TransactionRow,
};
use compup2p_engine::simulation::Simulation;
use compup2p_engine::tasks::TASK_OUTCOMES;
use compup2p_engine::trial::Trial;
use compup2p_protocol::fact::Fact;
use compup2p_protocol::id::Addr;
use compup2p_protocol::time::Time;
use std::collections::{BTreeMap, BTreeSet};

const SEEDS: u64 = 30;
/// Users stop asking, churn ends; from then on all that is left is done.
const STOP_MIN: u64 = 30;

/// A workflow, whose second and third stage need outputs of the one before.
const FILE: &str = "<TaskFile>
<SubTask><Id>a</Id><CpuCycles>20</CpuCycles><Price>400</Price><File>split</File>
  <OutputBytes>500000</OutputBytes></SubTask>
<SubTask><Id>b</Id><DependsOn>a</DependsOn><CpuCycles>40</CpuCycles><Price>400</Price>
  <File>work</File><Replicas>3</Replicas></SubTask>
<SubTask><Id>c</Id><DependsOn>a</DependsOn><CpuCycles>60</CpuCycles><Price>400</Price>
  <File>work</File><CheckPointDataSize>1000000</CheckPointDataSize>
  <CheckpointInterval>daly</CheckpointInterval><Deadline>20min</Deadline></SubTask>
<SubTask><DependsOn>b c</DependsOn><CpuCycles>10</CpuCycles><Price>400</Price><File>join</File>
  <Verify>verifiable</Verify></SubTask>
</TaskFile>";

fn trouble(seed: u64) -> Trial {
    let (replicas, verify) =
        (1 + seed % 3, ["none", "known", "verifiable"][(seed / 3 % 3) as usize]);
    let (checkpoint, code) =
        (seed % 2 * 1_000_000, ["overlay", "user", "server"][(seed % 3) as usize]);
    let (deadline, blocking) = (["off", "10min"][(seed / 2 % 2) as usize], seed % 4 < 2);
    let yaml = format!(
        "{{seed: {seed}, nodes: 80, duration: 90min, storage: {{model: uniform, min: 0, max: 1e10}},
           network: {{loss: 0.02}},
           churn: {{stop_at: {STOP_MIN}min, graceful_fraction: 0.4,
             sessions: {{up: {{model: exponential, mean: 15min}}, down: 3min}}}},
           behaviour: {{buyer: {{denying: 0.3}}, compute: {{faulty: 0.1, malicious: 0.1}}}},
           owner_load: {{load: {{model: diurnal, night: 0.2, day: 0.4, noise: 0.3}},
             interval: 1min, horizon: 2min}},
           policies: [{{share: 0.3, max_load: 0.5}}, {{share: 0.1, cpu: false, always_up: true}}],
           overlay: {{rejoin_interval: 1min}},
           service: {{target_runtime: 60s, hold_extra: 1min, heartbeat: 10s, retry_pause: 10s,
             patience: 5min, failures_max: 5, grace: 20s, code: {code}, cache_bytes: 5000000,
             advertise_interval: 5min, corrupt_results: 0.02,
             checkpoint: {{interval: 10s, blocking: {blocking}}}}},
           workload: {{stop_at: {STOP_MIN}min, lookups: {{interval: off}}, cycles_unit: 1e9,
             purchases: {{interval: 10min, hold: 1min}},
             submit: [{{file: t.xml, node: 1, client: 2, at: 3min, times: 6, every: 4min}},
               {{file: t.xml, node: 3, at: 4min, times: 4, every: 5min}}],
             tasks: {{interval: 8min, users: 0.5, sub_tasks: {{model: uniform, min: 1, max: 4}},
               cycles: {{model: exponential, mean: 4e10}}, checkpoint_bytes: {checkpoint},
               replicas: {replicas}, verify: {verify}, deadline: {deadline}}}}},
           faults: [{{at: 8min, kind: partition, share: 0.3, for: 2min}},
             {{at: 12min, kind: crash_busiest, count: 3}},
             {{at: 15min, kind: admin_down, for: 2min}},
             {{at: 19min, kind: malicious, share: 0.2}},
             {{at: 22min, kind: crash, share: 0.2}},
             {{at: 26min, kind: latency, factor: 5, for: 2min}}]}}"
    );
    Trial { judged: true, ..trial_with(&yaml, FILE) }
}

/// Rows of sub-tasks, and what was paid for each.
#[derive(Default)]
struct Watch {
    rows: Vec<TaskRow>,
    task_of: BTreeMap<u64, u32>,
    paid: BTreeMap<u32, u64>,
    /// Of that, what its user's node reckoned with.
    by_word: BTreeMap<u32, u64>,
}

impl Observer for Watch {
    fn fact(&mut self, _at: Time, _node: Addr, fact: &Fact) {
        if let Fact::Ordered(order) = fact
            && let Some(task) = order.service
        {
            self.task_of.insert(u64::from(order.purchase), task);
        }
    }

    fn transaction(&mut self, row: &TransactionRow) -> Result<(), Stop> {
        if let Some(&task) = self.task_of.get(&row.purchase) {
            *self.paid.entry(task).or_default() += row.total;
            // Who denies a result that it accepted has reckoned with its price.
            let reckons = !row.by_receipt || row.outcome == PurchaseOutcome::Denied;
            *self.by_word.entry(task).or_default() += if reckons { row.total } else { 0 };
        }
        Ok(())
    }

    fn task(&mut self, row: &TaskRow) -> Result<(), Stop> {
        self.rows.push(row.clone());
        Ok(())
    }
}

/// What is wrong with a run that is over.
fn wrong(run: &Simulation, watch: &Watch) -> Vec<String> {
    let mut wrong = Vec::new();
    let submitted = run.tasks().submitted();
    let told: BTreeSet<u32> = watch.rows.iter().map(|row| row.task).collect();
    if told.len() != watch.rows.len() || told.len() as u32 != submitted {
        wrong.push(format!("{submitted} submitted, {} rows", watch.rows.len()));
    }
    let sums = &run.tasks().sums;
    if sums.all() != u64::from(submitted) {
        wrong.push(format!("{submitted} submitted, {} ended", sums.all()));
    }
    for row in &watch.rows {
        let completed = row.outcome == TaskOutcome::Completed;
        let [paid, by_word] = [&watch.paid, &watch.by_word].map(|of| of.get(&row.task).copied());
        // A seller that its user's node gave up, or found wrong, may have a receipt all the same.
        if row.price != paid.unwrap_or(0) || by_word.unwrap_or(0) > 400_000_000 {
            wrong.push(format!("paid {paid:?}, by word {by_word:?}: {row:?}"));
        }
        if completed != row.is_right.is_some() || (completed && row.executed < row.cycles) {
            wrong.push(format!("completed without work or result: {row:?}"));
        }
    }
    let executed: u128 = watch.rows.iter().map(|row| u128::from(row.executed)).sum();
    if executed != sums.executed {
        wrong.push(format!("rows tell of {executed} cycles, {} were executed", sums.executed));
    }
    for host in run.population().all_up() {
        let node = &run.nodes()[host as usize];
        for stall in node.market().seller().stalls().filter(|stall| stall.sold() > 0) {
            wrong.push(format!("node {host}: {} of {:?} stays sold", stall.sold(), stall.kind()));
        }
        let Some(service) = node.service() else { continue };
        if let Some(run) = service.executor().runs().first() {
            wrong.push(format!("node {host} runs {run:?}"));
        }
        if let Some((number, task)) = service.driver().tasks().next() {
            wrong.push(format!("node {host} sees to {number}: {task:?}"));
        }
        if !service.store().is_empty() {
            wrong.push(format!("node {host} keeps {} checkpoints", service.store().len()));
        }
    }
    wrong
}

#[test]
fn whatever_goes_wrong_no_sub_task_is_lost_or_counted_twice_and_nothing_stays_sold() {
    let mut ended = [0; TASK_OUTCOMES];
    let (mut facts, mut failures) = (BTreeMap::<&str, u64>::new(), Vec::new());
    for seed in 1..=SEEDS {
        let mut run = Simulation::new(&trouble(seed));
        let mut watch = Watch::default();
        run.run(&mut watch).expect("it refuses nothing");
        failures
            .extend(wrong(&run, &watch).into_iter().map(|wrong| format!("seed {seed}: {wrong}")));
        ended.iter_mut().zip(run.tasks().sums.ended).for_each(|(sum, count)| *sum += count);
        let sums = &run.tasks().sums;
        for (what, count) in [
            ("sub-tasks", u64::from(run.tasks().submitted())),
            ("runs", sums.runs),
            ("resumed", sums.resumed),
            ("lost", sums.lost),
            ("suspensions", sums.suspensions),
            ("checkpoints", sums.checkpoints),
            ("failures", sums.failures),
            ("named wrong", sums.named_wrong),
            ("wrong accepted", sums.wrong_accepted),
            ("by receipt", run.tally().trade.paid_by_receipt),
        ] {
            *facts.entry(what).or_default() += count;
        }
        let verdicts = run.outcome().verdicts;
        failures.extend(verdicts.into_iter().map(|verdict| format!("seed {seed}: {verdict}")));
    }
    println!("{facts:?}\nended {ended:?}");
    assert!(failures.is_empty(), "{} found:\n{}", failures.len(), failures.join("\n"));
    assert!(facts.values().all(|&count| count > 20), "{facts:?}");
}

//! How long a sub-task takes whose compute nodes fail, beside the renewal formula; and whether
//! Daly's interval is a good one. Users and storage nodes are always up, so that nothing else fails.

use crate::scene::{told, trial_with};
use compup2p_analysis::checkpoint::{Checkpointed, daly};
use compup2p_analysis::stats::{estimate, mean};
use compup2p_engine::chance::Chance;
use compup2p_engine::churn::sessions::{Sessions, State};
use compup2p_engine::endowments::Endowments;
use compup2p_engine::observer::{Observer, TaskOutcome};
use compup2p_engine::simulation::Simulation;
use compup2p_engine::trial::Trial;
use compup2p_protocol::commodity::ResourceKind;
use compup2p_protocol::fact::{Fact, Stopped};
use compup2p_protocol::id::Addr;
use compup2p_protocol::time::{Span, Time};
use std::collections::BTreeMap;

/// How long a sub-task computes if nothing fails, in seconds: its work over the rate that is bought.
const WORK_S: f64 = 300.0;
/// A message is under way for so long.
const LATENCY: Span = Span::millis(20);
const NODES: u32 = 300;
/// Sub-tasks of a run at least.
const SUB_TASKS: u32 = 10_000;
/// Bytes of a checkpoint: 2 s on the uplink of a compute node, which sends no other.
const CHECKPOINT_BYTES: u64 = 2_500_000;

/// When checkpoints are made.
#[derive(Clone, Copy, PartialEq, Debug)]
enum When {
    Never,
    Every(f64),
    Daly,
}

/// What a sub-task's checkpoints are like, and how often compute nodes fail.
#[derive(Clone, Copy, Debug)]
struct Case {
    mtbf_s: f64,
    when: When,
    /// Bytes of the program, which no node keeps: each try gets it from the user's node.
    code_bytes: u64,
}

impl Case {
    fn scenario(&self, submit: &str) -> String {
        let (mtbf_s, checkpoint) = (self.mtbf_s, self.checkpoint());
        // A seller has what one sub-task needs, a storage node room for one checkpoint: no two
        // share a node or a link. Downlinks are so wide that uplinks alone count.
        let bytes = CHECKPOINT_BYTES;
        format!(
            "{{seed: 1, nodes: {NODES}, duration: 30d, capacity: 100000000, storage: {bytes},
               cost: 10, storage_cost: 10, market: {{width: 100000000, storage_width: {bytes}}},
               overlay: {{stabilize: {{min: 30s, max: 90s}}}},
               admin: {{initial_balance: 1000000}}, record: {{timeseries: 1d}},
               network: {{latency: {{model: constant, delay: {LATENCY}}},
                 bandwidth: {{up: 10Mbit, down: 100Gbit}}}},
               churn: {{graceful_fraction: 0,
                 sessions: {{up: {{model: exponential, mean: {mtbf_s}s}}, down: 30s}}}},
               policies: [{{share: 0.4, cpu: false, always_up: true}},
                 {{share: 0.6, storage: false}}],
               service: {{target_runtime: {WORK_S}s, hold_slack: 100, heartbeat: 5s,
                 failures_max: 1000, retry_pause: 5s, code: user, cache_bytes: 0,
                 checkpoint: {{{checkpoint}, mtbf: {mtbf_s}s, blocking: true}}}},
               workload: {{lookups: {{interval: off}}, purchases: {{interval: off}},
                 cycles_unit: 1e8, submit: [{submit}]}}}}"
        )
    }

    fn checkpoint(&self) -> String {
        match self.when {
            When::Never => "rule: fixed".to_owned(),
            When::Every(interval_s) => format!("rule: fixed, interval: {interval_s}s"),
            When::Daly => "rule: daly".to_owned(),
        }
    }

    /// The users' nodes are those that are always up; each submits the file as often.
    fn trial(&self, sub_tasks: u32, every_s: f64) -> Trial {
        let bare = trial_with(&self.scenario(""), "");
        let endowments = Endowments::new(&bare.scenario, Chance::new(bare.seed));
        let users: Vec<u32> = (0..NODES).filter(|&h| endowments.class(h) == Some(0)).collect();
        let times = sub_tasks.div_ceil(users.len() as u32);
        // One after the other, over and over.
        let each_s = every_s * users.len() as f64;
        let of_user = |(nth, user): (usize, &u32)| {
            let at_s = 600.0 + every_s * nth as f64;
            format!("{{file: t.xml, node: {user}, at: {at_s}s, times: {times}, every: {each_s}s}}")
        };
        let submit: Vec<String> = users.iter().enumerate().map(of_user).collect();
        let bytes = if self.when == When::Never { 0 } else { CHECKPOINT_BYTES };
        let code_bytes = self.code_bytes;
        let file = format!(
            "<TaskFile><SubTask><CpuCycles>{WORK_S}</CpuCycles><Price>100000</Price>\
             <CheckPointDataSize>{bytes}</CheckPointDataSize><File>a</File>\
             <CodeBytes>{code_bytes}</CodeBytes><OutputBytes>0</OutputBytes></SubTask></TaskFile>"
        );
        trial_with(&self.scenario(&submit.join(", ")), &file)
    }
}

/// One node's try at a sub-task.
#[derive(Clone, Debug)]
struct Try {
    run: u32,
    node: Addr,
    /// When the compute node is told to run it.
    told: Time,
    started: Option<Time>,
    progress: u64,
    checkpoints: Vec<Time>,
    finished: Option<Time>,
}

/// What became of sub-tasks, as nodes reported it.
#[derive(Default)]
struct Watch {
    task_of: BTreeMap<u32, u32>,
    tries: BTreeMap<u32, Vec<Try>>,
}

impl Watch {
    fn with(&mut self, run: u32, change: impl FnOnce(&mut Try)) {
        let tries = self.task_of.get(&run).and_then(|task| self.tries.get_mut(task));
        if let Some(found) = tries.and_then(|tries| tries.iter_mut().find(|t| t.run == run)) {
            change(found);
        }
    }
}

impl Observer for Watch {
    fn fact(&mut self, at: Time, _node: Addr, fact: &Fact) {
        match *fact {
            Fact::Ordered(order) if order.kind == ResourceKind::Cpu => {
                self.task_of.insert(order.purchase, order.service.expect("only jobs buy"));
            }
            Fact::PurchaseAccepted(accepted) => {
                let Some(&task) = self.task_of.get(&accepted.purchase) else { return };
                self.tries.entry(task).or_default().push(Try {
                    run: accepted.purchase,
                    node: accepted.seller,
                    told: at + LATENCY,
                    started: None,
                    progress: 0,
                    checkpoints: Vec::new(),
                    finished: None,
                });
            }
            Fact::RunStarted { run, progress, .. } => self.with(run, |found| {
                found.started = Some(at);
                found.progress = progress;
            }),
            Fact::Checkpointed { run, .. } => self.with(run, |found| found.checkpoints.push(at)),
            Fact::RunEnded { run, why: Stopped::Finished, .. } => {
                self.with(run, |found| found.finished = Some(at));
            }
            _ => {}
        }
    }
}

/// What was measured of a case, in seconds.
struct Measured {
    /// From when a sub-task begins to compute to its end, one by one.
    took: Vec<f64>,
    /// From each failure to when another node is told.
    away: Vec<f64>,
    /// From when a node is told until it computes: from nothing, and from a checkpoint.
    fetch: [Vec<f64>; 2],
    /// How long each checkpoint took, if its interval is fixed.
    cost: Vec<f64>,
}

/// When a host goes down.
fn falls(trial: &Trial, host: u32, until: Time) -> Vec<Time> {
    let scenario = &trial.scenario;
    let sessions = Sessions::new(&scenario.churn, None, Chance::new(trial.seed), scenario.nodes);
    let (mut state, mut change) = sessions.initial(host);
    let mut falls = Vec::new();
    for nth in 1.. {
        if change > until {
            break;
        }
        if state == State::Up {
            falls.push(change);
        }
        state = state.flipped();
        change = sessions.next(host, nth, state, change);
    }
    falls
}

fn measure(case: &Case, sub_tasks: u32, every_s: f64) -> Measured {
    let trial = case.trial(sub_tasks, every_s);
    let mut run = Simulation::new(&trial);
    let mut watch = Watch::default();
    let mut until = Time::ZERO + Span::from_secs_f64(every_s * f64::from(sub_tasks) + 1200.0);
    loop {
        run.run_until(until, &mut watch).expect("it refuses nothing");
        if run.tasks().under_way() == 0 {
            break;
        }
        until += Span::secs(600);
    }
    let completed = run.tasks().sums.with(TaskOutcome::Completed);
    assert!(completed >= u64::from(sub_tasks) && completed == u64::from(run.tasks().submitted()));
    let mut falls_of: BTreeMap<Addr, Vec<Time>> = BTreeMap::new();
    let mut measured =
        Measured { took: vec![], away: vec![], fetch: [vec![], vec![]], cost: vec![] };
    let apart = |from: Time, to: Time| to.since(from).as_secs();
    for tries in watch.tries.values() {
        let mut began = None;
        let mut failed: Option<Time> = None;
        for found in tries {
            let falls =
                falls_of.entry(found.node).or_insert_with(|| falls(&trial, found.node.0, until));
            // Who accepted was up when it did.
            let fell = falls.iter().copied().find(|&at| at + LATENCY * 2 > found.told);
            if fell.is_some_and(|at| at < found.told) {
                continue;
            }
            if let Some(failed) = failed {
                assert!(found.told > failed);
                measured.away.push(apart(failed, found.told));
                if let Some(started) = found.started {
                    measured.fetch[usize::from(found.progress > 0)]
                        .push(apart(found.told, started));
                }
            }
            if let Some(started) = found.started {
                began = began.or(Some(started));
                if let When::Every(interval_s) = case.when {
                    let from = [started].into_iter().chain(found.checkpoints.iter().copied());
                    let costs =
                        from.zip(&found.checkpoints).map(|(a, &b)| apart(a, b) - interval_s);
                    measured.cost.extend(costs);
                }
            }
            if let Some(finished) = found.finished {
                measured.took.push(apart(began.expect("it began"), finished));
                break;
            }
            failed = Some(fell.expect("what did not finish failed"));
        }
    }
    assert_eq!(measured.took.len() as u64, completed);
    measured
}

fn average(values: &[f64]) -> f64 {
    mean(values).unwrap_or(0.0)
}

/// The formula, for these intervals. What is away and how long fetching takes is as measured; a try
/// before the first checkpoint fetches nothing, but asks for it.
fn law(case: &Case, measured: &Measured) -> f64 {
    let (away, [none, fetch]) =
        (average(&measured.away), measured.fetch.each_ref().map(|f| average(f)));
    let (cost, mtbf) = (average(&measured.cost), case.mtbf_s);
    let of = |work, interval, cost, fetch| {
        Checkpointed { work, interval, cost, away, fetch, mtbf }.mean()
    };
    match case.when {
        When::Never => of(WORK_S, WORK_S, 0.0, none),
        When::Every(interval) => {
            let first = interval + cost;
            of(first, first, 0.0, none) + of(WORK_S - interval, interval, cost, fetch)
        }
        When::Daly => unreachable!("its cost is not measured"),
    }
}

fn assert_agrees_with_the_law(case: &Case) {
    let measured = measure(case, SUB_TASKS, every_s(case));
    let took = estimate(&measured.took).expect("there are sub-tasks");
    let law = law(case, &measured);
    let [none, fetch] = measured.fetch.each_ref().map(|fetch| average(fetch));
    let &Case { mtbf_s, when, code_bytes } = case;
    println!(
        "MTBF {mtbf_s} s, {when:?}, code of {code_bytes} B: {} s, law {law:.2} s; {} sub-tasks, {} \
         failures, away {:.2} s, fetch {none:.3} and {fetch:.3} s, a checkpoint takes {:.3} s",
        told(took, 2),
        took.n,
        measured.away.len(),
        average(&measured.away),
        average(&measured.cost),
    );
    assert!(took.low <= law && law <= took.high, "{case:?}");
}

#[test]
fn sub_tasks_without_checkpoints_take_as_long_as_the_renewal_formula_says() {
    for mtbf_s in [300.0, 900.0, 2700.0] {
        assert_agrees_with_the_law(&Case { mtbf_s, when: When::Never, code_bytes: 0 });
    }
}

#[test]
fn sub_tasks_with_checkpoints_take_as_long_as_the_renewal_formula_says() {
    for mtbf_s in [300.0, 900.0, 2700.0] {
        assert_agrees_with_the_law(&Case { mtbf_s, when: When::Every(60.0), code_bytes: 0 });
    }
}

#[test]
fn what_has_to_be_fetched_again_takes_as_long_as_the_renewal_formula_says() {
    // 8 s on the uplink of the user's node, more than a checkpoint's 2 s.
    let code_bytes = 10_000_000;
    for when in [When::Never, When::Every(60.0)] {
        assert_agrees_with_the_law(&Case { mtbf_s: 300.0, when, code_bytes });
    }
}

#[test]
fn dalys_interval_is_within_two_percent_of_the_best() {
    // Nodes fail at the same moments, users submit at the same.
    let took = |when| {
        let case = Case { mtbf_s: 300.0, when, code_bytes: 0 };
        let took = measure(&case, SUB_TASKS / 3, every_s(&case)).took;
        estimate(&took).expect("there are sub-tasks")
    };
    let mut best = f64::MAX;
    for interval_s in [15.0, 22.0, 30.0, 40.0, 60.0, 100.0] {
        let fixed = took(When::Every(interval_s));
        println!("a checkpoint every {interval_s} s: {} s", told(fixed, 2));
        best = best.min(fixed.mean);
    }
    // What a checkpoint takes is its transfer and two messages.
    let (interval_s, daly) = (daly(2.04, 300.0), took(When::Daly));
    let over = daly.mean / best;
    println!("as Daly says, every {interval_s:.1} s: {} s, {over:.4} of the best", told(daly, 2));
    assert!(over <= 1.02, "{over}");
}

/// Time between two submissions of all users together: so that about half of the sellers are busy.
fn every_s(case: &Case) -> f64 {
    let again = WORK_S / case.mtbf_s;
    let takes = match case.when {
        When::Never => case.mtbf_s * (libm::exp(again) - 1.0) * 1.1,
        When::Every(_) | When::Daly => WORK_S * 1.4,
    };
    takes / 100.0
}

//! A run with a warm-up beside the same run without: what counts is what ended later.

use super::*;
use crate::observer::{IncomeRow, LookupRow, MetricRow, PurchaseOutcome, SampleRow, TaskRow};
use crate::observer::{LoadRow, Outcome, TaskOutcome};
use std::collections::BTreeMap;

const WARMUP: Span = Span::secs(1500);

/// Everybody buys compute power and storage, has jobs computed and data backed up, shares files; and
/// comes and goes.
const BUSY: &str = "nodes: 60, duration: 1h, \
    churn: {sessions: {up: {model: exponential, mean: 25min}, down: 5min}}, \
    network: {loss: 0.01}, storage: 1e10, \
    overlay: {stabilize: {min: 5s, max: 10s}}, \
    record: {timeseries: 70s}, \
    workload: {lookups: {interval: 40s}, purchases: {interval: 3min}, storage: {interval: 8min}, \
        tasks: {interval: 5min, cycles: {model: exponential, mean: 1e11}, \
        checkpoint_bytes: 1e6}, backups: {users: 0.6, at: {model: uniform, min: 0s, max: 50min}, \
        lose_after: 10min, restore_after: 1min}, files: {shared: 2, interval: 4min}}";

/// Everything that a run tells.
#[derive(Default)]
struct Told {
    lookups: Vec<LookupRow>,
    transactions: Vec<TransactionRow>,
    tasks: Vec<TaskRow>,
    samples: Vec<SampleRow>,
}

impl Observer for Told {
    fn lookup(&mut self, row: &LookupRow) -> Result<(), Stop> {
        self.lookups.push(row.clone());
        Ok(())
    }
    fn transaction(&mut self, row: &TransactionRow) -> Result<(), Stop> {
        self.transactions.push(row.clone());
        Ok(())
    }
    fn task(&mut self, row: &TaskRow) -> Result<(), Stop> {
        self.tasks.push(row.clone());
        Ok(())
    }
    fn sample(&mut self, row: &SampleRow) -> Result<(), Stop> {
        self.samples.push(row.clone());
        Ok(())
    }
}

fn yaml(warmup: Span) -> String {
    format!("{{{BUSY}, warmup: {warmup}}}")
}

fn told(warmup: Span) -> (Told, Outcome) {
    let mut told = Told::default();
    let mut run = Simulation::new(&Trial { judged: true, ..trial(&yaml(warmup)) });
    run.run(&mut told).unwrap();
    let outcome = run.outcome();
    assert_eq!(outcome.verdicts, [""; 0]);
    (told, outcome)
}

/// What counts of a run without a warm-up, by its rows.
fn later(mut told: Told) -> Told {
    let warm = Time::ZERO + WARMUP;
    told.lookups.retain(|row| row.at >= warm);
    told.transactions.retain(|row| row.ended >= warm);
    told.tasks.retain(|row| row.ended >= warm);
    told
}

fn values(rows: &[MetricRow]) -> BTreeMap<&'static str, f64> {
    rows.iter().map(|row| (row.metric, row.value)).collect()
}

#[test]
fn metrics_after_a_warmup_are_those_of_the_rows_that_ended_later() {
    let ((with, outcome), (whole, without)) = (told(WARMUP), told(Span::ZERO));
    assert_eq!((outcome.fingerprint, outcome.events), (without.fingerprint, without.events));
    assert_eq!(with.samples, whole.samples, "the time series is whole");
    let number_of = |told: &Told| (told.lookups.len(), told.transactions.len(), told.tasks.len());
    let in_all = number_of(&whole);
    let whole = later(whole);
    let (lookups, transactions, tasks) = number_of(&whole);
    assert!(lookups > 1000 && in_all.0 > lookups + 1000, "{in_all:?}, {lookups} later");
    assert!(
        transactions > 1000 && in_all.1 > transactions + 500,
        "{in_all:?}, {transactions} later"
    );
    assert!(tasks > 300 && in_all.2 > tasks + 50, "{in_all:?}, {tasks} later");
    assert_eq!(with.lookups, whole.lookups);
    assert_eq!(with.transactions, whole.transactions);
    assert_eq!(with.tasks, whole.tasks);
    let metrics = values(&outcome.metrics);
    let computed =
        [of_lookups(&whole.lookups), of_transactions(&whole.transactions), of_tasks(&whole.tasks)];
    for (name, value) in computed.concat() {
        assert_eq!(metrics[name], value, "{name}");
    }
    assert_eq!(sums(&outcome.incomes), incomes(&whole.transactions));
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

fn share<R>(rows: &[R], is: impl Fn(&R) -> bool) -> f64 {
    rows.iter().filter(|row| is(row)).count() as f64 / rows.len() as f64
}

fn of_lookups(rows: &[LookupRow]) -> Vec<(&'static str, f64)> {
    let keys: Vec<_> = rows.iter().filter(|row| row.end.purpose == LookupPurpose::Key).collect();
    let found = || keys.iter().filter(|row| row.end.owner.is_some());
    let took: u128 = found().map(|row| u128::from(row.end.took.0)).sum();
    vec![
        ("lookups", keys.len() as f64),
        ("lookups_found", share(&keys, |row| row.end.owner.is_some())),
        ("lookups_correct", share(&keys, |row| row.correct)),
        ("lookup_hops_mean", mean(found().map(|row| f64::from(row.end.hops)))),
        ("lookup_timeouts_mean", mean(keys.iter().map(|row| f64::from(row.end.timeouts)))),
        ("lookup_latency_mean", took as f64 / 1e6 / found().count() as f64),
    ]
}

fn of_transactions(rows: &[TransactionRow]) -> Vec<(&'static str, f64)> {
    use PurchaseOutcome as O;
    let ended = |outcome| share(rows, |row: &TransactionRow| row.outcome == outcome);
    let told = || rows.iter().filter(|row| !row.is_cut_off());
    let accepted: Vec<_> = rows.iter().filter(|row| row.latency.is_some()).collect();
    let waited: u128 =
        accepted.iter().filter_map(|row| row.latency).map(|latency| u128::from(latency.0)).sum();
    let credits = |micro: i128| micro as f64 / 1e6;
    let money = |of: fn(&TransactionRow) -> i128| rows.iter().map(of).sum::<i128>();
    let cost = |row: &TransactionRow| i128::from(row.for_delivered(row.seller_cost));
    let decided: Vec<_> = rows.iter().filter(|row| row.outcome != O::Unfinished).collect();
    assert!(decided.iter().any(|row| row.total > 0));
    let completed = || rows.iter().filter(|row| row.outcome == O::Completed);
    let paid: i128 = completed().map(|row| i128::from(row.total)).sum();
    let sellers: i128 = rows
        .iter()
        .filter(|row| row.total > 0)
        .map(|row| i128::from(row.seller_payoff) - cost(row))
        .sum();
    vec![
        ("purchases", rows.len() as f64),
        ("purchases_completed", ended(O::Completed)),
        ("purchases_no_seller", ended(O::NoSeller)),
        ("purchases_seller_gone", ended(O::SellerGone)),
        ("purchases_seller_failed", ended(O::SellerFailed)),
        ("purchases_ended_early", ended(O::EndedEarly)),
        ("purchases_buyer_failed", ended(O::BuyerFailed)),
        ("purchases_unfinished", ended(O::Unfinished)),
        ("attempts_mean", mean(told().map(|row| f64::from(row.attempts)))),
        ("purchase_hops_mean", mean(told().map(|row| f64::from(row.hops)))),
        ("accept_latency_mean", waited as f64 / 1e6 / accepted.len() as f64),
        ("cheapest_chosen", share(&accepted, |row| row.is_cheapest())),
        ("price_mean", credits(paid) / completed().count() as f64),
        ("paid_by_receipt", rows.iter().filter(|row| row.by_receipt).count() as f64),
        ("mo_surplus", credits(money(|row| i128::from(row.mo_payoff)))),
        ("seller_surplus", credits(sellers)),
    ]
}

fn of_tasks(rows: &[TaskRow]) -> Vec<(&'static str, f64)> {
    let ended = |outcome| share(rows, |row: &TaskRow| row.outcome == outcome);
    let completed = || rows.iter().filter(|row| row.outcome == TaskOutcome::Completed);
    let count = completed().count() as f64;
    let took: u128 = completed().map(|row| u128::from(row.ended.since(row.submitted).0)).sum();
    let price: u64 = completed().map(|row| row.price).sum();
    let sum = |of: fn(&TaskRow) -> u64| rows.iter().map(of).sum::<u64>() as f64;
    let (executed, useful) = (sum(|row| row.executed), sum(|row| row.useful));
    let first = rows.iter().map(|row| row.submitted).min().unwrap();
    let last = completed().map(|row| row.ended).max().unwrap();
    vec![
        ("tasks", rows.len() as f64),
        ("tasks_completed", ended(TaskOutcome::Completed)),
        ("tasks_no_seller", ended(TaskOutcome::NoSeller)),
        ("tasks_too_many_failures", ended(TaskOutcome::Failures)),
        ("tasks_unfinished", ended(TaskOutcome::Unfinished)),
        ("task_turnaround_mean", took as f64 / count / 1e9),
        ("task_price_mean", price as f64 / 1e6 / count),
        ("makespan", last.since(first).as_secs()),
        ("runs", sum(|row| u64::from(row.runs))),
        ("replica_failures", sum(|row| u64::from(row.failures))),
        ("executed_cycles", executed),
        ("wasted_cycles", 1.0 - (useful / executed).min(1.0)),
        ("checkpoints", sum(|row| u64::from(row.checkpoints))),
    ]
}

/// What each seller had by its sales: their number, costs, income.
type Sold = BTreeMap<Addr, (u32, u64, u64)>;

fn sums(rows: &[IncomeRow]) -> Sold {
    let sold = rows.iter().filter(|row| row.sales > 0);
    sold.map(|row| (row.node, (row.sales, row.costs, row.seller_income))).collect()
}

fn incomes(rows: &[TransactionRow]) -> Sold {
    let mut all = Sold::new();
    for row in rows {
        let Some(seller) = row.seller else { continue };
        let (sales, costs, income) = all.entry(seller).or_default();
        *sales += 1;
        *costs += row.for_delivered(row.seller_cost);
        *income += row.seller_payoff;
    }
    all
}

#[test]
fn traffic_after_a_warmup_is_the_whole_less_the_first_part() {
    let mut run = Simulation::new(&trial(&yaml(Span::ZERO)));
    run.run_until(Time(WARMUP.0 - 1), &mut Blind).unwrap();
    let mut rest = run.traffic().clone();
    let (first, moves) = (rest.clone(), run.tally().moves);
    run.run(&mut Blind).unwrap();
    rest.clone_from(run.traffic());
    rest.forget(&first);
    assert!(first.lost > 0 && rest.lost > 0);
    let all = run.tally().moves;
    let (_, outcome) = told(WARMUP);
    assert_eq!(outcome.messages, crate::tally::messages(&rest));
    let metrics = values(&outcome.metrics);
    assert_eq!(metrics["messages"], rest.sent.iter().sum::<u64>() as f64);
    assert_eq!(metrics["messages_lost"], rest.lost as f64);
    assert_eq!(metrics["messages_undelivered"], rest.undelivered as f64);
    assert_eq!(metrics["answers_late"], rest.late as f64);
    assert_eq!(metrics["joins"], (all.joins - moves.joins) as f64);
    assert_eq!(metrics["crashes"], (all.crashes - moves.crashes) as f64);
}

#[test]
fn peaks_after_a_warmup_are_of_what_stood_then_and_later() {
    let peaks = |rows: &[LoadRow]| -> Vec<[u64; 4]> {
        let of = |row: &LoadRow| {
            let counts = [u64::from(row.markets), u64::from(row.listings_peak)];
            [counts[0], counts[1], row.peak_state_bytes, row.peak_equation2_bytes]
        };
        rows.iter().map(of).collect()
    };
    let (with, without) = (peaks(&told(WARMUP).1.load), peaks(&told(Span::ZERO).1.load));
    let mut pairs = with.iter().zip(&without);
    assert!(pairs.all(|(with, all)| with.iter().zip(all).all(|(with, all)| with <= all)));
    assert_ne!(with, without);
    // Nobody comes or goes and sellers repeat what they offer: what stands is all there is.
    let still = |warmup: &str| {
        let mut run = Simulation::new(&trial(&format!(
            "{{nodes: 40, duration: 20min, workload: {{purchases: {{interval: ~}}}}{warmup}}}"
        )));
        run.run(&mut Blind).unwrap();
        run.outcome()
    };
    let (with, without) = (still(", warmup: 15min"), still(""));
    assert!(with.load.iter().any(|row| row.listings_peak > 0));
    assert_eq!(peaks(&with.load), peaks(&without.load));
    let requests = |outcome: &Outcome| outcome.load.iter().map(|row| row.messages).sum::<u64>();
    assert!(requests(&with) * 2 < requests(&without));
}

//! Sub-tasks as their rows will tell them. A sub-task ends once; its row is complete when the money
//! of all that was bought for it has gone its way and what ran for it has stopped, which may be
//! later.

mod sums;
mod warmup;

pub use sums::{Sums, TASK_OUTCOMES};

use crate::observer::{TaskOutcome, TaskRow, TransactionRow};
use compup2p_protocol::commodity::ResourceKind;
use compup2p_protocol::fact::{Acceptance, Fact, Stopped, TaskEnd};
use compup2p_protocol::id::Addr;
use compup2p_protocol::market::Order;
use compup2p_protocol::service::{SubTask, right_result};
use compup2p_protocol::time::{Span, Time};
use std::collections::BTreeMap;
use warmup::Warmup;

/// A sub-task whose row is not complete.
#[derive(Clone, Debug)]
struct Open {
    row: TaskRow,
    /// Purchases for it whose rows are not complete.
    purchases: u32,
    /// Runs of it that have not stopped.
    runs: u32,
    has_ended: bool,
}

/// The sub-tasks of a run, and sums over all of them.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    open: BTreeMap<u32, Open>,
    /// For which sub-task a purchase is, until its row is complete.
    purchases: BTreeMap<u32, u32>,
    /// Since when runs are suspended.
    suspended: BTreeMap<u32, Time>,
    submitted: u32,
    jobs: u32,
    ended_twice: u64,
    unknown: u64,
    /// Sums.
    pub sums: Sums,
    warmup: Option<Box<Warmup>>,
}

impl Tasks {
    /// None yet; what ends before `warm_until` is not to count.
    pub fn new(warm_until: Time) -> Self {
        Self { warmup: Warmup::new(warm_until), ..Self::default() }
    }

    /// Counts something for a sub-task.
    fn count(&mut self, task: u32, now: Time, add: impl Fn(&mut Sums)) {
        add(&mut self.sums);
        if let Some(warmup) = &mut self.warmup {
            warmup.count(task, now, add);
        }
    }

    /// Leaves those that did not end during the warm-up.
    pub fn forget_warmup(&mut self) {
        let Some(warmup) = self.warmup.take() else { return };
        let (tasks, jobs) = warmup.ended();
        self.submitted -= tasks;
        self.jobs -= jobs;
        self.sums = warmup.rest(&self.sums);
    }

    /// The numbers of the next job and of its first sub-task.
    pub fn next_numbers(&self) -> (u32, u32) {
        (self.jobs, self.submitted)
    }

    /// A user submits a job, which has the next numbers.
    pub fn submit(&mut self, at: Time, user: Addr, sub_tasks: &[SubTask]) {
        let job = self.jobs;
        self.jobs += 1;
        self.sums.first.get_or_insert(at);
        for sub_task in sub_tasks {
            let row = TaskRow {
                task: self.submitted,
                job,
                user,
                submitted: at,
                ready: None,
                placed: None,
                started: None,
                computed: None,
                ended: at,
                cycles: sub_task.cycles,
                replicas: u32::from(sub_task.replicas),
                purchases: 0,
                runs: 0,
                failures: 0,
                evictions: 0,
                suspended: Span::ZERO,
                checkpoints: 0,
                compute_node: None,
                rate: 0,
                executed: 0,
                useful: 0,
                wrong: 0,
                price: 0,
                outcome: TaskOutcome::Unfinished,
                is_right: None,
            };
            let open = Open { row, purchases: 0, runs: 0, has_ended: false };
            self.open.insert(self.submitted, open);
            self.submitted += 1;
        }
    }

    /// How many were submitted.
    pub fn submitted(&self) -> u32 {
        self.submitted
    }

    /// How many jobs were.
    pub fn jobs(&self) -> u32 {
        self.jobs
    }

    /// How many have not ended.
    pub fn under_way(&self) -> u64 {
        u64::from(self.submitted) - self.sums.all()
    }

    /// The same, looked for one by one, for judges.
    pub fn left_open(&self) -> u64 {
        self.open.values().filter(|open| !open.has_ended).count() as u64
    }

    /// Sub-tasks that were reported to end and were not under way.
    pub fn ended_twice(&self) -> u64 {
        self.ended_twice
    }

    /// Reports about sub-tasks that were never submitted.
    pub fn unknown(&self) -> u64 {
        self.unknown
    }

    /// Something was ordered for a sub-task.
    pub fn order(&mut self, order: &Order) {
        let Some(task) = order.service else { return };
        let Some(open) = self.open.get_mut(&task) else { return };
        open.purchases += 1;
        open.row.purchases += u32::from(order.kind == ResourceKind::Cpu);
        self.purchases.insert(order.purchase, task);
    }

    /// A seller accepted; `rate` is what it really computes at, in cycles a second, if it is
    /// compute power.
    pub fn accept(&mut self, acceptance: &Acceptance, rate: Option<u64>, now: Time) {
        let Some(task) = self.purchases.get(&acceptance.purchase) else { return };
        let Some(open) = self.open.get_mut(task) else { return };
        if let Some(rate) = rate {
            open.row.placed.get_or_insert(now);
            open.row.compute_node = Some(acceptance.seller);
            open.row.rate = rate;
        }
    }

    /// The row of a purchase is complete: the row of its sub-task, if that is complete now.
    pub fn on_transaction(&mut self, row: &TransactionRow, now: Time) -> Option<TaskRow> {
        let task = self.purchases.remove(&(row.purchase as u32))?;
        let open = self.open.get_mut(&task)?;
        open.purchases -= 1;
        open.row.price += row.total;
        self.count(task, now, |sums| sums.paid += u128::from(row.total));
        self.complete(task)
    }

    /// A node reported something of a sub-task: its row, if that is complete now.
    pub fn on_fact(&mut self, fact: &Fact, now: Time) -> Option<TaskRow> {
        match *fact {
            Fact::TaskReady { task } => {
                self.open.get_mut(&task)?.row.ready = Some(now);
            }
            Fact::RunStarted { task, progress, .. } => {
                self.count(task, now, |sums| {
                    sums.runs += 1;
                    sums.resumed += u64::from(progress > 0);
                });
                let open = self.open.get_mut(&task)?;
                open.runs += 1;
                open.row.runs += 1;
                open.row.started.get_or_insert(now);
            }
            Fact::RunEnded { run, task, executed, why } => {
                self.count(task, now, |sums| sums.stopped[why as usize] += 1);
                self.resume(run, task, now);
                return self.stop(task, executed, why, now);
            }
            Fact::Checkpointed { task, bytes, .. } => {
                self.count(task, now, |sums| {
                    sums.checkpoints += 1;
                    sums.checkpoint_bytes += u128::from(bytes);
                });
                self.open.get_mut(&task)?.row.checkpoints += 1;
            }
            Fact::Suspended { run, task } => {
                self.count(task, now, |sums| sums.suspensions += 1);
                self.suspended.insert(run, now);
            }
            Fact::Resumed { run, task } => self.resume(run, task, now),
            Fact::ReplicaFailed { task, .. } => {
                self.count(task, now, |sums| sums.failures += 1);
                self.open.get_mut(&task)?.row.failures += 1;
            }
            Fact::WrongResult { task, .. } => {
                self.count(task, now, |sums| sums.named_wrong += 1);
                self.open.get_mut(&task)?.row.wrong += 1;
            }
            Fact::TaskEnded(end) => return self.end(end, now),
            Fact::JobEnded { job, .. } => {
                self.sums.jobs_over += 1;
                self.while_warm(|warmup| warmup.end_job(job, now));
            }
            Fact::Notified { job } => {
                self.sums.jobs_notified += 1;
                self.while_warm(|warmup| warmup.notify(job));
            }
            Fact::FileGot { from, .. } => {
                self.sums.files[from as usize] += 1;
                self.while_warm(|warmup| warmup.get_file(from as usize, now));
            }
            _ => {}
        }
        None
    }

    /// Lets the warm-up know, if there is one.
    fn while_warm(&mut self, know: impl FnOnce(&mut Warmup)) {
        if let Some(warmup) = &mut self.warmup {
            know(warmup);
        }
    }

    /// A run is lost with its node: the work that it had done.
    pub fn lose(&mut self, run: u32, task: u32, executed: u64, now: Time) -> Option<TaskRow> {
        self.count(task, now, |sums| sums.lost += 1);
        self.resume(run, task, now);
        self.stop(task, executed, Stopped::SaleOver, now)
    }

    /// A run is under way at the end of the run of the simulation: the work that it had done.
    pub fn cut_off(&mut self, run: u32, task: u32, executed: u64, now: Time) {
        self.resume(run, task, now);
        self.count(task, now, |sums| sums.executed += u128::from(executed));
        if let Some(open) = self.open.get_mut(&task) {
            open.row.executed += executed;
        }
    }

    fn resume(&mut self, run: u32, task: u32, now: Time) {
        let Some(since) = self.suspended.remove(&run) else { return };
        let span = now.since(since);
        self.count(task, now, |sums| sums.suspended_ns += u128::from(span.0));
        if let Some(open) = self.open.get_mut(&task) {
            open.row.suspended = open.row.suspended + span;
        }
    }

    fn stop(&mut self, task: u32, executed: u64, why: Stopped, now: Time) -> Option<TaskRow> {
        self.count(task, now, |sums| sums.executed += u128::from(executed));
        let Some(open) = self.open.get_mut(&task) else {
            self.unknown += u64::from(task >= self.submitted);
            return None;
        };
        open.runs = open.runs.saturating_sub(1);
        open.row.executed += executed;
        open.row.evictions += u32::from(why == Stopped::Evicted);
        if why == Stopped::Finished {
            let cycles = open.row.cycles;
            open.row.useful += cycles;
            open.row.computed = Some(now);
            self.count(task, now, |sums| sums.useful += u128::from(cycles));
        }
        self.complete(task)
    }

    fn end(&mut self, end: TaskEnd, now: Time) -> Option<TaskRow> {
        let TaskEnd { task, outcome, result } = end;
        let Some(open) = self.open.get_mut(&task).filter(|open| !open.has_ended) else {
            self.ended_twice += 1;
            return None;
        };
        open.has_ended = true;
        let row = &mut open.row;
        row.ended = now;
        row.outcome = outcome;
        row.is_right = result.map(|result| result == right_result(task));
        let is_wrong = row.is_right == Some(false);
        let submitted = row.submitted;
        let started = row.started.unwrap_or(now);
        let waited = started.since(row.ready.unwrap_or(started));
        self.while_warm(|warmup| warmup.end(task, submitted, now));
        self.count(task, now, |sums| {
            sums.ended[outcome as usize] += 1;
            if outcome == TaskOutcome::Completed {
                sums.wrong_accepted += u64::from(is_wrong);
                sums.turnaround_ns += u128::from(now.since(submitted).0);
                sums.waiting_ns += u128::from(waited.0);
                sums.last = Some(now);
            }
        });
        self.complete(task)
    }

    /// The row of a sub-task, if it is complete.
    fn complete(&mut self, task: u32) -> Option<TaskRow> {
        let open = self.open.get(&task)?;
        if !open.has_ended || open.purchases > 0 || open.runs > 0 {
            return None;
        }
        let row = self.open.remove(&task)?.row;
        if row.outcome == TaskOutcome::Completed {
            let price = u128::from(row.price);
            self.count(task, row.ended, |sums| sums.paid_completed += price);
        }
        Some(row)
    }

    /// The run is over: the rows that are not complete, in order.
    pub fn close(&mut self, now: Time) -> Vec<TaskRow> {
        let left = std::mem::take(&mut self.open);
        let mut rows = Vec::new();
        for (task, Open { mut row, has_ended, .. }) in left {
            if !has_ended {
                row.ended = now;
                self.while_warm(|warmup| warmup.end(task, row.submitted, now));
                self.count(task, now, |sums| sums.ended[TaskOutcome::Unfinished as usize] += 1);
            } else if row.outcome == TaskOutcome::Completed {
                let price = u128::from(row.price);
                self.count(task, now, |sums| sums.paid_completed += price);
            }
            rows.push(row);
        }
        rows
    }
}

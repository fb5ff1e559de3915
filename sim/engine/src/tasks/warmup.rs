//! What belongs to sub-tasks that ended during the warm-up: it does not count. A sub-task that ended
//! later counts whole, as its row does, also what was done for it before.

use super::Sums;
use compup2p_protocol::time::Time;
use std::collections::{BTreeMap, BTreeSet};

/// Sub-tasks and jobs that ended during the warm-up, and sums over them.
#[derive(Clone, Debug)]
pub(super) struct Warmup {
    until: Time,
    tasks: BTreeSet<u32>,
    jobs: BTreeSet<u32>,
    /// Over those sub-tasks and jobs.
    sums: Sums,
    /// Over each sub-task under way, as long as it may yet end during the warm-up.
    under_way: BTreeMap<u32, Sums>,
    /// The first submission of a sub-task that counts.
    first: Option<Time>,
}

impl Warmup {
    /// A warm-up of which nothing has happened; nothing if there is none.
    pub(super) fn new(until: Time) -> Option<Box<Self>> {
        let is_there = until > Time::ZERO;
        is_there.then(|| {
            Box::new(Self {
                until,
                tasks: BTreeSet::new(),
                jobs: BTreeSet::new(),
                sums: Sums::default(),
                under_way: BTreeMap::new(),
                first: None,
            })
        })
    }

    /// Something was counted for a sub-task.
    pub(super) fn count(&mut self, task: u32, now: Time, add: impl FnOnce(&mut Sums)) {
        if self.tasks.contains(&task) {
            add(&mut self.sums);
        } else if now < self.until {
            add(self.under_way.entry(task).or_default());
        }
    }

    /// A sub-task ends.
    pub(super) fn end(&mut self, task: u32, submitted: Time, now: Time) {
        if now < self.until {
            self.tasks.insert(task);
            if let Some(so_far) = self.under_way.remove(&task) {
                self.sums.add(&so_far);
            }
        } else {
            self.first = Some(self.first.map_or(submitted, |first| first.min(submitted)));
        }
    }

    /// A job ended.
    pub(super) fn end_job(&mut self, job: u32, now: Time) {
        if now < self.until {
            self.jobs.insert(job);
            self.sums.jobs_over += 1;
        }
    }

    /// The client of a job knows that it ended.
    pub(super) fn notify(&mut self, job: u32) {
        self.sums.jobs_notified += u64::from(self.jobs.contains(&job));
    }

    /// A file was wanted, of which it is not known for which sub-task.
    pub(super) fn get_file(&mut self, from: usize, now: Time) {
        self.sums.files[from] += u64::from(now < self.until);
    }

    /// How many sub-tasks and jobs ended during the warm-up.
    pub(super) fn ended(&self) -> (u32, u32) {
        (self.tasks.len() as u32, self.jobs.len() as u32)
    }

    /// What is left of sums over all sub-tasks.
    pub(super) fn rest(&self, all: &Sums) -> Sums {
        let mut rest = Sums { first: self.first, ..all.clone() };
        rest.subtract(&self.sums);
        rest.last = all.last.filter(|&last| last >= self.until);
        rest
    }
}

//! A user's node: it sees each sub-task through, all at once (CompuP2P, V: "a thread is spawned for
//! each sub-task"). `driver/task.rs` is what it keeps of one, `driver/replica.rs` how one of its
//! replicas is placed and watched, `driver/voting.rs` how results are judged.
//!
//! What a driver keeps is written to disk as it changes: when the node comes back after a crash, it
//! goes on [ours].

mod replica;
mod task;
mod voting;

pub(super) use task::Bought;
use task::{Holding, Job, Use};
pub use task::{Replica, Task};

use super::library::Library;
use super::message::{Message, Timer};
use super::task::{self as submitted, SubTask};
use super::{Wish, Wishes};
use crate::fact::{Fact, TaskEnd, TaskOutcome};
use crate::id::{Addr, Id};
use crate::market::Verdict;
use crate::rules::Rules;
use crate::time::Time;
use crate::world::World;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;

/// A user's node.
#[derive(Clone, Debug, Default)]
pub struct Driver {
    jobs: BTreeMap<u32, Job>,
    /// Jobs of others that are over and noted: a request that comes late begins them not again.
    noted: BTreeSet<u32>,
    tasks: BTreeMap<u32, Task>,
    /// What its purchases are for.
    purchases: BTreeMap<u32, Use>,
    /// Sub-tasks that wait for others to end, because too many are under way.
    queue: VecDeque<u32>,
    active: u32,
    /// Whether more are being started: what ends meanwhile starts none itself.
    is_starting: bool,
}

/// What a driver's verbs have at hand.
pub(super) struct Hands<'a> {
    pub(super) library: &'a mut Library,
    pub(super) rules: &'a Rules,
    pub(super) wishes: &'a mut Wishes,
    pub(super) world: &'a mut dyn World<Message>,
}

impl Driver {
    /// The sub-tasks that have not ended, by number, for judges.
    pub fn tasks(&self) -> impl Iterator<Item = (u32, &Task)> {
        self.tasks.iter().map(|(&number, task)| (number, task))
    }

    /// Whether it has a purchase under way, or a place that it bought.
    pub(super) fn knows(&self, purchase: u32) -> bool {
        self.purchases.contains_key(&purchase)
    }

    /// Sees to a job. One that it knows already changes nothing.
    pub(super) fn accept(&mut self, job: submitted::Job, client: Addr, hands: &mut Hands<'_>) {
        if self.jobs.contains_key(&job.number) || self.noted.contains(&job.number) {
            return;
        }
        let count = job.sub_tasks.len() as u32;
        let submitted::Job { number, first, sub_tasks, .. } = job;
        self.jobs
            .insert(number, Job { client, left: count, of: count, completed: 0, is_over: false });
        let mut next: Vec<Vec<u32>> = alloc::vec![Vec::new(); sub_tasks.len()];
        for (place, sub_task) in sub_tasks.iter().enumerate() {
            for &before in &sub_task.after {
                next[before as usize].push(first + place as u32);
            }
        }
        // What others of the job make, they will have; all else is the user's own.
        let needed = sub_tasks.iter().zip(&next).filter(|(_, next)| !next.is_empty());
        let made: BTreeSet<Id> = needed.map(|(sub_task, _)| sub_task.output.key).collect();
        for sub_task in &sub_tasks {
            let inputs = sub_task.inputs.iter().filter(|file| !made.contains(&file.key));
            for &file in [&sub_task.code].into_iter().chain(inputs).filter(|file| file.bytes > 0) {
                hands.library.share(file, hands.rules, hands.wishes, hands.world);
            }
        }
        let now = hands.world.now();
        for ((place, sub_task), next) in sub_tasks.into_iter().enumerate().zip(next) {
            self.add(first + place as u32, number, sub_task, next, now, hands);
        }
        for task in first..first + count {
            if self.tasks.get(&task).is_some_and(|task| task.waits == 0) {
                self.enqueue(task, hands);
            }
        }
        self.start_more(hands);
        self.end_if_over(number, hands);
    }

    fn add(
        &mut self,
        number: u32,
        job: u32,
        sub_task: SubTask,
        next: Vec<u32>,
        now: Time,
        hands: &mut Hands<'_>,
    ) {
        let deadline = sub_task.deadline.map_or(Time::NEVER, |deadline| now + deadline);
        if let Some(span) = sub_task.deadline {
            hands.world.wake(span, Message::Timer(Timer::Deadline { task: number }));
        }
        self.tasks.insert(number, Task::new(job, sub_task, next, deadline));
    }

    /// Nothing that it needs is missing any more.
    fn enqueue(&mut self, task: u32, hands: &mut Hands<'_>) {
        hands.world.note(Fact::TaskReady { task });
        self.queue.push_back(task);
    }

    /// Starts sub-tasks that wait, as many as may be under way.
    fn start_more(&mut self, hands: &mut Hands<'_>) {
        if core::mem::replace(&mut self.is_starting, true) {
            return;
        }
        while self.active < hands.rules.service.parallel.max(1)
            && let Some(number) = self.queue.pop_front()
        {
            let Some(task) = self.tasks.get_mut(&number) else { continue };
            self.active += 1;
            task.is_active = true;
            let replicas = task.sub_task.replicas.max(1);
            let fresh = Replica::new(hands.world.now());
            task.replicas = alloc::vec![fresh; usize::from(replicas)];
            for replica in 0..replicas {
                self.place_replica(number, replica, hands);
            }
        }
        self.is_starting = false;
    }

    /// A sub-task is over: what is left of it is given up, those that need its output may start.
    fn end(
        &mut self,
        number: u32,
        outcome: TaskOutcome,
        result: Option<u64>,
        hands: &mut Hands<'_>,
    ) {
        let job = self.tasks.get(&number).map(|task| task.job);
        let mut over = alloc::vec![(number, outcome, result)];
        while let Some((number, outcome, result)) = over.pop() {
            let in_vain = self.close(number, outcome, result, hands);
            over.extend(in_vain.into_iter().map(|next| (next, TaskOutcome::Dependency, None)));
        }
        self.start_more(hands);
        if let Some(job) = job {
            self.end_if_over(job, hands);
        }
    }

    /// Closes one. Says which others end with it.
    fn close(
        &mut self,
        number: u32,
        outcome: TaskOutcome,
        result: Option<u64>,
        hands: &mut Hands<'_>,
    ) -> Vec<u32> {
        let Some(mut task) = self.tasks.remove(&number) else { return Vec::new() };
        for replica in &mut task.replicas {
            for purchase in replica.take_purchases() {
                self.drop_purchase(purchase, Verdict::Enough, hands);
            }
        }
        hands.world.note(Fact::TaskEnded(TaskEnd { task: number, outcome, result }));
        self.active -= u32::from(task.is_active);
        let completed = outcome == TaskOutcome::Completed;
        if completed && !task.next.is_empty() {
            let output = task.sub_task.output;
            hands.library.share(output, hands.rules, hands.wishes, hands.world);
        }
        if let Some(job) = self.jobs.get_mut(&task.job) {
            job.left -= 1;
            job.completed += u32::from(completed);
        }
        if !completed {
            return task.next;
        }
        for next in task.next {
            let Some(waiting) = self.tasks.get_mut(&next) else { continue };
            waiting.waits -= 1;
            if waiting.waits == 0 {
                self.enqueue(next, hands);
            }
        }
        Vec::new()
    }

    /// A job whose last sub-task is over: its client is told.
    fn end_if_over(&mut self, number: u32, hands: &mut Hands<'_>) {
        let Some(job) = self.jobs.get_mut(&number).filter(|job| job.left == 0) else { return };
        if core::mem::replace(&mut job.is_over, true) {
            return;
        }
        let Job { of, completed, .. } = *job;
        let failed = of - completed;
        hands.world.note(Fact::JobEnded { job: number, completed, failed });
        self.notify(number, hands);
    }

    /// Tells a client that its job is over; one that is the node itself knows.
    pub(super) fn notify(&mut self, number: u32, hands: &mut Hands<'_>) {
        let Some(&Job { left: 0, of, completed, client, .. }) = self.jobs.get(&number) else {
            return;
        };
        let failed = of - completed;
        if client == hands.world.me() {
            hands.world.note(Fact::Notified { job: number });
            self.jobs.remove(&number);
            return;
        }
        let notify = Message::Notify { job: number, completed, failed };
        hands.world.call(client, notify, hands.rules.overlay.rpc_timeout);
    }

    /// A client has noted that its job is over.
    pub(super) fn on_noted(&mut self, number: u32) {
        self.jobs.remove(&number);
        self.noted.insert(number);
    }

    /// How far a job is; nothing if it is not known, or not any more.
    pub(super) fn progress(&self, job: u32) -> Option<(u32, u32)> {
        self.jobs.get(&job).map(|job| (job.of - job.left, job.of))
    }

    /// A sub-task is of no use any more.
    pub(super) fn on_deadline(&mut self, task: u32, hands: &mut Hands<'_>) {
        let due = |task: &Task| task.deadline <= hands.world.now();
        if self.tasks.get(&task).is_some_and(due) {
            self.end(task, TaskOutcome::Deadline, None, hands);
        }
    }

    /// Gives a purchase up, or pays it.
    fn drop_purchase(&mut self, held: Holding, verdict: Verdict, hands: &mut Hands<'_>) {
        let Holding { purchase, seller } = held;
        self.purchases.remove(&purchase);
        hands.wishes.push_back(Wish::Finish { purchase, seller, verdict });
    }

    /// Comes back after a crash, and goes on from what is on disk: what was being bought is bought
    /// anew, what runs is asked.
    pub(super) fn begin(&mut self, hands: &mut Hands<'_>) {
        // The end of one may be that of others, or begin them: they need no resuming.
        let tasks = self.tasks.iter().map(|(&number, task)| (number, task.replicas.len() as u8));
        for (number, replicas) in tasks.collect::<Vec<_>>() {
            let Some(task) = self.tasks.get(&number) else { continue };
            if task.deadline != Time::NEVER {
                let left = task.deadline.since(hands.world.now());
                hands.world.wake(left, Message::Timer(Timer::Deadline { task: number }));
            }
            for replica in 0..replicas {
                self.resume_replica(number, replica, hands);
            }
        }
        let over: Vec<u32> =
            self.jobs.iter().filter(|(_, job)| job.left == 0).map(|j| *j.0).collect();
        for job in over {
            self.notify(job, hands);
        }
    }
}

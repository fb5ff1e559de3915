//! A program that uses the system through another's node (CompuP2P, V: the RemoteExecution
//! interface): it submits a job, and is told when it is over.

use super::message::{Message, PATIENT_PAUSE, Timer};
use super::task::Job;
use crate::fact::Fact;
use crate::id::Addr;
use crate::rules::Rules;
use crate::world::World;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;

/// The jobs that a program waits for.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Those that no node has taken yet.
    submitting: BTreeMap<u32, Box<Job>>,
    /// Those that are not over, as far as is known, and who sees to them.
    waiting: BTreeMap<u32, Addr>,
}

impl Client {
    /// Submits a job to the node that it names, again and again until that takes it.
    pub(super) fn submit(&mut self, job: Box<Job>, rules: &Rules, world: &mut dyn World<Message>) {
        let submit = Message::Submit(job.clone());
        world.call(job.gateway, submit, rules.overlay.rpc_timeout);
        self.waiting.insert(job.number, job.gateway);
        self.submitting.insert(job.number, job);
    }

    /// It was taken.
    pub(super) fn on_submitted(&mut self, job: u32, rules: &Rules, world: &mut dyn World<Message>) {
        if self.submitting.remove(&job).is_some() {
            ask_later(job, rules, world);
        }
    }

    /// It is time to ask how far a job is.
    pub(super) fn ask_progress(&self, job: u32, rules: &Rules, world: &mut dyn World<Message>) {
        if let Some(&gateway) = self.waiting.get(&job) {
            world.call(gateway, Message::AskProgress { job }, rules.overlay.rpc_timeout);
        }
    }

    /// So far, or it is not known how far.
    pub(super) fn on_progress(
        &self,
        job: u32,
        progress: Option<(u32, u32)>,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        if !self.waiting.contains_key(&job) {
            return;
        }
        if let Some((over, of)) = progress {
            world.note(Fact::Progressed { job, over, of });
        }
        ask_later(job, rules, world);
    }

    /// The node does not answer.
    pub(super) fn on_not_submitted(&mut self, job: u32, world: &mut dyn World<Message>) {
        if self.submitting.contains_key(&job) {
            world.wake(PATIENT_PAUSE, Message::Timer(Timer::Submit { job }));
        }
    }

    pub(super) fn submit_again(&self, job: u32, rules: &Rules, world: &mut dyn World<Message>) {
        if let Some(job) = self.submitting.get(&job) {
            world.call(job.gateway, Message::Submit(job.clone()), rules.overlay.rpc_timeout);
        }
    }

    /// After a crash: a program that waits for its job submits it again.
    pub(super) fn begin(&self, rules: &Rules, world: &mut dyn World<Message>) {
        for &job in self.submitting.keys() {
            self.submit_again(job, rules, world);
        }
        for &job in self.waiting.keys().filter(|job| !self.submitting.contains_key(job)) {
            ask_later(job, rules, world);
        }
    }

    /// A job is over.
    pub(super) fn on_notified(&mut self, job: u32, world: &mut dyn World<Message>) {
        self.submitting.remove(&job);
        // Told again, it has noted that already.
        if self.waiting.remove(&job).is_some() {
            world.note(Fact::Notified { job });
        }
    }
}

/// Asks how far a job is after a while, if programs want to know.
fn ask_later(job: u32, rules: &Rules, world: &mut dyn World<Message>) {
    if let Some(interval) = rules.service.progress_interval {
        world.wake(interval, Message::Timer(Timer::Progress { job }));
    }
}

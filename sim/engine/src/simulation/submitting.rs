//! What users have computed: jobs go to the service layer of their nodes, and their rows come back.

use super::Simulation;
use super::watch::keeps;
use crate::jobs::Submitted;
use crate::observer::{Observer, Stop, TaskRow};
use crate::population::Doing;
use compup2p_protocol::id::Addr;
use compup2p_protocol::node::Command;
use compup2p_protocol::service::Job;
use compup2p_protocol::time::{Span, Time};

/// How long a user waits whose node is down, or not in the ring yet [ours].
const AWAY_PAUSE: Span = Span::secs(60);

impl Simulation {
    /// Posts the first jobs.
    pub(super) fn schedule_jobs(&mut self) {
        self.plan(0);
        for host in 0..self.population.len() {
            self.generate_next(host, 0);
        }
    }

    fn plan(&mut self, nth: u32) {
        if let Some(at) = self.jobs.planned_at(nth) {
            self.post(at.max(self.around.now), Doing::Submit(nth));
        }
    }

    fn generate_next(&mut self, host: u32, nth: u32) {
        if let Some(at) = self.jobs.generated_at(host, nth, self.around.now) {
            self.post(at, Doing::Job(host));
        }
    }

    /// A job is submitted that was known from the start. If its user's node is away, the user waits.
    pub(super) fn on_submit(&mut self, nth: u32, observer: &mut dyn Observer) -> Result<(), Stop> {
        self.count_event(nth, 17);
        self.plan(nth + 1);
        self.submit_or_wait(nth, observer)
    }

    /// The user of a job that was known from the start tries again.
    pub(super) fn on_submit_again(
        &mut self,
        nth: u32,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        self.count_event(nth, 17);
        self.submit_or_wait(nth, observer)
    }

    fn submit_or_wait(&mut self, nth: u32, observer: &mut dyn Observer) -> Result<(), Stop> {
        let submitted = self.jobs.planned(nth);
        if !self.is_there(submitted.client) {
            self.post(self.around.now + AWAY_PAUSE, Doing::SubmitAgain(nth));
            return Ok(());
        }
        self.submit(submitted, observer)
    }

    /// A host's user submits a job that is like others, if the host is there.
    pub(super) fn on_job(&mut self, host: u32, observer: &mut dyn Observer) -> Result<(), Stop> {
        self.count_event(host, 18);
        let nth = self.population.host(host).jobs;
        self.population.host_mut(host).jobs = nth + 1;
        self.generate_next(host, nth + 1);
        if !self.is_there(host) {
            self.tally.asked_while_away += 1;
            return Ok(());
        }
        let (number, _) = self.tasks.next_numbers();
        let submitted = self.jobs.generated(host, nth, number);
        self.submit(submitted, observer)
    }

    fn submit(&mut self, submitted: Submitted, observer: &mut dyn Observer) -> Result<(), Stop> {
        let Submitted { gateway, client, sub_tasks } = submitted;
        let (number, first) = self.tasks.next_numbers();
        let gateway = self.addr(gateway);
        self.tasks.submit(self.around.now, gateway, &sub_tasks);
        let job = Job { number, first, gateway, sub_tasks: sub_tasks.into() };
        self.command(client, Command::Submit(Box::new(job)), observer)
    }

    /// What ran at a node that stops is lost.
    pub(super) fn lose_runs(
        &mut self,
        addr: Addr,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        let now = self.around.now;
        let Some(service) = self.nodes[addr.0 as usize].service() else { return Ok(()) };
        let runs = service.executor().runs().iter().filter(|run| run.is_open());
        let lost: Vec<_> = runs.map(|run| (run.assignment(), run.executed(now))).collect();
        for (assignment, executed) in lost {
            let row = self.tasks.lose(assignment.run, assignment.task, executed, now);
            if let Some(row) = row {
                write(&self.trial, &row, observer)?;
            }
        }
        Ok(())
    }

    /// The run is over: what was computed in runs that are not.
    pub(super) fn cut_off_runs(&mut self) {
        let now = self.around.now;
        for node in &self.nodes {
            let Some(service) = node.service() else { continue };
            for run in service.executor().runs().iter().filter(|run| run.is_open()) {
                let (run, task, executed) =
                    (run.assignment().run, run.assignment().task, run.executed(now));
                self.tasks.cut_off(run, task, executed, now);
            }
        }
    }

    pub(super) fn show_task(
        &mut self,
        row: Option<TaskRow>,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        match row {
            Some(row) => write(&self.trial, &row, observer),
            None => Ok(()),
        }
    }
}

fn write(
    trial: &crate::trial::Trial,
    row: &TaskRow,
    observer: &mut dyn Observer,
) -> Result<(), Stop> {
    let counts = row.ended >= Time::ZERO + trial.scenario.warmup;
    match counts && keeps(trial.scenario.record.tasks, trial.seed, u64::from(row.task)) {
        true => observer.task(row),
        false => Ok(()),
    }
}

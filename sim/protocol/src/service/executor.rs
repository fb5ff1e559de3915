//! A node that computes for others. A run is known by the purchase of its compute power: it begins
//! when code, input and, if it goes on from one, the checkpoint have come, and lives as long as the
//! sale (CompuP2P, V, VI-A). `executor/run.rs` is what is kept of one, `executor/checkpoints.rs` and
//! `executor/returning.rs` are its checkpoints and its end.

mod checkpoints;
mod returning;
mod run;

pub use run::{Run, RunStage};

use super::library::{Library, Want};
use super::message::{Assignment, Message, Timer};
use super::{Wish, Wishes};
use crate::behaviour::ComputeBehaviour;
use crate::fact::{Fact, Stopped};
use crate::id::Addr;
use crate::market::{RunEnd, Sale};
use crate::rules::Rules;
use crate::time::Span;
use crate::world::{Ticket, World};
use alloc::boxed::Box;
use alloc::vec::Vec;
use checkpoints::{fetch, guessed};
use run::rate;

/// How a node computes now: its behaviour, and its pace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Manner {
    /// How it computes.
    pub behaviour: ComputeBehaviour,
    /// In parts of a million: how likely a node that does not compute right errs.
    pub error_rate: u32,
    /// In parts of a million of what it sold: its real speed, what its owner leaves to others, what
    /// its policy allows. Nothing if runs are suspended.
    pub pace: u64,
}

/// A node that computes for others.
#[derive(Clone, Debug, Default)]
pub struct Executor {
    runs: Vec<Run>,
    /// How often runs were suspended; and whether they are.
    suspensions: u32,
    is_suspended: bool,
}

impl Executor {
    /// What is under way, for judges and metrics.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Whether nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.runs.is_empty()
    }

    fn place(&self, run: u32) -> Option<usize> {
        self.runs.iter().position(|r| r.assignment.run == run)
    }

    /// A user's node wants something run that it bought compute power for. Asked again, it is
    /// answered again.
    #[expect(clippy::too_many_arguments, reason = "a request, its ticket, and the layers around")]
    pub(super) fn on_run(
        &mut self,
        user: Addr,
        ticket: Ticket,
        assignment: Box<Assignment>,
        sale: Option<Sale>,
        manner: Manner,
        library: &mut Library,
        rules: &Rules,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        let run = assignment.run;
        let Some(sale) = sale else {
            world.answer(ticket, Message::Declined { run });
            return;
        };
        world.answer(ticket, Message::Began { run });
        if self.place(run).is_some() {
            return;
        }
        let mut searches = Vec::new();
        let code = [(assignment.code, assignment.code_at)];
        let inputs = assignment.inputs.iter().map(|&file| (file, user));
        for (file, origin) in code.into_iter().chain(inputs) {
            if let Want::Coming(search) = library.want(file, Some(origin), rules, wishes, world) {
                searches.push(search);
            }
        }
        let fetches = assignment.storage.filter(|_| assignment.resumes);
        if let Some(storage) = fetches {
            fetch(&assignment, storage, rules, world);
        }
        self.runs.push(Run {
            user,
            amount: sale.amount,
            stage: RunStage::Gathering,
            awaits_input: assignment.input_bytes > 0,
            awaits_snapshot: fetches.is_some(),
            silent: 0,
            searches,
            done: 0,
            since: world.now(),
            rate: 0,
            generation: 0,
            began_at: 0,
            storage: assignment.storage,
            shipping: None,
            took: Span::ZERO,
            due: Span(u64::MAX),
            result: 0,
            over: None,
            returns: 0,
            is_suspended: false,
            is_sending: false,
            is_receipt_shown: false,
            assignment,
        });
        self.set_pace(manner, rules, world);
        self.begin_if_gathered(self.runs.len() - 1, manner, rules, wishes, world);
    }

    /// Computes, if all has come.
    fn begin_if_gathered(
        &mut self,
        place: usize,
        manner: Manner,
        rules: &Rules,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        let run = &mut self.runs[place];
        if run.stage != RunStage::Gathering || !run.is_gathered() {
            return;
        }
        let Assignment { run: number, task, .. } = *run.assignment;
        world.note(Fact::RunStarted { run: number, task, progress: run.done });
        run.since = world.now();
        let (interval, bytes) = (run.assignment.interval, run.assignment.checkpoint_bytes);
        // What a checkpoint will take can only be guessed yet.
        if bytes > 0 {
            run.due = interval.of(guessed(bytes), rules.service.checkpoint.mtbf);
        }
        self.execute(place, manner, rules, wishes, world);
    }

    /// Computes on, at the pace of now, until the end or the next checkpoint.
    fn execute(
        &mut self,
        place: usize,
        manner: Manner,
        rules: &Rules,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        let run = &mut self.runs[place];
        run.settle(world.now());
        run.stage = RunStage::Executing;
        run.rate = rate(run.amount, manner.pace, rules);
        run.generation += 1;
        if run.done >= run.assignment.cycles {
            self.finish(place, manner, wishes, world);
            return;
        }
        let Assignment { run: number, task, .. } = *run.assignment;
        match (run.is_suspended, run.rate == 0) {
            (false, true) => world.note(Fact::Suspended { run: number, task }),
            (true, false) => world.note(Fact::Resumed { run: number, task }),
            (false, false) | (true, true) => {}
        }
        run.is_suspended = run.rate == 0;
        if run.is_suspended {
            return;
        }
        let left = u128::from(run.assignment.cycles - run.done) * 1_000_000_000;
        let left = Span(u64::try_from(left.div_ceil(u128::from(run.rate))).unwrap_or(u64::MAX));
        let generation = run.generation;
        world.wake(left.min(run.due), Message::Timer(Timer::Step { run: number, generation }));
    }

    /// A run's end or its next checkpoint is due.
    pub(super) fn on_step(
        &mut self,
        run: u32,
        generation: u32,
        manner: Manner,
        rules: &Rules,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        let Some(place) = self.place(run) else { return };
        let now = world.now();
        let run = &mut self.runs[place];
        if run.generation != generation || run.stage != RunStage::Executing {
            return;
        }
        run.settle(now);
        if run.due == Span::ZERO && run.done < run.assignment.cycles {
            self.checkpoint(place, rules, world);
        }
        if self.runs[place].stage == RunStage::Executing {
            self.execute(place, manner, rules, wishes, world);
        }
    }

    /// The user's own input has come.
    pub(super) fn on_input(
        &mut self,
        run: u32,
        manner: Manner,
        rules: &Rules,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        let Some(place) = self.place(run) else { return };
        self.runs[place].awaits_input = false;
        self.begin_if_gathered(place, manner, rules, wishes, world);
    }

    /// A file has come, or is nowhere to be had.
    pub(super) fn on_file(
        &mut self,
        search: u32,
        is_here: bool,
        manner: Manner,
        rules: &Rules,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        let waits = |run: &Run| run.searches.contains(&search);
        let Some(place) = self.runs.iter().position(waits) else { return };
        if is_here {
            self.runs[place].searches.retain(|&other| other != search);
            self.begin_if_gathered(place, manner, rules, wishes, world);
            return;
        }
        let run = self.runs.swap_remove(place);
        world.send(run.user, Message::NoFile { run: run.assignment.run });
        wishes.push_back(Wish::EndRun { run: run.assignment.run, end: RunEnd::Evicted });
    }

    /// Whether a run of this user's goes on.
    pub(super) fn has(&self, run: u32, user: Addr) -> bool {
        self.place(run).is_some_and(|place| self.runs[place].user == user)
    }

    /// The sale behind a run is over. What is on its way to the user's node is seen through.
    pub(super) fn on_sale_over(
        &mut self,
        run: u32,
        is_cancelled: bool,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        let Some(place) = self.place(run) else { return };
        if self.runs[place].stage == RunStage::Returning {
            if !is_cancelled && !self.runs[place].is_sending {
                // It was sent in vain, and waits.
                self.runs[place].is_receipt_shown = true;
                self.runs[place].returns = 0;
                wishes.push_back(Wish::EndRun { run, end: RunEnd::Delivered });
            }
            self.runs[place].over = Some(is_cancelled);
        } else {
            self.take(place, Stopped::SaleOver, world);
        }
    }

    /// The user's node wants nothing of it any more.
    pub(super) fn on_stop(
        &mut self,
        run: u32,
        user: Addr,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        let Some(place) = self.place(run) else { return };
        if self.runs[place].user != user {
            return;
        }
        if self.runs[place].stage == RunStage::Returning {
            self.runs.swap_remove(place);
        } else {
            self.take(place, Stopped::SaleOver, world);
        }
        wishes.push_back(Wish::EndRun { run, end: RunEnd::Evicted });
    }

    /// Takes a run out that does not finish.
    fn take(&mut self, place: usize, why: Stopped, world: &mut dyn World<Message>) -> Run {
        let run = self.runs.swap_remove(place);
        let Assignment { run: number, task, .. } = *run.assignment;
        if run.is_open() {
            let executed = run.executed(world.now());
            world.note(Fact::RunEnded { run: number, task, executed, why });
        }
        run
    }

    /// The pace may be another than before.
    pub(super) fn set_pace(
        &mut self,
        manner: Manner,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> bool {
        let was_suspended = self.is_suspended;
        self.is_suspended = manner.pace == 0 && !self.runs.is_empty();
        if self.is_suspended && !was_suspended {
            self.suspensions += 1;
            let generation = self.suspensions;
            world.wake(rules.service.grace, Message::Timer(Timer::Grace { generation }));
        }
        self.runs.iter().any(|run| {
            run.stage == RunStage::Executing && run.rate != rate(run.amount, manner.pace, rules)
        })
    }

    /// All that executes goes on at the pace of now.
    pub(super) fn change_pace(
        &mut self,
        manner: Manner,
        rules: &Rules,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        if !self.set_pace(manner, rules, world) {
            return;
        }
        for place in 0..self.runs.len() {
            let run = &self.runs[place];
            let now = rate(run.amount, manner.pace, rules);
            if run.stage != RunStage::Executing || run.rate == now {
                continue;
            }
            self.execute(place, manner, rules, wishes, world);
        }
    }

    /// Runs have been suspended for so long: their owner gets the machine back.
    pub(super) fn on_grace(
        &mut self,
        generation: u32,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        if !self.is_suspended || generation != self.suspensions {
            return;
        }
        self.is_suspended = false;
        for place in (0..self.runs.len()).rev() {
            if self.runs[place].stage != RunStage::Returning {
                let run = self.take(place, Stopped::Evicted, world).assignment.run;
                wishes.push_back(Wish::EndRun { run, end: RunEnd::Evicted });
            }
        }
    }
}

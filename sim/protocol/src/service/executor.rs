//! A node that computes for others. A run is known by the purchase of its compute power: it begins
//! when code, input and, if it goes on from one, the checkpoint have come, and lives as long as the
//! sale (CompuP2P, V, VI-A).

use super::library::{Library, Want};
use super::message::{Assignment, Message, Storage, Timer};
use super::task::{agreed_result, right_result};
use super::{Wish, Wishes};
use crate::behaviour::ComputeBehaviour;
use crate::fact::{Fact, Stopped};
use crate::id::Addr;
use crate::ledger::WHOLE;
use crate::market::{RunEnd, Sale};
use crate::rules::Rules;
use crate::time::{Span, Time};
use crate::world::{Ticket, World};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// How often an output is sent in vain after the sale is over [ours].
const RETURNS_MAX: u8 = 5;
/// How often the pause before that is doubled [ours].
const DOUBLINGS_MAX: u8 = 6;

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

/// How far a run has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RunStage {
    /// Code, input or checkpoint have yet to come.
    Gathering,
    /// It computes.
    Executing,
    /// It waits for its checkpoint to be stored.
    Pausing,
    /// Its output goes to its user's node.
    Returning,
}

/// A run.
#[derive(Clone, Debug)]
pub struct Run {
    assignment: Box<Assignment>,
    user: Addr,
    /// What was sold, in cycles a second.
    amount: u64,
    stage: RunStage,
    /// Whether the user's own input has yet to come.
    awaits_input: bool,
    /// Whether a checkpoint has yet to come.
    awaits_snapshot: bool,
    /// Requests for that which were not answered.
    silent: u8,
    /// Files that have yet to come, by search.
    searches: Vec<u32>,
    /// Work that was done before, and by when, in cycles.
    done: u64,
    since: Time,
    /// In cycles a second; nothing unless it executes.
    rate: u64,
    /// Tells its timers from those of before.
    generation: u32,
    /// What it began with, in cycles: a checkpoint's progress.
    began_at: u64,
    storage: Option<Storage>,
    /// The checkpoint that is under way: its place, its progress, and since when.
    shipping: Option<(u32, u64, Time)>,
    /// How long the last checkpoint took.
    took: Span,
    /// How long it executes until the next.
    due: Span,
    result: u64,
    /// Of a run that returns its output and whose sale is over: whether the buyer said so.
    over: Option<bool>,
    /// How often its output was sent in vain since then.
    returns: u8,
    /// Whether its output is under way.
    is_sending: bool,
    /// Of one whose sale is over: whether the bank was shown its receipt.
    is_receipt_shown: bool,
}

impl Run {
    /// What it is.
    pub fn assignment(&self) -> &Assignment {
        &self.assignment
    }

    /// Who it is for.
    pub fn user(&self) -> Addr {
        self.user
    }

    /// Whether it was reported to begin, and not to end.
    pub fn is_open(&self) -> bool {
        matches!(self.stage, RunStage::Executing | RunStage::Pausing)
    }

    /// How far it has come.
    pub fn stage(&self) -> RunStage {
        self.stage
    }

    /// The work that this run did by now, in cycles.
    pub fn executed(&self, now: Time) -> u64 {
        self.progress(now) - self.began_at
    }

    fn progress(&self, now: Time) -> u64 {
        let more = u128::from(self.rate) * u128::from(now.since(self.since).0) / 1_000_000_000;
        (u128::from(self.done) + more).min(u128::from(self.assignment.cycles)) as u64
    }

    /// Counts what was done until now.
    fn settle(&mut self, now: Time) {
        if self.rate > 0 {
            self.due = self.due - now.since(self.since);
        }
        self.done = self.progress(now);
        self.since = now;
    }

    fn is_gathered(&self) -> bool {
        !self.awaits_input && !self.awaits_snapshot && self.searches.is_empty()
    }
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
        if rate(run.amount, manner.pace, rules) == 0 {
            world.note(Fact::Suspended { run: number, task });
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
        if run.rate == 0 {
            return;
        }
        let left = u128::from(run.assignment.cycles - run.done) * 1_000_000_000;
        let left = Span(u64::try_from(left.div_ceil(u128::from(run.rate))).unwrap_or(u64::MAX));
        let (number, generation) = (run.assignment.run, run.generation);
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

    /// Sends a checkpoint to the storage node. Without one the user's node is told so again.
    fn checkpoint(&mut self, place: usize, rules: &Rules, world: &mut dyn World<Message>) {
        let run = &mut self.runs[place];
        let Assignment { run: number, checkpoint_bytes, interval, .. } = *run.assignment;
        let cost = if run.took > Span::ZERO { run.took } else { guessed(checkpoint_bytes) };
        run.due = interval.of(cost, rules.service.checkpoint.mtbf);
        match run.storage {
            Some(_) if run.shipping.is_some() => {}
            Some(Storage { node, place }) => {
                let progress = run.done;
                run.shipping = Some((place, progress, world.now()));
                let checkpoint = Message::Checkpoint { place, run: number, progress };
                world.ship(node, checkpoint_bytes, checkpoint);
                if rules.service.checkpoint.blocking {
                    run.stage = RunStage::Pausing;
                    run.rate = 0;
                }
            }
            None => world.send(run.user, Message::StorageLost { run: number, place: u32::MAX }),
        }
    }

    /// A checkpoint is stored whole, or is not.
    #[expect(clippy::too_many_arguments, reason = "what came, and the layers around")]
    pub(super) fn on_checkpoint(
        &mut self,
        run: u32,
        at: u32,
        is_stored: bool,
        manner: Manner,
        rules: &Rules,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        let Some(place) = self.place(run) else { return };
        let now = world.now();
        let run = &mut self.runs[place];
        let is_current = run.storage.is_some_and(|storage| storage.place == at);
        // One that was under way to an earlier place ends too.
        let under_way = run.shipping.take_if(|(place, ..)| *place == at);
        let Assignment { run: number, task, checkpoint_bytes: bytes, .. } = *run.assignment;
        if !is_stored && is_current {
            run.storage = None;
            world.send(run.user, Message::StorageLost { run: number, place: at });
        } else if is_stored && let Some((_, progress, began)) = under_way {
            run.took = now.since(began);
            world.note(Fact::Checkpointed { run: number, task, bytes, progress });
        }
        if run.stage == RunStage::Pausing && run.shipping.is_none() {
            self.execute(place, manner, rules, wishes, world);
        }
    }

    /// Checkpoints go to another storage node from now on.
    pub(super) fn on_store_at(&mut self, run: u32, user: Addr, storage: Storage) {
        if let Some(place) = self.place(run)
            && self.runs[place].user == user
        {
            self.runs[place].storage = Some(storage);
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
        wishes.push(Wish::EndRun { run: run.assignment.run, end: RunEnd::Evicted });
    }

    /// The checkpoint has come, or there is none.
    pub(super) fn on_snapshot(
        &mut self,
        run: u32,
        progress: Option<u64>,
        manner: Manner,
        rules: &Rules,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        let Some(place) = self.place(run) else { return };
        let run = &mut self.runs[place];
        if !run.awaits_snapshot {
            return;
        }
        run.awaits_snapshot = false;
        let progress = progress.unwrap_or(0).min(run.assignment.cycles);
        run.done = progress;
        run.began_at = progress;
        self.begin_if_gathered(place, manner, rules, wishes, world);
    }

    /// The storage node does not answer, or broke off: it is asked a few times; then the run begins
    /// from nothing, and the user's node is told.
    pub(super) fn on_no_snapshot(
        &mut self,
        run: u32,
        manner: Manner,
        rules: &Rules,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        let Some(place) = self.place(run) else { return };
        let found = &mut self.runs[place];
        let Some(storage) = found.storage.filter(|_| found.awaits_snapshot) else { return };
        found.silent += 1;
        if u32::from(found.silent) < rules.overlay.attempts {
            fetch(&found.assignment, storage, rules, world);
            return;
        }
        found.storage = None;
        world.send(found.user, Message::StorageLost { run, place: storage.place });
        self.on_snapshot(run, None, manner, rules, wishes, world);
    }

    /// All work is done: sends the output.
    fn finish(
        &mut self,
        place: usize,
        manner: Manner,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        let now = world.now();
        let run = &mut self.runs[place];
        let Assignment { run: number, task, output, is_needed, .. } = *run.assignment;
        run.stage = RunStage::Returning;
        run.rate = 0;
        run.result = match manner.behaviour {
            ComputeBehaviour::Correct => right_result(task),
            _ if world.draw() % u64::from(WHOLE) >= u64::from(manner.error_rate) => {
                right_result(task)
            }
            ComputeBehaviour::Faulty => world.draw(),
            ComputeBehaviour::Malicious => agreed_result(task),
        };
        let executed = run.executed(now);
        world.note(Fact::RunEnded { run: number, task, executed, why: Stopped::Finished });
        if is_needed {
            wishes.push(Wish::Keep(output));
        }
        self.send_output(place, world);
    }

    fn send_output(&mut self, place: usize, world: &mut dyn World<Message>) {
        let run = &mut self.runs[place];
        run.is_sending = true;
        let Assignment { run: number, output, .. } = *run.assignment;
        world.ship(run.user, output.bytes, Message::Output { run: number, result: run.result });
    }

    /// The output has come to the user's node: the run is over.
    pub(super) fn on_returned(&mut self, run: u32, wishes: &mut Wishes) {
        let Some(place) = self.place(run) else { return };
        if !self.runs.swap_remove(place).is_receipt_shown {
            wishes.push(Wish::EndRun { run, end: RunEnd::Delivered });
        }
    }

    /// It has not: it is sent again, as long as the sale lasts. Then it is to be paid all the same:
    /// it was computed, and the user's node is not there to take it; should that come back, it is
    /// sent for a while yet.
    pub(super) fn on_not_returned(
        &mut self,
        run: u32,
        rules: &Rules,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        let Some(place) = self.place(run) else { return };
        let found = &mut self.runs[place];
        found.is_sending = false;
        if found.over == Some(false) && !found.is_receipt_shown {
            found.is_receipt_shown = true;
            found.returns = 0;
            wishes.push(Wish::EndRun { run, end: RunEnd::Delivered });
        }
        if found.over == Some(true) || (found.over == Some(false) && found.returns >= RETURNS_MAX) {
            self.runs.swap_remove(place);
            return;
        }
        // Ever more rarely: the user's node asks for it when it is back.
        let pause = rules.service.retry_pause * (1 << found.returns.min(DOUBLINGS_MAX));
        found.returns = found.returns.saturating_add(1);
        world.wake(pause, Message::Timer(Timer::Return { run }));
    }

    /// The user's node asks whether a run goes on: it is there. What is ready for it is sent.
    pub(super) fn on_asked(&mut self, run: u32, world: &mut dyn World<Message>) {
        if let Some(place) = self.place(run)
            && self.runs[place].stage == RunStage::Returning
            && !self.runs[place].is_sending
        {
            self.send_output(place, world);
        }
    }

    /// It is time to send an output again.
    pub(super) fn on_return(&mut self, run: u32, world: &mut dyn World<Message>) {
        let Some(place) = self.place(run) else { return };
        if self.runs[place].over == Some(true) {
            self.runs.swap_remove(place);
        } else if !self.runs[place].is_sending {
            self.send_output(place, world);
        }
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
                wishes.push(Wish::EndRun { run, end: RunEnd::Delivered });
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
        wishes.push(Wish::EndRun { run, end: RunEnd::Evicted });
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
            let Assignment { run: number, task, .. } = *run.assignment;
            if now == 0 {
                world.note(Fact::Suspended { run: number, task });
            } else if run.rate == 0 {
                world.note(Fact::Resumed { run: number, task });
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
                wishes.push(Wish::EndRun { run, end: RunEnd::Evicted });
            }
        }
    }
}

/// Asks the storage node for the last checkpoint.
fn fetch(assignment: &Assignment, storage: Storage, rules: &Rules, world: &mut dyn World<Message>) {
    let Assignment { run, checkpoint_bytes: bytes, .. } = *assignment;
    let fetch = Message::Fetch { place: storage.place, run, bytes };
    world.call(storage.node, fetch, rules.overlay.rpc_timeout);
}

/// Cycles a second, of what was sold at this pace in a sandbox.
fn rate(amount: u64, pace: u64, rules: &Rules) -> u64 {
    let sandbox = (rules.service.sandbox * f64::from(WHOLE) + 0.5) as u64;
    (u128::from(amount) * u128::from(pace) / u128::from(sandbox.max(1))) as u64
}

/// How long a checkpoint will take that was never made: as on a link of 10 Mbit/s [ours].
fn guessed(bytes: u64) -> Span {
    Span(u64::try_from(u128::from(bytes) * 1_000_000_000 / 1_250_000).unwrap_or(u64::MAX))
}

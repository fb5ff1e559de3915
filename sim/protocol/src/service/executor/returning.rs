//! A run's end: its result goes to its user's node.

use super::super::message::{Assignment, Message, Timer};
use super::super::task::{agreed_result, right_result};
use super::super::{Wish, Wishes};
use super::run::RunStage;
use super::{Executor, Manner};
use crate::behaviour::ComputeBehaviour;
use crate::fact::{Fact, Stopped};
use crate::ledger::WHOLE;
use crate::market::RunEnd;
use crate::rules::Rules;
use crate::world::World;

/// How often an output is sent in vain after the sale is over [ours].
const RETURNS_MAX: u8 = 5;
/// How often the pause before that is doubled [ours].
const DOUBLINGS_MAX: u8 = 6;

impl Executor {
    /// All work is done: sends the output.
    pub(super) fn finish(
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
            wishes.push_back(Wish::Keep(output));
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
    pub(in super::super) fn on_returned(&mut self, run: u32, wishes: &mut Wishes) {
        let Some(place) = self.place(run) else { return };
        if !self.runs.swap_remove(place).is_receipt_shown {
            wishes.push_back(Wish::EndRun { run, end: RunEnd::Delivered });
        }
    }

    /// It has not: it is sent again, as long as the sale lasts. Then it is to be paid all the same:
    /// it was computed, and the user's node is not there to take it; should that come back, it is
    /// sent for a while yet.
    pub(in super::super) fn on_not_returned(
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
            wishes.push_back(Wish::EndRun { run, end: RunEnd::Delivered });
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
    pub(in super::super) fn on_asked(&mut self, run: u32, world: &mut dyn World<Message>) {
        if let Some(place) = self.place(run)
            && self.runs[place].stage == RunStage::Returning
            && !self.runs[place].is_sending
        {
            self.send_output(place, world);
        }
    }

    /// It is time to send an output again.
    pub(in super::super) fn on_return(&mut self, run: u32, world: &mut dyn World<Message>) {
        let Some(place) = self.place(run) else { return };
        if self.runs[place].over == Some(true) {
            self.runs.swap_remove(place);
        } else if !self.runs[place].is_sending {
            self.send_output(place, world);
        }
    }
}

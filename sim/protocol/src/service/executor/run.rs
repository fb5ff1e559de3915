//! A run: how far it has come, and what it did.

use super::super::message::{Assignment, Storage};
use crate::id::Addr;
use crate::ledger::WHOLE;
use crate::rules::Rules;
use crate::time::{Span, Time};
use alloc::boxed::Box;
use alloc::vec::Vec;

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
    pub(super) assignment: Box<Assignment>,
    pub(super) user: Addr,
    /// What was sold, in cycles a second.
    pub(super) amount: u64,
    pub(super) stage: RunStage,
    /// Whether the user's own input has yet to come.
    pub(super) awaits_input: bool,
    /// Whether a checkpoint has yet to come.
    pub(super) awaits_snapshot: bool,
    /// Requests for that which were not answered.
    pub(super) silent: u8,
    /// Files that have yet to come, by search.
    pub(super) searches: Vec<u32>,
    /// Work that was done before, and by when, in cycles.
    pub(super) done: u64,
    pub(super) since: Time,
    /// In cycles a second; nothing unless it executes.
    pub(super) rate: u64,
    /// Tells its timers from those of before.
    pub(super) generation: u32,
    /// What it began with, in cycles: a checkpoint's progress.
    pub(super) began_at: u64,
    pub(super) storage: Option<Storage>,
    /// The checkpoint that is under way: its place, its progress, and since when.
    pub(super) shipping: Option<(u32, u64, Time)>,
    /// How long the last checkpoint took.
    pub(super) took: Span,
    /// How long it executes until the next.
    pub(super) due: Span,
    pub(super) result: u64,
    /// Of a run that returns its output and whose sale is over: whether the buyer said so.
    pub(super) over: Option<bool>,
    /// How often its output was sent in vain since then.
    pub(super) returns: u8,
    /// Whether its output is under way.
    pub(super) is_sending: bool,
    /// Of one whose sale is over: whether the bank was shown its receipt.
    pub(super) is_receipt_shown: bool,
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

    pub(super) fn progress(&self, now: Time) -> u64 {
        let more = u128::from(self.rate) * u128::from(now.since(self.since).0) / 1_000_000_000;
        (u128::from(self.done) + more).min(u128::from(self.assignment.cycles)) as u64
    }

    /// Counts what was done until now.
    pub(super) fn settle(&mut self, now: Time) {
        if self.rate > 0 {
            self.due = self.due - now.since(self.since);
        }
        self.done = self.progress(now);
        self.since = now;
    }

    pub(super) fn is_gathered(&self) -> bool {
        !self.awaits_input && !self.awaits_snapshot && self.searches.is_empty()
    }
}

/// Cycles a second, of what was sold at this pace in a sandbox.
pub(super) fn rate(amount: u64, pace: u64, rules: &Rules) -> u64 {
    let sandbox = (rules.service.sandbox * f64::from(WHOLE) + 0.5) as u64;
    (u128::from(amount) * u128::from(pace) / u128::from(sandbox.max(1))) as u64
}

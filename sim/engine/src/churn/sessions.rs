//! Which node is up when, computed on demand: the simulation keeps of each node only whether it is
//! up, and the number of its period.

use std::sync::Arc;

use compup2p_protocol::time::{Span, Time};

use super::trace::Trace;
use super::turnover::{Turnover, reserve};
use super::{Churn, SessionModel};
use crate::chance::{Chance, Draws, Purpose};
use crate::distribution::Distribution;

/// Whether a node takes part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It runs.
    Up,
    /// It is away.
    Down,
}

/// How a node goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// It says so first.
    Leave,
    /// It is gone without a word.
    Crash,
}

/// The up and down times of every node of one run.
///
/// A node's periods alternate and are counted from 0, the one in which it is at the start.
#[derive(Clone, Debug)]
pub struct Sessions {
    chance: Chance,
    source: Source,
    nodes: u32,
    graceful_fraction: f64,
    time_scale: f64,
    begins: Time,
    ends: Time,
}

#[derive(Clone, Debug)]
enum Source {
    Always,
    Drawn { up: Distribution<Span>, down: Distribution<Span>, up_share: f64 },
    Turnover(Turnover),
    Traced { trace: Arc<Trace>, repeats: bool },
}

impl State {
    /// The other one.
    pub const fn flipped(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }
}

impl Sessions {
    /// The sessions of a run of `nodes` nodes. `churn` has passed its check; `trace` is what its
    /// file holds, and is followed if given, whatever `churn.sessions` says.
    pub fn new(churn: &Churn, trace: Option<Arc<Trace>>, chance: Chance, nodes: u32) -> Self {
        let begins = Time::ZERO + churn.start_at;
        let ends = churn.stop_at.map_or(Time::NEVER, |stop_at| Time::ZERO + stop_at);
        let source = match (trace, &churn.sessions) {
            (Some(trace), _) => Source::Traced { trace, repeats: churn.trace_repeats },
            (None, SessionModel::None) => Source::Always,
            (None, SessionModel::Turnover { joins_per_s }) => {
                let mean_s = churn.time_scale / joins_per_s;
                Source::Turnover(Turnover::new(chance, mean_s, begins, ends))
            }
            (None, model @ (SessionModel::Preset { .. } | SessionModel::UpDown { .. })) => {
                let (up, down) = model.up_down().expect("presets and up, down have up and down");
                let up_share = up.mean() / (up.mean() + down.mean());
                Source::Drawn { up, down, up_share }
            }
        };
        let Churn { graceful_fraction, time_scale, .. } = *churn;
        Self { chance, source, nodes, graceful_fraction, time_scale, begins, ends }
    }

    /// How many nodes there are in all, `who` being below it: `nodes`, and with turnover the
    /// reserve as well.
    pub fn population(&self) -> u32 {
        match self.source {
            Source::Always | Source::Drawn { .. } | Source::Traced { .. } => self.nodes,
            Source::Turnover(_) => self.nodes.saturating_add(reserve(self.nodes)),
        }
    }

    /// How `who` is at the start, and when that first changes ([`Time::NEVER`] if it does not).
    ///
    /// Drawn sessions start in their steady state: up with probability up / (up + down), and what
    /// is left of the first period is a residual. With turnover the first `nodes` are up, and
    /// [`Sessions::turnover`] says who changes.
    pub fn initial(&self, who: u32) -> (State, Time) {
        match &self.source {
            Source::Always => (State::Up, Time::NEVER),
            Source::Turnover(_) => {
                let state = if who < self.nodes { State::Up } else { State::Down };
                (state, Time::NEVER)
            }
            Source::Drawn { up_share, .. } => {
                let mut draws = self.draws(who, 0);
                let (u, v) = (draws.next_unit(), draws.next_unit());
                draws.next_u64();
                let state = if draws.next_unit() < *up_share { State::Up } else { State::Down };
                let rest = self.periods(state).map_or(0.0, |p| p.residual_quantile(u, v));
                (state, self.change(self.begins, rest))
            }
            Source::Traced { trace, .. } => {
                let state = if trace.starts_up(who) { State::Up } else { State::Down };
                (state, self.traced(who, 0))
            }
        }
    }

    /// When the `nth` period of `who` ends (`nth` at least 1), which began `now` with `who`
    /// becoming `state`; [`Time::NEVER`] if it does not.
    pub fn next(&self, who: u32, nth: u64, state: State, now: Time) -> Time {
        match &self.source {
            Source::Always | Source::Turnover(_) => Time::NEVER,
            Source::Drawn { .. } => {
                let u = self.draws(who, nth).next_unit();
                self.change(now, self.periods(state).map_or(0.0, |period| period.quantile(u)))
            }
            Source::Traced { .. } => self.traced(who, nth),
        }
    }

    /// How `who` goes when its `nth` period, an up one, ends. With turnover, `nth` is the number
    /// of the moment at which it goes.
    pub fn exit(&self, who: u32, nth: u64) -> Exit {
        let mut draws = self.draws(who, nth);
        draws.next_u64();
        draws.next_u64();
        if draws.next_unit() < self.graceful_fraction { Exit::Leave } else { Exit::Crash }
    }

    /// The turnover, if that is how nodes change.
    pub fn turnover(&self) -> Option<&Turnover> {
        match &self.source {
            Source::Turnover(turnover) => Some(turnover),
            Source::Always | Source::Drawn { .. } | Source::Traced { .. } => None,
        }
    }

    /// The draws of one period: 0 its length, 1 the residual's second, 2 how it ends, 3 the state
    /// at the start.
    fn draws(&self, who: u32, nth: u64) -> Draws {
        self.chance.pure(Purpose::Churn, u64::from(who), nth)
    }

    fn periods(&self, state: State) -> Option<&Distribution<Span>> {
        match (&self.source, state) {
            (Source::Drawn { up, .. }, State::Up) => Some(up),
            (Source::Drawn { down, .. }, State::Down) => Some(down),
            (Source::Always | Source::Turnover(_) | Source::Traced { .. }, _) => None,
        }
    }

    /// The time `length_s` seconds after `from`, time scale applied. At least one nanosecond
    /// after it: a node does not go and come at one instant.
    fn change(&self, from: Time, length_s: f64) -> Time {
        let length = Span::from_secs_f64(length_s * self.time_scale).max(Span(1));
        self.unless_ended(from + length)
    }

    /// When the trace says that the `nth` period of `who` ends.
    fn traced(&self, who: u32, nth: u64) -> Time {
        let Source::Traced { trace, repeats } = &self.source else { return Time::NEVER };
        match trace.change(who, nth, *repeats) {
            None => Time::NEVER,
            Some(time) if self.time_scale == 1.0 => self.unless_ended(self.begins + time),
            Some(time) => {
                let scaled = Span((time.0 as f64 * self.time_scale) as u64);
                self.unless_ended(self.begins + scaled)
            }
        }
    }

    fn unless_ended(&self, time: Time) -> Time {
        if time < self.ends { time } else { Time::NEVER }
    }
}

#[cfg(test)]
mod tests;

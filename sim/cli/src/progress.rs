//! What a person sees while runs go on: a bar on a terminal, a line a run elsewhere.

use crate::runs::{Ran, Reason};
use crate::say::tell;
use compup2p_engine::trial::Trial;
use compup2p_protocol::time::{Span, Time};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// How far the runs of a scenario are.
pub(crate) struct Progress {
    began: Instant,
    bar: ProgressBar,
    lines: bool,
    runs: AtomicU64,
    ended: AtomicU64,
    events: AtomicU64,
}

/// How far one run is.
pub(crate) struct Going<'p> {
    of: &'p Progress,
    now: u64,
    events: u64,
}

impl Progress {
    /// Of these runs.
    pub(crate) fn new(trials: &[Trial], quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = if quiet || !terminal {
            ProgressBar::hidden()
        } else {
            ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(5))
        };
        let simulated = move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let total = state.len().unwrap_or(0);
            let _ = write!(out, "{}/{}", whole_seconds(state.pos()), whole_seconds(total));
        };
        let style = ProgressStyle::with_template(
            "{bar:30} {percent:>3} %  {simulated} simulated  {msg}  ETA {eta}",
        );
        bar.set_style(
            style.unwrap_or_else(|_| ProgressStyle::default_bar()).with_key("simulated", simulated),
        );
        let progress = Self {
            began: Instant::now(),
            bar,
            lines: !quiet && !terminal,
            runs: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            events: AtomicU64::new(0),
        };
        progress.more(trials);
        progress
    }

    /// So many more are to be run.
    pub(crate) fn more(&self, trials: &[Trial]) {
        let spans = trials.iter().map(|trial| trial.scenario.duration.0);
        self.bar.inc_length(spans.fold(0, u64::saturating_add));
        self.runs.fetch_add(trials.len() as u64, Ordering::Relaxed);
    }

    /// A run begins.
    pub(crate) fn going(&self) -> Going<'_> {
        Going { of: self, now: 0, events: 0 }
    }

    /// A run need not be run: it is kept from before, and no work that an estimate could learn
    /// from.
    pub(crate) fn was_there(&self, trial: &Trial) {
        self.ended.fetch_add(1, Ordering::Relaxed);
        let left = self.bar.length().unwrap_or(0).saturating_sub(trial.scenario.duration.0);
        self.bar.set_length(left);
    }

    /// A run has ended, or failed.
    pub(crate) fn ended(&self, trial: &Trial, end: Result<&Ran, &Reason>) {
        let nth = 1 + self.ended.fetch_add(1, Ordering::Relaxed);
        if self.lines {
            let all = self.runs.load(Ordering::Relaxed);
            let settings: String =
                trial.settings.iter().map(|(path, value)| format!("{path}={value}, ")).collect();
            let how = match end {
                Ok(ran) => format!("{} events in {:.1} s", ran.events, ran.cpu_s),
                Err(reason) => format!("failed: {reason}"),
            };
            let (seed, wall_s) = (trial.seed, self.began.elapsed().as_secs_f64());
            tell(&format!(
                "{nth} of {all}: {settings}seed {seed}, {how}, {wall_s:.1} s after the start"
            ));
        }
    }

    /// All have ended, or are given up.
    pub(crate) fn close(&self) {
        self.bar.finish_and_clear();
    }
}

impl Going<'_> {
    /// It has come so far.
    pub(crate) fn went_on(&mut self, now: Time, events: u64) {
        let total = self.of.events.fetch_add(events - self.events, Ordering::Relaxed);
        if !self.of.bar.is_hidden() {
            let rate = total as f64 / self.of.began.elapsed().as_secs_f64().max(1e-3);
            self.of.bar.inc(now.0 - self.now);
            self.of.bar.set_message(format!("{:.2} M events/s", rate / 1e6));
        }
        (self.now, self.events) = (now.0, events);
    }
}

fn whole_seconds(ns: u64) -> Span {
    Span::secs(ns / Span::secs(1).0)
}

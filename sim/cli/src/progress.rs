//! What a person sees while runs go on: a bar on a terminal, a line a run elsewhere.

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
    each: Vec<Going>,
    lines: bool,
}

#[derive(Default)]
struct Going {
    now: AtomicU64,
    events: AtomicU64,
}

impl Progress {
    /// Of these runs.
    pub(crate) fn new(trials: &[Trial], quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let total =
            trials.iter().map(|trial| trial.scenario.duration.0).fold(0, u64::saturating_add);
        let bar = if quiet || !terminal {
            ProgressBar::hidden()
        } else {
            ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(5))
        };
        let simulated = move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let _ = write!(out, "{}/{}", whole_seconds(state.pos()), whole_seconds(total));
        };
        let style = ProgressStyle::with_template(
            "{bar:30} {percent:>3} %  {simulated} simulated  {msg}  ETA {eta}",
        );
        bar.set_style(
            style.unwrap_or_else(|_| ProgressStyle::default_bar()).with_key("simulated", simulated),
        );
        let each = trials.iter().map(|_| Going::default()).collect();
        Self { began: Instant::now(), bar, each, lines: !quiet && !terminal }
    }

    /// A run has come so far.
    pub(crate) fn went_on(&self, run: u32, now: Time, events: u64) {
        let Some(going) = self.each.get(run as usize) else { return };
        going.now.store(now.0, Ordering::Relaxed);
        going.events.store(events, Ordering::Relaxed);
        if self.bar.is_hidden() {
            return;
        }
        let sum = |of: fn(&Going) -> &AtomicU64| {
            self.each.iter().map(|one| of(one).load(Ordering::Relaxed)).sum::<u64>()
        };
        let rate = sum(|one| &one.events) as f64 / self.began.elapsed().as_secs_f64().max(1e-3);
        self.bar.set_position(sum(|one| &one.now));
        self.bar.set_message(format!("{:.2} M events/s", rate / 1e6));
    }

    /// A run has ended.
    pub(crate) fn ended(&self, trial: &Trial, events: u64) {
        if self.lines {
            let (nth, all) = (trial.number() + 1, self.each.len());
            let settings: String =
                trial.settings.iter().map(|(path, value)| format!("{path}={value}, ")).collect();
            let (seed, wall) = (trial.seed, self.began.elapsed().as_secs_f64());
            eprintln!(
                "run {nth} of {all}, {settings}seed {seed}: {events} events, done after {wall:.1} s"
            );
        }
    }

    /// All have ended, or are given up.
    pub(crate) fn close(&self) {
        self.bar.finish_and_clear();
    }
}

fn whole_seconds(ns: u64) -> Span {
    Span::secs(ns / Span::secs(1).0)
}

//! A story as it is read: numbered lines under headings, in the paper's terms.

use super::phase::Phase;
use compup2p_protocol::id::Addr;
use compup2p_protocol::rules::Rules;
use compup2p_protocol::time::{Span, Time};
use std::fmt::Write as _;

/// Of whom a line tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Who {
    /// One says something to another.
    Between(Addr, Addr),
    /// One does something.
    Alone(Addr),
}

/// A story that is being told.
pub(super) struct Story {
    pub(super) rules: Rules,
    began: Option<Time>,
    text: String,
    lines: u32,
    phase: Option<Phase>,
    /// Answers in time to whether a run goes on, since the last line: told all at once.
    beats: u32,
}

impl Story {
    pub(super) fn new(rules: &Rules) -> Self {
        let (began, text, phase) = (None, String::new(), None);
        Self { rules: rules.clone(), began, text, lines: 0, phase, beats: 0 }
    }

    /// One more line. `kind` is the message's name in `messages.csv`.
    pub(super) fn tell(
        &mut self,
        phase: Phase,
        at: Time,
        who: Who,
        words: &str,
        kind: Option<&str>,
    ) {
        self.end_beats();
        if self.phase != Some(phase) {
            let heading = phase.heading(&self.rules);
            self.write(&format!("\n{heading}\n"));
            self.phase = Some(phase);
        }
        let since = at.since(*self.began.get_or_insert(at));
        self.lines += 1;
        let who = match who {
            Who::Between(from, to) => format!("{} -> {}:", self.name(from), self.name(to)),
            Who::Alone(node) => format!("{}:", self.name(node)),
        };
        let kind = kind.map(|kind| format!("  [{kind}]")).unwrap_or_default();
        /// From there on, milliseconds tell nothing.
        const LONG: Span = Span::secs(100);
        let since = match since {
            since if since < LONG => format!("{:+.3} ms", since.0 as f64 / 1e6),
            since => format!("{:+.3} s ", since.0 as f64 / 1e9),
        };
        let (lines, s) = (self.lines, at.0 as f64 / 1e9);
        self.write(&format!("{lines:>4}. {s:>12.6} s {since:>17}  {who} {words}{kind}\n"));
    }

    /// A run's user asked whether it goes on, and was told so.
    pub(super) fn beat(&mut self) {
        self.beats += 1;
    }

    fn end_beats(&mut self) {
        let times = match std::mem::take(&mut self.beats) {
            0 => return,
            1 => "once".to_owned(),
            beats => format!("{beats} times"),
        };
        self.write(&format!(
            "      (asked {times} whether the run goes on, it does)  [service.beat, service.alive]\n"
        ));
    }

    fn write(&mut self, text: &str) {
        let _infallible = self.text.write_str(text);
    }

    /// What a node is called: its address, and the beginning of its identifier.
    pub(super) fn name(&self, node: Addr) -> String {
        if node == self.rules.admin_at {
            return "AdminServer".to_owned();
        }
        let digits = (self.rules.overlay.bits as usize).div_ceil(4);
        let id = format!("{:0digits$x}", self.rules.id(node).0);
        let (begins, rest) = id.split_at(digits.min(4));
        let more = if rest.is_empty() { "" } else { "…" };
        format!("node {} (id {begins}{more})", node.0)
    }

    /// The part that is being told.
    pub(super) fn phase(&self) -> Option<Phase> {
        self.phase
    }

    /// The whole of it.
    pub(super) fn text(mut self) -> String {
        self.end_beats();
        self.text
    }
}

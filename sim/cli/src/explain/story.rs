//! A story as it is read: numbered lines under headings, in the paper's terms.

use compup2p_protocol::id::Addr;
use compup2p_protocol::rules::{PricingRule, Rules, Scheme};
use compup2p_protocol::time::Time;
use std::fmt::Write as _;

/// A part of a story.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    /// Of a lookup: all of it.
    LookingUp,
    /// Of a purchase: from the user's wish to the market owner.
    FindingMarket,
    /// The market owner names a seller.
    NamingSeller,
    /// The bank puts the money aside.
    Reserving,
    /// The seller sells, and holds what it sold.
    Delivery,
    /// The money goes its way.
    Payment,
    /// Of a sub-task: until nothing that it needs is missing.
    Waiting,
    /// Its compute power and storage are bought.
    Buying,
    /// Code and data go to the compute node.
    Sending,
    /// It is computed.
    Computing,
    /// Its checkpoints go to the storage node.
    Checkpoints,
    /// It goes on elsewhere.
    Migration,
    /// What came out goes to the user's node.
    Results,
    /// What came out is checked.
    Verification,
}

impl Phase {
    fn heading(self, rules: &Rules) -> String {
        match self {
            Self::LookingUp => "Looking the owner of the key up (find_successor of Chord)".into(),
            Self::FindingMarket => format!("Finding the market ({})", scheme(rules.market.scheme)),
            Self::NamingSeller => {
                format!("Being named a seller by the market owner ({})", rule(rules.pricing.rule))
            }
            Self::Reserving => "Reserving: the bank puts the total aside".into(),
            Self::Delivery => "Delivery: the seller sells, and holds what it sold".into(),
            Self::Payment => "Payment".into(),
            Self::Waiting => "Waiting for what it needs".into(),
            Self::Buying => "Buying".into(),
            Self::Sending => "Sending code and data".into(),
            Self::Computing => "Computing".into(),
            Self::Checkpoints => "Checkpoints".into(),
            Self::Migration => "Migration: it goes on at another compute node".into(),
            Self::Results => "Results".into(),
            Self::Verification => "Verification".into(),
        }
    }
}

fn scheme(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::SingleOverlay => "single overlay: the market for C is at the successor of C",
        Scheme::ProcessorOverlay => {
            "processor overlay: market owners are found by their CMID, which is the value C"
        }
        Scheme::Naive => "naive: all markets are at the successor of 0",
    }
}

fn rule(rule: PricingRule) -> &'static str {
    match rule {
        PricingRule::Vickrey => "reverse Vickrey: the least marginal cost wins, the second is paid",
        PricingRule::Commission => "commission: the least marginal cost wins, and is paid",
        PricingRule::VickreyCommission => "reverse Vickrey, with a commission for the market owner",
        PricingRule::MaxMin => "max-min payoff: the market owner reports the least and the highest",
        PricingRule::PostedPrices => "posted prices: the least price wins, and is paid",
    }
}

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
        let (lines, s, ms) = (self.lines, at.0 as f64 / 1e9, since.0 as f64 / 1e6);
        self.write(&format!("{lines:>4}. {s:>12.6} s {ms:>+14.3} ms  {who} {words}{kind}\n"));
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

//! How a transcript reads: one line a message, as it arrives, and a line for what was noted, in the
//! words of `wording.rs`. What keeps the rings is left out.

use super::Town;
use crate::fact::Fact;
use crate::id::Addr;
use crate::node::Message;
use crate::wording;
use crate::world::Arrival;
use alloc::format;
use alloc::string::String;
use core::fmt::Write as _;

impl Town {
    /// Begins to write down.
    pub(crate) fn transcribe(&mut self) {
        self.transcript = Some(String::new());
    }

    fn name(&self, addr: Addr) -> String {
        match addr {
            Addr(u32::MAX) => "user".into(),
            addr if addr == self.rules.admin_at => "admin".into(),
            Addr(n) => format!("node {n}"),
        }
    }

    pub(super) fn tell(&mut self, from: Addr, to: Addr, what: &str) {
        let (from, to) = (self.name(from), self.name(to));
        let at = self.now.as_secs();
        if let Some(transcript) = &mut self.transcript {
            let _infallible = writeln!(transcript, "{at:8.3} s  {from:>6} -> {to:<6}  {what}");
        }
    }

    pub(super) fn write(&mut self, to: Addr, arrival: &Arrival<Message>) {
        if self.transcript.is_none() {
            return;
        }
        let Some(what) = wording::message(arrival.message(), &self.rules) else { return };
        match *arrival {
            Arrival::Post { from, .. } => self.tell(from, to, &what),
            Arrival::Request { from, .. } => self.tell(from, to, &format!("{what}?")),
            Arrival::Answer { from, .. } => self.tell(from, to, &what),
            Arrival::Unanswered { to: silent, .. } => {
                self.tell(silent, to, &format!("(no answer to: {what})"));
            }
            Arrival::Broken { peer, .. } => self.tell(peer, to, &format!("(broke off: {what})")),
            Arrival::Shipped { .. } | Arrival::Timer(_) => {}
        }
    }

    pub(super) fn note(&mut self, at: Addr, fact: &Fact) {
        if self.transcript.is_none() {
            return;
        }
        let Some(what) = wording::fact(fact, &self.rules) else { return };
        let (now, name) = (self.now.as_secs(), self.name(at));
        if let Some(transcript) = &mut self.transcript {
            let _infallible = writeln!(transcript, "{now:8.3} s  {name:>6} :  {what}");
        }
    }
}

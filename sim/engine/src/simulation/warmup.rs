//! The warm-up: what happened in it does not count [ours]. Counts go on over the whole run, for
//! judges, the time series and whatever else looks at them; when the warm-up is over they are kept
//! as they are then, and taken away from the totals in the end. A state stays what it is, and peaks
//! begin anew.
//!
//! Something belongs to the warm-up if it ended in it. So a purchase, a sub-task or a backup counts
//! whole or not at all, and no share of them exceeds 1: what becomes known later of one that ended,
//! such as where its money went, is counted among what is taken away, too.

use super::Simulation;
use crate::data::Keeping;
use crate::observer::TransactionRow;
use crate::shipments::Counts;
use crate::surroundings::Traffic;
use crate::tally::Tally;
use compup2p_protocol::fact::Fact;
use compup2p_protocol::id::Addr;
use compup2p_protocol::market::Load;
use compup2p_protocol::time::Time;
use std::collections::BTreeSet;

/// What is known of the warm-up.
#[derive(Clone, Debug)]
pub(super) struct Warmup {
    /// What ends from then on counts.
    pub(super) until: Time,
    /// Backups that were wanted in it, by number.
    backups: BTreeSet<u32>,
    before: Option<Box<Before>>,
}

/// What does not count.
#[derive(Clone, Debug)]
struct Before {
    tally: Tally,
    traffic: Traffic,
    shipments: Counts,
    keeping: Keeping,
}

impl Warmup {
    /// A warm-up that begins.
    pub(super) fn new(until: Time) -> Self {
        Self { until, backups: BTreeSet::new(), before: None }
    }

    /// A user wants a backup.
    pub(super) fn want_backup(&mut self, backup: u32, now: Time) {
        if now < self.until {
            self.backups.insert(backup);
        }
    }

    /// Something was reported of data.
    pub(super) fn on_data(&mut self, fact: &Fact) {
        let Some(before) = &mut self.before else { return };
        if let Fact::BackedUp { backup, .. } | Fact::BackupFailed { backup, .. } = fact
            && self.backups.contains(backup)
        {
            before.keeping.on_fact(fact);
        }
    }

    /// The money of a purchase has gone its way.
    pub(super) fn on_money(&mut self, row: &TransactionRow) {
        if let Some(before) = self.before.as_mut().filter(|_| row.ended < self.until) {
            before.tally.trade.on_money(row);
            before.tally.profits.on_money(row);
        }
    }

    /// The money of a purchase is still put aside at the end.
    pub(super) fn on_undecided(&mut self, row: &TransactionRow) {
        if let Some(before) = self.before.as_mut().filter(|_| row.ended < self.until) {
            before.tally.trade.on_undecided(row);
            before.tally.profits.on_undecided(row);
        }
    }
}

impl Simulation {
    /// The warm-up is over. This is no event: the fingerprint is that of a run without it.
    pub(super) fn on_warmed_up(&mut self) {
        let mut tally = self.tally.clone();
        let (accepted, latency_ns) = self.purchases.accepted_under_way();
        tally.trade.go_on(accepted, latency_ns);
        let mut shipments = self.around.shipments.counts;
        shipments.asked -= self.around.shipments.under_way();
        self.warmup.before = Some(Box::new(Before {
            tally,
            traffic: self.around.traffic.clone(),
            shipments,
            keeping: self.keeping.clone(),
        }));
        for (place, node) in self.nodes.iter().enumerate() {
            let is_up = self.population.host(self.around.host_at(place)).is_up;
            let load = if is_up { node.load(&self.rules) } else { Load::default() };
            self.tally.loads.begin_anew(Addr(place as u32), load);
        }
    }

    /// Requests that the node at `addr` served, and messages that it read, as a market owner, as far
    /// as they count.
    pub(super) fn served(&self, addr: Addr) -> (u64, u64) {
        let (requests, messages) = self.tally.loads.served(addr);
        let before = self.warmup.before.as_ref();
        let before = before.map_or((0, 0), |before| before.tally.loads.served(addr));
        (requests - before.0, messages - before.1)
    }

    /// Takes away from the totals what does not count.
    pub(super) fn forget_warmup(&mut self) {
        self.tasks.forget_warmup();
        let Some(before) = self.warmup.before.take() else { return };
        self.tally.forget(&before.tally);
        self.around.traffic.forget(&before.traffic);
        self.around.shipments.counts.forget(&before.shipments);
        self.keeping.forget(&before.keeping);
    }
}

//! Counts of what was traded.

use crate::observer::{PurchaseOutcome, TransactionRow};
use compup2p_protocol::commodity::{Commodity, KINDS, ResourceKind};
use compup2p_protocol::fact::{Fact, Service};
use compup2p_protocol::market::Stall;
use std::collections::BTreeMap;

/// Outcomes of purchases, for tables by outcome.
pub const OUTCOMES: usize = PurchaseOutcome::Unfinished as usize + 1;

/// What was traded, in a run.
#[derive(Clone, Debug, Default)]
pub struct Trade {
    /// Purchases by outcome.
    pub ended: [u64; OUTCOMES],
    /// Purchases whose buyer told how they ended: all but those cut off by the end of the run, or
    /// of their buyer.
    pub told: u64,
    /// Markets asked, summed over those.
    pub attempts: u64,
    /// Hops of their lookups in both rings, summed.
    pub hops: u64,
    /// Purchases that a seller accepted, whatever became of them.
    pub accepted: u64,
    /// From question to accept, summed over those.
    pub latency_ns: u128,
    /// Accepts. After a warm-up those count that came later; and as `accepted` purchases that ended
    /// later, some of which had been accepted before.
    pub accepts: u64,
    /// What buyers paid for completed purchases, in micro-credits.
    pub paid: u128,
    /// What buyers paid for all purchases whose money has gone its way, in micro-credits.
    pub paid_in_all: u128,
    /// Who gained what, of all purchases.
    pub welfare: Welfare,
    /// What an omniscient matcher could have gained of those that did not end with the run, in
    /// micro-credits.
    pub best_gains: u128,
    /// Sellers accepted who had bid least of those that were to be had.
    pub cheapest_chosen: u64,
    /// Purchases that the bank paid because of a delivery receipt.
    pub paid_by_receipt: u64,
    /// Purchases for which something was paid.
    pub paid_for: u64,
    /// Purchases whose buyer had all that it bought, and that nobody paid.
    pub unpaid: u64,
    /// Listings taken in, repeated ones included.
    pub listed: u64,
    /// Listings dropped because they were over.
    pub purged: u64,
    /// Listings whose seller did not answer its market owner's ping.
    pub stale_pinged: u64,
    /// Sellers told of although their listing was over.
    pub late_used: u64,
    /// Buyers that a seller refused.
    pub refused: u64,
    /// Requests of buyers that market owners answered with a seller.
    pub quoted: u64,
    /// Requests that were passed on to the market above.
    pub passed_on: u64,
    /// Requests for which there was nobody.
    pub nobody: u64,
    /// All of these by the market that was asked.
    pub requests: BTreeMap<Commodity, u64>,
    /// Markets opened.
    pub opened: u64,
    /// Markets handed over to their owner.
    pub handed_over: u64,
    /// Sellers with compute power sold, now.
    pub busy: u64,
    /// What is there, by kind.
    pub supplies: [Supply; KINDS.len()],
    /// The sum over samples of markets.
    pub markets_sampled: u64,
    /// The sum over samples of markets beside another for the same commodity.
    pub doubled_sampled: u64,
}

/// Gains from trade, in micro-credits; losses are below zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Welfare {
    /// What was bought was worth so much more to buyers than they paid.
    pub buyers: i128,
    /// Sellers got so much more than it cost them.
    pub sellers: i128,
    /// Market owners got so much.
    pub mos: i128,
}

impl Welfare {
    /// All of it: what things were worth to their buyers less what they cost their sellers.
    pub fn all(&self) -> i128 {
        self.buyers + self.sellers + self.mos
    }
}

/// What the hosts that are up have of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Supply {
    /// Sold, now.
    pub sold: u128,
    /// Offered, sold or not, now.
    pub offered: u128,
    /// There, now.
    pub nominal: u128,
    /// The sums of these over samples.
    pub sold_sampled: u128,
    /// As above.
    pub offered_sampled: u128,
    /// As above.
    pub nominal_sampled: u128,
}

impl Supply {
    /// Counts in what is there now.
    pub fn sample(&mut self) {
        self.sold_sampled += self.sold;
        self.offered_sampled += self.offered;
        self.nominal_sampled += self.nominal;
    }

    /// The share of what is there that is sold, now.
    pub fn utilisation(&self) -> f64 {
        if self.nominal == 0 { 0.0 } else { self.sold as f64 / self.nominal as f64 }
    }

    /// The share of what is there that is offered, now.
    pub fn share_offered(&self) -> f64 {
        if self.nominal == 0 { 0.0 } else { self.offered as f64 / self.nominal as f64 }
    }
}

impl Trade {
    /// A node reported something about trade.
    pub fn on_fact(&mut self, fact: &Fact) {
        match *fact {
            Fact::Listed { .. } => self.listed += 1,
            Fact::Purged { count, .. } => self.purged += u64::from(count),
            Fact::StaleSellerPinged(_) => self.stale_pinged += 1,
            Fact::LateListingUsed(_) => self.late_used += 1,
            Fact::SaleRefused { .. } => self.refused += 1,
            Fact::RequestServed { commodity, service, .. } => {
                *self.requests.entry(commodity).or_default() += 1;
                match service {
                    Service::Quoted => self.quoted += 1,
                    Service::PassedOn => self.passed_on += 1,
                    Service::Nobody => self.nobody += 1,
                }
            }
            Fact::MarketOpened(_) => self.opened += 1,
            Fact::HandedOver { .. } => self.handed_over += 1,
            Fact::Sold { kind, amount, sold, .. } => {
                self.supplies[kind as usize].sold += u128::from(amount);
                self.busy += u64::from(kind == ResourceKind::Cpu && sold == amount);
            }
            Fact::Freed { kind, amount, sold, .. } => {
                self.supplies[kind as usize].sold -= u128::from(amount);
                self.busy -= u64::from(kind == ResourceKind::Cpu && sold == 0);
            }
            Fact::Offers { kind, before, now } => {
                let offered = &mut self.supplies[kind as usize].offered;
                *offered = *offered - u128::from(before) + u128::from(now);
            }
            Fact::PurchaseAccepted(acceptance) => {
                self.accepted += 1;
                self.accepts += 1;
                self.latency_ns += u128::from(acceptance.latency.0);
            }
            Fact::Lookup(_)
            | Fact::Joined
            | Fact::JoinFailed
            | Fact::SuccessorsLost(_)
            | Fact::HopsExhausted(_)
            | Fact::MarketClosed(_)
            | Fact::Delisted(_)
            | Fact::Named { .. }
            | Fact::Paid { .. }
            | Fact::Returned { .. }
            | Fact::PurchaseEnded(_)
            | Fact::Ordered(_)
            | Fact::TaskReady { .. }
            | Fact::RunStarted { .. }
            | Fact::RunEnded { .. }
            | Fact::Checkpointed { .. }
            | Fact::Suspended { .. }
            | Fact::Resumed { .. }
            | Fact::ReplicaFailed { .. }
            | Fact::WrongResult { .. }
            | Fact::TaskEnded(_)
            | Fact::JobEnded { .. }
            | Fact::Notified { .. }
            | Fact::Progressed { .. }
            | Fact::BackedUp { .. }
            | Fact::CopyStored { .. }
            | Fact::CopyLost { .. }
            | Fact::RepairBegan { .. }
            | Fact::CopyRepaired { .. }
            | Fact::Restored { .. }
            | Fact::RestoreFailed { .. }
            | Fact::BackupFailed { .. }
            | Fact::Downloaded { .. }
            | Fact::DownloadFailed { .. }
            | Fact::FileGot { .. } => {}
        }
    }

    /// A purchase ended.
    pub fn on_end(&mut self, row: &TransactionRow) {
        self.ended[row.outcome as usize] += 1;
        if !row.is_cut_off() {
            self.told += 1;
            self.attempts += u64::from(row.attempts);
            self.hops += u64::from(row.hops);
        }
        self.cheapest_chosen += u64::from(row.is_cheapest());
        if row.outcome != PurchaseOutcome::Unfinished {
            self.best_gains += u128::from(row.best_gain);
        }
        if row.outcome == PurchaseOutcome::Completed {
            self.paid += u128::from(row.total);
        }
    }

    /// The money of a purchase that ended has gone its way, if there was any.
    pub fn on_money(&mut self, row: &TransactionRow) {
        self.paid_in_all += u128::from(row.total);
        if row.seller.is_none() {
            return;
        }
        self.paid_for += u64::from(row.total > 0);
        self.paid_by_receipt += u64::from(row.by_receipt);
        self.unpaid += u64::from(row.for_delivered(row.seller_cost) > 0 && row.total == 0);
        // A buyer that is gone has nothing of what it bought.
        let is_gone = row.outcome == PurchaseOutcome::BuyerFailed;
        let worth = if is_gone { 0 } else { row.for_delivered(row.budget) };
        let cost = row.for_delivered(row.seller_cost);
        self.welfare.buyers += i128::from(worth) - i128::from(row.total);
        self.welfare.sellers += i128::from(row.seller_payoff) - i128::from(cost);
        self.welfare.mos += i128::from(row.mo_payoff);
    }

    /// The run is over, and the money of a purchase that ended is still put aside.
    pub fn on_undecided(&mut self, row: &TransactionRow) {
        if row.outcome != PurchaseOutcome::Unfinished {
            self.best_gains -= u128::from(row.best_gain);
        }
    }

    /// A host came up with this to sell; a part of it may be sold since before.
    pub fn on_rise(&mut self, stall: &Stall) {
        let supply = &mut self.supplies[stall.kind() as usize];
        supply.nominal += u128::from(stall.nominal());
        supply.offered += u128::from(stall.offered());
        supply.sold += u128::from(stall.sold());
    }

    /// A host that had this to sell went down.
    pub fn on_fall(&mut self, stall: &Stall) {
        let supply = &mut self.supplies[stall.kind() as usize];
        supply.nominal -= u128::from(stall.nominal());
        supply.offered -= u128::from(stall.offered());
        supply.sold -= u128::from(stall.sold());
        self.busy -= u64::from(stall.kind() == ResourceKind::Cpu && stall.sold() > 0);
    }

    /// So many of the purchases that a seller accepted, after so long in all, go on: they are not
    /// among those that are over.
    pub fn go_on(&mut self, accepted: u64, latency_ns: u128) {
        self.accepted -= accepted;
        self.latency_ns -= latency_ns;
    }

    /// Leaves what was counted since it was `before`; what is a state stays.
    pub fn forget(&mut self, before: &Self) {
        let Self { ended, told, attempts, hops, accepted, latency_ns, accepts, .. } = before;
        self.ended.iter_mut().zip(ended).for_each(|(all, before)| *all -= before);
        self.told -= told;
        self.attempts -= attempts;
        self.hops -= hops;
        self.accepted -= accepted;
        self.latency_ns -= latency_ns;
        self.accepts -= accepts;
        let Self { paid, paid_in_all, welfare, best_gains, cheapest_chosen, .. } = before;
        self.paid -= paid;
        self.paid_in_all -= paid_in_all;
        self.welfare.buyers -= welfare.buyers;
        self.welfare.sellers -= welfare.sellers;
        self.welfare.mos -= welfare.mos;
        self.best_gains -= best_gains;
        self.cheapest_chosen -= cheapest_chosen;
        let Self { paid_by_receipt, paid_for, unpaid, listed, purged, stale_pinged, .. } = before;
        self.paid_by_receipt -= paid_by_receipt;
        self.paid_for -= paid_for;
        self.unpaid -= unpaid;
        self.listed -= listed;
        self.purged -= purged;
        self.stale_pinged -= stale_pinged;
        let Self { late_used, refused, quoted, passed_on, nobody, requests, .. } = before;
        self.late_used -= late_used;
        self.refused -= refused;
        self.quoted -= quoted;
        self.passed_on -= passed_on;
        self.nobody -= nobody;
        self.requests.retain(|market, all| {
            *all -= requests.get(market).copied().unwrap_or(0);
            *all > 0
        });
        let Self { opened, handed_over, supplies, markets_sampled, doubled_sampled, .. } = before;
        self.opened -= opened;
        self.handed_over -= handed_over;
        for (supply, before) in self.supplies.iter_mut().zip(supplies) {
            supply.sold_sampled -= before.sold_sampled;
            supply.offered_sampled -= before.offered_sampled;
            supply.nominal_sampled -= before.nominal_sampled;
        }
        self.markets_sampled -= markets_sampled;
        self.doubled_sampled -= doubled_sampled;
    }

    /// What there is of a kind.
    pub fn supply(&self, kind: ResourceKind) -> &Supply {
        &self.supplies[kind as usize]
    }

    /// Purchases that ended so.
    pub fn with(&self, outcome: PurchaseOutcome) -> u64 {
        self.ended[outcome as usize]
    }

    /// Purchases that ended.
    pub fn all(&self) -> u64 {
        self.ended.iter().sum()
    }
}

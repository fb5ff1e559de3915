//! Counts of what was traded.

use crate::observer::{PurchaseOutcome, TransactionRow};
use compup2p_protocol::commodity::Commodity;
use compup2p_protocol::fact::{Fact, Service};
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
    /// What buyers paid for completed purchases, in micro-credits.
    pub paid: u128,
    /// What those sales cost their sellers, with their listing fees.
    pub sellers_spent: u128,
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
    /// Sellers with something sold, now.
    pub busy: u64,
    /// Capacity sold, now.
    pub sold: u64,
    /// Capacity of the hosts that are up, sold or not.
    pub capacity: u64,
    /// The sum over samples of capacity sold.
    pub sold_sampled: u128,
    /// The sum over samples of capacity.
    pub capacity_sampled: u128,
    /// The sum over samples of markets.
    pub markets_sampled: u64,
    /// The sum over samples of markets beside another for the same commodity.
    pub doubled_sampled: u64,
}

impl Trade {
    /// A node reported something about trade.
    pub fn on_fact(&mut self, fact: &Fact, capacity: u64) {
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
            Fact::Sold { amount, free, .. } => {
                self.sold += amount;
                self.busy += u64::from(free + amount == capacity);
            }
            Fact::Freed { amount, free, .. } => {
                self.sold -= amount;
                self.busy -= u64::from(amount > 0 && free == capacity);
            }
            Fact::PurchaseAccepted(acceptance) => {
                self.accepted += 1;
                self.latency_ns += u128::from(acceptance.latency.0);
            }
            Fact::Lookup(_)
            | Fact::Joined
            | Fact::JoinFailed
            | Fact::SuccessorsLost(_)
            | Fact::HopsExhausted(_)
            | Fact::MarketClosed(_)
            | Fact::Delisted(_)
            | Fact::PurchaseEnded(_) => {}
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
        if row.outcome == PurchaseOutcome::Completed {
            self.paid += u128::from(row.total);
            self.sellers_spent += u128::from(row.true_mc);
        }
    }

    /// A host with `capacity` came up.
    pub fn on_rise(&mut self, capacity: u64) {
        self.capacity += capacity;
    }

    /// A host went down, with `free` of its capacity unsold.
    pub fn on_fall(&mut self, capacity: u64, free: u64) {
        self.capacity -= capacity;
        self.sold -= capacity - free;
        self.busy -= u64::from(free < capacity);
    }

    /// Purchases that ended so.
    pub fn with(&self, outcome: PurchaseOutcome) -> u64 {
        self.ended[outcome as usize]
    }

    /// Purchases that ended.
    pub fn all(&self) -> u64 {
        self.ended.iter().sum()
    }

    /// Share of capacity that is sold, now.
    pub fn utilisation(&self) -> f64 {
        if self.capacity == 0 { 0.0 } else { self.sold as f64 / self.capacity as f64 }
    }
}

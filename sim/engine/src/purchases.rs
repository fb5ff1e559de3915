//! Purchases under way, as their rows will tell them. A purchase ends once.

use crate::observer::TransactionRow;
use compup2p_protocol::fact::{Acceptance, PurchaseEnd, PurchaseOutcome};
use compup2p_protocol::id::Addr;
use compup2p_protocol::rules::Rules;
use compup2p_protocol::time::{Span, Time};
use std::collections::BTreeMap;

/// A purchase under way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Open {
    at: Time,
    buyer: Addr,
    requested: u64,
    acceptance: Option<Acceptance>,
}

/// The purchases under way, and how many there were.
#[derive(Clone, Debug, Default)]
pub struct Purchases {
    open: BTreeMap<u32, Open>,
    asked: u32,
    ended_twice: u64,
    last_ended: Time,
}

impl Purchases {
    /// A user wants to buy: the purchase's number.
    pub fn ask(&mut self, at: Time, buyer: Addr, requested: u64) -> u32 {
        let number = self.asked;
        self.asked += 1;
        self.open.insert(number, Open { at, buyer, requested, acceptance: None });
        number
    }

    /// A seller accepted.
    pub fn accept(&mut self, acceptance: Acceptance) {
        if let Some(open) = self.open.get_mut(&acceptance.purchase) {
            open.acceptance = Some(acceptance);
        }
    }

    /// A purchase ended: its row. `true_mc` is what a seller's sale costs it, in credits, its
    /// listing fee included.
    pub fn end(
        &mut self,
        end: PurchaseEnd,
        now: Time,
        true_mc: impl Fn(Addr) -> u64,
    ) -> Option<TransactionRow> {
        let Some(open) = self.open.remove(&end.purchase) else {
            self.ended_twice += 1;
            return None;
        };
        self.last_ended = now;
        let sale = open.acceptance;
        let credits = |amount: Option<u64>| amount.unwrap_or(0);
        // Of what was agreed, only what is completed is paid.
        let paid = sale.filter(|_| end.outcome == PurchaseOutcome::Completed);
        let seller_payoff = credits(paid.map(|sale| sale.seller_payoff.0));
        let mo_payoff = credits(paid.map(|sale| sale.mo_payoff.0));
        Some(TransactionRow {
            purchase: u64::from(end.purchase),
            at: open.at,
            ended: now,
            buyer: open.buyer,
            seller: sale.map(|sale| sale.seller),
            mo: sale.map(|sale| sale.mo),
            commodity: sale.map(|sale| sale.commodity),
            requested: open.requested,
            attempts: u32::from(end.attempts),
            hops: u32::from(end.hops),
            latency: sale.map_or(Span::ZERO, |sale| sale.latency),
            true_mc: credits(sale.map(|sale| true_mc(sale.seller) * MICRO)),
            reported_mc: credits(sale.map(|sale| u64::from(sale.reported_mc) * MICRO)),
            seller_payoff,
            mo_payoff,
            total: seller_payoff + mo_payoff,
            outcome: end.outcome,
        })
    }

    /// The purchases under way, by number.
    pub fn under_way(&self) -> Vec<u32> {
        self.open.keys().copied().collect()
    }

    /// Whether none is under way.
    pub fn are_over(&self) -> bool {
        self.open.is_empty()
    }

    /// How many were asked for.
    pub fn asked(&self) -> u32 {
        self.asked
    }

    /// When the last one ended so far.
    pub fn last_ended(&self) -> Time {
        self.last_ended
    }

    /// Purchases that were reported to end and were not under way.
    pub fn ended_twice(&self) -> u64 {
        self.ended_twice
    }
}

/// Micro-credits in a credit.
const MICRO: u64 = 1_000_000;

/// A purchase that did not end by itself.
pub fn cut_off(purchase: u32, outcome: PurchaseOutcome) -> PurchaseEnd {
    PurchaseEnd { purchase, outcome, attempts: 0, hops: 0 }
}

/// What a sale costs a seller whose own cost is `cost`, in credits: with its listing fee.
pub fn true_mc(cost: u32, rules: &Rules) -> u64 {
    u64::from(cost) + u64::from(rules.pricing.listing_fee)
}

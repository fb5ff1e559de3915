//! A purchase under way, and what a buyer keeps of all of them.

use super::super::{NOBODY, News};
use crate::commodity::{Commodity, ResourceKind};
use crate::fact::PurchaseOutcome;
use crate::id::Addr;
use crate::ledger::WHOLE;
use crate::order::Order;
use crate::pricing::{Report, Terms};
use crate::time::Time;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// How far a purchase has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Waits to be named a market owner (processor overlay).
    Contacting,
    /// Looks for a market, or waits for a market owner's answer.
    Seeking,
    /// Waits for the bank to put the money aside.
    Reserving,
    /// Waits for the seller.
    Buying,
    /// Holds what it bought.
    Holding,
    /// Waits for the bank to pay the seller.
    Settling,
    /// Has asked the bank for the money back, for a result that was good.
    Disputing,
}

/// A purchase under way.
#[derive(Clone, Copy, Debug)]
pub struct Purchase {
    /// What was ordered.
    pub order: Order,
    /// How far it has come.
    pub stage: Stage,
    /// Requests of this stage that were not answered.
    pub(super) tries: u8,
    /// Markets asked.
    pub(super) attempts: u8,
    /// Times that no market could be asked.
    pub(super) lost: u8,
    /// Totals that the bank was asked to put aside.
    pub(super) reservations: u8,
    pub(super) hops: u16,
    /// A seller that was told of had gone, or refused.
    pub(super) was_refused: bool,
    /// A market had sellers, none of them within the budget.
    pub(super) is_dear: bool,
    /// The amount, rounded up.
    pub(super) wanted: Commodity,
    /// The least commodity to ask for next (single overlay).
    pub(super) sought: Commodity,
    pub(super) began: Time,
    /// When the seller accepted.
    pub(super) held_since: Time,
    /// Whom it asked last, or who named the seller.
    pub(super) mo: Addr,
    pub(super) seller: Addr,
    /// Of the market that named the seller.
    pub(super) commodity: Commodity,
    pub(super) report: Report,
    pub(super) terms: Terms,
    /// The share that is to be paid, in parts of a million, and what the purchase ends as.
    pub(super) share: u32,
    pub(super) ends_as: PurchaseOutcome,
}

impl Purchase {
    /// Whether it is compute power for the service layer: its seller computes until it is done, and
    /// does not say when its time is over.
    pub(super) fn is_run(&self) -> bool {
        self.order.service.is_some() && self.order.kind == ResourceKind::Cpu
    }

    pub(super) fn new(order: Order, began: Time) -> Self {
        Self {
            order,
            stage: Stage::Seeking,
            tries: 0,
            attempts: 0,
            lost: 0,
            reservations: 0,
            hops: 0,
            was_refused: false,
            is_dear: false,
            wanted: Commodity::default(),
            sought: Commodity::default(),
            began,
            held_since: Time::NEVER,
            mo: NOBODY,
            seller: NOBODY,
            commodity: Commodity::default(),
            report: Report::default(),
            terms: Terms::default(),
            share: WHOLE,
            ends_as: PurchaseOutcome::Completed,
        }
    }
}

/// A node as a buyer: its purchases under way. Few at a time, so they are searched one by one.
#[derive(Clone, Debug)]
pub struct Buyer {
    /// Of who has bought before.
    business: Option<Box<Business>>,
    /// A market owner of the processor overlay that answered last.
    pub(super) known_owner: Addr,
}

/// What a buyer has under way, and what the service layer has yet to be told.
#[derive(Clone, Debug, Default)]
struct Business {
    purchases: Vec<Purchase>,
    news: Vec<News>,
    /// Sellers that are not bought from again for the same of the service layer.
    barred: Vec<Barred>,
}

/// A seller that is not bought from again.
#[derive(Clone, Copy, Debug)]
struct Barred {
    purchase: u32,
    service: u32,
    seller: Addr,
    why: Bar,
}

/// Why a seller is not bought from again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Bar {
    /// It serves a purchase that was made before a crash.
    Serves,
    /// It did not see a run through: others are tried first.
    Failed,
    /// What it delivered was wrong.
    Wrong,
}

/// Most sellers that are remembered so; the oldest is forgotten first.
const BARRED_MAX: usize = 256;

impl Default for Buyer {
    fn default() -> Self {
        Self { business: None, known_owner: NOBODY }
    }
}

impl Buyer {
    /// What is under way, for judges.
    pub fn purchases(&self) -> &[Purchase] {
        self.business.as_ref().map_or(&[], |business| &business.purchases)
    }

    fn all(&mut self) -> &mut Vec<Purchase> {
        &mut self.business.get_or_insert_default().purchases
    }

    /// The service layer is to be told.
    pub(in super::super) fn tell(&mut self, news: News) {
        self.business.get_or_insert_default().news.push(news);
    }

    /// What the service layer has yet to be told, in order.
    pub(in super::super) fn take_news(&mut self) -> Vec<News> {
        self.business.as_mut().map(|b| core::mem::take(&mut b.news)).unwrap_or_default()
    }

    /// Takes a purchase out, if it is under way and at this stage.
    pub(super) fn take(&mut self, number: u32, stage: Stage) -> Option<Purchase> {
        let is_it = |p: &Purchase| p.order.purchase == number && p.stage == stage;
        let place = self.purchases().iter().position(is_it)?;
        Some(self.all().swap_remove(place))
    }

    /// Takes a purchase out, at whatever stage before the bank is to pay.
    pub(super) fn take_unpaid(&mut self, number: u32) -> Option<Purchase> {
        let is_it = |p: &Purchase| {
            let is_paying = matches!(p.stage, Stage::Settling | Stage::Disputing);
            p.order.purchase == number && !is_paying
        };
        let place = self.purchases().iter().position(is_it)?;
        Some(self.all().swap_remove(place))
    }

    /// What is on disk after a crash: who serves what.
    pub(in super::super) fn after_restart(&self) -> Self {
        let mut buyer = Self::default();
        if let Some(business) = &self.business {
            let held = business.purchases.iter().filter(|p| p.stage == Stage::Holding);
            let served = held.filter_map(|p| {
                let (purchase, service) = (p.order.purchase, p.order.service?);
                Some(Barred { purchase, service, seller: p.seller, why: Bar::Serves })
            });
            let barred: Vec<_> = business.barred.iter().copied().chain(served).collect();
            if !barred.is_empty() {
                buyer.business.get_or_insert_default().barred = barred;
            }
        }
        buyer
    }

    /// Whether a seller serves what an order is for already, or served it badly.
    pub(super) fn is_barred(&self, order: &Order, seller: Addr) -> bool {
        let (Some(service), Some(business)) = (order.service, &self.business) else { return false };
        let serves = |p: &Purchase| p.seller == seller && p.order.service == order.service;
        let is_it = |barred: &Barred| barred.seller == seller && barred.service == service;
        business.purchases.iter().any(serves) || business.barred.iter().any(is_it)
    }

    /// A purchase of the service layer's showed that its seller is not to be bought from again for
    /// the same.
    pub(super) fn bar(&mut self, purchase: &Purchase, why: Bar) {
        let Some(service) = purchase.order.service else { return };
        let barred = &mut self.business.get_or_insert_default().barred;
        if barred.len() == BARRED_MAX {
            barred.remove(0);
        }
        let (purchase, seller) = (purchase.order.purchase, purchase.seller);
        barred.push(Barred { purchase, service, seller, why });
    }

    /// A purchase that was made before a crash is over; its seller failed, or not.
    pub(super) fn unbar(&mut self, purchase: u32, failed: Option<Bar>) {
        let Some(business) = &mut self.business else { return };
        if let Some(why) = failed {
            let is_it = |barred: &&mut Barred| barred.purchase == purchase;
            business.barred.iter_mut().filter(is_it).for_each(|barred| barred.why = why);
        } else {
            business.barred.retain(|barred| barred.purchase != purchase);
        }
    }

    /// Nobody else sells: those that failed may try once more.
    pub(super) fn forgive(&mut self, order: &Order) {
        if let (Some(service), Some(business)) = (order.service, &mut self.business) {
            let failed = |barred: &Barred| barred.service == service && barred.why == Bar::Failed;
            business.barred.retain(|barred| !failed(barred));
        }
    }

    /// Takes any purchase out.
    pub(super) fn take_any(&mut self) -> Option<Purchase> {
        self.business.as_mut()?.purchases.pop()
    }

    /// Puts a purchase back.
    pub(super) fn put(&mut self, purchase: Purchase) {
        let all = self.all();
        if all.capacity() == 0 {
            all.reserve_exact(1);
        }
        all.push(purchase);
    }

    /// A purchase that waits to be named a market owner.
    pub(super) fn waits_for_owners(&self) -> Option<u32> {
        let waits = |p: &&Purchase| p.stage == Stage::Contacting;
        self.purchases().iter().find(waits).map(|p| p.order.purchase)
    }
}

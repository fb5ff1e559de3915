//! The bank at the AdminServer (CompuP2P, V; escrow is ours): the buyer's total is put aside when
//! it has been told a price, and goes to seller and market owner, or back.

use super::message::{Banked, Message, Reserve};
use crate::credit::Credits;
use crate::fact::Fact;
use crate::id::Addr;
use crate::ledger::{Deal, Escrow, Ledger, Refusal};
use crate::rules::Rules;
use crate::time::{Span, Time};
use crate::world::World;
use alloc::collections::{BTreeMap, BTreeSet};

/// The ledger, and when what is reserved expires.
#[derive(Clone, Debug, Default)]
pub(super) struct Bank {
    ledger: Ledger,
    /// When a purchase expires or, once closed, is forgotten; and whether that was put off after a
    /// silence.
    dates: BTreeMap<u32, (Time, bool)>,
    /// Purchases by date. One whose date was put off stands here more than once: the last counts.
    due: BTreeSet<(Time, u32)>,
    /// When it last looked at what is due.
    looked: Time,
}

/// If it heard nothing for so long it was down, or nobody reached it [ours].
const SILENCE: Span = Span::secs(60);
/// What came due meanwhile then waits so long once, before it expires: longer than the pause between
/// two tries of those who have a receipt to show, or a purchase to settle [ours].
const AFTER_SILENCE: Span = Span::secs(60);

impl Bank {
    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Opens an account at the first contact; later, adds the income that is due.
    pub(super) fn welcome(&mut self, account: Addr, now: Time, rules: &Rules) {
        let admin = &rules.admin;
        let period = (now.0 / admin.income_period.0.max(1)).min(u64::from(u32::MAX - 1)) as u32;
        self.ledger.open(account, Credits::whole(admin.initial_balance), period);
        if admin.income > 0 {
            self.ledger.earn(account, Credits::whole(admin.income), period);
        }
    }

    /// Does what `account` asks; says what to answer, if it is for the bank.
    pub(super) fn on_request(
        &mut self,
        account: Addr,
        request: &Message,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Option<Message> {
        let now = world.now();
        let (purchase, done) = match *request {
            Message::Reserve(ref reserve) => {
                (reserve.deal.purchase, self.reserve(account, reserve, now, rules))
            }
            Message::Settle { purchase, share } => {
                let settled = self.ledger.settle(purchase, account, share);
                if let Ok((_, Some(payment))) = settled {
                    world.note(Fact::Paid { payment, by_receipt: false });
                }
                (purchase, settled.map(|(state, _)| state))
            }
            Message::Receipt { purchase, share, .. } => {
                // What it does not know, it need not be told again.
                let _known = self.ledger.file(purchase, account, share);
                return Some(Message::Filed { purchase });
            }
            Message::Refund { purchase, proven, .. } => {
                self.remember(purchase, now, rules);
                let is_reserved = self.ledger.is_reserved(purchase);
                let refunded = self.ledger.refund(purchase, account, proven);
                if is_reserved && refunded == Ok(Escrow::Refunded) {
                    world.note(Fact::Returned { purchase });
                }
                (purchase, refunded)
            }
            _ => return None,
        };
        let state = match done {
            Ok(Escrow::Reserved) => Banked::Reserved,
            Ok(Escrow::Settled) => Banked::Settled,
            Ok(Escrow::Refunded | Escrow::Expired) => Banked::Returned,
            Err(Refusal::InsufficientFunds) => Banked::InsufficientFunds,
            Err(Refusal::Delivered) => Banked::Delivered,
            Err(Refusal::Unknown) => Banked::Unknown,
        };
        Some(Message::Banked { purchase, state })
    }

    fn reserve(
        &mut self,
        buyer: Addr,
        reserve: &Reserve,
        now: Time,
        rules: &Rules,
    ) -> Result<Escrow, Refusal> {
        let Reserve { deal, hold } = *reserve;
        let (seller, mo) = (rules.host(deal.seller), rules.host(deal.mo));
        for party in [buyer, seller, mo] {
            self.welcome(party, now, rules);
        }
        let state = self.ledger.reserve(buyer, Deal { seller, mo, ..deal })?;
        if state == Escrow::Reserved {
            self.put_off(deal.purchase, now + hold + rules.admin.reservation);
        }
        Ok(state)
    }

    fn put_off(&mut self, purchase: u32, date: Time) {
        self.date(purchase, date, false);
    }

    fn date(&mut self, purchase: u32, date: Time, has_waited: bool) {
        self.dates.insert(purchase, (date, has_waited));
        self.due.insert((date, purchase));
    }

    /// What is put aside and not due yet, but for what waits after a silence. Linear: for judges.
    pub(super) fn not_due(&self, now: Time) -> Credits {
        let reserved = self.ledger.reserved();
        let left = reserved.filter(|(purchase, _)| {
            self.dates.get(purchase).is_some_and(|&(at, has_waited)| at > now && !has_waited)
        });
        left.fold(Credits::ZERO, |sum, (_, total)| sum.plus(total))
    }

    fn remember(&mut self, purchase: u32, now: Time, rules: &Rules) {
        if !self.ledger.remembers(purchase) {
            self.put_off(purchase, now + rules.admin.reservation);
        }
    }

    /// Pays, or gives back, what nobody settled in time. What is closed is remembered as long
    /// again, so that a message that comes late finds it so.
    pub(super) fn expire(&mut self, rules: &Rules, world: &mut dyn World<Message>) {
        let now = world.now();
        let looked = core::mem::replace(&mut self.looked, now);
        let was_silent = now.since(looked) > SILENCE;
        while let Some(&(due, purchase)) = self.due.first()
            && due <= now
        {
            self.due.pop_first();
            let Some(&(_, has_waited)) = self.dates.get(&purchase).filter(|date| date.0 == due)
            else {
                continue;
            };
            if was_silent && !has_waited && self.ledger.is_reserved(purchase) {
                self.date(purchase, now + AFTER_SILENCE, true);
                continue;
            }
            match self.ledger.expire(purchase) {
                Some((Escrow::Reserved, payment)) => {
                    world.note(match payment {
                        Some(payment) => Fact::Paid { payment, by_receipt: true },
                        None => Fact::Returned { purchase },
                    });
                    self.put_off(purchase, now + rules.admin.reservation);
                }
                Some((Escrow::Settled | Escrow::Refunded | Escrow::Expired, _)) => {
                    self.ledger.forget(purchase);
                    self.dates.remove(&purchase);
                }
                None => {
                    self.dates.remove(&purchase);
                }
            }
        }
    }
}

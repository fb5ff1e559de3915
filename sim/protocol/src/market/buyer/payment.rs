//! A buyer's dealings with the bank, and with a seller whose time is over.

use super::super::message::{Message, Status, Timer};
use super::order::{Buyer, Purchase, Stage};
use super::{GRACE, call_seller, end};
use crate::admin::{self, Banked};
use crate::fact::PurchaseOutcome;
use crate::id::Addr;
use crate::rules::Rules;
use crate::time::Span;
use crate::world::World;

/// How often the bank is asked to pay before a buyer gives up.
const SETTLE_TRIES: u8 = 20;
/// How long a buyer whom the bank did not answer waits.
const SETTLE_PAUSE: Span = Span::secs(30);

impl Buyer {
    /// The bank answers.
    pub(in super::super) fn on_banked(
        &mut self,
        number: u32,
        state: Banked,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        if let Some(purchase) = self.take(number, Stage::Settling) {
            let outcome = match state {
                Banked::Settled => PurchaseOutcome::Completed,
                Banked::Reserved
                | Banked::Returned
                | Banked::InsufficientFunds
                | Banked::Unknown => PurchaseOutcome::Expired,
            };
            let _nothing = end(&purchase, outcome, world);
            return;
        }
        let Some(mut purchase) = self.take(number, Stage::Reserving) else { return };
        purchase.tries = 0;
        let outcome = match state {
            Banked::Reserved => {
                purchase.stage = Stage::Buying;
                call_seller(&purchase, rules, world);
                self.put(purchase);
                return;
            }
            Banked::InsufficientFunds => PurchaseOutcome::InsufficientFunds,
            Banked::Settled | Banked::Returned | Banked::Unknown => {
                PurchaseOutcome::BankUnreachable
            }
        };
        refund(&purchase, rules, world);
        let _nothing = end(&purchase, outcome, world);
    }

    /// The bank does not answer.
    pub(in super::super) fn on_no_bank(
        &mut self,
        number: u32,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        if let Some(mut purchase) = self.take(number, Stage::Settling) {
            purchase.tries += 1;
            if purchase.tries >= SETTLE_TRIES {
                let _nothing = end(&purchase, PurchaseOutcome::BankUnreachable, world);
                return;
            }
            world.wake(SETTLE_PAUSE, Message::Timer(Timer::Settle(number)));
            self.put(purchase);
        } else if let Some(mut purchase) = self.take(number, Stage::Reserving) {
            purchase.tries += 1;
            if u32::from(purchase.tries) >= rules.overlay.attempts {
                refund(&purchase, rules, world);
                let _nothing = end(&purchase, PurchaseOutcome::BankUnreachable, world);
                return;
            }
            reserve(&purchase, rules, world);
            self.put(purchase);
        }
    }

    /// The seller says that the time is over. Says whether the buyer notes it: not before it knows
    /// that the seller sold.
    pub(in super::super) fn on_done(
        &mut self,
        number: u32,
        seller: Addr,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> bool {
        let buys = |p: &Purchase| p.order.purchase == number && p.stage == Stage::Buying;
        if self.purchases().iter().any(buys) {
            return false;
        }
        if let Some(purchase) = self.take(number, Stage::Holding) {
            if purchase.seller == seller {
                self.settle(purchase, rules, world);
            } else {
                self.put(purchase);
            }
        }
        true
    }

    fn settle(&mut self, mut purchase: Purchase, rules: &Rules, world: &mut dyn World<Message>) {
        purchase.stage = Stage::Settling;
        purchase.tries = 0;
        settle(&purchase, rules, world);
        self.put(purchase);
    }

    /// Asks the bank to pay once more.
    pub(in super::super) fn settle_again(
        &mut self,
        number: u32,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        if let Some(purchase) = self.take(number, Stage::Settling) {
            settle(&purchase, rules, world);
            self.put(purchase);
        }
    }

    /// The seller should have said that the time is over: asks it.
    pub(in super::super) fn on_overdue(
        &mut self,
        number: u32,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        if let Some(purchase) = self.take(number, Stage::Holding) {
            let ask = Message::Ask { purchase: number };
            world.call(purchase.seller, ask, rules.overlay.rpc_timeout);
            self.put(purchase);
        }
    }

    /// A seller says what became of the purchase. One that was tried before has no say.
    pub(in super::super) fn on_status(
        &mut self,
        number: u32,
        seller: Addr,
        status: Status,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let Some(purchase) = self.take(number, Stage::Holding) else { return };
        if purchase.seller != seller {
            self.put(purchase);
            return;
        }
        match status {
            Status::Done => self.settle(purchase, rules, world),
            Status::Held => {
                world.wake(GRACE, Message::Timer(Timer::Overdue(number)));
                self.put(purchase);
            }
            Status::Unknown => {
                refund(&purchase, rules, world);
                let _nothing = end(&purchase, PurchaseOutcome::SellerFailed, world);
            }
        }
    }

    /// The seller does not say.
    pub(in super::super) fn on_no_status(
        &mut self,
        number: u32,
        seller: Addr,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let Some(mut purchase) = self.take(number, Stage::Holding) else { return };
        purchase.tries += 1;
        let is_lost = u32::from(purchase.tries) >= rules.overlay.attempts;
        self.put(purchase);
        match is_lost {
            true => self.on_status(number, seller, Status::Unknown, rules, world),
            false => self.on_overdue(number, rules, world),
        }
    }
}

/// Asks the bank to put the money aside.
pub(super) fn reserve(purchase: &Purchase, rules: &Rules, world: &mut dyn World<Message>) {
    let request = admin::Message::Reserve {
        purchase: purchase.order.purchase,
        attempt: purchase.reservations,
        total: purchase.terms.total(),
    };
    world.call(rules.admin_at, Message::Admin(request), rules.overlay.rpc_timeout);
}

/// Asks the bank to pay.
fn settle(purchase: &Purchase, rules: &Rules, world: &mut dyn World<Message>) {
    let request = admin::Message::Settle {
        purchase: purchase.order.purchase,
        seller: purchase.seller,
        mo: purchase.mo,
        mo_payoff: purchase.terms.mo,
    };
    world.call(rules.admin_at, Message::Admin(request), rules.overlay.rpc_timeout);
}

/// Asks the bank for the money back, if it was ever asked to put some aside. The purchase has
/// ended: the request itself knows how often it was made.
pub(super) fn refund(purchase: &Purchase, rules: &Rules, world: &mut dyn World<Message>) {
    if purchase.reservations > 0 {
        let request = admin::Message::Refund { purchase: purchase.order.purchase, tries: 0 };
        world.call(rules.admin_at, Message::Admin(request), rules.overlay.rpc_timeout);
    }
}

/// The bank did not answer: asks again a few times. In the end the reservation expires.
pub(in super::super) fn refund_again(
    purchase: u32,
    tries: u8,
    rules: &Rules,
    world: &mut dyn World<Message>,
) {
    let tries = tries.saturating_add(1);
    if u32::from(tries) < rules.overlay.attempts {
        let request = admin::Message::Refund { purchase, tries };
        world.call(rules.admin_at, Message::Admin(request), rules.overlay.rpc_timeout);
    }
}

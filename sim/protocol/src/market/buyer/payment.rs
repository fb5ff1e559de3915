//! A buyer's dealings with the bank, and with a seller whose time is over.

use super::super::Verdict;
use super::super::message::{Message, Status, Timer};
use super::super::seller::share_of;
use super::purchase::{Bar, Buyer, Purchase, Stage};
use super::{GRACE, call_seller};
use crate::admin::{self, Banked, Reserve};
use crate::behaviour::BuyerBehaviour;
use crate::commodity::ResourceKind;
use crate::fact::PurchaseOutcome;
use crate::id::Addr;
use crate::ledger::{Deal, WHOLE};
use crate::rules::Rules;
use crate::time::Span;
use crate::world::World;
use alloc::boxed::Box;

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
                Banked::Settled => purchase.ends_as,
                Banked::Reserved
                | Banked::Returned
                | Banked::InsufficientFunds
                | Banked::Delivered
                | Banked::Unknown => PurchaseOutcome::Expired,
            };
            let _nothing = self.end(&purchase, outcome, world);
            return;
        }
        if let Some(purchase) = self.take(number, Stage::Disputing) {
            let _nothing = self.end(&purchase, PurchaseOutcome::Denied, world);
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
            Banked::Settled | Banked::Returned | Banked::Delivered | Banked::Unknown => {
                PurchaseOutcome::BankUnreachable
            }
        };
        refund(&purchase, false, rules, world);
        let _nothing = self.end(&purchase, outcome, world);
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
                let _nothing = self.end(&purchase, PurchaseOutcome::BankUnreachable, world);
                return;
            }
            world.wake(SETTLE_PAUSE, Message::Timer(Timer::Settle(number)));
            self.put(purchase);
        } else if let Some(mut purchase) = self.take(number, Stage::Reserving) {
            purchase.tries += 1;
            if u32::from(purchase.tries) >= rules.overlay.attempts {
                refund(&purchase, false, rules, world);
                let _nothing = self.end(&purchase, PurchaseOutcome::BankUnreachable, world);
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
        behaviour: BuyerBehaviour,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> bool {
        let buys = |p: &Purchase| p.order.purchase == number && p.stage == Stage::Buying;
        if self.purchases().iter().any(buys) {
            return false;
        }
        if let Some(purchase) = self.take(number, Stage::Holding) {
            match behaviour {
                _ if purchase.seller != seller => self.put(purchase),
                BuyerBehaviour::Honest => self.settle(purchase, rules, world),
                BuyerBehaviour::Denying => self.dispute(purchase, rules, world),
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

    /// Wants the money back for what it got.
    fn dispute(&mut self, mut purchase: Purchase, rules: &Rules, world: &mut dyn World<Message>) {
        purchase.stage = Stage::Disputing;
        refund(&purchase, false, rules, world);
        self.put(purchase);
    }

    /// The service layer says what became of a purchase of its own. One that has not come so far as
    /// to be held is given up.
    pub(in super::super) fn finish(
        &mut self,
        number: u32,
        seller: Option<Addr>,
        verdict: Verdict,
        behaviour: BuyerBehaviour,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let Some(mut purchase) = self.take_unpaid(number) else {
            self.unbar(
                number,
                match verdict {
                    Verdict::Good | Verdict::Enough => None,
                    Verdict::Failed => Some(Bar::Failed),
                    Verdict::Wrong => Some(Bar::Wrong),
                },
            );
            if let Some(seller) = seller {
                finish_unknown(number, seller, verdict, rules, world);
            }
            return;
        };
        let was_held = purchase.stage == Stage::Holding;
        if was_held || purchase.stage == Stage::Buying {
            world.send(purchase.seller, Message::Cancel { purchase: number, was_held });
        }
        match (verdict, was_held, behaviour) {
            (Verdict::Good, true, BuyerBehaviour::Honest) => self.settle(purchase, rules, world),
            (Verdict::Good, true, BuyerBehaviour::Denying) => self.dispute(purchase, rules, world),
            (Verdict::Failed, true, _) => self.on_seller_gone(purchase, rules, world),
            (Verdict::Wrong, true, _) => {
                self.bar(&purchase, Bar::Wrong);
                refund(&purchase, true, rules, world);
                let _nothing = self.end(&purchase, PurchaseOutcome::Wrong, world);
            }
            (Verdict::Enough, true, _) if purchase.order.kind == ResourceKind::Storage => {
                let held = world.now().since(purchase.held_since);
                purchase.share = share_of(held, purchase.order.hold);
                purchase.ends_as = PurchaseOutcome::EndedEarly;
                self.settle(purchase, rules, world);
            }
            (_, false, _) | (Verdict::Enough, true, _) => {
                refund(&purchase, false, rules, world);
                let _nothing = self.end(&purchase, PurchaseOutcome::EndedEarly, world);
            }
        }
    }

    /// The bank did not answer to a wish for the money back: asks again a few times. In the end the
    /// reservation expires.
    pub(in super::super) fn on_not_refunded(
        &mut self,
        number: u32,
        tries: u8,
        proven: bool,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let tries = tries.saturating_add(1);
        if u32::from(tries) < rules.overlay.attempts {
            let request = admin::Message::Refund { purchase: number, tries, proven };
            world.call(rules.admin_at, Message::Admin(request), rules.overlay.rpc_timeout);
        } else if let Some(purchase) = self.take(number, Stage::Disputing) {
            let _nothing = self.end(&purchase, PurchaseOutcome::Denied, world);
        }
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
        behaviour: BuyerBehaviour,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let Some(purchase) = self.take(number, Stage::Holding) else { return };
        if purchase.seller != seller {
            self.put(purchase);
            return;
        }
        match (status, behaviour) {
            (Status::Done, BuyerBehaviour::Honest) => self.settle(purchase, rules, world),
            (Status::Done, BuyerBehaviour::Denying) => self.dispute(purchase, rules, world),
            (Status::Held, _) => {
                world.wake(GRACE, Message::Timer(Timer::Overdue(number)));
                self.put(purchase);
            }
            (Status::Unknown, _) => self.on_seller_gone(purchase, rules, world),
        }
    }

    /// The seller will not see it through. What it stored until now is paid for (SPEC 6: "storage
    /// is paid pro rata"); a computation that is not finished is worth nothing.
    fn on_seller_gone(
        &mut self,
        mut purchase: Purchase,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let held = world.now().since(purchase.held_since);
        purchase.ends_as = PurchaseOutcome::SellerFailed;
        if purchase.is_run() {
            self.bar(&purchase, Bar::Failed);
        }
        if purchase.order.kind == ResourceKind::Storage && held < purchase.order.hold {
            purchase.share = share_of(held, purchase.order.hold);
            self.settle(purchase, rules, world);
            return;
        }
        refund(&purchase, false, rules, world);
        let _nothing = self.end(&purchase, PurchaseOutcome::SellerFailed, world);
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
        let honest = BuyerBehaviour::Honest;
        match is_lost {
            true => self.on_status(number, seller, Status::Unknown, honest, rules, world),
            false => self.on_overdue(number, rules, world),
        }
    }
}

/// A purchase that was made before a crash: its seller and the bank know of it.
fn finish_unknown(
    purchase: u32,
    seller: Addr,
    verdict: Verdict,
    rules: &Rules,
    world: &mut dyn World<Message>,
) {
    world.send(seller, Message::Cancel { purchase, was_held: true });
    let request = match verdict {
        Verdict::Good => admin::Message::Settle { purchase, share: WHOLE },
        Verdict::Wrong => admin::Message::Refund { purchase, tries: 0, proven: true },
        // What was stored is paid by its seller's receipt; else the money comes back in time.
        Verdict::Failed | Verdict::Enough => return,
    };
    world.call(rules.admin_at, Message::Admin(request), rules.overlay.rpc_timeout);
}

/// Asks the bank to put the money aside.
pub(super) fn reserve(purchase: &Purchase, rules: &Rules, world: &mut dyn World<Message>) {
    let deal = Deal {
        purchase: purchase.order.purchase,
        attempt: purchase.reservations,
        seller: purchase.seller,
        mo: purchase.mo,
        seller_payoff: purchase.terms.seller,
        mo_payoff: purchase.terms.mo,
    };
    let request = admin::Message::Reserve(Box::new(Reserve { deal, hold: purchase.order.hold }));
    world.call(rules.admin_at, Message::Admin(request), rules.overlay.rpc_timeout);
}

/// Asks the bank to pay.
fn settle(purchase: &Purchase, rules: &Rules, world: &mut dyn World<Message>) {
    let (number, share) = (purchase.order.purchase, purchase.share);
    let request = admin::Message::Settle { purchase: number, share };
    world.call(rules.admin_at, Message::Admin(request), rules.overlay.rpc_timeout);
}

/// Asks the bank for the money back, if it was ever asked to put some aside; with proof that what
/// was delivered is wrong, if there is one. The purchase has ended, or is disputed: the request
/// itself knows how often it was made.
pub(super) fn refund(
    purchase: &Purchase,
    proven: bool,
    rules: &Rules,
    world: &mut dyn World<Message>,
) {
    if purchase.reservations > 0 {
        let number = purchase.order.purchase;
        let request = admin::Message::Refund { purchase: number, tries: 0, proven };
        world.call(rules.admin_at, Message::Admin(request), rules.overlay.rpc_timeout);
    }
}

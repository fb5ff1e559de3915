//! A node as a buyer: it finds a market, is told of a seller and a price, puts the money aside at
//! the bank, buys, holds, and pays (CompuP2P, IV-A; the bank is V's, escrow is ours).
//!
//! Each stage can fail. A purchase then asks another market, until it has asked `max_attempts`;
//! it ends once.

mod payment;
mod purchase;

pub use crate::order::Order;
pub use purchase::{Buyer, Purchase, Stage};

use super::message::{Message, Quote, Request, Unserved};
use super::{NOBODY, News, Wish, key, last_number, naive, single_overlay};
use crate::admin::{self, Asker};
use crate::commodity::{Commodity, ResourceKind};
use crate::fact::{Acceptance, Fact, LookupPurpose, PurchaseEnd, PurchaseOutcome};
use crate::id::Addr;
use crate::pricing::{self, Volume};
use crate::rules::{Rules, Scheme};
use crate::time::Span;
use crate::world::World;

/// How long after the end of a purchase its buyer waits for the seller's word.
const GRACE: Span = Span::secs(5);
/// Most lookups that fail, and nodes that turn out to be no market owners, in one purchase.
const LOST_MAX: u8 = 8;

impl Buyer {
    /// Begins a purchase.
    pub(super) fn buy(
        &mut self,
        order: Order,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        let mut purchase = Purchase::new(order, world.now());
        let (kind, width) = (order.kind, rules.market.width_of(order.kind));
        if order.amount.div_ceil(width) > u64::from(last_number(kind, rules)) {
            return self.end(&purchase, PurchaseOutcome::NoSeller, world);
        }
        purchase.wanted = Commodity::wanted(kind, order.amount.max(1), width);
        purchase.sought = purchase.wanted;
        self.seek(purchase, rules, world)
    }

    /// Looks for a market with a seller.
    fn seek(
        &mut self,
        mut purchase: Purchase,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        purchase.tries = 0;
        purchase.stage = Stage::Seeking;
        let ticket = purchase.order.purchase;
        match rules.market.scheme {
            Scheme::SingleOverlay | Scheme::Naive => {
                let key = key(purchase.sought, rules);
                self.put(purchase);
                Wish::Find { key, purpose: LookupPurpose::Buy, ticket }
            }
            Scheme::ProcessorOverlay if self.known_owner != NOBODY => {
                self.ask(purchase, self.known_owner, rules, world);
                Wish::Nothing
            }
            Scheme::ProcessorOverlay => {
                let is_first = self.waits_for_owners().is_none();
                purchase.stage = Stage::Contacting;
                self.put(purchase);
                if is_first {
                    name_owners(rules, world);
                }
                Wish::Nothing
            }
        }
    }

    /// Asks a market owner.
    fn ask(
        &mut self,
        mut purchase: Purchase,
        mo: Addr,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        purchase.stage = Stage::Seeking;
        purchase.mo = mo;
        let request = Request {
            purchase: purchase.order.purchase,
            sought: purchase.sought,
            budget: purchase.order.budget,
            platforms: purchase.order.platforms,
            attempts: purchase.attempts,
            is_dear: purchase.is_dear,
        };
        world.call(mo, Message::FindSeller(request), rules.market.find_seller_timeout);
        self.put(purchase);
    }

    /// No market could be asked: looks again, a few times.
    fn search_again(
        &mut self,
        mut purchase: Purchase,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        purchase.lost += 1;
        if purchase.lost >= LOST_MAX {
            return self.give_up(purchase, rules, world);
        }
        self.retry(purchase, rules, world)
    }

    /// This attempt failed: another, if one is left.
    fn retry(&mut self, purchase: Purchase, rules: &Rules, world: &mut dyn World<Message>) -> Wish {
        if u32::from(purchase.attempts) >= rules.market.max_attempts {
            return self.give_up(purchase, rules, world);
        }
        self.seek(purchase, rules, world)
    }

    /// No seller was found.
    fn give_up(
        &mut self,
        purchase: Purchase,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        payment::refund(&purchase, false, rules, world);
        self.forgive(&purchase.order);
        let outcome = match (purchase.was_refused, purchase.is_dear) {
            (true, _) => PurchaseOutcome::SellerGone,
            (false, true) => PurchaseOutcome::OverBudget,
            (false, false) => PurchaseOutcome::NoSeller,
        };
        self.end(&purchase, outcome, world)
    }

    /// The base overlay found the owner of the market that is sought.
    pub(super) fn on_found(
        &mut self,
        number: u32,
        mo: Addr,
        hops: u8,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let Some(mut purchase) = self.take(number, Stage::Seeking) else { return };
        purchase.hops += u16::from(hops);
        self.ask(purchase, mo, rules, world);
    }

    /// The base overlay did not find it.
    pub(super) fn on_lost(
        &mut self,
        number: u32,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        match self.take(number, Stage::Seeking) {
            Some(purchase) => self.search_again(purchase, rules, world),
            None => Wish::Nothing,
        }
    }

    /// A node of ours, or the AdminServer, knows a market owner of the processor overlay.
    pub(super) fn knows_owner(&mut self, owner: Addr) {
        self.known_owner = owner;
    }

    /// The AdminServer named a market owner, or nobody: no market stands.
    pub(super) fn on_owners(
        &mut self,
        owner: Option<Addr>,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        self.known_owner = owner.unwrap_or(self.known_owner);
        while let Some(number) = self.waits_for_owners() {
            let Some(mut purchase) = self.take(number, Stage::Contacting) else { break };
            purchase.tries = 0;
            if self.known_owner == NOBODY {
                let _nothing = self.give_up(purchase, rules, world);
            } else {
                self.ask(purchase, self.known_owner, rules, world);
            }
        }
        Wish::Nothing
    }

    /// The AdminServer did not answer.
    pub(super) fn on_no_owners(&mut self, rules: &Rules, world: &mut dyn World<Message>) -> Wish {
        let Some(number) = self.waits_for_owners() else { return Wish::Nothing };
        let Some(mut purchase) = self.take(number, Stage::Contacting) else { return Wish::Nothing };
        purchase.tries += 1;
        if u32::from(purchase.tries) < rules.overlay.attempts {
            self.put(purchase);
            name_owners(rules, world);
            return Wish::Nothing;
        }
        let _nothing = self.end(&purchase, PurchaseOutcome::BankUnreachable, world);
        while let Some(number) = self.waits_for_owners() {
            let Some(purchase) = self.take(number, Stage::Contacting) else { break };
            let _nothing = self.end(&purchase, PurchaseOutcome::BankUnreachable, world);
        }
        Wish::Nothing
    }

    /// The market owner did not answer in time.
    pub(super) fn on_no_mo(
        &mut self,
        request: Request,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        let Some(mut purchase) = self.take(request.purchase, Stage::Seeking) else {
            return Wish::Nothing;
        };
        if self.known_owner == purchase.mo {
            self.known_owner = NOBODY;
        }
        purchase.attempts = purchase.attempts.saturating_add(1);
        self.retry(purchase, rules, world)
    }

    /// Market owners had nobody.
    pub(super) fn on_unserved(
        &mut self,
        number: u32,
        why: Unserved,
        attempts: u8,
        hops: u8,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        let Some(mut purchase) = self.take(number, Stage::Seeking) else { return Wish::Nothing };
        purchase.attempts = attempts;
        purchase.hops += u16::from(hops);
        purchase.is_dear |= why == Unserved::OverBudget;
        let is_over = match (rules.market.scheme, why) {
            (_, Unserved::Gone) => {
                if self.known_owner == purchase.mo {
                    self.known_owner = NOBODY;
                }
                return self.search_again(purchase, rules, world);
            }
            (Scheme::ProcessorOverlay, _) => true,
            (Scheme::SingleOverlay, _) => {
                match single_overlay::beyond(rules.id(purchase.mo), purchase.sought, rules) {
                    Some(next) => {
                        purchase.sought = next;
                        false
                    }
                    None => true,
                }
            }
            (Scheme::Naive, _) => !naive::HAS_OTHERS,
        };
        if is_over {
            return self.give_up(purchase, rules, world);
        }
        self.retry(purchase, rules, world)
    }

    /// A market owner named a seller.
    pub(super) fn on_quote(
        &mut self,
        quote: Quote,
        attempts: u8,
        hops: u8,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        let Some(mut purchase) = self.take(quote.purchase, Stage::Seeking) else {
            return Wish::Nothing;
        };
        purchase.attempts = attempts;
        purchase.hops += u16::from(hops);
        purchase.mo = quote.mo;
        if rules.market.scheme == Scheme::ProcessorOverlay {
            self.known_owner = quote.mo;
        }
        let Order { budget, hold, .. } = purchase.order;
        let volume = Volume::of(rules.value(purchase.wanted), hold, rules);
        let Some(terms) = pricing::terms(quote.report, budget, volume, rules) else {
            purchase.is_dear = true;
            return self.retry(purchase, rules, world);
        };
        if self.is_barred(&purchase.order, quote.seller) {
            // It is held for this buyer now: the market names another.
            purchase.was_refused = true;
            return self.retry(purchase, rules, world);
        }
        purchase.seller = quote.seller;
        purchase.commodity = quote.commodity;
        purchase.report = quote.report;
        purchase.terms = terms;
        purchase.reservations += 1;
        purchase.tries = 0;
        purchase.stage = Stage::Reserving;
        payment::reserve(&purchase, rules, world);
        self.put(purchase);
        Wish::Nothing
    }

    /// The seller sold.
    pub(super) fn on_accepted(&mut self, number: u32, amount: u64, world: &mut dyn World<Message>) {
        let Some(mut purchase) = self.take(number, Stage::Buying) else { return };
        purchase.stage = Stage::Holding;
        purchase.tries = 0;
        purchase.held_since = world.now();
        world.note(Fact::PurchaseAccepted(Acceptance {
            purchase: number,
            seller: purchase.seller,
            mo: purchase.mo,
            commodity: purchase.commodity,
            amount,
            report: purchase.report,
            seller_payoff: purchase.terms.seller,
            mo_payoff: purchase.terms.mo,
            latency: world.now().since(purchase.began),
        }));
        if purchase.order.service.is_some() {
            let (seller, total, fee) = (purchase.seller, purchase.terms.total(), purchase.terms.mo);
            self.tell(News::Bought { purchase: number, seller, amount, total, fee });
        }
        if !purchase.is_run() {
            let due = purchase.order.hold + GRACE;
            world.wake(due, Message::Timer(super::Timer::Overdue(number)));
        }
        self.put(purchase);
    }

    /// The seller did not sell.
    pub(super) fn on_refused(
        &mut self,
        number: u32,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        let Some(mut purchase) = self.take(number, Stage::Buying) else { return Wish::Nothing };
        purchase.was_refused = true;
        self.retry(purchase, rules, world)
    }

    /// The seller did not answer. It may have sold, and only the answer got lost.
    pub(super) fn on_no_seller(
        &mut self,
        number: u32,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        let Some(mut purchase) = self.take(number, Stage::Buying) else { return Wish::Nothing };
        purchase.tries += 1;
        if u32::from(purchase.tries) < rules.overlay.attempts {
            call_seller(&purchase, rules, world);
            self.put(purchase);
            return Wish::Nothing;
        }
        let cancel = Message::Cancel { purchase: number, was_held: false };
        world.send(purchase.seller, cancel);
        purchase.was_refused = true;
        self.retry(purchase, rules, world)
    }

    /// Leaves: what is under way is given up. The bank gives back what was put aside; but storage
    /// that was held for a while is paid for that while, by its seller's receipt.
    pub(super) fn leave(&mut self, rules: &Rules, world: &mut dyn World<Message>) {
        while let Some(purchase) = self.take_any() {
            let number = purchase.order.purchase;
            let was_held = purchase.stage == Stage::Holding;
            // What runs for the service layer, or keeps its data, goes on without its user.
            let goes_on = was_held && purchase.order.service.is_some();
            if (was_held && !goes_on) || purchase.stage == Stage::Buying {
                let cancel = Message::Cancel { purchase: number, was_held };
                world.send(purchase.seller, cancel);
            }
            let is_stored = was_held && purchase.order.kind == ResourceKind::Storage;
            if purchase.stage != Stage::Settling && !is_stored && !goes_on {
                payment::refund(&purchase, false, rules, world);
            }
            let _nothing = self.end(&purchase, PurchaseOutcome::BuyerFailed, world);
        }
        self.known_owner = NOBODY;
    }
}

impl Buyer {
    /// Reports the end of a purchase that was taken out.
    fn end(
        &mut self,
        purchase: &Purchase,
        outcome: PurchaseOutcome,
        world: &mut dyn World<Message>,
    ) -> Wish {
        let Purchase { attempts, hops, .. } = *purchase;
        let number = purchase.order.purchase;
        world.note(Fact::PurchaseEnded(PurchaseEnd { purchase: number, outcome, attempts, hops }));
        if purchase.order.service.is_some() {
            self.tell(News::Ended { purchase: number, outcome });
        }
        Wish::Nothing
    }
}

fn name_owners(rules: &Rules, world: &mut dyn World<Message>) {
    let request = Message::Admin(admin::Message::NameOwners { asker: Asker::Buyer });
    world.call(rules.admin_at, request, rules.overlay.rpc_timeout);
}

/// Asks the seller to sell.
fn call_seller(purchase: &Purchase, rules: &Rules, world: &mut dyn World<Message>) {
    let request = Message::Buy {
        purchase: purchase.order.purchase,
        wanted: purchase.wanted,
        payoff: purchase.terms.seller,
        hold: purchase.order.hold,
        service: purchase.order.service.is_some(),
    };
    world.call(purchase.seller, request, rules.overlay.rpc_timeout);
}

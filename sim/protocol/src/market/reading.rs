//! What a node's markets read, and which role it is for.

use super::message::{Message, Request, Timer, Unserved};
use super::owner::{self, Owner};
use super::serving::{Asked, have_nobody, unserved};
use super::{Market, News, Wish, processor_overlay, seller};
use crate::admin::{self, Asker};
use crate::id::Addr;
use crate::rules::{Rules, Scheme};
use crate::world::{Arrival, Ticket, World};
use alloc::boxed::Box;

impl Market {
    /// Reads one arrival.
    pub fn on_arrival(
        &mut self,
        arrival: Arrival<Message>,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        let wish = match arrival {
            arrival if matches!(arrival.message(), Message::Processor { .. }) => {
                if let Some(owner) = &mut self.owner
                    && owner.on_processor(arrival, rules, world)
                {
                    self.buyer.knows_owner(self.me);
                }
                Wish::Nothing
            }
            Arrival::Post { from, message } => self.on_post(from, message, rules, world),
            Arrival::Request { from, ticket, message } => {
                self.on_request(from, ticket, message, rules, world)
            }
            Arrival::Answer { from, message } => self.on_answer(from, message, rules, world),
            Arrival::Unanswered { to, message } => self.on_unanswered(to, message, rules, world),
            Arrival::Timer(Message::Timer(timer)) => self.on_timer(timer, rules, world),
            Arrival::Shipped { .. } | Arrival::Broken { .. } | Arrival::Timer(_) => Wish::Nothing,
        };
        self.retire();
        wish
    }

    fn on_post(
        &mut self,
        from: Addr,
        message: Message,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        let owner = || Box::new(Owner::new(self.me, self.seller.character().mo));
        match message {
            Message::List { commodity, bid, platform } => {
                let owner = self.owner.get_or_insert_with(owner);
                let listing = owner::new_listing(from, bid, platform, rules, world.now());
                owner.list(commodity, listing, &mut self.last_slot, rules, world);
            }
            Message::Handover(handover) => {
                let owner = self.owner.get_or_insert_with(owner);
                owner.on_handover(&handover, &mut self.last_slot, rules, world);
            }
            Message::Delist { commodity } => {
                if let Some(owner) = &mut self.owner {
                    owner.delist(commodity, from, world);
                }
            }
            Message::Rehomed { commodity } => self.seller.on_rehomed(from, commodity, world),
            Message::Rival { commodity, price } => {
                self.seller.on_rival(from, commodity, price, rules, world);
            }
            Message::Cancel { purchase, was_held } => {
                let served = self.seller.serves(purchase);
                let wish = self.seller.on_cancel(purchase, from, was_held, rules, world);
                self.tell_if_over(served, purchase, true);
                return wish;
            }
            Message::Status { purchase, status } => {
                let behaviour = self.seller.character().buyer;
                self.buyer.on_status(purchase, from, status, behaviour, rules, world);
            }
            _ => {}
        }
        Wish::Nothing
    }

    fn on_request(
        &mut self,
        from: Addr,
        ticket: Ticket,
        message: Message,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        match message {
            Message::Ping { serving } => world.answer(ticket, Message::Pong { serving }),
            Message::FindSeller(request) => match &mut self.owner {
                Some(owner) => owner.on_find_seller(ticket, request, rules, world),
                None => no_owner(ticket, request, rules, world),
            },
            Message::HandOn { to, ticket: buyer, request, hops } => {
                if let Some(owner) = &mut self.owner
                    && owner.owns(to)
                {
                    world.answer(ticket, Message::Taken);
                    owner.on_hand_on(to, buyer, request, hops, rules, world);
                }
            }
            Message::Buy { purchase, wanted, payoff, hold, service } => {
                let sale = seller::Terms { purchase, wanted, payoff, hold, service };
                return self.seller.on_buy(from, ticket, sale, rules, world);
            }
            Message::Done { purchase, .. } => {
                let behaviour = self.seller.character().buyer;
                let is_noted = self.buyer.on_done(purchase, from, behaviour, rules, world);
                if is_noted {
                    world.answer(ticket, Message::Noted { purchase });
                }
            }
            Message::Ask { purchase } => {
                let status = self.seller.status(purchase, from);
                world.answer(ticket, Message::Status { purchase, status });
            }
            _ => {}
        }
        Wish::Nothing
    }

    fn on_answer(
        &mut self,
        from: Addr,
        message: Message,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        use admin::Message as A;
        match message {
            Message::Pong { serving } => {
                if let Some(owner) = &mut self.owner {
                    owner.on_pong(serving, rules, world);
                }
            }
            Message::Quote { attempts, hops, quote } => {
                return self.buyer.on_quote(quote, attempts, hops, rules, world);
            }
            Message::Unserved { purchase, why, attempts, hops } => {
                return self.buyer.on_unserved(purchase, why, attempts, hops, rules, world);
            }
            Message::Accepted { purchase, amount } => {
                self.buyer.on_accepted(purchase, amount, world);
            }
            Message::Refused { purchase } => return self.buyer.on_refused(purchase, rules, world),
            Message::Noted { purchase } => self.seller.on_noted(purchase, from),
            Message::Status { purchase, status } => {
                let behaviour = self.seller.character().buyer;
                self.buyer.on_status(purchase, from, status, behaviour, rules, world);
            }
            Message::Admin(A::Banked { purchase, state }) => {
                self.buyer.on_banked(purchase, state, rules, world);
            }
            Message::Admin(A::Filed { purchase }) => self.seller.on_filed(purchase, rules, world),
            Message::Admin(A::Owners { asker: Asker::Buyer, count, owners }) => {
                let known = owners.first().filter(|_| count > 0).map(|owner| owner.host);
                return self.buyer.on_owners(known, rules, world);
            }
            Message::Admin(A::Owners { asker: Asker::Market(slot), count, owners }) => {
                let contact = owners.first().copied().filter(|_| count > 0);
                if let Some(owner) = &mut self.owner
                    && owner.on_contact(slot, contact, rules, world)
                {
                    self.buyer.knows_owner(self.me);
                }
            }
            _ => {}
        }
        Wish::Nothing
    }

    fn on_unanswered(
        &mut self,
        to: Addr,
        message: Message,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        use admin::Message as A;
        match message {
            Message::Ping { serving } => {
                if let Some(owner) = &mut self.owner {
                    owner.on_no_pong(serving, rules, world);
                }
            }
            Message::HandOn { to: market, ticket, request, hops } => {
                if let Some(owner) = &mut self.owner {
                    owner.on_not_taken(to, market, ticket, request, hops, rules, world);
                }
            }
            Message::FindSeller(request) => return self.buyer.on_no_mo(request, rules, world),
            Message::Buy { purchase, .. } => {
                return self.buyer.on_no_seller(purchase, rules, world);
            }
            Message::Ask { purchase } => self.buyer.on_no_status(purchase, to, rules, world),
            Message::Done { purchase, tries } => {
                self.seller.on_done_unnoted(purchase, tries, rules, world);
            }
            Message::Admin(A::Reserve(reserve)) => {
                self.buyer.on_no_bank(reserve.deal.purchase, rules, world);
            }
            Message::Admin(A::Settle { purchase, .. }) => {
                self.buyer.on_no_bank(purchase, rules, world);
            }
            Message::Admin(A::Receipt { purchase, share, tries }) => {
                self.seller.on_not_filed(purchase, share, tries, rules, world);
            }
            Message::Admin(A::Refund { purchase, tries, proven }) => {
                self.buyer.on_not_refunded(purchase, tries, proven, rules, world);
            }
            Message::Admin(A::NameOwners { asker: Asker::Buyer }) => {
                return self.buyer.on_no_owners(rules, world);
            }
            Message::Admin(A::JoinOwners { slot, .. }) => {
                world.wake(processor_overlay::JOIN_PAUSE, Message::Timer(Timer::JoinOwners(slot)));
            }
            _ => {}
        }
        Wish::Nothing
    }

    fn on_timer(&mut self, timer: Timer, rules: &Rules, world: &mut dyn World<Message>) -> Wish {
        match timer {
            Timer::Relist(kind) => self.seller.on_relist(kind, rules, world),
            Timer::SaleEnds(purchase) => {
                let served = self.seller.serves(purchase);
                let wish = self.seller.on_sale_ends(purchase, rules, world);
                self.tell_if_over(served, purchase, false);
                wish
            }
            Timer::Overdue(purchase) => {
                self.buyer.on_overdue(purchase, rules, world);
                Wish::Nothing
            }
            Timer::Settle(purchase) => {
                self.buyer.settle_again(purchase, rules, world);
                Wish::Nothing
            }
            Timer::Receipt { purchase, share, tries } => {
                seller::show_receipt(purchase, share, tries, rules, world);
                Wish::Nothing
            }
            Timer::Upkeep(slot) => match &mut self.owner {
                Some(owner) => owner.on_upkeep(slot, rules, world),
                None => Wish::Nothing,
            },
            Timer::Claim(slot) => match &self.owner {
                Some(owner) => owner.claim(slot, rules),
                None => Wish::Nothing,
            },
            Timer::JoinOwners(slot) => {
                if let Some(owner) = &mut self.owner {
                    owner.join_ring(slot, rules, world);
                }
                Wish::Nothing
            }
        }
    }

    /// What was sold for the service layer is the buyer's no more.
    fn tell_if_over(&mut self, was_served: bool, purchase: u32, is_cancelled: bool) {
        if was_served && !self.seller.serves(purchase) {
            self.buyer.tell(News::SaleOver { purchase, is_cancelled });
        }
    }

    /// A market owner without markets, and with nothing under way, is none.
    pub(super) fn retire(&mut self) {
        if self.owner.as_ref().is_some_and(|owner| owner.is_idle()) {
            self.owner = None;
        }
    }
}

/// A buyer asked a node that owns no market. In the processor overlay it was not one to ask.
fn no_owner(ticket: Ticket, request: Request, rules: &Rules, world: &mut dyn World<Message>) {
    let mut asked = Asked { ticket, request, hops: 0 };
    match rules.market.scheme {
        Scheme::ProcessorOverlay => unserved(&asked, Unserved::Gone, world),
        Scheme::SingleOverlay | Scheme::Naive => {
            asked.request.attempts = request.attempts.saturating_add(1);
            have_nobody(request.sought, &asked, world);
        }
    }
}

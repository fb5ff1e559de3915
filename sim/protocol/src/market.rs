//! The markets (CompuP2P, IV-A): sellers list what is idle, market owners (MOs) keep the listings
//! of a commodity, buyers look for a market and buy. A node is all three at once.
//!
//! | scheme | the market for C is at | a buyer of x looks |
//! |---|---|---|
//! | single overlay (IV-A.1) | successor(C) | x up, then larger values |
//! | processor overlay (IV-A.2) | successor(hash(C)), a member C of a second ring | the second ring's successor of x up, through any market owner |
//! | naive (rejected in IV-A) | successor(0) | identifier 0 up |
//!
//! `seller.rs`, `buyer.rs` and `owner.rs` are the roles; `single_overlay.rs`,
//! `processor_overlay.rs` and `naive.rs` are what differs between the schemes; `book.rs` and
//! `listing.rs` are what an owner keeps.
//!
//! The layer below, the base overlay, is asked by returning a [`Wish`].

pub mod book;
mod buyer;
pub mod listing;
mod message;
mod naive;
mod owner;
mod processor_overlay;
mod seller;
mod single_overlay;

pub use buyer::{Buyer, Order, Purchase, Stage};
pub use message::{Handover, Message, Quote, Request, Status, Timer, Unserved};
pub use owner::{Load, OwnedMarket, Owner};
pub use processor_overlay::hash;
pub use seller::{Endowment, Sale, Seller};

use crate::admin::{self, Asker};
use crate::commodity::{Commodity, NUMBER_MAX, ResourceKind};
use crate::fact::{Fact, LookupPurpose, Service};
use crate::id::{Addr, Id};
use crate::rules::{Handoff, Rules, Scheme};
use crate::time::Span;
use crate::world::{Arrival, Ticket, World};
use alloc::boxed::Box;

/// What is traded so far.
pub const TRADED: ResourceKind = ResourceKind::Cpu;

/// No address.
const NOBODY: Addr = Addr(u32::MAX);

/// What the markets want of the base overlay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Wish {
    /// Nothing.
    Nothing,
    /// Find the owner of `key`, and tell [`Market::on_found`] or [`Market::on_lost`].
    Find {
        /// What to look up.
        key: Id,
        /// Why.
        purpose: LookupPurpose,
        /// To know the answer by.
        ticket: u32,
    },
}

/// The key of the market for `commodity` in the base overlay: its owner is the market's owner.
pub fn key(commodity: Commodity, rules: &Rules) -> Id {
    match rules.market.scheme {
        Scheme::SingleOverlay => single_overlay::key(commodity, rules),
        Scheme::ProcessorOverlay => processor_overlay::key(commodity, rules),
        Scheme::Naive => naive::KEY,
    }
}

/// The largest number of a commodity: its value fits the bits for values.
fn last_number(rules: &Rules) -> u32 {
    let largest = ((1u128 << rules.market.value_bits) - 1) / u128::from(rules.market.width);
    largest.min(u128::from(NUMBER_MAX)) as u32
}

/// The commodity in which a seller of `amount` lists: the largest there is that it covers.
fn offered(amount: u64, rules: &Rules) -> Commodity {
    let commodity = Commodity::offered(TRADED, amount, rules.market.width);
    commodity.min(Commodity::new(TRADED, last_number(rules)))
}

/// A node's part in the markets.
#[derive(Clone, Debug)]
pub struct Market {
    me: Addr,
    /// The slot of the market that was opened last.
    last_slot: u16,
    seller: Seller,
    buyer: Buyer,
    /// What it keeps as a market owner, while it is one.
    owner: Option<Box<Owner>>,
}

impl Market {
    /// A node that sells nothing yet.
    pub fn new(me: Addr) -> Self {
        let (seller, buyer) = (Seller::default(), Buyer::default());
        Self { me, last_slot: 0, seller, buyer, owner: None }
    }

    /// Gives the node what it can sell.
    pub fn endow(&mut self, endowment: Endowment) {
        self.seller = Seller::new(endowment);
    }

    /// The node as a seller, for judges and metrics.
    pub fn seller(&self) -> &Seller {
        &self.seller
    }

    /// The node as a buyer, for judges and metrics.
    pub fn buyer(&self) -> &Buyer {
        &self.buyer
    }

    /// The markets that it owns, by commodity, for judges and metrics.
    pub fn markets(&self) -> &[OwnedMarket] {
        self.owner.as_ref().map_or(&[], |owner| owner.markets())
    }

    /// What it has to keep as a market owner.
    pub fn load(&self, rules: &Rules) -> Load {
        self.owner.as_ref().map_or(Load::default(), |owner| owner.load(rules))
    }

    /// Is in the base overlay now.
    pub fn begin(&mut self, rules: &Rules, world: &mut dyn World<Message>) {
        self.seller.begin(rules, world);
    }

    /// Buys for the node's user.
    pub fn buy(&mut self, order: Order, rules: &Rules, world: &mut dyn World<Message>) -> Wish {
        self.buyer.buy(order, rules, world)
    }

    /// Leaves: `heir` will be responsible for this node's keys.
    pub fn leave(&mut self, heir: Option<Addr>, rules: &Rules, world: &mut dyn World<Message>) {
        self.buyer.leave(world);
        self.seller.leave(world);
        if let Some(mut owner) = self.owner.take() {
            let heir = heir.filter(|_| rules.market.handoff == Handoff::Transfer);
            owner.leave(heir, rules, world);
        }
    }

    /// The base overlay says that the node is responsible for other keys than before.
    pub fn on_range_changed(&mut self, rules: &Rules, world: &mut dyn World<Message>) {
        if rules.market.handoff == Handoff::Transfer {
            for market in self.markets() {
                world.wake(Span::ZERO, Message::Timer(Timer::Claim(market.slot())));
            }
        }
    }

    /// The base overlay found the owner of a key that was wished for.
    pub fn on_found(
        &mut self,
        purpose: LookupPurpose,
        ticket: u32,
        found: Addr,
        hops: u8,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        match purpose {
            LookupPurpose::List => self.seller.on_found(ticket, found, rules, world),
            LookupPurpose::Buy => self.buyer.on_found(ticket, found, hops, rules, world),
            LookupPurpose::Claim => {
                if let Some(owner) = &mut self.owner {
                    owner.on_claim(ticket, found, rules, world);
                }
                self.retire();
            }
            LookupPurpose::Key
            | LookupPurpose::Finger
            | LookupPurpose::Join
            | LookupPurpose::Rejoin => {}
        }
        Wish::Nothing
    }

    /// The base overlay did not find the owner of a key that was wished for.
    pub fn on_lost(
        &mut self,
        purpose: LookupPurpose,
        ticket: u32,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        match purpose {
            LookupPurpose::Buy => self.buyer.on_lost(ticket, rules, world),
            // The next round looks again.
            LookupPurpose::List | LookupPurpose::Claim => Wish::Nothing,
            LookupPurpose::Key
            | LookupPurpose::Finger
            | LookupPurpose::Join
            | LookupPurpose::Rejoin => Wish::Nothing,
        }
    }

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
            Arrival::Timer(_) => Wish::Nothing,
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
        match message {
            Message::List { commodity, bid, platform } => {
                let owner = self.owner.get_or_insert_with(|| Box::new(Owner::new(self.me)));
                let listing = owner::new_listing(from, bid, platform, rules, world.now());
                owner.list(commodity, listing, &mut self.last_slot, rules, world);
            }
            Message::Handover(handover) => {
                let owner = self.owner.get_or_insert_with(|| Box::new(Owner::new(self.me)));
                owner.on_handover(&handover, &mut self.last_slot, rules, world);
            }
            Message::Delist { commodity } => {
                if let Some(owner) = &mut self.owner {
                    owner.delist(commodity, from, world);
                }
            }
            Message::Cancel { purchase } => {
                return self.seller.on_cancel(purchase, from, rules, world);
            }
            Message::Status { purchase, status } => {
                self.buyer.on_status(purchase, status, rules, world);
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
            Message::Buy { purchase, wanted, payoff, hold } => {
                let sale = seller::Terms { purchase, wanted, payoff, hold };
                return self.seller.on_buy(from, ticket, sale, rules, world);
            }
            Message::Done { purchase, .. } => {
                world.answer(ticket, Message::Noted { purchase });
                self.buyer.on_done(purchase, from, rules, world);
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
                self.buyer.on_status(purchase, status, rules, world);
            }
            Message::Admin(A::Banked { purchase, state }) => {
                self.buyer.on_banked(purchase, state, rules, world);
            }
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
            Message::Ask { purchase } => self.buyer.on_no_status(purchase, rules, world),
            Message::Done { purchase, tries } => {
                self.seller.on_done_unnoted(purchase, tries, rules, world);
            }
            Message::Admin(A::Reserve { purchase, .. } | A::Settle { purchase, .. }) => {
                self.buyer.on_no_bank(purchase, rules, world);
            }
            Message::Admin(A::Refund { purchase, tries }) => {
                buyer::refund_again(purchase, tries, rules, world);
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
            Timer::Relist => self.seller.on_relist(rules, world),
            Timer::SaleEnds(purchase) => self.seller.on_sale_ends(purchase, rules, world),
            Timer::Overdue(purchase) => {
                self.buyer.on_overdue(purchase, rules, world);
                Wish::Nothing
            }
            Timer::Settle(purchase) => {
                self.buyer.settle_again(purchase, rules, world);
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

    /// A market owner without markets, and with nothing under way, is none.
    fn retire(&mut self) {
        if self.owner.as_ref().is_some_and(|owner| owner.is_idle()) {
            self.owner = None;
        }
    }
}

/// A buyer asked a node that owns no market.
fn no_owner(ticket: Ticket, request: Request, rules: &Rules, world: &mut dyn World<Message>) {
    let Request { purchase, sought, attempts, is_dear, .. } = request;
    let why = match rules.market.scheme {
        Scheme::ProcessorOverlay => Unserved::Gone,
        Scheme::SingleOverlay | Scheme::Naive if is_dear => Unserved::OverBudget,
        Scheme::SingleOverlay | Scheme::Naive => Unserved::NoSeller,
    };
    let attempts = attempts.saturating_add(1);
    let service = Service::Nobody;
    world.note(Fact::RequestServed { commodity: sought, attempts, service });
    world.answer(ticket, Message::Unserved { purchase, why, attempts, hops: 0 });
}

// Million-node runs keep one of these a node.
const _: () = assert!(size_of::<Market>() <= 112);

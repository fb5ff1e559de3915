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
mod choice;
pub mod listing;
mod message;
mod naive;
mod owner;
mod processor_overlay;
mod reading;
mod seller;
mod serving;
mod single_overlay;

pub use buyer::{Buyer, Order, Purchase, Stage};
pub use message::{Handover, Message, Quote, Request, Status, Timer, Unserved};
pub use owner::{Load, OwnedMarket, Owner};
pub use processor_overlay::hash;
pub(crate) use seller::share_of;
pub use seller::{Endowment, Offer, Sale, Seller, Stall, Standing};

use crate::behaviour::ComputeBehaviour;
use crate::commodity::{Commodity, NUMBER_MAX, ResourceKind};
use crate::credit::Credits;
use crate::fact::{LookupPurpose, PurchaseOutcome};
use crate::id::{Addr, Id};
use crate::idle::OwnerLoad;
use crate::rules::{Handoff, Rules, Scheme};
use crate::time::{Span, Time};
use crate::world::World;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// No address.
const NOBODY: Addr = Addr(u32::MAX);

/// What the markets tell the service layer of its purchases, and of sales to that of others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum News {
    /// A seller sold.
    Bought {
        /// The purchase.
        purchase: u32,
        /// Who sold.
        seller: Addr,
        /// How much, in the kind's unit.
        amount: u64,
        /// What is put aside for it.
        total: Credits,
        /// What of that goes to the market owner, whatever share is paid.
        fee: Credits,
    },
    /// A purchase ended.
    Ended {
        /// The purchase.
        purchase: u32,
        /// How.
        outcome: PurchaseOutcome,
    },
    /// What this node had sold to another's service layer is that one's no more.
    SaleOver {
        /// The purchase.
        purchase: u32,
        /// Whether its buyer said so; else its time is over.
        is_cancelled: bool,
    },
}

/// What the service layer says of a purchase of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// What was bought was delivered: pay.
    Good,
    /// The seller failed: what it stored until now is paid, a computation is not.
    Failed,
    /// What was delivered is wrong, and that can be shown: do not pay.
    Wrong,
    /// It is not needed any more: what was stored until now is paid.
    Enough,
}

/// How a run for another's service layer ended, as its seller says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RunEnd {
    /// Its result was delivered, or nobody was there to take it.
    Delivered,
    /// The machine's owner wants it back.
    Evicted,
}

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

/// The largest number of a commodity of a kind: its value fits the bits for values.
fn last_number(kind: ResourceKind, rules: &Rules) -> u32 {
    let width = u128::from(rules.market.width_of(kind));
    let largest = ((1u128 << rules.market.value_bits) - 1) / width;
    largest.min(u128::from(NUMBER_MAX)) as u32
}

/// The commodity in which a seller of `amount` lists: the largest there is that it covers.
fn offered(kind: ResourceKind, amount: u64, rules: &Rules) -> Commodity {
    let commodity = Commodity::offered(kind, amount, rules.market.width_of(kind));
    commodity.min(Commodity::new(kind, last_number(kind, rules)))
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

    /// Gives the node what it has, and its character.
    pub fn endow(&mut self, endowment: Endowment, rules: &Rules, now: Time) {
        let kept = self.seller.kept();
        self.seller = Seller::new(endowment, rules, now);
        self.seller.keep(&kept, now);
    }

    /// What is on disk after a crash: the storage that is sold to the service layers of others, and
    /// who serves this node's.
    pub fn after_restart(&self) -> Self {
        let mut market = Self::new(self.me);
        market.seller.remember(self.seller.kept());
        market.buyer = self.buyer.after_restart();
        market
    }

    /// Turns to another way of computing for others.
    pub fn turn(&mut self, compute: ComputeBehaviour) {
        self.seller.turn(compute);
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

    /// The service layer says what became of a purchase of its own, from `seller` if it was sold.
    pub fn finish(
        &mut self,
        purchase: u32,
        seller: Option<Addr>,
        verdict: Verdict,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let behaviour = self.seller.character().buyer;
        self.buyer.finish(purchase, seller, verdict, behaviour, rules, world);
    }

    /// A run for another's service layer is over.
    pub fn end_run(
        &mut self,
        purchase: u32,
        end: RunEnd,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        self.seller.end_run(purchase, end, rules, world)
    }

    /// What the service layer has yet to be told, in order.
    pub fn take_news(&mut self) -> Vec<News> {
        self.buyer.take_news()
    }

    /// Leaves: `heir` will be responsible for this node's keys.
    pub fn leave(&mut self, heir: Option<Addr>, rules: &Rules, world: &mut dyn World<Message>) {
        self.buyer.leave(rules, world);
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
            | LookupPurpose::File
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
            | LookupPurpose::File
            | LookupPurpose::Finger
            | LookupPurpose::Join
            | LookupPurpose::Rejoin => Wish::Nothing,
        }
    }

    /// How much of the machine its owner uses now.
    pub fn on_owner_load(
        &mut self,
        load: OwnerLoad,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        self.seller.on_owner_load(load, rules, world)
    }
}

// Million-node runs keep one of these a node.
const _: () = assert!(size_of::<Market>() <= 136);

//! A node as a seller: it lists what is free, sells it, and lists what remains (CompuP2P, IV-A,
//! IV-B: "once a seller sells its compute power, it de-lists itself from the market and perhaps
//! moves to another market for selling its remaining compute power"). `seller/stall.rs` is what it
//! has of one kind, `seller/offering.rs` how much of that it offers; `seller/delivery.rs` is what it
//! does when a sale is over.

mod delivery;
mod offering;
mod stall;

pub(crate) use delivery::share_of;
pub(super) use delivery::show_receipt;
use offering::OwnerState;
pub use stall::{Offer, Stall};

use super::Wish;
use super::message::{Message, Status, Timer};
use crate::behaviour::{Character, ComputeBehaviour};
use crate::commodity::{Commodity, KINDS, Platform, ResourceKind};
use crate::credit::Credits;
use crate::fact::Fact;
use crate::id::Addr;
use crate::ledger::WHOLE;
use crate::policy::Policy;
use crate::pricing::{Volume, covers};
use crate::rules::{Allocation, Mechanism, PricingRule, Rules};
use crate::time::{Span, Time};
use crate::world::{Ticket, World};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// What a node has, and how it behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Endowment {
    /// Its compute power.
    pub cpu: Offer,
    /// Its storage.
    pub storage: Offer,
    /// Its machine.
    pub platform: Platform,
    /// How it plays its roles.
    pub character: Character,
    /// The class of nodes whose usage policy it has, if any.
    pub class: Option<u8>,
    /// Its real speed beside the one that it advertises, in parts of a million.
    pub speed: u32,
}

impl Default for Endowment {
    /// Nothing.
    fn default() -> Self {
        Self {
            cpu: Offer::default(),
            storage: Offer::default(),
            platform: Platform::default(),
            character: Character::default(),
            class: None,
            speed: WHOLE,
        }
    }
}

/// How a sale stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// What is sold is the buyer's.
    Held,
    /// Its time is over, and the buyer has yet to note it.
    Over,
    /// The buyer gave it up, perhaps before its request came: that one sells nothing any more.
    Cancelled,
}

/// A part of what a seller has that is sold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sale {
    /// The purchase.
    pub purchase: u32,
    /// Who bought.
    pub buyer: Addr,
    /// Of what.
    pub kind: ResourceKind,
    /// How it stands.
    pub standing: Standing,
    /// Whether it is for the service layer.
    pub service: bool,
    /// How much; nothing unless it is held.
    pub amount: u64,
    /// When it was sold.
    pub began: Time,
    /// When its time is over; of what is not held, when it is forgotten.
    pub ends: Time,
}

impl Sale {
    fn is_served(&self) -> bool {
        self.service && self.standing == Standing::Held
    }
}

/// What a buyer asks of a seller.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) purchase: u32,
    pub(super) wanted: Commodity,
    pub(super) payoff: Credits,
    pub(super) hold: Span,
    pub(super) service: bool,
}

/// A node as a seller. Invariant: what its sales hold is what its stalls have sold.
#[derive(Clone, Debug)]
pub struct Seller {
    cpu: Stall,
    /// What only some have.
    more: Option<Box<More>>,
    sales: Vec<Sale>,
    platform: Platform,
    /// The class of nodes whose usage policy it has, or [`NO_CLASS`].
    class: u8,
    character: Character,
    /// Its real speed beside the one that it advertises, in parts of a million.
    speed: u32,
}

/// Of a node in no class.
const NO_CLASS: u8 = u8::MAX;

/// Storage that is offered, and what a node was told of its owner.
#[derive(Clone, Debug, Default)]
struct More {
    storage: Option<Stall>,
    owner: OwnerState,
}

impl Default for Seller {
    /// Has nothing.
    fn default() -> Self {
        Self::with(Endowment::default())
    }
}

impl Seller {
    /// Offers what its policy allows.
    pub fn new(endowment: Endowment, rules: &Rules, now: Time) -> Self {
        let mut seller = Self::with(endowment);
        seller.offer(rules, now);
        seller
    }

    fn with(endowment: Endowment) -> Self {
        let Endowment { cpu, storage, platform, character, class, speed } = endowment;
        let stall = Some(Stall::new(ResourceKind::Storage, storage));
        let more = || Box::new(More { storage: stall, owner: OwnerState::default() });
        Self {
            cpu: Stall::new(ResourceKind::Cpu, cpu),
            more: (storage.capacity > 0).then(more),
            sales: Vec::new(),
            platform,
            class: class.unwrap_or(NO_CLASS),
            character,
            speed,
        }
    }

    /// How it behaves, in all its roles.
    pub fn character(&self) -> Character {
        self.character
    }

    /// What it offers, by kind.
    pub fn stalls(&self) -> impl Iterator<Item = &Stall> {
        [&self.cpu].into_iter().chain(self.stall(ResourceKind::Storage))
    }

    /// What it offers of one kind.
    pub fn stall(&self, kind: ResourceKind) -> Option<&Stall> {
        match kind {
            ResourceKind::Cpu => Some(&self.cpu),
            ResourceKind::Storage => self.more.as_ref()?.storage.as_ref(),
        }
    }

    fn stall_mut(&mut self, kind: ResourceKind) -> Option<&mut Stall> {
        match kind {
            ResourceKind::Cpu => Some(&mut self.cpu),
            ResourceKind::Storage => self.more.as_mut()?.storage.as_mut(),
        }
    }

    fn policy<'r>(&self, rules: &'r Rules) -> &'r Policy {
        rules.policy((self.class != NO_CLASS).then_some(self.class))
    }

    /// What is sold, and what is remembered of what was.
    pub fn sales(&self) -> &[Sale] {
        &self.sales
    }

    /// Whether what its sales hold is what is sold, and no more than there is.
    pub fn is_balanced(&self) -> bool {
        self.stalls().all(|stall| {
            let of_kind = self.sales.iter().filter(|sale| sale.kind == stall.kind());
            let held: u64 = of_kind.map(|sale| sale.amount).sum();
            held == stall.sold() && held <= stall.nominal()
        })
    }

    /// Turns to another way of computing for others.
    pub(super) fn turn(&mut self, compute: ComputeBehaviour) {
        self.character.compute = compute;
    }

    /// What is on disk after a crash: the storage that the service layers of others have, until
    /// then.
    pub(super) fn kept(&self) -> Vec<Sale> {
        let is_kept = |sale: &&Sale| sale.is_served() && sale.kind == ResourceKind::Storage;
        self.sales.iter().filter(is_kept).copied().collect()
    }

    /// Holds what was sold before a crash until the node is endowed again.
    pub(super) fn remember(&mut self, sales: Vec<Sale>) {
        self.sales = sales;
    }

    /// Takes over what was sold before a crash, if there is room.
    pub(super) fn keep(&mut self, sales: &[Sale], now: Time) {
        for sale in sales.iter().filter(|sale| sale.ends > now) {
            if let Some(stall) = self.stall_mut(sale.kind)
                && stall.keep(sale.amount)
            {
                self.sales.push(*sale);
            }
        }
    }

    pub(super) fn begin(&mut self, rules: &Rules, world: &mut dyn World<Message>) {
        for sale in &self.sales {
            let left = sale.ends.since(world.now());
            world.wake(left, Message::Timer(Timer::SaleEnds(sale.purchase)));
        }
        for stall in self.stalls().filter(|stall| stall.is_any(rules)) {
            let phase = rules.market.relist_interval.fraction(world.draw());
            world.wake(phase, Message::Timer(Timer::Relist(stall.kind())));
        }
    }

    pub(super) fn on_relist(
        &mut self,
        kind: ResourceKind,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        if rules.off.is_on(Mechanism::Relist) {
            world.wake(rules.market.relist_interval, Message::Timer(Timer::Relist(kind)));
        }
        self.list(kind, rules)
    }

    fn list(&mut self, kind: ResourceKind, rules: &Rules) -> Wish {
        self.stall_mut(kind).map_or(Wish::Nothing, |stall| stall.list(rules))
    }

    /// The market owner is found: tells it.
    pub(super) fn on_found(
        &mut self,
        ticket: u32,
        owner: Addr,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let (platform, character) = (self.platform, self.character);
        if let Some(stall) = self.stall_mut(Stall::kind_of(ticket)) {
            stall.on_found(ticket, owner, platform, character, rules, world);
        }
    }

    /// A market owner tells that it was handed this seller's listing.
    pub(super) fn on_rehomed(
        &mut self,
        owner: Addr,
        commodity: Commodity,
        world: &mut dyn World<Message>,
    ) {
        match self.stall_mut(commodity.kind()) {
            Some(stall) => stall.on_rehomed(owner, commodity, world),
            None => world.send(owner, Message::Delist { commodity }),
        }
    }

    /// A market owner tells the least price of others. The seller answers at once, if it would post
    /// another price now.
    pub(super) fn on_rival(
        &mut self,
        owner: Addr,
        commodity: Commodity,
        price: Option<u32>,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let (platform, character) = (self.platform, self.character);
        let Some(stall) = self.stall_mut(commodity.kind()) else { return };
        let is_posted = rules.pricing.rule == PricingRule::PostedPrices;
        if is_posted
            && stall.listed() == Some((owner, commodity))
            && let Some(bid) = stall.on_rival(price, character, rules)
        {
            world.send(owner, Message::List { commodity, bid, platform });
        }
    }

    /// A buyer wants to buy. Only here is anything sold.
    pub(super) fn on_buy(
        &mut self,
        buyer: Addr,
        ticket: Ticket,
        terms: Terms,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        let Terms { purchase, wanted, hold, service, .. } = terms;
        if let Some(&mut Sale { amount, standing, .. }) = self.sale(purchase, buyer) {
            match standing {
                Standing::Held | Standing::Over => {
                    world.answer(ticket, Message::Accepted { purchase, amount });
                }
                Standing::Cancelled => refuse(purchase, ticket, world),
            }
            return Wish::Nothing;
        }
        let kind = wanted.kind();
        let Some(amount) = self.worth(buyer, terms, rules, world.now()) else {
            refuse(purchase, ticket, world);
            return Wish::Nothing;
        };
        let (standing, began) = (Standing::Held, world.now());
        let ends = began + hold;
        self.sales.push(Sale { purchase, buyer, kind, standing, service, amount, began, ends });
        let stall = self.stall_mut(kind).expect("it is worth selling from");
        stall.sell(amount);
        let sold = stall.sold();
        stall.delist(world);
        assert!(self.is_balanced(), "no capacity is sold twice");
        world.note(Fact::Sold { purchase, kind, amount, sold });
        world.answer(ticket, Message::Accepted { purchase, amount });
        world.wake(hold, Message::Timer(Timer::SaleEnds(purchase)));
        self.list(kind, rules)
    }

    /// What is sold to a buyer, or to whomever, for the service layer, while it is held.
    pub fn service_sale(&self, purchase: u32, buyer: Option<Addr>) -> Option<&Sale> {
        let is_theirs = |sale: &Sale| buyer.is_none_or(|buyer| sale.buyer == buyer);
        self.sales.iter().find(|s| s.purchase == purchase && is_theirs(s) && s.is_served())
    }

    /// Whether something is sold for the service layer in this purchase, and held.
    pub(super) fn serves(&self, purchase: u32) -> bool {
        self.sales.iter().any(|sale| sale.purchase == purchase && sale.is_served())
    }

    /// How much is sold to this buyer on these terms, if anything is.
    fn worth(&self, buyer: Addr, terms: Terms, rules: &Rules, now: Time) -> Option<u64> {
        let Terms { wanted, payoff, hold, .. } = terms;
        let stall = self.stall(wanted.kind())?;
        let (wanted, free) = (rules.value(wanted), stall.free());
        let volume = Volume::of(wanted, hold, rules);
        let bid = stall.bid(self.character, rules);
        let is_welcome = !self.policy(rules).refuses(buyer, hold);
        let is_there = free >= wanted && free > 0;
        // What would be suspended at once is not begun.
        let runs = terms.service && terms.wanted.kind() == ResourceKind::Cpu;
        if runs && self.pace(rules, now) == 0 {
            return None;
        }
        if !is_welcome || !is_there || !covers(payoff, stall.cost(), bid, volume, rules) {
            return None;
        }
        Some(match rules.market.allocation {
            Allocation::Requested => wanted,
            Allocation::Whole => free,
        })
    }

    fn sale(&mut self, purchase: u32, buyer: Addr) -> Option<&mut Sale> {
        self.sales.iter_mut().find(|sale| sale.purchase == purchase && sale.buyer == buyer)
    }

    /// What is left by a sale is free, and listed.
    fn release(&mut self, sale: Sale, rules: &Rules, world: &mut dyn World<Message>) -> Wish {
        let Sale { purchase, kind, amount, .. } = sale;
        let Some(stall) = self.stall_mut(kind).filter(|_| amount > 0) else {
            return Wish::Nothing;
        };
        stall.release(amount);
        let sold = stall.sold();
        stall.delist_if_moved(rules, world);
        assert!(self.is_balanced(), "no capacity is lost");
        world.note(Fact::Freed { purchase, kind, amount, sold });
        self.list(kind, rules)
    }

    /// Leaves: its buyers need not wait, nor the market owner for the listing's end. What it keeps for
    /// the service layers of others stays on its disk.
    pub(super) fn leave(&mut self, world: &mut dyn World<Message>) {
        let kept = self.kept();
        for kind in KINDS {
            if let Some(stall) = self.stall_mut(kind) {
                stall.delist(world);
                stall.clear();
            }
        }
        self.sales.retain(|sale| !kept.contains(sale));
        for sale in self.sales.drain(..).filter(|sale| sale.amount > 0) {
            let (purchase, status) = (sale.purchase, Status::Unknown);
            world.send(sale.buyer, Message::Status { purchase, status });
        }
        self.keep(&kept, world.now());
    }
}

fn refuse(purchase: u32, ticket: Ticket, world: &mut dyn World<Message>) {
    world.note(Fact::SaleRefused { purchase });
    world.answer(ticket, Message::Refused { purchase });
}

//! A node as a seller: it lists what is free, sells it, and lists what remains (CompuP2P, IV-A,
//! IV-B: "once a seller sells its compute power, it de-lists itself from the market and perhaps
//! moves to another market for selling its remaining compute power").

use super::message::{Message, Status, Timer};
use super::{NOBODY, Wish, key, offered};
use crate::commodity::{Commodity, Platform};
use crate::credit::Credits;
use crate::fact::{Fact, LookupPurpose};
use crate::id::Addr;
use crate::pricing;
use crate::rules::{Allocation, Mechanism, Rules};
use crate::time::{Span, Time};
use crate::world::{Ticket, World};
use alloc::vec::Vec;

/// What a node can sell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Endowment {
    /// How much, in the kind's unit (cycles a second).
    pub capacity: u64,
    /// What a sale costs it, in credits, without listing fees.
    pub cost: u32,
    /// Its machine.
    pub platform: Platform,
}

/// A part of the capacity that is sold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sale {
    /// The purchase.
    pub purchase: u32,
    /// Who bought.
    pub buyer: Addr,
    /// How much; nothing once its time is over and the buyer has yet to note it.
    pub amount: u64,
    /// When its time is over.
    pub ends: Time,
}

/// What a buyer asks of a seller.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) purchase: u32,
    pub(super) wanted: Commodity,
    pub(super) payoff: Credits,
    pub(super) hold: Span,
}

/// A node as a seller. Invariant: what is free and what is sold are the capacity.
#[derive(Clone, Debug)]
pub struct Seller {
    capacity: u64,
    free: u64,
    sales: Vec<Sale>,
    cost: u32,
    /// The market owner that was told last, if it was not told of a sale since.
    listed_at: Addr,
    /// As what.
    listed: Commodity,
    /// Which lookup for a market owner counts; answers to earlier ones are out of date.
    lookup: u16,
    platform: Platform,
}

impl Default for Seller {
    /// Sells nothing.
    fn default() -> Self {
        Self::new(Endowment { capacity: 0, cost: 0, platform: Platform::default() })
    }
}

impl Seller {
    /// Has all to sell that it has.
    pub fn new(endowment: Endowment) -> Self {
        let Endowment { capacity, cost, platform } = endowment;
        Self {
            capacity,
            free: capacity,
            sales: Vec::new(),
            cost,
            listed_at: NOBODY,
            listed: Commodity::default(),
            lookup: 0,
            platform,
        }
    }

    /// What it has, in the kind's unit.
    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// What of it is not sold.
    pub fn free(&self) -> u64 {
        self.free
    }

    /// What a sale costs it, in credits, without listing fees.
    pub fn cost(&self) -> u32 {
        self.cost
    }

    /// What is sold. Those of amount 0 are over.
    pub fn sales(&self) -> &[Sale] {
        &self.sales
    }

    /// Where it believes to be listed, and as what.
    pub fn listed(&self) -> Option<(Addr, Commodity)> {
        (self.listed_at != NOBODY).then_some((self.listed_at, self.listed))
    }

    /// Whether what is free and what is sold are the capacity.
    pub fn is_balanced(&self) -> bool {
        let sold: u64 = self.sales.iter().map(|sale| sale.amount).sum();
        sold + self.free == self.capacity
    }

    pub(super) fn begin(&mut self, rules: &Rules, world: &mut dyn World<Message>) {
        if self.capacity >= rules.market.width {
            let phase = rules.market.relist_interval.fraction(world.draw());
            world.wake(phase, Message::Timer(Timer::Relist));
        }
    }

    pub(super) fn on_relist(&mut self, rules: &Rules, world: &mut dyn World<Message>) -> Wish {
        if rules.off.is_on(Mechanism::Relist) {
            world.wake(rules.market.relist_interval, Message::Timer(Timer::Relist));
        }
        self.list(rules)
    }

    /// Looks for the owner of the market for what is free, if it is enough for one.
    fn list(&mut self, rules: &Rules) -> Wish {
        self.lookup = self.lookup.wrapping_add(1);
        if self.free < rules.market.width {
            return Wish::Nothing;
        }
        let key = key(offered(self.free, rules), rules);
        Wish::Find { key, purpose: LookupPurpose::List, ticket: self.lookup.into() }
    }

    /// The market owner is found: tells it.
    pub(super) fn on_found(
        &mut self,
        ticket: u32,
        owner: Addr,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        if ticket != u32::from(self.lookup) {
            return;
        }
        let commodity = offered(self.free, rules);
        let bid = pricing::bid(self.cost, rules);
        self.listed_at = owner;
        self.listed = commodity;
        world.send(owner, Message::List { commodity, bid, platform: self.platform });
    }

    fn delist(&mut self, world: &mut dyn World<Message>) {
        if self.listed_at != NOBODY {
            world.send(self.listed_at, Message::Delist { commodity: self.listed });
            self.listed_at = NOBODY;
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
        let Terms { purchase, wanted, payoff, hold } = terms;
        if let Some(sale) = self.sale(purchase, buyer) {
            let amount = sale.amount;
            world.answer(ticket, Message::Accepted { purchase, amount });
            return Wish::Nothing;
        }
        let wanted = wanted.value(rules.market.width);
        if self.free < wanted || self.free == 0 || payoff < Credits::whole(self.cost) {
            world.note(Fact::SaleRefused { purchase });
            world.answer(ticket, Message::Refused { purchase });
            return Wish::Nothing;
        }
        let amount = match rules.market.allocation {
            Allocation::Requested => wanted,
            Allocation::Whole => self.free,
        };
        self.sales.push(Sale { purchase, buyer, amount, ends: world.now() + hold });
        self.free -= amount;
        assert!(self.is_balanced(), "no capacity is sold twice");
        world.note(Fact::Sold { purchase, amount, free: self.free });
        world.answer(ticket, Message::Accepted { purchase, amount });
        world.wake(hold, Message::Timer(Timer::SaleEnds(purchase)));
        self.delist(world);
        self.list(rules)
    }

    fn sale(&mut self, purchase: u32, buyer: Addr) -> Option<&mut Sale> {
        self.sales.iter_mut().find(|sale| sale.purchase == purchase && sale.buyer == buyer)
    }

    /// The time of a sale is over: what was sold is free, and the buyer is told.
    pub(super) fn on_sale_ends(
        &mut self,
        purchase: u32,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        let now = world.now();
        let running = |sale: &&mut Sale| sale.purchase == purchase && sale.amount > 0;
        let Some(sale) = self.sales.iter_mut().find(running) else { return Wish::Nothing };
        if now < sale.ends {
            return Wish::Nothing; // An earlier sale to the same purchase was cancelled.
        }
        let amount = core::mem::take(&mut sale.amount);
        let buyer = sale.buyer;
        world.call(buyer, Message::Done { purchase, tries: 0 }, rules.overlay.rpc_timeout);
        self.release(purchase, amount, rules, world)
    }

    /// The buyer gave up.
    pub(super) fn on_cancel(
        &mut self,
        purchase: u32,
        buyer: Addr,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        let Some(sale) = self.sale(purchase, buyer) else { return Wish::Nothing };
        let amount = sale.amount;
        self.forget(purchase, buyer);
        self.release(purchase, amount, rules, world)
    }

    fn release(
        &mut self,
        purchase: u32,
        amount: u64,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        self.free += amount;
        assert!(self.is_balanced(), "no capacity is lost");
        if amount == 0 {
            return Wish::Nothing;
        }
        world.note(Fact::Freed { purchase, amount, free: self.free });
        if offered(self.free, rules) != self.listed {
            self.delist(world);
        }
        self.list(rules)
    }

    fn forget(&mut self, purchase: u32, buyer: Addr) {
        self.sales.retain(|sale| sale.purchase != purchase || sale.buyer != buyer);
    }

    pub(super) fn on_noted(&mut self, purchase: u32, buyer: Addr) {
        let over = |sale: &Sale| sale.purchase == purchase && sale.amount == 0;
        self.sales.retain(|sale| !over(sale) || sale.buyer != buyer);
    }

    /// The buyer did not note that its time is over: it is told again a few times.
    pub(super) fn on_done_unnoted(
        &mut self,
        purchase: u32,
        tries: u8,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let over = |sale: &&Sale| sale.purchase == purchase && sale.amount == 0;
        let Some(&Sale { buyer, .. }) = self.sales.iter().find(over) else { return };
        let tries = tries.saturating_add(1);
        if u32::from(tries) >= rules.overlay.attempts {
            self.forget(purchase, buyer);
            return;
        }
        world.call(buyer, Message::Done { purchase, tries }, rules.overlay.rpc_timeout);
    }

    /// What became of a purchase.
    pub(super) fn status(&mut self, purchase: u32, buyer: Addr) -> Status {
        match self.sale(purchase, buyer) {
            Some(sale) if sale.amount == 0 => Status::Done,
            Some(_) => Status::Held,
            None => Status::Unknown,
        }
    }

    /// Leaves: its buyers need not wait, nor the market owner for the listing's end.
    pub(super) fn leave(&mut self, world: &mut dyn World<Message>) {
        self.delist(world);
        for sale in self.sales.drain(..).filter(|sale| sale.amount > 0) {
            let (purchase, status) = (sale.purchase, Status::Unknown);
            world.send(sale.buyer, Message::Status { purchase, status });
        }
        self.free = self.capacity;
    }
}

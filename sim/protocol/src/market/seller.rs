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

/// How long a seller remembers what is over, or was cancelled: longer than a buyer waits before it
/// asks, and than a request is under way [ours].
const MEMORY: Span = Span::secs(60);

/// How a sale stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// The capacity is the buyer's.
    Held,
    /// Its time is over, and the buyer has yet to note it.
    Over,
    /// The buyer gave it up, perhaps before its request came: that one sells nothing any more.
    Cancelled,
}

/// A part of the capacity that is sold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sale {
    /// The purchase.
    pub purchase: u32,
    /// Who bought.
    pub buyer: Addr,
    /// How much; nothing unless it is held.
    pub amount: u64,
    /// How it stands.
    pub standing: Standing,
    /// When its time is over; of what is not held, when it is forgotten.
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

    /// What is sold, and what is remembered of what was.
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
        if let Some(&mut Sale { amount, standing, .. }) = self.sale(purchase, buyer) {
            match standing {
                Standing::Held | Standing::Over => {
                    world.answer(ticket, Message::Accepted { purchase, amount });
                }
                Standing::Cancelled => refuse(purchase, ticket, world),
            }
            return Wish::Nothing;
        }
        let wanted = wanted.value(rules.market.width);
        if self.free < wanted || self.free == 0 || payoff < Credits::whole(self.cost) {
            refuse(purchase, ticket, world);
            return Wish::Nothing;
        }
        let amount = match rules.market.allocation {
            Allocation::Requested => wanted,
            Allocation::Whole => self.free,
        };
        let (standing, ends) = (Standing::Held, world.now() + hold);
        self.sales.push(Sale { purchase, buyer, amount, standing, ends });
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
        let held = |sale: &Sale| sale.standing == Standing::Held;
        self.sales.retain(|sale| sale.purchase != purchase || held(sale) || now < sale.ends);
        // An earlier sale to the same purchase may have been cancelled: this one goes on.
        let due = |sale: &&mut Sale| sale.purchase == purchase && held(sale) && sale.ends <= now;
        let Some(sale) = self.sales.iter_mut().find(due) else { return Wish::Nothing };
        sale.standing = Standing::Over;
        sale.ends = Time::NEVER;
        let amount = core::mem::take(&mut sale.amount);
        let buyer = sale.buyer;
        world.call(buyer, Message::Done { purchase, tries: 0 }, rules.overlay.rpc_timeout);
        self.release(purchase, amount, rules, world)
    }

    /// The buyer gave up. Its request may come later than this, and must sell nothing then [ours].
    pub(super) fn on_cancel(
        &mut self,
        purchase: u32,
        buyer: Addr,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        let (standing, ends) = (Standing::Cancelled, world.now() + MEMORY);
        let cancelled = Sale { purchase, buyer, amount: 0, standing, ends };
        world.wake(MEMORY, Message::Timer(Timer::SaleEnds(purchase)));
        let Some(sale) = self.sale(purchase, buyer) else {
            self.sales.push(cancelled);
            return Wish::Nothing;
        };
        let amount = core::mem::replace(sale, cancelled).amount;
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

    pub(super) fn on_noted(&mut self, purchase: u32, buyer: Addr) {
        let over = |sale: &Sale| sale.purchase == purchase && sale.standing == Standing::Over;
        self.sales.retain(|sale| !over(sale) || sale.buyer != buyer);
    }

    /// The buyer did not note that its time is over: it is told again a few times, and then may
    /// ask for a while.
    pub(super) fn on_done_unnoted(
        &mut self,
        purchase: u32,
        tries: u8,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let over = |sale: &&mut Sale| sale.purchase == purchase && sale.standing == Standing::Over;
        let Some(sale) = self.sales.iter_mut().find(over) else { return };
        let tries = tries.saturating_add(1);
        if u32::from(tries) >= rules.overlay.attempts {
            sale.ends = world.now() + MEMORY;
            world.wake(MEMORY, Message::Timer(Timer::SaleEnds(purchase)));
            return;
        }
        world.call(sale.buyer, Message::Done { purchase, tries }, rules.overlay.rpc_timeout);
    }

    /// What became of a purchase.
    pub(super) fn status(&mut self, purchase: u32, buyer: Addr) -> Status {
        match self.sale(purchase, buyer).map(|sale| sale.standing) {
            Some(Standing::Over) => Status::Done,
            Some(Standing::Held) => Status::Held,
            Some(Standing::Cancelled) | None => Status::Unknown,
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

fn refuse(purchase: u32, ticket: Ticket, world: &mut dyn World<Message>) {
    world.note(Fact::SaleRefused { purchase });
    world.answer(ticket, Message::Refused { purchase });
}

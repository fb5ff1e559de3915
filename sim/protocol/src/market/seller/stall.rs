//! What a seller offers of one kind of resource, and where it is listed.

use super::super::message::Message;
use super::super::{NOBODY, Wish, key, offered};
use crate::behaviour::Character;
use crate::commodity::{Commodity, Platform, ResourceKind};
use crate::fact::LookupPurpose;
use crate::id::Addr;
use crate::pricing;
use crate::rules::Rules;
use crate::world::World;

/// What a node has of one kind, and what selling it costs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Offer {
    /// How much, in the kind's unit.
    pub capacity: u64,
    /// What a sale costs it, in ticks, without what is taken from it.
    pub cost: u32,
}

/// Nobody else's price is known.
const NO_RIVAL: u32 = u32::MAX;

/// One kind of resource at a seller. Invariant: what is sold is not more than there is, nor, at the
/// time of sale, than what is offered.
#[derive(Clone, Debug)]
pub struct Stall {
    kind: ResourceKind,
    /// Which lookup for a market owner counts; answers to earlier ones are out of date.
    lookup: u16,
    cost: u32,
    nominal: u64,
    offered: u64,
    sold: u64,
    /// The least posted price of others, as a market owner told.
    rival: u32,
    /// Whether it has answered that price since it last looked for the owner.
    has_answered: bool,
    /// The market owner that was told last, if it was not told of a sale since.
    listed_at: Addr,
    /// As what.
    listed: Commodity,
    /// As what a market owner was looked for last; nothing that is ever listed, if there was too
    /// little.
    sought: Commodity,
}

impl Stall {
    /// Offers all that there is.
    pub(super) fn new(kind: ResourceKind, offer: Offer) -> Self {
        Self {
            kind,
            lookup: 0,
            cost: offer.cost,
            nominal: offer.capacity,
            offered: offer.capacity,
            sold: 0,
            rival: NO_RIVAL,
            has_answered: false,
            listed_at: NOBODY,
            listed: Commodity::default(),
            sought: Commodity::default(),
        }
    }

    /// Of what.
    pub fn kind(&self) -> ResourceKind {
        self.kind
    }

    /// How much there is, in the kind's unit.
    pub fn nominal(&self) -> u64 {
        self.nominal
    }

    /// How much of it is offered now, sold or not.
    pub fn offered(&self) -> u64 {
        self.offered
    }

    /// How much is sold.
    pub fn sold(&self) -> u64 {
        self.sold
    }

    /// How much of what is offered is not sold.
    pub fn free(&self) -> u64 {
        self.offered.saturating_sub(self.sold)
    }

    /// What a sale costs, in ticks, without what is taken from it.
    pub fn cost(&self) -> u32 {
        self.cost
    }

    /// Where it is believed to be listed, and as what.
    pub fn listed(&self) -> Option<(Addr, Commodity)> {
        (self.listed_at != NOBODY).then_some((self.listed_at, self.listed))
    }

    /// What the seller bids now, in ticks.
    pub fn bid(&self, character: Character, rules: &Rules) -> u32 {
        let rival = (self.rival != NO_RIVAL).then_some(self.rival);
        pricing::bid(pricing::marginal_cost(self.cost, rules), character, rival, rules)
    }

    /// Whether there is enough of it to be listed at all.
    pub(super) fn is_any(&self, rules: &Rules) -> bool {
        self.nominal >= rules.market.width_of(self.kind)
    }

    /// Offers so much from now on.
    pub(super) fn offer(&mut self, amount: u64) {
        self.offered = amount.min(self.nominal);
    }

    pub(super) fn sell(&mut self, amount: u64) {
        assert!(amount <= self.free(), "nothing is sold twice");
        self.sold += amount;
    }

    /// Takes over what was sold before, if there is room. Says whether there was.
    pub(super) fn keep(&mut self, amount: u64) -> bool {
        let has_room = self.sold.saturating_add(amount) <= self.nominal;
        if has_room {
            self.sold += amount;
        }
        has_room
    }

    pub(super) fn release(&mut self, amount: u64) {
        self.sold -= amount;
    }

    /// Forgets what is sold.
    pub(super) fn clear(&mut self) {
        self.sold = 0;
    }

    /// Looks for the owner of the market for what is free, if it is enough for one.
    pub(super) fn list(&mut self, rules: &Rules) -> Wish {
        self.lookup = self.lookup.wrapping_add(1);
        self.sought = Commodity::default();
        if self.free() < rules.market.width_of(self.kind) {
            return Wish::Nothing;
        }
        self.sought = offered(self.kind, self.free(), rules);
        let ticket = (self.kind as u32) << 16 | u32::from(self.lookup);
        Wish::Find { key: key(self.sought, rules), purpose: LookupPurpose::List, ticket }
    }

    /// The same, unless an owner is known, or was looked for already, for as much as is free now.
    pub(super) fn list_anew(&mut self, rules: &Rules) -> Wish {
        let is_enough = self.free() >= rules.market.width_of(self.kind);
        if is_enough && self.sought == offered(self.kind, self.free(), rules) {
            return Wish::Nothing;
        }
        self.list(rules)
    }

    /// The kind that a lookup was for.
    pub(super) fn kind_of(ticket: u32) -> ResourceKind {
        match ticket >> 16 {
            0 => ResourceKind::Cpu,
            _ => ResourceKind::Storage,
        }
    }

    /// The market owner is found: tells it.
    pub(super) fn on_found(
        &mut self,
        ticket: u32,
        owner: Addr,
        platform: Platform,
        character: Character,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let is_enough = self.free() >= rules.market.width_of(self.kind);
        if ticket as u16 != self.lookup || !is_enough {
            return;
        }
        let commodity = offered(self.kind, self.free(), rules);
        let bid = self.bid(character, rules);
        self.listed_at = owner;
        self.listed = commodity;
        self.has_answered = false;
        world.send(owner, Message::List { commodity, bid, platform });
    }

    /// Tells the market owner that what was listed is not to be had any more.
    pub(super) fn delist(&mut self, world: &mut dyn World<Message>) {
        if self.listed_at != NOBODY {
            world.send(self.listed_at, Message::Delist { commodity: self.listed });
            self.listed_at = NOBODY;
        }
    }

    /// The same, if what is free belongs in another market now.
    pub(super) fn delist_if_moved(&mut self, rules: &Rules, world: &mut dyn World<Message>) {
        let is_too_little = self.free() < rules.market.width_of(self.kind);
        if is_too_little || offered(self.kind, self.free(), rules) != self.listed {
            self.delist(world);
        }
    }

    /// A listing of this stall stands at another market owner now, who is to be told of the next
    /// sale; or it is out of date, and that owner is told at once.
    pub(super) fn on_rehomed(
        &mut self,
        owner: Addr,
        commodity: Commodity,
        world: &mut dyn World<Message>,
    ) {
        match self.listed() {
            Some((_, listed)) if listed == commodity => self.listed_at = owner,
            _ => world.send(owner, Message::Delist { commodity }),
        }
    }

    /// A market owner told the least price of others: what the seller would post now, if that is
    /// another price. It answers once each time that it lists, so that a war of prices takes no
    /// more than twice the messages [ours].
    pub(super) fn on_rival(
        &mut self,
        price: Option<u32>,
        character: Character,
        rules: &Rules,
    ) -> Option<u32> {
        let before = self.bid(character, rules);
        self.rival = price.unwrap_or(NO_RIVAL);
        let bid = self.bid(character, rules);
        let answers = bid != before && !self.has_answered;
        self.has_answered |= answers;
        answers.then_some(bid)
    }
}

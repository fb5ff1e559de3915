//! A node as a market owner (MO): the books of its markets and their upkeep.

use super::book::Book;
use super::listing::{ENCODED_BYTES, EQUATION_2_BYTES, Listing};
use super::message::{Handover, Message, Timer, Unserved};
use super::processor_overlay::Search;
use super::serving::{Serving, unserved};
use super::{Wish, key};
use crate::behaviour::MoBehaviour;
use crate::commodity::{Commodity, Platform};
use crate::fact::{Fact, LookupPurpose};
use crate::id::Addr;
use crate::overlay::chord::Chord;
use crate::overlay::peer::Member;
use crate::rules::{Mechanism, PricingRule, Rules, Scheme};
use crate::time::Time;
use crate::world::World;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// A market that a node owns.
#[derive(Clone, Debug)]
pub struct OwnedMarket {
    pub(super) commodity: Commodity,
    /// What the host knows it by, for timers and answers: no other market of the host had it.
    pub(super) slot: u16,
    pub(super) book: Book,
    /// Its virtual node in the processor overlay.
    pub(super) member: Option<Box<Chord<Member>>>,
    empty_since: Option<Time>,
}

impl OwnedMarket {
    /// What is traded.
    pub fn commodity(&self) -> Commodity {
        self.commodity
    }

    /// The listings.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Its virtual node in the processor overlay, if the scheme has one.
    pub fn member(&self) -> Option<&Chord<Member>> {
        self.member.as_deref()
    }

    pub(super) fn slot(&self) -> u16 {
        self.slot
    }
}

/// What a node has to keep as a market owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Load {
    /// Markets.
    pub markets: u32,
    /// Listings in all of them.
    pub listings: u32,
    /// Bytes of what is held, encoded: listings, and the entries of processor overlay tables.
    pub state_bytes: u64,
    /// Bytes of the listings by the paper's equation 2, to be set beside it.
    pub equation2_bytes: u64,
}

/// Bytes of an entry of a processor overlay table: CMID and host.
const ENTRY_BYTES: u64 = 8 + 6;

/// What a node keeps as a market owner.
#[derive(Clone, Debug)]
pub struct Owner {
    pub(super) me: Addr,
    pub(super) behaviour: MoBehaviour,
    /// By commodity.
    pub(super) markets: Vec<OwnedMarket>,
    pub(super) listings: u32,
    pub(super) serving: Vec<Serving>,
    pub(super) searches: Vec<Search>,
    pub(super) next_number: u32,
    /// When the AdminServer was told last.
    pub(super) registered: Option<Time>,
}

/// A listing as it comes in.
pub(super) fn new_listing(
    seller: Addr,
    bid: u32,
    platform: Platform,
    rules: &Rules,
    now: Time,
) -> Listing {
    let expiry = now + rules.market.listing_ttl;
    Listing { seller, bid, platform, expiry, held_until: Time::ZERO }
}

impl Owner {
    pub(super) fn new(me: Addr, behaviour: MoBehaviour) -> Self {
        Self {
            me,
            behaviour,
            markets: Vec::new(),
            listings: 0,
            serving: Vec::new(),
            searches: Vec::new(),
            next_number: 0,
            registered: None,
        }
    }

    /// The markets, by commodity.
    pub fn markets(&self) -> &[OwnedMarket] {
        &self.markets
    }

    pub(super) fn is_idle(&self) -> bool {
        self.markets.is_empty() && self.serving.is_empty() && self.searches.is_empty()
    }

    pub(super) fn load(&self, rules: &Rules) -> Load {
        let entries = match rules.market.scheme {
            Scheme::SingleOverlay | Scheme::Naive => 0,
            Scheme::ProcessorOverlay => {
                let members = self.markets.iter().filter_map(OwnedMarket::member);
                members.map(|m| 1 + m.successors().len() + m.fingers().len()).sum()
            }
        };
        let listings = u64::from(self.listings);
        Load {
            markets: self.markets.len() as u32,
            listings: self.listings,
            state_bytes: listings * ENCODED_BYTES + entries as u64 * ENTRY_BYTES,
            equation2_bytes: listings * EQUATION_2_BYTES,
        }
    }

    pub(super) fn place(&self, commodity: Commodity) -> Result<usize, usize> {
        self.markets.binary_search_by_key(&commodity, |market| market.commodity)
    }

    pub(super) fn place_of_slot(&self, slot: u16) -> Option<usize> {
        self.markets.iter().position(|market| market.slot == slot)
    }

    pub(super) fn owns(&self, commodity: Commodity) -> bool {
        self.place(commodity).is_ok()
    }

    /// A seller lists itself. The first listing of a commodity opens its market.
    pub(super) fn list(
        &mut self,
        commodity: Commodity,
        listing: Listing,
        last_slot: &mut u16,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let place = match self.place(commodity) {
            Ok(place) => place,
            Err(place) => {
                self.open(place, commodity, last_slot, rules, world);
                place
            }
        };
        let book = &mut self.markets[place].book;
        let before = book.len();
        book.list(listing);
        let is_new = book.len() > before;
        self.listings += u32::from(is_new);
        world.note(Fact::Listed { commodity, is_new });
        if rules.pricing.rule == PricingRule::PostedPrices {
            let price = book.rival(listing.seller, listing.platform, world.now());
            world.send(listing.seller, Message::Rival { commodity, price });
        }
    }

    fn open(
        &mut self,
        place: usize,
        commodity: Commodity,
        last_slot: &mut u16,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        *last_slot = last_slot.wrapping_add(1);
        let slot = *last_slot;
        let (book, member, empty_since) = (Book::default(), None, None);
        self.markets.insert(place, OwnedMarket { commodity, slot, book, member, empty_since });
        world.note(Fact::MarketOpened(commodity));
        world.wake(rules.market.relist_interval, Message::Timer(Timer::Upkeep(slot)));
        match rules.market.scheme {
            Scheme::SingleOverlay | Scheme::Naive => {}
            Scheme::ProcessorOverlay => self.enter_ring(place, rules, world),
        }
    }

    /// A market that was another's is this node's now.
    pub(super) fn on_handover(
        &mut self,
        handover: &Handover,
        last_slot: &mut u16,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let now = world.now();
        for &listing in handover.listings.iter().filter(|listing| listing.expiry > now) {
            let place = self.place(handover.commodity);
            let known = place.ok().and_then(|at| self.markets[at].book.of(listing.seller));
            if known.is_none_or(|known| known.expiry < listing.expiry) {
                let commodity = handover.commodity;
                world.send(listing.seller, Message::Rehomed { commodity });
                self.list(commodity, listing, last_slot, rules, world);
            }
        }
    }

    /// A seller sold what it had listed.
    pub(super) fn delist(
        &mut self,
        commodity: Commodity,
        seller: Addr,
        world: &mut dyn World<Message>,
    ) {
        if let Ok(place) = self.place(commodity)
            && self.markets[place].book.delist(seller)
        {
            self.listings -= 1;
            world.note(Fact::Delisted(commodity));
        }
    }

    pub(super) fn purge(&mut self, place: usize, rules: &Rules, world: &mut dyn World<Message>) {
        let OwnedMarket { commodity, book, .. } = &mut self.markets[place];
        if !rules.off.is_on(Mechanism::Purge) {
            return;
        }
        let count = book.purge(world.now()) as u32;
        if count > 0 {
            self.listings -= count;
            world.note(Fact::Purged { commodity: *commodity, count });
        }
    }

    /// A round of a market's upkeep.
    pub(super) fn on_upkeep(
        &mut self,
        slot: u16,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        let Some(place) = self.place_of_slot(slot) else { return Wish::Nothing };
        self.purge(place, rules, world);
        let now = world.now();
        let market = &mut self.markets[place];
        match market.empty_since {
            _ if !market.book.is_empty() => market.empty_since = None,
            None => market.empty_since = Some(now),
            Some(since) if now.since(since) < rules.market.listing_ttl => {}
            Some(_) => {
                self.close(place, rules, world);
                return Wish::Nothing;
            }
        }
        world.wake(rules.market.relist_interval, Message::Timer(Timer::Upkeep(slot)));
        match rules.market.scheme {
            Scheme::SingleOverlay | Scheme::Naive => Wish::Nothing,
            Scheme::ProcessorOverlay => {
                self.register_in_turn(place, rules, world);
                match rules.off.is_on(Mechanism::Claim) {
                    true => self.claim(slot, rules),
                    false => Wish::Nothing,
                }
            }
        }
    }

    /// Looks for the owner that a market should have.
    pub(super) fn claim(&self, slot: u16, rules: &Rules) -> Wish {
        let Some(place) = self.place_of_slot(slot) else { return Wish::Nothing };
        let key = key(self.markets[place].commodity, rules);
        Wish::Find { key, purpose: LookupPurpose::Claim, ticket: slot.into() }
    }

    /// The owner that a market should have is found: another gets the listings [ours].
    pub(super) fn on_claim(
        &mut self,
        slot: u32,
        owner: Addr,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        if let Some(place) = self.place_of_slot(slot as u16)
            && owner != self.me
        {
            self.hand_over(place, owner, world);
            self.close(place, rules, world);
        }
    }

    fn hand_over(&mut self, place: usize, to: Addr, world: &mut dyn World<Message>) {
        let OwnedMarket { commodity, book, .. } = &self.markets[place];
        let (commodity, count) = (*commodity, book.len() as u32);
        let listings = book.listings().copied().collect();
        world.note(Fact::HandedOver { commodity, count });
        if count > 0 {
            world.send(to, Message::Handover(Box::new(Handover { commodity, listings })));
        }
    }

    fn close(&mut self, place: usize, rules: &Rules, world: &mut dyn World<Message>) {
        let market = self.markets.remove(place);
        self.listings -= market.book.len() as u32;
        world.note(Fact::MarketClosed(market.commodity));
        match rules.market.scheme {
            Scheme::SingleOverlay | Scheme::Naive => {}
            Scheme::ProcessorOverlay => self.leave_ring(market, rules, world),
        }
    }

    /// Leaves the base overlay: markets go to `heir`, if they are handed over at all.
    pub(super) fn leave(
        &mut self,
        heir: Option<Addr>,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        while let Some(place) = self.markets.len().checked_sub(1) {
            if let Some(heir) = heir {
                self.hand_over(place, heir, world);
            }
            self.close(place, rules, world);
        }
        for serving in core::mem::take(&mut self.serving) {
            unserved(&serving.asked, Unserved::Gone, world);
        }
        for search in core::mem::take(&mut self.searches) {
            unserved(&search.asked, Unserved::Gone, world);
        }
    }
}

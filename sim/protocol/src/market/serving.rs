//! How a market owner serves buyers. A request is served when it comes: the cheapest matching
//! listing that is kept for nobody is kept for this buyer, so requests are served in order of
//! arrival. The seller is pinged before the buyer is told.

use super::choice::{Choice, choose};
use super::listing::Listing;
use super::message::{Message, Quote, Request, Unserved};
use super::owner::{OwnedMarket, Owner};
use crate::commodity::Commodity;
use crate::fact::{Fact, Service};
use crate::id::Addr;
use crate::pricing::Report;
use crate::rules::{Mechanism, Rules, Scheme};
use crate::world::{Ticket, World};

/// A buyer's request that is being served.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// What the buyer is to be answered with.
    pub(super) ticket: Ticket,
    pub(super) request: Request,
    pub(super) hops: u8,
}

/// A seller is being pinged for a buyer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Serving {
    number: u32,
    pub(super) asked: Asked,
    commodity: Commodity,
    seller: Addr,
    /// What it had bid.
    bid: u32,
    report: Report,
    truth: Report,
    pings: u8,
}

impl Owner {
    /// Serves a buyer at the market at `place`, or in other schemes at any from there up.
    pub(super) fn serve(
        &mut self,
        place: usize,
        mut asked: Asked,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        asked.request.attempts = asked.request.attempts.saturating_add(1);
        self.select(place, asked, 0, rules, world);
    }

    fn select(
        &mut self,
        place: usize,
        mut asked: Asked,
        pings: u8,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let kind = asked.request.sought.kind();
        let of_kind = self.markets.partition_point(|market| market.commodity.kind() <= kind);
        let books = match rules.market.scheme {
            Scheme::SingleOverlay | Scheme::Naive => place..of_kind,
            Scheme::ProcessorOverlay => place..(place + 1).min(self.markets.len()),
        };
        let is_spent = u32::from(pings) >= rules.market.pings_max;
        for place in books.filter(|_| !is_spent) {
            let Some(choice) = self.pick(place, &mut asked.request, rules, world) else {
                continue;
            };
            let Choice { listing: Listing { seller, bid, .. }, report, truth } = choice;
            let number = self.next_number;
            self.next_number = number.wrapping_add(1);
            let commodity = self.markets[place].commodity;
            let serving = Serving { number, asked, commodity, seller, bid, report, truth, pings };
            if !rules.off.is_on(Mechanism::Ping) {
                self.quote(&serving, rules, world);
                return;
            }
            world.call(seller, Message::Ping { serving: number }, rules.overlay.rpc_timeout);
            self.serving.push(serving);
            return;
        }
        match rules.market.scheme {
            Scheme::SingleOverlay | Scheme::Naive => {
                have_nobody(asked.request.sought, &asked, world);
            }
            Scheme::ProcessorOverlay => self.pass_on(place, asked, rules, world),
        }
    }

    /// What this owner says of one book; the seller that it names is kept for this buyer.
    fn pick(
        &mut self,
        place: usize,
        request: &mut Request,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Option<Choice> {
        self.purge(place, rules, world);
        let now = world.now();
        let behaviour = self.behaviour;
        let OwnedMarket { commodity, book, .. } = &mut self.markets[place];
        let &mut Request { platforms, budget, .. } = request;
        let choice = match choose(book, platforms, budget, behaviour, now, rules) {
            Ok(choice) => choice,
            Err(has_sellers) => {
                request.is_dear |= has_sellers;
                return None;
            }
        };
        let Listing { seller, expiry, .. } = choice.listing;
        if expiry <= now {
            let purges = rules.off.is_on(Mechanism::Purge);
            assert!(!purges, "no listing older than its TTL is used");
            world.note(Fact::LateListingUsed(*commodity));
        }
        book.hold(seller, now + rules.overlay.rpc_timeout + rules.market.hold_time);
        Some(choice)
    }

    /// Tells the buyer of a seller.
    fn quote(&mut self, serving: &Serving, rules: &Rules, world: &mut dyn World<Message>) {
        let Serving { asked, commodity, seller, bid, report, truth, .. } = *serving;
        if let Ok(place) = self.place(commodity) {
            self.markets[place].book.hold(seller, world.now() + rules.market.hold_time);
        }
        let Request { purchase, attempts, .. } = asked.request;
        world.note(Fact::RequestServed { commodity, attempts, service: Service::Quoted });
        world.note(Fact::Named { purchase, seller, bid, truth });
        let quote = Quote { purchase, seller, mo: self.me, commodity, report };
        world.answer(asked.ticket, Message::Quote { attempts, hops: asked.hops, quote });
    }

    fn take_serving(&mut self, number: u32) -> Option<Serving> {
        let place = self.serving.iter().position(|serving| serving.number == number)?;
        Some(self.serving.swap_remove(place))
    }

    /// The seller is there.
    pub(super) fn on_pong(&mut self, number: u32, rules: &Rules, world: &mut dyn World<Message>) {
        if let Some(serving) = self.take_serving(number) {
            self.quote(&serving, rules, world);
        }
    }

    /// The seller does not answer: it is dropped, and the next tried.
    pub(super) fn on_no_pong(
        &mut self,
        number: u32,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let Some(serving) = self.take_serving(number) else { return };
        let Serving { asked, commodity, seller, pings, .. } = serving;
        world.note(Fact::StaleSellerPinged(commodity));
        match self.place(commodity) {
            Ok(place) => {
                self.listings -= u32::from(self.markets[place].book.delist(seller));
                self.select(place, asked, pings + 1, rules, world);
            }
            // The market was handed over meanwhile: the buyer finds its new owner.
            Err(_) => unserved(&asked, Unserved::Gone, world),
        }
    }
}

/// Tells the buyer that nobody sells: not the market for `commodity`, nor any above.
pub(super) fn have_nobody(commodity: Commodity, asked: &Asked, world: &mut dyn World<Message>) {
    let Request { attempts, is_dear, .. } = asked.request;
    let service = Service::Nobody;
    world.note(Fact::RequestServed { commodity, attempts, service });
    let why = if is_dear { Unserved::OverBudget } else { Unserved::NoSeller };
    unserved(asked, why, world);
}

/// Tells a buyer why no seller is named.
pub(super) fn unserved(asked: &Asked, why: Unserved, world: &mut dyn World<Message>) {
    let Request { purchase, attempts, .. } = asked.request;
    let hops = asked.hops;
    world.answer(asked.ticket, Message::Unserved { purchase, why, attempts, hops });
}

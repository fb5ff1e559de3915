//! The processor overlay scheme (CompuP2P, IV-A.2): the market for C is at the successor of
//! hash(C); all markets, each a virtual node known by its CMID, form a second Chord ring, in which
//! a buyer's request finds the market for x or the nearest above.

use super::message::{Message, Request, Timer, Unserved};
use super::owner::{OwnedMarket, Owner};
use super::serving::{Asked, have_nobody, unserved};
use crate::admin::{self, Asker};
use crate::commodity::Commodity;
use crate::fact::{Fact, LookupPurpose, Ring, Service};
use crate::id::{Addr, Id};
use crate::overlay::chord::{self, Chord, Found, Told};
use crate::overlay::peer::{Member, Peer};
use crate::rules::{Rules, Scheme};
use crate::time::Span;
use crate::world::{Arrival, Below, Ticket, World, Wrap};
use alloc::boxed::Box;

/// How long a market that could not join waits before it tries again.
pub(super) const JOIN_PAUSE: Span = Span::secs(1);

/// hash(C): where in the base ring the market for C is.
pub fn hash(commodity: Commodity, rules: &Rules) -> Id {
    let mut name = [0; 9];
    name[0] = commodity.kind() as u8;
    name[1..].copy_from_slice(&rules.value(commodity).to_be_bytes());
    Id::of_key(&name, rules.overlay.bits)
}

pub(super) fn key(commodity: Commodity, rules: &Rules) -> Id {
    hash(commodity, rules)
}

/// A buyer's request whose market is being looked up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search {
    number: u32,
    pub(super) asked: Asked,
}

/// How the messages of a market's virtual node travel.
struct OfProcessor {
    commodity: Commodity,
    slot: u16,
    /// The slot, at its host, of whoever is answered.
    asker: u16,
}

impl Wrap<chord::Message<Member>, Member, Message> for OfProcessor {
    fn to(&self, to: Member, message: chord::Message<Member>) -> (Addr, Message) {
        (to.host, Message::Processor { to: to.commodity, asker: self.slot, message })
    }
    fn back(&self, message: chord::Message<Member>) -> Message {
        let asker = match message {
            chord::Message::Timer { .. } => self.slot,
            _ => self.asker,
        };
        Message::Processor { to: self.commodity, asker, message }
    }
}

impl Owner {
    /// A new market becomes a member of the processor overlay: through another market of this
    /// node, or through one that the AdminServer names.
    pub(super) fn enter_ring(
        &mut self,
        place: usize,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let OwnedMarket { commodity, slot, .. } = self.markets[place];
        let me = Member { host: self.me, commodity };
        let member = Chord::new(me, Ring::Processor, slot);
        self.markets[place].member = Some(Box::new(member));
        self.join_ring(slot, rules, world);
    }

    /// Looks for somebody to join the processor overlay through.
    pub(super) fn join_ring(&mut self, slot: u16, rules: &Rules, world: &mut dyn World<Message>) {
        let Some(place) = self.place_of_slot(slot) else { return };
        if self.markets[place].member().is_some_and(Chord::is_in) {
            return;
        }
        match self.sibling(slot) {
            Some(sibling) => {
                self.with_member(place, slot, rules, world, |member, world| {
                    member.join(sibling, rules, world)
                });
            }
            None => {
                let commodity = self.markets[place].commodity;
                let join = admin::Message::JoinOwners { commodity, slot };
                world.call(rules.admin_at, Message::Admin(join), rules.overlay.rpc_timeout);
            }
        }
    }

    /// Another market of this node that is in the processor overlay: the first.
    fn sibling(&self, slot: u16) -> Option<Member> {
        let others = self.markets.iter().filter(|market| market.slot != slot);
        others.filter_map(OwnedMarket::member).find(|member| member.is_in()).map(Chord::me)
    }

    /// The AdminServer named a market owner, or nobody. Says whether a market of this node is in
    /// the ring because of that.
    pub(super) fn on_contact(
        &mut self,
        slot: u16,
        contact: Option<Member>,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> bool {
        let Some(place) = self.place_of_slot(slot) else { return false };
        let Some(member) = self.markets[place].member() else { return false };
        match (contact, member.is_in()) {
            (Some(contact), true) => {
                self.with_member(place, slot, rules, world, |member, world| {
                    member.rejoin(contact, rules, world)
                })
            }
            // There is no other market owner: markets of this node that lost each other are the
            // only ones left, and find each other again through the first [ours].
            (None, true) => match self.sibling(slot) {
                Some(sibling) => self.with_member(place, slot, rules, world, |member, world| {
                    member.rejoin(sibling, rules, world)
                }),
                None => false,
            },
            (Some(contact), false) => {
                self.with_member(place, slot, rules, world, |member, world| {
                    member.join(contact, rules, world)
                })
            }
            (None, false) => self.with_member(place, slot, rules, world, |member, world| {
                member.create(rules, world);
                Told::Joined
            }),
        }
    }

    /// Reads one arrival of the processor overlay. Says whether a market of this node joined it.
    pub(super) fn on_processor(
        &mut self,
        arrival: Arrival<Message>,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> bool {
        let &Message::Processor { to, asker, .. } = arrival.message() else { return false };
        let place = match &arrival {
            Arrival::Post { .. } | Arrival::Request { .. } => self.place(to).ok(),
            Arrival::Answer { .. }
            | Arrival::Unanswered { .. }
            | Arrival::Shipped { .. }
            | Arrival::Broken { .. }
            | Arrival::Timer(_) => self.place_of_slot(asker),
        };
        let Some(place) = place else { return false };
        let arrival = arrival.map(|message| match message {
            Message::Processor { message, .. } => message,
            _ => unreachable!("seen above"),
        });
        self.with_member(place, asker, rules, world, |member, world| {
            member.on_arrival(arrival, rules, world)
        })
    }

    /// Lets a market's virtual node do something, and does what it tells. Says whether the node is
    /// in the ring because of that.
    fn with_member(
        &mut self,
        place: usize,
        asker: u16,
        rules: &Rules,
        world: &mut dyn World<Message>,
        act: impl FnOnce(
            &mut Chord<Member>,
            &mut dyn World<chord::Message<Member>, Member>,
        ) -> Told<Member>,
    ) -> bool {
        let OwnedMarket { commodity, slot, member, .. } = &mut self.markets[place];
        let (commodity, slot) = (*commodity, *slot);
        let Some(member) = member else { return false };
        let told = act(member, &mut Below::new(world, OfProcessor { commodity, slot, asker }));
        match told {
            Told::Nothing | Told::RangeChanged => {}
            Told::Joined => self.register(commodity, rules, world),
            Told::JoinFailed => {
                world.wake(JOIN_PAUSE, Message::Timer(Timer::JoinOwners(slot)));
            }
            Told::WantsContact => {
                let asker = Asker::Market(slot);
                let name = Message::Admin(admin::Message::NameOwners { asker });
                world.call(rules.admin_at, name, rules.overlay.rpc_timeout);
            }
            Told::Found(found) => self.on_market_found(found, rules, world),
            Told::Lost { ticket, .. } => {
                if let Some(search) = self.take_search(ticket) {
                    unserved(&search.asked, Unserved::Gone, world);
                }
            }
        }
        told == Told::Joined
    }

    /// Tells the AdminServer that this node owns a market.
    fn register(&mut self, commodity: Commodity, rules: &Rules, world: &mut dyn World<Message>) {
        self.registered = Some(world.now());
        let register = admin::Message::RegisterOwner(commodity);
        world.send(rules.admin_at, Message::Admin(register));
    }

    /// Tells the AdminServer again, each keepalive interval.
    pub(super) fn register_in_turn(
        &mut self,
        place: usize,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let market = &self.markets[place];
        let is_in = market.member().is_some_and(Chord::is_in);
        let commodity = market.commodity;
        let since = self.registered.map(|then| world.now().since(then));
        if is_in && since.is_none_or(|since| since >= rules.admin.keepalive) {
            self.register(commodity, rules, world);
        }
    }

    /// A market that was closed leaves the ring; the AdminServer is told of another, if there is.
    pub(super) fn leave_ring(
        &mut self,
        market: OwnedMarket,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let OwnedMarket { commodity, slot, member, .. } = market;
        if let Some(mut member) = member {
            member.leave(&mut Below::new(world, OfProcessor { commodity, slot, asker: slot }));
        }
        let is_in = |market: &&OwnedMarket| market.member().is_some_and(Chord::is_in);
        match self.markets.iter().find(is_in).map(|market| market.commodity) {
            Some(other) => self.register(other, rules, world),
            None => world.send(rules.admin_at, Message::Admin(admin::Message::ForgetOwner)),
        }
    }

    /// A buyer asks this node, as any market owner that it knows, for a seller.
    fn search(
        &mut self,
        ticket: Ticket,
        request: Request,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let asked = Asked { ticket, request, hops: 0 };
        // Of this node's own virtual nodes, the closest that precedes what is sought.
        let is_in = |place: &usize| self.markets[*place].member().is_some_and(Chord::is_in);
        let above = self.place(request.sought).unwrap_or_else(|place| place);
        let below = (0..above).rev().find(is_in);
        let Some(place) = below.or_else(|| (above..self.markets.len()).rev().find(is_in)) else {
            unserved(&asked, Unserved::Gone, world);
            return;
        };
        let number = self.next_number;
        self.next_number = number.wrapping_add(1);
        self.searches.push(Search { number, asked });
        let slot = self.markets[place].slot;
        let key = Member::key(request.sought, rules);
        self.with_member(place, slot, rules, world, |member, world| {
            member.find(key, LookupPurpose::Buy, number, rules, world)
        });
    }

    fn take_search(&mut self, number: u32) -> Option<Search> {
        let place = self.searches.iter().position(|search| search.number == number)?;
        Some(self.searches.swap_remove(place))
    }

    /// The successor of what is sought is found: the market for it, or the nearest above; or,
    /// beyond the end of the circle, one below.
    fn on_market_found(
        &mut self,
        found: Found<Member>,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let Some(Search { mut asked, .. }) = self.take_search(found.ticket) else { return };
        asked.hops = asked.hops.saturating_add(found.hops);
        // Beyond the last market of a kind comes another kind's first.
        let (found_at, sought) = (found.owner.commodity, asked.request.sought);
        if found_at < sought || found_at.kind() != sought.kind() {
            unserved(&asked, Unserved::NoMarket, world);
            return;
        }
        self.hand_on(found.owner, asked, rules, world);
    }

    /// Lets a market serve a request.
    fn hand_on(&mut self, to: Member, asked: Asked, rules: &Rules, world: &mut dyn World<Message>) {
        if to.host == self.me {
            match self.place(to.commodity) {
                Ok(place) => self.serve(place, asked, rules, world),
                Err(_) => unserved(&asked, Unserved::Gone, world),
            }
            return;
        }
        let Asked { ticket, request, hops } = asked;
        let message = Message::HandOn { hops, request, ticket, to: to.commodity };
        world.call(to.host, message, rules.overlay.rpc_timeout);
    }

    /// Another market owner hands a request on.
    pub(super) fn on_hand_on(
        &mut self,
        to: Commodity,
        ticket: Ticket,
        request: Request,
        hops: u8,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        if let Ok(place) = self.place(to) {
            self.serve(place, Asked { ticket, request, hops }, rules, world);
        }
    }

    /// The market that should serve a request does not answer: the one after it may.
    #[expect(clippy::too_many_arguments, reason = "the parts of the message that came back")]
    pub(super) fn on_not_taken(
        &mut self,
        host: Addr,
        commodity: Commodity,
        ticket: Ticket,
        request: Request,
        hops: u8,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let asked = Asked { ticket, request, hops };
        let silent = Member { host, commodity };
        let lists = self.markets.iter().filter_map(OwnedMarket::member).map(Chord::successors);
        let mut after = lists.filter_map(|successors| {
            let place = successors.iter().position(|&member| member == silent)?;
            successors.get(place + 1).copied().filter(|member| *member > silent)
        });
        let serves = |member: &Member| {
            let is_above = member.commodity >= request.sought;
            is_above && member.commodity.kind() == request.sought.kind()
        };
        match after.find(serves) {
            Some(next) => self.hand_on(next, asked, rules, world),
            None => unserved(&asked, Unserved::Gone, world),
        }
    }

    /// Nothing matches here: the next market up may have a seller.
    pub(super) fn pass_on(
        &mut self,
        place: usize,
        asked: Asked,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let market = self.markets.get(place);
        let Some((commodity, member)) = market.and_then(|m| Some((m.commodity, m.member()?)))
        else {
            have_nobody(asked.request.sought, &asked, world);
            return;
        };
        let Request { attempts, .. } = asked.request;
        if !member.is_in() {
            unserved(&asked, Unserved::Gone, world); // It does not know its successor yet.
            return;
        }
        let me = member.me().id(rules);
        let goes_on =
            |next: &&Member| next.id(rules) > me && next.commodity.kind() == commodity.kind();
        let above = member.successors().first().filter(goes_on).copied();
        match above.filter(|_| u32::from(attempts) < rules.market.max_attempts) {
            Some(next) => {
                let service = Service::PassedOn;
                world.note(Fact::RequestServed { commodity, attempts, service });
                self.hand_on(next, asked, rules, world);
            }
            None => have_nobody(commodity, &asked, world),
        }
    }

    /// A buyer asks for a seller.
    pub(super) fn on_find_seller(
        &mut self,
        ticket: Ticket,
        request: Request,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        match rules.market.scheme {
            Scheme::ProcessorOverlay => self.search(ticket, request, rules, world),
            Scheme::SingleOverlay | Scheme::Naive => {
                let place = self.place(request.sought).unwrap_or_else(|place| place);
                self.serve(place, Asked { ticket, request, hops: 0 }, rules, world);
            }
        }
    }
}

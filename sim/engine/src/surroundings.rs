//! What lies around all nodes: the present, what will happen, chance, the network. And
//! [`Present`], the world that one node sees while it reads one arrival.

use crate::agenda::Agenda;
use crate::calls::{Calls, Timers};
use crate::chance::{Chance, Purpose, Stream};
use crate::faults::Conditions;
use crate::network::links::Links;
use crate::network::{Bandwidth, Verdict};
use crate::shipments::{End, Shipments};
use crate::witness::{Fate, Manner, Witness};
use compup2p_protocol::fact::Fact;
use compup2p_protocol::id::Addr;
use compup2p_protocol::node::{KINDS, Message};
use compup2p_protocol::time::{Span, Time};
use compup2p_protocol::world::{Ticket, World};

/// How an event reached its receiver.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Way {
    /// A message; the peer is its sender.
    Post = 0,
    /// A request; the peer is its place among the requests under way.
    Request = 1,
    /// An answer; likewise.
    Answer = 2,
    /// A message to oneself; the peer is the stay in which it was sent.
    Timer = 3,
    /// A message with bulk data behind it, all of which has arrived; the peer is the place of the
    /// shipment.
    Bulk = 4,
    /// The news that a shipment broke off; likewise.
    Broken = 5,
    /// The news for its sender that a shipment has arrived; likewise.
    Shipped = 6,
}

impl Way {
    /// The kind of event that the fingerprint takes it for; others have 4 to 12.
    #[inline]
    pub fn kind(self) -> u32 {
        match self {
            Self::Post | Self::Request | Self::Answer | Self::Timer => self as u32,
            Self::Bulk => 13,
            Self::Broken => 14,
            Self::Shipped => 16,
        }
    }
}

/// Bits of [`Event::to`] that tell the receiver.
const ADDR_BITS: u32 = 29;

/// The most addresses of a run.
pub const ADDRS_MAX: u32 = 1 << ADDR_BITS;

/// A message under way.
#[derive(Debug)]
pub struct Event {
    /// The receiver, and above it the way.
    to: u32,
    /// What it is depends on the way.
    pub peer: u32,
    /// The message.
    pub message: Message,
}

// With its time, an event is 48 bytes.
const _: () = assert!(size_of::<Event>() <= 40);

impl Event {
    fn new(way: Way, to: Addr, peer: u32, message: Message) -> Self {
        debug_assert!(to.0 < ADDRS_MAX);
        Self { to: (way as u32) << ADDR_BITS | to.0, peer, message }
    }

    /// Who reads it.
    pub fn to(&self) -> Addr {
        Addr(self.to & (ADDRS_MAX - 1))
    }

    /// How it came.
    pub fn way(&self) -> Way {
        match self.to >> ADDR_BITS {
            0 => Way::Post,
            1 => Way::Request,
            2 => Way::Answer,
            3 => Way::Timer,
            4 => Way::Bulk,
            6 => Way::Shipped,
            _ => Way::Broken,
        }
    }
}

/// How many messages of each kind were sent, whether or not they arrived, and what was lost. A
/// shipment counts as one message, with the bulk data that it was to carry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Traffic {
    /// By kind, as in [`KINDS`].
    pub sent: [u64; KINDS.len()],
    /// Their bytes, by kind.
    pub bytes: [u64; KINDS.len()],
    /// Messages that the network lost.
    pub lost: u64,
    /// Answers that came after their timeout.
    pub late: u64,
    /// Messages whose receiver was down.
    pub undelivered: u64,
}

impl Traffic {
    fn count(&mut self, message: &Message) {
        let kind = usize::from(message.kind());
        self.sent[kind] += 1;
        self.bytes[kind] += u64::from(message.bytes());
    }

    /// Leaves what was counted since it was `before`.
    pub fn forget(&mut self, before: &Self) {
        let Self { sent, bytes, lost, late, undelivered } = before;
        self.sent.iter_mut().zip(sent).for_each(|(all, before)| *all -= before);
        self.bytes.iter_mut().zip(bytes).for_each(|(all, before)| *all -= before);
        self.lost -= lost;
        self.late -= late;
        self.undelivered -= undelivered;
    }

    fn count_bulk(&mut self, message: &Message, bytes: u64) {
        self.count(message);
        self.bytes[usize::from(message.kind())] += bytes;
    }
}

impl Default for Traffic {
    fn default() -> Self {
        Self { sent: [0; KINDS.len()], bytes: [0; KINDS.len()], lost: 0, late: 0, undelivered: 0 }
    }
}

/// What lies around all nodes.
pub struct Surroundings {
    /// The present.
    pub now: Time,
    /// Messages under way, and timers.
    pub agenda: Agenda<Event>,
    /// Requests under way.
    pub calls: Calls,
    /// Bulk data under way.
    pub shipments: Shipments,
    /// The ways between hosts.
    pub links: Links,
    /// Faults that are on.
    pub conditions: Conditions,
    /// What was sent.
    pub traffic: Traffic,
    /// What the node that reads reports, in order.
    pub facts: Vec<Fact>,
    /// Takes note of what nodes read and send, if an observer wants to see it.
    pub witness: Option<Box<Witness>>,
    latency: Stream,
    protocol: Stream,
    virtual_nodes: u32,
    next_purchase: u32,
}

impl Surroundings {
    /// Nothing under way, at the start of time.
    pub fn new(
        chance: Chance,
        links: Links,
        bandwidth: Bandwidth,
        timers: Timers,
        virtual_nodes: u32,
    ) -> Self {
        Self {
            now: Time::ZERO,
            agenda: Agenda::new(),
            calls: Calls::new(timers),
            shipments: Shipments::new(bandwidth),
            links,
            conditions: Conditions::new(),
            traffic: Traffic::default(),
            facts: Vec::new(),
            witness: None,
            latency: chance.stream(Purpose::Latency),
            protocol: chance.stream(Purpose::Protocol),
            virtual_nodes,
            next_purchase: 0,
        }
    }

    /// The number of the host at `addr`.
    pub fn host(&self, addr: Addr) -> u32 {
        if self.virtual_nodes == 1 { addr.0 } else { addr.0 / self.virtual_nodes }
    }

    /// The number of the host of the node at this place.
    pub fn host_at(&self, place: usize) -> u32 {
        self.host(Addr(place as u32))
    }

    /// The next number of a purchase, whether its user or its node asks for it.
    pub fn number(&mut self) -> u32 {
        let number = self.next_purchase;
        self.next_purchase += 1;
        number
    }

    /// All bytes of a shipment have moved: it will be read after one more latency.
    pub fn land(&mut self, shipment: u32) {
        let bits = [self.latency.next_u64(), self.latency.next_u64()];
        let [from, to] = self.shipments.ends(shipment);
        let after = self.links.delay(&self.conditions, from.host, to.host, bits);
        let message = self.shipments.message(shipment).clone();
        self.note_of(shipment, self.now + after, to.addr);
        self.agenda.push(self.now + after, Event::new(Way::Bulk, to.addr, shipment, message));
    }

    /// A shipment was delivered just now: its sender will know, one latency later.
    pub fn acknowledge(&mut self, shipment: u32) {
        let bits = [self.latency.next_u64(), self.latency.next_u64()];
        let [from, to] = self.shipments.ends(shipment);
        let after = self.links.delay(&self.conditions, to.host, from.host, bits);
        let message = self.shipments.message(shipment).clone();
        self.note_of(shipment, self.now + after, from.addr);
        self.agenda.push(self.now + after, Event::new(Way::Shipped, from.addr, shipment, message));
    }

    /// A shipment broke off just now: lets its ends hear of it after a `silence`, if they are then
    /// in the same stay.
    pub fn tell_broken(&mut self, shipment: u32, silence: Span) {
        let at = self.now + silence;
        for end in self.shipments.ends(shipment) {
            let message = self.shipments.message(shipment).clone();
            self.note_of(shipment, at, end.addr);
            self.agenda.push(at, Event::new(Way::Broken, end.addr, shipment, message));
        }
    }

    /// Takes note, for an observer, that something of a shipment will come to `to`.
    fn note_of(&mut self, shipment: u32, at: Time, to: Addr) {
        if let Some(witness) = &mut self.witness {
            witness.posts_of(shipment, at, to);
        }
    }

    /// Takes note, for an observer, of a message: of an answer, with the time until which it is
    /// waited for. Not inlined, as are all that do so: who sends stays as fast without it.
    #[cold]
    #[inline(never)]
    fn note_message(
        &mut self,
        ends: [Addr; 2],
        message: &Message,
        manner: Manner,
        verdict: Verdict,
        deadline: Time,
    ) {
        let fate = match verdict {
            Verdict::Deliver(after) if self.now + after > deadline => Fate::Late,
            Verdict::Deliver(after) => Fate::Arrives(self.now + after),
            Verdict::Lose => Fate::Lost,
        };
        let sent = self.note_sent(ends, message, 0, manner, fate);
        if let (Manner::Request, Some(witness)) = (manner, &mut self.witness) {
            witness.asks(self.calls.made(), sent);
        }
    }

    /// Takes note, for an observer, of what a node sends; gives its number.
    #[cold]
    #[inline(never)]
    fn note_sent(
        &mut self,
        [from, to]: [Addr; 2],
        message: &Message,
        bulk: u64,
        manner: Manner,
        fate: Fate,
    ) -> u64 {
        let Self { witness: Some(witness), facts, now, .. } = self else { return 0 };
        let what = (message.clone(), u64::from(message.bytes()) + bulk);
        witness.sends(facts.len(), *now, [from, to], what, manner, fate)
    }

    fn verdict(&mut self, from: Addr, to: Addr) -> Verdict {
        let bits = [self.latency.next_u64(), self.latency.next_u64()];
        let (from, to) = (self.host(from), self.host(to));
        let verdict = self.links.verdict(&self.conditions, from, to, bits);
        if verdict == Verdict::Lose {
            self.traffic.lost += 1;
        }
        verdict
    }
}

/// The world of the node at `me`, now.
pub struct Present<'a> {
    around: &'a mut Surroundings,
    me: Addr,
    incarnation: u32,
}

impl<'a> Present<'a> {
    /// What the node at `me` sees in its stay `incarnation`.
    pub fn new(around: &'a mut Surroundings, me: Addr, incarnation: u32) -> Self {
        Self { around, me, incarnation }
    }
}

impl World<Message> for Present<'_> {
    fn now(&self) -> Time {
        self.around.now
    }

    fn me(&self) -> Addr {
        self.me
    }

    fn draw(&mut self) -> u64 {
        self.around.protocol.next_u64()
    }

    fn send(&mut self, to: Addr, message: Message) {
        self.around.traffic.count(&message);
        let verdict = self.around.verdict(self.me, to);
        if self.around.witness.is_some() {
            let ends = [self.me, to];
            self.around.note_message(ends, &message, Manner::Post, verdict, Time::NEVER);
        }
        if let Verdict::Deliver(after) = verdict {
            let event = Event::new(Way::Post, to, self.me.0, message);
            self.around.agenda.push(self.around.now + after, event);
        }
    }

    fn call(&mut self, to: Addr, request: Message, timeout: Span) {
        let around = &mut *self.around;
        around.traffic.count(&request);
        let deadline = around.now + timeout;
        let ticket = around.calls.open(self.me, self.incarnation, to, deadline, &request);
        let verdict = around.verdict(self.me, to);
        if around.witness.is_some() {
            let ends = [self.me, to];
            around.note_message(ends, &request, Manner::Request, verdict, Time::NEVER);
        }
        match verdict {
            Verdict::Lose => around.calls.expect_timeout(ticket, request),
            Verdict::Deliver(after) => {
                let arrival = around.now + after;
                if arrival > deadline {
                    around.calls.expect_timeout(ticket, request.clone());
                }
                around.calls.travels(ticket);
                around.agenda.push(arrival, Event::new(Way::Request, to, ticket.call, request));
            }
        }
    }

    fn answer(&mut self, ticket: Ticket, answer: Message) {
        let around = &mut *self.around;
        around.traffic.count(&answer);
        let Some((caller, deadline)) = around.calls.unanswered(ticket) else {
            around.traffic.late += 1;
            return;
        };
        // Whether the timeout must be posted, the loop decides when the handler has ended.
        let verdict = around.verdict(self.me, caller);
        if around.witness.is_some() {
            let ends = [self.me, caller];
            around.note_message(ends, &answer, Manner::Answer, verdict, deadline);
        }
        if let Verdict::Deliver(after) = verdict {
            let arrival = around.now + after;
            if arrival > deadline {
                around.traffic.late += 1;
                return;
            }
            around.calls.answered(ticket);
            around.agenda.push(arrival, Event::new(Way::Answer, caller, ticket.call, answer));
        }
    }

    fn ship(&mut self, to: Addr, bytes: u64, message: Message) {
        let around = &mut *self.around;
        around.traffic.count_bulk(&message, bytes);
        let end = |addr, stay| End { addr, host: around.host(addr), stay };
        // The receiver's stay is that in which the shipment begins, which is at once.
        let (from, to) = (end(self.me, self.incarnation), end(to, 0));
        let (me, receiver) = (from.addr, to.addr);
        let sent = match around.witness.is_some() {
            true => around.note_sent([me, receiver], &message, bytes, Manner::Bulk, Fate::Moves),
            false => 0,
        };
        let shipment = around.shipments.ask(around.now, from, to, bytes, message);
        if let Some(witness) = &mut around.witness {
            witness.ships(shipment, sent);
        }
    }

    fn number(&mut self) -> u32 {
        self.around.number()
    }

    fn wake(&mut self, after: Span, timer: Message) {
        let at = self.around.now + after.max(Span(1));
        if self.around.witness.is_some() {
            let (ends, fate) = ([self.me; 2], Fate::Arrives(at));
            self.around.note_sent(ends, &timer, 0, Manner::Wake, fate);
        }
        self.around.agenda.push(at, Event::new(Way::Timer, self.me, self.incarnation, timer));
    }

    fn note(&mut self, fact: Fact) {
        self.around.facts.push(fact);
    }
}

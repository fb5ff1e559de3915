//! The one door: all that protocol code can learn of time and chance, and all that it can do.

use crate::fact::Fact;
use crate::id::Addr;
use crate::time::{Span, Time};
use core::marker::PhantomData;

/// What one node sees while it reads one arrival. `M` is the message type of the layer, `P` what
/// that layer calls a peer: an address, or a virtual node at one.
pub trait World<M, P = Addr> {
    /// The present.
    fn now(&self) -> Time;
    /// The address of the node that reads.
    fn me(&self) -> Addr;
    /// 64 random bits of the protocol's own stream.
    fn draw(&mut self) -> u64;
    /// Sends a message, which may be lost.
    fn send(&mut self, to: P, message: M);
    /// Sends a request. The caller gets an [`Arrival::Answer`] or, `timeout` from now, an
    /// [`Arrival::Unanswered`]: exactly one of them, unless it stops before.
    fn call(&mut self, to: P, request: M, timeout: Span);
    /// Answers a request, now or later. An answer that comes after the timeout is dropped.
    fn answer(&mut self, ticket: Ticket, answer: M);
    /// Sends a message with so many bytes of bulk data behind it. It arrives as a post when all of
    /// them have arrived, and the sender reads [`Arrival::Shipped`]. If one end stops or the way
    /// between them is cut before, each end that is still up reads [`Arrival::Broken`].
    fn ship(&mut self, to: P, bytes: u64, message: M);
    /// Sends a message to oneself, to arrive as [`Arrival::Timer`] unless the node stops before.
    fn wake(&mut self, after: Span, timer: M);
    /// A number for a purchase, the only one of its kind in the run. (In the field it would be the
    /// buyer's address and a count of its own; this is a short name for that.)
    fn number(&mut self) -> u32;
    /// Reports something measurable. Nothing that a node does depends on it.
    fn note(&mut self, fact: Fact);
}

/// The right to answer one request. It stays good across time; one that came too late is dropped
/// by the engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ticket {
    /// The request's place among those under way.
    pub call: u32,
    /// Tells apart the requests that had that place one after the other.
    pub generation: u32,
}

/// What a node reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Arrival<M> {
    /// A message.
    Post {
        /// The sender.
        from: Addr,
        /// Its message.
        message: M,
    },
    /// A request, to be answered by its ticket.
    Request {
        /// The caller.
        from: Addr,
        /// What the answer is to be given with.
        ticket: Ticket,
        /// The request.
        message: M,
    },
    /// The answer to a request of ours.
    Answer {
        /// Who was asked.
        from: Addr,
        /// The answer.
        message: M,
    },
    /// A request of ours that was not answered in time comes back.
    Unanswered {
        /// Who was asked.
        to: Addr,
        /// The request.
        message: M,
    },
    /// A shipment of ours has arrived whole; read one latency later.
    Shipped {
        /// The other end.
        peer: Addr,
        /// What was shipped.
        message: M,
    },
    /// A shipment between us and another broke off before all of it had arrived.
    Broken {
        /// The other end.
        peer: Addr,
        /// What was shipped.
        message: M,
    },
    /// A message to oneself.
    Timer(M),
}

impl<M> Arrival<M> {
    /// The message inside.
    pub fn message(&self) -> &M {
        match self {
            Self::Post { message, .. }
            | Self::Request { message, .. }
            | Self::Answer { message, .. }
            | Self::Unanswered { message, .. }
            | Self::Shipped { message, .. }
            | Self::Broken { message, .. }
            | Self::Timer(message) => message,
        }
    }

    /// The same arrival with another message inside: how a layer hands one down.
    pub fn map<N>(self, inner: impl FnOnce(M) -> N) -> Arrival<N> {
        match self {
            Self::Post { from, message } => Arrival::Post { from, message: inner(message) },
            Self::Request { from, ticket, message } => {
                Arrival::Request { from, ticket, message: inner(message) }
            }
            Self::Answer { from, message } => Arrival::Answer { from, message: inner(message) },
            Self::Unanswered { to, message } => Arrival::Unanswered { to, message: inner(message) },
            Self::Shipped { peer, message } => Arrival::Shipped { peer, message: inner(message) },
            Self::Broken { peer, message } => Arrival::Broken { peer, message: inner(message) },
            Self::Timer(message) => Arrival::Timer(inner(message)),
        }
    }
}

/// The same world shown to the layer below, in that layer's messages and peers: a ring cannot
/// send a market's message.
pub struct Below<'a, Outer, Peer, Wrap> {
    world: &'a mut dyn World<Outer>,
    wrap: Wrap,
    peer: PhantomData<Peer>,
}

/// How the layer above wraps what the layer below says: for whom a message is, and the message.
pub trait Wrap<Inner, Peer, Outer> {
    /// A message for `to`: the address that it goes to, and the message as sent.
    fn to(&self, to: Peer, message: Inner) -> (Addr, Outer);
    /// A message for whoever asked, or for oneself.
    fn back(&self, message: Inner) -> Outer;
}

impl<'a, Outer, Peer, W> Below<'a, Outer, Peer, W> {
    /// Shows `world` to the layer below.
    pub fn new(world: &'a mut dyn World<Outer>, wrap: W) -> Self {
        Self { world, wrap, peer: PhantomData }
    }
}

impl<Outer, Inner, Peer, W: Wrap<Inner, Peer, Outer>> World<Inner, Peer>
    for Below<'_, Outer, Peer, W>
{
    fn now(&self) -> Time {
        self.world.now()
    }
    fn me(&self) -> Addr {
        self.world.me()
    }
    fn draw(&mut self) -> u64 {
        self.world.draw()
    }
    fn send(&mut self, to: Peer, message: Inner) {
        let (to, message) = self.wrap.to(to, message);
        self.world.send(to, message);
    }
    fn call(&mut self, to: Peer, request: Inner, timeout: Span) {
        let (to, request) = self.wrap.to(to, request);
        self.world.call(to, request, timeout);
    }
    fn answer(&mut self, ticket: Ticket, answer: Inner) {
        self.world.answer(ticket, self.wrap.back(answer));
    }
    fn ship(&mut self, to: Peer, bytes: u64, message: Inner) {
        let (to, message) = self.wrap.to(to, message);
        self.world.ship(to, bytes, message);
    }
    fn wake(&mut self, after: Span, timer: Inner) {
        self.world.wake(after, self.wrap.back(timer));
    }
    fn number(&mut self) -> u32 {
        self.world.number()
    }
    fn note(&mut self, fact: Fact) {
        self.world.note(fact);
    }
}

//! A CompuP2P node: its layers put together. The node reads one arrival, hands it to the layer
//! that it is for, and carries what one layer wants to the layer that can do it. Control goes down
//! and back once a message.

use crate::admin;
use crate::fact::{Fact, LookupPurpose};
use crate::id::{Addr, Id};
use crate::overlay::{self, Overlay, Told};
use crate::rules::Rules;
use crate::time::Span;
use crate::world::{Arrival, Below, World, Wrap};

/// All that travels between nodes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Message {
    /// Of the base overlay.
    Overlay(overlay::Message),
    /// To and from the AdminServer.
    Admin(admin::Message),
    /// To oneself: it is time for something.
    Timer(Timer),
}

/// What it can be time for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timer {
    /// To tell the AdminServer that this node is alive.
    Keepalive,
    /// To try to join again.
    Join,
}

/// What the user of a node asks of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// Find the owner of a key.
    Find(Id),
}

/// How long a node that could not join waits before it tries again.
const JOIN_PAUSE: Span = Span::secs(5);

/// One node.
#[derive(Clone, Debug)]
pub struct Node {
    me: Addr,
    overlay: Overlay,
}

impl Node {
    /// A node that is down.
    pub fn new(me: Addr, rules: &Rules) -> Self {
        Self { me, overlay: Overlay::new(me, rules) }
    }

    /// The overlay's part, for judges.
    pub fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    /// The overlay's part, to begin in an overlay that stands.
    pub fn overlay_mut(&mut self) -> &mut Overlay {
        &mut self.overlay
    }

    /// Comes up and joins through the AdminServer.
    pub fn join(&mut self, rules: &Rules, world: &mut dyn World<Message>) {
        let join = Message::Admin(admin::Message::Join);
        world.call(rules.admin_at, join, rules.overlay.rpc_timeout);
    }

    /// Is in the overlay now: begins what it does there.
    pub fn begin(&mut self, rules: &Rules, world: &mut dyn World<Message>) {
        world.note(Fact::Joined);
        if rules.host(self.me) == self.me {
            let phase = rules.admin.keepalive.fraction(world.draw());
            world.wake(phase, Message::Timer(Timer::Keepalive));
        }
    }

    /// Leaves, telling its neighbours and the AdminServer.
    pub fn leave(&mut self, rules: &Rules, world: &mut dyn World<Message>) {
        self.overlay.leave(&mut Below::new(world, OfOverlay));
        world.send(rules.admin_at, Message::Admin(admin::Message::Leave));
    }

    /// Does what its user asks.
    pub fn on_command(&mut self, command: Command, rules: &Rules, world: &mut dyn World<Message>) {
        match command {
            Command::Find(key) if self.overlay.is_in() => {
                let below = &mut Below::new(world, OfOverlay);
                let told = self.overlay.find(key, LookupPurpose::Key, 0, rules, below);
                self.on_told(told, rules, world);
            }
            Command::Find(_) => {}
        }
    }

    /// Reads one arrival.
    pub fn on_arrival(
        &mut self,
        arrival: Arrival<Message>,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        match layer(&arrival) {
            Layer::Overlay => {
                let arrival = arrival.map(|message| match message {
                    Message::Overlay(message) => message,
                    Message::Admin(_) | Message::Timer(_) => unreachable!("told apart by layer()"),
                });
                let below = &mut Below::new(world, OfOverlay);
                let told = self.overlay.on_arrival(arrival, rules, below);
                self.on_told(told, rules, world);
            }
            Layer::Node => self.on_own(arrival, rules, world),
        }
    }

    /// What is this node's own: the AdminServer's answers, and its timers.
    fn on_own(&mut self, arrival: Arrival<Message>, rules: &Rules, world: &mut dyn World<Message>) {
        use admin::Message as A;
        match arrival {
            Arrival::Answer { message: Message::Admin(A::Contact(contact)), .. } => {
                self.on_contact(contact, rules, world);
            }
            Arrival::Unanswered { message: Message::Admin(A::Join), .. } => {
                self.on_told(Told::JoinFailed, rules, world);
            }
            Arrival::Timer(Message::Timer(Timer::Keepalive)) => {
                world.send(rules.admin_at, Message::Admin(A::Keepalive));
                world.wake(rules.admin.keepalive, Message::Timer(Timer::Keepalive));
            }
            Arrival::Timer(Message::Timer(Timer::Join)) => self.join(rules, world),
            _ => {}
        }
    }

    fn on_contact(&mut self, contact: Option<Addr>, rules: &Rules, world: &mut dyn World<Message>) {
        let below = &mut Below::new(world, OfOverlay);
        let told = match contact {
            Some(contact) if self.overlay.is_in() => self.overlay.rejoin(contact, rules, below),
            Some(contact) => self.overlay.join(contact, rules, below),
            None if self.overlay.is_in() => Told::Nothing,
            None => {
                self.overlay.create(rules, below);
                Told::Joined
            }
        };
        self.on_told(told, rules, world);
    }

    /// Does what the overlay tells.
    fn on_told(&mut self, told: Told<Addr>, rules: &Rules, world: &mut dyn World<Message>) {
        match told {
            Told::Nothing | Told::RangeChanged | Told::Found(_) | Told::Lost { .. } => {}
            Told::Joined => {
                world.send(rules.admin_at, Message::Admin(admin::Message::Keepalive));
                self.begin(rules, world);
            }
            Told::JoinFailed => {
                world.note(Fact::JoinFailed);
                world.wake(JOIN_PAUSE, Message::Timer(Timer::Join));
            }
            Told::WantsContact => {
                let name = Message::Admin(admin::Message::NameContact);
                world.call(rules.admin_at, name, rules.overlay.rpc_timeout);
            }
        }
    }
}

/// The layer that an arrival is for.
enum Layer {
    Overlay,
    Node,
}

fn layer(arrival: &Arrival<Message>) -> Layer {
    match arrival.message() {
        Message::Overlay(_) => Layer::Overlay,
        Message::Admin(_) | Message::Timer(_) => Layer::Node,
    }
}

/// How the overlay's messages travel.
pub struct OfOverlay;

impl Wrap<overlay::Message, Addr, Message> for OfOverlay {
    fn to(&self, to: Addr, message: overlay::Message) -> (Addr, Message) {
        (to, Message::Overlay(message))
    }
    fn back(&self, message: overlay::Message) -> Message {
        Message::Overlay(message)
    }
}

/// How the AdminServer's messages travel.
pub struct OfAdmin;

impl Wrap<admin::Message, Addr, Message> for OfAdmin {
    fn to(&self, to: Addr, message: admin::Message) -> (Addr, Message) {
        (to, Message::Admin(message))
    }
    fn back(&self, message: admin::Message) -> Message {
        Message::Admin(message)
    }
}

// A message is 32 bytes at most: rare big ones are boxed.
const _: () = assert!(size_of::<Message>() <= 32);
const _: () = assert!(size_of::<overlay::chord::Message<overlay::peer::Member>>() <= 24);
// A node's row, without its tables on the heap.
const _: () = assert!(size_of::<Node>() <= 192);

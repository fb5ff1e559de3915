//! A CompuP2P node: its layers put together. The node reads one arrival, hands it to the layer
//! that it is for, and carries what one layer wants to the layer that can do it. Control goes down
//! and back once a message.

use crate::admin;
use crate::behaviour::ComputeBehaviour;
use crate::fact::{Fact, LookupPurpose};
use crate::id::{Addr, Id};
use crate::idle::OwnerLoad;
use crate::market::{self, Endowment, Load, Market, Order, Wish};
use crate::overlay::{self, Found, Overlay, Told};
use crate::rules::Rules;
use crate::service::{self, Backup, File, Job, Service, Wanted};
use crate::time::{Span, Time};
use crate::world::{Arrival, Below, World};
use alloc::boxed::Box;

mod kinds;
mod serving;
mod wraps;

pub use crate::kind::Kind;
pub use kinds::KINDS;
pub use wraps::{OfAdmin, OfMarket, OfOverlay, OfService};

/// All that travels between nodes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Message {
    /// Of the base overlay.
    Overlay(overlay::Message),
    /// Of the markets, with the processor overlay's.
    Market(market::Message),
    /// To and from the AdminServer.
    Admin(admin::Message),
    /// Of the service layer.
    Service(service::Message),
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
    /// Buy.
    Buy(Order),
    /// Take note of how much of the machine its owner uses now.
    OwnerLoad(OwnerLoad),
    /// See to a job, or have another node see to it.
    Submit(Box<Job>),
    /// Back data up on storage nodes.
    BackUp(Box<Backup>),
    /// The disk is lost, with the data of this backup; the list of its copies is not.
    LoseData(u32),
    /// Get the data of this backup back.
    Restore(u32),
    /// This backup is not needed any more: give its places back.
    Release(u32),
    /// Advertise a file, and serve it.
    Share(File),
    /// Find a file by its key, and get it.
    Download(File),
}

/// How long a node that could not join waits before it tries again.
const JOIN_PAUSE: Span = Span::secs(5);

/// One node.
#[derive(Clone, Debug)]
pub struct Node {
    me: Addr,
    overlay: Overlay,
    market: Market,
    /// Of who has anything to do with sub-tasks or files.
    service: Option<Box<Service>>,
}

impl Node {
    /// A node that is down.
    pub fn new(me: Addr, rules: &Rules) -> Self {
        Self { me, overlay: Overlay::new(me, rules), market: Market::new(me), service: None }
    }

    /// Whether anything of it is on disk, and survives a crash.
    pub fn keeps_anything(&self) -> bool {
        self.service.is_some()
    }

    /// What is on disk after a crash or a leave, in a node that is down.
    pub fn after_restart(self, rules: &Rules) -> Self {
        let service = self.service.map(|service| Box::new(service.after_restart()));
        Self { market: self.market.after_restart(), service, ..Self::new(self.me, rules) }
    }

    /// The service layer's part, if there is any, for judges.
    pub fn service(&self) -> Option<&Service> {
        self.service.as_deref()
    }

    /// Turns to another way of computing for others.
    pub fn turn(&mut self, compute: ComputeBehaviour) {
        self.market.turn(compute);
    }

    /// The overlay's part, for judges.
    pub fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    /// Begins in an overlay that stands, at `place`.
    pub fn start(
        &mut self,
        place: &overlay::Place<'_>,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        self.overlay.start(place, rules, &mut Below::new(world, OfOverlay));
        self.begin(rules, world);
    }

    /// Gives the node what it has, and its character; before it joins or begins.
    pub fn endow(&mut self, endowment: Endowment, rules: &Rules, now: Time) {
        self.market.endow(endowment, rules, now);
    }

    /// The markets' part, for judges.
    pub fn market(&self) -> &Market {
        &self.market
    }

    /// What the node has to keep as a market owner.
    pub fn load(&self, rules: &Rules) -> Load {
        self.market.load(rules)
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
        self.market.begin(rules, &mut Below::new(world, OfMarket));
        if let Some(service) = &mut self.service {
            let kept = self.market.seller().sales();
            service.begin(kept, rules, &mut Below::new(world, OfService));
            self.serve(rules, world);
        }
    }

    /// Leaves, telling its neighbours and the AdminServer.
    pub fn leave(&mut self, rules: &Rules, world: &mut dyn World<Message>) {
        let heir = self.overlay.heir();
        self.market.leave(heir, rules, &mut Below::new(world, OfMarket));
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
            Command::Buy(order) => {
                let wish = self.market.buy(order, rules, &mut Below::new(world, OfMarket));
                self.grant(wish, rules, world);
            }
            Command::OwnerLoad(load) => {
                let below = &mut Below::new(world, OfMarket);
                let wish = self.market.on_owner_load(load, rules, below);
                self.grant(wish, rules, world);
                let manner = self.manner(rules, world.now());
                if let Some(service) = &mut self.service {
                    service.on_pace(manner, rules, &mut Below::new(world, OfService));
                    self.serve(rules, world);
                }
            }
            Command::Submit(job) => {
                let below = &mut Below::new(world, OfService);
                self.service.get_or_insert_default().submit(job, rules, below);
                self.serve(rules, world);
            }
            Command::BackUp(backup) => self.want(Wanted::BackUp(*backup), rules, world),
            Command::LoseData(number) => self.want(Wanted::LoseData(number), rules, world),
            Command::Restore(number) => self.want(Wanted::Restore(number), rules, world),
            Command::Release(number) => self.want(Wanted::Release(number), rules, world),
            Command::Share(file) => self.want(Wanted::Share(file), rules, world),
            Command::Download(file) => self.want(Wanted::Download(file), rules, world),
        }
    }

    fn want(&mut self, wanted: Wanted, rules: &Rules, world: &mut dyn World<Message>) {
        let below = &mut Below::new(world, OfService);
        self.service.get_or_insert_default().want(wanted, rules, below);
        self.serve(rules, world);
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
                    _ => unreachable!("told apart by layer()"),
                });
                let below = &mut Below::new(world, OfOverlay);
                let told = self.overlay.on_arrival(arrival, rules, below);
                self.on_told(told, rules, world);
            }
            Layer::Market => {
                let arrival = arrival.map(|message| match message {
                    Message::Market(message) => message,
                    Message::Admin(message) => market::Message::Admin(message),
                    _ => unreachable!("told apart by layer()"),
                });
                let below = &mut Below::new(world, OfMarket);
                let wish = self.market.on_arrival(arrival, rules, below);
                self.grant(wish, rules, world);
                self.serve(rules, world);
            }
            Layer::Service => {
                let arrival = arrival.map(|message| match message {
                    Message::Service(message) => message,
                    _ => unreachable!("told apart by layer()"),
                });
                let known = self.known(&arrival, rules, world.now());
                let below = &mut Below::new(world, OfService);
                self.service.get_or_insert_default().on_arrival(arrival, known, rules, below);
                self.serve(rules, world);
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

    /// Asks the overlay for what the markets wish, until they wish for nothing.
    fn grant(&mut self, mut wish: Wish, rules: &Rules, world: &mut dyn World<Message>) {
        while let Wish::Find { key, purpose, ticket } = wish {
            let told = match self.overlay.is_in() {
                true => {
                    let below = &mut Below::new(world, OfOverlay);
                    self.overlay.find(key, purpose, ticket, rules, below)
                }
                false => Told::Lost { purpose, ticket },
            };
            wish = self.tell_market(told, rules, world);
        }
    }

    fn tell_market(
        &mut self,
        told: Told<Addr>,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        let world = &mut Below::new(world, OfMarket);
        match told {
            Told::Found(Found { purpose, ticket, owner, hops, .. }) => {
                self.market.on_found(purpose, ticket, owner, hops, rules, world)
            }
            Told::Lost { purpose, ticket } => self.market.on_lost(purpose, ticket, rules, world),
            Told::Nothing
            | Told::Joined
            | Told::JoinFailed
            | Told::WantsContact
            | Told::RangeChanged => Wish::Nothing,
        }
    }

    /// Does what the overlay tells.
    fn on_told(&mut self, told: Told<Addr>, rules: &Rules, world: &mut dyn World<Message>) {
        match told {
            Told::Nothing => {}
            Told::RangeChanged => {
                self.market.on_range_changed(rules, &mut Below::new(world, OfMarket));
            }
            Told::Found(Found { purpose: LookupPurpose::File, ticket, owner, .. }) => {
                self.on_file_owner(ticket, Some(owner), rules, world);
            }
            Told::Lost { purpose: LookupPurpose::File, ticket } => {
                self.on_file_owner(ticket, None, rules, world);
            }
            Told::Found(_) | Told::Lost { .. } => {
                let wish = self.tell_market(told, rules, world);
                self.grant(wish, rules, world);
            }
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
    Market,
    Service,
    Node,
}

fn layer(arrival: &Arrival<Message>) -> Layer {
    match arrival.message() {
        Message::Overlay(_) => Layer::Overlay,
        Message::Market(_) => Layer::Market,
        Message::Service(_) => Layer::Service,
        Message::Admin(message) if message.is_of_market() => Layer::Market,
        Message::Admin(_) | Message::Timer(_) => Layer::Node,
    }
}

// A message is 32 bytes at most: rare big ones are boxed.
const _: () = assert!(size_of::<Message>() <= 32);
const _: () = assert!(size_of::<overlay::chord::Message<overlay::peer::Member>>() <= 24);
// A node's row, without its tables on the heap.
const _: () = assert!(size_of::<Node>() <= 256);

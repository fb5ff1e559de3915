//! The AdminServer (CompuP2P, V): the well-known node through which others find into the network.
//! It knows of a node what that node last said, which may be out of date.

mod directory;

use crate::id::Addr;
use crate::rules::Rules;
use crate::time::Time;
use crate::world::{Arrival, World};
use directory::Directory;

/// What nodes and the AdminServer say to each other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Message {
    /// Request of a newcomer: through whom can I join?
    Join,
    /// Request of a member: name another member.
    NameContact,
    /// Answer to both: a node that was alive when last heard of, or nobody.
    Contact(Option<Addr>),
    /// I am alive.
    Keepalive,
    /// I go.
    Leave,
}

impl Message {
    /// The kind's name, as `messages.csv` counts it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::NameContact => "name_contact",
            Self::Contact(_) => "contact",
            Self::Keepalive => "keepalive",
            Self::Leave => "leave",
        }
    }
}

/// The AdminServer.
#[derive(Clone, Debug, Default)]
pub struct AdminServer {
    nodes: Directory,
}

impl AdminServer {
    /// A server that has just heard of `alive`.
    pub fn new(alive: impl Iterator<Item = Addr>) -> Self {
        let mut nodes = Directory::default();
        for addr in alive {
            nodes.hear(addr, Time::ZERO);
        }
        Self { nodes }
    }

    /// How many nodes it believes alive.
    pub fn known(&self) -> usize {
        self.nodes.len()
    }

    /// Reads one arrival.
    pub fn on_arrival(
        &mut self,
        arrival: Arrival<Message>,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        match arrival {
            Arrival::Post { from, message: Message::Keepalive } => {
                self.nodes.hear(from, world.now());
            }
            Arrival::Post { from, message: Message::Leave } => self.nodes.forget(from),
            Arrival::Request { from, ticket, message: Message::Join } => {
                let contact = self.nodes.pick(from, rules, world);
                if contact.is_none() {
                    // The first of all begins the ring; those who come next are sent to it.
                    self.nodes.hear(from, world.now());
                }
                world.answer(ticket, Message::Contact(contact));
            }
            Arrival::Request { from, ticket, message: Message::NameContact } => {
                let contact = self.nodes.pick(from, rules, world);
                world.answer(ticket, Message::Contact(contact));
            }
            _ => {}
        }
    }
}

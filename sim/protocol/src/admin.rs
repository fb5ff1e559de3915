//! The AdminServer (CompuP2P, V): the well-known node through which others find into the network,
//! and the bank. It knows of a node what that node last said, which may be out of date.

mod bank;
mod directory;
mod message;

pub use message::{Asker, Banked, Message, OWNERS_MAX, Reserve};

use crate::commodity::Commodity;
use crate::credit::Credits;
use crate::id::Addr;
use crate::ledger::Ledger;
use crate::overlay::peer::Member;
use crate::rules::Rules;
use crate::time::Time;
use crate::world::{Arrival, World};
use bank::Bank;
use directory::Directory;

/// The AdminServer.
#[derive(Clone, Debug, Default)]
pub struct AdminServer {
    nodes: Directory<()>,
    /// Market owners of the processor overlay, each with a commodity that it owns.
    owners: Directory<Commodity>,
    bank: Bank,
}

impl AdminServer {
    /// A server that has just heard of `alive`.
    pub fn new(alive: impl Iterator<Item = Addr>) -> Self {
        let mut server = Self::default();
        for addr in alive {
            server.nodes.hear(addr, (), Time::ZERO);
        }
        server
    }

    /// How many nodes it believes alive.
    pub fn known(&self) -> usize {
        self.nodes.len()
    }

    /// The accounts, for judges and metrics.
    pub fn ledger(&self) -> &Ledger {
        self.bank.ledger()
    }

    /// What is put aside and not due yet at `now`. What is due is paid, or given back, with the
    /// next message that the AdminServer reads. Linear: for judges.
    pub fn escrow_not_due(&self, now: Time) -> Credits {
        self.bank.not_due(now)
    }

    /// Reads one arrival.
    pub fn on_arrival(
        &mut self,
        arrival: Arrival<Message>,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        self.bank.expire(rules, world);
        match arrival {
            Arrival::Post { from, message } => self.on_post(from, &message, rules, world.now()),
            Arrival::Request { from, ticket, message } => {
                if let Some(answer) = self.on_request(from, &message, rules, world) {
                    world.answer(ticket, answer);
                }
            }
            Arrival::Answer { .. }
            | Arrival::Unanswered { .. }
            | Arrival::Shipped { .. }
            | Arrival::Broken { .. }
            | Arrival::Timer(_) => {}
        }
    }

    fn on_post(&mut self, from: Addr, message: &Message, rules: &Rules, now: Time) {
        match message {
            Message::Keepalive => {
                self.nodes.hear(from, (), now);
                self.bank.welcome(rules.host(from), now, rules);
            }
            Message::Leave => {
                self.nodes.forget(from);
                self.owners.forget(from);
            }
            Message::RegisterOwner(commodity) => self.owners.hear(from, *commodity, now),
            Message::ForgetOwner => self.owners.forget(from),
            _ => {}
        }
    }

    fn on_request(
        &mut self,
        from: Addr,
        message: &Message,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Option<Message> {
        match *message {
            Message::Join => {
                let contact = self.nodes.pick(from, rules, world).map(|(addr, ())| addr);
                if contact.is_none() {
                    // The first of all begins the ring; those who come next are sent to it.
                    self.nodes.hear(from, (), world.now());
                }
                Some(Message::Contact(contact))
            }
            Message::NameContact => {
                let contact = self.nodes.pick(from, rules, world).map(|(addr, ())| addr);
                Some(Message::Contact(contact))
            }
            Message::JoinOwners { commodity, slot } => {
                let answer = self.name_owners(from, Asker::Market(slot), rules, world);
                if let Message::Owners { count: 0, .. } = answer {
                    self.owners.hear(from, commodity, world.now());
                }
                Some(answer)
            }
            Message::NameOwners { asker } => Some(self.name_owners(from, asker, rules, world)),
            _ => self.bank.on_request(rules.host(from), message, rules, world),
        }
    }

    fn name_owners(
        &mut self,
        from: Addr,
        asker: Asker,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Message {
        let nobody = Member { host: from, commodity: Commodity::default() };
        let mut owners = [nobody; OWNERS_MAX];
        let mut count = 0;
        for _ in 0..OWNERS_MAX {
            if let Some((host, commodity)) = self.owners.pick(from, rules, world)
                && owners.iter().all(|owner| owner.host != host)
            {
                owners[usize::from(count)] = Member { host, commodity };
                count += 1;
            }
        }
        Message::Owners { asker, count, owners }
    }
}

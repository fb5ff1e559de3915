//! Who reads what arrives: the next message, request or timeout is given to its reader, if that is
//! up.

use super::{ROW_AHEAD, Simulation, TABLES_AHEAD};
use crate::observer::{Observer, Stop};
use crate::prefetch::{prefetch, prefetch_slice};
use crate::surroundings::{Event, Present, Way};
use compup2p_protocol::id::Addr;
use compup2p_protocol::market;
use compup2p_protocol::node::{Message, OfAdmin};
use compup2p_protocol::world::{Arrival, Below};

impl Simulation {
    /// Lets the receiver of the next message read it, if it is up.
    pub(super) fn read_next(&mut self, observer: &mut dyn Observer) -> Result<(), Stop> {
        let (_, event) = self.around.agenda.pop().expect("a message is due");
        self.prefetch();
        let to = event.to();
        let way = event.way();
        let Event { peer, message, .. } = event;
        self.count_event(to.0, way.kind());
        if let Some(witness) = &mut self.around.witness {
            witness.comes(self.around.now, to);
        }
        match way {
            Way::Post => {
                let arrival = Arrival::Post { from: Addr(peer), message };
                if self.is_listening(to) {
                    return self.read(to, arrival, observer);
                }
                self.on_undelivered(to);
                Ok(())
            }
            Way::Request => self.read_request(to, peer, message, observer),
            Way::Answer => {
                let ended = self.around.calls.close(peer);
                if let Some(witness) = &mut self.around.witness {
                    witness.ends(ended.number);
                }
                if !self.is_in_stay(to, ended.incarnation) {
                    self.on_undelivered(to);
                    return Ok(());
                }
                self.read(to, Arrival::Answer { from: ended.callee, message }, observer)
            }
            Way::Timer if self.is_in_stay(to, peer) => {
                self.read(to, Arrival::Timer(message), observer)
            }
            Way::Timer => Ok(()),
            Way::Bulk => match self.around.shipments.deliver(peer) {
                Some(from) => {
                    self.around.acknowledge(peer);
                    self.read(to, Arrival::Post { from, message }, observer)
                }
                None => Ok(()), // It broke off while it landed.
            },
            Way::Shipped => {
                let (stay, peer) = self.around.shipments.hear(peer, to);
                match self.is_in_stay(to, stay) {
                    true => self.read(to, Arrival::Shipped { peer, message }, observer),
                    false => Ok(()),
                }
            }
            Way::Broken => {
                let (stay, peer) = self.around.shipments.hear(peer, to);
                match self.is_in_stay(to, stay) {
                    true => self.read(to, Arrival::Broken { peer, message }, observer),
                    false => Ok(()),
                }
            }
        }
    }

    /// Fetches what the events ahead will need into the cache.
    #[inline]
    fn prefetch(&self) {
        let node = |ahead| {
            let event = self.around.agenda.ahead(ahead)?;
            self.nodes.get(event.to().0 as usize)
        };
        let first = if self.around.agenda.has_just_opened() { 0 } else { ROW_AHEAD };
        for ahead in first..=ROW_AHEAD {
            if let Some(node) = node(ahead) {
                prefetch(node);
            }
        }
        if let Some(node) = node(TABLES_AHEAD) {
            for table in node.overlay().tables() {
                prefetch_slice(table);
            }
        }
    }

    fn read_request(
        &mut self,
        to: Addr,
        call: u32,
        message: Message,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        let (from, ticket) = self.around.calls.arrives(call);
        if !self.is_listening(to) {
            self.on_undelivered(to);
            self.around.calls.expect_timeout(ticket, message);
            return Ok(());
        }
        let arrival = Arrival::Request { from, ticket, message: message.clone() };
        self.read(to, arrival, observer)?;
        if self.around.calls.unanswered(ticket).is_some() {
            self.around.calls.expect_timeout(ticket, message);
        }
        Ok(())
    }

    /// What came to `to` is not read.
    fn on_undelivered(&mut self, to: Addr) {
        self.around.traffic.undelivered += 1;
        if let Some(witness) = &mut self.around.witness {
            witness.unread(self.around.now, to);
        }
    }

    /// Gives the next overdue request back to its caller.
    pub(super) fn give_up_next(&mut self, observer: &mut dyn Observer) -> Result<(), Stop> {
        let Some((ended, message)) = self.around.calls.take_timeout() else { return Ok(()) };
        self.count_event(ended.caller.0, 4);
        if let Some(witness) = &mut self.around.witness {
            witness.comes_back(ended.number);
        }
        if !self.is_in_stay(ended.caller, ended.incarnation) {
            return Ok(());
        }
        self.read(ended.caller, Arrival::Unanswered { to: ended.callee, message }, observer)
    }

    /// Lets the node at `to` read `arrival`, and looks at what it reports.
    fn read(
        &mut self,
        to: Addr,
        arrival: Arrival<Message>,
        observer: &mut dyn Observer,
    ) -> Result<(), Stop> {
        #[cfg(test)]
        if let Some(heard) = &mut self.heard {
            heard.push((self.around.now, to, arrival.clone()));
        }
        self.activity.on_event(to);
        if let Some(witness) = &mut self.around.witness {
            witness.reads(self.around.now, to, &arrival);
        }
        let incarnation = self.incarnation(to);
        let world = &mut Present::new(&mut self.around, to, incarnation);
        match self.nodes.get_mut(to.0 as usize) {
            Some(node) => {
                let reading = Reading::of(arrival.message());
                node.on_arrival(arrival, &self.rules, world);
                if reading != Reading::Other {
                    self.tally.loads.set(to, node.load(&self.rules));
                }
                if reading == Reading::AsOwner {
                    self.tally.loads.on_message(to);
                }
            }
            None => {
                let arrival = arrival.map(|message| match message {
                    Message::Admin(message) => Some(message),
                    _ => None,
                });
                if let Some(arrival) = whole(arrival) {
                    let below = &mut Below::new(world, OfAdmin);
                    self.admin.on_arrival(arrival, &self.rules, below);
                }
            }
        }
        self.look(to, observer)
    }
}

/// What an arrival has to do with its reader's being a market owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reading {
    /// It is for a market owner.
    AsOwner,
    /// It may change what the reader keeps as one.
    InMarket,
    /// Nothing.
    Other,
}

impl Reading {
    fn of(message: &Message) -> Self {
        use market::Message as M;
        match message {
            Message::Overlay(_) | Message::Timer(_) => Self::Other,
            Message::Market(
                M::List { .. }
                | M::Delist { .. }
                | M::Handover(_)
                | M::FindSeller(_)
                | M::HandOn { .. }
                | M::Processor { .. },
            ) => Self::AsOwner,
            Message::Market(_) | Message::Admin(_) => Self::InMarket,
            // It may buy from, or sell as, itself: what it keeps as an owner stays.
            Message::Service(_) => Self::Other,
        }
    }
}

/// The arrival, if there is a message in it.
fn whole<M>(arrival: Arrival<Option<M>>) -> Option<Arrival<M>> {
    arrival.message().as_ref()?;
    Some(arrival.map(|message| message.expect("looked before")))
}

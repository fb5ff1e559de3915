//! How the messages of each layer travel as a node's.

use super::Message;
use crate::id::Addr;
use crate::world::Wrap;
use crate::{admin, market, overlay, service};

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

/// How the markets' messages travel. What they say to the AdminServer goes as its own.
pub struct OfMarket;

impl Wrap<market::Message, Addr, Message> for OfMarket {
    fn to(&self, to: Addr, message: market::Message) -> (Addr, Message) {
        (to, self.back(message))
    }
    fn back(&self, message: market::Message) -> Message {
        match message {
            market::Message::Admin(message) => Message::Admin(message),
            message => Message::Market(message),
        }
    }
}

/// How the service layer's messages travel.
pub struct OfService;

impl Wrap<service::Message, Addr, Message> for OfService {
    fn to(&self, to: Addr, message: service::Message) -> (Addr, Message) {
        (to, Message::Service(message))
    }
    fn back(&self, message: service::Message) -> Message {
        Message::Service(message)
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

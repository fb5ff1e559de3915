//! How the messages of lookups read, in either ring.

use crate::id::Addr;
use crate::market::Message as Market;
use crate::node::Message;
use crate::overlay::chord::{self, HopKind};
use crate::overlay::peer::Peer;
use alloc::format;
use alloc::string::String;

/// What a message of a lookup says; nothing if it is no such message.
pub fn ring(message: &Message) -> Option<String> {
    match message {
        Message::Overlay(message) => words(message),
        Message::Market(Market::Processor { message, .. }) => words(message),
        Message::Market(_) | Message::Admin(_) | Message::Service(_) | Message::Timer(_) => None,
    }
}

fn words<P: Peer>(message: &chord::Message<P>) -> Option<String> {
    use chord::Message as M;
    Some(match message {
        M::Next { key, skip: 0, .. } => format!("whom should I ask next for key {key}"),
        M::Next { key, skip, .. } => {
            format!("whom else for key {key}, the best {skip} of yours being silent")
        }
        M::Hop { kind, count, peers, .. } => {
            let named = peers[..usize::from(*count)].iter().map(|peer| {
                let Addr(node) = peer.addr();
                format!("node {node}")
            });
            let named = named.collect::<alloc::vec::Vec<_>>().join(", else ");
            match kind {
                _ if named.is_empty() => "I know nobody".into(),
                HopKind::Closer => format!("closer to it is {named}"),
                HopKind::Owner => format!("its owner is {named}"),
            }
        }
        M::Forward { key, origin, hops, .. } => {
            let Addr(origin) = origin.addr();
            format!("hand on: node {origin} looks for key {key}, {hops} hops so far")
        }
        M::Forwarded => "it is on its way".into(),
        M::Arrived { hops, count: 0, .. } => format!("found nobody, after {hops} hops"),
        M::Arrived { hops, peers, .. } => {
            let Addr(owner) = peers[0].addr();
            format!("the owner of your key is node {owner}, found in {hops} hops")
        }
        M::Ping { .. } => "are you there, owner".into(),
        M::Pong { .. } => "I am here".into(),
        M::Neighbours { .. }
        | M::NeighboursAre { .. }
        | M::Introduce
        | M::Introduced { .. }
        | M::Notify(_)
        | M::Leaving { .. }
        | M::Timer { .. } => return None,
    })
}

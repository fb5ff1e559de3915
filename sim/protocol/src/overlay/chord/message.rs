//! What members of a Chord ring say to each other.

use super::super::peer::Peer;
use crate::id::Id;
use crate::kind::{ADDR, COMMODITY, ID, Kind};
use alloc::boxed::Box;

/// A message of a ring whose members are known as `P`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Message<P> {
    /// Request: whom should I ask next for `key`? `skip` so many of the best.
    Next {
        /// What is looked up.
        key: Id,
        /// The asker's lookup.
        lookup: u16,
        /// How many of the best candidates were tried in vain.
        skip: u8,
    },
    /// Answer to `Next`.
    Hop {
        /// The asker's lookup.
        lookup: u16,
        /// What the peers are.
        kind: HopKind,
        /// How many of them there are.
        count: u8,
        /// The best candidate, and the next best.
        peers: [P; 2],
    },
    /// Recursive lookup: find the owner of `key` and tell `origin`.
    Forward {
        /// What is looked up.
        key: Id,
        /// Who wants to know.
        origin: P,
        /// Its lookup.
        lookup: u16,
        /// Nodes contacted so far.
        hops: u8,
        /// Of them, those that did not answer.
        timeouts: u8,
    },
    /// Answer to `Forward`: it is on its way.
    Forwarded,
    /// The end of a recursive lookup, from the key's predecessor to the origin.
    Arrived {
        /// The origin's lookup.
        lookup: u16,
        /// Nodes contacted.
        hops: u8,
        /// Of them, those that did not answer.
        timeouts: u8,
        /// How many peers there are.
        count: u8,
        /// The owner, and the one after it.
        peers: [P; 2],
    },
    /// Request: who are your neighbours? (Chord's stabilize.)
    Neighbours {
        /// The place of the asked in the asker's successor list.
        index: u8,
    },
    /// Answer to `Neighbours`.
    NeighboursAre {
        /// As asked.
        index: u8,
        /// The predecessor, if known.
        predecessor: Option<P>,
        /// The first successor; oneself on a ring of one.
        successor: P,
    },
    /// Request of a newcomer to its successor: whom do you know?
    Introduce,
    /// Answer to `Introduce`: successors first, nearest first, then fingers.
    Introduced {
        /// How many of the peers are successors.
        successors: u8,
        /// The peers.
        peers: Box<[P]>,
    },
    /// I may be your predecessor.
    Notify(P),
    /// Request: are you there? `lookup` is the lookup that wants to know, if one does.
    Ping {
        /// The asker's lookup, or [`NO_LOOKUP`].
        lookup: u16,
    },
    /// Answer to `Ping`.
    Pong {
        /// As asked.
        lookup: u16,
    },
    /// `leaver` goes; `neighbour` takes its place at the reader's side.
    Leaving {
        /// Who goes.
        leaver: P,
        /// The leaver's successor if the reader is its predecessor, and the other way round.
        neighbour: Option<P>,
    },
    /// To oneself: it is time for something. Timers of an earlier ring membership are ignored.
    Timer {
        /// For what.
        timer: Timer,
        /// Of which membership.
        generation: u16,
    },
}

/// What the peers of an answer are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HopKind {
    /// Members before the key, the closest first.
    Closer,
    /// The owner of the key and those after it.
    Owner,
}

/// The lookup of a ping that no lookup wants.
pub const NO_LOOKUP: u16 = u16::MAX;

/// What it can be time for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timer {
    /// A round of stabilization.
    Stabilize,
    /// A finger, if fingers have rounds of their own.
    FixFingers,
    /// The predecessor, if it has rounds of its own.
    CheckPredecessor,
    /// Looking oneself up through another.
    Rejoin,
    /// The answer to a recursive lookup should have come.
    Lookup(u16),
}

/// The kinds of a ring whose peers take so many bytes, in the order of [`Message::kind`].
macro_rules! kinds {
    ($ring:literal, $peer:expr) => {
        [
            Kind::new(concat!($ring, ".next"), ID + 3),
            Kind::new(concat!($ring, ".hop"), 4 + 2 * $peer),
            Kind::new(concat!($ring, ".forward"), ID + 4 + $peer),
            Kind::new(concat!($ring, ".forwarded"), 0),
            Kind::new(concat!($ring, ".arrived"), 5 + 2 * $peer),
            Kind::new(concat!($ring, ".neighbours"), 1),
            Kind::new(concat!($ring, ".neighbours_are"), 1 + 2 * $peer),
            Kind::new(concat!($ring, ".introduce"), 0),
            Kind::new(concat!($ring, ".introduced"), 1),
            Kind::new(concat!($ring, ".notify"), $peer),
            Kind::new(concat!($ring, ".ping"), 2),
            Kind::new(concat!($ring, ".pong"), 2),
            Kind::new(concat!($ring, ".leaving"), 2 * $peer),
            Kind::timer(concat!($ring, ".timer")),
        ]
    };
}

/// Kinds of one ring.
pub const KINDS: usize = 14;
/// The base ring's kinds.
pub const BASE_KINDS: [Kind; KINDS] = kinds!("chord", ADDR);
/// The processor overlay's kinds: each says which markets it goes between, and a member is known
/// by its address and CMID.
pub const PROCESSOR_KINDS: [Kind; KINDS] = {
    let mut kinds = kinds!("processor", ADDR + COMMODITY);
    let mut n = 0;
    while n < KINDS - 1 {
        kinds[n].bytes += COMMODITY + 2;
        n += 1;
    }
    kinds
};

impl<P: Peer> Message<P> {
    /// The place of its kind among the ring's kinds.
    pub fn kind(&self) -> u8 {
        match self {
            Self::Next { .. } => 0,
            Self::Hop { .. } => 1,
            Self::Forward { .. } => 2,
            Self::Forwarded => 3,
            Self::Arrived { .. } => 4,
            Self::Neighbours { .. } => 5,
            Self::NeighboursAre { .. } => 6,
            Self::Introduce => 7,
            Self::Introduced { .. } => 8,
            Self::Notify(_) => 9,
            Self::Ping { .. } => 10,
            Self::Pong { .. } => 11,
            Self::Leaving { .. } => 12,
            Self::Timer { .. } => 13,
        }
    }

    /// How many peers a list inside holds, beyond what the kind's bytes count.
    pub fn listed(&self) -> usize {
        match self {
            Self::Introduced { peers, .. } => peers.len(),
            _ => 0,
        }
    }
}

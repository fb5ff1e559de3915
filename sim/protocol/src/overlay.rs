//! What any overlay offers to the layers above: find the node that is responsible for a key; tell
//! when one's own responsibility changes; join, leave. [`Overlay`] is the one list of overlays.

pub mod chord;
pub mod fingers;
pub mod peer;
pub mod successors;

use crate::fact::{LookupPurpose, Ring};
use crate::id::{Addr, Id};
use crate::rules::{OverlayKind, Rules};
use crate::world::{Arrival, World};

pub use chord::{Found, Told};

/// What nodes of the base overlay say to each other.
pub type Message = chord::Message<Addr>;

/// A node's part in the base overlay, of the kind that the scenario chose.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// A member of a Chord ring.
    Chord(chord::Chord<Addr>),
}

/// The surroundings of one node in an overlay that stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place<'a> {
    /// The node before.
    pub predecessor: Addr,
    /// The next nodes, nearest first.
    pub successors: &'a [Addr],
    /// The distinct fingers.
    pub fingers: &'a [Addr],
}

impl Overlay {
    /// A node that is in no overlay yet.
    pub fn new(me: Addr, rules: &Rules) -> Self {
        match rules.overlay.kind {
            OverlayKind::Chord => Self::Chord(chord::Chord::new(me, Ring::Base, 0)),
        }
    }

    /// Begins an overlay of one.
    pub fn create(&mut self, rules: &Rules, world: &mut dyn World<Message>) {
        match self {
            Self::Chord(chord) => chord.create(rules, world),
        }
    }

    /// Begins in an overlay that stands.
    pub fn start(&mut self, place: &Place<'_>, rules: &Rules, world: &mut dyn World<Message>) {
        let Place { predecessor, successors, fingers } = *place;
        match self {
            Self::Chord(chord) => {
                chord.start(predecessor, successors, fingers.iter().copied(), rules, world);
            }
        }
    }

    /// Joins through `contact`.
    pub fn join(
        &mut self,
        contact: Addr,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Told<Addr> {
        match self {
            Self::Chord(chord) => chord.join(contact, rules, world),
        }
    }

    /// Looks this node up through `contact`, so that overlays that were apart merge.
    pub fn rejoin(
        &mut self,
        contact: Addr,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Told<Addr> {
        match self {
            Self::Chord(chord) => chord.rejoin(contact, rules, world),
        }
    }

    /// Leaves, telling the neighbours.
    pub fn leave(&mut self, world: &mut dyn World<Message>) {
        match self {
            Self::Chord(chord) => chord.leave(world),
        }
    }

    /// Looks for the owner of `key`; the answer carries `ticket`.
    pub fn find(
        &mut self,
        key: Id,
        purpose: LookupPurpose,
        ticket: u32,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Told<Addr> {
        match self {
            Self::Chord(chord) => chord.find(key, purpose, ticket, rules, world),
        }
    }

    /// Reads one arrival.
    pub fn on_arrival(
        &mut self,
        arrival: Arrival<Message>,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Told<Addr> {
        match self {
            Self::Chord(chord) => chord.on_arrival(arrival, rules, world),
        }
    }

    /// The tables that routing reads, so that an engine may fetch them ahead.
    pub fn tables(&self) -> [&[Addr]; 2] {
        match self {
            Self::Chord(chord) => [chord.fingers(), chord.successors()],
        }
    }

    /// Whether this node is in the overlay.
    pub fn is_in(&self) -> bool {
        match self {
            Self::Chord(chord) => chord.is_in(),
        }
    }

    /// Who will be responsible for this node's keys if it leaves.
    pub fn heir(&self) -> Option<Addr> {
        match self {
            Self::Chord(chord) => chord.successors().first().copied(),
        }
    }

    /// Whether this node is responsible for `key`, as far as it knows.
    pub fn owns(&self, key: Id, rules: &Rules) -> bool {
        match self {
            Self::Chord(chord) => chord.owns(key, rules),
        }
    }
}

//! A node that keeps data for others: checkpoints, each at the place that its user bought on the
//! storage market (CompuP2P, VI-A). What is on disk survives a crash.

use super::message::Message;
use crate::id::Addr;
use crate::world::{Ticket, World};
use alloc::collections::BTreeMap;

/// What is kept at a place: the progress of the last checkpoint that came whole, in cycles.
#[derive(Clone, Debug, Default)]
pub struct Store {
    checkpoints: BTreeMap<u32, u64>,
}

impl Store {
    /// How many places have something.
    pub fn len(&self) -> usize {
        self.checkpoints.len()
    }

    /// Whether none has.
    pub fn is_empty(&self) -> bool {
        self.checkpoints.is_empty()
    }

    /// The progress of the checkpoint at a place, in cycles.
    pub fn at(&self, place: u32) -> Option<u64> {
        self.checkpoints.get(&place).copied()
    }

    /// A checkpoint came whole, for a place that is sold or not.
    pub(super) fn on_checkpoint(
        &mut self,
        from: Addr,
        place: u32,
        run: u32,
        progress: u64,
        is_sold: bool,
        world: &mut dyn World<Message>,
    ) {
        match is_sold {
            true => {
                self.checkpoints.insert(place, progress);
            }
            false => world.send(from, Message::NoRoom { place, run }),
        }
    }

    /// A compute node goes on from a checkpoint.
    pub(super) fn on_fetch(
        &mut self,
        ticket: Ticket,
        from: Addr,
        place: u32,
        run: u32,
        bytes: u64,
        world: &mut dyn World<Message>,
    ) {
        match self.at(place) {
            Some(progress) => {
                world.answer(ticket, Message::Sending { run });
                world.ship(from, bytes, Message::Snapshot { run, progress });
            }
            None => world.answer(ticket, Message::NoCheckpoint { run }),
        }
    }

    /// After a restart: what is at places that are nobody's any more is dropped.
    pub(super) fn begin(&mut self, is_sold: impl Fn(u32) -> bool) {
        self.checkpoints.retain(|&place, _| is_sold(place));
    }

    /// A place is its buyer's no more.
    pub(super) fn on_sale_over(&mut self, place: u32) {
        self.checkpoints.remove(&place);
    }
}

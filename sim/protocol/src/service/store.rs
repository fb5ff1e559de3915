//! A node that keeps data for others, each at the place that its user bought on the storage market:
//! checkpoints (CompuP2P, VI-A), and copies of what users back up (V). What is on disk survives a
//! crash.

use super::message::Message;
use crate::id::Addr;
use crate::market::Sale;
use crate::world::{Ticket, World};
use alloc::collections::{BTreeMap, BTreeSet};

/// A copy of backed up data.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Copy {
    /// The backup.
    pub backup: u32,
    /// Who bought the place.
    pub user: Addr,
    /// Its size as it is kept.
    pub bytes: u64,
}

/// What is kept, by place: the progress of the last checkpoint that came whole, in cycles; copies of
/// backed up data.
#[derive(Clone, Debug, Default)]
pub struct Store {
    checkpoints: BTreeMap<u32, u64>,
    copies: BTreeMap<u32, Copy>,
    /// The places at others to which copies are on their way from here.
    sending: BTreeSet<u32>,
}

impl Store {
    /// How many places have something.
    pub fn len(&self) -> usize {
        self.checkpoints.len() + self.copies.len()
    }

    /// Whether none has.
    pub fn is_empty(&self) -> bool {
        self.checkpoints.is_empty() && self.copies.is_empty()
    }

    /// The progress of the checkpoint at a place, in cycles.
    pub fn at(&self, place: u32) -> Option<u64> {
        self.checkpoints.get(&place).copied()
    }

    /// The copy of backed up data at a place.
    pub fn copy(&self, place: u32) -> Option<Copy> {
        self.copies.get(&place).copied()
    }

    /// All copies of backed up data, by place.
    pub fn copies(&self) -> impl Iterator<Item = (u32, Copy)> {
        self.copies.iter().map(|(&place, &copy)| (place, copy))
    }

    /// What is on disk survives.
    pub(super) fn after_restart(self) -> Self {
        Self { sending: BTreeSet::new(), ..self }
    }

    /// Goes on after a restart: what is sold no more is dropped.
    pub(super) fn begin(&mut self, kept: &[Sale]) {
        let is_sold = |place: u32| kept.iter().any(|sale| sale.purchase == place);
        self.checkpoints.retain(|&place, _| is_sold(place));
        self.copies.retain(|&place, _| is_sold(place));
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

    /// A copy of backed up data came whole, for a place that is sold or not. Its buyer knows, if it
    /// sent it itself.
    pub(super) fn on_copy(
        &mut self,
        from: Addr,
        place: u32,
        backup: u32,
        bytes: u64,
        sale: Option<Sale>,
        world: &mut dyn World<Message>,
    ) {
        let Some(sale) = sale else {
            world.send(from, Message::Gone { place });
            return;
        };
        self.copies.insert(place, Copy { backup, user: sale.buyer, bytes });
        if from != sale.buyer {
            world.send(sale.buyer, Message::Stored { place });
        }
    }

    /// A user's node asks for its copy.
    pub(super) fn on_check(
        &self,
        ticket: Ticket,
        place: u32,
        sale: Option<Sale>,
        world: &mut dyn World<Message>,
    ) {
        let answer = match (sale, self.copies.contains_key(&place)) {
            (Some(_), true) => Message::Stored { place },
            (Some(_), false) => Message::Empty { place },
            (None, _) => Message::Gone { place },
        };
        world.answer(ticket, answer);
    }

    /// A user's node wants a copy sent to another place, which is sold here if it is here.
    #[expect(clippy::too_many_arguments, reason = "who asks, from where, to where")]
    pub(super) fn on_copy_to(
        &mut self,
        ticket: Ticket,
        user: Addr,
        from: u32,
        to: u32,
        node: Addr,
        sale: Option<Sale>,
        world: &mut dyn World<Message>,
    ) {
        let Some(copy) = self.copy(from).filter(|copy| copy.user == user) else {
            world.answer(ticket, Message::Gone { place: from });
            return;
        };
        if node == world.me() {
            let answer = match sale {
                Some(_) => Message::Stored { place: to },
                None => Message::Gone { place: to },
            };
            if sale.is_some() {
                self.copies.insert(to, copy);
            }
            world.answer(ticket, answer);
            return;
        }
        world.answer(ticket, Message::Copying { place: from });
        if self.sending.insert(to) {
            let Copy { backup, bytes, .. } = copy;
            world.ship(node, bytes, Message::Copy { place: to, backup, bytes });
        }
    }

    /// A copy that was sent to another place is there, or is not.
    pub(super) fn on_sent(&mut self, to: u32) {
        self.sending.remove(&to);
    }

    /// A user's node wants its data back.
    pub(super) fn on_recall(
        &self,
        ticket: Ticket,
        user: Addr,
        place: u32,
        world: &mut dyn World<Message>,
    ) {
        match self.copy(place).filter(|copy| copy.user == user) {
            Some(copy) => {
                world.answer(ticket, Message::Copying { place });
                world.ship(user, copy.bytes, Message::Recalled { place });
            }
            None => world.answer(ticket, Message::Gone { place }),
        }
    }

    /// A place is its buyer's no more.
    pub(super) fn on_sale_over(&mut self, place: u32) {
        self.checkpoints.remove(&place);
        self.copies.remove(&place);
    }
}

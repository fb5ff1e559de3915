//! A run's checkpoints: sent to the storage node, and fetched from there (CompuP2P, VI-A).

use super::super::Wishes;
use super::super::message::{Assignment, Message, Storage};
use super::run::RunStage;
use super::{Executor, Manner};
use crate::fact::Fact;
use crate::id::Addr;
use crate::rules::Rules;
use crate::time::Span;
use crate::world::World;

impl Executor {
    /// Sends a checkpoint to the storage node. Without one the user's node is told so again.
    pub(super) fn checkpoint(
        &mut self,
        place: usize,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) {
        let run = &mut self.runs[place];
        let Assignment { run: number, checkpoint_bytes, interval, .. } = *run.assignment;
        let cost = if run.took > Span::ZERO { run.took } else { guessed(checkpoint_bytes) };
        run.due = interval.of(cost, rules.service.checkpoint.mtbf);
        match run.storage {
            Some(_) if run.shipping.is_some() => {}
            Some(Storage { node, place }) => {
                let progress = run.done;
                run.shipping = Some((place, progress, world.now()));
                let checkpoint = Message::Checkpoint { place, run: number, progress };
                world.ship(node, checkpoint_bytes, checkpoint);
                if rules.service.checkpoint.blocking {
                    run.stage = RunStage::Pausing;
                    run.rate = 0;
                }
            }
            None => world.send(run.user, Message::StorageLost { run: number, place: u32::MAX }),
        }
    }

    /// A checkpoint is stored whole, or is not.
    #[expect(clippy::too_many_arguments, reason = "what came, and the layers around")]
    pub(in super::super) fn on_checkpoint(
        &mut self,
        run: u32,
        at: u32,
        is_stored: bool,
        manner: Manner,
        rules: &Rules,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        let Some(place) = self.place(run) else { return };
        let now = world.now();
        let run = &mut self.runs[place];
        let is_current = run.storage.is_some_and(|storage| storage.place == at);
        // One that was under way to an earlier place ends too.
        let under_way = run.shipping.take_if(|(place, ..)| *place == at);
        let Assignment { run: number, task, checkpoint_bytes: bytes, .. } = *run.assignment;
        if !is_stored && is_current {
            run.storage = None;
            world.send(run.user, Message::StorageLost { run: number, place: at });
        } else if is_stored && let Some((_, progress, began)) = under_way {
            run.took = now.since(began);
            world.note(Fact::Checkpointed { run: number, task, bytes, progress });
        }
        if run.stage == RunStage::Pausing && run.shipping.is_none() {
            self.execute(place, manner, rules, wishes, world);
        }
    }

    /// Checkpoints go to another storage node from now on.
    pub(in super::super) fn on_store_at(&mut self, run: u32, user: Addr, storage: Storage) {
        if let Some(place) = self.place(run)
            && self.runs[place].user == user
        {
            self.runs[place].storage = Some(storage);
        }
    }

    /// The checkpoint has come, or there is none.
    pub(in super::super) fn on_snapshot(
        &mut self,
        run: u32,
        progress: Option<u64>,
        manner: Manner,
        rules: &Rules,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        let Some(place) = self.place(run) else { return };
        let run = &mut self.runs[place];
        if !run.awaits_snapshot {
            return;
        }
        run.awaits_snapshot = false;
        let progress = progress.unwrap_or(0).min(run.assignment.cycles);
        run.done = progress;
        run.began_at = progress;
        self.begin_if_gathered(place, manner, rules, wishes, world);
    }

    /// The storage node does not answer, or broke off: it is asked a few times; then the run begins
    /// from nothing, and the user's node is told.
    pub(in super::super) fn on_no_snapshot(
        &mut self,
        run: u32,
        manner: Manner,
        rules: &Rules,
        wishes: &mut Wishes,
        world: &mut dyn World<Message>,
    ) {
        let Some(place) = self.place(run) else { return };
        let found = &mut self.runs[place];
        let Some(storage) = found.storage.filter(|_| found.awaits_snapshot) else { return };
        found.silent += 1;
        if u32::from(found.silent) < rules.overlay.attempts {
            fetch(&found.assignment, storage, rules, world);
            return;
        }
        found.storage = None;
        world.send(found.user, Message::StorageLost { run, place: storage.place });
        self.on_snapshot(run, None, manner, rules, wishes, world);
    }
}

/// Asks the storage node for the last checkpoint.
pub(super) fn fetch(
    assignment: &Assignment,
    storage: Storage,
    rules: &Rules,
    world: &mut dyn World<Message>,
) {
    let Assignment { run, checkpoint_bytes: bytes, .. } = *assignment;
    let fetch = Message::Fetch { place: storage.place, run, bytes };
    world.call(storage.node, fetch, rules.overlay.rpc_timeout);
}

/// How long a checkpoint will take that was never made: as on a link of 10 Mbit/s [ours].
pub(super) fn guessed(bytes: u64) -> Span {
    Span(u64::try_from(u128::from(bytes) * 1_000_000_000 / 1_250_000).unwrap_or(u64::MAX))
}

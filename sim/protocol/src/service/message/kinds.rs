//! The kinds of what the service layers say, and how long each is on the wire.

use super::{HOLDERS_MAX, Message};
use crate::kind::{ADDR, ID, Kind, PURCHASE};

/// Bytes of a sub-task in a task file, about.
const SUB_TASK: u32 = 300;

impl Message {
    /// The kinds of what travels, in the order of [`Message::kind`].
    pub const KINDS: [Kind; 40] = [
        Kind::new("service.submit", PURCHASE),
        Kind::new("service.submitted", PURCHASE),
        Kind::new("service.ask_progress", PURCHASE),
        Kind::new("service.progress", PURCHASE + 8),
        Kind::new("service.notify", PURCHASE + 8),
        Kind::new("service.noted", PURCHASE),
        Kind::new("service.run", SUB_TASK),
        Kind::new("service.began", PURCHASE),
        Kind::new("service.declined", PURCHASE),
        Kind::new("service.input", PURCHASE),
        Kind::new("service.beat", PURCHASE),
        Kind::new("service.alive", PURCHASE),
        Kind::new("service.unknown", PURCHASE),
        Kind::new("service.no_file", PURCHASE),
        Kind::new("service.output", PURCHASE + 8),
        Kind::new("service.stop", PURCHASE),
        Kind::new("service.checkpoint", 2 * PURCHASE + 8),
        Kind::new("service.no_room", 2 * PURCHASE),
        Kind::new("service.storage_lost", 2 * PURCHASE),
        Kind::new("service.store_at", 2 * PURCHASE + ADDR),
        Kind::new("service.fetch", 2 * PURCHASE + 8),
        Kind::new("service.sending", PURCHASE),
        Kind::new("service.no_checkpoint", PURCHASE),
        Kind::new("service.snapshot", PURCHASE + 8),
        Kind::new("service.advertise", ID),
        Kind::new("service.who_has", ID),
        Kind::new("service.holders", 1 + HOLDERS_MAX as u32 * ADDR),
        Kind::new("service.get", ID),
        Kind::new("service.content", ID),
        Kind::new("service.kept", PURCHASE),
        Kind::new("service.drop", PURCHASE),
        Kind::new("service.copy", 2 * PURCHASE + 8),
        Kind::new("service.check", PURCHASE),
        Kind::new("service.stored", PURCHASE),
        Kind::new("service.empty", PURCHASE),
        Kind::new("service.gone", PURCHASE),
        Kind::new("service.copy_to", 2 * PURCHASE + ADDR),
        Kind::new("service.copying", PURCHASE),
        Kind::new("service.recall", PURCHASE),
        Kind::new("service.recalled", PURCHASE),
    ];

    /// The place of its kind among [`Message::KINDS`]; of a timer, the place after the last.
    pub fn kind(&self) -> u8 {
        match self {
            Self::Submit(_) => 0,
            Self::Submitted { .. } => 1,
            Self::AskProgress { .. } => 2,
            Self::Progress { .. } => 3,
            Self::Notify { .. } => 4,
            Self::Noted { .. } => 5,
            Self::Run(_) => 6,
            Self::Began { .. } => 7,
            Self::Declined { .. } => 8,
            Self::Input { .. } => 9,
            Self::Beat { .. } => 10,
            Self::Alive { .. } => 11,
            Self::Unknown { .. } => 12,
            Self::NoFile { .. } => 13,
            Self::Output { .. } => 14,
            Self::Stop { .. } => 15,
            Self::Checkpoint { .. } => 16,
            Self::NoRoom { .. } => 17,
            Self::StorageLost { .. } => 18,
            Self::StoreAt { .. } => 19,
            Self::Fetch { .. } => 20,
            Self::Sending { .. } | Self::Coming { .. } => 21,
            Self::NoCheckpoint { .. } | Self::NotHere { .. } => 22,
            Self::Snapshot { .. } => 23,
            Self::Advertise { .. } => 24,
            Self::WhoHas { .. } => 25,
            Self::Holders { .. } => 26,
            Self::Get { .. } => 27,
            Self::Content { .. } => 28,
            Self::Kept { .. } => 29,
            Self::Drop { .. } => 30,
            Self::Copy { .. } => 31,
            Self::Check { .. } => 32,
            Self::Stored { .. } => 33,
            Self::Empty { .. } => 34,
            Self::Gone { .. } => 35,
            Self::CopyTo { .. } => 36,
            Self::Copying { .. } => 37,
            Self::Recall { .. } => 38,
            Self::Recalled { .. } => 39,
            Self::Timer(_) => Self::KINDS.len() as u8,
        }
    }

    /// Bytes of the list inside.
    pub fn listed(&self) -> u32 {
        match self {
            Self::Submit(job) => job.sub_tasks.len() as u32 * SUB_TASK,
            _ => 0,
        }
    }
}

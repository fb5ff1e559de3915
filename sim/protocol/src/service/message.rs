//! What the service layers of nodes say to each other.

mod kinds;

use super::task::{File, Job};
use crate::id::{Addr, Id};
use crate::time::Span;
use alloc::boxed::Box;

/// Most holders of a file that one answer names.
pub const HOLDERS_MAX: usize = 3;

/// A message of the service layer. A run is known by the purchase of its compute power, a place for
/// its checkpoints by the purchase of its storage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Message {
    /// Request of a client to a user's node: see to this job.
    Submit(Box<Job>),
    /// Answer to `Submit`: I do.
    Submitted {
        /// The job.
        job: u32,
    },
    /// Request of a client: how far is it?
    AskProgress {
        /// The job.
        job: u32,
    },
    /// Answer to `AskProgress`.
    Progress {
        /// The job.
        job: u32,
        /// Sub-tasks that are over.
        over: u32,
        /// Of how many.
        of: u32,
    },
    /// Request to a client: its job is over.
    Notify {
        /// The job.
        job: u32,
        /// Sub-tasks that were completed.
        completed: u32,
        /// Sub-tasks that failed.
        failed: u32,
    },
    /// Answer to `Notify`.
    Noted {
        /// The job.
        job: u32,
    },
    /// Request of a user's node to a compute node that sold to it: run this.
    Run(Box<Assignment>),
    /// Answer to `Run`: I do.
    Began {
        /// The run.
        run: u32,
    },
    /// Answer to `Run`: I have not sold to you, or not any more.
    Declined {
        /// The run.
        run: u32,
    },
    /// Bulk: parameters and files of the user's own.
    Input {
        /// The run.
        run: u32,
    },
    /// Request of a user's node: are you there, and at it?
    Beat {
        /// The run.
        run: u32,
    },
    /// Answer to `Beat`: yes.
    Alive {
        /// The run.
        run: u32,
    },
    /// Answer to `Beat`: I do not know of it, or not any more.
    Unknown {
        /// The run.
        run: u32,
    },
    /// Of a compute node: code or input is nowhere to be had.
    NoFile {
        /// The run.
        run: u32,
    },
    /// Bulk, of a compute node: the output.
    Output {
        /// The run.
        run: u32,
        /// A digest of it.
        result: u64,
    },
    /// Of a user's node: forget this run.
    Stop {
        /// The run.
        run: u32,
    },
    /// Bulk, of a compute node to a storage node: a checkpoint.
    Checkpoint {
        /// Where it is kept.
        place: u32,
        /// The run.
        run: u32,
        /// How much work was done, in cycles.
        progress: u64,
    },
    /// Of a storage node: I have not sold that place, or not any more.
    NoRoom {
        /// The place.
        place: u32,
        /// The run.
        run: u32,
    },
    /// Of a compute node to its user's: the storage node does not take checkpoints.
    StorageLost {
        /// The run.
        run: u32,
        /// The place there.
        place: u32,
    },
    /// Of a user's node: make your checkpoints there.
    StoreAt {
        /// The run.
        run: u32,
        /// The place.
        place: u32,
        /// The storage node.
        storage: Addr,
    },
    /// Of a storage node that is back, to a user's node: what you had stored is still there.
    Kept {
        /// The place.
        place: u32,
    },
    /// Answer, of a user's node that needs it no more.
    Drop {
        /// The place.
        place: u32,
    },
    /// Request of a compute node to a storage node: send me the last checkpoint.
    Fetch {
        /// The place.
        place: u32,
        /// The run that is to go on from it.
        run: u32,
        /// The size of a checkpoint.
        bytes: u64,
    },
    /// Answer to `Fetch`: it comes.
    Sending {
        /// The run.
        run: u32,
    },
    /// Answer to `Fetch`: there is none.
    NoCheckpoint {
        /// The run.
        run: u32,
    },
    /// Bulk, of a storage node: the last checkpoint.
    Snapshot {
        /// The run.
        run: u32,
        /// How much work was done, in cycles.
        progress: u64,
    },
    /// To the owner of a file's key: I have it.
    Advertise {
        /// The file's key.
        key: Id,
    },
    /// Request to the owner of a file's key: who has it?
    WhoHas {
        /// The file's key.
        key: Id,
        /// The asker's number of its search.
        search: u32,
    },
    /// Answer to `WhoHas`.
    Holders {
        /// As asked.
        search: u32,
        /// How many follow.
        count: u8,
        /// Who said so last.
        holders: [Addr; HOLDERS_MAX],
    },
    /// Request: send me this file.
    Get {
        /// The file's key.
        key: Id,
        /// Its size.
        bytes: u64,
        /// The asker's number of its search.
        search: u32,
    },
    /// Answer to `Get`: it comes.
    Coming {
        /// As asked.
        search: u32,
    },
    /// Answer to `Get`: I do not have it, or not any more.
    NotHere {
        /// As asked.
        search: u32,
    },
    /// Bulk: a file.
    Content {
        /// Its key.
        key: Id,
        /// As asked.
        search: u32,
    },
    /// Bulk, to a storage node: a copy of backed up data.
    Copy {
        /// Where it is kept: the purchase of the place.
        place: u32,
        /// The backup.
        backup: u32,
        /// Its size as it is kept.
        bytes: u64,
    },
    /// Request of a user's node to a storage node: is my copy there?
    Check {
        /// The place.
        place: u32,
    },
    /// Answer to `Check`, or to `CopyTo` at one node: yes. Unasked, of a storage node to its buyer: a
    /// copy has come from another storage node.
    Stored {
        /// The place.
        place: u32,
    },
    /// Answer to `Check`: the place is yours, and nothing is there.
    Empty {
        /// The place.
        place: u32,
    },
    /// Answer to `Check`, or to a copy that came: I have not sold you that place, or not any more.
    /// Answer to `CopyTo` or `Recall`: I have no copy of yours.
    Gone {
        /// The place.
        place: u32,
    },
    /// Request of a user's node to a storage node: send a copy of yours there. Asked again while it
    /// does, it sends one.
    CopyTo {
        /// The place that has the copy.
        from: u32,
        /// The new place.
        to: u32,
        /// At whom; perhaps at the same node.
        node: Addr,
    },
    /// Answer to `CopyTo` or `Recall`: it is on its way.
    Copying {
        /// The place that has the copy.
        place: u32,
    },
    /// Request of a user's node to a storage node: send my data back.
    Recall {
        /// The place.
        place: u32,
    },
    /// Bulk: that data.
    Recalled {
        /// The place where it is.
        place: u32,
    },
    /// To oneself.
    Timer(Timer),
}

/// What a compute node is to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Assignment {
    /// The purchase of its compute power, by which the run is known.
    pub run: u32,
    /// The sub-task.
    pub task: u32,
    /// How much work it is, in cycles.
    pub cycles: u64,
    /// Its code.
    pub code: File,
    /// Where the code is if nobody else is known to have it.
    pub code_at: Addr,
    /// Bytes of input that the user's node sends.
    pub input_bytes: u64,
    /// Input that is to be found.
    pub inputs: Box<[File]>,
    /// What it makes.
    pub output: File,
    /// Whether others need its output.
    pub is_needed: bool,
    /// Where its checkpoints go, if there are any.
    pub storage: Option<Storage>,
    /// Bytes of a checkpoint; nothing if there are to be none.
    pub checkpoint_bytes: u64,
    /// When they are made.
    pub interval: super::task::Interval,
    /// Whether there may be a checkpoint of an earlier run there.
    pub resumes: bool,
}

/// Where checkpoints are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Storage {
    /// The storage node.
    pub node: Addr,
    /// The purchase of the place.
    pub place: u32,
}

/// What it can be time for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timer {
    /// A run ends, or its checkpoint is due, if nothing changed since.
    Step {
        /// The run.
        run: u32,
        /// How often its pace had changed.
        generation: u32,
    },
    /// Sending an output again.
    Return {
        /// The run.
        run: u32,
    },
    /// Suspended runs have been so for long.
    Grace {
        /// How often runs had been suspended.
        generation: u32,
    },
    /// Asking whether a run goes on.
    Beat {
        /// The run.
        run: u32,
    },
    /// Looking for a seller again.
    Again {
        /// The sub-task.
        task: u32,
        /// Which of its replicas.
        replica: u8,
        /// Of compute power, or of storage.
        storage: bool,
    },
    /// A result was checked.
    Checked {
        /// The run.
        run: u32,
    },
    /// A sub-task is of no use any more.
    Deadline {
        /// The sub-task.
        task: u32,
    },
    /// Telling a client again.
    Notify {
        /// The job.
        job: u32,
    },
    /// Submitting again.
    Submit {
        /// The job.
        job: u32,
    },
    /// Asking how far a job is.
    Progress {
        /// The job.
        job: u32,
    },
    /// Saying again which files one has.
    Advertise,
    /// Asking the storage nodes of a backup.
    Check {
        /// The backup.
        backup: u32,
        /// How often its node had begun to ask, once after each crash.
        generation: u32,
    },
    /// A backup's data is encrypted.
    Sealed {
        /// The backup.
        backup: u32,
    },
    /// Looking for a seller of storage again.
    Place {
        /// The backup.
        backup: u32,
    },
    /// Data that came back is decrypted.
    Opened {
        /// The backup.
        backup: u32,
    },
    /// Looking for a file again.
    Download {
        /// The user's download.
        download: u32,
    },
}

/// The pause between two tries of a request that nobody answered, where there are many.
pub(super) const PATIENT_PAUSE: Span = Span::secs(60);

// A message of the service layer goes into a node's.
const _: () = assert!(size_of::<Message>() <= 24);

//! What can be said of what the service layer does.

/// Why a copy of backed up data is made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum CopyReason {
    /// It is one of the first.
    First,
    /// Another is lost.
    Repair,
    /// The time that another's place was bought for ends.
    Renewal,
}

/// Why a copy of backed up data is taken for lost.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Loss {
    /// Its node does not answer.
    Silent,
    /// Its node says that it does not have it.
    Denied,
    /// Its node will not keep it any longer.
    Left,
    /// The time that its place was bought for is over.
    Over,
}

/// Why data was not restored.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum RestoreFailure {
    /// No backup of that number is known here.
    Unknown,
    /// No node sent a copy.
    NoCopy,
    /// The backup was released meanwhile.
    Released,
}

/// Why a backup failed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum BackupFailure {
    /// Nobody sold storage, or all who did were gone.
    NoSeller,
    /// Those who sold wanted more than its budget.
    OverBudget,
    /// The user's account did not cover it.
    InsufficientFunds,
    /// The bank did not answer.
    BankUnreachable,
    /// The user's disk was lost before there was a copy.
    DataLost,
}

/// Why a run ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Stopped {
    /// It has its result.
    Finished,
    /// The sale behind it is over: its time was, or the buyer gave it up.
    SaleOver,
    /// The owner of the machine wanted it back.
    Evicted,
}

/// Where a file was.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Source {
    /// Here already.
    Here,
    /// At another that keeps it, found through the overlay.
    Holder,
    /// Where it is in any case: at the user's node, or the code server.
    Origin,
}

/// A sub-task ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TaskEnd {
    /// The sub-task.
    pub task: u32,
    /// How.
    pub outcome: TaskOutcome,
    /// The result that was accepted, if one was.
    pub result: Option<u64>,
}

/// How a sub-task ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum TaskOutcome {
    /// With a result.
    Completed,
    /// Nobody sold compute power, or all who did were gone.
    NoSeller,
    /// Those who sold wanted more than its budget.
    OverBudget,
    /// The user's account did not cover it.
    InsufficientFunds,
    /// The bank did not answer.
    BankUnreachable,
    /// Its deadline passed.
    Deadline,
    /// Its runs failed too often.
    Failures,
    /// No majority of its replicas agreed, or what was computed was found wrong too often.
    WrongResult,
    /// Another whose output it needs failed.
    Dependency,
    /// Still under way at the end of the run. No node reports this.
    Unfinished,
}

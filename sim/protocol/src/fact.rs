//! Everything a node can report. Facts leave through [`crate::world::World::note`]; the engine
//! counts them, turns some into rows and shows all to its judges.

use crate::commodity::{Commodity, ResourceKind};
use crate::credit::Credits;
use crate::id::{Addr, Id};
use crate::ledger::Payment;
use crate::market::Order;
use crate::pricing::Report;
use crate::time::Span;

/// Why a lookup was made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LookupPurpose {
    /// The workload asked for a key.
    Key,
    /// A seller looks for where to list.
    List,
    /// A buyer looks for a market.
    Buy,
    /// The service layer looks for who knows of a file.
    File,
    /// A finger is refreshed.
    Finger,
    /// A node joins.
    Join,
    /// A node looks itself up through a node named by the AdminServer.
    Rejoin,
    /// A market owner looks one of its own markets up.
    Claim,
}

/// Which ring a report is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Ring {
    /// The ring of all nodes.
    Base,
    /// The ring of market owners (CompuP2P, IV-A.2).
    Processor,
}

/// How a lookup went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LookupEnd {
    /// Which ring.
    pub ring: Ring,
    /// Why.
    pub purpose: LookupPurpose,
    /// What was looked up.
    pub key: Id,
    /// Who is responsible for the key, as found; nobody if the lookup failed.
    pub owner: Option<Addr>,
    /// Nodes contacted up to the key's predecessor, as the Chord paper counts.
    pub hops: u8,
    /// Requests that were not answered.
    pub timeouts: u8,
    /// From the question to the answer.
    pub took: Span,
}

/// What a node can report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fact {
    /// A lookup ended.
    Lookup(LookupEnd),
    /// This node is in the base ring now.
    Joined,
    /// This node gave joining up for now: the AdminServer or its contact did not answer.
    JoinFailed,
    /// All of the successor list was lost.
    SuccessorsLost(Ring),
    /// A bound was reached: more hops than a lookup may take.
    HopsExhausted(Ring),
    /// A market was created or taken over by this node, with its first listing.
    MarketOpened(Commodity),
    /// A market of this node was dissolved or handed over.
    MarketClosed(Commodity),
    /// This market owner took a seller's listing in, its first or a repeated one.
    Listed {
        /// The market.
        commodity: Commodity,
        /// Whether the seller was not listed there before.
        is_new: bool,
    },
    /// A seller said that it had sold what it had listed here.
    Delisted(Commodity),
    /// Listings were dropped because they were over.
    Purged {
        /// The market.
        commodity: Commodity,
        /// How many.
        count: u32,
    },
    /// A market that is another's was found here, and handed over to its owner [ours].
    HandedOver {
        /// The market.
        commodity: Commodity,
        /// How many listings went with it.
        count: u32,
    },
    /// A listed seller did not answer its market owner's ping, and was dropped.
    StaleSellerPinged(Commodity),
    /// A seller was told of whose listing was over: nobody purged it.
    LateListingUsed(Commodity),
    /// This market owner served a buyer's request, or passed it on.
    RequestServed {
        /// The market; if there was none here, what was sought.
        commodity: Commodity,
        /// Markets that the purchase had asked, with this one.
        attempts: u8,
        /// What the buyer was told.
        service: Service,
    },
    /// This market owner named a seller for a purchase.
    Named {
        /// The purchase.
        purchase: u32,
        /// The seller.
        seller: Addr,
        /// What that seller had bid, in ticks.
        bid: u32,
        /// What an honest owner would have said of the same listings.
        truth: Report,
    },
    /// A seller refused a buyer who was told of it: its capacity is sold, or the payoff too low.
    SaleRefused {
        /// The purchase.
        purchase: u32,
    },
    /// A part of what this node has was sold.
    Sold {
        /// The purchase.
        purchase: u32,
        /// Of what.
        kind: ResourceKind,
        /// How much, in the kind's unit.
        amount: u64,
        /// How much is sold now, with this.
        sold: u64,
    },
    /// What was sold is free again: its time is over, or the buyer gave up.
    Freed {
        /// The purchase.
        purchase: u32,
        /// Of what.
        kind: ResourceKind,
        /// How much, in the kind's unit.
        amount: u64,
        /// How much is sold yet.
        sold: u64,
    },
    /// A node offers another amount than before, because its owner needs more of it, or less.
    Offers {
        /// Of what.
        kind: ResourceKind,
        /// How much it offered, in the kind's unit.
        before: u64,
        /// How much it offers now.
        now: u64,
    },
    /// The bank gave the money that was put aside for a purchase back.
    Returned {
        /// The purchase.
        purchase: u32,
    },
    /// The bank paid what was put aside for a purchase.
    Paid {
        /// Who got what.
        payment: Payment,
        /// Whether it did so when the time was over, because the seller had shown a delivery
        /// receipt; else the buyer said so.
        by_receipt: bool,
    },
    /// A seller accepted this buyer. At most one for a purchase.
    PurchaseAccepted(Acceptance),
    /// A purchase of this buyer ended. Exactly one for a purchase, unless the buyer crashes.
    PurchaseEnded(PurchaseEnd),
    /// The service layer ordered something.
    Ordered(Order),
    /// A sub-task of this user's waits for no other any more.
    TaskReady {
        /// The sub-task.
        task: u32,
    },
    /// A run began here, or goes on from a checkpoint.
    RunStarted {
        /// The run: the purchase of its compute power.
        run: u32,
        /// The sub-task.
        task: u32,
        /// The work that was done before, in cycles.
        progress: u64,
    },
    /// A run here has its result, or stopped without.
    RunEnded {
        /// The run.
        run: u32,
        /// The sub-task.
        task: u32,
        /// The work that was done in this run, in cycles.
        executed: u64,
        /// Why.
        why: Stopped,
    },
    /// A run's checkpoint is stored whole.
    Checkpointed {
        /// The run.
        run: u32,
        /// The sub-task.
        task: u32,
        /// Its size.
        bytes: u64,
        /// The work that it holds, in cycles.
        progress: u64,
    },
    /// A run is stopped: the owner of the machine, or its policy, leaves nothing to it.
    Suspended {
        /// The run.
        run: u32,
        /// The sub-task.
        task: u32,
    },
    /// A run goes on that was stopped.
    Resumed {
        /// The run.
        run: u32,
        /// The sub-task.
        task: u32,
    },
    /// A replica of this user's sub-task begins anew, or is given up: its run failed.
    ReplicaFailed {
        /// The sub-task.
        task: u32,
        /// Which of its replicas.
        replica: u8,
    },
    /// A result was found to be wrong, and the user is told who computed it.
    WrongResult {
        /// The sub-task.
        task: u32,
        /// Who.
        node: Addr,
    },
    /// A sub-task of this user's ended. Exactly one for a sub-task.
    TaskEnded(TaskEnd),
    /// All sub-tasks of a job are over.
    JobEnded {
        /// The job.
        job: u32,
        /// How many were completed.
        completed: u32,
        /// How many failed.
        failed: u32,
    },
    /// The program that submitted a job knows how far it is.
    Progressed {
        /// The job.
        job: u32,
        /// Sub-tasks that are over.
        over: u32,
        /// Of how many.
        of: u32,
    },
    /// The program that submitted a job knows that it is over.
    Notified {
        /// The job.
        job: u32,
    },
    /// A file that was wanted is here.
    FileGot {
        /// Its size.
        bytes: u64,
        /// Where it was.
        from: Source,
    },
    /// As many copies of this user's data as it wants are stored, for the first time.
    BackedUp {
        /// The backup.
        backup: u32,
        /// How many.
        replicas: u8,
        /// From the user's wish on.
        took: Span,
    },
    /// A copy of this user's data is stored whole.
    CopyStored {
        /// The backup.
        backup: u32,
        /// The purchase of the place.
        place: u32,
        /// Who keeps it.
        node: Addr,
        /// What was sent for it: nothing if it was at that node before.
        bytes: u64,
        /// Why it was made.
        reason: CopyReason,
    },
    /// A copy of this user's data is lost, as its node believes.
    CopyLost {
        /// The backup.
        backup: u32,
        /// The purchase of the place.
        place: u32,
        /// Who kept it.
        node: Addr,
        /// Why.
        why: Loss,
        /// How many there are yet.
        left: u8,
    },
    /// Another copy is on its way to a new place, because one is lost.
    RepairBegan {
        /// The backup.
        backup: u32,
        /// The purchase of the new place.
        place: u32,
        /// Who sends it.
        from: Addr,
    },
    /// It is stored. Comes after [`Fact::CopyStored`], which says the same bytes.
    CopyRepaired {
        /// The backup.
        backup: u32,
        /// The purchase of the new place.
        place: u32,
        /// What was sent for it.
        bytes: u64,
        /// Since the loss was noticed.
        took: Span,
    },
    /// This user has its data, which it wanted back.
    Restored {
        /// The backup.
        backup: u32,
        /// From the user's wish on.
        took: Span,
        /// What came from a storage node: nothing if the data was not lost.
        bytes: u64,
    },
    /// It has not.
    RestoreFailed {
        /// The backup.
        backup: u32,
        /// Why.
        why: RestoreFailure,
    },
    /// A backup is given up before there was a copy.
    BackupFailed {
        /// The backup.
        backup: u32,
        /// Why.
        why: BackupFailure,
    },
    /// A file that this user wanted is here.
    Downloaded {
        /// Its key.
        key: Id,
        /// Its size.
        bytes: u64,
        /// From the user's wish on.
        took: Span,
        /// Who had it; this node itself, if it was here already.
        from: Addr,
    },
    /// A file that this user wanted is nowhere to be found.
    DownloadFailed {
        /// Its key.
        key: Id,
    },
}

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

/// What a market owner did with a request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Service {
    /// It named a seller.
    Quoted,
    /// It passed the request on to the market above.
    PassedOn,
    /// It had no matching seller, and nobody to pass the request on to.
    Nobody,
}

/// A seller accepted a buyer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Acceptance {
    /// The purchase.
    pub purchase: u32,
    /// Who sold.
    pub seller: Addr,
    /// Whose market it was.
    pub mo: Addr,
    /// The market's commodity.
    pub commodity: Commodity,
    /// How much was sold, in the kind's unit.
    pub amount: u64,
    /// What the market owner reported.
    pub report: Report,
    /// What the seller will get.
    pub seller_payoff: Credits,
    /// What the market owner will get.
    pub mo_payoff: Credits,
    /// From the buyer's question to the accept.
    pub latency: Span,
}

/// A purchase ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PurchaseEnd {
    /// The purchase.
    pub purchase: u32,
    /// How.
    pub outcome: PurchaseOutcome,
    /// Markets asked.
    pub attempts: u8,
    /// Hops of all the lookups that it took, in both rings.
    pub hops: u16,
}

/// How a purchase ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PurchaseOutcome {
    /// Capacity was held for the whole time, and paid.
    Completed,
    /// No market, or none with a matching seller, within the attempts allowed.
    NoSeller,
    /// Sellers there were, none within the budget.
    OverBudget,
    /// The buyer's account does not cover the total.
    InsufficientFunds,
    /// The AdminServer, as bank or as who names market owners, did not answer.
    BankUnreachable,
    /// The bank had given the money back before the seller was paid: its time was longer than a
    /// reservation lasts.
    Expired,
    /// Every seller that was told of had gone, or refused.
    SellerGone,
    /// The seller stopped while its capacity was held; the buyer got its money back.
    SellerFailed,
    /// The buyer disputed a good result.
    Denied,
    /// The service layer showed that what was delivered is wrong, and got its money back.
    Wrong,
    /// The service layer needed it no longer. What was stored until then is paid.
    EndedEarly,
    /// The buyer stopped.
    BuyerFailed,
    /// Still under way at the end of the run. No node reports this.
    Unfinished,
}

macro_rules! kinds {
    ($($place:literal $name:literal $fact:pat,)*) => {
        /// The kinds of facts, in the order of [`Fact::kind`].
        pub const FACTS: [&str; [$($place),*].len()] = [$($name),*];

        impl Fact {
            /// The place of its kind in [`FACTS`].
            pub fn kind(&self) -> usize {
                match self {
                    $($fact => $place,)*
                }
            }
        }
    };
}

kinds! {
    0 "lookup" Self::Lookup(_),
    1 "joined" Self::Joined,
    2 "join_failed" Self::JoinFailed,
    3 "successors_lost" Self::SuccessorsLost(_),
    4 "hops_exhausted" Self::HopsExhausted(_),
    5 "market_opened" Self::MarketOpened(_),
    6 "market_closed" Self::MarketClosed(_),
    7 "listed" Self::Listed { .. },
    8 "delisted" Self::Delisted(_),
    9 "purged" Self::Purged { .. },
    10 "handed_over" Self::HandedOver { .. },
    11 "stale_seller_pinged" Self::StaleSellerPinged(_),
    12 "late_listing_used" Self::LateListingUsed(_),
    13 "request_served" Self::RequestServed { .. },
    14 "named" Self::Named { .. },
    15 "sale_refused" Self::SaleRefused { .. },
    16 "sold" Self::Sold { .. },
    17 "freed" Self::Freed { .. },
    18 "offers" Self::Offers { .. },
    19 "paid" Self::Paid { .. },
    20 "returned" Self::Returned { .. },
    21 "purchase_accepted" Self::PurchaseAccepted(_),
    22 "purchase_ended" Self::PurchaseEnded(_),
    23 "ordered" Self::Ordered(_),
    24 "task_ready" Self::TaskReady { .. },
    25 "run_started" Self::RunStarted { .. },
    26 "run_ended" Self::RunEnded { .. },
    27 "checkpointed" Self::Checkpointed { .. },
    28 "suspended" Self::Suspended { .. },
    29 "resumed" Self::Resumed { .. },
    30 "replica_failed" Self::ReplicaFailed { .. },
    31 "wrong_result" Self::WrongResult { .. },
    32 "task_ended" Self::TaskEnded(_),
    33 "job_ended" Self::JobEnded { .. },
    34 "notified" Self::Notified { .. },
    35 "file_got" Self::FileGot { .. },
    36 "progressed" Self::Progressed { .. },
    37 "backed_up" Self::BackedUp { .. },
    38 "copy_stored" Self::CopyStored { .. },
    39 "copy_lost" Self::CopyLost { .. },
    40 "repair_began" Self::RepairBegan { .. },
    41 "copy_repaired" Self::CopyRepaired { .. },
    42 "restored" Self::Restored { .. },
    43 "restore_failed" Self::RestoreFailed { .. },
    44 "backup_failed" Self::BackupFailed { .. },
    45 "downloaded" Self::Downloaded { .. },
    46 "download_failed" Self::DownloadFailed { .. },
}

// Facts are handed around by value.
const _: () = assert!(size_of::<Fact>() <= 64);

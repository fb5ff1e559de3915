//! Everything a node can report. Facts leave through [`crate::world::World::note`]; the engine
//! counts them, turns some into rows and shows all to its judges.

mod kinds;
mod service;

pub use kinds::FACTS;
pub use service::{
    BackupFailure, CopyReason, Loss, RestoreFailure, Source, Stopped, TaskEnd, TaskOutcome,
};

use crate::commodity::{Commodity, ResourceKind};
use crate::credit::Credits;
use crate::id::{Addr, Id};
use crate::ledger::Payment;
use crate::order::Order;
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
    /// Its number at the member that looked, which its messages carry; used again after 65,535.
    pub number: u16,
    /// Why.
    pub purpose: LookupPurpose,
    /// What whoever wanted it knows it by; of who buys, the purchase.
    pub ticket: u32,
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
    /// A file that a run needs is here.
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

// Facts are handed around by value.
const _: () = assert!(size_of::<Fact>() <= 64);

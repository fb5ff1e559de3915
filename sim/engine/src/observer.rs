//! What a run shows while it goes: rows, streamed to whoever watches, and kept nowhere.

use crate::witness::Sight;
use compup2p_protocol::behaviour::{BuyerBehaviour, Character, MoBehaviour};
use compup2p_protocol::commodity::{Commodity, ResourceKind};
use compup2p_protocol::fact::{Fact, LookupEnd};
pub use compup2p_protocol::fact::{PurchaseOutcome, TaskOutcome};
use compup2p_protocol::id::{Addr, Id};
use compup2p_protocol::ledger::WHOLE;
use compup2p_protocol::time::{Span, Time};

/// Who watches a run. An observer sees and changes nothing; it may refuse a row (a full disk), and
/// the run stops.
pub trait Observer {
    /// A node reported something: all that rows and totals are made of.
    fn fact(&mut self, _at: Time, _node: Addr, _fact: &Fact) {}
    /// Whether it wants to see what nodes read and send. Asked once, before the run begins.
    fn wants_sights(&self) -> bool {
        false
    }
    /// A node read or sent something, in the order in which it happened, between its facts.
    fn sight(&mut self, _sight: &Sight) -> Result<(), Stop> {
        Ok(())
    }
    /// A lookup ended.
    fn lookup(&mut self, _row: &LookupRow) -> Result<(), Stop> {
        Ok(())
    }
    /// A purchase ended.
    fn transaction(&mut self, _row: &TransactionRow) -> Result<(), Stop> {
        Ok(())
    }
    /// A sub-task ended, and all that it cost is known.
    fn task(&mut self, _row: &TaskRow) -> Result<(), Stop> {
        Ok(())
    }
    /// A sampling interval ended.
    fn sample(&mut self, _row: &SampleRow) -> Result<(), Stop> {
        Ok(())
    }
    /// A sampling interval ended, of one of the nodes whose activity is sampled.
    fn activity(&mut self, _row: &ActivityRow) -> Result<(), Stop> {
        Ok(())
    }
    /// The run ended with this node in the base ring.
    fn member(&mut self, _row: &MemberRow) -> Result<(), Stop> {
        Ok(())
    }
    /// The run ended with this listing at the member that was shown last.
    fn listing(&mut self, _row: &ListingRow) -> Result<(), Stop> {
        Ok(())
    }
    /// Simulated time went on; called every few thousand events.
    fn progress(&mut self, _now: Time, _events: u64) -> Result<(), Stop> {
        Ok(())
    }
}

/// The observer wants the run to stop: it cannot write, or the user interrupted it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stop(pub String);

/// Sees nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Blind;

impl Observer for Blind {}

/// A row of `lookups.csv`.
#[derive(Clone, PartialEq, Debug)]
pub struct LookupRow {
    /// Its number, from 0.
    pub lookup: u64,
    /// When it ended.
    pub at: Time,
    /// Who asked.
    pub node: Addr,
    /// How it went.
    pub end: LookupEnd,
    /// Whether the owner found was the true one at that moment (the oracle says).
    pub correct: bool,
}

/// A row of `transactions.csv`. Money in micro-credits.
#[derive(Clone, PartialEq, Debug)]
pub struct TransactionRow {
    /// Its number, from 0, in order of asking.
    pub purchase: u64,
    /// When the buyer began.
    pub at: Time,
    /// When it ended.
    pub ended: Time,
    /// Who asked.
    pub buyer: Addr,
    /// Who sold, if anyone.
    pub seller: Option<Addr>,
    /// Whose market it was.
    pub mo: Option<Addr>,
    /// The commodity of the market that sold.
    pub commodity: Option<Commodity>,
    /// Of what.
    pub kind: ResourceKind,
    /// What was asked for, in the kind's unit.
    pub requested: u64,
    /// What was sold, by the real speed of the seller's machine.
    pub delivered: u64,
    /// Markets asked.
    pub attempts: u32,
    /// Hops of all the lookups that it took, in both rings.
    pub hops: u32,
    /// From the question to the seller's accept, if the buyer heard one.
    pub latency: Option<Span>,
    /// What it was worth to the buyer, and the most that it would pay.
    pub budget: u64,
    /// What an omniscient matcher gained that deals in a world of its own: the budget less the own
    /// cost of the seller that it found; nothing if it found none.
    pub best_gain: u64,
    /// What the sale cost the seller itself.
    pub seller_cost: u64,
    /// The seller's true marginal cost: with what is taken from it.
    pub true_mc: u64,
    /// What the seller had bid.
    pub bid: u64,
    /// The least that was bid in the market, among listings held for nobody.
    pub least_bid: u64,
    /// The other bid that the pricing rule looks at: the second least, or the highest.
    pub other_bid: Option<u64>,
    /// The named seller's marginal cost, as the market owner reported it.
    pub reported_mc: u64,
    /// The other, as the market owner reported it.
    pub reported_other: Option<u64>,
    /// What the seller got.
    pub seller_payoff: u64,
    /// What the market owner got.
    pub mo_payoff: u64,
    /// What the buyer paid.
    pub total: u64,
    /// The share of what was agreed that was paid for, in parts of a million.
    pub share: u32,
    /// Whether the bank paid because of a delivery receipt, and not by the buyer's word.
    pub by_receipt: bool,
    /// How the seller behaves.
    pub seller_character: Character,
    /// How the market owner behaves.
    pub mo_behaviour: MoBehaviour,
    /// How the buyer behaves.
    pub buyer_behaviour: BuyerBehaviour,
    /// How it ended.
    pub outcome: PurchaseOutcome,
}

impl TransactionRow {
    /// Whether the seller that accepted had bid least of those that were to be had.
    pub fn is_cheapest(&self) -> bool {
        self.seller.is_some() && self.bid == self.least_bid
    }

    /// The part of an amount of money for what was bought that belongs to what was delivered: all
    /// of it, or the share of the time for which storage was held and paid.
    pub fn for_delivered(&self, amount: u64) -> u64 {
        let share = match self.outcome {
            PurchaseOutcome::Completed | PurchaseOutcome::Denied => WHOLE,
            _ => self.share,
        };
        (u128::from(amount) * u128::from(share) / u128::from(WHOLE)) as u64
    }

    /// Whether the buyer did not report the end itself: it stopped, or the run was over.
    pub fn is_cut_off(&self) -> bool {
        matches!(self.outcome, PurchaseOutcome::BuyerFailed | PurchaseOutcome::Unfinished)
    }
}

/// A row of `tasks.csv`. Money in micro-credits, work in cycles.
#[derive(Clone, PartialEq, Debug)]
pub struct TaskRow {
    /// Its number, from 0, in order of submission.
    pub task: u32,
    /// The job that it was submitted with.
    pub job: u32,
    /// The node whose service layer saw to it.
    pub user: Addr,
    /// When it was submitted.
    pub submitted: Time,
    /// When nothing that it needs was missing any more.
    pub ready: Option<Time>,
    /// When the first seller of compute power accepted.
    pub placed: Option<Time>,
    /// When its first run began to compute.
    pub started: Option<Time>,
    /// When its last run had its result.
    pub computed: Option<Time>,
    /// When it ended, or the run of the simulation did.
    pub ended: Time,
    /// Its work.
    pub cycles: u64,
    /// How many nodes were to compute it.
    pub replicas: u32,
    /// Purchases of compute power that were begun for it.
    pub purchases: u32,
    /// Runs that began.
    pub runs: u32,
    /// Replicas that began anew, or were given up.
    pub failures: u32,
    /// Runs whose owners wanted their machines back.
    pub evictions: u32,
    /// How long its runs were suspended, in all.
    pub suspended: Span,
    /// Checkpoints that were stored.
    pub checkpoints: u32,
    /// Who sold it compute power last.
    pub compute_node: Option<Addr>,
    /// At what rate that really computes, in cycles a second: what was bought, by its real speed,
    /// before its owner or a policy takes any of it.
    pub rate: u64,
    /// Work that was done for it, in all its runs.
    pub executed: u64,
    /// The part of that which is in results.
    pub useful: u64,
    /// Results that were found wrong.
    pub wrong: u32,
    /// What was paid for it: compute power and storage.
    pub price: u64,
    /// How it ended.
    pub outcome: TaskOutcome,
    /// Whether the result that was accepted is right, if one was.
    pub is_right: Option<bool>,
}

/// A row of `timeseries.csv`: counts since the row before, and the state at its end.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SampleRow {
    /// The end of the interval.
    pub at: Time,
    /// Hosts that are up.
    pub live_nodes: u64,
    /// Hosts that came up.
    pub joins: u64,
    /// Hosts that left.
    pub leaves: u64,
    /// Hosts that crashed.
    pub crashes: u64,
    /// Listings that stand, at all market owners.
    pub listings: u64,
    /// Markets that stand.
    pub markets: u64,
    /// Hosts whose compute power, or a part of it, is sold.
    pub busy_nodes: u64,
    /// Share of the live hosts' compute power that is sold.
    pub utilisation: f64,
    /// Share of it that they offer, sold or not.
    pub offered: f64,
    /// Share of the live hosts' storage that is sold; 0 if there is none.
    pub storage_utilisation: f64,
    /// Lookups of the workload's keys that ended.
    pub lookups: u64,
    /// Those of them that found the true owner.
    pub lookups_correct: u64,
    /// Purchases that ended.
    pub purchases: u64,
    /// Those of them that were completed.
    pub purchases_completed: u64,
    /// Sub-tasks that have not ended.
    pub tasks_under_way: u64,
    /// Sub-tasks that were completed since the start.
    pub tasks_completed: u64,
    /// Backups of which a copy is at a node that is up.
    pub backups_available: u64,
}

/// A row of `activity.csv`: what one node did since the row before of the same node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ActivityRow {
    /// The end of the interval.
    pub at: Time,
    /// The node.
    pub node: Addr,
    /// Messages, requests, answers, timers and timeouts that it read.
    pub events: u64,
}

/// A row of `ring.csv`: a node that is in the base ring at the end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MemberRow {
    /// The node.
    pub node: Addr,
    /// Its place.
    pub id: Id,
    /// Markets that it has: it is a market owner if there is one.
    pub markets: u32,
    /// Listings in them.
    pub listings: u32,
    /// Requests that it answered or passed on, as a market owner.
    pub requests: u64,
    /// Messages that it read as a market owner.
    pub messages: u64,
}

/// A row of `listings.csv`: a listing that stands at the end. Money in micro-credits, for one of
/// what a price is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListingRow {
    /// The market owner.
    pub mo: Addr,
    /// Who sells.
    pub seller: Addr,
    /// What is traded there.
    pub commodity: Commodity,
    /// How much of the kind the seller really has to sell at this moment (the oracle says).
    pub free: u64,
    /// What it bid.
    pub bid: u64,
    /// Its marginal cost, with what is taken from it, if it still sells the kind.
    pub marginal_cost: Option<u64>,
    /// How long the listing has yet to live; nothing if it is over, and not purged yet.
    pub left: Span,
}

/// A row of `mo_load.csv`: what one node did as a market owner.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LoadRow {
    /// The host.
    pub node: Addr,
    /// Most markets that it had at a time.
    pub markets: u32,
    /// Most listings that it had at a time.
    pub listings_peak: u32,
    /// Requests that it answered or passed on.
    pub requests: u64,
    /// Messages that it read as a market owner: listings, requests, processor overlay.
    pub messages: u64,
    /// Most bytes of market state that it had at a time (encoded length).
    pub peak_state_bytes: u64,
    /// Most bytes that its listings were by the paper's equation 2.
    pub peak_equation2_bytes: u64,
}

/// A row of `incomes.csv`: what one host earned. Money in micro-credits.
#[derive(Clone, PartialEq, Debug)]
pub struct IncomeRow {
    /// The host.
    pub node: Addr,
    /// How it behaves.
    pub character: Character,
    /// Its own cost of a sale of compute power, if it sells that.
    pub cpu_cost: Option<u64>,
    /// Its own cost of a sale of storage, if it sells that.
    pub storage_cost: Option<u64>,
    /// Purchases whose rows name it as the seller.
    pub sales: u32,
    /// What those that it delivered cost it.
    pub costs: u64,
    /// What it was paid as a seller.
    pub seller_income: u64,
    /// What it was paid as a market owner.
    pub mo_income: u64,
}

/// A row of `messages.csv`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageRow {
    /// The kind, as `layer.kind`.
    pub kind: &'static str,
    /// Sent, whether or not they arrived.
    pub count: u64,
    /// Their bytes, with the bulk data that they were to carry.
    pub bytes: u64,
}

/// A row of `summary.csv`.
#[derive(Clone, PartialEq, Debug)]
pub struct MetricRow {
    /// What it is about, from the one table.
    pub topic: &'static str,
    /// The metric's name, from the one table.
    pub metric: &'static str,
    /// Its value; NaN if there was nothing to measure.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
}

/// What a run leaves behind, beside what it streamed.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Outcome {
    /// The hash of every event read: time, receiver, kind.
    pub fingerprint: u64,
    /// Events read.
    pub events: u64,
    /// The end of simulated time.
    pub ended: Time,
    /// `summary.csv`.
    pub metrics: Vec<MetricRow>,
    /// `mo_load.csv`.
    pub load: Vec<LoadRow>,
    /// `incomes.csv`.
    pub incomes: Vec<IncomeRow>,
    /// `messages.csv`.
    pub messages: Vec<MessageRow>,
    /// What judges found wrong, empty if they found nothing or were not asked.
    pub verdicts: Vec<String>,
}

//! Writing a run's rows as they come: each run to part files of its own, so that runs can go on side
//! by side, and memory does not grow with the number of rows. What is swept and which replicate it
//! is stands in none of them: that is said where they are put together.

use crate::interrupt;
use crate::progress::{Going, Progress};
use crate::results::cannot;
use crate::row::{Row, credits, milliseconds, position, seconds, span};
use compup2p_engine::observer::{
    ActivityRow, IncomeRow, ListingRow, LookupRow, MemberRow, Observer, Outcome, PurchaseOutcome,
    SampleRow, Stop, TaskOutcome, TaskRow, TransactionRow,
};
use compup2p_engine::trial::Trial;
use compup2p_protocol::behaviour::{Character, SellerBehaviour};
use compup2p_protocol::commodity::ResourceKind;
use compup2p_protocol::fact::LookupPurpose;
use compup2p_protocol::rules::Market;
use compup2p_protocol::time::Time;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// The files of rows, each with its first line; what is swept and the replicate stand before it.
pub(crate) const FILES: [(&str, &str); 10] = [
    (
        "lookups.csv",
        "lookup,at_s,node,key,purpose,hops,timeouts,latency_ms,outcome,owner,correct\n",
    ),
    (
        "transactions.csv",
        "purchase,at_s,ended_s,kind,buyer,seller,mo,commodity,requested,delivered,\
         attempts,hops,latency_ms,budget_credits,seller_cost_credits,true_mc_credits,bid_credits,\
         least_bid_credits,other_bid_credits,reported_mc_credits,reported_other_credits,\
         seller_payoff_credits,mo_payoff_credits,total_credits,best_gain_credits,by_receipt,\
         buyer_behaviour,seller_behaviour,misreport,mo_behaviour,outcome\n",
    ),
    (
        "tasks.csv",
        "task,job,user,submitted_s,ready_s,placed_s,started_s,computed_s,ended_s,cycles,\
         replicas,purchases,runs,failures,evictions,suspended_s,checkpoints,compute_node,\
         rate_cycles_per_s,executed_cycles,useful_cycles,wrong_results,price_credits,outcome,\
         correct\n",
    ),
    (
        "mo_load.csv",
        "node,markets,listings_peak,requests,messages,peak_state_bytes,\
         peak_equation2_bytes\n",
    ),
    (
        "incomes.csv",
        "node,seller_behaviour,misreport,mo_behaviour,cpu_cost_credits,\
         storage_cost_credits,sales,costs_credits,seller_income_credits,mo_income_credits\n",
    ),
    ("messages.csv", "kind,count,bytes\n"),
    (
        "timeseries.csv",
        "at_s,live_nodes,joins,leaves,crashes,listings,markets,busy_nodes,utilisation,\
         offered,storage_utilisation,lookups,lookups_correct,purchases,purchases_completed,\
         tasks_under_way,tasks_completed,backups_available\n",
    ),
    ("ring.csv", "node,position,markets,listings,requests,messages\n"),
    (
        "listings.csv",
        "mo,seller,kind,commodity,free,bid_credits,marginal_cost_credits,expires_in_s\n",
    ),
    ("activity.csv", "at_s,node,events\n"),
];

/// Where a run writes its part of a file.
fn part(folder: &Path, file: &str, trial: &Trial) -> PathBuf {
    folder.join(format!("{}-{}.{file}", trial.point, trial.replicate))
}

/// The parts that a run has written, with the files to which they belong.
pub(crate) fn parts(folder: &Path, trial: &Trial) -> [(&'static str, PathBuf); FILES.len()] {
    FILES.map(|(file, _)| (file, part(folder, file, trial)))
}

/// Removes what a run has written that did not end.
pub(crate) fn forget(folder: &Path, trial: &Trial) {
    for (_, part) in parts(folder, trial) {
        // What is not there need not be removed; the folder itself goes at the end.
        let _ = fs::remove_file(part);
    }
}

/// Writes what it sees of one run.
pub(crate) struct Recorder<'p> {
    market: Market,
    row: Row,
    lookups: Part,
    transactions: Part,
    tasks: Part,
    load: Part,
    incomes: Part,
    messages: Part,
    timeseries: Part,
    ring: Part,
    listings: Part,
    activity: Part,
    progress: Going<'p>,
}

/// A part of a file.
struct Part {
    path: PathBuf,
    out: csv::Writer<BufWriter<File>>,
}

impl Part {
    fn create(folder: &Path, file: &str, trial: &Trial) -> Result<Self, Stop> {
        let path = part(folder, file, trial);
        let out = File::create(&path).map_err(|error| Stop(cannot("write", &path, &error)))?;
        let out = csv::WriterBuilder::new().has_headers(false).from_writer(BufWriter::new(out));
        Ok(Self { path, out })
    }

    fn write(&mut self, row: &Row) -> Result<(), Stop> {
        let written = self.out.write_byte_record(row.record());
        written.map_err(|error| Stop(cannot("write", &self.path, &error)))
    }

    fn finish(mut self) -> Result<(), Stop> {
        self.out.flush().map_err(|error| Stop(cannot("write", &self.path, &error)))
    }
}

impl<'p> Recorder<'p> {
    /// Opens the part files of a trial.
    pub(crate) fn new(folder: &Path, trial: &Trial, progress: &'p Progress) -> Result<Self, Stop> {
        let [
            lookups,
            transactions,
            tasks,
            load,
            incomes,
            messages,
            timeseries,
            ring,
            listings,
            activity,
        ] = FILES.map(|(file, _)| Part::create(folder, file, trial));
        Ok(Self {
            market: trial.scenario.market.clone(),
            row: Row::default(),
            lookups: lookups?,
            transactions: transactions?,
            tasks: tasks?,
            load: load?,
            incomes: incomes?,
            messages: messages?,
            timeseries: timeseries?,
            ring: ring?,
            listings: listings?,
            activity: activity?,
            progress: progress.going(),
        })
    }

    /// Writes what a run leaves behind, and ends the files.
    pub(crate) fn finish(mut self, outcome: &Outcome) -> Result<(), Stop> {
        self.progress.went_on(outcome.ended, outcome.events);
        for of in &outcome.load {
            self.row.begin().put(of.node).put(of.markets);
            self.row.put(of.listings_peak).put(of.requests).put(of.messages);
            self.row.put(of.peak_state_bytes).put(of.peak_equation2_bytes);
            self.load.write(&self.row)?;
        }
        for of in &outcome.incomes {
            self.income(of)?;
        }
        for of in &outcome.messages {
            self.row.begin().put(of.kind).put(of.count).put(of.bytes);
            self.messages.write(&self.row)?;
        }
        let streamed = [self.lookups, self.transactions, self.tasks, self.timeseries];
        let at_the_end = [self.load, self.incomes, self.messages, self.ring, self.listings];
        let mut parts = streamed.into_iter().chain(at_the_end).chain([self.activity]);
        parts.try_for_each(Part::finish)
    }

    fn income(&mut self, of: &IncomeRow) -> Result<(), Stop> {
        // Who sells nothing does not behave as a seller.
        let sells = of.cpu_cost.is_some() || of.storage_cost.is_some();
        self.row.begin().put(of.node);
        self.row.maybe(sells.then_some(of.character.seller.name()));
        self.row.maybe(sells.then(|| misreport(of.character))).put(of.character.mo.name());
        self.row.maybe(of.cpu_cost.map(credits)).maybe(of.storage_cost.map(credits));
        self.row.put(of.sales).put(credits(of.costs)).put(credits(of.seller_income));
        self.row.put(credits(of.mo_income));
        self.incomes.write(&self.row)
    }
}

impl Observer for Recorder<'_> {
    fn lookup(&mut self, of: &LookupRow) -> Result<(), Stop> {
        put_lookup(&mut self.row, of);
        self.lookups.write(&self.row)
    }

    fn transaction(&mut self, of: &TransactionRow) -> Result<(), Stop> {
        put_transaction(&mut self.row, of, &self.market);
        self.transactions.write(&self.row)
    }

    fn task(&mut self, of: &TaskRow) -> Result<(), Stop> {
        put_task(&mut self.row, of);
        self.tasks.write(&self.row)
    }

    fn sample(&mut self, of: &SampleRow) -> Result<(), Stop> {
        self.row.begin().put(seconds(of.at)).put(of.live_nodes);
        self.row.put(of.joins).put(of.leaves).put(of.crashes).put(of.listings).put(of.markets);
        self.row.put(of.busy_nodes).put(of.utilisation).put(of.offered);
        self.row.put(of.storage_utilisation).put(of.lookups).put(of.lookups_correct);
        self.row.put(of.purchases).put(of.purchases_completed);
        self.row.put(of.tasks_under_way).put(of.tasks_completed).put(of.backups_available);
        self.timeseries.write(&self.row)
    }

    fn activity(&mut self, of: &ActivityRow) -> Result<(), Stop> {
        self.row.begin().put(seconds(of.at)).put(of.node).put(of.events);
        self.activity.write(&self.row)
    }

    fn member(&mut self, of: &MemberRow) -> Result<(), Stop> {
        self.row.begin().put(of.node).put(position(of.id)).put(of.markets).put(of.listings);
        self.row.put(of.requests).put(of.messages);
        self.ring.write(&self.row)
    }

    fn listing(&mut self, of: &ListingRow) -> Result<(), Stop> {
        let of_kind = of.commodity.kind();
        self.row.begin().put(of.mo).put(of.seller).put(kind(of_kind));
        self.row.put(of.commodity.value(self.market.width_of(of_kind))).put(of.free);
        self.row.put(credits(of.bid)).maybe(of.marginal_cost.map(credits));
        self.row.put(span(of.left));
        self.listings.write(&self.row)
    }

    fn progress(&mut self, now: Time, events: u64) -> Result<(), Stop> {
        if interrupt::asked() {
            return Err(Stop("interrupted".to_owned()));
        }
        self.progress.went_on(now, events);
        Ok(())
    }
}

/// A row of `lookups.csv`.
pub(crate) fn put_lookup(row: &mut Row, of: &LookupRow) {
    let end = &of.end;
    let outcome = if end.owner.is_some() { "found" } else { "failed" };
    row.begin().put(of.lookup).put(seconds(of.at)).put(of.node);
    row.put(format_args!("{:016x}", end.key.0)).put(purpose(end.purpose));
    row.put(end.hops).put(end.timeouts).put(milliseconds(end.took));
    row.put(outcome).maybe(end.owner).put(of.correct);
}

/// A row of `transactions.csv`.
pub(crate) fn put_transaction(row: &mut Row, of: &TransactionRow, market: &Market) {
    let width = |kind| market.width_of(kind);
    let commodity = of.commodity.map(|commodity| commodity.value(width(of.kind)));
    // Who sold nothing has no marginal cost.
    let sold = |micro| of.seller.map(|_| credits(micro));
    let is_sold = of.seller.is_some();
    row.begin().put(of.purchase);
    row.put(seconds(of.at)).put(seconds(of.ended)).put(kind(of.kind)).put(of.buyer);
    row.maybe(of.seller).maybe(of.mo).maybe(commodity).put(of.requested);
    row.maybe(is_sold.then_some(of.delivered));
    // Who was cut off did not tell how far it had come.
    let told = |count: u32| (!of.is_cut_off()).then_some(count);
    row.maybe(told(of.attempts)).maybe(told(of.hops)).maybe(of.latency.map(milliseconds));
    row.put(credits(of.budget)).maybe(sold(of.seller_cost)).maybe(sold(of.true_mc));
    row.maybe(sold(of.bid)).maybe(sold(of.least_bid)).maybe(of.other_bid.map(credits));
    row.maybe(sold(of.reported_mc)).maybe(of.reported_other.map(credits));
    row.put(credits(of.seller_payoff)).put(credits(of.mo_payoff));
    row.put(credits(of.total)).put(credits(of.best_gain)).put(of.by_receipt);
    let seller = of.seller_character;
    row.put(of.buyer_behaviour.name());
    row.maybe(is_sold.then_some(seller.seller.name()));
    row.maybe(is_sold.then(|| misreport(seller)));
    row.maybe(is_sold.then_some(of.mo_behaviour.name())).put(outcome(of.outcome));
}

/// A row of `tasks.csv`.
pub(crate) fn put_task(row: &mut Row, of: &TaskRow) {
    let at = |time: Option<Time>| time.map(seconds);
    row.begin().put(of.task).put(of.job);
    row.put(of.user).put(seconds(of.submitted)).maybe(at(of.ready)).maybe(at(of.placed));
    row.maybe(at(of.started)).maybe(at(of.computed)).put(seconds(of.ended));
    row.put(of.cycles).put(of.replicas).put(of.purchases).put(of.runs).put(of.failures);
    row.put(of.evictions).put(of.suspended.as_secs()).put(of.checkpoints);
    row.maybe(of.compute_node).maybe(of.compute_node.map(|_| of.rate)).put(of.executed);
    row.put(of.useful).put(of.wrong).put(credits(of.price)).put(task_outcome(of.outcome));
    row.maybe(of.is_right);
}

fn kind(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::Cpu => "cpu",
        ResourceKind::Storage => "storage",
    }
}

/// By what part of its marginal cost a seller's bid is off, as it is written: below it, or above.
fn misreport(character: Character) -> f64 {
    let part = f64::from(character.misreport) / 1e4;
    match character.seller {
        SellerBehaviour::Underbid => -part,
        SellerBehaviour::Overbid => part,
        SellerBehaviour::Truthful | SellerBehaviour::Colluding => 0.0,
    }
}

pub(crate) fn purpose(purpose: LookupPurpose) -> &'static str {
    match purpose {
        LookupPurpose::Key => "key",
        LookupPurpose::List => "list",
        LookupPurpose::Buy => "buy",
        LookupPurpose::File => "file",
        LookupPurpose::Finger => "finger",
        LookupPurpose::Join => "join",
        LookupPurpose::Rejoin => "rejoin",
        LookupPurpose::Claim => "claim",
    }
}

pub(crate) fn task_outcome(outcome: TaskOutcome) -> &'static str {
    match outcome {
        TaskOutcome::Completed => "completed",
        TaskOutcome::NoSeller => "no_seller",
        TaskOutcome::OverBudget => "over_budget",
        TaskOutcome::InsufficientFunds => "insufficient_funds",
        TaskOutcome::BankUnreachable => "bank_unreachable",
        TaskOutcome::Deadline => "deadline",
        TaskOutcome::Failures => "too_many_failures",
        TaskOutcome::WrongResult => "wrong_result",
        TaskOutcome::Dependency => "dependency",
        TaskOutcome::Unfinished => "unfinished",
    }
}

pub(crate) fn outcome(outcome: PurchaseOutcome) -> &'static str {
    match outcome {
        PurchaseOutcome::Completed => "completed",
        PurchaseOutcome::NoSeller => "no_seller",
        PurchaseOutcome::OverBudget => "over_budget",
        PurchaseOutcome::InsufficientFunds => "insufficient_funds",
        PurchaseOutcome::BankUnreachable => "bank_unreachable",
        PurchaseOutcome::Expired => "expired",
        PurchaseOutcome::SellerGone => "seller_gone",
        PurchaseOutcome::SellerFailed => "seller_failed",
        PurchaseOutcome::Denied => "denied",
        PurchaseOutcome::Wrong => "wrong",
        PurchaseOutcome::EndedEarly => "ended_early",
        PurchaseOutcome::BuyerFailed => "buyer_failed",
        PurchaseOutcome::Unfinished => "unfinished",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_told_of_in_the_section_of_its_file() {
        let page = include_str!("../../../docs/tables.md");
        for (file, header) in FILES {
            let begin = format!("\n## {file}\n");
            let (_, section) = page.split_once(&begin).unwrap_or_else(|| panic!("{file}"));
            let section = section.split("\n## ").next().expect("a split has a first part");
            for column in header.trim_end().split(',') {
                assert!(section.contains(&format!("`{column}`")), "{file}: {column}");
            }
        }
    }
}

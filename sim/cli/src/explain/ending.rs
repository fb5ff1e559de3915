//! How a story begins and ends: its title, its row, and its outcome in a sentence.

use crate::record::{FILES, put_lookup, put_task, put_transaction};
use crate::row::{Row as Fields, credits};
use compup2p_engine::observer::{LookupRow, PurchaseOutcome, TaskOutcome, TaskRow, TransactionRow};
use compup2p_protocol::id::Addr;
use compup2p_protocol::rules::Market;
use compup2p_protocol::wording::counted;

/// The row that a story is about.
#[derive(Clone, Debug)]
pub(super) enum Row {
    Lookup(LookupRow),
    Purchase(Box<TransactionRow>),
    Task(TaskRow),
}

impl Row {
    /// What it is called.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Lookup(row) => format!("lookup {}", row.lookup),
            Self::Purchase(row) => format!("purchase {}", row.purchase),
            Self::Task(row) => format!("task {}", row.task),
        }
    }

    /// Its fields, as in its CSV file.
    pub(super) fn fields(&self, market: &Market) -> String {
        let mut fields = Fields::default();
        let file = match self {
            Self::Lookup(row) => {
                put_lookup(&mut fields, row);
                "lookups.csv"
            }
            Self::Purchase(row) => {
                put_transaction(&mut fields, row, market);
                "transactions.csv"
            }
            Self::Task(row) => {
                put_task(&mut fields, row);
                "tasks.csv"
            }
        };
        let header = FILES.iter().find(|(name, _)| *name == file).map_or("", |(_, header)| header);
        let values = fields.record().iter().map(String::from_utf8_lossy);
        let named = header.trim_end().split(',').zip(values);
        let said = named.filter(|(_, value)| !value.is_empty());
        let said: String = said.map(|(name, value)| format!("  {name} {value}\n")).collect();
        format!("The row of {file} (what is empty left out)\n{said}")
    }

    /// How it ended, in a sentence.
    pub(super) fn outcome(&self) -> String {
        match self {
            Self::Lookup(row) => lookup(row),
            Self::Purchase(row) => purchase(row),
            Self::Task(row) => task(row),
        }
    }
}

fn lookup(row: &LookupRow) -> String {
    let end = &row.end;
    let hops = counted(u64::from(end.hops), "hop", "hops");
    let timeouts = counted(u64::from(end.timeouts), "timeout", "timeouts");
    let is_right =
        if row.correct { "which is the true one" } else { "and that is not the true one" };
    match end.owner {
        Some(Addr(owner)) => format!(
            "The owner of key {} is node {owner}, {is_right}: found in {hops}, with {timeouts}.",
            end.key
        ),
        None => format!("Nobody was found for key {}, after {hops} and {timeouts}.", end.key),
    }
}

fn purchase(row: &TransactionRow) -> String {
    use PurchaseOutcome as O;
    let tries = counted(u64::from(row.attempts), "market", "markets");
    let paid = format!(
        "{} credits to the seller, {} to the market owner",
        credits(row.seller_payoff),
        credits(row.mo_payoff)
    );
    match row.outcome {
        O::Completed => format!("It is completed: {paid}."),
        O::NoSeller => format!("Nobody was named who sells it, by {tries} asked."),
        O::OverBudget => format!(
            "There were sellers, none within the budget of {} credits ({tries} asked).",
            credits(row.budget)
        ),
        O::InsufficientFunds => "The buyer's account does not cover the total.".into(),
        O::BankUnreachable => "The AdminServer did not answer.".into(),
        O::Expired => "The reservation was over before the seller was paid.".into(),
        O::SellerGone => {
            format!("Every seller that was named had gone, or refused ({tries} asked).")
        }
        O::SellerFailed => {
            "The seller stopped while it held what it had sold; the buyer has its money back."
                .into()
        }
        O::Denied => format!("The buyer disputed what was good; by the delivery receipt: {paid}."),
        O::Wrong => {
            "What was delivered is wrong, and shown to be: the buyer has its money back.".into()
        }
        O::EndedEarly => format!("It was needed no longer: {paid}."),
        O::BuyerFailed => format!("The buyer stopped: {paid}."),
        O::Unfinished => "The run ended before it did.".into(),
    }
}

fn task(row: &TaskRow) -> String {
    use TaskOutcome as O;
    let why = match row.outcome {
        O::Completed => "It is completed",
        O::NoSeller => "Nobody sold it compute power",
        O::OverBudget => "Those who sold wanted more than its budget",
        O::InsufficientFunds => "The user's account did not cover it",
        O::BankUnreachable => "The AdminServer did not answer",
        O::Deadline => "Its deadline passed",
        O::Failures => "Its runs failed too often",
        O::WrongResult => "Its result was found wrong too often",
        O::Dependency => "Another whose output it needs failed",
        O::Unfinished => "The run of the simulation ended before it did",
    };
    format!(
        "{why}: {}, {} stored, {} failed or given up, {} credits paid.",
        counted(u64::from(row.runs), "run", "runs"),
        counted(u64::from(row.checkpoints), "checkpoint", "checkpoints"),
        counted(u64::from(row.failures), "replica", "replicas"),
        credits(row.price)
    )
}

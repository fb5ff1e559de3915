//! The one table of metrics: name, unit, meaning, and how each is made of the tallies. A new
//! metric is a row here; `summary.csv`, the summary on the terminal and `docs/metrics.md` follow.

use crate::observer::MetricRow;
use crate::simulation::Simulation;
use crate::spread::Spread;
use crate::tally::{Lookups, ratio};
use crate::tasks::Sums;
use crate::trade::{Supply, Trade};
use compup2p_protocol::commodity::{Commodity, ResourceKind};
use compup2p_protocol::credit::MICRO;
use compup2p_protocol::fact::PurchaseOutcome as Outcome;
use compup2p_protocol::fact::TaskOutcome as Task;
use compup2p_protocol::fact::{CopyReason, LookupPurpose as Purpose, Ring, Source, Stopped};
use compup2p_protocol::id::Addr;

/// A number that sums a run up.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// What it is about.
    pub topic: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// What it says.
    pub meaning: &'static str,
    value: fn(&Simulation) -> f64,
}

macro_rules! metrics {
    ($($topic:literal { $($name:literal, $unit:literal, $meaning:literal, $value:expr;)* })*) => {
        /// Every metric, in the order of `summary.csv`, topic by topic.
        pub const METRICS: &[Metric] = &[$($(
            Metric { topic: $topic, name: $name, unit: $unit, meaning: $meaning, value: $value },
        )*)*];
    };
}

fn keys(run: &Simulation) -> &Lookups {
    run.tally().lookups(Ring::Base, Purpose::Key)
}

fn trade(run: &Simulation) -> &Trade {
    &run.tally().trade
}

fn ended(run: &Simulation, outcome: Outcome) -> f64 {
    ratio(trade(run).with(outcome), trade(run).all())
}

fn credits(micro: u128) -> f64 {
    micro as f64 / MICRO as f64
}

/// Requests of each host as a market owner.
fn requests(run: &Simulation) -> Vec<u64> {
    let virtual_nodes = run.rules().overlay.virtual_nodes;
    (0..run.population().len())
        .map(|host| run.tally().loads.requests(host, virtual_nodes))
        .collect()
}

fn signed(micro: i128) -> f64 {
    micro as f64 / MICRO as f64
}

fn a_purchase(run: &Simulation, micro: i128) -> f64 {
    signed(micro) / trade(run).paid_for as f64
}

fn sampled(run: &Simulation, kind: ResourceKind, of: fn(&Supply) -> u128) -> f64 {
    let supply = trade(run).supply(kind);
    of(supply) as f64 / supply.nominal_sampled as f64
}

/// What each host earned, in micro-credits.
fn incomes(run: &Simulation) -> Vec<u64> {
    let virtual_nodes = run.rules().overlay.virtual_nodes;
    let account = |host| Addr(host * virtual_nodes);
    (0..run.population().len()).map(|host| run.tally().incomes.of(account(host))).collect()
}

/// The commodities from the least capacity that is sold to the greatest, both counted.
fn idle_range(run: &Simulation) -> f64 {
    let capacities = (0..run.population().len()).map(|host| run.endowments().of(host).cpu.capacity);
    let width = run.rules().market.width;
    let sellers = capacities.filter(|&capacity| capacity > 0);
    let numbers = sellers.map(|c| Commodity::offered(ResourceKind::Cpu, c, width).number());
    let range = numbers.fold(None, |range, number| {
        let (low, high) = range.unwrap_or((number, number));
        Some((number.min(low), number.max(high)))
    });
    range.map_or(f64::NAN, |(low, high)| f64::from(high - low) + 1.0)
}

fn sums(run: &Simulation) -> &Sums {
    &run.tasks().sums
}

fn tasks_ended(run: &Simulation, outcome: Task) -> f64 {
    ratio(sums(run).with(outcome), sums(run).all())
}

fn a_task(run: &Simulation, sum: u128) -> f64 {
    sum as f64 / sums(run).with(Task::Completed) as f64
}

fn makespan(run: &Simulation) -> f64 {
    let (first, last) = (sums(run).first, sums(run).last);
    first.zip(last).map_or(f64::NAN, |(first, last)| last.since(first).as_secs())
}

fn files(run: &Simulation, from: Source) -> f64 {
    ratio(sums(run).files[from as usize], sums(run).files.iter().sum())
}

fn sent(run: &Simulation) -> u64 {
    run.traffic().sent.iter().sum()
}

metrics! {
    "network" {
        "joins", "hosts", "Hosts that came up.", |run| run.tally().moves.joins as f64;
        "leaves", "hosts", "Hosts that left, telling others.", |run| run.tally().moves.leaves as f64;
        "crashes", "hosts", "Hosts that crashed.", |run| run.tally().moves.crashes as f64;
        "members_at_end", "nodes", "Members of the base ring at the end.",
            |run| run.oracle().members() as f64;
        "joins_failed", "joins", "Joins that were given up for a while.",
            |run| run.tally().joins_failed as f64;
        "messages", "messages", "Sent, whether or not they arrived.", |run| sent(run) as f64;
        "messages_lost", "messages", "Lost by the network.", |run| run.traffic().lost as f64;
        "messages_undelivered", "messages", "Arrived where nobody was up.",
            |run| run.traffic().undelivered as f64;
        "answers_late", "messages", "Answers that came after their timeout.",
            |run| run.traffic().late as f64;
        "shipments", "shipments", "Bulk data: asked for, whether or not it arrived.",
            |run| run.shipments().counts.asked as f64;
        "shipments_broken", "shipments", "Of them, those that broke off.",
            |run| run.shipments().counts.broken as f64;
        "bulk_bytes", "bytes", "Moved by shipments, without those under way; before a break, too.",
            |run| run.shipments().counts.moved_bytes as f64;
        "successors_lost", "lists", "Successor lists that were lost whole.",
            |run| run.tally().successors_lost.iter().sum::<u64>() as f64;
        "hops_exhausted", "lookups", "Lookups that took more hops than they may.",
            |run| run.tally().hops_exhausted as f64;
    }
    "lookups" {
        "lookups", "lookups", "Lookups of the workload's keys that ended.",
            |run| keys(run).ended as f64;
        "lookups_found", "share", "Of them, those that found an owner.",
            |run| ratio(keys(run).found, keys(run).ended);
        "lookups_correct", "share", "Of them, those that found the true owner.",
            |run| ratio(keys(run).correct, keys(run).ended);
        "lookup_hops_mean", "hops", "Nodes contacted up to the key's predecessor.",
            |run| keys(run).mean_hops();
        "lookup_hops_p1", "hops", "1st percentile of the same.",
            |run| keys(run).hops_percentile(0.01);
        "lookup_hops_p99", "hops", "99th percentile of the same.",
            |run| keys(run).hops_percentile(0.99);
        "lookup_timeouts_mean", "timeouts", "Requests of a lookup that were not answered.",
            |run| ratio(keys(run).timeouts, keys(run).ended);
        "lookup_latency_mean", "ms", "From question to answer.",
            |run| keys(run).took_ns as f64 / 1e6 / keys(run).found as f64;
        "asked_while_away", "requests", "Asked of a host that was down or not in the ring.",
            |run| run.tally().asked_while_away as f64;
    }
    "markets" {
        "idle_range", "commodities",
            "From the least capacity that sellers have to the greatest.", |run| idle_range(run);
        "listings_received", "listings", "Listings that market owners took in, repeated ones included.",
            |run| trade(run).listed as f64;
        "list_hops_mean", "hops", "Hops of a seller's lookup of its market owner.",
            |run| run.tally().lookups(Ring::Base, Purpose::List).mean_hops();
        "list_correct", "share", "Sellers' lookups that found the true owner.",
            |run| {
                let list = run.tally().lookups(Ring::Base, Purpose::List);
                ratio(list.correct, list.ended)
            };
        "listings_purged", "listings", "Listings that were dropped because they were over.",
            |run| trade(run).purged as f64;
        "sellers_stale", "share", "Sellers about to be named that did not answer the owner's ping.",
            |run| {
                let stale = trade(run).stale_pinged;
                ratio(stale, stale + trade(run).quoted)
            };
        "listings_late_used", "listings", "Sellers named although their listing was over.",
            |run| trade(run).late_used as f64;
        "market_hops_mean", "hops", "Hops in the processor overlay to the market for an amount.",
            |run| run.tally().lookups(Ring::Processor, Purpose::Buy).mean_hops();
        "market_correct", "share", "Of these searches, those that found the true market.",
            |run| {
                let buy = run.tally().lookups(Ring::Processor, Purpose::Buy);
                ratio(buy.correct, buy.ended)
            };
        "markets_opened", "markets", "Markets that were opened.", |run| trade(run).opened as f64;
        "markets_at_end", "markets", "Markets that stood at the end.",
            |run| run.tally().loads.markets() as f64;
        "markets_doubled", "share", "Markets beside another for the same commodity, over samples.",
            |run| ratio(trade(run).doubled_sampled, trade(run).markets_sampled);
        "listings_at_end", "listings", "Listings that stood at the end.",
            |run| run.tally().loads.listings() as f64;
        "mo_requests_max_over_mean", "ratio", "Requests of the busiest host beside the mean host's.",
            |run| {
                let requests = requests(run);
                let most = requests.iter().copied().max().unwrap_or(0);
                most as f64 * requests.len() as f64 / requests.iter().sum::<u64>() as f64
            };
        "mo_requests_max_over_mean_at_random", "ratio",
            "The same if each market were at a random node, on average; none above 65,536 markets.",
            |run| Spread::at_random(run).max_over_mean;
        "mo_requests_gini", "ratio",
            "Gini's coefficient of requests over all hosts: 0 if even, towards 1 if one serves all.",
            |run| {
                let requests = requests(run);
                let hosts = requests.len();
                Spread::of(requests, hosts).gini
            };
        "mo_requests_gini_at_random", "ratio",
            "The same if each market were at a random node, on average; none above 65,536 markets.",
            |run| Spread::at_random(run).gini;
        "mo_requests_busiest_share", "share", "Share of all requests that the busiest host served.",
            |run| {
                let requests = requests(run);
                ratio(requests.iter().copied().max().unwrap_or(0), requests.iter().sum())
            };
        "market_requests_busiest_share", "share", "Share of them that the busiest market served.",
            |run| {
                let requests = &trade(run).requests;
                ratio(requests.values().copied().max().unwrap_or(0), requests.values().sum())
            };
    }
    "purchases" {
        "purchases", "purchases", "Purchases asked for.", |run| trade(run).all() as f64;
        "purchases_completed", "share", "Of them, those held for the whole time and paid.",
            |run| ended(run, Outcome::Completed);
        "purchases_no_seller", "share", "No market or no matching seller was found.",
            |run| ended(run, Outcome::NoSeller);
        "purchases_over_budget", "share", "Sellers there were, none within the budget.",
            |run| ended(run, Outcome::OverBudget);
        "purchases_insufficient_funds", "share", "The buyer's account did not cover the total.",
            |run| ended(run, Outcome::InsufficientFunds);
        "purchases_bank_unreachable", "share", "The AdminServer did not answer.",
            |run| ended(run, Outcome::BankUnreachable);
        "purchases_expired", "share",
            "The bank had given the money back before the seller was paid.",
            |run| ended(run, Outcome::Expired);
        "purchases_seller_gone", "share", "Every seller named had gone, or refused.",
            |run| ended(run, Outcome::SellerGone);
        "purchases_seller_failed", "share", "The seller stopped while its capacity was held.",
            |run| ended(run, Outcome::SellerFailed);
        "purchases_denied", "share", "The buyer disputed a good result.",
            |run| ended(run, Outcome::Denied);
        "purchases_wrong", "share", "The service layer showed that what was delivered is wrong.",
            |run| ended(run, Outcome::Wrong);
        "purchases_ended_early", "share", "The service layer needed it no longer.",
            |run| ended(run, Outcome::EndedEarly);
        "purchases_buyer_failed", "share", "The buyer stopped.",
            |run| ended(run, Outcome::BuyerFailed);
        "purchases_unfinished", "share", "Under way at the end of the run.",
            |run| ended(run, Outcome::Unfinished);
        "attempts_mean", "markets", "Markets that a purchase asked, unless it was cut off.",
            |run| ratio(trade(run).attempts, trade(run).told);
        "purchase_hops_mean", "hops", "Hops of its lookups, in both rings.",
            |run| ratio(trade(run).hops, trade(run).told);
        "accept_latency_mean", "ms", "From a buyer's question to a seller's accept.",
            |run| trade(run).latency_ns as f64 / 1e6 / trade(run).accepted as f64;
        "sales_refused", "sales", "Buyers that a seller refused.", |run| trade(run).refused as f64;
        "quotes_mean", "sellers", "Sellers that were named to a buyer for each that accepted.",
            |run| ratio(trade(run).quoted, trade(run).accepts);
        "price_mean", "credits", "What a buyer paid for a completed purchase.",
            |run| credits(trade(run).paid) / trade(run).with(Outcome::Completed) as f64;
        "paid_by_receipt", "purchases",
            "Purchases that the bank paid when their time was over: the seller had a receipt.",
            |run| trade(run).paid_by_receipt as f64;
        "sales_unpaid", "purchases",
            "Purchases delivered, or denied, whose money went back to the buyer.",
            |run| trade(run).unpaid as f64;
        "escrow_at_end", "credits", "Money that is still put aside at the end.",
            |run| credits(u128::from(run.admin().ledger().escrow().0));
        "utilisation_mean", "share",
            "Share of the compute power that was up that was sold, over samples.",
            |run| sampled(run, ResourceKind::Cpu, |supply| supply.sold_sampled);
        "offered_mean", "share", "Share of it that was offered, sold or not.",
            |run| sampled(run, ResourceKind::Cpu, |supply| supply.offered_sampled);
        "storage_utilisation_mean", "share",
            "Share of the storage that was up that was sold, over samples.",
            |run| sampled(run, ResourceKind::Storage, |supply| supply.sold_sampled);
    }
    "welfare" {
        "buyer_surplus", "credits",
            "What was bought was worth so much more than was paid for it; to a buyer that stopped, \
             nothing; storage that was held for a part of the time, that part. Money that is still \
             put aside at the end counts for nobody, here and below.",
            |run| signed(trade(run).welfare.buyers);
        "seller_surplus", "credits",
            "Sellers were paid so much more than it cost them. A computation that was not finished \
             cost nothing; storage the part of the time for which it was paid.",
            |run| signed(trade(run).welfare.sellers);
        "mo_surplus", "credits", "Market owners were paid so much.",
            |run| signed(trade(run).welfare.mos);
        "buyer_surplus_mean", "credits", "The same as `buyer_surplus`, a purchase that was paid for.",
            |run| a_purchase(run, trade(run).welfare.buyers);
        "seller_surplus_mean", "credits", "The same as `seller_surplus`, a purchase that was paid for.",
            |run| a_purchase(run, trade(run).welfare.sellers);
        "mo_surplus_mean", "credits", "The same as `mo_surplus`, a purchase that was paid for.",
            |run| a_purchase(run, trade(run).welfare.mos);
        "allocative_efficiency", "share",
            "All surplus, of what an omniscient matcher gains in a world of its own, that gives each \
             purchase, as it comes, the seller of least own cost that it has free; without those \
             under way at the end.",
            |run| trade(run).welfare.all() as f64 / trade(run).best_gains as f64;
        "cheapest_chosen", "share",
            "Sellers that accepted and had bid least of those that their market owner could name.",
            |run| ratio(trade(run).cheapest_chosen, trade(run).accepted);
        "income_gini", "index", "Gini index of what hosts earned as sellers and market owners.",
            |run| Spread::of(incomes(run), run.population().len() as usize).gini;
    }
    "tasks" {
        "tasks", "sub-tasks", "Sub-tasks that were submitted.",
            |run| f64::from(run.tasks().submitted());
        "tasks_completed", "share", "Of them, those that ended with a result.",
            |run| tasks_ended(run, Task::Completed);
        "tasks_no_seller", "share", "Nobody sold compute power for so long.",
            |run| tasks_ended(run, Task::NoSeller);
        "tasks_over_budget", "share", "Those who sold wanted more than the budget.",
            |run| tasks_ended(run, Task::OverBudget);
        "tasks_insufficient_funds", "share", "The user's account did not cover it.",
            |run| tasks_ended(run, Task::InsufficientFunds);
        "tasks_bank_unreachable", "share", "The AdminServer did not answer.",
            |run| tasks_ended(run, Task::BankUnreachable);
        "tasks_deadline", "share", "Their deadline passed.",
            |run| tasks_ended(run, Task::Deadline);
        "tasks_too_many_failures", "share", "Their runs failed too often.",
            |run| tasks_ended(run, Task::Failures);
        "tasks_wrong_result", "share", "No majority agreed, or results were found wrong too often.",
            |run| tasks_ended(run, Task::WrongResult);
        "tasks_dependency", "share", "Another whose output they need failed.",
            |run| tasks_ended(run, Task::Dependency);
        "tasks_unfinished", "share", "Under way at the end of the run.",
            |run| tasks_ended(run, Task::Unfinished);
        "tasks_wrong", "share", "Of those completed, those whose result is wrong (the oracle says).",
            |run| ratio(sums(run).wrong_accepted, sums(run).with(Task::Completed));
        "task_turnaround_mean", "s", "From submission to end, of those completed.",
            |run| a_task(run, sums(run).turnaround_ns) / 1e9;
        "task_waiting_mean", "s", "From being ready to the first run, of those completed.",
            |run| a_task(run, sums(run).waiting_ns) / 1e9;
        "task_price_mean", "credits", "Paid for a sub-task that was completed, all in all.",
            |run| credits(sums(run).paid_completed) / sums(run).with(Task::Completed) as f64;
        "makespan", "s", "From the first submission to the last completion.",
            |run| makespan(run);
        "runs", "runs", "Runs that began to compute.", |run| sums(run).runs as f64;
        "runs_resumed", "share", "Of them, those that went on from a checkpoint.",
            |run| ratio(sums(run).resumed, sums(run).runs);
        "runs_lost", "share", "Of them, those whose node stopped.",
            |run| ratio(sums(run).lost, sums(run).runs);
        "runs_evicted", "share", "Of them, those whose machine was wanted back.",
            |run| ratio(sums(run).stopped[Stopped::Evicted as usize], sums(run).runs);
        "replica_failures", "failures", "Times that a replica began anew, or was given up.",
            |run| sums(run).failures as f64;
        "suspensions", "suspensions", "Times that a run was suspended.",
            |run| sums(run).suspensions as f64;
        "suspended_time", "s", "The time for which runs were suspended, in all.",
            |run| sums(run).suspended_ns as f64 / 1e9;
        "executed_cycles", "cycles", "Work that was done, in all.",
            |run| sums(run).executed as f64;
        "wasted_cycles", "share", "Of it, what is in no result, or not yet.",
            |run| 1.0 - (sums(run).useful as f64 / sums(run).executed as f64).min(1.0);
        "checkpoints", "checkpoints", "Checkpoints that were stored whole.",
            |run| sums(run).checkpoints as f64;
        "checkpoint_bytes", "bytes", "Their sizes.",
            |run| sums(run).checkpoint_bytes as f64;
        "results_named_wrong", "results", "Results that were found wrong; their nodes were named.",
            |run| sums(run).named_wrong as f64;
        "files_here", "share", "Code and input that was where it was wanted, of all that was.",
            |run| files(run, Source::Here);
        "files_from_holders", "share", "Found at another that kept it.",
            |run| files(run, Source::Holder);
        "files_from_origin", "share", "Got from the user's node, or the code server.",
            |run| files(run, Source::Origin);
        "jobs", "jobs", "Jobs that were submitted.", |run| f64::from(run.tasks().jobs());
        "jobs_over", "share", "Of them, those of which all sub-tasks are over.",
            |run| sums(run).jobs_over as f64 / f64::from(run.tasks().jobs());
        "jobs_notified", "share", "Of them, those of whose end their clients know.",
            |run| sums(run).jobs_notified as f64 / f64::from(run.tasks().jobs());
    }
    "storage" {
        "backups", "backups", "Backups that were wanted.", |run| run.keeping().wanted as f64;
        "backups_made", "share", "Of them, those whose first copies were all stored.",
            |run| ratio(run.keeping().backed_up, run.keeping().wanted);
        "backups_failed", "share", "Of them, those that were given up.",
            |run| ratio(run.keeping().failed, run.keeping().wanted);
        "backup_time_mean", "s", "From the user's wish to the last of the first copies.",
            |run| run.keeping().backed_up_ns as f64 / 1e9 / run.keeping().backed_up as f64;
        "backups_available", "share",
            "Of samples of backups: those with a copy at a node that was up (the oracle says).",
            |run| ratio(run.keeping().available, run.keeping().sampled);
        "backups_durable", "share", "Of them, those with a copy at all.",
            |run| ratio(run.keeping().durable, run.keeping().sampled);
        "backup_copies_mean", "copies", "At nodes that were up, of each backup.",
            |run| ratio(run.keeping().live_copies, run.keeping().sampled);
        "copies_lost", "copies", "Copies that users' nodes took for lost.",
            |run| run.keeping().lost as f64;
        "copies_repaired", "copies", "Copies that replaced them.",
            |run| run.keeping().copies[CopyReason::Repair as usize] as f64;
        "copies_renewed", "copies", "Copies that replaced those whose places' time ended.",
            |run| run.keeping().copies[CopyReason::Renewal as usize] as f64;
        "repair_bytes", "bytes", "Sent for repairs.",
            |run| run.keeping().copy_bytes[CopyReason::Repair as usize] as f64;
        "repair_time_mean", "s", "From when a loss was noticed until another copy was stored.",
            |run| {
                let repairs = run.keeping().copies[CopyReason::Repair as usize];
                run.keeping().repair_ns as f64 / 1e9 / repairs as f64
            };
        "restored", "backups", "Data that was wanted back and came.",
            |run| run.keeping().restored as f64;
        "restores_failed", "backups", "Data that was wanted back and did not come.",
            |run| run.keeping().restore_failed as f64;
        "restore_time_mean", "s", "From the wish to the data.",
            |run| run.keeping().restored_ns as f64 / 1e9 / run.keeping().restored as f64;
        "downloads", "files", "Files that were wanted and came.",
            |run| run.keeping().downloaded as f64;
        "downloads_failed", "files", "Files that were wanted and were not found.",
            |run| run.keeping().not_found as f64;
        "download_time_mean", "s", "From the wish to the file.",
            |run| run.keeping().downloaded_ns as f64 / 1e9 / run.keeping().downloaded as f64;
    }
}

/// `summary.csv`.
pub fn rows(run: &Simulation) -> Vec<MetricRow> {
    let row = |metric: &Metric| MetricRow {
        topic: metric.topic,
        metric: metric.name,
        value: (metric.value)(run),
        unit: metric.unit,
    };
    METRICS.iter().map(row).collect()
}

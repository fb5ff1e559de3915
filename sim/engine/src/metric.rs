//! The one table of metrics: name, unit, meaning, and how each is made of the tallies. A new
//! metric is a row here; `summary.csv` and the docs follow.

use crate::observer::MetricRow;
use crate::simulation::Simulation;
use crate::tally::{Lookups, ratio};
use compup2p_protocol::fact::{LookupPurpose as Purpose, Ring};

/// A number that sums a run up.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// What it says.
    pub meaning: &'static str,
    value: fn(&Simulation) -> f64,
}

macro_rules! metrics {
    ($($name:literal, $unit:literal, $meaning:literal, $value:expr;)*) => {
        /// Every metric, in the order of `summary.csv`.
        pub const METRICS: &[Metric] = &[$(
            Metric { name: $name, unit: $unit, meaning: $meaning, value: $value },
        )*];
    };
}

fn keys(run: &Simulation) -> &Lookups {
    run.tally().lookups(Ring::Base, Purpose::Key)
}

fn sent(run: &Simulation) -> u64 {
    run.traffic().sent.iter().sum()
}

metrics! {
    "joins", "hosts", "Hosts that came up.", |run| run.tally().moves.joins as f64;
    "leaves", "hosts", "Hosts that left, telling others.", |run| run.tally().moves.leaves as f64;
    "crashes", "hosts", "Hosts that crashed.", |run| run.tally().moves.crashes as f64;
    "members_at_end", "nodes", "Members of the base ring at the end.",
        |run| run.oracle().members() as f64;
    "messages", "messages", "Sent, whether or not they arrived.", |run| sent(run) as f64;
    "messages_lost", "messages", "Lost by the network.", |run| run.traffic().lost as f64;
    "messages_undelivered", "messages", "Arrived where nobody was up.",
        |run| run.traffic().undelivered as f64;
    "answers_late", "messages", "Answers that came after their timeout.",
        |run| run.traffic().late as f64;
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
    "joins_failed", "joins", "Joins that were given up for a while.",
        |run| run.tally().joins_failed as f64;
    "successors_lost", "lists", "Successor lists that were lost whole.",
        |run| run.tally().successors_lost as f64;
    "hops_exhausted", "lookups", "Lookups that took more hops than they may.",
        |run| run.tally().hops_exhausted as f64;
    "asked_while_away", "requests", "Asked of a host that was down or not in the ring.",
        |run| run.tally().asked_while_away as f64;
}

/// `summary.csv`.
pub fn rows(run: &Simulation) -> Vec<MetricRow> {
    let row = |metric: &Metric| MetricRow {
        metric: metric.name,
        value: (metric.value)(run),
        unit: metric.unit,
    };
    METRICS.iter().map(row).collect()
}

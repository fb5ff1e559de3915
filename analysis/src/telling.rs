//! The metrics that tell most, and what they are in words.

/// A metric that tells much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Telling {
    /// Its name.
    pub metric: &'static str,
    /// What it is, in a few words.
    pub words: &'static str,
    /// Whether it is shown where there is room for a few alone.
    pub is_brief: bool,
}

const fn brief(metric: &'static str, words: &'static str) -> Telling {
    Telling { metric, words, is_brief: true }
}

const fn other(metric: &'static str, words: &'static str) -> Telling {
    Telling { metric, words, is_brief: false }
}

/// In the order in which they are read; each is shown where there is something to measure.
pub const TELLING: [Telling; 20] = [
    other("members_at_end", "nodes in the ring at the end"),
    brief("lookups_correct", "lookups that found the true owner"),
    brief("lookup_hops_mean", "hops of a lookup"),
    other("lookup_latency_mean", "time of a lookup"),
    other("purchases", "purchases"),
    brief("purchases_completed", "purchases completed, of all asked for"),
    brief("attempts_mean", "markets asked until there was a seller"),
    brief("accept_latency_mean", "time until a seller accepted"),
    brief("price_mean", "price"),
    other("tasks", "sub-tasks"),
    brief("tasks_completed", "sub-tasks completed"),
    brief("task_turnaround_mean", "time of a sub-task"),
    brief("tasks_wrong", "sub-tasks with a wrong result"),
    brief("task_price_mean", "price of a sub-task"),
    brief("backups_available", "backups within reach"),
    brief("mo_requests_gini", "Gini of market owners' requests"),
    brief("mo_requests_max_over_mean", "busiest market owner, over the mean"),
    other("utilisation_mean", "compute power sold"),
    other("allocative_efficiency", "allocative efficiency"),
    brief("repair_bytes", "bytes sent for repairs"),
];

//! The metrics that tell most: which they are, in words, and how numbers of them are shown.

/// A metric by its name, and in words.
pub(crate) type Telling = (&'static str, &'static str);

/// In the order in which they are read; each is shown where there is something to measure.
pub(crate) const TELLING: [Telling; 20] = [
    ("members_at_end", "nodes in the ring at the end"),
    ("lookups_correct", "lookups that found the true owner"),
    ("lookup_hops_mean", "hops of a lookup"),
    ("lookup_latency_mean", "time of a lookup"),
    ("purchases", "purchases"),
    ("purchases_completed", "purchases completed, of all asked for"),
    ("attempts_mean", "markets asked until there was a seller"),
    ("accept_latency_mean", "time until a seller accepted"),
    ("price_mean", "price"),
    ("tasks", "sub-tasks"),
    ("tasks_completed", "sub-tasks completed"),
    ("task_turnaround_mean", "time of a sub-task"),
    ("tasks_wrong", "sub-tasks with a wrong result"),
    ("task_price_mean", "price of a sub-task"),
    ("backups_available", "backups within reach"),
    ("mo_requests_gini", "Gini of market owners' requests"),
    ("mo_requests_max_over_mean", "busiest market owner, over the mean"),
    ("utilisation_mean", "compute power sold"),
    ("allocative_efficiency", "allocative efficiency"),
    ("repair_bytes", "bytes sent for repairs"),
];

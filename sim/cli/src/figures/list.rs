//! The one list of figures that are made anew by one command, and of the scenarios behind them.

/// A figure.
pub(super) struct Figure {
    /// Its name, and its files'.
    pub(super) name: &'static str,
    /// The scenario that has the data.
    pub(super) scenario: &'static Scenario,
    /// What is to be seen.
    pub(super) caption: &'static str,
}

/// A scenario behind figures.
pub(super) struct Scenario {
    /// Its name, and its file's.
    pub(super) name: &'static str,
    /// What `--quick` changes: fewer nodes, replicates, values.
    pub(super) quick: &'static [&'static str],
}

macro_rules! scenarios {
    ($($constant:ident $name:literal $quick:expr;)*) => {
        $(static $constant: Scenario = Scenario {
            name: $name,
            quick: $quick,
        };)*
    };
}

scenarios! {
    SPEEDUP "speedup" &[
        "replicates=2",
        "sweep=[{capacity: [1.5e9, {model: uniform, min: 1e9, max: 1.99e9}]}, \
         {workload.tasks.cycles: [1.5e13, 1.5e12, 1.5e11, 1.5e10]}, \
         {workload.tasks.sub_tasks: [1, 2, 4, 7, 10]}]",
    ];
    LOOKUP_HOPS "lookup_hops" &["duration=5min"];
    HOPS_BY_NODES "hops_by_nodes" &[
        "replicates=3",
        "duration=10min",
        "sweep=[{market.scheme: [single_overlay, processor_overlay]}, \
         {nodes: [128, 256, 512, 1024, 2048], \
         market.width: [1073741824, 536870912, 268435456, 134217728, 67108864]}]",
    ];
    MO_LOAD "mo_load" &["nodes=500", "duration=30min"];
    NARROW_CAPACITIES "narrow_capacities" &["replicates=3", "nodes=500", "duration=10min"];
    ATTEMPTS_BY_SELLERS "attempts_by_sellers" &["replicates=3", "nodes=500", "duration=20min"];
    CHURN "churn" &["nodes=500"];
    PRICING_VICKREY "pricing_vickrey" &["replicates=4", "nodes=500"];
    SELFISH_MO "selfish_mo" &["replicates=3", "nodes=250"];
    PRICING_MAX_MIN "pricing_max_min" &["replicates=3", "nodes=300"];
    OVERHEAD "overhead" &["duration=10min", "sweep=[{nodes: [128, 256, 512, 1024, 2048, 4096]}]"];
    SESSION_LENGTH "session_length" &[
        "replicates=3",
        "nodes=250",
        "duration=1h",
        "sweep=[{market.relist_interval: [1min, 3min], market.listing_ttl: [2min, 6min]}, \
         {churn.sessions.up.mean: [5min, 15min, 1h, 4h], \
         churn.sessions.down.mean: [150s, 450s, 30min, 2h]}]",
    ];
    STORAGE_MARKET "storage_market" &["nodes=250", "duration=2h"];
    DIURNAL "diurnal" &["nodes=100"];
    CHECKPOINTING "checkpointing" &[
        "replicates=2",
        "sweep=[{workload.tasks.checkpoint_bytes: [12500000, 0]}, \
         {service.checkpoint.rule: [daly, fixed]}, \
         {service.checkpoint.mtbf: [30min, 1h, 4h], churn.sessions.up.mean: [30min, 1h, 4h]}]",
    ];
    REDUNDANCY "redundancy" &[
        "replicates=4",
        "sweep=[{workload.tasks.sub_tasks: [4, 20]}, {workload.tasks.replicas: [1, 3, 5]}, \
         {behaviour.compute.malicious: [0.1, 0.3, 0.5]}]",
    ];
    POLICIES "policies" &["replicates=2", "nodes=64", "duration=26h"];
    BACKUP "backup" &["replicates=2", "nodes=150"];
}

/// All of them, in the order of the page.
pub(super) static FIGURES: [Figure; 22] = [
    figure(
        "speedup",
        &SPEEDUP,
        "Speedup and efficiency on 1 to 10 computers (CompuP2P, Fig. 8), by how much a sub-task \
         computes for its data.",
    ),
    figure(
        "lookup_hops",
        &LOOKUP_HOPS,
        "The distribution of hops on a ring of 1,024 nodes, beside theory and the Chord paper.",
    ),
    figure(
        "hops_by_nodes",
        &HOPS_BY_NODES,
        "Hops to a key by N, beside ½ log2 N and the Chord paper; to a market by M, beside \
         ½ log2 M.",
    ),
    figure("mo_load", &MO_LOAD, "How the requests to market owners fall on nodes."),
    figure(
        "mo_load_by_range",
        &NARROW_CAPACITIES,
        "Gini's coefficient, and the busiest market owner over the mean, as idle values narrow.",
    ),
    figure(
        "lorenz_by_scheme",
        &NARROW_CAPACITIES,
        "Lorenz curves of the load of market owners, by scheme, as idle values narrow.",
    ),
    figure("attempts", &CHURN, "Markets that a buyer asks until there is a seller, under churn."),
    figure(
        "attempts_by_sellers",
        &ATTEMPTS_BY_SELLERS,
        "Markets asked and purchases without a seller, by the share of nodes that sell.",
    ),
    figure(
        "misreport",
        &PRICING_VICKREY,
        "What sellers gain by misreporting their costs under reverse Vickrey.",
    ),
    figure(
        "selfish_mo",
        &SELFISH_MO,
        "Whom market owners name, what buyers pay and what owners get, by pricing rule.",
    ),
    figure(
        "max_min",
        &PRICING_MAX_MIN,
        "Buyers' totals beside their bound, and market owners' payoffs, under max-min payoffs.",
    ),
    figure(
        "overhead",
        &OVERHEAD,
        "Messages a node a second, by what they are for and by the number of nodes.",
    ),
    figure(
        "mo_state",
        &OVERHEAD,
        "Bytes that market owners keep by their listings, beside equation 2.",
    ),
    figure("live_nodes", &CHURN, "Live nodes, joins, leaves and crashes over time."),
    figure("success", &CHURN, "Right lookups and completed purchases over time, under churn."),
    figure(
        "session_length",
        &SESSION_LENGTH,
        "Right lookups, completed purchases and stale listings, by how long nodes stay.",
    ),
    figure("kinds", &STORAGE_MARKET, "Compute power and storage, traded side by side."),
    figure("idle_capacity", &DIURNAL, "Compute power offered and sold, by the time of day."),
    figure(
        "checkpointing",
        &CHECKPOINTING,
        "Time to compute a sub-task by mean time between failures, beside theory.",
    ),
    figure(
        "redundancy",
        &REDUNDANCY,
        "Wrong results by the share of malicious nodes and replication, beside theory.",
    ),
    figure("suspension", &POLICIES, "Work suspended, evicted and lost when owners come back."),
    figure("backup", &BACKUP, "Data within reach by the number of copies, and traffic of repair."),
];

const fn figure(name: &'static str, scenario: &'static Scenario, caption: &'static str) -> Figure {
    Figure { name, scenario, caption }
}

/// The names of all of them.
pub(crate) fn names() -> Vec<&'static str> {
    FIGURES.iter().map(|figure| figure.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shipped;
    use compup2p_engine::scenario::{Override, Source};
    use compup2p_engine::trial::check;

    #[test]
    fn every_figure_is_one_that_can_be_drawn() {
        for figure in &FIGURES {
            let known = compup2p_analysis::FIGURES.iter().any(|known| known.name == figure.name);
            assert!(known, "{}", figure.name);
        }
    }

    #[test]
    fn quick_is_less_of_the_same() {
        for scenario in FIGURES.iter().map(|figure| figure.scenario) {
            let work = |quick: &[&str]| {
                let set = quick.iter().map(|set| Override::parse(set).expect("a change"));
                let source = Source {
                    file: scenario.name.to_owned(),
                    text: shipped::text(scenario.name).to_owned(),
                    overrides: set.collect(),
                };
                let trials = check(&source, &|_| Err("no other file".to_owned()));
                let trials = trials.unwrap_or_else(|mistakes| panic!("{}", mistakes[0]));
                let size = |nodes: u32, time: u64| u128::from(nodes) * u128::from(time);
                let sizes = trials.iter().map(|t| size(t.scenario.nodes, t.scenario.duration.0));
                (trials[0].scenario.sweep.paths().count(), sizes.sum::<u128>())
            };
            let (all, quick) = (work(&[]), work(scenario.quick));
            assert_eq!(all.0, quick.0, "{}: as many paths are swept", scenario.name);
            assert!(2 * quick.1 <= all.1, "{}: {} of {}", scenario.name, quick.1, all.1);
        }
    }
}

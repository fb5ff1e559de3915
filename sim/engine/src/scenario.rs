//! Scenario: what a person writes down to ask a question. One YAML file, every field with a
//! default, so that five lines are enough. `docs/scenario.md` is made from the comments here.

mod check;
mod data;
mod jobs;
mod located;
mod mistake;
mod overrides;
mod read;
mod schema;
mod shape;
mod sweep;
mod tree;
mod until;

pub use data::{Backups, Files};
pub use jobs::{Arrivals, Check, Log, Submission, Tasks};
pub use located::Source;
pub(crate) use located::{Draft, Located, MISTAKES_MAX};
pub use mistake::nearest;
pub use mistake::{Mistake, Place};
pub use overrides::Override;
pub use schema::{forms, schema};
pub use sweep::{POINTS_MAX, Setting, Sweep};
pub use tree::BYTES_MAX;
pub use until::{LEAST, Until};

use crate::behaviours::Behaviours;
use crate::churn::{Churn, SessionModel};
use crate::distribution::Distribution;
use crate::faults::Fault;
use crate::network::Network;
use crate::owner_load::OwnerLoads;
use compup2p_protocol::policy::Policy;
use compup2p_protocol::rules::{
    Admin, Market, Mechanism, Overlay, Pricing, PricingRule, Scale, Scheme, Service,
};
use compup2p_protocol::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A scenario as said.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// What the results are called: they go to `results/<name>/`. Letters, digits, `-`, `_` and
    /// `.`; by default the name of the file.
    pub name: String,
    /// What question the scenario answers, in a sentence or two.
    pub about: String,
    /// All chance follows from this number. Replicate i of a scenario runs with `seed` + i.
    pub seed: u64,
    /// The population: how many nodes there are, up or down.
    pub nodes: u32,
    /// How much time is simulated.
    pub duration: Span,
    /// What happened before this does not count: metrics and totals begin anew then, and lookups,
    /// purchases and sub-tasks that had ended have no rows. Less than `duration`. The time series
    /// is whole.
    pub warmup: Span,
    /// How many runs, each with a seed of its own; results are then means with 95 % intervals.
    pub replicates: u32,
    /// More replicates than that, until results are known well enough; by default none.
    pub until: Option<Until>,
    /// The share of nodes that sell their idle capacity, 0 to 1.
    pub sellers: f64,
    /// So many nodes, the first ones, are users and nothing else: they sell nothing and stay up,
    /// whatever `churn` says; if there are any, jobs of `workload.tasks` are theirs alone.
    pub dedicated_users: u32,
    /// What a node has to sell, in cycles a second.
    pub capacity: Distribution<f64>,
    /// By how much a machine's real speed differs from the one that it advertises: the standard
    /// deviation of the logarithm of their ratio, 0 to 10. Half of the machines are slower.
    pub capacity_error: f64,
    /// A seller's own cost of a transaction, in credits; rounded to whole ticks, at least 1.
    pub cost: Distribution<f64>,
    /// The storage that a node has to sell, in bytes; by default none.
    pub storage: Distribution<f64>,
    /// A seller's own cost of a transaction of storage, in credits, as `cost`.
    pub storage_cost: Distribution<f64>,
    /// The machines that there are: combinations of OS, version, processor; at most 16.
    pub platforms: Vec<PlatformShare>,
    /// How many nodes are not honest.
    pub behaviour: Behaviours,
    /// How much of their machines owners use themselves.
    pub owner_load: OwnerLoads,
    /// Usage policies of classes of nodes; who is in no class sets no limits.
    pub policies: Vec<Policy>,
    /// How identifiers are placed and found.
    pub overlay: Overlay,
    /// How markets are placed and kept.
    pub market: Market,
    /// Who pays what to whom.
    pub pricing: Pricing,
    /// How sub-tasks are run for users.
    pub service: Service,
    /// The AdminServer: bootstrap and bank.
    pub admin: Admin,
    /// What lies between nodes.
    pub network: Network,
    /// How nodes come and go.
    pub churn: Churn,
    /// What nodes ask for.
    pub workload: Workload,
    /// What goes wrong at set times.
    pub faults: Vec<Fault>,
    /// Mechanisms that are switched off, to see what they are good for.
    pub off: Vec<Mechanism>,
    /// What is written down row by row. Totals and averages never depend on it.
    pub record: Record,
    /// Parameters that take several values in turn, each combination with the same seeds; at most
    /// 10,000 of them. Not `name`, `seed`, `replicates`, `until`.
    #[serde(skip_serializing_if = "Sweep::is_empty")]
    pub sweep: Sweep,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            name: String::new(),
            about: String::new(),
            seed: 1,
            nodes: 1000,
            duration: Span::secs(3600),
            warmup: Span::ZERO,
            replicates: 1,
            until: None,
            sellers: 1.0,
            dedicated_users: 0,
            capacity: Distribution::Lognormal { median: 1e9, sigma: 0.5 },
            capacity_error: 0.0,
            cost: Distribution::Uniform { min: 1.0, max: 100.0 },
            storage: Distribution::Constant { value: 0.0 },
            storage_cost: Distribution::Uniform { min: 1.0, max: 20.0 },
            platforms: Vec::new(),
            behaviour: Behaviours::default(),
            owner_load: OwnerLoads::default(),
            policies: Vec::new(),
            overlay: Overlay::default(),
            market: Market::default(),
            pricing: Pricing::default(),
            service: Service::default(),
            admin: Admin::default(),
            network: Network::default(),
            churn: Churn::default(),
            workload: Workload::default(),
            faults: Vec::new(),
            off: Vec::new(),
            record: Record::default(),
            sweep: Sweep::default(),
        }
    }
}

/// What nodes ask for: section `workload:`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Workload {
    /// Lookups of random keys.
    pub lookups: Lookups,
    /// Purchases of compute power.
    pub purchases: Purchases,
    /// Purchases of storage; by default none.
    pub storage: StoragePurchases,
    /// Task files that users submit.
    pub submit: Vec<Submission>,
    /// What `CpuCycles` in task files counts, in cycles.
    pub cycles_unit: f64,
    /// Jobs of sub-tasks that are alike; by default none.
    pub tasks: Tasks,
    /// A log of a parallel computer that is replayed; by default none.
    pub log: Option<Log>,
    /// Data that users back up; by default none.
    pub backups: Backups,
    /// Files that nodes advertise and download; by default none.
    pub files: Files,
    /// When nodes stop asking; by default never.
    pub stop_at: Option<Span>,
}

impl Default for Workload {
    fn default() -> Self {
        Self {
            lookups: Lookups::default(),
            purchases: Purchases::default(),
            storage: StoragePurchases::default(),
            submit: Vec::new(),
            cycles_unit: 1.0,
            tasks: Tasks::default(),
            log: None,
            backups: Backups::default(),
            files: Files::default(),
            stop_at: None,
        }
    }
}

/// Lookups of random keys, at the moments of a Poisson process.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Lookups {
    /// Mean time between two of a node's lookups; `off` for none.
    pub interval: Option<Span>,
}

impl Default for Lookups {
    fn default() -> Self {
        Self { interval: Some(Span::secs(60)) }
    }
}

/// Purchases of compute power, at the moments of a Poisson process.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Purchases {
    /// Mean time between two of a node's purchases; `off` for none.
    pub interval: Option<Span>,
    /// How much is asked for, in cycles a second.
    pub amount: Distribution<f64>,
    /// What it is worth to the buyer, and the most that it pays, in credits; rounded to whole
    /// ticks.
    pub budget: Distribution<f64>,
    /// For how long the capacity is bought.
    pub hold: Distribution<Span>,
    /// Names of the platforms on which the buyer's code runs; by default any.
    pub platforms: Vec<String>,
}

impl Default for Purchases {
    fn default() -> Self {
        Self {
            interval: Some(Span::secs(600)),
            amount: Distribution::Uniform { min: 1e8, max: 1e9 },
            budget: Distribution::Constant { value: 200.0 },
            hold: Distribution::Exponential { mean: Span::secs(600) },
            platforms: Vec::new(),
        }
    }
}

/// Purchases of storage, at the moments of a Poisson process.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StoragePurchases {
    /// Mean time between two of a node's purchases; `off` for none.
    pub interval: Option<Span>,
    /// How much is asked for, in bytes.
    pub amount: Distribution<f64>,
    /// What it is worth to the buyer, and the most that it pays, in credits.
    pub budget: Distribution<f64>,
    /// For how long the storage is bought.
    pub hold: Distribution<Span>,
}

impl Default for StoragePurchases {
    fn default() -> Self {
        Self {
            interval: None,
            amount: Distribution::Uniform { min: 1e9, max: 1e10 },
            budget: Distribution::Constant { value: 50.0 },
            hold: Distribution::Exponential { mean: Span::secs(1800) },
        }
    }
}

/// A kind of machine: an entry of `platforms:`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlatformShare {
    /// Its name.
    pub name: String,
    /// How many of the machines are of this kind, beside the others' numbers.
    pub share: f64,
}

/// What is written down row by row: section `record:`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Record {
    /// Rows of `lookups.csv`: `all`, `off`, or the share of lookups that is kept.
    pub lookups: Rows,
    /// Rows of `transactions.csv`: `all`, `off`, or the share of purchases that is kept.
    pub transactions: Rows,
    /// Rows of `tasks.csv`: `all`, `off`, or the share of sub-tasks that is kept.
    pub tasks: Rows,
    /// Rows of `ring.csv`, each with its rows of `listings.csv`: `all`, `off`, or the share of the
    /// nodes that is kept.
    pub ring: Rows,
    /// How many nodes `activity.csv` is about, at most, evenly chosen; 0 for none.
    pub activity: u32,
    /// The time between two rows of `timeseries.csv`, and of a node in `activity.csv`.
    pub timeseries: Span,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            lookups: Rows::All,
            transactions: Rows::All,
            tasks: Rows::All,
            ring: Rows::All,
            activity: 32,
            timeseries: Span::secs(30),
        }
    }
}

/// Which rows of a file are kept: `all`, `off`, or a share of them such as 0.01.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Rows {
    /// Every row.
    All,
    /// None: the file has a header only.
    Off,
    /// Each row with this probability, above 0 and below 1.
    Share(f64),
}

impl Serialize for Rows {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::Off => serializer.serialize_str("off"),
            Self::Share(share) => serializer.serialize_f64(*share),
        }
    }
}

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl serde::de::Visitor<'_> for Written {
            type Value = Rows;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("all, off, or a share above 0 and below 1")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Rows, E> {
                match text {
                    "all" => Ok(Rows::All),
                    "off" => Ok(Rows::Off),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                }
            }
            fn visit_f64<E: serde::de::Error>(self, share: f64) -> Result<Rows, E> {
                if share > 0.0 && share < 1.0 {
                    return Ok(Rows::Share(share));
                }
                Err(E::invalid_value(serde::de::Unexpected::Float(share), &self))
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl Scenario {
    /// The length of successor lists: as said, or 2 log2 of the number of nodes (SPEC 3).
    pub fn successors(&self) -> u32 {
        let others = self.nodes.saturating_sub(1).max(1);
        let double = 2 * self.nodes.max(2).next_power_of_two().ilog2();
        self.overlay.successors.unwrap_or(double.min(others))
    }

    /// What is allowed, and probably not meant.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let market = &self.market;
        if market.scheme == Scheme::SingleOverlay && market.scale == Scale::None {
            warnings.push(
                "market.scale is none: values of commodities are small beside the identifier \
                 circle, so that one node has every market"
                    .to_owned(),
            );
        }
        if market.listing_ttl < market.relist_interval * 2 {
            warnings.push(
                "market.listing_ttl is less than twice market.relist_interval: a listing that \
                 comes late has lapsed before"
                    .to_owned(),
            );
        }
        if self.pricing.rule == PricingRule::MaxMin && self.pricing.tick < 1.0 {
            warnings.push(
                "pricing.tick is less than a credit: the lemma behind max_min holds on whole \
                 credits only"
                    .to_owned(),
            );
        }
        if self.churn.trace.is_some() && self.churn.sessions != SessionModel::None {
            warnings.push("churn.trace is followed, and churn.sessions is not".to_owned());
        }
        warnings
    }
}

//! What users keep with others: sections `workload.backups` and `workload.files`.

use crate::distribution::Distribution;
use compup2p_protocol::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Data that users back up on storage nodes (CompuP2P, V: the tab "File Storage").
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Backups {
    /// The share of nodes that back data up, 0 to 1; by default none.
    pub users: f64,
    /// When they do, from the start of the run.
    pub at: Distribution<Span>,
    /// The size of a user's data.
    pub bytes: Distribution<f64>,
    /// On how many storage nodes a copy is kept.
    pub replicas: u8,
    /// Whether data is encrypted before it is sent.
    pub encrypted: bool,
    /// The most that is paid for a backup in all, in credits.
    pub budget: Distribution<f64>,
    /// For how long places are bought at a time.
    pub hold: Distribution<Span>,
    /// How long after its backup a user loses its own data; by default never.
    pub lose_after: Option<Distribution<Span>>,
    /// How long after that it wants its data back.
    pub restore_after: Distribution<Span>,
}

impl Default for Backups {
    fn default() -> Self {
        Self {
            users: 0.0,
            at: Distribution::Uniform { min: Span::secs(120), max: Span::secs(600) },
            bytes: Distribution::Constant { value: 1e8 },
            replicas: 3,
            encrypted: false,
            budget: Distribution::Constant { value: 1000.0 },
            hold: Distribution::Constant { value: Span::secs(86_400) },
            lose_after: None,
            restore_after: Distribution::Constant { value: Span::secs(60) },
        }
    }
}

/// Files that nodes advertise, and others download (CompuP2P, V: the tab "Resource Sharing").
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Files {
    /// How many files a node advertises, from when it first comes up; by default none.
    pub shared: u32,
    /// The size of a file.
    pub bytes: Distribution<f64>,
    /// Mean time between two of a node's downloads of a file of anybody's, each as likely as
    /// another; `off` for none.
    pub interval: Option<Span>,
}

impl Default for Files {
    fn default() -> Self {
        Self { shared: 0, bytes: Distribution::Constant { value: 1e6 }, interval: None }
    }
}

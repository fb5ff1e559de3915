//! Section `service:`: how sub-tasks are run for users (CompuP2P, V; SPEC 7).

use crate::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Section `service:`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Service {
    /// How long a sub-task should run: the rate to buy is its work divided by this. One with a
    /// deadline should take no more than `deadline_share` of the time that is left.
    pub target_runtime: Span,
    /// The share of what is left to spend on a sub-task that storage for its checkpoints may take, 0
    /// to 1.
    pub storage_share: f64,
    /// The share of the time left until a deadline that a run should take, above 0 to 1; the rest is
    /// for finding a seller, for sending data, for failures.
    pub deadline_share: f64,
    /// How much longer than it should run its compute power is bought for, as a factor of at least
    /// 1. What takes longer still is stopped, and goes on elsewhere.
    pub hold_slack: f64,
    /// What is bought on top, for code and data to come.
    pub hold_extra: Span,
    /// How much more work a sub-task is in its sandbox, as a factor of at least 1.
    pub sandbox: f64,
    /// How often a user's node asks those that compute for it whether they are there.
    pub heartbeat: Span,
    /// How often a program whose job another node sees to asks how far it is; `off` for never.
    pub progress_interval: Option<Span>,
    /// Most sub-tasks of one user's node that are under way at a time; the others wait.
    pub parallel: u32,
    /// How long a user's node waits before it looks for a seller again, or a compute node before it
    /// sends its result again.
    pub retry_pause: Span,
    /// How long a user's node looks for a seller in vain before the sub-task fails.
    pub patience: Span,
    /// How often a replica may begin anew on another node before it fails.
    pub failures_max: u32,
    /// How long a run stays suspended before it is evicted.
    pub grace: Span,
    /// When checkpoints are made, of sub-tasks that have any.
    pub checkpoint: Checkpoint,
    /// Where compute nodes get code.
    pub code: CodeFrom,
    /// The node that is the code server (`code: server`).
    pub code_server: u32,
    /// Most bytes of code and data of others that a node keeps, to use again and to serve.
    pub cache_bytes: u64,
    /// How often a node says again which files it has; twice that, and it is forgotten.
    pub advertise_interval: Span,
    /// The probability that a wrong result is caught by what is known of right ones (`verify:
    /// known`).
    pub caught: f64,
    /// How long it takes to check a result, as a share of `target_runtime` (`verify: verifiable`).
    pub check_share: f64,
    /// The probability that a result is corrupted on its way.
    pub corrupt_results: f64,
    /// How users' data is backed up on storage nodes.
    pub backup: Backup,
}

/// How users' data is backed up on storage nodes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Backup {
    /// How often a user's node asks each storage node whether its copy is still there.
    pub check_interval: Span,
    /// How long a storage node may be silent before its copy is taken for lost, and another made.
    pub repair_after: Span,
    /// The share of the time that a place was bought for at whose end the next is bought, above 0 to
    /// 0.5. At least two `check_interval`, at most half of the time.
    pub renew_share: f64,
    /// How much larger encrypted data is, as a share of its size.
    pub encryption_overhead: f64,
    /// How fast a user's node encrypts and decrypts, in bytes a second.
    pub encryption_rate: u64,
}

/// When checkpoints are made.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Checkpoint {
    /// How the time between two checkpoints is found.
    pub rule: CheckpointRule,
    /// That time, if it is fixed.
    pub interval: Span,
    /// The mean time between failures of a compute node that `young` and `daly` reckon with.
    pub mtbf: Span,
    /// Whether a run pauses while its checkpoint is on its way.
    pub blocking: bool,
}

/// How the time between two checkpoints is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckpointRule {
    /// It is `interval`.
    #[default]
    Fixed,
    /// sqrt(2 δ M) for checkpoints that take δ and failures every M (Young, 1974).
    Young,
    /// Daly's estimate of higher order (Daly, 2006, equation 37).
    Daly,
}

/// Where compute nodes get code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CodeFrom {
    /// From whoever has it, found through the overlay by its key (CompuP2P, V); from the user's node
    /// if nobody else is known to have it.
    #[default]
    Overlay,
    /// From the user's node.
    User,
    /// From the code server.
    Server,
}

impl Default for Service {
    fn default() -> Self {
        Self {
            target_runtime: Span::secs(3600),
            storage_share: 0.2,
            deadline_share: 0.5,
            hold_slack: 2.0,
            hold_extra: Span::secs(600),
            sandbox: 1.0,
            heartbeat: Span::secs(30),
            progress_interval: None,
            parallel: 1000,
            retry_pause: Span::secs(30),
            patience: Span::secs(3600),
            failures_max: 20,
            grace: Span::secs(300),
            checkpoint: Checkpoint::default(),
            code: CodeFrom::Overlay,
            code_server: 0,
            cache_bytes: 1_000_000_000,
            advertise_interval: Span::secs(1800),
            caught: 0.9,
            check_share: 0.01,
            corrupt_results: 0.0,
            backup: Backup::default(),
        }
    }
}

impl Default for Checkpoint {
    fn default() -> Self {
        Self {
            rule: CheckpointRule::Fixed,
            interval: Span::secs(600),
            mtbf: Span::secs(6 * 3600),
            blocking: true,
        }
    }
}

impl Default for Backup {
    fn default() -> Self {
        Self {
            check_interval: Span::secs(120),
            repair_after: Span::secs(600),
            renew_share: 0.1,
            encryption_overhead: 0.05,
            encryption_rate: 50_000_000,
        }
    }
}

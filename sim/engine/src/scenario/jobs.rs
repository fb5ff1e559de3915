//! What users have computed: sections `workload.submit`, `workload.tasks` and `workload.log`.

use crate::distribution::Distribution;
use compup2p_protocol::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A task file that is submitted: an entry of `workload.submit`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Submission {
    /// The task file, XML as in the paper's Fig. 7; sought beside the scenario.
    pub file: String,
    /// The node whose service layer sees to it.
    #[serde(default)]
    pub node: u32,
    /// The node at which the program runs that submits it; by default the same.
    #[serde(default)]
    pub client: Option<u32>,
    /// When.
    #[serde(default)]
    pub at: Span,
    /// How often it is submitted, each time as new sub-tasks.
    #[serde(default = "once")]
    pub times: u32,
    /// The time between two submissions.
    #[serde(default)]
    pub every: Span,
}

fn once() -> u32 {
    1
}

/// Jobs of sub-tasks that are alike.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tasks {
    /// Mean time between two of a node's jobs; `off` for none.
    pub interval: Option<Span>,
    /// Whether jobs come at the moments of a Poisson process, or as regularly as a clock, each node
    /// in a phase of its own.
    pub arrivals: Arrivals,
    /// The share of nodes that submit jobs, 0 to 1.
    pub users: f64,
    /// How many jobs a node submits at most; by default any number.
    pub jobs: Option<u32>,
    /// Sub-tasks of a job.
    pub sub_tasks: Distribution<f64>,
    /// The work of a sub-task, in cycles.
    pub cycles: Distribution<f64>,
    /// The most that is paid for a sub-task in all, in credits.
    pub budget: Distribution<f64>,
    /// How many different programs there are; a job runs one of them.
    pub programs: u32,
    /// The size of a program.
    pub code_bytes: Distribution<f64>,
    /// The size of a sub-task's own input.
    pub input_bytes: Distribution<f64>,
    /// The size of its output.
    pub output_bytes: Distribution<f64>,
    /// The size of its checkpoints; 0 if there are to be none.
    pub checkpoint_bytes: Distribution<f64>,
    /// How many nodes compute it.
    pub replicas: u8,
    /// How its result is checked.
    pub verify: Check,
    /// How long after its submission it is of no use any more; by default never.
    pub deadline: Option<Span>,
    /// Names of the platforms on which it runs; by default any.
    pub platforms: Vec<String>,
}

/// When jobs come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Arrivals {
    /// At the moments of a Poisson process.
    #[default]
    Poisson,
    /// As regularly as a clock.
    Fixed,
}

/// How results are checked (CompuP2P, VI-B).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Not at all, but for comparing replicas.
    #[default]
    None,
    /// By known characteristics: a wrong one is caught with probability `service.caught`.
    Known,
    /// By checking it, which takes a while: surely.
    Verifiable,
}

impl Default for Tasks {
    fn default() -> Self {
        let constant = |value| Distribution::Constant { value };
        Self {
            interval: None,
            arrivals: Arrivals::Poisson,
            users: 1.0,
            jobs: None,
            sub_tasks: constant(1.0),
            cycles: Distribution::Exponential { mean: 1e12 },
            budget: constant(400.0),
            programs: 10,
            code_bytes: constant(1e6),
            input_bytes: constant(1e5),
            output_bytes: constant(1e5),
            checkpoint_bytes: constant(0.0),
            replicas: 1,
            verify: Check::None,
            deadline: None,
            platforms: Vec::new(),
        }
    }
}

/// A log of a parallel computer that is replayed: each of its jobs is a job here, each of its
/// processors a sub-task.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// The log, in the Standard Workload Format, plain or compressed by gzip; sought beside the
    /// scenario.
    pub file: String,
    /// What one of its processors did, in cycles a second: a sub-task's work is its job's run time
    /// times this, and as much is bought.
    #[serde(default = "gigacycle")]
    pub reference: f64,
    /// The most that is paid for a sub-task in all, in credits.
    #[serde(default = "budget")]
    pub budget: f64,
    /// The size of a checkpoint of a sub-task, in bytes; 0 if there are to be none.
    #[serde(default)]
    pub checkpoint_bytes: u64,
    /// How many of its first jobs are replayed; by default all.
    #[serde(default)]
    pub jobs: Option<u32>,
}

fn gigacycle() -> f64 {
    1e9
}

fn budget() -> f64 {
    400.0
}

//! What a user submits: a job of sub-tasks (CompuP2P, V and Fig. 7).

use crate::commodity::Platforms;
use crate::credit::Credits;
use crate::id::{Addr, Id};
use crate::mixing::mixed;
use crate::rules::{CheckpointRule, Rules};
use crate::time::Span;
use alloc::boxed::Box;

/// A file that nodes hand on. Its key is the hash of its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct File {
    /// Its key in the overlay.
    pub key: Id,
    /// Its size.
    pub bytes: u64,
}

/// How a user's node finds out whether a result is right (CompuP2P, VI-B).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Verify {
    /// Not at all, but for comparing replicas.
    #[default]
    None,
    /// By known characteristics of right results: wrong ones are caught with some probability.
    Known,
    /// By checking it, which takes a while: surely.
    Verifiable,
}

/// When a sub-task's checkpoints are made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Interval {
    /// So long after each other.
    Fixed(Span),
    /// As Young says.
    Young,
    /// As Daly says.
    Daly,
}

/// One sub-task as its user describes it: it is executed at a single node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubTask {
    /// How much work it is, in cycles.
    pub cycles: u64,
    /// The most that its user pays for it in all: compute power of all its replicas, and storage.
    pub budget: Credits,
    /// Its code.
    pub code: File,
    /// Bytes of parameters and files that its user's node sends along.
    pub input_bytes: u64,
    /// Files that are found by their keys.
    pub inputs: Box<[File]>,
    /// What it makes.
    pub output: File,
    /// Bytes of a checkpoint; nothing if there are to be none.
    pub checkpoint_bytes: u64,
    /// When they are made; by default as the scenario says.
    pub interval: Option<Interval>,
    /// How long it should run; by default as the scenario says.
    pub target: Option<Span>,
    /// How long after its submission it is of no use any more.
    pub deadline: Option<Span>,
    /// How many nodes compute it, at least 1.
    pub replicas: u8,
    /// How its result is checked.
    pub verify: Verify,
    /// Where its code runs.
    pub platforms: Platforms,
    /// The places in its job of those whose outputs it needs.
    pub after: Box<[u32]>,
}

/// Sub-tasks that are submitted together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Job {
    /// Its number, the only one of its kind in the run.
    pub number: u32,
    /// The number of its first sub-task; the others follow. No two of a run are the same.
    pub first: u32,
    /// The node whose service layer sees to it.
    pub gateway: Addr,
    /// Its sub-tasks.
    pub sub_tasks: Box<[SubTask]>,
}

impl SubTask {
    /// When its checkpoints are made.
    pub(super) fn interval(&self, rules: &Rules) -> Interval {
        let checkpoint = &rules.service.checkpoint;
        self.interval.unwrap_or(match checkpoint.rule {
            CheckpointRule::Fixed => Interval::Fixed(checkpoint.interval),
            CheckpointRule::Young => Interval::Young,
            CheckpointRule::Daly => Interval::Daly,
        })
    }
}

impl Interval {
    /// The time between two checkpoints that take `cost`, if nodes fail every `mtbf`; at least a
    /// second.
    pub fn of(self, cost: Span, mtbf: Span) -> Span {
        let (delta, mean) = (cost.as_secs(), mtbf.as_secs());
        let seconds = match self {
            Self::Fixed(span) => return span.max(Span::secs(1)),
            Self::Young => libm::sqrt(2.0 * delta * mean),
            // Daly, 2006, equation 37.
            Self::Daly if delta < 2.0 * mean => {
                let ratio = delta / (2.0 * mean);
                let series = 1.0 + libm::sqrt(ratio) / 3.0 + ratio / 9.0;
                libm::sqrt(2.0 * delta * mean) * series - delta
            }
            Self::Daly => mean,
        };
        Span::from_secs_f64(seconds).max(Span::secs(1))
    }
}

/// The right result of a sub-task: a digest of what a correct node computes.
pub fn right_result(task: u32) -> u64 {
    mixed(u64::from(task))
}

/// What malicious nodes agree to say instead.
pub fn agreed_result(task: u32) -> u64 {
    mixed(u64::from(task) ^ 1 << 40)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_as_young_and_daly_say() {
        let (cost, mtbf) = (Span::secs(60), Span::secs(24 * 3600));
        let young = Interval::Young.of(cost, mtbf).as_secs();
        assert!((young - libm::sqrt(2.0 * 60.0 * 86_400.0)).abs() < 1e-6, "{young}");
        let daly = Interval::Daly.of(cost, mtbf).as_secs();
        // Young's, a third of the root of δ/2M more, less δ: 3219.9 * (1 + 0.00621 + 0.00004) - 60.
        assert!((daly - 3180.03).abs() < 0.1, "{daly}");
        assert_eq!(Interval::Daly.of(Span::secs(100), Span::secs(50)), Span::secs(50));
        assert_eq!(Interval::Fixed(Span::secs(7)).of(cost, mtbf), Span::secs(7));
        assert_eq!(Interval::Young.of(Span::ZERO, mtbf), Span::secs(1));
    }

    #[test]
    fn wrong_results_are_not_the_right_one() {
        assert!((0..10_000).all(|task| right_result(task) != agreed_result(task)));
    }
}

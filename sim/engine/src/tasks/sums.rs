//! Sums over sub-tasks.

use crate::observer::TaskOutcome;
use compup2p_protocol::time::Time;

/// Sums over sub-tasks.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    /// Ended, by how; those cut off at the end of the run count as unfinished.
    pub ended: [u64; TASK_OUTCOMES],
    /// Completed with a wrong result.
    pub wrong_accepted: u64,
    /// From submission to end, of those completed.
    pub turnaround_ns: u128,
    /// From being ready to the first run, of those completed.
    pub waiting_ns: u128,
    /// Runs that were started, and those of them that went on from a checkpoint.
    pub runs: u64,
    /// As above.
    pub resumed: u64,
    /// Runs that ended, by why.
    pub stopped: [u64; STOPS],
    /// Runs that were lost because their node stopped.
    pub lost: u64,
    /// Work that was done, in cycles.
    pub executed: u128,
    /// Work that is in results that came to be, in cycles.
    pub useful: u128,
    /// Checkpoints that were stored, and their bytes.
    pub checkpoints: u64,
    /// As above.
    pub checkpoint_bytes: u128,
    /// Times that runs were suspended, and for how long.
    pub suspensions: u64,
    /// As above.
    pub suspended_ns: u128,
    /// Replicas that began anew or were given up.
    pub failures: u64,
    /// Results that were found wrong, and named.
    pub named_wrong: u64,
    /// Paid for sub-tasks, in micro-credits: those completed, and all.
    pub paid_completed: u128,
    /// As above.
    pub paid: u128,
    /// Jobs that are over, and those of them of which their client knows.
    pub jobs_over: u64,
    /// As above.
    pub jobs_notified: u64,
    /// Files that were wanted, by where they were.
    pub files: [u64; 3],
    /// The first submission, and the last end of one that was completed.
    pub first: Option<Time>,
    /// As above.
    pub last: Option<Time>,
}

/// Ways in which sub-tasks end.
pub const TASK_OUTCOMES: usize = TaskOutcome::Unfinished as usize + 1;
/// Reasons for which runs end.
const STOPS: usize = 3;

impl Sums {
    /// Adds what was counted elsewhere. First and last stay.
    pub(super) fn add(&mut self, other: &Self) {
        self.combine(other, |sum, other| *sum += other, |sum, other| *sum += other);
    }

    /// Takes away what was counted elsewhere. First and last stay.
    pub(super) fn subtract(&mut self, other: &Self) {
        self.combine(other, |sum, other| *sum -= other, |sum, other| *sum -= other);
    }

    fn combine(&mut self, other: &Self, few: fn(&mut u64, u64), many: fn(&mut u128, u128)) {
        let Self {
            ended,
            wrong_accepted,
            turnaround_ns,
            waiting_ns,
            runs,
            resumed,
            stopped,
            lost,
            executed,
            useful,
            checkpoints,
            checkpoint_bytes,
            suspensions,
            suspended_ns,
            failures,
            named_wrong,
            paid_completed,
            paid,
            jobs_over,
            jobs_notified,
            files,
            first: _,
            last: _,
        } = self;
        ended.iter_mut().zip(other.ended).for_each(|(sum, other)| few(sum, other));
        stopped.iter_mut().zip(other.stopped).for_each(|(sum, other)| few(sum, other));
        files.iter_mut().zip(other.files).for_each(|(sum, other)| few(sum, other));
        for (sum, other) in [
            (wrong_accepted, other.wrong_accepted),
            (runs, other.runs),
            (resumed, other.resumed),
            (lost, other.lost),
            (checkpoints, other.checkpoints),
            (suspensions, other.suspensions),
            (failures, other.failures),
            (named_wrong, other.named_wrong),
            (jobs_over, other.jobs_over),
            (jobs_notified, other.jobs_notified),
        ] {
            few(sum, other);
        }
        for (sum, other) in [
            (turnaround_ns, other.turnaround_ns),
            (waiting_ns, other.waiting_ns),
            (executed, other.executed),
            (useful, other.useful),
            (checkpoint_bytes, other.checkpoint_bytes),
            (suspended_ns, other.suspended_ns),
            (paid_completed, other.paid_completed),
            (paid, other.paid),
        ] {
            many(sum, other);
        }
    }

    /// How many ended so.
    pub fn with(&self, outcome: TaskOutcome) -> u64 {
        self.ended[outcome as usize]
    }

    /// How many ended, or were cut off.
    pub fn all(&self) -> u64 {
        self.ended.iter().sum()
    }
}

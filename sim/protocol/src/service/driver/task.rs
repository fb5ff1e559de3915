//! What a user's node keeps of a sub-task and its replicas.

use super::super::task::SubTask;
use crate::credit::Credits;
use crate::fact::TaskOutcome;
use crate::id::Addr;
use crate::time::{Span, Time};
use alloc::vec::Vec;

/// A job under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    /// Who submitted it.
    pub(super) client: Addr,
    /// Sub-tasks that are not over.
    pub(super) left: u32,
    /// Of how many.
    pub(super) of: u32,
    pub(super) completed: u32,
}

/// What a purchase is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use {
    pub(super) task: u32,
    pub(super) replica: u8,
    pub(super) is_storage: bool,
    /// What it takes of the sub-task's budget: the most that it may cost, then what it does.
    pub(super) takes: Credits,
    /// The part of that which is paid in any case.
    pub(super) fixed: Credits,
    /// Since when it is held, and for how long it was bought.
    pub(super) since: Time,
    pub(super) hold: Span,
}

/// How much longer than its buyer its seller may hold that something was held.
const CLOCKS_DIFFER: Span = Span::secs(10);

impl Use {
    /// What of it is not spent if it is given back now: storage is paid for its time.
    pub(super) fn unspent(&self, now: Time) -> Credits {
        let held = (now.since(self.since) + CLOCKS_DIFFER).min(self.hold);
        let left = u128::from((self.hold - held).0);
        let pro_rata = u128::from(self.takes.checked_sub(self.fixed).unwrap_or(Credits::ZERO).0);
        Credits((pro_rata * left / u128::from(self.hold.0.max(1))) as u64)
    }
}

/// A sub-task that has not ended.
#[derive(Clone, Debug)]
pub struct Task {
    pub(super) job: u32,
    pub(super) sub_task: SubTask,
    /// Those that need its output, by number.
    pub(super) next: Vec<u32>,
    /// How many whose outputs it needs have not ended.
    pub(super) waits: u32,
    pub(super) is_active: bool,
    pub(super) deadline: Time,
    pub(super) replicas: Vec<Replica>,
    /// What its purchases take of its budget: those under way, and what is put aside or paid. Never
    /// more than all.
    pub(super) committed: Credits,
}

/// How far a replica has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ReplicaStage {
    /// Compute power, and storage for checkpoints, are being bought.
    Buying,
    /// A compute node was told to run it.
    Starting,
    /// It runs.
    Running,
    /// Its result is being checked.
    Checking,
    /// Its result is here.
    Voted,
    /// It failed too often.
    Dead(TaskOutcome),
}

/// Something that was bought.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Bought {
    pub(in super::super) purchase: u32,
    pub(in super::super) seller: Addr,
    pub(in super::super) total: Credits,
}

/// A purchase, made or under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holding {
    pub(super) purchase: u32,
    /// Who sold, if anyone did.
    pub(super) seller: Option<Addr>,
}

/// What became of a purchase of a replica's.
#[derive(Clone, Copy, Debug)]
pub(super) enum Buying {
    /// Nothing is bought.
    Not,
    /// It is under way.
    Underway(u32),
    /// It was tried in vain, and will be again.
    Later,
    /// It is bought.
    Bought(Bought),
}

/// One of the nodes that compute a sub-task, one after the other if they fail.
#[derive(Clone, Debug)]
pub struct Replica {
    pub(super) stage: ReplicaStage,
    pub(super) cpu: Buying,
    pub(super) storage: Buying,
    /// Since when compute power is looked for in vain.
    pub(super) since: Time,
    /// How often it began anew.
    pub(super) failures: u32,
    /// Whether there may be a checkpoint.
    pub(super) has_run: bool,
    /// Requests that its compute node did not answer, one after the other.
    pub(super) silent: u8,
    pub(super) result: Option<u64>,
}

impl Task {
    pub(super) fn new(job: u32, sub_task: SubTask, next: Vec<u32>, deadline: Time) -> Self {
        Self {
            job,
            waits: sub_task.after.len() as u32,
            sub_task,
            next,
            is_active: false,
            deadline,
            replicas: Vec::new(),
            committed: Credits::ZERO,
        }
    }

    /// Who computes it, or did, for judges.
    pub fn replicas(&self) -> &[Replica] {
        &self.replicas
    }

    /// What the next purchase may take: an equal share of what is left, for all that have yet to be
    /// made.
    pub(super) fn share(&self) -> Credits {
        let rest = self.sub_task.budget.checked_sub(self.committed).unwrap_or(Credits::ZERO);
        Credits(rest.0 / self.purchases_left())
    }

    /// A purchase takes so much of the budget.
    pub(super) fn commit(&mut self, takes: Credits) {
        self.committed = self.committed.plus(takes);
        assert!(self.committed <= self.sub_task.budget, "no more is spent than the budget");
    }

    /// A purchase takes so much no more.
    pub(super) fn release(&mut self, took: Credits) {
        self.committed = self.committed.checked_sub(took).unwrap_or(Credits::ZERO);
    }

    /// How many purchases have yet to be begun.
    fn purchases_left(&self) -> u64 {
        let keeps = self.sub_task.checkpoint_bytes > 0;
        let is_open = |buying: &Buying| matches!(buying, Buying::Not | Buying::Later);
        let left = |replica: &Replica| match replica.stage {
            ReplicaStage::Voted | ReplicaStage::Checking | ReplicaStage::Dead(_) => 0,
            _ => u64::from(is_open(&replica.cpu)) + u64::from(keeps && is_open(&replica.storage)),
        };
        self.replicas.iter().map(left).sum::<u64>().max(1)
    }
}

impl Replica {
    pub(super) fn new(now: Time) -> Self {
        Self {
            stage: ReplicaStage::Buying,
            cpu: Buying::Not,
            storage: Buying::Not,
            since: now,
            failures: 0,
            has_run: false,
            silent: 0,
            result: None,
        }
    }

    /// Who computes it, or did.
    pub fn compute_node(&self) -> Option<Addr> {
        self.cpu.bought().map(|bought| bought.seller)
    }

    /// Who keeps its checkpoints.
    pub fn storage_node(&self) -> Option<Addr> {
        self.storage.bought().map(|bought| bought.seller)
    }

    /// What was bought for it or is being bought: it is nobody's any more.
    pub(super) fn take_purchases(&mut self) -> impl Iterator<Item = Holding> {
        let both = [&mut self.cpu, &mut self.storage].map(|b| core::mem::replace(b, Buying::Not));
        both.into_iter().filter_map(|buying| buying.purchase())
    }
}

impl From<Bought> for Holding {
    fn from(bought: Bought) -> Self {
        Self { purchase: bought.purchase, seller: Some(bought.seller) }
    }
}

impl Buying {
    pub(super) fn bought(&self) -> Option<Bought> {
        match self {
            Self::Bought(bought) => Some(*bought),
            Self::Not | Self::Underway(_) | Self::Later => None,
        }
    }

    pub(super) fn purchase(&self) -> Option<Holding> {
        match *self {
            Self::Bought(bought) => Some(bought.into()),
            Self::Underway(purchase) => Some(Holding { purchase, seller: None }),
            Self::Not | Self::Later => None,
        }
    }
}

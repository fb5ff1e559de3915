//! What a user's node keeps of a sub-task and its replicas.

use super::super::task::SubTask;
use crate::credit::Credits;
use crate::fact::TaskOutcome;
use crate::id::Addr;
use crate::ledger::WHOLE;
use crate::rules::Rules;
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
    /// For how long it is bought.
    pub(super) hold: Span,
    /// When it was.
    pub(super) since: Time,
}

/// How much longer than its buyer its seller may hold that something was held.
const CLOCKS_DIFFER: Span = Span::secs(10);

impl Use {
    /// What is not paid of storage that ends now: that for the rest of its time.
    pub(super) fn unpaid(&self, bought: &Bought, now: Time) -> Credits {
        let seller = bought.total.checked_sub(bought.fee).unwrap_or(Credits::ZERO);
        let held = (now.since(self.since) + CLOCKS_DIFFER).0.min(self.hold.0);
        let paid = u128::from(seller.0) * u128::from(held) / u128::from(self.hold.0.max(1)) + 1;
        seller.checked_sub(Credits(paid as u64)).unwrap_or(Credits::ZERO)
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
    /// What of the total goes to the market owner, whatever share is paid.
    pub(in super::super) fee: Credits,
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

    /// Its replicas, for judges.
    pub fn replicas(&self) -> &[Replica] {
        &self.replicas
    }

    /// What the next purchase may take of what is left: an equal share for each replica that has yet
    /// to buy, of which storage takes no more than `storage_share` [ours].
    pub(super) fn share(&self, is_storage: bool, rules: &Rules) -> Credits {
        let rest = self.sub_task.budget.checked_sub(self.committed).unwrap_or(Credits::ZERO);
        let ppm = (rules.service.storage_share * f64::from(WHOLE) + 0.5) as u128;
        let for_storage = (u128::from(rest.0) * ppm / u128::from(WHOLE)) as u64;
        let is_open = |buying: &Buying| matches!(buying, Buying::Not | Buying::Later);
        let open = |of: fn(&Replica) -> &Buying| {
            let buys = |replica: &&Replica| replica.stage.buys() && is_open(of(replica));
            self.replicas.iter().filter(buys).count() as u64
        };
        let (cpu, storage) = (open(|replica| &replica.cpu), open(|replica| &replica.storage));
        match is_storage {
            true => Credits(for_storage / storage.max(1)),
            false if storage > 0 && self.sub_task.checkpoint_bytes > 0 => {
                Credits((rest.0 - for_storage) / cpu.max(1))
            }
            false => Credits(rest.0 / cpu.max(1)),
        }
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
}

impl ReplicaStage {
    /// Whether it has yet to buy, or may have to again.
    fn buys(self) -> bool {
        match self {
            Self::Buying | Self::Starting | Self::Running => true,
            Self::Voted | Self::Checking | Self::Dead(_) => false,
        }
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

//! How much of what it has a seller offers: what its owner will leave idle, as far as it can tell
//! (CompuP2P, IV-A: "C cycles/sec for T"), and what its usage policy allows.

use super::super::Wish;
use super::super::message::Message;
use super::Seller;
use crate::commodity::{KINDS, ResourceKind};
use crate::fact::Fact;
use crate::idle::{Estimate, OwnerLoad};
use crate::ledger::WHOLE;
use crate::rules::Rules;
use crate::time::Time;
use crate::world::World;

/// What a node knows of its owner.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OwnerState {
    /// What it uses now.
    load: OwnerLoad,
    /// What it will use.
    estimate: Estimate,
}

impl Seller {
    /// How much of the machine its owner uses now.
    pub(in super::super) fn on_owner_load(
        &mut self,
        load: OwnerLoad,
        rules: &Rules,
        world: &mut dyn World<Message>,
    ) -> Wish {
        let now = world.now();
        let owner = &mut self.more.get_or_insert_default().owner;
        owner.load = load;
        owner.estimate.observe(load, now, rules.horizon);
        let offered = |seller: &Self, kind| seller.stall(kind).map_or(0, |stall| stall.offered());
        let before = KINDS.map(|kind| offered(self, kind));
        self.offer(rules, now);
        for (kind, before) in KINDS.into_iter().zip(before) {
            let now = offered(self, kind);
            if now != before {
                world.note(Fact::Offers { kind, before, now });
            }
            if let Some(stall) = self.stall_mut(kind) {
                stall.delist_if_moved(rules, world);
            }
        }
        // Storage that is offered again is listed in its turn.
        match self.cpu.listed() {
            None => self.cpu.list_anew(rules),
            Some(_) => Wish::Nothing,
        }
    }

    /// The pace of what computes here now, in parts of a million of what was sold: the real speed,
    /// and no more than its owner leaves; nothing while its policy forbids it.
    pub fn pace(&self, rules: &Rules, now: Time) -> u64 {
        let load = self.more.as_ref().map(|more| more.owner.load).unwrap_or_default();
        if !self.policy(rules).shares_cpu(now, load) {
            return 0;
        }
        let whole = u128::from(OwnerLoad::PARTS);
        let idle = u128::from(self.cpu.nominal()) * (whole - u128::from(load.parts())) / whole;
        let sold = u128::from(self.cpu.sold()).max(1);
        let share = (idle * u128::from(WHOLE) / sold).min(u128::from(WHOLE)) as u64;
        share * u64::from(self.speed) / u64::from(WHOLE)
    }

    /// Offers what is idle and the policy allows.
    pub(super) fn offer(&mut self, rules: &Rules, now: Time) {
        let policy = self.policy(rules);
        let owner = self.more.as_ref().map(|more| more.owner);
        let OwnerState { load, estimate } = owner.unwrap_or_default();
        let idle = estimate.idle(self.cpu.nominal());
        self.cpu.offer(if policy.shares_cpu(now, load) { idle } else { 0 });
        if let Some(storage) = self.stall_mut(ResourceKind::Storage) {
            let most = policy.storage_total.unwrap_or(u64::MAX);
            storage.offer(if policy.shares_storage(now, load) { most } else { 0 });
        }
    }
}

//! Counts of what happened, from which `summary.csv` is made. Sums are whole numbers.

use crate::incomes::Incomes;
use crate::load::Loads;
use crate::observer::{MessageRow, PurchaseOutcome};
use crate::population::Moves;
use crate::profits::Profits;
use crate::surroundings::Traffic;
use crate::trade::Trade;
use compup2p_protocol::fact::{FACTS, LookupEnd, LookupPurpose, Ring};
use compup2p_protocol::node::KINDS;

/// Purposes of lookups, for tables by purpose.
pub const PURPOSES: usize = 8;

/// Hops that are told apart; more count as the most.
pub const HOPS_MAX: usize = 128;

/// Lookups of one ring and purpose.
#[derive(Clone, Debug)]
pub struct Lookups {
    /// Ended, found or not.
    pub ended: u64,
    /// Found an owner.
    pub found: u64,
    /// Found the true one.
    pub correct: u64,
    /// Requests that were not answered.
    pub timeouts: u64,
    /// Sum of the times from question to answer, of those that found an owner.
    pub took_ns: u128,
    /// Of those that found an owner, how many took how many hops.
    pub hops: [u64; HOPS_MAX + 1],
}

impl Default for Lookups {
    fn default() -> Self {
        Self { ended: 0, found: 0, correct: 0, timeouts: 0, took_ns: 0, hops: [0; HOPS_MAX + 1] }
    }
}

impl Lookups {
    /// Mean hops of those that found an owner.
    pub fn mean_hops(&self) -> f64 {
        let sum: u64 = self.hops.iter().enumerate().map(|(hops, n)| hops as u64 * n).sum();
        ratio(sum, self.found)
    }

    /// The least number of hops that `share` of those that found an owner did not exceed.
    pub fn hops_percentile(&self, share: f64) -> f64 {
        let rank = (share * self.found as f64).max(1.0);
        let mut seen = 0;
        for (hops, count) in self.hops.iter().enumerate() {
            seen += count;
            if self.found > 0 && seen as f64 >= rank {
                return hops as f64;
            }
        }
        f64::NAN
    }
}

impl Lookups {
    /// Leaves what was counted since it was `before`.
    fn forget(&mut self, before: &Self) {
        let Self { ended, found, correct, timeouts, took_ns, hops } = before;
        self.ended -= ended;
        self.found -= found;
        self.correct -= correct;
        self.timeouts -= timeouts;
        self.took_ns -= took_ns;
        self.hops.iter_mut().zip(hops).for_each(|(all, before)| *all -= before);
    }
}

/// Counts between two samples.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Since {
    /// Hosts that came and went.
    pub moves: Moves,
    /// Lookups of the workload that ended.
    pub lookups: u64,
    /// Of them, those that found the true owner.
    pub lookups_correct: u64,
    /// Purchases that ended.
    pub purchases: u64,
    /// Of them, those that were completed.
    pub purchases_completed: u64,
}

/// Counts of a run.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Hosts that came and went.
    pub moves: Moves,
    /// Joins that were given up for a while.
    pub joins_failed: u64,
    /// Successor lists that were lost whole, by ring.
    pub successors_lost: [u64; 2],
    /// Lookups that took more hops than they may.
    pub hops_exhausted: u64,
    /// Asked of a host that was down or not in the ring.
    pub asked_while_away: u64,
    /// Times that a host was told of its owner's load, after it had come up.
    pub owner_looks: u64,
    /// Lookups that got, or could have got, a row.
    pub lookups_shown: u64,
    /// What nodes reported, by kind as in [`FACTS`].
    pub facts: [u64; FACTS.len()],
    lookups: Box<[[Lookups; PURPOSES]; 2]>,
    /// What nodes carry as market owners.
    pub loads: Loads,
    /// What was traded.
    pub trade: Trade,
    /// What hosts earned.
    pub incomes: Incomes,
    /// What sales brought hosts, and cost them.
    pub profits: Profits,
    before: Since,
}

impl Tally {
    /// Nothing counted yet, of a run with `addrs` nodes.
    pub fn new(addrs: u32) -> Self {
        Self {
            moves: Moves::default(),
            joins_failed: 0,
            successors_lost: [0; 2],
            hops_exhausted: 0,
            asked_while_away: 0,
            owner_looks: 0,
            lookups_shown: 0,
            facts: [0; FACTS.len()],
            lookups: Box::default(),
            loads: Loads::new(addrs),
            trade: Trade::default(),
            incomes: Incomes::default(),
            profits: Profits::default(),
            before: Since::default(),
        }
    }

    /// Leaves what was counted since it was `before`; what is a state stays.
    pub fn forget(&mut self, before: &Self) {
        let Self { moves, joins_failed, successors_lost, hops_exhausted, .. } = before;
        self.moves.joins -= moves.joins;
        self.moves.leaves -= moves.leaves;
        self.moves.crashes -= moves.crashes;
        self.joins_failed -= joins_failed;
        self.successors_lost.iter_mut().zip(successors_lost).for_each(|(all, lost)| *all -= lost);
        self.hops_exhausted -= hops_exhausted;
        let Self { asked_while_away, owner_looks, lookups_shown, facts, .. } = before;
        self.asked_while_away -= asked_while_away;
        self.owner_looks -= owner_looks;
        self.lookups_shown -= lookups_shown;
        self.facts.iter_mut().zip(facts).for_each(|(all, before)| *all -= before);
        let Self { lookups, loads, trade, incomes, profits, before: _, .. } = before;
        let all = self.lookups.as_flattened_mut().iter_mut();
        all.zip(lookups.as_flattened()).for_each(|(all, before)| all.forget(before));
        self.loads.forget(loads);
        self.trade.forget(trade);
        self.incomes.forget(incomes);
        self.profits.forget(profits);
    }

    /// Lookups of one ring and purpose.
    pub fn lookups(&self, ring: Ring, purpose: LookupPurpose) -> &Lookups {
        &self.lookups[ring as usize][purpose as usize]
    }

    /// A lookup ended.
    pub fn on_lookup(&mut self, end: &LookupEnd, correct: bool) {
        let lookups = &mut self.lookups[end.ring as usize][end.purpose as usize];
        lookups.ended += 1;
        lookups.timeouts += u64::from(end.timeouts);
        if end.owner.is_some() {
            lookups.found += 1;
            lookups.correct += u64::from(correct);
            lookups.took_ns += u128::from(end.took.0);
            lookups.hops[usize::from(end.hops).min(HOPS_MAX)] += 1;
        }
    }

    /// What happened since this was asked last.
    pub fn since_sample(&mut self) -> Since {
        let keys = self.lookups(Ring::Base, LookupPurpose::Key);
        let total = Since {
            moves: self.moves,
            lookups: keys.ended,
            lookups_correct: keys.correct,
            purchases: self.trade.all(),
            purchases_completed: self.trade.with(PurchaseOutcome::Completed),
        };
        let before = std::mem::replace(&mut self.before, total);
        Since {
            moves: Moves {
                joins: total.moves.joins - before.moves.joins,
                leaves: total.moves.leaves - before.moves.leaves,
                crashes: total.moves.crashes - before.moves.crashes,
            },
            lookups: total.lookups - before.lookups,
            lookups_correct: total.lookups_correct - before.lookups_correct,
            purchases: total.purchases - before.purchases,
            purchases_completed: total.purchases_completed - before.purchases_completed,
        }
    }
}

/// `messages.csv`: a row a kind that occurred.
pub fn messages(traffic: &Traffic) -> Vec<MessageRow> {
    let rows = KINDS.iter().zip(traffic.sent.iter().zip(traffic.bytes));
    rows.filter(|(_, (count, _))| **count > 0)
        .map(|(kind, (&count, bytes))| MessageRow { kind: kind.name, count, bytes })
        .collect()
}

/// `part` of `whole`; NaN of nothing.
pub fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

//! How results are judged: by comparing those of replicas, and by checking each (CompuP2P, VI-B).

use super::super::message::{Message, Timer};
use super::super::task::{Verify, right_result};
use super::task::{Replica, ReplicaStage, Use};
use super::{Driver, Hands};
use crate::fact::{Fact, TaskOutcome};
use crate::ledger::WHOLE;
use crate::market::Verdict;
use crate::time::Span;
use alloc::vec::Vec;

/// Whether something happens that has this probability, given 64 random bits.
fn happens(probability: f64, bits: u64) -> bool {
    bits % u64::from(WHOLE) < (probability * f64::from(WHOLE) + 0.5) as u64
}

impl Driver {
    /// An output came. Says whether the driver had waited for it.
    pub(in super::super) fn on_output(
        &mut self,
        run: u32,
        result: u64,
        hands: &mut Hands<'_>,
    ) -> bool {
        let Some(&Use { task, replica, .. }) = self.purchases.get(&run) else { return false };
        let Some(found) = self.tasks.get_mut(&task) else { return false };
        let verify = found.sub_task.verify;
        let place = usize::from(replica);
        let is_running =
            matches!(found.replicas[place].stage, ReplicaStage::Running | ReplicaStage::Starting);
        if !is_running {
            // It came before: the compute node did not hear that it had.
            return true;
        }
        let corrupt = hands.rules.service.corrupt_results;
        let result = match corrupt > 0.0 && happens(corrupt, hands.world.draw()) {
            true => hands.world.draw(),
            false => result,
        };
        found.replicas[place].result = Some(result);
        found.replicas[place].stage = ReplicaStage::Checking;
        match verify {
            Verify::None | Verify::Known => self.on_checked(run, hands),
            Verify::Verifiable => {
                let target = hands.rules.service.target_runtime.as_secs();
                let takes = Span::from_secs_f64(target * hands.rules.service.check_share);
                hands.world.wake(takes, Message::Timer(Timer::Checked { run }));
            }
        }
        true
    }

    /// A result was checked, if it was to be. What a check finds is what it would find: the
    /// simulation knows the right result.
    pub(in super::super) fn on_checked(&mut self, run: u32, hands: &mut Hands<'_>) {
        let Some(&Use { task, replica, .. }) = self.purchases.get(&run) else { return };
        let Some(found) = self.tasks.get_mut(&task) else { return };
        let place = usize::from(replica);
        let checked = &mut found.replicas[place];
        if checked.stage != ReplicaStage::Checking {
            return;
        }
        let is_wrong = checked.result != Some(right_result(task));
        let is_caught = match found.sub_task.verify {
            Verify::None => false,
            Verify::Known => is_wrong && happens(hands.rules.service.caught, hands.world.draw()),
            Verify::Verifiable => is_wrong,
        };
        if is_caught {
            checked.result = None;
            if let Some(node) = checked.compute_node() {
                hands.world.note(Fact::WrongResult { task, node });
            }
            self.fail_replica(task, replica, TaskOutcome::WrongResult, hands);
            return;
        }
        checked.stage = ReplicaStage::Voted;
        let place = core::mem::replace(&mut checked.storage, super::task::Buying::Not);
        if let Some(purchase) = place.purchase() {
            self.drop_purchase(purchase, Verdict::Enough, hands);
        }
        self.decide(task, hands);
    }

    /// Decides, if all replicas have a result or have failed: the majority wins, those that differ
    /// are named by address. Without one, another replica is computed; then there is no result.
    pub(super) fn decide(&mut self, number: u32, hands: &mut Hands<'_>) {
        let Some(task) = self.tasks.get(&number) else { return };
        let is_open = |replica: &Replica| {
            !matches!(replica.stage, ReplicaStage::Voted | ReplicaStage::Dead(_))
        };
        if task.replicas.iter().any(is_open) {
            return;
        }
        let wanted = usize::from(task.sub_task.replicas);
        let results: Vec<u64> = task.replicas.iter().filter_map(|replica| replica.result).collect();
        let votes = |result: u64| results.iter().filter(|&&other| other == result).count();
        let winner = results.iter().copied().find(|&result| votes(result) > wanted / 2);
        if winner.is_none() && wanted > 1 && task.replicas.len() == wanted && !results.is_empty() {
            let now = hands.world.now();
            let task = self.tasks.get_mut(&number).expect("it was just there");
            task.replicas.push(Replica::new(now));
            self.place_replica(number, wanted as u8, hands);
            return;
        }
        let mut dead = task.replicas.iter().filter_map(|replica| match replica.stage {
            ReplicaStage::Dead(why) => Some(why),
            _ => None,
        });
        let outcome = match (winner, results.is_empty()) {
            (Some(_), _) => TaskOutcome::Completed,
            (None, false) => TaskOutcome::WrongResult,
            (None, true) => dead.next_back().unwrap_or(TaskOutcome::Failures),
        };
        self.pay(number, winner, hands);
        self.end(number, outcome, winner, hands);
    }

    /// Pays for the results that agree with the winner. What differs is shown to be wrong by it; if
    /// there is none, by each other [ours].
    fn pay(&mut self, number: u32, winner: Option<u64>, hands: &mut Hands<'_>) {
        let Some(task) = self.tasks.get_mut(&number) else { return };
        let mut verdicts = Vec::new();
        for replica in &mut task.replicas {
            let Some(result) = replica.result else { continue };
            let Some(bought) = replica.cpu.bought() else { continue };
            replica.cpu = super::task::Buying::Not;
            let is_right = Some(result) == winner;
            if !is_right {
                hands.world.note(Fact::WrongResult { task: number, node: bought.seller });
            }
            let verdict = if is_right { Verdict::Good } else { Verdict::Wrong };
            verdicts.push((bought.into(), verdict));
        }
        for (purchase, verdict) in verdicts {
            self.drop_purchase(purchase, verdict, hands);
        }
    }
}

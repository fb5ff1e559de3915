//! How results are judged, and who is named and paid.

use super::{USER, ended, of, sub_task, submit};
use crate::behaviour::{Character, ComputeBehaviour};
use crate::credit::Credits;
use crate::fact::{Fact, TaskOutcome};
use crate::id::Addr;
use crate::market::{Endowment, Offer};
use crate::rules::Rules;
use crate::service::{SubTask, Verify, agreed_result, right_result};
use crate::testing::Town;
use crate::time::Span;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

/// A town of six compute nodes, 1 to 6, the cheapest first, of which the first so many behave so.
fn town(bad: u32, behaviour: ComputeBehaviour, adjust: impl FnOnce(&mut Rules)) -> Town {
    let mut nodes = [None; 8];
    for n in 1..=6 {
        let compute = if n <= bad { behaviour } else { ComputeBehaviour::Correct };
        nodes[n as usize] = Some(Endowment {
            cpu: Offer { capacity: 1000, cost: 10 * n },
            character: Character { compute, ..Character::default() },
            ..Endowment::default()
        });
    }
    of(&nodes, |rules| {
        rules.service.patience = Span::secs(100);
        adjust(rules);
    })
}

fn with(replicas: u8, verify: Verify) -> SubTask {
    SubTask { replicas, verify, budget: Credits::whole(1000), ..sub_task(0) }
}

/// What became of it: its end, who is named, who is paid.
fn judged(mut town: Town, task: SubTask) -> (TaskOutcome, Option<u64>, Vec<u32>, Vec<u32>) {
    submit(&mut town, [task].into());
    town.run(Span::secs(2500));
    let end = ended(&town, 0).expect("it ends");
    let named = town.facts.iter().filter_map(|(at, fact)| match fact {
        Fact::WrongResult { task: 0, node } => {
            assert_eq!(*at, USER);
            Some(node.0)
        }
        _ => None,
    });
    let paid = town.facts.iter().filter_map(|(_, fact)| match fact {
        Fact::Paid { payment, .. } => Some(payment.seller.0),
        _ => None,
    });
    let (mut named, mut paid): (Vec<u32>, Vec<u32>) = (named.collect(), paid.collect());
    named.sort_unstable();
    paid.sort_unstable();
    assert_eq!(town.admin.ledger().escrow(), Credits::ZERO);
    (end.outcome, end.result, named, paid)
}

#[test]
fn the_majority_wins_and_those_that_differ_are_named_and_not_paid() {
    use ComputeBehaviour::{Faulty, Malicious};
    for replicas in 1..=5u32 {
        for (bad, behaviour) in (0..=replicas).flat_map(|bad| [(bad, Faulty), (bad, Malicious)]) {
            let case = (replicas, bad, behaviour);
            let good = replicas - bad;
            let wins = |votes: u32| votes > replicas / 2;
            let judged = judged(town(bad, behaviour, |_| {}), with(replicas as u8, Verify::None));
            let (outcome, result, named, paid) = judged;
            let bad_agree = behaviour == Malicious || bad == 1;
            // One more is computed, by a good node, if there is no majority.
            let (computed, good) = match wins(good) || (bad_agree && wins(bad)) {
                true => (replicas, good),
                false => (replicas + 1, good + 1),
            };
            let all = |from: u32, to: u32| (from..=to).collect::<Vec<_>>();
            if wins(good) {
                assert_eq!((outcome, result), (TaskOutcome::Completed, Some(right_result(0))));
                assert_eq!((named, paid), (all(1, bad), all(bad + 1, computed)), "{case:?}");
            } else if bad_agree && wins(bad) {
                // What most say is believed.
                assert_eq!(outcome, TaskOutcome::Completed, "{case:?}");
                assert_ne!(result, Some(right_result(0)), "{case:?}");
                assert!(behaviour == Faulty || result == Some(agreed_result(0)));
                assert_eq!((named, paid), (all(bad + 1, computed), all(1, bad)), "{case:?}");
            } else {
                assert_eq!((outcome, result), (TaskOutcome::WrongResult, None), "{case:?}");
                assert_eq!((named, paid), (all(1, computed), Vec::new()), "{case:?}");
                assert_ne!(replicas, 1);
            }
        }
    }
}

#[test]
fn known_characteristics_catch_wrong_results_with_the_probability_that_is_said() {
    for (caught, behaviour) in [0.0, 1.0]
        .into_iter()
        .flat_map(|p| [ComputeBehaviour::Faulty, ComputeBehaviour::Malicious].map(|b| (p, b)))
    {
        let town = town(2, behaviour, |rules| rules.service.caught = caught);
        let (outcome, result, named, paid) = judged(town, with(1, Verify::Known));
        assert_eq!(outcome, TaskOutcome::Completed);
        if caught == 0.0 {
            assert_ne!(result, Some(right_result(0)));
            assert_eq!((named, paid), (Vec::new(), [1].into()));
        } else {
            // Who computed wrongly is not bought from again for this sub-task.
            assert_eq!(result, Some(right_result(0)));
            assert_eq!((named, paid), ([1, 2].into(), [3].into()));
        }
    }
}

#[test]
fn what_can_be_verified_is_right_and_takes_a_while() {
    let town = || town(1, ComputeBehaviour::Malicious, |rules| rules.service.check_share = 0.25);
    let judged = judged(town(), with(1, Verify::Verifiable));
    let named = [1].into();
    assert_eq!(judged, (TaskOutcome::Completed, Some(right_result(0)), named, [2].into()));
    let mut town = town();
    submit(&mut town, [with(1, Verify::Verifiable)].into());
    // It runs for 100 s, and is checked for 25 s.
    town.run(Span::secs(120));
    assert_eq!(town.count(|fact| matches!(fact, Fact::WrongResult { .. })), 0);
    town.run(Span::secs(10));
    assert_eq!(town.count(|fact| matches!(fact, Fact::WrongResult { .. })), 1);
}

#[test]
fn results_that_are_corrupted_on_their_way_are_as_wrong_as_others() {
    let corrupts = |rules: &mut Rules| {
        rules.service.corrupt_results = 1.0;
        rules.service.failures_max = 1;
    };
    let good = ComputeBehaviour::Correct;
    let (outcome, result, named, paid) = judged(town(0, good, corrupts), with(1, Verify::None));
    assert_eq!((outcome, named, paid), (TaskOutcome::Completed, Vec::new(), [1].into()));
    assert!(result.is_some_and(|result| result != right_result(0)));
    // Nobody can tell that from a node that computes wrongly.
    let judged_so = judged(town(0, good, corrupts), with(1, Verify::Verifiable));
    assert_eq!(judged_so, (TaskOutcome::WrongResult, None, [1, 2].into(), Vec::new()));
    let judged_so = judged(town(0, good, corrupts), with(3, Verify::None));
    assert_eq!(judged_so, (TaskOutcome::WrongResult, None, [1, 2, 3, 4].into(), Vec::new()));
}

#[test]
fn a_replica_that_nobody_computes_does_not_hinder_a_majority() {
    let mut town = town(0, ComputeBehaviour::Correct, |_| {});
    for gone in 3..=6 {
        town.leave(Addr(gone));
    }
    let (outcome, result, named, paid) = judged(town, with(3, Verify::None));
    assert_eq!((outcome, result), (TaskOutcome::Completed, Some(right_result(0))));
    assert_eq!((named, paid), (Vec::new(), [1, 2].into()));
}

/// Who has anything to do with a sub-task, again and again if with more than one thing.
fn hired(town: &Town) -> Vec<Addr> {
    let node = town.nodes[USER.0 as usize].as_ref().expect("it is up");
    let tasks = node.service().expect("it has a sub-task").driver().tasks();
    let replicas = tasks.flat_map(|(_, task)| task.replicas().iter());
    replicas.flat_map(|r| [r.compute_node(), r.storage_node()]).flatten().collect()
}

#[test]
fn no_node_has_two_parts_in_a_sub_task() {
    let both = |n: u32| {
        let (cpu, storage) =
            (Offer { capacity: 3000, cost: n }, Offer { capacity: 50_000_000, cost: n });
        Some(Endowment { cpu, storage, ..Endowment::default() })
    };
    let nodes = [None, both(1), both(2), both(3), both(4), both(5), both(6), both(7)];
    for crashes in [false, true] {
        let mut town = of(&nodes, |_| {});
        submit(
            &mut town,
            [SubTask { checkpoint_bytes: 1_000_000, ..with(3, Verify::None) }].into(),
        );
        town.run(Span::secs(20));
        if crashes {
            town.crash(USER);
            town.run(Span::secs(10));
            town.restart(USER);
            town.run(Span::secs(10));
            let lost = hired(&town)[0];
            town.crash(lost);
            town.run(Span::secs(30));
        }
        let hired = hired(&town);
        let distinct: BTreeSet<_> = hired.iter().collect();
        assert_eq!((hired.len(), distinct.len()), (6, 6), "{crashes}, {hired:?}");
        town.run(Span::secs(400));
        assert_eq!(ended(&town, 0).map(|end| end.outcome), Some(TaskOutcome::Completed));
    }
}

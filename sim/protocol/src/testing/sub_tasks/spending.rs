//! What a sub-task may cost, where it may run, and until when.

use super::{COMPUTE, STORAGE, USER, ended, of, sub_task, submit, town};
use crate::commodity::{Platform, Platforms};
use crate::credit::Credits;
use crate::fact::{Fact, TaskOutcome};
use crate::id::Addr;
use crate::idle::OwnerLoad;
use crate::market::{Endowment, Offer};
use crate::node::Command;
use crate::service::SubTask;
use crate::testing::Town;
use crate::time::{Span, Time};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

/// What is put aside and paid for the purchases of the service layer.
fn spent(town: &Town) -> Credits {
    let reserved = town.admin.ledger().reserved().map(|(_, total)| total);
    let paid = town.facts.iter().filter_map(|(_, fact)| match fact {
        Fact::Paid { payment, .. } => Some(payment.seller_payoff.plus(payment.mo_payoff)),
        _ => None,
    });
    reserved.chain(paid).fold(Credits::ZERO, Credits::plus)
}

#[test]
fn no_more_is_spent_than_the_budget_at_any_time() {
    for (replicas, crashed) in [
        (1, [].as_slice()),
        (1, [COMPUTE[0]].as_slice()),
        (1, [STORAGE[0]].as_slice()),
        (1, [COMPUTE[0], STORAGE[0]].as_slice()),
        (1, [COMPUTE[0], COMPUTE[1], STORAGE[0]].as_slice()),
        (2, [COMPUTE[0], STORAGE[0]].as_slice()),
        (3, [COMPUTE[0]].as_slice()),
    ] {
        let mut town = town(|rules| rules.service.patience = Span::secs(60));
        submit(&mut town, [SubTask { replicas, ..sub_task(500_000) }].into());
        for step in 0..4000 {
            town.run(Span::millis(100));
            let spent = spent(&town);
            assert!(spent <= Credits::whole(400), "{spent} at {}, {crashed:?}", town.now.as_secs());
            if let Some(&node) = crashed.get(step / 150).filter(|_| step % 150 == 149) {
                town.crash(node);
            }
        }
        assert!(ended(&town, 0).is_some());
    }
}

#[test]
fn two_lone_sellers_are_not_promised_the_same_money() {
    for delay in (0..2000).step_by(50) {
        let mut town = town(|rules| rules.service.patience = Span::secs(60));
        town.leave(COMPUTE[2]);
        town.transcribe();
        submit(&mut town, [sub_task(500_000)].into());
        town.run(Span::secs(15));
        // Storage is lost, and bought from the only other seller for all that is left.
        town.crash(STORAGE[0]);
        while !town.transcript.as_ref().expect("it is transcribed").contains("nowhere to put") {
            town.run(Span::millis(10));
        }
        town.run(Span::millis(delay));
        // Meanwhile the compute node goes, and the only other wants all that is left too.
        town.leave(COMPUTE[0]);
        for _ in 0..200 {
            town.run(Span::millis(100));
            let spent = spent(&town);
            assert!(spent <= Credits::whole(400), "{spent} after {delay} ms");
        }
    }
}

#[test]
fn what_was_not_spent_on_storage_that_is_lost_is_there_for_more() {
    let mut town = town(|rules| {
        rules.service.patience = Span::secs(60);
        rules.market.relist_interval = Span::secs(10);
        rules.market.listing_ttl = Span::secs(20);
    });
    // A lone seller is paid all that is left, for the time that it stores.
    town.leave(STORAGE[0]);
    submit(&mut town, [sub_task(500_000)].into());
    town.run(Span::secs(15));
    town.crash(STORAGE[1]);
    town.run(Span::secs(15));
    town.restart(STORAGE[1]);
    town.run(Span::secs(45));
    town.crash(STORAGE[1]);
    town.crash(COMPUTE[0]);
    for _ in 0..2000 {
        town.run(Span::millis(100));
        assert!(spent(&town) <= Credits::whole(400), "{}", spent(&town));
    }
    assert_eq!(ended(&town, 0).map(|end| end.outcome), Some(TaskOutcome::Completed));
}

#[test]
fn what_is_over_its_budget_is_said_to_be() {
    let mut town = town(|rules| rules.service.patience = Span::secs(60));
    submit(&mut town, [SubTask { budget: Credits::whole(5), ..sub_task(0) }].into());
    town.run(Span::secs(120));
    assert_eq!(ended(&town, 0).map(|end| end.outcome), Some(TaskOutcome::OverBudget));
    assert_eq!(spent(&town), Credits::ZERO);
}

fn when_ended(town: &Town) -> Time {
    let place = town.facts.iter().position(|(_, fact)| matches!(fact, Fact::TaskEnded(_)));
    town.noted[place.expect("it ended")]
}

#[test]
fn at_its_deadline_a_sub_task_is_given_up_whatever_it_does() {
    let slow = Endowment {
        cpu: Offer { capacity: 5000, cost: 10 },
        speed: 10_000,
        ..Endowment::default()
    };
    let deadline = Some(Span::secs(60));
    // It runs too slowly; or nobody is fast enough; or it waits for another that is.
    for (capacity, after) in [(5000, false), (100, false), (5000, true)] {
        let cpu = Offer { capacity, cost: 10 };
        let nodes = [None, Some(Endowment { cpu, ..slow }), None, None, None, None, None, None];
        let mut town = of(&nodes, |_| {});
        let begins = town.now;
        let late = SubTask { deadline, ..sub_task(0) };
        let tasks = match after {
            false => [late].into(),
            true => [sub_task(0), SubTask { after: [0].into(), ..late }].into(),
        };
        submit(&mut town, tasks);
        town.run(Span::secs(59));
        assert_eq!(town.count(|fact| matches!(fact, Fact::TaskEnded(_))), 0);
        // The user's node comes back in time, or too late.
        if capacity == 100 {
            town.crash(USER);
            town.run(Span::secs(20));
            town.restart(USER);
        }
        town.run(Span::secs(10));
        let end = ended(&town, u32::from(after)).expect("it ended");
        assert_eq!(end.outcome, TaskOutcome::Deadline);
        if capacity == 5000 {
            assert_eq!(when_ended(&town), begins + Span::secs(60));
        }
        if !after {
            town.run(Span::secs(10));
            let nodes = town.nodes.iter().flatten();
            let sold = |node: &super::super::Node| {
                node.market().seller().stalls().any(|stall| stall.sold() > 0)
            };
            assert_eq!(nodes.filter(|node| sold(node)).count(), 0);
            assert_eq!(spent(&town), Credits::ZERO);
        }
    }
}

#[test]
fn a_sub_task_with_a_deadline_is_bought_faster_compute_power() {
    let cpu =
        |capacity, cost| Some(Endowment { cpu: Offer { capacity, cost }, ..Endowment::default() });
    let nodes = [None, cpu(1000, 1), cpu(3000, 20), None, None, None, None, None];
    let mut town = of(&nodes, |_| {});
    submit(&mut town, [SubTask { deadline: Some(Span::secs(80)), ..sub_task(0) }].into());
    town.run(Span::secs(100));
    assert_eq!(ended(&town, 0).map(|end| end.outcome), Some(TaskOutcome::Completed));
    let sellers = town.facts.iter().filter_map(|(at, fact)| match fact {
        Fact::Sold { amount, .. } => Some((at.0, *amount)),
        _ => None,
    });
    // In half of 80 s.
    assert_eq!(sellers.collect::<Vec<_>>(), [(2, 2500)]);
}

#[test]
fn code_runs_only_where_it_can() {
    let on = |cost, platform| {
        let cpu = Offer { capacity: 1000, cost };
        Some(Endowment { cpu, platform: Platform(platform), ..Endowment::default() })
    };
    let nodes = [None, on(1, 1), on(2, 2), on(3, 3), on(4, 2), on(5, 1), on(6, 2), None];
    let mut town = of(&nodes, |_| {});
    let platforms = Platforms::NONE.with(Platform(2)).with(Platform(3));
    submit(&mut town, [SubTask { platforms, replicas: 3, ..sub_task(0) }].into());
    town.run(Span::secs(150));
    assert_eq!(ended(&town, 0).map(|end| end.outcome), Some(TaskOutcome::Completed));
    let ran = town.facts.iter().filter(|(_, fact)| matches!(fact, Fact::RunStarted { .. }));
    let ran: BTreeSet<u32> = ran.map(|(at, _)| at.0).collect();
    assert_eq!(ran, [2, 3, 4].into());
}

#[test]
fn runs_share_what_the_owner_leaves_and_one_that_is_left_has_all_of_it() {
    let cpu = Offer { capacity: 2000, cost: 1 };
    let node = Some(Endowment { cpu, ..Endowment::default() });
    let mut town = of(&[None, node, None, None, None, None, None, None], |rules| {
        rules.service.retry_pause = Span::secs(3);
    });
    let begins = town.now;
    let short = SubTask { cycles: 30_000, deadline: Some(Span::secs(60)), ..sub_task(0) };
    submit(&mut town, [short, sub_task(0)].into());
    town.run(Span::secs(20));
    assert_eq!(town.count(|fact| matches!(fact, Fact::RunStarted { .. })), 2);
    town.act(COMPUTE[0], |node, rules, world| {
        node.on_command(Command::OwnerLoad(OwnerLoad::new(5000)), rules, world);
    });
    town.run(Span::secs(300));
    let ends = |task: u32| {
        let is_it =
            |(_, fact): &(Addr, Fact)| matches!(fact, Fact::TaskEnded(end) if end.task == task);
        let place = town.facts.iter().position(is_it).expect("it ended");
        town.noted[place].since(begins).as_secs()
    };
    // Of 2,000 cycles a second half are left: some 18 s at 1,000, 24 s at 500, and the longer one
    // goes on at 1,000.
    let ends = (ends(0), ends(1));
    assert!((43.0..46.0).contains(&ends.0) && (115.0..130.0).contains(&ends.1), "{ends:?}");
}

#[test]
fn a_user_without_money_is_told_so() {
    let mut town = town(|rules| {
        rules.service.patience = Span::secs(60);
        rules.admin.initial_balance = 10;
    });
    submit(&mut town, [sub_task(0)].into());
    town.run(Span::secs(120));
    assert_eq!(ended(&town, 0).map(|end| end.outcome), Some(TaskOutcome::InsufficientFunds));
}

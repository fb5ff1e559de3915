//! The life of a sub-task in a town: one user, compute nodes, storage nodes.

mod clients;
mod files;
mod spending;
mod stories;
mod voting;
mod whatever;

use super::Town;
use crate::commodity::Platforms;
use crate::credit::Credits;
use crate::fact::{Fact, TaskEnd, TaskOutcome};
use crate::id::{Addr, Id};
use crate::market::{Endowment, Offer};
use crate::node::Command;
use crate::rules::{Rules, Scheme};
use crate::service::{File, Job, SubTask, Verify, right_result};
use crate::time::Span;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// The user's node.
pub(super) const USER: Addr = Addr(0);
/// Compute nodes, the cheapest first.
pub(super) const COMPUTE: [Addr; 3] = [Addr(1), Addr(2), Addr(3)];
/// Storage nodes, the cheapest first.
pub(super) const STORAGE: [Addr; 2] = [Addr(4), Addr(5)];

/// Who owns all markets.
pub(super) const OWNER: Addr = Addr(7);

/// A town of one user, three compute nodes of 1,000 cycles a second, two storage nodes, and two that
/// only keep the ring.
pub(super) fn town(adjust: impl FnOnce(&mut Rules)) -> Town {
    let cpu =
        |cost| Some(Endowment { cpu: Offer { capacity: 1000, cost }, ..Endowment::default() });
    let storage = |cost| {
        let storage = Offer { capacity: 50_000_000, cost };
        Some(Endowment { storage, ..Endowment::default() })
    };
    let nodes = [None, cpu(10), cpu(20), cpu(30), storage(1), storage(2), None, None];
    of(&nodes, adjust)
}

/// A town of eight nodes, spread evenly; what is traded has small values, of which node 7 is the
/// successor.
pub(super) fn of(nodes: &[Option<Endowment>; 8], adjust: impl FnOnce(&mut Rules)) -> Town {
    let spread = |(n, &endowment): (usize, _)| (Id(((n as u64 + 2) % 8) << 61), endowment);
    let nodes: Vec<_> = nodes.iter().enumerate().map(spread).collect();
    let mut town = Town::new(&nodes, 7, |rules| {
        rules.market.scheme = Scheme::SingleOverlay;
        rules.market.width = 50;
        rules.market.storage_width = 1_000_000;
        rules.market.value_bits = 30;
        rules.service.target_runtime = Span::secs(100);
        rules.service.checkpoint.interval = Span::secs(20);
        rules.service.heartbeat = Span::secs(10);
        adjust(rules);
    });
    town.run(Span::secs(70));
    town
}

/// A sub-task of 100,000 cycles, to be checkpointed or not.
pub(super) fn sub_task(checkpoint_bytes: u64) -> SubTask {
    SubTask {
        cycles: 100_000,
        budget: Credits::whole(400),
        code: File { key: Id(5 << 60), bytes: 1_000_000 },
        input_bytes: 500_000,
        inputs: Box::default(),
        output: File { key: Id(6 << 60), bytes: 200_000 },
        checkpoint_bytes,
        interval: None,
        target: None,
        deadline: None,
        replicas: 1,
        verify: Verify::None,
        platforms: Platforms::ANY,
        after: Box::default(),
    }
}

pub(super) fn submit(town: &mut Town, sub_tasks: Vec<SubTask>) {
    let sub_tasks = sub_tasks.into();
    let job = Box::new(Job { number: 0, first: 0, gateway: USER, sub_tasks });
    town.act(USER, |node, rules, world| node.on_command(Command::Submit(job), rules, world));
}

/// How a sub-task ended: once.
pub(super) fn ended(town: &Town, task: u32) -> Option<TaskEnd> {
    let mut ends = town.facts.iter().filter_map(|(_, fact)| match fact {
        Fact::TaskEnded(end) if end.task == task => Some(*end),
        _ => None,
    });
    let end = ends.next();
    assert_eq!(ends.next(), None, "a sub-task ends once");
    end
}

#[test]
fn a_sub_task_is_bought_run_returned_and_paid() {
    let mut town = town(|_| {});
    town.transcribe();
    submit(&mut town, [sub_task(0)].into());
    town.run(Span::secs(200));
    let end = ended(&town, 0).expect("it ended");
    assert_eq!(
        (end.outcome, end.result),
        (TaskOutcome::Completed, Some(right_result(0))),
        "{}",
        town.transcript.unwrap()
    );
    let paid = town.count(|fact| matches!(fact, Fact::Paid { .. }));
    assert_eq!(paid, 1, "{}", town.transcript.unwrap());
    // 100 s of computing, and a second or two for code, input and output.
    let place = town.facts.iter().position(|(_, f)| matches!(f, Fact::TaskEnded(_))).unwrap();
    let took = town.noted[place].since(crate::time::Time::ZERO + Span::secs(70));
    assert!((100.0..105.0).contains(&took.as_secs()), "{took}");
    assert!(
        town.nodes.iter().flatten().all(|n| n.market().seller().stalls().all(|s| s.sold() == 0))
    );
}

#[test]
fn a_sub_task_is_checkpointed_and_goes_on_elsewhere_when_its_compute_node_crashes() {
    let mut town = town(|_| {});
    town.transcribe();
    submit(&mut town, [sub_task(2_000_000)].into());
    town.run(Span::secs(70));
    town.crash(COMPUTE[0]);
    town.run(Span::secs(400));
    let end = ended(&town, 0).expect("it ended");
    let story = town.transcript.clone().unwrap();
    assert_eq!(end.outcome, TaskOutcome::Completed, "{story}");
    let resumed = town.count(|f| matches!(f, Fact::RunStarted { progress: 60_000, .. }));
    assert_eq!(resumed, 1, "{story}");
}

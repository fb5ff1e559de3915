//! The checkpointing protocol as golden text: one story for each failure at each of its steps, as
//! `docs/protocol.md` numbers them. `compute.rs` tells of compute nodes that fail, `storage.rs` of
//! storage nodes, `user.rs` of users' nodes.

mod compute;
mod storage;
mod user;

use super::{COMPUTE, STORAGE, USER, ended, sub_task, submit};
use crate::commodity::ResourceKind;
use crate::credit::Credits;
use crate::fact::{Fact, TaskEnd, TaskOutcome};
use crate::market::{Endowment, Offer};
use crate::rules::Rules;
use crate::service::right_result;
use crate::testing::Town;
use crate::testing::transcripts::golden;
use crate::time::Span;

/// A sub-task of 100 s in a town where little else happens, checkpointed each 30 s; a checkpoint
/// takes 2 s. It was submitted just now.
fn begin(adjust: impl FnOnce(&mut Rules)) -> Town {
    begin_in(super::town(|rules| quiet(rules, adjust)))
}

/// The rules of a town where little else happens.
fn quiet(rules: &mut Rules, adjust: impl FnOnce(&mut Rules)) {
    rules.service.checkpoint.interval = Span::secs(30);
    rules.service.heartbeat = Span::secs(25);
    rules.service.hold_extra = Span::secs(50);
    rules.admin.reservation = Span::secs(60);
    rules.admin.keepalive = Span::secs(60);
    rules.market.relist_interval = Span::secs(1000);
    rules.market.listing_ttl = Span::secs(3000);
    adjust(rules);
}

fn begin_in(mut town: Town) -> Town {
    town.run(Span::secs(1000));
    town.transcribe();
    submit(&mut town, [sub_task(2_000_000)].into());
    town
}

/// Lets time pass until that is told for the `nth` time.
fn until(town: &mut Town, nth: usize, told: &str) {
    for _ in 0..100_000 {
        let story = town.transcript.as_ref().expect("it is transcribed");
        if story.matches(told).count() >= nth {
            return;
        }
        town.run(Span::millis(10));
    }
    panic!("{told:?} is never told:\n{}", town.transcript.take().unwrap());
}

/// The rest, with a right result; nothing stays behind.
fn completes(town: &mut Town, span: Span) {
    town.run(span);
    let is_right = |end: TaskEnd| {
        (end.outcome, end.result) == (TaskOutcome::Completed, Some(right_result(end.task)))
    };
    assert!(ended(town, 0).is_some_and(is_right), "{}", town.transcript.take().unwrap());
    drains(town);
}

/// Nothing is sold or put aside any more.
fn drains(town: &Town) {
    assert_eq!(town.admin.ledger().escrow(), Credits::ZERO);
    for node in town.nodes.iter().flatten() {
        assert!(node.market().seller().stalls().all(|stall| stall.sold() == 0));
        assert!(node.service().is_none_or(|service| service.store().is_empty()));
    }
}

/// From where runs began, in cycles.
fn beginnings(town: &Town) -> alloc::vec::Vec<u64> {
    let began = town.facts.iter().filter_map(|(_, fact)| match fact {
        Fact::RunStarted { progress, .. } => Some(*progress),
        _ => None,
    });
    began.collect()
}

#[test]
fn nobody_fails() {
    let mut town = begin(|_| {});
    completes(&mut town, Span::secs(120));
    assert_eq!(beginnings(&town), [0]);
    assert_eq!(town.count(|fact| matches!(fact, Fact::Checkpointed { .. })), 3);
    golden(
        "checkpoints_0_nobody_fails",
        "A user's node (0) sees a sub-task of 100,000 cycles through. It buys storage for its \
         checkpoints at\nnode 4, and 1,000 cycles a second at node 1, which sends a checkpoint of \
         2 MB there each 30 s and\npauses meanwhile (CompuP2P, VI-A). The output is paid, what \
         was stored is given back and paid for\nits time.",
        &town,
    );
}

//! Storage nodes that fail.

use super::*;

fn stored(town: &Town) -> usize {
    town.count(|fact| matches!(fact, Fact::Sold { kind: ResourceKind::Storage, .. }))
}

#[test]
fn storage_is_never_found() {
    let town = super::super::town(|rules| quiet(rules, |_| {}));
    let mut town = {
        let mut town = town;
        for node in STORAGE {
            town.leave(node);
        }
        begin_in(town)
    };
    until(&mut town, 1, "computes)");
    town.run(Span::secs(45));
    town.crash(COMPUTE[0]);
    completes(&mut town, Span::secs(300));
    assert_eq!((beginnings(&town), stored(&town)), ([0, 0].into(), 0));
    golden(
        "checkpoints_1_storage_is_never_found",
        "Nobody sells storage. The sub-task begins without, and storage is looked for each 30 s. \
         The compute node\ncrashes after 45 s: all is lost.",
        &town,
    );
}

#[test]
fn a_storage_node_crashes_before_the_first_checkpoint() {
    let mut town = begin(|_| {});
    until(&mut town, 1, "computes)");
    town.run(Span::secs(10));
    town.crash(STORAGE[0]);
    completes(&mut town, Span::secs(200));
    assert_eq!((beginnings(&town), stored(&town)), ([0].into(), 2));
    golden(
        "checkpoints_5_storage_node_crashes_before_the_first",
        "The storage node crashes before anything was stored. The compute node sees it at its first \
         checkpoint,\nwhich breaks off, and computes on; the user's node buys another place, for \
         the next checkpoint.",
        &town,
    );
}

#[test]
fn a_storage_node_crashes_while_a_checkpoint_is_on_its_way() {
    let mut town = begin(|_| {});
    until(&mut town, 1, "computes)");
    town.run(Span::secs(31));
    town.crash(STORAGE[0]);
    completes(&mut town, Span::secs(200));
    assert_eq!((beginnings(&town), stored(&town)), ([0].into(), 2));
    golden(
        "checkpoints_5_storage_node_crashes_while_one_is_on_its_way",
        "The storage node crashes while the first checkpoint is on its way: as before.",
        &town,
    );
}

#[test]
fn a_storage_node_leaves_between_two_checkpoints() {
    let mut town = begin(|_| {});
    until(&mut town, 1, "is stored)");
    town.run(Span::secs(10));
    town.leave(STORAGE[0]);
    completes(&mut town, Span::secs(200));
    assert_eq!((beginnings(&town), stored(&town)), ([0].into(), 2));
    golden(
        "checkpoints_5_storage_node_leaves_between_two",
        "The storage node leaves between two checkpoints: what it keeps stays on its disk, and it \
         says nothing. The\nsecond breaks off; the third goes to another place.",
        &town,
    );
}

#[test]
fn a_storage_node_crashes_between_two_checkpoints() {
    let mut town = begin(|_| {});
    until(&mut town, 1, "is stored)");
    town.run(Span::secs(10));
    town.crash(STORAGE[0]);
    completes(&mut town, Span::secs(200));
    assert_eq!((beginnings(&town), stored(&town)), ([0].into(), 2));
    golden(
        "checkpoints_5_storage_node_crashes_between_two",
        "The storage node crashes between two checkpoints. The second breaks off; the third goes \
         to another place.",
        &town,
    );
}

#[test]
fn a_storage_node_crashes_between_two_checkpoints_and_comes_back_before_it_is_missed() {
    let mut town = begin(|_| {});
    until(&mut town, 1, "is stored)");
    town.run(Span::secs(5));
    town.crash(STORAGE[0]);
    town.run(Span::secs(10));
    town.restart(STORAGE[0]);
    town.run(Span::secs(5));
    town.crash(COMPUTE[0]);
    completes(&mut town, Span::secs(300));
    assert_eq!((beginnings(&town), stored(&town)), ([0, 30_000].into(), 1));
    golden(
        "checkpoints_5_storage_node_comes_back_before_it_is_missed",
        "The storage node crashes between two checkpoints, and is back 10 s later with what it had \
         on disk. Then the\ncompute node crashes: the next goes on from what the storage node kept.",
        &town,
    );
}

#[test]
fn a_storage_node_comes_back_after_it_was_replaced() {
    let mut town = begin(|_| {});
    until(&mut town, 1, "is stored)");
    town.run(Span::secs(10));
    town.crash(STORAGE[0]);
    until(&mut town, 1, "go to node");
    town.restart(STORAGE[0]);
    completes(&mut town, Span::secs(200));
    assert_eq!((beginnings(&town), stored(&town)), ([0].into(), 2));
    golden(
        "checkpoints_5_storage_node_comes_back_after_it_is_replaced",
        "The storage node crashes, and is replaced when the next checkpoint breaks off. When it is \
         back it says what it\nkept; the user's node has no use for that.",
        &town,
    );
}

#[test]
fn both_crash() {
    let mut town = begin(|_| {});
    until(&mut town, 2, "is stored)");
    town.run(Span::secs(10));
    town.crash(STORAGE[0]);
    town.crash(COMPUTE[0]);
    completes(&mut town, Span::secs(300));
    assert_eq!(beginnings(&town), [0, 0]);
    golden(
        "checkpoints_7_both_crash",
        "Compute node and storage node crash after the second checkpoint. The next compute node \
         asks the storage node\nthree times, says that it is gone, and begins from nothing; the \
         user's node buys another place.",
        &town,
    );
}

#[test]
fn a_storage_node_crashes_while_a_checkpoint_is_fetched() {
    let mut town = begin(|_| {});
    until(&mut town, 1, "is stored)");
    town.run(Span::secs(10));
    town.crash(COMPUTE[0]);
    until(&mut town, 1, "send me the checkpoint");
    town.run(Span::secs(1));
    town.crash(STORAGE[0]);
    completes(&mut town, Span::secs(300));
    assert_eq!(beginnings(&town), [0, 0]);
    golden(
        "checkpoints_7_storage_node_crashes_while_one_is_fetched",
        "The compute node crashes, and the storage node while it sends the checkpoint to the next: \
         that begins from nothing.",
        &town,
    );
}

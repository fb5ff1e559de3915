//! Compute nodes that fail.

use super::*;
use crate::idle::OwnerLoad;
use crate::node::Command;
use crate::policy::Policy;

#[test]
fn a_compute_node_crashes_before_it_began() {
    let mut town = begin(|_| {});
    until(&mut town, 2, "are yours");
    town.crash(COMPUTE[0]);
    completes(&mut town, Span::secs(300));
    assert_eq!(beginnings(&town), [0]);
    golden(
        "checkpoints_2_compute_node_crashes_before_it_began",
        "The compute node has sold, and crashes before it is told what to run. Asked three times \
         in vain, it is\ngiven up, its money asked back, and another bought from. Storage is kept \
         for that.",
        &town,
    );
}

#[test]
fn a_compute_node_crashes_while_it_gathers() {
    let mut town = begin(|_| {});
    until(&mut town, 1, "it comes");
    town.crash(COMPUTE[0]);
    completes(&mut town, Span::secs(300));
    golden(
        "checkpoints_3_compute_node_crashes_while_it_gathers",
        "The compute node crashes while its code and input are on their way. The user's node \
         learns it at its\nnext question, and has another begin.",
        &town,
    );
}

#[test]
fn a_compute_node_crashes_before_the_first_checkpoint() {
    let mut town = begin(|_| {});
    until(&mut town, 1, "computes)");
    town.run(Span::secs(20));
    town.crash(COMPUTE[0]);
    completes(&mut town, Span::secs(300));
    assert_eq!(beginnings(&town), [0, 0]);
    golden(
        "checkpoints_4_compute_node_crashes_before_the_first",
        "The compute node crashes after 20 s, before its first checkpoint: all is lost, and \
         begins anew\nelsewhere. The storage node is asked, and has none.",
        &town,
    );
}

#[test]
fn a_compute_node_crashes_after_a_checkpoint() {
    let mut town = begin(|_| {});
    until(&mut town, 1, "is stored)");
    town.run(Span::secs(10));
    town.crash(COMPUTE[0]);
    completes(&mut town, Span::secs(300));
    assert_eq!(beginnings(&town), [0, 30_000]);
    golden(
        "checkpoints_4_compute_node_crashes_after_one",
        "The compute node crashes 10 s after its first checkpoint was stored. The next asks the \
         storage node for\nit, and goes on from there: the 10 s are lost (CompuP2P, VI-A).",
        &town,
    );
}

#[test]
fn a_compute_node_leaves() {
    let mut town = begin(|_| {});
    until(&mut town, 1, "is stored)");
    town.run(Span::secs(10));
    town.leave(COMPUTE[0]);
    completes(&mut town, Span::secs(300));
    assert_eq!(beginnings(&town), [0, 30_000]);
    golden(
        "checkpoints_4_compute_node_leaves",
        "The compute node leaves 10 s after its first checkpoint was stored, and says so: the \
         user's node need not\nwait for its next question.",
        &town,
    );
}

#[test]
fn a_compute_node_crashes_while_a_checkpoint_is_on_its_way() {
    let mut town = begin(|_| {});
    until(&mut town, 1, "is stored)");
    town.run(Span::secs(31));
    town.crash(COMPUTE[0]);
    completes(&mut town, Span::secs(300));
    assert_eq!(beginnings(&town), [0, 30_000]);
    golden(
        "checkpoints_5_compute_node_crashes_while_one_is_on_its_way",
        "The compute node crashes while its second checkpoint is on its way. What came of that is \
         dropped: the\nfirst stands, and the next compute node goes on from there.",
        &town,
    );
}

#[test]
fn a_compute_node_crashes_while_its_output_is_on_its_way() {
    let mut town = begin(|rules| rules.service.checkpoint.blocking = false);
    until(&mut town, 1, ": finished)");
    town.run(Span::millis(100));
    town.crash(COMPUTE[0]);
    completes(&mut town, Span::secs(300));
    assert_eq!(beginnings(&town), [0, 90_000]);
    golden(
        "checkpoints_9_compute_node_crashes_while_its_output_is_on_its_way",
        "The compute node has computed all, and crashes before all of its output has come. It is \
         paid nothing. The\nnext goes on from the last checkpoint. (Here runs go on while their \
         checkpoints are on their way.)",
        &town,
    );
}

/// The first compute node of a class of its own, at a part of its speed.
fn town_of(first: Endowment, adjust: impl FnOnce(&mut Rules)) -> Town {
    let cpu = |cost| Endowment { cpu: Offer { capacity: 1000, cost }, ..Endowment::default() };
    let storage = |cost| {
        let storage = Offer { capacity: 50_000_000, cost };
        Some(Endowment { storage, ..Endowment::default() })
    };
    let first = Some(Endowment { cpu: cpu(10).cpu, ..first });
    let nodes = [None, first, Some(cpu(20)), Some(cpu(30)), storage(1), storage(2), None, None];
    super::super::of(&nodes, |rules| quiet(rules, adjust))
}

#[test]
fn a_run_takes_longer_than_its_time_and_migrates() {
    let slow = Endowment { speed: 300_000, ..Endowment::default() };
    let mut town = begin_in(town_of(slow, |rules| {
        rules.service.hold_slack = 1.1;
        rules.service.hold_extra = Span::secs(20);
    }));
    completes(&mut town, Span::secs(400));
    assert!(beginnings(&town)[1] > 0);
    golden(
        "checkpoints_4_time_is_over_and_it_migrates",
        "The compute node does 300 of the 1,000 cycles a second that it sold. When its time of 130 \
         s is over it stops\nand is paid nothing. The user's node learns it at its next question; \
         the sub-task goes on from its last\ncheckpoint elsewhere, as another sells \
         (CompuP2P, VI-A).",
        &town,
    );
}

/// A town whose first compute node is lent only while its owner uses no more than half of it.
fn lent() -> Town {
    let classed = Endowment { class: Some(0), ..Endowment::default() };
    begin_in(town_of(classed, |rules| {
        rules.policies = [Policy { max_load: 0.5, ..Policy::UNLIMITED }].into();
        rules.service.grace = Span::secs(20);
    }))
}

fn owner_uses(town: &mut Town, parts: u16) {
    town.act(COMPUTE[0], |node, rules, world| {
        node.on_command(Command::OwnerLoad(OwnerLoad::new(parts)), rules, world);
    });
}

#[test]
fn an_owner_wants_its_machine_back_for_a_while() {
    let mut town = lent();
    until(&mut town, 1, "is stored)");
    town.run(Span::secs(5));
    owner_uses(&mut town, 9000);
    town.run(Span::secs(15));
    owner_uses(&mut town, 0);
    completes(&mut town, Span::secs(200));
    assert_eq!(beginnings(&town), [0]);
    golden(
        "checkpoints_4_owner_wants_its_machine_back_for_a_while",
        "The owner of the compute node uses more of it than its policy bears: the run is \
         suspended (CompuP2P, V).\nAfter 15 s, less than the grace of 20 s, the owner is idle \
         again, and the run goes on.",
        &town,
    );
}

#[test]
fn an_owner_wants_its_machine_back_for_good() {
    let mut town = lent();
    until(&mut town, 1, "is stored)");
    town.run(Span::secs(5));
    owner_uses(&mut town, 9000);
    completes(&mut town, Span::secs(300));
    assert_eq!(beginnings(&town), [0, 30_000]);
    golden(
        "checkpoints_4_owner_wants_its_machine_back_for_good",
        "The owner of the compute node uses more of it than its policy bears. After a grace of 20 \
         s the run is\nevicted, and the user's node told: it goes on elsewhere from its last \
         checkpoint.",
        &town,
    );
}

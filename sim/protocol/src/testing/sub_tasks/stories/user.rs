//! Users' nodes that fail.

use super::*;

fn paid_by_receipt(town: &Town) -> usize {
    town.count(|fact| matches!(fact, Fact::Paid { by_receipt: true, .. }))
}

#[test]
fn a_users_node_crashes_while_it_buys() {
    let mut town = begin(|_| {});
    until(&mut town, 1, "  reserved");
    town.crash(USER);
    town.run(Span::secs(10));
    town.restart(USER);
    completes(&mut town, Span::secs(900));
    golden(
        "checkpoints_1_users_node_crashes_while_it_buys",
        "The user's node crashes while it buys, and is back 10 s later. It knows its sub-tasks \
         from its disk, and\nbuys anew: what was put aside comes back when the reservation expires.",
        &town,
    );
}

#[test]
fn a_users_node_crashes_and_comes_back_while_its_sub_task_runs() {
    let mut town = begin(|_| {});
    until(&mut town, 1, "is stored)");
    town.run(Span::secs(10));
    town.crash(USER);
    town.run(Span::secs(20));
    town.restart(USER);
    completes(&mut town, Span::secs(900));
    assert_eq!(beginnings(&town), [0]);
    golden(
        "checkpoints_6_users_node_crashes_and_comes_back",
        "The user's node crashes while its sub-task runs, and is back 20 s later. Compute node and \
         storage node go on\nwithout it; it knows from its disk who they are, and asks.",
        &town,
    );
}

#[test]
fn a_users_node_crashes_and_comes_back_while_its_output_is_on_its_way() {
    let mut town = begin(|_| {});
    until(&mut town, 1, ": finished)");
    town.run(Span::millis(100));
    town.crash(USER);
    town.run(Span::secs(10));
    town.restart(USER);
    completes(&mut town, Span::secs(900));
    assert_eq!(beginnings(&town), [0]);
    golden(
        "checkpoints_9_users_node_crashes_while_the_output_is_on_its_way",
        "The user's node crashes while the output is on its way, and is back 10 s later. The \
         output is sent again\neach 30 s.",
        &town,
    );
}

#[test]
fn a_users_node_comes_back_after_the_sale_is_over() {
    let mut town = begin(|_| {});
    until(&mut town, 1, "is stored)");
    town.crash(USER);
    town.run(Span::secs(400));
    town.restart(USER);
    completes(&mut town, Span::secs(900));
    assert_eq!(beginnings(&town), [0]);
    golden(
        "checkpoints_9_users_node_comes_back_after_the_sale",
        "The user's node crashes while its sub-task runs, and is back when the time of the sale is \
         over. The compute\nnode has shown its receipt and is paid, and offers the output a while \
         yet: the user's node has it.",
        &town,
    );
}

#[test]
fn a_users_node_never_comes_back() {
    let mut town = begin(|_| {});
    until(&mut town, 1, "is stored)");
    town.crash(USER);
    town.run(Span::secs(1500));
    drains(&town);
    assert_eq!((beginnings(&town), paid_by_receipt(&town)), ([0].into(), 2));
    golden(
        "checkpoints_9_users_node_never_comes_back",
        "The user's node crashes while its sub-task runs, for good. The compute node sees that \
         through, sends the\noutput in vain, and shows the bank its receipt when its time is over; \
         so does the storage node. Both are\npaid when the reservation expires (SPEC 6; ours).",
        &town,
    );
}

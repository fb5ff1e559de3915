//! Programs that use the system through another's node.

use super::{USER, ended, sub_task, town};
use crate::fact::{Fact, TaskOutcome};
use crate::id::Addr;
use crate::node::{Command, Message};
use crate::service::{self, Job};
use crate::testing::Town;
use crate::time::Span;
use alloc::boxed::Box;

/// The node at which the program runs.
const CLIENT: Addr = Addr(6);

fn submit(town: &mut Town) {
    let job = Job { number: 7, first: 0, gateway: USER, sub_tasks: Box::new([sub_task(0)]) };
    let command = Command::Submit(Box::new(job));
    town.act(CLIENT, |node, rules, world| node.on_command(command, rules, world));
}

/// The job was completed once, at the gateway, and the program knows.
fn is_over(town: &Town) -> bool {
    let end = ended(town, 0);
    let notified = town.facts.iter().filter(|(_, fact)| matches!(fact, Fact::Notified { job: 7 }));
    let notified: alloc::vec::Vec<Addr> = notified.map(|(at, _)| *at).collect();
    assert!(notified.len() <= 1, "it is noted once");
    assert!(notified.iter().all(|at| *at == CLIENT));
    assert!(town.count(|fact| matches!(fact, Fact::JobEnded { .. })) <= 1);
    end.is_some_and(|end| end.outcome == TaskOutcome::Completed) && notified.len() == 1
}

#[test]
fn a_program_submits_to_another_node_asks_how_far_it_is_and_is_told_when_it_is_over() {
    let mut town = town(|_| {});
    town.transcribe();
    submit(&mut town);
    for _ in 0..2 {
        town.run(Span::secs(30));
        town.act(CLIENT, |_, rules, world| {
            let ask = Message::Service(service::Message::AskProgress { job: 7 });
            world.call(USER, ask, rules.overlay.rpc_timeout);
        });
        town.run(Span::secs(1));
    }
    let story = town.transcript.as_ref().unwrap();
    assert_eq!(story.matches("of job 7 0 of 1 are over").count(), 2);
    assert_eq!(story.matches("I see to job 7").count(), 1);
    town.run(Span::secs(100));
    assert!(is_over(&town));
    let story = town.transcript.as_ref().unwrap();
    assert_eq!(story.matches("job 7 is over: 1 completed, 0 failed?").count(), 1);
}

#[test]
fn a_job_is_begun_once_and_noted_once_though_messages_are_lost() {
    for seed in 0..20 {
        let mut town = town(|_| {});
        // The same losses do not come twice.
        town.run(Span::millis(seed * 37));
        town.loss = 300;
        submit(&mut town);
        town.run(Span::secs(30));
        town.loss = 0;
        town.run(Span::secs(70));
        // About its end.
        town.loss = 500;
        town.run(Span::secs(120));
        town.loss = 0;
        town.run(Span::secs(1000));
        assert!(is_over(&town), "{seed}");
    }
}

#[test]
fn a_gateway_that_is_down_for_five_minutes_takes_the_job_when_it_is_back() {
    let mut town = town(|_| {});
    town.crash(USER);
    submit(&mut town);
    town.run(Span::secs(300));
    town.restart(USER);
    town.run(Span::secs(250));
    assert!(is_over(&town));
}

#[test]
fn a_gateway_that_goes_down_with_the_job_sees_to_it_when_it_is_back() {
    for after in [Span::millis(60), Span::secs(1), Span::secs(50), Span::millis(101_950)] {
        let mut town = town(|_| {});
        submit(&mut town);
        town.run(after);
        town.crash(USER);
        town.run(Span::secs(300));
        town.restart(USER);
        town.run(Span::secs(400));
        assert!(is_over(&town), "{after}");
    }
}

#[test]
fn a_program_whose_node_was_down_is_told_when_it_is_back() {
    for after in [Span::millis(60), Span::secs(50), Span::millis(101_950)] {
        let mut town = town(|_| {});
        submit(&mut town);
        town.run(after);
        town.crash(CLIENT);
        town.run(Span::secs(300));
        assert!(!is_over(&town));
        town.restart(CLIENT);
        town.run(Span::secs(250));
        assert!(is_over(&town), "{after}");
    }
}

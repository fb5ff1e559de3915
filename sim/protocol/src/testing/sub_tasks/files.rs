//! How code and data are found, kept and served, and how sub-tasks use what others made.

use super::{COMPUTE, USER, ended, sub_task, submit, town};
use crate::credit::Credits;
use crate::fact::{Fact, Source, TaskOutcome};
use crate::id::{Addr, Id};
use crate::node::Command;
use crate::rules::CodeFrom;
use crate::service::{File, Job, SubTask};
use crate::testing::Town;
use crate::time::Span;
use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;

fn code(number: u64, bytes: u64) -> File {
    File { key: Id((5 << 60) + number), bytes }
}

/// A short sub-task that runs this code.
fn runs(code: File) -> SubTask {
    SubTask { code, cycles: 10_000, deadline: Some(Span::secs(40)), ..sub_task(0) }
}

/// Another job, at another node.
fn submit_at(town: &mut Town, gateway: Addr, number: u32, sub_tasks: Vec<SubTask>) {
    let job = Job { number, first: number, gateway, sub_tasks: sub_tasks.into() };
    let command = Command::Submit(Box::new(job));
    town.act(gateway, |node, rules, world| node.on_command(command, rules, world));
}

/// Where files came from, and to whom.
fn got(town: &Town) -> Vec<(u32, Source)> {
    let got = town.facts.iter().filter_map(|(at, fact)| match fact {
        Fact::FileGot { from, .. } => Some((at.0, *from)),
        _ => None,
    });
    got.collect()
}

/// How often one node sent another a file.
fn sent(town: &Town, from: u32, to: u32) -> usize {
    let line = format!("node {from} -> node {to}  [file");
    town.transcript.as_ref().expect("it is transcribed").matches(&line).count()
}

fn completed(town: &Town, tasks: impl IntoIterator<Item = u32>) {
    for task in tasks {
        let end = ended(town, task);
        assert_eq!(end.map(|end| end.outcome), Some(TaskOutcome::Completed), "{task}");
    }
}

fn has(town: &Town, node: Addr, file: File) -> bool {
    let node = town.nodes[node.0 as usize].as_ref().expect("it is up");
    node.service().is_some_and(|service| service.library().has(file.key))
}

#[test]
fn code_comes_from_one_that_ran_it_before() {
    let mut town = town(|_| {});
    town.transcribe();
    submit_at(&mut town, USER, 0, [runs(code(0, 1_000_000))].into());
    town.run(Span::secs(60));
    completed(&town, [0]);
    // The node that ran it, and that only, can have it from here on.
    town.crash(USER);
    let replicas = SubTask { replicas: 3, ..runs(code(0, 1_000_000)) };
    submit_at(&mut town, Addr(6), 10, [replicas].into());
    town.run(Span::secs(60));
    completed(&town, [10]);
    // Its first node has it yet; of the others at least one has it from there.
    let got = got(&town);
    assert_eq!(got.iter().filter(|got| **got == (1, Source::Here)).count(), 1, "{got:?}");
    let from_holders = got.iter().filter(|(_, source)| *source == Source::Holder).count();
    assert!(from_holders >= 1 && sent(&town, 1, 2) + sent(&town, 1, 3) >= 1, "{got:?}");
}

#[test]
fn code_comes_from_its_user_if_nobody_else_has_it_or_the_scenario_says_so() {
    for source in [CodeFrom::Overlay, CodeFrom::User] {
        let mut town = town(|rules| rules.service.code = source);
        town.transcribe();
        submit_at(&mut town, USER, 0, [runs(code(0, 1_000_000))].into());
        town.run(Span::secs(60));
        submit_at(
            &mut town,
            USER,
            10,
            [SubTask { replicas: 2, ..runs(code(0, 1_000_000)) }].into(),
        );
        town.run(Span::secs(60));
        completed(&town, [0, 10]);
        assert_eq!(sent(&town, 0, 1), 1);
        if source == CodeFrom::User {
            assert_eq!(sent(&town, 0, 2), 1);
            let origin = |got: &&(u32, Source)| got.1 == Source::Origin;
            assert_eq!(got(&town).iter().filter(origin).count(), 2);
        }
    }
}

#[test]
fn code_comes_from_the_code_server_if_the_scenario_says_so() {
    let mut town = town(|rules| {
        rules.service.code = CodeFrom::Server;
        rules.service.code_server = 6;
    });
    town.transcribe();
    submit_at(&mut town, USER, 0, [SubTask { replicas: 2, ..runs(code(0, 1_000_000)) }].into());
    town.run(Span::secs(60));
    completed(&town, [0]);
    assert_eq!((sent(&town, 6, 1), sent(&town, 6, 2), sent(&town, 0, 1)), (1, 1, 0));
    assert_eq!(got(&town), [(1, Source::Origin), (2, Source::Origin)]);
}

#[test]
fn what_was_used_least_lately_is_dropped_when_there_is_no_room() {
    let mut town = town(|rules| rules.service.cache_bytes = 2_500_000);
    let used = [0, 1, 0, 2, 3];
    for (number, used) in used.into_iter().enumerate() {
        let file = code(used, 1_000_000);
        submit_at(&mut town, USER, number as u32, [runs(file)].into());
        town.run(Span::secs(60));
        let node = town.nodes[COMPUTE[0].0 as usize].as_ref().expect("it is up");
        let library = node.service().expect("it has code").library();
        assert!(library.kept() <= 2_500_000 && library.has(file.key));
    }
    completed(&town, 0..5);
    let has = [0, 1, 2, 3].map(|number| has(&town, COMPUTE[0], code(number, 0)));
    assert_eq!(has, [false, false, true, true]);
    // What does not fit at all is used, and not kept.
    submit_at(&mut town, USER, 9, [runs(code(9, 3_000_000))].into());
    town.run(Span::secs(60));
    completed(&town, [9]);
    assert!(!self::has(&town, COMPUTE[0], code(9, 0)));
}

#[test]
fn what_was_anothers_and_is_now_a_nodes_own_is_not_dropped() {
    let mut town = town(|rules| rules.service.cache_bytes = 1_500_000);
    submit_at(&mut town, USER, 0, [runs(code(0, 1_000_000))].into());
    town.run(Span::secs(60));
    submit_at(&mut town, COMPUTE[0], 1, [runs(code(0, 1_000_000))].into());
    town.run(Span::secs(60));
    for number in 2..5 {
        submit_at(&mut town, USER, number, [runs(code(u64::from(number), 1_000_000))].into());
        town.run(Span::secs(60));
    }
    completed(&town, 0..5);
    assert!(has(&town, COMPUTE[0], code(0, 0)));
    let node = town.nodes[COMPUTE[0].0 as usize].as_ref().expect("it is up");
    assert_eq!(node.service().expect("it has code").library().kept(), 1_000_000);
}

#[test]
fn a_search_goes_on_when_another_that_it_serves_breaks_off() {
    // Searches are numbered by those who make them: node 1 serves node 2's first while its own first
    // is under way.
    let mut town = town(|_| {});
    submit_at(&mut town, USER, 0, [SubTask { replicas: 2, ..runs(code(0, 5_000_000)) }].into());
    town.run(Span::secs(2));
    town.crash(COMPUTE[1]);
    town.run(Span::secs(100));
    completed(&town, [0]);
}

/// A chain: what one makes the next needs.
fn chain(first: SubTask, length: u32) -> Vec<SubTask> {
    let output = |n: u32| File { key: Id((6 << 60) + u64::from(n)), bytes: 300_000 };
    let later = (1..length).map(|n| SubTask {
        inputs: [output(n - 1)].into(),
        after: [n - 1].into(),
        output: output(n),
        ..runs(code(0, 1_000_000))
    });
    let first = SubTask { output: output(0), ..first };
    [first].into_iter().chain(later.map(|task| SubTask { deadline: None, ..task })).collect()
}

#[test]
fn what_a_sub_task_makes_is_the_input_of_the_next() {
    let mut town = town(|_| {});
    let first = SubTask { deadline: None, ..runs(code(0, 1_000_000)) };
    submit(&mut town, chain(first, 3));
    town.run(Span::secs(400));
    completed(&town, 0..3);
    let began = |task: u32| {
        let is_it = |(_, fact): &(Addr, Fact)| matches!(fact, Fact::RunStarted { task: t, .. } if *t == task);
        town.noted[town.facts.iter().position(is_it).expect("it began")]
    };
    let over = |task: u32| {
        let is_it =
            |(_, fact): &(Addr, Fact)| matches!(fact, Fact::TaskEnded(end) if end.task == task);
        town.noted[town.facts.iter().position(is_it).expect("it ended")]
    };
    assert!(over(0) < began(1) && over(1) < began(2));
    // It is at who made it, and found there.
    let sources = got(&town).split_off(1);
    assert_eq!(sources.len(), 4);
    assert!(sources.iter().all(|(_, source)| *source != Source::Origin), "{sources:?}");
}

#[test]
fn the_output_of_a_node_that_is_gone_comes_from_the_user() {
    let mut town = town(|_| {});
    let first = SubTask { deadline: None, ..runs(code(0, 1_000_000)) };
    submit(&mut town, chain(first, 2));
    while ended(&town, 0).is_none() {
        town.run(Span::millis(100));
    }
    town.crash(COMPUTE[0]);
    town.run(Span::secs(200));
    completed(&town, 0..2);
    let at_second: Vec<_> = got(&town).into_iter().filter(|(at, _)| *at == 2).collect();
    assert_eq!(at_second.len(), 2, "code and input: {at_second:?}");
}

#[test]
fn those_that_need_what_failed_fail_and_others_do_not() {
    let mut town = town(|rules| rules.service.patience = Span::secs(30));
    let first = SubTask { budget: Credits::whole(1), deadline: None, ..runs(code(0, 1_000_000)) };
    let mut tasks = chain(first, 4);
    tasks.push(runs(code(0, 1_000_000)));
    let both = SubTask { after: [2, 4].into(), ..runs(code(0, 1_000_000)) };
    tasks.push(SubTask { deadline: None, ..both });
    submit(&mut town, tasks);
    town.run(Span::secs(120));
    let outcomes: Vec<_> =
        (0..6).map(|task| ended(&town, task).expect("it ended").outcome).collect();
    use TaskOutcome::{Completed, Dependency, OverBudget};
    assert_eq!(outcomes, [OverBudget, Dependency, Dependency, Dependency, Completed, Dependency]);
    let over = |fact: &Fact| matches!(fact, Fact::JobEnded { job: 0, completed: 1, failed: 5 });
    assert_eq!(town.count(over), 1);
}

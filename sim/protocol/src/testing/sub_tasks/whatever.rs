//! A job, disturbed in one way at one moment, for every moment of its life: whatever happens, each
//! sub-task ends once, rightly, and its money goes to those who worked.

mod oracle;

use super::{COMPUTE, OWNER, STORAGE, USER, sub_task, submit};
use crate::credit::Credits;
use crate::fact::Fact;
use crate::id::{Addr, Id};
use crate::service::{File, SubTask};
use crate::testing::Town;
use crate::time::Span;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use oracle::Case;

/// Moments are so far apart.
const STEP: Span = Span::millis(500);
const FINE: Span = Span::millis(25);
/// All that anybody repeats is over after this, and what is put aside expires.
const DRAIN: Span = Span::secs(700);
const SOON: Span = Span::secs(5);
const LATE: Span = Span::secs(120);
/// After a longer loss a user's node gives up who computes for it.
const LOSS_NOTICED: Span = Span::secs(2);
/// How long a seller is looked for.
const PATIENCE: Span = Span::secs(150);

/// What happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Trouble {
    Nothing,
    Crash(Addr),
    Leave(Addr),
    /// Crashes, and is back after a while.
    Back(Addr, Span),
    /// Leaves, and is back after a while.
    Return(Addr, Span),
    /// The AdminServer is down.
    AdminDown(Span),
    /// Every message is lost, but for bulk data.
    Loss(Span),
}

use Trouble::{AdminDown, Back, Crash, Leave, Loss, Nothing, Return};

const TROUBLES: [Trouble; 20] = [
    Nothing,
    Crash(USER),
    Leave(USER),
    Back(USER, SOON),
    Back(USER, LATE),
    Return(USER, SOON),
    Crash(COMPUTE[0]),
    Leave(COMPUTE[0]),
    Back(COMPUTE[0], SOON),
    Back(COMPUTE[0], LATE),
    Crash(STORAGE[0]),
    Leave(STORAGE[0]),
    Back(STORAGE[0], SOON),
    Back(STORAGE[0], LATE),
    Crash(OWNER),
    Leave(OWNER),
    Back(OWNER, SOON),
    AdminDown(Span::secs(20)),
    Loss(Span::secs(2)),
    Loss(Span::secs(20)),
];

/// A town in which all takes a tenth of the time.
fn town() -> Town {
    super::town(|rules| {
        rules.service.target_runtime = Span::secs(10);
        rules.service.hold_extra = Span::secs(10);
        rules.service.heartbeat = Span::secs(2);
        rules.service.retry_pause = Span::secs(5);
        rules.service.patience = PATIENCE;
        rules.service.checkpoint.interval = Span::secs(3);
        rules.admin.reservation = Span::secs(90);
        rules.admin.keepalive = Span::secs(20);
        rules.overlay.rejoin_interval = Span::secs(20);
    })
}

/// A sub-task of ten seconds.
fn short(number: u64, checkpoint_bytes: u64) -> SubTask {
    let output = File { key: Id((6 << 60) + number), bytes: 200_000 };
    SubTask { cycles: 10_000, output, ..sub_task(checkpoint_bytes) }
}

/// Strikes, and lets all come to an end.
fn strike(mut town: Town, trouble: Trouble) -> Town {
    match trouble {
        Nothing => {}
        Crash(who) => town.crash(who),
        Leave(who) => town.leave(who),
        Back(who, after) => {
            town.crash(who);
            town.run(after);
            town.restart(who);
        }
        Return(who, after) => {
            town.leave(who);
            town.run(after);
            town.restart(who);
        }
        AdminDown(span) => {
            town.is_admin_down = true;
            town.run(span);
            town.is_admin_down = false;
        }
        Loss(span) => {
            town.loss = 1000;
            town.run(span);
            town.loss = 0;
        }
    }
    town.run(DRAIN);
    town
}

/// What came of all moments and troubles.
#[derive(Default, Debug)]
struct Count {
    cases: u32,
    /// More runs were begun than needed.
    repeated: u32,
    resumed: u32,
    by_receipt: u32,
}

fn all_moments(sub_tasks: Vec<SubTask>, at_stake: Span) -> Count {
    let mut town = town();
    let before: Vec<Credits> = (0..8).map(|n| town.balance(Addr(n))).collect();
    let (tasks, replicas) = (sub_tasks.len() as u32, usize::from(sub_tasks[0].replicas));
    town.facts.clear();
    town.noted.clear();
    submit(&mut town, sub_tasks);
    let mut count = Count::default();
    let mut failures = Vec::new();
    let begins = town.now;
    let over = strike(town.clone(), Nothing);
    let ends = over.facts.iter().rposition(|(_, fact)| matches!(fact, Fact::TaskEnded(_)));
    let usual = over.noted[ends.expect("it ends")].since(begins);
    while town.now.since(begins) < usual + Span::secs(4) {
        // More happens about its beginning and its end.
        let at = town.now.since(begins);
        let is_busy =
            at < Span::secs(2) || (at + Span::secs(1) > usual && at < usual + Span::secs(1));
        for trouble in TROUBLES {
            let at = town.now;
            let (over, before) = (strike(town.clone(), trouble), before.clone());
            let case = Case {
                town: over,
                trouble,
                tasks,
                replicas,
                before,
                began: begins,
                usual,
                at_stake,
            };
            if let Some(wrong) = case.wrong() {
                let at = at.since(begins);
                failures.push(format!("{trouble:?} after {:.3} s: {wrong}", at.as_secs()));
            }
            let runs = case.town.count(|fact| matches!(fact, Fact::RunStarted { .. }));
            let resumed = |fact: &Fact| matches!(fact, Fact::RunStarted { progress: 1.., .. });
            let by_receipt = |fact: &Fact| matches!(fact, Fact::Paid { by_receipt: true, .. });
            count.cases += 1;
            count.repeated += u32::from(runs > replicas * tasks as usize);
            count.resumed += u32::from(case.town.count(resumed) > 0);
            count.by_receipt += u32::from(case.town.count(by_receipt) > 0);
        }
        town.run(if is_busy { FINE } else { STEP });
    }
    std::println!("{count:?}");
    assert!(
        failures.is_empty(),
        "{} of {}:\n{}",
        failures.len(),
        count.cases,
        failures.iter().map(|f| format!("{f}\n")).collect::<String>()
    );
    count
}

#[test]
fn whatever_happens_a_checkpointed_sub_task_ends_once_and_rightly() {
    let count = all_moments([short(0, 500_000)].into(), Span::secs(4));
    assert!(count.resumed > 100, "{count:?}");
}

#[test]
fn whatever_happens_three_replicas_end_once_and_rightly() {
    all_moments([SubTask { replicas: 3, ..short(0, 0) }].into(), Span::secs(10));
}

#[test]
fn whatever_happens_two_sub_tasks_in_a_row_end_once_and_rightly() {
    let first = short(0, 0);
    let inputs = [first.output].into();
    let second = SubTask { inputs, after: Box::new([0]), ..short(1, 0) };
    all_moments([first, second].into(), Span::secs(10));
}

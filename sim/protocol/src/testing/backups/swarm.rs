//! Backups while nodes crash and come back at any time, and messages are lost.

use super::{USER, backup, command, copies, is_true, kept, sold, town};
use crate::credit::Credits;
use crate::fact::Fact;
use crate::id::Addr;
use crate::node::Command;
use crate::service::Backup;
use crate::time::Span;
use alloc::boxed::Box;
use proptest::prelude::*;

const STORAGE_NODES: u32 = 6;

#[derive(Clone, Copy, Debug)]
enum Event {
    /// A node crashes, or comes back.
    Turn(Addr),
    LoseData,
    Restore,
    Nothing,
}

fn event() -> impl Strategy<Value = (Event, u64)> {
    let what = prop_oneof![
        6 => (1..=STORAGE_NODES).prop_map(|n| Event::Turn(Addr(n))),
        2 => Just(Event::Turn(USER)),
        1 => Just(Event::LoseData),
        1 => Just(Event::Restore),
        1 => Just(Event::Nothing),
    ];
    (what, 0..90_000u64)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_copies_are_made_again_as_long_as_there_is_one(
        events in prop::collection::vec(event(), 1..40),
        loss in prop_oneof![Just(0u64), Just(30)],
        encrypted in any::<bool>(),
    ) {
        let hold = Span::secs(600);
        let mut town = town(STORAGE_NODES, |_| {});
        let wanted = Backup { hold, encrypted, budget: Credits::whole(9000), ..backup(3) };
        command(&mut town, USER, Command::BackUp(Box::new(wanted)));
        town.loss = loss;
        for (event, pause) in events {
            match event {
                Event::Turn(addr) if town.nodes[addr.0 as usize].is_some() => town.crash(addr),
                Event::Turn(addr) => town.restart(addr),
                Event::LoseData => command(&mut town, USER, Command::LoseData(3)),
                Event::Restore => command(&mut town, USER, Command::Restore(3)),
                Event::Nothing => {}
            }
            town.run(Span::millis(pause));
        }
        town.loss = 0;
        for addr in (0..=STORAGE_NODES).map(Addr) {
            if town.nodes[addr.0 as usize].is_none() {
                town.restart(addr);
            }
        }
        // Longer than what nobody knows of any more is kept.
        town.run(hold * 2);
        let user = |town: &super::Town| {
            let user = town.nodes[USER.0 as usize].as_ref().unwrap().service().unwrap();
            (user.backups().backup(3).is_some(), user.backups().has_data(3))
        };
        let (is_kept_up, has_data) = user(&town);
        let is_any = has_data || !copies(&town).is_empty();
        let story = || town.transcript.clone().unwrap();
        if is_kept_up && is_any {
            // A place may just be replaced.
            if is_true(&town, 3).is_err() {
                town.run(Span::secs(5));
            }
            prop_assert_eq!(is_true(&town, 3), Ok(()));
        } else {
            prop_assert!(kept(&town).is_empty(), "{}", story());
        }
        let ends = |town: &super::Town| town.count(|fact| {
            matches!(fact, Fact::Restored { .. } | Fact::RestoreFailed { .. })
        });
        let before = ends(&town);
        command(&mut town, USER, Command::Restore(3));
        town.run(Span::secs(30));
        prop_assert_eq!(ends(&town), before + 1, "a restore ends once");
        prop_assert_eq!(user(&town).1, is_kept_up && is_any);
        command(&mut town, USER, Command::Release(3));
        town.run(town.rules.admin.reservation + hold);
        prop_assert_eq!((sold(&town), kept(&town).len()), (0, 0));
        prop_assert_eq!(town.admin.ledger().escrow(), Credits::ZERO);
    }
}

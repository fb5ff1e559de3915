//! Data that is backed up on storage nodes, and files that are shared.

mod stories;
mod swarm;

use super::Town;
use crate::commodity::ResourceKind;
use crate::credit::Credits;
use crate::fact::{BackupFailure, CopyReason, Fact, Loss, PurchaseOutcome, RestoreFailure};
use crate::id::{Addr, Id};
use crate::market::{Endowment, Offer};
use crate::node::Command;
use crate::rules::{Rules, Scheme};
use crate::service::{Backup, File};
use crate::time::{Span, Time};
use alloc::boxed::Box;
use alloc::vec::Vec;

const USER: Addr = Addr(0);
/// Bytes of the data that is backed up: two seconds on a link.
const BYTES: u64 = 2_000_000;
/// How long a town lives before the first wish.
const BEFORE: Span = Span::secs(70);

/// A town of a user at node 0, so many storage nodes, the cheapest first, and two others.
fn town(storage_nodes: u32, adjust: impl FnOnce(&mut Rules)) -> Town {
    let sells = |n: u32| {
        let storage = Offer { capacity: 50_000_000, cost: n };
        (1..=storage_nodes).contains(&n).then_some(Endowment { storage, ..Endowment::default() })
    };
    let count = storage_nodes + 3;
    // The markets are with the last, which sells nothing.
    let part = u64::MAX / u64::from(count);
    let spread = |n: u32| (Id(part * u64::from((n + 1) % count) + part / 2), sells(n));
    let nodes: Vec<_> = (0..count).map(spread).collect();
    let mut town = Town::new(&nodes, 7, |rules| {
        rules.market.scheme = Scheme::SingleOverlay;
        rules.market.storage_width = 1_000_000;
        rules.market.value_bits = 30;
        rules.admin.initial_balance = 10_000;
        rules.service.retry_pause = Span::secs(10);
        rules.service.backup.check_interval = Span::secs(20);
        rules.service.backup.repair_after = Span::secs(60);
        adjust(rules);
    });
    town.run(BEFORE);
    town.transcribe();
    town
}

fn backup(replicas: u8) -> Backup {
    Backup {
        number: 3,
        bytes: BYTES,
        replicas,
        encrypted: false,
        budget: Credits::whole(3000),
        hold: Span::secs(2000),
    }
}

fn command(town: &mut Town, addr: Addr, command: Command) {
    town.act(addr, |node, rules, world| node.on_command(command, rules, world));
}

/// A town with a backup that has all its copies.
fn backed_up(storage_nodes: u32, backup: Backup) -> Town {
    let mut town = town(storage_nodes, |_| {});
    command(&mut town, USER, Command::BackUp(Box::new(backup)));
    town.run(Span::secs(15));
    assert_eq!(is_true(&town, backup.replicas), Ok(()));
    town
}

/// Who has copies, as the user's node believes.
fn copies(town: &Town) -> Vec<(Addr, u32)> {
    let node = town.nodes[USER.0 as usize].as_ref().expect("the user is up");
    let mut copies: Vec<_> = node.service().unwrap().backups().copies(3).collect();
    copies.sort();
    copies
}

/// Who really has copies, of those that are up.
fn kept(town: &Town) -> Vec<(Addr, u32)> {
    let up = town.nodes.iter().enumerate().filter_map(|(n, node)| Some((n, node.as_ref()?)));
    let has = up.filter_map(|(n, node)| Some((Addr(n as u32), node.service()?.store())));
    has.flat_map(|(addr, store)| store.copies().map(move |(place, _)| (addr, place))).collect()
}

/// Whether so many nodes have copies, each its own, and the user knows them all; else the story.
fn is_true(town: &Town, count: u8) -> Result<(), alloc::string::String> {
    let (believed, true_ones) = (copies(town), kept(town));
    let mut nodes: Vec<Addr> = believed.iter().map(|copy| copy.0).collect();
    nodes.dedup();
    if believed == true_ones && nodes.len() == usize::from(count) && believed.len() == nodes.len() {
        return Ok(());
    }
    let story = town.transcript.clone().unwrap_or_default();
    Err(alloc::format!("{believed:?} are {true_ones:?}\n{story}"))
}

fn sold(town: &Town) -> u64 {
    let nodes = town.nodes.iter().flatten();
    let stalls = nodes.filter_map(|node| node.market().seller().stall(ResourceKind::Storage));
    stalls.map(|stall| stall.sold()).sum()
}

/// When a fact was noted for the first time, since the first wish.
fn when(town: &Town, is_it: impl Fn(&Fact) -> bool) -> Option<Span> {
    let at = town.facts.iter().position(|(_, fact)| is_it(fact))?;
    Some(town.noted[at].since(Time::ZERO + BEFORE))
}

fn losses(town: &Town, reason: Loss) -> usize {
    town.count(|fact| matches!(fact, Fact::CopyLost { why, .. } if *why == reason))
}

fn repairs(town: &Town) -> usize {
    town.count(|fact| matches!(fact, Fact::CopyRepaired { bytes: BYTES, .. }))
}

fn restored(town: &Town) -> Option<(Span, u64)> {
    town.facts.iter().find_map(|(_, fact)| match fact {
        Fact::Restored { took, bytes, .. } => Some((*took, *bytes)),
        _ => None,
    })
}

#[test]
fn data_is_copied_to_as_many_nodes_as_wanted_and_to_none_twice() {
    let town = backed_up(5, backup(3));
    assert_eq!(copies(&town).iter().map(|c| c.0).collect::<Vec<_>>(), [Addr(1), Addr(2), Addr(3)]);
    let first = |fact: &Fact| {
        matches!(fact, Fact::CopyStored { bytes: BYTES, reason: CopyReason::First, .. })
    };
    assert_eq!(town.count(first), 3);
    assert_eq!(town.count(|f| matches!(f, Fact::BackedUp { backup: 3, replicas: 3, .. })), 1);
    assert_eq!(sold(&town), 3 * BYTES);
}

#[test]
fn a_lost_copy_is_made_again_on_another_node() {
    let mut town = backed_up(5, backup(3));
    town.crash(Addr(2));
    town.run(Span::secs(120));
    assert_eq!(is_true(&town, 3), Ok(()));
    assert_eq!((losses(&town, Loss::Silent), repairs(&town)), (1, 1));
    let began = |f: &Fact| matches!(f, Fact::RepairBegan { from: USER, .. });
    assert_eq!(town.count(began), 1, "the user has the data");
    assert!(copies(&town).iter().any(|copy| copy.0 == Addr(4)));
}

#[test]
fn a_node_that_is_back_soon_keeps_its_copy_and_one_that_is_back_late_drops_it() {
    let mut town = backed_up(5, backup(3));
    town.crash(Addr(2));
    town.run(Span::secs(30));
    town.restart(Addr(2));
    town.run(Span::secs(200));
    assert_eq!(is_true(&town, 3), Ok(()));
    assert_eq!((losses(&town, Loss::Silent), repairs(&town)), (0, 0));
    town.crash(Addr(2));
    town.run(Span::secs(120));
    town.restart(Addr(2));
    town.run(Span::secs(60));
    assert_eq!(is_true(&town, 3), Ok(()));
    assert_eq!((losses(&town, Loss::Silent), repairs(&town)), (1, 1));
    assert_eq!(sold(&town), 3 * BYTES, "the place that was lost is free");
}

#[test]
fn the_last_copy_repairs_the_others_when_the_user_has_lost_its_data() {
    let mut town = backed_up(5, backup(3));
    command(&mut town, USER, Command::LoseData(3));
    town.crash(Addr(1));
    town.crash(Addr(3));
    town.run(Span::secs(150));
    assert_eq!(is_true(&town, 3), Ok(()));
    assert_eq!((losses(&town, Loss::Silent), repairs(&town)), (2, 2));
    assert_eq!(town.count(|f| matches!(f, Fact::RepairBegan { from: Addr(2), .. })), 2);
    command(&mut town, USER, Command::Restore(3));
    town.run(Span::secs(10));
    // A request there, and two seconds on the link back.
    assert_eq!(restored(&town), Some((Span::millis(2100), BYTES)));
}

#[test]
fn what_is_lost_everywhere_is_not_restored_until_a_node_comes_back_with_it() {
    let mut town = backed_up(2, backup(2));
    command(&mut town, USER, Command::LoseData(3));
    town.crash(Addr(1));
    town.crash(Addr(2));
    town.run(Span::secs(150));
    assert_eq!(losses(&town, Loss::Silent), 2);
    command(&mut town, USER, Command::Restore(3));
    town.run(Span::secs(30));
    let no_copy =
        |f: &Fact| matches!(f, Fact::RestoreFailed { backup: 3, why: RestoreFailure::NoCopy });
    assert_eq!(town.count(no_copy), 1);
    town.restart(Addr(2));
    town.run(Span::secs(40));
    assert_eq!(copies(&town).len(), 1, "{}", town.transcript.unwrap());
    command(&mut town, USER, Command::Restore(3));
    town.run(Span::secs(60));
    assert_eq!(restored(&town).map(|r| r.1), Some(BYTES));
    // Whoever had it sells it anew: what was given up is not kept for nothing.
    town.run(Span::secs(200));
    assert_eq!(is_true(&town, 1), Ok(()));
    assert_eq!(sold(&town), BYTES);
    command(&mut town, USER, Command::Restore(4));
    let unknown =
        |f: &Fact| matches!(f, Fact::RestoreFailed { backup: 4, why: RestoreFailure::Unknown });
    assert_eq!(town.count(unknown), 1);
}

#[test]
fn a_restore_asks_the_next_when_a_node_is_gone_or_breaks_off() {
    let mut town = backed_up(3, backup(3));
    command(&mut town, USER, Command::LoseData(3));
    town.crash(Addr(3));
    command(&mut town, USER, Command::Restore(3));
    town.run(Span::millis(1200));
    let sending = town.ships.values().map(|ship| ship.0).next();
    town.crash(sending.expect("one sends"));
    town.run(Span::secs(10));
    assert_eq!(restored(&town).map(|r| r.1), Some(BYTES), "{}", town.transcript.unwrap());
}

#[test]
fn a_user_that_crashed_goes_on_with_its_copies() {
    for crash_after in [0, 100, 300, 700, 1500, 2200, 5000] {
        let mut town = town(5, |_| {});
        command(&mut town, USER, Command::BackUp(Box::new(backup(3))));
        town.run(Span::millis(crash_after));
        town.crash(USER);
        town.run(Span::secs(10));
        town.restart(USER);
        town.run(Span::secs(100));
        assert_eq!(copies(&town).len(), 3, "{crash_after}: {}", town.transcript.unwrap());
        assert!(copies(&town).iter().all(|copy| kept(&town).contains(copy)), "{crash_after}");
        town.crash(copies(&town)[0].0);
        town.run(Span::secs(120));
        assert_eq!(copies(&town).len(), 3, "{crash_after}");
        assert_eq!(repairs(&town), 1, "{crash_after}");
        command(&mut town, USER, Command::Release(3));
        // What a seller sold to a user that does not know is held to its end.
        town.run(Span::secs(2000) + town.rules.admin.reservation + Span::secs(100));
        assert_eq!((sold(&town), kept(&town).len()), (0, 0), "{crash_after}");
        assert_eq!(town.admin.ledger().escrow(), Credits::ZERO, "{crash_after}");
    }
}

#[test]
fn copies_outlive_the_time_that_their_places_were_bought_for() {
    for storage_nodes in [3, 5] {
        let hold = Span::secs(400);
        let mut town = backed_up(storage_nodes, Backup { hold, ..backup(3) });
        command(&mut town, USER, Command::LoseData(3));
        for _ in 0..40 {
            town.run(Span::secs(40));
            assert_eq!(is_true(&town, 3), Ok(()));
        }
        let lost = town.count(|fact| matches!(fact, Fact::CopyLost { .. }));
        assert_eq!((lost, repairs(&town)), (0, 0), "{}", town.transcript.unwrap());
        // The cheapest are named again, and have the data.
        let renewed = |fact: &Fact| {
            matches!(fact, Fact::CopyStored { bytes: 0, reason: CopyReason::Renewal, .. })
        };
        assert_eq!(town.count(renewed), 4 * 3, "{storage_nodes}: {}", town.transcript.unwrap());
        assert_eq!(sold(&town), 3 * BYTES);
    }
}

#[test]
fn encrypted_data_is_larger_and_takes_its_time_both_ways() {
    let mut town = town(3, |rules| {
        rules.service.backup.encryption_rate = 250_000;
        rules.service.backup.encryption_overhead = 0.05;
    });
    let encrypted = Backup { encrypted: true, ..backup(1) };
    command(&mut town, USER, Command::BackUp(Box::new(encrypted)));
    town.run(Span::secs(15));
    // 8 s to encrypt; 2,100,000 bytes on the link; two latencies until the user knows.
    let stored = |fact: &Fact| matches!(fact, Fact::CopyStored { bytes: 2_100_000, .. });
    assert_eq!(when(&town, stored), Some(Span::millis(8000 + 2100 + 100)));
    assert_eq!(sold(&town), 3_000_000, "places are whole units of storage");
    command(&mut town, USER, Command::LoseData(3));
    command(&mut town, USER, Command::Restore(3));
    town.run(Span::secs(15));
    assert_eq!(restored(&town), Some((Span::millis(50 + 2100 + 50 + 8000), 2_100_000)));
}

#[test]
fn a_place_is_paid_for_the_time_that_it_was_used() {
    let mut town = backed_up(3, backup(2));
    let accepted = town.facts.iter().filter_map(|(_, fact)| match fact {
        Fact::PurchaseAccepted(acceptance) => Some((acceptance.purchase, *acceptance)),
        _ => None,
    });
    let accepted: Vec<_> = accepted.collect();
    assert_eq!(accepted.len(), 2);
    town.run(Span::secs(485));
    command(&mut town, USER, Command::Release(3));
    town.run(Span::secs(10));
    for (purchase, acceptance) in accepted {
        assert_eq!(town.outcome(purchase), Some(PurchaseOutcome::EndedEarly));
        let paid = town.facts.iter().find_map(|(_, fact)| match fact {
            Fact::Paid { payment, .. } if payment.purchase == purchase => Some(*payment),
            _ => None,
        });
        // A quarter of 2,000 s.
        let (paid, whole) = (paid.unwrap().seller_payoff.0, acceptance.seller_payoff.0);
        assert!(paid * 4 > whole * 99 / 100 && paid * 4 <= whole, "{paid} of {whole}");
    }
    assert_eq!((sold(&town), kept(&town).len()), (0, 0), "nothing stays sold");
    assert_eq!(town.admin.ledger().escrow(), Credits::ZERO);
    assert!(copies(&town).is_empty());
}

#[test]
fn a_backup_that_nobody_sells_storage_for_fails() {
    for (budget, why) in [(3000, BackupFailure::NoSeller), (0, BackupFailure::OverBudget)] {
        let nodes = if budget == 0 { 3 } else { 0 };
        let mut town = town(nodes, |rules| rules.service.patience = Span::secs(60));
        let poor = Backup { budget: Credits::whole(budget), ..backup(2) };
        command(&mut town, USER, Command::BackUp(Box::new(poor)));
        town.run(Span::secs(200));
        let failed =
            |f: &Fact| matches!(f, Fact::BackupFailed { backup: 3, why: it } if *it == why);
        assert_eq!(town.count(failed), 1, "{}", town.transcript.unwrap());
        assert_eq!(town.admin.ledger().escrow(), Credits::ZERO);
    }
    let mut town = town(3, |_| {});
    command(&mut town, USER, Command::BackUp(Box::new(backup(2))));
    command(&mut town, USER, Command::LoseData(3));
    let lost = |f: &Fact| matches!(f, Fact::BackupFailed { why: BackupFailure::DataLost, .. });
    assert_eq!(town.count(lost), 1);
    town.run(Span::secs(100));
    assert_eq!((sold(&town), town.admin.ledger().escrow()), (0, Credits::ZERO));
}

#[test]
fn a_storage_node_that_leaves_keeps_its_copy_and_is_replaced_when_it_stays_away() {
    let mut town = backed_up(5, backup(3));
    town.leave(Addr(2));
    town.run(Span::secs(10));
    assert_eq!((losses(&town, Loss::Silent), repairs(&town)), (0, 0));
    town.run(town.rules.service.backup.repair_after + Span::secs(120));
    assert_eq!(is_true(&town, 3), Ok(()));
    assert_eq!((losses(&town, Loss::Silent), repairs(&town)), (1, 1));
}

const FILE: File = File { key: Id(5 << 60), bytes: 1_000_000 };

fn downloads(town: &Town) -> Vec<(Addr, Addr)> {
    let got = town.facts.iter().filter_map(|(me, fact)| match fact {
        Fact::Downloaded { key, bytes: 1_000_000, from, .. } if *key == FILE.key => {
            Some((*me, *from))
        }
        _ => None,
    });
    got.collect()
}

#[test]
fn a_shared_file_is_found_and_served_on_by_those_that_downloaded_it() {
    let mut town = town(5, |_| {});
    command(&mut town, Addr(1), Command::Share(FILE));
    town.run(Span::secs(5));
    command(&mut town, Addr(2), Command::Download(FILE));
    town.run(Span::secs(5));
    assert_eq!(downloads(&town), [(Addr(2), Addr(1))]);
    town.crash(Addr(1));
    command(&mut town, Addr(3), Command::Download(FILE));
    town.run(Span::secs(60));
    assert_eq!(downloads(&town)[1..], [(Addr(3), Addr(2))], "{}", town.transcript.unwrap());
    command(&mut town, Addr(3), Command::Download(FILE));
    assert_eq!(downloads(&town)[2..], [(Addr(3), Addr(3))], "it is here");
}

#[test]
fn a_download_that_breaks_off_goes_on_from_the_next() {
    let mut town = town(5, |_| {});
    command(&mut town, Addr(1), Command::Share(FILE));
    command(&mut town, Addr(2), Command::Share(FILE));
    town.run(Span::secs(5));
    command(&mut town, Addr(3), Command::Download(FILE));
    town.run(Span::millis(700));
    let from = town.ships.values().map(|ship| ship.0).next().expect("one sends");
    town.crash(from);
    town.run(Span::secs(60));
    let other = if from == Addr(1) { Addr(2) } else { Addr(1) };
    assert_eq!(downloads(&town), [(Addr(3), other)]);
}

#[test]
fn a_file_that_nobody_has_is_not_found() {
    let mut town = town(3, |_| {});
    command(&mut town, Addr(1), Command::Download(FILE));
    town.run(Span::secs(100));
    let failed = |fact: &Fact| matches!(fact, Fact::DownloadFailed { key } if *key == FILE.key);
    assert_eq!(town.count(failed), 1);
    assert_eq!(downloads(&town), []);
}

//! The life of a backup as golden text, numbered as the steps in `docs/protocol.md`.

use super::*;
use crate::testing::transcripts::golden;

/// A town where little else happens, with a backup of two copies that is just wanted, of a user that
/// lost its data as soon as they were there.
fn begin(hold: Span) -> Town {
    let mut town = town(4, |rules| {
        rules.admin.keepalive = Span::secs(100);
        rules.admin.reservation = Span::secs(60);
        rules.market.relist_interval = Span::secs(1000);
        rules.market.listing_ttl = Span::secs(3000);
        rules.service.backup.repair_after = Span::secs(40);
    });
    town.run(Span::secs(1000));
    town.transcribe();
    command(&mut town, USER, Command::BackUp(Box::new(Backup { hold, ..backup(2) })));
    town.run(Span::secs(15));
    command(&mut town, USER, Command::LoseData(3));
    town
}

/// The end, at which nothing stays behind.
fn release(town: &mut Town) {
    command(town, USER, Command::Release(3));
    town.run(Span::secs(5));
    assert_eq!((sold(town), town.admin.ledger().escrow()), (0, Credits::ZERO));
}

#[test]
fn a_storage_node_sends_its_copy_on_and_the_user_has_its_data_back() {
    let mut town = begin(Span::secs(2000));
    town.run(Span::secs(12));
    town.crash(Addr(2));
    town.run(Span::secs(65));
    command(&mut town, USER, Command::Restore(3));
    town.run(Span::secs(5));
    town.restart(Addr(2));
    town.run(Span::secs(5));
    assert_eq!((is_true(&town, 2), repairs(&town)), (Ok(()), 1));
    assert_eq!(restored(&town).map(|restored| restored.1), Some(BYTES));
    release(&mut town);
    golden(
        "backups_6_storage_node_crashes_and_the_other_sends_its_copy_on",
        "A user's node (0) backs 2 MB up at two storage nodes, each bought on the market, and loses \
         its data.\nOne of them crashes. When it was silent for 40 s another is bought from, and \
         the one that is left\nsends its copy there. The user has its data back; the one that comes \
         back is told to drop its copy.\nAt the end all places are given back, and paid for their \
         time (CompuP2P, V; ours).",
        &town,
    );
}

#[test]
fn the_last_copy_comes_back_with_its_node() {
    let mut town = begin(Span::secs(2000));
    town.crash(Addr(1));
    town.crash(Addr(2));
    town.run(Span::secs(80));
    command(&mut town, USER, Command::Restore(3));
    town.run(Span::secs(5));
    town.restart(Addr(2));
    town.run(Span::secs(5));
    command(&mut town, USER, Command::Restore(3));
    town.run(Span::secs(60));
    assert_eq!(restored(&town).map(|restored| restored.1), Some(BYTES));
    assert_eq!(is_true(&town, 2), Ok(()));
    release(&mut town);
    golden(
        "backups_7_the_last_copy_comes_back_with_its_node",
        "Both storage nodes crash, and the user has lost its data: it cannot be restored. One comes \
         back with\nits copy, which had been given up: it is all that is left, so it is kept until \
         there is another.",
        &town,
    );
}

#[test]
fn a_place_is_renewed_at_its_node() {
    let mut town = begin(Span::secs(120));
    town.run(Span::secs(95));
    assert_eq!(is_true(&town, 2), Ok(()));
    assert!(when(&town, |fact| matches!(fact, Fact::CopyStored { bytes: 0, .. })).is_some());
    release(&mut town);
    golden(
        "backups_8_places_are_renewed",
        "Places are bought for 120 s. When 40 s are left (two rounds of checks) they are bought \
         anew. The\nmarket names the same nodes: they have the data, and nothing is sent.",
        &town,
    );
}

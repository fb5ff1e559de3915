//! Many nodes, many purchases, and crashes among them: what must hold whatever happens.

use super::{Town, sells};
use crate::commodity::{Commodity, ResourceKind};
use crate::credit::Credits;
use crate::fact::{Fact, PurchaseOutcome};
use crate::id::{Addr, Id};
use crate::market;
use crate::node::Message;
use crate::overlay::peer::{Member, Peer};
use crate::rules::Scheme;
use crate::time::Span;
use alloc::vec::Vec;

const N: u32 = 60;
const SEEDS: u64 = 5;

fn swarm(scheme: Scheme, seed: u64) -> Town {
    let node = |n: u32| {
        let capacity = 300 + u64::from(n * 37 % 600);
        (Id::of_addr(Addr(n), 0, 64), sells(capacity, 1 + n % 40).filter(|_| !n.is_multiple_of(3)))
    };
    let nodes: Vec<_> = (0..N).map(node).collect();
    Town::new(&nodes, seed, |rules| {
        rules.market.scheme = scheme;
        rules.market.width = 50;
        rules.market.value_bits = 10;
    })
}

/// The members of the processor overlay, by CMID.
fn members(town: &Town) -> Vec<Member> {
    let markets = town.nodes.iter().flatten().flat_map(|node| node.market().markets());
    let mut members: Vec<_> = markets.filter_map(|m| m.member().map(|m| m.me())).collect();
    members.sort_by_key(|member| member.id(&town.rules));
    members
}

fn assert_true_ring(town: &Town) {
    let members = members(town);
    assert!(members.windows(2).all(|two| two[0].commodity != two[1].commodity), "one claim a CMID");
    for market in town.nodes.iter().flatten().flat_map(|node| node.market().markets()) {
        let member = market.member().unwrap();
        assert!(member.is_in());
        let place = members.iter().position(|&m| m == member.me()).unwrap();
        let at = |n: usize| members[(place + n) % members.len()];
        assert_eq!(member.successors().first(), Some(&at(1)), "{:?}", member.me());
        assert_eq!(member.predecessor(), Some(at(members.len() - 1)));
    }
}

#[test]
fn the_processor_overlay_becomes_the_true_ring() {
    for seed in 0..SEEDS {
        let mut town = swarm(Scheme::ProcessorOverlay, seed);
        town.run(Span::secs(1800));
        assert!(members(&town).len() > 5);
        assert_true_ring(&town);
    }
}

#[test]
fn markets_of_the_only_market_owner_find_each_other() {
    let mut town = Town::new(&[(Id::of_addr(Addr(0), 0, 64), None)], 1, |rules| {
        rules.market.width = 50;
        rules.market.value_bits = 10;
        rules.overlay.rejoin_interval = Span::secs(20);
    });
    // All open at once, and the AdminServer knows nobody yet: each begins a ring of its own.
    for amount in [100, 400, 700] {
        let commodity = Commodity::offered(ResourceKind::Cpu, amount, 50);
        let list = market::Message::List { commodity, bid: 31, platform: Default::default() };
        town.post(Addr(0), Addr(0), Message::Market(list));
    }
    town.run(Span::secs(100));
    assert_eq!(members(&town).len(), 3);
    assert_true_ring(&town);
}

#[test]
fn whatever_happens_every_purchase_ends_once_and_no_money_is_lost() {
    let schemes = [Scheme::SingleOverlay, Scheme::ProcessorOverlay, Scheme::Naive];
    for (scheme, seed) in schemes.into_iter().flat_map(|s| (0..SEEDS).map(move |seed| (s, seed))) {
        let mut town = swarm(scheme, seed);
        town.run(Span::secs(120));
        town.loss = 5 * seed;
        let mut crashed = Vec::new();
        for purchase in 0..200 {
            let buyer = purchase * 7 % N;
            if town.nodes[buyer as usize].is_none() {
                continue;
            }
            let amount = 100 + u64::from(purchase * 31 % 500);
            let hold = Span::secs(20 + u64::from(purchase % 50));
            town.buy(Addr(buyer), purchase, amount, 20 + purchase % 100, hold);
            if purchase % 5 == 3 {
                let victim = purchase * 11 % N;
                match purchase % 10 {
                    3 => town.crash(Addr(victim)),
                    _ => town.leave(Addr(victim)),
                }
                crashed.push(victim);
            }
            if purchase % 5 == 4 && crashed.len() > 3 {
                town.join(Addr(crashed.remove(0)));
            }
            town.run(Span::millis(1500));
        }
        town.loss = 0;
        town.run(Span::secs(300));
        for node in town.nodes.iter().flatten() {
            assert!(node.market().buyer().purchases().is_empty(), "all that began has ended");
            assert!(node.market().seller().stalls().all(|stall| stall.sold() == 0));
        }
        let completed = (0..200).filter(|&n| town.outcome(n) == Some(PurchaseOutcome::Completed));
        assert!(completed.count() > 80, "{scheme:?}");
        // Buyers that crashed leave something aside until it expires.
        town.run(town.rules.admin.reservation + Span::secs(60));
        assert_eq!(town.admin.ledger().escrow(), Credits::ZERO);
        if scheme == Scheme::ProcessorOverlay {
            town.run(Span::secs(1800));
            assert_true_ring(&town);
        }
        assert!(town.count(|fact| matches!(fact, Fact::HandedOver { .. })) < 1000);
    }
}

#[test]
fn the_same_town_lives_the_same_life() {
    let life = || {
        let mut town = swarm(Scheme::ProcessorOverlay, 1);
        town.run(Span::secs(200));
        town.buy(Addr(0), 0, 300, 90, Span::secs(10));
        town.run(Span::secs(30));
        town.facts
    };
    assert_eq!(life(), life());
}

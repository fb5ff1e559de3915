//! The protocol as golden text: `tests/transcripts`. With `GOLDEN=1` in the environment the files
//! are written anew.

use super::{Town, sells};
use crate::commodity::{Commodity, ResourceKind};
use crate::fact::{Fact, PurchaseOutcome};
use crate::id::{Addr, Id};
use crate::market;
use crate::node::Message;
use crate::rules::{Rules, Scheme};
use crate::time::Span;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Compares with, or writes, a golden file.
fn golden(name: &str, title: &str, town: &Town) {
    let path = format!("{}/tests/transcripts/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let transcript = town.transcript.as_ref().expect("the test transcribes");
    let text = format!("{title}\n\n{transcript}");
    if std::env::var_os("GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_else(|_| String::new());
    assert!(known == text, "{path} differs; GOLDEN=1 writes it anew. Now:\n{text}");
}

/// Small numbers: commodities 50 wide, values of 10 bits.
fn small(scheme: Scheme) -> impl FnOnce(&mut Rules) {
    move |rules| {
        rules.market.scheme = scheme;
        rules.market.width = 50;
        rules.market.value_bits = 10;
    }
}

/// Where nodes with SHA-1 identifiers are.
fn hashed(n: u32) -> Id {
    Id::of_addr(Addr(n), 0, 64)
}

#[test]
fn a_listing_and_a_purchase_in_the_processor_overlay() {
    let endowments = [sells(430, 20), sells(410, 35), sells(720, 15), None, None, None, None, None];
    let nodes: Vec<_> =
        endowments.iter().enumerate().map(|(n, &e)| (hashed(n as u32), e)).collect();
    let mut town = Town::new(&nodes, 1, small(Scheme::ProcessorOverlay));
    town.transcribe();
    town.run(Span::secs(100));
    town.buy(Addr(5), 0, 280, 200, Span::secs(30));
    town.run(Span::secs(40));
    assert_eq!(town.outcome(0), Some(PurchaseOutcome::Completed));
    golden(
        "processor_overlay",
        "Three sellers list themselves, of 430 and 410 in market C=400 and of 720 in market C=700. \
         A buyer of 280\nasks any market owner for C=300: the nearest market above is C=400, where \
         the least marginal cost wins\nand is paid the second least (CompuP2P, IV-A.2, IV-B.1). The \
         seller lists what remains.",
        &town,
    );
}

/// Four nodes, at the ends of the quarters of the circle.
fn quarters(endowments: [Option<market::Endowment>; 4]) -> Vec<(Id, Option<market::Endowment>)> {
    let ends = [1 << 62, 2 << 62, 3 << 62, u64::MAX];
    ends.into_iter().map(Id).zip(endowments).collect()
}

#[test]
fn a_purchase_in_the_single_overlay_takes_two_attempts() {
    let nodes = quarters([sells(620, 20), None, None, None]);
    let mut town = Town::new(&nodes, 1, small(Scheme::SingleOverlay));
    town.transcribe();
    town.run(Span::secs(60));
    town.buy(Addr(3), 0, 300, 200, Span::secs(20));
    town.run(Span::secs(25));
    assert_eq!(town.outcome(0), Some(PurchaseOutcome::Completed));
    golden(
        "single_overlay",
        "Values C up to 1,023 are spread over a circle with a node at the end of each quarter. \
         The market for\nC=300 is at node 1, which has no seller; C=550 is the first commodity \
         beyond its quarter, and node 2 knows\na seller of C=600 (CompuP2P, IV-A.1).",
        &town,
    );
}

#[test]
fn a_seller_that_died_is_pinged_and_passed_by() {
    let nodes = quarters([sells(320, 10), sells(330, 20), sells(340, 30), None]);
    let mut town = Town::new(&nodes, 1, small(Scheme::SingleOverlay));
    town.run(Span::secs(60));
    town.transcribe();
    town.crash(Addr(0));
    town.buy(Addr(3), 0, 300, 200, Span::secs(5));
    town.run(Span::secs(20));
    assert_eq!(town.outcome(0), Some(PurchaseOutcome::Completed));
    assert_eq!(town.count(|fact| matches!(fact, Fact::StaleSellerPinged(_))), 1);
    golden(
        "dead_seller",
        "Three sellers are listed in market C=300 at node 1; the cheapest, node 0, is dead. The \
         owner pings\nit before it answers, and tells the buyer of the next.",
        &town,
    );
}

#[test]
fn a_seller_lists_the_remainder() {
    let nodes = quarters([sells(920, 10), None, None, None]);
    let mut town = Town::new(&nodes, 1, small(Scheme::SingleOverlay));
    town.run(Span::secs(60));
    town.transcribe();
    town.buy(Addr(3), 0, 300, 200, Span::secs(20));
    town.run(Span::secs(5));
    let listed =
        town.nodes[0].as_ref().and_then(|node| node.market().seller().stalls().next()?.listed());
    assert_eq!(listed, Some((Addr(2), Commodity::offered(ResourceKind::Cpu, 620, 50))));
    town.run(Span::secs(20));
    golden(
        "remainder",
        "A seller of 920 sells 300: it de-lists itself from market C=900 and moves to market C=600 \
         for what\nremains (CompuP2P, IV-B). When the time is over it moves back.",
        &town,
    );
}

#[test]
fn two_claims_to_one_market_heal() {
    let nodes: Vec<_> =
        (0..6).map(|n| (hashed(n), (n == 0).then(|| sells(420, 10)).flatten())).collect();
    let mut town = Town::new(&nodes, 1, small(Scheme::ProcessorOverlay));
    town.transcribe();
    town.run(Span::secs(61));
    let commodity = Commodity::offered(ResourceKind::Cpu, 400, 50);
    let owners = |town: &Town| -> Vec<Addr> {
        let owns = |n: &u32| {
            let node = town.nodes[*n as usize].as_ref();
            node.is_some_and(|node| {
                node.market().markets().iter().any(|m| m.commodity() == commodity)
            })
        };
        (0..6).filter(owns).map(Addr).collect()
    };
    let true_owner = owners(&town);
    let wrong = (0..6).map(Addr).find(|addr| true_owner != [*addr] && *addr != Addr(0)).unwrap();
    let list = market::Message::List { commodity, bid: 31, platform: Default::default() };
    town.post(Addr(5), wrong, Message::Market(list));
    town.run(Span::secs(1));
    assert_eq!(owners(&town).len(), 2);
    town.run(Span::secs(70));
    assert_eq!(owners(&town), true_owner);
    golden(
        "two_claims",
        "A listing of C=400 reaches a node that is not the successor of hash(C), and there are two \
         markets of\none CMID. Each looks hash(C) up again each re-list interval: the one that is \
         not the owner hands its\nlistings over and leaves the processor overlay (ours; the paper \
         is silent).",
        &town,
    );
}

#[test]
fn a_buyer_without_the_money_is_refused_by_the_bank() {
    let nodes = quarters([sells(320, 10), None, None, None]);
    let mut town = Town::new(&nodes, 1, |rules| {
        small(Scheme::SingleOverlay)(rules);
        rules.admin.initial_balance = 100;
    });
    town.run(Span::secs(60));
    town.transcribe();
    town.buy(Addr(3), 0, 300, 101, Span::secs(5));
    town.run(Span::secs(5));
    assert_eq!(town.outcome(0), Some(PurchaseOutcome::InsufficientFunds));
    golden(
        "insufficient_funds",
        "A buyer has 100 credits and a budget of 101. A lone seller is paid the budget, and the \
         bank puts\nnothing aside.",
        &town,
    );
}

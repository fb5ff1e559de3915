//! The protocol as golden text: `tests/transcripts`. With `GOLDEN=1` in the environment the files
//! are written anew.

use super::{Town, sells};
use crate::behaviour::{BuyerBehaviour, Character};
use crate::commodity::{Commodity, Platform, Platforms, ResourceKind};
use crate::credit::Credits;
use crate::fact::{Fact, PurchaseOutcome};
use crate::id::{Addr, Id};
use crate::market::{self, Endowment, Offer, Order};
use crate::node::Message;
use crate::rules::{PricingRule, Rules, Scheme};
use crate::time::Span;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Compares with, or writes, a golden file.
pub(super) fn golden(name: &str, title: &str, town: &Town) {
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

/// The same, with a bank that soon pays by receipt, or gives back.
fn hasty(scheme: Scheme) -> impl FnOnce(&mut Rules) {
    move |rules| {
        small(scheme)(rules);
        rules.market.storage_width = 50;
        rules.admin.reservation = Span::secs(10);
        rules.admin.keepalive = Span::secs(20);
    }
}

/// A seller of so much storage, at such a cost.
fn stores(capacity: u64, cost: u32) -> Option<Endowment> {
    Some(Endowment { storage: Offer { capacity, cost }, ..Endowment::default() })
}

/// An order of storage.
fn storage(purchase: u32, amount: u64, hold: Span) -> Order {
    let (kind, platforms) = (ResourceKind::Storage, Platforms::ANY);
    Order { purchase, kind, amount, budget: 200, hold, platforms, service: None }
}

fn paid_by_receipt(town: &Town) -> usize {
    town.count(|fact| matches!(fact, Fact::Paid { by_receipt: true, .. }))
}

#[test]
fn a_buyer_that_denies_pays_all_the_same() {
    let character = Character { buyer: BuyerBehaviour::Denying, ..Character::default() };
    let denier = Some(Endowment { character, ..Endowment::default() });
    let nodes = quarters([sells(320, 10), None, None, denier]);
    let mut town = Town::new(&nodes, 1, hasty(Scheme::SingleOverlay));
    town.run(Span::secs(60));
    town.transcribe();
    town.buy(Addr(3), 0, 300, 200, Span::secs(20));
    town.run(Span::secs(50));
    assert_eq!(town.outcome(0), Some(PurchaseOutcome::Denied));
    assert_eq!(paid_by_receipt(&town), 1);
    golden(
        "denying_buyer",
        "A seller shows the bank a delivery receipt before it tells its buyer that the time is \
         over. The buyer\ndisputes what it got and wants its money back: the bank keeps it, and \
         pays the seller when the\nreservation expires, 10 s after the end (SPEC 6; ours).",
        &town,
    );
}

#[test]
fn a_buyer_that_vanishes_pays_all_the_same() {
    let nodes = quarters([sells(320, 10), None, None, None]);
    let mut town = Town::new(&nodes, 1, hasty(Scheme::SingleOverlay));
    town.run(Span::secs(60));
    town.transcribe();
    town.buy(Addr(3), 0, 300, 200, Span::secs(20));
    town.run(Span::secs(10));
    town.crash(Addr(3));
    town.run(Span::secs(50));
    assert_eq!((town.outcome(0), paid_by_receipt(&town)), (None, 1));
    golden(
        "vanished_buyer",
        "A buyer crashes while its task runs. The seller sees it through, and shows the bank its \
         delivery receipt,\nfor which it is paid when the reservation expires (SPEC 6; ours).",
        &town,
    );
}

#[test]
fn storage_that_is_given_back_is_paid_for_its_time() {
    let nodes = quarters([stores(320, 10), None, None, None]);
    let mut town = Town::new(&nodes, 1, hasty(Scheme::SingleOverlay));
    town.run(Span::secs(60));
    town.transcribe();
    town.order(Addr(3), storage(0, 300, Span::secs(40)));
    town.run(Span::secs(10));
    town.leave(Addr(3));
    town.run(Span::secs(70));
    let seller = Credits(200_000_000 - 1_000_000);
    let paid = town.facts.iter().find_map(|(_, fact)| match fact {
        Fact::Paid { payment, by_receipt: true } => Some(payment.seller_payoff),
        _ => None,
    });
    let share = paid.expect("it is paid").0 as f64 / seller.0 as f64;
    assert!((0.2..0.25).contains(&share), "{share}");
    golden(
        "storage_given_back",
        "A buyer of storage for 40 s leaves after less than 10 s. The seller shows a receipt for \
         the part of the\ntime that it kept the buyer's data, and is paid that part when the \
         reservation expires; the rest goes\nback to the buyer (SPEC 6: storage is paid pro rata; \
         ours).",
        &town,
    );
}

#[test]
fn a_seller_does_not_sell_below_its_cost() {
    let nodes = quarters([sells(320, 10), None, None, None]);
    let mut town = Town::new(&nodes, 1, |rules| {
        hasty(Scheme::SingleOverlay)(rules);
        rules.pricing.rule = PricingRule::MaxMin;
        rules.market.max_attempts = 1;
    });
    town.run(Span::secs(60));
    // The market owner holds that the seller bid 5.
    let commodity = Commodity::offered(ResourceKind::Cpu, 320, 50);
    let list = market::Message::List { commodity, bid: 5, platform: Platform::default() };
    town.post(Addr(0), Addr(1), Message::Market(list));
    town.run(Span::secs(1));
    town.transcribe();
    town.buy(Addr(3), 0, 300, 200, Span::secs(20));
    town.run(Span::secs(15));
    assert_eq!(town.outcome(0), Some(PurchaseOutcome::SellerGone));
    assert_eq!(town.count(|fact| matches!(fact, Fact::SaleRefused { .. })), 1);
    golden(
        "below_cost",
        "Max-min payoff (CompuP2P, IV-B.2, equation 1): the seller is to get what it bid and one \
         more. A market\nowner says that it bid 5, but a sale costs it 10: \"a seller does not \
         provide its service unless its\npayoff is greater than its marginal cost\", and the \
         market owner earns nothing.",
        &town,
    );
}

#[test]
fn a_buyer_is_named_a_seller_whose_platform_it_can_use() {
    let on = |platform, cost| {
        let cpu = Offer { capacity: 320, cost };
        Some(Endowment { cpu, platform: Platform(platform), ..Endowment::default() })
    };
    let nodes = quarters([on(1, 10), on(2, 20), on(2, 30), None]);
    let mut town = Town::new(&nodes, 1, hasty(Scheme::SingleOverlay));
    town.transcribe();
    town.run(Span::secs(60));
    let platforms = Platforms::NONE.with(Platform(2)).with(Platform(3));
    let (kind, hold) = (ResourceKind::Cpu, Span::secs(5));
    town.order(
        Addr(3),
        Order { purchase: 0, kind, amount: 300, budget: 200, hold, platforms, service: None },
    );
    town.run(Span::secs(10));
    assert_eq!(town.outcome(0), Some(PurchaseOutcome::Completed));
    golden(
        "platforms",
        "Three sellers in one market; the buyer's code runs on platforms 2 and 3. The cheapest, on \
         platform 1, is\npassed over, and its bid counts for nothing: of those on platform 2 the \
         least wins and is paid the\nsecond least (CompuP2P, IV-A: listings name OS, version, \
         processor).",
        &town,
    );
}

#[test]
fn storage_is_bought_in_markets_of_its_own_in_the_processor_overlay() {
    let endowments = [stores(430, 20), sells(410, 5), sells(720, 15), stores(720, 9), None, None];
    let nodes: Vec<_> =
        endowments.iter().enumerate().map(|(n, &e)| (hashed(n as u32), e)).collect();
    let mut town = Town::new(&nodes, 1, hasty(Scheme::ProcessorOverlay));
    town.transcribe();
    town.run(Span::secs(70));
    town.order(Addr(5), storage(0, 280, Span::secs(10)));
    town.run(Span::secs(15));
    assert_eq!(town.outcome(0), Some(PurchaseOutcome::Completed));
    golden(
        "storage",
        "Compute power and storage are traded by the same machinery (CompuP2P, IV-A), each kind on \
         an arc of its\nown of the processor overlay. A buyer of 280 bytes is sent to the nearest \
         storage market above, past the\nmarkets for compute power of the same values.",
        &town,
    );
}

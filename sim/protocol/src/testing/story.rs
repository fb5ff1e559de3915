//! What can go wrong with one purchase.

use super::{Town, sells};
use crate::commodity::{Commodity, Platforms, ResourceKind};
use crate::credit::Credits;
use crate::fact::{Fact, PurchaseOutcome, Service};
use crate::id::{Addr, Id};
use crate::market::{self, Endowment, Offer, Order};
use crate::node::Message;
use crate::rules::{Allocation, Handoff, Mechanism, Off, Rules, Scheme};
use crate::time::Span;
use crate::world::{Arrival, Ticket};
use alloc::vec::Vec;

pub(super) const SCHEMES: [Scheme; 3] =
    [Scheme::SingleOverlay, Scheme::ProcessorOverlay, Scheme::Naive];

pub(super) fn town(
    endowments: &[Option<Endowment>],
    scheme: Scheme,
    adjust: impl FnOnce(&mut Rules),
) -> Town {
    let hashed = |n| Id::of_addr(Addr(n), 0, 64);
    let nodes: Vec<_> = (0..).map(hashed).zip(endowments.iter().copied()).collect();
    let mut town = Town::new(&nodes, 1, |rules| {
        rules.market.scheme = scheme;
        rules.market.width = 50;
        rules.market.value_bits = 10;
        adjust(rules);
    });
    town.run(Span::secs(150));
    town
}

#[test]
fn a_seller_that_leaves_tells_its_buyer_at_once() {
    let mut town =
        town(&[sells(320, 10), None, None, None, None, None], Scheme::SingleOverlay, |_| {});
    town.buy(Addr(5), 0, 300, 200, Span::secs(600));
    town.run(Span::secs(10));
    town.leave(Addr(0));
    town.run(Span::secs(1));
    assert_eq!(town.outcome(0), Some(PurchaseOutcome::SellerFailed));
}

#[test]
fn two_buyers_at_once_never_get_the_same_capacity() {
    for scheme in SCHEMES {
        let mut town =
            town(&[sells(320, 10), sells(330, 20), None, None, None, None], scheme, |_| {});
        for n in 2..6 {
            town.buy(Addr(n), n, 300, 200, Span::secs(60));
        }
        town.run(Span::secs(50));
        let sold = town.count(|fact| matches!(fact, Fact::Sold { .. }));
        assert_eq!(sold, 2, "{scheme:?}");
        town.run(Span::secs(50));
        let ended = |outcome| (2..6).filter(|&n| town.outcome(n) == Some(outcome)).count();
        assert_eq!(ended(PurchaseOutcome::Completed), 2, "{scheme:?}");
        assert_eq!(ended(PurchaseOutcome::NoSeller), 2, "{scheme:?}");
    }
}

#[test]
fn sellers_that_are_too_dear_are_said_to_be() {
    for scheme in SCHEMES {
        let mut town = town(&[sells(320, 90), None, None, None, None, None], scheme, |_| {});
        town.buy(Addr(5), 0, 300, 90, Span::secs(20));
        town.run(Span::secs(10));
        assert_eq!(town.outcome(0), Some(PurchaseOutcome::OverBudget), "{scheme:?}");
    }
}

#[test]
fn nobody_sells_more_than_there_is() {
    for scheme in SCHEMES {
        let mut town = town(&[sells(320, 10), None, None, None, None, None], scheme, |_| {});
        town.buy(Addr(5), 0, 351, 90, Span::secs(20));
        town.buy(Addr(5), 1, 1 << 40, 90, Span::secs(20));
        town.run(Span::secs(10));
        for purchase in 0..2 {
            assert_eq!(town.outcome(purchase), Some(PurchaseOutcome::NoSeller), "{scheme:?}");
        }
    }
}

#[test]
fn a_market_that_stays_empty_is_dissolved() {
    for scheme in SCHEMES {
        let mut town = town(&[sells(320, 10), None, None, None, None, None], scheme, |_| {});
        town.crash(Addr(0));
        town.run(Span::secs(500));
        let nodes = town.nodes.iter().flatten();
        assert!(nodes.map(|node| node.load(&town.rules)).all(|load| load == Default::default()));
    }
}

#[test]
fn a_market_owner_that_leaves_hands_over_if_told_to() {
    for (handoff, outcome) in [
        (Handoff::None, PurchaseOutcome::NoSeller),
        (Handoff::Transfer, PurchaseOutcome::Completed),
    ] {
        let endowments = [sells(320, 10), None, None, None, None, None, None, None];
        let mut town = town(&endowments, Scheme::SingleOverlay, |rules| {
            rules.market.handoff = handoff;
            rules.market.relist_interval = Span::secs(100);
            rules.market.listing_ttl = Span::secs(200);
        });
        let owns = |node: &super::Node| !node.market().markets().is_empty();
        let owner = (0..8).find(|&n| town.nodes[n as usize].as_ref().is_some_and(owns)).unwrap();
        assert_ne!(owner, 0, "the test wants another");
        town.leave(Addr(owner));
        town.run(Span::secs(1));
        let buyer = (1..8).find(|&n| n != owner).unwrap();
        town.buy(Addr(buyer), 0, 300, 200, Span::secs(5));
        town.run(Span::secs(15));
        assert_eq!(town.outcome(0), Some(outcome), "{handoff:?}");
    }
}

#[test]
fn without_purging_listings_are_used_that_are_over() {
    for (off, late) in [(Off::default(), 0), (Off::these(&[Mechanism::Purge, Mechanism::Ping]), 1)]
    {
        let endowments = [sells(320, 10), None, None, None, None, None];
        let mut town = town(&endowments, Scheme::SingleOverlay, |rules| rules.off = off);
        town.crash(Addr(0));
        town.run(Span::secs(150));
        town.buy(Addr(5), 0, 300, 200, Span::secs(5));
        town.run(Span::secs(20));
        let used = town.count(|fact| matches!(fact, Fact::LateListingUsed(_)));
        assert!((used > 0) == (late > 0), "{used}");
        let outcome =
            if late > 0 { PurchaseOutcome::SellerGone } else { PurchaseOutcome::NoSeller };
        assert_eq!(town.outcome(0), Some(outcome));
    }
}

#[test]
fn whole_allocation_sells_all_that_a_seller_has() {
    let endowments = [sells(720, 10), None, None, None, None, None];
    let mut town = town(&endowments, Scheme::ProcessorOverlay, |rules| {
        rules.market.allocation = Allocation::Whole;
    });
    town.buy(Addr(5), 0, 300, 200, Span::secs(20));
    town.run(Span::secs(10));
    let all = |fact: &Fact| matches!(fact, Fact::Sold { amount: 720, sold: 720, .. });
    assert_eq!(town.count(all), 1);
}

#[test]
fn without_listing_again_sellers_are_forgotten() {
    for (off, outcome) in [
        (Off::default(), PurchaseOutcome::Completed),
        (Off::these(&[Mechanism::Relist]), PurchaseOutcome::NoSeller),
    ] {
        let endowments = [sells(320, 10), None, None, None, None, None];
        let mut town = town(&endowments, Scheme::ProcessorOverlay, |rules| rules.off = off);
        town.run(Span::secs(60));
        town.buy(Addr(5), 0, 300, 200, Span::secs(5));
        town.run(Span::secs(20));
        assert_eq!(town.outcome(0), Some(outcome));
    }
}

#[test]
fn without_pings_buyers_are_told_of_the_dead() {
    for (off, attempts) in [(Off::default(), 1), (Off::these(&[Mechanism::Ping]), 2)] {
        let endowments = [sells(320, 10), sells(330, 20), None, None, None, None, None];
        let mut town = town(&endowments, Scheme::ProcessorOverlay, |rules| rules.off = off);
        town.crash(Addr(0));
        town.buy(Addr(5), 0, 300, 200, Span::secs(5));
        town.run(Span::secs(20));
        let asked = town.facts.iter().find_map(|(_, fact)| match fact {
            Fact::PurchaseEnded(end) => Some((end.outcome, end.attempts)),
            _ => None,
        });
        assert_eq!(asked, Some((PurchaseOutcome::Completed, attempts)));
    }
}

#[test]
fn a_request_that_finds_nobody_counts_at_the_market_that_was_asked() {
    let width = 50;
    let mut town = town(&[sells(520, 100), None, None], Scheme::ProcessorOverlay, |_| {});
    town.buy(Addr(2), 0, 300, 50, Span::secs(20));
    town.run(Span::secs(20));
    assert_eq!(town.outcome(0), Some(PurchaseOutcome::OverBudget));
    let served = town.facts.iter().find_map(|(_, fact)| match fact {
        Fact::RequestServed { commodity, service, .. } => Some((commodity.value(width), *service)),
        _ => None,
    });
    assert_eq!(served, Some((500, Service::Nobody)), "300 was sought, the market is for 500");
}

#[test]
fn a_request_that_comes_after_its_cancellation_sells_nothing() {
    let mut town = town(&[sells(320, 10), None], Scheme::SingleOverlay, |_| {});
    let buy = |ticket| Arrival::Request {
        from: Addr(1),
        ticket: Ticket { call: ticket, generation: 0 },
        message: Message::Market(market::Message::Buy {
            purchase: 7,
            wanted: Commodity::wanted(ResourceKind::Cpu, 300, 50),
            payoff: Credits::whole(100),
            hold: Span::secs(20),
            service: false,
        }),
    };
    let cancel = || Message::Market(market::Message::Cancel { purchase: 7, was_held: false });
    let sold = |town: &Town| town.count(|fact| matches!(fact, Fact::Sold { .. }));
    town.post(Addr(1), Addr(0), cancel());
    town.run(Span::secs(1));
    town.deliver(Addr(0), buy(1_000_000));
    town.run(Span::secs(1));
    assert_eq!(sold(&town), 0);
    assert_eq!(town.count(|fact| matches!(fact, Fact::SaleRefused { purchase: 7 })), 1);
    // It is not remembered for ever.
    town.run(Span::secs(120));
    assert_eq!(town.nodes[0].as_ref().unwrap().market().seller().sales(), []);
}

#[test]
fn a_seller_that_was_tried_before_has_no_say() {
    let mut town = town(&[sells(320, 10), None, None], Scheme::SingleOverlay, |_| {});
    town.buy(Addr(2), 0, 300, 200, Span::secs(20));
    town.run(Span::secs(10));
    let status = market::Status::Unknown;
    town.post(Addr(1), Addr(2), Message::Market(market::Message::Status { purchase: 0, status }));
    town.run(Span::secs(30));
    assert_eq!(town.outcome(0), Some(PurchaseOutcome::Completed));
}

/// Sellers of the other kind, below and above what is asked for, and of the same kind below.
fn strangers(sought: ResourceKind) -> [Option<Endowment>; 6] {
    let offer = |capacity| Offer { capacity, cost: 10 };
    let of = |kind, capacity| match kind {
        ResourceKind::Cpu => Some(Endowment { cpu: offer(capacity), ..Endowment::default() }),
        ResourceKind::Storage => {
            Some(Endowment { storage: offer(capacity), ..Endowment::default() })
        }
    };
    let other = match sought {
        ResourceKind::Cpu => ResourceKind::Storage,
        ResourceKind::Storage => ResourceKind::Cpu,
    };
    [of(other, 120), of(other, 320), of(other, 720), of(sought, 220), None, None]
}

#[test]
fn no_market_of_one_kind_answers_for_the_other() {
    for (scheme, kind) in SCHEMES
        .into_iter()
        .flat_map(|scheme| [ResourceKind::Cpu, ResourceKind::Storage].map(|kind| (scheme, kind)))
    {
        let mut town = town(&strangers(kind), scheme, |rules| rules.market.storage_width = 50);
        let order = |purchase, amount| {
            let (platforms, hold) = (Platforms::ANY, Span::secs(5));
            Order { purchase, kind, amount, budget: 200, hold, platforms, service: None }
        };
        town.transcribe();
        town.order(Addr(5), order(0, 300));
        town.run(Span::secs(10));
        assert_eq!(town.outcome(0), Some(PurchaseOutcome::NoSeller), "{kind:?} in {scheme:?}");
        let told = town.transcript.take().unwrap();
        let no_market = told.contains("no market (attempt 0)");
        assert_eq!(no_market, scheme == Scheme::ProcessorOverlay, "{told}");
        // The markets of the other kind are asked nothing.
        let served = town.facts.iter().filter_map(|(_, fact)| match fact {
            Fact::RequestServed { commodity, .. } => Some(commodity.kind()),
            _ => None,
        });
        assert!(served.into_iter().all(|served| served == kind), "{kind:?} in {scheme:?}");
        // What there is of it is found.
        town.order(Addr(5), order(1, 200));
        town.run(Span::secs(20));
        assert_eq!(town.outcome(1), Some(PurchaseOutcome::Completed), "{kind:?} in {scheme:?}");
    }
}

#[test]
fn a_seller_tells_the_owner_to_whom_it_was_handed_over_of_its_sale() {
    let endowments = [sells(320, 10), None, None, None, None, None, None, None];
    let mut town = town(&endowments, Scheme::SingleOverlay, |rules| {
        rules.market.handoff = Handoff::Transfer;
        rules.market.relist_interval = Span::secs(300);
        rules.market.listing_ttl = Span::secs(600);
    });
    town.run(Span::secs(200));
    let owns = |node: &super::Node| !node.market().markets().is_empty();
    let owners = |town: &Town| -> Vec<u32> {
        (0..8).filter(|&n| town.nodes[n as usize].as_ref().is_some_and(owns)).collect()
    };
    let owner = owners(&town)[0];
    assert_ne!(owner, 0, "the test wants another");
    town.leave(Addr(owner));
    town.run(Span::secs(1));
    let heir = owners(&town)[0];
    let buyers: Vec<u32> = (1..8).filter(|&n| n != owner && n != heir).collect();
    // What is sold is not named to the next buyer.
    town.buy(Addr(buyers[0]), 0, 300, 200, Span::secs(60));
    town.run(Span::secs(20));
    town.buy(Addr(buyers[1]), 1, 300, 200, Span::secs(60));
    town.run(Span::secs(20));
    assert_eq!(town.outcome(1), Some(PurchaseOutcome::NoSeller));
    assert_eq!(town.count(|fact| matches!(fact, Fact::SaleRefused { .. })), 0);
    // Nor is one that had sold when its listing was handed over, or never listed there.
    let commodity = Commodity::offered(ResourceKind::Cpu, 320, 50);
    let handover = |seller, town: &Town| {
        let (platform, expiry) = (Default::default(), town.now + Span::secs(300));
        let listing = market::listing::Listing {
            seller: Addr(seller),
            bid: 11,
            platform,
            expiry,
            held_until: town.now,
        };
        let listings = alloc::boxed::Box::new([listing]);
        market::Message::Handover(alloc::boxed::Box::new(market::Handover { commodity, listings }))
    };
    for seller in [0, buyers[2]] {
        let message = handover(seller, &town);
        town.post(Addr(buyers[2]), Addr(heir), Message::Market(message));
        let delisted = town.count(|fact| matches!(fact, Fact::Delisted(_)));
        town.run(Span::secs(1));
        assert_eq!(town.count(|fact| matches!(fact, Fact::Delisted(_))), delisted + 1);
    }
}

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

const SCHEMES: [Scheme; 3] = [Scheme::SingleOverlay, Scheme::ProcessorOverlay, Scheme::Naive];

fn town(endowments: &[Option<Endowment>], scheme: Scheme, adjust: impl FnOnce(&mut Rules)) -> Town {
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
fn a_purchase_pays_the_second_least_in_every_scheme() {
    for scheme in SCHEMES {
        let mut town =
            town(&[sells(320, 10), sells(330, 20), None, None, None, None], scheme, |_| {});
        let before = town.balance(Addr(0));
        town.buy(Addr(5), 0, 300, 200, Span::secs(20));
        town.run(Span::secs(30));
        assert_eq!(town.outcome(0), Some(PurchaseOutcome::Completed), "{scheme:?}");
        let accepted = town.facts.iter().find_map(|(_, fact)| match fact {
            Fact::PurchaseAccepted(acceptance) => Some(*acceptance),
            _ => None,
        });
        let accepted = accepted.unwrap();
        assert_eq!(accepted.seller, Addr(0));
        assert_eq!(accepted.report.least, 11);
        assert_eq!(accepted.seller_payoff, Credits::whole(20));
        assert_eq!(accepted.mo_payoff, Credits::whole(1));
        assert!(town.balance(Addr(0)) >= before.plus(Credits::whole(20)));
        assert_eq!(town.admin.ledger().escrow(), Credits::ZERO);
    }
}

#[test]
fn a_buyer_whose_seller_dies_gets_its_money_back() {
    for scheme in SCHEMES {
        let mut town = town(&[sells(320, 10), None, None, None, None, None], scheme, |_| {});
        let before = town.balance(Addr(5));
        town.buy(Addr(5), 0, 300, 200, Span::secs(20));
        town.run(Span::secs(10));
        assert_eq!(town.count(|fact| matches!(fact, Fact::PurchaseAccepted(_))), 1, "{scheme:?}");
        town.crash(Addr(0));
        town.run(Span::secs(30));
        assert_eq!(town.outcome(0), Some(PurchaseOutcome::SellerFailed), "{scheme:?}");
        // A node that bought nothing before had no account: what it has is the initial balance.
        assert!(town.balance(Addr(5)) >= before);
        assert_eq!(town.admin.ledger().escrow(), Credits::ZERO);
    }
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
fn while_the_bank_is_down_nobody_buys_and_what_runs_is_paid_afterwards() {
    for scheme in SCHEMES {
        let endowments = [sells(420, 10), sells(330, 20), None, None, None, None];
        let mut town = town(&endowments, scheme, |_| {});
        town.buy(Addr(5), 0, 300, 200, Span::secs(20));
        town.run(Span::secs(10));
        town.is_admin_down = true;
        town.buy(Addr(5), 1, 300, 200, Span::secs(20));
        town.run(Span::secs(40));
        assert_eq!(town.outcome(0), None, "{scheme:?}: it waits for the bank");
        assert_eq!(town.outcome(1), Some(PurchaseOutcome::BankUnreachable), "{scheme:?}");
        town.is_admin_down = false;
        town.run(Span::secs(40));
        assert_eq!(town.outcome(0), Some(PurchaseOutcome::Completed), "{scheme:?}");
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
fn a_seller_whose_last_word_is_lost_is_paid_when_the_buyer_asks() {
    for scheme in SCHEMES {
        let mut town = town(&[sells(320, 10), None, None, None], scheme, |_| {});
        town.buy(Addr(3), 0, 300, 200, Span::secs(20));
        town.run(Span::secs(18));
        assert_eq!(town.count(|fact| matches!(fact, Fact::PurchaseAccepted(_))), 1, "{scheme:?}");
        town.loss = 1000;
        town.run(Span::secs(5));
        town.loss = 0;
        town.run(Span::secs(30));
        assert_eq!(town.outcome(0), Some(PurchaseOutcome::Completed), "{scheme:?}");
    }
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
            Order { purchase, kind, amount, budget: 200, hold, platforms }
        };
        town.transcribe();
        town.order(Addr(5), order(0, 300));
        town.run(Span::secs(10));
        assert_eq!(town.outcome(0), Some(PurchaseOutcome::NoSeller), "{kind:?} in {scheme:?}");
        let told = town.transcript.take().unwrap();
        let no_market = told.contains("NoMarket (attempt 0)");
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
fn a_buyer_that_ran_dry_buys_again_when_it_has_its_income() {
    for income in [0, 30] {
        let endowments = [sells(320, 10), None, None, None, None, None];
        let mut town = town(&endowments, Scheme::SingleOverlay, |rules| {
            rules.admin.initial_balance = 50;
            rules.admin.income = income;
            rules.admin.income_period = Span::secs(1000);
        });
        let mut buy = |purchase, until: u64| {
            town.buy(Addr(5), purchase, 300, 40, Span::secs(5));
            let rest = Span::secs(until) - town.now.since(crate::time::Time::ZERO);
            town.run(rest);
            town.outcome(purchase)
        };
        assert_eq!(buy(0, 200), Some(PurchaseOutcome::Completed));
        assert_eq!(buy(1, 990), Some(PurchaseOutcome::InsufficientFunds));
        // Its first income makes 10 into 40; the next two make nothing into 60.
        assert_eq!(buy(2, 1001), Some(PurchaseOutcome::InsufficientFunds));
        let richer = |outcome| match income {
            0 => Some(PurchaseOutcome::InsufficientFunds),
            _ => Some(outcome),
        };
        assert_eq!(buy(3, 1500), richer(PurchaseOutcome::Completed));
        assert_eq!(buy(4, 1990), Some(PurchaseOutcome::InsufficientFunds));
        assert_eq!(buy(5, 3001), Some(PurchaseOutcome::InsufficientFunds));
        assert_eq!(buy(6, 3100), richer(PurchaseOutcome::Completed));
        let incomes = town.admin.ledger().incomes();
        assert_eq!(incomes > 0, income > 0);
        let minted = 6 * 50 + incomes as u32 * income;
        assert_eq!(town.admin.ledger().minted(), Credits::whole(minted));
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

#[test]
fn a_seller_is_paid_whose_receipt_the_bank_could_not_hear_before_its_time_was_over() {
    let mut town = town(&[sells(320, 10), None, None, None], Scheme::SingleOverlay, |rules| {
        rules.admin.reservation = Span::secs(60);
    });
    town.run(Span::secs(60));
    town.buy(Addr(3), 0, 300, 200, Span::secs(20));
    town.run(Span::secs(10));
    assert_eq!(town.count(|fact| matches!(fact, Fact::PurchaseAccepted(_))), 1);
    // Buyer and bank are gone when the time is over; the bank is back after the money was due.
    town.crash(Addr(3));
    town.is_admin_down = true;
    town.run(Span::secs(150));
    town.is_admin_down = false;
    town.run(Span::secs(300));
    let by_receipt = |fact: &Fact| matches!(fact, Fact::Paid { by_receipt: true, .. });
    assert_eq!(town.count(by_receipt), 1);
    assert_eq!(town.admin.ledger().escrow(), Credits::ZERO);
}

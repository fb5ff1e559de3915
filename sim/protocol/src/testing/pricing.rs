//! The paper's examples of pricing (CompuP2P, IV-B), from purchases: what the accounts of a seller,
//! a market owner and a buyer gain and lose at the bank.

use super::{Town, sells};
use crate::behaviour::{Character, MoBehaviour, SellerBehaviour};
use crate::credit::{Credits, MICRO};
use crate::fact::{Fact, PurchaseOutcome};
use crate::id::{Addr, Id};
use crate::market::Endowment;
use crate::pricing::Report;
use crate::rules::{PricingRule, Rules};
use crate::time::Span;
use alloc::vec::Vec;

/// What a purchase brought, in micro-credits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Sale {
    seller: Addr,
    report: Report,
    seller_got: u64,
    mo_got: u64,
    buyer_paid: u64,
}

const BUYER: Addr = Addr(9);
const PEOPLE: usize = 10;

/// Ten nodes, the first of which sell at these costs; the owner of their market is none of them,
/// nor is it the buyer.
fn town(
    sellers: &[Endowment],
    mo: MoBehaviour,
    ring: u32,
    adjust: &dyn Fn(&mut Rules),
) -> Option<(Town, Addr)> {
    let idle = Endowment::default();
    let of = |n: usize| {
        let mut endowment = *sellers.get(n).unwrap_or(&idle);
        endowment.character.mo = mo;
        (Id::of_addr(Addr(n as u32), ring, 64), Some(endowment))
    };
    let nodes: Vec<_> = (0..PEOPLE).map(of).collect();
    let mut town = Town::new(&nodes, 1, |rules| {
        rules.market.width = 50;
        rules.market.value_bits = 10;
        adjust(rules);
    });
    town.run(Span::secs(150));
    let owns = |node: &super::Node| !node.market().markets().is_empty();
    let owner = town.nodes.iter().position(|node| node.as_ref().is_some_and(owns))?;
    let is_apart = owner >= sellers.len() && Addr(owner as u32) != BUYER;
    is_apart.then_some((town, Addr(owner as u32)))
}

/// What one purchase brings everybody.
fn sale(sellers: &[Endowment], mo: MoBehaviour, budget: u32, adjust: impl Fn(&mut Rules)) -> Sale {
    let towns = |ring| town(sellers, mo, ring, &adjust);
    let (mut town, owner) = (0..64).find_map(towns).expect("in some ring the owner is apart");
    // The bank opens an account when it first hears of it: each of them has dealt once.
    for purchase in 0..2 {
        let before: Vec<Credits> = (0..PEOPLE as u32).map(|n| town.balance(Addr(n))).collect();
        let facts = town.facts.len();
        town.buy(BUYER, purchase, 300, budget, Span::secs(20));
        town.run(Span::secs(150));
        assert_eq!(town.outcome(purchase), Some(PurchaseOutcome::Completed));
        if purchase == 0 {
            continue;
        }
        let accepted = town.facts[facts..].iter().find_map(|(_, fact)| match fact {
            Fact::PurchaseAccepted(acceptance) => Some(*acceptance),
            _ => None,
        });
        let accepted = accepted.expect("what is completed was accepted");
        assert_eq!(accepted.mo, owner);
        let seller = accepted.seller;
        let gain = |addr: Addr| town.balance(addr).0 - before[addr.0 as usize].0;
        let (seller_got, mo_got) = (gain(seller), gain(owner));
        let buyer_paid = before[BUYER.0 as usize].0 - town.balance(BUYER).0;
        assert_eq!(seller_got + mo_got, buyer_paid, "money goes nowhere else");
        for other in (0..PEOPLE as u32).map(Addr) {
            let took_part = [seller, owner, BUYER].contains(&other);
            assert!(took_part || town.balance(other) == before[other.0 as usize]);
        }
        return Sale { seller, report: accepted.report, seller_got, mo_got, buyer_paid };
    }
    unreachable!("it buys twice")
}

fn seller(cost: u32, behaviour: SellerBehaviour, misreport: u16) -> Endowment {
    let character = Character { seller: behaviour, misreport, ..Character::default() };
    Endowment { character, ..sells(320, cost).expect("it sells") }
}

fn truthful(costs: &[u32]) -> Vec<Endowment> {
    costs.iter().map(|&cost| seller(cost, SellerBehaviour::Truthful, 0)).collect()
}

fn vickrey_without_fee(rules: &mut Rules) {
    rules.pricing.rule = PricingRule::Vickrey;
    rules.pricing.listing_fee = 0;
}

const A: Addr = Addr(0);
const B: Addr = Addr(1);
const C: Addr = Addr(2);

#[test]
fn a_seller_of_cost_5_that_posts_3_against_4_is_named_paid_4_and_ends_at_less_1() {
    let sellers = [seller(5, SellerBehaviour::Underbid, 4000), seller(4, Default::default(), 0)];
    let sale = sale(&sellers, MoBehaviour::Honest, 200, vickrey_without_fee);
    assert_eq!(sale.seller, A);
    assert_eq!(sale.report, Report { least: 3, other: Some(4) });
    assert_eq!(sale.seller_got, 4 * MICRO, "A's balance grows by 4");
    assert_eq!(sale.seller_got as i64 - 5 * MICRO as i64, -(MICRO as i64));
    assert_eq!(sale.mo_got, 0);
}

#[test]
fn had_it_posted_its_cost_the_other_would_have_been_named_and_gained_1() {
    let sale = sale(&truthful(&[5, 4]), MoBehaviour::Honest, 200, vickrey_without_fee);
    assert_eq!((sale.seller, sale.seller_got), (B, 5 * MICRO));
}

/// Bids of 100, 200 and 300, once a tenth is taken from what sellers get.
fn commission(rule: PricingRule, mo: MoBehaviour) -> Sale {
    sale(&truthful(&[90, 180, 270]), mo, 1000, |rules| rules.pricing.rule = rule)
}

#[test]
fn a_selfish_owner_names_c_instead_of_a_and_its_commission_is_30_instead_of_10() {
    let honest = commission(PricingRule::Commission, MoBehaviour::Honest);
    assert_eq!((honest.seller, honest.report.least), (A, 100));
    assert_eq!((honest.mo_got, honest.seller_got), (10 * MICRO, 90 * MICRO));
    let selfish = commission(PricingRule::Commission, MoBehaviour::Selfish);
    assert_eq!((selfish.seller, selfish.report.least), (C, 300));
    assert_eq!((selfish.mo_got, selfish.seller_got), (30 * MICRO, 270 * MICRO));
}

#[test]
fn under_vickrey_a_selfish_owner_reports_200_and_300_instead_of_100_and_200() {
    let honest = commission(PricingRule::VickreyCommission, MoBehaviour::Honest);
    assert_eq!(honest.report, Report { least: 100, other: Some(200) });
    assert_eq!((honest.seller, honest.mo_got), (A, 20 * MICRO));
    let selfish = commission(PricingRule::VickreyCommission, MoBehaviour::Selfish);
    assert_eq!(selfish.report, Report { least: 200, other: Some(300) });
    assert_eq!((selfish.seller, selfish.mo_got), (B, 30 * MICRO));
}

#[test]
fn equation_1_is_what_the_accounts_gain() {
    for (costs, spread) in [
        (&[100u32, 150, 200][..], 2_500), // 100 / 200^2
        (&[1, 2], 250_000),               // 1 / 2^2
        (&[7, 5, 10], 50_000),            // 5 / 10^2
        (&[3, 7, 4], 81_632),             // 4 / 7^2, rounded down
        (&[42], 0),                       // a lone seller: MC'_S is MC'_1
    ] {
        for delta in [0, 1, 3] {
            let adjust = |rules: &mut Rules| {
                rules.pricing.rule = PricingRule::MaxMin;
                rules.pricing.delta = delta;
            };
            let least = *costs.iter().min().expect("there are sellers");
            let delta = u64::from(delta) * MICRO;
            let honest = sale(&truthful(costs), MoBehaviour::Honest, 1000, adjust);
            assert_eq!(costs[honest.seller.0 as usize], least);
            assert_eq!(honest.mo_got, spread + delta, "{costs:?}");
            assert_eq!(honest.seller_got, u64::from(least + 1) * MICRO, "{costs:?}");

            // Lemma 1: the same seller, the same payoff to it, and 1 / (4 MC_1) instead.
            let selfish = sale(&truthful(costs), MoBehaviour::Selfish, 1000, adjust);
            assert_eq!(selfish.report, Report { least, other: Some(2 * least) });
            assert_eq!((selfish.seller, selfish.seller_got), (honest.seller, honest.seller_got));
            assert_eq!(selfish.mo_got, MICRO / (4 * u64::from(least)) + delta, "{costs:?}");
        }
    }
}

#[test]
fn a_seller_answers_the_price_that_it_is_told_at_once_and_once() {
    let (mut town, owner) = (0..64)
        .find_map(|ring| {
            town(&truthful(&[40, 60]), MoBehaviour::Honest, ring, &|rules| {
                rules.pricing.rule = PricingRule::PostedPrices;
            })
        })
        .expect("in some ring the owner is apart");
    let bids = |town: &Town| {
        let owner = town.nodes[owner.0 as usize].as_ref().expect("it is up");
        let book = owner.market().markets()[0].book();
        [A, B].map(|seller| book.of(seller).expect("it is listed").bid)
    };
    // Each lists once a minute, and lowers the least price by a tick whenever it does.
    let before = bids(&town);
    assert!(before.iter().all(|&bid| bid > 190), "prices begin at the cap, 200: {before:?}");
    let least = |town: &Town| bids(town).into_iter().min().expect("there are two");
    let was = least(&town);
    town.run(Span::secs(600));
    assert_eq!(was - least(&town), 20);
    // Undercut to the end: a tick below what the second's marginal cost is, fee included.
    town.run(Span::secs(3600));
    assert_eq!(bids(&town), [60, 61]);
}

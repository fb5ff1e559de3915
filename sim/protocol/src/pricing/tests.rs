use super::*;
use crate::behaviour::SellerBehaviour;
use alloc::vec::Vec;

fn rules(rule: PricingRule, adjust: impl FnOnce(&mut Rules)) -> Rules {
    let mut rules = Rules::for_tests(Vec::new());
    rules.pricing.rule = rule;
    adjust(&mut rules);
    rules
}

fn of(least: u32, other: Option<u32>, budget: u32, rules: &Rules) -> Option<Terms> {
    terms(Report { least, other }, budget, Volume::ONE, rules)
}

#[test]
fn under_vickrey_the_market_owner_gets_its_fee_out_of_the_second_least_bid() {
    let rules = rules(PricingRule::Vickrey, |_| {});
    let bids = [40, 60].map(|own| marginal_cost(own, &rules));
    let terms = of(bids[0], Some(bids[1]), 200, &rules).unwrap();
    assert_eq!(terms, Terms { seller: Credits::whole(60), mo: Credits::whole(1) });
    assert_eq!(terms.total(), Credits::whole(61));
}

#[test]
fn the_budget_is_the_reserve() {
    let rules = rules(PricingRule::Vickrey, |_| {});
    assert_eq!(of(10, None, 200, &rules).unwrap().total(), Credits::whole(200));
    assert_eq!(of(10, Some(300), 200, &rules).unwrap().total(), Credits::whole(200));
    assert_eq!(of(201, None, 200, &rules), None);
}

#[test]
fn commission_is_a_share_of_the_price_and_covered_by_the_bid() {
    let rules = rules(PricingRule::Commission, |_| {});
    assert_eq!(marginal_cost(270, &rules), 300);
    assert_eq!(marginal_cost(271, &rules), 302);
    let terms = of(300, None, 400, &rules).unwrap();
    assert_eq!(terms, Terms { seller: Credits::whole(270), mo: Credits::whole(30) });
}

/// Equation 1 as a person computes it: in micro-credits, from marginal costs in whole credits.
fn equation_1(costs: &[u64], delta: u64) -> (u64, u64) {
    let (first, last) = (costs[0], costs[costs.len() - 1]);
    (1_000_000 * (last - first) / (last * last) + 1_000_000 * delta, 1_000_000 * (first + 1))
}

#[test]
fn equation_1_for_several_sets_of_marginal_costs() {
    let rules = rules(PricingRule::MaxMin, |_| {});
    for (costs, mo) in [
        (&[100u64, 150, 200][..], 1_002_500), // 100 / 200^2 + 1
        (&[1, 2], 1_250_000),                 // 1/4 + 1
        (&[5, 7, 10], 1_050_000),             // 5 / 10^2 + 1
        (&[3, 4, 7], 1_081_632),              // 4 / 49 + 1, rounded down
        (&[100, 1000], 1_000_900),            // 900 / 10^6 + 1
        (&[42], 1_000_000),                   // a lone seller: MC'_S is MC'_1
    ] {
        let (first, last) = (costs[0] as u32, costs[costs.len() - 1] as u32);
        let other = (costs.len() > 1).then_some(last);
        let terms = of(first, other, 10_000, &rules).unwrap();
        assert_eq!((terms.mo.0, terms.seller.0), equation_1(costs, 1), "{costs:?}");
        assert_eq!(terms.mo.0, mo, "{costs:?}");
    }
}

#[test]
fn a_finer_grid_leaves_equation_1_as_it_is() {
    let fine = rules(PricingRule::MaxMin, |rules| rules.pricing.tick = 0.001);
    let whole = rules(PricingRule::MaxMin, |_| {});
    for (first, last) in [(3, 7), (100, 199), (1, 2)] {
        let finely = of(first * 1000, Some(last * 1000), 4_000_000, &fine);
        assert_eq!(finely, of(first, Some(last), 4_000, &whole));
    }
}

#[test]
fn no_seller_sells_below_its_cost_and_all_stand_by_what_they_bid() {
    let credits = Credits::whole;
    let covers = |payoff, own, bid, rules: &Rules| covers(payoff, own, bid, Volume::ONE, rules);
    let vickrey = rules(PricingRule::Vickrey, |_| {});
    assert!(covers(credits(40), 40, 41, &vickrey));
    assert!(!covers(credits(39), 40, 41, &vickrey));
    assert!(covers(credits(20), 40, 21, &vickrey), "who bids too little has to sell at it");
    let commission = rules(PricingRule::Commission, |_| {});
    assert!(covers(credits(270), 270, 300, &commission));
    assert!(!covers(Credits(269_999_999), 270, 300, &commission));
    let max_min = rules(PricingRule::MaxMin, |_| {});
    assert!(!covers(credits(40), 40, 40, &max_min), "a payoff has to exceed the cost");
    assert!(covers(credits(41), 40, 40, &max_min));
}

#[test]
fn a_bid_is_off_by_what_its_seller_misreports() {
    let rules = rules(PricingRule::Vickrey, |_| {});
    let bid = |seller, misreport| {
        let character = Character { seller, misreport, ..Character::default() };
        super::bid(5, character, None, &rules)
    };
    assert_eq!(bid(SellerBehaviour::Truthful, 4000), 5);
    assert_eq!(bid(SellerBehaviour::Underbid, 4000), 3);
    assert_eq!(bid(SellerBehaviour::Overbid, 4000), 7);
    assert_eq!(bid(SellerBehaviour::Underbid, 10_000), 1, "a bid is a tick at least");
    assert_eq!(bid(SellerBehaviour::Colluding, 0), rules.cartel_price);
}

#[test]
fn money_grows_with_what_is_sold_where_a_price_is_per_gigacycle() {
    let rules = rules(PricingRule::Commission, |rules| rules.pricing.basis = Basis::PerGigacycle);
    // 1.5 G cycles/s for 10 s are 15 G cycles, at 30 credits each.
    let volume = Volume::of(1_500_000_000, Span::secs(10), &rules);
    let terms = terms(Report { least: 30, other: None }, 30, volume, &rules).unwrap();
    assert_eq!(terms, Terms { seller: Credits::whole(405), mo: Credits::whole(45) });
    assert_eq!(money(30, volume, &rules), terms.total());
}

#[test]
fn what_nobody_could_pay_is_counted_all_the_same() {
    for rule in [
        PricingRule::Vickrey,
        PricingRule::Commission,
        PricingRule::VickreyCommission,
        PricingRule::MaxMin,
        PricingRule::PostedPrices,
    ] {
        let rules = rules(rule, |rules| rules.pricing.basis = Basis::PerGigacycle);
        for (amount, hold) in [(1_000_000_000, 36_000), (u64::MAX, 1 << 34)] {
            let volume = Volume::of(amount, Span::secs(hold), &rules);
            for (least, budget) in [(u32::MAX, u32::MAX), (1_000_000_000, 2_000_000_000), (1, 9)] {
                let report = Report { least, other: Some(least) };
                let worth = money(budget, volume, &rules);
                assert!(worth > money(1, Volume::ONE, &rules));
                if let Some(terms) = terms(report, budget, volume, &rules) {
                    assert!(terms.total() <= worth);
                }
            }
        }
    }
}

#[test]
fn sellers_that_undercut_each_other_end_at_the_second_cost_less_a_tick_or_at_cost() {
    for (costs, expected) in [
        (&[40u32, 40][..], 40),
        (&[40, 40, 40], 40),
        (&[40, 60], 59),
        (&[60, 40, 70], 59),
        (&[40, 41], 40),
        (&[150, 180], 179),
    ] {
        let rules = rules(PricingRule::PostedPrices, |rules| rules.pricing.listing_fee = 0);
        let mut prices: Vec<u32> = costs.iter().map(|_| u32::MAX).collect();
        for turn in 0..2000 {
            let me = turn % costs.len();
            let others = prices.iter().enumerate().filter(|&(n, _)| n != me).map(|(_, &p)| p);
            let rival = others.min().filter(|&price| price != u32::MAX);
            prices[me] = bid(costs[me], Character::default(), rival, &rules);
        }
        assert_eq!(prices.iter().min(), Some(&expected), "{costs:?}: {prices:?}");
    }
}

#[test]
fn the_market_owners_payoff_is_delta_at_least_however_high_a_cost_it_reports() {
    for delta in [0, 1, 300, u32::MAX] {
        let rules = rules(PricingRule::MaxMin, |rules| rules.pricing.delta = delta);
        for other in [78, 154, 1_670_089_730, u32::MAX] {
            let (_, mo) = max_min(Report { least: 77, other: Some(other) }, &rules);
            let exact = mo.floor(Volume::ONE);
            assert!(exact >= Credits::whole(delta), "{exact} of {delta}");
            assert!(exact <= Credits::whole(delta).plus(Credits(3_247)), "{exact} of {delta}");
            let volume = Volume::of(u64::MAX, Span::secs(3600), &rules);
            assert!(mo.floor(volume) >= exact, "no sale is too large to be counted");
        }
    }
    let rules = rules(PricingRule::MaxMin, |rules| rules.pricing.delta = 300);
    assert_eq!(of(77, Some(u32::MAX), 200, &rules), None, "δ alone is more than the budget");
}

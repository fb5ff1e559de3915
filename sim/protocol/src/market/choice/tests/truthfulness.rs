//! Whether a seller gains by bidding anything but its marginal cost, in markets of one shot.

use super::*;
use crate::credit::{Credits, MICRO};
use std::println;

/// A market and a buyer.
struct Case {
    vendors: Vec<Vendor>,
    platforms: Platforms,
    budget: u32,
}

fn case(machines: u32, dice: &mut Dice) -> Case {
    let vendor = |dice: &mut Dice| {
        let platform = Platform(dice.within(0, machines - 1) as u8);
        Vendor { own: dice.within(1, 30), platform }
    };
    let count = dice.within(1, 8);
    let vendors = (0..count).map(|_| vendor(dice)).collect();
    let platforms = match dice.within(0, 1) {
        0 => Platforms::ANY,
        _ => Platforms(dice.within(1, (1 << machines) - 1) as u16),
    };
    Case { vendors, platforms, budget: dice.within(1, 45) }
}

/// What was found over many markets.
#[derive(Default)]
struct Found {
    markets: u32,
    sellers: u64,
    misreports: u64,
    /// Sellers that some misreport gains something.
    gaining: u64,
    /// Markets with such a seller.
    spoilt: u32,
    /// What the best misreport of each such seller gains, all together, in micro-credits.
    gained: i64,
    most: i64,
}

impl Found {
    fn tell(&self, rule: &str) {
        let Self { markets, sellers, misreports, gaining, spoilt, gained, most } = *self;
        let mean = if gaining == 0 { 0.0 } else { gained as f64 / gaining as f64 / 1e6 };
        println!(
            "{rule}: {markets} markets, {sellers} sellers, {misreports} misreports: {gaining} \
             sellers in {spoilt} markets gain, by {mean:.3} credits on average and {:.3} at most",
            most as f64 / 1e6
        );
    }
}

/// The profit of a seller, in micro-credits.
fn profit(market: &mut OneShot<'_>, vendor: usize, case: &Case) -> i64 {
    let sold = market.offer(case.platforms, case.budget, MoBehaviour::Honest);
    let own = Credits(u64::from(market.vendors[vendor].own) * market.rules.pricing.tick().0);
    match sold {
        Some(sold) if sold.vendor == vendor => sold.terms.seller.0 as i64 - own.0 as i64,
        Some(_) | None => 0,
    }
}

/// What sellers bid of whom one tries something else.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bids {
    /// Their marginal costs.
    AtCost,
    /// What they post once nobody would undercut another any more.
    Undercut,
}

/// Tries every other bid of every seller, from a tick to two above all bids and budgets, where
/// there are so many kinds of machines.
fn search(rule: PricingRule, bids: Bids, machines: u32, markets: u32) -> Found {
    let mut dice = Dice(3);
    let mut found = Found { markets, ..Found::default() };
    for _ in 0..markets {
        let case = case(machines, &mut dice);
        let rules = rules(rule, |rules| {
            rules.pricing.listing_fee = dice.within(0, 5);
            rules.pricing.delta = dice.within(0, 2);
            rules.pricing.price_cap = case.budget;
        });
        let mut market = OneShot::new(case.vendors.clone(), &rules);
        match bids {
            Bids::AtCost => {}
            Bids::Undercut => market.undercut(),
        }
        let highest = market.bids.iter().copied().max().expect("there are sellers");
        let highest = highest.max(case.budget) + 2;
        let before = found.gaining;
        for vendor in 0..case.vendors.len() {
            let truth = market.bids[vendor];
            let honest = profit(&mut market, vendor, &case);
            let mut best = honest;
            for misreport in (1..=highest.max(31)).filter(|&bid| bid != truth) {
                market.list(vendor, misreport);
                best = best.max(profit(&mut market, vendor, &case));
                found.misreports += 1;
            }
            market.list(vendor, truth);
            found.sellers += 1;
            found.gaining += u64::from(best > honest);
            found.gained += best - honest;
            found.most = found.most.max(best - honest);
        }
        found.spoilt += u32::from(found.gaining > before);
    }
    found
}

#[test]
fn under_vickrey_no_misreport_gains_a_seller_anything() {
    let found = search(PricingRule::Vickrey, Bids::AtCost, 3, 10_000);
    found.tell("vickrey");
    assert!(found.misreports >= 30 * found.sellers);
    assert_eq!((found.gaining, found.most), (0, 0));
}

#[test]
fn under_other_rules_misreports_gain() {
    let commission = search(PricingRule::Commission, Bids::AtCost, 3, 10_000);
    commission.tell("commission");
    assert!(commission.gaining > 0, "a first price is to be shaded");
    let max_min = search(PricingRule::MaxMin, Bids::AtCost, 3, 10_000);
    max_min.tell("max_min");
    assert!(max_min.gaining > 0, "what is paid grows with the bid");
    let first = search(PricingRule::PostedPrices, Bids::AtCost, 3, 10_000);
    first.tell("posted_prices, at cost");
    assert!(first.gaining > 0, "a price at cost gains nothing");
}

#[test]
fn under_vickrey_with_a_commission_a_misreport_gains_less_than_a_tick() {
    let found = search(PricingRule::VickreyCommission, Bids::AtCost, 3, 10_000);
    found.tell("vickrey_commission");
    // A marginal cost is rounded up to a tick: who bids a tick less may win a tie and gain that.
    assert!(found.most < MICRO as i64);
}

#[test]
fn where_prices_are_undercut_to_the_end_a_change_of_price_gains_a_tick_at_most() {
    let found = search(PricingRule::PostedPrices, Bids::Undercut, 1, 10_000);
    found.tell("posted_prices, undercut to the end, one kind of machine");
    // The cheapest may have the same price as the second, and be named all the same.
    assert_eq!(found.most, MICRO as i64);
}

#[test]
fn sellers_see_the_prices_of_their_own_kind_of_machine_only_and_so_may_gain_more() {
    let found = search(PricingRule::PostedPrices, Bids::Undercut, 3, 10_000);
    found.tell("posted_prices, undercut to the end, three kinds of machines");
    assert!(found.most > MICRO as i64);
}

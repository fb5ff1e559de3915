//! Lemma 1 (CompuP2P, IV-B.2) by looking at every report that a market owner could make.

use super::*;
use crate::credit::{Credits, MICRO};
use std::println;

fn vendors(costs: &[u32]) -> Vec<Vendor> {
    costs.iter().map(|&own| Vendor { own, platform: Platform(0) }).collect()
}

/// So many costs, each another, from `least` to `most`, in no order.
fn distinct(count: u32, least: u32, most: u32, dice: &mut Dice) -> Vec<u32> {
    let mut costs = Vec::new();
    while costs.len() < count as usize {
        let cost = dice.within(least, most);
        if !costs.contains(&cost) {
            costs.push(cost);
        }
    }
    costs
}

/// A report that a seller accepts and the buyer pays for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Told {
    named: usize,
    report: Report,
    terms: Terms,
}

/// All that earn the market owner most, of every seller named with every MC'_1 and MC'_S up to
/// `bound`.
fn best_reports(costs: &[u32], bound: u32, budget: u32, rules: &Rules) -> Vec<Told> {
    let mut best: Vec<Told> = Vec::new();
    for least in 1..=bound {
        for other in 1..=bound {
            let report = Report { least, other: Some(other) };
            let Some(terms) = terms(report, budget, Volume::ONE, rules) else { continue };
            let most = best.first().map_or(Credits::ZERO, |told| told.terms.mo);
            if terms.mo < most {
                continue;
            }
            for (named, &cost) in costs.iter().enumerate() {
                if covers(terms.seller, cost, cost, Volume::ONE, rules) {
                    if best.first().is_some_and(|told| told.terms.mo < terms.mo) {
                        best.clear();
                    }
                    best.push(Told { named, report, terms });
                }
            }
        }
    }
    best
}

#[test]
fn on_whole_credits_the_best_of_all_reports_is_the_one_of_lemma_1() {
    let mut dice = Dice(1);
    let mut reports = 0;
    for set in 0..300 {
        let rules = rules(PricingRule::MaxMin, |rules| rules.pricing.delta = dice.within(0, 3));
        let costs = distinct(1 + set % 6, 1, 25, &mut dice);
        let bound = 4 * costs.iter().max().expect("there are sellers");
        reports += costs.len() as u64 * u64::from(bound) * u64::from(bound);
        let (cheapest, &least) =
            costs.iter().enumerate().min_by_key(|&(_, cost)| cost).expect("there are sellers");
        let best = best_reports(&costs, bound, 1000, &rules);

        // a) the lowest cost supplier is selected, and no other report is as good.
        let report = Report { least, other: Some(2 * least) };
        assert_eq!(best.len(), 1, "{costs:?}: {best:?}");
        let Told { named, report: told, terms } = best[0];
        assert_eq!((named, told), (cheapest, report), "{costs:?}");
        // b) its payoff covers its marginal cost.
        assert!(terms.seller > Credits::whole(least));
        assert_eq!(terms.seller, Credits::whole(least + 1));
        // c) the total is bounded, and d) the payoff depends on the costs of the market.
        let delta = Credits::whole(rules.pricing.delta);
        let quarter = Credits(MICRO / (4 * u64::from(least)));
        assert_eq!(terms.mo, quarter.plus(delta));
        assert_eq!(terms.total(), quarter.plus(delta).plus(Credits::whole(least + 1)));
        // A selfish market owner knows all this without a search.
        let mut market = OneShot::new(vendors(&costs), &rules);
        let book = &mut market.book;
        let says = choose(book, Platforms::ANY, 1000, MoBehaviour::Selfish, Time::ZERO, &rules);
        let says = says.expect("there are sellers");
        assert_eq!((says.listing.seller.0 as usize, says.report), (cheapest, report));
    }
    println!("Lemma 1: 300 markets, {reports} reports; the best is (MC_1, 2 MC_1) in each");
    assert!(reports > 3_000_000);
}

#[test]
fn no_report_that_the_buyer_would_pay_for_earns_more_than_the_selfish_owners() {
    let mut dice = Dice(2);
    let mut tight = 0;
    for set in 0..400 {
        let tick = [1.0, 0.5, 0.1][set % 3];
        let rules = rules(PricingRule::MaxMin, |rules| {
            rules.pricing.delta = dice.within(0, 2);
            rules.pricing.tick = tick;
        });
        let costs = distinct(1 + set as u32 % 4, 1, 25, &mut dice);
        let least = *costs.iter().min().expect("there are sellers");
        let budget = least + dice.within(0, 4 * rules.pricing.ticks(1));
        let best = best_reports(&costs, 120, budget, &rules);
        let mut market = OneShot::new(vendors(&costs), &rules);
        let sold = market.offer(Platforms::ANY, budget, MoBehaviour::Selfish);
        let most = best.first().map(|told| told.terms.mo);
        assert!(sold.as_ref().map(|sold| sold.terms.mo) >= most, "{costs:?}, {budget}, {tick}");
        let free = best_reports(&costs, 120, 100_000, &rules);
        tight += u32::from(most.is_some() && most < free.first().map(|told| told.terms.mo));
    }
    assert!(tight > 20, "in {tight} of them the budget matters");
}

/// (MC'_S - MC'_1) / MC'_S^2, to be compared without rounding.
fn spread(report: Report) -> (u128, u128) {
    let (least, other) = (u128::from(report.least), u128::from(report.other.expect("it is said")));
    (other.saturating_sub(least), other * other)
}

#[test]
fn on_finer_grids_the_best_report_is_a_credit_below_the_truth_and_a_tick() {
    for (tick, ticks) in [(0.5, 2), (0.1, 10), (0.001, 1000)] {
        let rules = rules(PricingRule::MaxMin, |rules| rules.pricing.tick = tick);
        let cost = 100 * ticks;
        let costs = [cost, 101 * ticks, 150 * ticks];
        let budget = 1000 * ticks;
        // Near the best one every report, elsewhere those on a coarser grid.
        let step = (ticks / 10).max(1);
        let coarse = || (1..=400 * ticks).step_by(step as usize);
        let fine = |at: u32| at.saturating_sub(1500).max(1)..=at + 1500;
        let leasts = coarse().chain(fine(99 * ticks));
        let mut best: Option<(Report, Terms, usize)> = None;
        for least in leasts {
            let seller = Credits(u64::from(least) * rules.pricing.tick().0 + MICRO);
            let accepts = |&own: &u32| covers(seller, own, own, Volume::ONE, &rules);
            let Some(named) = costs.iter().position(accepts) else { continue };
            let others: Vec<u32> = match ticks {
                1000 if least.abs_diff(99 * ticks) > 40 => {
                    (least..3 * least).step_by(997).collect()
                }
                1000 => fine(2 * least).collect(),
                _ => (least..=4 * least).collect(),
            };
            for other in others {
                let report = Report { least, other: Some(other) };
                let (numerator, denominator) = spread(report);
                let is_better = best.is_none_or(|(known, ..)| {
                    let (most, of) = spread(known);
                    numerator * of > most * denominator
                });
                if is_better {
                    let terms = terms(report, budget, Volume::ONE, &rules).expect("it is rich");
                    best = Some((report, terms, named));
                }
            }
        }
        let (report, terms, named) = best.expect("some report is accepted");
        let least = cost - ticks + 1;
        assert_eq!(report, Report { least, other: Some(2 * least) });
        let mut market = OneShot::new(vendors(&costs), &rules);
        let book = &mut market.book;
        let says = choose(book, Platforms::ANY, budget, MoBehaviour::Selfish, Time::ZERO, &rules);
        assert_eq!(says.expect("there are sellers").report, report);

        // What of Lemma 1 still holds, and what does not.
        let lemma = MICRO / 400 + MICRO;
        assert_eq!(named, 0, "a) the lowest cost supplier is selected");
        assert!(terms.seller > Credits::whole(100), "b) its cost is covered");
        assert!(terms.seller < Credits::whole(101), "by less than a credit");
        assert!(terms.total() < Credits::whole(101).plus(Credits(lemma)), "c) bounded");
        assert!(terms.mo > Credits(lemma), "not what the lemma says that the owner gets");
        println!(
            "tick {tick}, MC 100: report ({}, {}) ticks, the seller gets {} (lemma: 101), the \
             owner {} (lemma: 1.002500)",
            least,
            2 * least,
            terms.seller,
            terms.mo
        );
    }
}

#[test]
fn on_grids_of_a_tenth_and_finer_the_buyers_total_exceeds_the_lemmas_bound_for_small_costs() {
    for (tick, ticks, breaks) in
        [(1.0, 1, false), (0.5, 2, false), (0.1, 10, true), (0.001, 1000, true)]
    {
        let rules = rules(PricingRule::MaxMin, |rules| rules.pricing.tick = tick);
        let (mut violated, mut worst, mut last) = (0, 0, 0);
        for cost in 1..=3 * ticks {
            let mut market = OneShot::new(vendors(&[cost]), &rules);
            let sold = market.offer(Platforms::ANY, 10_000 * ticks, MoBehaviour::Selfish);
            let total = sold.expect("the budget is ample").terms.total().0;
            // 1 / (4 MC_1) + δ + MC_1 + 1, δ being 1.
            let price = u64::from(cost) * rules.pricing.tick().0;
            let bound = MICRO * MICRO / (4 * price) + price + 2 * MICRO;
            if total > bound {
                (violated, last) = (violated + 1, cost);
                worst = worst.max(total - bound);
            }
        }
        println!(
            "tick {tick}: the total exceeds the bound for {violated} of {} costs up to 3 credits, \
             the greatest of them {:.3} credits, by {} at most",
            3 * ticks,
            f64::from(last) * tick,
            Credits(worst)
        );
        assert_eq!(violated > 0, breaks);
    }
}

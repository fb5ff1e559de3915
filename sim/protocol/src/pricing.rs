//! What a buyer pays, and to whom (CompuP2P, IV-B). Bids are whole credits; payoffs are exact.

use crate::credit::Credits;
use crate::rules::{PricingRule, Rules};

/// What a market owner tells a buyer about its sellers' marginal costs, in credits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Report {
    /// The selected seller's.
    pub least: u32,
    /// The second least of the matching ones, if there is a second.
    pub second: Option<u32>,
}

/// Who gets what out of a sale.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Terms {
    /// The seller's payoff.
    pub seller: Credits,
    /// The market owner's payoff.
    pub mo: Credits,
}

impl Terms {
    /// What the buyer pays.
    pub fn total(self) -> Credits {
        self.seller.plus(self.mo)
    }
}

/// What a truthful seller of cost `cost` bids: its marginal cost, which "can include among other
/// things listing price, bandwidth cost" (IV-B).
pub fn bid(cost: u32, rules: &Rules) -> u32 {
    match rules.pricing.rule {
        PricingRule::Vickrey => cost.saturating_add(rules.pricing.listing_fee),
    }
}

/// What a sale on this report pays, or nothing if the least bid is above the budget.
pub fn terms(report: Report, budget: u32, rules: &Rules) -> Option<Terms> {
    match rules.pricing.rule {
        PricingRule::Vickrey => {
            let price = vickrey(report, budget)?;
            let fee = rules.pricing.listing_fee.min(price);
            Some(Terms { seller: Credits::whole(price - fee), mo: Credits::whole(fee) })
        }
    }
}

/// Reverse Vickrey auction (IV-B.1): the least bid wins and is paid the second least. The buyer's
/// budget is the reserve [ours]: it bounds the price, and a lone seller is paid it.
fn vickrey(report: Report, budget: u32) -> Option<u32> {
    let Report { least, second } = report;
    (least <= budget).then(|| second.unwrap_or(budget).min(budget))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// The auction as a person would hold it: who wins, and at what price.
    fn auction(bids: &[u32], budget: u32) -> Option<(usize, u32)> {
        let winner = (0..bids.len()).min_by_key(|&n| (bids[n], n))?;
        let others = (0..bids.len()).filter(|&n| n != winner);
        let report = Report { least: bids[winner], second: others.map(|n| bids[n]).min() };
        vickrey(report, budget).map(|price| (winner, price))
    }

    /// What seller 0 of true cost `cost` gains if it bids `bid` against `others`.
    fn gain(bid: u32, cost: u32, others: &[u32], budget: u32) -> i64 {
        let bids: Vec<u32> = [bid].into_iter().chain(others.iter().copied()).collect();
        match auction(&bids, budget) {
            Some((0, price)) => i64::from(price) - i64::from(cost),
            _ => 0,
        }
    }

    /// All small markets: up to three rivals, all bids and budgets from 0 to 5.
    fn small_markets(mut visit: impl FnMut(&[u32], u32)) {
        for budget in 0..6 {
            visit(&[], budget);
            for a in 0..6 {
                visit(&[a], budget);
                for b in a..6 {
                    visit(&[a, b], budget);
                    for c in b..6 {
                        visit(&[a, b, c], budget);
                    }
                }
            }
        }
    }

    #[test]
    fn no_seller_gains_by_bidding_anything_but_its_cost() {
        small_markets(|others, budget| {
            for cost in 0..6 {
                let truthful = gain(cost, cost, others, budget);
                assert!(truthful >= 0);
                for bid in 0..8 {
                    assert!(
                        gain(bid, cost, others, budget) <= truthful,
                        "{bid} for {cost}, {others:?}"
                    );
                }
            }
        });
    }

    #[test]
    fn the_price_lies_between_the_winners_bid_and_the_budget() {
        small_markets(|bids, budget| match auction(bids, budget) {
            Some((winner, price)) => assert!(bids[winner] <= price && price <= budget),
            None => assert!(bids.iter().all(|&bid| bid > budget)),
        });
    }

    #[test]
    fn the_papers_example_a_seller_of_5_that_posts_3_against_4_loses_1() {
        assert_eq!(gain(3, 5, &[4], 100), -1);
        assert_eq!(gain(5, 5, &[4], 100), 0);
    }

    #[test]
    fn a_lone_seller_is_paid_the_budget() {
        assert_eq!(auction(&[10], 200), Some((0, 200)));
    }

    #[test]
    fn the_market_owner_gets_its_fee_out_of_the_price() {
        let rules = Rules::for_tests(Vec::new());
        let report = Report { least: bid(40, &rules), second: Some(bid(60, &rules)) };
        let terms = terms(report, 200, &rules).unwrap();
        assert_eq!(terms.seller, Credits::whole(60));
        assert_eq!(terms.mo, Credits::whole(1));
        assert_eq!(terms.total(), Credits::whole(61));
    }

    #[test]
    fn a_bid_above_the_budget_does_not_sell() {
        let rules = Rules::for_tests(Vec::new());
        assert_eq!(terms(Report { least: 201, second: None }, 200, &rules), None);
    }
}

//! Who gains what by pricing rule, on the same sellers and buyers, beside the best that could be
//! done with them.

use super::*;
use crate::credit::MICRO;
use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;
use std::println;

/// A buyer of one thing.
#[derive(Clone, Copy, Debug)]
struct Customer {
    value: u32,
    platforms: Platforms,
}

/// Who gains what, in micro-credits.
#[derive(Clone, Copy, Default, Debug)]
struct Gains {
    buyers: i64,
    sellers: i64,
    owner: i64,
    sold: u32,
}

impl Gains {
    fn all(self) -> i64 {
        self.buyers + self.sellers + self.owner
    }
}

/// Buyers come one by one; who sold is listed no more.
fn trade(vendors: &[Vendor], customers: &[Customer], rules: &Rules) -> Gains {
    let mut market = OneShot::new(vendors.to_vec(), rules);
    let mut gains = Gains::default();
    for customer in customers {
        if rules.pricing.rule == PricingRule::PostedPrices {
            market.undercut();
        }
        let offer = market.offer(customer.platforms, customer.value, MoBehaviour::Honest);
        let Some(Sold { vendor, terms }) = offer else { continue };
        let micro = |credits: u32| (u64::from(credits) * MICRO) as i64;
        gains.buyers += micro(customer.value) - terms.total().0 as i64;
        gains.sellers += terms.seller.0 as i64 - micro(vendors[vendor].own);
        gains.owner += terms.mo.0 as i64;
        gains.sold += 1;
        market.book.delist(Addr(vendor as u32));
    }
    gains
}

/// The most that all could gain together: the assignment problem.
fn best(vendors: &[Vendor], customers: &[Customer]) -> i64 {
    let gain = |customer: &Customer, vendor: &Vendor| match customer.platforms.has(vendor.platform)
    {
        true => (i64::from(customer.value) - i64::from(vendor.own)).max(0),
        false => 0,
    };
    let rows = customers.iter().map(|customer| {
        let gains = vendors.iter().map(|vendor| gain(customer, vendor));
        // As many columns as rows at least: nobody to buy from gains nothing.
        gains.chain(core::iter::repeat_n(0, customers.len())).collect::<Vec<i64>>()
    });
    let matrix = Matrix::from_rows(rows).expect("rows are of one length");
    kuhn_munkres(&matrix).0 * MICRO as i64
}

/// The same where any seller serves any buyer: the dearest values meet the least costs.
fn best_of_any(vendors: &[Vendor], customers: &[Customer]) -> i64 {
    let mut costs: Vec<i64> = vendors.iter().map(|vendor| i64::from(vendor.own)).collect();
    let mut values: Vec<i64> = customers.iter().map(|customer| i64::from(customer.value)).collect();
    costs.sort_unstable();
    values.sort_unstable_by_key(|&value| core::cmp::Reverse(value));
    values.iter().zip(&costs).map(|(value, cost)| (value - cost).max(0)).sum::<i64>() * MICRO as i64
}

#[test]
fn who_gains_what_by_rule_and_never_more_than_the_best_assignment() {
    const MARKETS: u32 = 3000;
    let mut dice = Dice(4);
    let all_rules = RULES.map(|rule| rules(rule, |_| {}));
    let mut totals = [Gains::default(); RULES.len()];
    let mut most = 0;
    let mut customers_all = 0;
    for nth in 0..MARKETS {
        // In every second market any seller serves any buyer.
        let platforms = if nth % 2 == 0 { 0 } else { 2 };
        let vendors: Vec<Vendor> = (0..dice.within(1, 8))
            .map(|_| Vendor {
                own: dice.within(1, 100),
                platform: Platform(dice.within(0, platforms) as u8),
            })
            .collect();
        let customers: Vec<Customer> = (0..dice.within(1, 8))
            .map(|_| Customer {
                value: dice.within(1, 200),
                platforms: match platforms {
                    0 => Platforms::ANY,
                    _ => Platforms(dice.within(1, 7) as u16),
                },
            })
            .collect();
        let best = best(&vendors, &customers);
        if platforms == 0 {
            assert_eq!(best, best_of_any(&vendors, &customers));
        }
        most += best;
        customers_all += customers.len();
        for (rules, total) in all_rules.iter().zip(&mut totals) {
            let gains = trade(&vendors, &customers, rules);
            assert!(gains.all() <= best, "{vendors:?} {customers:?}");
            assert!(gains.buyers >= 0 && gains.sellers >= 0, "nobody has to trade");
            total.buyers += gains.buyers;
            total.sellers += gains.sellers;
            total.owner += gains.owner;
            total.sold += gains.sold;
        }
    }
    for (rule, total) in RULES.iter().zip(&totals) {
        let a_market = |gain: i64| gain as f64 / f64::from(MARKETS) / 1e6;
        println!(
            "{rule:?}, a market: buyers {:.2}, sellers {:.2}, owner {:.2}; {:.4} of the best; \
             {:.4} of the buyers served",
            a_market(total.buyers),
            a_market(total.sellers),
            a_market(total.owner),
            total.all() as f64 / most as f64,
            f64::from(total.sold) / customers_all as f64
        );
    }
}

//! Markets of one shot: sellers that were listed with their bids, and buyers who come one by one.
//! The book, the choice, the terms and the seller's answer are those of the simulator; no message
//! goes anywhere.

mod lemma;
mod truthfulness;
mod welfare;

use super::*;
use crate::behaviour::Character;
use crate::commodity::Platform;
use crate::id::Addr;
use crate::pricing::{Terms, bid, covers, marginal_cost};
use crate::time::Span;
use alloc::vec::Vec;

/// SplitMix64: chance of the tests' own.
struct Dice(u64);

impl Dice {
    /// A whole number from `least` to `most`.
    fn within(&mut self, least: u32, most: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let z = z ^ (z >> 31);
        least + ((u128::from(z) * u128::from(most - least + 1)) >> 64) as u32
    }
}

fn rules(rule: PricingRule, adjust: impl FnOnce(&mut Rules)) -> Rules {
    let mut rules = Rules::for_tests(Vec::new());
    rules.pricing.rule = rule;
    adjust(&mut rules);
    rules
}

/// A seller of one thing.
#[derive(Clone, Copy, Debug)]
struct Vendor {
    own: u32,
    platform: Platform,
}

/// A market whose sellers are listed.
struct OneShot<'r> {
    rules: &'r Rules,
    vendors: Vec<Vendor>,
    bids: Vec<u32>,
    book: Book,
}

/// What became of a buyer.
struct Sold {
    vendor: usize,
    terms: Terms,
}

impl<'r> OneShot<'r> {
    /// All bid their marginal cost.
    fn new(vendors: Vec<Vendor>, rules: &'r Rules) -> Self {
        let bids = vendors.iter().map(|vendor| marginal_cost(vendor.own, rules)).collect();
        let mut market = Self { rules, vendors, bids, book: Book::default() };
        for vendor in 0..market.vendors.len() {
            market.list(vendor, market.bids[vendor]);
        }
        market
    }

    fn list(&mut self, vendor: usize, bid: u32) {
        self.bids[vendor] = bid;
        self.book.list(Listing {
            seller: Addr(vendor as u32),
            bid,
            platform: self.vendors[vendor].platform,
            expiry: Time::ZERO + Span::secs(100),
            held_until: Time::ZERO,
        });
    }

    /// Sellers that are listed undercut each other until nobody wants to move.
    fn undercut(&mut self) {
        for vendor in 0..self.vendors.len() {
            if self.book.of(Addr(vendor as u32)).is_some() {
                self.list(vendor, self.rules.pricing.ticks(self.rules.pricing.price_cap));
            }
        }
        let mut is_moving = true;
        while is_moving {
            is_moving = false;
            for vendor in 0..self.vendors.len() {
                let (addr, Vendor { own, platform }) = (Addr(vendor as u32), self.vendors[vendor]);
                if self.book.of(addr).is_none() {
                    continue;
                }
                let rival = self.book.rival(addr, platform, Time::ZERO);
                let cost = marginal_cost(own, self.rules);
                let price = bid(cost, Character::default(), rival, self.rules);
                if price != self.bids[vendor] {
                    self.list(vendor, price);
                    is_moving = true;
                }
            }
        }
    }

    /// What a buyer gets; nothing is sold by that. A seller that refuses ends it.
    fn offer(&mut self, platforms: Platforms, budget: u32, mo: MoBehaviour) -> Option<Sold> {
        let rules = self.rules;
        let choice = choose(&mut self.book, platforms, budget, mo, Time::ZERO, rules).ok()?;
        let terms = terms(choice.report, budget, Volume::ONE, rules)?;
        let vendor = choice.listing.seller.0 as usize;
        let (own, bid) = (self.vendors[vendor].own, self.bids[vendor]);
        covers(terms.seller, own, bid, Volume::ONE, rules).then_some(Sold { vendor, terms })
    }
}

#[test]
fn a_lone_seller_is_named_by_all_owners_and_nobody_beyond_the_budget() {
    for rule in RULES {
        let rules = rules(rule, |_| {});
        let vendor = Vendor { own: 40, platform: Platform(0) };
        let mut market = OneShot::new(alloc::vec![vendor], &rules);
        for mo in OWNERS {
            let least = marginal_cost(40, &rules);
            assert!(market.offer(Platforms::ANY, least + 3, mo).is_some(), "{rule:?}, {mo:?}");
            assert!(market.offer(Platforms::ANY, least - 1, mo).is_none(), "{rule:?}, {mo:?}");
        }
    }
}

#[test]
fn a_selfish_owner_earns_the_most_that_it_can_say_of_sellers_that_are_listed() {
    let mut dice = Dice(5);
    for nth in 0..4000 {
        let rule = [PricingRule::Commission, PricingRule::VickreyCommission][nth % 2];
        let rules = rules(rule, |_| {});
        let count = dice.within(1, 6);
        let vendors: Vec<Vendor> =
            (0..count).map(|_| Vendor { own: dice.within(1, 30), platform: Platform(0) }).collect();
        let budget = dice.within(1, 45);
        let mut market = OneShot::new(vendors.clone(), &rules);
        let bids = market.bids.clone();
        let mut most = None;
        for (named, vendor) in vendors.iter().enumerate() {
            let others: Vec<Option<u32>> = match rule {
                PricingRule::VickreyCommission if count > 1 => (0..vendors.len())
                    .filter(|&other| other != named && bids[other] >= bids[named])
                    .map(|other| Some(bids[other]))
                    .collect(),
                _ => alloc::vec![None],
            };
            for other in others {
                let report = Report { least: bids[named], other };
                let Some(terms) = terms(report, budget, Volume::ONE, &rules) else { continue };
                if covers(terms.seller, vendor.own, bids[named], Volume::ONE, &rules) {
                    most = most.max(Some(terms.mo));
                }
            }
        }
        let says = market.offer(Platforms::ANY, budget, MoBehaviour::Selfish);
        assert_eq!(says.map(|sold| sold.terms.mo), most, "{rule:?}, {bids:?}, {budget}");
    }
}

const RULES: [PricingRule; 5] = [
    PricingRule::Vickrey,
    PricingRule::Commission,
    PricingRule::VickreyCommission,
    PricingRule::MaxMin,
    PricingRule::PostedPrices,
];

const OWNERS: [MoBehaviour; 4] =
    [MoBehaviour::Honest, MoBehaviour::Selfish, MoBehaviour::Withholding, MoBehaviour::Lying];

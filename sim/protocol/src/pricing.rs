//! What a buyer pays, and to whom (CompuP2P, IV-B). Bids, budgets and reports are whole ticks of
//! one grid; payoffs are exact fractions, rounded down to micro-credits once, at the end.

#[cfg(test)]
mod tests;

use crate::behaviour::{Character, SellerBehaviour};
use crate::credit::{Credits, MICRO};
use crate::rules::{Basis, PricingRule, Rules};
use crate::time::Span;

/// What a market owner tells a buyer about its sellers' marginal costs, in ticks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// The named seller's: MC'_1 of equation 1, if it is the cheapest.
    pub least: u32,
    /// Another that the rule looks at, if there are two sellers: the second least (`vickrey`,
    /// `vickrey_commission`), or the highest, MC'_S of equation 1 (`max_min`).
    pub other: Option<u32>,
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

/// How much is sold, in millionths of what a price is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Volume(u64);

impl Volume {
    /// One of what a price is for.
    pub const ONE: Self = Self(MICRO);

    /// Of `amount`, in its kind's unit, for so long.
    pub fn of(amount: u64, hold: Span, rules: &Rules) -> Self {
        match rules.pricing.basis {
            Basis::PerTransaction => Self::ONE,
            Basis::PerGigacycle => {
                // 10^9 units for 10^9 nanoseconds are a million millionths.
                let millionths = u128::from(amount) * u128::from(hold.0) / 1_000_000_000_000;
                Self(u64::try_from(millionths).unwrap_or(u64::MAX))
            }
        }
    }
}

/// An amount of money for one of what a price is for, in micro-credits: whole ones, and a proper
/// fraction of one.
#[derive(Clone, Copy, Debug)]
struct Exact {
    whole: u128,
    part: u128,
    of: u128,
}

impl Exact {
    fn micro(whole: u128) -> Self {
        Self { whole, part: 0, of: 1 }
    }

    fn fraction(numerator: u128, denominator: u128) -> Self {
        let of = denominator.max(1);
        Self { whole: numerator / of, part: numerator % of, of }
    }

    /// So many ticks.
    fn ticks(ticks: u32, rules: &Rules) -> Self {
        Self::micro(u128::from(ticks) * u128::from(rules.pricing.tick().0))
    }

    /// So many parts of a million of whole micro-credits.
    fn share(whole: Self, ppm: u32) -> Self {
        debug_assert_eq!(whole.part, 0);
        Self::fraction(whole.whole * u128::from(ppm), 1_000_000)
    }

    /// With so many whole micro-credits more.
    fn plus(self, micro: u64) -> Self {
        Self { whole: self.whole + u128::from(micro), ..self }
    }

    /// For so much, rounded down to micro-credits, and no more than [`MONEY_MAX`].
    fn floor(self, volume: Volume) -> Credits {
        let volume = u128::from(volume.0);
        let of_part = match self.part.checked_mul(volume) {
            Some(product) => product / self.of,
            // Only where more is sold than anybody could pay for: not to the last micro-credit.
            None => (self.part >> 64) * volume / (self.of >> 64).max(1),
        };
        let money = self.whole.saturating_mul(volume).saturating_add(of_part) / u128::from(MICRO);
        Credits(u64::try_from(money).unwrap_or(u64::MAX)).min(MONEY_MAX)
    }
}

/// The most that is ever counted for one sale: more than anybody has, and two of it can be added.
const MONEY_MAX: Credits = Credits(1 << 62);

/// Money for `ticks` of a price.
pub fn money(ticks: u32, volume: Volume, rules: &Rules) -> Credits {
    Exact::ticks(ticks, rules).floor(volume)
}

/// The highest price, in ticks, that so much money pays for so much.
pub fn affordable(total: Credits, volume: Volume, rules: &Rules) -> u32 {
    let unit = u128::from(total.0) * u128::from(MICRO) / u128::from(volume.0.max(1));
    let ticks = unit / u128::from(rules.pricing.tick().0.max(1));
    u32::try_from(ticks).unwrap_or(u32::MAX)
}

/// The marginal cost of a seller, in ticks: its own cost of a sale and what is taken from it, which
/// "can include among other things listing price, bandwidth cost" (IV-B).
pub fn marginal_cost(own: u32, rules: &Rules) -> u32 {
    let pricing = &rules.pricing;
    match pricing.rule {
        PricingRule::Vickrey | PricingRule::PostedPrices => {
            own.saturating_add(pricing.ticks(pricing.listing_fee))
        }
        PricingRule::Commission | PricingRule::VickreyCommission => {
            let kept = u64::from(1_000_000 - pricing.commission_ppm());
            let cost = (u64::from(own) * 1_000_000).div_ceil(kept);
            u32::try_from(cost).unwrap_or(u32::MAX)
        }
        PricingRule::MaxMin => own,
    }
}

/// What a seller of this character bids, in ticks, whose marginal cost is `cost`. `rival` is the
/// least price of others, as far as it knows, where prices are posted.
pub fn bid(cost: u32, character: Character, rival: Option<u32>, rules: &Rules) -> u32 {
    let off = (u64::from(cost) * u64::from(character.misreport) + 5_000) / 10_000;
    let off = u32::try_from(off).unwrap_or(u32::MAX);
    let bid = match character.seller {
        SellerBehaviour::Truthful => cost,
        SellerBehaviour::Underbid => cost.saturating_sub(off),
        SellerBehaviour::Overbid => cost.saturating_add(off),
        SellerBehaviour::Colluding => cost.max(rules.pricing.ticks(rules.cartel_price)),
    };
    let bid = bid.max(1);
    match rules.pricing.rule {
        PricingRule::PostedPrices => posted(bid, rival, rules),
        PricingRule::Vickrey
        | PricingRule::Commission
        | PricingRule::VickreyCommission
        | PricingRule::MaxMin => bid,
    }
}

/// The best response to the least price of others (Bertrand; IV-B): a tick less, as long as that
/// covers the cost. Nobody else known, it is the highest that is posted at all.
fn posted(cost: u32, rival: Option<u32>, rules: &Rules) -> u32 {
    let cap = rules.pricing.ticks(rules.pricing.price_cap);
    let best = rival.map_or(cap, |rival| rival.saturating_sub(1).min(cap));
    best.max(cost)
}

/// What a sale on this report pays, or nothing if that is more than the buyer's budget, in ticks.
pub fn terms(report: Report, budget: u32, volume: Volume, rules: &Rules) -> Option<Terms> {
    let pricing = &rules.pricing;
    let fee = Credits::whole(pricing.listing_fee).0;
    let paid = |price: u32| Exact::ticks(price, rules);
    let fixed = |price: u32| {
        let fee = Exact::micro(u128::from(fee).min(paid(price).whole));
        let seller = Exact::micro(paid(price).whole - fee.whole);
        (seller, fee)
    };
    let share = |price: u32| {
        let ppm = pricing.commission_ppm();
        (Exact::share(paid(price), 1_000_000 - ppm), Exact::share(paid(price), ppm))
    };
    if report.least > budget {
        return None;
    }
    // The budget is the reserve [ours]: it bounds the price, and a lone seller is paid it.
    let second = report.other.unwrap_or(budget).min(budget);
    let (seller, mo) = match pricing.rule {
        PricingRule::Vickrey => fixed(second),
        PricingRule::VickreyCommission => share(second),
        PricingRule::Commission => share(report.least),
        PricingRule::PostedPrices => fixed(report.least),
        PricingRule::MaxMin => max_min(report, rules),
    };
    let terms = Terms { seller: seller.floor(volume), mo: mo.floor(volume) };
    (terms.total() <= money(budget, volume, rules)).then_some(terms)
}

/// Equation 1 (IV-B.2): (MC'_S - MC'_1) / (MC'_S)^2 + δ to the market owner, MC'_1 + 1 to the
/// seller, in credits.
fn max_min(report: Report, rules: &Rules) -> (Exact, Exact) {
    let Report { least, other } = report;
    let highest = u128::from(other.unwrap_or(least).max(least));
    let tick = u128::from(rules.pricing.tick().0);
    let million = u128::from(MICRO);
    let spread = (highest - u128::from(least)) * million * million;
    let spread = Exact::fraction(spread, highest * highest * tick);
    let mo = spread.plus(Credits::whole(rules.pricing.delta).0);
    (Exact::ticks(least, rules).plus(MICRO), mo)
}

/// Whether a seller whose own cost is `own` and who bid `bid` sells for `payoff`. It does not sell
/// below its cost, but what it bid it stands by.
pub fn covers(payoff: Credits, own: u32, bid: u32, volume: Volume, rules: &Rules) -> bool {
    let pricing = &rules.pricing;
    match pricing.rule {
        PricingRule::Vickrey | PricingRule::PostedPrices => {
            let net = bid.saturating_sub(pricing.ticks(pricing.listing_fee));
            payoff >= money(own.min(net), volume, rules)
        }
        PricingRule::Commission | PricingRule::VickreyCommission => {
            let kept = 1_000_000 - pricing.commission_ppm();
            let net = Exact::share(Exact::ticks(bid, rules), kept);
            payoff >= money(own, volume, rules).min(net.floor(volume))
        }
        // "A seller does not provide its service unless its payoff is greater than its marginal
        // cost" (IV-B.2).
        PricingRule::MaxMin => payoff > money(own.min(bid), volume, rules),
    }
}

//! Which seller a market owner names, and what it says of its sellers, by pricing rule and by its
//! own behaviour (CompuP2P, IV-B).

#[cfg(test)]
mod tests;

use super::book::Book;
use super::listing::Listing;
use crate::behaviour::MoBehaviour;
use crate::commodity::Platforms;
use crate::pricing::{Report, Volume, terms};
use crate::rules::{PricingRule, Rules};
use crate::time::Time;

/// What a market owner chose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Choice {
    /// The listing of the seller that it names.
    pub(super) listing: Listing,
    /// What it says.
    pub(super) report: Report,
    /// What an honest one would have said of the same listings.
    pub(super) truth: Report,
}

/// What a market owner chooses from one book for a buyer, among listings that are held for nobody.
/// `Err(true)` if there are sellers, but none within the budget; `Err(false)` if there is none.
pub(super) fn choose(
    book: &mut Book,
    platforms: Platforms,
    budget: u32,
    behaviour: MoBehaviour,
    now: Time,
    rules: &Rules,
) -> Result<Choice, bool> {
    let cheapest = book.cheapest(platforms, now).ok_or(false)?;
    let rule = rules.pricing.rule;
    let other = match rule {
        PricingRule::Vickrey | PricingRule::VickreyCommission => cheapest.second,
        PricingRule::MaxMin => cheapest.second.and_then(|_| book.highest(platforms, now)),
        PricingRule::Commission | PricingRule::PostedPrices => None,
    };
    let truth = Report { least: cheapest.listing.bid, other };
    let honest = Choice { listing: cheapest.listing, report: truth, truth };
    let affordable = |choice: &Choice| terms(choice.report, budget, Volume::ONE, rules).is_some();
    let choice = match (behaviour, rule) {
        (MoBehaviour::Honest, _)
        // A fixed fee is earned whoever is named.
        | (MoBehaviour::Selfish, PricingRule::Vickrey | PricingRule::PostedPrices) => honest,
        (MoBehaviour::Selfish, PricingRule::MaxMin) => {
            Choice { report: max_min(truth, budget, rules), ..honest }
        }
        (MoBehaviour::Selfish, PricingRule::Commission) | (MoBehaviour::Withholding, _) => {
            let listing = book.dearest(platforms, budget, now).ok_or(true)?.listing;
            Choice { listing, report: Report { least: listing.bid, other: None }, truth }
        }
        (MoBehaviour::Selfish, PricingRule::VickreyCommission) => {
            let highest = book.highest(platforms, now).ok_or(false)?;
            let dearest = book.dearest(platforms, budget, now).ok_or(true)?;
            let (listing, other) = match dearest.second {
                _ if highest > budget => (dearest.listing, Some(highest)),
                Some(second) => (second, Some(dearest.listing.bid)),
                None => (dearest.listing, None),
            };
            Choice { listing, report: Report { least: listing.bid, other }, truth }
        }
        (MoBehaviour::Lying, _) => Choice { report: lie(truth, budget, rules), ..honest },
    };
    // Better an honest sale than none.
    [choice, honest].into_iter().find(affordable).ok_or(true)
}

/// The best report under equation 1 (Lemma 1): the least MC'_1 for which the cheapest seller still
/// gets more than its cost, and MC'_S = 2 MC'_1. On whole credits MC'_1 is the true one; on a finer
/// grid it is a credit less and a tick. If the buyer would not pay for that MC'_S, it is the best of
/// those for which it would.
fn max_min(truth: Report, budget: u32, rules: &Rules) -> Report {
    let credit = rules.pricing.ticks(1);
    let least = truth.least.saturating_sub(credit - 1).max(1);
    let report = |other| Report { least, other: Some(other) };
    let payoff = |other| terms(report(other), budget, Volume::ONE, rules).map(|terms| terms.mo);
    let best = least.saturating_mul(2);
    if payoff(best).is_some() {
        return report(best);
    }
    // The payoff grows up to there, and falls beyond: the nearest on either side.
    let nearest = |mut paid: u32| {
        let mut unpaid = best;
        while paid.abs_diff(unpaid) > 1 {
            let between = paid.midpoint(unpaid);
            match payoff(between) {
                Some(_) => paid = between,
                None => unpaid = between,
            }
        }
        paid
    };
    let sides = [nearest(least), nearest(u32::MAX)];
    report(sides.into_iter().max_by_key(|&other| payoff(other)).unwrap_or(best))
}

/// The highest price for the cheapest seller that the buyer would pay.
fn lie(truth: Report, budget: u32, rules: &Rules) -> Report {
    match rules.pricing.rule {
        PricingRule::Vickrey | PricingRule::VickreyCommission => {
            Report { other: Some(budget), ..truth }
        }
        PricingRule::Commission | PricingRule::PostedPrices => {
            Report { least: budget.max(truth.least), other: None }
        }
        PricingRule::MaxMin => {
            // The buyer pays MC'_1 + 1, δ, and a part of a credit.
            let beside = rules.pricing.ticks(rules.pricing.delta.saturating_add(2));
            let least = budget.saturating_sub(beside).max(truth.least);
            Report { least, other: Some(least.saturating_mul(2)) }
        }
    }
}

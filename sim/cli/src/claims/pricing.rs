//! Claims on what is paid, and whom lying pays.

use super::evidence::{Evidence, parsed, shown};
use super::{Claim, Finding, Verdict};
use compup2p_analysis::stats::{Estimate, paired_difference};
use std::collections::BTreeMap;

/// In the order of the paper.
pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        section: "IV-B.1",
        says: "Under reverse Vickrey pricing a seller's best bid is its true marginal cost",
        holds_if: "who misreports, either way, gains less than who does not",
        scenario: "pricing_vickrey",
        changes: &["sweep=off", "nodes=400", "replicates=8", "workload.purchases.hold=5min"],
        judge: |evidence| {
            let under = profit_less_truthful(evidence, "underbid")?;
            let over = profit_less_truthful(evidence, "overbid")?;
            let number = format!(
                "profit a seller less that of the truthful, credits: underbidding {}, overbidding {}",
                shown(under),
                shown(over)
            );
            let verdict = match (under.high < 0.0, over.low > 0.0) {
                (true, false) => Verdict::Holds,
                (true, true) => Verdict::Partly("underbidding loses, but overbidding gains"),
                (false, _) => Verdict::Fails,
            };
            Ok(Finding { number, verdict })
        },
    },
    Claim {
        section: "IV-B.2",
        says: "A commission gives a market owner a reason to cheat",
        holds_if: "the gain is above zero",
        scenario: "selfish_mo",
        changes: SELFISH,
        judge: |evidence| {
            let gain = selfish_gain(evidence, "commission")?;
            let number = format!("a selfish owner gets {} credits a purchase more", shown(gain));
            Ok(Finding::of(number, gain.low > 0.0))
        },
    },
    Claim {
        section: "IV-B.2",
        says: "Max-min payoffs leave a market owner hardly a reason to cheat",
        holds_if: "the gain is less than a twentieth of that under a commission",
        scenario: "selfish_mo",
        changes: SELFISH,
        judge: |evidence| {
            let (gain, commission) =
                (selfish_gain(evidence, "max_min")?, selfish_gain(evidence, "commission")?);
            let number = format!(
                "a selfish owner gets {} credits a purchase more; under a commission {}",
                shown(gain),
                shown(commission)
            );
            Ok(Finding::of(number, gain.high < 0.05 * commission.low))
        },
    },
    Claim {
        section: "IV-B.2, Lemma 1",
        says: "Under max-min payoffs the cheapest seller is selected, its cost is covered, and the \
               buyer's total is bounded by 1/(4 MC₁) + δ + MC₁ + 1, though owners are selfish",
        holds_if: "no sale breaks it",
        scenario: "pricing_max_min",
        changes: &["nodes=400", "replicates=2"],
        judge: |evidence| {
            let chosen = evidence.mean("cheapest_chosen", &[])?;
            let (mut sales, mut above, mut at_a_loss) = (0u64, 0u64, 0u64);
            let columns = [
                "least_bid_credits",
                "total_credits",
                "seller_payoff_credits",
                "outcome",
                "bid_credits",
            ];
            evidence.rows(
                "transactions.csv",
                columns,
                |[least, total, payoff, outcome, bid]| {
                    if outcome == "completed" {
                        let (least, total) = (parsed(least)?, parsed(total)?);
                        sales += 1;
                        above += u64::from(total > 0.25 / least + 1.0 + least + 1.0 + 1e-6);
                        at_a_loss += u64::from(parsed(payoff)? < parsed(bid)?);
                    }
                    Ok(())
                },
            )?;
            let number = format!(
                "cheapest named: {}; of {sales} sales above the bound: {above}, below the seller's cost: \
                 {at_a_loss}",
                shown(chosen)
            );
            Ok(Finding::of(number, chosen.mean == 1.0 && sales > 0 && above + at_a_loss == 0))
        },
    },
];

/// Honest owners, and selfish ones, under two rules.
const SELFISH: &[&str] =
    &["sweep=off", "sweep.pricing.rule=[commission, max_min]", "sweep.behaviour.mo.selfish=[0, 1]"];

/// What a purchase brings its market owner more, if owners are selfish.
fn selfish_gain(evidence: &Evidence, rule: &str) -> Result<Estimate, String> {
    let at = |selfish| [("pricing.rule", rule), ("behaviour.mo.selfish", selfish)];
    evidence.difference("mo_surplus_mean", &at("1"), &at("0"))
}

/// The mean profit of sellers of one behaviour less that of the truthful, over replicates.
fn profit_less_truthful(evidence: &Evidence, behaviour: &str) -> Result<Estimate, String> {
    let mut sums: BTreeMap<(String, String), (f64, f64)> = BTreeMap::new();
    let columns = ["replicate", "seller_behaviour", "seller_income_credits", "costs_credits"];
    evidence.rows("incomes.csv", columns, |[replicate, of, income, costs]| {
        let sum = sums.entry((of.to_owned(), replicate.to_owned())).or_default();
        sum.0 += parsed(income)? - parsed(costs)?;
        sum.1 += 1.0;
        Ok(())
    })?;
    let means = |of: &str| -> Vec<f64> {
        let of = sums.iter().filter(|((behaviour, _), _)| behaviour == of);
        of.map(|(_, (sum, count))| sum / count).collect()
    };
    let (theirs, truthful) = (means(behaviour), means("truthful"));
    if theirs.len() != truthful.len() {
        return Err(format!("{behaviour} is not in every replicate"));
    }
    paired_difference(&theirs, &truthful).ok_or_else(|| format!("nobody was {behaviour}"))
}

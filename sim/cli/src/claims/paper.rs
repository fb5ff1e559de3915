//! The claims of the paper, each with the rule by which numbers judge it.

use super::evidence::{Evidence, parsed, shown};
use super::{Claim, Finding, Verdict};
use compup2p_analysis::stats::{Estimate, paired_difference};
use compup2p_analysis::voting::wrong_by_majority;
use std::collections::BTreeMap;

/// All, in the order of the paper.
pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        section: "I, V-D",
        says: "A market is looked up in O(log N) messages",
        scenario: "lookup_hops",
        changes: &["sweep.nodes=[256, 1024, 4096]", "replicates=3", "record.lookups=off"],
        judge: |evidence| {
            let mut hops = Vec::new();
            for nodes in ["256", "1024", "4096"] {
                hops.push(evidence.mean("lookup_hops_mean", &[("nodes", nodes)])?);
            }
            let slope = (hops[2].mean - hops[0].mean) / 4.0;
            let number = format!(
                "{}, {}, {} hops; {slope:.3} for each doubling of N (law: ½)",
                shown(hops[0]),
                shown(hops[1]),
                shown(hops[2])
            );
            Ok(Finding::of(number, (0.45..=0.55).contains(&slope)))
        },
    },
    Claim {
        section: "III-B",
        says: "Sellers and buyers of a commodity meet at the same market owner with high probability",
        scenario: "churn",
        changes: &["sweep.churn.sessions=[none, skype06]", "replicates=4", "record.lookups=off"],
        judge: |evidence| {
            let (quiet, churn) = ([("churn.sessions", "none")], [("churn.sessions", "skype06")]);
            let lists = evidence.mean("list_correct", &quiet)?;
            let lists_churn = evidence.mean("list_correct", &churn)?;
            let buys_churn = evidence.mean("market_correct", &churn)?;
            let number = format!(
                "sellers at the true owner: {} without churn, {} under it; buyers at the true market \
                 under it: {}",
                shown(lists),
                shown(lists_churn),
                shown(buys_churn)
            );
            let meet = lists.mean == 1.0 && lists_churn.low > 0.98;
            let verdict = match (meet, buys_churn.low > 0.98) {
                (true, true) => Verdict::Holds,
                (true, false) => Verdict::Partly("buyers miss it while markets are young"),
                (false, _) => Verdict::Fails,
            };
            Ok(Finding { number, verdict })
        },
    },
    Claim {
        section: "IV-A.1",
        says: "In the single overlay few nodes have most markets when idle values are close",
        scenario: "narrow_capacities",
        changes: NARROW,
        judge: |evidence| {
            let at = [("market.scheme", "single_overlay")];
            let busiest = evidence.mean("mo_requests_max_over_mean", &at)?;
            let random = evidence.mean("mo_requests_max_over_mean_at_random", &at)?;
            let number = format!(
                "busiest over mean node {}; the same markets at random nodes {}",
                shown(busiest),
                shown(random)
            );
            Ok(Finding::of(number, busiest.low > random.high))
        },
    },
    Claim {
        section: "IV-A.2",
        says: "The processor overlay spreads the responsibility for markets uniformly",
        scenario: "narrow_capacities",
        changes: NARROW,
        judge: |evidence| {
            let at = [("market.scheme", "processor_overlay")];
            let gini = evidence.mean("mo_requests_gini", &at)?;
            let random = evidence.mean("mo_requests_gini_at_random", &at)?;
            let number = format!(
                "Gini of requests {}; the same markets at random nodes {}",
                shown(gini),
                shown(random)
            );
            Ok(Finding::of(number, gini.low <= random.high && random.low <= gini.high))
        },
    },
    Claim {
        section: "IV-A.2",
        says: "A lookup in the processor overlay takes ½ log M steps on average",
        scenario: "narrow_capacities",
        changes: &[
            "sweep=off",
            "market.scheme=processor_overlay",
            "overlay.successors=1",
            "overlay.rejoin_interval=1min",
            "duration=40min",
            "capacity={ model: uniform, min: 2146959360, max: 2148007935 }",
            "workload.purchases.amount={ model: uniform, min: 2146959360, max: 2147876864 }",
        ],
        judge: |evidence| {
            let hops = evidence.mean("market_hops_mean", &[])?;
            let markets = evidence.mean("markets_at_end", &[])?;
            let law = libm::log2(markets.mean) / 2.0;
            let number = format!(
                "{} hops among {:.0} markets; ½ log2 M = {law:.3}",
                shown(hops),
                markets.mean
            );
            let verdict = match hops.mean / law {
                share if (0.9..=1.1).contains(&share) => Verdict::Holds,
                share if share < 0.9 => {
                    Verdict::Partly("fewer: what the asker owns itself takes no step")
                }
                _ => Verdict::Fails,
            };
            Ok(Finding { number, verdict })
        },
    },
    Claim {
        section: "IV-A.2",
        says: "The processor overlay bounds the search, which takes the single overlay several attempts",
        scenario: "mo_load",
        changes: &["sweep.market.scheme=[single_overlay, processor_overlay]", "replicates=4"],
        judge: |evidence| {
            let (single, processor) =
                ([("market.scheme", "single_overlay")], [("market.scheme", "processor_overlay")]);
            let attempts = evidence.difference("attempts_mean", &processor, &single)?;
            let hops = evidence.difference("purchase_hops_mean", &processor, &single)?;
            let number = format!(
                "markets asked {} and {}, hops {} and {} (single, processor); processor less single: \
                 {}, {}",
                shown(evidence.mean("attempts_mean", &single)?),
                shown(evidence.mean("attempts_mean", &processor)?),
                shown(evidence.mean("purchase_hops_mean", &single)?),
                shown(evidence.mean("purchase_hops_mean", &processor)?),
                shown(attempts),
                shown(hops)
            );
            let verdict = match (hops.high < 0.0, attempts.high < 0.0) {
                (true, true) => Verdict::Holds,
                (true, false) => Verdict::Partly("fewer hops, but not fewer markets asked"),
                (false, _) => Verdict::Fails,
            };
            Ok(Finding { number, verdict })
        },
    },
    Claim {
        section: "IV-B.1",
        says: "Under reverse Vickrey pricing a seller's best bid is its true marginal cost",
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
                (true, true) => {
                    Verdict::Partly("in one shot; in markets that go on some who bid more gain")
                }
                (false, _) => Verdict::Fails,
            };
            Ok(Finding { number, verdict })
        },
    },
    Claim {
        section: "IV-B.2",
        says: "A commission gives a market owner a reason to cheat",
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
    Claim {
        section: "V",
        says: "Who cannot pay does not get compute power",
        scenario: "churn",
        changes: &["admin.initial_balance=50", "replicates=2", "record.lookups=off"],
        judge: |evidence| {
            let refused = evidence.mean("purchases_insufficient_funds", &[])?;
            let mut unpaid = 0;
            evidence.rows(
                "transactions.csv",
                ["outcome", "total_credits"],
                |[outcome, total]| {
                    unpaid += u64::from(outcome == "insufficient_funds" && parsed(total)? > 0.0);
                    Ok(())
                },
            )?;
            let number = format!(
                "share of purchases refused for want of money, with 50 credits to begin with: {}; of \
                 these served: {unpaid}",
                shown(refused)
            );
            Ok(Finding::of(number, refused.low > 0.0 && unpaid == 0))
        },
    },
    Claim {
        section: "V-A",
        says: "Re-listing keeps markets alive when market owners fail and nodes join",
        scenario: "churn",
        changes: &["sweep.off=[[], [relist]]", "replicates=4", "record.lookups=off"],
        judge: |evidence| {
            let (on, off) = ([("off", "[]")], [("off", "[relist]")]);
            let lost = evidence.difference("purchases_completed", &off, &on)?;
            let number = format!(
                "purchases completed {}, without re-listing {}",
                shown(evidence.mean("purchases_completed", &on)?),
                shown(evidence.mean("purchases_completed", &off)?)
            );
            Ok(Finding::of(number, lost.high < 0.0))
        },
    },
    Claim {
        section: "V-A",
        says: "By purging and asking sellers first, market owners rarely name one that is gone",
        scenario: "churn",
        changes: &["sweep.off=[[], [purge, ping]]", "replicates=4", "record.lookups=off"],
        judge: |evidence| {
            let (on, off) = ([("off", "[]")], [("off", "[purge, ping]")]);
            let fewer = evidence.difference("quotes_mean", &on, &off)?;
            let late = evidence.mean("listings_late_used", &on)?;
            let number = format!(
                "sellers named a sale {}, without {}; listings used that were over {}, without {}",
                shown(evidence.mean("quotes_mean", &on)?),
                shown(evidence.mean("quotes_mean", &off)?),
                shown(late),
                shown(evidence.mean("listings_late_used", &off)?)
            );
            Ok(Finding::of(number, fewer.high < 0.0 && late.mean == 0.0))
        },
    },
    Claim {
        section: "V-B, Fig. 8",
        says: "Independent sub-tasks that compute long have almost perfect speedup, light ones have not",
        scenario: "speedup",
        changes: &[
            "sweep=off",
            "sweep.workload.tasks.cycles=[1.5e13, 1.5e12, 1.5e11, 1.5e10]",
            "capacity=1.5e9",
            "workload.tasks.sub_tasks=10",
            "replicates=4",
        ],
        judge: |evidence| {
            let mut shares = Vec::new();
            for (cycles, alone) in
                [("1.5e13", 1e4), ("1.5e12", 1e3), ("1.5e11", 1e2), ("1.5e10", 10.0)]
            {
                let makespan =
                    evidence.mean("makespan", &[("workload.tasks.cycles", cycles)])?.mean;
                shares.push(alone / makespan);
            }
            let texts: Vec<_> = shares.iter().map(|share| format!("{share:.3}")).collect();
            let number = format!(
                "efficiency on ten equal computers, computing 1000, 100, 10 and 1 times as long as \
                 sending: {}",
                texts.join(", ")
            );
            let falls = shares.windows(2).all(|two| two[0] > two[1]);
            Ok(Finding::of(number, shares[0] > 0.98 && falls && shares[3] < 0.5))
        },
    },
    Claim {
        section: "V-C",
        says: "Server-less checkpoints save work when computers fail",
        scenario: "checkpointing",
        changes: &[
            "sweep=off",
            "sweep.workload.tasks.checkpoint_bytes=[0, 12500000]",
            "service.checkpoint.rule=daly",
            "service.checkpoint.mtbf=30min",
            "churn.sessions.up.mean=30min",
        ],
        judge: |evidence| {
            let path = "workload.tasks.checkpoint_bytes";
            let (off, on) = ([(path, "0")], [(path, "12500000")]);
            let saved = evidence.difference("task_turnaround_mean", &on, &off)?;
            let number = format!(
                "turnaround of an hour's sub-task, a failure each half hour: {} s, with checkpoints {} s; \
                 work wasted {}, {}",
                shown(evidence.mean("task_turnaround_mean", &off)?),
                shown(evidence.mean("task_turnaround_mean", &on)?),
                shown(evidence.mean("wasted_cycles", &off)?),
                shown(evidence.mean("wasted_cycles", &on)?)
            );
            Ok(Finding::of(number, saved.high < 0.0))
        },
    },
    Claim {
        section: "V-C",
        says: "Redundant computation makes results more reliable, at a cost",
        scenario: "redundancy",
        changes: &[
            "sweep=off",
            "sweep.workload.tasks.replicas=[1, 3, 5]",
            "behaviour.compute.malicious=0.2",
            "workload.tasks.sub_tasks=4",
        ],
        judge: |evidence| {
            let at = |k: &'static str| [("workload.tasks.replicas", k)];
            let (mut wrong, mut price) = (Vec::new(), Vec::new());
            for k in ["1", "3", "5"] {
                wrong.push(evidence.mean("tasks_wrong", &at(k))?);
                price.push(evidence.mean("task_price_mean", &at(k))?);
            }
            let laws = [1, 3, 5].map(|k| format!("{:.3}", wrong_by_majority(100, 20, k)));
            let wrongs: Vec<_> = wrong.iter().map(|of| shown(*of)).collect();
            let prices: Vec<_> = price.iter().map(|of| format!("{:.0}", of.mean)).collect();
            let number = format!(
                "wrong results with a fifth malicious, 1, 3, 5 replicas: {} (law {}); credits {}",
                wrongs.join(", "),
                laws.join(", "),
                prices.join(", ")
            );
            let fewer = evidence.difference("tasks_wrong", &at("5"), &at("1"))?;
            let dearer = evidence.difference("task_price_mean", &at("5"), &at("1"))?;
            Ok(Finding::of(number, fewer.high < 0.0 && dearer.low > 0.0))
        },
    },
    Claim {
        section: "V-D, eq. 2",
        says: "A market owner with 10,000 sellers keeps less than half a megabyte",
        scenario: "mo_load",
        changes: &[
            "nodes=10000",
            "capacity=1e9",
            "duration=3min",
            "workload.purchases.interval=1h",
        ],
        judge: |evidence| {
            let (mut most, mut bytes) = (0.0f64, 0.0f64);
            let columns = ["listings_peak", "peak_state_bytes"];
            evidence.rows("mo_load.csv", columns, |[listings, state]| {
                most = most.max(parsed(listings)?);
                bytes = bytes.max(parsed(state)?);
                Ok(())
            })?;
            let number = format!(
                "{bytes:.0} bytes for {most:.0} listings (equation 2: {:.0})",
                most * 10.0 * 4.0
            );
            Ok(Finding::of(number, most > 9_900.0 && bytes < 500_000.0))
        },
    },
    Claim {
        section: "V-D",
        says: "The overhead is light",
        scenario: "churn",
        changes: &[
            "sweep.nodes=[250, 1000]",
            "replicates=2",
            "duration=30min",
            "record.lookups=off",
        ],
        judge: |evidence| {
            let mut rates = Vec::new();
            for (name, nodes) in [("250", 250.0), ("1000", 1000.0)] {
                let messages = evidence.mean("messages", &[("nodes", name)])?.mean;
                rates.push(messages / nodes / 1800.0);
            }
            let number = format!(
                "messages a node a second, all layers, under churn: {:.2} with 250 nodes, {:.2} with 1,000",
                rates[0], rates[1]
            );
            Ok(Finding::of(number, rates[1] < rates[0] * 1.5 && rates[1] < 10.0))
        },
    },
];

/// Sixteen commodities, both schemes.
const NARROW: &[&str] = &[
    "sweep=off",
    "sweep.market.scheme=[single_overlay, processor_overlay]",
    "capacity={ model: uniform, min: 2147450880, max: 2147516415 }",
    "workload.purchases.amount={ model: uniform, min: 2147450880, max: 2147508224 }",
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

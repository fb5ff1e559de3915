//! Claims on where markets are, and how they are found.

use super::evidence::shown;
use super::{Claim, Finding, Verdict};

/// In the order of the paper.
pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        section: "I, V-D",
        says: "A market is looked up in O(log N) messages",
        holds_if: "each doubling of N adds 0.45 to 0.55 hops",
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
        holds_if: "without churn sellers always do, under it sellers and buyers in more than 98 of 100 (the low ends)",
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
            let verdict = match buys_churn.low {
                low if meet && low > 0.98 => Verdict::Holds,
                low if meet && low > 0.9 => Verdict::Partly("buyers less often than sellers"),
                _ => Verdict::Fails,
            };
            Ok(Finding { number, verdict })
        },
    },
    Claim {
        section: "IV-A.1",
        says: "In the single overlay few nodes have most markets when idle values are close",
        holds_if: "the busiest is farther above the mean than with the same markets at random nodes (intervals apart)",
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
        holds_if: "Gini is what it is with the same markets at random nodes (intervals overlap); few markets on many nodes are uneven then too",
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
        holds_if: "within a tenth of the law, which is of one successor each",
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
            Ok(Finding::of(number, (0.9..=1.1).contains(&(hops.mean / law))))
        },
    },
    Claim {
        section: "IV-A.2",
        says: "The processor overlay bounds the search, which takes the single overlay several attempts",
        holds_if: "fewer hops, and fewer markets asked (both differences below zero)",
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
];

/// Sixteen commodities, both schemes.
const NARROW: &[&str] = &[
    "sweep=off",
    "sweep.market.scheme=[single_overlay, processor_overlay]",
    "capacity={ model: uniform, min: 2147450880, max: 2147516415 }",
    "workload.purchases.amount={ model: uniform, min: 2147450880, max: 2147508224 }",
];

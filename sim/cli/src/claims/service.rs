//! Claims on paying, on nodes that fail, on what is computed, and on what all that costs.

use super::evidence::{parsed, shown};
use super::{Claim, Finding};
use compup2p_analysis::voting::wrong_by_majority;

/// In the order of the paper.
pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        section: "V",
        says: "Who cannot pay does not get compute power",
        holds_if: "some are refused, and nobody is served unpaid",
        scenario: "churn",
        changes: &["admin.initial_balance=50", "replicates=2", "record.lookups=off"],
        judge: |evidence| {
            let refused = evidence.mean("purchases_insufficient_funds", &[])?;
            let (mut served, mut unpaid) = (0u64, 0u64);
            evidence.rows(
                "transactions.csv",
                ["outcome", "seller", "total_credits"],
                |[outcome, seller, total]| {
                    let poor = outcome == "insufficient_funds";
                    let is_served = outcome == "completed" || (poor && !seller.is_empty());
                    served += u64::from(is_served);
                    unpaid += u64::from(is_served && parsed(total)? <= 0.0);
                    Ok(())
                },
            )?;
            let number = format!(
                "share of purchases refused for want of money, with 50 credits to begin with: {}; of \
                 {served} that were served, not paid: {unpaid}",
                shown(refused)
            );
            Ok(Finding::of(number, refused.low > 0.0 && served > 0 && unpaid == 0))
        },
    },
    Claim {
        section: "V-A",
        says: "Re-listing keeps markets alive when market owners fail and nodes join",
        holds_if: "fewer purchases complete without it (the difference is below zero)",
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
        holds_if: "fewer sellers are named a sale (the difference is below zero), and no listing is used that is over",
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
        holds_if: "above 0.98 where a sub-task computes 1000 times as long as it sends, and less and less to below 0.5",
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
        holds_if: "sub-tasks are done sooner with them (the difference is below zero)",
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
        holds_if: "five replicas are less often wrong than one, and dearer (both differences)",
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
        holds_if: "at most 500,000 bytes for at least 9,900 listings",
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
        holds_if: "below ten messages, and with four times the nodes at most half as many again [ours: the paper says no number]",
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

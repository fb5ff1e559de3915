//! A stand-in for the engine's loop, which is built elsewhere: rows that look like a run's, drawn
//! from the seed. To be deleted when `run` is there.

use crate::observer::{
    LoadRow, LookupRow, MessageRow, MetricRow, Observer, Outcome, PurchaseOutcome, SampleRow, Stop,
    TransactionRow,
};
use crate::trial::Trial;
use compup2p_protocol::commodity::{Commodity, ResourceKind};
use compup2p_protocol::fact::{LookupEnd, LookupPurpose, Ring};
use compup2p_protocol::id::{Addr, Id};
use compup2p_protocol::time::{Span, Time};

/// Pretends to run a trial.
pub fn run(trial: &Trial, observer: &mut dyn Observer) -> Result<Outcome, Stop> {
    let mut state = trial.seed;
    let mut draw = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 31)
    };
    let nodes = trial.scenario.nodes;
    let interval = trial.scenario.record.timeseries;
    let mut now = Time::ZERO;
    let mut outcome = Outcome::default();
    while now < Time::ZERO + trial.scenario.duration {
        now += interval;
        outcome.events += u64::from(nodes);
        observer.progress(now, outcome.events)?;
        let end = LookupEnd {
            ring: Ring::Base,
            purpose: LookupPurpose::Key,
            key: Id(draw()),
            owner: Some(Addr(draw() as u32 % nodes)),
            hops: (draw() % 8) as u8,
            timeouts: 0,
            took: Span(draw() % 1_000_000_000),
        };
        let node = Addr(draw() as u32 % nodes);
        let correct = draw() % 10 > 0;
        observer.lookup(&LookupRow { lookup: outcome.events, at: now, node, end, correct })?;
        observer.transaction(&TransactionRow {
            purchase: outcome.events,
            at: now,
            ended: now + Span::secs(1),
            buyer: node,
            seller: Some(Addr(0)),
            mo: None,
            commodity: Some(Commodity::new(ResourceKind::Cpu, 7)),
            requested: 1,
            attempts: 1,
            hops: 3,
            latency: Span::millis(120),
            true_mc: 5_000_000,
            reported_mc: 5_000_000,
            seller_payoff: 7_500_000,
            mo_payoff: 1_000_000,
            total: 7_500_000,
            outcome: PurchaseOutcome::Completed,
        })?;
        observer.sample(&SampleRow {
            at: now,
            live_nodes: nodes.into(),
            ..SampleRow::default()
        })?;
    }
    outcome.fingerprint = draw();
    outcome.ended = now;
    let value = (draw() % 1000) as f64 / 100.0;
    outcome.metrics.push(MetricRow { metric: "lookup_hops_mean", value, unit: "hops" });
    outcome.metrics.push(MetricRow { metric: "price_mean", value: f64::NAN, unit: "credits" });
    outcome.load.push(LoadRow { node: Addr(0), markets: 1, ..LoadRow::default() });
    outcome.messages.push(MessageRow { kind: "chord.stabilize", count: 5, bytes: 200 });
    Ok(outcome)
}

//! Whole runs of small scenarios.

use super::*;
use crate::audit::astray;
use crate::observer::Blind;
use crate::scenario::Scenario;
use compup2p_protocol::fact::{LookupPurpose, Ring};
use compup2p_protocol::rules::{Admin, Market, Overlay, Pricing};

/// Default rules for nodes with these identifiers.
pub(crate) fn rules(ids: Vec<Id>) -> Rules {
    Rules {
        overlay: Overlay::default(),
        successors: 4,
        market: Market::default(),
        pricing: Pricing::default(),
        admin: Admin::default(),
        off: Off::default(),
        admin_at: Addr(ids.len() as u32),
        ids: ids.into(),
    }
}

/// A trial of a scenario in YAML.
pub(crate) fn trial(yaml: &str) -> Trial {
    let scenario: Scenario = serde_yaml::from_str(yaml).unwrap();
    Trial {
        seed: scenario.seed,
        scenario: Arc::new(scenario),
        replicate: 0,
        inputs: Arc::default(),
        judged: false,
    }
}

fn run(yaml: &str) -> Simulation {
    let mut simulation = Simulation::new(&trial(yaml));
    simulation.run(&mut Blind).unwrap();
    simulation
}

#[test]
fn without_churn_every_lookup_is_correct() {
    let run = run("{nodes: 500, duration: 30min, workload: {lookups: {interval: 20s}}}");
    let keys = run.tally().lookups(Ring::Base, LookupPurpose::Key);
    assert!(keys.ended > 40_000, "{}", keys.ended);
    assert_eq!((keys.found, keys.correct), (keys.ended, keys.ended));
    assert_eq!(astray(&run), []);
}

#[test]
fn nodes_that_join_one_by_one_form_the_true_ring() {
    let run = run("{nodes: 200, duration: 1h, overlay: {start: join}}");
    assert_eq!(run.oracle().members(), 200);
    assert_eq!(astray(&run), []);
}

#[test]
fn after_churn_stops_every_ring_heals() {
    for seed in 1..=8 {
        let run = run(&format!(
            "{{nodes: 300, seed: {seed}, duration: 100min, churn: {{stop_at: 60min,
              sessions: {{up: {{model: exponential, mean: 10min}},
                          down: {{model: exponential, mean: 5min}}}}}}}}"
        ));
        assert!(run.tally().moves.crashes > 500, "{:?}", run.tally().moves);
        assert_eq!(astray(&run), [], "seed {seed}");
    }
}

#[test]
fn timeouts_that_cannot_fire_need_not_be_posted() {
    let yaml = "{nodes: 200, duration: 30min, network: {loss: 0.02}, churn: {
        sessions: {up: {model: exponential, mean: 10min}, down: 5min}}}";
    let mut needed = Simulation::with_timers(&trial(yaml), Timers::Needed);
    let mut all = Simulation::with_timers(&trial(yaml), Timers::All);
    needed.run(&mut Blind).unwrap();
    all.run(&mut Blind).unwrap();
    assert_eq!(needed.outcome(), all.outcome());
}

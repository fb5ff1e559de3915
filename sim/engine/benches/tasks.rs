//! The service layer: the load of `scenarios/bench_tasks.yaml` on fewer nodes, in CPU time.

mod clock;

use clock::cpu_s;
use compup2p_engine::observer::Blind;
use compup2p_engine::scenario::{Scenario, Source};
use compup2p_engine::simulation::Simulation;
use compup2p_engine::trial::{Trial, check};
use std::sync::Arc;

fn main() {
    let text = include_str!("../../../scenarios/bench_tasks.yaml").to_owned();
    let source = Source { file: "bench_tasks.yaml".to_owned(), text, overrides: Vec::new() };
    let trials = check(&source, &|_| Err("no file".to_owned())).expect("it comes along");
    for nodes in [500, 2_000] {
        let scenario = Scenario { nodes, ..(*trials[0].scenario).clone() };
        let with = Trial { scenario: Arc::new(scenario), ..trials[0].clone() };
        let mut without = (*with.scenario).clone();
        without.workload.tasks.interval = None;
        let without = Trial { scenario: Arc::new(without), ..trials[0].clone() };
        let [idle, busy] = [without, with].map(|trial| {
            let start = cpu_s();
            let mut run = Simulation::new(&trial);
            run.run(&mut Blind).expect("nobody stops it");
            (cpu_s() - start, run.outcome())
        });
        let (cpu, outcome) = &busy;
        let value =
            |name| outcome.metrics.iter().find(|m| m.metric == name).map_or(f64::NAN, |m| m.value);
        let tasks = value("tasks");
        println!(
            "{nodes} nodes, {}: {cpu:.2} s CPU, {} events, {:.0} ns an event; without sub-tasks \
             {:.2} s",
            trials[0].scenario.duration,
            outcome.events,
            cpu * 1e9 / outcome.events as f64,
            idle.0,
        );
        println!(
            "  {tasks} sub-tasks, {:.4} completed, {:.0} us CPU each beside the upkeep",
            value("tasks_completed"),
            (cpu - idle.0) * 1e6 / tasks,
        );
    }
}

//! The overlay alone: the traffic of `scenarios/bench_chord.yaml`, in CPU time.

mod clock;

use clock::cpu_s;
use compup2p_engine::observer::Blind;
use compup2p_engine::scenario::{Scenario, Source};
use compup2p_engine::simulation::Simulation;
use compup2p_engine::trial::{Trial, check};
use std::sync::Arc;

/// A line of `/proc/self/status` in MiB: what this process holds (`VmRSS`), or held at most.
fn memory_mib(line: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|l| l.strip_prefix(line)?.strip_prefix(':'));
    let kib = found.and_then(|l| l.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kib.map_or(f64::NAN, |kib| kib / 1024.0)
}

fn main() {
    let text = include_str!("../../../scenarios/bench_chord.yaml").to_owned();
    let source = Source { file: "bench_chord.yaml".to_owned(), text, overrides: Vec::new() };
    let trials = check(&source, &|_| Err("no file".to_owned())).expect("it comes along");
    let scenario = &*trials[0].scenario;
    for nodes in [10_000, 100_000] {
        let duration = scenario.duration;
        let shorter = compup2p_protocol::time::Span(duration.0 * 10_000 / u64::from(nodes));
        let scenario = Scenario { nodes, duration: shorter, ..scenario.clone() };
        let before_mib = memory_mib("VmRSS");
        let trial = Trial { scenario: Arc::new(scenario), ..trials[0].clone() };
        let start = cpu_s();
        let mut run = Simulation::new(&trial);
        run.run(&mut Blind).expect("nobody stops it");
        let cpu = cpu_s() - start;
        let bytes = (memory_mib("VmRSS") - before_mib) * 1_048_576.0 / f64::from(nodes);
        let outcome = run.outcome();
        let messages: u64 =
            outcome.messages.iter().filter(|row| row.bytes > 0).map(|row| row.count).sum();
        let value =
            |name| outcome.metrics.iter().find(|m| m.metric == name).map_or(f64::NAN, |m| m.value);
        println!(
            "{nodes} nodes, {shorter}: {cpu:.2} s CPU, {} events, {:.0} ns an event, \
             {:.2} M events/s, {bytes:.0} bytes a node",
            outcome.events,
            cpu * 1e9 / outcome.events as f64,
            outcome.events as f64 / cpu / 1e6,
        );
        println!(
            "  {messages} messages; {} lookups, {:.5} correct, {:.2} hops",
            value("lookups"),
            value("lookups_correct"),
            value("lookup_hops_mean"),
        );
        for row in outcome.messages.iter().filter(|row| row.bytes > 0) {
            println!("  {:>12} {}", row.count, row.kind);
        }
    }
}

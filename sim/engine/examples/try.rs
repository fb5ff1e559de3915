use compup2p_engine::observer::Blind;
use compup2p_engine::*;
fn main() {
    let yaml = std::env::args().nth(1).unwrap();
    let scenario: scenario::Scenario = serde_yaml::from_str(&yaml).unwrap();
    let trial = trial::Trial {
        seed: scenario.seed,
        scenario: std::sync::Arc::new(scenario),
        replicate: 0,
        inputs: Default::default(),
        judged: false,
    };
    let t = std::time::Instant::now();
    let out = run(&trial, &mut Blind).unwrap();
    let s = t.elapsed().as_secs_f64();
    for m in &out.metrics {
        println!("{} {} {}", m.metric, m.value, m.unit);
    }
    for m in &out.messages {
        println!("{} {} {}", m.kind, m.count, m.bytes);
    }
    println!(
        "events {} in {s:.2}s = {:.0} ns/event fp {:x}",
        out.events,
        s * 1e9 / out.events as f64,
        out.fingerprint
    );
    let st = std::fs::read_to_string("/proc/self/status").unwrap();
    println!("{}", st.lines().find(|l| l.starts_with("VmHWM")).unwrap());
}

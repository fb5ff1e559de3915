//! Rings heal: once churn, a partition or a mass crash is over, every ring is the true one within
//! 10 log2 N rejoin rounds, and every lookup is correct again.

use crate::scene::{Dice, keys, trial};
use compup2p_engine::audit::astray;
use compup2p_engine::observer::Blind;
use compup2p_engine::simulation::Simulation;
use compup2p_protocol::time::{Span, Time};

/// How often nodes look themselves up through the AdminServer: often, to keep runs short.
const REJOIN_MIN: u64 = 1;

/// How long lookups are watched after that.
const WATCH_MIN: u64 = 10;

const SEEDS: u64 = 20;

/// How a ring got well.
struct Healed {
    nodes: u64,
    /// Rejoin rounds until the ring was, and stayed, the true one.
    rounds: u64,
    /// What is allowed.
    rounds_max: u64,
    lookups: u64,
}

/// Runs a scenario of `nodes` whose trouble is over after `over_min` minutes.
fn heals(seed: u64, nodes: u64, over_min: u64, trouble: &str) -> Healed {
    let rounds_max = (10.0 * libm::log2(nodes as f64)).floor() as u64;
    let healed_min = over_min + rounds_max * REJOIN_MIN;
    let mut dice = Dice::new(seed);
    let routing = ["iterative", "recursive"][dice.below(2) as usize];
    let virtual_nodes = [1, 1, 1, 3][dice.below(4) as usize];
    let overlay = format!(
        "routing: {routing}, virtual_nodes: {virtual_nodes}, rejoin_interval: {REJOIN_MIN}min"
    );
    let yaml = format!(
        "{{nodes: {nodes}, seed: {seed}, duration: {}min, sellers: 0, {},
           workload: {{stop_at: {}min, lookups: {{interval: 20s}}, purchases: {{interval: off}}}}}}",
        healed_min + WATCH_MIN + 1,
        trouble.replace("overlay: {", &format!("overlay: {{{overlay}, ")),
        healed_min + WATCH_MIN,
    );
    let mut run = Simulation::new(&trial(&yaml));
    let until = |run: &mut Simulation, minute: u64| {
        run.run_until(Time::ZERO + Span::secs(60 * minute), &mut Blind).expect("nobody refuses");
    };
    until(&mut run, over_min);
    let (mut rounds, mut is_ill) = (0, true);
    for round in 0..=rounds_max {
        until(&mut run, over_min + round * REJOIN_MIN);
        let now_ill = !astray(&run).is_empty();
        if is_ill && !now_ill {
            rounds = round;
        }
        is_ill = now_ill;
    }
    assert_eq!(astray(&run), [], "after {rounds_max} rounds\n{yaml}");
    let (ended, correct) = (keys(&run).ended, keys(&run).correct);
    until(&mut run, healed_min + WATCH_MIN + 1);
    assert_eq!(astray(&run), [], "healed, and ill again\n{yaml}");
    let lookups = keys(&run).ended - ended;
    assert!(lookups > 0, "{yaml}");
    assert_eq!(keys(&run).correct - correct, lookups, "wrong lookups on a true ring\n{yaml}");
    Healed { nodes, rounds, rounds_max, lookups }
}

/// Many seeds of one kind of trouble.
fn all_heal(what: &str, scene: impl Fn(&mut Dice, u64) -> (u64, String)) {
    let healed: Vec<Healed> = (1..=SEEDS)
        .map(|seed| {
            let mut dice = Dice::new(seed ^ 0xbad);
            let nodes = 50 + dice.below(251);
            let (over_min, trouble) = scene(&mut dice, nodes);
            heals(seed, nodes, over_min, &trouble)
        })
        .collect();
    let slowest = healed.iter().max_by_key(|h| h.rounds * 1000 / h.rounds_max).expect("seeds");
    println!(
        "{what}: {SEEDS} rings of {}..{} nodes healed in {:.1} rounds on average, {} at worst \
         (of {} allowed); then {} lookups, all correct",
        healed.iter().map(|h| h.nodes).min().unwrap_or(0),
        healed.iter().map(|h| h.nodes).max().unwrap_or(0),
        healed.iter().map(|h| h.rounds as f64).sum::<f64>() / SEEDS as f64,
        slowest.rounds,
        slowest.rounds_max,
        healed.iter().map(|h| h.lookups).sum::<u64>(),
    );
}

#[test]
fn rings_heal_after_churn() {
    all_heal("churn", |dice, _| {
        let (up, graceful) = (4 + dice.below(8), dice.below(3) as f64 / 2.0);
        let churn = format!(
            "overlay: {{}}, churn: {{stop_at: 20min, graceful_fraction: {graceful:.1}, sessions: {{
               up: {{model: exponential, mean: {up}min}},
               down: {{model: exponential, mean: {}min}}}}}}",
            up / 2
        );
        (20, churn)
    });
}

#[test]
fn rings_heal_after_a_partition() {
    all_heal("partition into halves", |dice, _| {
        let minutes = 10 + dice.below(21);
        let fault = format!("{{at: 2min, for: {minutes}min, kind: partition, share: 0.5}}");
        (2 + minutes, format!("overlay: {{}}, faults: [{fault}]"))
    });
}

#[test]
fn rings_heal_after_a_mass_crash() {
    all_heal("crash of 0.3", |_, _| {
        (5, "overlay: {}, faults: [{at: 5min, kind: crash, share: 0.3}]".to_owned())
    });
}

#[test]
fn rings_form_when_all_join_at_once() {
    all_heal("all join at once", |_, _| (0, "overlay: {start: join}".to_owned()));
}

//! The processor overlay heals: once churn, a partition or a mass crash is over, the ring of
//! markets is the true one within 10 log2 N rejoin rounds, each market stands at the owner of its
//! commodity's key and nowhere else, all sellers that are up are listed, and every search ends at
//! the true market.

use crate::scene::{Dice, run, run_until, trial};
use compup2p_engine::audit::{astray, astray_markets, misplaced_markets};
use compup2p_engine::simulation::Simulation;
use compup2p_engine::tally::Lookups;
use compup2p_protocol::commodity::{Commodity, ResourceKind};
use compup2p_protocol::fact::{LookupPurpose, Ring};
use compup2p_protocol::time::{Span, Time};
use std::collections::BTreeSet;

/// How often members of both rings look themselves up through the AdminServer: often, to keep
/// runs short.
const REJOIN_MIN: u64 = 1;

/// How long all must have been well before it counts as healed: longer than a market stands after
/// the last of its sellers has gone, which is two `listing_ttl` and a round.
const WELL_MIN: u64 = 8;

/// How long searches are watched after that.
const WATCH_MIN: u64 = 4;

const SEEDS: u64 = 20;

/// What happens to the markets in the time of trouble.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Buyers {
    /// They find nothing within their budget: the markets are as many as the sellers make them.
    /// They search on after the trouble.
    Browse,
    /// They buy, so that sellers move from market to market. They stop when the trouble is over.
    Buy,
}

/// How the markets got well.
struct Healed {
    nodes: u64,
    markets: u64,
    /// Rejoin rounds until all was, and stayed, well.
    rounds: u64,
    /// What is allowed.
    rounds_max: u64,
    /// Searches after that.
    searches: u64,
    /// The most markets that stood beside another for their commodity when trouble was over.
    doubled: u64,
}

fn searches(run: &Simulation) -> &Lookups {
    run.tally().lookups(Ring::Processor, LookupPurpose::Buy)
}

/// Commodities that sellers who are up have to sell.
fn offered(run: &Simulation) -> BTreeSet<Commodity> {
    let width = run.rules().market.width;
    let cpu = ResourceKind::Cpu;
    let free = run.nodes().iter().filter_map(|node| node.market().seller().stall(cpu));
    let enough = free.map(|stall| stall.free()).filter(|&free| free >= width);
    enough.map(|free| Commodity::offered(cpu, free, width)).collect()
}

/// What is not as it should be.
fn ills(run: &Simulation) -> Vec<String> {
    let told = |what: &str, who: String| format!("{what}: {who}");
    let mut ills = Vec::new();
    if !astray(run).is_empty() {
        ills.push(told("astray in the base ring", format!("{:?}", astray(run))));
    }
    if !astray_markets(run).is_empty() {
        ills.push(told("astray among the markets", format!("{:?}", astray_markets(run))));
    }
    if !misplaced_markets(run).is_empty() {
        ills.push(told("markets at the wrong node", format!("{:?}", misplaced_markets(run))));
    }
    if run.markets().doubled() > 0 {
        ills.push(told("markets beside another", run.markets().doubled().to_string()));
    }
    let standing: BTreeSet<Commodity> = run.markets().iter().map(|m| m.commodity).collect();
    let missing: Vec<Commodity> = offered(run).difference(&standing).copied().collect();
    if !missing.is_empty() {
        ills.push(told("no market for", format!("{missing:?}")));
    }
    ills
}

/// Runs a scenario of `nodes` whose trouble is over after `over_min` minutes.
fn heals(seed: u64, nodes: u64, over_min: u64, buyers: Buyers, trouble: &str) -> Healed {
    let rounds_max = (10.0 * libm::log2(nodes as f64)).floor() as u64;
    let mut dice = Dice::new(seed);
    let width = [5_000_000, 50_000_000][dice.below(2) as usize];
    let handoff = ["none", "transfer"][dice.below(2) as usize];
    let (successors, virtual_nodes) =
        ([4, 10][dice.below(2) as usize], [1, 1, 3][dice.below(3) as usize]);
    let (budget, stop_at) = match buyers {
        Buyers::Browse => (1, String::new()),
        Buyers::Buy => (200, format!("stop_at: {over_min}min, ")),
    };
    let yaml = format!(
        "{{nodes: {nodes}, seed: {seed}, duration: 1d, {trouble},
           overlay: {{rejoin_interval: {REJOIN_MIN}min, successors: {successors},
                     virtual_nodes: {virtual_nodes}}},
           market: {{width: {width}, handoff: {handoff}, max_attempts: 3}},
           workload: {{{stop_at}lookups: {{interval: off}},
                       purchases: {{interval: 2min, budget: {budget}, hold: 1min}}}}}}",
    );
    let mut run = Simulation::new(&trial(&yaml));
    let at = |minute: u64| Time::ZERO + Span::secs(60 * minute);
    run_until(&mut run, at(over_min));
    let doubled = run.markets().doubled() as u64;
    let (mut round, mut healed) = (0, None);
    let healed = loop {
        match (ills(&run).is_empty(), healed) {
            (true, None) => healed = Some(round),
            (true, Some(first)) if (round - first) * REJOIN_MIN >= WELL_MIN => break first,
            (true, Some(_)) => {}
            (false, _) => healed = None,
        }
        let is_late = healed.unwrap_or(round) >= rounds_max;
        assert!(!is_late, "after {rounds_max} rounds: {:#?}\n{yaml}", ills(&run));
        round += 1;
        run_until(&mut run, at(over_min + round * REJOIN_MIN));
    };
    let before = searches(&run).clone();
    run_until(&mut run, at(over_min + round * REJOIN_MIN + WATCH_MIN));
    assert!(ills(&run).is_empty(), "healed, and ill again: {:#?}\n{yaml}", ills(&run));
    let searched = searches(&run).ended - before.ended;
    assert_eq!(searches(&run).correct - before.correct, searched, "wrong searches\n{yaml}");
    assert_eq!(searched > 0, buyers == Buyers::Browse, "{searched} searches\n{yaml}");
    let markets = run.markets().len() as u64;
    Healed { nodes, markets, rounds: healed, rounds_max, searches: searched, doubled }
}

/// Many seeds of one kind of trouble.
fn all_heal(what: &str, buyers: Buyers, scene: impl Fn(&mut Dice) -> (u64, String)) -> Vec<Healed> {
    let healed: Vec<Healed> = (1..=SEEDS)
        .map(|seed| {
            let mut dice = Dice::new(seed ^ 0xface);
            let nodes = 40 + dice.below(121);
            let (over_min, trouble) = scene(&mut dice);
            heals(seed, nodes, over_min, buyers, &trouble)
        })
        .collect();
    let sum = |of: fn(&Healed) -> u64| healed.iter().map(of).sum::<u64>();
    let least = |of: fn(&Healed) -> u64| healed.iter().map(of).min().unwrap_or(0);
    let most = |of: fn(&Healed) -> u64| healed.iter().map(of).max().unwrap_or(0);
    println!(
        "{what}: {SEEDS} processor overlays of {}..{} markets on {}..{} nodes healed in {:.1} \
         rounds on average, {} at worst (allowed: {} or more); {} markets stood beside another \
         when trouble was over{}",
        least(|h| h.markets),
        most(|h| h.markets),
        least(|h| h.nodes),
        most(|h| h.nodes),
        sum(|h| h.rounds) as f64 / SEEDS as f64,
        most(|h| h.rounds),
        least(|h| h.rounds_max),
        sum(|h| h.doubled),
        match sum(|h| h.searches) {
            0 => String::new(),
            searches => format!("; then {searches} searches, all correct"),
        },
    );
    healed
}

/// Sessions of a few minutes.
fn churn(dice: &mut Dice) -> (u64, String) {
    let (up, graceful) = (4 + dice.below(8), dice.below(3) as f64 / 2.0);
    let churn = format!(
        "churn: {{stop_at: 15min, graceful_fraction: {graceful:.1}, sessions: {{
           up: {{model: exponential, mean: {up}min}},
           down: {{model: exponential, mean: {}min}}}}}}",
        up / 2
    );
    (15, churn)
}

fn partition(dice: &mut Dice) -> (u64, String) {
    let minutes = 10 + dice.below(11);
    let fault = format!("{{at: 4min, for: {minutes}min, kind: partition, share: 0.5}}");
    (4 + minutes, format!("faults: [{fault}]"))
}

fn crash(_: &mut Dice) -> (u64, String) {
    (6, "faults: [{at: 6min, kind: crash, share: 0.3}]".to_owned())
}

#[test]
fn the_processor_overlay_heals_after_churn() {
    all_heal("churn", Buyers::Browse, churn);
}

#[test]
fn the_processor_overlay_heals_after_churn_and_trade() {
    all_heal("churn and trade", Buyers::Buy, churn);
}

#[test]
fn the_processor_overlay_heals_after_a_mass_crash() {
    all_heal("crash of 0.3", Buyers::Browse, crash);
}

/// Some of the searches of the base ring go wrong, and sellers list themselves at wrong owners.
fn loss(dice: &mut Dice) -> (u64, String) {
    let minutes = 5 + dice.below(6);
    let fault = format!("{{at: 4min, for: {minutes}min, kind: loss, probability: 0.3}}");
    (4 + minutes, format!("faults: [{fault}]"))
}

/// Asserts that in most runs one commodity had two markets when trouble was over.
fn had_two_claims(healed: &[Healed]) {
    let doubled = healed.iter().filter(|h| h.doubled > 0).count() as u64;
    assert!(doubled > SEEDS / 2, "only {doubled} of {SEEDS} runs had two claims to a market");
}

#[test]
fn two_claims_to_a_market_heal_after_a_partition() {
    had_two_claims(&all_heal("partition into halves", Buyers::Browse, partition));
}

#[test]
fn two_claims_to_a_market_heal_after_loss() {
    had_two_claims(&all_heal("loss of 0.3 of all messages", Buyers::Browse, loss));
}

#[test]
fn without_rejoin_halves_stay_apart_and_the_judges_of_both_rings_see_it() {
    let of = |off: &str| {
        let yaml = format!(
            "{{nodes: 100, duration: 2h, off: [{off}], overlay: {{rejoin_interval: 1min}},
               faults: [{{at: 4min, for: 20min, kind: partition, share: 0.5}}],
               workload: {{lookups: {{interval: off}}, purchases: {{interval: off}}}}}}"
        );
        run(&trial(&yaml))
    };
    assert_eq!(ills(&of("")), Vec::<String>::new());
    let apart = of("rejoin");
    assert!(!astray(&apart).is_empty() && !astray_markets(&apart).is_empty());
}

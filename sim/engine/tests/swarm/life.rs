//! What became of a drawn scenario.

use crate::drawn::Drawn;
use compup2p_engine::audit::{astray, astray_markets, claimed_twice};
use compup2p_engine::chance::{Chance, Purpose};
use compup2p_engine::observer::{LookupRow, Observer, Stop, TaskRow, TransactionRow};
use compup2p_engine::scenario::{Scenario, Source};
use compup2p_engine::simulation::Simulation;
use compup2p_engine::tasks::TASK_OUTCOMES;
use compup2p_engine::trade::OUTCOMES;
use compup2p_engine::trial::{Loaded, Trial, check};
use compup2p_protocol::fact::{FACTS, LookupPurpose, Ring};
use compup2p_protocol::id::Id;
use compup2p_protocol::rules::Scheme;
use compup2p_protocol::time::{Span, Time};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// How a ring ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Health {
    /// It is the true one.
    Healed {
        /// Successor lists that were lost whole.
        lost: u64,
    },
    /// It is not, and successor lists were lost.
    Broken,
    /// Something that it needs is missing, or it never rests.
    NotAsked,
}

impl Health {
    fn is_well(self) -> bool {
        self != Self::Broken
    }
}

/// What became of a scenario.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) base: Health,
    pub(crate) processor: Health,
    pub(crate) facts: [u64; FACTS.len()],
    pub(crate) outcomes: [u64; OUTCOMES],
    pub(crate) services: [u64; 3],
    /// Sub-tasks, by how they ended.
    pub(crate) tasks: [u64; TASK_OUTCOMES],
    /// Sales that were accepted, by what the scenario or who took part was.
    pub(crate) sales: BTreeMap<String, u64>,
    /// Purchases that the bank paid because of a receipt.
    pub(crate) by_receipt: u64,
    pub(crate) events: u64,
    pub(crate) fingerprint: u64,
    /// By ring, whether its judges spoke in the end.
    pub(crate) judged: [u64; 2],
    /// Lookups of random keys when all should be well.
    pub(crate) fresh_lookups: u64,
    pub(crate) wrong_where_lossy: u64,
}

/// Keys that each host asks for when all should be well.
const KEYS: u64 = 3;

/// One scenario in so many is run without judges and warm-up as well: they must change nothing.
const UNJUDGED: u64 = 20;

/// The trial, checked as the program checks it.
fn trial(drawn: &Drawn) -> Result<Trial, String> {
    let file = format!("drawn_{}.yaml", drawn.seed);
    let source = Source { file, text: drawn.yaml.clone(), overrides: Vec::new() };
    let told = |mistakes: Vec<_>| {
        let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        told.join("\n")
    };
    let load = |path: &str| match path {
        "job.xml" => {
            let (path, bytes) = (path.to_owned(), drawn.file.clone().into_bytes());
            Ok(Loaded { path, bytes, sha256: String::new() })
        }
        _ => Err("no other file".to_owned()),
    };
    let trials = check(&source, &load).map_err(told)?;
    let trial = trials.into_iter().next().ok_or("no replicate")?;
    Ok(Trial { judged: true, ..trial })
}

/// Runs a scenario; says what is wrong with it.
pub(crate) fn live(drawn: &Drawn) -> Result<Life, String> {
    let trial = trial(drawn)?;
    let attempt = || {
        let life = watch(drawn, &trial)?;
        if drawn.seed.is_multiple_of(UNJUDGED) {
            let scenario = Scenario { warmup: Span::ZERO, ..(*trial.scenario).clone() };
            let scenario = Arc::new(scenario);
            let alone = watch(drawn, &Trial { judged: false, scenario, ..trial.clone() })?;
            if (alone.fingerprint, alone.events) != (life.fingerprint, life.events) {
                return Err("judges, or the warm-up, changed the run".to_owned());
            }
        }
        Ok(life)
    };
    catch_unwind(AssertUnwindSafe(attempt)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        Err(text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned())
    })
}

fn watch(drawn: &Drawn, trial: &Trial) -> Result<Life, String> {
    let mut run = Simulation::new(trial);
    let mut seen = Seen::default();
    let mut until = |run: &mut Simulation, s: u64| {
        run.run_until(Time::ZERO + Span::secs(s), &mut seen).expect("it refuses nothing");
    };
    until(&mut run, drawn.healed_s);
    // Where messages are lost, three in a row are held for a death, and mended in a round: rings
    // are looked at again.
    let mut well = is_well(drawn, &run);
    for again in 1..=if drawn.is_lossy { 4 } else { 0 } {
        if !matches!(well, Ok((base, processor)) if base.is_well() && processor.is_well()) {
            until(&mut run, drawn.healed_s + again * 60);
            well = is_well(drawn, &run);
        }
    }
    let (base, processor) = well?;
    let keys = |run: &Simulation| {
        let keys = run.tally().lookups(Ring::Base, LookupPurpose::Key);
        (keys.ended, keys.correct)
    };
    // The workload's lookups ended long ago: those that are counted now are ours.
    let before = keys(&run);
    let mut fresh = 0;
    if matches!(base, Health::Healed { .. }) && !drawn.is_restless {
        let hosts: Vec<u32> = run.population().all_up().collect();
        for host in hosts {
            for nth in 0..KEYS {
                let mut draws =
                    Chance::new(drawn.seed).pure(Purpose::Behaviour, u64::from(host), nth);
                run.find(host, Id(draws.next_u64()), &mut seen).expect("it refuses nothing");
                fresh += 1;
            }
        }
    }
    seen.wrong.clear();
    run.run(&mut seen).expect("it refuses nothing");
    let after = keys(&run);
    let wrong = fresh - (after.1 - before.1).min(fresh);
    if fresh > 0 && wrong > 0 && !drawn.is_lossy {
        let (ended, seen) = (after.0 - before.0, seen.wrong);
        return Err(format!("of {fresh} lookups {ended} ended and {wrong} were wrong: {seen:#?}"));
    }
    let tally = run.tally();
    let judged = [Ring::Base, Ring::Processor]
        .map(|ring| u64::from(run.quiet().has_healed(ring, run.now(), &run)));
    let (facts, outcomes) = (tally.facts, tally.trade.ended);
    let services = [tally.trade.quoted, tally.trade.passed_on, tally.trade.nobody];
    let by_receipt = tally.trade.paid_by_receipt;
    let tasks = run.tasks().sums.ended;
    if !drawn.is_restless {
        left_over(drawn, &run)?;
    }
    let mut sales = seen.sales;
    let accepted = tally.trade.accepted;
    let rule = format!("rule {:?}", run.rules().pricing.rule);
    sales.insert(rule, accepted);
    sales.insert(format!("basis {:?}", run.rules().pricing.basis), accepted);
    let outcome = run.outcome();
    if !outcome.verdicts.is_empty() {
        return Err(outcome.verdicts.join("\n"));
    }
    let told = |name: &str| outcome.metrics.iter().find(|row| row.metric == name);
    for (name, rows) in [("tasks", seen.tasks), ("purchases", seen.purchases)] {
        let counted = told(name).map(|row| row.value);
        if counted != Some(rows as f64) {
            return Err(format!("{counted:?} {name} are counted, {rows} have rows"));
        }
    }
    // What is lost is below zero there, and a world of its own may gain less.
    let shares = outcome.metrics.iter().filter(|row| row.unit == "share");
    let mut shares = shares.filter(|row| row.metric != "allocative_efficiency");
    if let Some(share) = shares.find(|row| row.value < 0.0 || row.value > 1.0) {
        return Err(format!("{} is {}", share.metric, share.value));
    }
    Ok(Life {
        base,
        processor,
        facts,
        outcomes,
        services,
        tasks,
        sales,
        by_receipt,
        events: outcome.events,
        fingerprint: outcome.fingerprint,
        judged,
        fresh_lookups: fresh,
        wrong_where_lossy: wrong,
    })
}

/// Lookups of keys that went wrong, and who took part in sales.
#[derive(Default)]
struct Seen {
    wrong: Vec<LookupRow>,
    sales: BTreeMap<String, u64>,
    /// Rows of sub-tasks, and of purchases.
    tasks: u64,
    purchases: u64,
}

impl Observer for Seen {
    fn task(&mut self, _row: &TaskRow) -> Result<(), Stop> {
        self.tasks += 1;
        Ok(())
    }

    fn lookup(&mut self, row: &LookupRow) -> Result<(), Stop> {
        if row.end.purpose == LookupPurpose::Key && !row.correct {
            self.wrong.push(row.clone());
        }
        Ok(())
    }

    fn transaction(&mut self, row: &TransactionRow) -> Result<(), Stop> {
        self.purchases += 1;
        if row.seller.is_some() {
            let roles = [
                format!("mo {}", row.mo_behaviour.name()),
                format!("seller {}", row.seller_character.seller.name()),
                format!("buyer {}", row.buyer_behaviour.name()),
                format!("kind {:?}", row.kind),
            ];
            roles.into_iter().for_each(|role| *self.sales.entry(role).or_default() += 1);
        }
        Ok(())
    }
}

/// Long after users have stopped asking nothing is sold, nothing runs, and no sub-task of a node that
/// is in the ring is under way.
fn left_over(drawn: &Drawn, run: &Simulation) -> Result<(), String> {
    for host in run.population().all_up() {
        let node = &run.nodes()[(host * run.rules().overlay.virtual_nodes) as usize];
        if !node.overlay().is_in() {
            // It goes on with what it kept when it has joined again.
            continue;
        }
        for stall in node.market().seller().stalls() {
            if stall.sold() > 0 {
                let (sold, kind) = (stall.sold(), stall.kind());
                return Err(format!("node {host}: {sold} of {kind:?} is sold after it all"));
            }
        }
        let Some(service) = node.service() else { continue };
        if let Some(run) = service.executor().runs().first() {
            return Err(format!("node {host} runs after it all: {run:?}"));
        }
        if let Some((number, task)) = service.driver().tasks().next()
            && !drawn.is_lame
        {
            return Err(format!("node {host} sees to {number} after it all: {task:?}"));
        }
    }
    Ok(())
}

/// How both rings are, and whether that may be.
fn is_well(drawn: &Drawn, run: &Simulation) -> Result<(Health, Health), String> {
    if drawn.is_lame {
        return Ok((Health::NotAsked, Health::NotAsked));
    }
    let lost = |ring: Ring| run.tally().successors_lost[ring as usize];
    let health = |ring: Ring, name: &str, astray: String| match (lost(ring), astray.is_empty()) {
        (lost, true) => Ok(Health::Healed { lost }),
        (0, false) => Err(format!("{name} is not the true ring: {astray}")),
        (_, false) => Ok(Health::Broken),
    };
    let list = |astray: Vec<String>| astray.join(", ");
    let nodes = astray(run).iter().map(|addr| addr.0.to_string()).collect();
    let base = health(Ring::Base, "the base ring", list(nodes))?;
    // As long as sub-tasks are under way, markets open and close.
    let is_busy = run.tasks().under_way() > 0;
    if drawn.is_restless || is_busy || base == Health::Broken {
        return Ok((base, Health::NotAsked));
    }
    if let Some(twice) = claimed_twice(run) {
        return Err(format!("claimed twice: {twice:?}"));
    }
    if run.markets().is_empty() || run.rules().market.scheme != Scheme::ProcessorOverlay {
        return Ok((base, Health::NotAsked));
    }
    let markets = astray_markets(run).iter().map(|market| format!("{market:?}")).collect();
    Ok((base, health(Ring::Processor, "the processor overlay", list(markets))?))
}

//! `compup2p explain`: tells the story of one lookup, purchase or sub-task, message by message.
//!
//! The scenario is run twice, as a run goes the same each time: first to find the row, and with it
//! who asked, and when; then to see what was said, until the row comes again.
//!
//! - `carried` what a message is about; `trail` which messages belong to the story
//! - `phase` the parts of a story; `story` its lines, as they are read; `ending` the row, and the outcome in a sentence

mod carried;
mod ending;
mod phase;
mod story;
mod trail;

use crate::args::{Explain, Topic};
use crate::failure::Failure;
use crate::say::say;
use crate::{interrupt, load};
use compup2p_engine::observer::{LookupRow, Observer, Stop, TaskRow, TransactionRow};
use compup2p_engine::scenario::Rows;
use compup2p_engine::simulation::Simulation;
use compup2p_engine::trial::Trial;
use compup2p_protocol::fact::{Fact, LookupPurpose, Ring};
use compup2p_protocol::id::Addr;
use compup2p_protocol::time::{Span, Time};
use ending::Row;
use std::sync::Arc;
use trail::Trail;

/// Tells a story.
pub(crate) fn explain(explain: &Explain) -> Result<(), Failure> {
    interrupt::listen();
    let trials = load::load(&explain.input)?;
    let trial = recorded(only_point(&trials)?);
    let mut finder = Finder::new(explain);
    let ran = compup2p_engine::run(&trial, &mut finder).map(|_| ());
    let Some(row) = finder.row.take() else {
        ended(ran)?;
        return Err(unknown(explain, finder.rows));
    };
    let simulation = Simulation::seen_by(&trial, &Seer);
    let rules = simulation.rules().clone();
    let mut trail = Trail::new(&row, finder.lookups, &rules);
    let ran = { simulation }.run(&mut trail);
    if !trail.is_over() {
        ended(ran)?;
    }
    let from = format!("{}, seed {}", explain.input.scenario.display(), trial.seed);
    say(&trail.told(&row, &from));
    Ok(())
}

/// Whoever wants to see messages.
struct Seer;

impl Observer for Seer {
    fn wants_sights(&self) -> bool {
        true
    }
}

/// The first trial, if all are of one point.
fn only_point(trials: &[Trial]) -> Result<&Trial, Failure> {
    let trial = &trials[0];
    match trial.scenario.sweep.is_empty() {
        true => Ok(trial),
        false => Err(Failure::BadInput(vec![format!(
            "{} is a sweep of {} points, wants one of them: --set sweep=off, and --set for each of \
             {}",
            trial.scenario.name,
            trial.scenario.sweep.points(),
            trial.scenario.sweep.paths().collect::<Vec<_>>().join(", ")
        )])),
    }
}

/// The same trial with all rows, of a warm-up too: which are kept changes nothing, and any may be
/// asked for.
fn recorded(trial: &Trial) -> Trial {
    let mut trial = trial.clone();
    let scenario = Arc::make_mut(&mut trial.scenario);
    scenario.warmup = Span::ZERO;
    scenario.record.lookups = Rows::All;
    scenario.record.transactions = Rows::All;
    scenario.record.tasks = Rows::All;
    trial
}

/// How a run ended whose observer did not end it.
fn ended(ran: Result<(), Stop>) -> Result<(), Failure> {
    match ran {
        Err(_) if interrupt::asked() => Err(Failure::Interrupted),
        Err(Stop(reason)) => Err(Failure::Failed(reason)),
        Ok(()) => Ok(()),
    }
}

fn unknown(explain: &Explain, rows: u64) -> Failure {
    let (one, many) = match explain.topic {
        Topic::Lookup => ("lookup", "lookups"),
        Topic::Purchase => ("purchase", "purchases"),
        Topic::Task => ("task", "tasks"),
    };
    let there_are = match rows {
        0 => format!("there are no {many}"),
        _ => format!("there are {rows} {many}, wants a number from 0 to {}", rows - 1),
    };
    Failure::BadInput(vec![format!("{one} {}: {there_are}", explain.number)])
}

/// Finds a row.
struct Finder {
    topic: Topic,
    number: u64,
    /// Rows of that topic so far.
    rows: u64,
    row: Option<Row>,
    /// The lookups of the purchase: at whom, and under which number.
    lookups: Vec<(Addr, u16)>,
}

impl Finder {
    fn new(explain: &Explain) -> Self {
        let (topic, number) = (explain.topic, explain.number);
        Self { topic, number, rows: 0, row: None, lookups: Vec::new() }
    }

    fn on_row(&mut self, topic: Topic, number: u64, row: impl FnOnce() -> Row) -> Result<(), Stop> {
        if topic != self.topic {
            return Ok(());
        }
        self.rows += 1;
        if number != self.number {
            return Ok(());
        }
        self.row = Some(row());
        Err(Stop("it is found".to_owned()))
    }
}

impl Observer for Finder {
    fn fact(&mut self, _: Time, node: Addr, fact: &Fact) {
        if let Fact::Lookup(end) = fact
            && self.topic == Topic::Purchase
            && (end.ring, end.purpose) == (Ring::Base, LookupPurpose::Buy)
            && u64::from(end.ticket) == self.number
        {
            self.lookups.push((node, end.number));
        }
    }

    fn lookup(&mut self, row: &LookupRow) -> Result<(), Stop> {
        self.on_row(Topic::Lookup, row.lookup, || Row::Lookup(row.clone()))
    }

    fn transaction(&mut self, row: &TransactionRow) -> Result<(), Stop> {
        self.on_row(Topic::Purchase, row.purchase, || Row::Purchase(Box::new(row.clone())))
    }

    fn task(&mut self, row: &TaskRow) -> Result<(), Stop> {
        self.on_row(Topic::Task, u64::from(row.task), || Row::Task(row.clone()))
    }

    fn progress(&mut self, _: Time, _: u64) -> Result<(), Stop> {
        stop_if_asked()
    }
}

fn stop_if_asked() -> Result<(), Stop> {
    match interrupt::asked() {
        true => Err(Stop("interrupted".to_owned())),
        false => Ok(()),
    }
}

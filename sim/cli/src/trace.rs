//! `--trace FILE`: what some nodes read, send and do, for a viewer of timelines (ui.perfetto.dev,
//! chrome://tracing), in the Trace Event Format.
//!
//! A node is a process. What it reads and sends are instants; a sub-task, a run, a purchase, a lookup
//! is an asynchronous slice with its parts inside; what it has sold is a counter. The run is done once
//! more for it, as it goes the same each time; what is seen is written as it comes.
//!
//! - `slices` what is under way, and when each part of it begins and ends
//! - `events` how an event is written

mod events;
mod slices;

use crate::args::{Options, Run};
use crate::failure::Failure;
use crate::interrupt;
use crate::results::cannot;
use compup2p_engine::chance::Chance;
use compup2p_engine::churn::sessions::Sessions;
use compup2p_engine::observer::{Observer, Stop};
use compup2p_engine::trial::Trial;
use compup2p_engine::witness::{Cause, Fate, Manner, Seen, Sight};
use compup2p_protocol::commodity::ResourceKind;
use compup2p_protocol::fact::Fact;
use compup2p_protocol::id::Addr;
use compup2p_protocol::node::{KINDS, Message};
use compup2p_protocol::time::Time;
use compup2p_protocol::world::Arrival;
use events::Events;
use serde_json::json;
use slices::Slices;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// So many nodes are shown if none are named.
const SHOWN: u32 = 8;

/// What is to be traced of a run.
pub(crate) struct Traced {
    target: PathBuf,
    nodes: BTreeSet<Addr>,
}

/// What is to be traced, if anything; refused for more than one run.
pub(crate) fn wanted(run: &Run, trials: &[Trial]) -> Result<Option<Traced>, Failure> {
    let Some(file) = &run.options.trace else { return Ok(None) };
    let wrong = |what: String| Err(Failure::BadInput(vec![what]));
    let [trial] = trials else {
        let cure = match trials[0].scenario.sweep.is_empty() {
            true => "--replicates 1",
            false => "--set sweep=off, --replicates 1",
        };
        let (file, runs) = (file.display(), trials.len());
        return wrong(format!("--trace {file}: these are {runs} runs, wants one: {cure}"));
    };
    if trial.scenario.until.is_some() {
        let file = file.display();
        return wrong(format!(
            "--trace {file}: until says how many runs, wants one: --set until=off"
        ));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        let (file, folder) = (file.display(), folder.display());
        return wrong(format!("--trace {file}: there is no folder {folder}"));
    }
    let scenario = &trial.scenario;
    let (trace, chance) = (trial.inputs.trace.clone(), Chance::new(trial.seed));
    let sessions = Sessions::new(&scenario.churn, trace.map(Arc::new), chance, scenario.nodes);
    let addrs = sessions.population() * scenario.overlay.virtual_nodes;
    if let Some(node) = run.options.trace_nodes.iter().find(|&&node| node >= addrs) {
        return wrong(format!("--trace-nodes {node}: wants nodes from 0 to {}", addrs - 1));
    }
    let nodes = match run.options.trace_nodes.as_slice() {
        [] => (0..addrs.min(SHOWN)).map(Addr).collect(),
        nodes => nodes.iter().copied().map(Addr).collect(),
    };
    Ok(Some(Traced { target: file.clone(), nodes }))
}

/// Refuses it where there are many runs.
pub(crate) fn refuse(options: &Options) -> Result<(), Failure> {
    match &options.trace {
        Some(file) => Err(Failure::BadInput(vec![format!(
            "--trace {}: a sweep is many runs, wants one: compup2p SCENARIO --set sweep=off",
            file.display()
        )])),
        None => Ok(()),
    }
}

impl Traced {
    /// Runs the trial, and writes its file: all of it or nothing.
    pub(crate) fn write(&self, trial: &Trial) -> Result<(), Failure> {
        let aside = Aside::of(&self.target).map_err(Failure::Failed)?;
        let failed = |error: std::io::Error| Failure::Failed(cannot("write", &self.target, &error));
        let mut events = Events::create(&aside.path).map_err(failed)?;
        for &node in &self.nodes {
            events.names(node).map_err(failed)?;
        }
        let nodes = self.nodes.clone();
        let mut tracer = Tracer { nodes, slices: Slices::default(), events, now: Time::ZERO };
        let ran = compup2p_engine::run(trial, &mut tracer);
        match ran {
            Err(_) if interrupt::asked() => return Err(Failure::Interrupted),
            Err(Stop(reason)) => return Err(Failure::Failed(reason)),
            Ok(outcome) => {
                let Tracer { mut slices, mut events, .. } = tracer;
                slices.end_all(outcome.ended, &mut events);
                events.finish().map_err(failed)?;
            }
        }
        aside.complete(&self.target).map_err(failed)
    }
}

/// A file under construction, removed if it is not completed.
struct Aside {
    path: PathBuf,
}

impl Aside {
    fn of(target: &Path) -> Result<Self, String> {
        let Some(name) = target.file_name().filter(|_| !target.is_dir()) else {
            return Err(format!("{} is no name for a file", target.display()));
        };
        let name = format!(".{}.partial-{}", name.to_string_lossy(), std::process::id());
        Ok(Self { path: target.with_file_name(name) })
    }

    fn complete(&self, target: &Path) -> std::io::Result<()> {
        fs::rename(&self.path, target)
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // After `complete` there is nothing under that name.
        let _ = fs::remove_file(&self.path);
    }
}

/// Writes what it sees of some nodes.
struct Tracer {
    nodes: BTreeSet<Addr>,
    slices: Slices,
    events: Events,
    now: Time,
}

impl Observer for Tracer {
    fn wants_sights(&self) -> bool {
        true
    }

    fn sight(&mut self, Sight { at, node, seen }: &Sight) -> Result<(), Stop> {
        self.now = *at;
        let Self { nodes, slices, events, .. } = self;
        slices.on_submitted(*at, seen, nodes, events);
        if nodes.contains(node) {
            slices.on_sight(*at, *node, seen, events);
            instant(*at, *node, seen, events);
        }
        self.events.check()
    }

    fn fact(&mut self, at: Time, node: Addr, fact: &Fact) {
        if !self.nodes.contains(&node) {
            return;
        }
        self.slices.on_fact(at, node, fact, &mut self.events);
        if let Fact::Sold { kind, sold, .. } | Fact::Freed { kind, sold, .. } = *fact {
            let (name, unit) = match kind {
                ResourceKind::Cpu => ("sold compute power", "cycles_per_s"),
                ResourceKind::Storage => ("sold storage", "bytes"),
            };
            self.events.counter(at, node, name, json!({ unit: sold }));
        }
    }

    fn progress(&mut self, _: Time, _: u64) -> Result<(), Stop> {
        match interrupt::asked() {
            true => Err(Stop("interrupted".to_owned())),
            false => Ok(()),
        }
    }
}

/// What is read, sent, or not read, as an instant. Timers are nobody's messages.
fn instant(at: Time, node: Addr, seen: &Seen, events: &mut Events) {
    let kind = |message: &Message| KINDS[usize::from(message.kind())].name;
    match seen {
        Seen::Step(step) => {
            let Cause::Arrival { arrival, .. } = &step.cause else { return };
            let (how, peer) = match *arrival {
                Arrival::Post { from, .. } => ("read", from),
                Arrival::Request { from, .. } => ("asked", from),
                Arrival::Answer { from, .. } => ("answered", from),
                Arrival::Unanswered { to, .. } => ("timeout", to),
                Arrival::Shipped { peer, .. } => ("shipped", peer),
                Arrival::Broken { peer, .. } => ("broken off", peer),
                Arrival::Timer(_) => return,
            };
            let name = format!("{how} {}", kind(arrival.message()));
            events.instant(at, node, &name, json!({ "peer": peer.0 }));
        }
        Seen::Sent(sent) if sent.manner != Manner::Wake => {
            let fate = match sent.fate {
                Fate::Arrives(_) => "arrives",
                Fate::Lost => "is lost",
                Fate::Late => "is too late",
                Fate::Moves => "moves",
            };
            let args = json!({ "peer": sent.to.0, "bytes": sent.bytes, "fate": fate });
            events.instant(at, node, &format!("send {}", kind(&sent.message)), args);
        }
        Seen::Stops(_) => events.instant(at, node, "stops", json!({})),
        Seen::Sent(_) | Seen::Unread(_) => {}
    }
}

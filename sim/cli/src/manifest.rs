//! The manifest: all that is needed to know what a folder of results is, and to make it again.

use crate::replication::short_of;
use crate::results::{MANIFEST, Written, cannot};
use crate::runs::Ran;
use compup2p_engine::scenario::Scenario;
use compup2p_engine::trial::Trial;
use cpu_time::ProcessTime;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

/// `manifest.json`.
#[derive(Serialize)]
struct Manifest<'m> {
    name: &'m str,
    version: &'m str,
    commit: &'m str,
    replay: &'m str,
    /// With all defaults; of a sweep, the first point's.
    scenario: &'m Scenario,
    /// Of each field of the scenario that is not as it is by default, what it would be.
    defaults: Map<String, Value>,
    machine: Machine,
    wall_s: f64,
    cpu_s: f64,
    events: u64,
    peak_memory_bytes: Option<u64>,
    runs: Vec<Run<'m>>,
    /// Runs that are missing here, as they failed.
    #[serde(skip_serializing_if = "<[Failed]>::is_empty")]
    failed: &'m [Failed],
    /// What a stop rule wanted, and did not get.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    short_of: Vec<String>,
    inputs: Vec<Input<'m>>,
    /// What of a log is not replayed, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skipped: Vec<Skipped<'m>>,
    files: &'m BTreeMap<String, Written>,
}

#[derive(Serialize)]
struct Machine {
    os: &'static str,
    arch: &'static str,
    cpus: usize,
}

#[derive(Serialize)]
struct Run<'m> {
    /// What is set at the run's point of the sweep.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    settings: BTreeMap<&'m str, &'m str>,
    seed: u64,
    events: u64,
    cpu_s: f64,
    /// Whether it was run before, by a command that did not end, or was asked for less.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    was_kept: bool,
    fingerprint: String,
}

/// A run that failed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Failed {
    /// Why.
    pub(crate) reason: String,
    /// The command that shows it again.
    pub(crate) replay: String,
}

#[derive(Serialize, PartialEq)]
struct Input<'m> {
    field: &'m str,
    path: &'m str,
    sha256: &'m str,
}

/// Jobs of a log that are not replayed.
#[derive(Serialize)]
struct Skipped<'m> {
    why: &'m str,
    jobs: u64,
    /// The numbers of the first of them.
    first: &'m [u64],
}

/// Time that a command takes, by the clock on the wall and by the processors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    wall: Instant,
    cpu: ProcessTime,
}

impl Effort {
    /// From now on.
    pub(crate) fn began() -> Self {
        Self { wall: Instant::now(), cpu: ProcessTime::now() }
    }

    /// Seconds on the wall until now.
    pub(crate) fn wall_s(&self) -> f64 {
        self.wall.elapsed().as_secs_f64()
    }
}

/// Processors of this machine.
pub(crate) fn cpus() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Writes the manifest of the runs of a scenario.
pub(crate) fn write(
    folder: &Path,
    trials: &[Trial],
    ran: &[Ran],
    failed: &[Failed],
    files: &BTreeMap<String, Written>,
    effort: Effort,
    replay: &str,
) -> Result<(), String> {
    let runs = ran.iter().map(|one| Run {
        settings: one.settings.iter().map(|(path, value)| (&**path, &**value)).collect(),
        seed: one.seed,
        events: one.events,
        cpu_s: one.cpu_s,
        was_kept: one.was_kept,
        fingerprint: format!("{:016x}", one.fingerprint),
    });
    let path = folder.join(MANIFEST);
    let scenario = &trials[0].scenario;
    let mut inputs: Vec<Input<'_>> = Vec::new();
    for file in trials.iter().flat_map(|trial| &trial.inputs.files) {
        let input = Input { field: file.field, path: &file.path, sha256: &file.sha256 };
        if !inputs.contains(&input) {
            inputs.push(input);
        }
    }
    let log = trials.iter().find_map(|trial| trial.inputs.log.as_ref());
    let skipped = log.map_or(&[][..], |log| &log.skipped).iter().map(|skipped| Skipped {
        why: skipped.reason.name(),
        jobs: skipped.count,
        first: &skipped.first,
    });
    let manifest = Manifest {
        name: &scenario.name,
        version: env!("CARGO_PKG_VERSION"),
        commit: env!("COMPUP2P_COMMIT"),
        replay,
        scenario,
        defaults: defaults(scenario).map_err(|e| cannot("write", &path, &e))?,
        machine: Machine { os: std::env::consts::OS, arch: std::env::consts::ARCH, cpus: cpus() },
        wall_s: effort.wall_s(),
        cpu_s: effort.cpu.elapsed().as_secs_f64(),
        events: ran.iter().map(|one| one.events).sum(),
        peak_memory_bytes: peak_memory_bytes(),
        runs: runs.collect(),
        failed,
        short_of: short_of(ran, scenario.until.as_ref()),
        inputs,
        skipped: skipped.collect(),
        files,
    };
    let text = serde_json::to_string_pretty(&manifest).map_err(|e| cannot("write", &path, &e))?;
    fs::write(&path, text + "\n").map_err(|error| cannot("write", &path, &error))
}

/// The defaults of those fields that are not as they are by default, by their paths. How many
/// successors a node keeps follows from how many nodes there are, unless it is said.
fn defaults(scenario: &Scenario) -> Result<Map<String, Value>, serde_json::Error> {
    let alike = Scenario { nodes: scenario.nodes, ..Scenario::default() };
    let mut usual = Scenario::default();
    usual.overlay.successors = Some(alike.successors());
    let mut defaults = Map::new();
    let (now, usual) = (serde_json::to_value(scenario)?, serde_json::to_value(usual)?);
    differ("", &now, &usual, &mut defaults);
    defaults.retain(|path, _| path != "name" && path != "about");
    Ok(defaults)
}

fn differ(path: &str, now: &Value, usual: &Value, defaults: &mut Map<String, Value>) {
    /// What says which form a value has; its other fields mean nothing beside another form's.
    const FORM: &str = "model";
    match (now, usual) {
        (now, usual) if now == usual => {}
        (Value::Object(now), Value::Object(usual)) if now.get(FORM) == usual.get(FORM) => {
            for (name, now) in now {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                differ(&path, now, usual.get(name).unwrap_or(&Value::Null), defaults);
            }
        }
        _ => {
            defaults.insert(path.to_owned(), usual.clone());
        }
    }
}

/// The most memory that this process ever had, where the system tells (Linux).
fn peak_memory_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use compup2p_engine::scenario::Source;
    use compup2p_engine::trial::check;

    #[test]
    fn what_is_not_as_by_default_is_told_with_its_default() {
        let text = "name: x\nnodes: 50\nchurn: { graceful_fraction: 0.25 }\n\
                    cost: { model: uniform, min: 2, max: 100 }\ncapacity: 5\noff: [ping]\n\
                    sweep: { market.relist_interval: [30s] }\n";
        let source = Source { text: text.to_owned(), ..Source::default() };
        let trials = check(&source, &|_| Err(String::new())).expect("a good scenario");
        let told = defaults(&trials[0].scenario).expect("JSON");
        let usual = Scenario::default();
        let told = serde_json::to_string(&told).expect("JSON");
        let expected = format!(
            "{{\"nodes\":1000,\"capacity\":{},\"cost.min\":1.0,\
             \"market.relist_interval\":\"1min\",\"churn.graceful_fraction\":{},\
             \"off\":[],\"sweep\":null}}",
            serde_json::to_string(&usual.capacity).expect("JSON"),
            usual.churn.graceful_fraction
        );
        assert_eq!(told, expected);
    }
}

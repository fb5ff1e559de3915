//! Trial: one checked scenario with one seed and all its inputs, the unit of a run and of its
//! replay.

use crate::churn::trace::{FAULTS_MAX, Fault, Trace};
use crate::network::latency::Latency;
use crate::network::matrix::{Matrix, parse_matrix};
use crate::owner_load::LoadModel;
use crate::owner_load::trace::LoadTrace;
use crate::scenario::{Draft, Located, MISTAKES_MAX, Mistake, Place, Scenario, Setting, Source};
use crate::swf::SwfLog;
use crate::task_file::{SubTaskElement, TaskFile};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A run as it will be done: nothing is left to decide or to read.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The scenario, all defaults resolved.
    pub scenario: Arc<Scenario>,
    /// Which point of the scenario's sweep, from 0.
    pub point: u32,
    /// What is set at that point; nothing without a sweep.
    pub settings: Vec<Setting>,
    /// Which replicate of the point, from 0.
    pub replicate: u32,
    /// Where all chance comes from: the scenario's seed plus the replicate's number, so that a
    /// replicate alone is replayed by `--seed`.
    pub seed: u64,
    /// What was read from other files.
    pub inputs: Arc<Inputs>,
    /// Whether judges watch the run.
    pub judged: bool,
}

impl Trial {
    /// The same point again: that replicate of it.
    pub fn replicate(&self, nth: u32) -> Self {
        let seed = self.scenario.seed.wrapping_add(u64::from(nth));
        Self { replicate: nth, seed, ..self.clone() }
    }

    /// What is accepted, and yet probably not meant.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = self.scenario.warnings();
        let timeout = self.scenario.overlay.rpc_timeout;
        let slow = self.inputs.matrix.as_ref().map_or(0.0, |matrix| matrix.slower_than(timeout));
        if slow > 0.0 {
            warnings.push(format!(
                "{:.1} % of the round trips of {} take longer than overlay.rpc_timeout, {timeout}: \
                 nodes so far apart take each other for dead",
                slow * 100.0,
                "network.latency.file",
            ));
        }
        warnings
    }
}

/// What a scenario brings along from other files, read and checked.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// Sessions of `churn.trace`.
    pub trace: Option<Trace>,
    /// Delays of `network.latency.file`.
    pub matrix: Option<Matrix>,
    /// Loads of `owner_load.load.file`.
    pub loads: Option<Arc<LoadTrace>>,
    /// The task files of `workload.submit`, in that order.
    pub task_files: Vec<Arc<TaskFile>>,
    /// The log of `workload.log.file`.
    pub log: Option<Arc<SwfLog>>,
    /// The files that were read.
    pub files: Vec<InputFile>,
}

/// A file that a scenario names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputFile {
    /// The field that names it.
    pub field: &'static str,
    /// Where it was found.
    pub path: String,
    /// SHA-256 of what is in it, in hexadecimal.
    pub sha256: String,
}

/// What a loader found under the name that a scenario gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loaded {
    /// Where it was found.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// SHA-256 of that, in hexadecimal.
    pub sha256: String,
}

/// Finds and reads a file that a scenario names, or says what would be accepted instead.
pub type Load<'l> = &'l dyn Fn(&str) -> Result<Loaded, String>;

/// Most runs of a scenario: points times replicates.
const RUNS_MAX: usize = 100_000;

/// The fields that name other files.
const INPUTS: [&str; 5] =
    ["churn.trace", "network.latency", "owner_load", "workload.submit", "workload.log"];

/// Everything that is done before a run: reads the scenario and what it names, and refuses it
/// with all its mistakes at once. Trials come point by point, then replicate by replicate.
pub fn check(source: &Source, load: Load<'_>) -> Result<Vec<Trial>, Vec<Mistake>> {
    let draft = Draft::new(source);
    let points = draft.swept.points();
    let alike = !INPUTS.iter().any(|field| draft.swept.touches(field));
    let mut inputs: Option<Arc<Inputs>> = None;
    let mut mistakes: Vec<Mistake> = Vec::new();
    let mut all = Vec::new();
    for nth in 0..points {
        let (settings, located) = draft.locate(nth);
        let scenario = &located.scenario;
        let most = scenario.until.as_ref().map_or(0, |until| until.replicates_max);
        let replicates = most.max(scenario.replicates);
        if points > 1 && points.saturating_mul(replicates as usize) > RUNS_MAX {
            let has = format!("{points} points of {replicates} replicates each");
            mistakes.push(draft.too_many(format!("has {has}, wants at most {RUNS_MAX} runs")));
            break;
        }
        match settle(located, inputs.as_ref().filter(|_| alike), load) {
            Ok((scenario, read)) => {
                all.extend(trials(nth as u32, &settings, scenario, &read));
                inputs = Some(read);
            }
            Err(more) => {
                let new: Vec<_> = more.into_iter().filter(|m| !mistakes.contains(m)).collect();
                mistakes.extend(new);
            }
        }
        if mistakes.len() >= MISTAKES_MAX {
            break;
        }
    }
    if points > 1 {
        mistakes.sort();
    }
    if mistakes.is_empty() { Ok(all) } else { Err(mistakes) }
}

/// Reads what a point names, unless it is known, and refuses the point with all its mistakes.
fn settle(
    mut located: Located<'_>,
    known: Option<&Arc<Inputs>>,
    load: Load<'_>,
) -> Result<(Scenario, Arc<Inputs>), Vec<Mistake>> {
    if let Some(known) = known.filter(|_| located.mistakes.is_empty()) {
        return Ok((located.scenario, Arc::clone(known)));
    }
    let mut inputs = Inputs::default();
    let mut misprints = Vec::new();
    let mut file_at = |located: &mut Located<'_>, field: &'static str, path: &str, name: &str| {
        debug_assert!(INPUTS.iter().any(|input| field.starts_with(input)), "{field} is not listed");
        let loaded = load(name).map_err(|wants| located.refuse_input(path, &wants)).ok()?;
        let file = InputFile { field, path: loaded.path.clone(), sha256: loaded.sha256.clone() };
        inputs.files.push(file);
        Some(loaded)
    };
    if let Some(path) = located.scenario.churn.trace.clone() {
        let loaded = file_at(&mut located, "churn.trace", "churn.trace", &path.to_string_lossy());
        let parsed = loaded.map(|loaded| Trace::parse(&loaded.path, &loaded.bytes));
        match parsed.transpose() {
            Ok(trace) => inputs.trace = trace,
            Err(faults) => misprints.extend(
                faults.into_iter().map(|at| misprint(at.file, at.line, at.column, at.message)),
            ),
        }
    }
    if let Latency::Matrix { file: name, unit, kind } = located.scenario.network.latency.clone() {
        let loaded = file_at(&mut located, "network.latency.file", "network.latency.file", &name);
        let parsed = loaded.map(|loaded| {
            let text = String::from_utf8_lossy(&loaded.bytes);
            parse_matrix(&loaded.path, &text, unit, kind)
        });
        match parsed.transpose() {
            Ok(matrix) => inputs.matrix = matrix,
            Err(faults) => misprints.extend(
                faults.into_iter().map(|at| misprint(at.file, at.line, at.column, at.message)),
            ),
        }
    }
    if let LoadModel::Trace { file: name, .. } = located.scenario.owner_load.load.clone() {
        let loaded = file_at(&mut located, "owner_load.load.file", "owner_load.load.file", &name);
        let parsed = loaded.map(|loaded| LoadTrace::parse(&loaded.path, &loaded.bytes));
        match parsed.transpose() {
            Ok(loads) => inputs.loads = loads.map(Arc::new),
            Err(faults) => misprints.extend(
                faults.into_iter().map(|at| misprint(at.file, at.line, at.column, at.message)),
            ),
        }
    }
    for (nth, submission) in located.scenario.workload.submit.clone().iter().enumerate() {
        let path = format!("workload.submit[{nth}].file");
        let loaded = file_at(&mut located, "workload.submit", &path, &submission.file);
        let parsed = loaded.map(|loaded| -> Result<TaskFile, Vec<Fault>> {
            let read = TaskFile::parse(&loaded.path, &loaded.bytes)?;
            fits(&loaded.path, &read, &located.scenario)?;
            Ok(read)
        });
        match parsed.transpose() {
            Ok(read) => inputs.task_files.extend(read.map(Arc::new)),
            Err(faults) => misprints.extend(
                faults.into_iter().map(|at| misprint(at.file, at.line, at.column, at.message)),
            ),
        }
    }
    if let Some(log) = located.scenario.workload.log.clone() {
        let loaded = file_at(&mut located, "workload.log.file", "workload.log.file", &log.file);
        let parsed = loaded.map(|loaded| SwfLog::parse(&loaded.path, &loaded.bytes));
        match parsed.transpose() {
            Ok(read) => inputs.log = read.map(Arc::new),
            Err(faults) => misprints.extend(
                faults.into_iter().map(|at| misprint(at.file, at.line, at.column, at.message)),
            ),
        }
    }
    let mut mistakes = located.mistakes;
    mistakes.sort();
    mistakes.append(&mut misprints);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    Ok((located.scenario, Arc::new(inputs)))
}

/// Whether a task file asks for nothing that the scenario does not have.
fn fits(name: &str, file: &TaskFile, scenario: &Scenario) -> Result<(), Vec<Fault>> {
    let known: Vec<&str> = scenario.platforms.iter().map(|p| p.name.as_str()).collect();
    let others = scenario.nodes.saturating_sub(scenario.dedicated_users);
    let mut faults = Vec::new();
    let outputs = |(place, of): (u32, &'_ SubTaskElement)| {
        of.outputs.iter().map(move |name| (name.clone(), place)).collect::<Vec<_>>()
    };
    let makers: BTreeMap<String, u32> = (0..).zip(&file.sub_tasks).flat_map(outputs).collect();
    for sub_task in &file.sub_tasks {
        let mut refuse = |message: String| faults.push(Fault::new(name, sub_task.line, 1, message));
        if let Some((name, maker)) = undeclared(sub_task, &makers, file) {
            refuse(format!(
                "InputFile \"{name}\" is what the sub-task in line {maker} makes, wants that in \
                 DependsOn"
            ));
        }
        if let Some(platform) = sub_task.platforms.iter().find(|p| !known.contains(&p.as_str())) {
            let wants = match known.is_empty() {
                true => "one that platforms: of the scenario names, which names none".to_owned(),
                false => format!("one of {}", known.join(", ")),
            };
            refuse(format!("Platform is \"{platform}\", wants {wants}"));
        }
        if sub_task.replicas.is_some_and(|replicas| u32::from(replicas) > others) {
            refuse(format!(
                "Replicas is {}, wants at most {others}: each is computed by a node of its own",
                sub_task.replicas.unwrap_or(0)
            ));
        }
    }
    faults.truncate(FAULTS_MAX);
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// A file that a sub-task reads and another makes that it does not say it waits for, and the line of
/// that other.
fn undeclared<'t>(
    sub_task: &'t SubTaskElement,
    makers: &BTreeMap<String, u32>,
    file: &TaskFile,
) -> Option<(&'t str, usize)> {
    let made =
        sub_task.inputs.iter().filter_map(|input| Some((&input.name, *makers.get(&input.name)?)));
    let mut unsaid = made.filter(|(_, maker)| sub_task.after.binary_search(maker).is_err());
    let (name, maker) = unsaid.next()?;
    Some((name, file.sub_tasks[maker as usize].line))
}

fn misprint(file: String, line: usize, column: usize, message: String) -> Mistake {
    Mistake { place: Place::File { file, line, column }, path: String::new(), message }
}

/// A trial for each replicate of a point.
fn trials(
    point: u32,
    settings: &[Setting],
    mut scenario: Scenario,
    inputs: &Arc<Inputs>,
) -> impl Iterator<Item = Trial> {
    scenario.overlay.successors = Some(scenario.successors());
    let first = Trial {
        point,
        settings: settings.to_vec(),
        replicate: 0,
        seed: scenario.seed,
        inputs: Arc::clone(inputs),
        judged: false,
        scenario: Arc::new(scenario),
    };
    (0..first.scenario.replicates).map(move |nth| first.replicate(nth))
}

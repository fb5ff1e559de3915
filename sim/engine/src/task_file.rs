//! The task file of the paper: an XML file of sub-tasks, as a user hands them to CompuP2P.
//!
//! CompuP2P, Fig. 7, shows `CpuCycles`, `CheckPointDataSize`, `Price`, `File`, `InputParameters`
//! and `OutputFiles`. The other elements of a sub-task are ours: what it waits for (`Id`,
//! `DependsOn`), what is asked of sellers (`Deadline`, `Replicas`, `Verify`, `Platform`,
//! `CheckpointInterval`), and what is sent (`InputFile`, `CodeBytes`, `OutputBytes`).

mod characters;
mod dependencies;
mod document;
mod names;
mod sub_task;

use crate::churn::trace::{Fault, plain_text};
use compup2p_protocol::time::Span;
use dependencies::Dependencies;
use document::{Document, Stop};

/// The most bytes that a task file may have: 64 MiB.
pub const BYTES_MAX: usize = 1 << 26;
/// The most sub-tasks that a task file may have.
pub const SUB_TASKS_MAX: usize = 1_000_000;
/// The most dependencies that the sub-tasks of a file may have, all together.
pub const DEPENDENCIES_MAX: usize = 10_000_000;
/// The most bytes that the text of an element or attribute may have.
pub const TEXT_MAX: usize = 4096;

/// The sub-tasks of a file.
#[derive(Clone, PartialEq, Debug)]
pub struct TaskFile {
    /// As they stand in the file, at least one. Their dependencies make no cycle.
    pub sub_tasks: Vec<SubTaskElement>,
}

/// A `SubTask`: what is to be computed, and at what price.
#[derive(Clone, PartialEq, Debug)]
pub struct SubTaskElement {
    /// The line of the file on which it begins, from 1.
    pub line: usize,
    /// `Id`: what others call it by, unique in the file [ours].
    pub id: Option<String>,
    /// `DependsOn`: the places in the file, from 0, of the sub-tasks that must be done before;
    /// rising [ours].
    pub after: Vec<u32>,
    /// `CpuCycles`: more than zero, up to 1e18.
    pub cycles: f64,
    /// `CheckPointDataSize`: the bytes of a checkpoint, up to 1e15; 0 if not said.
    pub checkpoint_bytes: u64,
    /// `Price`: what the user pays, in credits: more than zero, up to 4e9.
    pub price: f64,
    /// `File`: the program.
    pub code: String,
    /// `InputParameters`: what the program is started with.
    pub params: Vec<String>,
    /// `OutputFiles`: what the program writes.
    pub outputs: Vec<String>,
    /// `Deadline`: when it must be done, more than zero [ours].
    pub deadline: Option<Span>,
    /// `Replicas`: how many sellers compute it, 1 to 99 [ours].
    pub replicas: Option<u8>,
    /// `Verify`: how its result is checked [ours].
    pub verify: Option<Verify>,
    /// `Platform`: the platforms that it runs on; any, if none is named [ours].
    pub platforms: Vec<String>,
    /// `CheckpointInterval`: how far apart its checkpoints are [ours].
    pub checkpoint_interval: Option<Interval>,
    /// `InputFile`: the files that it reads [ours].
    pub inputs: Vec<InputFile>,
    /// `CodeBytes`: the size of the program, up to 1e15 [ours].
    pub code_bytes: Option<u64>,
    /// `OutputBytes`: the size of all that it writes, up to 1e15 [ours].
    pub output_bytes: Option<u64>,
}

/// A file that a sub-task reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputFile {
    /// Its name.
    pub name: String,
    /// Its size, up to 1e15 bytes.
    pub bytes: u64,
}

pub use compup2p_protocol::service::{Interval, Verify};

/// What a file may have at most.
#[derive(Clone, Copy)]
struct Bounds {
    bytes: usize,
    sub_tasks: usize,
    dependencies: usize,
}

impl TaskFile {
    /// Reads the file called `name`, in which are `bytes`. Refused with all faults at once (the
    /// first [`FAULTS_MAX`](crate::churn::trace::FAULTS_MAX)); where it is not even well-formed
    /// XML, reading stops.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, Vec<Fault>> {
        let bounds =
            Bounds { bytes: BYTES_MAX, sub_tasks: SUB_TASKS_MAX, dependencies: DEPENDENCIES_MAX };
        parse(name, bytes, bounds)
    }
}

fn parse(name: &str, bytes: &[u8], bounds: Bounds) -> Result<TaskFile, Vec<Fault>> {
    if bytes.len() > bounds.bytes {
        let (found, most) = (bytes.len(), bounds.bytes);
        let message = format!("the file has {found} bytes, wants at most {most}");
        return Err(vec![Fault::new(name, 1, 1, message)]);
    }
    let text = plain_text(name, bytes, "a task file in XML, encoded in UTF-8")?;
    let mut document = Document::of(name, text);
    let mut file = TaskFile { sub_tasks: Vec::new() };
    // A stop has told its fault.
    let _: Result<(), Stop> = read(&mut document, &mut file, bounds);
    let faults = document.into_faults();
    if faults.is_empty() { Ok(file) } else { Err(faults) }
}

/// Reads the whole document into `file`.
fn read(document: &mut Document<'_>, file: &mut TaskFile, bounds: Bounds) -> Result<(), Stop> {
    let root = document.root("TaskFile")?;
    document.attributes(&root, &[]);
    let mut dependencies = Dependencies::default();
    while let Some(element) = document.child(&root)? {
        if element.name != "SubTask" {
            document.unknown(&root, &element, &["SubTask"])?;
            continue;
        }
        if file.sub_tasks.len() == bounds.sub_tasks {
            let most = bounds.sub_tasks;
            document.fault(element.tag, format!("SubTask is one too many, wants at most {most}"));
            return Err(Stop);
        }
        let place = file.sub_tasks.len() as u32;
        let sub_task = sub_task::read(document, &element, place, &mut dependencies)?;
        file.sub_tasks.push(sub_task);
    }
    document.end()?;
    if file.sub_tasks.is_empty() {
        document.fault(root.tag, "TaskFile has no SubTask, wants at least one".to_owned());
    }
    dependencies.settle(document, &mut file.sub_tasks, bounds.dependencies)
}

#[cfg(test)]
mod tests;

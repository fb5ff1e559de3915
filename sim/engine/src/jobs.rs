//! Who submits which job, when: task files and logs as they say, jobs that are alike as pure draws,
//! the same whatever else happens.

use crate::chance::{Chance, Draws, Purpose};
use crate::distribution::Distribution;
use crate::scenario::{Arrivals, Check, Scenario, Tasks};
use crate::swf::SwfLog;
use crate::task_file::{SubTaskElement, TaskFile};
use crate::trial::Inputs;
use compup2p_protocol::commodity::{Platform, Platforms};
use compup2p_protocol::credit::{Credits, MICRO};
use compup2p_protocol::id::Id;
use compup2p_protocol::service::{File, SubTask, Verify};
use compup2p_protocol::time::{Span, Time};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes of code and of output of a sub-task whose task file does not say [ours].
const FILE_BYTES: u64 = 1_000_000;
/// Bytes of an input parameter [ours].
const PARAM_BYTES: u64 = 100;

/// A job that is known from the start.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Planned {
    at: Time,
    /// The node whose service layer sees to it.
    node: u32,
    /// The node that submits it.
    client: u32,
    source: Source,
}

/// Where a planned job is from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Source {
    /// The task file of this entry of `workload.submit`.
    File(u32),
    /// This job of the log.
    Log(u32),
}

/// What a host submits.
#[derive(Clone, PartialEq, Debug)]
pub struct Submitted {
    /// The host whose node's service layer sees to it.
    pub gateway: u32,
    /// The host that submits it.
    pub client: u32,
    /// Its sub-tasks.
    pub sub_tasks: Vec<SubTask>,
}

/// Who submits which job, when.
#[derive(Clone, Debug)]
pub struct Jobs {
    planned: Vec<Planned>,
    files: Vec<Arc<TaskFile>>,
    log: Option<Arc<SwfLog>>,
    tasks: Tasks,
    scenario: Rest,
    chance: Chance,
    gap: Option<Distribution<Span>>,
}

/// What else of the scenario matters.
#[derive(Clone, Debug)]
struct Rest {
    cycles_unit: f64,
    reference: f64,
    budget: Credits,
    checkpoint_bytes: u64,
    platforms: Vec<String>,
    bits: u32,
    /// If any, jobs that are like others are theirs alone.
    users: u32,
    stops: Time,
}

impl Jobs {
    /// Those of a checked scenario.
    pub fn new(scenario: &Scenario, inputs: &Inputs, chance: Chance) -> Self {
        let workload = &scenario.workload;
        let mut planned = Vec::new();
        for (nth, submission) in (0..).zip(&workload.submit) {
            for time in 0..u64::from(submission.times) {
                let (node, source) = (submission.node, Source::File(nth));
                let client = submission.client.unwrap_or(node);
                let at = Time::ZERO + submission.at + submission.every * time;
                planned.push(Planned { at, node, client, source });
            }
        }
        let log = workload.log.as_ref();
        if let (Some(log), Some(read)) = (log, &inputs.log) {
            let most = log.jobs.map_or(usize::MAX, |jobs| jobs as usize);
            for (nth, job) in (0..).zip(read.jobs.iter().take(most)) {
                let user = job.user.unwrap_or(job.number as u32);
                let node = user % scenario.nodes;
                let (at, source) = (Time::ZERO + job.submit, Source::Log(nth));
                planned.push(Planned { at, node, client: node, source });
            }
        }
        planned.sort_unstable();
        let tasks = workload.tasks.clone();
        let gap = tasks.interval.map(|mean| match tasks.arrivals {
            Arrivals::Poisson => Distribution::Exponential { mean },
            Arrivals::Fixed => Distribution::Constant { value: mean },
        });
        Self {
            planned,
            files: inputs.task_files.clone(),
            log: inputs.log.clone(),
            tasks,
            scenario: Rest {
                cycles_unit: workload.cycles_unit,
                reference: log.map_or(0.0, |log| log.reference),
                budget: credits(log.map_or(0.0, |log| log.budget)),
                checkpoint_bytes: log.map_or(0, |log| log.checkpoint_bytes),
                platforms: scenario.platforms.iter().map(|p| p.name.clone()).collect(),
                bits: scenario.overlay.bits,
                users: scenario.dedicated_users,
                stops: workload.stop_at.map_or(Time::NEVER, |at| Time::ZERO + at),
            },
            chance,
            gap,
        }
    }

    /// Whether anybody has anything computed.
    pub fn are_any(&self) -> bool {
        !self.planned.is_empty() || self.gap.is_some()
    }

    /// When the `nth` job is submitted that is known from the start.
    pub fn planned_at(&self, nth: u32) -> Option<Time> {
        self.planned.get(nth as usize).map(|planned| planned.at)
    }

    /// That job.
    pub fn planned(&self, nth: u32) -> Submitted {
        let Planned { node: gateway, client, source, .. } = self.planned[nth as usize];
        let sub_tasks = match source {
            Source::File(file) => {
                let file = &self.files[file as usize];
                self.of_file(file, nth)
            }
            Source::Log(job) => self.of_log(job, nth),
        };
        Submitted { gateway, client, sub_tasks }
    }

    /// When `host` submits its `nth` job that is like others, the one before having been submitted
    /// at `last`.
    pub fn generated_at(&self, host: u32, nth: u32, last: Time) -> Option<Time> {
        let gap = self.gap.as_ref()?;
        if self.scenario.users > 0 && host >= self.scenario.users {
            return None;
        }
        if self.tasks.jobs.is_some_and(|most| nth >= most) {
            return None;
        }
        if self.tasks.users < 1.0 {
            let draw = self.chance.pure(Purpose::Workload, JOBS + u64::from(host) * 2, 0);
            if { draw }.next_unit() >= self.tasks.users {
                return None;
            }
        }
        let mut draws = self.job(host, nth);
        let after = match (self.tasks.arrivals, self.tasks.interval) {
            // The first comes in the node's own phase.
            (Arrivals::Fixed, Some(interval)) if nth == 0 => interval.fraction(draws.next_u64()),
            _ => gap.sample(draws.next_unit()),
        };
        let at = last + after;
        (at < self.scenario.stops).then_some(at)
    }

    /// The `nth` job of `host` that is like others; `number` tells all jobs of the run apart.
    pub fn generated(&self, host: u32, nth: u32, number: u32) -> Submitted {
        let (tasks, bits) = (&self.tasks, self.scenario.bits);
        let mut draws = self.job(host, nth);
        draws.next_u64();
        let count = tasks.sub_tasks.sample(draws.next_unit()).clamp(1.0, 1e6) as u32;
        let program = draws.next_u64() % u64::from(tasks.programs.max(1));
        let code_bytes = bytes(&tasks.code_bytes, self.program(program).next_unit());
        let code = File { key: key(&format!("program {program}"), bits), bytes: code_bytes };
        let sub_task = |place: u32| {
            let mut draws = self.sub_task(host, nth, place);
            SubTask {
                cycles: tasks.cycles.sample(draws.next_unit()).clamp(1.0, 1e18) as u64,
                budget: credits(tasks.budget.sample(draws.next_unit())),
                code,
                input_bytes: bytes(&tasks.input_bytes, draws.next_unit()),
                inputs: Box::default(),
                output: File {
                    key: key(&format!("output {number} {place}"), bits),
                    bytes: bytes(&tasks.output_bytes, draws.next_unit()),
                },
                checkpoint_bytes: bytes(&tasks.checkpoint_bytes, draws.next_unit()),
                interval: None,
                target: None,
                deadline: tasks.deadline,
                replicas: tasks.replicas,
                verify: match tasks.verify {
                    Check::None => Verify::None,
                    Check::Known => Verify::Known,
                    Check::Verifiable => Verify::Verifiable,
                },
                platforms: self.platforms(&tasks.platforms),
                after: Box::default(),
            }
        };
        Submitted { gateway: host, client: host, sub_tasks: (0..count).map(sub_task).collect() }
    }

    /// The sub-tasks of the `number`th job, which is as a task file says.
    fn of_file(&self, file: &TaskFile, number: u32) -> Vec<SubTask> {
        let outputs = |(place, element): (usize, &'_ SubTaskElement)| {
            element.outputs.iter().map(move |name| (name.clone(), place)).collect::<Vec<_>>()
        };
        let makers: BTreeMap<String, usize> =
            file.sub_tasks.iter().enumerate().flat_map(outputs).collect();
        let elements = file.sub_tasks.iter().enumerate();
        elements.map(|(place, element)| self.of_element(element, place, &makers, number)).collect()
    }

    fn of_element(
        &self,
        element: &SubTaskElement,
        place: usize,
        makers: &BTreeMap<String, usize>,
        number: u32,
    ) -> SubTask {
        let bits = self.scenario.bits;
        // Two submissions of a file make outputs of their own.
        let made = |place: usize| key(&format!("output {number} {place}"), bits);
        // What a sub-task of the file makes is that; other files are the user's.
        let wanted =
            |name: &String| makers.get(name).map_or_else(|| key(name, bits), |&place| made(place));
        let inputs = element.inputs.iter();
        SubTask {
            cycles: (element.cycles * self.scenario.cycles_unit).clamp(1.0, 1e18) as u64,
            budget: credits(element.price),
            code: File {
                key: key(&element.code, bits),
                bytes: element.code_bytes.unwrap_or(FILE_BYTES),
            },
            input_bytes: element.params.len() as u64 * PARAM_BYTES,
            inputs: inputs.map(|f| File { key: wanted(&f.name), bytes: f.bytes }).collect(),
            output: File { key: made(place), bytes: element.output_bytes.unwrap_or(FILE_BYTES) },
            checkpoint_bytes: element.checkpoint_bytes,
            interval: element.checkpoint_interval,
            target: None,
            deadline: element.deadline,
            replicas: element.replicas.unwrap_or(1),
            verify: element.verify.unwrap_or_default(),
            platforms: self.platforms(&element.platforms),
            after: element.after.iter().copied().collect(),
        }
    }

    fn of_log(&self, job: u32, number: u32) -> Vec<SubTask> {
        let log = self.log.as_ref().expect("a job of it is planned");
        let job = &log.jobs[job as usize];
        let bits = self.scenario.bits;
        let name = |what: &str, place: u32| key(&format!("{what} {number} {place}"), bits);
        let code = File { key: name("program", 0), bytes: FILE_BYTES };
        let cycles = job.run_time.as_secs() * self.scenario.reference;
        let sub_task = |place: u32| SubTask {
            cycles: cycles.clamp(1.0, 1e18) as u64,
            budget: self.scenario.budget,
            code,
            input_bytes: 0,
            inputs: Box::default(),
            output: File { key: name("output", place), bytes: FILE_BYTES },
            checkpoint_bytes: self.scenario.checkpoint_bytes,
            interval: None,
            target: Some(job.run_time),
            deadline: None,
            replicas: 1,
            verify: Verify::None,
            platforms: Platforms::ANY,
            after: Box::default(),
        };
        (0..job.processors).map(sub_task).collect()
    }

    fn platforms(&self, names: &[String]) -> Platforms {
        if names.is_empty() {
            return Platforms::ANY;
        }
        let place = |name: &String| self.scenario.platforms.iter().position(|p| p == name);
        let known = names.iter().filter_map(place);
        known.fold(Platforms::NONE, |set, place| set.with(Platform(place as u8)))
    }

    fn job(&self, host: u32, nth: u32) -> Draws {
        self.chance.pure(Purpose::Workload, JOBS + u64::from(host) * 2 + 1, u64::from(nth))
    }

    fn sub_task(&self, host: u32, nth: u32, place: u32) -> Draws {
        let which = u64::from(nth) << 24 | u64::from(place);
        self.chance.pure(Purpose::Workload, SUB_TASKS + u64::from(host), which)
    }

    fn program(&self, program: u64) -> Draws {
        self.chance.pure(Purpose::Workload, PROGRAMS, program)
    }
}

/// Where the who-numbers of each kind of draw of [`Purpose::Workload`] begin; those below are
/// lookups' and purchases'.
const JOBS: u64 = 3 << 40;
const SUB_TASKS: u64 = 4 << 40;
const PROGRAMS: u64 = 5 << 40;

fn credits(credits: f64) -> Credits {
    Credits(libm::round(credits * MICRO as f64).clamp(0.0, 4e18) as u64)
}

fn bytes(of: &Distribution<f64>, unit: f64) -> u64 {
    of.sample(unit).clamp(0.0, 1e15) as u64
}

/// The key of the file of this name.
fn key(name: &str, bits: u32) -> Id {
    Id::of_key(name.as_bytes(), bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_sub_task_makes_is_what_another_of_its_job_reads() {
        let text = "<TaskFile>\
            <SubTask><Id>a</Id><CpuCycles>1</CpuCycles><Price>1</Price><File>a.exe</File>\
            <OutputFiles><OutputFile>a.dat</OutputFile></OutputFiles></SubTask>\
            <SubTask><DependsOn>a</DependsOn><CpuCycles>1</CpuCycles><Price>1</Price>\
            <File>b.exe</File><InputFile name=\"a.dat\" bytes=\"5\"/>\
            <InputFile name=\"c.dat\" bytes=\"6\"/></SubTask></TaskFile>";
        let file = Arc::new(TaskFile::parse("t.xml", text.as_bytes()).unwrap());
        let mut scenario = Scenario::default();
        let submit = "[{ file: t.xml, times: 2 }]";
        scenario.workload.submit = serde_yaml::from_str(submit).unwrap();
        let inputs = Inputs { task_files: vec![file], ..Inputs::default() };
        let jobs = Jobs::new(&scenario, &inputs, Chance::new(1));
        let [first, second] = [0, 1].map(|nth| jobs.planned(nth).sub_tasks);
        for job in [&first, &second] {
            assert_eq!(job[1].inputs[0].key, job[0].output.key);
        }
        assert_ne!(first[0].output.key, second[0].output.key);
        assert_eq!(first[1].inputs[1].key, second[1].inputs[1].key);
    }
}

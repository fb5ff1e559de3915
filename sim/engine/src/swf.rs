//! Logs of parallel computers in the Standard Workload Format, plain or compressed by gzip.
//!
//! A line a job, 18 numbers each, -1 for what is not known; lines that begin with `;` are the
//! header and comments. The format: D. Feitelson, "The Standard Workload Format", Parallel
//! Workloads Archive. Of the fields those are kept that say when a job came, and what it needed.

use crate::churn::trace::{Fault, Faults, shown};
use crate::gzip::unpacked;
use compup2p_protocol::time::Span;

/// The most bytes that a log may have, unpacked: a quarter of a gigabyte.
pub const UNPACKED_MAX: u64 = 1 << 28;
/// The most processors that one job may have.
pub const PROCESSORS_MAX: u32 = 1_000_000;
/// So many job numbers are told for each reason to skip.
pub const FIRST_MAX: usize = 5;
/// The longest time that a log may name: 100 years of 365.25 days, in seconds.
const SECONDS_MAX: u64 = 3_155_760_000;
/// The fields of a line, as messages call them, in their order.
const FIELDS: [&str; 18] = [
    "job number",
    "submit time",
    "wait time",
    "run time",
    "allocated processors",
    "average processor time",
    "used memory",
    "requested processors",
    "requested time",
    "requested memory",
    "status",
    "user",
    "group",
    "executable",
    "queue",
    "partition",
    "preceding job",
    "think time",
];

/// A log, as it was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SwfLog {
    /// The jobs that can be run again, as they came. At least one.
    pub jobs: Vec<SwfJob>,
    /// The jobs that cannot: why, each reason that occurs, in the order of [`SkipReason`].
    pub skipped: Vec<Skipped>,
    /// What the header says.
    pub header: SwfHeader,
}

/// What the header of a log says, where it says so in a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SwfHeader {
    /// `MaxJobs`: how many jobs there are, skipped ones too.
    pub max_jobs: Option<u64>,
    /// `MaxNodes`: how many nodes the computer has.
    pub max_nodes: Option<u64>,
    /// `MaxProcs`: how many processors the computer has.
    pub max_procs: Option<u64>,
    /// `UnixStartTime`: when the log starts, in seconds since 1970.
    pub unix_start_time: Option<u64>,
}

/// A job that can be run again: how long it ran, and on what, is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SwfJob {
    /// Its number in the log.
    pub number: u64,
    /// When it was submitted, since the start of the log (`unix_start_time`).
    pub submit: Span,
    /// How long it ran, more than zero.
    pub run_time: Span,
    /// The processors that it had, or that it asked for if those are not known: at least one.
    pub processors: u32,
    /// How long it asked to run.
    pub requested_time: Option<Span>,
    /// The memory that it asked for, kilobytes a processor.
    pub requested_memory: Option<u64>,
    /// Whose it was.
    pub user: Option<u32>,
    /// How it ended: 0 failed, 1 completed, 5 cancelled; 2, 3, 4 parts of a job; -1 not known.
    pub status: i32,
    /// The number of the job that had to end before it was submitted.
    pub preceding: Option<u64>,
    /// How long after that it was submitted.
    pub think: Option<Span>,
}

/// Why a job cannot be run again. The first reason that holds counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SkipReason {
    /// How long it ran is not known.
    RunTimeUnknown,
    /// It ran for no time at all.
    RunTimeZero,
    /// On how many processors it ran is not known, nor how many it asked for.
    ProcessorsUnknown,
    /// It had no processor.
    ProcessorsZero,
}

/// Jobs that cannot be run again, for one reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skipped {
    /// Why.
    pub reason: SkipReason,
    /// How many.
    pub count: u64,
    /// The numbers of the first [`FIRST_MAX`] of them.
    pub first: Vec<u64>,
}

impl SwfLog {
    /// Reads the log called `name`, in which are `bytes`. Refused with all faults at once (the
    /// first [`FAULTS_MAX`](crate::churn::trace::FAULTS_MAX)).
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, Vec<Fault>> {
        let bytes = unpacked(name, bytes, UNPACKED_MAX)?;
        if bytes.len() as u64 > UNPACKED_MAX {
            let found = bytes.len();
            let message = format!("the log has {found} bytes, wants at most {UNPACKED_MAX}");
            return Err(vec![Fault::new(name, 1, 1, message)]);
        }
        // Comments may name places and people in any encoding; numbers cannot suffer by this.
        let text = String::from_utf8_lossy(&bytes);
        read(name, text.strip_prefix('\u{feff}').unwrap_or(&text))
    }
}

impl SkipReason {
    /// Every reason.
    pub const ALL: [Self; 4] =
        [Self::RunTimeUnknown, Self::RunTimeZero, Self::ProcessorsUnknown, Self::ProcessorsZero];

    /// As a manifest names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::RunTimeUnknown => "run_time_unknown",
            Self::RunTimeZero => "run_time_zero",
            Self::ProcessorsUnknown => "processors_unknown",
            Self::ProcessorsZero => "processors_zero",
        }
    }
}

impl SwfHeader {
    /// Reads a line of the header, `; Name: value ...`. Notes are free text: what is no whole
    /// number says nothing.
    fn note(&mut self, line: &str) {
        let Some((name, value)) = line.trim_start_matches(';').split_once(':') else { return };
        let field = match name.trim() {
            "MaxJobs" => &mut self.max_jobs,
            "MaxNodes" => &mut self.max_nodes,
            "MaxProcs" => &mut self.max_procs,
            "UnixStartTime" => &mut self.unix_start_time,
            _ => return,
        };
        *field = value.split_whitespace().next().and_then(|number| number.parse().ok());
    }
}

fn read(name: &str, text: &str) -> Result<SwfLog, Vec<Fault>> {
    let mut faults = Faults::of(name);
    let mut log = SwfLog { jobs: Vec::new(), skipped: Vec::new(), header: SwfHeader::default() };
    let mut skipped = SkipReason::ALL.map(|reason| Skipped { reason, count: 0, first: Vec::new() });
    let mut latest = Span::ZERO;
    for (line, row) in (1..).zip(text.lines()) {
        let row_starts = row.trim_start();
        if row_starts.is_empty() {
            continue;
        }
        if row_starts.starts_with(';') {
            log.header.note(row_starts);
            continue;
        }
        faults.on_line(line, row);
        if let Some((number, job)) =
            Row::split(&mut faults, row).and_then(|row| row.job(&mut faults, &mut latest))
        {
            match job {
                Ok(job) => log.jobs.push(job),
                Err(reason) => skipped[reason as usize].add(number),
            }
        }
        if faults.too_many() {
            break;
        }
    }
    log.skipped = skipped.into_iter().filter(|skipped| skipped.count > 0).collect();
    if faults.are_none() && log.jobs.is_empty() {
        faults.on_line(1, text);
        let wants = "wants at least one line of 18 numbers with a run time and processors";
        let found = match log.skipped.iter().map(|skipped| skipped.count).sum() {
            0u64 => "there is no job".to_owned(),
            skipped => format!("none of the {skipped} jobs can be run"),
        };
        faults.add(text, format!("{found}, {wants}"));
    }
    if faults.are_none() { Ok(log) } else { Err(faults.into_vec()) }
}

impl Skipped {
    fn add(&mut self, number: u64) {
        self.count += 1;
        if self.first.len() < FIRST_MAX {
            self.first.push(number);
        }
    }
}

/// The fields of one line.
struct Row<'t>([&'t str; FIELDS.len()]);

impl<'t> Row<'t> {
    fn split(faults: &mut Faults<'_>, line: &'t str) -> Option<Self> {
        let mut fields = line.split_whitespace();
        let row = Self(std::array::from_fn(|_| fields.next().unwrap_or_default()));
        let found = line.split_whitespace().count();
        if found != FIELDS.len() {
            let place = fields.next().unwrap_or(&line[line.trim_end().len()..]);
            faults.add(place, format!("{found} fields, wants {} numbers", FIELDS.len()));
            return None;
        }
        Some(row)
    }

    /// The job and its number, or why it is skipped; nothing if a field is at fault. `latest` is
    /// when the job before was submitted.
    fn job(
        &self,
        faults: &mut Faults<'_>,
        latest: &mut Span,
    ) -> Option<(u64, Result<SwfJob, SkipReason>)> {
        let most = u64::from(PROCESSORS_MAX);
        let number = self.known(0, self.whole(faults, 0, u64::MAX), faults);
        let submit = self.known(1, self.time(faults, 1), faults);
        let in_order = submit.is_none_or(|submit| self.follows(faults, submit, latest));
        // What is not kept is a number at least; some logs have fractions here.
        let wait = self.number(faults, 2);
        let run_time = self.time(faults, 3);
        let allocated = self.whole(faults, 4, most);
        let used = [5, 6].map(|nth| self.number(faults, nth));
        let requested = self.whole(faults, 7, most);
        let requested_time = self.time(faults, 8);
        let requested_memory = self.whole(faults, 9, u64::MAX);
        let status = self.whole(faults, 10, i32::MAX as u64);
        let user = self.whole(faults, 11, u64::from(u32::MAX));
        let whereabouts = [12, 13, 14, 15].map(|nth| self.number(faults, nth));
        let preceding = self.whole(faults, 16, u64::MAX);
        let think = self.time(faults, 17);
        let others = used.iter().chain(&whereabouts).chain([&wait]);
        if !in_order || others.into_iter().any(Option::is_none) {
            return None;
        }
        let (number, submit) = (number?, submit?);
        let (run_time, requested_time, think) = (run_time?, requested_time?, think?);
        let (allocated, requested, status) = (allocated?, requested?, status?);
        let (requested_memory, user, preceding) = (requested_memory?, user?, preceding?);
        let job =
            runnable(run_time, allocated.or(requested)).map(|(run_time, processors)| SwfJob {
                number,
                submit,
                run_time,
                processors,
                requested_time,
                requested_memory,
                user: user.map(|user| user as u32),
                status: status.map_or(-1, |status| status as i32),
                preceding,
                think,
            });
        Some((number, job))
    }

    /// Whether the job was submitted no earlier than the one before, `latest`.
    fn follows(&self, faults: &mut Faults<'_>, submit: Span, latest: &mut Span) -> bool {
        if submit < *latest {
            let found = shown(self.0[1]);
            let wants = format!("wants {} s or later, as the line before", latest.as_secs());
            faults.add(self.0[1], format!("submit time is {found}, {wants}"));
            return false;
        }
        *latest = submit;
        true
    }

    /// Field `nth` must be known. Nothing if it is at fault.
    fn known<T>(&self, nth: usize, read: Option<Option<T>>, faults: &mut Faults<'_>) -> Option<T> {
        let value = read?;
        if value.is_none() {
            let wants = "wants a number that is known";
            faults.add(self.0[nth], format!("{} is -1, {wants}", FIELDS[nth]));
        }
        value
    }

    /// Field `nth` as a whole number, `Some(None)` for -1; nothing if it is at fault.
    fn whole(&self, faults: &mut Faults<'_>, nth: usize, most: u64) -> Option<Option<u64>> {
        let wants = || match most {
            u64::MAX => "a whole number, or -1 if not known".to_owned(),
            _ => format!("a whole number up to {most}, or -1 if not known"),
        };
        self.read(faults, nth, wants, |text| text.parse().ok().filter(|&number| number <= most))
    }

    /// Field `nth` as a time in seconds.
    fn time(&self, faults: &mut Faults<'_>, nth: usize) -> Option<Option<Span>> {
        let wants = || format!("seconds up to {SECONDS_MAX} (100 years), or -1 if not known");
        self.read(faults, nth, wants, |text| match text.parse() {
            Ok(whole) => (whole <= SECONDS_MAX).then(|| Span::secs(whole)),
            Err(_) => {
                let number = text.parse().ok()?;
                (0.0..=SECONDS_MAX as f64).contains(&number).then(|| Span::from_secs_f64(number))
            }
        })
    }

    /// Checks that field `nth` is a number.
    fn number(&self, faults: &mut Faults<'_>, nth: usize) -> Option<()> {
        let wants = || "a number, or -1 if not known".to_owned();
        let fits = |number: &f64| number.is_finite() && *number >= 0.0;
        self.read(faults, nth, wants, |text| text.parse().ok().filter(fits)).map(|_| ())
    }

    fn read<T>(
        &self,
        faults: &mut Faults<'_>,
        nth: usize,
        wants: impl Fn() -> String,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<Option<T>> {
        let text = self.0[nth];
        if text.parse() == Ok(-1.0) {
            return Some(None);
        }
        let value = read(text);
        if value.is_none() {
            faults.add(text, format!("{} is {}, wants {}", FIELDS[nth], shown(text), wants()));
        }
        value.map(Some)
    }
}

/// Run time and processors of a job, if it can be run again.
fn runnable(run_time: Option<Span>, processors: Option<u64>) -> Result<(Span, u32), SkipReason> {
    let run_time = run_time.ok_or(SkipReason::RunTimeUnknown)?;
    if run_time == Span::ZERO {
        return Err(SkipReason::RunTimeZero);
    }
    match processors.ok_or(SkipReason::ProcessorsUnknown)? {
        0 => Err(SkipReason::ProcessorsZero),
        processors => Ok((run_time, processors as u32)),
    }
}

#[cfg(test)]
mod tests;

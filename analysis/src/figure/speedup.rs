//! How much faster many computers are than one, and how well they are used, by how many share in a
//! job and how much its sub-tasks compute: CompuP2P, Fig. 8. A figure of a sweep.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::{Axis, grouped};
use crate::error::Error;
use crate::legend::{Legend, Sample as Shown, titles};
use crate::panel::Panel;
use crate::sample::Sample;
use crate::sheet::{Sheet, Text};
use crate::stats::Estimate;
use crate::tasks;
use crate::theme::{
    BLUE, DASHED, DOTTED, Frame, GREEN, GREY, INK, Marker, PANELS, SOLID, Stroke, TICK, VERMILION,
};
use plotters_backend::text_anchor::VPos;

pub(super) const FIGURE: Figure = Figure {
    name: "speedup",
    shows: "total time, speedup and efficiency by the number of sub-tasks (CompuP2P, Fig. 8)",
    of: Of::Sweep,
    read,
};

/// The paths of the sweep: along the axis, and line by line. What else is swept makes columns.
const COUNT: &str = "workload.tasks.sub_tasks";
const CYCLES: &str = "workload.tasks.cycles";
const COLUMNS_MAX: usize = 2;

const LOOKS: [(Stroke, Marker); 4] = [
    (Stroke::new(BLUE, 1.75, SOLID), Marker::Disc),
    (Stroke::new(VERMILION, 1.75, DASHED), Marker::Triangle),
    (Stroke::new(GREEN, 1.75, DOTTED), Marker::Square),
    (Stroke::new(INK, 1.75, SOLID), Marker::Diamond),
];
const ONE_RUN: Stroke = Stroke::new(GREY, 1.0, DASHED);
const ONE_NODE: f64 = 1.0;
/// So many pixels are within a mark.
const HIDDEN: f64 = 5.0;

/// Sub-tasks of one job of one run.
#[derive(Clone, Copy, Debug, Default)]
struct Job {
    sub_tasks: u64,
    completed: u64,
    submitted: f64,
    ended: f64,
    cycles: f64,
    rates: f64,
}

/// Jobs of so many sub-tasks.
#[derive(Clone, Debug, Default, PartialEq)]
struct Group {
    /// From submission to the last end, in seconds.
    time: Sample,
    /// What it would take one computer, at the mean rate of those that were used.
    alone: Sample,
    speedup: Sample,
    efficiency: Sample,
    /// Of the first replicate.
    one_run: Option<[f64; 3]>,
}

/// Jobs whose sub-tasks are alike.
#[derive(Clone, Debug, Default, PartialEq)]
struct Line {
    cycles: f64,
    /// By the number of sub-tasks.
    groups: BTreeMap<u64, Group>,
    /// The mean rate of the computers that were used.
    rate: Sample,
}

struct Speedup {
    /// What else is swept, and its lines from the heaviest sub-tasks to the lightest.
    columns: Vec<(String, Vec<Line>)>,
    /// Jobs of which not all sub-tasks were completed.
    left_out: u64,
    context: Context,
}

/// The panels, from top to bottom.
const ROWS: [Row; 3] = [
    Row { label: "total time (s)", of: |group| group.time.estimate() },
    Row { label: "speedup", of: |group| group.speedup.estimate() },
    Row { label: "efficiency", of: |group| group.efficiency.estimate() },
];

struct Row {
    label: &'static str,
    of: fn(&Group) -> Option<Estimate>,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let place = |path: &str| context.swept.iter().position(|swept| swept == path);
    let (Some(count), cycles) = (place(COUNT), place(CYCLES)) else {
        return Ok(Reading::Nothing(format!("{COUNT} is not swept")));
    };
    let mut jobs: BTreeMap<(Vec<String>, u64, u64), Job> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    let is_there = tasks::each(folder, &context.swept, |mut settings, of| {
        let mut name = Vec::new();
        for (nth, path) in context.swept.iter().enumerate() {
            if nth != count && Some(nth) != cycles {
                // A distribution's name says what it is: there is little room.
                name.push(format!("{path}={}", settings[nth].replace("model: ", "")));
            }
        }
        let name = name.join(", ");
        if !order.contains(&name) {
            order.push(name.clone());
        }
        settings.push(name);
        let job = jobs.entry((settings, of.replicate, of.job)).or_default();
        if job.sub_tasks == 0 {
            job.submitted = of.submitted;
        }
        job.sub_tasks += 1;
        job.completed += u64::from(of.is_completed());
        job.ended = job.ended.max(of.ended);
        job.cycles += of.cycles;
        job.rates += of.rate;
    })?;
    if !is_there {
        return Ok(Reading::Nothing("there is no tasks.csv".to_owned()));
    }
    let mut columns: Vec<(String, Vec<Line>)> =
        order.into_iter().map(|name| (name, Vec::new())).collect();
    let mut left_out = 0;
    for ((settings, replicate, _), job) in &jobs {
        if job.completed < job.sub_tasks || job.rates <= 0.0 {
            left_out += 1;
            continue;
        }
        let name = settings.last().expect("the name was pushed");
        let column = columns.iter_mut().find(|(known, _)| known == name);
        let (_, lines) = column.expect("every name is known");
        job.add_to(lines, *replicate);
    }
    let told = Speedup { columns, left_out, context: context.clone() };
    Ok(match told.refused() {
        Some(why) => Reading::Nothing(why),
        None => Reading::Plot(Box::new(told)),
    })
}

impl Job {
    fn add_to(&self, lines: &mut Vec<Line>, replicate: u64) {
        let n = self.sub_tasks as f64;
        let each = self.cycles / n;
        let place = lines.iter().position(|line| (line.cycles - each).abs() <= each * 1e-6);
        let place = place.unwrap_or_else(|| {
            let heavier = lines.iter().filter(|line| line.cycles > each).count();
            lines.insert(heavier, Line { cycles: each, ..Line::default() });
            heavier
        });
        let time = self.ended - self.submitted;
        let alone = self.cycles / (self.rates / n);
        let efficiency = self.cycles / (time * self.rates);
        let line = &mut lines[place];
        line.rate.add(replicate, self.rates / n);
        let group = line.groups.entry(self.sub_tasks).or_default();
        group.time.add(replicate, time);
        group.alone.add(replicate, alone);
        group.speedup.add(replicate, alone / time);
        group.efficiency.add(replicate, efficiency);
        if replicate == 0 {
            group.one_run = Some([time, alone / time, efficiency]);
        }
    }
}

impl Speedup {
    fn refused(&self) -> Option<String> {
        if self.columns.len() > COLUMNS_MAX {
            return Some(format!("more than {COLUMNS_MAX} values of other things are swept"));
        }
        let lines = || self.columns.iter().flat_map(|(_, lines)| lines);
        if self.columns.iter().any(|(_, lines)| lines.len() > LOOKS.len()) {
            return Some(format!("sub-tasks are of more than {} sizes", LOOKS.len()));
        }
        if !lines().any(|line| line.groups.len() > 1) {
            return Some("no jobs of different numbers of sub-tasks were completed".to_owned());
        }
        None
    }

    fn groups(&self) -> impl Iterator<Item = (u64, &Group)> {
        let lines = self.columns.iter().flat_map(|(_, lines)| lines);
        lines.flat_map(|line| line.groups.iter().map(|(n, group)| (*n, group)))
    }

    fn column(&self, sheet: &mut Sheet<'_>, nth: usize) {
        const ABOVE: f64 = 14.0;
        const LOW: f64 = 14.0;
        const BETWEEN: f64 = 56.0;
        let (name, lines) = &self.columns[nth];
        let count = self.columns.len() as f64;
        let width = (PANELS.right - PANELS.left - BETWEEN * (count - 1.0)) / count;
        let left = PANELS.left + nth as f64 * (width + BETWEEN);
        let top = PANELS.top + ABOVE;
        let height = (PANELS.bottom - top - LOW * 2.0) / ROWS.len() as f64;
        let look = Text { size: TICK, down: VPos::Bottom, ..Text::LEFT };
        sheet.text(name, (left, top - 4.0), look);
        let most = self.groups().map(|(n, _)| n).max().unwrap_or(1) as f64;
        let x = Axis::whole("sub-tasks, each on a computer of its own", 0.5, most + 0.5, 10);
        for (row, at) in ROWS.iter().zip(0..) {
            let top = top + f64::from(at) * (height + LOW);
            let is_last = at as usize + 1 == ROWS.len();
            let label = if nth == 0 { row.label } else { "" };
            let panel = Panel {
                frame: Frame { left, top, right: left + width, bottom: top + height },
                x: if is_last { x.clone() } else { x.unlabelled() },
                y: self.axis(label, at as usize, most),
            };
            panel.draw(sheet);
            draw(sheet, &panel, lines, row, at as usize);
        }
    }

    fn axis(&self, label: &str, row: usize, most: f64) -> Axis {
        let times = || {
            let both = self.groups().flat_map(|(_, group)| [&group.time, &group.alone]);
            both.filter_map(|time| Some(time.estimate()?.mean))
        };
        match row {
            0 => {
                let (low, high) = (times().fold(f64::MAX, f64::min), times().fold(0.0, f64::max));
                Axis::log(label, low / 1.5, high * 1.5)
            }
            1 => Axis::linear(label, 0.0, most, 5),
            _ => Axis::linear(label, 0.0, 1.05, 5),
        }
    }

    fn legend(&self, sheet: &mut Sheet<'_>) {
        let mut legend = Legend::new(sheet);
        let (_, lines) = &self.columns[0];
        for (line, (stroke, marker)) in lines.iter().zip(LOOKS) {
            let rate = line.rate.estimate().map_or(1.0, |rate| rate.mean);
            let seconds = line.cycles / rate;
            let text = format!("computes {}\u{a0}s", grouped(seconds, usize::from(seconds < 10.0)));
            legend.entry(Shown::LineWithMarker(stroke, marker), &text);
        }
        legend.note("a sub-task, at the mean rate of the computers that were used");
        legend.gap();
        let thin = Stroke::new(BLUE, ONE_NODE, SOLID);
        legend.entry(Shown::Line(thin), "thin: on one computer");
        legend.note(
            "the whole work at the mean rate of the sellers that were used, no data sent \
             (computed, not simulated)",
        );
        legend.entry(Shown::Line(ONE_RUN), "one run of the heaviest");
        legend.gap();
        legend.note(
            "speedup: time on one computer over total time; efficiency: work over total time times \
             the sum of rates",
        );
        let replicates = self.groups().map(|(_, group)| group.time.replicates()).max();
        if let Some(n) = replicates.filter(|n| *n > 1) {
            legend.note(&format!("means over {n} replicates, with 95 % CI"));
        }
        if self.left_out > 0 {
            legend.note(&format!("{} jobs that were not completed are left out", self.left_out));
        }
        legend.gap();
        legend.note(
            "CompuP2P: “The efficiency is mostly determined by the ratio between the computation \
             time of sub-tasks to the communication effort.”",
        );
    }
}

impl Plot for Speedup {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(
            sheet,
            "Speedup by the number of computers that share in a job",
            &self.context.line(),
        );
        for nth in 0..self.columns.len() {
            self.column(sheet, nth);
        }
        self.legend(sheet);
    }
}

fn draw(sheet: &mut Sheet<'_>, panel: &Panel, lines: &[Line], row: &Row, at: usize) {
    if at == 1 {
        let ideal = [(panel.x.from(), panel.x.from()), (panel.x.to(), panel.x.to())];
        let ends = ideal.map(|(n, _)| (n.min(panel.y.to()), n.min(panel.y.to())));
        sheet.line(&panel.all(&ends), Stroke::new(GREY, ONE_NODE, DOTTED));
    }
    if let Some(heaviest) = lines.first() {
        let one = |(n, group): (&u64, &Group)| Some((*n as f64, group.one_run?[at]));
        let one: Vec<(f64, f64)> = heaviest.groups.iter().filter_map(one).collect();
        sheet.line(&panel.all(&one), ONE_RUN);
    }
    for (line, (stroke, marker)) in lines.iter().zip(LOOKS) {
        if at == 0 {
            let alone =
                |(n, group): (&u64, &Group)| Some((*n as f64, group.alone.estimate()?.mean));
            let alone: Vec<(f64, f64)> = line.groups.iter().filter_map(alone).collect();
            sheet.line(&panel.all(&alone), Stroke::new(stroke.color, ONE_NODE, SOLID));
        }
        let value = |(n, group): (&u64, &Group)| Some((*n as f64, (row.of)(group)?));
        let values: Vec<(f64, Estimate)> = line.groups.iter().filter_map(value).collect();
        for (n, value) in &values {
            // One that its mark hides is not drawn.
            let (low, high) = (panel.at(*n, value.low).1, panel.at(*n, value.high).1);
            if low - high > HIDDEN {
                panel.interval(sheet, *n, *value, stroke.color);
            }
        }
        let means: Vec<(f64, f64)> = values.iter().map(|(n, value)| (*n, value.mean)).collect();
        panel.curve(sheet, &means, stroke, marker);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use crate::tasks::HEADER;

    fn context(swept: &[&str]) -> Context {
        Context { swept: swept.iter().map(|&path| path.to_owned()).collect(), ..Context::default() }
    }

    #[test]
    fn two_sub_tasks_of_ten_seconds_in_sixteen_are_a_speedup_of_five_quarters() {
        let mut lines = Vec::new();
        let job = Job {
            sub_tasks: 2,
            completed: 2,
            submitted: 4.0,
            ended: 20.0,
            cycles: 40.0,
            rates: 4.0,
        };
        job.add_to(&mut lines, 0);
        let group = &lines[0].groups[&2];
        assert_eq!(group.one_run, Some([16.0, 1.25, 0.625]));
        assert_eq!(group.alone.estimate().unwrap().mean, 20.0);
        Job { cycles: 80.0, ..job }.add_to(&mut lines, 0);
        assert_eq!(lines.iter().map(|line| line.cycles).collect::<Vec<_>>(), [40.0, 20.0]);
    }

    #[test]
    fn jobs_that_were_not_completed_are_left_out() {
        let scratch = Scratch::new("speedup-left-out");
        let row = |k: u32, job: u32, outcome: &str| {
            format!("{k},0,0,{job},u,0,0,1,1,11,12,20,1,1,1,0,0,0,0,n,2,20,20,0,7,{outcome},true\n")
        };
        let rows: String = [(1, 0, "completed"), (2, 1, "completed"), (2, 1, "no_seller")]
            .map(|(k, job, outcome)| row(k, job, outcome))
            .concat();
        scratch.file("tasks.csv", &format!("{COUNT},{HEADER}{rows}"));
        let Reading::Nothing(why) = read(scratch.folder(), &context(&[COUNT])).unwrap() else {
            panic!("one group is no line")
        };
        assert_eq!(why, "no jobs of different numbers of sub-tasks were completed");
        let Reading::Nothing(why) = read(scratch.folder(), &context(&["nodes"])).unwrap() else {
            panic!("nothing to compare")
        };
        assert_eq!(why, "workload.tasks.sub_tasks is not swept");
    }
}

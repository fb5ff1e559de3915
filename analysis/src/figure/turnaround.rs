//! How long sub-tasks wait, compute and take in all, as distributions; and how many wait and compute
//! over time.

use std::path::Path;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::{Axis, grouped};
use crate::error::Error;
use crate::legend::{Legend, Sample as Shown, titles};
use crate::panel::Panel;
use crate::sheet::Sheet;
use crate::stats::{mean, percentile};
use crate::tasks::{self, Levels};
use crate::theme::{BLUE, DASHED, DOTTED, Frame, INK, PANELS, SOLID, Stroke, VERMILION};

pub(super) const FIGURE: Figure = Figure {
    name: "turnaround",
    shows: "how long sub-tasks wait and take, and how many wait and compute over time",
    of: Of::Scenario,
    read,
};

const BINS: usize = 240;
/// Points of a distribution that are drawn.
const POINTS: usize = 200;
/// What takes less is drawn as if it took this, in seconds: a logarithmic axis has no zero.
const LEAST: f64 = 0.1;

/// A length of time, and how it is drawn.
struct Length {
    name: &'static str,
    stroke: Stroke,
}

const LENGTHS: [Length; 3] = [
    Length { name: "waiting: ready to first start", stroke: Stroke::new(VERMILION, 1.75, DASHED) },
    Length { name: "first start to computed", stroke: Stroke::new(INK, 1.75, DOTTED) },
    Length { name: "turnaround: submitted to end", stroke: Stroke::new(BLUE, 1.75, SOLID) },
];

struct Turnaround {
    /// In seconds, sorted.
    lengths: [Vec<f64>; LENGTHS.len()],
    /// Over time, on average over replicates: those that wait and those that compute.
    waiting: Vec<(f64, f64)>,
    computing: Vec<(f64, f64)>,
    end: f64,
    all: u64,
    replicates: u64,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let mut lengths: [Vec<f64>; LENGTHS.len()] = Default::default();
    let mut spans = Vec::new();
    let (mut end, mut all, mut replicates) = (0.0_f64, 0, 0);
    let is_there = tasks::each(folder, &[], |_, of| {
        all += 1;
        replicates = replicates.max(of.replicate + 1);
        end = end.max(of.ended);
        // One that never started waited until it was given up.
        let started = of.started.unwrap_or(of.ended);
        let computed = of.computed.unwrap_or(of.ended);
        if let Some(ready) = of.ready {
            spans.push([ready.min(started), started, computed.max(started)]);
        }
        if of.is_completed() {
            let waiting = started - of.ready.unwrap_or(started);
            let all = [waiting, computed - started, of.ended - of.submitted];
            for (length, value) in lengths.iter_mut().zip(all) {
                length.push(value);
            }
        }
    })?;
    if !is_there {
        return Ok(Reading::Nothing("there is no tasks.csv".to_owned()));
    }
    if lengths[0].is_empty() {
        return Ok(Reading::Nothing("no sub-task was completed".to_owned()));
    }
    lengths.iter_mut().for_each(|length| length.sort_by(f64::total_cmp));
    let [mut waiting, mut computing] = [(); 2].map(|()| Levels::new(end, BINS));
    for [ready, started, computed] in spans {
        waiting.add(ready, started);
        computing.add(started, computed);
    }
    Ok(Reading::Plot(Box::new(Turnaround {
        lengths,
        waiting: waiting.means(replicates),
        computing: computing.means(replicates),
        end,
        all,
        replicates,
        context: context.clone(),
    })))
}

/// The empirical distribution function of sorted values, at no more than [`POINTS`] of them.
fn distribution(sorted: &[f64]) -> Vec<(f64, f64)> {
    let n = sorted.len();
    let ranks = (0..POINTS.min(n)).map(|nth| (nth + 1) * n / POINTS.min(n));
    let mut steps = vec![(sorted[0].max(LEAST), 0.0)];
    for rank in ranks {
        let (_, below) = steps[steps.len() - 1];
        let value = sorted[rank - 1].max(LEAST);
        steps.extend([(value, below), (value, rank as f64 / n as f64)]);
    }
    steps
}

impl Plot for Turnaround {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(sheet, "How long sub-tasks wait and take", &self.context.line());
        let most =
            self.lengths.iter().filter_map(|length| length.last()).fold(1.0_f64, |a, b| a.max(*b));
        let least = self.lengths.iter().filter_map(|length| length.first());
        let least = least.fold(most, |a, b| a.min(*b));
        let lengths = Panel {
            frame: Frame { bottom: 250.0, ..PANELS },
            x: Axis::log("seconds", (least / 1.3).max(LEAST), most * 1.2),
            y: Axis::linear("share that took less", 0.0, 1.0, 5),
        };
        lengths.draw(sheet);
        for (sorted, length) in self.lengths.iter().zip(&LENGTHS) {
            sheet.line(&lengths.all(&distribution(sorted)), length.stroke);
        }
        let levels = self.waiting.iter().chain(&self.computing);
        let most = levels.map(|(_, level)| *level).fold(0.0, f64::max);
        let (x, second) = tasks::time_axis(0.0, self.end);
        let levels = Panel {
            frame: Frame { top: 316.0, ..PANELS },
            x,
            y: Axis::from_zero("sub-tasks", most * 1.02, 5),
        };
        levels.draw(sheet);
        let scaled = |of: &[(f64, f64)]| -> Vec<(f64, f64)> {
            of.iter().map(|(at, level)| (at / second, *level)).collect()
        };
        let computing = scaled(&self.computing);
        let mut under = levels.all(&computing);
        let (first, last) = (computing[0].0, computing[computing.len() - 1].0);
        under.extend([levels.at(last, 0.0), levels.at(first, 0.0)]);
        sheet.area(&under, BLUE.tint(0.3), 1.0);
        sheet.line(&levels.all(&computing), COMPUTING);
        sheet.line(&levels.all(&scaled(&self.waiting)), WAITING);
        self.legend(sheet);
    }
}

const COMPUTING: Stroke = Stroke::new(BLUE, 1.25, SOLID);
const WAITING: Stroke = Stroke::new(VERMILION, 1.25, DASHED);

impl Turnaround {
    fn legend(&self, sheet: &mut Sheet<'_>) {
        let mut legend = Legend::new(sheet);
        let said = |seconds: f64| grouped(seconds, usize::from(seconds < 10.0));
        for (sorted, length) in self.lengths.iter().zip(&LENGTHS) {
            legend.entry(Shown::Line(length.stroke), length.name);
            let (mean, high) = (mean(sorted), percentile(sorted, 0.95));
            let (Some(mean), Some(median), Some(high)) = (mean, percentile(sorted, 0.5), high)
            else {
                continue;
            };
            let (mean, median, high) = (said(mean), said(median), said(high));
            legend.note(&format!(
                "mean {mean}\u{a0}s, median {median}\u{a0}s, 95 % below {high}\u{a0}s"
            ));
        }
        let (completed, all) = (self.lengths[0].len() as f64, self.all as f64);
        let (completed, all) = (grouped(completed, 0), grouped(all, 0));
        legend.note(&format!("of {completed} completed of {all} sub-tasks"));
        legend.gap();
        legend.drawn(
            |sheet, from, to, y| {
                sheet.rect((from, y - 5.0), (to, y + 5.0), BLUE.tint(0.3), 1.0);
                sheet.line(&[(from, y - 5.0), (to, y - 5.0)], COMPUTING);
            },
            "below: that compute",
        );
        legend.entry(Shown::Line(WAITING), "that wait");
        if self.replicates > 1 {
            legend.note(&format!("on average over {} replicates", self.replicates));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use crate::tasks::HEADER;

    #[test]
    fn a_distribution_goes_up_at_each_value_to_one() {
        assert_eq!(
            distribution(&[0.0, 4.0]),
            [(0.1, 0.0), (0.1, 0.0), (0.1, 0.5), (4.0, 0.5), (4.0, 1.0)]
        );
        let many: Vec<f64> = (1..=10_000).map(f64::from).collect();
        let steps = distribution(&many);
        assert_eq!((steps.len(), steps[steps.len() - 1]), (401, (1e4, 1.0)));
    }

    #[test]
    fn where_nothing_was_completed_there_is_nothing_to_show() {
        let scratch = Scratch::new("turnaround");
        let row = "0,0,0,u,1,1,,,,14,20,1,1,0,0,0,0,0,,,0,0,0,0,no_seller,\n";
        scratch.file("tasks.csv", &(HEADER.to_owned() + row));
        let why = |scratch: &Scratch| match read(scratch.folder(), &Context::default()).unwrap() {
            Reading::Nothing(why) => why,
            Reading::Plot(_) => "drawn".to_owned(),
        };
        assert_eq!(why(&scratch), "no sub-task was completed");
        let done = "0,1,0,u,1,1,2,3,13,14,20,1,1,1,0,0,0,0,n,2,20,20,0,7,completed,true\n";
        scratch.file("tasks.csv", &(HEADER.to_owned() + row + done));
        assert_eq!(why(&scratch), "drawn");
    }
}

//! How sub-tasks get done over time: submitted, completed, under way; and where the files that they
//! need were found.

use std::path::Path;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::{Axis, grouped};
use crate::error::Error;
use crate::legend::{Legend, Sample as Shown, titles};
use crate::panel::Panel;
use crate::sheet::{Sheet, Text};
use crate::sweep;
use crate::tasks::{self, Levels};
use crate::theme::{
    BLUE, Color, DASHED, DOTTED, Frame, GREEN, GREY, INK, PANELS, SOLID, Stroke, TICK, VERMILION,
};
use plotters_backend::text_anchor::{HPos, VPos};

pub(super) const FIGURE: Figure = Figure {
    name: "progress",
    shows: "sub-tasks completed and under way over time, and where their files were found",
    of: Of::Scenario,
    read,
};

const BINS: usize = 240;
const SUBMITTED: Stroke = Stroke::new(GREY, 1.25, DOTTED);
const COMPLETED: Stroke = Stroke::new(BLUE, 1.75, SOLID);
const UNDER_WAY: Stroke = Stroke::new(INK, 1.25, DASHED);
const COMPUTING: Stroke = Stroke::new(VERMILION, 1.25, SOLID);

/// Where files were found: the metric, what it is called, and how it is drawn.
const FILES: [(&str, &str, Color); 3] = [
    ("files_here", "here", BLUE),
    ("files_from_holders", "another that kept it", GREEN),
    ("files_from_origin", "user or server", VERMILION),
];

struct Progress {
    /// When, sorted, over all replicates.
    submitted: Vec<f64>,
    completed: Vec<f64>,
    under_way: Vec<(f64, f64)>,
    computing: Vec<(f64, f64)>,
    /// Shares of the files that were wanted, as in [`FILES`]; if any were.
    files: Option<[f64; FILES.len()]>,
    /// Runs, of the sub-tasks that were completed.
    runs: u64,
    end: f64,
    replicates: u64,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let (mut submitted, mut completed, mut spans) = (Vec::new(), Vec::new(), Vec::new());
    let (mut end, mut replicates, mut runs) = (0.0_f64, 0, 0);
    let is_there = tasks::each(folder, &[], |_, of| {
        replicates = replicates.max(of.replicate + 1);
        end = end.max(of.ended);
        submitted.push(of.submitted);
        if of.is_completed() {
            completed.push(of.ended);
            runs += of.runs;
        }
        if let Some(placed) = of.placed {
            let started = of.started.unwrap_or(of.ended);
            let computed = of.computed.unwrap_or(of.ended).max(started);
            spans.push([placed, started, computed, of.ended]);
        }
    })?;
    if !is_there {
        return Ok(Reading::Nothing("there is no tasks.csv".to_owned()));
    }
    if completed.is_empty() {
        return Ok(Reading::Nothing("no sub-task was completed".to_owned()));
    }
    submitted.sort_by(f64::total_cmp);
    completed.sort_by(f64::total_cmp);
    let [mut under_way, mut computing] = [(); 2].map(|()| Levels::new(end, BINS));
    for [placed, started, computed, ended] in spans {
        under_way.add(placed, ended);
        computing.add(started, computed);
    }
    let points = sweep::read(folder, &[])?;
    let point = points.as_ref().and_then(|points| points.first());
    let share = |nth: usize| Some(point?.metric(FILES[nth].0)?.mean);
    let files = match [share(0), share(1), share(2)] {
        [Some(here), Some(holders), Some(origin)] => Some([here, holders, origin]),
        _ => None,
    };
    Ok(Reading::Plot(Box::new(Progress {
        submitted,
        completed,
        under_way: under_way.means(replicates),
        computing: computing.means(replicates),
        files,
        runs,
        end,
        replicates,
        context: context.clone(),
    })))
}

/// How many of sorted moments there were by each of [`BINS`] moments, on average over replicates.
fn counted(sorted: &[f64], end: f64, replicates: u64) -> Vec<(f64, f64)> {
    let at = (0..=BINS).map(|nth| end * nth as f64 / BINS as f64);
    let count = |at: f64| sorted.partition_point(|moment| *moment <= at) as f64;
    at.map(|at| (at, count(at) / replicates as f64)).collect()
}

impl Plot for Progress {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(sheet, "Sub-tasks completed and under way", &self.context.line());
        let (x, second) = tasks::time_axis(0.0, self.end);
        let scaled = |of: Vec<(f64, f64)>| -> Vec<(f64, f64)> {
            of.into_iter().map(|(at, level)| (at / second, level)).collect()
        };
        let submitted = scaled(counted(&self.submitted, self.end, self.replicates));
        let completed = scaled(counted(&self.completed, self.end, self.replicates));
        let most = submitted[submitted.len() - 1].1;
        let counts = Panel {
            frame: Frame { bottom: 232.0, ..PANELS },
            x: x.unlabelled(),
            y: Axis::from_zero("sub-tasks so far", most * 1.02, 5),
        };
        counts.draw(sheet);
        sheet.line(&counts.all(&submitted), SUBMITTED);
        sheet.line(&counts.all(&completed), COMPLETED);
        let most = self.under_way.iter().map(|(_, level)| *level).fold(0.0, f64::max);
        let levels = Panel {
            frame: Frame { top: 250.0, bottom: 410.0, ..PANELS },
            x,
            y: Axis::from_zero("under way", most * 1.02, 4),
        };
        levels.draw(sheet);
        sheet.line(&levels.all(&scaled(self.under_way.clone())), UNDER_WAY);
        sheet.line(&levels.all(&scaled(self.computing.clone())), COMPUTING);
        if let Some(files) = self.files {
            draw_files(sheet, files);
        }
        self.legend(sheet);
    }
}

/// One bar, in parts.
fn draw_files(sheet: &mut Sheet<'_>, files: [f64; FILES.len()]) {
    const TOP: f64 = 482.0;
    const BOTTOM: f64 = 504.0;
    let label = Text { down: VPos::Bottom, ..Text::LEFT };
    sheet.text(
        "code and input that was wanted, by where it was found",
        (PANELS.left, 472.0),
        label,
    );
    let mut left = PANELS.left;
    for (share, (_, name, color)) in files.into_iter().zip(FILES) {
        let right = left + share * (PANELS.right - PANELS.left);
        sheet.rect((left, TOP), (right, BOTTOM), color.tint(0.45), 1.0);
        sheet.line(&[(right, TOP - 3.0), (right, BOTTOM + 3.0)], Stroke::new(INK, 1.0, SOLID));
        let text = format!("{name} {}\u{a0}%", grouped(share * 100.0, 1));
        // A part that is too narrow for its name is told in the legend.
        if sheet.width(&text, TICK) < right - left - 8.0 {
            let look = Text { size: TICK, across: HPos::Center, ..Text::LEFT };
            sheet.text(&text, ((left + right) / 2.0, (TOP + BOTTOM) / 2.0), look);
        }
        left = right;
    }
}

impl Progress {
    fn legend(&self, sheet: &mut Sheet<'_>) {
        let mut legend = Legend::new(sheet);
        legend.entry(Shown::Line(SUBMITTED), "submitted");
        legend.entry(Shown::Line(COMPLETED), "completed");
        let (done, all) = (self.completed.len() as f64, self.submitted.len() as f64);
        legend.note(&format!("{} of {}", grouped(done, 0), grouped(all, 0)));
        let runs = self.runs as f64 / done;
        legend.note(&format!("{} runs each, on average", grouped(runs, 2)));
        if self.replicates > 1 {
            legend.note(&format!("on average over {} replicates", self.replicates));
        }
        legend.gap();
        legend.entry(Shown::Line(UNDER_WAY), "placed, not over");
        legend.entry(Shown::Line(COMPUTING), "first start to computed");
        legend.gap();
        if let Some(files) = self.files {
            legend.note("Files, from left to right:");
            for (share, (_, name, color)) in files.into_iter().zip(FILES) {
                let text = format!("{name}: {}\u{a0}%", grouped(share * 100.0, 2));
                legend.entry(Shown::Area(color.tint(0.45), 1.0), &text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use crate::tasks::HEADER;

    #[test]
    fn moments_are_counted_up_to_the_end() {
        let counted = counted(&[0.0, 1.0, 1.0, 240.0], 240.0, 2);
        assert_eq!((counted[0], counted[1], counted[2]), ((0.0, 0.5), (1.0, 1.5), (2.0, 1.5)));
        assert_eq!(counted[BINS], (240.0, 2.0));
    }

    #[test]
    fn without_a_summary_there_are_no_files_to_show() {
        let scratch = Scratch::new("progress");
        let why = |scratch: &Scratch| match read(scratch.folder(), &Context::default()).unwrap() {
            Reading::Nothing(why) => why,
            Reading::Plot(_) => "drawn".to_owned(),
        };
        assert_eq!(why(&scratch), "there is no tasks.csv");
        scratch.file("tasks.csv", HEADER);
        assert_eq!(why(&scratch), "no sub-task was completed");
        let done = "0,1,0,u,1,1,2,3,13,14,20,1,1,1,0,0,0,0,n,2,20,20,0,7,completed,true\n";
        scratch.file("tasks.csv", &(HEADER.to_owned() + done));
        assert_eq!(why(&scratch), "drawn");
    }
}

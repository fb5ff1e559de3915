//! Sub-tasks over time, a line each, from when they are ready to when they are over: for runs of a
//! few.

use std::path::Path;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::{Axis, grouped};
use crate::error::Error;
use crate::legend::{Legend, titles};
use crate::panel::Panel;
use crate::sheet::{Sheet, Text};
use crate::tasks::{self, SubTask};
use crate::theme::{
    BLUE, Color, DOTTED, GREEN, GREY, INK, PALE, PANELS, SOLID, Stroke, TICK, VERMILION,
};
use plotters_backend::text_anchor::HPos;

pub(super) const FIGURE: Figure = Figure {
    name: "gantt",
    shows: "sub-tasks over time: ready, placed, started, computed, ended",
    of: Of::Scenario,
    read,
};

/// More than so many lines are not told apart.
const LINES_MAX: usize = 48;

/// What a sub-task is doing, as it is drawn: how high, how dark, how coloured.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// Submitted: it needs others' output, or its turn.
    Waiting,
    /// Ready: compute power is being bought.
    Buying,
    /// Placed: code, input or a checkpoint are on their way.
    Fetching,
    /// Started: it computes, or is interrupted and computed again.
    Computing,
    /// Computed: its output is on its way, and judged.
    Returning,
}

struct Gantt {
    sub_tasks: Vec<SubTask>,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let mut sub_tasks: Vec<SubTask> = Vec::new();
    let mut count = 0_u64;
    let is_there = tasks::each(folder, &[], |_, of| {
        if of.replicate == 0 {
            count += 1;
            if sub_tasks.len() < LINES_MAX {
                sub_tasks.push(of);
            }
        }
    })?;
    Ok(match () {
        () if !is_there => Reading::Nothing("there is no tasks.csv".to_owned()),
        () if count == 0 => Reading::Nothing("tasks.csv has no sub-tasks".to_owned()),
        () if count > LINES_MAX as u64 => {
            let count = grouped(count as f64, 0);
            Reading::Nothing(format!("{count} sub-tasks are more than {LINES_MAX} lines"))
        }
        () => {
            sub_tasks.sort_by_key(|of| of.task);
            Reading::Plot(Box::new(Gantt { sub_tasks, context: context.clone() }))
        }
    })
}

/// What it did when: stages one after the other, without those that took no time.
fn stages(of: &SubTask) -> Vec<(Stage, f64, f64)> {
    let mut ends = Vec::new();
    let changes = [
        (Stage::Waiting, of.ready),
        (Stage::Buying, of.placed),
        (Stage::Fetching, of.started),
        (Stage::Computing, of.computed),
        (Stage::Returning, Some(of.ended)),
    ];
    let mut from = of.submitted;
    for (stage, until) in changes {
        let until = until.unwrap_or(of.ended).min(of.ended);
        if until > from {
            ends.push((stage, from, until));
            from = until;
        }
    }
    ends
}

impl Stage {
    fn draw(self, sheet: &mut Sheet<'_>, (from, to): (f64, f64), y: f64, half: f64) {
        let bar = |sheet: &mut Sheet<'_>, half: f64, color: Color| {
            sheet.rect((from, y - half), (to, y + half), color, 1.0);
        };
        let level = [(from, y), (to, y)];
        match self {
            Self::Waiting => sheet.line(&level, Stroke::new(PALE, 1.25, DOTTED)),
            Self::Buying => sheet.line(&level, Stroke::new(INK, 2.0, SOLID)),
            Self::Fetching => {
                bar(sheet, half * 0.55, GREEN.tint(0.3));
                hatch(sheet, (from, to), y, half * 0.55, GREEN);
            }
            Self::Computing => bar(sheet, half, BLUE),
            Self::Returning => {
                bar(sheet, half * 0.55, VERMILION.tint(0.35));
                let edge = Stroke::new(VERMILION, 1.25, SOLID);
                for y in [y - half * 0.55, y + half * 0.55] {
                    sheet.line(&[(from, y), (to, y)], edge);
                }
            }
        }
    }
}

/// Upright lines across a bar.
fn hatch(sheet: &mut Sheet<'_>, (from, to): (f64, f64), y: f64, half: f64, color: Color) {
    const APART: f64 = 4.0;
    let count = ((to - from) / APART) as u32;
    for nth in 0..=count {
        let x = from + f64::from(nth) * APART;
        sheet.line(&[(x, y - half), (x, y + half)], Stroke::new(color, 1.0, SOLID));
    }
}

impl Plot for Gantt {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(sheet, "Sub-tasks over time", &self.context.line());
        let from = self.sub_tasks.iter().map(|of| of.submitted).fold(f64::MAX, f64::min);
        let to = self.sub_tasks.iter().map(|of| of.ended).fold(0.0, f64::max).max(from + 1.0);
        let room = (to - from) * 0.01;
        let (x, second) = tasks::time_axis(from - room, to + room);
        let count = self.sub_tasks.len() as f64;
        let panel = Panel { frame: PANELS, x, y: Axis::linear("sub-task", 0.0, count, 1).bare() };
        panel.draw(sheet);
        let height = (PANELS.bottom - PANELS.top) / count;
        let half = (height * 0.36).min(11.0);
        let each = (14.0 / height).ceil().max(1.0) as usize;
        for (nth, of) in self.sub_tasks.iter().enumerate() {
            let y = PANELS.top + (nth as f64 + 0.5) * height;
            if nth % each == 0 {
                let look = Text { size: TICK, across: HPos::Right, ..Text::LEFT };
                sheet.text(&of.task.to_string(), (PANELS.left - 7.0, y), look);
            }
            for (stage, from, to) in stages(of) {
                let x = |at: f64| panel.at(at / second, 0.0).0;
                stage.draw(sheet, (x(from), x(to)), y, half);
            }
            if !of.is_completed() {
                let (x, _) = panel.at(of.ended / second, 0.0);
                let look = Text { size: TICK, color: GREY, ..Text::LEFT };
                sheet.text(&of.outcome.replace('_', " "), (x + 5.0, y), look);
            }
        }
        self.legend(sheet);
    }
}

impl Gantt {
    fn legend(&self, sheet: &mut Sheet<'_>) {
        let mut legend = Legend::new(sheet);
        for (stage, text) in [
            (Stage::Waiting, "waits for others' output, or its turn"),
            (Stage::Buying, "ready: compute power is bought"),
            (Stage::Fetching, "placed: code and input on their way"),
            (Stage::Computing, "started: computes"),
            (Stage::Returning, "computed: output on its way"),
        ] {
            legend.drawn(|sheet, from, to, y| stage.draw(sheet, (from, to), y, 7.0), text);
        }
        legend.gap();
        let sum = |of: fn(&SubTask) -> u64| self.sub_tasks.iter().map(of).sum::<u64>();
        let completed = sum(|of| u64::from(of.is_completed()));
        legend.note(&format!("{completed} of {} completed", self.sub_tasks.len()));
        let runs = sum(|of| of.runs);
        if runs > completed {
            legend.note(&format!("{runs} runs: what lies between two is drawn as if computed"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use crate::tasks::HEADER;

    #[test]
    fn stages_follow_each_other_and_end_with_the_sub_task() {
        let of = SubTask {
            submitted: 1.0,
            ready: Some(1.0),
            placed: Some(2.0),
            started: Some(5.0),
            ended: 9.0,
            ..SubTask::default()
        };
        let told = stages(&of);
        let expected =
            [(Stage::Buying, 1.0, 2.0), (Stage::Fetching, 2.0, 5.0), (Stage::Computing, 5.0, 9.0)];
        assert_eq!(told, expected);
        // One that ended while it waited did nothing else.
        let told = stages(&SubTask { submitted: 1.0, ended: 3.0, ..SubTask::default() });
        assert_eq!(told, [(Stage::Waiting, 1.0, 3.0)]);
    }

    #[test]
    fn many_sub_tasks_are_not_drawn() {
        let scratch = Scratch::new("gantt-many");
        let row = "0,0,0,u,1,1,2,3,13,14,20,1,1,1,0,0,0,0,n,2,20,20,0,7,completed,true\n";
        let rows: String = (0..LINES_MAX + 1).map(|nth| format!("0,{nth}{}", &row[3..])).collect();
        scratch.file("tasks.csv", &(HEADER.to_owned() + &rows));
        let why = |rows: &str| {
            scratch.file("tasks.csv", &(HEADER.to_owned() + rows));
            match read(scratch.folder(), &Context::default()).unwrap() {
                Reading::Nothing(why) => why,
                Reading::Plot(_) => "drawn".to_owned(),
            }
        };
        assert_eq!(why(&rows), "49 sub-tasks are more than 48 lines");
        assert_eq!(why(""), "tasks.csv has no sub-tasks");
        assert_eq!(why(&format!("0,0{}", &row[3..])), "drawn");
    }
}

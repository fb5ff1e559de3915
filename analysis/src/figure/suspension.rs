//! What becomes of runs whose owners want their computers back, by how long a suspended run is kept.
//! A figure of a sweep.

use std::path::Path;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::Axis;
use crate::error::Error;
use crate::legend::{Legend, Sample as Shown, titles};
use crate::panel::Panel;
use crate::sheet::Sheet;
use crate::stats::Estimate;
use crate::sweep::{self, Point};
use crate::theme::{
    BLUE, DASHED, DOTTED, Frame, GREEN, INK, Marker, PANELS, SOLID, Stroke, VERMILION,
};

pub(super) const FIGURE: Figure = Figure {
    name: "suspension",
    shows: "completed, turnaround, evictions, suspended time, lost work by grace",
    of: Of::Sweep,
    read,
};

/// The path along the axis. What else is swept tells lines apart.
const GRACE: &str = "service.grace";

const LOOKS: [(Stroke, Marker); 4] = [
    (Stroke::new(BLUE, 1.75, SOLID), Marker::Disc),
    (Stroke::new(VERMILION, 1.75, DASHED), Marker::Triangle),
    (Stroke::new(GREEN, 1.75, DOTTED), Marker::Square),
    (Stroke::new(INK, 1.75, SOLID), Marker::Diamond),
];

/// The panels, row by row.
const PARTS: [Part; 6] = [
    Part { label: "completed", is_share: true, of: |point| point.metric("tasks_completed") },
    Part {
        label: "turnaround (h)",
        is_share: false,
        of: |point| Some(over(point.metric("task_turnaround_mean")?, 3600.0)),
    },
    Part { label: "of runs evicted", is_share: true, of: |point| point.metric("runs_evicted") },
    Part { label: "runs a sub-task", is_share: false, of: |point| a_sub_task(point, "runs", 1.0) },
    Part {
        label: "suspended (min)",
        is_share: false,
        of: |point| a_sub_task(point, "suspended_time", 60.0),
    },
    Part { label: "work lost", is_share: true, of: |point| point.metric("wasted_cycles") },
];

struct Part {
    label: &'static str,
    is_share: bool,
    of: fn(&Point) -> Option<Estimate>,
}

/// Points that differ in nothing but the grace.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    name: String,
    /// By the place of the grace on the axis.
    points: Vec<(usize, Point)>,
}

struct Suspension {
    /// The values of the grace, as they are written, from the shortest.
    graces: Vec<String>,
    lines: Vec<Line>,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let Some(place) = context.swept.iter().position(|path| path == GRACE) else {
        return Ok(Reading::Nothing(format!("{GRACE} is not swept")));
    };
    let Some(points) = sweep::read(folder, &context.swept)? else {
        return Ok(Reading::Nothing("there is no summary.csv".to_owned()));
    };
    let mut graces: Vec<String> = Vec::new();
    for point in &points {
        if !graces.contains(&point.settings[place]) {
            graces.push(point.settings[place].clone());
        }
    }
    let span = |grace: &String| sweep::seconds(grace).unwrap_or(f64::MAX);
    graces.sort_by(|a, b| span(a).total_cmp(&span(b)));
    let mut lines: Vec<Line> = Vec::new();
    for point in points {
        let others = context.swept.iter().zip(&point.settings).filter(|(path, _)| *path != GRACE);
        let name: Vec<String> = others.map(|(path, value)| format!("{path}={value}")).collect();
        let name = name.join(", ");
        let at = graces.iter().position(|grace| *grace == point.settings[place]);
        let at = at.expect("every grace is known");
        match lines.iter_mut().find(|line| line.name == name) {
            Some(line) => line.points.push((at, point)),
            None => lines.push(Line { name, points: vec![(at, point)] }),
        }
    }
    lines.iter_mut().for_each(|line| line.points.sort_by_key(|(at, _)| *at));
    let ran = lines.iter().flat_map(|line| &line.points);
    let has_run = ran.filter_map(|(_, point)| point.metric("runs")).any(|runs| runs.mean > 0.0);
    Ok(match () {
        () if lines.len() > LOOKS.len() => {
            Reading::Nothing(format!("there are more than {} lines", LOOKS.len()))
        }
        () if !has_run => Reading::Nothing("nothing was run".to_owned()),
        () => Reading::Plot(Box::new(Suspension { graces, lines, context: context.clone() })),
    })
}

/// A metric that is a sum, for each sub-task, in units of `unit`.
fn a_sub_task(point: &Point, metric: &str, unit: f64) -> Option<Estimate> {
    Some(over(point.metric(metric)?, point.metric("tasks")?.mean * unit))
}

fn over(of: Estimate, by: f64) -> Estimate {
    Estimate { mean: of.mean / by, low: of.low / by, high: of.high / by, ..of }
}

impl Line {
    fn values(&self, part: &Part) -> Vec<(f64, Estimate)> {
        let value = |(at, point): &(usize, Point)| Some((*at as f64, (part.of)(point)?));
        self.points.iter().filter_map(value).collect()
    }
}

impl Plot for Suspension {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(sheet, "Runs whose owners want their computers back", &self.context.line());
        const ACROSS: usize = 2;
        const BETWEEN: f64 = 88.0;
        const LOW: f64 = 18.0;
        let rows = PARTS.len() / ACROSS;
        let width = (PANELS.right - PANELS.left - BETWEEN) / ACROSS as f64;
        let height = (PANELS.bottom - PANELS.top - LOW * (rows as f64 - 1.0)) / rows as f64;
        let names: Vec<&str> = self.graces.iter().map(String::as_str).collect();
        let x = Axis::named("how long a suspended run is kept", &names);
        for (nth, part) in PARTS.iter().enumerate() {
            let left = PANELS.left + (nth % ACROSS) as f64 * (width + BETWEEN);
            let top = PANELS.top + (nth / ACROSS) as f64 * (height + LOW);
            let is_last = nth / ACROSS + 1 == rows;
            let values = self.lines.iter().flat_map(|line| line.values(part));
            let ends = values.map(|(_, v)| if v.high.is_finite() { v.high } else { v.mean });
            let most = ends.fold(0.0, f64::max);
            let y = match part.is_share {
                true => Axis::from_zero(part.label, (most * 1.05).min(1.0), 4).per_cent(),
                false => Axis::from_zero(part.label, most * 1.05, 4),
            };
            let panel = Panel {
                frame: Frame { left, top, right: left + width, bottom: top + height },
                x: if is_last { x.clone() } else { x.unlabelled() },
                y,
            };
            panel.draw(sheet);
            for (line, (stroke, marker)) in self.lines.iter().zip(LOOKS) {
                let values = line.values(part);
                for (at, value) in &values {
                    panel.interval(sheet, *at, *value, stroke.color);
                }
                let means: Vec<_> = values.iter().map(|(at, value)| (*at, value.mean)).collect();
                panel.curve(sheet, &means, stroke, marker);
            }
        }
        self.legend(sheet);
    }
}

impl Suspension {
    fn legend(&self, sheet: &mut Sheet<'_>) {
        let mut legend = Legend::new(sheet);
        for (line, (stroke, marker)) in self.lines.iter().zip(LOOKS) {
            // A path is broken where it may be: it is longer than a line.
            let name = line.name.replace(".checkpoint", ". checkpoint");
            let name = if name.is_empty() { "sub-tasks" } else { name.as_str() };
            legend.entry(Shown::LineWithMarker(stroke, marker), name);
        }
        let points = self.lines.iter().flat_map(|line| &line.points);
        let replicates = points.filter_map(|(_, point)| point.metric("runs")).map(|of| of.n).max();
        if let Some(n) = replicates.filter(|n| *n > 1) {
            legend.note(&format!("means over {n} replicates,\nwith 95 % CI"));
        }
        legend.gap();
        legend.note("suspended: the time for which runs were, for each sub-task");
        legend.note("work lost: of the cycles that were executed, those that are in no result");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn context(swept: &[&str]) -> Context {
        Context { swept: swept.iter().map(|&path| path.to_owned()).collect(), ..Context::default() }
    }

    #[test]
    fn sums_are_told_for_each_sub_task() {
        let one = |mean| Estimate { n: 1, mean, low: mean, high: mean };
        let metrics = [("tasks", 20.0), ("suspended_time", 2400.0), ("runs", 30.0)];
        let metrics = metrics.map(|(name, mean)| (name.to_owned(), one(mean))).into();
        let point = Point { settings: Vec::new(), metrics };
        assert_eq!((PARTS[4].of)(&point).unwrap().mean, 2.0);
        assert_eq!((PARTS[3].of)(&point).unwrap().mean, 1.5);
        assert_eq!((PARTS[0].of)(&point), None);
    }

    #[test]
    fn a_grace_must_be_swept_and_something_run() {
        let scratch = Scratch::new("suspension");
        let why = |swept: &[&str]| match read(scratch.folder(), &context(swept)).unwrap() {
            Reading::Nothing(why) => why,
            Reading::Plot(_) => "drawn".to_owned(),
        };
        assert_eq!(why(&["nodes"]), "service.grace is not swept");
        assert_eq!(why(&[GRACE]), "there is no summary.csv");
        let header = "service.grace,metric,value,unit\n";
        scratch.file("summary.csv", &format!("{header}2h,runs,0,\n0s,runs,0,\n"));
        assert_eq!(why(&[GRACE]), "nothing was run");
        scratch.file("summary.csv", &format!("{header}2h,runs,3,\n0s,runs,4,\n"));
        assert_eq!(why(&[GRACE]), "drawn");
    }
}

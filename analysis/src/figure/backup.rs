//! How many copies keep backups within reach while storage nodes come and go, beside theory without
//! repair; and what is sent for repairs. A figure of a sweep.

use std::path::Path;

use libm::pow;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::{Axis, grouped};
use crate::error::Error;
use crate::legend::{Legend, Sample, titles};
use crate::panel::Panel;
use crate::sheet::Sheet;
use crate::stats::Estimate;
use crate::sweep::{self, Point};
use crate::table::Table;
use crate::theme::{
    BLUE, DASHED, DOTTED, Frame, GREEN, INK, Marker, PALE, PANELS, SOLID, Stroke, VERMILION,
};

pub(super) const FIGURE: Figure = Figure {
    name: "backup",
    shows: "backups within reach by the number of copies, beside theory, and what repairs send",
    of: Of::Sweep,
    read,
};

/// The paths of the sweep: along the axis, and line by line. Nothing else may be swept.
const COPIES: &str = "workload.backups.replicas";
const REPAIR_AFTER: &str = "service.backup.repair_after";

const LOOKS: [(Stroke, Marker); 4] = [
    (Stroke::new(BLUE, 1.75, SOLID), Marker::Disc),
    (Stroke::new(VERMILION, 1.75, DASHED), Marker::Triangle),
    (Stroke::new(GREEN, 1.75, DOTTED), Marker::Square),
    (Stroke::new(INK, 1.75, DASHED), Marker::Diamond),
];
/// Broad and pale, so that a line that follows it is seen on top.
const THEORY: Stroke = Stroke::new(PALE, 8.0, SOLID);
/// Between the marks of lines at the same number of copies, in copies.
const ASIDE: f64 = 0.07;

const DAY_S: f64 = 86_400.0;
const MB: f64 = 1e6;
const GB: f64 = 1e9;

/// Backups of so many copies.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Step {
    copies: f64,
    /// The share of samples in which a copy was at a node that was up.
    available: Estimate,
    /// Sent for repairs of a backup, in bytes a day, if all backups are counted.
    sent: Option<Estimate>,
}

/// Backups whose copies are replaced after the same time.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    /// As the scenario says it, if it is swept.
    repair_after: Option<String>,
    /// From the fewest copies to the most.
    steps: Vec<Step>,
}

/// What the time series says of all runs together.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Uptime {
    /// Nodes that are up, of all: the share of the time for which one is.
    share: f64,
    /// When the last sample was taken.
    end_s: f64,
}

struct Backup {
    lines: Vec<Line>,
    uptime: Uptime,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let is_swept = |path: &str| context.swept.iter().any(|swept| swept == path);
    if !is_swept(COPIES) {
        return Ok(Reading::Nothing(format!("{COPIES} is not swept")));
    }
    if context.swept.iter().any(|path| path != COPIES && path != REPAIR_AFTER) {
        let why = format!("other things than {COPIES} and {REPAIR_AFTER} are swept");
        return Ok(Reading::Nothing(why));
    }
    let Some(points) = sweep::read(folder, &context.swept)? else {
        return Ok(Reading::Nothing("there is no summary.csv".to_owned()));
    };
    let uptime = match Uptime::read(folder, context.nodes)? {
        Ok(uptime) => uptime,
        Err(why) => return Ok(Reading::Nothing(why)),
    };
    // After a warm-up, repairs are of backups too that were made before, and are not counted.
    let counted_s = (context.warmup_s == 0.0).then_some(uptime.end_s);
    Ok(match lines(&points, &context.swept, counted_s) {
        Ok(lines) => Reading::Plot(Box::new(Backup { lines, uptime, context: context.clone() })),
        Err(why) => Reading::Nothing(why),
    })
}

/// A line for each time until repair, from the shortest, or why there are none.
fn lines(points: &[Point], swept: &[String], counted_s: Option<f64>) -> Result<Vec<Line>, String> {
    let place = |path: &str| swept.iter().position(|swept| swept == path);
    let (copies, repair_after) = (place(COPIES), place(REPAIR_AFTER));
    let mut lines: Vec<Line> = Vec::new();
    for point in points {
        let copies = copies.and_then(|place| point.settings[place].parse().ok());
        let Some(step) = copies.and_then(|copies| Step::of(copies, point, counted_s)) else {
            continue;
        };
        let repair_after = repair_after.map(|place| point.settings[place].clone());
        match lines.iter_mut().find(|line| line.repair_after == repair_after) {
            Some(line) => line.steps.push(step),
            None => lines.push(Line { repair_after, steps: vec![step] }),
        }
    }
    if lines.is_empty() {
        return Err("no backup was made".to_owned());
    }
    if lines.len() > LOOKS.len() {
        return Err(format!("{REPAIR_AFTER} has more than {} values", LOOKS.len()));
    }
    lines.sort_by(|a, b| a.repair_after_s().total_cmp(&b.repair_after_s()));
    for line in &mut lines {
        line.steps.sort_by(|a, b| a.copies.total_cmp(&b.copies));
    }
    Ok(lines)
}

impl Step {
    fn of(copies: f64, point: &Point, counted_s: Option<f64>) -> Option<Self> {
        let available = point.metric("backups_available")?;
        let bytes = point.metric("repair_bytes")?;
        let backups = point.metric("backups")?.mean;
        let sent = counted_s.map(|counted_s| {
            let sent = |of: f64| of / (backups * counted_s / DAY_S);
            let Estimate { n, mean, low, high } = bytes;
            let sent = Estimate { n, mean: sent(mean), low: sent(low), high: sent(high) };
            within(sent, f64::INFINITY)
        });
        Some(Self { copies, available: within(available, 1.0), sent })
    }
}

/// The estimate of what is from 0 to `most`, whatever Student's interval says.
fn within(of: Estimate, most: f64) -> Estimate {
    // One run's interval has no ends, and gets none.
    if of.n < 2 { of } else { Estimate { low: of.low.max(0.0), high: of.high.min(most), ..of } }
}

impl Line {
    fn repair_after_s(&self) -> f64 {
        self.repair_after.as_deref().and_then(sweep::seconds).unwrap_or(f64::INFINITY)
    }

    fn name(&self, end_s: f64) -> String {
        match &self.repair_after {
            None => "measured".to_owned(),
            Some(_) if self.repair_after_s() >= end_s => "no copy replaced".to_owned(),
            Some(after) => format!("copies replaced after {after}"),
        }
    }
}

impl Uptime {
    /// Reads `timeseries.csv`; why not, if it has nothing.
    fn read(folder: &Path, nodes: u64) -> Result<Result<Self, String>, Error> {
        let Some(table) = Table::open(&folder.join("timeseries.csv"))? else {
            return Ok(Err("there is no timeseries.csv".to_owned()));
        };
        let [at, live_nodes] = table.columns(["at_s", "live_nodes"])?;
        let (mut samples, mut live, mut end_s) = (0_u64, 0_u64, 0.0_f64);
        table.each(|row| {
            let at_s = row.number(at)?;
            if at_s > 0.0 {
                samples += 1;
                live += row.count(live_nodes)?;
                end_s = end_s.max(at_s);
            }
            Ok(())
        })?;
        if samples == 0 || nodes == 0 {
            return Ok(Err("timeseries.csv has no samples after the beginning".to_owned()));
        }
        Ok(Ok(Self { share: live as f64 / samples as f64 / nodes as f64, end_s }))
    }

    /// How often one of so many nodes is up, each by itself.
    fn of_any(&self, copies: f64) -> f64 {
        1.0 - pow((1.0 - self.share).max(0.0), copies)
    }
}

impl Plot for Backup {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(sheet, "Backups by the number of copies", &self.context.line());
        let copies = || self.steps().map(|step| step.copies);
        let (least, most) = (copies().fold(f64::MAX, f64::min), copies().fold(1.0, f64::max));
        let x = Axis::whole("copies of a backup", least - 0.4, most + 0.4, 12);
        self.available(sheet, &x, (least, most));
        self.sent(sheet, x);
        self.legend(sheet);
    }
}

impl Backup {
    fn steps(&self) -> impl Iterator<Item = &Step> {
        self.lines.iter().flat_map(|line| &line.steps)
    }

    fn sents(&self) -> impl Iterator<Item = Estimate> {
        self.steps().filter_map(|step| step.sent)
    }

    fn available(&self, sheet: &mut Sheet<'_>, x: &Axis, (least, most): (f64, f64)) {
        const STEPS: u32 = 60;
        let ends = self.steps().flat_map(|step| [step.available.mean, step.available.low]);
        let lowest = ends.filter(|end| end.is_finite()).fold(self.uptime.of_any(least), f64::min);
        // Shares near 1 are looked at closely.
        let from = [0.99, 0.9, 0.5].into_iter().find(|from| lowest >= *from).unwrap_or(0.0);
        let above = (1.0 - from) * 0.04;
        let panel = Panel {
            frame: Frame { bottom: 300.0, ..PANELS },
            x: x.unlabelled(),
            y: Axis::linear("backups within reach", from, 1.0 + above, 6).per_cent(),
        };
        panel.draw(sheet);
        let theory = (0..=STEPS).map(|step| {
            let copies = least + (most - least) * f64::from(step) / f64::from(STEPS);
            (copies, self.uptime.of_any(copies))
        });
        sheet.line(&panel.all(&theory.collect::<Vec<_>>()), THEORY);
        self.curves(sheet, &panel, |step| Some(step.available));
    }

    fn sent(&self, sheet: &mut Sheet<'_>, x: Axis) {
        let ends = self.sents().flat_map(|sent| [sent.mean, sent.high]);
        let most = ends.filter(|end| end.is_finite()).fold(0.0, f64::max);
        let (name, unit) = if most >= GB { ("GB", GB) } else { ("MB", MB) };
        let panel = Panel {
            frame: Frame { top: 324.0, ..PANELS },
            x,
            y: Axis::from_zero(format!("repairs ({name}/backup/day)"), most / unit, 5),
        };
        panel.draw(sheet);
        self.curves(sheet, &panel, |step| {
            let Estimate { n, mean, low, high } = step.sent?;
            Some(Estimate { n, mean: mean / unit, low: low / unit, high: high / unit })
        });
    }

    fn curves(&self, sheet: &mut Sheet<'_>, panel: &Panel, of: impl Fn(&Step) -> Option<Estimate>) {
        for ((line, (stroke, marker)), nth) in self.lines.iter().zip(LOOKS).zip(0..) {
            let aside = (f64::from(nth) - (self.lines.len() as f64 - 1.0) / 2.0) * ASIDE;
            let values =
                line.steps.iter().filter_map(|step| Some((step.copies + aside, of(step)?)));
            let values: Vec<(f64, Estimate)> = values.collect();
            for (copies, value) in &values {
                panel.interval(sheet, *copies, *value, stroke.color);
            }
            let means: Vec<_> =
                values.iter().map(|(copies, value)| (*copies, value.mean)).collect();
            panel.curve(sheet, &means, stroke, marker);
        }
    }

    fn legend(&self, sheet: &mut Sheet<'_>) {
        let mut legend = Legend::new(sheet);
        for (line, (stroke, marker)) in self.lines.iter().zip(LOOKS) {
            legend.entry(Sample::LineWithMarker(stroke, marker), &line.name(self.uptime.end_s));
        }
        let runs = self.steps().map(|step| step.available.n).max().unwrap_or(0);
        if runs > 1 {
            legend.note(&format!("means over {runs} runs, with 95 % CI"));
        }
        legend.gap();
        legend.entry(Sample::Line(THEORY), "1 − (1 − a)^r (theory)");
        let share = grouped(self.uptime.share * 100.0, 1);
        legend.note(&format!(
            "of r copies that nobody replaces, one is at a node that is up; a = {share} %: nodes \
             that were up, of all, over the samples of all runs"
        ));
        legend.note(
            "in the long run, each node by itself; copies begin at nodes that are up, and backups \
             may share nodes",
        );
        legend.gap();
        legend.note("above: share of samples of backups with a copy at a node that was up");
        legend.note(match self.sents().next() {
            Some(_) => "below: bytes sent for repairs, over backups and simulated days",
            None => "below: nothing, as backups made during the warm-up are not counted",
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    const TIMESERIES: &str = "workload.backups.replicas,replicate,at_s,live_nodes\n\
        1,0,0,10\n1,0,21600,8\n2,0,43200,4\n";

    fn swept(paths: &[&str]) -> Vec<String> {
        paths.iter().map(|&path| path.to_owned()).collect()
    }

    fn context(paths: &[&str]) -> Context {
        Context { swept: swept(paths), nodes: 10, ..Context::default() }
    }

    fn point(settings: &[&str], available: f64) -> Point {
        let of = |mean: f64| Estimate { n: 3, mean, low: mean - 0.2, high: mean + 0.2 };
        Point {
            settings: swept(settings),
            metrics: [("backups_available", available), ("repair_bytes", 6e9), ("backups", 30.0)]
                .map(|(name, mean)| (name.to_owned(), of(mean)))
                .into(),
        }
    }

    #[test]
    fn there_is_a_line_a_time_until_repair_from_the_shortest() {
        let points = [
            point(&["3", "24h"], 0.9),
            point(&["3", "10min"], 0.95),
            point(&["1", "24h"], 0.7),
            point(&["1", "10min"], 0.8),
        ];
        let lines = lines(&points, &swept(&[COPIES, REPAIR_AFTER]), Some(DAY_S / 2.0)).unwrap();
        let names: Vec<_> = lines.iter().map(|line| line.name(DAY_S / 2.0)).collect();
        assert_eq!(names, ["copies replaced after 10min", "no copy replaced"]);
        let copies = lines[0].steps.iter().map(|step| (step.copies, step.available.mean));
        assert_eq!(copies.collect::<Vec<_>>(), [(1.0, 0.8), (3.0, 0.95)]);
        let best = lines[0].steps[1];
        assert_eq!((best.available.low, best.available.high), (0.75, 1.0));
        // Of 30 backups in half a day.
        assert_eq!(best.sent.map(|sent| sent.mean), Some(4e8));
    }

    #[test]
    fn one_run_has_no_interval() {
        let scratch = Scratch::new("backup-one");
        let rows = ["backups_available,0.5", "repair_bytes,0", "backups,2", "other,"];
        let rows = rows.map(|row| format!("2,{row},\n")).concat();
        scratch.file("summary.csv", &format!("{COPIES},metric,value,unit\n{rows}"));
        let points = sweep::read(scratch.folder(), &swept(&[COPIES])).unwrap().unwrap();
        let lines = lines(&points, &swept(&[COPIES]), Some(DAY_S)).unwrap();
        let Step { available, sent, .. } = lines[0].steps[0];
        assert_eq!((lines[0].name(DAY_S).as_str(), available.mean), ("measured", 0.5));
        let sent = sent.unwrap();
        assert!([available, sent].iter().all(|of| of.low.is_infinite() && of.high.is_infinite()));
    }

    #[test]
    fn theory_goes_by_the_nodes_that_are_up_after_the_beginning() {
        let scratch = Scratch::new("backup-uptime");
        scratch.file("timeseries.csv", TIMESERIES);
        let uptime = Uptime::read(scratch.folder(), 10).unwrap().unwrap();
        assert_eq!(uptime, Uptime { share: 0.6, end_s: 43_200.0 });
        assert!((uptime.of_any(2.0) - 0.84).abs() < 1e-12);
    }

    #[test]
    fn what_is_not_drawn_has_its_reason() {
        let scratch = Scratch::new("backup-why");
        let why = |paths: &[&str]| match read(scratch.folder(), &context(paths)).unwrap() {
            Reading::Nothing(why) => why,
            Reading::Plot(_) => "none".to_owned(),
        };
        assert_eq!(why(&[REPAIR_AFTER]), "workload.backups.replicas is not swept");
        assert_eq!(
            why(&[COPIES, "nodes"]),
            "other things than workload.backups.replicas and service.backup.repair_after are swept"
        );
        assert_eq!(why(&[COPIES]), "there is no summary.csv");
        let header = format!("{COPIES},metric,value,unit\n");
        scratch.file("summary.csv", &header);
        assert_eq!(why(&[COPIES]), "there is no timeseries.csv");
        scratch.file("timeseries.csv", "at_s,live_nodes\n0,9\n");
        assert_eq!(why(&[COPIES]), "timeseries.csv has no samples after the beginning");
        scratch.file("timeseries.csv", TIMESERIES);
        assert_eq!(why(&[COPIES]), "no backup was made");
        let rows = "1,backups_available,0.5,\n1,repair_bytes,9,\n1,backups,2,\n";
        scratch.file("summary.csv", &(header + rows));
        assert_eq!(why(&[COPIES]), "none");
        let many = ["1h", "2h", "3h", "4h", "5h"].map(|after| point(&["1", after], 0.5));
        let why = lines(&many, &swept(&[COPIES, REPAIR_AFTER]), Some(DAY_S)).unwrap_err();
        assert_eq!(why, "service.backup.repair_after has more than 4 values");
    }
}

//! How long sub-tasks take where their computers fail, with checkpoints and without, beside theory;
//! and how much is computed in vain. A figure of a sweep over the mean time between failures.

use std::path::Path;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::{Axis, grouped};
use crate::checkpoint::{Checkpointed, daly, young};
use crate::error::Error;
use crate::legend::{Legend, Sample as Shown, titles};
use crate::panel::Panel;
use crate::sample::Sample;
use crate::sheet::Sheet;
use crate::stats::Estimate;
use crate::sweep::seconds;
use crate::tasks::{self, SubTask};
use crate::theme::{
    BLUE, DASHED, DOTTED, Frame, GREEN, GREY, Marker, PANELS, SOLID, Stroke, VERMILION,
};

pub(super) const FIGURE: Figure = Figure {
    name: "checkpointing",
    shows: "time to compute a sub-task by mean time between failures, beside theory",
    of: Of::Sweep,
    read,
};

/// The paths of the sweep: along the axis; and what may tell lines apart.
const MTBF: &str = "service.checkpoint.mtbf";
const RULE: &str = "service.checkpoint.rule";
const BYTES: &str = "workload.tasks.checkpoint_bytes";

const LOOKS: [(Stroke, Marker); 3] = [
    (Stroke::new(BLUE, 1.75, SOLID), Marker::Disc),
    (Stroke::new(GREEN, 1.75, DOTTED), Marker::Square),
    (Stroke::new(VERMILION, 1.75, DASHED), Marker::Triangle),
];
const THEORY: Stroke = Stroke::new(GREY, 1.0, SOLID);

/// Sub-tasks at one mean time between failures.
#[derive(Clone, Debug, Default, PartialEq)]
struct Step {
    mtbf: f64,
    /// From the first start until it was computed, in seconds.
    time: Sample,
    /// Cycles that were executed, of those of the work.
    executed: Sample,
    /// What it takes without failures.
    work: Sample,
    /// From being ready to having a seller, and from that to the start.
    purchase: Sample,
    fetch: Sample,
    /// What a checkpoint takes, of sub-tasks that were computed in one go.
    cost: Sample,
    lost: u64,
}

/// Sub-tasks that are checkpointed alike.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    /// `fixed`, `young`, `daly`; none where there are no checkpoints.
    rule: Option<String>,
    steps: Vec<Step>,
}

struct Checkpointing {
    lines: Vec<Line>,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let place = |path: &str| context.swept.iter().position(|swept| swept == path);
    let Some(mtbf) = place(MTBF) else {
        return Ok(Reading::Nothing(format!("{MTBF} is not swept")));
    };
    let (rule, bytes) = (place(RULE), place(BYTES));
    let mut lines: Vec<Line> = Vec::new();
    // Without checkpoints the rule makes no difference: the first is as good as any.
    let mut without: Option<String> = None;
    let mut is_read = true;
    let is_there = tasks::each(folder, &context.swept, |settings, of| {
        let Some(mtbf) = seconds(&settings[mtbf]) else {
            is_read = false;
            return;
        };
        let said = rule.map_or(&context.failures.rule, |place| &settings[place]).clone();
        let is_without = bytes.is_some_and(|place| settings[place].parse() == Ok(0.0));
        if is_without && *without.get_or_insert_with(|| said.clone()) != said {
            return;
        }
        let rule = (!is_without).then_some(said);
        let line = lines.iter().position(|line| line.rule == rule).unwrap_or_else(|| {
            lines.push(Line { rule, steps: Vec::new() });
            lines.len() - 1
        });
        lines[line].step(mtbf).add(&of);
    })?;
    Ok(match () {
        () if !is_there => Reading::Nothing("there is no tasks.csv".to_owned()),
        () if !is_read => Reading::Nothing(format!("{MTBF} has a value that is no duration")),
        () if lines.len() > LOOKS.len() => {
            Reading::Nothing(format!("there are more than {} lines", LOOKS.len()))
        }
        () if !lines.iter().any(|line| line.values(|step| &step.time).len() > 1) => {
            Reading::Nothing("no sub-tasks were completed at two of the times".to_owned())
        }
        () => Reading::Plot(Box::new(Checkpointing { lines, context: context.clone() })),
    })
}

impl Line {
    fn step(&mut self, mtbf: f64) -> &mut Step {
        let place = self.steps.iter().position(|step| step.mtbf == mtbf).unwrap_or_else(|| {
            let place = self.steps.iter().filter(|step| step.mtbf < mtbf).count();
            self.steps.insert(place, Step { mtbf, ..Step::default() });
            place
        });
        &mut self.steps[place]
    }

    fn values(&self, of: fn(&Step) -> &Sample) -> Vec<(f64, Estimate)> {
        let value = |step: &Step| Some((step.mtbf, of(step).estimate()?));
        self.steps.iter().filter_map(value).collect()
    }

    fn name(&self, context: &Context) -> String {
        match self.rule.as_deref() {
            None => "without checkpoints".to_owned(),
            Some("fixed") => {
                let interval = grouped(context.failures.interval_s, 0);
                format!("checkpoints every {interval}\u{a0}s")
            }
            Some(rule) => {
                let mut letters = rule.chars();
                let first: String =
                    letters.next().into_iter().flat_map(char::to_uppercase).collect();
                format!("checkpoints by {first}{}", letters.as_str())
            }
        }
    }

    /// What the renewal argument says at each time.
    fn theory(&self, context: &Context) -> Vec<(f64, f64)> {
        let model = |step: &Step| {
            let mean = |sample: &Sample| Some(sample.estimate()?.mean);
            let work = mean(&step.work)?;
            let cost = if self.rule.is_some() { mean(&step.cost)? } else { 0.0 };
            let interval = match self.rule.as_deref() {
                None => work,
                Some("young") => young(cost, step.mtbf),
                Some("daly") => daly(cost, step.mtbf),
                Some(_) => context.failures.interval_s,
            };
            let fetch = mean(&step.fetch)? + cost;
            let away = context.failures.detection_s + mean(&step.purchase)?;
            let mtbf = step.mtbf;
            let model =
                Checkpointed { work, interval: interval.min(work), cost, away, fetch, mtbf };
            Some((mtbf, model.mean()))
        };
        self.steps.iter().filter_map(model).collect()
    }
}

impl Step {
    fn add(&mut self, of: &SubTask) {
        let (Some(ready), Some(placed), Some(started), Some(computed), true) =
            (of.ready, of.placed, of.started, of.computed, of.is_completed())
        else {
            self.lost += 1;
            return;
        };
        let work = of.cycles / of.rate;
        self.time.add(of.replicate, computed - started);
        self.executed.add(of.replicate, of.executed / of.cycles);
        self.work.add(of.replicate, work);
        self.purchase.add(of.replicate, placed - ready);
        self.fetch.add(of.replicate, started - placed);
        if of.runs == 1 && of.checkpoints > 0 {
            let pauses = computed - started - work - of.suspended;
            self.cost.add(of.replicate, pauses / of.checkpoints as f64);
        }
    }
}

impl Plot for Checkpointing {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(sheet, "Sub-tasks on computers that fail", &self.context.line());
        let steps = || self.lines.iter().flat_map(|line| &line.steps);
        let hours = |mtbf: f64| mtbf / 3600.0;
        let least = steps().map(|step| hours(step.mtbf)).fold(f64::MAX, f64::min);
        let most = steps().map(|step| hours(step.mtbf)).fold(0.0, f64::max);
        let x = Axis::powers_of_two(
            "mean time between failures of a computer (h)",
            least / 1.25,
            most * 1.25,
        );
        let times = || {
            let both = self.lines.iter().flat_map(|line| {
                let theory = line.theory(&self.context).into_iter().map(|(_, time)| time);
                line.values(|step| &step.time).into_iter().map(|(_, time)| time.mean).chain(theory)
            });
            both.map(hours)
        };
        let (low, high) = (times().fold(f64::MAX, f64::min), times().fold(0.0, f64::max));
        let time = Panel {
            frame: Frame { bottom: 330.0, ..PANELS },
            x: x.unlabelled(),
            y: Axis::log("first start to end (h)", low / 1.1, high * 1.25),
        };
        let executed = self.lines.iter().flat_map(|line| line.values(|step| &step.executed));
        let executed = executed.map(|(_, part)| part.mean).fold(1.0, f64::max);
        let work = Panel {
            frame: Frame { top: 350.0, ..PANELS },
            x,
            y: Axis::from_zero("executed / work", executed * 1.05, 4),
        };
        time.draw(sheet);
        work.draw(sheet);
        for (line, (stroke, marker)) in self.lines.iter().zip(LOOKS) {
            let theory: Vec<(f64, f64)> = line.theory(&self.context);
            let theory: Vec<(f64, f64)> =
                theory.iter().map(|(mtbf, time)| (hours(*mtbf), hours(*time))).collect();
            sheet.line(&time.all(&theory), Stroke { color: stroke.color, ..THEORY });
            let scaled = |of: Estimate, by: f64| Estimate {
                mean: of.mean / by,
                low: of.low / by,
                high: of.high / by,
                ..of
            };
            let values = line.values(|step| &step.time);
            let values: Vec<_> =
                values.iter().map(|(mtbf, of)| (hours(*mtbf), scaled(*of, 3600.0))).collect();
            curve(sheet, &time, &values, stroke, marker);
            let values = line.values(|step| &step.executed);
            let values: Vec<_> = values.iter().map(|(mtbf, of)| (hours(*mtbf), *of)).collect();
            curve(sheet, &work, &values, stroke, marker);
        }
        self.legend(sheet);
    }
}

fn curve(
    sheet: &mut Sheet<'_>,
    panel: &Panel,
    values: &[(f64, Estimate)],
    stroke: Stroke,
    marker: Marker,
) {
    for (x, value) in values {
        panel.interval(sheet, *x, *value, stroke.color);
    }
    let means: Vec<(f64, f64)> = values.iter().map(|(x, value)| (*x, value.mean)).collect();
    panel.curve(sheet, &means, stroke, marker);
}

impl Checkpointing {
    fn legend(&self, sheet: &mut Sheet<'_>) {
        let mut legend = Legend::new(sheet);
        for (line, (stroke, marker)) in self.lines.iter().zip(LOOKS) {
            legend.entry(Shown::LineWithMarker(stroke, marker), &line.name(&self.context));
        }
        let steps = || self.lines.iter().flat_map(|line| &line.steps);
        let count = steps().map(|step| step.time.count()).sum::<u64>();
        let replicates = steps().map(|step| step.time.replicates()).max().unwrap_or(0);
        let over = match replicates {
            0 | 1 => "sub-tasks".to_owned(),
            n => format!("{n} replicates"),
        };
        legend.note(&format!(
            "{} completed; means over {over}, with 95 % CI",
            grouped(count as f64, 0)
        ));
        let lost = steps().map(|step| step.lost).sum::<u64>();
        if lost > 0 {
            legend.note(&format!("{lost} that were not completed are left out"));
        }
        legend.gap();
        legend.entry(Shown::Line(THEORY), "theory, in each colour");
        let detection = self.context.failures.detection_s;
        legend.note(&format!(
            "renewal argument on segments (Daly, 2006): memoryless failures; {}\u{a0}s to notice \
             one (half a heartbeat and the timeouts); purchase, fetching and the cost of a \
             checkpoint as measured where nothing failed; storage never fails",
            grouped(detection, 1)
        ));
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

    /// Ready at 0, bought at 1, started at 2; 20 s of work and two checkpoints of 3 s.
    fn row(mtbf: &str, bytes: &str, rule: &str, outcome: &str) -> String {
        format!(
            "{mtbf},{bytes},{rule},0,0,0,u,0,0,1,2,28,29,40,1,1,1,0,0,0,2,n,2,40,40,0,7,{outcome},true\n"
        )
    }

    #[test]
    fn theory_has_its_parts_from_sub_tasks_that_nothing_happened_to() {
        let mut line = Line { rule: Some("fixed".to_owned()), steps: Vec::new() };
        let sub_task = SubTask {
            ready: Some(0.0),
            placed: Some(1.0),
            started: Some(2.0),
            computed: Some(28.0),
            cycles: 40.0,
            rate: 2.0,
            executed: 40.0,
            runs: 1,
            checkpoints: 2,
            outcome: "completed".to_owned(),
            ..SubTask::default()
        };
        line.step(1e12).add(&sub_task);
        let mut context = context(&[MTBF]);
        context.failures.interval_s = 7.0;
        let [(mtbf, mean)] = line.theory(&context)[..] else { panic!("one step") };
        assert_eq!(mtbf, 1e12);
        assert!((mean - 26.0).abs() < 1e-3, "{mean}");
    }

    #[test]
    fn without_checkpoints_the_rule_makes_no_line() {
        let scratch = Scratch::new("checkpointing-lines");
        let swept = [MTBF, BYTES, RULE];
        let rows = [
            row("30min", "5", "daly", "completed"),
            row("1h", "5", "daly", "completed"),
            row("30min", "0", "daly", "completed"),
            row("30min", "0", "fixed", "completed"),
        ];
        let header = format!("{},{HEADER}", swept.join(","));
        scratch.file("tasks.csv", &(header.clone() + &rows.concat()));
        assert!(matches!(read(scratch.folder(), &context(&swept)).unwrap(), Reading::Plot(_)));
        scratch.file("tasks.csv", &(header.clone() + &row("1h", "5", "daly", "failures")));
        let why = |swept: &[&str]| match read(scratch.folder(), &context(swept)).unwrap() {
            Reading::Nothing(why) => why,
            Reading::Plot(_) => panic!("nothing to draw"),
        };
        assert_eq!(why(&swept), "no sub-tasks were completed at two of the times");
        assert_eq!(why(&[BYTES]), "service.checkpoint.mtbf is not swept");
        scratch.file("tasks.csv", &(header + &row("often", "5", "daly", "completed")));
        assert_eq!(why(&swept), "service.checkpoint.mtbf has a value that is no duration");
    }
}

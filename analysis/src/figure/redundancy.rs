//! How often a wrong result is believed, by the share of malicious nodes and the number of replicas,
//! beside theory; and what replicas cost. A figure of a sweep.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::{Axis, grouped};
use crate::error::Error;
use crate::legend::{Legend, Sample as Shown, titles};
use crate::panel::Panel;
use crate::sample::Sample;
use crate::sheet::{Sheet, Text};
use crate::stats::Estimate;
use crate::tasks::{self, SubTask};
use crate::theme::{
    BLUE, DASHED, DOTTED, Frame, GREEN, GREY, INK, Marker, PANELS, SOLID, Stroke, TICK, VERMILION,
};
use crate::voting::wrong_by_majority;
use plotters_backend::text_anchor::VPos;

pub(super) const FIGURE: Figure = Figure {
    name: "redundancy",
    shows: "wrong results by the share of malicious nodes and the number of replicas, and the cost",
    of: Of::Sweep,
    read,
};

/// The paths of the sweep: along the axis, and line by line. What else is swept makes columns.
const SHARE: &str = "behaviour.compute.malicious";
const REPLICAS: &str = "workload.tasks.replicas";
const COLUMNS_MAX: usize = 2;

const LOOKS: [(Stroke, Marker); 4] = [
    (Stroke::new(BLUE, 1.75, SOLID), Marker::Disc),
    (Stroke::new(VERMILION, 1.75, DASHED), Marker::Triangle),
    (Stroke::new(GREEN, 1.75, DOTTED), Marker::Square),
    (Stroke::new(INK, 1.75, SOLID), Marker::Diamond),
];
/// How the columns look where they stand side by side.
const SIDES: [(Stroke, Marker); COLUMNS_MAX] = [
    (Stroke::new(INK, 1.75, SOLID), Marker::Diamond),
    (Stroke::new(GREY, 1.75, DASHED), Marker::Disc),
];
/// Between the marks of lines at the same share, as a part of the axis.
const ASIDE: f64 = 0.007;

/// Sub-tasks computed so often, with such a share of malicious nodes.
#[derive(Clone, Debug, Default, PartialEq)]
struct Group {
    /// 1 where the result that was believed is wrong; by replicate.
    wrong: BTreeMap<u64, Sample>,
    /// Cycles that were executed, of those of the work.
    executed: Sample,
    price: Sample,
    /// Who computed, by replicate.
    nodes: BTreeMap<u64, BTreeSet<String>>,
}

/// What else is swept has one value.
#[derive(Clone, Debug, Default, PartialEq)]
struct Column {
    name: String,
    /// By replicas and share, in parts of a million.
    groups: BTreeMap<(u64, u64), Group>,
}

struct Redundancy {
    columns: Vec<Column>,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let place = |path: &str| context.swept.iter().position(|swept| swept == path);
    let (Some(share), Some(replicas)) = (place(SHARE), place(REPLICAS)) else {
        return Ok(Reading::Nothing(format!("{SHARE} and {REPLICAS} are not both swept")));
    };
    let mut columns: Vec<Column> = Vec::new();
    let is_there = tasks::each(folder, &context.swept, |settings, of| {
        let others = context.swept.iter().zip(&settings).enumerate();
        let others = others.filter(|(nth, _)| *nth != share && *nth != replicas);
        let name: Vec<String> =
            others.map(|(_, (path, value))| format!("{path}={value}")).collect();
        let name = name.join(", ");
        let (Ok(share), Ok(k)) = (settings[share].parse::<f64>(), settings[replicas].parse())
        else {
            return;
        };
        if columns.iter().all(|column| column.name != name) {
            columns.push(Column { name: name.clone(), ..Column::default() });
        }
        let column = columns.iter_mut().find(|column| column.name == name);
        let groups = &mut column.expect("it was just pushed, if it was not there").groups;
        groups.entry((k, (share * 1e6) as u64)).or_default().add(&of);
    })?;
    let told = Redundancy { columns, context: context.clone() };
    Ok(match told.refused(is_there) {
        Some(why) => Reading::Nothing(why),
        None => Reading::Plot(Box::new(told)),
    })
}

impl Group {
    fn add(&mut self, of: &SubTask) {
        let Some(is_right) = of.is_right.filter(|_| of.is_completed()) else { return };
        let wrong = self.wrong.entry(of.replicate).or_default();
        wrong.add(of.replicate, f64::from(u8::from(!is_right)));
        self.executed.add(of.replicate, of.executed / of.cycles);
        self.price.add(of.replicate, of.price);
        let nodes = self.nodes.entry(of.replicate).or_default();
        if !nodes.contains(&of.compute_node) {
            nodes.insert(of.compute_node.clone());
        }
    }

    fn wrong(&self) -> Option<Estimate> {
        let mut all = Sample::default();
        self.wrong.values().for_each(|of| all.merge(of));
        all.share()
    }
}

impl Column {
    /// The group of all shares of malicious nodes together, by the number of replicas.
    fn together(&self) -> BTreeMap<u64, (Sample, Sample)> {
        let mut together: BTreeMap<u64, (Sample, Sample)> = BTreeMap::new();
        for ((k, _), group) in &self.groups {
            let (executed, price) = together.entry(*k).or_default();
            executed.merge(&group.executed);
            price.merge(&group.price);
        }
        together
    }

    /// How many different nodes computed in a run, on average, where each sub-task has one.
    fn different(&self) -> Option<f64> {
        let single = self.groups.iter().filter(|((k, _), _)| *k == 1);
        let sizes: Vec<f64> = single
            .flat_map(|(_, group)| group.nodes.values().map(|nodes| nodes.len() as f64))
            .collect();
        crate::stats::mean(&sizes)
    }
}

impl Redundancy {
    fn refused(&self, is_there: bool) -> Option<String> {
        let columns = &self.columns;
        match () {
            () if !is_there => Some("there is no tasks.csv".to_owned()),
            () if columns.len() > COLUMNS_MAX => {
                Some(format!("more than {COLUMNS_MAX} values of other things are swept"))
            }
            () if self.replicas().len() > LOOKS.len() => {
                Some(format!("more than {} numbers of replicas are swept", LOOKS.len()))
            }
            () if !columns
                .iter()
                .any(|column| column.groups.values().any(|g| !g.wrong.is_empty())) =>
            {
                Some("no sub-task was completed".to_owned())
            }
            () => None,
        }
    }

    /// The numbers of replicas, rising.
    fn replicas(&self) -> Vec<u64> {
        let keys = self.columns.iter().flat_map(|column| column.groups.keys());
        let replicas: BTreeSet<u64> = keys.map(|(k, _)| *k).collect();
        replicas.into_iter().collect()
    }

    fn column(&self, sheet: &mut Sheet<'_>, nth: usize) {
        const BETWEEN: f64 = 44.0;
        let column = &self.columns[nth];
        let count = self.columns.len() as f64;
        let width = (PANELS.right - PANELS.left - BETWEEN * (count - 1.0)) / count;
        let left = PANELS.left + nth as f64 * (width + BETWEEN);
        let top = PANELS.top + 14.0;
        let look = Text { size: TICK, down: VPos::Bottom, ..Text::LEFT };
        sheet.text(&column.name, (left, top - 4.0), look);
        let shares =
            || self.columns.iter().flat_map(|c| c.groups.keys()).map(|(_, s)| *s as f64 / 1e6);
        let most = shares().fold(0.0, f64::max);
        let panel = Panel {
            frame: Frame { left, top, right: left + width, bottom: 300.0 },
            x: Axis::linear("share of malicious nodes", 0.0, most * 1.08, 6).per_cent(),
            y: Axis::linear(if nth == 0 { "wrong results" } else { "" }, 0.0, 1.0, 5).per_cent(),
        };
        panel.draw(sheet);
        let replicas = self.replicas();
        for ((k, (stroke, marker)), at) in replicas.iter().zip(LOOKS).zip(0..) {
            let aside = (f64::from(at) - (replicas.len() as f64 - 1.0) / 2.0) * ASIDE * 2.0 * most;
            let theory = self.theory(*k, most);
            sheet.line(&panel.all(&theory), Stroke::new(stroke.color, 1.0, SOLID));
            let groups = || column.groups.iter().filter(|((of, _), _)| of == k);
            let mut values = Vec::new();
            for ((_, share), group) in groups() {
                let x = *share as f64 / 1e6 + aside;
                for run in group.wrong.values().filter_map(Sample::estimate) {
                    let (x, y) = panel.at(x, run.mean);
                    sheet.rect((x - 3.0, y - 0.75), (x + 3.0, y + 0.75), stroke.color, 0.45);
                }
                values.extend(group.wrong().map(|value| (x, value)));
            }
            for (x, value) in &values {
                panel.interval(sheet, *x, *value, stroke.color);
            }
            for (x, value) in &values {
                sheet.marker(panel.at(*x, value.mean), marker, stroke.color);
            }
        }
    }

    /// How often the majority of k sellers drawn at random is malicious.
    fn theory(&self, k: u64, most: f64) -> Vec<(f64, f64)> {
        const STEPS: u64 = 1000;
        let all = self.context.nodes.clamp(k, STEPS);
        let malicious = 0..=((all as f64 * most * 1.08) as u64).min(all);
        malicious.map(|m| (m as f64 / all as f64, wrong_by_majority(all, m, k))).collect()
    }

    fn costs(&self, sheet: &mut Sheet<'_>) {
        const BETWEEN: f64 = 84.0;
        let replicas = self.replicas();
        let names: Vec<String> = replicas.iter().map(u64::to_string).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let width = (PANELS.right - PANELS.left - BETWEEN) / 2.0;
        let labels = ["executed / work", "price (credits)"];
        let of = |nth: usize, both: &(Sample, Sample)| [&both.0, &both.1][nth].estimate();
        for (nth, label) in labels.into_iter().enumerate() {
            let left = PANELS.left + nth as f64 * (width + BETWEEN);
            let together: Vec<_> = self.columns.iter().map(Column::together).collect();
            let values = together.iter().flat_map(|column| column.values());
            let most = values.filter_map(|both| of(nth, both)).map(|v| v.mean).fold(0.0, f64::max);
            let panel = Panel {
                frame: Frame { left, top: 366.0, right: left + width, bottom: PANELS.bottom },
                x: Axis::named("nodes that compute a sub-task", &names),
                y: Axis::from_zero(label, most * 1.1, 4),
            };
            panel.draw(sheet);
            for (column, (stroke, marker)) in together.iter().zip(SIDES) {
                let place = |k: &u64| replicas.iter().position(|of| of == k).unwrap_or(0) as f64;
                let value = |(k, both)| Some((place(k), of(nth, both)?));
                let values: Vec<(f64, Estimate)> = column.iter().filter_map(value).collect();
                for (x, value) in &values {
                    panel.interval(sheet, *x, *value, stroke.color);
                }
                let means: Vec<(f64, f64)> = values.iter().map(|(x, v)| (*x, v.mean)).collect();
                panel.curve(sheet, &means, stroke, marker);
            }
        }
    }

    fn legend(&self, sheet: &mut Sheet<'_>) {
        let mut legend = Legend::new(sheet);
        for (k, (stroke, marker)) in self.replicas().iter().zip(LOOKS) {
            let s = if *k == 1 { "" } else { "s" };
            let lone = Stroke { dashes: SOLID, width: 1.0, ..stroke };
            legend.entry(Shown::LineWithMarker(lone, marker), &format!("{k} node{s} a sub-task"));
        }
        legend.note(
            "marks: measured; lines: the majority of nodes drawn at random, without putting back, \
             is malicious (theory)",
        );
        let groups = || self.columns.iter().flat_map(|column| column.groups.values());
        let runs = groups().map(|group| group.wrong.len()).max().unwrap_or(0);
        legend.note(&format!("pale bars: each of {runs} runs; means over them with 95 % CI"));
        legend.gap();
        for column in &self.columns {
            if let Some(different) = column.different() {
                let name = if column.name.is_empty() { "a run" } else { &column.name };
                let different = grouped(different, 0);
                legend.note(&format!(
                    "{name}: {different} different nodes computed in a run with one node a sub-task"
                ));
            }
        }
        legend.gap();
        if self.columns.len() > 1 {
            for (column, (stroke, marker)) in self.columns.iter().zip(SIDES) {
                legend.entry(Shown::LineWithMarker(stroke, marker), &column.name);
            }
        }
        legend.note("below: all shares of malicious nodes together");
    }
}

impl Plot for Redundancy {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(sheet, "Redundant computation where nodes are malicious", &self.context.line());
        for nth in 0..self.columns.len() {
            self.column(sheet, nth);
        }
        self.costs(sheet);
        self.legend(sheet);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use crate::tasks::HEADER;

    fn context(swept: &[&str]) -> Context {
        let swept = swept.iter().map(|&path| path.to_owned()).collect();
        Context { swept, nodes: 10, ..Context::default() }
    }

    fn row(share: &str, k: u32, replicate: u32, node: &str, correct: &str) -> String {
        let outcome = if correct.is_empty() { "wrong_result" } else { "completed" };
        format!(
            "{share},{k},{replicate},0,0,u,0,0,1,2,12,13,20,{k},{k},{k},0,0,0,0,{node},2,60,60,0,7,\
             {outcome},{correct}\n"
        )
    }

    #[test]
    fn wrong_results_are_shares_of_those_that_were_believed() {
        let mut group = Group::default();
        let sub_task = |replicate, is_right| SubTask {
            replicate,
            is_right,
            outcome: "completed".to_owned(),
            cycles: 20.0,
            executed: 60.0,
            ..SubTask::default()
        };
        for of in [(0, Some(true)), (0, Some(false)), (1, Some(true)), (1, None)] {
            group.add(&sub_task(of.0, of.1));
        }
        assert_eq!(group.wrong().unwrap().mean, 0.25);
        assert_eq!(group.executed.estimate().unwrap().mean, 3.0);
        assert_eq!(group.nodes.len(), 2);
    }

    #[test]
    fn both_paths_must_be_swept() {
        let scratch = Scratch::new("redundancy");
        let swept = [SHARE, REPLICAS];
        let rows = [row("0.1", 1, 0, "a", "true"), row("0.1", 3, 0, "b", "false")].concat();
        scratch.file("tasks.csv", &format!("{},{HEADER}{rows}", swept.join(",")));
        assert!(matches!(read(scratch.folder(), &context(&swept)).unwrap(), Reading::Plot(_)));
        let why = |swept: &[&str]| match read(scratch.folder(), &context(swept)).unwrap() {
            Reading::Nothing(why) => why,
            Reading::Plot(_) => panic!("nothing to draw"),
        };
        assert_eq!(
            why(&[SHARE]),
            "behaviour.compute.malicious and workload.tasks.replicas are not both swept"
        );
        let rows = row("0.1", 1, 0, "a", "");
        scratch.file("tasks.csv", &format!("{},{HEADER}{rows}", swept.join(",")));
        assert_eq!(why(&swept), "no sub-task was completed");
    }
}

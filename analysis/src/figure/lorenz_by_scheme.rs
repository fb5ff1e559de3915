//! What share of the requests to market owners the busiest nodes serve, scheme by scheme, where idle
//! values lie close together and where they do not: a figure of a sweep.

use std::collections::BTreeMap;
use std::path::Path;

use plotters_backend::text_anchor::{HPos, VPos};

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::{Axis, grouped};
use crate::error::Error;
use crate::legend::{Legend, Sample, titles};
use crate::panel::Panel;
use crate::sheet::{Sheet, Text};
use crate::stats::{Estimate, estimate, gini, lorenz, max_over_mean};
use crate::sweep;
use crate::table::Table;
use crate::theme::{Frame, GREY, LOOKS, PANELS, SOLID, Stroke, TICK};

pub(super) const FIGURE: Figure = Figure {
    name: "lorenz_by_scheme",
    shows: "Lorenz curves of the load of market owners, by scheme and range of idle values",
    of: Of::Sweep,
    read,
};

/// The path that tells curves apart.
const SCHEME: &str = "market.scheme";
const NODES: &str = "nodes";
/// As many ranges have room beside each other.
const RANGES_MAX: usize = 3;
const EVEN: Stroke = Stroke::new(GREY, 1.0, SOLID);

/// Requests to nodes, replicate by replicate.
type Loads = BTreeMap<u64, Vec<f64>>;

/// A panel: idle values in a range.
struct Range {
    commodities: f64,
    /// In the order of the schemes.
    loads: Vec<Load>,
}

/// How the requests of a scheme fall on nodes.
struct Load {
    /// The share of requests that so many of the busiest nodes serve.
    busiest: Vec<(f64, Estimate)>,
    gini: Estimate,
    max_over_mean: Estimate,
}

struct LorenzByScheme {
    schemes: Vec<String>,
    /// From the widest to the narrowest.
    ranges: Vec<Range>,
    nodes: f64,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let Some(scheme) = context.place(SCHEME) else {
        return Ok(Reading::Nothing(format!("{SCHEME} is not swept")));
    };
    let mut others = (0..context.swept.len()).filter(|place| *place != scheme);
    if context.place(NODES).is_some() || !others.all(|place| context.is_of_idle_values(place)) {
        let why = format!("other things than {SCHEME} and the range of idle values are swept");
        return Ok(Reading::Nothing(why));
    }
    let Some(points) = sweep::read(folder, &context.swept)? else {
        return Ok(Reading::Nothing("there is no summary.csv".to_owned()));
    };
    let Some(table) = Table::open(&folder.join("mo_load.csv"))? else {
        return Ok(Reading::Nothing("there is no mo_load.csv".to_owned()));
    };
    let swept = table.named(&context.swept)?;
    let [replicate, requests] = table.columns(["replicate", "requests"])?;
    let mut loads: BTreeMap<Vec<String>, Loads> = BTreeMap::new();
    let mut settings: Vec<String> = Vec::new();
    table.each(|row| {
        settings.clear();
        settings.extend(swept.iter().map(|column| row.text(*column).to_owned()));
        if !loads.contains_key(&settings) {
            loads.insert(settings.clone(), Loads::new());
        }
        let point = loads.get_mut(&settings).expect("it was just put there, if it was missing");
        point.entry(row.count(replicate)?).or_default().push(row.number(requests)?);
        Ok(())
    })?;
    let mut schemes: Vec<String> = Vec::new();
    let mut ranges: BTreeMap<Vec<String>, (f64, BTreeMap<usize, Loads>)> = BTreeMap::new();
    for point in &points {
        let Some(commodities) = point.metric("idle_range") else { continue };
        let Some(loads) = loads.remove(&point.settings) else { continue };
        let mut others = point.settings.clone();
        let name = others.remove(scheme);
        let place = schemes.iter().position(|scheme| *scheme == name).unwrap_or_else(|| {
            schemes.push(name);
            schemes.len() - 1
        });
        let range = ranges.entry(others).or_insert((commodities.mean, BTreeMap::new()));
        range.1.insert(place, loads);
    }
    Ok(match LorenzByScheme::of(schemes, ranges.into_values().collect(), context) {
        Ok(lorenz) => Reading::Plot(Box::new(lorenz)),
        Err(why) => Reading::Nothing(why),
    })
}

impl LorenzByScheme {
    fn of(
        schemes: Vec<String>,
        mut ranges: Vec<(f64, BTreeMap<usize, Loads>)>,
        context: &Context,
    ) -> Result<Self, String> {
        if schemes.len() < 2 || schemes.len() > LOOKS.len() {
            return Err(format!("schemes are {}, and not 2 to {}", schemes.len(), LOOKS.len()));
        }
        // Where idle values are as before, other things are swept.
        ranges.sort_by(|a, b| b.0.total_cmp(&a.0));
        let near = |two: &[(f64, BTreeMap<usize, Loads>)]| two[0].0 < two[1].0 * 1.1;
        if ranges.windows(2).any(near) {
            return Err("other things than the range of idle values are swept".to_owned());
        }
        // A node that has no row has no load.
        let rows = ranges.iter().flat_map(|range| range.1.values()).flat_map(Loads::values);
        let rows = rows.map(Vec::len).max().unwrap_or(0);
        let nodes = rows.max(usize::try_from(context.nodes).unwrap_or(rows));
        let chosen = chosen(ranges.len());
        let ranges = ranges.into_iter().enumerate().filter(|(nth, _)| chosen.contains(nth));
        let range = |(commodities, loads): (f64, BTreeMap<usize, Loads>)| {
            let loads = (0..schemes.len()).map(|nth| Load::of(loads.get(&nth)?, nodes));
            Some(Range { commodities, loads: loads.collect::<Option<_>>()? })
        };
        let ranges: Vec<Range> = ranges.filter_map(|(_, one)| range(one)).collect();
        if ranges.is_empty() {
            return Err("mo_load.csv has no requests in all schemes".to_owned());
        }
        Ok(Self { schemes, ranges, nodes: nodes as f64, context: context.clone() })
    }
}

/// The first, the middle one and the last of so many.
fn chosen(many: usize) -> Vec<usize> {
    if many <= RANGES_MAX {
        return (0..many).collect();
    }
    vec![0, many / 2, many - 1]
}

impl Load {
    /// Of so many nodes.
    fn of(loads: &Loads, nodes: usize) -> Option<Self> {
        let mut loads: Vec<Vec<f64>> = loads.values().cloned().collect();
        for load in &mut loads {
            load.resize(nodes, 0.0);
            load.sort_by(f64::total_cmp);
        }
        let over = |of: &dyn Fn(&[f64]) -> Option<f64>| {
            estimate(&loads.iter().filter_map(|load| of(load)).collect::<Vec<f64>>())
        };
        let busiest = steps(nodes).into_iter().filter_map(|busiest| {
            let share = |load: &[f64]| Some(1.0 - lorenz(load).get(load.len() - busiest)?.1);
            Some((busiest as f64, over(&share)?))
        });
        Some(Self {
            busiest: busiest.collect(),
            gini: over(&gini)?,
            max_over_mean: over(&max_over_mean)?,
        })
    }
}

/// 1, 2, 3, 5, 7, 10, 15, ... and all: evenly on a logarithmic axis, about.
fn steps(nodes: usize) -> Vec<usize> {
    let decades = (0..).map(|decade| 10_usize.pow(decade)).take_while(|decade| *decade <= nodes);
    let parts = [1.0, 1.5, 2.0, 3.0, 5.0, 7.0];
    let all = decades.flat_map(|decade| parts.map(|part| (part * decade as f64).round() as usize));
    let mut steps: Vec<usize> = all.filter(|step| *step < nodes).chain([nodes]).collect();
    steps.dedup();
    steps
}

impl Plot for LorenzByScheme {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(sheet, "Load of market owners by scheme", &self.context.line());
        const BETWEEN: f64 = 24.0;
        let columns = self.ranges.len() as f64;
        let width = (PANELS.right - PANELS.left - BETWEEN * (columns - 1.0)) / columns;
        for (range, nth) in self.ranges.iter().zip(0..) {
            let left = PANELS.left + f64::from(nth) * (width + BETWEEN);
            let y = Axis::linear("share of the requests", 0.0, 1.0, 5).per_cent();
            let y = if nth == 0 { y } else { y.unlabelled() };
            let frame =
                Frame { left, right: left + width, top: PANELS.top + 22.0, bottom: TABLE - 70.0 };
            let panel = Panel { frame, x: Axis::log("busiest nodes", 0.9, self.nodes * 1.1), y };
            range.draw(sheet, &panel, self.nodes);
            self.table(sheet, range, left);
        }
        self.legend(sheet);
    }
}

/// One in so many places along a curve has a mark, with its interval.
const MARKED: usize = 3;

/// Where the numbers below the panels begin.
const TABLE: f64 = 446.0;

impl Range {
    fn draw(&self, sheet: &mut Sheet<'_>, panel: &Panel, nodes: f64) {
        panel.draw(sheet);
        let Frame { left, top, .. } = panel.frame;
        let commodities = grouped(self.commodities, 0);
        let look = Text { down: VPos::Bottom, ..Text::LEFT };
        sheet.text(&format!("{commodities} commodities"), (left, top - 6.0), look);
        let even: Vec<_> =
            steps(nodes as usize).into_iter().map(|n| (n as f64, n as f64 / nodes)).collect();
        sheet.line(&panel.all(&even), EVEN);
        for (load, (stroke, marker)) in self.loads.iter().zip(LOOKS) {
            let means: Vec<_> = load.busiest.iter().map(|(n, share)| (*n, share.mean)).collect();
            sheet.line(&panel.all(&means), stroke);
            for (busiest, share) in load.busiest.iter().step_by(MARKED) {
                panel.interval(sheet, *busiest, *share, stroke.color);
                sheet.marker(panel.at(*busiest, share.mean), marker, stroke.color);
            }
        }
    }
}

/// A mean with half of its interval.
fn said(of: Estimate, decimals: usize) -> String {
    let mean = grouped(of.mean, decimals);
    if !of.high.is_finite() {
        return mean;
    }
    format!("{mean} ±{}", grouped(of.high - of.mean, decimals))
}

impl LorenzByScheme {
    /// Says Gini's coefficients and the busiest nodes' loads below a panel.
    fn table(&self, sheet: &mut Sheet<'_>, range: &Range, left: f64) {
        const LINE: f64 = 17.0;
        let right = Text { size: TICK, across: HPos::Right, ..Text::LEFT };
        let (gini, most) = (left + 106.0, left + 186.0);
        sheet.text("Gini", (gini, TABLE), Text { color: GREY, ..right });
        sheet.text("max/mean", (most, TABLE), Text { color: GREY, ..right });
        for ((load, (stroke, marker)), nth) in range.loads.iter().zip(LOOKS).zip(1..) {
            let y = TABLE + LINE * f64::from(nth);
            sheet.line(&[(left, y), (left + 24.0, y)], stroke);
            sheet.marker((left + 12.0, y), marker, stroke.color);
            sheet.text(&said(load.gini, 3), (gini, y), right);
            sheet.text(&said(load.max_over_mean, 1), (most, y), right);
        }
    }

    fn legend(&self, sheet: &mut Sheet<'_>) {
        let mut legend = Legend::new(sheet);
        for (scheme, (stroke, marker)) in self.schemes.iter().zip(LOOKS) {
            legend.entry(Sample::LineWithMarker(stroke, marker), scheme);
        }
        legend.entry(Sample::Line(EVEN), "all nodes serve as many");
        legend.gap();
        let loads = self.ranges.iter().flat_map(|range| &range.loads);
        crate::curves::replicates(&mut legend, loads.map(|load| load.gini));
        legend.gap();
        legend.note(
            "Lorenz's curve, read from the busiest node down: what share of the requests that \
             nodes serve as market owners the busiest serve, over all nodes.",
        );
        legend.note("Above each panel: how many commodities lie in the range of idle values.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_are_counted_from_the_top() {
        let loads: Loads = [(0, vec![6.0, 1.0, 3.0]), (1, vec![1.0, 7.0, 1.0, 1.0])].into();
        let load = Load::of(&loads, 4).unwrap();
        let rounded = |share: f64| (share * 1e9).round() / 1e9;
        let shares = load.busiest.iter().map(|(n, share)| (*n, rounded(share.mean)));
        assert_eq!(shares.collect::<Vec<_>>(), [(1.0, 0.65), (2.0, 0.85), (3.0, 0.95), (4.0, 1.0)]);
        assert!((load.max_over_mean.mean - 2.6).abs() < 1e-12);
    }

    #[test]
    fn the_ends_and_the_middle_are_shown() {
        assert_eq!(chosen(2), [0, 1]);
        assert_eq!(chosen(5), [0, 2, 4]);
        assert_eq!(steps(12), [1, 2, 3, 5, 7, 10, 12]);
    }

    #[test]
    fn ranges_that_do_not_differ_are_not_shown_side_by_side() {
        let ranges = vec![(16.0, BTreeMap::new()), (16.5, BTreeMap::new())];
        let schemes = vec!["a".to_owned(), "b".to_owned()];
        let why = LorenzByScheme::of(schemes, ranges, &Context::default()).err().unwrap();
        assert_eq!(why, "other things than the range of idle values are swept");
    }
}

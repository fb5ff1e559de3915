//! The metrics that tell the points of a sweep apart, over what is swept: a figure of any sweep.

use std::collections::BTreeMap;
use std::path::Path;

use plotters_backend::text_anchor::VPos;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::{Axis, clipped};
use crate::curves::{self, Curve, curves};
use crate::error::Error;
use crate::legend::{Legend, titles};
use crate::panel::Panel;
use crate::sheet::{Sheet, Text};
use crate::stats::Estimate;
use crate::sweep::{self, Point, seconds};
use crate::telling::{TELLING, Telling};
use crate::theme::{Frame, LOOKS, PANELS, TICK};

pub(super) const FIGURE: Figure = Figure {
    name: "points",
    shows: "the metrics that tell the points of a sweep apart, over what is swept",
    of: Of::Sweep,
    read,
};

/// Panels, side by side and on top of each other.
const COLUMNS: usize = 2;
const ROWS: usize = 3;

/// Between the marks of curves at the same name, in names.
const ASIDE: f64 = 0.08;

/// What is along the axis.
#[derive(Clone, Debug, PartialEq)]
enum Along {
    /// Numbers, or durations.
    Numbers,
    /// Other values, in the order of the sweep.
    Names(Vec<String>),
}

struct Points {
    curves: Vec<Curve>,
    along: Along,
    /// The place of the path along the axis.
    place: usize,
    metrics: Vec<Telling>,
    units: BTreeMap<String, String>,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let Some(points) = sweep::read(folder, &context.swept)? else {
        return Ok(Reading::Nothing("there is no summary.csv".to_owned()));
    };
    let metrics = telling(&points);
    if metrics.is_empty() {
        return Ok(Reading::Nothing("no metric tells the points apart".to_owned()));
    }
    let mut why = "nothing has two values".to_owned();
    for place in candidates(&points, context) {
        let along = along(&points, place);
        match curves(points.clone(), context, place, |text| along.value(text)) {
            Ok(curves) => {
                let (units, context) = (sweep::units(folder)?, context.clone());
                let points = Points { curves, along, place, metrics, units, context };
                return Ok(Reading::Plot(Box::new(points)));
            }
            Err(wrong) => why = wrong,
        }
    }
    Ok(Reading::Nothing(why))
}

/// The metrics that differ most between points, of those that tell most: by how far apart their
/// means are, in widths of their intervals; where there are none, in sizes of the means.
fn telling(points: &[Point]) -> Vec<Telling> {
    let score = |telling: &Telling| -> Option<f64> {
        let values: Vec<Estimate> =
            points.iter().filter_map(|point| point.metric(telling.metric)).collect();
        let means = values.iter().map(|value| value.mean);
        let (low, high) =
            means.fold((f64::MAX, f64::MIN), |(l, h), mean| (l.min(mean), h.max(mean)));
        let halves = values.iter().map(|value| value.high - value.mean);
        let half = halves.filter(|half| half.is_finite()).fold(0.0, f64::max);
        let scale = if half > 0.0 { half } else { low.abs().max(high.abs()) };
        (high > low).then(|| (high - low) / scale)
    };
    let mut scored: Vec<(f64, usize)> =
        TELLING.iter().zip(0..).filter_map(|(one, nth)| Some((score(one)?, nth))).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut best: Vec<usize> =
        scored.into_iter().take(ROWS * COLUMNS).map(|(_, nth)| nth).collect();
    best.sort_unstable();
    best.into_iter().map(|nth| TELLING[nth]).collect()
}

/// The paths that may be along the axis, the best first: numbers before other values, then the one
/// with most values. Of those that change together, one stands for all.
fn candidates(points: &[Point], context: &Context) -> Vec<usize> {
    let mut places: Vec<usize> = (0..context.swept.len()).collect();
    places.sort_by_key(|&place| {
        let values = distinct(points, place);
        (along(points, place) != Along::Numbers, std::cmp::Reverse(values.len()), place)
    });
    places
}

fn distinct(points: &[Point], place: usize) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for point in points {
        if !values.contains(&point.settings[place]) {
            values.push(point.settings[place].clone());
        }
    }
    values
}

fn along(points: &[Point], place: usize) -> Along {
    let values = distinct(points, place);
    match values.iter().all(|value| number(value).is_some()) {
        true => Along::Numbers,
        false => Along::Names(values),
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite()).or_else(|| seconds(text))
}

impl Along {
    /// Where a value is along the axis.
    fn value(&self, text: &str) -> Option<f64> {
        match self {
            Self::Numbers => number(text),
            Self::Names(names) => names.iter().position(|name| name == text).map(|nth| nth as f64),
        }
    }

    fn axis(&self, curves: &[Curve], place: usize) -> Axis {
        /// Below a panel there is room for about as many.
        const LETTERS: usize = 44;
        /// From there on, values are on a logarithmic axis.
        const FAR: f64 = 8.0;
        match self {
            Self::Names(names) => {
                let names = names.iter().map(|name| clipped(name, LETTERS / names.len()));
                let names: Vec<String> = names.collect();
                Axis::named("", &names.iter().map(String::as_str).collect::<Vec<_>>())
            }
            Self::Numbers => {
                let said = |_: f64, point: &Point| clipped(&point.settings[place], 9);
                let along = || curves.iter().flat_map(|curve| &curve.points).map(|(x, _)| *x);
                let least = along().fold(f64::MAX, f64::min);
                let most = along().fold(f64::MIN, f64::max);
                if least > 0.0 && most / least >= FAR {
                    return curves::axis("", curves, said);
                }
                let room = (most - least) * 0.06;
                let axis = Axis::linear("", least - room, most + room, 4);
                curves::ticked(axis, curves, said)
            }
        }
    }
}

impl Plot for Points {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        /// Room beside a panel, above it for its title, and below for its ticks.
        const BESIDE: f64 = 84.0;
        const ABOVE: f64 = 18.0;
        const BELOW: f64 = 38.0;
        titles(sheet, "What tells the points apart", &self.context.line());
        let rows = self.metrics.len().div_ceil(COLUMNS) as f64;
        let columns = self.metrics.len().min(COLUMNS) as f64;
        let across = (PANELS.right - PANELS.left + BESIDE) / columns;
        let down = (PANELS.bottom - PANELS.top + BELOW) / rows;
        let x = self.along.axis(&self.curves, self.place);
        for (metric, nth) in self.metrics.iter().zip(0..) {
            let left = PANELS.left + (nth % COLUMNS) as f64 * across;
            let top = PANELS.top + (nth / COLUMNS) as f64 * down + ABOVE;
            let (right, bottom) = (left + across - BESIDE, top - ABOVE + down - BELOW);
            let frame = Frame { left, top, right, bottom };
            self.panel(sheet, metric, x.clone(), frame);
        }
        self.legend(sheet);
    }
}

impl Points {
    fn panel(&self, sheet: &mut Sheet<'_>, telling: &Telling, x: Axis, frame: Frame) {
        let Telling { metric, words, .. } = *telling;
        let unit = self.units.get(metric).map_or("", String::as_str);
        let of = |point: &Point| point.metric(metric);
        let values = || self.curves.iter().flat_map(|curve| curve.values(of));
        let panel = Panel { frame, x, y: axis(values().map(|(_, value)| value), unit) };
        panel.draw(sheet);
        let title = match unit {
            "" | "share" | "ratio" => words.to_owned(),
            unit if words.contains(unit) => words.to_owned(),
            unit => format!("{words} ({unit})"),
        };
        let look = Text { size: TICK, down: VPos::Bottom, ..Text::LEFT };
        sheet.text(&title, (frame.left, frame.top - 5.0), look);
        for ((curve, look), nth) in self.curves.iter().zip(LOOKS).zip(0..) {
            let aside = (f64::from(nth) - (self.curves.len() as f64 - 1.0) / 2.0) * ASIDE;
            match self.along {
                Along::Numbers => curves::estimates(sheet, &panel, &curve.values(of), look),
                // Between names there is nothing that a line could lead over.
                Along::Names(_) => {
                    for (x, value) in curve.values(of) {
                        curves::estimates(sheet, &panel, &[(x + aside, value)], look);
                    }
                }
            }
        }
    }

    fn legend(&self, sheet: &mut Sheet<'_>) {
        let mut legend = Legend::new(sheet);
        let path = |place: usize| &self.context.swept[place];
        legend.note(&format!("Along: {}", path(self.place)));
        for place in self.context.together(self.place).filter(|place| *place != self.place) {
            legend.note(&format!("together with {}", path(place)));
        }
        legend.gap();
        curves::entries(&mut legend, &self.curves, "measured");
        legend.gap();
        let all = || self.curves.iter().flat_map(|curve| &curve.points);
        let estimates = all().filter_map(|(_, point)| point.metric(self.metrics[0].metric));
        curves::replicates(&mut legend, estimates);
        legend.gap();
        legend.note("Of the metrics that tell most, those whose means are farthest apart.");
    }
}

/// From zero, or closer to where values are.
fn axis(values: impl Iterator<Item = Estimate>, unit: &str) -> Axis {
    let mut ends: Vec<f64> = values.flat_map(|value| [value.mean, value.low, value.high]).collect();
    ends.retain(|end| end.is_finite());
    let (low, high) =
        ends.iter().fold((f64::MAX, f64::MIN), |(low, high), end| (low.min(*end), high.max(*end)));
    let axis = if ends.is_empty() || low >= 0.0 && low < high / 2.0 {
        Axis::from_zero("", if ends.is_empty() { 1.0 } else { high * 1.02 }, 3)
    } else {
        let room = (high - low).max(1e-9 * high.abs()) * 0.08;
        Axis::linear("", low - room, high + room, 5)
    };
    if unit == "share" { axis.per_cent() } else { axis }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(settings: &[&str], metrics: &[(&str, f64, f64)]) -> Point {
        let of =
            |mean: f64, half: f64| Estimate { n: 3, mean, low: mean - half, high: mean + half };
        Point {
            settings: settings.iter().map(|&setting| setting.to_owned()).collect(),
            metrics: metrics
                .iter()
                .map(|(name, mean, half)| ((*name).to_owned(), of(*mean, *half)))
                .collect(),
        }
    }

    #[test]
    fn metrics_that_differ_beyond_their_intervals_are_told() {
        let points = [
            point(
                &["1"],
                &[("price_mean", 5.0, 0.1), ("tasks", 9.0, 0.0), ("purchases", 100.0, 9.0)],
            ),
            point(
                &["2"],
                &[("price_mean", 6.0, 0.1), ("tasks", 9.0, 0.0), ("purchases", 101.0, 9.0)],
            ),
        ];
        let names: Vec<_> = telling(&points).iter().map(|one| one.metric).collect();
        assert_eq!(names, ["purchases", "price_mean"], "in the order in which they are read");
        assert!(telling(&points[..1]).is_empty());
    }

    #[test]
    fn numbers_are_along_the_axis_rather_than_names() {
        let points: Vec<Point> = ["naive", "single", "other"]
            .iter()
            .flat_map(|scheme| ["1h", "30min"].map(|ttl| point(&[scheme, ttl], &[])))
            .collect();
        let swept = ["market.scheme", "market.listing_ttl"].map(str::to_owned).to_vec();
        let context = Context { swept, ..Context::default() };
        assert_eq!(candidates(&points, &context), [1, 0]);
        assert_eq!(along(&points, 1), Along::Numbers);
        assert_eq!(along(&points, 1).value("30min"), Some(1800.0));
        let names = along(&points, 0);
        assert_eq!(names.value("single"), Some(1.0));
    }

    #[test]
    fn of_paths_that_change_together_one_that_tells_points_apart_is_along_the_axis() {
        let swept = ["nodes", "duration"].map(str::to_owned).to_vec();
        let context = Context { swept, follows: vec![false, true], ..Context::default() };
        let points = ["2min", "6min", "12min"].map(|span| point(&["30", span], &[]));
        assert_eq!(candidates(&points, &context), [1, 0]);
        let along = |place| curves(points.to_vec(), &context, place, number);
        assert_eq!(along(1).unwrap()[0].points.len(), 3);
        assert_eq!(along(0).unwrap_err(), "nodes does not tell all points apart");
    }

    #[test]
    fn an_axis_is_close_to_values_that_are_far_from_zero() {
        let one = |mean: f64| Estimate { n: 1, mean, low: f64::NEG_INFINITY, high: f64::INFINITY };
        let of = |values: [f64; 2]| axis(values.map(one).into_iter(), "");
        assert_eq!(of([1.0, 9.0]).from(), 0.0);
        assert!(of([99.0, 100.0]).from() > 98.0);
        assert!(of([-2.0, 1.0]).from() < -2.0);
    }
}

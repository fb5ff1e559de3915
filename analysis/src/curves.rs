//! Curves over what one path of a sweep is set to, one for each combination of what else is swept;
//! and panels on top of each other that show them.

use crate::axis::Axis;
use crate::context::Context;
use crate::legend::{Legend, Sample};
use crate::panel::Panel;
use crate::sheet::Sheet;
use crate::stats::Estimate;
use crate::sweep::Point;
use crate::theme::{DASHED, Frame, LOOKS, PANELS, Stroke};

/// Points that differ by what is along the axis alone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Curve {
    /// What tells it from the others: the last part of each path, and its value.
    pub(crate) name: String,
    /// By what is along the axis, from the least up.
    pub(crate) points: Vec<(f64, Point)>,
}

/// Puts points on curves. `along` is the place of the path along the axis, whose values `value`
/// reads. Paths that change together with it tell nothing apart.
///
/// # Errors
/// Why there is nothing to draw, or too much.
pub(crate) fn curves(
    points: Vec<Point>,
    context: &Context,
    along: usize,
    value: impl Fn(&str) -> Option<f64>,
) -> Result<Vec<Curve>, String> {
    let path = &context.swept[along];
    let mut curves: Vec<Curve> = Vec::new();
    for point in points {
        let said = &point.settings[along];
        let x = value(said).ok_or_else(|| format!("{path} has {said} among its values"))?;
        let name = name(&point, context, along);
        match curves.iter_mut().find(|curve| curve.name == name) {
            Some(curve) => curve.points.push((x, point)),
            None => curves.push(Curve { name, points: vec![(x, point)] }),
        }
    }
    for curve in &mut curves {
        curve.points.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    let twice = |curve: &Curve| curve.points.windows(2).any(|two| two[0].0 == two[1].0);
    if curves.iter().any(twice) {
        return Err(format!("{path} does not tell all points apart"));
    }
    if curves.len() > LOOKS.len() {
        return Err(format!("more than {} combinations of other things are swept", LOOKS.len()));
    }
    if curves.iter().all(|curve| curve.points.len() < 2) {
        return Err(format!("{path} has fewer than two values"));
    }
    Ok(curves)
}

fn name(point: &Point, context: &Context, along: usize) -> String {
    let together = context.together(along);
    let others = context.swept.iter().zip(&point.settings).enumerate();
    let others = others.filter(|(nth, _)| !together.contains(nth));
    let said = others.map(|(_, (path, value))| {
        let last = path.rsplit('.').next().expect("a split has a last part");
        format!("{} {value}", last.replace('_', " "))
    });
    said.collect::<Vec<_>>().join(", ")
}

impl Curve {
    /// What a metric of each point is, where it has a value.
    pub(crate) fn values(&self, of: impl Fn(&Point) -> Option<Estimate>) -> Vec<(f64, Estimate)> {
        self.points.iter().filter_map(|(x, point)| Some((*x, of(point)?))).collect()
    }
}

/// A logarithmic axis with its ticks at the points, where they do not stand too close.
pub(crate) fn axis(label: &str, curves: &[Curve], said: impl Fn(f64, &Point) -> String) -> Axis {
    let along = || curves.iter().flat_map(|curve| &curve.points).map(|(x, _)| *x);
    let (least, most) = (along().fold(f64::MAX, f64::min), along().fold(f64::MIN, f64::max));
    ticked(Axis::log(label, least / 1.15, most * 1.15), curves, said)
}

/// The same axis with its ticks at the points, where they do not stand too close.
pub(crate) fn ticked(axis: Axis, curves: &[Curve], said: impl Fn(f64, &Point) -> String) -> Axis {
    const NEAR: f64 = 0.07;
    let mut along: Vec<_> = curves.iter().flat_map(|curve| &curve.points).collect();
    along.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut ticks: Vec<(f64, String)> = Vec::new();
    for (x, point) in along {
        if ticks.last().is_none_or(|(last, _)| axis.place(*x) - axis.place(*last) > NEAR) {
            ticks.push((*x, said(*x, point)));
        }
    }
    axis.ticked(ticks)
}

/// A panel: a number of each point.
pub(crate) struct Row {
    pub(crate) label: &'static str,
    pub(crate) of: fn(&Point) -> Option<Estimate>,
    pub(crate) scale: Scale,
    /// What theory says of a curve at a value along the axis, if it says something.
    pub(crate) law: fn(&Context, &Curve, f64) -> Option<f64>,
}

/// What a panel's axis is like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Shares, in per cent: up to 100, and from zero if need be.
    Shares,
    /// By powers of ten.
    Log,
    /// By powers of ten, in per cent.
    LogShares,
}

/// What theory says is drawn thin and dashed, in its curve's colour.
pub(crate) const LAW: f64 = 1.0;

/// Draws panels on top of each other, over the same axis.
pub(crate) fn draw(
    sheet: &mut Sheet<'_>,
    context: &Context,
    curves: &[Curve],
    rows: &[Row],
    x: &Axis,
) {
    const BETWEEN: f64 = 18.0;
    let height = (PANELS.bottom - PANELS.top + BETWEEN) / rows.len() as f64 - BETWEEN;
    for (row, nth) in rows.iter().zip(0..) {
        let top = PANELS.top + f64::from(nth) * (height + BETWEEN);
        let is_last = nth as usize + 1 == rows.len();
        let panel = Panel {
            frame: Frame { top, bottom: top + height, ..PANELS },
            x: if is_last { x.clone() } else { x.unlabelled() },
            y: row.axis(context, curves),
        };
        panel.draw(sheet);
        for (curve, (stroke, _)) in curves.iter().zip(LOOKS) {
            let law = curve.points.iter();
            let law = law.filter_map(|(x, _)| Some((*x, (row.law)(context, curve, *x)?)));
            let thin = Stroke { width: LAW, dashes: DASHED, ..stroke };
            sheet.line(&panel.all(&law.collect::<Vec<_>>()), thin);
        }
        for (nth, curve) in curves.iter().enumerate() {
            estimates(sheet, &panel, &curve.values(row.of), LOOKS[nth]);
        }
    }
}

/// Draws means, with their intervals, and a line through them.
pub(crate) fn estimates(
    sheet: &mut Sheet<'_>,
    panel: &Panel,
    values: &[(f64, Estimate)],
    (stroke, marker): (Stroke, crate::theme::Marker),
) {
    for (x, value) in values {
        panel.interval(sheet, *x, *value, stroke.color);
    }
    let means: Vec<_> = values.iter().map(|(x, value)| (*x, value.mean)).collect();
    panel.curve(sheet, &means, stroke, marker);
}

impl Row {
    fn axis(&self, context: &Context, curves: &[Curve]) -> Axis {
        // On an axis without a zero an interval is cut off some way below the means.
        let is_log = matches!(self.scale, Scale::Log | Scale::LogShares);
        let mut values = Vec::new();
        for curve in curves {
            for (x, value) in curve.values(self.of) {
                values.push(value.mean);
                values.extend((self.law)(context, curve, x));
                let least = if is_log { value.mean / 3.0 } else { 0.0 };
                let low = if value.low.is_finite() { value.low.max(least) } else { value.mean };
                values.extend([low, value.high]);
            }
        }
        values.retain(|value| value.is_finite());
        let (low, high) = values
            .iter()
            .fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(*value), high.max(*value)));
        let least = values.iter().copied().filter(|value| *value > 0.0).fold(high, f64::min);
        let high = match self.scale {
            Scale::Shares | Scale::LogShares => high.min(1.0),
            Scale::Log => high,
        };
        match self.scale {
            _ if values.is_empty() => Axis::from_zero(self.label, 1.0, 4),
            Scale::Shares if low > 0.5 => {
                let room = (1.0 - low).max(1e-4);
                Axis::linear(self.label, 1.0 - 1.08 * room, 1.0 + 0.04 * room, 4).per_cent()
            }
            Scale::Shares => Axis::linear(self.label, 0.0, high * 1.04, 4).per_cent(),
            Scale::Log => Axis::log(self.label, least / 1.3, high * 1.3),
            Scale::LogShares => Axis::log(self.label, least / 1.3, high * 1.3).per_cent(),
        }
    }
}

/// Says which curve is which, and over how many replicates means are.
pub(crate) fn entries(legend: &mut Legend<'_, '_>, curves: &[Curve], alone: &str) {
    for (curve, (stroke, marker)) in curves.iter().zip(LOOKS) {
        let name = if curve.name.is_empty() { alone } else { &curve.name };
        legend.entry(Sample::LineWithMarker(stroke, marker), name);
    }
}

/// Says over how many replicates means are.
pub(crate) fn replicates(legend: &mut Legend<'_, '_>, of: impl IntoIterator<Item = Estimate>) {
    match of.into_iter().map(|estimate| estimate.n).max().unwrap_or(0) {
        0 | 1 => legend.note("one run each"),
        n => legend.note(&format!("means over {n} replicates, with 95 % CI")),
    }
}

/// A thin dashed line, for the legend of theories.
pub(crate) const LAW_SAMPLE: Sample = Sample::Line(Stroke::new(crate::theme::GREY, LAW, DASHED));

/// No theory.
pub(crate) fn no_law(_: &Context, _: &Curve, _: f64) -> Option<f64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(settings: &[&str]) -> Point {
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        Point { settings, ..Point::default() }
    }

    fn context(swept: &[&str], follows: &[bool]) -> Context {
        let swept = swept.iter().map(|&path| path.to_owned()).collect();
        Context { swept, follows: follows.to_vec(), ..Context::default() }
    }

    fn number(text: &str) -> Option<f64> {
        text.parse().ok()
    }

    #[test]
    fn a_curve_is_named_by_what_does_not_change_along_it() {
        let swept = context(&["market.scheme", "nodes", "market.width"], &[false, false, true]);
        let points = vec![
            point(&["naive", "200", "1"]),
            point(&["naive", "100", "2"]),
            point(&["single_overlay", "100", "2"]),
            point(&["single_overlay", "200", "1"]),
        ];
        let curves = curves(points, &swept, 1, number).unwrap();
        let told = curves.iter().map(|curve| {
            let along: Vec<f64> = curve.points.iter().map(|(x, _)| *x).collect();
            (curve.name.as_str(), along)
        });
        let expected = ["scheme naive", "scheme single_overlay"];
        assert_eq!(told.collect::<Vec<_>>(), expected.map(|name| (name, vec![100.0, 200.0])));
    }

    #[test]
    fn what_cannot_be_drawn_is_said() {
        let swept = context(&["nodes", "cost"], &[]);
        let costs = (0..5).map(|cost| point(&["1", &cost.to_string()])).collect();
        let why = curves(costs, &swept, 0, number).unwrap_err();
        assert_eq!(why, "more than 4 combinations of other things are swept");
        let why = curves(vec![point(&["1", "5"])], &swept, 0, number).unwrap_err();
        assert_eq!(why, "nodes has fewer than two values");
        let why = curves(vec![point(&["all", "5"])], &swept, 0, number).unwrap_err();
        assert_eq!(why, "nodes has all among its values");
    }

    #[test]
    fn shares_near_one_have_an_axis_of_their_own() {
        let one = |mean| Estimate { n: 1, mean, low: f64::NEG_INFINITY, high: f64::INFINITY };
        let point =
            |share| Point { metrics: [("share".to_owned(), one(share))].into(), ..point(&[]) };
        let row =
            Row { label: "", of: |point| point.metric("share"), scale: Scale::Shares, law: no_law };
        let axis = |shares: [f64; 2]| {
            let points = shares.map(|share| (share, point(share))).to_vec();
            row.axis(&Context::default(), &[Curve { name: String::new(), points }])
        };
        assert!((axis([0.9, 1.0]).from() - 0.892).abs() < 1e-9);
        assert_eq!(axis([0.1, 1.0]).from(), 0.0);
    }
}

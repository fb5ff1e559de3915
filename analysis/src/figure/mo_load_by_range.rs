//! How unevenly the requests to market owners fall on nodes as idle capacities lie closer together,
//! scheme by scheme: a figure of a sweep.

use std::path::Path;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::Axis;
use crate::error::Error;
use crate::legend::{Legend, Sample, titles};
use crate::panel::Panel;
use crate::sheet::Sheet;
use crate::stats::Estimate;
use crate::sweep::{self, Point};
use crate::theme::{Frame, LOOKS, PALE, PANELS, SOLID, Stroke};

pub(super) const FIGURE: Figure = Figure {
    name: "mo_load_by_range",
    shows: "how unevenly market owners are asked, by the range of idle values and by scheme",
    of: Of::Sweep,
    read,
};

/// The path that tells curves apart.
const SCHEME: &str = "market.scheme";
const NODES: &str = "nodes";
/// The scheme whose markets are placed at random to compare with: it is to place them so.
const HASHED: &str = "processor_overlay";

/// Broad and pale, so that the curve that follows it is seen on top.
const RANDOM: Stroke = Stroke::new(PALE, 8.0, SOLID);

/// A scheme over the ranges of idle values.
#[derive(Clone, Debug, PartialEq)]
struct Curve {
    scheme: String,
    /// From the narrowest range to the widest.
    steps: Vec<Step>,
}

/// One range of idle values.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Step {
    commodities: f64,
    gini: Estimate,
    gini_at_random: Option<Estimate>,
    max_over_mean: Estimate,
    max_over_mean_at_random: Option<Estimate>,
}

struct MoLoadByRange {
    curves: Vec<Curve>,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    if context.place(NODES).is_some() {
        return Ok(Reading::Nothing(format!("{NODES} is swept")));
    }
    if !(0..context.swept.len()).any(|place| context.is_of_idle_values(place)) {
        return Ok(Reading::Nothing("no range of idle values is swept".to_owned()));
    }
    let Some(points) = sweep::read(folder, &context.swept)? else {
        return Ok(Reading::Nothing("there is no summary.csv".to_owned()));
    };
    Ok(match curves(&points, context) {
        Ok(curves) => Reading::Plot(Box::new(MoLoadByRange { curves, context: context.clone() })),
        Err(why) => Reading::Nothing(why),
    })
}

/// A curve for each scheme, or why there are none.
fn curves(points: &[Point], context: &Context) -> Result<Vec<Curve>, String> {
    let place = context.swept.iter().position(|path| path == SCHEME);
    let mut curves: Vec<Curve> = Vec::new();
    for point in points {
        let Some(step) = Step::of(point) else { continue };
        let scheme = place.map_or(&context.market_scheme, |place| &point.settings[place]);
        match curves.iter_mut().find(|curve| curve.scheme == *scheme) {
            Some(curve) => curve.steps.push(step),
            None => curves.push(Curve { scheme: scheme.clone(), steps: vec![step] }),
        }
    }
    for curve in &mut curves {
        curve.steps.sort_by(|a, b| a.commodities.total_cmp(&b.commodities));
        // Ranges that differ by less than a tenth do not differ by what is swept.
        let near = |two: &[Step]| two[1].commodities < two[0].commodities * 1.1;
        if curve.steps.windows(2).any(near) {
            return Err("other things than the range of idle values are swept".to_owned());
        }
    }
    curves.retain(|curve| curve.steps.len() > 1);
    if curves.len() > LOOKS.len() {
        return Err(format!("there are more than {} market schemes", LOOKS.len()));
    }
    if curves.is_empty() { Err("no range of idle values is swept".to_owned()) } else { Ok(curves) }
}

impl Step {
    fn of(point: &Point) -> Option<Self> {
        Some(Self {
            commodities: point.metric("idle_range")?.mean,
            gini: point.metric("mo_requests_gini")?,
            gini_at_random: point.metric("mo_requests_gini_at_random"),
            max_over_mean: point.metric("mo_requests_max_over_mean")?,
            max_over_mean_at_random: point.metric("mo_requests_max_over_mean_at_random"),
        })
    }
}

impl Plot for MoLoadByRange {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(sheet, "Load of market owners by the range of idle values", &self.context.line());
        let steps = || self.curves.iter().flat_map(|curve| &curve.steps);
        let ranges = || steps().map(|step| step.commodities);
        let (least, most) = (ranges().fold(f64::MAX, f64::min), ranges().fold(0.0_f64, f64::max));
        let label = "different commodities in the range of idle values";
        let x = Axis::powers_of_two(label, least / 1.6, most * 1.6);
        let highest = steps().map(|step| step.max_over_mean.mean).fold(1.0, f64::max);
        let gini = Panel {
            frame: Frame { bottom: 272.0, ..PANELS },
            x: x.unlabelled(),
            y: Axis::linear("Gini's coefficient", 0.0, 1.0, 5),
        };
        let busiest = Panel {
            frame: Frame { top: 296.0, ..PANELS },
            x,
            y: Axis::log("busiest node over mean", 1.0, highest * 1.6),
        };
        self.panel(sheet, &gini, |step| step.gini, |step| step.gini_at_random);
        self.panel(sheet, &busiest, |step| step.max_over_mean, |step| step.max_over_mean_at_random);
        self.legend(sheet);
    }
}

impl MoLoadByRange {
    fn panel(
        &self,
        sheet: &mut Sheet<'_>,
        panel: &Panel,
        measured: fn(&Step) -> Estimate,
        at_random: fn(&Step) -> Option<Estimate>,
    ) {
        panel.draw(sheet);
        let random = |step: &Step| Some((step.commodities, at_random(step)?.mean));
        let random: Vec<_> = self.reference().steps.iter().filter_map(random).collect();
        sheet.line(&panel.all(&random), RANDOM);
        for (curve, (stroke, marker)) in self.curves.iter().zip(LOOKS) {
            let mean = |step: &Step| (step.commodities, measured(step).mean);
            for step in &curve.steps {
                panel.interval(sheet, step.commodities, measured(step), stroke.color);
            }
            let means: Vec<_> = curve.steps.iter().map(mean).collect();
            panel.curve(sheet, &means, stroke, marker);
        }
    }

    /// The curve whose markets are placed at random.
    fn reference(&self) -> &Curve {
        self.curves.iter().find(|curve| curve.scheme == HASHED).unwrap_or(&self.curves[0])
    }

    fn legend(&self, sheet: &mut Sheet<'_>) {
        let replicates = self.curves[0].steps[0].gini.n;
        let mut legend = Legend::new(sheet);
        for (curve, (stroke, marker)) in self.curves.iter().zip(LOOKS) {
            legend.entry(Sample::LineWithMarker(stroke, marker), &curve.scheme);
        }
        legend.entry(
            Sample::Line(RANDOM),
            &format!("the markets of {} at random nodes", self.reference().scheme),
        );
        legend.gap();
        if replicates > 1 {
            legend.note(&format!("means over {replicates} replicates, with 95 % CI"));
        }
        legend.note("of the requests that nodes serve as market owners; over all nodes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(settings: &[&str], commodities: f64) -> Point {
        let one = |mean| Estimate { n: 1, mean, low: f64::NEG_INFINITY, high: f64::INFINITY };
        let metrics = [
            ("idle_range", commodities),
            ("mo_requests_gini", 0.5),
            ("mo_requests_max_over_mean", 9.0),
        ];
        Point {
            settings: settings.iter().map(|&setting| setting.to_owned()).collect(),
            metrics: metrics.map(|(name, mean)| (name.to_owned(), one(mean))).into(),
        }
    }

    fn context(swept: &[&str]) -> Context {
        Context {
            market_scheme: "naive".to_owned(),
            swept: swept.iter().map(|&path| path.to_owned()).collect(),
            ..Context::default()
        }
    }

    #[test]
    fn there_is_a_curve_a_scheme_from_the_narrowest_range_up() {
        let points = [
            point(&["a", "wide"], 256.0),
            point(&["a", "narrow"], 16.0),
            point(&["b", "wide"], 256.0),
            point(&["b", "narrow"], 16.0),
        ];
        let curves = curves(&points, &context(&["market.scheme", "capacity"])).unwrap();
        let told: Vec<_> = curves
            .iter()
            .map(|curve| (curve.scheme.as_str(), curve.steps.iter().map(|s| s.commodities).sum()))
            .collect();
        assert_eq!(told, [("a", 272.0), ("b", 272.0)]);
        assert_eq!(curves[0].steps[0].commodities, 16.0);
    }

    #[test]
    fn a_scheme_that_is_not_swept_is_the_scenarios() {
        let points = [point(&["wide"], 256.0), point(&["narrow"], 16.0)];
        assert_eq!(curves(&points, &context(&["capacity"])).unwrap()[0].scheme, "naive");
    }

    #[test]
    fn points_that_differ_by_something_else_are_not_mixed() {
        let points = [point(&["1"], 250.0), point(&["2"], 256.0)];
        let why = curves(&points, &context(&["nodes"])).unwrap_err();
        assert_eq!(why, "other things than the range of idle values are swept");
        let why = curves(&points[..1], &context(&["nodes"])).unwrap_err();
        assert_eq!(why, "no range of idle values is swept");
    }
}

//! How many hops it takes to find a key on the ring, by the nodes on it, and to find a market among
//! others, by how many there are, beside theory and the Chord paper: a figure of a sweep.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::Axis;
use crate::curves::{self, estimates};
use crate::error::Error;
use crate::law::Law;
use crate::legend::{Legend, Sample, titles};
use crate::panel::Panel;
use crate::published::PATH_LENGTH;
use crate::sheet::Sheet;
use crate::stats::Estimate;
use crate::sweep::{self, Point};
use crate::theme::{
    BLUE, DASHED, DOTTED, Frame, GREEN, INK, Marker, PANELS, SOLID, Stroke, VERMILION,
};

pub(super) const FIGURE: Figure = Figure {
    name: "hops_by_nodes",
    shows: "hops to a key by the nodes on the ring, and to a market by the number of markets",
    of: Of::Sweep,
    read,
};

/// The path along the axis, and the one that tells schemes apart.
const NODES: &str = "nodes";
const SCHEME: &str = "market.scheme";
/// The scheme whose markets are a ring of their own.
const PROCESSOR: &str = "processor_overlay";

const RING: (Stroke, Marker) = (Stroke::new(BLUE, 1.75, SOLID), Marker::Square);
const MARKETS: (Stroke, Marker) = (Stroke::new(VERMILION, 1.75, DASHED), Marker::Triangle);
const THEORY: Stroke = Stroke::new(INK, 1.0, SOLID);
const PAPER: (Stroke, Marker) = (Stroke::new(GREEN, 1.75, DOTTED), Marker::Disc);

/// Runs with so many nodes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Step {
    nodes: f64,
    /// Hops of a lookup of a random key on the ring.
    ring: Option<Estimate>,
    /// The 1st and the 99th percentile of the same.
    spread: Option<(f64, f64)>,
    /// How many markets there are, and hops to one of them through the ring of markets.
    markets: Option<(f64, Estimate)>,
}

struct HopsByNodes {
    steps: Vec<Step>,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let Some(along) = context.place(NODES) else {
        return Ok(Reading::Nothing(format!("{NODES} is not swept")));
    };
    if context.overlay != "chord" {
        return Ok(Reading::Nothing(format!("the overlay is {}", context.overlay)));
    }
    let Some(points) = sweep::read(folder, &context.swept)? else {
        return Ok(Reading::Nothing("there is no summary.csv".to_owned()));
    };
    Ok(match steps(&points, context, along) {
        Ok(steps) => Reading::Plot(Box::new(HopsByNodes { steps, context: context.clone() })),
        Err(why) => Reading::Nothing(why),
    })
}

/// What each number of nodes has, from the least up.
fn steps(points: &[Point], context: &Context, along: usize) -> Result<Vec<Step>, String> {
    let scheme = context.place(SCHEME);
    let together = context.together(along);
    let others = |nth: usize| !together.contains(&nth) && Some(nth) != scheme;
    if (0..context.swept.len()).any(others) {
        return Err(format!("other things than {NODES} and {SCHEME} are swept"));
    }
    let mut steps: Vec<Step> = Vec::new();
    let mut seen = BTreeSet::new();
    for point in points {
        let said = &point.settings[along];
        if !seen.insert((said, scheme.map(|nth| &point.settings[nth]))) {
            return Err(format!("{NODES} does not tell all points apart"));
        }
        let nodes: f64 = said.parse().map_err(|_| format!("{NODES} is {said} at a point"))?;
        let place = steps.iter().position(|step| step.nodes == nodes).unwrap_or_else(|| {
            steps.push(Step { nodes, ring: None, spread: None, markets: None });
            steps.len() - 1
        });
        steps[place].add(point, scheme.map_or(&context.market_scheme, |nth| &point.settings[nth]));
    }
    steps.retain(|step| step.ring.is_some() || step.markets.is_some());
    steps.sort_by(|a, b| a.nodes.total_cmp(&b.nodes));
    if steps.len() < 2 {
        return Err(format!("{NODES} has fewer than two values with lookups"));
    }
    Ok(steps)
}

impl Step {
    fn add(&mut self, point: &Point, scheme: &str) {
        let mean = |name: &str| point.metric(name).map(|metric| metric.mean);
        if scheme == PROCESSOR {
            // Where there is no market, there is none to find.
            let markets = mean("markets_at_end").filter(|markets| *markets >= 1.0);
            self.markets = markets.zip(point.metric("market_hops_mean"));
        }
        // On the ring all schemes look keys up alike; the single overlay needs nothing else.
        if scheme != PROCESSOR || self.ring.is_none() {
            self.ring = point.metric("lookup_hops_mean");
            self.spread = mean("lookup_hops_p1").zip(mean("lookup_hops_p99"));
        }
    }
}

impl Plot for HopsByNodes {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(sheet, "Hops by the number of nodes and of markets", &self.context.line());
        let ring = self.values(|step| Some((step.nodes, step.ring?)));
        let by_nodes = self.values(|step| Some((step.nodes, step.markets?.1)));
        let by_markets = self.values(|step| step.markets);
        let spread: Vec<(f64, (f64, f64))> =
            self.steps.iter().filter_map(|step| Some((step.nodes, step.spread?))).collect();
        let (least, most) = (self.steps[0].nodes, self.steps[self.steps.len() - 1].nodes);
        let highest = spread.iter().map(|(_, (_, high))| *high);
        let highest = highest.chain(ring.iter().chain(&by_nodes).map(|(_, hops)| hops.mean));
        let upper = Panel {
            frame: Frame {
                bottom: if by_markets.is_empty() { PANELS.bottom } else { 296.0 },
                ..PANELS
            },
            x: Axis::powers_of_two("nodes on the ring, N", least / 1.3, most * 1.3),
            y: Axis::from_zero("hops", highest.fold(0.0, f64::max) * 1.03, 6),
        };
        upper.draw(sheet);
        let band = spread.iter().map(|(nodes, (_, high))| (*nodes, *high));
        let back = spread.iter().rev().map(|(nodes, (low, _))| (*nodes, *low));
        let band: Vec<_> = band.chain(back).collect();
        if band.len() > 2 {
            sheet.area(&upper.all(&band), RING.0.color, BAND);
        }
        law(sheet, &upper, least, most);
        let paper = PATH_LENGTH.map(|point| (point.x as f64, point.mean));
        let here = paper.into_iter().filter(|(nodes, _)| (least..=most).contains(nodes));
        upper.curve(sheet, &here.collect::<Vec<_>>(), PAPER.0, PAPER.1);
        estimates(sheet, &upper, &ring, RING);
        estimates(sheet, &upper, &by_nodes, MARKETS);
        if let Some((least, most)) = by_markets.first().zip(by_markets.last()) {
            let (least, most) = (least.0, most.0);
            let highest = by_markets.iter().map(|(_, hops)| hops.mean).fold(0.0, f64::max);
            let lower = Panel {
                frame: Frame { top: 372.0, ..PANELS },
                x: Axis::powers_of_two("markets, M", least / 1.3, most * 1.3),
                y: Axis::from_zero(
                    "hops",
                    highest.max(Law::Hops { nodes: most as u64 }.mean()) * 1.1,
                    4,
                ),
            };
            lower.draw(sheet);
            law(sheet, &lower, least, most);
            estimates(sheet, &lower, &by_markets, MARKETS);
        }
        self.legend(sheet, &ring);
    }
}

/// How dark the band of percentiles is.
const BAND: f64 = 0.13;

/// Half of log2 of what is along the axis.
fn law(sheet: &mut Sheet<'_>, panel: &Panel, from: f64, to: f64) {
    let half = |x: f64| (x, libm::log2(x) / 2.0);
    sheet.line(&panel.all(&[half(from), half(to)]), THEORY);
}

impl HopsByNodes {
    /// From the least along the axis up.
    fn values(&self, of: impl Fn(&Step) -> Option<(f64, Estimate)>) -> Vec<(f64, Estimate)> {
        let mut values: Vec<_> = self.steps.iter().filter_map(of).collect();
        values.sort_by(|a, b| a.0.total_cmp(&b.0));
        values
    }

    fn legend(&self, sheet: &mut Sheet<'_>, ring: &[(f64, Estimate)]) {
        let mut legend = Legend::new(sheet);
        let sample = |(stroke, marker)| Sample::LineWithMarker(stroke, marker);
        legend.entry(sample(RING), "single overlay: to a random key on the ring");
        legend.entry(Sample::Area(RING.0.color.tint(BAND), 1.0), "its 1st to 99th percentile");
        legend.entry(
            sample(MARKETS),
            "processor overlay: to the market for an amount, on the ring of markets",
        );
        legend.gap();
        legend.entry(Sample::Line(THEORY), "theory: ½ log2 N, ½ log2 M");
        legend.entry(sample(PAPER), "Stoica et al. 2003, Fig. 10(a)");
        legend.gap();
        curves::replicates(&mut legend, ring.iter().map(|(_, value)| *value));
        legend.gap();
        legend.note(
            "Hops: nodes contacted up to the key's predecessor. On the ring of markets what the \
             asked node owns itself takes none.",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(settings: &[&str], metrics: &[(&str, f64)]) -> Point {
        let one = |mean| Estimate { n: 1, mean, low: f64::NEG_INFINITY, high: f64::INFINITY };
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        let metrics = metrics.iter().map(|&(name, mean)| (name.to_owned(), one(mean)));
        Point { settings, metrics: metrics.collect() }
    }

    #[test]
    fn a_ring_is_of_one_scheme_and_markets_are_of_the_other() {
        let swept = [SCHEME, NODES, "market.width"].map(str::to_owned).to_vec();
        let context = Context { swept, follows: vec![false, false, true], ..Context::default() };
        let all = |scheme, nodes, hops| {
            let metrics =
                [("lookup_hops_mean", hops), ("market_hops_mean", 2.0), ("markets_at_end", 31.0)];
            point(&[scheme, nodes, "5"], &metrics)
        };
        let points = [
            all(PROCESSOR, "256", 4.1),
            all("single_overlay", "256", 4.0),
            all(PROCESSOR, "128", 3.6),
        ];
        let steps = steps(&points, &context, 1).unwrap();
        let ring = steps.iter().map(|step| (step.nodes, step.ring.unwrap().mean));
        assert_eq!(ring.collect::<Vec<_>>(), [(128.0, 3.6), (256.0, 4.0)]);
        assert_eq!(steps[1].markets.unwrap().0, 31.0);
    }

    #[test]
    fn what_else_is_swept_is_not_mixed_in() {
        let swept = ["nodes", "cost"].map(str::to_owned).to_vec();
        let context = Context { swept, ..Context::default() };
        let why = steps(&[], &context, 0).unwrap_err();
        assert_eq!(why, "other things than nodes and market.scheme are swept");
    }
}

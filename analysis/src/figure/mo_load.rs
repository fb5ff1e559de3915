//! How evenly the requests to market owners fall on nodes.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::{Axis, grouped};
use crate::error::Error;
use crate::legend::{Legend, Sample, titles};
use crate::panel::Panel;
use crate::sheet::Sheet;
use crate::stats::{Estimate, estimate, gini, lorenz, max_over_mean, mean};
use crate::table::Table;
use crate::theme::{BLUE, DASHED, Frame, GREY, Marker, PANELS, SOLID, Stroke};

pub(super) const FIGURE: Figure = Figure {
    name: "mo_load",
    shows: "how evenly the requests to market owners fall on nodes",
    of: Of::Scenario,
    read,
};

const LOAD: Stroke = Stroke::new(BLUE, 2.0, SOLID);
const EVEN: Stroke = Stroke::new(GREY, 1.25, DASHED);

struct MoLoad {
    /// The requests of the least, the second least, ... loaded node: means over replicates.
    ranked: Vec<f64>,
    gini: Estimate,
    max_over_mean: Estimate,
    /// Mean number of nodes without any request.
    idle: f64,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let Some(table) = Table::open(&folder.join("mo_load.csv"))? else {
        return Ok(Reading::Nothing("there is no mo_load.csv".to_owned()));
    };
    let [replicate, requests] = table.columns(["replicate", "requests"])?;
    let mut loads: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    table.each(|row| {
        loads.entry(row.count(replicate)?).or_default().push(row.count(requests)?);
        Ok(())
    })?;
    Ok(match MoLoad::of(loads.into_values().collect(), context) {
        Some(load) => Reading::Plot(Box::new(load)),
        None => Reading::Nothing("mo_load.csv has no requests".to_owned()),
    })
}

impl MoLoad {
    /// Loads by replicate; a node that has no row had no load.
    fn of(mut loads: Vec<Vec<u64>>, context: &Context) -> Option<Self> {
        let rows = loads.iter().map(Vec::len).max()?;
        let nodes = rows.max(usize::try_from(context.nodes).unwrap_or(rows));
        for load in &mut loads {
            load.resize(nodes, 0);
            load.sort_unstable();
        }
        loads.retain(|load| load.last() > Some(&0));
        let replicates = loads.len() as f64;
        let rank =
            |rank: usize| loads.iter().map(|load| load[rank]).sum::<u64>() as f64 / replicates;
        let floats: Vec<Vec<f64>> =
            loads.iter().map(|load| load.iter().map(|load| *load as f64).collect()).collect();
        let over = |of: fn(&[f64]) -> Option<f64>| {
            estimate(&floats.iter().filter_map(|load| of(load)).collect::<Vec<f64>>())
        };
        let idle = |load: &Vec<u64>| load.partition_point(|load| *load == 0) as f64;
        Some(Self {
            gini: over(gini)?,
            max_over_mean: over(max_over_mean)?,
            idle: mean(&loads.iter().map(idle).collect::<Vec<f64>>())?,
            ranked: (0..nodes).map(rank).collect(),
            context: context.clone(),
        })
    }
}

impl Plot for MoLoad {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        let of = format!("{} · market scheme {}", self.context.line(), self.context.market_scheme);
        titles(sheet, "Load of market owners", &of);
        self.lorenz(sheet);
        self.ranks(sheet);
        self.legend(sheet);
    }
}

impl MoLoad {
    fn lorenz(&self, sheet: &mut Sheet<'_>) {
        let panel = Panel {
            frame: Frame { right: 345.0, ..PANELS },
            x: Axis::linear("share of nodes, least loaded first", 0.0, 1.0, 5).per_cent(),
            y: Axis::linear("share of requests", 0.0, 1.0, 10).per_cent(),
        };
        panel.draw(sheet);
        sheet.line(&panel.all(&[(0.0, 0.0), (1.0, 1.0)]), EVEN);
        sheet.line(&panel.all(&thinned(&lorenz(&self.ranked), |point| *point)), LOAD);
    }

    fn ranks(&self, sheet: &mut Sheet<'_>) {
        let loaded: Vec<(f64, f64)> = self
            .ranked
            .iter()
            .rev()
            .zip(1_u32..)
            .filter(|(load, _)| **load > 0.0)
            .map(|(load, rank)| (f64::from(rank), *load))
            .collect();
        let (Some(first), Some(last)) = (loaded.first(), loaded.last()) else { return };
        let decade = |load: f64| libm::pow(10.0, libm::floor(libm::log10(load)));
        let panel = Panel {
            frame: Frame { left: 432.0, ..PANELS },
            x: Axis::log("rank of node, most loaded first", 1.0, self.ranked.len() as f64),
            y: Axis::log("requests", decade(last.1), first.1 * 1.3),
        };
        panel.draw(sheet);
        let mean = mean(&self.ranked).unwrap_or(0.0).max(panel.y.from());
        sheet.line(&panel.all(&[(panel.x.from(), mean), (panel.x.to(), mean)]), EVEN);
        // Evenly spaced on the logarithmic axis, as far as there are ranks.
        let shown = thinned(&loaded, |point| (panel.x.place(point.0), panel.y.place(point.1)));
        let places = panel.all(&shown);
        sheet.line(&places, LOAD);
        for place in places.into_iter().take(MARKED) {
            sheet.marker(place, Marker::Disc, LOAD.color);
        }
    }

    fn legend(&self, sheet: &mut Sheet<'_>) {
        let mut legend = Legend::new(sheet);
        legend.entry(Sample::LineWithMarker(LOAD, Marker::Disc), &self.context.market_scheme);
        legend.note(&format!("Gini {}", said(self.gini, 3)));
        legend.note(&format!("max / mean {}", said(self.max_over_mean, 1)));
        let (idle, nodes) = (grouped(self.idle, 0), grouped(self.ranked.len() as f64, 0));
        legend.note(&format!("{idle} of {nodes} nodes without any request"));
        if self.gini.n > 1 {
            legend.note(&format!("means over {} replicates, with 95 % CI", self.gini.n));
        }
        legend.gap();
        let mean = mean(&self.ranked).unwrap_or(0.0);
        let mean = if mean < 10.0 { grouped(mean, 2) } else { grouped(mean, 0) };
        legend.entry(Sample::Line(EVEN), &format!("the same load on every node ({mean} requests)"));
    }
}

/// The first ranks are marked; more would be a smear.
const MARKED: usize = 10;

/// Leaves out points that are nearer than a pixel or so to the one before; keeps the ends.
fn thinned(points: &[(f64, f64)], place: impl Fn(&(f64, f64)) -> (f64, f64)) -> Vec<(f64, f64)> {
    const NEAR: f64 = 0.004;
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for (i, point) in points.iter().enumerate() {
        let far = kept.last().is_none_or(|last| {
            let (a, b) = (place(last), place(point));
            (a.0 - b.0).abs().max((a.1 - b.1).abs()) >= NEAR
        });
        if far || i + 1 == points.len() {
            kept.push(*point);
        }
    }
    kept
}

fn said(estimate: Estimate, decimals: usize) -> String {
    let Estimate { n, mean, low, high } = estimate;
    let mean = grouped(mean, decimals);
    if n < 2 {
        return mean;
    }
    format!("{mean} ({} to {})", grouped(low, decimals), grouped(high, decimals))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(nodes: u64) -> Context {
        Context { nodes, ..Context::default() }
    }

    #[test]
    fn nodes_without_a_row_count_as_idle() {
        let load = MoLoad::of(vec![vec![8]], &context(4)).unwrap();
        assert_eq!((load.gini.mean, load.max_over_mean.mean, load.idle), (0.75, 4.0, 3.0));
        assert_eq!(load.ranked, [0.0, 0.0, 0.0, 8.0]);
    }

    #[test]
    fn replicates_are_averaged_rank_by_rank() {
        let load = MoLoad::of(vec![vec![6, 2], vec![4, 8]], &context(2)).unwrap();
        assert_eq!(load.ranked, [3.0, 7.0]);
        assert_eq!((load.gini.n, load.idle), (2, 0.0));
    }

    #[test]
    fn no_request_is_no_load() {
        assert!(MoLoad::of(vec![vec![0, 0]], &context(2)).is_none());
        assert!(MoLoad::of(Vec::new(), &context(2)).is_none());
    }
}

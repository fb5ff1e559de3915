//! What market owners keep, against their listings, beside the paper's equation 2.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::{Axis, grouped};
use crate::error::Error;
use crate::legend::{Legend, Sample, titles};
use crate::panel::Panel;
use crate::sheet::Sheet;
use crate::table::Table;
use crate::theme::{BLUE, DASHED, Marker, PANELS, SOLID, Stroke, VERMILION};

pub(super) const FIGURE: Figure = Figure {
    name: "mo_state",
    shows: "what market owners keep against their listings, beside equation 2",
    of: Of::Either,
    read,
};

const KEPT: (Stroke, Marker) = (Stroke::new(BLUE, 1.5, SOLID), Marker::Disc);
const EQUATION2: (Stroke, Marker) = (Stroke::new(VERMILION, 1.5, DASHED), Marker::Square);
/// Bins a decade of listings.
const BINS: f64 = 8.0;

/// Nodes with about as many listings at most.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Bin {
    nodes: u64,
    listings: f64,
    kept: f64,
    least: f64,
    most: f64,
    equation2: f64,
}

struct MoState {
    bins: Vec<Bin>,
    most_kept: f64,
    context: Context,
}

/// The path whose sweep has more to show than a run: what a node keeps depends on its listings
/// alone, so that nodes of all points are drawn together.
const NODES: &str = "nodes";
const SCHEME: &str = "market.scheme";

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    if !context.swept.is_empty() && context.place(NODES).is_none() {
        return Ok(Reading::Nothing(format!("other things than {NODES} are swept")));
    }
    let Some(table) = Table::open(&folder.join("mo_load.csv"))? else {
        return Ok(Reading::Nothing("there is no mo_load.csv".to_owned()));
    };
    let [listings, kept, equation2] =
        table.columns(["listings_peak", "peak_state_bytes", "peak_equation2_bytes"])?;
    let mut bins: BTreeMap<i64, Bin> = BTreeMap::new();
    table.each(|row| {
        let listings = row.number(listings)?;
        if listings >= 1.0 {
            let bin = libm::floor(libm::log10(listings) * BINS + 1e-9) as i64;
            bins.entry(bin).or_default().add(listings, row.number(kept)?, row.number(equation2)?);
        }
        Ok(())
    })?;
    if bins.is_empty() {
        return Ok(Reading::Nothing("mo_load.csv has no listings".to_owned()));
    }
    let bins: Vec<Bin> = bins.into_values().collect();
    let most_kept = bins.iter().map(|bin| bin.most).fold(0.0, f64::max);
    Ok(Reading::Plot(Box::new(MoState { bins, most_kept, context: context.clone() })))
}

impl Bin {
    fn add(&mut self, listings: f64, kept: f64, equation2: f64) {
        self.least = if self.nodes == 0 { kept } else { self.least.min(kept) };
        self.most = self.most.max(kept);
        self.nodes += 1;
        self.listings += listings;
        self.kept += kept;
        self.equation2 += equation2;
    }

    fn mean(&self, sum: f64) -> f64 {
        sum / self.nodes as f64
    }
}

impl Plot for MoState {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        let is_swept = self.context.place(SCHEME).is_some();
        let scheme = if is_swept { "swept" } else { &self.context.market_scheme };
        let of = format!("{} · market scheme {scheme}", self.context.line());
        titles(sheet, "State of market owners by their listings", &of);
        let at = |bin: &Bin| bin.mean(bin.listings);
        let listings = self.bins.iter().map(at).fold(1.0, f64::max);
        let equation2 = || self.bins.iter().map(|bin| (at(bin), bin.mean(bin.equation2)));
        let low = self.bins.iter().map(|bin| bin.least).chain(equation2().map(|(_, y)| y));
        let low = low.filter(|low| *low > 0.0).fold(f64::MAX, f64::min);
        let high = equation2().map(|(_, y)| y).fold(self.most_kept, f64::max);
        let panel = Panel {
            frame: PANELS,
            x: Axis::log("most listings of a node at a time", 0.9, listings * 1.2),
            y: Axis::log("most bytes at a time", low / 1.4, high * 1.4),
        };
        panel.draw(sheet);
        for bin in &self.bins {
            let ends = [bin.least, bin.most].map(|y| panel.at(at(bin), y.max(panel.y.from())));
            sheet.line(&ends, Stroke::new(KEPT.0.color.tint(0.45), 4.0, SOLID));
        }
        let kept: Vec<_> = self.bins.iter().map(|bin| (at(bin), bin.mean(bin.kept))).collect();
        panel.curve(sheet, &kept, KEPT.0, KEPT.1);
        panel.curve(sheet, &equation2().collect::<Vec<_>>(), EQUATION2.0, EQUATION2.1);
        self.legend(sheet);
    }
}

impl MoState {
    fn legend(&self, sheet: &mut Sheet<'_>) {
        let sum = |of: fn(&Bin) -> f64| self.bins.iter().map(of).sum::<f64>();
        let listings = sum(|bin| bin.listings);
        let mut legend = Legend::new(sheet);
        legend.entry(Sample::LineWithMarker(KEPT.0, KEPT.1), "all that was kept, encoded");
        legend.note(&format!("{:.1} bytes a listing", sum(|bin| bin.kept) / listings));
        legend.note(&format!("{} bytes at most", grouped(self.most_kept, 0)));
        legend.entry(Sample::Area(KEPT.0.color.tint(0.45), 1.0), "least to most of the nodes");
        legend.gap();
        legend.entry(
            Sample::LineWithMarker(EQUATION2.0, EQUATION2.1),
            "their listings by equation 2 of the paper",
        );
        legend.note(&format!("{:.1} bytes a listing", sum(|bin| bin.equation2) / listings));
        legend.gap();
        let nodes = grouped(sum(|bin| bin.nodes as f64), 0);
        legend.note(&format!("{nodes} nodes that had listings, binned; means"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_knows_mean_and_range() {
        let mut bin = Bin::default();
        bin.add(2.0, 60.0, 80.0);
        bin.add(4.0, 100.0, 160.0);
        assert_eq!((bin.mean(bin.listings), bin.mean(bin.kept)), (3.0, 80.0));
        assert_eq!((bin.least, bin.most, bin.mean(bin.equation2)), (60.0, 100.0, 120.0));
    }
}

//! How many markets a buyer asks, and how often it finds nobody, by how many sell: a figure of a
//! sweep.

use std::path::Path;

use super::{Context, Figure, Of, Plot, Reading};
use crate::curves::{self, Curve, Row, Scale, curves, no_law};
use crate::error::Error;
use crate::legend::{Legend, titles};
use crate::sheet::Sheet;
use crate::sweep::{self, Point};

pub(super) const FIGURE: Figure = Figure {
    name: "attempts_by_sellers",
    shows: "markets asked until there was a seller, by the share of nodes that sell",
    of: Of::Sweep,
    read,
};

/// The path along the axis.
const SELLERS: &str = "sellers";

/// The panels, from top to bottom.
const ROWS: [Row; 3] = [
    Row {
        label: "markets asked",
        of: |point| point.metric("attempts_mean"),
        scale: Scale::Log,
        law: no_law,
    },
    Row {
        label: "no seller",
        of: |point| point.metric("purchases_no_seller"),
        scale: Scale::Shares,
        law: no_law,
    },
    Row {
        label: "hops a purchase",
        of: |point| point.metric("purchase_hops_mean"),
        scale: Scale::Log,
        law: no_law,
    },
];

struct AttemptsBySellers {
    curves: Vec<Curve>,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let Some(along) = context.place(SELLERS) else {
        return Ok(Reading::Nothing(format!("{SELLERS} is not swept")));
    };
    let Some(mut points) = sweep::read(folder, &context.swept)? else {
        return Ok(Reading::Nothing("there is no summary.csv".to_owned()));
    };
    points.retain(|point| (ROWS[0].of)(point).is_some());
    if points.is_empty() {
        return Ok(Reading::Nothing("summary.csv counts no markets that were asked".to_owned()));
    }
    Ok(match curves(points, context, along, |share| share.parse().ok()) {
        Ok(curves) => {
            Reading::Plot(Box::new(AttemptsBySellers { curves, context: context.clone() }))
        }
        Err(why) => Reading::Nothing(why),
    })
}

impl Plot for AttemptsBySellers {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(sheet, "Markets asked by the share of nodes that sell", &self.context.line());
        let said = |share: f64, _: &Point| share.to_string();
        let x = curves::axis("share of nodes that sell", &self.curves, said).per_cent();
        curves::draw(sheet, &self.context, &self.curves, &ROWS, &x);
        let mut legend = Legend::new(sheet);
        curves::entries(&mut legend, &self.curves, &self.context.market_scheme);
        legend.gap();
        let asked = self.curves.iter().flat_map(|curve| curve.values(ROWS[0].of));
        curves::replicates(&mut legend, asked.map(|(_, value)| value));
        legend.gap();
        legend.note(
            "From top to bottom: markets that a purchase asked, whether or not it found a seller; \
             share of purchases that found none; hops of a purchase's lookups, in both rings.",
        );
    }
}

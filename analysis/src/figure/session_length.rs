//! How often lookups are right and purchases complete, and how many sellers that markets name are
//! gone, by how long nodes stay: a figure of a sweep.

use std::path::Path;

use super::{Context, Figure, Of, Plot, Reading};
use crate::curves::{self, Curve, LAW_SAMPLE, Row, Scale, curves, no_law};
use crate::error::Error;
use crate::legend::{Legend, titles};
use crate::sheet::Sheet;
use crate::sweep::{self, Point, seconds};

pub(super) const FIGURE: Figure = Figure {
    name: "session_length",
    shows: "right lookups, completed purchases and stale listings, by how long nodes stay",
    of: Of::Sweep,
    read,
};

/// The paths along the axis: a mean time up, as it can be written.
const UP: [&str; 2] = ["churn.sessions.up.mean", "churn.sessions.up"];
/// What may be swept besides, and changes the law of stale listings.
const TTL: &str = "market.listing_ttl";
const RELIST: &str = "market.relist_interval";
const GRACEFUL: &str = "churn.graceful_fraction";

/// The panels, from top to bottom.
const ROWS: [Row; 3] = [
    Row {
        label: "lookups right",
        of: |point| point.metric("lookups_correct"),
        scale: Scale::Shares,
        law: no_law,
    },
    Row {
        label: "purchases completed",
        of: |point| point.metric("purchases_completed"),
        scale: Scale::Shares,
        law: no_law,
    },
    Row {
        label: "stale listings",
        of: |point| point.metric("sellers_stale"),
        scale: Scale::LogShares,
        law: stale,
    },
];

struct SessionLength {
    curves: Vec<Curve>,
    /// The place of the path along the axis.
    along: usize,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let Some(along) = UP.iter().find_map(|path| context.place(path)) else {
        return Ok(Reading::Nothing("how long nodes stay is not swept".to_owned()));
    };
    let Some(mut points) = sweep::read(folder, &context.swept)? else {
        return Ok(Reading::Nothing("there is no summary.csv".to_owned()));
    };
    points.retain(|point| ROWS.iter().all(|row| (row.of)(point).is_some()));
    if points.is_empty() {
        let why = "summary.csv counts no lookups, no purchases or no sellers that were pinged";
        return Ok(Reading::Nothing(why.to_owned()));
    }
    Ok(match curves(points, context, along, seconds) {
        Ok(curves) => {
            Reading::Plot(Box::new(SessionLength { curves, along, context: context.clone() }))
        }
        Err(why) => Reading::Nothing(why),
    })
}

/// What share of listings is of sellers that are gone, if market owners do not look: sellers crash
/// once in `up_s`, and a listing outlives its seller by what is left of its time, which is the
/// whole of it less half of the time between two listings. Ours.
fn stale(context: &Context, curve: &Curve, up_s: f64) -> Option<f64> {
    let set = |path: &str, unless: f64, read: fn(&str) -> Option<f64>| match context.place(path) {
        Some(place) => read(&curve.points.first()?.1.settings[place]),
        None => Some(unless),
    };
    let ttl_s = set(TTL, context.listing_ttl_s, seconds)?;
    let relist_s = set(RELIST, context.relist_s, seconds)?;
    let told = set(GRACEFUL, context.graceful_fraction, |share| share.parse().ok())?;
    let outlives = (1.0 - told) * (ttl_s - relist_s / 2.0).max(0.0);
    Some(outlives / (up_s + outlives))
}

impl Plot for SessionLength {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(sheet, "What works, by how long nodes stay", &self.context.line());
        let said = |_: f64, point: &Point| point.settings[self.along].clone();
        let x = curves::axis("mean time that a node stays", &self.curves, said);
        curves::draw(sheet, &self.context, &self.curves, &ROWS, &x);
        self.legend(sheet);
    }
}

impl SessionLength {
    fn legend(&self, sheet: &mut Sheet<'_>) {
        let mut legend = Legend::new(sheet);
        curves::entries(&mut legend, &self.curves, "measured");
        legend.gap();
        let right = self.curves.iter().flat_map(|curve| curve.values(ROWS[0].of));
        curves::replicates(&mut legend, right.map(|(_, value)| value));
        legend.gap();
        legend.entry(LAW_SAMPLE, "listings that outlive their sellers, if nobody looks");
        legend.note(
            "d / (time up + d); d: how long a listing outlives its seller, which is its time to \
             live less half of the time between two listings, if the seller tells nobody",
        );
        legend.gap();
        legend.note(
            "From top to bottom: lookups that found the true owner; purchases held for the whole \
             time and paid (who is cut off by a seller's departure is not); sellers about to be \
             named that did not answer the market owner's ping.",
        );
    }
}

//! Compute power and storage beside each other: what is sold over time, purchases completed, what
//! they cost, and how many markets they took.

use std::path::Path;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::{Axis, grouped};
use crate::error::Error;
use crate::history::{History, Level};
use crate::legend::{Legend, Sample as Shown, titles};
use crate::panel::Panel;
use crate::sample::Sample;
use crate::sheet::Sheet;
use crate::stats::Estimate;
use crate::table::Table;
use crate::theme::{BLUE, DASHED, Frame, Marker, PANELS, SOLID, Stroke, VERMILION};

pub(super) const FIGURE: Figure = Figure {
    name: "kinds",
    shows: "compute power and storage: sold over time, purchases completed, prices, attempts",
    of: Of::Scenario,
    read,
};

const SPANS_MAX: usize = 40;

/// A kind of resource, and how it is drawn.
struct Kind {
    name: &'static str,
    sold: Level,
    stroke: Stroke,
    marker: Marker,
}

const KINDS: [Kind; 2] = [
    Kind {
        name: "cpu",
        sold: Level::Utilisation,
        stroke: Stroke::new(BLUE, 1.75, SOLID),
        marker: Marker::Disc,
    },
    Kind {
        name: "storage",
        sold: Level::StorageUtilisation,
        stroke: Stroke::new(VERMILION, 1.75, DASHED),
        marker: Marker::Square,
    },
];

/// The small panels, from left to right.
const PARTS: [Part; 3] = [
    Part { label: "completed", of: |group| group.completed.share() },
    Part { label: "price of a sale (credits)", of: |group| group.price.estimate() },
    Part { label: "markets asked", of: |group| group.attempts.estimate() },
];

struct Part {
    label: &'static str,
    of: fn(&Group) -> Option<Estimate>,
}

/// Purchases of a kind.
#[derive(Clone, Debug, Default)]
struct Group {
    completed: Sample,
    /// Buyers' totals, of completed purchases.
    price: Sample,
    /// Of purchases that found a seller.
    attempts: Sample,
}

struct Kinds {
    history: History,
    groups: [Group; KINDS.len()],
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let Some(table) = Table::open(&folder.join("transactions.csv"))? else {
        return Ok(Reading::Nothing("there is no transactions.csv".to_owned()));
    };
    let [replicate, kind, seller, attempts, total, outcome] =
        table.columns(["replicate", "kind", "seller", "attempts", "total_credits", "outcome"])?;
    let mut groups = KINDS.map(|_| Group::default());
    table.each(|row| {
        let Some(place) = KINDS.iter().position(|known| known.name == row.text(kind)) else {
            return Err(row.wants(kind, "cpu or storage"));
        };
        // What the end of the run cut off says nothing about the market.
        if row.text(outcome) == "unfinished" {
            return Ok(());
        }
        let replicate = row.count(replicate)?;
        let is_completed = row.text(outcome) == "completed";
        let group = &mut groups[place];
        group.completed.add(replicate, f64::from(u8::from(is_completed)));
        if is_completed {
            group.price.add(replicate, row.number(total)?);
        }
        if !row.text(seller).is_empty() && !row.text(attempts).is_empty() {
            group.attempts.add(replicate, row.number(attempts)?);
        }
        Ok(())
    })?;
    if groups.iter().any(|group| group.completed.count() == 0) {
        let why = "transactions.csv has not purchases of both compute power and storage";
        return Ok(Reading::Nothing(why.to_owned()));
    }
    Ok(match History::read(folder)? {
        Ok(history) => Reading::Plot(Box::new(Kinds { history, groups, context: context.clone() })),
        Err(why) => Reading::Nothing(why),
    })
}

impl Plot for Kinds {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(sheet, "Compute power and storage", &self.context.line());
        self.sold(sheet);
        for (nth, part) in PARTS.iter().enumerate() {
            self.part(sheet, nth, part);
        }
        self.legend(sheet);
    }
}

impl Kinds {
    fn sold(&self, sheet: &mut Sheet<'_>) {
        let (time, unit_s) = self.history.axis();
        let spans = self.history.spans(SPANS_MAX);
        let of = |kind: &Kind| -> Vec<(f64, f64)> {
            let middle = |from: f64, to: f64| (from + to) / 2.0 / unit_s;
            spans.iter().map(|s| (middle(s.from_s, s.at_s), s.level(kind.sold))).collect()
        };
        let most = KINDS.iter().flat_map(&of).map(|(_, share)| share).fold(0.0, f64::max);
        let panel = Panel {
            frame: Frame { bottom: 270.0, ..PANELS },
            x: time,
            y: Axis::from_zero("sold, of all that there is", most * 1.05, 6).per_cent(),
        };
        panel.draw(sheet);
        for kind in &KINDS {
            panel.curve(sheet, &of(kind), kind.stroke, kind.marker);
        }
    }

    fn part(&self, sheet: &mut Sheet<'_>, nth: usize, part: &Part) {
        const BETWEEN: f64 = 72.0;
        let count = PARTS.len() as f64;
        let width = (PANELS.right - PANELS.left - BETWEEN * (count - 1.0)) / count;
        let left = PANELS.left + nth as f64 * (width + BETWEEN);
        let values = self.groups.each_ref().map(|group| (part.of)(group));
        let ends = values.iter().flatten().flat_map(|value| [value.mean, value.high]);
        let most = ends.filter(|end| end.is_finite()).fold(0.0, f64::max);
        let y = match nth {
            0 => Axis::linear(part.label, 0.0, 1.0, 5).per_cent(),
            _ => Axis::from_zero(part.label, most * 1.05, 5),
        };
        let frame = Frame { left, right: left + width, top: 334.0, ..PANELS };
        let panel = Panel { frame, x: Axis::named("", &KINDS.map(|kind| kind.name)), y };
        panel.draw(sheet);
        for ((kind, value), place) in KINDS.iter().zip(values).zip(0..) {
            let (Some(value), x) = (value, f64::from(place)) else { continue };
            let broad = Stroke::new(kind.stroke.color.tint(0.35), 14.0, SOLID);
            sheet.line(&panel.all(&[(x, 0.0), (x, value.mean)]), broad);
            panel.interval(sheet, x, value, kind.stroke.color);
            sheet.marker(panel.at(x, value.mean), kind.marker, kind.stroke.color);
        }
    }

    fn legend(&self, sheet: &mut Sheet<'_>) {
        let mut legend = Legend::new(sheet);
        for (kind, group) in KINDS.iter().zip(&self.groups) {
            legend.entry(Shown::LineWithMarker(kind.stroke, kind.marker), kind.name);
            let purchases = grouped(group.completed.count() as f64, 0);
            let [share, price, attempts] =
                PARTS.map(|part| (part.of)(group).map_or(f64::NAN, |value| value.mean));
            legend.note(&format!(
                "{purchases} purchases that ended, {:.1} % completed",
                share * 100.0
            ));
            legend.note(&format!("mean price {price:.1} credits"));
            legend.note(&format!(
                "mean of {attempts:.2} markets asked, of those that found a seller"
            ));
            legend.gap();
        }
        legend.note(&match self.history.replicates {
            0 | 1 => "bars: means over purchases,\nwith 95 % CI".to_owned(),
            n => format!("bars: means over {n} replicates,\nwith 95 % CI"),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn one_kind_alone_is_not_compared() {
        let scratch = Scratch::new("kinds-one");
        scratch.file(
            "transactions.csv",
            "replicate,kind,seller,attempts,total_credits,outcome\n0,cpu,a,1,5,completed\n\
             0,storage,,,0,unfinished\n",
        );
        let Reading::Nothing(why) = read(scratch.folder(), &Context::default()).unwrap() else {
            panic!("no storage was bought")
        };
        assert_eq!(why, "transactions.csv has not purchases of both compute power and storage");
    }
}

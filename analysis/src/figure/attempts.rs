//! How many markets a buyer asks until there is a seller.

use std::path::Path;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::{Axis, grouped};
use crate::error::Error;
use crate::histogram::Histogram;
use crate::legend::{Legend, Sample, titles};
use crate::panel::Panel;
use crate::sheet::Sheet;
use crate::table::Table;
use crate::theme::{BLUE, Color, DASHED, Marker, PANELS, Stroke, VERMILION};

pub(super) const FIGURE: Figure = Figure {
    name: "attempts",
    shows: "the distribution of the markets asked until there was a seller",
    of: Of::Scenario,
    read,
};

const FOUND: Color = BLUE;
const REACHED: (Stroke, Marker) = (Stroke::new(VERMILION, 1.75, DASHED), Marker::Square);
const ATTEMPTS_MAX: u64 = 1_000_000; // more is no count of markets, and would take the memory

struct Attempts {
    found: Histogram,
    nobody: u64,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let Some(table) = Table::open(&folder.join("transactions.csv"))? else {
        return Ok(Reading::Nothing("there is no transactions.csv".to_owned()));
    };
    let [seller, attempts, outcome] = table.columns(["seller", "attempts", "outcome"])?;
    let (mut found, mut nobody) = (Histogram::default(), 0);
    table.each(|row| {
        if row.text(seller).is_empty() {
            nobody += u64::from(matches!(row.text(outcome), "no_seller" | "over_budget"));
        } else if !row.text(attempts).is_empty() {
            let count = row.count(attempts)?;
            if count > ATTEMPTS_MAX {
                return Err(row.wants(attempts, "a number of markets up to 1000000"));
            }
            found.add(count as usize);
        }
        Ok(())
    })?;
    if found.total() == 0 {
        return Ok(Reading::Nothing("transactions.csv has no purchase with a seller".to_owned()));
    }
    Ok(Reading::Plot(Box::new(Attempts { found, nobody, context: context.clone() })))
}

impl Attempts {
    fn all(&self) -> f64 {
        (self.found.total() + self.nobody) as f64
    }

    /// The share of all purchases that had a seller after so many markets.
    fn share(&self, attempts: usize) -> f64 {
        self.found.share(attempts) * self.found.total() as f64 / self.all()
    }
}

impl Plot for Attempts {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(sheet, "Markets asked until there was a seller", &self.context.line());
        let most = self.found.max().unwrap_or(1);
        let panel = Panel {
            frame: PANELS,
            x: Axis::whole("markets asked", 0.4, most as f64 + 0.6, 20),
            y: Axis::linear("share of purchases", 0.0, 1.0, 10).per_cent(),
        };
        panel.draw(sheet);
        let mut reached = Vec::new();
        let mut sum = 0.0;
        for attempts in 1..=most {
            let (x, share) = (attempts as f64, self.share(attempts));
            sum += share;
            reached.push((x, sum));
            let (from, to) = (panel.at(x - 0.38, share), panel.at(x + 0.38, 0.0));
            sheet.rect(from, to, FOUND.tint(0.45), 1.0);
        }
        panel.curve(sheet, &reached, REACHED.0, REACHED.1);
        self.legend(sheet);
    }
}

impl Attempts {
    fn legend(&self, sheet: &mut Sheet<'_>) {
        let mut legend = Legend::new(sheet);
        legend.entry(Sample::Area(FOUND.tint(0.45), 1.0), "had a seller after so many markets");
        if let Some(mean) = self.found.estimate() {
            legend.note(&format!("mean {:.3}, of those that found a seller", mean.mean));
            if mean.low.is_finite() {
                let text = format!("95 % CI {:.3} to {:.3}, over purchases", mean.low, mean.high);
                legend.note(&text);
            }
        }
        let [half, most] = [0.5, 0.99].map(|q| self.found.percentile(q).unwrap_or(0));
        legend.note(&format!("median {half}, 99th percentile {most}"));
        legend.gap();
        legend.entry(Sample::LineWithMarker(REACHED.0, REACHED.1), "after at most so many");
        legend.gap();
        let nobody = grouped(self.nobody as f64, 0);
        let share = self.nobody as f64 / self.all() * 100.0;
        let all = grouped(self.all(), 0);
        legend.note(&format!(
            "of {all} purchases that got an answer {nobody} had no seller ({share:.2} %)"
        ));
        legend.note("Not counted: purchases that failed, or were cut off by the end, before one.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn shares_are_of_all_purchases_that_asked() {
        let mut found = Histogram::default();
        [1, 1, 2].into_iter().for_each(|attempts| found.add(attempts));
        let attempts = Attempts { found, nobody: 1, context: Context::default() };
        assert_eq!((attempts.share(1), attempts.share(2)), (0.5, 0.25));
    }

    #[test]
    fn without_a_seller_there_is_nothing_to_show() {
        let scratch = Scratch::new("attempts-none");
        scratch.file("transactions.csv", "seller,attempts,outcome\n,3,no_seller\n");
        let Reading::Nothing(why) = read(scratch.folder(), &Context::default()).unwrap() else {
            panic!("nobody sold")
        };
        assert_eq!(why, "transactions.csv has no purchase with a seller");
    }
}

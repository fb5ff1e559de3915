//! What buyers pay and what market owners get under max-min payoffs, beside what the paper says.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::{Axis, grouped};
use crate::error::Error;
use crate::legend::{Legend, Sample, titles};
use crate::panel::Panel;
use crate::sample::Sample as Payoffs;
use crate::sheet::Sheet;
use crate::stats::Estimate;
use crate::table::Table;
use crate::theme::{
    BLUE, DASHED, DOTTED, Frame, GREEN, INK, Marker, PANELS, SOLID, Stroke, VERMILION,
};

pub(super) const FIGURE: Figure = Figure {
    name: "max_min",
    shows: "buyers' totals beside their bound and market owners' payoffs, under max-min payoffs",
    of: Of::Scenario,
    read,
};

const BOUND: Stroke = Stroke::new(INK, 1.5, DASHED);
/// Behaviours of market owners, and how each is drawn: the first that is found first.
const LOOKS: [(&str, Stroke, Marker); 4] = [
    ("honest", Stroke::new(BLUE, 1.5, SOLID), Marker::Disc),
    ("selfish", Stroke::new(VERMILION, 1.5, SOLID), Marker::Square),
    ("withholding", Stroke::new(GREEN, 1.5, DOTTED), Marker::Triangle),
    ("lying", Stroke::new(GREEN, 1.5, DASHED), Marker::Diamond),
];
/// Bins of MC_1 a decade.
const BINS: f64 = 12.0;
/// What rounding down to micro-credits, twice, may hide.
const ROUNDING: f64 = 3e-6;

/// A sale, in credits.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sale {
    least: f64,
    highest: f64,
    total: f64,
    mo: f64,
}

/// Sales of one behaviour.
#[derive(Clone, Debug, Default, PartialEq)]
struct Group {
    bins: BTreeMap<i64, Bin>,
    sales: u64,
    /// Payoffs of market owners.
    mo: Payoffs,
    /// Buyers that paid more than the bound.
    above: u64,
    /// Payoffs that are what theory says of the behaviour, where it says something.
    as_said: u64,
}

/// Sales at about the same MC_1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Bin {
    sales: u64,
    log_least: f64,
    over: Range,
    beyond: Range,
}

/// The mean, the least and the greatest.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Range {
    sum: f64,
    low: f64,
    high: f64,
}

impl Default for Range {
    fn default() -> Self {
        Self { sum: 0.0, low: f64::INFINITY, high: f64::NEG_INFINITY }
    }
}

struct MaxMin {
    groups: BTreeMap<usize, Group>,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    if context.pricing_rule != "max_min" {
        return Ok(Reading::Nothing(format!("the pricing rule is {}", context.pricing_rule)));
    }
    if !context.prices_are_per_sale {
        return Ok(Reading::Nothing("prices are not for a sale, but for an amount".to_owned()));
    }
    let Some(table) = Table::open(&folder.join("transactions.csv"))? else {
        return Ok(Reading::Nothing("there is no transactions.csv".to_owned()));
    };
    let [replicate, outcome, behaviour, least, other, total, mo] = table.columns([
        "replicate",
        "outcome",
        "mo_behaviour",
        "least_bid_credits",
        "other_bid_credits",
        "total_credits",
        "mo_payoff_credits",
    ])?;
    let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
    table.each(|row| {
        if row.text(outcome) != "completed" {
            return Ok(());
        }
        let behaviour_text = row.text(behaviour);
        let Some(look) = LOOKS.iter().position(|(name, ..)| *name == behaviour_text) else {
            return Err(row.wants(behaviour, "a behaviour of market owners"));
        };
        let least = row.number(least)?;
        let highest = if row.text(other).is_empty() { least } else { row.number(other)? };
        if least <= 0.0 {
            return Err(row.wants(other, "bids above 0"));
        }
        let sale = Sale { least, highest, total: row.number(total)?, mo: row.number(mo)? };
        let group = groups.entry(look).or_default();
        group.add(row.count(replicate)?, sale, LOOKS[look].0, context.delta_credits);
        Ok(())
    })?;
    if groups.is_empty() {
        return Ok(Reading::Nothing("transactions.csv has no completed purchase".to_owned()));
    }
    Ok(Reading::Plot(Box::new(MaxMin { groups, context: context.clone() })))
}

/// The most that a report is worth to a market owner beyond delta (Lemma 1).
fn best(least: f64) -> f64 {
    0.25 / least
}

/// The most that the buyer pays.
fn bound(least: f64, delta: f64) -> f64 {
    best(least) + delta + least + 1.0
}

impl Group {
    fn add(&mut self, replicate: u64, sale: Sale, behaviour: &str, delta: f64) {
        let Sale { least, highest, total, mo } = sale;
        let said = match behaviour {
            "honest" => Some((highest - least) / (highest * highest)), // equation 1
            "selfish" => Some(best(least)),
            _ => None,
        };
        let beyond = mo - delta;
        self.sales += 1;
        self.mo.add(replicate, mo);
        self.above += u64::from(total > bound(least, delta) + ROUNDING);
        self.as_said += u64::from(said.is_some_and(|said| (beyond - said).abs() <= ROUNDING));
        let bin = libm::floor(libm::log10(least) * BINS + 1e-9) as i64;
        let bin = self.bins.entry(bin).or_default();
        bin.sales += 1;
        bin.log_least += libm::log10(least);
        bin.over.add(total / least);
        bin.beyond.add(beyond);
    }
}

impl Bin {
    fn least(&self) -> f64 {
        libm::pow(10.0, self.log_least / self.sales as f64)
    }
}

impl Range {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.low = self.low.min(value);
        self.high = self.high.max(value);
    }
}

impl Plot for MaxMin {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        let delta = self.context.delta_credits;
        titles(sheet, "Max-min payoffs (equation 1)", &self.context.line_with_rule());
        let bins = || self.groups.values().flat_map(|group| group.bins.values());
        let x = bins().map(Bin::least);
        let (least, most) = x.fold((f64::MAX, 0.0_f64), |(a, b), x| (a.min(x), b.max(x)));
        let (least, most) = (least / 1.12, most * 1.12);
        let x = Axis::log("least marginal cost in the market, MC_1 (credits)", least, most);
        let over = bins().map(|bin| bin.over.high).fold(bound(least, delta) / least, f64::max);
        let total = "buyer's total over MC_1";
        let upper = Panel {
            frame: Frame { bottom: 272.0, ..PANELS },
            x: x.unlabelled(),
            y: match over {
                ..8.0 => Axis::linear(total, 1.0, over * 1.05, 5),
                _ => Axis::log(total, 1.0, over * 1.4),
            },
        };
        let beyond = bins().map(|bin| bin.beyond.high).fold(best(least), f64::max);
        let lower = Panel {
            frame: Frame { top: 296.0, ..PANELS },
            x,
            y: Axis::log("owner's payoff beyond δ (credits)", best(most) / 5.0, beyond * 1.4),
        };
        self.panel(sheet, &upper, |bin| bin.over, &|least| bound(least, delta) / least);
        self.panel(sheet, &lower, |bin| bin.beyond, &best);
        self.legend(sheet);
    }
}

impl MaxMin {
    fn panel(
        &self,
        sheet: &mut Sheet<'_>,
        panel: &Panel,
        of: fn(&Bin) -> Range,
        theory: &dyn Fn(f64) -> f64,
    ) {
        panel.draw(sheet);
        const STEPS: i32 = 100;
        let (from, to) = (panel.x.from(), panel.x.to());
        let at = |step: i32| from * libm::pow(to / from, f64::from(step) / f64::from(STEPS));
        let line: Vec<_> = (0..=STEPS).map(at).map(|least| (least, theory(least))).collect();
        sheet.line(&panel.all(&line), BOUND);
        for (&look, group) in &self.groups {
            let (_, stroke, marker) = LOOKS[look];
            // Beside each other, where they are at the same MC_1.
            let aside = 1.0 + 0.03 * (look as f64 - 0.5);
            for bin in group.bins.values() {
                let range = of(bin);
                let place = |y: f64| panel.at(bin.least() * aside, y.max(panel.y.from()));
                sheet.line(&[place(range.low), place(range.high)], stroke);
                sheet.marker(place(range.sum / bin.sales as f64), marker, stroke.color);
            }
        }
    }

    fn legend(&self, sheet: &mut Sheet<'_>) {
        let delta = self.context.delta_credits;
        let mut legend = Legend::new(sheet);
        legend.entry(
            Sample::Line(BOUND),
            "the paper: a buyer pays\nat most\nMC_1 + 1 + δ + 1/(4 MC_1);\na selfish market owner gets\n\
             δ + 1/(4 MC_1)",
        );
        legend.note(&format!("δ = {delta}, all in credits"));
        legend.gap();
        for (&look, group) in &self.groups {
            let (name, stroke, marker) = LOOKS[look];
            let sales = grouped(group.sales as f64, 0);
            let text = format!("{name} market owners, {sales} sales");
            legend.entry(Sample::LineWithMarker(stroke, marker), &text);
            if let Some(Estimate { mean, low, high, .. }) = group.mo.estimate() {
                legend.note(&format!("mean payoff {mean:.4} credits a sale"));
                let of = match group.mo.replicates() {
                    1 => "sales".to_owned(),
                    n => format!("{n} replicates"),
                };
                if low.is_finite() {
                    legend.note(&format!("95 % CI {low:.4} to {high:.4}, over {of}"));
                }
            }
            let said = match name {
                "honest" => "as equation 1 says",
                "selfish" => "δ + 1/(4 MC_1)",
                _ => "",
            };
            if !said.is_empty() {
                let as_said = grouped(group.as_said as f64, 0);
                legend.note(&format!("{as_said} of them {said}"));
            }
            let above = grouped(group.above as f64, 0);
            legend.note(&format!("{above} totals above the bound"));
            legend.gap();
        }
        legend.note("Marks: means of sales at about the same MC_1; bars: least to greatest.");
        legend.note("Marks on a panel's lower edge are there or below: payoffs of about 0.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sale(least: f64, highest: f64, mo: f64) -> Sale {
        Sale { least, highest, total: mo + least + 1.0, mo }
    }

    #[test]
    fn payoffs_are_held_against_equation_1_and_the_bound() {
        let mut honest = Group::default();
        honest.add(0, sale(10.0, 20.0, 1.025), "honest", 1.0);
        honest.add(0, sale(10.0, 40.0, 1.01875), "honest", 1.0);
        honest.add(0, sale(10.0, 40.0, 1.03), "honest", 1.0);
        assert_eq!((honest.sales, honest.as_said, honest.above), (3, 2, 1));
        let mut selfish = Group::default();
        selfish.add(0, sale(10.0, 40.0, 1.025), "selfish", 1.0);
        assert_eq!((selfish.as_said, selfish.above), (1, 0));
    }

    #[test]
    fn whole_credits_from_1_to_5_are_told_apart() {
        let mut group = Group::default();
        for least in 1..=5 {
            group.add(0, sale(f64::from(least), 9.0, 1.0), "honest", 1.0);
        }
        assert_eq!(group.bins.len(), 5);
        let least: Vec<f64> = group.bins.values().map(|bin| bin.least().round()).collect();
        assert_eq!(least, [1.0, 2.0, 3.0, 4.0, 5.0]);
    }
}

//! What market owners gain by not being honest, by pricing rule: a figure of a sweep.

use std::collections::BTreeMap;
use std::path::Path;

use plotters_backend::text_anchor::HPos;

use super::{Context, Figure, Of, Plot, RULE, Reading};
use crate::axis::{Axis, grouped};
use crate::error::Error;
use crate::legend::{Legend, Sample as Shown, titles};
use crate::panel::Panel;
use crate::sample::Sample;
use crate::sheet::{Sheet, Text};
use crate::stats::Estimate;
use crate::table::Table;
use crate::theme::{BLUE, Frame, GREEN, GREY, INK, Marker, PANELS, SOLID, Stroke, TICK, VERMILION};

pub(super) const FIGURE: Figure = Figure {
    name: "selfish_mo",
    shows: "whom market owners name and what buyers pay, by pricing rule and behaviour",
    of: Of::Sweep,
    read,
};

/// Behaviours of market owners, and how each is drawn.
const LOOKS: [(&str, Stroke, Marker); 4] = [
    ("honest", Stroke::new(BLUE, 1.5, SOLID), Marker::Disc),
    ("selfish", Stroke::new(VERMILION, 1.5, SOLID), Marker::Square),
    ("withholding", Stroke::new(GREEN, 1.5, SOLID), Marker::Triangle),
    ("lying", Stroke::new(INK, 1.5, SOLID), Marker::Diamond),
];

/// The panels, from top to bottom.
const ROWS: [Row; 3] = [
    Row {
        label: "cheapest named",
        of: |group| group.cheapest.share(),
        said: |share| format!("{:.0} %", share * 100.0),
    },
    Row {
        label: "total / least bid",
        of: |group| group.over.estimate(),
        said: |over| format!("{over:.2}"),
    },
    Row {
        label: "owner's payoff (credits)",
        of: |group| group.mo.estimate(),
        said: |credits| format!("{credits:.2}"),
    },
];

struct Row {
    label: &'static str,
    of: fn(&Group) -> Option<Estimate>,
    said: fn(f64) -> String,
}

/// Sales under one rule at market owners of one behaviour.
#[derive(Clone, Debug, Default)]
struct Group {
    cheapest: Sample,
    /// Buyers' totals as parts of least bids.
    over: Sample,
    mo: Sample,
}

struct SelfishMo {
    rules: Vec<String>,
    /// By rule and behaviour, in their order.
    groups: BTreeMap<(usize, usize), Group>,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    if context.swept != [RULE] {
        return Ok(Reading::Nothing(format!("not {RULE}, or not it alone, is swept")));
    }
    let Some(table) = Table::open(&folder.join("transactions.csv"))? else {
        return Ok(Reading::Nothing("there is no transactions.csv".to_owned()));
    };
    let [rule, replicate, outcome, behaviour, bid, least, total, mo] = table.columns([
        RULE,
        "replicate",
        "outcome",
        "mo_behaviour",
        "bid_credits",
        "least_bid_credits",
        "total_credits",
        "mo_payoff_credits",
    ])?;
    let mut rules: Vec<String> = Vec::new();
    let mut groups: BTreeMap<(usize, usize), Group> = BTreeMap::new();
    table.each(|row| {
        if row.text(outcome) != "completed" {
            return Ok(());
        }
        let text = row.text(behaviour);
        let Some(look) = LOOKS.iter().position(|(name, ..)| *name == text) else {
            return Err(row.wants(behaviour, "a behaviour of market owners"));
        };
        let name = row.text(rule);
        let place = rules.iter().position(|rule| rule == name).unwrap_or_else(|| {
            rules.push(name.to_owned());
            rules.len() - 1
        });
        let group = groups.entry((place, look)).or_default();
        let (replicate, least) = (row.count(replicate)?, row.number(least)?);
        group.cheapest.add(replicate, f64::from(u8::from(row.number(bid)? <= least)));
        group.over.add_part(replicate, row.number(total)?, least);
        group.mo.add(replicate, row.number(mo)?);
        Ok(())
    })?;
    if groups.is_empty() {
        return Ok(Reading::Nothing("transactions.csv has no completed purchase".to_owned()));
    }
    Ok(Reading::Plot(Box::new(SelfishMo { rules, groups, context: context.clone() })))
}

impl Plot for SelfishMo {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(sheet, "Market owners by behaviour and pricing rule", &self.context.line());
        const BETWEEN: f64 = 18.0;
        let height = (PANELS.bottom - PANELS.top - 2.0 * BETWEEN) / ROWS.len() as f64;
        let names: Vec<&str> = self.rules.iter().map(String::as_str).collect();
        let x = Axis::named("pricing rule", &names);
        for (row, nth) in ROWS.iter().zip(0..) {
            let top = PANELS.top + f64::from(nth) * (height + BETWEEN);
            let values = self.values(row);
            let ends = values.iter().flat_map(|(.., value)| [value.mean, value.high]);
            let high = ends.filter(|end| end.is_finite()).fold(0.0, f64::max) * 1.05;
            let y = if nth == 0 {
                Axis::linear(row.label, 0.0, 1.05, 5).per_cent()
            } else {
                Axis::from_zero(row.label, high, 5)
            };
            let is_last = nth as usize + 1 == ROWS.len();
            let x = if is_last { x.clone() } else { x.unlabelled() };
            let panel = Panel { frame: Frame { top, bottom: top + height, ..PANELS }, x, y };
            panel.draw(sheet);
            if nth == 1 {
                let one = [(panel.x.from(), 1.0), (panel.x.to(), 1.0)];
                sheet.line(&panel.all(&one), Stroke::new(GREY, 1.0, SOLID));
            }
            for &(rule, look, value) in &values {
                draw(sheet, &panel, rule as f64 + self.aside(look), look, value);
            }
            self.say(sheet, &panel, row, &values);
        }
        self.legend(sheet);
    }
}

impl SelfishMo {
    fn values(&self, row: &Row) -> Vec<(usize, usize, Estimate)> {
        let value = |(&(rule, look), group): (&(usize, usize), &Group)| {
            Some((rule, look, (row.of)(group)?))
        };
        self.groups.iter().filter_map(value).collect()
    }

    /// The behaviours that are there, in order.
    fn looks(&self) -> Vec<usize> {
        (0..LOOKS.len()).filter(|&look| self.groups.keys().any(|key| key.1 == look)).collect()
    }

    /// How far a behaviour stands aside, so that all stand side by side.
    fn aside(&self, look: usize) -> f64 {
        let looks = self.looks();
        let place = looks.iter().position(|&there| there == look).unwrap_or(0);
        (place as f64 - (looks.len() as f64 - 1.0) / 2.0) * self.step()
    }

    /// How far behaviours stand apart: with labels beside two of them, or above more.
    fn step(&self) -> f64 {
        match self.looks().len() {
            0..=2 => 0.2,
            n => 0.9 / n as f64,
        }
    }

    /// Says values: beside their marks, on the outer side of two; above more, if there is room.
    fn say(
        &self,
        sheet: &mut Sheet<'_>,
        panel: &Panel,
        row: &Row,
        values: &[(usize, usize, Estimate)],
    ) {
        let looks = self.looks();
        let (here, there) = (panel.at(0.0, 0.0).0, panel.at(self.step(), 0.0).0);
        let is_narrow = |text: &str| sheet.width(text, TICK) <= there - here;
        let has_room = values.iter().all(|(.., value)| is_narrow(&(row.said)(value.mean)));
        if looks.len() > 2 && !has_room {
            return;
        }
        for &(rule, look, value) in values {
            let (x, y) = panel.at(rule as f64 + self.aside(look), value.mean);
            // Above a line that the mark is on.
            let (across, (x, y)) = match looks.as_slice() {
                [first, _] if *first == look => (HPos::Right, (x - 9.0, y - 8.0)),
                [_, _] | [_] => (HPos::Left, (x + 9.0, y - 8.0)),
                _ if value.high.is_finite() => {
                    (HPos::Center, (x, panel.at(0.0, value.high).1.min(y - 4.0) - 8.0))
                }
                _ => (HPos::Center, (x, y - 12.0)),
            };
            let look = Text { size: TICK, across, ..Text::LEFT };
            sheet.text(&(row.said)(value.mean), (x, y), look);
        }
    }

    fn legend(&self, sheet: &mut Sheet<'_>) {
        let mut legend = Legend::new(sheet);
        legend.note(
            "From top to bottom: share of sales at which the cheapest seller that was to be had \
             was named; the sum of buyers' totals over the sum of least bids, of each replicate; what market \
             owners get of a sale.",
        );
        legend.gap();
        for look in self.looks() {
            let (name, stroke, marker) = LOOKS[look];
            legend.entry(Shown::LineWithMarker(stroke, marker), &format!("{name} market owners"));
        }
        let groups = self.groups.values();
        let sales: u64 = groups.clone().map(|group| group.mo.count()).sum();
        let replicates = groups.map(|group| group.mo.replicates()).max().unwrap_or(0);
        let of = match replicates {
            0 | 1 => "over sales".to_owned(),
            n => format!("over {n} replicates"),
        };
        let sales = grouped(sales as f64, 0);
        legend.note(&format!("{sales} completed purchases;\nmeans {of}, with 95 % CI"));
    }
}

fn draw(sheet: &mut Sheet<'_>, panel: &Panel, x: f64, look: usize, value: Estimate) {
    let (_, stroke, marker) = LOOKS[look];
    let broad = Stroke { width: 7.0, color: stroke.color.tint(0.35), ..stroke };
    sheet.line(&panel.all(&[(x, panel.y.from()), (x, value.mean)]), broad);
    panel.interval(sheet, x, value, stroke.color);
    sheet.marker(panel.at(x, value.mean), marker, stroke.color);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    const ROWS_OF_TWO_RULES: &str = "pricing.rule,replicate,outcome,mo_behaviour,bid_credits,\
        least_bid_credits,total_credits,mo_payoff_credits\n\
        commission,0,completed,honest,10,10,10,1\n\
        commission,0,no_seller,,,,0,0\n\
        commission,0,completed,selfish,30,10,30,3\n\
        max_min,0,completed,selfish,10,10,12.025,1.025\n";

    fn context(swept: &[&str]) -> Context {
        Context { swept: swept.iter().map(|&path| path.to_owned()).collect(), ..Context::default() }
    }

    #[test]
    fn behaviours_stand_side_by_side() {
        let groups: BTreeMap<(usize, usize), Group> =
            [(0, 0), (0, 1), (1, 1)].map(|key| (key, Group::default())).into();
        let selfish = SelfishMo { rules: Vec::new(), groups, context: Context::default() };
        assert_eq!(selfish.looks(), [0, 1]);
        assert_eq!((selfish.aside(0), selfish.aside(1)), (-0.1, 0.1));
    }

    #[test]
    fn rules_are_told_apart_and_nothing_else_may_be_swept() {
        let scratch = Scratch::new("selfish-rules");
        scratch.file("transactions.csv", ROWS_OF_TWO_RULES);
        let drawn = read(scratch.folder(), &context(&[RULE])).unwrap();
        assert!(matches!(drawn, Reading::Plot(_)));
        let Reading::Nothing(why) = read(scratch.folder(), &context(&[RULE, "nodes"])).unwrap()
        else {
            panic!("two things are swept")
        };
        assert_eq!(why, "not pricing.rule, or not it alone, is swept");
    }
}

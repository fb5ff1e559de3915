//! What sellers gain by bidding something else than their marginal cost: of one scenario, or of the
//! points of a sweep, side by side.

use std::collections::BTreeMap;
use std::path::Path;

use plotters_backend::text_anchor::{HPos, VPos};

use super::{Context, Figure, Of, Plot, RULE, Reading};
use crate::axis::{Axis, grouped};
use crate::error::Error;
use crate::legend::{Legend, Sample as Shown, titles};
use crate::panel::Panel;
use crate::sample::Sample;
use crate::sheet::{Sheet, Text};
use crate::stats::Estimate;
use crate::table::Table;
use crate::theme::{BLUE, Color, DASHED, Frame, GREY, Marker, PANELS, SOLID, Stroke, TICK};

pub(super) const FIGURE: Figure = Figure {
    name: "misreport",
    shows: "what sellers gain by bidding less or more than their marginal costs",
    of: Of::Either,
    read,
};

const MEASURED: Stroke = Stroke::new(BLUE, 1.75, SOLID);
const TRUTHFUL: Stroke = Stroke::new(GREY, 1.5, DASHED);
const BAND: (Color, f64) = (GREY, 0.2);

/// Misreports are told apart by twentieths, and drawn in at most so many bins a side.
const PARTS: f64 = 20.0;
const BINS_MAX: i32 = 4;
/// More points of a sweep have no room.
const POINTS_MAX: usize = 3;

/// What is drawn, from top to bottom.
const ROWS: [Row; 3] = [
    Row { label: "profit a sale (credits)", of: |group| group.sale.estimate() },
    Row { label: "sales a seller", of: |group| group.sales.estimate() },
    Row { label: "profit a seller (credits)", of: |group| group.seller.estimate() },
];
const PROFIT_A_SELLER: usize = 2;

/// Room between columns.
const BETWEEN: f64 = 56.0;
/// How far a text is from the mark beside it.
const ASIDE: f64 = 8.0;
/// The rule under which truth pays, by the paper.
const VICKREY: &str = "vickrey";

struct Row {
    label: &'static str,
    of: fn(&Group) -> Option<Estimate>,
}

struct Misreport {
    points: Vec<Point>,
    /// Twentieths in a bin.
    each: i32,
    context: Context,
}

/// One scenario, or one point of a sweep.
#[derive(Clone, Debug, Default)]
struct Point {
    name: String,
    /// By misreport, in twentieths away from zero; at zero are the truthful.
    groups: BTreeMap<i32, Group>,
}

/// Sellers whose misreports are about the same.
#[derive(Clone, Debug, Default)]
struct Group {
    misreport: Sample,
    /// Profits as parts of sales: the ratio is the profit of a sale.
    sale: Sample,
    sales: Sample,
    seller: Sample,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let Some(table) = Table::open(&folder.join("incomes.csv"))? else {
        return Ok(Reading::Nothing("there is no incomes.csv".to_owned()));
    };
    let swept = table.named(&context.swept)?;
    let [replicate, behaviour, misreport, sales, costs, income] = table.columns([
        "replicate",
        "seller_behaviour",
        "misreport",
        "sales",
        "costs_credits",
        "seller_income_credits",
    ])?;
    let mut points: Vec<Point> = Vec::new();
    table.each(|row| {
        // A cartel's bids are no misreports of a cost.
        if matches!(row.text(behaviour), "" | "colluding") {
            return Ok(());
        }
        let name: Vec<String> = context
            .swept
            .iter()
            .zip(&swept)
            .map(|(path, column)| format!("{path}={}", row.text(*column)))
            .collect();
        let name = name.join(", ");
        if points.last().is_none_or(|last| last.name != name) {
            points.push(Point { name, ..Point::default() });
        }
        let point = points.last_mut().expect("one was just pushed, if there was none");
        let off = row.number(misreport)?;
        let profit = row.number(income)? - row.number(costs)?;
        point.add(row.count(replicate)?, off, row.number(sales)?, profit);
        Ok(())
    })?;
    Ok(match Misreport::of(points, context) {
        Ok(misreport) => Reading::Plot(Box::new(misreport)),
        Err(why) => Reading::Nothing(why),
    })
}

impl Point {
    fn add(&mut self, replicate: u64, misreport: f64, sales: f64, profit: f64) {
        let parts = (misreport.abs() * PARTS - 1e-9).ceil() as i32;
        let place = if misreport < 0.0 { -parts } else { parts };
        let group = self.groups.entry(place).or_default();
        group.misreport.add(replicate, misreport);
        group.sale.add_part(replicate, profit, sales);
        group.sales.add(replicate, sales);
        group.seller.add(replicate, profit);
    }

    /// With so many twentieths in a bin.
    fn binned(mut self, each: i32) -> Self {
        let mut bins: BTreeMap<i32, Group> = BTreeMap::new();
        for (place, group) in std::mem::take(&mut self.groups) {
            let bin = place.signum() * ((place.abs() + each - 1) / each);
            bins.entry(bin).or_default().merge(&group);
        }
        Self { groups: bins, ..self }
    }

    /// What a row says of each group, at its mean misreport.
    fn values(&self, row: &Row) -> Vec<(f64, Estimate)> {
        let value = |group: &Group| Some((group.misreport.estimate()?.mean, (row.of)(group)?));
        self.groups.values().filter_map(value).collect()
    }

    fn truthful(&self, row: &Row) -> Option<Estimate> {
        self.groups.get(&0).and_then(row.of)
    }

    /// The bins that are clear of the truthful, above them and below.
    fn apart(&self, row: &Row) -> Option<[Vec<i32>; 2]> {
        let truthful = self.truthful(row)?;
        let bins = |is_clear: &dyn Fn(Estimate) -> bool| {
            let clear =
                self.groups.iter().filter(|(_, group)| (row.of)(group).is_some_and(is_clear));
            clear.map(|(bin, _)| *bin).collect()
        };
        let above = bins(&|value| value.low > truthful.high);
        Some([above, bins(&|value| value.high < truthful.low)])
    }
}

impl Group {
    fn merge(&mut self, other: &Self) {
        self.misreport.merge(&other.misreport);
        self.sale.merge(&other.sale);
        self.sales.merge(&other.sales);
        self.seller.merge(&other.seller);
    }
}

impl Misreport {
    fn of(points: Vec<Point>, context: &Context) -> Result<Self, String> {
        if points.len() > POINTS_MAX {
            return Err(format!("more than {POINTS_MAX} points are swept"));
        }
        let most = points.iter().flat_map(|point| point.groups.keys()).map(|place| place.abs());
        match most.max() {
            None => Err("incomes.csv has no seller".to_owned()),
            Some(0) => Err("no seller misreports its cost".to_owned()),
            Some(most) => {
                let each = (most + BINS_MAX - 1) / BINS_MAX;
                let points = points.into_iter().map(|point| point.binned(each)).collect();
                Ok(Self { points, each, context: context.clone() })
            }
        }
    }
}

impl Plot for Misreport {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(
            sheet,
            "Profit of sellers by misreport of their costs",
            &self.context.line_with_rule(),
        );
        let points = self.points.iter().flat_map(|point| point.values(&ROWS[0]));
        let most = points.map(|(x, _)| x.abs()).fold(0.0, f64::max);
        let most = most * self.room(sheet);
        for (nth, point) in self.points.iter().enumerate() {
            self.column(sheet, nth, point, most);
        }
        self.legend(sheet);
    }
}

impl Misreport {
    /// How wide each column is.
    fn width(&self) -> f64 {
        let columns = self.points.len() as f64;
        (PANELS.right - PANELS.left - BETWEEN * (columns - 1.0)) / columns
    }

    /// How much longer than needed the axis of misreports is: outside of marks that are cut off
    /// there is room for what they are.
    fn room(&self, sheet: &Sheet<'_>) -> f64 {
        let mut most = 0.0_f64;
        for (point, row) in self.points.iter().flat_map(|p| ROWS.iter().map(move |row| (p, row))) {
            let values = point.values(row);
            let from = axis("", &values).from();
            let cut = values.iter().filter(|(_, value)| value.mean < from);
            most = cut.map(|(_, cut)| sheet.width(&said(cut.mean), TICK)).fold(most, f64::max);
        }
        let most = if most > 0.0 { most + ASIDE } else { 0.0 };
        (1.0 / (1.0 - 2.0 * most / self.width())).clamp(1.15, 2.0)
    }

    /// The middles of bins, in words.
    fn middles(&self, bins: &[i32]) -> String {
        let middle = |bin: &i32| {
            let parts = f64::from(bin * self.each) - f64::from(bin.signum() * self.each) / 2.0;
            let sign = if *bin > 0 { "+" } else { "" };
            format!("{sign}{}\u{a0}%", grouped(parts / PARTS * 100.0, 0))
        };
        match bins {
            [] => "none".to_owned(),
            bins => bins.iter().map(middle).collect::<Vec<_>>().join(", "),
        }
    }

    /// Whether some of what is shown is under the rule of the theorem.
    fn is_vickrey(&self) -> bool {
        let swept = format!("{RULE}={VICKREY}");
        match self.context.swept.iter().any(|path| path == RULE) {
            true => self.points.iter().any(|p| p.name.split(", ").any(|part| part == swept)),
            false => self.context.pricing_rule == VICKREY,
        }
    }

    fn column(&self, sheet: &mut Sheet<'_>, nth: usize, point: &Point, most: f64) {
        const ABOVE: f64 = 14.0;
        const LOW: f64 = 18.0;
        let width = self.width();
        let left = PANELS.left + nth as f64 * (width + BETWEEN);
        let top = PANELS.top + ABOVE;
        let height = (PANELS.bottom - top - LOW * 2.0) / ROWS.len() as f64;
        let look = Text { size: TICK, down: VPos::Bottom, ..Text::LEFT };
        sheet.text(&point.name, (left, top - 4.0), look);
        let x = Axis::linear("bid off from marginal cost", -most, most, 6).per_cent();
        for (row, at) in ROWS.iter().zip(0..) {
            let top = top + f64::from(at) * (height + LOW);
            let is_last = at as usize + 1 == ROWS.len();
            let label = if nth == 0 { row.label } else { "" };
            let panel = Panel {
                frame: Frame { left, top, right: left + width, bottom: top + height },
                x: if is_last { x.clone() } else { x.unlabelled() },
                y: axis(label, &point.values(row)),
            };
            panel.draw(sheet);
            draw(sheet, &panel, point, row);
        }
    }

    fn legend(&self, sheet: &mut Sheet<'_>) {
        let groups = || self.points.iter().flat_map(|point| point.groups.values());
        let replicates = groups().map(|group| group.seller.replicates()).max().unwrap_or(0);
        let mut legend = Legend::new(sheet);
        legend.entry(Shown::LineWithMarker(MEASURED, Marker::Disc), "sellers by misreport");
        legend.note(&match replicates {
            0 | 1 => "means over sellers, with 95 % CI".to_owned(),
            n => format!("means over {n} replicates,\nwith 95 % CI"),
        });
        legend.note(
            "What is at a panel's lower edge is at or below it; then its number is beside it.",
        );
        legend.gap();
        legend.entry(Shown::Line(TRUTHFUL), "truthful sellers");
        legend.entry(Shown::Area(BAND.0, BAND.1), "their 95 % CI");
        legend.gap();
        if self.is_vickrey() {
            legend.note(
                "The paper (IV-B.1), of vickrey: nobody gains by a misreport. A theorem of one \
                 auction.",
            );
            legend.gap();
        }
        for point in &self.points {
            let row = &ROWS[PROFIT_A_SELLER];
            let Some([above, below]) = point.apart(row) else { continue };
            if !point.name.is_empty() {
                legend.note(&point.name);
            }
            let bins = point.groups.len() - 1;
            legend.note(&format!(
                "profit a seller, of {bins} bins with intervals apart from the truthful's: \
                 above {}; below {}",
                self.middles(&above),
                self.middles(&below),
            ));
            legend.gap();
        }
    }
}

/// An axis for zero and for all intervals that have ends: but great losses would leave no room to
/// see what is gained.
fn axis(label: &str, values: &[(f64, Estimate)]) -> Axis {
    // Of what is never below zero, such as sales, nothing is to be seen there.
    let least = if values.iter().all(|(_, value)| value.mean >= 0.0) { 0.0 } else { f64::MIN };
    let ends = values.iter().flat_map(|(_, value)| [value.mean, value.low.max(least), value.high]);
    let (low, high) = ends
        .filter(|end| end.is_finite())
        .fold((0.0_f64, 0.0_f64), |(low, high), end| (low.min(end), high.max(end)));
    let high = high.max(-low * 0.1);
    let low = low.max(-1.5 * high);
    let room = (high - low) * 0.06;
    let low = if low < 0.0 { low - room } else { low };
    Axis::linear(label, low, high + room, 5)
}

fn draw(sheet: &mut Sheet<'_>, panel: &Panel, point: &Point, row: &Row) {
    let (left, right) = (panel.x.from(), panel.x.to());
    if let Some(truthful) = point.truthful(row) {
        if truthful.low.is_finite() {
            let (low, high) = (panel.at(left, truthful.low), panel.at(right, truthful.high));
            sheet.rect(low, high, BAND.0, BAND.1);
        }
        sheet.line(&panel.all(&[(left, truthful.mean), (right, truthful.mean)]), TRUTHFUL);
    }
    if panel.y.from() < 0.0 {
        let zero = Stroke::new(GREY, 1.0, SOLID);
        sheet.line(&panel.all(&[(left, 0.0), (right, 0.0)]), zero);
    }
    let values = point.values(row);
    for (x, value) in &values {
        panel.interval(sheet, *x, *value, MEASURED.color);
    }
    let means: Vec<(f64, f64)> = values.iter().map(|(x, value)| (*x, value.mean)).collect();
    panel.curve(sheet, &means, MEASURED, Marker::Disc);
    let cut = |is_here: &dyn Fn(f64) -> bool| -> Vec<(f64, f64)> {
        means.iter().copied().filter(|(x, y)| *y < panel.y.from() && is_here(*x)).collect()
    };
    let (left, mut right) = (cut(&|x| x < 0.0), cut(&|x| x >= 0.0));
    right.reverse();
    // On the outer side, where no line comes from; the inner ones above the outer ones.
    for (side, across, aside) in [(left, HPos::Right, -ASIDE), (right, HPos::Left, ASIDE)] {
        for ((x, mean), nth) in side.into_iter().zip(0..) {
            let (x, y) = panel.at(x, mean);
            let place = (x + aside, y - 9.0 - f64::from(nth) * 14.0);
            sheet.text(&said(mean), place, Text { size: TICK, across, ..Text::LEFT });
        }
    }
}

/// A mean that is cut off, in words.
fn said(mean: f64) -> String {
    grouped(mean, if mean.abs() < 10.0 { 1 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(misreports: &[(f64, f64)]) -> Point {
        let mut point = Point::default();
        for &(misreport, profit) in misreports {
            for (replicate, more) in [(0, 0.0), (1, 0.5), (2, -0.5)] {
                point.add(replicate, misreport, 2.0, profit + more);
            }
        }
        point
    }

    #[test]
    fn bins_are_as_wide_as_four_a_side_must_be() {
        let point = point(&[(-0.75, -9.0), (-0.625, -7.0), (0.0, 4.0), (0.01, 4.0), (0.4, 8.0)]);
        let misreport = Misreport::of(vec![point], &Context::default()).unwrap();
        let point = &misreport.points[0];
        assert_eq!(point.groups.keys().copied().collect::<Vec<_>>(), [-4, 0, 1, 2]);
        let sellers = point.values(&ROWS[PROFIT_A_SELLER]);
        assert_eq!((sellers[0].0, sellers[0].1.mean), (-0.6875, -8.0));
        assert_eq!(point.values(&ROWS[0])[0].1.mean, -4.0);
        let [above, below] = point.apart(&ROWS[PROFIT_A_SELLER]).unwrap();
        assert_eq!(
            (misreport.middles(&above), misreport.middles(&below)),
            ("+30\u{a0}%".into(), "−70\u{a0}%".into())
        );
    }

    #[test]
    fn the_theorem_is_of_one_rule_alone() {
        let is_vickrey = |rule: &str, swept: &[&str], name: &str| {
            let swept = swept.iter().map(|&path| path.to_owned()).collect();
            let context = Context { pricing_rule: rule.to_owned(), swept, ..Context::default() };
            let point = Point { name: name.to_owned(), ..point(&[(0.0, 4.0), (0.4, 8.0)]) };
            Misreport::of(vec![point], &context).unwrap().is_vickrey()
        };
        assert!(is_vickrey("vickrey", &[], ""));
        assert!(!is_vickrey("vickrey_commission", &[], ""));
        assert!(is_vickrey("max_min", &[RULE], "pricing.rule=vickrey"));
        assert!(!is_vickrey("vickrey", &[RULE], "pricing.rule=vickrey_commission"));
    }

    #[test]
    fn where_nobody_misreports_there_is_nothing_to_show() {
        let of = |points| Misreport::of(points, &Context::default()).err();
        assert_eq!(of(vec![point(&[(0.0, 4.0)])]).unwrap(), "no seller misreports its cost");
        assert_eq!(of(Vec::new()).unwrap(), "incomes.csv has no seller");
    }
}

//! How many hops lookups take, beside theory and the Chord paper.

use std::collections::BTreeMap;
use std::path::Path;

use plotters_backend::text_anchor::HPos;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::{Axis, grouped};
use crate::error::Error;
use crate::histogram::Histogram;
use crate::history::History;
use crate::law::Law;
use crate::legend::{Legend, Sample, titles};
use crate::panel::Panel;
use crate::published::{PATH_LENGTH_PDF, PATH_LENGTH_PDF_NODES, path_length};
use crate::sheet::{Sheet, Text};
use crate::stats::{Estimate, estimate};
use crate::table::Table;
use crate::theme::{
    BLUE, Color, DASHED, DOTTED, Frame, GREEN, Marker, PANELS, SOLID, Stroke, TICK, VERMILION,
};

pub(super) const FIGURE: Figure = Figure {
    name: "lookup_hops",
    shows: "the distribution of hops of found lookups, beside theory and the Chord paper",
    of: Of::Scenario,
    read,
};

const BARS: Color = BLUE;
const THEORY: Stroke = Stroke::new(VERMILION, 1.5, DASHED);
const PAPER_LINE: Stroke = Stroke::new(GREEN, 1.5, DOTTED);

struct LookupHops {
    hops: Histogram,
    mean: Estimate,
    replicates: usize,
    failed: u64,
    wrong: u64,
    /// Places on the ring that are taken.
    ring: u64,
    theory: Option<Law>,
    context: Context,
}

/// One line of the upper panel.
struct Spread {
    name: &'static str,
    low: f64,
    mean: f64,
    high: f64,
    stroke: Stroke,
    marker: Marker,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let Some(table) = Table::open(&folder.join("lookups.csv"))? else {
        return Ok(Reading::Nothing("there is no lookups.csv".to_owned()));
    };
    let [replicate, hops, outcome, correct] =
        table.columns(["replicate", "hops", "outcome", "correct"])?;
    const HOPS_MAX: u64 = 1_000_000; // more is no count of hops, and would take the memory
    let mut replicates: BTreeMap<u64, Histogram> = BTreeMap::new();
    let (mut failed, mut wrong) = (0, 0);
    table.each(|row| {
        match row.text(outcome) {
            "found" => {
                let count = row.count(hops)?;
                if count > HOPS_MAX {
                    return Err(row.wants(hops, "a number of hops up to 1000000"));
                }
                wrong += u64::from(row.text(correct) == "0");
                replicates.entry(row.count(replicate)?).or_default().add(count as usize);
            }
            "failed" => failed += 1,
            _ => return Err(row.wants(outcome, "found or failed")),
        }
        Ok(())
    })?;
    let mut hops = Histogram::default();
    for histogram in replicates.values() {
        hops.merge(histogram);
    }
    let means: Vec<f64> = replicates.values().filter_map(Histogram::mean).collect();
    let mean = if means.len() > 1 { estimate(&means) } else { hops.estimate() };
    let Some(mean) = mean else {
        return Ok(Reading::Nothing("lookups.csv has no lookup that found its key".to_owned()));
    };
    let ring = ring(folder, context)?;
    let theory = (context.overlay == "chord" && ring > 1).then_some(Law::Hops { nodes: ring });
    let (replicates, context) = (means.len(), context.clone());
    Ok(Reading::Plot(Box::new(LookupHops {
        hops,
        mean,
        replicates,
        failed,
        wrong,
        ring,
        theory,
        context,
    })))
}

/// How many places on the ring are taken: of nodes that come and go, on average over the samples.
fn ring(folder: &Path, context: &Context) -> Result<u64, Error> {
    let each = context.virtual_nodes.max(1);
    let all = context.nodes * each;
    let Ok(history) = History::read(folder)? else { return Ok(all) };
    let up = history.live_mean(context.warmup_s).map(|live| live * each as f64);
    Ok(up.map_or(all, |up| up.round() as u64))
}

impl Plot for LookupHops {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(sheet, "Hops of a lookup", &self.context.line());
        let spreads = self.spreads();
        let bottom = PANELS.top + 12.0 + 24.0 * spreads.len() as f64;
        let hops = Axis::whole(
            "hops (nodes contacted up to the key's predecessor)",
            -0.6,
            self.shown_max() as f64 + 0.6,
            20,
        );
        let upper = Panel {
            frame: Frame { bottom, ..PANELS },
            x: hops.unlabelled(),
            y: Axis::linear("", 0.0, spreads.len() as f64, 1).bare(),
        };
        let frame = Frame { top: bottom + 14.0, ..PANELS };
        let y = Axis::from_zero("share of lookups", self.share_max() * 1.04, 8).per_cent();
        let lower = Panel { frame, x: hops, y };
        upper.draw(sheet);
        lower.draw(sheet);
        self.draw_distribution(sheet, &lower);
        draw_spreads(sheet, &upper, &spreads);
        self.legend(sheet);
    }
}

impl LookupHops {
    fn paper(&self) -> Option<crate::published::Published> {
        self.theory.and_then(|_| path_length(self.ring))
    }

    fn paper_pdf(&self) -> &'static [(u64, f64)] {
        let same = self.theory.is_some() && self.ring == PATH_LENGTH_PDF_NODES;
        if same { &PATH_LENGTH_PDF } else { &[] }
    }

    fn spreads(&self) -> Vec<Spread> {
        let percentile = |q| self.hops.percentile(q).unwrap_or(0) as f64;
        let mut spreads = vec![Spread {
            name: "measured",
            low: percentile(0.01),
            mean: self.mean.mean,
            high: percentile(0.99),
            stroke: Stroke::new(BLUE, 1.75, SOLID),
            marker: Marker::Square,
        }];
        spreads.extend(self.theory.map(|law| Spread {
            name: "theory",
            low: law.quantile(0.01) as f64,
            mean: law.mean(),
            high: law.quantile(0.99) as f64,
            stroke: THEORY,
            marker: Marker::Triangle,
        }));
        spreads.extend(self.paper().map(|paper| Spread {
            name: "paper",
            low: paper.p1,
            mean: paper.mean,
            high: paper.p99,
            stroke: PAPER_LINE,
            marker: Marker::Disc,
        }));
        spreads
    }

    fn means(&self) -> Vec<(f64, Stroke)> {
        let mut means = vec![(self.mean.mean, Stroke::new(BLUE, 1.5, SOLID))];
        means.extend(self.theory.map(|law| (law.mean(), THEORY)));
        means
    }

    /// The greatest number of hops that is drawn: a long thin tail is only counted.
    fn shown_max(&self) -> usize {
        let theory = self.theory.map_or(0, |law| law.quantile(0.9999) as usize);
        let measured = self.hops.max().unwrap_or(0);
        let bulk = self.hops.percentile(0.99).unwrap_or(0) * 2 + 3;
        measured.min(bulk).max(theory).max(1)
    }

    fn share_max(&self) -> f64 {
        (0..=self.shown_max())
            .map(|hops| {
                let theory = self.theory.map_or(0.0, |law| law.pmf(hops as u64));
                self.hops.share(hops).max(theory)
            })
            .chain(self.paper_pdf().iter().map(|(_, share)| *share))
            .fold(0.0, f64::max)
    }

    fn draw_distribution(&self, sheet: &mut Sheet<'_>, panel: &Panel) {
        for hops in 0..=self.shown_max() {
            let (x, share) = (hops as f64, self.hops.share(hops));
            if share > 0.0 {
                let (from, to) = (panel.at(x - 0.38, share), panel.at(x + 0.38, 0.0));
                sheet.rect(from, to, BARS.tint(0.45), 1.0);
            }
        }
        for (mean, stroke) in self.means() {
            sheet.line(&[panel.at(mean, 0.0), panel.at(mean, panel.y.to())], stroke);
        }
        let last = self.shown_max() as u64;
        if let Some(law) = self.theory {
            let pmf: Vec<(f64, f64)> = (0..=last).map(|x| (x as f64, law.pmf(x))).collect();
            panel.curve(sheet, &pmf, THEORY, Marker::Triangle);
        }
        let paper: Vec<(f64, f64)> =
            self.paper_pdf().iter().map(|(hops, share)| (*hops as f64, *share)).collect();
        panel.curve(sheet, &paper, PAPER_LINE, Marker::Disc);
    }

    fn legend(&self, sheet: &mut Sheet<'_>) {
        let mut legend = Legend::new(sheet);
        let found = grouped(self.hops.total() as f64, 0);
        legend.entry(Sample::Area(BARS.tint(0.45), 1.0), &format!("measured, {found} lookups"));
        let Estimate { mean, low, high, .. } = self.mean;
        let of = match self.replicates {
            0 | 1 => "over lookups".to_owned(),
            n => format!("over {n} replicates"),
        };
        let line = Sample::LineWithMarker(Stroke::new(BLUE, 1.5, SOLID), Marker::Square);
        legend.entry(line, &format!("mean {mean:.3}"));
        if low.is_finite() {
            legend.note(&format!("95 % CI {low:.3} to {high:.3}, {of}"));
        }
        let [p1, p99] = [0.01, 0.99].map(|q| self.hops.percentile(q).unwrap_or(0));
        legend.note(&format!("1st percentile {p1}, 99th {p99}"));
        self.note_the_rest(&mut legend);
        legend.gap();
        if let Some(law) = self.theory {
            legend.entry(
                Sample::LineWithMarker(THEORY, Marker::Triangle),
                "theory: log2 n coins, one hop a head",
            );
            let [p1, p99] = [0.01, 0.99].map(|q| law.quantile(q));
            let n = grouped(self.ring as f64, 0);
            let all = self.context.nodes * self.context.virtual_nodes.max(1);
            let on_average = if self.ring == all { "" } else { " on average" };
            legend.note(&format!("n = {n} on the ring{on_average}"));
            legend.note(&format!("mean ½ log2 n = {:.3}", law.mean()));
            legend.note(&format!("1st percentile {p1}, 99th {p99}"));
            if self.context.successors > 1 {
                let known = self.context.successors;
                legend.note(&format!(
                    "It is of nodes that know one successor. These know {known}: at the end of \
                     its way a lookup jumps over those that it would go by one by one."
                ));
            }
            legend.gap();
        }
        if let Some(paper) = self.paper() {
            let line = Sample::LineWithMarker(PAPER_LINE, Marker::Disc);
            legend.entry(line, "Stoica et al. 2003, Fig. 10");
            legend.note(&format!("mean {:.2}", paper.mean));
            legend.note(&format!("1st percentile {}, 99th {}", paper.p1, paper.p99));
            legend.gap();
        }
        legend.note("Lines in the upper panel: 1st to 99th percentile, mean marked.");
    }

    fn note_the_rest(&self, legend: &mut Legend<'_, '_>) {
        let beyond = 1.0 - (0..=self.shown_max()).map(|hops| self.hops.share(hops)).sum::<f64>();
        if self.hops.max().unwrap_or(0) > self.shown_max() {
            let most = self.hops.max().unwrap_or(0);
            legend.note(&format!("{:.2} % beyond the axis, up to {most}", beyond * 100.0));
        }
        let rest = [(self.failed, "failed, not drawn"), (self.wrong, "ended at a wrong node")];
        for (count, what) in rest {
            if count > 0 {
                legend.note(&format!("{} {what}", grouped(count as f64, 0)));
            }
        }
    }
}

fn draw_spreads(sheet: &mut Sheet<'_>, panel: &Panel, spreads: &[Spread]) {
    for (row, spread) in spreads.iter().enumerate() {
        let y = spreads.len() as f64 - row as f64 - 0.5;
        let [low, mean, high] = [spread.low, spread.mean, spread.high].map(|x| panel.at(x, y));
        sheet.line(&[low, high], spread.stroke);
        for (x, y) in [low, high] {
            let end = Stroke { dashes: SOLID, ..spread.stroke };
            sheet.line(&[(x, y - 5.0), (x, y + 5.0)], end);
        }
        sheet.marker(mean, spread.marker, spread.stroke.color);
        let look = Text { size: TICK, across: HPos::Right, ..Text::LEFT };
        sheet.text(spread.name, (panel.frame.left - 7.0, mean.1), look);
    }
}

//! The share of lookups that were right and of purchases that were completed, over time.

use std::path::Path;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::{Axis, grouped};
use crate::error::Error;
use crate::history::{Event, History};
use crate::legend::{Legend, Sample, titles};
use crate::panel::Panel;
use crate::sheet::Sheet;
use crate::stats::{Estimate, share};
use crate::theme::{BLUE, DASHED, Marker, PANELS, SOLID, Stroke, VERMILION};

pub(super) const FIGURE: Figure = Figure {
    name: "success",
    shows: "the share of right lookups and of completed purchases over time",
    of: Of::Scenario,
    read,
};

const SPANS_MAX: usize = 40;
const BAND: f64 = 0.2;

/// One kind of attempts, and how it is drawn.
struct Kind {
    tried: Event,
    succeeded: Event,
    name: &'static str,
    stroke: Stroke,
    marker: Marker,
}

const KINDS: [Kind; 2] = [
    Kind {
        tried: Event::Lookup,
        succeeded: Event::CorrectLookup,
        name: "lookups that ended at the right node",
        stroke: Stroke::new(BLUE, 1.75, SOLID),
        marker: Marker::Disc,
    },
    Kind {
        tried: Event::Purchase,
        succeeded: Event::CompletedPurchase,
        name: "purchases completed",
        stroke: Stroke::new(VERMILION, 1.75, DASHED),
        marker: Marker::Square,
    },
];

struct Success {
    history: History,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let history = match History::read(folder)? {
        Ok(history) => history,
        Err(why) => return Ok(Reading::Nothing(why)),
    };
    if KINDS.iter().all(|kind| kind.total(&history).is_none()) {
        return Ok(Reading::Nothing("timeseries.csv counts no lookup and no purchase".to_owned()));
    }
    Ok(Reading::Plot(Box::new(Success { history, context: context.clone() })))
}

impl Kind {
    fn total(&self, history: &History) -> Option<Estimate> {
        let sum = |event| history.moments.iter().map(|moment| moment.count(event)).sum::<u64>();
        share(sum(self.succeeded).min(sum(self.tried)), sum(self.tried))
    }

    /// The share in each span where there were any, at its middle, in runs without a gap.
    fn runs(&self, history: &History, unit_s: f64) -> Vec<Vec<(f64, Estimate)>> {
        let mut runs = vec![Vec::new()];
        for span in history.spans(SPANS_MAX) {
            let tried = span.count(self.tried);
            // An attempt may begin in one span and succeed in the next.
            match share(span.count(self.succeeded).min(tried), tried) {
                Some(share) => {
                    let middle = (span.from_s + span.at_s) / 2.0 / unit_s;
                    runs.last_mut().expect("there is always one").push((middle, share));
                }
                None => runs.push(Vec::new()),
            }
        }
        runs.retain(|run| !run.is_empty());
        runs
    }
}

impl Plot for Success {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(sheet, "Success over time", &self.context.line());
        let (time, unit_s) = self.history.axis();
        let kinds = KINDS.map(|kind| (kind.runs(&self.history, unit_s), kind));
        let least = kinds.iter().flat_map(|(runs, _)| runs.iter().flatten());
        let least = least.map(|(_, share)| share.low).fold(1.0, f64::min);
        // Shares near 1 are looked at closely.
        let from = [0.999, 0.99, 0.9, 0.5].into_iter().find(|from| least >= *from).unwrap_or(0.0);
        let y = Axis::linear("share of attempts", from, 1.0, 10).per_cent();
        let panel = Panel { frame: PANELS, x: time, y };
        panel.draw(sheet);
        for (runs, kind) in &kinds {
            for run in runs {
                draw_band(sheet, &panel, run, kind);
            }
        }
        for (runs, kind) in &kinds {
            for run in runs {
                let values: Vec<(f64, f64)> = run.iter().map(|(x, y)| (*x, y.mean)).collect();
                panel.curve(sheet, &values, kind.stroke, kind.marker);
            }
        }
        self.legend(sheet, from);
    }
}

fn draw_band(sheet: &mut Sheet<'_>, panel: &Panel, run: &[(f64, Estimate)], kind: &Kind) {
    if let [(x, only)] = run {
        let bar = [panel.at(*x, only.low), panel.at(*x, only.high)];
        sheet.line(&bar, Stroke { dashes: SOLID, ..kind.stroke });
        return;
    }
    let mut band: Vec<(f64, f64)> = run.iter().map(|(x, y)| (*x, y.low)).collect();
    band.extend(run.iter().rev().map(|(x, y)| (*x, y.high)));
    sheet.area(&panel.all(&band), kind.stroke.color, BAND);
}

impl Success {
    fn legend(&self, sheet: &mut Sheet<'_>, from: f64) {
        let mut legend = Legend::new(sheet);
        for kind in &KINDS {
            let Some(total) = kind.total(&self.history) else { continue };
            legend.entry(Sample::LineWithMarker(kind.stroke, kind.marker), kind.name);
            let [mean, low, high] = [total.mean, total.low, total.high].map(per_cent);
            let n = grouped(total.n as f64, 0);
            legend.note(&format!("in all {mean} % of {n} that ended\n(95 % CI {low} to {high} %)"));
            legend.entry(Sample::Area(kind.stroke.color, BAND), "95 % interval (Wilson)");
            legend.gap();
        }
        if from > 0.0 {
            legend.note(&format!("The axis begins at {} %.", (from * 1e3).round() / 10.0));
        }
    }
}

fn per_cent(share: f64) -> String {
    format!("{:.2}", share * 100.0)
}

//! Live nodes over time, and how often they come and go.

use std::path::Path;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::{Axis, grouped};
use crate::error::Error;
use crate::history::{Event, History};
use crate::legend::{Legend, Sample, titles};
use crate::panel::Panel;
use crate::sheet::Sheet;
use crate::theme::{
    BLUE, DASHED, DOTTED, Frame, GREEN, INK, Marker, PANELS, SOLID, Stroke, VERMILION,
};

pub(super) const FIGURE: Figure = Figure {
    name: "live_nodes",
    shows: "live nodes over time, with the rates of joins, leaves and crashes",
    of: Of::Scenario,
    read,
};

const SPANS_MAX: usize = 48;
const LIVE: Stroke = Stroke::new(INK, 1.75, SOLID);
const RATES: [(Event, &str, Stroke, Marker); 3] = [
    (Event::Join, "joins", Stroke::new(GREEN, 1.5, SOLID), Marker::Triangle),
    (Event::Leave, "leaves", Stroke::new(BLUE, 1.5, DASHED), Marker::Disc),
    (Event::Crash, "crashes", Stroke::new(VERMILION, 1.5, DOTTED), Marker::Square),
];

struct LiveNodes {
    history: History,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    Ok(match History::read(folder)? {
        Ok(history) => Reading::Plot(Box::new(LiveNodes { history, context: context.clone() })),
        Err(why) => Reading::Nothing(why),
    })
}

impl Plot for LiveNodes {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(sheet, "Live nodes over time", &self.context.line());
        let (time, unit_s) = self.history.axis();
        self.live(sheet, &time, unit_s);
        self.rates(sheet, time, unit_s);
        self.legend(sheet);
    }
}

impl LiveNodes {
    fn live(&self, sheet: &mut Sheet<'_>, time: &Axis, unit_s: f64) {
        let moments = &self.history.moments;
        let most = moments.iter().map(|moment| moment.live_max).max().unwrap_or(0);
        let panel = Panel {
            frame: Frame { bottom: 300.0, ..PANELS },
            x: time.unlabelled(),
            y: Axis::from_zero("live nodes", most as f64 * 1.02, 6),
        };
        panel.draw(sheet);
        let edge = |of: fn(&crate::history::Moment) -> f64| {
            let values: Vec<(f64, f64)> =
                moments.iter().map(|m| (m.at_s / unit_s, of(m))).collect();
            panel.all(&values)
        };
        if self.history.replicates > 1 {
            let mut band = edge(|moment| moment.live_min as f64);
            band.extend(edge(|moment| moment.live_max as f64).into_iter().rev());
            sheet.area(&band, INK, 0.2);
        }
        sheet.line(&edge(|moment| moment.live_mean()), LIVE);
    }

    fn rates(&self, sheet: &mut Sheet<'_>, time: Axis, unit_s: f64) {
        let spans = self.history.spans(SPANS_MAX);
        let rates = RATES.map(|(event, _, stroke, marker)| {
            let rate = |span: &crate::history::Moment| {
                let minutes = (span.at_s - span.from_s) / 60.0 * self.history.replicates as f64;
                let middle = (span.from_s + span.at_s) / 2.0 / unit_s;
                (middle, span.count(event) as f64 / minutes)
            };
            (spans.iter().map(rate).collect::<Vec<_>>(), stroke, marker)
        });
        let most = rates.iter().flat_map(|(rate, ..)| rate).map(|(_, y)| *y).fold(0.0, f64::max);
        let panel = Panel {
            frame: Frame { top: 330.0, ..PANELS },
            x: time,
            y: Axis::from_zero("events per minute", most * 1.02, 5),
        };
        panel.draw(sheet);
        for (rate, stroke, marker) in rates {
            panel.curve(sheet, &rate, stroke, marker);
        }
    }

    fn legend(&self, sheet: &mut Sheet<'_>) {
        let moments = &self.history.moments;
        let mut legend = Legend::new(sheet);
        let replicates = self.history.replicates;
        if replicates > 1 {
            legend
                .entry(Sample::Line(LIVE), &format!("live nodes, mean of {replicates} replicates"));
            legend.entry(Sample::Area(INK, 0.2), "least to most of the replicates");
        } else {
            legend.entry(Sample::Line(LIVE), "live nodes");
        }
        if let (Some(first), Some(last)) = (moments.first(), moments.last()) {
            let [first, last] = [first, last].map(|m| grouped(m.live_mean().round(), 0));
            legend.note(&format!("{first} at first, {last} at the end"));
        }
        legend.gap();
        for (event, name, stroke, marker) in RATES {
            let total: u64 = moments.iter().map(|moment| moment.count(event)).sum();
            let total = grouped(total as f64, 0);
            legend
                .entry(Sample::LineWithMarker(stroke, marker), &format!("{name} ({total} in all)"));
        }
    }
}

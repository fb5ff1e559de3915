//! What there is to buy over the time of day, and how much of it is sold.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Context, Figure, Of, Plot, Reading};
use crate::axis::{Axis, grouped};
use crate::error::Error;
use crate::history::{Event, History, Level, Moment};
use crate::legend::{Legend, Sample, titles};
use crate::panel::Panel;
use crate::sheet::Sheet;
use crate::stats::{Estimate, share};
use crate::theme::{BLUE, DASHED, DOTTED, Frame, GREEN, Marker, PANELS, SOLID, Stroke, VERMILION};

pub(super) const FIGURE: Figure = Figure {
    name: "idle_capacity",
    shows: "compute power that is offered and sold, and purchases completed, by the time of day",
    of: Of::Scenario,
    read,
};

const HOUR_S: f64 = 3600.0;
const HOURS: f64 = 24.0;
const OPACITY: f64 = 0.2;
const LEVELS: [(Level, &str, Stroke, Marker); 2] = [
    (Level::Offered, "offered, sold or not", Stroke::new(BLUE, 1.75, SOLID), Marker::Disc),
    (Level::Utilisation, "sold", Stroke::new(VERMILION, 1.75, DASHED), Marker::Square),
];
const COMPLETED: (Stroke, Marker) = (Stroke::new(GREEN, 1.75, DOTTED), Marker::Triangle);

/// The same hour of all days.
#[derive(Clone, Debug, Default, PartialEq)]
struct Hour {
    samples: u64,
    /// By level: the sum, the least, the greatest.
    levels: [(f64, f64, f64); LEVELS.len()],
    purchases: u64,
    completed: u64,
}

struct IdleCapacity {
    hours: BTreeMap<u64, Hour>,
    days: f64,
    replicates: u64,
    context: Context,
}

fn read(folder: &Path, context: &Context) -> Result<Reading, Error> {
    let history = match History::read(folder)? {
        Ok(history) => history,
        Err(why) => return Ok(Reading::Nothing(why)),
    };
    let end_s = history.moments.last().map_or(0.0, |moment| moment.at_s);
    if end_s < HOURS * HOUR_S {
        return Ok(Reading::Nothing("the run is shorter than a day".to_owned()));
    }
    Ok(Reading::Plot(Box::new(IdleCapacity {
        hours: hours(&history),
        days: end_s / HOUR_S / HOURS,
        replicates: history.replicates,
        context: context.clone(),
    })))
}

/// What happened in each hour of the day; a span between two samples is in the hour of its middle.
fn hours(history: &History) -> BTreeMap<u64, Hour> {
    let mut hours: BTreeMap<u64, Hour> = BTreeMap::new();
    for moment in history.moments.iter().filter(|moment| moment.at_s > 0.0) {
        let middle = (moment.from_s + moment.at_s) / 2.0;
        hours.entry((middle / HOUR_S) as u64 % HOURS as u64).or_default().add(moment);
    }
    hours
}

impl Hour {
    fn add(&mut self, moment: &Moment) {
        for (mine, (level, ..)) in self.levels.iter_mut().zip(LEVELS) {
            let value = moment.level(level);
            let (sum, low, high) = *mine;
            *mine = match self.samples {
                0 => (value, value, value),
                _ => (sum + value, low.min(value), high.max(value)),
            };
        }
        self.samples += 1;
        self.purchases += moment.count(Event::Purchase);
        self.completed += moment.count(Event::CompletedPurchase);
    }

    fn completed(&self) -> Option<Estimate> {
        share(self.completed.min(self.purchases), self.purchases)
    }
}

/// The middle of an hour.
fn middle(hour: u64) -> f64 {
    hour as f64 + 0.5
}

impl Plot for IdleCapacity {
    fn draw(&self, sheet: &mut Sheet<'_>) {
        titles(sheet, "Idle capacity by the time of day", &self.context.line());
        let x = Axis::whole("time of day (h)", 0.0, HOURS, 12);
        let upper = Panel {
            frame: Frame { bottom: 300.0, ..PANELS },
            x: x.unlabelled(),
            y: Axis::linear("share of compute power", 0.0, 1.0, 5).per_cent(),
        };
        let lower = Panel {
            frame: Frame { top: 322.0, ..PANELS },
            x,
            y: Axis::linear("purchases completed", 0.0, 1.0, 5).per_cent(),
        };
        self.levels(sheet, &upper);
        self.completed(sheet, &lower);
        self.legend(sheet);
    }
}

impl IdleCapacity {
    fn levels(&self, sheet: &mut Sheet<'_>, panel: &Panel) {
        panel.draw(sheet);
        for (nth, (_, _, stroke, marker)) in LEVELS.iter().enumerate() {
            let values = |of: fn(&Hour, usize) -> f64| -> Vec<(f64, f64)> {
                self.hours.iter().map(|(hour, all)| (middle(*hour), of(all, nth))).collect()
            };
            let mut band = values(|hour, nth| hour.levels[nth].1);
            band.extend(values(|hour, nth| hour.levels[nth].2).into_iter().rev());
            sheet.area(&panel.all(&band), stroke.color, OPACITY);
            let means = values(|hour, nth| hour.levels[nth].0 / hour.samples as f64);
            panel.curve(sheet, &means, *stroke, *marker);
        }
    }

    fn completed(&self, sheet: &mut Sheet<'_>, panel: &Panel) {
        panel.draw(sheet);
        let (stroke, marker) = COMPLETED;
        let shares = self.hours.iter().filter_map(|(h, all)| Some((middle(*h), all.completed()?)));
        let shares: Vec<(f64, Estimate)> = shares.collect();
        for (x, share) in &shares {
            panel.interval(sheet, *x, *share, stroke.color);
        }
        let means: Vec<(f64, f64)> = shares.iter().map(|(x, share)| (*x, share.mean)).collect();
        panel.curve(sheet, &means, stroke, marker);
    }

    fn legend(&self, sheet: &mut Sheet<'_>) {
        let mut legend = Legend::new(sheet);
        for (nth, (_, name, stroke, marker)) in LEVELS.iter().enumerate() {
            legend.entry(Sample::LineWithMarker(*stroke, *marker), name);
            let means = self.hours.values().map(|h| h.levels[nth].0 / h.samples as f64);
            let (low, high) =
                means.fold((f64::MAX, 0.0_f64), |(a, b), mean| (a.min(mean), b.max(mean)));
            legend.note(&format!("hourly means {:.1} to {:.1} %", low * 100.0, high * 100.0));
            legend.entry(Sample::Area(stroke.color, OPACITY), "least to most of the samples");
            legend.gap();
        }
        let (stroke, marker) = COMPLETED;
        legend.entry(Sample::LineWithMarker(stroke, marker), "purchases completed");
        let sum = |of: fn(&Hour) -> u64| self.hours.values().map(of).sum::<u64>();
        let (purchases, completed) = (sum(|hour| hour.purchases), sum(|hour| hour.completed));
        if let Some(all) = share(completed.min(purchases), purchases) {
            let of = grouped(purchases as f64, 0);
            legend.note(&format!(
                "in all {:.1} % of {of} that ended, with 95 % CI",
                all.mean * 100.0
            ));
        }
        legend.gap();
        let days = (self.days * 10.0).round() / 10.0;
        legend.note(&match self.replicates {
            0 | 1 => format!("{days} days, hour by hour; 0 is midnight"),
            n => format!("{days} days of {n} replicates, hour by hour; 0 is midnight"),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    const HEADER: &str = "replicate,at_s,live_nodes,joins,leaves,crashes,utilisation,offered,\
        storage_utilisation,lookups,lookups_correct,purchases,purchases_completed\n";

    #[test]
    fn the_same_hour_of_two_days_is_one() {
        let scratch = Scratch::new("idle-hours");
        let row = |h: u32| {
            let offered = if h <= 24 { 0.5 } else { 0.7 };
            format!("0,{},9,0,0,0,0.25,{offered},0,0,0,4,3\n", h * 3600)
        };
        let rows: String = (1..=30).map(row).collect();
        scratch.file("timeseries.csv", &format!("{HEADER}{rows}"));
        let hours = hours(&History::read(scratch.folder()).unwrap().unwrap());
        assert_eq!(hours.len(), 24);
        let (first, last) = (&hours[&0], &hours[&23]);
        assert_eq!((first.samples, first.levels[0].1, first.levels[0].2), (2, 0.5, 0.7));
        assert_eq!((last.samples, last.purchases, last.completed), (1, 4, 3));
    }

    #[test]
    fn a_run_of_an_hour_has_no_times_of_day() {
        let scratch = Scratch::new("idle-short");
        scratch.file("timeseries.csv", &format!("{HEADER}0,3600,9,0,0,0,0,1,0,0,0,0,0\n"));
        let Reading::Nothing(why) = read(scratch.folder(), &Context::default()).unwrap() else {
            panic!("an hour is no day")
        };
        assert_eq!(why, "the run is shorter than a day");
    }
}

//! `timeseries.csv`: what happened between samples, over all replicates.

use std::collections::BTreeMap;
use std::path::Path;

use crate::axis::Axis;
use crate::error::Error;
use crate::table::Table;

/// What can be counted between two samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Join,
    Leave,
    Crash,
    Lookup,
    CorrectLookup,
    Purchase,
    CompletedPurchase,
}

/// What can be looked at at a sample: shares of what the live nodes have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Of their compute power, what is sold.
    Utilisation,
    /// Of it, what they offer, sold or not.
    Offered,
    /// Of their storage, what is sold.
    StorageUtilisation,
}

const LEVELS: [&str; 3] = ["utilisation", "offered", "storage_utilisation"];

const COLUMNS: [&str; 10] = [
    "replicate",
    "at_s",
    "live_nodes",
    "joins",
    "leaves",
    "crashes",
    "lookups",
    "lookups_correct",
    "purchases",
    "purchases_completed",
];
const EVENTS: usize = 7;

/// A time span ending at `at_s`, with the samples of all replicates in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Moment {
    pub(crate) from_s: f64,
    pub(crate) at_s: f64,
    /// Samples and their sum, least and greatest.
    pub(crate) samples: u64,
    live: u64,
    pub(crate) live_min: u64,
    pub(crate) live_max: u64,
    counts: [u64; EVENTS],
    levels: [f64; LEVELS.len()],
}

impl Moment {
    pub(crate) fn live_mean(&self) -> f64 {
        self.live as f64 / self.samples as f64
    }

    /// The mean over the samples.
    pub(crate) fn level(&self, level: Level) -> f64 {
        self.levels[level as usize] / self.samples as f64
    }

    /// How many, in all replicates together.
    pub(crate) fn count(&self, event: Event) -> u64 {
        self.counts[event as usize]
    }

    fn absorb(&mut self, other: &Self) {
        self.live_min =
            if self.samples == 0 { other.live_min } else { self.live_min.min(other.live_min) };
        self.live_max = self.live_max.max(other.live_max);
        self.samples += other.samples;
        self.live += other.live;
        for (mine, others) in self.counts.iter_mut().zip(other.counts) {
            *mine += others;
        }
        for (mine, others) in self.levels.iter_mut().zip(other.levels) {
            *mine += others;
        }
    }
}

/// The whole run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct History {
    pub(crate) moments: Vec<Moment>,
    pub(crate) replicates: u64,
}

impl History {
    /// Reads the file; why not, if it has nothing.
    pub(crate) fn read(folder: &Path) -> Result<Result<Self, String>, Error> {
        let Some(table) = Table::open(&folder.join("timeseries.csv"))? else {
            return Ok(Err("there is no timeseries.csv".to_owned()));
        };
        let [replicate, at, live, counts @ ..] = table.columns(COLUMNS)?;
        let levels = table.columns(LEVELS)?;
        let mut moments: BTreeMap<u64, Moment> = BTreeMap::new();
        let mut replicates = std::collections::BTreeSet::new();
        table.each(|row| {
            let at_s = row.number(at)?;
            if at_s < 0.0 {
                return Err(row.wants(at, "a time from 0"));
            }
            replicates.insert(row.count(replicate)?);
            let live = row.count(live)?;
            let mut sample = Moment {
                at_s,
                samples: 1,
                live,
                live_min: live,
                live_max: live,
                ..Moment::default()
            };
            for (count, column) in sample.counts.iter_mut().zip(counts) {
                *count = row.count(column)?;
            }
            for (level, column) in sample.levels.iter_mut().zip(levels) {
                *level = row.number(column)?;
            }
            // The bits of floats from 0 are ordered as the floats are.
            let moment = moments.entry((at_s + 0.0).to_bits()).or_default();
            moment.at_s = at_s;
            moment.absorb(&sample);
            Ok(())
        })?;
        let mut moments: Vec<Moment> = moments.into_values().collect();
        let mut from_s = 0.0;
        for moment in &mut moments {
            moment.from_s = from_s;
            from_s = moment.at_s;
        }
        if from_s <= 0.0 {
            return Ok(Err("timeseries.csv has no samples after the beginning".to_owned()));
        }
        Ok(Ok(Self { moments, replicates: replicates.len() as u64 }))
    }

    /// How many nodes were up, on average over the samples after the beginning and the warm-up.
    pub(crate) fn live_mean(&self, warmup_s: f64) -> Option<f64> {
        let counted = |moment: &&Moment| moment.at_s > 0.0 && moment.at_s >= warmup_s;
        let counted = self.moments.iter().filter(counted);
        let (live, samples) = counted
            .fold((0, 0), |(live, samples), moment| (live + moment.live, samples + moment.samples));
        (samples > 0).then(|| live as f64 / samples as f64)
    }

    /// The run in at most `most` spans of whole samples; what is noted at 0 belongs to none.
    pub(crate) fn spans(&self, most: usize) -> Vec<Moment> {
        let samples: Vec<&Moment> =
            self.moments.iter().filter(|moment| moment.at_s > 0.0).collect();
        let each = samples.len().div_ceil(most).max(1);
        let join = |group: &[&Moment]| {
            let mut span = Moment::default();
            for moment in group {
                span.absorb(moment);
            }
            span.from_s = group[0].from_s;
            span.at_s = group[group.len() - 1].at_s;
            span
        };
        samples.chunks(each).map(join).collect()
    }

    /// An axis for the whole run and the seconds of its unit.
    pub(crate) fn axis(&self) -> (Axis, f64) {
        let end_s = self.moments.last().map_or(0.0, |moment| moment.at_s);
        const UNITS: [(&str, f64); 4] = [("d", 86_400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0)];
        let unit = UNITS.into_iter().find(|(_, seconds)| end_s >= 4.0 * seconds);
        let (unit, seconds) = unit.unwrap_or(("s", 1.0));
        (Axis::linear(format!("simulated time ({unit})"), 0.0, end_s / seconds, 9), seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    const HEADER: &str = "replicate,at_s,live_nodes,joins,leaves,crashes,listings,markets,busy_nodes,\
        utilisation,offered,storage_utilisation,lookups,lookups_correct,purchases,purchases_completed\n";

    #[test]
    fn samples_of_replicates_at_the_same_time_are_one_moment() {
        let scratch = Scratch::new("history");
        let rows = "0,0,8,0,0,0,0,0,0,0,0,0,0,0,0,0\n0,10,10,2,0,0,0,0,0,0.25,1,0,5,4,1,1\n\
            0,20,9,0,1,0,0,0,0,0,1,0,5,5,0,0\n1,10,20,12,0,0,0,0,0,0.75,1,0,5,5,1,0\n";
        scratch.file("timeseries.csv", &format!("{HEADER}{rows}"));
        let history = History::read(scratch.folder()).unwrap().unwrap();
        assert_eq!((history.replicates, history.moments.len()), (2, 3));
        let ten = &history.moments[1];
        assert_eq!((ten.from_s, ten.live_mean(), ten.live_min, ten.live_max), (0.0, 15.0, 10, 20));
        assert_eq!((ten.count(Event::Join), ten.count(Event::CorrectLookup)), (14, 9));
        assert_eq!((ten.level(Level::Utilisation), ten.level(Level::Offered)), (0.5, 1.0));
        let all = history.spans(1);
        assert_eq!((all.len(), all[0].from_s, all[0].at_s), (1, 0.0, 20.0));
        assert_eq!(all[0].count(Event::Lookup), 15);
    }

    #[test]
    fn no_file_and_no_rows_are_said_apart() {
        let scratch = Scratch::new("history-none");
        let none = History::read(scratch.folder()).unwrap().unwrap_err();
        assert_eq!(none, "there is no timeseries.csv");
        scratch.file("timeseries.csv", HEADER);
        let none = History::read(scratch.folder()).unwrap().unwrap_err();
        assert_eq!(none, "timeseries.csv has no samples after the beginning");
    }
}

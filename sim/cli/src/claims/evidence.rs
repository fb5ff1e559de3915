//! What runs say of a claim: metrics at points of a sweep, and rows.

use crate::row::number;
use crate::run::Done;
use crate::runs::Ran;
use compup2p_analysis::stats::{Estimate, estimate, paired_difference};
use compup2p_analysis::table::{Row, Table};
use compup2p_engine::metric::METRICS;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The runs of a scenario.
#[derive(Clone)]
pub(super) struct Evidence {
    folder: PathBuf,
    ran: Vec<Ran>,
}

impl Evidence {
    pub(super) fn of(done: Done) -> Self {
        Self { folder: done.target, ran: done.ran }
    }

    /// The values of a metric at the point with these settings, by replicate.
    fn values(
        &self,
        metric: &str,
        settings: &[(&str, &str)],
    ) -> Result<BTreeMap<u32, f64>, String> {
        let nth = METRICS.iter().position(|known| known.name == metric);
        let nth = nth.ok_or_else(|| format!("{metric} is no metric"))?;
        let is_meant = |ran: &&Ran| {
            let has = |(path, value): &(&str, &str)| {
                ran.settings.iter().any(|(p, v)| p == path && v == value)
            };
            settings.iter().all(has)
        };
        let value = |ran: &Ran| Some((ran.replicate, number(ran.metrics[nth])?));
        Ok(self.ran.iter().filter(is_meant).filter_map(value).collect())
    }

    /// The mean of a metric at a point.
    pub(super) fn mean(&self, metric: &str, at: &[(&str, &str)]) -> Result<Estimate, String> {
        let values: Vec<f64> = self.values(metric, at)?.into_values().collect();
        estimate(&values).ok_or_else(|| format!("{metric} was not measured at {at:?}"))
    }

    /// The mean difference between two points whose runs share seeds.
    pub(super) fn difference(
        &self,
        metric: &str,
        at: &[(&str, &str)],
        from: &[(&str, &str)],
    ) -> Result<Estimate, String> {
        let (a, b) = (self.values(metric, at)?, self.values(metric, from)?);
        if !a.keys().eq(b.keys()) {
            return Err(format!("{metric} was not measured in all runs"));
        }
        let [a, b] = [a, b].map(|values| values.into_values().collect::<Vec<_>>());
        paired_difference(&a, &b).ok_or_else(|| format!("{metric} was not measured at {at:?}"))
    }

    /// Reads these columns of a file, row by row, as text.
    pub(super) fn rows<const N: usize>(
        &self,
        file: &str,
        columns: [&str; N],
        mut read: impl FnMut([&str; N]) -> Result<(), String>,
    ) -> Result<(), String> {
        let path = self.folder.join(file);
        let missing = || format!("{} is not there", path.display());
        let table = Table::open(&path).map_err(|error| error.to_string())?.ok_or_else(missing)?;
        let columns = table.columns(columns).map_err(|error| error.to_string())?;
        let mut wrong = None;
        let each = table.each(|row: Row<'_>| {
            if wrong.is_none() {
                wrong = read(columns.map(|column| row.text(column))).err();
            }
            Ok(())
        });
        each.map_err(|error| error.to_string())?;
        wrong.map_or(Ok(()), Err)
    }
}

/// A mean with its interval, as pages have it: four figures.
pub(super) fn shown(of: Estimate) -> String {
    let scale = of.mean.abs().max(of.low.abs().min(of.high.abs()));
    let digits = match scale {
        _ if scale >= 1000.0 => 0,
        _ if scale >= 100.0 => 1,
        _ if scale >= 10.0 => 2,
        _ => 3,
    };
    if of.n < 2 || !of.low.is_finite() {
        return format!("{:.digits$}", of.mean);
    }
    format!("{:.digits$} ({:.digits$}..{:.digits$})", of.mean, of.low, of.high)
}

/// A field that is a number.
pub(super) fn parsed(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| format!("{text:?} is no number"))
}

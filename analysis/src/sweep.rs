//! A sweep as its `summary.csv` tells it: points, each with its settings and its metrics.

use std::collections::BTreeMap;
use std::path::Path;

use crate::error::Error;
use crate::stats::Estimate;
use crate::table::{Column, Table};

/// A point of a sweep.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Point {
    /// What is set there: the value of each swept path, in order.
    pub settings: Vec<String>,
    /// Metrics that have a value; of one run, intervals without ends.
    pub metrics: BTreeMap<String, Estimate>,
}

impl Point {
    /// The metric of that name, if there was something to measure.
    pub fn metric(&self, name: &str) -> Option<Estimate> {
        self.metrics.get(name).copied()
    }
}

/// How a file says a value: of one run, or over replicates.
enum Said {
    Value(Column),
    Interval([Column; 4]),
}

/// The points of `summary.csv` in order, of a sweep of the paths `swept`; `None` if there is no
/// such file.
///
/// # Errors
/// The file lacks a column, or has a bad field.
pub fn read(folder: &Path, swept: &[String]) -> Result<Option<Vec<Point>>, Error> {
    let Some(table) = Table::open(&folder.join("summary.csv"))? else { return Ok(None) };
    let paths = table.named(swept)?;
    let [metric] = table.columns(["metric"])?;
    let said = if table.has("value") {
        Said::Value(table.columns(["value"])?[0])
    } else {
        Said::Interval(table.columns(["n", "mean", "ci95_low", "ci95_high"])?)
    };
    let mut points: Vec<Point> = Vec::new();
    table.each(|row| {
        let settings: Vec<String> = paths.iter().map(|path| row.text(*path).to_owned()).collect();
        if points.last().is_none_or(|last| last.settings != settings) {
            points.push(Point { settings, metrics: BTreeMap::new() });
        }
        let ends = |column: Column, end: f64| {
            if row.text(column).is_empty() { Ok(end) } else { row.number(column) }
        };
        let estimate = match said {
            Said::Value(column) | Said::Interval([_, column, ..])
                if row.text(column).is_empty() =>
            {
                return Ok(());
            }
            Said::Value(value) => {
                let (low, high) = (f64::NEG_INFINITY, f64::INFINITY);
                Estimate { n: 1, mean: row.number(value)?, low, high }
            }
            Said::Interval([n, mean, low, high]) => Estimate {
                n: row.count(n)?,
                mean: row.number(mean)?,
                low: ends(low, f64::NEG_INFINITY)?,
                high: ends(high, f64::INFINITY)?,
            },
        };
        let point = points.last_mut().expect("one was just pushed, if there was none");
        point.metrics.insert(row.text(metric).to_owned(), estimate);
        Ok(())
    })?;
    Ok(Some(points))
}

/// The unit of each metric of `summary.csv`; of none if there is no such file.
///
/// # Errors
/// The file lacks a column.
pub(crate) fn units(folder: &Path) -> Result<BTreeMap<String, String>, Error> {
    let mut units = BTreeMap::new();
    let Some(table) = Table::open(&folder.join("summary.csv"))? else { return Ok(units) };
    let [metric, unit] = table.columns(["metric", "unit"])?;
    table.each(|row| {
        units.insert(row.text(metric).to_owned(), row.text(unit).to_owned());
        Ok(())
    })?;
    Ok(units)
}

/// A duration as scenarios write it (`30s`, `1h30min`), in seconds; `None` if it is none.
pub fn seconds(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 8] = [
        ("ns", 1e-9),
        ("us", 1e-6),
        ("ms", 1e-3),
        ("s", 1.0),
        ("min", 60.0),
        ("m", 60.0),
        ("h", 3600.0),
        ("d", 86_400.0),
    ];
    let mut rest = text.trim();
    if rest == "0" {
        return Some(0.0);
    }
    let mut sum = None;
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| c.is_ascii_alphabetic())?);
        let number: f64 = number.trim().parse().ok()?;
        let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (_, unit) = UNITS.iter().find(|(name, _)| *name == &after[..end])?;
        sum = Some(sum.unwrap_or(0.0) + number * unit);
        rest = after[end..].trim();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn durations_are_read_as_scenarios_write_them() {
        let told = ["30s", "1h30min", "2d", "0", "0s", "500ms"].map(|text| seconds(text).unwrap());
        assert_eq!(told, [30.0, 5400.0, 172_800.0, 0.0, 0.0, 0.5]);
        assert!(["", "5", "s", "1 fortnight", "off"].iter().all(|text| seconds(text).is_none()));
    }

    #[test]
    fn points_have_settings_and_metrics() {
        let scratch = Scratch::new("sweep-points");
        scratch.file(
            "summary.csv",
            "a.b,c,metric,value,unit\n1,\"{x: 1, y: 2}\",m,5,s\n1,\"{x: 1, y: 2}\",none,,s\n\
             2,z,m,6.5,s\n",
        );
        let points = read(scratch.folder(), &["a.b".to_owned(), "c".to_owned()]);
        let points = points.unwrap().unwrap();
        assert_eq!(points.len(), 2);
        assert_eq!(points[0].settings, ["1", "{x: 1, y: 2}"]);
        assert_eq!(points[0].metric("none"), None);
        assert_eq!(points[1].metric("m").map(|m| (m.n, m.mean)), Some((1, 6.5)));
    }

    #[test]
    fn replicates_have_intervals() {
        let scratch = Scratch::new("sweep-intervals");
        scratch.file(
            "summary.csv",
            "a,metric,n,mean,ci95_low,ci95_high,unit\n1,m,3,5,4,6,s\n1,k,1,5,,,s\n1,l,0,,,,s\n",
        );
        let points = read(scratch.folder(), &["a".to_owned()]).unwrap().unwrap();
        let m = points[0].metric("m");
        assert_eq!(m, Some(Estimate { n: 3, mean: 5.0, low: 4.0, high: 6.0 }));
        assert_eq!(points[0].metric("k").map(|k| k.high), Some(f64::INFINITY));
        assert_eq!(points[0].metric("l"), None);
    }

    #[test]
    fn a_path_without_a_column_is_an_error() {
        let scratch = Scratch::new("sweep-column");
        scratch.file("summary.csv", "metric,value,unit\nm,5,s\n");
        let error = read(scratch.folder(), &["a.b".to_owned()]).unwrap_err().to_string();
        assert!(error.ends_with("has no column \"a.b\"; it has metric, value, unit"), "{error}");
        assert_eq!(read(&scratch.path("nowhere"), &[]).unwrap(), None);
    }
}

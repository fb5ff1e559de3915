//! The numbers that tell most, as a page shows them: of one scenario each with its interval, of a
//! sweep a table with a row a point.

use super::Term;
use super::html::escape;
use super::manifest::Manifest;
use crate::axis::grouped;
use crate::error::Error;
use crate::stats::Estimate;
use crate::sweep::{self, Point};
use crate::telling::{TELLING, Telling};
use serde_json::{Value, json};
use std::path::Path;

/// Counts that are left out where they are zero: the scenario is about something else.
const MAY_BE_NONE: [&str; 3] = ["purchases", "tasks", "repair_bytes"];

/// Points of a sweep that the table has at most.
const POINTS_MAX: usize = 2000;

/// The metrics of one scenario, as a list; nothing of a sweep.
pub(super) fn tiles(folder: &Path, glossary: &[Term]) -> Result<String, Error> {
    let Some(points) = sweep::read(folder, &[])? else { return Ok(String::new()) };
    let units = sweep::units(folder)?;
    let mut out = String::new();
    for Telling { metric: name, words, .. } in TELLING {
        let Some(estimate) = points.first().and_then(|point| point.metric(name)) else { continue };
        if estimate.mean == 0.0 && MAY_BE_NONE.contains(&name) {
            continue;
        }
        let unit = units.get(name).map_or("", String::as_str);
        let meaning = glossary.iter().find(|term| term.metric == name);
        let meaning = meaning.map_or("", |term| term.meaning);
        let half = spread(estimate)
            .map(|half| {
                let n = estimate.n;
                format!("<span class=\"half\">± {half} <small>95 %, n = {n}</small></span>")
            })
            .unwrap_or_default();
        out += &format!(
            "<div class=\"tile\" title=\"{}\"><dt>{}</dt><dd><b>{}</b> <span class=\"unit\">{}\
             </span>{half}<code>{}</code></dd></div>\n",
            escape(meaning),
            escape(words),
            short(estimate.mean),
            escape(unit),
            escape(name),
        );
    }
    if out.is_empty() { Ok(out) } else { Ok(format!("<dl class=\"tiles\">{out}</dl>")) }
}

/// The table of a sweep's points: what is set, and the telling metrics that are not the same
/// everywhere.
pub(super) fn points(folder: &Path, manifest: &Manifest) -> Result<Option<Value>, Error> {
    let swept = manifest.swept();
    if swept.is_empty() {
        return Ok(None);
    }
    let Some(points) = sweep::read(folder, &swept)? else { return Ok(None) };
    let varies = |name: &str| {
        let values: Vec<Option<f64>> =
            points.iter().map(|point| point.metric(name).map(|metric| metric.mean)).collect();
        values.iter().any(|value| *value != values[0])
    };
    let names: Vec<&str> =
        TELLING.iter().map(|one| one.metric).filter(|name| varies(name)).collect();
    let columns: Vec<&str> =
        swept.iter().map(String::as_str).chain(names.iter().copied()).collect();
    let row = |point: &Point| -> Vec<String> {
        let metric = |name: &&str| {
            let Some(estimate) = point.metric(name) else { return String::new() };
            match spread(estimate) {
                Some(half) => format!("{} ± {half}", short(estimate.mean)),
                None => short(estimate.mean),
            }
        };
        point.settings.iter().cloned().chain(names.iter().map(metric)).collect()
    };
    let rows: Vec<_> = points.iter().take(POINTS_MAX).map(row).collect();
    let kept = if rows.len() < points.len() { "the first points" } else { "" };
    Ok(Some(json!({
        "file": "summary.csv", "title": "Points", "columns": columns, "rows": rows,
        "of": points.len(), "kept": kept,
    })))
}

/// Half of the width of an estimate's interval, if it has one.
fn spread(estimate: Estimate) -> Option<String> {
    let half = (estimate.high - estimate.low) / 2.0;
    half.is_finite().then(|| short(half))
}

/// A number in some four digits.
pub(super) fn short(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if !(1e-4..1e9).contains(&size) {
        format!("{value:.3e}")
    } else if size >= 1000.0 {
        grouped(value, 0)
    } else {
        let decimals = (3 - magnitude(size)).max(0) as usize;
        let text = grouped(value, decimals);
        let text = if text.contains('.') { text.trim_end_matches('0') } else { &text };
        text.trim_end_matches('.').to_owned()
    }
}

/// The exponent of the first digit, as it is written: no logarithm that could be off by one.
fn magnitude(size: f64) -> i32 {
    let text = format!("{size:e}");
    text.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn numbers_have_some_four_digits() {
        for (value, text) in [
            (0.0, "0"),
            (12_345.6, "12,346"),
            (999.96, "1,000"),
            (4.50001, "4.5"),
            (0.061_234, "0.06123"),
            (-3.25, "−3.25"),
            (1.5e12, "1.500e12"),
            (0.000_012, "1.200e-5"),
            (100.0, "100"),
        ] {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn a_metric_is_told_with_its_interval_and_its_meaning() {
        let scratch = Scratch::new("report-tiles");
        scratch.file(
            "summary.csv",
            "metric,n,mean,ci95_low,ci95_high,unit\nprice_mean,4,50,40,60,credits\n\
             tasks,4,0,0,0,sub-tasks\nlookups_correct,0,,,,share\n",
        );
        let glossary = [Term { metric: "price_mean", meaning: "What \"one\" pays." }];
        let html = tiles(scratch.folder(), &glossary).unwrap();
        for part in ["<b>50</b>", "± 10 <small>95 %, n = 4</small>", "What &quot;one&quot; pays."]
        {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert_eq!(html.matches("class=\"tile\"").count(), 1, "{html}");
    }
}

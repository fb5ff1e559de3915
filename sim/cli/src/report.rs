//! The report of a folder of results: one page, made from what is in the folder.

use compup2p_analysis::{Term, write_report};
use compup2p_engine::metric::METRICS;
use std::panic::catch_unwind;
use std::path::Path;

/// Writes `report.html` of the folder.
pub(crate) fn write(folder: &Path) -> Result<(), String> {
    let glossary: Vec<Term> = METRICS
        .iter()
        .map(|metric| Term { metric: metric.name, meaning: metric.meaning })
        .collect();
    match catch_unwind(|| write_report(folder, &glossary)) {
        Ok(written) => written.map(drop).map_err(|error| error.to_string()),
        Err(_) => Err("the report broke off, a bug".to_owned()),
    }
}

//! `compup2p metrics`: what each number of `summary.csv` says, from the table that makes them.

use crate::failure::Failure;
use crate::say::say;
use compup2p_engine::metric::METRICS;
use std::fmt::Write;

/// Prints every metric.
pub(crate) fn print() -> Result<(), Failure> {
    say(&markdown());
    Ok(())
}

const INTRODUCTION: &str = "\
# What `summary.csv` says

Printed by `compup2p metrics`; do not edit. A value is left empty if there was nothing to measure.
";

/// Every metric as Markdown, a table a topic.
fn markdown() -> String {
    let mut text = INTRODUCTION.to_owned();
    for about in METRICS.chunk_by(|one, next| one.topic == next.topic) {
        let _ =
            write!(text, "\n## {}\n\n| metric | unit | meaning |\n|---|---|---|\n", about[0].topic);
        for metric in about {
            let _ = writeln!(text, "| `{}` | {} | {} |", metric.name, metric.unit, metric.meaning);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_docs_are_what_the_code_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/metrics.md");
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == markdown(),
            "docs/metrics.md is out of date: cargo run -- metrics > docs/metrics.md"
        );
    }
}

//! The page beside the figures: what each shows, and where its data come from.

use super::list::FIGURES;
use crate::results::{MANIFEST, cannot};
use compup2p_protocol::wording::counted;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

const NAME: &str = "README.md";

/// Writes the page, of all figures that are there.
pub(super) fn write(out: &Path) -> Result<(), String> {
    let mut text = "# Figures\n\nMade by `compup2p figures`. Each run has a seed of its own; \
                    replicates of all points have the same ones.\n"
        .to_owned();
    let mut before = None;
    for figure in &FIGURES {
        let data = figure.scenario.data(out);
        let is_there = out.join(format!("{}.svg", figure.name)).exists();
        let manifest = fs::read_to_string(data.join(MANIFEST)).ok();
        let manifest = manifest.and_then(|text| serde_json::from_str::<Value>(&text).ok());
        let Some(manifest) = manifest.filter(|_| is_there) else { continue };
        let version = format!("{} ({})", said(&manifest["version"]), said(&manifest["commit"]));
        if before.as_ref() != Some(&version) {
            let head = "| figure | shows | scenario | runs | replay |\n|---|---|---|---|---|\n";
            // In memory it cannot fail.
            let _ = write!(text, "\nBy compup2p {version}:\n\n{head}");
            before = Some(version);
        }
        let (name, caption, scenario) = (figure.name, figure.caption, figure.scenario.name);
        let replay = said(&manifest["replay"]).replace('|', "\\|");
        let _ = writeln!(
            text,
            "| [{name}]({name}.svg) | {caption} | [{scenario}](data/{scenario}.yaml), \
             [results](data/{scenario}) | {} | `{replay}` |",
            runs(&manifest),
        );
    }
    let path = out.join(NAME);
    fs::create_dir_all(out).map_err(|error| cannot("make", out, &error))?;
    fs::write(&path, text).map_err(|error| cannot("write", &path, &error))
}

/// Points and replicates, and from which seed on.
fn runs(manifest: &Value) -> String {
    let runs = manifest["runs"].as_array().map_or(&[][..], Vec::as_slice);
    let points: BTreeSet<String> = runs.iter().map(|run| run["settings"].to_string()).collect();
    let seeds: BTreeSet<u64> = runs.iter().filter_map(|run| run["seed"].as_u64()).collect();
    let (first, last) = (seeds.first().unwrap_or(&0), seeds.last().unwrap_or(&0));
    let points = counted(points.len() as u64, "point", "points");
    match seeds.len() {
        0 | 1 => format!("{points}, seed {first}"),
        many => format!("{points} × {many} replicates, seeds {first} to {last}"),
    }
}

fn said(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_and_seeds_are_counted() {
        let run = |cost: &str, seed: u64| serde_json::json!({ "settings": { "cost": cost }, "seed": seed });
        let manifest = serde_json::json!({
            "runs": [run("1", 7), run("1", 8), run("2", 7), run("2", 8), run("3", 7), run("3", 8)],
        });
        assert_eq!(runs(&manifest), "3 points × 2 replicates, seeds 7 to 8");
        let manifest = serde_json::json!({ "runs": [run("1", 7)] });
        assert_eq!(runs(&manifest), "1 point, seed 7");
    }
}

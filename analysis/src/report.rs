//! `report.html`: a folder of results as one page, to be read, shown, and sent to somebody. It is
//! made from the folder alone, needs no network, and holds all that it shows: the same files give
//! the same bytes.
//!
//! `page.html` is the page, with places for its parts; `page.css` how it looks; `*.js` what can be
//! done with it. Data stand in it as JSON: see `excerpt`, `pictures`, `timeline`.

mod excerpt;
mod figures;
mod html;
mod manifest;
mod pictures;
mod summary;
mod timeline;

use crate::axis::grouped;
use crate::error::Error;
use crate::figure;
use html::{escape, fill};
use manifest::{Manifest, Setting};
use serde_json::json;
use std::path::{Path, PathBuf};

/// What a metric says; nothing in a folder of results tells.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    /// The metric's name.
    pub metric: &'static str,
    /// What it says.
    pub meaning: &'static str,
}

/// The file.
const REPORT: &str = "report.html";

/// In the order in which they are read.
const SCRIPTS: [&str; 5] = [
    include_str!("report/page.js"),
    include_str!("report/ring.js"),
    include_str!("report/panel.js"),
    include_str!("report/timeline.js"),
    include_str!("report/tables.js"),
];

/// Writes `report.html` of a folder of results, from what is in it.
///
/// # Errors
/// A file that is there and is not what it should be, or cannot be written; no manifest.
pub fn write(folder: &Path, glossary: &[Term]) -> Result<PathBuf, Error> {
    let page = page(folder, glossary)?;
    figure::write(folder, REPORT, page.as_bytes())
}

fn page(folder: &Path, glossary: &[Term]) -> Result<String, Error> {
    let manifest = Manifest::read(folder)?;
    let swept = manifest.swept();
    let figures = figures::all(folder)?;
    let mut tables = excerpt::all(folder, glossary)?;
    if let Some(points) = summary::points(folder, &manifest)? {
        tables.insert(0, points);
    }
    let tiles = if swept.is_empty() { summary::tiles(folder, glossary)? } else { of_sweep(&swept) };
    let pictures = pictures::read(folder, swept, manifest.virtual_nodes())?;
    let data = html::data(&json!({ "tables": tables, "pictures": pictures }));
    let changed = manifest.changed();
    let parts = [
        ("title", escape(&manifest.text("name"))),
        ("about", escape(&manifest.text("scenario.about"))),
        ("facts", facts(&manifest)),
        ("summary", tiles),
        ("changed", settings(&changed, true)),
        ("settings", settings(&manifest.settings(), false)),
        ("replay", escape(&manifest.text("replay"))),
        ("figures", figures),
        ("style", include_str!("report/page.css").to_owned()),
        ("data", data),
        ("script", SCRIPTS.concat()),
    ];
    let parts: Vec<(&str, &str)> = parts.iter().map(|(name, text)| (*name, &**text)).collect();
    Ok(fill(include_str!("report/page.html"), &parts))
}

/// What is said of a sweep instead of its numbers, which have a table.
fn of_sweep(swept: &[String]) -> String {
    let paths = swept.iter().map(|path| format!("<code>{}</code>", escape(path)));
    format!(
        "<p>A sweep over {}. <a href=\"#tables\">Its points, with the metrics that tell them \
         apart</a>, are the first of the tables.</p>",
        paths.collect::<Vec<_>>().join(", ")
    )
}

/// The line of what was run, and what it took.
fn facts(manifest: &Manifest) -> String {
    let count = |path: &str| manifest.number(path).map(|n| grouped(n, 0));
    let seconds = |path: &str| manifest.number(path).map(|n| format!("{} s", summary::short(n)));
    let runs = manifest.runs();
    let mebibytes = manifest.number("peak_memory_bytes").map(|bytes| bytes / 1_048_576.0);
    let known = |text: String| (!text.is_empty()).then_some(text);
    let failed = manifest.failed();
    let commit: String = manifest.text("commit").chars().take(12).collect();
    let facts = [
        ("Nodes", manifest.values("nodes").or_else(|| count("scenario.nodes"))),
        (
            "Simulated time",
            manifest.values("duration").or_else(|| known(manifest.text("scenario.duration"))),
        ),
        ("Runs", Some(runs.to_string())),
        ("Failed runs", (failed > 0).then(|| failed.to_string())),
        ("Seed", known(manifest.text("scenario.seed"))),
        ("Events", count("events")),
        ("Wall time", seconds("wall_s")),
        ("Processor time", seconds("cpu_s")),
        ("Memory", mebibytes.map(|n| format!("{} MiB", grouped(n, 0)))),
        ("Version", known(format!("{} {commit}", manifest.text("version")).trim().to_owned())),
    ];
    let shown = facts.into_iter().filter_map(|(name, value)| Some((name, value?)));
    shown
        .map(|(name, value)| format!("<div><dt>{name}</dt><dd>{}</dd></div>\n", escape(&value)))
        .collect()
}

/// Rows of a table of fields.
fn settings(settings: &[Setting], with_default: bool) -> String {
    let row = |setting: &Setting| {
        let default = setting.default.as_deref().filter(|_| with_default);
        let default = default.map(|text| format!("<td>{}</td>", escape(text)));
        format!(
            "<tr><th scope=\"row\"><code>{}</code></th><td>{}</td>{}</tr>\n",
            escape(&setting.path),
            escape(&setting.value),
            default.unwrap_or_default()
        )
    };
    if settings.is_empty() {
        return "<tr><td colspan=\"3\">Nothing.</td></tr>".to_owned();
    }
    settings.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    const EVIL: &str = "</script><script>alert(1)</script><img src=x onerror='alert(2)'>\"{{data}}";

    /// A folder in which every text that a scenario may choose is `text`.
    fn folder(scratch: &Scratch, text: &str) {
        let manifest = json!({
            "name": text, "version": "1", "commit": text, "replay": text, "events": 1234,
            "wall_s": 1.5, "runs": [{}], "defaults": { "churn.trace": null },
            "scenario": { "name": text, "about": text, "nodes": 5, "churn": { "trace": text } },
        });
        scratch.file("manifest.json", &manifest.to_string());
        let field = text.replace('"', "\"\"");
        scratch.file("messages.csv", &format!("replicate,kind,count\n0,\"{field}\",4\n"));
        scratch.file("summary.csv", "metric,value,unit\nprice_mean,12.5,credits\n");
    }

    #[test]
    fn no_text_of_a_scenario_is_markup() {
        let tags = |page: &str| {
            let words = ["<script", "</script", "<img", "<svg", "<!--", "<h1", "<style"];
            words.map(|word| page.matches(word).count())
        };
        let (plain, evil) = (Scratch::new("report-plain"), Scratch::new("report-evil"));
        folder(&plain, "plain");
        folder(&evil, EVIL);
        let evil = page(evil.folder(), &[]).unwrap();
        assert_eq!(tags(&evil), tags(&page(plain.folder(), &[]).unwrap()));
        assert!(
            evil.contains("script-src 'nonce-report'\">"),
            "and what slips through does not run"
        );
        assert!(evil.matches("alert(2)").count() >= 6, "all of it stands there as text");
    }

    #[test]
    fn the_same_files_give_the_same_bytes_and_ask_for_no_others() {
        let (one, two) = (Scratch::new("report-one"), Scratch::new("report-two"));
        folder(&one, "same");
        folder(&two, "same");
        let path = write(one.folder(), &[]).unwrap();
        assert!(path.ends_with("report.html"));
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, page(two.folder(), &[]).unwrap());
        let outside: Vec<&str> =
            ["http://", "https://", "src=", "@import", "<link"].into_iter().collect();
        let plain = text.replace("http://www.w3.org/2000/svg", "");
        for word in outside {
            assert!(!plain.contains(word), "{word}");
        }
    }

    #[test]
    fn what_was_run_is_told() {
        let scratch = Scratch::new("report-told");
        folder(&scratch, "calm");
        let text = page(scratch.folder(), &[]).unwrap();
        for part in [
            "<title>calm</title>",
            "<dt>Events</dt><dd>1,234</dd>",
            "<code>churn.trace</code></th><td>calm</td><td>off</td>",
            "<b>12.5</b>",
        ] {
            assert!(text.contains(part), "{part}");
        }
    }

    #[test]
    fn a_folder_without_a_manifest_is_an_error() {
        let scratch = Scratch::new("report-empty");
        let error = write(scratch.folder(), &[]).unwrap_err().to_string();
        assert!(error.contains("manifest.json"), "{error}");
        assert!(!scratch.path("report.html").exists());
    }
}

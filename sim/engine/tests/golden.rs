//! Whole scenarios with their fingerprints pinned: `scenarios/golden`, each with what came out
//! beside it. With `GOLDEN=1` in the environment the files are written anew. The program's own
//! tests hold it to the same files: what else is linked must not move results.

use compup2p_engine::observer::{Blind, Outcome};
use compup2p_engine::scenario::Source;
use compup2p_engine::trial::check;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Metrics that are written down: counts, which a reader can follow.
const TOTALS: [&str; 32] = [
    "members_at_end",
    "joins",
    "leaves",
    "crashes",
    "messages",
    "messages_lost",
    "lookups",
    "lookups_correct",
    "purchases",
    "purchases_completed",
    "purchases_denied",
    "paid_by_receipt",
    "listings_received",
    "markets_opened",
    "markets_at_end",
    "joins_failed",
    "successors_lost",
    "hops_exhausted",
    "shipments",
    "shipments_broken",
    "tasks",
    "tasks_completed",
    "tasks_wrong",
    "runs",
    "runs_resumed",
    "replica_failures",
    "suspensions",
    "checkpoints",
    "backups",
    "copies_repaired",
    "restored",
    "downloads",
];

/// The scenarios, in order of their names.
fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/golden");
    let inside = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    let mut found: Vec<_> = inside.map(|entry| entry.path()).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    found.sort();
    found
}

/// Runs a scenario as the program does.
fn run(path: &Path) -> Outcome {
    let text = fs::read_to_string(path).expect("a scenario");
    let file = path.display().to_string();
    let source = Source { file, text, overrides: Vec::new() };
    let trials = check(&source, &|_| Err("no other file".to_owned())).expect("a good scenario");
    compup2p_engine::run(&trials[0], &mut Blind).expect("the blind refuse nothing")
}

fn text(outcome: &Outcome) -> String {
    let mut text = format!("{:<20} {:016x}\n", "fingerprint", outcome.fingerprint);
    let _infallible = writeln!(text, "{:<20} {}", "events", outcome.events);
    for name in TOTALS {
        let row = outcome.metrics.iter().find(|row| row.metric == name);
        let value = row.unwrap_or_else(|| panic!("no metric is called {name}")).value;
        let _infallible = writeln!(text, "{name:<20} {value}");
    }
    text
}

#[test]
fn every_golden_scenario_comes_out_as_it_did() {
    let found = scenarios();
    assert!(found.len() >= 4, "{found:?}");
    let mut differ = String::new();
    for path in found {
        let now = text(&run(&path));
        let golden = path.with_extension("golden");
        if std::env::var_os("GOLDEN").is_some() {
            fs::write(&golden, &now).expect("a file");
        }
        let known = fs::read_to_string(&golden).unwrap_or_default();
        if known != now {
            let golden = golden.display();
            let _infallible = write!(differ, "{golden}:\n{known}and now\n{now}");
        }
    }
    assert!(differ.is_empty(), "GOLDEN=1 writes these anew, if that is meant:\n{differ}");
}

//! Sweeps as a user meets them: what is stopped goes on, what has run is not run again, what fails
//! fails alone.

use crate::desk::{Desk, names};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Six runs of a fraction of a second.
const SWEPT: &str = "\
nodes: 200
duration: 20min
replicates: 2
workload: { purchases: { interval: 1min } }
sweep: { market.scheme: [naive, single_overlay, processor_overlay] }
";

/// Kept runs, with what tells a file from one that was written anew.
fn kept(desk: &Desk, folder: &str) -> BTreeMap<String, (u64, i64, i64)> {
    let runs = names(&desk.path(folder)).into_iter().filter(|name| name.ends_with(".tar.gz"));
    runs.map(|name| {
        let about = fs::metadata(desk.path(folder).join(&name)).expect("a file");
        (name, (about.ino(), about.mtime(), about.mtime_nsec()))
    })
    .collect()
}

/// All CSV files of a folder of results.
fn csv(desk: &Desk, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let files = names(&desk.path(folder)).into_iter().filter(|name| name.ends_with(".csv"));
    files
        .map(|name| (name.clone(), fs::read(desk.path(folder).join(name)).expect("rows")))
        .collect()
}

#[test]
fn a_sweep_that_is_killed_ten_times_ends_as_if_it_never_was_and_repeats_nothing() {
    let desk = Desk::with("swept.yaml", SWEPT);
    let whole = desk.run(&["swept.yaml", "--no-plots", "--out", "whole"]);
    assert_eq!(whole.code, Some(0), "{}", whole.err);
    let mut before = BTreeMap::new();
    let mut chance: u64 = std::process::id().into();
    for nth in 0..10 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_compup2p"));
        command.current_dir(desk.path("")).args(["swept.yaml", "--no-plots", "--out", "killed"]);
        let mut child =
            command.stderr(Stdio::null()).stdout(Stdio::null()).spawn().expect("starts");
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(nth);
        std::thread::sleep(Duration::from_millis(20 + (chance >> 33) % 250));
        child.kill().expect("SIGKILL");
        child.wait().expect("a child");
        let now = kept(&desk, "killed.points");
        for (run, file) in &before {
            assert_eq!(now.get(run), Some(file), "{run} was run twice");
        }
        before = now;
    }
    let did = desk.run(&["swept.yaml", "--no-plots", "--out", "killed"]);
    assert_eq!(did.code, Some(0), "{}", did.err);
    let now = kept(&desk, "killed.points");
    assert!(before.iter().all(|(run, file)| now.get(run) == Some(file)), "run twice");
    assert_eq!(now.len(), 6);
    assert_eq!(csv(&desk, "killed"), csv(&desk, "whole"));
    let runs = desk.manifest("killed")["runs"].as_array().expect("runs").clone();
    let again = runs.iter().filter(|run| run["was_kept"] == true).count();
    assert_eq!(again, before.len());
    let left: Vec<_> = names(&desk.path("killed.points"));
    assert!(left.iter().all(|name| name.ends_with(".tar.gz")), "{left:?}");
    let all = ["killed", "killed.points", "swept.yaml", "whole", "whole.points"];
    assert_eq!(names(&desk.path("")), all, "what was killed left nothing else behind");
}

#[test]
fn more_values_and_more_replicates_redo_nothing_and_what_changed_is_not_mixed_in() {
    let desk = Desk::with("swept.yaml", SWEPT);
    let was_kept = |line: &[&str]| -> Vec<bool> {
        let line = [&["swept.yaml", "--no-plots", "--out", "x"], line].concat();
        let did = desk.run(&line);
        assert_eq!(did.code, Some(0), "{}", did.err);
        let manifest = desk.manifest("x");
        let runs = manifest["runs"].as_array().expect("runs").iter();
        runs.map(|run| run["was_kept"] == true).collect()
    };
    let two = "sweep.market.scheme=[naive, processor_overlay]";
    assert_eq!(was_kept(&["--set", two]), [false; 4]);
    // naive, single_overlay, processor_overlay, with two replicates each and then with three.
    assert_eq!(was_kept(&[]), [true, true, false, false, true, true]);
    let third = [true, true, false, true, true, false, true, true, false];
    assert_eq!(was_kept(&["--replicates", "3"]), third);
    assert_eq!(was_kept(&["--set", "nodes=199"]), [false; 6]);
    assert_eq!(was_kept(&["--check"]), [false; 6], "judges have verdicts to give");
    assert_eq!(was_kept(&["--set", "about=the same"]), [true; 6]);
    // The second replicate of seed 1 is the first of seed 2.
    assert_eq!(was_kept(&["--seed", "2"]), [true; 6]);
    assert_eq!(was_kept(&["--fresh"]), [false; 6]);
    let rows = fs::read_to_string(desk.path("x/mo_load.csv")).expect("rows");
    assert!(rows.starts_with("market.scheme,replicate,node,"), "{rows:.60}");
}

#[test]
fn a_kept_run_is_not_used_when_an_input_has_changed() {
    let desk = Desk::with(
        "traced.yaml",
        "nodes: 20\nduration: 1min\nchurn: { trace: t.avt }\nreplicates: 2\n",
    );
    let run = || {
        let did = desk.run(&["traced.yaml", "--no-plots", "--out", "x"]);
        assert_eq!(did.code, Some(0), "{}", did.err);
        desk.manifest("x")["runs"][0]["was_kept"] == true
    };
    fs::write(desk.path("t.avt"), "1 1 0 60\n2 1 0 60\n").expect("a file");
    assert!(!run());
    assert!(run());
    fs::write(desk.path("t.avt"), "1 1 0 60\n2 1 0 40\n").expect("a file");
    assert!(!run(), "the same name, another trace");
}

/// Two short runs, and then two that take minutes.
const LONG: &str = "\
nodes: 20
duration: 10min
replicates: 2
sweep: { workload.lookups.interval: [10min, 100us] }
";

#[test]
fn ctrl_c_keeps_finished_runs() {
    let desk = Desk::with("long.yaml", LONG);
    let mut command = Command::new(env!("CARGO_BIN_EXE_compup2p"));
    command.current_dir(desk.path("")).args(["long.yaml", "--jobs", "1", "--out", "x"]);
    let mut child =
        command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts");
    while kept(&desk, "x.points").len() < 2 {
        assert_eq!(child.try_wait().expect("a child"), None, "it ended by itself");
        std::thread::sleep(Duration::from_millis(10));
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("kill").success());
    let output = child.wait_with_output().expect("a child");
    assert_eq!(output.status.code(), Some(130));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.ends_with("x.points: the same command goes on from there\n"), "{said}");
    assert_eq!(names(&desk.path("")), ["long.yaml", "x.points"]);
    assert_eq!(names(&desk.path("x.points")).len(), 2, "and nothing else");
}

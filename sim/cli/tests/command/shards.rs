//! A sweep dealt out to several processes that share a folder.

use crate::desk::{Desk, names};
use std::fs;

/// Six short runs.
const SWEPT: &str = "\
nodes: 20
duration: 5min
replicates: 2
sweep: { market.scheme: [naive, single_overlay, processor_overlay] }
";

#[test]
fn shards_put_together_are_the_sweep_and_one_that_is_lost_is_named_and_redone() {
    let desk = Desk::with("swept.yaml", SWEPT);
    assert_eq!(desk.run(&["sweep", "swept.yaml", "--no-plots", "--out", "whole"]).code, Some(0));
    let shards = ["--out", "x", "--shards", "3"];
    let shard = |nth: &str| {
        let did = desk.run(&[&["sweep", "swept.yaml", "--shard", nth][..], &shards].concat());
        assert_eq!(did.code, Some(0), "{}", did.err);
        did.out
    };
    let merge = || desk.run(&[&["merge", "swept.yaml", "--no-plots"][..], &shards].concat());
    let missing = || desk.run(&[&["merge", "swept.yaml", "--missing"][..], &shards].concat()).out;
    assert_eq!(missing(), "0-2\n");
    assert_eq!(merge().err, "error: x.points does not exist: no shard has run yet\n");
    assert!(shard("0").starts_with("shard 0 of 3: 2 runs, 0 of them kept from before, in "));
    shard("2");
    let did = merge();
    assert_eq!(did.code, Some(1));
    let says = "error: 2 of 6 runs are missing, of shard 1 of 3; the first: market.scheme=";
    assert!(did.err.starts_with(says), "{}", did.err);
    assert_eq!((missing(), names(&desk.path("x"))), ("1\n".to_owned(), vec![]));
    let line = ["merge", "swept.yaml", "--no-plots", "--incomplete"];
    let did = desk.run(&[&line[..], &shards].concat());
    assert_eq!(did.code, Some(1));
    assert!(
        did.err.ends_with("2 of 6 runs failed; the others are in x.incomplete\n"),
        "{}",
        did.err
    );
    let manifest = desk.manifest("x.incomplete");
    let count = |field: &str| manifest[field].as_array().map(Vec::len);
    assert_eq!((count("runs"), count("failed")), (Some(4), Some(2)));
    // Of another scenario none is there, and it is told why.
    let line = ["merge", "swept.yaml", "--set", "nodes=21", "--out", "x"];
    let did = desk.run(&line);
    let says = "; 4 more in x.points are of other settings or another program\n";
    assert!(did.err.ends_with(says), "{}", did.err);
    shard("1");
    assert_eq!(missing(), "\n");
    let did = merge();
    assert!(!desk.path("x.incomplete").exists(), "nothing is missing any more");
    assert_eq!(did.code, Some(0), "{}", did.err);
    for file in names(&desk.path("whole")).iter().filter(|name| name.ends_with(".csv")) {
        let read = |folder: &str| fs::read(desk.path(folder).join(file)).expect("rows");
        assert_eq!(read("x"), read("whole"), "{file}");
    }
    assert!(shard("1").starts_with("shard 1 of 3: 2 runs, 2 of them kept"), "it is not run twice");
}

#[test]
fn which_shard_must_be_said_and_be_one_of_them() {
    let desk = Desk::with("swept.yaml", SWEPT);
    let did = desk.run(&["sweep", "swept.yaml", "--shards", "3"]);
    let wants = "--shards 3: wants --shard too, or SLURM_ARRAY_TASK_ID: which of them to run\n";
    assert_eq!((did.code, did.err.as_str()), (Some(2), wants));
    let did = desk.run(&["sweep", "swept.yaml", "--shards", "3", "--shard", "3"]);
    assert_eq!(
        (did.code, did.err.as_str()),
        (Some(2), "shard 3: wants a whole number from 0 to 2\n")
    );
}

#[test]
fn the_script_for_slurm_is_a_script_whatever_names_say() {
    let desk = Desk::with("it's swept.yaml", SWEPT);
    let set = "about='$HOME `id` \"x\" \\'";
    let line = ["slurm", "it's swept.yaml", "--shards", "3", "--set", set, "--set", "name=x"];
    let did = desk.run(&line);
    assert_eq!(did.code, Some(0), "{}", did.err);
    let script = desk.path("results/x.sbatch");
    assert!(did.out.contains("6 runs in 3 shards"), "{}", did.out);
    // What the script runs is what was said: with a stand-in for the program that tells its words.
    let told = desk.path("told");
    let tell = format!("#!/bin/sh\nfor word; do echo \"$word\"; done > '{}'\n", told.display());
    fs::write(desk.path("tell"), tell).expect("a file");
    let text = fs::read_to_string(&script).expect("a script");
    let program = env!("CARGO_BIN_EXE_compup2p");
    let text = text.replace(program, &desk.path("tell").display().to_string());
    fs::write(&script, text).expect("a file");
    let shell = |line: &[&str]| {
        std::process::Command::new(line[0]).args(&line[1..]).output().expect("a shell")
    };
    shell(&["chmod", "+x", &desk.path("tell").display().to_string()]);
    let ran = std::process::Command::new("sh")
        .arg(&script)
        .env("SLURM_ARRAY_TASK_ID", "1")
        .output()
        .expect("a shell");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let words = fs::read_to_string(&told).expect("words");
    let wants =
        format!("sweep\nit's swept.yaml\n--set\n{set}\n--set\nname=x\n--shards\n3\n--jobs\n1\n");
    assert_eq!(words, wants);
}

#[test]
fn a_percent_sign_in_a_folder_is_no_pattern_of_slurms() {
    let desk = Desk::with("swept.yaml", SWEPT);
    let did = desk.run(&["slurm", "swept.yaml", "--shards", "3", "--out", "50%j x"]);
    assert_eq!(did.code, Some(0), "{}", did.err);
    let text = fs::read_to_string(desk.path("50%j x.sbatch")).expect("a script");
    let log = text.lines().find(|line| line.starts_with("#SBATCH --output=")).expect("a log");
    assert!(log.ends_with("/50%%j x.points/shard-%a.log'"), "{log}");
}

#[test]
fn shards_may_be_few_at_a_time() {
    let desk = Desk::with("swept.yaml", SWEPT);
    let array = |line: &[&str]| {
        let line = [&["slurm", "swept.yaml", "--shards", "3", "--out", "x"], line].concat();
        assert_eq!(desk.run(&line).code, Some(0));
        let text = fs::read_to_string(desk.path("x.sbatch")).expect("a script");
        let array = text.lines().find(|line| line.starts_with("array=$(sbatch"));
        array.expect("a job array").to_owned()
    };
    assert!(array(&[]).contains("--array=\"$missing\""));
    assert!(array(&["--at-once", "2"]).contains("--array=\"$missing%2\""));
}

#[test]
fn shards_are_not_run_anew() {
    let desk = Desk::with("swept.yaml", SWEPT);
    for line in [
        &["slurm", "swept.yaml", "--shards", "3", "--fresh"][..],
        &["sweep", "swept.yaml", "--shards", "3", "--shard", "1", "--fresh"],
        &["merge", "swept.yaml", "--fresh"],
    ] {
        assert_eq!(desk.run(line).code, Some(2), "{line:?}");
    }
    assert_eq!(names(&desk.path("")), ["swept.yaml"]);
}

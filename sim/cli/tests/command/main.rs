//! The command as a user meets it: exit codes, files, and what it leaves behind.

mod desk;
mod figures;
#[cfg(target_os = "linux")]
mod shards;
mod stories;
#[cfg(target_os = "linux")]
mod sweeps;
mod traces;

use desk::{Desk, names};
use std::fs;
use std::path::Path;

const SMALL: &str = "nodes: 20\nduration: 5min\nworkload: { purchases: { interval: 1min } }\n";

const FILES: [&str; 12] = [
    "activity.csv",
    "incomes.csv",
    "listings.csv",
    "lookups.csv",
    "manifest.json",
    "messages.csv",
    "mo_load.csv",
    "ring.csv",
    "summary.csv",
    "tasks.csv",
    "timeseries.csv",
    "transactions.csv",
];

/// A desk with the small scenario.
fn small() -> Desk {
    Desk::with("small.yaml", SMALL)
}

#[test]
fn a_good_scenario_is_ok() {
    let did = small().run(&["check", "small.yaml", "--set", "nodes=30"]);
    assert_eq!(did.out, "ok: small: 30 nodes for 5min, 1 run from seed 1\n");
    assert_eq!((did.code, did.err.as_str()), (Some(0), ""));
}

#[test]
fn bad_input_ends_with_2_and_writes_nothing() {
    let desk = small();
    let did = desk.run(&["small.yaml", "--set", "nodes=0", "--replicates", "0"]);
    assert_eq!(did.code, Some(2));
    assert_eq!(
        did.err,
        "--replicates 0: replicates is 0, wants a whole number from 1 to 100000\n\
         --set nodes=0: nodes is 0, wants a whole number from 1 to 536870912\n"
    );
    assert_eq!(names(&desk.path("")), ["small.yaml"]);
}

#[test]
fn a_scenario_that_is_not_there_is_bad_input() {
    let did = small().run(&["check", "gone.yaml"]);
    assert_eq!((did.code, did.err.as_str()), (Some(2), "gone.yaml: does not exist\n"));
}

#[test]
fn bad_usage_ends_with_2() {
    for arguments in [&["small.yaml", "--set", "nodes"][..], &["--flood"], &[]] {
        assert_eq!(small().run(arguments).code, Some(2), "{arguments:?}");
    }
}

#[test]
fn a_run_leaves_its_files_and_no_others() {
    let desk = small();
    let did = desk.run(&["small.yaml", "--no-plots", "--no-report"]);
    assert_eq!(did.code, Some(0), "{}", did.err);
    assert!(did.out.contains("results/small"), "{}", did.out);
    assert_eq!(names(&desk.path("results")), ["small"]);
    assert_eq!(names(&desk.path("results/small")), FILES);
}

#[test]
fn a_run_has_a_report_and_draw_writes_the_same_again() {
    let desk = small();
    let did = desk.run(&["small.yaml", "--quiet"]);
    assert_eq!(did.code, Some(0), "{}", did.err);
    let report = desk.path("results/small/report.html");
    let before = fs::read_to_string(&report).expect("a report");
    assert!(before.contains("<title>small</title>") && before.contains("Members of the base ring"));
    fs::remove_file(&report).expect("it can go");
    let did = desk.run(&["draw", "results/small"]);
    assert_eq!(did.code, Some(0), "{}", did.err);
    assert!(did.out.ends_with("results/small/report.html\n"), "{}", did.out);
    assert_eq!(fs::read_to_string(&report).expect("a report"), before);
}

#[test]
fn the_manifest_says_how_to_do_it_again() {
    let desk = small();
    desk.run(&["small.yaml", "--no-plots", "--seed", "7", "--set", "off=[relist, ping]"]);
    let manifest = desk.manifest("results/small");
    let replay = "compup2p small.yaml --set 'off=[relist, ping]' --seed 7";
    assert_eq!(manifest["replay"], replay);
    assert_eq!(manifest["scenario"]["overlay"]["successors"], 10);
    assert_eq!(manifest["defaults"]["off"], serde_json::json!([]));
    assert_eq!(manifest["defaults"]["overlay.successors"], serde_json::Value::Null);
    assert_eq!(manifest["runs"][0]["seed"], 7);
    assert_eq!(manifest["files"]["lookups.csv"]["sha256"].as_str().map(str::len), Some(64));
}

#[test]
fn a_quiet_run_says_nothing() {
    let did = small().run(&["run", "small.yaml", "--quiet"]);
    assert_eq!((did.code, did.out.as_str(), did.err.as_str()), (Some(0), "", ""));
}

#[test]
fn any_number_of_jobs_writes_the_same_bytes() {
    let desk = small();
    for jobs in ["1", "3"] {
        let run = ["small.yaml", "--replicates", "5", "--jobs", jobs, "--out", jobs];
        assert_eq!(desk.run(&run).code, Some(0));
    }
    for file in FILES.iter().filter(|file| file.ends_with(".csv")) {
        let read = |jobs: &str| fs::read(desk.path(jobs).join(file)).expect(file);
        assert_eq!(read("1"), read("3"), "{file}");
    }
}

const SWEPT: &str = "\
nodes: 20
duration: 5min
workload: { purchases: { interval: 1min } }
sweep:
  market.scheme: [naive, processor_overlay]
  capacity: [{ model: uniform, min: 1e8, max: 2e9 }, 1e9]
";

/// A command line as a shell cuts it into words.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut within = false;
    for c in line.chars() {
        match c {
            '\'' => within = !within,
            ' ' if !within => words.push(String::new()),
            _ => words.last_mut().expect("there is one").push(c),
        }
    }
    words
}

#[test]
fn a_sweep_writes_its_points_in_order_on_any_number_of_jobs() {
    let desk = small();
    fs::write(desk.path("swept.yaml"), SWEPT).expect("a file");
    for jobs in ["1", "3"] {
        let did = desk.run(&["swept.yaml", "--replicates", "2", "--jobs", jobs, "--out", jobs]);
        assert_eq!(did.code, Some(0), "{}", did.err);
    }
    let read =
        |jobs: &str, file: &str| fs::read_to_string(desk.path(jobs).join(file)).expect("a file");
    for file in FILES.iter().filter(|file| file.ends_with(".csv")) {
        assert_eq!(read("1", file), read("3", file), "{file}");
        assert!(read("1", file).starts_with("market.scheme,capacity,"), "{file}");
    }
    let load = read("1", "mo_load.csv");
    let firsts: Vec<_> = load.lines().skip(1).step_by(20).map(|line| line.split(",10.")).collect();
    let firsts: Vec<_> = firsts.into_iter().filter_map(|mut line| line.next()).collect();
    let uniform = "\"{model: uniform, min: 1e8, max: 2e9}\"";
    assert_eq!(
        firsts,
        [
            format!("naive,{uniform},0"),
            format!("naive,{uniform},1"),
            "naive,1e9,0".to_owned(),
            "naive,1e9,1".to_owned(),
            format!("processor_overlay,{uniform},0"),
            format!("processor_overlay,{uniform},1"),
            "processor_overlay,1e9,0".to_owned(),
            "processor_overlay,1e9,1".to_owned(),
        ]
    );
    let summary = read("1", "summary.csv");
    let header = summary.lines().next();
    assert_eq!(header, Some("market.scheme,capacity,metric,n,mean,ci95_low,ci95_high,unit"));
    assert_eq!(summary.lines().filter(|line| line.contains(",purchases,2,")).count(), 4);
}

#[test]
fn a_run_of_a_sweep_is_done_again_alone() {
    let desk = small();
    fs::write(desk.path("swept.yaml"), SWEPT).expect("a file");
    assert_eq!(desk.run(&["swept.yaml", "--out", "all"]).code, Some(0));
    let all = desk.manifest("all");
    assert_eq!(all["scenario"]["sweep"][0]["market.scheme"][1], "processor_overlay");
    for (nth, run) in all["runs"].as_array().expect("a list").iter().enumerate() {
        let settings = run["settings"].as_object().expect("a map");
        let mut line = "swept.yaml --set sweep=off --out one".to_owned();
        for (path, value) in settings {
            line += &format!(" --set '{path}={}'", value.as_str().expect("text"));
        }
        let words = words(&line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        assert_eq!(desk.run(&words).code, Some(0), "{line}");
        let one = desk.manifest("one");
        assert_eq!(one["runs"].as_array().map(Vec::len), Some(1));
        assert_eq!(one["runs"][0]["fingerprint"], run["fingerprint"], "point {nth}");
    }
    let prints = |nth: usize| &all["runs"][nth]["fingerprint"];
    assert!(prints(0) != prints(2), "schemes differ");
}

#[test]
fn a_sweep_is_checked_and_summed_up_point_by_point() {
    let desk = small();
    fs::write(desk.path("swept.yaml"), SWEPT).expect("a file");
    let did = desk.run(&["check", "swept.yaml", "--replicates", "3"]);
    let wants = "ok: swept: 4 points of market.scheme, capacity, 3 runs each from seed 1\n";
    assert_eq!((did.out.as_str(), did.code), (wants, Some(0)));
    let did = desk.run(&["swept.yaml"]);
    let lines: Vec<_> = did.out.lines().collect();
    assert!(lines[0].starts_with("market.scheme      capacity "), "{}", did.out);
    assert!(lines[4].starts_with("processor_overlay  1e9 "), "{}", did.out);
    let did = desk.run(&["swept.yaml", "--set", "nodes=0", "--set", "market.scheme=naive"]);
    assert_eq!(did.code, Some(2));
    assert_eq!(
        did.err,
        "--set market.scheme=naive: market.scheme is swept, wants --set sweep.market.scheme=[..] \
         or --set sweep=off\n\
         --set nodes=0: nodes is 0, wants a whole number from 1 to 536870912\n"
    );
}

#[test]
fn a_later_run_takes_the_place_of_an_earlier_one() {
    let desk = small();
    for seed in ["1", "2"] {
        assert_eq!(desk.run(&["small.yaml", "--out", "x", "--seed", seed]).code, Some(0));
    }
    let manifest = fs::read_to_string(desk.path("x/manifest.json")).expect("a manifest");
    assert!(manifest.contains("--seed 2"), "{manifest}");
    assert_eq!(names(&desk.path("")), ["small.yaml", "x"]);
}

#[test]
fn a_folder_that_is_not_ours_is_left_alone() {
    let desk = small();
    fs::create_dir(desk.path("thesis")).expect("a folder");
    fs::write(desk.path("thesis/chapter.tex"), "hard work").expect("a file");
    let did = desk.run(&["small.yaml", "--out", "thesis"]);
    assert_eq!(did.code, Some(1));
    assert_eq!(
        did.err,
        "error: thesis has chapter.tex in it, which no run of this program wrote; \
         wants another --out\n"
    );
    fs::rename(desk.path("thesis/chapter.tex"), desk.path("thesis/manifest.json")).expect("moved");
    let did = desk.run(&["small.yaml", "--out", "thesis"]);
    assert!(did.err.starts_with("error: thesis has manifest.json in it"), "{}", did.err);
    fs::rename(desk.path("thesis/manifest.json"), desk.path("thesis/chapter.tex")).expect("moved");
    assert_eq!(names(&desk.path("thesis")), ["chapter.tex"]);
    assert_eq!(names(&desk.path("")), ["small.yaml", "thesis"]);
}

#[test]
fn results_of_another_scenario_are_left_alone() {
    let desk = small();
    fs::copy(desk.path("small.yaml"), desk.path("other.yaml")).expect("a file");
    let run = |scenario: &str, out: &str| desk.run(&[scenario, "--no-plots", "--out", out]);
    for out in ["x", "y.incomplete"] {
        assert_eq!(run("small.yaml", out).code, Some(0));
    }
    let did = run("other.yaml", "x");
    let says = "error: x has results of small; wants another --out\n";
    assert_eq!((did.code, did.err.as_str()), (Some(1), says));
    assert_eq!(desk.manifest("x")["name"], "small");
    assert_eq!(run("small.yaml", "x").code, Some(0), "its own are replaced");
    assert_eq!(run("other.yaml", "y").code, Some(0));
    assert_eq!(
        desk.manifest("y.incomplete")["name"],
        "small",
        "nor is it taken for what is left of y"
    );
}

#[test]
fn results_that_cannot_be_written_name_the_file() {
    let desk = small();
    fs::write(desk.path("file"), "").expect("a file");
    let did = desk.run(&["small.yaml", "--out", "file/x"]);
    assert_eq!(did.code, Some(1));
    assert!(did.err.starts_with("error: cannot make file/.x.partial-"), "{}", did.err);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_130_and_leaves_nothing() {
    let desk = small();
    let run = ["small.yaml", "--set", "duration=36500d", "--out", "x"];
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_compup2p"));
    let mut child = command.current_dir(desk.path("")).args(run).spawn().expect("it starts");
    let is_under_way = || {
        let begun = names(&desk.path("")).into_iter().find(|name| name.starts_with(".x.partial-"));
        begun.is_some_and(|aside| desk.path(&aside).join(".points").exists())
    };
    while !is_under_way() {
        assert_eq!(child.try_wait().expect("a child"), None, "it ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let pid = child.id().to_string();
    let sent = std::process::Command::new("kill").args(["-INT", &pid]).status();
    assert!(sent.expect("kill").success());
    assert_eq!(child.wait().expect("a child").code(), Some(130));
    assert_eq!(names(&desk.path("")), ["small.yaml"]);
}

#[test]
fn rows_can_be_left_out() {
    let desk = small();
    let did = desk.run(&["small.yaml", "--record", "lookups=off,transactions=0.5", "--out", "x"]);
    assert_eq!(did.code, Some(0), "{}", did.err);
    let lookups = fs::read_to_string(desk.path("x/lookups.csv")).expect("a file");
    assert_eq!(lookups.lines().count(), 1);
}

#[test]
fn an_input_is_found_beside_the_scenario() {
    let desk = small();
    fs::create_dir(desk.path("sub")).expect("a folder");
    fs::write(desk.path("sub/t.avt"), "1 1 0 60\n").expect("a file");
    fs::write(desk.path("sub/s.yaml"), "churn: { trace: t.avt }\n").expect("a file");
    let did = desk.run(&["check", "sub/s.yaml"]);
    assert_eq!(did.out, "ok: s: 1000 nodes for 1h, 1 run from seed 1, sub/t.avt\n");
    let did = desk.run(&["check", "sub/s.yaml", "--set", "churn.trace=none.avt"]);
    let wants = "churn.trace is \"none.avt\", wants a file: it does not exist";
    assert_eq!(did.err, format!("--set churn.trace=none.avt: {wants}\n"));
}

#[test]
fn every_scenario_that_comes_along_is_good() {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    for folder in [scenarios.clone(), scenarios.join("golden")] {
        for name in names(&folder).iter().filter(|name| name.ends_with(".yaml")) {
            let path = folder.join(name);
            let did = small().run(&["check", &path.to_string_lossy()]);
            assert_eq!(did.code, Some(0), "{}", did.err);
        }
    }
}

#[test]
fn the_reference_is_printed_for_people_and_for_editors() {
    let desk = small();
    assert!(desk.run(&["scenario-reference"]).out.starts_with("# What a scenario may say\n"));
    let schema = desk.run(&["schema"]).out;
    let schema: serde_json::Value = serde_json::from_str(&schema).expect("JSON");
    assert_eq!(schema["properties"]["nodes"]["default"], 1000);
}

#[cfg(unix)]
#[test]
fn a_shell_completes_commands() {
    let desk = small();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = desk.run(&["completions", shell]);
        assert_eq!(script.code, Some(0), "{shell}: {}", script.err);
        assert!(script.out.contains("scenario-reference"), "{shell}");
        fs::write(desk.path(shell), script.out).expect("a file");
    }
    let ask = "set -e; bash -n bash; . ./bash; COMP_WORDS=(compup2p scen); COMP_CWORD=1; \
               _compup2p compup2p scen compup2p; echo ${COMPREPLY[*]}";
    let mut bash = std::process::Command::new("bash");
    let told = bash.current_dir(desk.path("")).args(["-c", ask]).output().expect("bash");
    let text = String::from_utf8_lossy(&told.stdout);
    assert_eq!(text, "scenario-reference\n", "{}", String::from_utf8_lossy(&told.stderr));
}

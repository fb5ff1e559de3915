use super::super::{read, tree};
use super::*;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A scenario's text as a validator takes it.
fn json(text: &str) -> Value {
    let (node, flaws) = tree::parse(text, None);
    assert_eq!(flaws, [], "{text}");
    read::read(&node).expect("anything is a value")
}

fn reads<T: serde::de::DeserializeOwned>(form: Form) {
    for (example, _) in form.examples {
        let (node, flaws) = tree::parse(example, None);
        assert_eq!(flaws, [], "{example}");
        let result = read::read::<T>(&node);
        assert!(result.is_ok(), "{example}: {:?}", result.err());
    }
}

#[test]
fn every_example_reads() {
    reads::<Distribution<f64>>(DISTRIBUTION);
    reads::<Distribution<Span>>(DURATIONS);
    reads::<LoadModel>(LOAD);
    reads::<SessionModel>(SESSIONS);
    reads::<Latency>(LATENCY);
    reads::<Jitter>(JITTER);
    reads::<Rate>(RATE);
    reads::<Fault>(FAULT);
    reads::<Rows>(ROWS);
    reads::<Sweep>(SWEEP);
}

fn validator() -> jsonschema::Validator {
    let schema = schema();
    jsonschema::meta::validate(&schema).expect("a good JSON Schema");
    jsonschema::validator_for(&schema).expect("a good JSON Schema")
}

/// The scenarios that come along, with how each tells an editor where the schema is.
fn shipped() -> Vec<(PathBuf, &'static str)> {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let folders = [
        (scenarios.clone(), "# yaml-language-server: $schema=scenario.schema.json"),
        (scenarios.join("golden"), "# yaml-language-server: $schema=../scenario.schema.json"),
    ];
    let mut all = Vec::new();
    for (folder, line) in folders {
        let files =
            fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
        all.extend(
            files
                .filter(|path| path.extension().is_some_and(|is| is == "yaml"))
                .map(|path| (path, line)),
        );
    }
    all
}

#[test]
fn every_scenario_that_comes_along_is_what_the_schema_says_and_tells_editors_where_it_is() {
    let (validator, shipped) = (validator(), shipped());
    assert!(shipped.len() > 20, "{shipped:?}");
    for (path, line) in shipped {
        let text = fs::read_to_string(&path).expect("a file");
        assert_eq!(text.lines().next(), Some(line), "{}", path.display());
        let wrong: Vec<_> =
            validator.iter_errors(&json(&text)).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{}: {wrong:?}", path.display());
    }
}

/// A place in a scenario for a value of each form.
fn place_of(form: &Form) -> &'static str {
    match form.name {
        "distribution" => "capacity: ",
        "distribution of durations" => "workload: { backups: { lose_after: @ } }",
        "load" => "owner_load: { load: @ }",
        "sessions" => "churn: { sessions: @ }",
        "latency" => "network: { latency: @ }",
        "jitter" => "network: { jitter: @ }",
        "rate" => "network: { bandwidth: { up: @ } }",
        "fault" => "faults: [@]",
        "rows" => "record: { lookups: @ }",
        "sweep" => "sweep: ",
        other => panic!("{other} has no place"),
    }
}

#[test]
fn every_example_is_what_the_schema_says() {
    let validator = validator();
    for form in forms() {
        for (example, _) in form.examples {
            let place = place_of(&form);
            let text = if place.contains('@') {
                place.replace('@', example)
            } else {
                format!("{place}{example}")
            };
            let wrong: Vec<_> =
                validator.iter_errors(&json(&text)).map(|error| error.to_string()).collect();
            assert!(wrong.is_empty(), "{text}: {wrong:?}");
        }
    }
}

/// Both the schema and the reader must say so.
fn both_say(good: bool, texts: &[&str]) {
    let validator = validator();
    for text in texts {
        let (node, _) = tree::parse(text, None);
        let read = read::read::<Scenario>(&node);
        assert_eq!(read.is_ok(), good, "{text}: {:?}", read.err());
        let wrong: Vec<_> =
            validator.iter_errors(&json(text)).map(|error| error.to_string()).collect();
        assert_eq!(wrong.is_empty(), good, "{text}: {wrong:?}");
    }
}

#[test]
fn what_is_wrong_is_refused_by_the_schema_as_by_the_reader() {
    both_say(
        false,
        &[
            "node: 5",
            "nodes: many",
            "nodes: 2.5",
            "duration: 30",
            "duration: 5 parsecs",
            "market: { scheme: singleoverlay }",
            "market: [scheme]",
            "off: relist",
            "capacity: { model: weibull, scale: 10 }",
            "capacity: { model: uniform, min: 1, max: 2, mean: 3 }",
            "capacity: fast",
            "workload: { backups: { lose_after: 5 } }",
            "churn: { sessions: skype07 }",
            "churn: { sessions: { up: 5 } }",
            "churn: { graceful_fraction: off }",
            "network: { latency: 50ms }",
            "network: { latency: { model: gamma } }",
            "network: { jitter: { fraction: 0.1 } }",
            "network: { bandwidth: { up: 10Mbits } }",
            "owner_load: { load: { model: diurnal, dawn: 0.5 } }",
            "faults: [{ at: 5min, kind: quake }]",
            "faults: [{ kind: crash, share: 0.5 }]",
            "record: { lookups: some }",
            "record: { lookups: 1.5 }",
        ],
    );
}

#[test]
fn what_may_be_written_in_another_way_is_accepted_by_both() {
    both_say(
        true,
        &[
            "nodes: 1e6",
            "duration: 0",
            "duration: 1h 30m",
            "duration: .5s",
            "market:",
            "churn: { stop_at: off, trace: off }",
            "churn: { stop_at: , sessions: }",
            "overlay: { successors: off }",
            "overlay: { successors: 5 }",
            "workload: { backups: { lose_after: off } }",
            "network: { latency: { mean: 20ms } }",
            "network: { bandwidth: { up: 1.5 MiB/s } }",
            "sweep:",
            "sweep: { nodes: [5, 6] }",
        ],
    );
}

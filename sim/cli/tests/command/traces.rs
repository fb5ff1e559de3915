//! `--trace`: what is written is what happened, in a form that viewers read.

use crate::desk::{Desk, Did};
use crate::stories;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// A desk where sub-tasks were run, and traced at these nodes.
fn traced(nodes: &str) -> (Desk, Vec<Value>) {
    let desk = stories::desk("tasks.yaml");
    let options = ["--set", "duration=25min", "--no-plots", "--quiet", "--out", "x"];
    let trace = ["--trace", "t.json", "--trace-nodes", nodes];
    let did = desk.run(&[&["tasks.yaml"], &options[..], &trace[..]].concat());
    assert_eq!((did.code, did.err.as_str()), (Some(0), ""));
    let text = fs::read_to_string(desk.path("t.json")).expect("a trace");
    let mut trace: Value = serde_json::from_str(&text).expect("JSON");
    let Value::Array(events) = trace["traceEvents"].take() else { panic!("a list of events") };
    (desk, events)
}

fn text<'v>(event: &'v Value, field: &str) -> &'v str {
    event[field].as_str().unwrap_or_else(|| panic!("{field} is a text: {event}"))
}

fn pid(event: &Value) -> u64 {
    event["pid"].as_u64().expect("a process")
}

/// The slices of a category that are one whole each, by where they are.
fn whole<'v>(events: &'v [Value], cat: &str) -> Vec<&'v Value> {
    let is_one = |event: &&Value| {
        event["ph"] == "b" && event["cat"] == cat && text(event, "name").starts_with(cat)
    };
    events.iter().filter(is_one).collect()
}

/// The rows of a file of results, each with its fields by name.
fn rows(desk: &Desk, file: &str) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(desk.path("x").join(file)).expect("a file");
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let row = |line: &str| {
        let named = names.iter().zip(line.split(','));
        named.map(|(name, value)| ((*name).to_owned(), value.to_owned())).collect()
    };
    lines.map(row).collect()
}

/// The node at an address, as CSV files write it.
fn node(address: &str) -> u64 {
    let host = address.split(':').next().expect("an address");
    let parts = host.split('.').skip(1).map(|part| part.parse::<u64>().expect("a number"));
    parts.fold(0, |sum, part| sum * 256 + part)
}

#[test]
fn every_slice_that_begins_ends_and_lies_within_those_around_it() {
    let (_desk, events) = traced("0,3,13,21,22");
    let mut open: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    let mut parts: BTreeSet<&str> = BTreeSet::new();
    for event in events.iter().filter(|event| event["ph"] == "b" || event["ph"] == "e") {
        let (of, name) = ((text(event, "cat"), text(event, "id")), text(event, "name"));
        let stack = open.entry(of).or_default();
        match text(event, "ph") {
            "b" => {
                parts.insert(name);
                stack.push(name);
            }
            _ => assert_eq!(stack.pop(), Some(name), "{event}"),
        }
    }
    assert!(open.values().all(Vec::is_empty), "{open:?}");
    for part in ["waiting", "buying", "placed", "fetching", "computing", "held", "lookup"] {
        assert!(parts.contains(part), "{part}: {parts:?}");
    }
}

#[test]
fn time_does_not_go_back_and_only_the_nodes_that_were_asked_for_are_there() {
    let (_desk, events) = traced("0,3,13,21,22");
    let mut last: BTreeMap<u64, f64> = BTreeMap::new();
    let mut named = BTreeSet::new();
    let mut instants = 0;
    for event in &events {
        match text(event, "ph") {
            "M" => {
                named.insert(pid(event));
            }
            phase => {
                assert!(named.contains(&pid(event)), "{event}");
                let (at, last) =
                    (event["ts"].as_f64().expect("a time"), last.entry(pid(event)).or_default());
                assert!(at >= *last, "{event} after {last}");
                *last = at;
                instants += u32::from(phase == "i");
            }
        }
    }
    assert_eq!(named, BTreeSet::from([0, 3, 13, 21, 22]));
    assert_eq!(last.len(), 5);
    assert!(instants > 1_000, "{instants}");
}

#[test]
fn a_trace_has_what_the_rows_have() {
    let all: Vec<String> = (0..40).map(|node| node.to_string()).collect();
    let (desk, events) = traced(&all.join(","));
    for (cat, file, who) in
        [("task", "tasks.csv", "user"), ("purchase", "transactions.csv", "buyer")]
    {
        let rows = rows(&desk, file);
        assert!(rows.len() > 20, "{file}");
        let of_rows: BTreeSet<(u64, String)> =
            rows.iter().map(|row| (node(&row[who]), row[cat].clone())).collect();
        let of_slices: BTreeSet<(u64, String)> = whole(&events, cat)
            .into_iter()
            .map(|event| (pid(event), text(event, "id").to_owned()))
            .collect();
        assert_eq!(of_rows, of_slices, "{cat}");
    }
    let runs = rows(&desk, "tasks.csv");
    let runs: usize = runs.iter().map(|row| row["runs"].parse::<usize>().expect("a count")).sum();
    let begins = |event: &&Value| event["ph"] == "b" && event["name"] == "computing";
    assert_eq!(events.iter().filter(begins).count(), runs);
}

#[test]
fn a_trace_changes_nothing_else() {
    let (desk, _) = traced("1");
    let options = ["--set", "duration=25min", "--no-plots", "--quiet", "--out", "y"];
    assert_eq!(desk.run(&[&["tasks.yaml"], &options[..]].concat()).code, Some(0));
    for file in ["tasks.csv", "transactions.csv", "messages.csv", "summary.csv"] {
        let read = |folder: &str| fs::read(desk.path(folder).join(file)).expect("a file");
        assert!(read("x") == read("y"), "{file}");
    }
}

/// What is said to a trace that cannot be.
fn refused(arguments: &[&str]) -> String {
    let desk = stories::desk("tasks.yaml");
    let Did { code, err, .. } = desk.run(arguments);
    assert_eq!(code, Some(2), "{err}");
    assert!(!desk.path("results").exists() && !desk.path("t.json").exists());
    err
}

#[test]
fn a_trace_of_many_runs_or_of_strangers_is_refused() {
    assert_eq!(
        refused(&["tasks.yaml", "--replicates", "3", "--trace", "t.json"]),
        "--trace t.json: these are 3 runs, wants one: --replicates 1\n"
    );
    assert_eq!(
        refused(&["tasks.yaml", "--set", "sweep.nodes=[10, 20]", "--trace", "t.json"]),
        "--trace t.json: these are 2 runs, wants one: --set sweep=off, --replicates 1\n"
    );
    assert_eq!(
        refused(&["tasks.yaml", "--trace", "t.json", "--trace-nodes", "3,40"]),
        "--trace-nodes 40: wants nodes from 0 to 39\n"
    );
    assert_eq!(
        refused(&["tasks.yaml", "--trace", "gone/t.json"]),
        "--trace gone/t.json: there is no folder gone\n"
    );
    let merge = refused(&["merge", "tasks.yaml", "--trace", "t.json"]);
    assert!(merge.starts_with("--trace t.json: a sweep is many runs"), "{merge}");
}

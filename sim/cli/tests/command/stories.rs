//! `explain`: stories as golden text, in `tests/stories`. With `GOLDEN=1` in the environment the
//! files are written anew.

use crate::desk::{Desk, Did};
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories")
}

/// A desk with one of the scenarios.
pub(crate) fn desk(scenario: &str) -> Desk {
    let text = fs::read_to_string(folder().join(scenario)).expect("a scenario");
    Desk::with(scenario, &text)
}

fn told(scenario: &str, arguments: &[&str]) -> Did {
    desk(scenario).run(&[&["explain"], arguments, &[scenario]].concat())
}

/// Asserts that a story reads as in its file.
fn assert_told(scenario: &str, [topic, number]: [&str; 2], file: &str) -> String {
    let did = told(scenario, &[topic, number]);
    assert_eq!((did.code, did.err.as_str()), (Some(0), ""));
    let path = folder().join(file);
    if std::env::var_os("GOLDEN").is_some() {
        fs::write(&path, &did.out).expect("it can be written");
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert!(known == did.out, "{file} differs; GOLDEN=1 writes it anew. Now:\n{}", did.out);
    did.out
}

/// Asserts that these stand in a text, in this order.
fn assert_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let place = rest.find(part);
        let place = place.unwrap_or_else(|| panic!("{part:?} does not come, or too early: {text}"));
        rest = &rest[place + part.len()..];
    }
}

#[test]
fn a_lookup_under_churn_tells_of_its_timeouts() {
    let text = assert_told("lookups.yaml", ["lookup", "104"], "lookup_with_timeouts.txt");
    assert_order(&text, &["its user asks", "chord.next", "(hop 1)", "is down", "TIMEOUT", "found"]);
    // As many as the row says.
    assert_eq!(text.matches("TIMEOUT").count(), 3);
    assert_eq!(text.matches("(hop ").count(), 3);
    assert_order(&text, &["  hops 3\n", "  timeouts 3\n"]);
}

#[test]
fn a_purchase_in_the_processor_overlay_goes_from_the_market_to_the_payment() {
    let text = assert_told("purchases.yaml", ["purchase", "9"], "purchase_completed.txt");
    let phases =
        ["CMID", "Being named a seller", "reverse Vickrey", "Reserving", "Delivery", "Payment"];
    assert_order(&text, &phases);
    assert_order(
        &text,
        &["market.find_seller", "market.quote", "admin.reserve", "market.buy", "admin.settle"],
    );
    assert_order(&text, &["outcome completed", "It is completed"]);
}

#[test]
fn a_purchase_that_is_too_dear_pays_nobody() {
    let text = assert_told("purchases.yaml", ["purchase", "2"], "purchase_over_budget.txt");
    assert_order(&text, &["market.find_seller", "over budget", "none within the budget"]);
    assert!(!text.contains("Payment") && !text.contains("admin.reserve"));
}

#[test]
fn a_sub_task_goes_on_elsewhere_from_its_checkpoint() {
    let text = assert_told("tasks.yaml", ["task", "1"], "task_with_migration.txt");
    assert_order(
        &text,
        &[
            "Waiting for what it needs",
            "Buying",
            "`explain purchase 3` tells of it",
            "Sending code and data",
            "Computing",
            "Checkpoints",
            "is stored",
            "(leaves)",
            "Migration",
            "from its last checkpoint",
            "computes, from 168000000000 cycles on",
            "Results",
            "Payment",
        ],
    );
    // As many as the row says.
    assert_eq!(text.matches("is stored)").count(), 4);
    assert_order(&text, &["  runs 2\n", "  checkpoints 4\n"]);
}

#[test]
fn what_is_bought_for_a_sub_task_has_a_story_that_names_it() {
    let did = told("tasks.yaml", &["purchase", "3"]);
    assert_order(&did.out, &["(orders: buy", "`explain task 1` tells what for", "seller_failed"]);
}

#[test]
fn what_is_recorded_does_not_matter_to_a_story() {
    let all = told("lookups.yaml", &["lookup", "41"]);
    let none = told("lookups.yaml", &["lookup", "41", "--record", "off"]);
    assert_eq!((all.code, none.code), (Some(0), Some(0)), "{}", none.err);
    assert_eq!(all.out, none.out);
    // Nor that it was over before the warm-up.
    let early = told("lookups.yaml", &["lookup", "41", "--set", "warmup=9min"]);
    assert_eq!((early.code, early.out), (Some(0), all.out), "{}", early.err);
}

#[test]
fn who_asks_for_what_there_is_not_is_told_what_there_is() {
    let did = told("purchases.yaml", &["purchase", "999"]);
    let wants = "purchase 999: there are 201 purchases, wants a number from 0 to 200\n";
    assert_eq!((did.code, did.err.as_str()), (Some(2), wants));
    let did = told("purchases.yaml", &["task", "0"]);
    assert_eq!((did.code, did.err.as_str()), (Some(2), "task 0: there are no tasks\n"));
}

#[test]
fn a_sweep_is_told_of_at_one_of_its_points() {
    let sweep = "sweep={market.scheme: [naive, single_overlay]}";
    let did = told("purchases.yaml", &["purchase", "9", "--set", sweep]);
    assert_eq!(did.code, Some(2));
    assert_order(&did.err, &["a sweep of 2 points", "--set sweep=off", "market.scheme"]);
    let point = ["--set", "sweep=off", "--set", "market.scheme=single_overlay"];
    let did =
        told("purchases.yaml", &[&["purchase", "9", "--set", sweep][..], &point[..]].concat());
    assert_order(&did.out, &["single overlay", "[chord.next]", "market.find_seller"]);
}

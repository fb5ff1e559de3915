//! Availability traces: a line a node, `id n start stop ...`, n pairs of seconds, no header.

use std::collections::BTreeMap;

use super::Trace;
use super::fault::{Fault, Faults, shown};

/// Reads an availability trace of the file `name`: a line a node, `id n start stop start stop
/// ...` parted by white space, with n pairs in seconds. Empty lines are passed over.
pub fn parse_avt(name: &str, text: &str) -> Result<Trace, Vec<Fault>> {
    let mut faults = Faults::of(name);
    let mut trace = Trace::empty();
    let mut lines_of = BTreeMap::new();
    let mut sessions = Vec::new();
    for (line, row) in (1..).zip(text.lines()) {
        faults.on_line(line, row);
        let mut words = row.split_ascii_whitespace();
        let Some(node) = words.next() else { continue };
        if let Some(first) = lines_of.insert(node, line) {
            let found = shown(node);
            faults.add(node, format!("node {found} is on line {first} too, wants one line a node"));
        }
        sessions.clear();
        read_sessions(&mut faults, row, node, words, &mut sessions);
        if faults.too_many() {
            break;
        }
        trace.push_row(&mut sessions);
    }
    if faults.are_none() && trace.sessions() == 0 {
        faults.on_line(1, text);
        let message = "no node is ever up, wants at least one line: id n start stop ...";
        faults.add(text, message.to_string());
    }
    if faults.are_none() { Ok(trace) } else { Err(faults.into_vec()) }
}

/// The sessions of one line, behind its `node`.
fn read_sessions<'a>(
    faults: &mut Faults,
    row: &'a str,
    node: &str,
    mut words: impl Iterator<Item = &'a str>,
    sessions: &mut Vec<(u64, u64)>,
) {
    let after = &row[row.len()..];
    let Some(count) = words.next() else {
        let found = shown(node);
        return faults.add(after, format!("node {found} ends here, wants its number of sessions"));
    };
    let mut pairs = 0;
    while let Some(start) = words.next() {
        let Some(stop) = words.next() else {
            let found = shown(start);
            return faults.add(after, format!("start {found} is the last, wants a stop after it"));
        };
        pairs += 1;
        sessions.extend(faults.session(start, stop));
        if faults.too_many() {
            return;
        }
    }
    if count.parse() != Ok(pairs) {
        let found = shown(count);
        let message = format!("n is {found}, wants {pairs}, the pairs of start and stop after it");
        faults.add(count, message);
    }
}

//! Sessions as a table: `node,start_s,stop_s`, a line a session.

use std::collections::BTreeMap;

use super::Trace;
use super::fault::{Fault, Faults, shown};

/// The first line of the file.
const HEADER: &str = "node,start_s,stop_s";

/// Reads the sessions of the CSV file `name`: the header `node,start_s,stop_s`, then a line a
/// session, in any order, times in seconds. A node's row is the place at which the file first
/// names it. Empty lines are passed over.
pub fn parse_sessions_csv(name: &str, text: &str) -> Result<Trace, Vec<Fault>> {
    let mut faults = Faults::of(name);
    let mut lines = (1..).zip(text.lines());
    let first = lines.next().map_or("", |(_, first)| first);
    faults.on_line(1, first);
    if !first.split(',').map(str::trim).eq(HEADER.split(',')) {
        faults.add(first, format!("the first line is {}, wants {HEADER}", shown(first)));
    }
    let mut rows = BTreeMap::new();
    let mut sessions: Vec<(u32, (u64, u64))> = Vec::new();
    for (line, row) in lines {
        faults.on_line(line, row);
        if row.trim().is_empty() {
            continue;
        }
        let next_row = rows.len() as u32;
        if let Some((node, session)) = read_session(&mut faults, row) {
            sessions.push((*rows.entry(node).or_insert(next_row), session));
        }
        if faults.too_many() {
            break;
        }
    }
    if faults.are_none() && sessions.iter().all(|(_, (start, stop))| start == stop) {
        let message = format!("no node is ever up, wants at least one line {HEADER} below");
        faults.on_line(1, first);
        faults.add(first, message);
    }
    if faults.are_none() { Ok(trace(rows.len(), sessions)) } else { Err(faults.into_vec()) }
}

/// Node, start and stop of one line.
fn read_session<'a>(faults: &mut Faults, row: &'a str) -> Option<(&'a str, (u64, u64))> {
    let mut fields = row.split(',').map(str::trim);
    let (Some(node), Some(start), Some(stop), None) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        let found = row.split(',').count();
        faults.add(row, format!("{found} fields, wants 3: {HEADER}"));
        return None;
    };
    if node.is_empty() {
        faults.add(node, "node is \"\", wants a name".to_string());
    }
    faults.session(start, stop).map(|session| (node, session))
}

fn trace(rows: usize, mut sessions: Vec<(u32, (u64, u64))>) -> Trace {
    sessions.sort_unstable();
    let mut trace = Trace::empty();
    let mut of_row = Vec::new();
    let mut rest = sessions.as_slice();
    for row in 0..rows as u32 {
        let (here, behind) = rest.split_at(rest.partition_point(|&(of, _)| of == row));
        of_row.clear();
        of_row.extend(here.iter().map(|&(_, session)| session));
        trace.push_row(&mut of_row);
        rest = behind;
    }
    trace
}

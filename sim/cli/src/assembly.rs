//! Putting the rows of runs together, in their order: one file each for all runs, every row with
//! what is swept and the number of the replicate before it.

use crate::key::Key;
use crate::record::FILES;
use crate::results::{Results, Sink, Written, cannot};
use crate::row::Row;
use crate::store::Store;
use compup2p_engine::scenario::Sweep;
use compup2p_engine::trial::Trial;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};

/// Writes the files of rows of these runs, all of which are kept.
pub(crate) fn assemble(
    results: &Results,
    store: &Store,
    sweep: &Sweep,
    trials: &[Trial],
) -> Result<BTreeMap<String, Written>, String> {
    let swept = line(Row::default().begin_with(sweep.paths()).put("replicate"));
    let mut files: BTreeMap<&str, Sink> = BTreeMap::new();
    for (file, header) in FILES {
        let mut sink = results.create(file)?;
        let header = [swept.as_bytes(), b",", header.as_bytes()].concat();
        sink.write_all(&header).map_err(|error| cannot("write", sink.path(), &error))?;
        files.insert(file, sink);
    }
    for trial in trials {
        let values = trial.settings.iter().map(|(_, value)| value);
        let before = line(Row::default().begin_with(values).put(trial.replicate));
        store.rows(&Key::of(trial), |file, rows| match files.get_mut(file) {
            Some(sink) => copy(rows, format!("{before},").as_bytes(), sink),
            None => Err(io::Error::other(format!("{file} is no file of rows"))),
        })?;
    }
    files.into_iter().map(|(file, sink)| Ok((file.to_owned(), sink.finish()?))).collect()
}

/// Copies rows, each with `before` before it. No field of a row has a line break in it.
fn copy(rows: &mut dyn Read, before: &[u8], to: &mut Sink) -> io::Result<()> {
    let mut rows = BufReader::with_capacity(1 << 16, rows);
    let mut row = Vec::new();
    while rows.read_until(b'\n', &mut row)? > 0 {
        to.write_all(before)?;
        to.write_all(&row)?;
        row.clear();
    }
    Ok(())
}

/// A row as it stands in a file, without the end of the line.
fn line(row: &Row) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    let in_memory = "a Vec takes all that is written to it";
    out.write_byte_record(row.record()).expect(in_memory);
    let text = String::from_utf8(out.into_inner().expect(in_memory)).expect("settings are text");
    text.trim_end_matches('\n').to_owned()
}

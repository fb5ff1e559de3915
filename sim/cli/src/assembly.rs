//! Putting the rows of runs together, in their order: one file each for all runs, every row with
//! what is swept and the number of the replicate before it. Several threads read ahead; one writes.

use crate::key::Key;
use crate::record::FILES;
use crate::results::{Results, Sink, Written, cannot};
use crate::row::Row;
use crate::store::Store;
use compup2p_engine::scenario::Sweep;
use compup2p_engine::trial::Trial;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Writes the files of rows of these runs, all of which are kept.
pub(crate) fn assemble(
    results: &Results,
    store: &Store,
    sweep: &Sweep,
    trials: &[Trial],
    readers: usize,
) -> Result<BTreeMap<String, Written>, String> {
    let swept = line(Row::default().begin_with(sweep.paths()).put("replicate"));
    let mut files: BTreeMap<&str, Sink> = BTreeMap::new();
    for (file, header) in FILES {
        let mut sink = results.create(file)?;
        let header = [swept.as_bytes(), b",", header.as_bytes()].concat();
        sink.write_all(&header).map_err(|error| cannot("write", sink.path(), &error))?;
        files.insert(file, sink);
    }
    let readers = readers.clamp(1, trials.len().max(1));
    thread::scope(|scope| -> Result<(), String> {
        let read = |nth: usize| {
            let (to, blocks) = sync_channel(BLOCKS);
            scope.spawn(move || {
                trials.iter().skip(nth).step_by(readers).for_each(|trial| read(store, trial, &to));
            });
            blocks
        };
        let blocks: Vec<Receiver<Block>> = (0..readers).map(read).collect();
        for nth in 0..trials.len() {
            // Who writes no more lets go of what is sent, and the readers end.
            for block in blocks[nth % readers].iter() {
                match block {
                    Block::Rows(file, rows) => {
                        let sink = files.get_mut(file).expect("readers know the files");
                        sink.write_all(&rows).map_err(|e| cannot("write", sink.path(), &e))?;
                    }
                    Block::End(end) => {
                        end?;
                        break;
                    }
                }
            }
        }
        Ok(())
    })?;
    files.into_iter().map(|(file, sink)| Ok((file.to_owned(), sink.finish()?))).collect()
}

/// Bytes of a block, about.
const BLOCK_BYTES: usize = 1 << 18;

/// How many blocks a reader is ahead, at most.
const BLOCKS: usize = 64;

/// What a reader has to tell.
enum Block {
    /// Rows of a file.
    Rows(&'static str, Vec<u8>),
    /// A run has no more rows, or cannot be read.
    End(Result<(), String>),
}

/// Reads the rows of a run, each with what is said before it. No field of a row has a line break
/// in it.
fn read(store: &Store, trial: &Trial, to: &SyncSender<Block>) {
    let values = trial.settings.iter().map(|(_, value)| value);
    let before = line(Row::default().begin_with(values).put(trial.replicate)) + ",";
    let end = store.rows(&Key::of(trial), |name, rows| {
        let Some((file, _)) = FILES.iter().find(|(file, _)| *file == name) else {
            return Err(io::Error::other(format!("{name} is no file of rows")));
        };
        let mut rows = BufReader::with_capacity(1 << 16, rows);
        loop {
            let mut block = Vec::with_capacity(BLOCK_BYTES);
            while block.len() < BLOCK_BYTES {
                let bytes = block.len();
                block.extend_from_slice(before.as_bytes());
                if rows.read_until(b'\n', &mut block)? == 0 {
                    block.truncate(bytes);
                    break;
                }
            }
            if block.is_empty() {
                return Ok(());
            }
            to.send(Block::Rows(file, block)).map_err(io::Error::other)?;
        }
    });
    // Nobody listens any more if something else went wrong.
    let _ = to.send(Block::End(end));
}

/// A row as it stands in a file, without the end of the line.
fn line(row: &Row) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    let in_memory = "a Vec takes all that is written to it";
    out.write_byte_record(row.record()).expect(in_memory);
    let text = String::from_utf8(out.into_inner().expect(in_memory)).expect("settings are text");
    text.trim_end_matches('\n').to_owned()
}

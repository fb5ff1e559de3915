//! Putting the rows of runs together, in their order: one file each for all runs, every row with
//! what is swept and the number of the replicate before it. Runs that have ended are put together
//! while others go on; of what is left then, several threads read ahead and one writes.

use crate::key::Key;
use crate::record::FILES;
use crate::results::{Results, Sink, Written, cannot};
use crate::row::Row;
use crate::runs::Slot;
use crate::store::Store;
use compup2p_engine::scenario::Sweep;
use compup2p_engine::trial::Trial;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// A folder of results, with the files of rows as far as they are written.
pub(crate) struct Assembly {
    results: Results,
    written: Mutex<Files>,
}

struct Files {
    sinks: BTreeMap<&'static str, Sink>,
    /// How many runs have been looked at, and how many of them have their rows here.
    looked: usize,
    taken: usize,
    /// What went wrong, if anything did.
    failure: Option<String>,
}

impl Assembly {
    /// Begins the files.
    pub(crate) fn begin(results: Results, sweep: &Sweep) -> Result<Self, String> {
        let swept = line(Row::default().begin_with(sweep.paths()).put("replicate"));
        let mut sinks = BTreeMap::new();
        for (file, header) in FILES {
            let mut sink = results.create(file)?;
            let header = [swept.as_bytes(), b",", header.as_bytes()].concat();
            sink.write_all(&header).map_err(|error| cannot("write", sink.path(), &error))?;
            sinks.insert(file, sink);
        }
        let files = Files { sinks, looked: 0, taken: 0, failure: None };
        Ok(Self { results, written: Mutex::new(files) })
    }

    /// Writes the rows of the runs that have ended, up to the first that has not, as long as others
    /// go on: what is left then is read by several threads. Returns at once where another thread is
    /// at it.
    pub(crate) fn follow(
        &self,
        store: &Store,
        trials: &[Trial],
        ends: &[Slot],
        do_others_go_on: impl Fn() -> bool,
    ) {
        let Ok(mut files) = self.written.try_lock() else { return };
        while let Some(end) = ends.get(files.looked).and_then(Slot::get)
            && do_others_go_on()
        {
            let trial = &trials[files.looked];
            if files.failure.is_none() && end.is_ok() {
                files.failure = files.take(store, trial).err();
                files.taken += 1;
            }
            files.looked += 1;
        }
    }

    /// Writes what is left of the rows of `trials`, which are all that have any, and ends the files.
    pub(crate) fn finish(
        self,
        store: &Store,
        trials: &[Trial],
        readers: usize,
    ) -> Result<(Results, BTreeMap<String, Written>), String> {
        let mut files = self.written.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(failure) = files.failure {
            return Err(failure);
        }
        let trials = &trials[files.taken..];
        let readers = readers.clamp(1, trials.len().max(1));
        thread::scope(|scope| -> Result<(), String> {
            let read = |nth: usize| {
                let (to, blocks) = sync_channel(BLOCKS);
                scope.spawn(move || {
                    trials
                        .iter()
                        .skip(nth)
                        .step_by(readers)
                        .for_each(|trial| send(store, trial, &to));
                });
                blocks
            };
            let blocks: Vec<Receiver<Block>> = (0..readers).map(read).collect();
            for nth in 0..trials.len() {
                // Who writes no more lets go of what is sent, and the readers end.
                for block in blocks[nth % readers].iter() {
                    match block {
                        Block::Rows(file, rows) => {
                            files.write(file, &rows)?;
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
        let ended = |(file, sink): (&str, Sink)| Ok((file.to_owned(), sink.finish()?));
        let ended: Result<_, String> = files.sinks.into_iter().map(ended).collect();
        Ok((self.results, ended?))
    }
}

impl Files {
    fn write(&mut self, file: &str, rows: &[u8]) -> Result<(), String> {
        let sink = self.sinks.get_mut(file).expect("who reads knows the files");
        sink.write_all(rows).map_err(|error| cannot("write", sink.path(), &error))
    }

    /// Writes the rows of a run.
    fn take(&mut self, store: &Store, trial: &Trial) -> Result<(), String> {
        let mut unwritten = None;
        let read = read(store, trial, |file, rows| {
            self.write(file, &rows).map_err(|why| {
                unwritten = Some(why);
                io::Error::other("there is no room for it")
            })
        });
        unwritten.map_or(read, Err)
    }
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

/// Tells all rows of a run, and that it has no more.
fn send(store: &Store, trial: &Trial, to: &SyncSender<Block>) {
    let told = |file, rows| to.send(Block::Rows(file, rows)).map_err(io::Error::other);
    let end = read(store, trial, told);
    // Nobody listens any more if something else went wrong.
    let _ = to.send(Block::End(end));
}

/// Reads the rows of a run, each with what is said before it, in blocks. No field of a row has a
/// line break in it.
fn read(
    store: &Store,
    trial: &Trial,
    mut each: impl FnMut(&'static str, Vec<u8>) -> io::Result<()>,
) -> Result<(), String> {
    let values = trial.settings.iter().map(|(_, value)| value);
    let before = line(Row::default().begin_with(values).put(trial.replicate)) + ",";
    store.rows(&Key::of(trial), |name, rows| {
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
            each(file, block)?;
        }
    })
}

/// A row as it stands in a file, without the end of the line.
fn line(row: &Row) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    let in_memory = "a Vec takes all that is written to it";
    out.write_byte_record(row.record()).expect(in_memory);
    let text = String::from_utf8(out.into_inner().expect(in_memory)).expect("settings are text");
    text.trim_end_matches('\n').to_owned()
}

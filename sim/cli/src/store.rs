//! Runs that are kept: each a file of its own, from the moment it is finished, under the hash of
//! what defines it. What was stopped, by whatever, goes on from here; what has changed is another
//! run, under another name.
//!
//! A file is a `.tar.gz` of `run.json`, which says what run it is and what came out, and of the rows
//! of the run. It appears under its name whole or not at all; one that was damaged since is not
//! taken for a run. Several processes may share the folder.

use crate::key::Key;
use crate::process;
use crate::results::cannot;
use crate::runs::Ran;
use compup2p_engine::metric::METRICS;
use compup2p_engine::trial::Trial;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// The member of a kept run that says what it is.
const RUN: &str = "run.json";

/// How the name of a kept run ends.
const ENDING: &str = ".tar.gz";

/// How the name of a folder begins in which a process writes; who and where it is follows.
const WRITING: &str = "writing-";

/// A folder of kept runs, open to write to.
pub(crate) struct Store {
    folder: PathBuf,
    /// Where this process writes what is not finished.
    writing: PathBuf,
    /// Whether what is in it goes when it is closed.
    passes: bool,
}

/// `run.json`.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// For who looks into the file; the key says it all.
    settings: BTreeMap<String, String>,
    seed: u64,
    fingerprint: String,
    events: u64,
    cpu_s: f64,
    metrics: BTreeMap<String, Option<f64>>,
    verdicts: Vec<String>,
}

impl Store {
    /// Opens the folder, and makes it if need be; empties it first, if asked to begin `fresh`, and
    /// nobody else is at work in it.
    pub(crate) fn open(folder: &Path, fresh: bool) -> Result<Self, String> {
        let store = Self::at(folder, false)?;
        let failed = |error| cannot("clean", folder, &error);
        let others = process::clean(folder, WRITING).map_err(failed)?;
        if fresh {
            if let Some(other) = others.first() {
                return Err(format!(
                    "--fresh would take away runs that another process may need: {} is there; \
                     wait for it, or remove that folder if it is no more",
                    other.display()
                ));
            }
            store
                .kept()
                .and_then(|kept| kept.iter().try_for_each(fs::remove_file))
                .map_err(failed)?;
        }
        Ok(store)
    }

    /// Opens a folder that goes again when it is closed, with what is in it.
    pub(crate) fn passing(folder: &Path) -> Result<Self, String> {
        Self::at(folder, true)
    }

    fn at(folder: &Path, passes: bool) -> Result<Self, String> {
        let writing = folder.join(format!("{WRITING}{}", process::name()));
        // Who had this process' number before it, and was killed.
        let _ = fs::remove_dir_all(&writing);
        fs::create_dir_all(&writing).map_err(|error| cannot("make", &writing, &error))?;
        Ok(Self { folder: folder.to_owned(), writing, passes })
    }

    /// Where the rows of runs under way are written.
    pub(crate) fn writing(&self) -> &Path {
        &self.writing
    }

    /// The run, if it is kept and in good order.
    pub(crate) fn find(&self, trial: &Trial) -> Option<Ran> {
        let mut kept = None;
        let read = self.each(&Key::of(trial), |name, content| {
            if name == RUN {
                kept = serde_json::from_reader::<_, Kept>(content).ok();
                return Ok(());
            }
            io::copy(content, &mut io::sink()).map(drop)
        });
        read.ok()?;
        kept?.ran(trial)
    }

    /// How many runs are kept, of whatever.
    pub(crate) fn count(&self) -> Result<usize, String> {
        let kept = self.kept().map_err(|error| cannot("read", &self.folder, &error))?;
        Ok(kept.len())
    }

    /// Keeps a finished run, with the rows in these files, which are removed.
    pub(crate) fn keep(
        &self,
        trial: &Trial,
        ran: &Ran,
        rows: &[(&str, PathBuf)],
    ) -> Result<(), String> {
        let key = Key::of(trial);
        // Two points may say the same in other words, and be kept under the same name.
        let aside = format!("{}-{}{ENDING}", trial.point, trial.replicate);
        let aside = self.writing.join(aside);
        let path = self.path(&key);
        write(&aside, ran, rows).map_err(|error| cannot("write", &aside, &error))?;
        fs::rename(&aside, &path).map_err(|error| cannot("write", &path, &error))?;
        for (_, part) in rows {
            fs::remove_file(part).map_err(|error| cannot("remove", part, &error))?;
        }
        Ok(())
    }

    /// Reads the rows of a kept run, file by file.
    pub(crate) fn rows(
        &self,
        key: &Key,
        mut read: impl FnMut(&str, &mut dyn Read) -> io::Result<()>,
    ) -> Result<(), String> {
        let rows = self.each(key, |name, rows| if name == RUN { Ok(()) } else { read(name, rows) });
        rows.map_err(|error| cannot("read", &self.path(key), &error))
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(format!("{key}{ENDING}"))
    }

    /// Reads a kept run to its end, where its checksum stands.
    fn each(
        &self,
        key: &Key,
        mut read: impl FnMut(&str, &mut dyn Read) -> io::Result<()>,
    ) -> io::Result<()> {
        let file = BufReader::new(File::open(self.path(key))?);
        let mut archive = tar::Archive::new(GzDecoder::new(file));
        for entry in archive.entries()? {
            let mut entry = entry?;
            let name = entry.path()?.to_string_lossy().into_owned();
            read(&name, &mut entry)?;
        }
        io::copy(&mut archive.into_inner(), &mut io::sink()).map(drop)
    }

    /// The files of kept runs.
    fn kept(&self) -> io::Result<Vec<PathBuf>> {
        let paths = fs::read_dir(&self.folder)?.map(|entry| Ok(entry?.path()));
        let is_kept = |path: &PathBuf| path.to_string_lossy().ends_with(ENDING);
        paths.filter(|path: &io::Result<PathBuf>| path.as_ref().map_or(true, is_kept)).collect()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // Runs that did not end leave nothing that could be kept.
        let _ = fs::remove_dir_all(if self.passes { &self.folder } else { &self.writing });
        // Nor does a folder stay in which nothing is.
        let _ = fs::remove_dir(&self.folder);
    }
}

impl Kept {
    fn of(ran: &Ran) -> Self {
        let value = |(metric, value): (&compup2p_engine::metric::Metric, &f64)| {
            (metric.name.to_owned(), value.is_finite().then_some(*value))
        };
        Self {
            settings: ran.settings.iter().cloned().collect(),
            seed: ran.seed,
            fingerprint: format!("{:016x}", ran.fingerprint),
            events: ran.events,
            cpu_s: ran.cpu_s,
            metrics: METRICS.iter().zip(&ran.metrics).map(value).collect(),
            verdicts: ran.verdicts.clone(),
        }
    }

    /// As what is known of `trial`.
    fn ran(self, trial: &Trial) -> Option<Ran> {
        let value = |metric: &compup2p_engine::metric::Metric| {
            Some(self.metrics.get(metric.name)?.unwrap_or(f64::NAN))
        };
        Some(Ran {
            fingerprint: u64::from_str_radix(&self.fingerprint, 16).ok()?,
            events: self.events,
            cpu_s: self.cpu_s,
            was_kept: true,
            metrics: METRICS.iter().map(value).collect::<Option<Vec<_>>>()?,
            verdicts: self.verdicts,
            ..Ran::of(trial)
        })
    }
}

/// Writes a kept run.
fn write(path: &Path, ran: &Ran, rows: &[(&str, PathBuf)]) -> io::Result<()> {
    let packed = GzEncoder::new(BufWriter::new(File::create(path)?), Compression::fast());
    let mut archive = tar::Builder::new(packed);
    let mut about = serde_json::to_vec_pretty(&Kept::of(ran))?;
    about.push(b'\n');
    archive.append_data(&mut header(about.len() as u64), RUN, &about[..])?;
    for (name, part) in rows {
        let part = File::open(part)?;
        let bytes = part.metadata()?.len();
        archive.append_data(&mut header(bytes), name, part)?;
    }
    archive.into_inner()?.finish()?.flush()
}

/// Of a member: the same whenever and by whomever it is written.
fn header(bytes: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o644);
    header
}

#[cfg(test)]
mod tests {
    use super::*;
    use compup2p_engine::scenario::Source;
    use compup2p_engine::trial::check;

    fn trial() -> Trial {
        let source = Source { text: "nodes: 5\n".to_owned(), ..Source::default() };
        check(&source, &|_| Err(String::new())).expect("a good scenario").remove(0)
    }

    fn ran(trial: &Trial) -> Ran {
        let metrics = (0..METRICS.len()).map(|n| if n == 1 { f64::NAN } else { 0.1 * n as f64 });
        Ran {
            fingerprint: u64::MAX - 7,
            events: 12,
            cpu_s: 0.25,
            metrics: metrics.collect(),
            verdicts: vec!["money: gone".to_owned()],
            ..Ran::of(trial)
        }
    }

    /// A store in which the run is kept, with these rows.
    fn kept(desk: &Path, rows: &str) -> Store {
        let store = Store::open(&desk.join("points"), false).expect("a folder");
        let part = store.writing().join("part");
        fs::write(&part, rows).expect("a file");
        let trial = trial();
        store.keep(&trial, &ran(&trial), &[("lookups.csv", part)]).expect("it is kept");
        store
    }

    #[test]
    fn what_is_kept_is_found_to_the_bit() {
        let desk = tempfile::tempdir().expect("a folder");
        let store = kept(desk.path(), "1,2\n3,4\n");
        let trial = trial();
        let (found, made) = (store.find(&trial).expect("it is there"), ran(&trial));
        assert!(found.was_kept);
        let bits = |ran: &Ran| ran.metrics.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&found), bits(&made));
        assert_eq!((found.fingerprint, found.events), (made.fingerprint, made.events));
        assert_eq!(found.verdicts, made.verdicts);
        let mut rows = Vec::new();
        let read = store.rows(&Key::of(&trial), |name, content| {
            assert_eq!(name, "lookups.csv");
            content.read_to_end(&mut rows).map(drop)
        });
        read.expect("rows");
        assert_eq!(rows, b"1,2\n3,4\n");
        assert_eq!(fs::read_dir(store.writing()).expect("a folder").count(), 0, "nothing is left");
    }

    #[test]
    fn a_damaged_file_is_no_run() {
        let desk = tempfile::tempdir().expect("a folder");
        let rows: String = (0..5000).map(|n| format!("{n},{}\n", n * n % 977)).collect();
        let store = kept(desk.path(), &rows);
        let path = store.path(&Key::of(&trial()));
        let whole = fs::read(&path).expect("a file");
        for cut in [0, 1, whole.len() / 2, whole.len() - 1] {
            fs::write(&path, &whole[..cut]).expect("a file");
            assert!(store.find(&trial()).is_none(), "{cut} bytes of {}", whole.len());
        }
        for at in [20, whole.len() / 2, whole.len() - 6] {
            let mut bad = whole.clone();
            bad[at] ^= 1;
            fs::write(&path, bad).expect("a file");
            assert!(store.find(&trial()).is_none(), "byte {at}");
        }
        fs::write(&path, whole).expect("a file");
        assert!(store.find(&trial()).is_some());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn who_is_no_more_leaves_nothing_behind() {
        let desk = tempfile::tempdir().expect("a folder");
        let folder = desk.path().join("points");
        let host = process::host();
        let (gone, alive) = (format!("{WRITING}{host}-4194399"), format!("{WRITING}{host}-1"));
        for name in [&gone, &alive, "writing-elsewhere-77"] {
            fs::create_dir_all(folder.join(name)).expect("a folder");
        }
        let store = Store::open(&folder, false).expect("a folder");
        assert!(!folder.join(gone).exists(), "no process has a number that large");
        assert!(folder.join(alive).exists(), "the first process always lives");
        assert!(folder.join("writing-elsewhere-77").exists(), "who knows");
        drop(store);
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 2);
    }

    #[test]
    fn runs_are_not_taken_away_from_another_process() {
        let desk = tempfile::tempdir().expect("a folder");
        drop(kept(desk.path(), "1,2\n"));
        let folder = desk.path().join("points");
        let other = folder.join("writing-elsewhere-77");
        fs::create_dir(&other).expect("a folder");
        let refused = Store::open(&folder, true).err().expect("somebody is at work");
        assert!(refused.contains("writing-elsewhere-77"), "{refused}");
        assert!(Store::open(&folder, false).expect("a folder").find(&trial()).is_some());
        fs::remove_dir(&other).expect("it is empty");
        assert!(Store::open(&folder, true).expect("a folder").find(&trial()).is_none());
    }

    #[test]
    fn two_points_that_say_the_same_in_other_words_keep_the_same_run() {
        let desk = tempfile::tempdir().expect("a folder");
        let source = Source {
            text: "nodes: 5\nsweep: { duration: [60min, 1h] }\n".to_owned(),
            ..Source::default()
        };
        let trials = check(&source, &|_| Err(String::new())).expect("a good scenario");
        assert_eq!(Key::of(&trials[0]), Key::of(&trials[1]));
        let store = Store::open(&desk.path().join("points"), false).expect("a folder");
        let keep = |trial: &Trial, bytes: usize| {
            let part = store.writing().join(format!("part-{}", trial.point));
            fs::write(&part, vec![b'x'; bytes]).expect("a file");
            store.keep(trial, &ran(trial), &[("lookups.csv", part)])
        };
        std::thread::scope(|scope| {
            for trial in &trials {
                scope.spawn(|| (0..100).for_each(|_| keep(trial, 1 << 14).expect("it is kept")));
            }
        });
        assert!(trials.iter().all(|trial| store.find(trial).is_some()));
    }
}

//! The folder of results. All is written aside, into a folder with a dotted name, and renamed at
//! the end: what stands under its own name is complete.

use crate::load::hex;
use crate::process;
use crate::record::FILES;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The file that says what was run.
pub(crate) const MANIFEST: &str = "manifest.json";
/// The file of the metrics.
pub(crate) const SUMMARY: &str = "summary.csv";
/// The file of what points of a sweep differ by.
pub(crate) const DIFFERENCES: &str = "differences.csv";
/// The page of all of it.
pub(crate) const REPORT: &str = "report.html";
/// The folder of the plots.
pub(crate) const PLOTS: &str = "plots";

/// A folder under construction. Dropped before [`Results::complete`], it is removed.
pub(crate) struct Results {
    /// The name of the scenario.
    scenario: String,
    target: PathBuf,
    aside: PathBuf,
}

/// A file that was written, with what tells it from another.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub(crate) struct Written {
    /// Its length.
    pub(crate) bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub(crate) sha256: String,
}

impl Results {
    /// Makes the folder aside, for results of the scenario of that name. Refuses to take the place
    /// of a folder that is not ours, or has results of another scenario.
    pub(crate) fn aside(target: &Path, scenario: &str) -> Result<Self, String> {
        refuse_strangers(target)?;
        refuse_others(target, scenario)?;
        // A link leads to the folder that is meant.
        let target = &fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        let Some(name) = target.file_name() else {
            return Err(format!("{} is no name for a folder of results", target.display()));
        };
        let begin = format!(".{}.partial-", name.to_string_lossy());
        let aside = target.with_file_name(format!("{begin}{}", process::name()));
        let folder = aside.parent().filter(|folder| !folder.as_os_str().is_empty());
        // If it cannot be read, making a folder in it says so.
        let _ = process::clean(folder.unwrap_or(Path::new(".")), &begin);
        // Who had this process' number before it, and was killed.
        let _ = fs::remove_dir_all(&aside);
        fs::create_dir_all(&aside).map_err(|error| cannot("make", &aside, &error))?;
        Ok(Self { scenario: scenario.to_owned(), target: target.to_owned(), aside })
    }

    /// Changes what it will be called.
    pub(crate) fn rename(&mut self, target: PathBuf) {
        self.target = target;
    }

    /// The folder to write to.
    pub(crate) fn folder(&self) -> &Path {
        &self.aside
    }

    /// Begins a file.
    pub(crate) fn create(&self, name: &str) -> Result<Sink, String> {
        let path = self.aside.join(name);
        let file = File::create(&path).map_err(|error| cannot("write", &path, &error))?;
        Ok(Sink { path, out: BufWriter::new(file), sha256: Sha256::new(), bytes: 0 })
    }

    /// Writes a file whole.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<Written, String> {
        let mut sink = self.create(name)?;
        let written = sink.write_all(text.as_bytes());
        written.map_err(|error| cannot("write", &sink.path, &error))?;
        sink.finish()
    }

    /// Puts the folder in its place, instead of what an earlier run left there; says where that is.
    pub(crate) fn complete(self) -> Result<PathBuf, String> {
        refuse_strangers(&self.target)?;
        refuse_others(&self.target, &self.scenario)?;
        let name = format!("{}.old", self.aside.file_name().unwrap_or_default().to_string_lossy());
        let old = self.target.with_file_name(name);
        let replaces = self.target.exists();
        if replaces {
            let moved = fs::rename(&self.target, &old);
            moved.map_err(|error| cannot("replace", &self.target, &error))?;
        }
        fs::rename(&self.aside, &self.target).map_err(|error| {
            if replaces {
                // Better the old results than none; if this fails too, they stand aside.
                let _ = fs::rename(&old, &self.target);
            }
            cannot("write", &self.target, &error)
        })?;
        if replaces {
            fs::remove_dir_all(&old).map_err(|error| cannot("remove", &old, &error))?;
        }
        Ok(self.target.clone())
    }
}

impl Drop for Results {
    fn drop(&mut self) {
        // After `complete` there is nothing under that name. What cannot be removed still does not
        // look complete.
        let _ = fs::remove_dir_all(&self.aside);
    }
}

/// A folder beside a folder of results: `results/churn` + `.points`.
pub(crate) fn beside(target: &Path, ending: &str) -> PathBuf {
    // A link leads to the folder that is meant.
    ending_in(&fs::canonicalize(target).unwrap_or_else(|_| target.to_owned()), ending)
}

/// A path with more after its name, as it is said.
pub(crate) fn ending_in(target: &Path, ending: &str) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    target.with_file_name(name)
}

/// Removes a folder of results, if it is one, and of that scenario.
pub(crate) fn remove(target: &Path, scenario: &str) -> Result<(), String> {
    if !target.exists() || refuse_others(target, scenario).is_err() {
        return Ok(());
    }
    refuse_strangers(target)?;
    fs::remove_dir_all(target).map_err(|error| cannot("remove", target, &error))
}

/// Refuses to take the place of results of another scenario.
fn refuse_others(target: &Path, scenario: &str) -> Result<(), String> {
    match manifest(target)["name"].as_str() {
        Some(other) if other != scenario => {
            Err(format!("{} has results of {other}; wants another --out", target.display()))
        }
        Some(_) | None => Ok(()),
    }
}

/// What went wrong with which file.
pub(crate) fn cannot(what: &str, path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("cannot {what} {}: {error}", path.display())
}

/// A folder in which something lies that no run writes is somebody's, not ours.
fn refuse_strangers(target: &Path) -> Result<(), String> {
    if !target.exists() {
        return Ok(());
    }
    let inside = fs::read_dir(target)
        .map_err(|error| format!("{} is in the way: {error}", target.display()))?;
    let names = inside.filter_map(|entry| Some(entry.ok()?.file_name()));
    let mut strangers: Vec<_> = names.filter(|name| !is_ours(target, name)).collect();
    strangers.sort();
    match strangers.first() {
        None => Ok(()),
        Some(stranger) => Err(format!(
            "{} has {} in it, which no run of this program wrote; wants another --out",
            target.display(),
            stranger.display()
        )),
    }
}

/// Whether a run writes something of that name. A manifest must read like one of ours.
fn is_ours(target: &Path, name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    if name == MANIFEST {
        let manifest = manifest(target);
        return manifest["scenario"].is_object() && manifest["runs"].is_array();
    }
    [PLOTS, SUMMARY, DIFFERENCES, REPORT].contains(&name)
        || FILES.iter().any(|(file, _)| *file == name)
}

/// The manifest of a folder of results; null if there is none.
fn manifest(folder: &Path) -> Value {
    let text = fs::read_to_string(folder.join(MANIFEST)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

/// A file under construction, summed up as it grows.
pub(crate) struct Sink {
    path: PathBuf,
    out: BufWriter<File>,
    sha256: Sha256,
    bytes: u64,
}

impl Sink {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Ends it.
    pub(crate) fn finish(mut self) -> Result<Written, String> {
        self.out.flush().map_err(|error| cannot("write", &self.path, &error))?;
        Ok(Written { bytes: self.bytes, sha256: hex(&self.sha256.finalize()) })
    }
}

impl Write for Sink {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.out.write(buffer)?;
        self.sha256.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

//! What can go wrong between a file of results and a figure or a report.

use std::path::{Path, PathBuf};

/// A failure, with the place where it happened. Data that is merely absent is no failure: the
/// figure is skipped and says why.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is there and could not be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the reader said; it knows the line.
        source: csv::Error,
    },
    /// The file is not there, or could not be read.
    #[error("{}: {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The manifest is not what a run writes.
    #[error("{}:{line}:{column}: {why}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// The line in the file, from 1.
        line: usize,
        /// The column in the line.
        column: usize,
        /// What is wrong there.
        why: String,
    },
    /// The header lacks columns.
    #[error(
        "{}:1: has no column {}; it has {}",
        path.display(), missing.join(", "), found.join(", ")
    )]
    Columns {
        /// The file.
        path: PathBuf,
        /// All the columns that were asked for and are not there.
        missing: Vec<String>,
        /// The columns that are there.
        found: Vec<String>,
    },
    /// A field does not hold what its column promises.
    #[error("{}:{line}: {column} is \"{found}\", wants {wanted}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The line in the file, from 1.
        line: u64,
        /// The column's name.
        column: String,
        /// The field as written.
        found: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// The file is not the JSON that it should be.
    #[error("{}: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What the reader said; it knows the line.
        source: serde_json::Error,
    },
    /// A figure could not be drawn.
    #[error("figure {figure}: {why}")]
    Draw {
        /// The figure's name.
        figure: &'static str,
        /// What the drawing library said.
        why: String,
    },
    /// A figure could not be written.
    #[error("{}: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Error {
    pub(crate) fn open(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        |source| Self::Open { path: path.to_owned(), source }
    }

    pub(crate) fn write(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        |source| Self::Write { path: path.to_owned(), source }
    }
}

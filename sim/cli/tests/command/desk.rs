//! A folder with a scenario in it, and the command at work there.

use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What a command did: its exit code, and what it printed on either side.
pub(crate) struct Did {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) struct Desk(TempDir);

impl Desk {
    /// With a file of that name.
    pub(crate) fn with(name: &str, text: &str) -> Self {
        let desk = Self(tempfile::tempdir().expect("a folder"));
        fs::write(desk.path(name), text).expect("a file");
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Did {
        let mut command = Command::new(env!("CARGO_BIN_EXE_compup2p"));
        let output = command.current_dir(&self.0).args(arguments).output().expect("it starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Did { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// The manifest in a folder of results.
    pub(crate) fn manifest(&self, folder: &str) -> serde_json::Value {
        let text = fs::read_to_string(self.path(folder).join("manifest.json")).expect("a manifest");
        serde_json::from_str(&text).expect("JSON")
    }
}

/// The names in a folder, in order.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let Ok(inside) = fs::read_dir(folder) else { return Vec::new() };
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut names: Vec<_> = inside.map(|entry| name(entry.expect("an entry"))).collect();
    names.sort();
    names
}

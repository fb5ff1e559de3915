//! Tells the program what it was built from: the commit, if that is known, and a hash of the
//! sources, which tells results of one version from those of another.

use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

/// All files below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => files(&path, found),
            path => found.push(path),
        }
    }
}

/// Of what results depend on: the simulator's sources, and the versions of the crates it uses.
fn sources() -> String {
    let root = Path::new("../..");
    let mut all = vec![root.join("Cargo.lock")];
    for package in ["protocol", "engine", "cli"] {
        let folder = root.join("sim").join(package).join("src");
        println!("cargo:rerun-if-changed={}", folder.display());
        files(&folder, &mut all);
    }
    println!("cargo:rerun-if-changed={}", all[0].display());
    all.sort();
    let mut hash = Sha256::new();
    for path in all {
        hash.update(path.to_string_lossy().replace('\\', "/"));
        hash.update(fs::read(&path).unwrap_or_default());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn main() {
    let commit = git(&["rev-parse", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo:rustc-env=COMPUP2P_COMMIT={commit}");
    println!("cargo:rustc-env=COMPUP2P_SOURCES={}", sources());
    println!("cargo:rerun-if-changed=build.rs");
    // HEAD's log changes with every commit and checkout.
    for path in ["HEAD", "logs/HEAD"] {
        let path = git(&["rev-parse", "--git-path", path]);
        if let Some(path) = path.filter(|path| std::path::Path::new(path).exists()) {
            println!("cargo:rerun-if-changed={path}");
        }
    }
}

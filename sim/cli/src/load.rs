//! Reading what the user names: a scenario, and the files that the scenario names in turn.

use crate::args::Input;
use crate::failure::Failure;
use crate::say::tell;
use compup2p_engine::scenario::{BYTES_MAX, Source};
use compup2p_engine::trial::{self, Loaded, Trial};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Most bytes of a file that a scenario names: half a gigabyte.
const INPUT_BYTES_MAX: u64 = 1 << 29;

/// Reads a scenario and all that it names; refuses it with everything that is wrong.
pub(crate) fn load(input: &Input) -> Result<Vec<Trial>, Failure> {
    let file = input.scenario.to_string_lossy().into_owned();
    let bytes = read(&input.scenario, BYTES_MAX as u64)
        .map_err(|found| Failure::BadInput(vec![format!("{file}: {found}")]))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes()[..error.utf8_error().valid_up_to()].to_vec();
        let line = 1 + good.iter().filter(|&&byte| byte == b'\n').count();
        let column = good.iter().rev().take_while(|&&byte| byte != b'\n').count() + 1;
        let wants = "a byte that is no UTF-8 stands here, wants plain text";
        Failure::BadInput(vec![format!("{file}:{line}:{column}: {wants}")])
    })?;
    let folder = input.scenario.parent().map(Path::to_owned).unwrap_or_default();
    let source = Source { file, text, overrides: input.overrides() };
    trial::check(&source, &|name| named(name, &folder))
        .map_err(|mistakes| Failure::BadInput(mistakes.iter().map(ToString::to_string).collect()))
}

/// A file that a scenario names: as seen from the current folder if it is there, else from the
/// scenario's.
fn named(name: &str, folder: &Path) -> Result<Loaded, String> {
    let here = PathBuf::from(name);
    let beside = folder.join(name);
    let path = if here.exists() || !beside.exists() { here } else { beside };
    let bytes = read(&path, INPUT_BYTES_MAX).map_err(|found| format!("a file: it {found}"))?;
    let sha256 = hex(&Sha256::digest(&bytes));
    Ok(Loaded { path: path.to_string_lossy().into_owned(), bytes, sha256 })
}

/// What is in a file of at most `most` bytes; else what is found instead.
fn read(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "does not exist".to_owned(),
        _ => format!("cannot be read: {error}"),
    };
    if fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Err("is a folder, wants a file".to_owned());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > most {
        return Err(format!("is too large, wants at most {most} bytes"));
    }
    Ok(bytes)
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Says what is accepted, and yet probably not meant, once for all points of a sweep.
pub(crate) fn warn(trials: &[Trial]) {
    let mut said = Vec::new();
    for trial in trials.iter().filter(|trial| trial.replicate == 0) {
        for warning in trial.warnings() {
            if !said.contains(&warning) {
                tell(&format!("warning: {warning}"));
                said.push(warning);
            }
        }
    }
}

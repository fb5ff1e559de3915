//! Which process wrote what is not finished: a part of its name says so, and what a process left
//! behind that is no more can be removed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What this process calls itself in names: the machine, and its number there.
pub(crate) fn name() -> String {
    format!("{}-{}", host(), std::process::id())
}

/// Whether a process of that [`name`] was on this machine, and is no more. Where the system does not
/// tell (other than Linux), none is known to be gone.
fn is_gone(name: &str) -> bool {
    let processes = Path::new("/proc");
    let number = name.strip_prefix(&format!("{}-", host()));
    // What is no number is of a machine whose name begins as ours.
    let number = number.filter(|number| number.bytes().all(|digit| digit.is_ascii_digit()));
    number.is_some_and(|number| processes.join("self").exists() && !processes.join(number).exists())
}

/// Removes what processes of this machine left in a folder that are no more, and whose names follow
/// `begin` there; gives what belongs to others that may be at work.
pub(crate) fn clean(folder: &Path, begin: &str) -> io::Result<Vec<PathBuf>> {
    let mut others = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let file = entry.file_name().to_string_lossy().into_owned();
        let Some(process) = file.strip_prefix(begin) else { continue };
        if is_gone(process) {
            // It is in nobody's way.
            let _ = fs::remove_dir_all(entry.path());
        } else if process != name() {
            others.push(entry.path());
        }
    }
    Ok(others)
}

/// What this machine calls itself, where the system tells (Linux).
pub(crate) fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    // Hosts `rack1-12` and `rack11-2` must not be taken for each other.
    name.chars().filter(|c| c.is_ascii_alphanumeric() || "-._".contains(*c)).collect()
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_of_this_machine_is_known_to_be_gone() {
        assert!(!is_gone(&name()));
        assert!(is_gone(&format!("{}-4194399", host())), "no process has a number that large");
        assert!(!is_gone(&format!("{}-2-4194399", host())), "its machine's name begins as ours");
        assert!(!is_gone("elsewhere-77"), "who knows");
    }
}

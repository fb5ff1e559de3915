//! `compup2p draw`: writes the reports of results anew that are there already, from nothing but what
//! is in their folders.

use crate::args::Draw;
use crate::failure::Failure;
use crate::report;
use crate::results::{MANIFEST, REPORT};
use crate::say::say;

/// Draws folder by folder; refuses all of them if one is none of results.
pub(crate) fn draw(draw: &Draw) -> Result<(), Failure> {
    let none = draw.folders.iter().filter(|folder| !folder.join(MANIFEST).is_file());
    let none: Vec<String> = none
        .map(|folder| format!("{} has no {MANIFEST}, wants a folder of results", folder.display()))
        .collect();
    if !none.is_empty() {
        return Err(Failure::BadInput(none));
    }
    for folder in &draw.folders {
        report::write(folder).map_err(Failure::Failed)?;
        say(&format!("{}\n", folder.join(REPORT).display()));
    }
    Ok(())
}

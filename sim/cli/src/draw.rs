//! `compup2p draw`: draws plots and report anew, of results that are there. Every run ends so, too.

use crate::args::Draw;
use crate::failure::Failure;
use crate::report;
use crate::results::REPORT;
use crate::say::say;
use compup2p_analysis::{Error, Options, Outcome, draw_all};
use std::path::Path;

/// Draws what a folder of results has data for into its `plots/`.
pub(crate) fn plots(folder: &Path, png: bool) -> Result<Vec<Outcome>, Error> {
    draw_all(folder, Options { png })
}

/// Draws the plots of folders, and writes their reports; what is wrong with one keeps no other from
/// being drawn.
pub(crate) fn draw(draw: &Draw) -> Result<(), Failure> {
    let (mut refused, mut failed) = (Vec::new(), Vec::new());
    for folder in &draw.folders {
        if !folder.is_dir() {
            refused.push(format!("{}: is no folder, wants one of results", folder.display()));
            continue;
        }
        match plots(folder, draw.png) {
            Ok(outcomes) => match report::write(folder) {
                Ok(()) => {
                    let page = folder.join(REPORT);
                    say(&format!("{}{}\n", text(folder, &outcomes), page.display()));
                }
                Err(why) => failed.push(why),
            },
            Err(error @ (Error::Write { .. } | Error::Draw { .. })) => {
                failed.push(error.to_string());
            }
            Err(error) => refused.push(error.to_string()),
        }
    }
    match (failed.is_empty(), refused.is_empty()) {
        (true, true) => Ok(()),
        (true, false) => Err(Failure::BadInput(refused)),
        (false, _) => Err(Failure::Failed([failed, refused].concat().join("\n"))),
    }
}

/// What was drawn, a line a file.
fn text(folder: &Path, outcomes: &[Outcome]) -> String {
    let drawn = outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Drawn { files, .. } => Some(files),
        Outcome::Skipped { .. } => None,
    });
    let files: String = drawn.flatten().map(|file| format!("{}\n", file.display())).collect();
    if files.is_empty() {
        return format!("{}: no data for any plot\n", folder.display());
    }
    files
}

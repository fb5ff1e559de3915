//! `compup2p completions`: a script that has a shell complete commands and options.

use crate::args::{Completions, Line};
use crate::failure::Failure;
use crate::say::say;
use clap::CommandFactory;

/// Prints the script.
pub(crate) fn print(of: &Completions) -> Result<(), Failure> {
    let mut command = Line::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(of.shell, &mut command, name, &mut script);
    say(&String::from_utf8_lossy(&script));
    Ok(())
}

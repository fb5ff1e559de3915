//! The `compup2p` command: reads a scenario, runs it, writes what came out.
//!
//! - `args` what the user may say, `load` scenarios and the files that they name
//! - `run`, `shard`, `slurm`, `draw`, `figures`, `check`, `reference` the subcommands
//! - `runs` trials in parallel; `record` writes a trial's rows as it goes; `store` keeps a finished
//!   run under its `key`, the hash of what defines it
//! - `results` the folder that appears at the end or not at all; `assembly` puts the rows of all runs
//!   together in it; `manifest` what stands beside
//! - `summary` and `differences` what came out, in numbers; `row` one line of a CSV file, exactly
//! - `progress`, `summary`, `say` what a person sees; `failure` what it says when it goes wrong;
//!   `interrupt` Ctrl-C
//!
//! Imports go from the subcommands down. Only here are files, threads and the machine's clock; what
//! comes out depends on none of them, but for `manifest.json`.

mod args;
mod assembly;
mod check;
mod differences;
mod draw;
mod failure;
mod figures;
mod interrupt;
mod key;
mod load;
mod manifest;
mod metrics;
mod progress;
mod record;
mod reference;
mod results;
mod row;
mod run;
mod runs;
mod say;
mod shard;
mod slurm;
mod store;
mod summary;

use args::{Command, Line, Run};
use clap::Parser;
use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    let line = Line::parse();
    let done = match (line.command, line.input) {
        (Some(Command::Check(check)), _) => check::check(&check),
        (Some(Command::ScenarioReference(reference)), _) => reference::print(&reference),
        (Some(Command::Draw(draw)), _) => draw::draw(&draw),
        (Some(Command::Figures(figures)), _) => figures::figures(&figures),
        (Some(Command::Metrics), _) => metrics::print(),
        (Some(Command::Run(run)), _) => run::run(&run),
        (Some(Command::Sweep(sweep)), _) => shard::sweep(&sweep),
        (Some(Command::Merge(merge)), _) => shard::merge(&merge),
        (Some(Command::Slurm(slurm)), _) => slurm::slurm(&slurm),
        (None, Some(input)) => run::run(&Run { input, options: line.options }),
        (None, None) => Err(Failure::BadInput(vec!["wants a scenario; see --help".to_owned()])),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.code())
        }
    }
}

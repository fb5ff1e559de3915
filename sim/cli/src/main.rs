//! The `compup2p` command: reads a scenario, runs it, writes what came out.
//!
//! - `args` what the user may say, `load` scenarios and the files that they name
//! - `run`, `shard`, `slurm`, `figures`, `claims`, `draw`, `check`, `explain`, `reference`,
//!   `completions` the subcommands
//! - `replication` how many replicates; `runs` trials in parallel; `record` writes a trial's rows as
//!   it goes; `store` keeps a finished run under its `key`, the hash of what defines it; `process`
//!   tells what is left of who is no more
//! - `results` the folder that appears at the end or not at all; `assembly` puts the rows of all runs
//!   together in it, while others go on; `manifest` what stands beside
//! - `summary` and `differences` what came out, in numbers; `report` a page made of it all;
//!   `row` one line of a CSV file, exactly
//! - `trace` what some nodes did, for a viewer of timelines
//! - `progress`, `summary`, `say` what a person sees; `failure` what it says when it goes wrong;
//!   `interrupt` Ctrl-C
//!
//! Imports go from the subcommands down. Only here are files, threads and the machine's clock; what
//! comes out depends on none of them, but for `manifest.json`.

mod args;
mod assembly;
mod check;
mod claims;
mod completions;
mod differences;
mod draw;
mod explain;
mod failure;
mod figures;
mod interrupt;
mod key;
mod load;
mod manifest;
mod metrics;
mod process;
mod progress;
mod record;
mod reference;
mod replication;
mod report;
mod results;
mod row;
mod run;
mod runs;
mod say;
mod shard;
mod shipped;
mod slurm;
mod store;
mod summary;
mod trace;

use args::{Command, Line, Run};
use clap::Parser;
use failure::Failure;
use say::tell;
use std::ffi::OsStr;
use std::process::ExitCode;

fn main() -> ExitCode {
    let first = std::env::args_os().nth(1);
    if let Some(line) = first.as_deref().and_then(OsStr::to_str).and_then(args::misspelt) {
        tell(&line);
        return ExitCode::from(Failure::BadInput(Vec::new()).code());
    }
    let line = Line::parse();
    let done = match (line.command, line.input) {
        (Some(Command::Check(check)), _) => check::check(&check),
        (Some(Command::ScenarioReference), _) => reference::print(),
        (Some(Command::Schema), _) => reference::print_schema(),
        (Some(Command::Completions(of)), _) => completions::print(&of),
        (Some(Command::Metrics), _) => metrics::print(),
        (Some(Command::Explain(explain)), _) => explain::explain(&explain),
        (Some(Command::Run(run)), _) => run::run(&run),
        (Some(Command::Sweep(sweep)), _) => shard::sweep(&sweep),
        (Some(Command::Merge(merge)), _) => shard::merge(&merge),
        (Some(Command::Draw(draw)), _) => draw::draw(&draw),
        (Some(Command::Figures(figures)), _) => figures::figures(&figures),
        (Some(Command::Claims(claims)), _) => claims::claims(&claims),
        (Some(Command::Slurm(slurm)), _) => slurm::slurm(&slurm),
        (None, Some(input)) => run::run(&Run { input, options: line.options }),
        (None, None) => Err(Failure::BadInput(vec!["wants a scenario; see --help".to_owned()])),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell(&failure.to_string());
            ExitCode::from(failure.code())
        }
    }
}

//! The command line.

use crate::figures;
use crate::results::ending_in;
use clap::builder::PossibleValuesParser;
use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use compup2p_engine::scenario::{Override, Setting, nearest};
use compup2p_engine::trial::Trial;
use std::path::{Path, PathBuf};

/// Simulates CompuP2P, a peer-to-peer market for compute power.
///
/// A scenario is a YAML file; scenario-reference prints all that it may say. Exit codes: 0, 1 (a
/// run failed, or a judge of --check found something wrong), 2 (bad input or usage).
#[derive(Parser, Debug)]
#[command(version, arg_required_else_help = true)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Line {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) input: Option<Input>,
    #[command(flatten)]
    pub(crate) options: Options,
}

/// What to do, if not to run a scenario.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Run a scenario (what happens without a command too).
    Run(Run),
    /// Run a sweep, or one of the shards into which it is dealt out.
    Sweep(Sweep),
    /// Put together what all shards of a sweep have kept, or say which are missing.
    Merge(Merge),
    /// Write a script that has Slurm run a sweep in shards, and put it together.
    Slurm(Slurm),
    /// Run the scenarios behind the figures, and draw them: all, or those named.
    Figures(Figures),
    /// Test the paper's claims, and print them with numbers and verdicts, as Markdown.
    Claims(Claims),
    /// Draw plots and report anew, of results that are there.
    Draw(Draw),
    /// Check a scenario and what it names, and run nothing.
    Check(Check),
    /// Tell the story of one lookup, purchase or sub-task, message by message.
    Explain(Explain),
    /// Print all that a scenario may say, as Markdown.
    ScenarioReference,
    /// Print all that a scenario may say, as a JSON Schema, which editors understand.
    Schema,
    /// Print what each number of summary.csv says, as Markdown.
    Metrics,
    /// Print a script that has a shell complete commands and options.
    Completions(Completions),
}

/// A scenario, and what is changed in it.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Input {
    /// The scenario, a YAML file.
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: PathBuf,
    /// Change a field of the scenario: market.scheme=single_overlay.
    #[arg(long, value_name = "PATH=VALUE", value_parser = Override::parse)]
    pub(crate) set: Vec<Override>,
    /// Change the seed.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Change the number of replicates.
    #[arg(long, value_name = "N")]
    pub(crate) replicates: Option<u32>,
    /// Change what is recorded: all, off, lookups=off, transactions=0.01.
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(crate) record: Vec<String>,
}

/// Run a scenario.
#[derive(Args, Clone, Debug)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) options: Options,
}

/// Run a sweep.
#[derive(Args, Clone, Debug)]
pub(crate) struct Sweep {
    #[command(flatten)]
    pub(crate) run: Run,
    /// Deal the runs out to so many shards, and run one of them.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    #[arg(conflicts_with = "fresh")]
    pub(crate) shards: Option<u16>,
    /// Which shard, from 0; else SLURM_ARRAY_TASK_ID says it.
    #[arg(long, value_name = "I", requires = "shards")]
    pub(crate) shard: Option<u16>,
}

/// Put shards together.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("fresh", |arg| arg.hide(true)), mut_arg("jobs", |arg| arg.hide(true)))]
#[command(mut_arg("trace", |arg| arg.hide(true)), mut_arg("trace_nodes", |arg| arg.hide(true)))]
pub(crate) struct Merge {
    #[command(flatten)]
    pub(crate) run: Run,
    /// Into how many shards the runs were dealt out, to say which are missing.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) shards: Option<u16>,
    /// Print the numbers of the missing shards, and put nothing together.
    #[arg(long, requires = "shards")]
    pub(crate) missing: bool,
    /// Put together what there is, as of a sweep of which runs failed: into a folder of that name
    /// and .incomplete.
    #[arg(long, conflicts_with = "missing")]
    pub(crate) incomplete: bool,
}

/// Write a script for Slurm.
#[derive(Args, Clone, Debug)]
#[command(mut_arg("fresh", |arg| arg.hide(true)))]
#[command(mut_arg("jobs", |arg| arg.help("Runs at a time of each shard, and its processors; by default 1")))]
#[command(mut_arg("trace", |arg| arg.hide(true)), mut_arg("trace_nodes", |arg| arg.hide(true)))]
pub(crate) struct Slurm {
    #[command(flatten)]
    pub(crate) run: Run,
    /// Deal the runs out to so many shards, each a task of a job array.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    #[arg(conflicts_with = "fresh")]
    pub(crate) shards: u16,
    /// Most shards that run at a time, of all.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) at_once: Option<u16>,
    /// An option for sbatch: --sbatch=--partition=long --sbatch=--time=2:00:00.
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    pub(crate) sbatch: Vec<String>,
}

/// Test the claims.
#[derive(Args, Clone, Debug)]
pub(crate) struct Claims {
    /// Where the results go that they are judged by.
    #[arg(long, value_name = "DIR", default_value = "results/claims")]
    pub(crate) out: PathBuf,
    /// Runs at a time; by default one a processor.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,
    /// Show no progress.
    #[arg(long)]
    pub(crate) quiet: bool,
}

/// How a scenario is run.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Options {
    /// Where the results go, instead of results/<name>.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Runs at a time; by default one a processor.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,
    /// Run everything anew: keep nothing of what was run before.
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Let judges watch the run.
    #[arg(long)]
    pub(crate) check: bool,
    /// Print nothing but errors.
    #[arg(long)]
    pub(crate) quiet: bool,
    /// Draw plots as PNG too.
    #[arg(long, conflicts_with = "no_plots")]
    pub(crate) png: bool,
    /// Draw no plots.
    #[arg(long)]
    pub(crate) no_plots: bool,
    /// Write no report.html.
    #[arg(long)]
    pub(crate) no_report: bool,
    /// Write what some nodes read, send and do to this file, for ui.perfetto.dev; of one run only.
    #[arg(long, value_name = "FILE")]
    pub(crate) trace: Option<PathBuf>,
    /// Which nodes those are, instead of the first eight.
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', requires = "trace")]
    pub(crate) trace_nodes: Vec<u32>,
}

/// Draw plots.
#[derive(Args, Clone, Debug)]
pub(crate) struct Draw {
    /// Folders of results.
    #[arg(value_name = "FOLDER", required = true)]
    pub(crate) folders: Vec<PathBuf>,
    /// Draw plots as PNG too.
    #[arg(long)]
    pub(crate) png: bool,
}

/// Draw figures.
#[derive(Args, Clone, Debug)]
pub(crate) struct Figures {
    /// Which ones; by default all.
    #[arg(value_name = "NAME", value_parser = PossibleValuesParser::new(figures::names()))]
    pub(crate) names: Vec<String>,
    /// Fewer nodes, replicates and values: to see what they are like, in minutes.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Draw them as PNG too.
    #[arg(long)]
    pub(crate) png: bool,
    /// Runs at a time; by default one a processor.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) jobs: Option<u16>,
    /// Where figures and results go.
    #[arg(long, value_name = "DIR", default_value = "results/figures")]
    pub(crate) out: PathBuf,
    /// Print nothing but errors.
    #[arg(long)]
    pub(crate) quiet: bool,
}

/// Check a scenario.
#[derive(Args, Clone, Debug)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) input: Input,
}

/// Tell the story of one lookup, purchase or sub-task.
#[derive(Args, Clone, Debug)]
pub(crate) struct Explain {
    /// What it is.
    #[arg(value_enum, value_name = "WHAT")]
    pub(crate) topic: Topic,
    /// Its number in the CSV files of the scenario: column lookup, purchase or task.
    #[arg(value_name = "NUMBER")]
    pub(crate) number: u64,
    #[command(flatten)]
    pub(crate) input: Input,
}

/// What a story can be about.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Topic {
    /// A row of lookups.csv.
    Lookup,
    /// A row of transactions.csv.
    Purchase,
    /// A row of tasks.csv.
    Task,
}

/// Print a script for a shell.
#[derive(Args, Clone, Debug)]
pub(crate) struct Completions {
    /// The shell.
    pub(crate) shell: Shell,
}

impl Input {
    /// All changes, in the order in which they are applied.
    pub(crate) fn overrides(&self) -> Vec<Override> {
        let change = |option: String, path: &str, value: String| Override {
            option,
            path: path.to_owned(),
            value,
        };
        let mut all = self.set.clone();
        if let Some(seed) = self.seed {
            all.push(change(format!("--seed {seed}"), "seed", seed.to_string()));
        }
        if let Some(n) = self.replicates {
            all.push(change(format!("--replicates {n}"), "replicates", n.to_string()));
        }
        for what in &self.record {
            let option = format!("--record {what}");
            match what.split_once('=') {
                Some((file, rows)) => {
                    all.push(change(option, &format!("record.{file}"), rows.to_owned()));
                }
                None => {
                    for path in ["record.lookups", "record.transactions"] {
                        all.push(change(option.clone(), path, what.clone()));
                    }
                }
            }
        }
        all
    }

    /// The command that does one run again, of those whose results go to `target`: beside them, not
    /// in their place.
    pub(crate) fn replay(&self, trial: &Trial, check: bool, target: &Path) -> String {
        let mut command = self.command(&trial.settings, Some(trial.seed), Some(1), check);
        if trial.scenario.until.is_some() {
            command += " --set until=off";
        }
        let out = ending_in(target, ".replay");
        format!("{command} --out {}", quoted(&out.to_string_lossy()))
    }

    /// The command that runs all of it again.
    pub(crate) fn replay_all(&self, check: bool) -> String {
        self.command(&[], self.seed, self.replicates, check)
    }

    fn command(
        &self,
        settings: &[Setting],
        seed: Option<u64>,
        replicates: Option<u32>,
        check: bool,
    ) -> String {
        let mut words = vec!["compup2p".to_owned(), quoted(&self.scenario.to_string_lossy())];
        words.extend(self.sets());
        if !settings.is_empty() {
            words.push("--set sweep=off".to_owned());
        }
        let point = settings.iter().map(|(path, value)| quoted(&format!("{path}={value}")));
        words.extend(point.map(|set| format!("--set {set}")));
        words.extend(self.records());
        words.extend(seed.map(|seed| format!("--seed {seed}")));
        words.extend(replicates.map(|n| format!("--replicates {n}")));
        if check {
            words.push("--check".to_owned());
        }
        words.join(" ")
    }

    /// As it was said, as a shell reads it.
    pub(crate) fn words(&self) -> Vec<String> {
        let mut words = vec![quoted(&self.scenario.to_string_lossy())];
        words.extend(self.sets());
        words.extend(self.records());
        words.extend(self.seed.map(|seed| format!("--seed {seed}")));
        words.extend(self.replicates.map(|n| format!("--replicates {n}")));
        words
    }

    fn sets(&self) -> impl Iterator<Item = String> {
        self.set.iter().map(|set| {
            let said = set.option.strip_prefix("--set ").unwrap_or(&set.option);
            format!("--set {}", quoted(said))
        })
    }

    fn records(&self) -> impl Iterator<Item = String> {
        self.record.iter().map(|what| format!("--record {}", quoted(what)))
    }
}

/// What is wrong with the first word, if it is neither a command nor the name of a file.
pub(crate) fn misspelt(first: &str) -> Option<String> {
    let line = Line::command();
    let commands: Vec<&str> =
        line.get_subcommands().map(|command| command.get_name()).chain(["help"]).collect();
    let is_path = first.contains(['.', '/', '\\']) || Path::new(first).exists();
    if first.starts_with('-') || is_path || commands.contains(&first) {
        return None;
    }
    let near = nearest(first, commands).map(|near| format!(", did you mean {near}?"));
    let near = near.unwrap_or_else(|| "; see --help".to_owned());
    Some(format!("{first} is neither a command nor a file{near}"))
}

/// A word as a shell reads it.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+%@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Line::command().debug_assert();
    }

    #[test]
    fn a_misspelt_command_is_told_from_a_file() {
        let said = misspelt("explian").expect("no command");
        assert_eq!(said, "explian is neither a command nor a file, did you mean explain?");
        let said = misspelt("frobnicate").expect("no command");
        assert_eq!(said, "frobnicate is neither a command nor a file; see --help");
        for good in ["run", "help", "--help", "-V", "a.yaml", "scenarios/churn"] {
            assert_eq!(misspelt(good), None);
        }
    }

    #[test]
    fn a_scenario_alone_is_a_run() {
        let line = Line::parse_from(["compup2p", "a.yaml", "--set", "nodes=5", "--seed", "7"]);
        let input = line.input.expect("a run");
        assert_eq!(input.overrides().len(), 2);
        assert_eq!(
            input.command(&[], Some(9), Some(1), true),
            "compup2p a.yaml --set nodes=5 --seed 9 --replicates 1 --check"
        );
        let point = [("capacity".to_owned(), "{model: constant, value: 5}".to_owned())];
        assert_eq!(
            input.command(&point, Some(9), Some(1), false),
            "compup2p a.yaml --set nodes=5 --set sweep=off \
             --set 'capacity={model: constant, value: 5}' --seed 9 --replicates 1"
        );
    }

    #[test]
    fn a_replay_survives_the_shell() {
        assert_eq!(quoted("off=[relist, ping]"), "'off=[relist, ping]'");
        assert_eq!(quoted("about=it's"), "'about=it'\\''s'");
    }
}

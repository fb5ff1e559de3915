//! `compup2p figures`: runs the scenarios behind figures, each once, and puts the figures into one
//! folder, with a page that says where each comes from.

mod list;
mod page;

pub(crate) use list::names;

use crate::args::{Figures, Options, Run};
use crate::failure::Failure;
use crate::results::cannot;
use crate::run::perform;
use crate::say::{say, tell};
use crate::{draw, shipped};
use compup2p_analysis::Outcome;
use list::{FIGURES, Figure, Scenario};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The folder of the results behind the figures, in theirs.
const DATA: &str = "data";

/// Draws figures; one that fails keeps no other from being drawn.
pub(crate) fn figures(figures: &Figures) -> Result<(), Failure> {
    figures_with(run, figures)
}

/// Runs a scenario without a word of what came out.
fn run(run: &Run) -> Result<(), Failure> {
    perform(compup2p_engine::run, run)?.failure.map_or(Ok(()), Err)
}

fn figures_with(run: fn(&Run) -> Result<(), Failure>, figures: &Figures) -> Result<(), Failure> {
    let began = Instant::now();
    let wanted: Vec<&Figure> = FIGURES.iter().filter(|figure| figures.wants(figure.name)).collect();
    let mut scenarios: Vec<&Scenario> = Vec::new();
    for figure in &wanted {
        if !scenarios.iter().any(|scenario| scenario.name == figure.scenario.name) {
            scenarios.push(figure.scenario);
        }
    }
    let (mut failed, mut not_drawn) = (Vec::new(), 0);
    for (scenario, nth) in scenarios.iter().zip(1..) {
        let of: Vec<&str> = wanted
            .iter()
            .filter(|figure| figure.scenario.name == scenario.name)
            .map(|figure| figure.name)
            .collect();
        if !figures.quiet {
            let all = scenarios.len();
            tell(&format!("{nth} of {all}: {}, for {}", scenario.name, of.join(", ")));
        }
        match scenario.draw(run, figures, &of) {
            Ok(why) => {
                not_drawn += why.len();
                failed.extend(why);
            }
            Err(stop @ (Failure::Interrupted | Failure::Stopped(_))) => return Err(stop),
            Err(failure) => {
                not_drawn += of.len();
                failed.push(format!("{}: {}: {failure}", of.join(", "), scenario.name));
            }
        }
    }
    page::write(&figures.out).map_err(Failure::Failed)?;
    if !figures.quiet {
        let (drawn, out) = (wanted.len() - not_drawn, figures.out.display());
        let seconds = began.elapsed().as_secs_f64();
        say(&format!("{drawn} of {} figures in {seconds:.1} s: {out}\n", wanted.len()));
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure::Failed(failed.join("\n"))) }
}

impl Figures {
    fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|wanted| wanted == name)
    }
}

impl Scenario {
    /// Where its results are.
    fn data(&self, out: &Path) -> PathBuf {
        out.join(DATA).join(self.name)
    }

    /// Runs it, draws what it has data for, and puts the figures of these names into their folder,
    /// with those of its figures that stand there already: all are of the same data. Which of these
    /// names are not drawn, and why not, is said.
    fn draw(
        &self,
        run: fn(&Run) -> Result<(), Failure>,
        figures: &Figures,
        names: &[&str],
    ) -> Result<Vec<String>, Failure> {
        let data = self.data(&figures.out);
        let quick = if figures.quick { self.quick } else { &[] };
        let failed = |what: &str, path: &Path, error| Failure::Failed(cannot(what, path, &error));
        let options = Options {
            out: Some(data.clone()),
            jobs: figures.jobs,
            quiet: figures.quiet,
            no_plots: true,
            no_report: true,
            ..Options::default()
        };
        let input = shipped::write(self.name, &figures.out.join(DATA), quick);
        run(&Run { input: input.map_err(Failure::Failed)?, options })?;
        let outcomes = draw::plots(&data, figures.png);
        let outcomes = outcomes.map_err(|error| Failure::Failed(error.to_string()))?;
        let is_to_be_there = |name: &str| {
            let ours = FIGURES.iter().any(|one| one.name == name && one.scenario.name == self.name);
            let is_there = figures.out.join(format!("{name}.svg")).exists();
            names.contains(&name) || (ours && is_there)
        };
        let mut not_drawn = Vec::new();
        for outcome in outcomes {
            match outcome {
                Outcome::Drawn { figure, files } if is_to_be_there(figure) => {
                    // A PNG of other data does not stay beside.
                    let _ = fs::remove_file(figures.out.join(format!("{figure}.png")));
                    for file in files {
                        let name = file.file_name().unwrap_or_default();
                        let to = figures.out.join(name);
                        fs::copy(&file, &to).map_err(|error| failed("write", &to, error))?;
                    }
                }
                Outcome::Skipped { figure, why } if names.contains(&figure) => {
                    not_drawn.push(format!("{figure}: {}: {why}", self.name));
                }
                Outcome::Drawn { .. } | Outcome::Skipped { .. } => {}
            }
        }
        Ok(not_drawn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn a_scenario_that_fails_takes_its_figures_with_it_and_no_others() {
        static RUNS: AtomicU32 = AtomicU32::new(0);
        let desk = tempfile::tempdir().expect("a folder");
        let figures = Figures {
            names: Vec::new(),
            quick: true,
            png: false,
            jobs: None,
            out: desk.path().join("figures"),
            quiet: true,
        };
        let fails = |run: &Run| -> Result<(), Failure> {
            RUNS.fetch_add(1, Ordering::Relaxed);
            assert!(run.input.scenario.exists(), "the scenario is there to run");
            Err(Failure::Failed("no luck".to_owned()))
        };
        let failure = figures_with(fails, &figures).expect_err("nothing is drawn");
        let said = failure.to_string();
        assert!(said.contains("attempts, live_nodes, success: churn: error: no luck"), "{said}");
        let scenarios: std::collections::BTreeSet<&str> =
            FIGURES.iter().map(|figure| figure.scenario.name).collect();
        assert_eq!(RUNS.load(Ordering::Relaxed) as usize, scenarios.len(), "each is tried once");
        assert_eq!(said.lines().count(), scenarios.len());
        let page = fs::read_to_string(figures.out.join("README.md")).expect("a page");
        assert!(!page.contains(".svg"), "what is not there is not listed: {page}");
    }
}

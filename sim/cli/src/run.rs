//! `compup2p SCENARIO`: runs a scenario and writes what came out, all or nothing.

use crate::args::Run;
use crate::failure::Failure;
use crate::manifest::{self, Effort};
use crate::progress::Progress;
use crate::replicates::{Engine, Ran, run_all};
use crate::results::{Results, SUMMARY};
use crate::say::say;
use crate::{interrupt, load, plots, record, summary};
use compup2p_engine::trial::Trial;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Runs a scenario.
pub(crate) fn run(run: &Run) -> Result<(), Failure> {
    run_with(compup2p_engine::run, run)
}

/// Runs a scenario with the engine, or with what stands for it in a test.
fn run_with(engine: Engine, run: &Run) -> Result<(), Failure> {
    let effort = Effort::began();
    let mut trials = load::load(&run.input)?;
    trials.iter_mut().for_each(|trial| trial.judged = run.options.check);
    let scenario = Arc::clone(&trials[0].scenario);
    if !run.options.quiet {
        load::warn(&trials);
    }
    let target =
        run.options.out.clone().unwrap_or_else(|| PathBuf::from("results").join(&scenario.name));
    interrupt::listen();
    let results = Results::aside(&target).map_err(Failure::Failed)?;
    let jobs = run.options.jobs.map_or_else(manifest::cpus, usize::from).min(trials.len());
    let progress = Progress::new(&trials, run.options.quiet);
    let replay = |trial: &Trial| run.input.replay(trial.seed, &trial.settings, run.options.check);
    let ran = run_all(engine, &trials, results.folder(), jobs, &progress, &replay)?;
    write(run, &trials, &ran, results, effort, jobs)?;
    if !run.options.quiet {
        say(&format!(
            "{}\n{} in {:.1} s: {}\n",
            summary::text(&ran, &scenario.sweep),
            scenario.name,
            effort.wall_s(),
            target.display()
        ));
    }
    convict(&trials, &ran, &replay)
}

/// Writes all that does not stream, and puts the folder in its place.
fn write(
    run: &Run,
    trials: &[Trial],
    ran: &[Ran],
    results: Results,
    effort: Effort,
    jobs: usize,
) -> Result<(), Failure> {
    let mut files = BTreeMap::new();
    let written = results.assemble(SUMMARY, &summary::csv(ran), &[]);
    files.insert(SUMMARY.to_owned(), written.map_err(Failure::Failed)?);
    for (file, header) in record::FILES {
        let part = |run| record::part(results.folder(), file, run);
        let parts: Vec<_> = (0..ran.len() as u32).map(part).collect();
        let swept: String =
            trials[0].scenario.sweep.paths().map(|path| format!("{path},")).collect();
        let header = swept + header;
        let written = results.assemble(file, &header, &parts).map_err(Failure::Failed)?;
        files.insert(file.to_owned(), written);
    }
    if !run.options.no_plots {
        plots::draw(results.folder(), &trials[0], run.options.png).map_err(Failure::Failed)?;
    }
    if interrupt::asked() {
        return Err(Failure::Interrupted);
    }
    let replay = run.input.replay_all(run.options.check);
    manifest::write(results.folder(), trials, ran, &files, effort, jobs, &replay)
        .and_then(|()| results.complete())
        .map_err(Failure::Failed)
}

/// Fails if a judge found something wrong.
fn convict(
    trials: &[Trial],
    ran: &[Ran],
    replay: &dyn Fn(&Trial) -> String,
) -> Result<(), Failure> {
    let mut lines = Vec::new();
    for (trial, one) in trials.iter().zip(ran).filter(|(_, one)| !one.verdicts.is_empty()) {
        lines.extend(one.verdicts.iter().map(|verdict| format!("judged: {verdict}")));
        lines.push(format!("replay: {}", replay(trial)));
    }
    if lines.is_empty() { Ok(()) } else { Err(Failure::Convicted(lines)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Command, Line};
    use clap::Parser;
    use compup2p_engine::observer::Outcome;
    use compup2p_protocol::rules::Scheme;
    use std::fs;

    /// What is said when the run with seed 2 and the default scheme is found guilty.
    fn convicted(text: &str, desk: &std::path::Path) -> String {
        let path = |name: &str| desk.join(name).display().to_string();
        fs::write(path("s.yaml"), text).expect("a file");
        let (scenario, out) = (path("s.yaml"), path("x"));
        let line =
            ["compup2p", "run", &scenario, "--check", "--quiet", "--no-plots", "--out", &out];
        let Some(Command::Run(run)) = Line::parse_from(line).command else { panic!("a run") };
        let failure = run_with(
            |trial, _| {
                assert!(trial.judged, "--check was said");
                let scheme = trial.scenario.market.scheme;
                let guilty = trial.replicate == 1 && scheme == Scheme::default();
                let verdicts =
                    if guilty { vec!["money, at 30 s: gone".to_owned()] } else { vec![] };
                Ok(Outcome { verdicts, ..Outcome::default() })
            },
            &run,
        );
        let failure = failure.expect_err("a judge convicts");
        assert_eq!(failure.code(), 1);
        assert!(desk.join("x/manifest.json").exists(), "what came out is there to look at");
        failure.to_string().replace(&scenario, "s.yaml")
    }

    #[test]
    fn a_judge_that_convicts_fails_the_run_and_says_how_to_see_it_again() {
        let desk = tempfile::tempdir().expect("a folder");
        assert_eq!(
            convicted("replicates: 3\n", desk.path()),
            "judged: money, at 30 s: gone\nreplay: compup2p s.yaml --seed 2 --replicates 1 --check"
        );
        let sweep = "sweep: { market.scheme: [naive, processor_overlay] }";
        assert_eq!(
            convicted(&format!("replicates: 3\n{sweep}\n"), desk.path()),
            "judged: money, at 30 s: gone\n\
             replay: compup2p s.yaml --set sweep=off --set market.scheme=processor_overlay \
             --seed 2 --replicates 1 --check"
        );
    }
}

//! `compup2p SCENARIO`: runs a scenario and writes what came out, all or nothing. Runs of a sweep, or
//! replicates, are kept as they finish, beside the results.

use crate::args::Run;
use crate::assembly::Assembly;
use crate::failure::Failure;
use crate::manifest::{self, Effort, Failed};
use crate::progress::Progress;
use crate::replication::{End, all, short_of};
use crate::results::{DIFFERENCES, Results, SUMMARY, beside, remove};
use crate::runs::{Engine, Ran, Runner};
use crate::say::{say, tell};
use crate::store::Store;
use crate::{differences, draw, interrupt, load, report, summary, trace};
use compup2p_engine::scenario::Sweep;
use compup2p_engine::trial::Trial;
use std::path::{Path, PathBuf};

/// What the folder of kept runs is called, after the results.
pub(crate) const POINTS: &str = ".points";

/// What results are called from which runs are missing.
const INCOMPLETE: &str = ".incomplete";

/// What came of a scenario.
pub(crate) struct Done {
    /// Where it is.
    pub(crate) target: PathBuf,
    /// Its runs, in order.
    pub(crate) ran: Vec<Ran>,
    /// What was swept.
    pub(crate) sweep: Sweep,
    /// How it failed nevertheless: runs failed, or judges found something wrong.
    pub(crate) failure: Option<Failure>,
}

/// Runs a scenario, and says what came out.
pub(crate) fn run(run: &Run) -> Result<(), Failure> {
    let effort = Effort::began();
    let done = perform(compup2p_engine::run, run)?;
    if !run.options.quiet {
        say(&told(&done, effort));
    }
    done.failure.map_or(Ok(()), Err)
}

/// What a person reads of it.
pub(crate) fn told(done: &Done, effort: Effort) -> String {
    let kept = done.ran.iter().filter(|one| one.was_kept).count();
    let kept = if kept == 0 { String::new() } else { format!(", {kept} runs kept from before") };
    let (wall_s, target) = (effort.wall_s(), done.target.display());
    format!("{}\n{wall_s:.1} s{kept}: {target}\n", summary::text(&done.ran, &done.sweep))
}

/// Reads the trials of a run.
pub(crate) fn trials(run: &Run) -> Result<Vec<Trial>, Failure> {
    let mut trials = load::load(&run.input)?;
    trials.iter_mut().for_each(|trial| trial.judged = run.options.check);
    if !run.options.quiet {
        load::warn(&trials);
    }
    Ok(trials)
}

/// Where the results of a run go.
pub(crate) fn target(run: &Run, trial: &Trial) -> PathBuf {
    let default = || PathBuf::from("results").join(&trial.scenario.name);
    run.options.out.clone().unwrap_or_else(default)
}

/// How many runs go on at a time.
pub(crate) fn jobs(run: &Run, trials: &[Trial]) -> usize {
    run.options.jobs.map_or_else(manifest::cpus, usize::from).min(trials.len().max(1))
}

/// Runs a scenario with the engine, or with what stands for it in a test, and writes its results.
pub(crate) fn perform(engine: Engine, run: &Run) -> Result<Done, Failure> {
    let effort = Effort::began();
    let trials = trials(run)?;
    let traced = trace::wanted(run, &trials)?;
    let target = target(run, &trials[0]);
    interrupt::listen();
    let results = Results::aside(&target, &trials[0].scenario.name).map_err(Failure::Failed)?;
    // One run alone is done or not done: there is nothing to go on from.
    let points = beside(&target, POINTS);
    let is_alone = trials.len() == 1 && trials[0].scenario.until.is_none();
    let store = match is_alone {
        true => Store::passing(&results.folder().join(POINTS)),
        false => Store::open(&points, run.options.fresh),
    };
    let store = store.map_err(Failure::Failed)?;
    let progress = Progress::new(&trials, run.options.quiet);
    let scenario = &trials[0].scenario;
    let assembly = Assembly::begin(results, &scenario.sweep).map_err(Failure::Failed)?;
    // A stop rule adds runs between those that were first.
    let followed = scenario.until.is_none().then_some(&assembly);
    let jobs = jobs(run, &trials);
    let runner = Runner { engine, store: &store, progress: &progress, jobs, assembly: followed };
    let ends = all(&runner, &trials);
    progress.close();
    let kept = |failure| match failure {
        Failure::Interrupted if !is_alone && points.exists() => {
            Failure::Stopped(points.display().to_string())
        }
        failure => failure,
    };
    let ends = ends.map_err(kept)?;
    let done = finish(run, ends, assembly, store, effort).map_err(kept)?;
    // Where a judge convicts, there is the more to look at.
    if let Some(traced) = traced {
        traced.write(&trials[0])?;
    }
    Ok(done)
}

/// Writes results from runs that have ended.
pub(crate) fn finish(
    run: &Run,
    ends: Vec<End>,
    assembly: Assembly,
    store: Store,
    effort: Effort,
) -> Result<Done, Failure> {
    let runs = ends.len();
    let target = target(run, &ends[0].0);
    let replay = |trial: &Trial| run.input.replay(trial, run.options.check, &target);
    let (mut trials, mut ran, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for (trial, end) in ends {
        match end {
            Ok(one) => {
                trials.push(trial);
                ran.push(one);
            }
            Err(reason) => failed.push(Failed { reason, replay: replay(&trial) }),
        }
    }
    if ran.is_empty() {
        return Err(failure(&failed, runs, None));
    }
    let incomplete = beside(&target, INCOMPLETE);
    if !run.options.quiet {
        let short = short_of(&ran, trials[0].scenario.until.as_ref());
        short.iter().for_each(|line| tell(&format!("warning: {line}")));
    }
    let undrawn = write(run, &trials, &ran, &failed, assembly, store, effort)?;
    let (target, failure) = if failed.is_empty() {
        remove(&incomplete, &trials[0].scenario.name).map_err(Failure::Failed)?;
        let convicted = convict(&trials, &ran, &replay).err();
        (target, convicted)
    } else {
        let failure = failure(&failed, runs, Some(&incomplete));
        (incomplete, Some(failure))
    };
    let failure = match (failure, undrawn) {
        (failure, None) => failure,
        (None, Some(undrawn)) => Some(Failure::Failed(undrawn)),
        (Some(failure), Some(undrawn)) => Some(failure.and(undrawn)),
    };
    let sweep = trials[0].scenario.sweep.clone();
    Ok(Done { target, ran, sweep, failure })
}

/// Says which runs failed, and how to see it again.
pub(crate) fn failure(failed: &[Failed], runs: usize, rest: Option<&Path>) -> Failure {
    /// As many are told at length; the manifest names all.
    const TOLD: usize = 10;
    let mut lines: Vec<String> = failed
        .iter()
        .take(TOLD)
        .map(|one| format!("{}\nreplay: {}", one.reason, one.replay))
        .collect();
    if let Some(rest) = rest {
        let (failed, rest) = (failed.len(), rest.display());
        lines.push(format!("{failed} of {runs} runs failed; the others are in {rest}"));
    } else if runs > 1 {
        lines.push(format!("all {runs} runs failed"));
    }
    Failure::Failed(lines.join("\n"))
}

/// Writes all that does not stream, and puts the folder in its place. Says what could not be drawn,
/// if something could not.
fn write(
    run: &Run,
    trials: &[Trial],
    ran: &[Ran],
    failed: &[Failed],
    assembly: Assembly,
    store: Store,
    effort: Effort,
) -> Result<Option<String>, Failure> {
    let inner = || -> Result<_, String> {
        let sweep = &trials[0].scenario.sweep;
        let (mut results, mut files) = assembly.finish(&store, trials, jobs(run, trials))?;
        if !failed.is_empty() {
            results.rename(beside(&target(run, &trials[0]), INCOMPLETE));
        }
        files.insert(SUMMARY.to_owned(), results.write(SUMMARY, &summary::csv(ran))?);
        if let Some(differences) = differences::csv(ran, sweep) {
            files.insert(DIFFERENCES.to_owned(), results.write(DIFFERENCES, &differences)?);
        }
        drop(store);
        Ok((results, files))
    };
    let (results, files) = inner().map_err(Failure::Failed)?;
    let replay = run.input.replay_all(run.options.check);
    manifest::write(results.folder(), trials, ran, failed, &files, effort, &replay)
        .map_err(Failure::Failed)?;
    let mut undrawn = Vec::new();
    if !run.options.no_plots {
        let drawn = draw::plots(results.folder(), run.options.png);
        undrawn.extend(drawn.err().map(|error| error.to_string()));
    }
    if !run.options.no_report {
        undrawn.extend(report::write(results.folder()).err());
    }
    if interrupt::asked() {
        return Err(Failure::Interrupted);
    }
    let target = results.complete().map_err(Failure::Failed)?;
    if undrawn.is_empty() {
        return Ok(None);
    }
    // Numbers are not thrown away for a picture.
    undrawn.push(format!("all else is in {0}: `compup2p draw {0}` tries again", target.display()));
    Ok(Some(undrawn.join("\n")))
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
    use crate::runs::zeros;
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
        let done = perform(
            |trial, _| {
                assert!(trial.judged, "--check was said");
                let scheme = trial.scenario.market.scheme;
                let guilty = trial.replicate == 1 && scheme == Scheme::default();
                let verdicts =
                    if guilty { vec!["money, at 30 s: gone".to_owned()] } else { vec![] };
                Ok(Outcome { verdicts, ..zeros() })
            },
            &run,
        );
        let failure = done.expect("results are written").failure.expect("a judge convicts");
        assert_eq!(failure.code(), 1);
        assert!(desk.join("x/manifest.json").exists(), "what came out is there to look at");
        failure.to_string().replace(&scenario, "s.yaml").replace(&out, "x")
    }

    #[test]
    fn a_judge_that_convicts_fails_the_run_and_says_how_to_see_it_again() {
        let desk = tempfile::tempdir().expect("a folder");
        assert_eq!(
            convicted("replicates: 3\n", desk.path()),
            "judged: money, at 30 s: gone\n\
             replay: compup2p s.yaml --seed 2 --replicates 1 --check --out x.replay"
        );
        let sweep = "sweep: { market.scheme: [naive, processor_overlay] }";
        assert_eq!(
            convicted(&format!("replicates: 3\n{sweep}\n"), desk.path()),
            "judged: money, at 30 s: gone\n\
             replay: compup2p s.yaml --set sweep=off --set market.scheme=processor_overlay \
             --seed 2 --replicates 1 --check --out x.replay"
        );
    }
}

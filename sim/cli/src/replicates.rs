//! Running all trials of a scenario, replicates of every point, side by side. What comes out is in
//! their order, whoever was first.

use crate::failure::Failure;
use crate::interrupt;
use crate::progress::Progress;
use crate::record::Recorder;
use compup2p_engine::observer::{MetricRow, Observer, Outcome, Stop};
use compup2p_engine::scenario::Setting;
use compup2p_engine::trial::Trial;
use rayon::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is kept of a run when its rows are written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ran {
    pub(crate) point: u32,
    pub(crate) settings: Vec<Setting>,
    pub(crate) seed: u64,
    pub(crate) fingerprint: u64,
    pub(crate) events: u64,
    pub(crate) metrics: Vec<MetricRow>,
    pub(crate) verdicts: Vec<String>,
}

/// The engine, or what stands for it in a test.
pub(crate) type Engine = fn(&Trial, &mut dyn Observer) -> Result<Outcome, Stop>;

/// Runs them, `jobs` at a time; their rows go to part files in `folder`. The first that fails, in
/// order, says why all did; `replay` is the command that shows it again.
pub(crate) fn run_all(
    engine: Engine,
    trials: &[Trial],
    folder: &Path,
    jobs: usize,
    progress: &Progress,
    replay: &(dyn Fn(&Trial) -> String + Sync),
) -> Result<Vec<Ran>, Failure> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build();
    let pool =
        pool.map_err(|error| Failure::Failed(format!("cannot start {jobs} jobs: {error}")))?;
    let failed = AtomicBool::new(false);
    let ends: Vec<Option<Result<Ran, String>>> = pool.install(|| {
        let run = |trial: &Trial| {
            if failed.load(Ordering::Relaxed) || interrupt::asked() {
                return None;
            }
            let end = run_one(engine, trial, folder, progress);
            failed.fetch_or(end.is_err(), Ordering::Relaxed);
            Some(end.map_err(|reason| format!("{reason}\nreplay: {}", replay(trial))))
        };
        trials.par_iter().with_max_len(1).map(run).collect()
    });
    progress.close();
    if interrupt::asked() {
        return Err(Failure::Interrupted);
    }
    ends.into_iter().flatten().map(|end| end.map_err(Failure::Failed)).collect()
}

fn run_one(
    engine: Engine,
    trial: &Trial,
    folder: &Path,
    progress: &Progress,
) -> Result<Ran, String> {
    let attempt = || -> Result<Ran, Stop> {
        let mut recorder = Recorder::new(folder, trial, progress)?;
        let outcome = engine(trial, &mut recorder)?;
        recorder.finish(&outcome)?;
        Ok(Ran {
            point: trial.point,
            settings: trial.settings.clone(),
            seed: trial.seed,
            fingerprint: outcome.fingerprint,
            events: outcome.events,
            metrics: outcome.metrics,
            verdicts: outcome.verdicts,
        })
    };
    match catch_unwind(AssertUnwindSafe(attempt)) {
        Ok(Ok(ran)) => {
            progress.ended(trial, ran.events);
            Ok(ran)
        }
        Ok(Err(Stop(reason))) => Err(reason),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            let text = text.unwrap_or("for no stated reason");
            Err(format!("the run with seed {} broke off, a bug: {text}", trial.seed))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compup2p_engine::scenario::Source;
    use compup2p_engine::trial::check;

    fn ends(engine: Engine) -> Result<Vec<Ran>, Failure> {
        let source = Source { text: "replicates: 3\n".to_owned(), ..Source::default() };
        let trials = check(&source, &|_| Err(String::new())).expect("a good scenario");
        let folder = tempfile::tempdir().expect("a folder");
        let progress = Progress::new(&trials, true);
        let replay = |trial: &Trial| format!("--seed {}", trial.seed);
        run_all(engine, &trials, folder.path(), 2, &progress, &replay)
    }

    #[test]
    fn a_run_that_panics_says_how_to_see_it_again() {
        let failure = ends(|trial, _| {
            assert!(trial.replicate != 1, "no finger at all");
            Ok(Outcome::default())
        });
        let text = failure.expect_err("it panics").to_string();
        assert_eq!(
            text,
            "error: the run with seed 2 broke off, a bug: no finger at all\nreplay: --seed 2"
        );
    }

    #[test]
    fn a_run_that_stops_says_why() {
        let failure = ends(|_, _| Err(Stop("cannot write x: no space".to_owned())));
        assert_eq!(failure.expect_err("it stops").code(), 1);
    }

    #[test]
    fn runs_end_in_the_order_of_their_seeds() {
        let ran = ends(|_, _| Ok(Outcome::default())).expect("they run");
        assert_eq!(ran.iter().map(|one| one.seed).collect::<Vec<_>>(), [1, 2, 3]);
    }
}

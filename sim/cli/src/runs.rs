//! Running trials side by side, each kept as it finishes. What comes out is in their order, whoever
//! was first; one that fails does not keep the others from finishing.

use crate::assembly::Assembly;
use crate::failure::Failure;
use crate::interrupt;
use crate::progress::Progress;
use crate::record::{self, Recorder};
use crate::store::Store;
use compup2p_engine::observer::{Observer, Outcome, Stop};
use compup2p_engine::scenario::Setting;
use compup2p_engine::trial::Trial;
use cpu_time::ThreadTime;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is known of a run when its rows are written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ran {
    pub(crate) point: u32,
    pub(crate) settings: Vec<Setting>,
    pub(crate) replicate: u32,
    pub(crate) seed: u64,
    pub(crate) fingerprint: u64,
    pub(crate) events: u64,
    /// Seconds that a processor was at it.
    pub(crate) cpu_s: f64,
    /// Whether it was run before, and kept.
    pub(crate) was_kept: bool,
    /// In the order of the table of metrics; NaN where there was nothing to measure.
    pub(crate) metrics: Vec<f64>,
    pub(crate) verdicts: Vec<String>,
}

impl Ran {
    /// Of a run of which nothing is known yet.
    pub(crate) fn of(trial: &Trial) -> Self {
        Self {
            point: trial.point,
            settings: trial.settings.clone(),
            replicate: trial.replicate,
            seed: trial.seed,
            ..Self::default()
        }
    }
}

/// Why a run did not end.
pub(crate) type Reason = String;

/// Where a run's end is put.
pub(crate) type Slot = OnceLock<Result<Ran, Reason>>;

/// The engine, or what stands for it in a test.
pub(crate) type Engine = fn(&Trial, &mut dyn Observer) -> Result<Outcome, Stop>;

/// How trials are run.
pub(crate) struct Runner<'r> {
    pub(crate) engine: Engine,
    pub(crate) store: &'r Store,
    pub(crate) progress: &'r Progress,
    /// How many at a time.
    pub(crate) jobs: usize,
    /// What puts their rows together meanwhile, if these are all runs that there will be.
    pub(crate) assembly: Option<&'r Assembly>,
}

impl Runner<'_> {
    /// Runs them, but for those that are kept from before.
    ///
    /// # Errors
    /// If the user stops it: what was not finished is lost. A run that fails does so alone.
    pub(crate) fn run(&self, trials: &[Trial]) -> Result<Vec<Result<Ran, Reason>>, Failure> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.jobs).build();
        let pool = pool.map_err(|error| Failure::Failed(format!("cannot start jobs: {error}")))?;
        // The largest first: at the end, none is left alone with one that takes long.
        let mut order: Vec<usize> = (0..trials.len()).collect();
        order.sort_by_key(|&nth| std::cmp::Reverse(size(&trials[nth])));
        let ends: Vec<Slot> = trials.iter().map(|_| OnceLock::new()).collect();
        let left = AtomicUsize::new(trials.len());
        pool.in_place_scope_fifo(|scope| {
            for nth in order {
                let (trial, ends, left) = (&trials[nth], &ends, &left);
                scope.spawn_fifo(move |_| {
                    if interrupt::asked() {
                        return;
                    }
                    let kept = self.find(trial);
                    // Of runs that are all there, threads read ahead.
                    let assembly = self.assembly.filter(|_| kept.is_none());
                    ends[nth].get_or_init(|| kept.map_or_else(|| self.run_one(trial), Ok));
                    left.fetch_sub(1, Ordering::Relaxed);
                    if let Some(assembly) = assembly {
                        assembly.follow(self.store, trials, ends, || {
                            left.load(Ordering::Relaxed) > 0 && !interrupt::asked()
                        });
                    }
                });
            }
        });
        if interrupt::asked() {
            return Err(Failure::Interrupted);
        }
        Ok(ends.into_iter().filter_map(OnceLock::into_inner).collect())
    }

    fn find(&self, trial: &Trial) -> Option<Ran> {
        let ran = self.store.find(trial)?;
        self.progress.was_there(trial);
        Some(ran)
    }

    fn run_one(&self, trial: &Trial) -> Result<Ran, Reason> {
        let attempt = || -> Result<Ran, Stop> {
            let began = ThreadTime::now();
            let mut recorder = Recorder::new(self.store.writing(), trial, self.progress)?;
            let outcome = (self.engine)(trial, &mut recorder)?;
            recorder.finish(&outcome)?;
            let ran = Ran {
                fingerprint: outcome.fingerprint,
                events: outcome.events,
                cpu_s: began.elapsed().as_secs_f64(),
                metrics: outcome.metrics.iter().map(|row| row.value).collect(),
                verdicts: outcome.verdicts,
                ..Ran::of(trial)
            };
            let rows = record::parts(self.store.writing(), trial);
            self.store.keep(trial, &ran, &rows).map_err(Stop)?;
            Ok(ran)
        };
        let end = match catch_unwind(AssertUnwindSafe(attempt)) {
            Ok(Ok(ran)) => Ok(ran),
            Ok(Err(Stop(reason))) => Err(reason),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
                let text = text.unwrap_or("for no stated reason");
                Err(format!("the run with seed {} broke off, a bug: {text}", trial.seed))
            }
        };
        // Who stops it all need not be told so run by run.
        if end.is_ok() || !interrupt::asked() {
            self.progress.ended(trial, end.as_ref());
        }
        if end.is_err() {
            record::forget(self.store.writing(), trial);
        }
        end
    }
}

/// What a run leaves behind whose metrics are all zero.
#[cfg(test)]
pub(crate) fn zeros() -> Outcome {
    use compup2p_engine::metric::{METRICS, Metric};
    use compup2p_engine::observer::MetricRow;
    let row =
        |of: &Metric| MetricRow { topic: of.topic, metric: of.name, value: 0.0, unit: of.unit };
    Outcome { metrics: METRICS.iter().map(row).collect(), ..Outcome::default() }
}

/// How long a run takes, roughly: longer, the more nodes it has and the more time goes by.
fn size(trial: &Trial) -> u128 {
    u128::from(trial.scenario.nodes) * u128::from(trial.scenario.duration.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use compup2p_engine::scenario::Source;
    use compup2p_engine::trial::check;
    use std::path::Path;
    use std::sync::atomic::AtomicU32;

    fn ends(engine: Engine, folder: &Path) -> Vec<Result<Ran, Reason>> {
        let source = Source { text: "replicates: 3\n".to_owned(), ..Source::default() };
        let trials = check(&source, &|_| Err(String::new())).expect("a good scenario");
        let progress = Progress::new(&trials, true);
        let store = Store::open(folder, false).expect("a folder");
        Runner { engine, store: &store, progress: &progress, jobs: 2, assembly: None }
            .run(&trials)
            .expect("ends")
    }

    #[test]
    fn a_run_that_panics_fails_alone() {
        let desk = tempfile::tempdir().expect("a folder");
        let ends = ends(
            |trial, _| {
                assert!(trial.replicate != 1, "no finger at all");
                Ok(zeros())
            },
            desk.path(),
        );
        assert_eq!(
            ends.iter().map(|end| end.as_ref().map(|ran| ran.seed)).collect::<Vec<_>>(),
            [
                Ok(1),
                Err(&"the run with seed 2 broke off, a bug: no finger at all".to_owned()),
                Ok(3)
            ]
        );
    }

    #[test]
    fn a_run_that_stops_says_why() {
        let desk = tempfile::tempdir().expect("a folder");
        let ends = ends(|_, _| Err(Stop("cannot write x: no space".to_owned())), desk.path());
        assert_eq!(ends[0].as_ref().err().map(String::as_str), Some("cannot write x: no space"));
        assert!(!desk.path().join("x").exists());
    }

    #[test]
    fn what_has_run_is_not_run_again() {
        static RUNS: AtomicU32 = AtomicU32::new(0);
        let desk = tempfile::tempdir().expect("a folder");
        let folder = desk.path().join("points");
        let first = ends(
            |trial, _| {
                RUNS.fetch_add(1, Ordering::Relaxed);
                assert!(trial.replicate != 1, "not this time");
                Ok(zeros())
            },
            &folder,
        );
        assert_eq!((RUNS.load(Ordering::Relaxed), first[1].is_err()), (3, true));
        let again = ends(
            |trial, _| {
                assert_eq!(trial.replicate, 1, "the others are kept");
                Ok(zeros())
            },
            &folder,
        );
        let kept = again.iter().map(|end| end.as_ref().map(|ran| ran.was_kept));
        assert_eq!(kept.collect::<Vec<_>>(), [Ok(true), Ok(false), Ok(true)]);
    }
}

//! Replicates: as many of each point as the scenario says, or as its stop rule wants.

use crate::failure::Failure;
use crate::row::number;
use crate::runs::{Ran, Reason, Runner};
use compup2p_analysis::stats::imprecision;
use compup2p_engine::metric::METRICS;
use compup2p_engine::scenario::{LEAST, Until};
use compup2p_engine::trial::Trial;

/// A run, and how it ended.
pub(crate) type End = (Trial, Result<Ran, Reason>);

/// Runs them all, and more replicates of points whose stop rule wants more.
///
/// # Errors
/// As of [`Runner::run`].
pub(crate) fn all(runner: &Runner<'_>, trials: &[Trial]) -> Result<Vec<End>, Failure> {
    let ends = runner.run(trials)?;
    let ends: Vec<End> = trials.iter().cloned().zip(ends).collect();
    let Some(until) = trials.first().and_then(|trial| trial.scenario.until.clone()) else {
        return Ok(ends);
    };
    let points = ends.chunk_by(|(one, _), (next, _)| one.point == next.point);
    let mut points: Vec<Point> =
        points.map(|ends| Point { ends: ends.to_vec(), looked: 0, is_done: false }).collect();
    loop {
        let wanted = |point: &mut Point| -> Vec<Trial> {
            let has = point.ends.len() as u32;
            let first = point.ends[0].0.clone();
            (has..point.wants(&until)).map(|nth| first.replicate(nth)).collect()
        };
        let more: Vec<Trial> = points.iter_mut().flat_map(wanted).collect();
        if more.is_empty() {
            break;
        }
        runner.progress.more(&more);
        for (trial, end) in more.iter().cloned().zip(runner.run(&more)?) {
            let of = points.iter_mut().find(|point| point.ends[0].0.point == trial.point);
            of.expect("it is of one of the points").ends.push((trial, end));
        }
    }
    Ok(points.into_iter().flat_map(|point| point.ends).collect())
}

/// The replicates of a point, in order.
struct Point {
    ends: Vec<End>,
    /// Fewer than so many have been found too few.
    looked: usize,
    /// Whether there will be no more of them.
    is_done: bool,
}

impl Point {
    /// How many replicates it should have, as far as is known by now. If fewer would have been
    /// enough, the others are forgotten: the least that are enough are the same whatever was run
    /// beside.
    fn wants(&mut self, until: &Until) -> u32 {
        let has = self.ends.len();
        if self.is_done {
            return has as u32;
        }
        let ran: Vec<&Ran> = self.ends.iter().filter_map(|(_, end)| end.as_ref().ok()).collect();
        if ran.len() < has {
            // One failed: the point is told as it is.
            return has as u32;
        }
        let first = &self.ends[0].0.scenario;
        let least = self.looked.max(first.replicates.max(LEAST) as usize);
        let enough = (least..=has).find(|&n| worst(&ran[..n], until) <= 1.0);
        let off = worst(&ran, until);
        self.looked = has + 1;
        if let Some(enough) = enough {
            self.ends.truncate(enough);
            self.is_done = true;
            return enough as u32;
        }
        // An interval narrows with the root of the number. Never twice as many at once: the first
        // few may have been far apart by chance.
        let guess = (has as f64 * off * off).ceil().min(2.0 * has as f64) as u32;
        guess.max(has as u32 + 1).max(LEAST).min(until.replicates_max)
    }
}

/// The greatest imprecision of the metrics of a rule. Of what no run measures, more would not tell
/// more.
fn worst(ran: &[&Ran], until: &Until) -> f64 {
    let of = |metric: &String| match &values(ran, metric)[..] {
        [] => 0.0,
        values => imprecision(values, until.ci_relative),
    };
    until.metrics.iter().map(of).fold(0.0, f64::max)
}

/// What runs have of a metric.
fn values(ran: &[&Ran], metric: &str) -> Vec<f64> {
    let nth = METRICS.iter().position(|known| known.name == metric);
    let nth = nth.expect("a checked rule names metrics");
    ran.iter().filter_map(|one| number(one.metrics[nth])).collect()
}

/// What a stop rule wants, and did not get: said point by point.
pub(crate) fn short_of(ran: &[Ran], until: Option<&Until>) -> Vec<String> {
    let Some(until) = until else { return Vec::new() };
    let mut lines = Vec::new();
    for point in ran.chunk_by(|one, next| one.point == next.point) {
        let settings = point[0].settings.iter();
        let at: String = settings.map(|(path, value)| format!("{path}={value}, ")).collect();
        let (all, n) = (point.iter().collect::<Vec<_>>(), point.len());
        for metric in &until.metrics {
            let wants = format!("until wants {} %", percent(until.ci_relative));
            let values = values(&all, metric);
            let off = imprecision(&values, until.ci_relative);
            if values.is_empty() {
                lines.push(format!("{at}{n} replicates: {metric} was not measured; {wants}"));
            } else if !off.is_finite() {
                lines.push(format!("{at}{n} replicates: {metric} is not known at all; {wants}"));
            } else if off > 1.0 {
                let known = percent(off * until.ci_relative);
                lines.push(format!("{at}{n} replicates: {metric} is known to {known} %; {wants}"));
            }
        }
    }
    lines
}

/// A share in per cent, to three figures.
fn percent(share: f64) -> f64 {
    format!("{:.2e}", share * 100.0).parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Progress;
    use crate::runs::zeros;
    use crate::store::Store;
    use compup2p_engine::observer::{Outcome, Stop};
    use compup2p_engine::scenario::Source;
    use compup2p_engine::trial::check;

    const RULE: &str = "until: { ci_relative: 0.1, metrics: [joins], replicates_max: 40 }\n";

    /// What an engine leaves behind whose first metric, `joins`, is that.
    fn outcome(value: f64) -> Result<Outcome, Stop> {
        let mut outcome = zeros();
        outcome.metrics[0].value = value;
        assert_eq!(outcome.metrics[0].metric, "joins");
        Ok(outcome)
    }

    /// How many replicates of each point are taken, by so many jobs.
    fn taken(text: &str, engine: crate::runs::Engine, jobs: usize) -> Vec<usize> {
        let source = Source { text: text.to_owned(), ..Source::default() };
        let trials = check(&source, &|_| Err(String::new())).expect("a good scenario");
        let desk = tempfile::tempdir().expect("a folder");
        let store = Store::open(&desk.path().join("points"), false).expect("a folder");
        let progress = Progress::new(&trials, true);
        let runner = Runner { engine, store: &store, progress: &progress, jobs, assembly: None };
        let ends = all(&runner, &trials).expect("they end");
        let points = ends.chunk_by(|(one, _), (next, _)| one.point == next.point);
        points
            .map(|point| {
                let replicates = point.iter().map(|(trial, _)| trial.replicate);
                assert!(replicates.eq(0..point.len() as u32), "in order, none left out");
                point.len()
            })
            .collect()
    }

    #[test]
    fn as_many_replicates_run_as_are_needed_on_any_number_of_threads() {
        // 9, 11, 9, 11, ..: of an even number n the deviation is sqrt(n / (n - 1)), so that 0.1 of the
        // mean is reached when t(0.975, n - 1) / sqrt(n - 1) is at most 1: of 6 it is 1.15, of 7 (mean
        // 9.857) 1.00, above a tenth of the mean by a little, of 8 0.89.
        let engine: crate::runs::Engine =
            |trial, _| outcome(if trial.replicate % 2 == 0 { 9.0 } else { 11.0 });
        for jobs in [1, 3] {
            assert_eq!(taken(RULE, engine, jobs), [8], "{jobs} jobs");
        }
        assert_eq!(taken(&format!("replicates: 12\n{RULE}"), engine, 2), [12]);
    }

    #[test]
    fn each_point_stops_by_itself_and_at_the_bound() {
        let text = format!("{RULE}sweep: {{ nodes: [10, 20, 30] }}\n");
        let counts = taken(
            &text,
            |trial, _| match (trial.scenario.nodes, trial.replicate % 2) {
                (10, _) => outcome(7.0),
                (20, odd) => outcome(9.0 + 2.0 * f64::from(odd)),
                (_, odd) => outcome(f64::from(odd)),
            },
            2,
        );
        assert_eq!(counts, [5, 8, 40]);
    }

    #[test]
    fn what_is_not_measured_is_not_waited_for() {
        assert_eq!(taken(RULE, |_, _| outcome(f64::NAN), 2), [5]);
        assert_eq!(taken(&format!("replicates: 12\n{RULE}"), |_, _| outcome(f64::NAN), 2), [12]);
    }

    #[test]
    fn what_a_rule_did_not_get_is_said() {
        let text = format!("replicates: 2\n{RULE}sweep: {{ nodes: [10, 20, 30] }}\n");
        let source = Source { text, ..Source::default() };
        let trials = check(&source, &|_| Err(String::new())).expect("a good scenario");
        let ran: Vec<Ran> = trials
            .iter()
            .map(|trial| {
                let mut metrics = vec![0.0; METRICS.len()];
                metrics[0] = match (trial.point, trial.replicate) {
                    (0, _) => 7.0,
                    (1, _) => f64::NAN,
                    (_, replicate) => f64::from(replicate),
                };
                Ran { metrics, ..Ran::of(trial) }
            })
            .collect();
        // Of 0 and 1 the mean is 0.5, and half of the interval 12.706 * 0.5.
        assert_eq!(
            short_of(&ran, trials[0].scenario.until.as_ref()),
            [
                "nodes=20, 2 replicates: joins was not measured; until wants 10 %",
                "nodes=30, 2 replicates: joins is known to 1270 %; until wants 10 %",
            ]
        );
        assert!(short_of(&ran, None).is_empty());
    }

    #[test]
    fn a_point_with_a_failure_is_not_run_on() {
        let counts = taken(
            RULE,
            |trial, _| match trial.replicate {
                3 => Err(Stop("no".to_owned())),
                odd => outcome(f64::from(odd)),
            },
            2,
        );
        assert_eq!(counts, [5]);
    }
}

//! Differences between the points of a sweep: runs of two points that share a seed are a pair, with
//! the same nodes, churn and workload, so that their difference tells more than two means do.

use crate::row::{Row, number};
use crate::runs::Ran;
use compup2p_analysis::stats::paired_difference;
use compup2p_engine::metric::METRICS;
use compup2p_engine::scenario::Sweep;
use std::collections::BTreeMap;

/// `differences.csv`: for each point, and each path that has not its first value there, what it makes
/// different that it has not: the mean of the paired differences to the point that has, all else
/// equal, with Student's 95 % interval. Nothing, if nothing is swept, or no point was run twice.
pub(crate) fn csv(ran: &[Ran], sweep: &Sweep) -> Option<String> {
    let points: Vec<&[Ran]> = ran.chunk_by(|one, next| one.point == next.point).collect();
    if sweep.is_empty() || points.iter().all(|point| point.len() < 2) {
        return None;
    }
    let by_settings: BTreeMap<Vec<&str>, &[Ran]> =
        points.iter().map(|point| (values(&point[0]), *point)).collect();
    let mut out = csv::Writer::from_writer(Vec::new());
    let mut row = Row::default();
    row.begin_with(sweep.paths()).put("changed").put("from").put("metric").put("n");
    row.put("difference").put("ci95_low").put("ci95_high").put("unit");
    let in_memory = "a Vec takes all that is written to it";
    out.write_byte_record(row.record()).expect(in_memory);
    let firsts: Vec<&str> = sweep.firsts().collect();
    for point in &points {
        let here = values(&point[0]);
        for axis in sweep.axes() {
            let mut there = here.clone();
            axis.iter().for_each(|&place| there[place] = firsts[place]);
            let Some(first) = by_settings.get(&there).filter(|_| there != here) else { continue };
            let differs = axis.iter().copied().find(|&place| here[place] != there[place]);
            let place = differs.expect("two points that are not the same differ somewhere");
            let (path, from) = (&point[0].settings[place].0, firsts[place]);
            for (nth, metric) in METRICS.iter().enumerate() {
                let (a, b) = pairs(point, first, nth);
                row.begin_with(&here).put(path).put(from).put(metric.name);
                let difference = paired_difference(&a, &b);
                row.put(a.len()).maybe(difference.map(|of| of.mean));
                row.maybe(difference.and_then(|of| number(of.low)));
                row.maybe(difference.and_then(|of| number(of.high))).put(metric.unit);
                out.write_byte_record(row.record()).expect(in_memory);
            }
        }
    }
    Some(String::from_utf8(out.into_inner().expect(in_memory)).expect("names and numbers are text"))
}

fn values(of: &Ran) -> Vec<&str> {
    of.settings.iter().map(|(_, value)| value.as_str()).collect()
}

/// The values of a metric in both, of those replicates that have it in both.
fn pairs(a: &[Ran], b: &[Ran], metric: usize) -> (Vec<f64>, Vec<f64>) {
    let pair = |one: &Ran| {
        let other = &b[b.binary_search_by_key(&one.replicate, |other| other.replicate).ok()?];
        Some((number(one.metrics[metric])?, number(other.metrics[metric])?))
    };
    a.iter().filter_map(pair).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;
    use compup2p_engine::scenario::Source;

    /// The sweep of a scenario, and two runs of each point whose first metric is what `value` says of
    /// the point and the replicate; the others have nothing measured.
    fn swept(text: &str, value: fn(u32, u32) -> f64) -> (Sweep, Vec<Ran>) {
        let source = Source { text: format!("replicates: 2\n{text}"), ..Source::default() };
        let trials = compup2p_engine::trial::check(&source, &|_| Err(String::new()));
        let trials = trials.expect("a good scenario");
        let ran = trials.iter().map(|trial| {
            let mut metrics = vec![f64::NAN; METRICS.len()];
            metrics[0] = value(trial.point, trial.replicate);
            Ran { metrics, ..Ran::of(trial) }
        });
        (trials[0].scenario.sweep.clone(), ran.collect())
    }

    /// The lines of the first metric.
    fn lines(text: &str) -> Vec<&str> {
        let name = format!(",{},", METRICS[0].name);
        text.lines().filter(|line| line.contains(&name)).collect()
    }

    #[test]
    fn each_value_is_compared_with_the_first_with_all_else_equal() {
        let sweep = "sweep: { nodes: [10, 20], market.scheme: [naive, single_overlay] }";
        let (sweep, ran) =
            swept(sweep, |point, replicate| f64::from(100 * replicate + point * point));
        let text = csv(&ran, &sweep).expect("differences");
        let header = "nodes,market.scheme,changed,from,metric,n,difference,ci95_low,ci95_high,unit";
        assert_eq!(text.lines().next(), Some(header));
        // Points 0 to 3 have the values 0, 1, 4, 9, and the same a hundred above: pairs agree.
        let (name, unit) = (METRICS[0].name, METRICS[0].unit);
        assert_eq!(
            lines(&text),
            [
                format!("10,single_overlay,market.scheme,naive,{name},2,1,1,1,{unit}"),
                format!("20,naive,nodes,10,{name},2,4,4,4,{unit}"),
                format!("20,single_overlay,nodes,10,{name},2,8,8,8,{unit}"),
                format!("20,single_overlay,market.scheme,naive,{name},2,5,5,5,{unit}"),
            ]
        );
    }

    #[test]
    fn paths_that_change_together_are_one_change_and_what_was_not_measured_is_no_pair() {
        let sweep = "sweep: [{ nodes: [10, 20], duration: [2h, 1h] }]";
        let (sweep, mut ran) = swept(sweep, |point, _| f64::from(point));
        ran[3].metrics[0] = f64::NAN;
        let text = csv(&ran, &sweep).expect("differences");
        let (name, unit) = (METRICS[0].name, METRICS[0].unit);
        assert_eq!(lines(&text), [format!("20,1h,nodes,10,{name},1,1,,,{unit}")]);
    }

    #[test]
    fn without_a_sweep_or_a_second_replicate_there_is_nothing_to_compare() {
        let (sweep, ran) = swept("nodes: 10\n", |_, _| 1.0);
        assert_eq!(csv(&ran, &sweep), None);
        let (sweep, mut ran) = swept("sweep: { nodes: [10, 20] }", |_, _| 1.0);
        ran.retain(|one| one.replicate == 0);
        assert_eq!(csv(&ran, &sweep), None);
    }
}

//! The numbers of a run: `summary.csv`, and a table that a person can read.

use crate::replicates::Ran;
use crate::row::{Row, number};
use compup2p_analysis::stats::{Estimate, estimate};

/// A metric over all runs.
struct Metric {
    topic: &'static str,
    name: &'static str,
    unit: &'static str,
    /// Values of the runs that had something to measure.
    values: Vec<f64>,
}

fn metrics(ran: &[Ran]) -> Vec<Metric> {
    let Some(first) = ran.first() else { return Vec::new() };
    let values = |name| {
        let rows = ran.iter().flat_map(|one| &one.metrics).filter(move |row| row.metric == name);
        rows.filter_map(|row| number(row.value)).collect()
    };
    let all = first.metrics.iter();
    all.map(|row| Metric {
        topic: row.topic,
        name: row.metric,
        unit: row.unit,
        values: values(row.metric),
    })
    .collect()
}

/// `summary.csv`: a value each if there was one run, else means with 95 % intervals.
pub(crate) fn csv(ran: &[Ran]) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    let mut row = Row::default();
    row.begin().put("metric");
    if ran.len() == 1 {
        row.put("value").put("unit");
    } else {
        row.put("n").put("mean").put("ci95_low").put("ci95_high").put("unit");
    }
    let in_memory = "a Vec takes all that is written to it";
    out.write_byte_record(row.record()).expect(in_memory);
    for metric in metrics(ran) {
        row.begin().put(metric.name);
        let estimate = estimate(&metric.values);
        if ran.len() == 1 {
            row.maybe(estimate.map(|e| e.mean));
        } else {
            row.put(metric.values.len()).maybe(estimate.map(|e| e.mean));
            row.maybe(estimate.and_then(|e| number(e.low)));
            row.maybe(estimate.and_then(|e| number(e.high)));
        }
        row.put(metric.unit);
        out.write_byte_record(row.record()).expect(in_memory);
    }
    String::from_utf8(out.into_inner().expect(in_memory)).expect("names and numbers are text")
}

/// The table for a person, topic by topic.
pub(crate) fn table(ran: &[Ran]) -> String {
    let metrics = metrics(ran);
    let shown: Vec<_> = metrics.iter().map(|m| (m, shown(estimate(&m.values)))).collect();
    let names = shown.iter().map(|(m, _)| m.name.len()).max().unwrap_or(0);
    let values = shown.iter().map(|(_, value)| value.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for about in shown.chunk_by(|(one, _), (next, _)| one.topic == next.topic) {
        text.push_str(&format!("{}\n", about[0].0.topic));
        for (metric, value) in about {
            let line = format!("  {:names$}  {value:>values$}  {}", metric.name, metric.unit);
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}

fn shown(estimate: Option<Estimate>) -> String {
    match estimate {
        None => "-".to_owned(),
        Some(e) if e.n > 1 => format!("{} ± {}", short(e.mean), short(e.high - e.mean)),
        Some(e) => short(e.mean),
    }
}

/// Four figures are enough to read; whole numbers are shown whole.
fn short(value: f64) -> String {
    let size = value.abs();
    if value.fract() == 0.0 && size < 1e15 {
        return format!("{value:.0}");
    }
    match size {
        _ if size >= 1000.0 => format!("{value:.0}"),
        _ if size >= 100.0 => format!("{value:.1}"),
        _ if size >= 10.0 => format!("{value:.2}"),
        _ if size >= 0.001 => format!("{value:.4}"),
        _ => format!("{value:.2e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compup2p_engine::observer::MetricRow;

    fn ran(values: &[f64]) -> Vec<Ran> {
        let one = |&value| Ran {
            seed: 1,
            fingerprint: 0,
            events: 0,
            metrics: vec![MetricRow {
                topic: "lookups",
                metric: "lookup_hops_mean",
                value,
                unit: "hops",
            }],
            verdicts: Vec::new(),
        };
        values.iter().map(one).collect()
    }

    #[test]
    fn one_run_has_values() {
        assert_eq!(csv(&ran(&[4.5])), "metric,value,unit\nlookup_hops_mean,4.5,hops\n");
        assert_eq!(csv(&ran(&[f64::NAN])), "metric,value,unit\nlookup_hops_mean,,hops\n");
    }

    #[test]
    fn several_runs_have_means_and_intervals() {
        let text = csv(&ran(&[4.0, 5.0, f64::NAN]));
        let header = "metric,n,mean,ci95_low,ci95_high,unit\n";
        assert!(text.starts_with(&format!("{header}lookup_hops_mean,2,4.5,-1.85")), "{text}");
        assert_eq!(
            table(&ran(&[4.0, 5.0])),
            "lookups\n  lookup_hops_mean  4.5000 ± 6.3531  hops\n"
        );
    }
}

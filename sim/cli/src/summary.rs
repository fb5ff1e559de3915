//! The numbers of a run: `summary.csv`, and a table that a person can read.

use crate::row::{Row, number};
use crate::runs::Ran;
use compup2p_analysis::TELLING;
use compup2p_analysis::stats::{Estimate, estimate};
use compup2p_engine::metric::METRICS;
use compup2p_engine::scenario::Sweep;

/// A metric over all runs.
struct Metric {
    topic: &'static str,
    name: &'static str,
    unit: &'static str,
    /// Values of the runs that had something to measure.
    values: Vec<f64>,
}

fn metrics(ran: &[Ran]) -> Vec<Metric> {
    let values =
        |nth: usize| ran.iter().filter_map(|one| number(one.metrics[nth])).collect::<Vec<_>>();
    let all = METRICS.iter().zip(0..ran.first().map_or(0, |one| one.metrics.len()));
    all.map(|(metric, nth)| Metric {
        topic: metric.topic,
        name: metric.name,
        unit: metric.unit,
        values: values(nth),
    })
    .collect()
}

/// Whether no point of the sweep was run more than once.
fn are_single(ran: &[Ran]) -> bool {
    points(ran).all(|point| point.len() == 1)
}

/// The runs of each point; of a scenario without a sweep, all.
fn points(ran: &[Ran]) -> impl Iterator<Item = &[Ran]> {
    ran.chunk_by(|one, next| one.point == next.point)
}

/// `summary.csv`: a value each if there was one run, else means with 95 % intervals; for each
/// point of a sweep.
pub(crate) fn csv(ran: &[Ran]) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    let mut row = Row::default();
    row.begin();
    for (path, _) in ran.first().iter().flat_map(|one| &one.settings) {
        row.put(path);
    }
    row.put("metric");
    let single = are_single(ran);
    if single {
        row.put("value").put("unit");
    } else {
        row.put("n").put("mean").put("ci95_low").put("ci95_high").put("unit");
    }
    let in_memory = "a Vec takes all that is written to it";
    out.write_byte_record(row.record()).expect(in_memory);
    for point in points(ran) {
        for metric in metrics(point) {
            row.begin_with(point[0].settings.iter().map(|(_, value)| value)).put(metric.name);
            let estimate = estimate(&metric.values);
            if single {
                row.maybe(estimate.map(|e| e.mean));
            } else {
                row.put(metric.values.len()).maybe(estimate.map(|e| e.mean));
                row.maybe(estimate.and_then(|e| number(e.low)));
                row.maybe(estimate.and_then(|e| number(e.high)));
            }
            row.put(metric.unit);
            out.write_byte_record(row.record()).expect(in_memory);
        }
    }
    String::from_utf8(out.into_inner().expect(in_memory)).expect("names and numbers are text")
}

/// What a person reads: all metrics, or of a sweep a few for each point.
pub(crate) fn text(ran: &[Ran], sweep: &Sweep) -> String {
    if sweep.is_empty() { table(ran) } else { table_of_points(ran, sweep) }
}

/// A line a point: its settings, but for those that change with the one before; and those telling
/// metrics that are not the same everywhere.
fn table_of_points(ran: &[Ran], sweep: &Sweep) -> String {
    let leading = |all: Vec<String>| {
        let all = all.into_iter().zip(sweep.follows()).filter(|(_, follows)| !follows);
        all.map(|(one, _)| one).collect::<Vec<_>>()
    };
    let mut lines = vec![leading(sweep.paths().map(str::to_owned).collect())];
    let settings = |one: &Ran| one.settings.iter().map(|(_, value)| clipped(value)).collect();
    lines.extend(points(ran).map(|point| leading(settings(&point[0]))));
    let texts = lines[0].len();
    let all: Vec<Vec<Metric>> = points(ran).map(metrics).collect();
    for name in TELLING.iter().filter(|one| one.is_brief).map(|one| one.metric) {
        let mut column: Vec<String> = Vec::new();
        for metric in all.iter().flatten().filter(|metric| metric.name == name) {
            column.push(shown(estimate(&metric.values)));
        }
        if column.iter().any(|value| *value != column[0]) {
            let column = std::iter::once(name.to_owned()).chain(column);
            lines.iter_mut().zip(column).for_each(|(line, value)| line.push(value));
        }
    }
    let width = |nth: usize| lines.iter().map(|line| line[nth].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        for (nth, (value, width)) in line.iter().zip(&widths).enumerate() {
            let gap = if nth == 0 { "" } else { "  " };
            text.push_str(&match nth {
                _ if nth < texts => format!("{gap}{value:width$}"),
                _ => format!("{gap}{value:>width$}"),
            });
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text.push_str("summary.csv has every metric of every point\n");
    text
}

/// A value that leaves room for others on a line.
fn clipped(value: &str) -> String {
    const MOST: usize = 64;
    match value.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

/// The table for a person, topic by topic; a topic of which nothing happened is only named.
fn table(ran: &[Ran]) -> String {
    let metrics = metrics(ran);
    let shown: Vec<_> = metrics.iter().map(|m| (m, shown(estimate(&m.values)))).collect();
    let names = shown.iter().map(|(m, _)| m.name.len()).max().unwrap_or(0);
    let values = shown.iter().map(|(_, value)| value.chars().count()).max().unwrap_or(0);
    let (mut text, mut silent) = (String::new(), Vec::new());
    for about in shown.chunk_by(|(one, _), (next, _)| one.topic == next.topic) {
        if about.iter().all(|(metric, _)| metric.values.iter().all(|value| *value == 0.0)) {
            silent.push(about[0].0.topic);
            continue;
        }
        text.push_str(&format!("{}\n", about[0].0.topic));
        for (metric, value) in about {
            let line = format!("  {:names$}  {value:>values$}  {}", metric.name, metric.unit);
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    if !silent.is_empty() {
        text.push_str(&format!("nothing of: {}\n", silent.join(", ")));
    }
    text
}

fn shown(estimate: Option<Estimate>) -> String {
    match estimate {
        None => "-".to_owned(),
        Some(e) if e.n > 1 => {
            // Of values that are all the same, the last bits of a mean tell nothing.
            let half = e.high - e.mean;
            let half = if half > 1e-12 * e.mean.abs() { half } else { 0.0 };
            format!("{} ± {}", short(e.mean), short(half))
        }
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

    /// Runs with these values of one metric, and nothing else measured.
    fn ran(values: &[f64]) -> Vec<Ran> {
        let hops = METRICS.iter().position(|metric| metric.name == "lookup_hops_mean");
        let one = |&value| {
            let mut metrics = vec![f64::NAN; METRICS.len()];
            metrics[hops.expect("a metric")] = value;
            Ran { metrics, ..Ran::default() }
        };
        values.iter().map(one).collect()
    }

    /// The header, and the lines of that metric.
    fn csv(ran: &[Ran]) -> String {
        let text = super::csv(ran);
        let lines = text.lines().enumerate();
        let lines = lines.filter(|(n, line)| *n == 0 || line.contains("lookup_hops_mean"));
        lines.map(|(_, line)| format!("{line}\n")).collect()
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
        let text = table(&ran(&[4.0, 5.0]));
        let line = text.lines().find(|line| line.contains("lookup_hops_mean")).expect("a line");
        assert!(line.ends_with("  4.5000 ± 6.3531  hops"), "{line}");
    }

    /// Two points of `scheme`, each with these values.
    fn swept(values: &[f64]) -> Vec<Ran> {
        let mut all = Vec::new();
        for (point, scheme) in (0..).zip(["naive", "a, b"]) {
            let settings = vec![("market.scheme".to_owned(), scheme.to_owned())];
            let worse = |mut one: Ran| {
                one.metrics.iter_mut().for_each(|value| *value += f64::from(point));
                Ran { point, settings: settings.clone(), ..one }
            };
            all.extend(ran(values).into_iter().map(worse));
        }
        all
    }

    #[test]
    fn a_sweep_begins_with_what_is_swept() {
        assert_eq!(
            csv(&swept(&[4.5])),
            "market.scheme,metric,value,unit\n\
             naive,lookup_hops_mean,4.5,hops\n\
             \"a, b\",lookup_hops_mean,5.5,hops\n"
        );
        let text = csv(&swept(&[4.0, 5.0]));
        assert!(
            text.starts_with("market.scheme,metric,n,mean,ci95_low,ci95_high,unit\n"),
            "{text}"
        );
        assert!(text.contains("\n\"a, b\",lookup_hops_mean,2,5.5,"), "{text}");
    }

    #[test]
    fn a_sweep_has_a_line_a_point() {
        use compup2p_engine::scenario::Source;
        let text = "sweep: { market.scheme: [naive, single_overlay] }".to_owned();
        let source = Source { text, ..Source::default() };
        let trials = compup2p_engine::trial::check(&source, &|_| Err(String::new()));
        let sweep = &trials.expect("a good scenario")[0].scenario.sweep;
        assert_eq!(
            super::text(&swept(&[4.5]), sweep),
            "market.scheme  lookup_hops_mean\n\
             naive                    4.5000\n\
             a, b                     5.5000\n\
             summary.csv has every metric of every point\n"
        );
    }

    #[test]
    fn what_tells_is_in_the_table_of_metrics() {
        for one in TELLING {
            assert!(METRICS.iter().any(|metric| metric.name == one.metric), "{one:?}");
        }
    }
}

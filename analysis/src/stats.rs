//! Estimates with their uncertainty, and measures of inequality.

use crate::special::student_t_quantile;

/// An estimate with its 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// How many observations.
    pub n: u64,
    /// The mean, or the share.
    pub mean: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// The arithmetic mean; `None` of nothing.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The sample standard deviation (n - 1); `None` of fewer than two values.
pub fn deviation(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let mean = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    Some((squares / (values.len() - 1) as f64).sqrt())
}

/// The mean with Student's 95 % interval: for the means of independent replicates. One value has
/// an interval without ends.
pub fn estimate(values: &[f64]) -> Option<Estimate> {
    let mean = mean(values)?;
    Some(from_moments(values.len() as u64, mean, deviation(values)))
}

/// As [`estimate`], when only count, mean and standard deviation are at hand.
pub(crate) fn from_moments(n: u64, mean: f64, deviation: Option<f64>) -> Estimate {
    let half = match deviation {
        Some(deviation) if n > 1 => {
            student_t_quantile(0.975, (n - 1) as f64) * deviation / (n as f64).sqrt()
        }
        Some(_) | None => f64::INFINITY,
    };
    Estimate { n, mean, low: mean - half, high: mean + half }
}

/// The mean of `a - b` over pairs, with Student's 95 % interval: for two variants run with the
/// same seeds.
///
/// # Panics
/// When the two have not the same length.
pub fn paired_difference(a: &[f64], b: &[f64]) -> Option<Estimate> {
    assert_eq!(a.len(), b.len(), "a pair has two members");
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    estimate(&differences)
}

/// How many times as wide as it may be the interval of these values is, if it may reach so much of
/// their mean to either side: at most 1 is precise enough. Infinite of fewer than two values.
pub fn imprecision(values: &[f64], ci_relative: f64) -> f64 {
    let Some(estimate) = estimate(values) else { return f64::INFINITY };
    let half = estimate.high - estimate.mean;
    // Values that are all the same are known for sure, zero too.
    if half == 0.0 { 0.0 } else { half / (ci_relative * estimate.mean.abs()) }
}

/// The share of successes with Wilson's 95 % interval, which stays within 0 and 1 and is right
/// near them; `None` of no trials.
pub fn share(successes: u64, trials: u64) -> Option<Estimate> {
    if trials == 0 {
        return None;
    }
    const Z: f64 = 1.959_963_984_540_054; // the normal's 97.5 % quantile
    let n = trials as f64;
    let p = successes as f64 / n;
    let scale = 1.0 + Z * Z / n;
    let centre = (p + Z * Z / (2.0 * n)) / scale;
    let half = Z / scale * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let low = if successes == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if successes == trials { 1.0 } else { (centre + half).min(1.0) };
    Some(Estimate { n: trials, mean: p, low, high })
}

/// The nearest-rank percentile: the least value that at least `q` (0 to 1) of them do not exceed.
/// The values must be sorted.
pub fn percentile(sorted: &[f64], q: f64) -> Option<f64> {
    debug_assert!(sorted.is_sorted(), "percentiles are read off sorted values");
    let rank = (q * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied()
}

/// Gini's coefficient: 0 when all have the same, towards 1 when one has everything. The values
/// must be sorted and not negative; `None` when there is nothing to share.
pub fn gini(sorted: &[f64]) -> Option<f64> {
    debug_assert!(sorted.is_sorted(), "Gini's coefficient is read off sorted values");
    let total: f64 = sorted.iter().sum();
    if total <= 0.0 {
        return None;
    }
    let n = sorted.len() as f64;
    let weighted: f64 =
        sorted.iter().enumerate().map(|(i, value)| (2.0 * (i + 1) as f64 - n - 1.0) * value).sum();
    Some(weighted / (n * total))
}

/// Lorenz's curve: the share of the total that the poorest share of owners has, from (0, 0) to
/// (1, 1). The values must be sorted and not negative; empty when there is nothing to share.
pub fn lorenz(sorted: &[f64]) -> Vec<(f64, f64)> {
    debug_assert!(sorted.is_sorted(), "Lorenz's curve is read off sorted values");
    let total: f64 = sorted.iter().sum();
    if total <= 0.0 {
        return Vec::new();
    }
    let n = sorted.len() as f64;
    let mut sum = 0.0;
    let mut curve = vec![(0.0, 0.0)];
    curve.extend(sorted.iter().enumerate().map(|(i, value)| {
        sum += value;
        ((i + 1) as f64 / n, sum / total)
    }));
    curve
}

/// The greatest value over the mean; `None` when there is nothing to share.
pub fn max_over_mean(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let max = values.iter().copied().fold(0.0, f64::max);
    (mean > 0.0).then(|| max / mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64, within: f64) {
        assert!((a - b).abs() <= within, "{a} is not {b}");
    }

    #[test]
    fn the_interval_of_five_replicates_is_students() {
        // Mean 3, deviation sqrt(2.5), t(0.975, 4) = 2.776445: half width 1.963243.
        let five = estimate(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        assert_eq!((five.n, five.mean), (5, 3.0));
        close(five.low, 1.036_757, 1e-5);
        close(five.high, 4.963_243, 1e-5);
    }

    #[test]
    fn one_replicate_says_nothing_about_the_interval() {
        let one = estimate(&[7.0]).unwrap();
        assert_eq!((one.mean, one.low, one.high), (7.0, f64::NEG_INFINITY, f64::INFINITY));
        assert_eq!(estimate(&[]), None);
    }

    #[test]
    fn pairs_are_compared_one_by_one() {
        let difference = paired_difference(&[11.0, 21.0, 31.0], &[10.0, 20.0, 30.0]).unwrap();
        assert_eq!((difference.mean, difference.low, difference.high), (1.0, 1.0, 1.0));
    }

    #[test]
    fn an_interval_is_compared_with_the_mean() {
        // Half width 1.963243 about a mean of 3: 65.4 % of it.
        let values = [1.0, 2.0, 3.0, 4.0, 5.0];
        close(imprecision(&values, 0.654_414_3), 1.0, 1e-6);
        close(imprecision(&values, 0.02), 32.720_7, 1e-3);
        let negative = values.map(|value| -value);
        close(imprecision(&negative, 0.02), 32.720_7, 1e-3);
        assert_eq!(imprecision(&[0.0, 0.0, 0.0], 0.02), 0.0);
        assert_eq!(imprecision(&[-1.0, 1.0], 0.02), f64::INFINITY);
        assert_eq!(imprecision(&[7.0], 0.02), f64::INFINITY);
        assert_eq!(imprecision(&[], 0.02), f64::INFINITY);
    }

    #[test]
    fn wilsons_interval_as_tabulated() {
        let nine = share(9, 10).unwrap();
        close(nine.low, 0.5958, 1e-4);
        close(nine.high, 0.9821, 1e-4);
        let all = share(10, 10).unwrap();
        close(all.low, 0.7225, 1e-4);
        assert_eq!((all.mean, all.high), (1.0, 1.0));
        assert_eq!(share(0, 10).unwrap().low, 0.0);
        assert_eq!(share(0, 0), None);
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(percentile(&values, 0.01), Some(1.0));
        assert_eq!(percentile(&values, 0.5), Some(50.0));
        assert_eq!(percentile(&values, 0.99), Some(99.0));
        assert_eq!(percentile(&values, 1.0), Some(100.0));
        assert_eq!(percentile(&values, 0.0), Some(1.0));
        assert_eq!(percentile(&[], 0.5), None);
    }

    #[test]
    fn inequality_of_hand_computed_shares() {
        assert_eq!(gini(&[5.0, 5.0, 5.0, 5.0]), Some(0.0));
        assert_eq!(gini(&[0.0, 0.0, 0.0, 8.0]), Some(0.75)); // 1 - 1/n
        assert_eq!(gini(&[1.0, 2.0, 3.0, 4.0]), Some(0.25));
        assert_eq!(gini(&[0.0, 0.0]), None);
        assert_eq!(max_over_mean(&[1.0, 2.0, 3.0, 4.0]), Some(1.6));
    }

    #[test]
    fn ginis_coefficient_is_twice_the_area_above_lorenzs_curve() {
        let values = [0.0, 1.0, 1.0, 5.0, 13.0];
        let curve = lorenz(&values);
        assert_eq!((curve[0], curve[5]), ((0.0, 0.0), (1.0, 1.0)));
        close(curve[3].1, 0.1, 1e-12);
        let area: f64 = curve.windows(2).map(|w| (w[1].0 - w[0].0) * (w[1].1 + w[0].1) / 2.0).sum();
        close(gini(&values).unwrap(), 1.0 - 2.0 * area, 1e-12);
    }
}

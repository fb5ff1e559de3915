//! Counts of small whole numbers: hops, attempts, keys.

use crate::stats::{Estimate, from_moments};

/// How often each whole number was seen. Memory grows with the greatest, not with the number of
/// observations; sums are integers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Histogram {
    /// Counts one observation.
    pub fn add(&mut self, value: usize) {
        if value >= self.counts.len() {
            self.counts.resize(value + 1, 0);
        }
        self.counts[value] += 1;
        self.total += 1;
    }

    /// Counts another's observations too.
    pub fn merge(&mut self, other: &Self) {
        if other.counts.len() > self.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (mine, others) in self.counts.iter_mut().zip(&other.counts) {
            *mine += others;
        }
        self.total += other.total;
    }

    /// How many observations.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The greatest value seen.
    pub fn max(&self) -> Option<usize> {
        self.counts.len().checked_sub(1)
    }

    /// The share of observations at a value.
    pub fn share(&self, value: usize) -> f64 {
        self.counts.get(value).map_or(0.0, |count| *count as f64 / self.total as f64)
    }

    /// The mean; `None` of nothing.
    pub fn mean(&self) -> Option<f64> {
        let sum: u128 = self.moment(1);
        (self.total > 0).then(|| sum as f64 / self.total as f64)
    }

    /// The mean with its 95 % interval, as if observations were independent.
    pub fn estimate(&self) -> Option<Estimate> {
        let mean = self.mean()?;
        let deviation = (self.total > 1).then(|| {
            // Exact in integers up to the one division: n * sum of squares - square of the sum.
            let n = u128::from(self.total);
            let spread = n * self.moment(2) - self.moment(1) * self.moment(1);
            (spread as f64 / n as f64 / (n - 1) as f64).sqrt()
        });
        Some(from_moments(self.total, mean, deviation))
    }

    /// The nearest-rank percentile, `q` from 0 to 1; `None` of nothing.
    pub fn percentile(&self, q: f64) -> Option<usize> {
        let rank = ((q * self.total as f64).ceil() as u64).max(1);
        let mut seen = 0;
        self.counts.iter().position(|count| {
            seen += count;
            seen >= rank
        })
    }

    fn moment(&self, power: u32) -> u128 {
        let term = |(value, count): (usize, &u64)| (value as u128).pow(power) * u128::from(*count);
        self.counts.iter().enumerate().map(term).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[usize]) -> Histogram {
        let mut histogram = Histogram::default();
        for value in values {
            histogram.add(*value);
        }
        histogram
    }

    #[test]
    fn a_histogram_knows_mean_interval_and_percentiles() {
        let histogram = of(&[5, 1, 3, 2, 4]);
        let estimate = histogram.estimate().unwrap();
        assert_eq!((histogram.total(), estimate.mean), (5, 3.0));
        assert!((estimate.low - 1.036_757).abs() < 1e-5, "{}", estimate.low);
        assert_eq!(histogram.percentile(0.01), Some(1));
        assert_eq!(histogram.percentile(0.5), Some(3));
        assert_eq!(histogram.percentile(0.99), Some(5));
        assert_eq!((histogram.share(3), histogram.share(9)), (0.2, 0.0));
    }

    #[test]
    fn merged_histograms_count_both() {
        let mut merged = of(&[1, 1]);
        merged.merge(&of(&[4]));
        assert_eq!(merged, of(&[1, 4, 1]));
    }

    #[test]
    fn of_nothing_nothing_is_known() {
        let nothing = Histogram::default();
        assert_eq!((nothing.mean(), nothing.percentile(0.5), nothing.max()), (None, None, None));
    }
}

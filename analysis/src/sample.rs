//! Observations of one thing, replicate by replicate: means, and ratios of sums.

use std::collections::BTreeMap;

use crate::stats::{Estimate, estimate, from_moments, share};

/// Observations of one thing. Memory grows with the replicates, not with the observations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample(BTreeMap<u64, Sums>);

/// Of one replicate: observations are parts of something, `part` of `of`; of what is counted one
/// by one, `of` is 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sums {
    n: u64,
    part: f64,
    of: f64,
    part_part: f64,
    part_of: f64,
    of_of: f64,
}

impl Sample {
    /// One more observation.
    pub fn add(&mut self, replicate: u64, value: f64) {
        self.add_part(replicate, value, 1.0);
    }

    /// One more, of a ratio: what is estimated is the sum of parts over the sum of what they are
    /// parts of.
    pub fn add_part(&mut self, replicate: u64, part: f64, of: f64) {
        let sums = self.0.entry(replicate).or_default();
        sums.n += 1;
        sums.part += part;
        sums.of += of;
        sums.part_part += part * part;
        sums.part_of += part * of;
        sums.of_of += of * of;
    }

    /// Counts another's observations too.
    pub fn merge(&mut self, other: &Self) {
        for (replicate, others) in &other.0 {
            let sums = self.0.entry(*replicate).or_default();
            sums.n += others.n;
            sums.part += others.part;
            sums.of += others.of;
            sums.part_part += others.part_part;
            sums.part_of += others.part_of;
            sums.of_of += others.of_of;
        }
    }

    /// How many observations.
    pub fn count(&self) -> u64 {
        self.0.values().map(|sums| sums.n).sum()
    }

    /// Of how many replicates.
    pub fn replicates(&self) -> usize {
        self.0.len()
    }

    /// The mean, or the ratio, with its 95 % interval: Student's over replicates, or of one
    /// replicate over observations as if they were independent; `None` of nothing.
    pub fn estimate(&self) -> Option<Estimate> {
        let ratios: Vec<f64> =
            self.0.values().filter(|sums| sums.of > 0.0).map(|sums| sums.part / sums.of).collect();
        match ratios.as_slice() {
            [] => None,
            [_] => self.0.values().find(|sums| sums.of > 0.0).map(Sums::estimate),
            many => estimate(many).map(|mean| Estimate { n: self.count(), ..mean }),
        }
    }

    /// As [`Sample::estimate`], when each observation is 0 or 1: an interval within 0 and 1.
    pub fn share(&self) -> Option<Estimate> {
        if let [sums] = self.0.values().collect::<Vec<_>>()[..] {
            return share(sums.part as u64, sums.n);
        }
        let Estimate { n, mean, low, high } = self.estimate()?;
        Some(Estimate { n, mean, low: low.max(0.0), high: high.min(1.0) })
    }
}

impl Sums {
    fn estimate(&self) -> Estimate {
        let n = self.n as f64;
        let ratio = self.part / self.of;
        // The spread of what each part is off from its share, by the mean of what it is a part of.
        let squares = self.part_part - 2.0 * ratio * self.part_of + ratio * ratio * self.of_of;
        let deviation = (squares.max(0.0) / (n - 1.0)).sqrt() / (self.of / n);
        from_moments(self.n, ratio, (self.n > 1).then_some(deviation))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[(u64, f64)]) -> Sample {
        let mut sample = Sample::default();
        values.iter().for_each(|&(replicate, value)| sample.add(replicate, value));
        sample
    }

    #[test]
    fn one_replicate_is_estimated_over_its_observations() {
        let five = of(&[(0, 1.0), (0, 2.0), (0, 3.0), (0, 4.0), (0, 5.0)]).estimate().unwrap();
        assert_eq!((five.n, five.mean), (5, 3.0));
        assert!((five.low - 1.036_757).abs() < 1e-5, "{}", five.low);
    }

    #[test]
    fn more_are_estimated_over_their_means() {
        let sample = of(&[(0, 0.0), (0, 4.0), (1, 4.0), (2, 6.0), (2, 6.0)]);
        let two = sample.estimate().unwrap();
        assert_eq!((two.n, two.mean, sample.replicates()), (5, 4.0, 3));
        // Means 2, 4, 6, t(0.975, 2) = 4.302653: half width 4.968.
        assert!((two.high - 8.968).abs() < 1e-3, "{}", two.high);
    }

    #[test]
    fn a_ratio_is_one_of_sums() {
        let mut sample = Sample::default();
        sample.add_part(0, 1.0, 2.0);
        sample.add_part(0, 5.0, 10.0);
        let half = sample.estimate().unwrap();
        assert_eq!((half.mean, half.low, half.high), (0.5, 0.5, 0.5));
    }

    #[test]
    fn shares_stay_within_0_and_1() {
        assert_eq!(of(&[(0, 1.0), (0, 1.0)]).share().unwrap().high, 1.0);
        let two = of(&[(0, 1.0), (1, 1.0), (1, 0.0)]).share().unwrap();
        assert_eq!((two.mean, two.low, two.high), (0.75, 0.0, 1.0));
        assert_eq!((of(&[]).share(), of(&[]).estimate()), (None, None));
    }
}

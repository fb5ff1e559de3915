//! What theory says should be measured: laws on whole numbers.

use libm::{exp, floor, log, log2};

use crate::special::{ln_beta, ln_choose};

/// A distribution over whole numbers from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Law {
    /// Hops of a Chord lookup on a ring of `nodes`: the distance to a random key has log2 N bits
    /// that matter, each set half of the time, and each set bit costs a hop (Stoica et al.,
    /// section V-C). Where log2 N is no whole number, the two laws around it are mixed so that
    /// the mean is 1/2 log2 N.
    Hops {
        /// Nodes on the ring.
        nodes: u64,
    },
    /// Keys at a node of a random ring. A node's share of the circle is the sum of
    /// `virtual_nodes` of the vN spacings between random points, Beta(v, vN - v) (gamma-like);
    /// the keys in it are binomial: together beta-binomial.
    Keys {
        /// Nodes on the ring.
        nodes: u64,
        /// Points on the circle a node.
        virtual_nodes: u64,
        /// Keys on the circle.
        keys: u64,
    },
}

impl Law {
    /// The probability of exactly `x`.
    pub fn pmf(&self, x: u64) -> f64 {
        match *self {
            Self::Hops { nodes } => {
                let bits = log2(nodes.max(1) as f64);
                let above = bits - floor(bits);
                let below = floor(bits) as u64;
                (1.0 - above) * coins(below, x) + above * coins(below + 1, x)
            }
            Self::Keys { nodes, virtual_nodes, keys } => {
                if x > keys {
                    return 0.0;
                }
                if nodes <= 1 {
                    return if x == keys { 1.0 } else { 0.0 };
                }
                let a = virtual_nodes as f64;
                let b = (virtual_nodes * (nodes - 1)) as f64;
                let ratio = ln_beta(x as f64 + a, (keys - x) as f64 + b) - ln_beta(a, b);
                exp(ln_choose(keys, x) + ratio)
            }
        }
    }

    /// The probability of `x` or less.
    pub fn cdf(&self, x: u64) -> f64 {
        (0..=x).map(|x| self.pmf(x)).sum::<f64>().min(1.0)
    }

    /// The mean.
    pub fn mean(&self) -> f64 {
        match *self {
            Self::Hops { nodes } => log2(nodes.max(1) as f64) / 2.0,
            Self::Keys { nodes, keys, .. } => keys as f64 / nodes.max(1) as f64,
        }
    }

    /// The least x whose CDF reaches `q` (0 to 1).
    pub fn quantile(&self, q: f64) -> u64 {
        const ROUNDING: f64 = 1e-9; // what the sum of a million terms may lack
        let mut sum = 0.0;
        let mut x = 0;
        while x < self.max() {
            sum += self.pmf(x);
            if sum >= q - ROUNDING {
                break;
            }
            x += 1;
        }
        x
    }

    fn max(&self) -> u64 {
        match *self {
            Self::Hops { nodes } => log2(nodes.max(1) as f64).ceil() as u64,
            Self::Keys { keys, .. } => keys,
        }
    }
}

/// Binomial(n, 1/2) at x.
fn coins(n: u64, x: u64) -> f64 {
    if x > n { 0.0 } else { exp(ln_choose(n, x) - n as f64 * log(2.0)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64, within: f64) {
        assert!((a - b).abs() <= within, "{a} is not {b}");
    }

    #[test]
    fn hops_are_coins_when_the_ring_is_a_power_of_two() {
        let law = Law::Hops { nodes: 16 };
        for (hops, sixteenths) in [(0, 1.0), (1, 4.0), (2, 6.0), (3, 4.0), (4, 1.0), (5, 0.0)] {
            close(law.pmf(hops), sixteenths / 16.0, 1e-12);
        }
        assert_eq!(law.mean(), 2.0);
    }

    #[test]
    fn hops_between_powers_of_two_keep_total_and_mean() {
        let law = Law::Hops { nodes: 1000 };
        close((0..=10).map(|x| law.pmf(x)).sum(), 1.0, 1e-12);
        close((0..=10).map(|x| x as f64 * law.pmf(x)).sum(), law.mean(), 1e-12);
    }

    #[test]
    fn keys_of_a_node_with_one_identifier_are_nearly_geometric() {
        // Two nodes, one key: half each. Three keys on two nodes: uniform over 0..=3.
        close(Law::Keys { nodes: 2, virtual_nodes: 1, keys: 1 }.pmf(0), 0.5, 1e-12);
        for keys in 0..=3 {
            close(Law::Keys { nodes: 2, virtual_nodes: 1, keys: 3 }.pmf(keys), 0.25, 1e-12);
        }
        let law = Law::Keys { nodes: 10_000, virtual_nodes: 1, keys: 1_000_000 };
        let geometric = |x: i32| (1.0_f64 / 101.0) * (100.0_f64 / 101.0).powi(x);
        close(law.pmf(0), geometric(0), 1e-5);
        close(law.pmf(100), geometric(100), 1e-5);
    }

    #[test]
    fn keys_add_up_to_their_mean() {
        let law = Law::Keys { nodes: 50, virtual_nodes: 3, keys: 400 };
        close((0..=400).map(|x| law.pmf(x)).sum(), 1.0, 1e-9);
        close((0..=400).map(|x| x as f64 * law.pmf(x)).sum(), 8.0, 1e-9);
        close(law.cdf(400), 1.0, 1e-9);
        assert!(law.cdf(law.quantile(0.5)) >= 0.5 && law.cdf(law.quantile(0.5) - 1) < 0.5);
    }

    #[test]
    fn a_ring_of_one_has_every_key() {
        let law = Law::Keys { nodes: 1, virtual_nodes: 1, keys: 5 };
        assert_eq!((law.pmf(5), law.pmf(4), law.quantile(0.01)), (1.0, 0.0, 5));
    }
}

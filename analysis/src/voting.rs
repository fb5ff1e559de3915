//! How often redundant computation is wrong, where malicious nodes agree on what they say.

use crate::special::ln_choose;
use libm::exp;

/// The probability that so many of `drawn` nodes, drawn without putting any back, are among the
/// `marked` of `all`: the hypergeometric law.
pub fn hypergeometric(all: u64, marked: u64, drawn: u64, count: u64) -> f64 {
    if count > drawn || count > marked || drawn - count > all - marked {
        return 0.0;
    }
    exp(ln_choose(marked, count) + ln_choose(all - marked, drawn - count) - ln_choose(all, drawn))
}

/// The probability that the majority of `k` distinct nodes of `all` is malicious, if `malicious` of
/// them are and agree: the result that is accepted is wrong.
pub fn wrong_by_majority(all: u64, malicious: u64, k: u64) -> f64 {
    (k / 2 + 1..=k).map(|count| hypergeometric(all, malicious, k, count)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_node_is_wrong_as_often_as_nodes_are_malicious() {
        assert!((wrong_by_majority(100, 20, 1) - 0.2).abs() < 1e-12);
    }

    #[test]
    fn three_of_ten_with_four_malicious() {
        // 2 of 3: C(4,2) C(6,1) = 36; 3 of 3: C(4,3) = 4; of C(10,3) = 120.
        assert!((wrong_by_majority(10, 4, 3) - 40.0 / 120.0).abs() < 1e-12);
    }

    #[test]
    fn all_probabilities_are_one() {
        let sum: f64 = (0..=5).map(|count| hypergeometric(50, 13, 5, count)).sum();
        assert!((sum - 1.0).abs() < 1e-12);
    }
}

//! The few special functions that intervals and laws need, on `libm`: the same on every machine.

use libm::{exp, lgamma, log};

/// ln B(a, b).
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    lgamma(a) + lgamma(b) - lgamma(a + b)
}

/// ln of the binomial coefficient.
pub(crate) fn ln_choose(n: u64, k: u64) -> f64 {
    lgamma(n as f64 + 1.0) - lgamma(k as f64 + 1.0) - lgamma((n - k) as f64 + 1.0)
}

/// The regularized incomplete beta function I_x(a, b), by its continued fraction
/// (Abramowitz & Stegun 26.5.8, evaluated as Lentz does).
pub(crate) fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // The fraction converges fast only below the mean.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x);
    }
    const STEPS_MAX: u32 = 10_000;
    const TINY: f64 = 1e-300;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let (mut c, mut d) = (1.0, 1.0 / away(1.0 - (a + b) * x / (a + 1.0)));
    let mut fraction = d;
    for step in 1..STEPS_MAX {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut factor = 1.0;
        for term in [even, odd] {
            d = 1.0 / away(1.0 + term * d);
            c = away(1.0 + term / c);
            factor = c * d;
            fraction *= factor;
        }
        if (factor - 1.0).abs() < 1e-15 {
            break;
        }
    }
    exp(a * log(x) + b * log(1.0 - x) - ln_beta(a, b)) * fraction / a
}

/// Student's t: the value that a share `q` in (0, 1) of the distribution does not exceed.
pub(crate) fn student_t_quantile(q: f64, degrees: f64) -> f64 {
    if q < 0.5 {
        return -student_t_quantile(1.0 - q, degrees);
    }
    let above = |t: f64| incomplete_beta(degrees / 2.0, 0.5, degrees / (degrees + t * t)) / 2.0;
    let mut high = 1.0;
    while above(high) > 1.0 - q {
        high *= 2.0;
    }
    let mut low = 0.0;
    const HALVINGS: u32 = 80; // until nothing is left of a double
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        if above(middle) > 1.0 - q { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn students_quantiles_as_tabulated() {
        let table = [
            (1.0, 12.7062),
            (2.0, 4.3027),
            (4.0, 2.7764),
            (9.0, 2.2622),
            (29.0, 2.0452),
            (1e6, 1.96),
        ];
        for (degrees, t) in table {
            assert!((student_t_quantile(0.975, degrees) - t).abs() < 1e-4, "{degrees} degrees");
        }
        assert_eq!(student_t_quantile(0.025, 4.0), -student_t_quantile(0.975, 4.0));
        assert!(student_t_quantile(0.5, 3.0).abs() < 1e-9);
    }

    #[test]
    fn the_incomplete_beta_function_in_closed_cases() {
        for x in [0.0, 0.1, 0.5, 0.93, 1.0] {
            assert!((incomplete_beta(1.0, 1.0, x) - x).abs() < 1e-14);
            assert!((incomplete_beta(1.0, 4.0, x) - (1.0 - (1.0 - x).powi(4))).abs() < 1e-14);
            assert!((incomplete_beta(3.0, 1.0, x) - x.powi(3)).abs() < 1e-14);
        }
    }
}

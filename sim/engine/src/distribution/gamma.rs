//! The incomplete gamma function, and the residual life of Weibull lifetimes that needs it.

use libm::{exp, fabs, pow, tgamma};

/// Terms of a series or steps of a continued fraction before giving up; tens are usual.
const TERMS_MAX: u32 = 1000;
/// Steps of Newton's method; five to ten are usual, some tens in the far tail.
const STEPS_MAX: u32 = 200;
/// Relative precision at which a series or a fraction ends.
const CLOSE: f64 = 1e-15;

/// The regularized incomplete gamma function at (a, x), a > 0 and x >= 0, whichever part is the
/// better known.
enum Part {
    /// P(a, x), where x is small.
    Lower(f64),
    /// Q(a, x) = 1 - P(a, x), elsewhere.
    Upper(f64),
}

/// Abramowitz and Stegun, 6.5.29 (series) and 6.5.31 (continued fraction, by Lentz). `front` is
/// x^a exp(-x) / gamma(a).
fn incomplete(a: f64, x: f64, front: f64) -> Part {
    if x < a + 1.0 {
        Part::Lower(front * series(a, x))
    } else {
        Part::Upper(front * fraction(a, x))
    }
}

fn series(a: f64, x: f64) -> f64 {
    let mut term = 1.0 / a;
    let mut sum = term;
    for n in 1..TERMS_MAX {
        term *= x / (a + f64::from(n));
        sum += term;
        if term < sum * CLOSE {
            break;
        }
    }
    sum
}

fn fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |y: f64| if fabs(y) < TINY { TINY } else { y };
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut product = d;
    for n in 1..TERMS_MAX {
        let n = f64::from(n);
        let numerator = n * (a - n);
        b += 2.0;
        d = 1.0 / away_from_zero(numerator * d + b);
        c = away_from_zero(b + numerator / c);
        product *= d * c;
        if fabs(d * c - 1.0) < CLOSE {
            break;
        }
    }
    product
}

/// The quantile at `u` of the residual life of a Weibull lifetime of `shape` and scale 1.
///
/// Its distribution is the integral of the survival function exp(-y^shape) over the mean, that is
/// P(1/shape, y^shape). It is concave, so Newton's method from the left never passes the root.
pub(super) fn weibull_residual(shape: f64, u: f64) -> f64 {
    let a = 1.0 / shape;
    let mean = tgamma(1.0 + a);
    let mut y = u * mean;
    for _ in 0..STEPS_MAX {
        let x = pow(y, shape);
        let density = exp(-x) / mean;
        // x^a is y, and gamma(a) is gamma(1 + a) / a.
        let missing = match incomplete(a, x, y * density * a) {
            Part::Lower(lower) => u - lower,
            Part::Upper(upper) => upper - (1.0 - u),
        };
        let step = missing / density;
        y += step;
        // Each step squares the relative error: the next would change nothing.
        if step <= y * 1e-9 {
            break;
        }
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upper(a: f64, x: f64) -> f64 {
        match incomplete(a, x, pow(x, a) * exp(-x) / tgamma(a)) {
            Part::Lower(lower) => 1.0 - lower,
            Part::Upper(upper) => upper,
        }
    }

    #[test]
    fn the_incomplete_gamma_function_agrees_with_its_closed_forms() {
        for x in [1e-6, 0.1, 0.5, 1.0, 1.9, 2.1, 5.0, 20.0, 100.0] {
            let e = exp(-x);
            let near = |a: f64, want: f64| {
                let got = upper(a, x);
                assert!(fabs(got - want) <= 1e-13 * want.max(1e-3), "Q({a}, {x}): {got}, {want}");
            };
            near(1.0, e);
            near(2.0, e * (1.0 + x));
            near(3.0, e * (1.0 + x + x * x / 2.0));
            near(0.5, libm::erfc(libm::sqrt(x)));
        }
    }

    #[test]
    fn a_weibull_residual_solves_its_equation() {
        for shape in [0.1, 0.33, 0.64, 1.0, 2.0, 10.0, 100.0] {
            let mut last = 0.0;
            for u in [1e-12, 1e-3, 0.1, 0.5, 0.9, 0.999, 1.0 - 1e-12] {
                let y = weibull_residual(shape, u);
                assert!(y > last, "not increasing at shape {shape}, u {u}");
                last = y;
                let a = 1.0 / shape;
                let x = pow(y, shape);
                let front = y * exp(-x) / tgamma(a);
                let back = match incomplete(a, x, front) {
                    Part::Lower(lower) => lower,
                    Part::Upper(upper) => 1.0 - upper,
                };
                assert!(fabs(back / u - 1.0) < 1e-12, "shape {shape}: {u} comes back as {back}");
            }
        }
    }

    #[test]
    fn of_shape_one_it_is_the_exponential_itself() {
        for u in [0.01, 0.3, 0.7, 0.999_999] {
            assert!(fabs(weibull_residual(1.0, u) + libm::log1p(-u)) < 1e-12);
        }
    }
}

use super::*;
use crate::chance::{Chance, Purpose};

const DRAWS: usize = 100_000;

fn one_of_each() -> Vec<Distribution<f64>> {
    vec![
        Constant { value: 3.0 },
        Uniform { min: 1.0, max: 4.0 },
        Exponential { mean: 2.5 },
        Weibull { shape: 0.64, scale: 10.86 },
        Weibull { shape: 3.0, scale: 2.0 },
        Pareto { shape: 3.5, min: 2.0 },
        Lognormal { median: 5.0, sigma: 0.8 },
        List { values: vec![1.0, 2.0, 2.0, 7.0] },
    ]
}

/// P(longer than x), from the formulas of the doc comments.
fn longer(distribution: &Distribution<f64>, x: f64) -> f64 {
    match distribution {
        Constant { value } => f64::from(x < *value),
        Uniform { min, max } => ((max - x) / (max - min)).clamp(0.0, 1.0),
        Exponential { mean } => libm::exp(-x / mean),
        Weibull { shape, scale } => libm::exp(-libm::pow(x / scale, *shape)),
        Pareto { shape, min } => libm::pow(min / x, *shape).min(1.0),
        Lognormal { median, sigma } => {
            0.5 * libm::erfc(libm::log(x / median) / sigma / libm::sqrt(2.0))
        }
        List { values } => {
            values.iter().filter(|&&value| value > x).count() as f64 / values.len() as f64
        }
    }
}

/// The greatest distance between the drawn and the wanted share above any of 200 places.
fn distance(mut draws: Vec<f64>, above: impl Fn(f64) -> f64) -> f64 {
    draws.sort_by(f64::total_cmp);
    (1..200).fold(0.0, |worst: f64, part| {
        let x = draws[draws.len() * part / 200] * (1.0 + 1e-9);
        let share = draws.iter().filter(|&&draw| draw > x).count() as f64 / draws.len() as f64;
        worst.max((share - above(x)).abs())
    })
}

/// The Kolmogorov-Smirnov bound that one in a thousand passes.
fn bound() -> f64 {
    1.95 / libm::sqrt(DRAWS as f64)
}

#[test]
fn draws_are_distributed_as_said() {
    for distribution in one_of_each() {
        let mut stream = Chance::new(1).stream(Purpose::Capacities);
        let draws = (0..DRAWS).map(|_| distribution.sample(stream.next_unit())).collect();
        let distance = distance(draws, |x| longer(&distribution, x));
        assert!(distance < bound(), "{distribution:?}: distance {distance}");
    }
}

#[test]
fn the_mean_is_the_mean_of_the_quantiles() {
    for distribution in one_of_each() {
        let parts = 1_000_000;
        let middle = |part: u32| (f64::from(part) + 0.5) / f64::from(parts);
        let mean = (0..parts).map(|part| distribution.quantile(middle(part))).sum::<f64>()
            / f64::from(parts);
        let near = (mean / distribution.mean() - 1.0).abs();
        assert!(near < 1e-4, "{distribution:?}: {mean}, not {}", distribution.mean());
    }
}

#[test]
fn a_residual_has_the_density_of_surviving_over_the_mean() {
    for distribution in one_of_each() {
        let mut stream = Chance::new(2).stream(Purpose::Churn);
        let draws: Vec<f64> = (0..DRAWS)
            .map(|_| distribution.residual(stream.next_unit(), stream.next_unit()))
            .collect();
        // P(residual above x) = 1 - integral of P(longer than t) over 0..x / mean, by midpoints.
        let longest = draws.iter().fold(0.0f64, |a, &b| a.max(b)) * 1.01;
        let parts = 200_000;
        let width = longest / f64::from(parts);
        let mut sums = vec![0.0];
        for part in 0..parts {
            let middle = (f64::from(part) + 0.5) * width;
            sums.push(sums[part as usize] + longer(&distribution, middle) * width);
        }
        let above = |x: f64| 1.0 - sums[(x / width) as usize] / distribution.mean();
        let distance = distance(draws, above);
        assert!(distance < bound() + 1e-3, "{distribution:?}: distance {distance}");
    }
}

#[test]
fn draws_grow_with_their_u_and_stay_finite() {
    for distribution in one_of_each() {
        let ends = [0, 1, u64::MAX].map(crate::chance::unit);
        for u in ends {
            for v in ends {
                let (draw, residual) = (distribution.sample(u), distribution.residual(u, v));
                assert!(draw.is_finite() && residual.is_finite() && residual >= 0.0);
            }
        }
        if !matches!(distribution, List { .. }) {
            assert!(distribution.sample(0.3) <= distribution.sample(0.300_001));
            assert!(distribution.residual(0.3, 0.5) <= distribution.residual(0.300_001, 0.5));
        }
    }
}

#[test]
fn draws_are_the_same_numbers_on_every_machine_and_in_every_profile() {
    let bits: Vec<[u64; 4]> = one_of_each()
        .iter()
        .map(|d| [d.sample(0.2), d.sample(0.93), d.residual(0.3, 0.6), d.mean()].map(f64::to_bits))
        .collect();
    assert_eq!(bits, GOLDEN);
}

#[rustfmt::skip]
const GOLDEN: [[u64; 4]; 8] = [
    [0x4008000000000000, 0x4008000000000000, 0x3feccccccccccccc, 0x4008000000000000],
    [0x3ff999999999999a, 0x400e51eb851eb852, 0x3fe8000000000000, 0x4004000000000000],
    [0x3fe1d9fadcc0a055, 0x401a97b4a865dc41, 0x3fec88b3ee198f22, 0x4004000000000000],
    [0x3ff0ad4310da0903, 0x40490816dd1522b7, 0x401c38229065669a, 0x402e32f7ce2b56a5],
    [0x3ff368cc6e82f612, 0x40062ac08090e79b, 0x3fe13a907992f960, 0x3ffc9349c4c603ee],
    [0x40010da5645cd17c, 0x40111a4392bd7f7d, 0x3feae147ae147ae1, 0x4006666666666666],
    [0x400466a5fea31929, 0x4030483c63ded7cb, 0x400bdef57dd87a78, 0x401b8ae4e73cbb0a],
    [0x3ff0000000000000, 0x401c000000000000, 0x4000cccccccccccd, 0x4008000000000000],
];

#[test]
fn durations_are_drawn_in_whole_nanoseconds() {
    let hour = Span::secs(3600);
    let mean = Exponential { mean: hour };
    assert_eq!(mean.mean(), 3600.0);
    assert_eq!(mean.sample(0.5), Span::from_secs_f64(3600.0 * core::f64::consts::LN_2));
    assert_eq!(Constant { value: hour }.residual(0.25, 0.9), Span::secs(900));
}

#[test]
fn a_distribution_reads_as_people_write_it() {
    let spans = [
        ("30s", Constant { value: Span::secs(30) }),
        ("{ model: constant, value: 30s }", Constant { value: Span::secs(30) }),
        ("{ model: exponential, mean: 1h }", Exponential { mean: Span::secs(3600) }),
        (
            "{ shape: 0.64, model: weibull, scale: 10.5h }",
            Weibull { shape: 0.64, scale: Span::secs(37800) },
        ),
        ("{ model: pareto, shape: 2, min: 1min }", Pareto { shape: 2.0, min: Span::secs(60) }),
        (
            "model: lognormal\nmedian: 5min\nsigma: 1.6\n",
            Lognormal { median: Span::secs(300), sigma: 1.6 },
        ),
        ("{ model: list, values: [1s, 2s] }", List { values: vec![Span::secs(1), Span::secs(2)] }),
    ];
    for (text, want) in spans {
        let read: Distribution<Span> = serde_yaml::from_str(text).unwrap();
        assert_eq!(read, want, "{text}");
        let again = serde_yaml::from_str(&serde_yaml::to_string(&read).unwrap()).unwrap();
        assert_eq!(read, again, "{text}");
    }
    let amounts = [
        ("30", Constant { value: 30.0 }),
        ("-0.5", Constant { value: -0.5 }),
        ("{ model: uniform, min: 1, max: 2.5 }", Uniform { min: 1.0, max: 2.5 }),
    ];
    for (text, want) in amounts {
        assert_eq!(serde_yaml::from_str::<Distribution<f64>>(text).unwrap(), want, "{text}");
    }
}

#[test]
fn what_is_not_a_distribution_is_refused_with_what_would_be() {
    for (text, part) in [
        ("{ model: exponential, mean: 1h, shape: 2 }", "unknown field `shape`, expected `mean`"),
        ("{ model: exponentail, mean: 1h }", "unknown variant `exponentail`, expected one of"),
        ("{ model: exponential }", "missing field `mean`"),
        ("{ mean: 1h }", "missing field `model`"),
        ("{ model: exponential, mean: 5 }", "expected a duration such as 30s"),
        ("5", "expected a duration such as 30s"),
        ("soon", "\"soon\" is not a duration such as 30s"),
        ("[1s, 2s]", "expected a value, or a distribution such as"),
    ] {
        let error = serde_yaml::from_str::<Distribution<Span>>(text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn every_number_that_cannot_be_is_refused_with_what_can() {
    let zero = Span::ZERO;
    let said = |d: Distribution<Span>| -> Vec<String> {
        d.check().iter().map(|r| format!("{} {}", r.field, r.message)).collect()
    };
    let positive = "wants a positive duration such as 30min";
    assert_eq!(said(Exponential { mean: zero }), [format!("mean is \"0s\", {positive}")]);
    assert_eq!(
        said(Weibull { shape: 0.0, scale: zero }),
        [
            "shape is \"0\", wants a number from 0.1 to 100".to_string(),
            format!("scale is \"0s\", {positive}"),
        ]
    );
    assert_eq!(
        said(Pareto { shape: 1.0, min: Span::secs(1) }),
        ["shape is \"1\", wants a number above 1 (else there is no mean), up to 100"]
    );
    assert_eq!(
        said(Uniform { min: Span::secs(2), max: Span::secs(1) }),
        ["max is \"1s\", wants at least min, 2s"]
    );
    assert_eq!(
        said(Lognormal { median: Span::secs(2), sigma: f64::NAN }),
        ["sigma is \"NaN\", wants a number from 0 to 10"]
    );
    assert_eq!(said(List { values: vec![] }), ["values is \"[]\", wants at least one value"]);
    let list = List { values: vec![1.0, -2.0, f64::INFINITY] };
    let fields: Vec<String> = list.check().into_iter().map(|r| r.within("sizes").field).collect();
    assert_eq!(fields, ["sizes.values[1]", "sizes.values[2]"]);
    assert_eq!(one_of_each().iter().flat_map(Distribution::check).count(), 0);
}

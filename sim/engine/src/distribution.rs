//! Distributions that a scenario can name, sampled by inversion on the pinned `libm` alone, so
//! that a draw is the same number on every machine.

mod gamma;
pub(crate) mod normal;

use std::fmt::Display;

use compup2p_protocol::time::Span;
use serde::de::{DeserializeOwned, IntoDeserializer, MapAccess, Visitor, value};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a distribution is over: durations (`30s`), or plain amounts.
pub trait Unit: Copy + PartialOrd + Display + Serialize + DeserializeOwned {
    /// What a positive value looks like, for messages.
    const WANTED: &'static str;
    /// As a number: seconds, if a duration.
    fn number(self) -> f64;
    /// From a number, as [`Unit::number`] says it.
    fn of(number: f64) -> Self;
}

impl Unit for Span {
    const WANTED: &'static str = "a positive duration such as 30min";
    fn number(self) -> f64 {
        self.as_secs()
    }
    fn of(number: f64) -> Self {
        Self::from_secs_f64(number)
    }
}

impl Unit for f64 {
    const WANTED: &'static str = "a positive number";
    fn number(self) -> f64 {
        self
    }
    fn of(number: f64) -> Self {
        number
    }
}

/// A distribution over durations (`Distribution<Span>`) or amounts (`Distribution<f64>`).
///
/// Written `{ model: weibull, shape: 0.64, scale: 10.86h }`; a value alone (`30s`) is a constant.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "model", rename_all = "lowercase", deny_unknown_fields)]
#[serde(bound = "U: Unit")]
pub enum Distribution<U: Unit> {
    /// Always the same.
    Constant {
        /// What it always is.
        value: U,
    },
    /// Evenly between two ends.
    Uniform {
        /// The lower end.
        min: U,
        /// The upper end.
        max: U,
    },
    /// Without memory.
    Exponential {
        /// The mean.
        mean: U,
    },
    /// P(longer than x) = exp(-(x / scale)^shape).
    Weibull {
        /// Below 1: the older, the longer it will still live. From 0.1 to 100.
        shape: f64,
        /// 63 % are below.
        scale: U,
    },
    /// P(longer than x) = (min / x)^shape.
    Pareto {
        /// The tail index, above 1 (else there is no mean), up to 100.
        shape: f64,
        /// The least value.
        min: U,
    },
    /// The exponential of a normal.
    Lognormal {
        /// Half are below; e^mu, where a fit gives mu.
        median: U,
        /// Standard deviation of the logarithm, 0 to 10.
        sigma: f64,
    },
    /// One of the given values, each as likely.
    List {
        /// The values; one said twice is twice as likely.
        values: Vec<U>,
    },
}

/// A field that is refused: which, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The field's path from where the check began (`up.mean`); empty for the whole.
    pub field: String,
    /// What was found and what is wanted: `is "0s", wants a positive duration such as 30min`.
    pub message: String,
}

impl Refusal {
    /// Refuses `field`, which holds `found`.
    pub fn new(field: &str, found: impl Display, wanted: impl Display) -> Self {
        Self { field: field.to_string(), message: format!("is \"{found}\", wants {wanted}") }
    }

    /// The same, seen from the section that holds it under the name `section`.
    pub fn within(mut self, section: &str) -> Self {
        self.field = match self.field.as_str() {
            "" => section.to_string(),
            field => format!("{section}.{field}"),
        };
        self
    }
}

use Distribution::{Constant, Exponential, List, Lognormal, Pareto, Uniform, Weibull};

impl<U: Unit> Distribution<U> {
    /// A draw, from a `u` uniform in (0, 1); it grows with `u`, except for a list.
    pub fn sample(&self, u: f64) -> U {
        U::of(self.quantile(u))
    }

    /// What is left, at a random moment, of the period that is then running (the equilibrium
    /// residual life: density P(longer than x) / mean), from `u` and `v` uniform in (0, 1).
    /// Whoever starts with it has no start-up transient.
    pub fn residual(&self, u: f64, v: f64) -> U {
        U::of(self.residual_quantile(u, v))
    }

    /// The draw of [`Distribution::sample`] as a number (seconds, if a duration).
    pub fn quantile(&self, u: f64) -> f64 {
        match self {
            Constant { value } => value.number(),
            Uniform { min, max } => min.number() + (max.number() - min.number()) * u,
            Exponential { mean } => -mean.number() * libm::log1p(-u),
            Weibull { shape, scale } => scale.number() * libm::pow(-libm::log1p(-u), 1.0 / shape),
            Pareto { shape, min } => min.number() * libm::exp(-libm::log1p(-u) / shape),
            Lognormal { median, sigma } => median.number() * libm::exp(sigma * normal::inverse(u)),
            List { values } => {
                let place = (u * values.len() as f64) as usize;
                values.get(place.min(values.len().saturating_sub(1))).map_or(0.0, |v| v.number())
            }
        }
    }

    /// The draw of [`Distribution::residual`] as a number. `v` is used where the distribution of
    /// the residual has no inverse of its own: there it is a part `u` of a length-biased draw.
    pub fn residual_quantile(&self, u: f64, v: f64) -> f64 {
        match self {
            Constant { value } => value.number() * u,
            Uniform { min, max } => uniform_residual(min.number(), max.number(), u),
            Exponential { .. } => self.quantile(u),
            Weibull { shape, scale } => scale.number() * gamma::weibull_residual(*shape, u),
            Pareto { shape, min } => {
                // Density 1 / mean up to `min`, then a Pareto tail of index shape - 1.
                let above = shape * (1.0 - u);
                if above >= 1.0 {
                    u * self.mean()
                } else {
                    min.number() * libm::exp(-libm::log(above) / (shape - 1.0))
                }
            }
            Lognormal { median, sigma } => {
                // Length-biased, a lognormal has its mu moved by sigma squared.
                u * median.number() * libm::exp(sigma * (sigma + normal::inverse(v)))
            }
            List { values } => {
                let mut rest = v * values.iter().map(|value| value.number()).sum::<f64>();
                let biased = values.iter().map(|value| value.number()).find(|&value| {
                    rest -= value;
                    rest < 0.0
                });
                u * biased.or(values.last().map(|v| v.number())).unwrap_or(0.0)
            }
        }
    }

    /// The mean, as a number (seconds, if a duration).
    pub fn mean(&self) -> f64 {
        match self {
            Constant { value } => value.number(),
            Uniform { min, max } => (min.number() + max.number()) / 2.0,
            Exponential { mean } => mean.number(),
            Weibull { shape, scale } => scale.number() * libm::tgamma(1.0 + 1.0 / shape),
            Pareto { shape, min } => min.number() * shape / (shape - 1.0),
            Lognormal { median, sigma } => median.number() * libm::exp(sigma * sigma / 2.0),
            List { values } => {
                values.iter().map(|v| v.number()).sum::<f64>() / values.len().max(1) as f64
            }
        }
    }

    /// Everything about it that is refused; empty if nothing is. Of what is not refused, every
    /// draw is finite and not negative, and so is the mean.
    pub fn check(&self) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        match self {
            Constant { value } => refuse_negative(&mut refusals, "value", *value),
            Uniform { min, max } => {
                refuse_negative(&mut refusals, "min", *min);
                refuse_negative(&mut refusals, "max", *max);
                if refusals.is_empty() && min > max {
                    refusals.push(Refusal::new("max", max, format_args!("at least min, {min}")));
                }
            }
            Exponential { mean } => refuse_not_positive(&mut refusals, "mean", *mean),
            Weibull { shape, scale } => {
                if !(0.1..=100.0).contains(shape) {
                    refusals.push(Refusal::new("shape", shape, "a number from 0.1 to 100"));
                }
                refuse_not_positive(&mut refusals, "scale", *scale);
            }
            Pareto { shape, min } => {
                if !(*shape > 1.0 && *shape <= 100.0) {
                    let wanted = "a number above 1 (else there is no mean), up to 100";
                    refusals.push(Refusal::new("shape", shape, wanted));
                }
                refuse_not_positive(&mut refusals, "min", *min);
            }
            Lognormal { median, sigma } => {
                refuse_not_positive(&mut refusals, "median", *median);
                if !(0.0..=10.0).contains(sigma) {
                    refusals.push(Refusal::new("sigma", sigma, "a number from 0 to 10"));
                }
            }
            List { values } => {
                if values.is_empty() {
                    refusals.push(Refusal::new("values", "[]", "at least one value"));
                }
                for (place, value) in values.iter().enumerate() {
                    refuse_negative(&mut refusals, &format!("values[{place}]"), *value);
                }
            }
        }
        refusals
    }
}

/// The larger numbers are refused: sums and means must stay finite.
const NUMBER_MAX: f64 = 1e100;

fn refuse_negative<U: Unit>(refusals: &mut Vec<Refusal>, field: &str, value: U) {
    if !(0.0..=NUMBER_MAX).contains(&value.number()) {
        refusals.push(Refusal::new(field, value, format_args!("zero or {}", U::WANTED)));
    }
}

fn refuse_not_positive<U: Unit>(refusals: &mut Vec<Refusal>, field: &str, value: U) {
    if !(value.number() > 0.0 && value.number() <= NUMBER_MAX) {
        refusals.push(Refusal::new(field, value, U::WANTED));
    }
}

/// Density 1 / mean up to `min`, from there falling in a straight line to 0 at `max`.
fn uniform_residual(min: f64, max: f64, u: f64) -> f64 {
    let area = u * (min + max) / 2.0;
    if area <= min {
        return area;
    }
    let left = (1.0 - u) * (min + max) / 2.0;
    max - libm::sqrt(2.0 * (max - min) * left)
}

impl<U: Unit> Serialize for Distribution<U> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de, U: Unit> Deserialize<'de> for Distribution<U> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written<U>(std::marker::PhantomData<U>);
        fn constant<U: Unit, E: serde::de::Error>(
            value: impl IntoDeserializer<'static, E>,
        ) -> Result<Distribution<U>, E> {
            U::deserialize(value.into_deserializer()).map(|value| Constant { value })
        }
        impl<'de, U: Unit> Visitor<'de> for Written<U> {
            type Value = Distribution<U>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "a value, or a distribution such as {{ model: exponential, mean: ... }}")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                constant(text.to_string())
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
                constant(number)
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Self::Value, E> {
                constant(number)
            }
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Self::Value, E> {
                constant(number)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Distribution::deserialize(value::MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_any(Written(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests;

//! Delay: a length of time that is fixed, or drawn from a distribution.

use core::str::FromStr;

use compup2p_protocol::time::{NotASpan, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::choice::{Choice, word_or_map};
use super::complaint::Complaint;

/// A delay of one part of the way: written as a duration, or as a map with a model.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
#[serde(into = "Flat")]
pub enum Delay {
    /// Always the same.
    Constant(Span),
    /// Uniformly from `min` (included) to `max` (excluded).
    Uniform {
        /// The least.
        min: Span,
        /// The most.
        max: Span,
    },
    /// Exponentially.
    Exponential {
        /// The mean.
        mean: Span,
    },
}

impl Delay {
    /// Everything that is wrong with it. A constant may be zero.
    pub fn check(&self) -> Vec<Complaint> {
        match *self {
            Self::Constant(_) => Vec::new(),
            Self::Uniform { min, max } if min > max => {
                let wanted = format!("a duration not below min, which is {min}");
                vec![Complaint::new("max", max, &wanted)]
            }
            Self::Uniform { max, .. } => positive("max", max),
            Self::Exponential { mean } => positive("mean", mean),
        }
    }

    /// The delay that `bits` draw.
    #[inline]
    pub fn draw(&self, bits: u64) -> Span {
        match *self {
            Self::Constant(delay) => delay,
            Self::Uniform { min, max } => min + (max - min).fraction(bits),
            Self::Exponential { mean } => exponential(mean.0 as f64, bits),
        }
    }
}

/// An exponential draw with `mean` nanoseconds, by inversion. At most 36.7 means.
#[inline]
pub(super) fn exponential(mean: f64, bits: u64) -> Span {
    // From 2^-53 to 1, both included: the logarithm is finite.
    let unit = ((bits >> 11) + 1) as f64 * (1.0 / (1u64 << 53) as f64);
    Span((-libm::log(unit) * mean) as u64)
}

/// Complains about a `span` of zero.
pub(super) fn positive(field: &str, span: Span) -> Vec<Complaint> {
    if span == Span::ZERO {
        vec![Complaint::new(field, span, "a positive duration such as 50ms")]
    } else {
        Vec::new()
    }
}

impl FromStr for Delay {
    type Err = NotASpan;

    fn from_str(word: &str) -> Result<Self, NotASpan> {
        word.parse().map(Self::Constant)
    }
}

impl<'de> Deserialize<'de> for Delay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word_or_map::<Self, Flat, D>(deserializer, "a duration such as 5ms, or a map with a model")
    }
}

#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Model {
    Constant,
    Uniform,
    Exponential,
}

/// [`Delay`] as YAML shows it.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Flat {
    model: Model,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delay: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mean: Option<Span>,
}

impl TryFrom<Flat> for Delay {
    type Error = String;

    fn try_from(mut flat: Flat) -> Result<Self, String> {
        let name = match flat.model {
            Model::Constant => "constant",
            Model::Uniform => "uniform",
            Model::Exponential => "exponential",
        };
        let mut choice = Choice::new("model", name);
        let delay = match flat.model {
            Model::Constant => Self::Constant(choice.wants("delay", &mut flat.delay, Span::ZERO)),
            Model::Uniform => Self::Uniform {
                min: choice.wants("min", &mut flat.min, Span::ZERO),
                max: choice.wants("max", &mut flat.max, Span::ZERO),
            },
            Model::Exponential => {
                Self::Exponential { mean: choice.wants("mean", &mut flat.mean, Span::ZERO) }
            }
        };
        let left = [
            ("delay", flat.delay.is_some()),
            ("min", flat.min.is_some()),
            ("max", flat.max.is_some()),
            ("mean", flat.mean.is_some()),
        ];
        choice.end(delay, &left)
    }
}

impl From<Delay> for Flat {
    fn from(delay: Delay) -> Self {
        let flat = |model| Self { model, delay: None, min: None, max: None, mean: None };
        match delay {
            Delay::Constant(delay) => Self { delay: Some(delay), ..flat(Model::Constant) },
            Delay::Uniform { min, max } => {
                Self { min: Some(min), max: Some(max), ..flat(Model::Uniform) }
            }
            Delay::Exponential { mean } => Self { mean: Some(mean), ..flat(Model::Exponential) },
        }
    }
}

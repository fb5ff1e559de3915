//! Jitter: what varies from message to message on top of the latency [ours].

use core::str::FromStr;

use compup2p_protocol::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::choice::{Choice, word_or_map};
use super::complaint::Complaint;
use super::delay::{exponential, positive};

/// What varies from message to message on top of the latency. `none`, or a map with a model.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
#[serde(into = "Flat")]
pub enum Jitter {
    /// Nothing.
    #[default]
    None,
    /// The latency times a factor drawn uniformly from 1 - `fraction` to 1 + `fraction`: the mean
    /// stays.
    Relative {
        /// At most 1.
        fraction: f64,
    },
    /// An exponential extra delay: the mean grows by `mean`.
    Exponential {
        /// The mean of the extra.
        mean: Span,
    },
}

impl Jitter {
    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<Complaint> {
        match *self {
            Self::None => Vec::new(),
            Self::Relative { fraction } if (0.0..=1.0).contains(&fraction) => Vec::new(),
            Self::Relative { fraction } => {
                vec![Complaint::new("fraction", fraction, "a number from 0 to 1 such as 0.1")]
            }
            Self::Exponential { mean } => positive("mean", mean),
        }
    }

    /// `delay` with the jitter that `bits` draw.
    #[inline]
    pub fn applied(&self, delay: Span, bits: u32) -> Span {
        match *self {
            Self::None => delay,
            Self::Relative { fraction } => {
                let unit = f64::from(bits) / 4_294_967_295.0;
                Span((delay.0 as f64 * (1.0 + fraction * (2.0 * unit - 1.0))) as u64)
            }
            Self::Exponential { mean } => {
                // The 32 bits on top, ones below: within 2^-32 of what 64 bits would draw.
                delay + exponential(mean.0 as f64, u64::from(bits) << 32 | 0xffff_ffff)
            }
        }
    }
}

impl FromStr for Jitter {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "none" => Ok(Self::None),
            _ => Err(format!("\"{word}\", wants none, or a map with a model")),
        }
    }
}

impl<'de> Deserialize<'de> for Jitter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word_or_map::<Self, Flat, D>(deserializer, "none, or a map with a model")
    }
}

#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Model {
    None,
    Relative,
    Exponential,
}

/// [`Jitter`] as YAML shows it.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Flat {
    model: Model,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fraction: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mean: Option<Span>,
}

impl TryFrom<Flat> for Jitter {
    type Error = String;

    fn try_from(mut flat: Flat) -> Result<Self, String> {
        let name = match flat.model {
            Model::None => "none",
            Model::Relative => "relative",
            Model::Exponential => "exponential",
        };
        let mut choice = Choice::new("model", name);
        let jitter = match flat.model {
            Model::None => Self::None,
            Model::Relative => {
                Self::Relative { fraction: choice.wants("fraction", &mut flat.fraction, 0.0) }
            }
            Model::Exponential => {
                Self::Exponential { mean: choice.wants("mean", &mut flat.mean, Span::ZERO) }
            }
        };
        let left = [("fraction", flat.fraction.is_some()), ("mean", flat.mean.is_some())];
        choice.end(jitter, &left)
    }
}

impl From<Jitter> for Flat {
    fn from(jitter: Jitter) -> Self {
        let flat = |model| Self { model, fraction: None, mean: None };
        match jitter {
            Jitter::None => flat(Model::None),
            Jitter::Relative { fraction } => {
                Self { fraction: Some(fraction), ..flat(Model::Relative) }
            }
            Jitter::Exponential { mean } => Self { mean: Some(mean), ..flat(Model::Exponential) },
        }
    }
}

//! Latency: how long a message is under way in one direction, as a scenario says it.

use compup2p_protocol::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::choice::Choice;
use super::complaint::Complaint;
use super::delay::{Delay, positive};

/// The mean one-way latency where a scenario says nothing (the setting of the Chord paper).
pub const MEAN: Span = Span::millis(50);
/// The side of the plane where a scenario says nothing: with [`ACCESS`] a mean of 50 ms [ours].
pub const SIDE: Span = Span::millis(80);
/// The access delay of each end where a scenario says nothing [ours].
pub const ACCESS: Span = Span::millis(4);

/// The one-way latency of a message, before jitter. Never less than 1 ns.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Flat", into = "Flat")]
pub enum Latency {
    /// The same for every message.
    Constant {
        /// One way.
        delay: Span,
    },
    /// Drawn for each message, uniformly from `min` (included) to `max` (excluded).
    Uniform {
        /// The least, one way.
        min: Span,
        /// The most, one way.
        max: Span,
    },
    /// Drawn for each message, exponentially.
    Exponential {
        /// The mean, one way.
        mean: Span,
    },
    /// Hosts lie uniformly on a square plane. A message takes a time proportional to the straight
    /// distance, plus the access delay of each end [ours].
    Coordinates {
        /// The plane's side, as the time a message takes along it. The mean distance of two hosts
        /// is 0.5214 of it.
        side: Span,
        /// The access delay of a host, drawn once for it and paid at either end.
        access: Delay,
    },
    /// Looked up in a file of measured times, n by n; see [`super::matrix`].
    Matrix {
        /// The file, as the user wrote it. Reading it is not the engine's work.
        file: String,
        /// What one of its numbers counts.
        unit: Unit,
        /// Whether it holds round trips or single ways.
        kind: Kind,
    },
}

/// What one number of a matrix file counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Unit {
    /// Seconds.
    S,
    /// Milliseconds.
    Ms,
    /// Microseconds.
    Us,
}

/// What a matrix file holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Kind {
    /// Round-trip times; one way is half of one.
    #[default]
    Rtt,
    /// Times of one way, from the row's host to the column's.
    OneWay,
}

impl Default for Latency {
    fn default() -> Self {
        Self::Exponential { mean: MEAN }
    }
}

impl Latency {
    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<Complaint> {
        match self {
            Self::Constant { delay } => positive("delay", *delay),
            Self::Uniform { min, max } => Delay::Uniform { min: *min, max: *max }.check(),
            Self::Exponential { mean } => positive("mean", *mean),
            Self::Coordinates { side, access } => {
                let mut wrong = positive("side", *side);
                wrong.extend(access.check().into_iter().map(|c| c.within("access")));
                wrong
            }
            Self::Matrix { file, .. } if file.trim().is_empty() => {
                vec![Complaint::new("file", file, "the path of a file of round-trip times")]
            }
            Self::Matrix { .. } => Vec::new(),
        }
    }
}

#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Model {
    Constant,
    Uniform,
    #[default]
    Exponential,
    Coordinates,
    Matrix,
}

/// [`Latency`] as YAML shows it.
#[derive(Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub(crate) struct Flat {
    model: Model,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mean: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    side: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<Delay>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<Unit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Kind>,
}

impl TryFrom<Flat> for Latency {
    type Error = String;

    fn try_from(mut flat: Flat) -> Result<Self, String> {
        let name = match flat.model {
            Model::Constant => "constant",
            Model::Uniform => "uniform",
            Model::Exponential => "exponential",
            Model::Coordinates => "coordinates",
            Model::Matrix => "matrix",
        };
        let mut choice = Choice::new("model", name);
        let latency = match flat.model {
            Model::Constant => Self::Constant { delay: flat.delay.take().unwrap_or(MEAN) },
            Model::Uniform => Self::Uniform {
                min: choice.wants("min", &mut flat.min, Span::ZERO),
                max: choice.wants("max", &mut flat.max, Span::ZERO),
            },
            Model::Exponential => Self::Exponential { mean: flat.mean.take().unwrap_or(MEAN) },
            Model::Coordinates => Self::Coordinates {
                side: flat.side.take().unwrap_or(SIDE),
                access: flat.access.take().unwrap_or(Delay::Constant(ACCESS)),
            },
            Model::Matrix => Self::Matrix {
                file: choice.wants("file", &mut flat.file, String::new()),
                unit: choice.wants("unit", &mut flat.unit, Unit::S),
                kind: flat.kind.take().unwrap_or_default(),
            },
        };
        let left = [
            ("delay", flat.delay.is_some()),
            ("min", flat.min.is_some()),
            ("max", flat.max.is_some()),
            ("mean", flat.mean.is_some()),
            ("side", flat.side.is_some()),
            ("access", flat.access.is_some()),
            ("file", flat.file.is_some()),
            ("unit", flat.unit.is_some()),
            ("kind", flat.kind.is_some()),
        ];
        choice.end(latency, &left)
    }
}

impl From<Latency> for Flat {
    fn from(latency: Latency) -> Self {
        let flat = |model| Self { model, ..Self::default() };
        match latency {
            Latency::Constant { delay } => Self { delay: Some(delay), ..flat(Model::Constant) },
            Latency::Uniform { min, max } => {
                Self { min: Some(min), max: Some(max), ..flat(Model::Uniform) }
            }
            Latency::Exponential { mean } => Self { mean: Some(mean), ..flat(Model::Exponential) },
            Latency::Coordinates { side, access } => {
                Self { side: Some(side), access: Some(access), ..flat(Model::Coordinates) }
            }
            Latency::Matrix { file, unit, kind } => {
                let flat = flat(Model::Matrix);
                Self { file: Some(file), unit: Some(unit), kind: Some(kind), ..flat }
            }
        }
    }
}

//! Who is up when: sessions drawn from distributions or published fits, turnover at a steady
//! size, or a trace. A pure function of (seed, who, nth): variants that are compared meet the
//! same churn.

pub mod preset;
pub mod sessions;
pub mod trace;
pub mod turnover;

use std::path::PathBuf;

use compup2p_protocol::time::Span;
use schemars::JsonSchema;
use serde::de::{Error, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

use crate::distribution::{Distribution, Refusal, Unit};
use preset::{Family, Preset};

/// How nodes come and go: the section `churn:` of a scenario. Without it, all stay.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Churn {
    /// How long nodes are up and down: `none`; a published fit (`skype06`); distributions
    /// (`{ up: .., down: .. }`); or turnover at a steady size (`{ joins_per_s: 0.05 }`).
    pub sessions: SessionModel,
    /// A file of sessions that were measured, `.avt` (`id n start stop ...`) or CSV
    /// (`node,start_s,stop_s`), times in seconds from the trace's beginning. Node i follows row
    /// i modulo the number of rows. Where a trace is given, it is followed and `sessions` is not,
    /// so that a trace can be set on top of any scenario.
    pub trace: Option<PathBuf>,
    /// Whether a trace starts again when its last session has ended; else nodes then stay down.
    pub trace_repeats: bool,
    /// The share of departures that are announced (a leave); the others are crashes. 0 to 1.
    pub graceful_fraction: f64,
    /// When churn begins: until then nodes stay as they are at the start. A trace begins here.
    pub start_at: Span,
    /// When churn ends: from then on nodes stay as they are. Without it, never.
    pub stop_at: Option<Span>,
    /// Multiplies every up time, down time, gap, and time of a trace: 0.5 is twice the churn.
    pub time_scale: f64,
}

impl Default for Churn {
    fn default() -> Self {
        Self {
            sessions: SessionModel::None,
            trace: None,
            trace_repeats: false,
            graceful_fraction: 0.5,
            start_at: Span::ZERO,
            stop_at: None,
            time_scale: 1.0,
        }
    }
}

/// How long nodes are up and down: the field `churn.sessions`.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum SessionModel {
    /// All nodes are up, always. Written `none`.
    #[default]
    None,
    /// A published fit of a real system. Written `skype06`, or
    /// `{ preset: skype06, family: lognormal }`.
    Preset {
        /// The system that was measured.
        preset: Preset,
        /// The family of distributions that was fitted; Weibull unless said.
        family: Family,
    },
    /// Alternating up and down times, each from its distribution. Written
    /// `{ up: { model: exponential, mean: 2h }, down: 20min }`.
    UpDown {
        /// How long a node is up.
        up: Distribution<Span>,
        /// How long it is then down.
        down: Distribution<Span>,
    },
    /// `nodes` are up at all times: at the moments of a Poisson process one leaves and another
    /// joins (Chord, 6.4, whose rates go from 0.05 to 0.4). Who may join waits in a reserve
    /// besides `nodes`. Written `{ joins_per_s: 0.05 }`.
    Turnover {
        /// Mean number of joins a second; as many leave.
        joins_per_s: f64,
    },
}

/// More joins a second than this are refused: a gap must be longer than a few nanoseconds.
const JOINS_PER_S_MAX: f64 = 1e6;
/// Time scales outside 1/this..=this are refused.
const TIME_SCALE_MAX: f64 = 1e6;

impl Churn {
    /// Everything in this section that is refused; empty if nothing is.
    pub fn check(&self) -> Vec<Refusal> {
        let mut refusals: Vec<_> =
            self.sessions.check().into_iter().map(|refusal| refusal.within("sessions")).collect();
        let mut refuse = |ok: bool, field: &str, found: f64, wanted: &str| {
            if !ok {
                refusals.push(Refusal::new(field, found, wanted));
            }
        };
        let graceful = self.graceful_fraction;
        refuse((0.0..=1.0).contains(&graceful), "graceful_fraction", graceful, "a share, 0 to 1");
        refuse(
            (1.0 / TIME_SCALE_MAX..=TIME_SCALE_MAX).contains(&self.time_scale),
            "time_scale",
            self.time_scale,
            "a positive factor, 0.000001 to 1000000",
        );
        if let Some(stop_at) = self.stop_at.filter(|stop_at| *stop_at < self.start_at) {
            let wanted = format!("a time not before start_at, {}", self.start_at);
            refusals.push(Refusal::new("stop_at", stop_at, wanted));
        }
        if self.trace_repeats && self.trace.is_none() {
            let wanted = "a trace to repeat: set trace, or leave this out";
            refusals.push(Refusal::new("trace_repeats", true, wanted));
        }
        refusals
    }
}

impl SessionModel {
    /// Everything about it that is refused; empty if nothing is.
    pub fn check(&self) -> Vec<Refusal> {
        match self {
            Self::None | Self::Preset { .. } => Vec::new(),
            Self::UpDown { up, down } => {
                [("up", up), ("down", down)].into_iter().flat_map(check_period).collect()
            }
            Self::Turnover { joins_per_s } => {
                if *joins_per_s > 0.0 && *joins_per_s <= JOINS_PER_S_MAX {
                    return Vec::new();
                }
                let wanted = "a positive number of joins a second, up to 1000000";
                vec![Refusal::new("joins_per_s", joins_per_s, wanted)]
            }
        }
    }

    /// The distributions of up and of down times, where nodes have such.
    pub fn up_down(&self) -> Option<(Distribution<Span>, Distribution<Span>)> {
        match self {
            Self::None | Self::Turnover { .. } => None,
            Self::Preset { preset, family } => Some(preset.up_down(*family)),
            Self::UpDown { up, down } => Some((up.clone(), down.clone())),
        }
    }
}

/// What is refused of the distribution of a period, which cannot be zero on the whole.
fn check_period((field, period): (&str, &Distribution<Span>)) -> Vec<Refusal> {
    let mut refusals = period.check();
    if refusals.is_empty() && period.mean() <= 0.0 {
        refusals.push(Refusal::new("", "0s", Span::WANTED));
    }
    refusals.into_iter().map(|refusal| refusal.within(field)).collect()
}

/// `sessions:` as written, when it is not one word.
#[derive(Serialize, Deserialize, Default, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    preset: Option<Preset>,
    #[serde(skip_serializing_if = "Option::is_none")]
    family: Option<Family>,
    #[serde(skip_serializing_if = "Option::is_none")]
    up: Option<Distribution<Span>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    down: Option<Distribution<Span>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    joins_per_s: Option<f64>,
}

const SESSIONS_WANTED: &str = "sessions wants none, a preset such as skype06, \
    { preset: .., family: .. }, { up: .., down: .. }, or { joins_per_s: .. }";

impl TryFrom<Written> for SessionModel {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written { preset: Some(preset), family, up: None, down: None, joins_per_s: None } => {
                Ok(Self::Preset { preset, family: family.unwrap_or_default() })
            }
            Written {
                up: Some(up),
                down: Some(down),
                preset: None,
                family: None,
                joins_per_s: None,
            } => Ok(Self::UpDown { up, down }),
            Written {
                joins_per_s: Some(joins_per_s),
                preset: None,
                family: None,
                up: None,
                down: None,
            } => Ok(Self::Turnover { joins_per_s }),
            Written { preset: None, family: None, up, down, joins_per_s: None }
                if up.is_some() != down.is_some() =>
            {
                let missing = if up.is_some() { "down" } else { "up" };
                Err(format!("missing field `{missing}`: {SESSIONS_WANTED}"))
            }
            _ => Err(format!("these fields do not go together: {SESSIONS_WANTED}")),
        }
    }
}

impl Serialize for SessionModel {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut written = Written::default();
        match self.clone() {
            Self::None => return serializer.serialize_str("none"),
            Self::Preset { preset, family } => {
                written.preset = Some(preset);
                written.family = Some(family);
            }
            Self::UpDown { up, down } => {
                written.up = Some(up);
                written.down = Some(down);
            }
            Self::Turnover { joins_per_s } => written.joins_per_s = Some(joins_per_s),
        }
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SessionModel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = SessionModel;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(SESSIONS_WANTED)
            }
            fn visit_str<E: Error>(self, word: &str) -> Result<SessionModel, E> {
                if word == "none" {
                    return Ok(SessionModel::None);
                }
                let preset = Preset::named(word).ok_or_else(|| {
                    let names = Preset::ALL.map(Preset::name).join(", ");
                    E::custom(format!("\"{word}\", wants none or a preset: {names}"))
                })?;
                Ok(SessionModel::Preset { preset, family: Family::default() })
            }
            fn visit_unit<E: Error>(self) -> Result<SessionModel, E> {
                Ok(SessionModel::None)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SessionModel, A::Error> {
                let written = Written::deserialize(MapAccessDeserializer::new(map))?;
                written.try_into().map_err(A::Error::custom)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests;

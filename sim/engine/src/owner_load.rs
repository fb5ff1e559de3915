//! How much of their machines owners use themselves: always the same, by day and night, or as it
//! was measured. A pure function of (seed, host, time): variants that are compared meet the same
//! owners.

pub mod diurnal;
pub mod owners;
pub mod trace;

use crate::network::choice::Choice;
use crate::network::complaint::Complaint;
use compup2p_protocol::idle::OwnerLoad;
use compup2p_protocol::time::Span;
use diurnal::Diurnal;
use schemars::JsonSchema;
use serde::de::{Error, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// What owners use of their machines: the section `owner_load:` of a scenario.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OwnerLoads {
    /// The share of a machine that its owner uses, over time; by default nothing.
    pub load: LoadModel,
    /// How often a node looks at its owner's load. A load that is always the same is looked at
    /// once.
    pub interval: Span,
    /// How far ahead a node estimates what stays idle (T of the paper): it offers its capacity
    /// less the load's moving average over about this time.
    pub horizon: Span,
}

impl Default for OwnerLoads {
    fn default() -> Self {
        let load = LoadModel::Constant { load: 0.0 };
        Self { load, interval: Span::secs(300), horizon: Span::secs(3600) }
    }
}

/// The share of a machine that its owner uses, over time: the field `owner_load.load`.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(into = "Flat")]
pub enum LoadModel {
    /// Always the same. Written `0.3`, or `{ model: constant, load: 0.3 }`.
    Constant {
        /// What it always is, 0 to 1.
        load: f64,
    },
    /// By day and night.
    Diurnal(Diurnal),
    /// As it was measured; see [`trace`].
    Trace {
        /// The file, as the user wrote it. Reading it is not the engine's work.
        file: String,
        /// The time from one of its numbers to the next.
        step: Span,
    },
}

/// The step of a trace where a scenario says nothing: that of the PlanetLab traces.
const STEP: Span = Span::secs(300);

impl OwnerLoads {
    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<Complaint> {
        let mut wrong: Vec<_> = self.load.check().into_iter().map(|c| c.within("load")).collect();
        positive(&mut wrong, "interval", self.interval);
        positive(&mut wrong, "horizon", self.horizon);
        wrong
    }
}

impl LoadModel {
    /// Everything that is wrong with it.
    pub fn check(&self) -> Vec<Complaint> {
        let mut wrong = Vec::new();
        match self {
            Self::Constant { load } => share(&mut wrong, "load", *load),
            Self::Diurnal(diurnal) => wrong = diurnal.check(),
            Self::Trace { file, step } => {
                if file.trim().is_empty() {
                    let wanted = "the path of a file of loads";
                    wrong.push(Complaint::new("file", file, wanted));
                }
                positive(&mut wrong, "step", *step);
            }
        }
        wrong
    }
}

/// Complains about a `span` of zero.
fn positive(wrong: &mut Vec<Complaint>, field: &str, span: Span) {
    if span == Span::ZERO {
        wrong.push(Complaint::new(field, span, "a positive duration such as 5min"));
    }
}

/// Complains about what is no share.
fn share(wrong: &mut Vec<Complaint>, field: &str, share: f64) {
    if !(0.0..=1.0).contains(&share) {
        wrong.push(Complaint::new(field, share, "a share from 0 to 1"));
    }
}

/// The load nearest to a share of a machine; below 0 it is none, above 1 it is full.
fn nearest(share: f64) -> OwnerLoad {
    OwnerLoad::new((share * f64::from(OwnerLoad::PARTS) + 0.5) as u16)
}

#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
enum Model {
    Constant,
    Diurnal,
    Trace,
}

/// [`LoadModel`] as YAML shows it.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct Flat {
    model: Model,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    load: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    night: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    day: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    peak: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    noise: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phase: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    step: Option<Span>,
}

impl TryFrom<Flat> for LoadModel {
    type Error = String;

    fn try_from(mut flat: Flat) -> Result<Self, String> {
        let name = match flat.model {
            Model::Constant => "constant",
            Model::Diurnal => "diurnal",
            Model::Trace => "trace",
        };
        let mut choice = Choice::new("model", name);
        let model = match flat.model {
            Model::Constant => Self::Constant { load: choice.wants("load", &mut flat.load, 0.0) },
            Model::Diurnal => Self::Diurnal(Diurnal {
                night: choice.wants("night", &mut flat.night, 0.0),
                day: choice.wants("day", &mut flat.day, 0.0),
                peak: flat.peak.take().unwrap_or(diurnal::PEAK),
                noise: flat.noise.take().unwrap_or(0.0),
                phase: flat.phase.take().unwrap_or(Span::ZERO),
            }),
            Model::Trace => Self::Trace {
                file: choice.wants("file", &mut flat.file, String::new()),
                step: flat.step.take().unwrap_or(STEP),
            },
        };
        let left = [
            ("load", flat.load.is_some()),
            ("night", flat.night.is_some()),
            ("day", flat.day.is_some()),
            ("peak", flat.peak.is_some()),
            ("noise", flat.noise.is_some()),
            ("phase", flat.phase.is_some()),
            ("file", flat.file.is_some()),
            ("step", flat.step.is_some()),
        ];
        choice.end(model, &left)
    }
}

impl From<LoadModel> for Flat {
    fn from(model: LoadModel) -> Self {
        let flat = |model| Self {
            model,
            load: None,
            night: None,
            day: None,
            peak: None,
            noise: None,
            phase: None,
            file: None,
            step: None,
        };
        match model {
            LoadModel::Constant { load } => Self { load: Some(load), ..flat(Model::Constant) },
            LoadModel::Diurnal(Diurnal { night, day, peak, noise, phase }) => Self {
                night: Some(night),
                day: Some(day),
                peak: Some(peak),
                noise: Some(noise),
                phase: Some(phase),
                ..flat(Model::Diurnal)
            },
            LoadModel::Trace { file, step } => {
                Self { file: Some(file), step: Some(step), ..flat(Model::Trace) }
            }
        }
    }
}

impl<'de> Deserialize<'de> for LoadModel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = LoadModel;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a share from 0 to 1, or a map with a model")
            }
            fn visit_f64<E: Error>(self, load: f64) -> Result<LoadModel, E> {
                Ok(LoadModel::Constant { load })
            }
            fn visit_u64<E: Error>(self, load: u64) -> Result<LoadModel, E> {
                self.visit_f64(load as f64)
            }
            fn visit_i64<E: Error>(self, load: i64) -> Result<LoadModel, E> {
                self.visit_f64(load as f64)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<LoadModel, A::Error> {
                let flat = Flat::deserialize(MapAccessDeserializer::new(map))?;
                flat.try_into().map_err(A::Error::custom)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> OwnerLoads {
        serde_yaml::from_str(yaml).unwrap_or_else(|error| panic!("{yaml}: {error}"))
    }

    #[test]
    fn by_default_owners_are_away() {
        assert_eq!(read("{}"), OwnerLoads::default());
        assert_eq!(OwnerLoads::default().load, LoadModel::Constant { load: 0.0 });
        assert_eq!(OwnerLoads::default().check(), []);
    }

    #[test]
    fn each_model_is_written_as_it_is_read() {
        let (peak, phase) = (diurnal::PEAK, Span::ZERO);
        let diurnal = Diurnal { night: 0.1, day: 0.8, peak, noise: 0.0, phase };
        let trace = LoadModel::Trace { file: "x.csv".to_owned(), step: STEP };
        for (yaml, load) in [
            ("{load: 1}", LoadModel::Constant { load: 1.0 }),
            ("{load: {model: constant, load: 0.25}}", LoadModel::Constant { load: 0.25 }),
            ("{load: {model: diurnal, night: 0.1, day: 0.8}}", LoadModel::Diurnal(diurnal)),
            ("{load: {model: trace, file: x.csv}}", trace),
        ] {
            let section = read(yaml);
            assert_eq!((&section.load, section.check()), (&load, Vec::new()), "{yaml}");
            assert_eq!(read(&serde_yaml::to_string(&section).unwrap()), section);
        }
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let told = |yaml| -> Vec<_> { read(yaml).check().iter().map(|c| c.to_string()).collect() };
        assert_eq!(
            told("{interval: 0s, horizon: 0s, load: 2}"),
            [
                "load.load is \"2\", wants a share from 0 to 1",
                "interval is \"0s\", wants a positive duration such as 5min",
                "horizon is \"0s\", wants a positive duration such as 5min",
            ]
        );
        assert_eq!(
            told("{load: {model: trace, file: '', step: 0s}}"),
            [
                "load.file is \"\", wants the path of a file of loads",
                "load.step is \"0s\", wants a positive duration such as 5min",
            ]
        );
    }
}

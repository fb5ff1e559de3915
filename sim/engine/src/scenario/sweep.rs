//! Sweep: parameters that take several values in turn, crossed. Each combination is a point: the
//! scenario with these values set, as `--set` sets them, and checked like any scenario.

mod label;
mod number;
mod path;
mod range;
mod swept;

pub(crate) use path::ZIP;
pub(crate) use swept::Swept;

use super::tree::Mark;
use serde::de::IgnoredAny;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

/// Most points of a sweep.
pub const POINTS_MAX: usize = 10_000;

/// One swept path at one point: the path, and its value as it is written in tables.
pub type Setting = (String, String);

/// The swept paths with their values, as they are written in tables; empty if nothing is swept.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Sweep(Arc<[Axis]>);

/// Paths that change together, from one value to the next; mostly it is one path.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Axis(Vec<(String, Vec<String>)>);

impl Sweep {
    /// Whether nothing is swept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The swept paths, in order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|axis| &axis.0).map(|(path, _)| path.as_str())
    }

    /// Whether each path, in order, changes with the one before it.
    pub fn follows(&self) -> impl Iterator<Item = bool> {
        self.0.iter().flat_map(|axis| (0..axis.0.len()).map(|nth| nth > 0))
    }

    /// The paths that change together, axis by axis: the place of each among all paths.
    pub fn axes(&self) -> impl Iterator<Item = Vec<usize>> {
        let mut places = 0..;
        let of = move |Axis(paths): &'_ Axis| -> Vec<usize> {
            paths.iter().zip(places.by_ref()).map(|(_, place)| place).collect()
        };
        self.0.iter().map(of)
    }

    /// The first value of each path, in order.
    pub fn firsts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|axis| &axis.0).map(|(_, labels)| labels[0].as_str())
    }

    /// How many combinations there are.
    pub fn points(&self) -> usize {
        self.0.iter().map(|Axis(paths)| paths[0].1.len()).product()
    }
}

/// As a list of axes, which is one of the forms that are read.
impl Serialize for Sweep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut axes = serializer.serialize_seq(Some(self.0.len()))?;
        self.0.iter().try_for_each(|axis| axes.serialize_element(axis))?;
        axes.end()
    }
}

impl Serialize for Axis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut paths = serializer.serialize_map(Some(self.0.len()))?;
        self.0.iter().try_for_each(|(path, labels)| paths.serialize_entry(path, labels))?;
        paths.end()
    }
}

/// A sweep is taken out of the text before the rest of it is read: see [`Swept`].
impl<'de> Deserialize<'de> for Sweep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self::default())
    }
}

/// Something wrong with a sweep.
pub(crate) struct Complaint {
    pub(crate) mark: Mark,
    pub(crate) path: String,
    pub(crate) message: String,
}

impl FromIterator<Axis> for Sweep {
    fn from_iter<I: IntoIterator<Item = Axis>>(axes: I) -> Self {
        Self(axes.into_iter().collect())
    }
}

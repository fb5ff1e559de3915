//! Reading a choice: a map whose `model` (or `kind`) says which of its other fields belong.
//!
//! Such a map is read as one flat struct of optional fields, so that a fault in a field is located
//! at the field; here the flat struct becomes the enum that the engine works with.

use core::fmt::{self, Display};
use core::marker::PhantomData;
use core::str::FromStr;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

/// The choice under reading, and what is wrong with its fields so far.
pub(crate) struct Choice {
    /// Such as `model matrix`.
    name: String,
    wrong: Vec<String>,
}

impl Choice {
    /// `key` is the field that says which, `name` what it says.
    pub(crate) fn new(key: &str, name: &str) -> Self {
        Self { name: format!("{key} {name}"), wrong: Vec::new() }
    }

    /// Takes a field that must be there; `placeholder` stands for it until the reading fails.
    pub(crate) fn wants<T>(&mut self, name: &str, field: &mut Option<T>, placeholder: T) -> T {
        field.take().unwrap_or_else(|| {
            self.wrong.push(format!("{} wants the field {name}", self.name));
            placeholder
        })
    }

    /// Ends the reading: whatever field is `left` now does not belong to this choice.
    pub(crate) fn end<T>(mut self, value: T, left: &[(&str, bool)]) -> Result<T, String> {
        for (name, _) in left.iter().filter(|(_, given)| *given) {
            self.wrong.push(format!("{} has no field {name}", self.name));
        }
        if self.wrong.is_empty() { Ok(value) } else { Err(self.wrong.join("; ")) }
    }
}

/// Reads a value written either in short, as one word, or as a map like `Flat`.
pub(crate) fn word_or_map<'de, T, Flat, D>(deserializer: D, wanted: &str) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display> + TryFrom<Flat, Error = String>,
    Flat: Deserialize<'de>,
{
    struct Either<'a, T, Flat>(&'a str, PhantomData<(T, Flat)>);
    impl<'de, T, Flat> Visitor<'de> for Either<'_, T, Flat>
    where
        T: FromStr<Err: Display> + TryFrom<Flat, Error = String>,
        Flat: Deserialize<'de>,
    {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
        fn visit_str<E: Error>(self, word: &str) -> Result<T, E> {
            word.parse().map_err(E::custom)
        }
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            let flat = Flat::deserialize(MapAccessDeserializer::new(map))?;
            T::try_from(flat).map_err(A::Error::custom)
        }
    }
    deserializer.deserialize_any(Either(wanted, PhantomData))
}

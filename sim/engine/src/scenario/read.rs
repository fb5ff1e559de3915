//! Reading a tree into a serde type, with errors that know the path at which they happened.

use super::mistake::nearest;
use super::tree::{Entry, Node, Scalar, Value};
use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, Expected, IntoDeserializer, Unexpected, Visitor};
use std::fmt;

/// Why a value was not read, and where.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Error {
    /// Fields and items from the root of the tree down.
    pub(crate) path: Vec<String>,
    /// The scalar that was not accepted, if one is known.
    culprit: Option<String>,
    /// What is wrong.
    pub(crate) wrong: Wrong,
}

/// What is wrong with a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Wrong {
    /// The value is not what this says.
    Wants(String),
    /// The value's own type says what is wrong.
    Says(String),
    /// The map has no such field; these it has.
    UnknownField(String, Vec<String>),
    /// The map lacks a field.
    MissingField(&'static str),
}

impl Default for Wrong {
    fn default() -> Self {
        Self::Says(String::new())
    }
}

impl Error {
    fn new(wrong: Wrong) -> Self {
        Self { path: Vec::new(), culprit: None, wrong }
    }

    /// The same error, seen from the parent of `step`.
    fn under(mut self, step: &str) -> Self {
        self.path.insert(0, step.to_owned());
        self
    }

    fn found(self, culprit: &str) -> Self {
        Self { culprit: Some(culprit.to_owned()), ..self }
    }

    /// The rest of the sentence that begins with the field's path.
    pub(crate) fn sentence(&self, node: Option<&Node>) -> String {
        let found = node.map_or_else(|| "empty".to_owned(), Node::found);
        match &self.wrong {
            Wrong::Wants(wants) => format!("is {found}, wants {wants}"),
            Wrong::Says(message) => match node.map(|node| &node.value) {
                Some(Value::Scalar { .. }) if !message.starts_with('"') => {
                    format!("is {found}: {message}")
                }
                Some(Value::Scalar { .. }) => {
                    format!("is {}", message.replacen("\" is not a ", "\", wants a ", 1))
                }
                _ => format!("is not accepted: {message}"),
            },
            Wrong::UnknownField(field, known) => {
                match nearest(field, known.iter().map(String::as_str)) {
                    Some(near) => format!("is unknown, did you mean {near}?"),
                    None if known.is_empty() => "is unknown, wants no field here".to_owned(),
                    None => format!("is unknown, wants one of {}", known.join(", ")),
                }
            }
            Wrong::MissingField(field) => format!("is {found} without {field}, wants it"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path.join("."), self.sentence(None))
    }
}

impl std::error::Error for Error {}

/// What a type of Rust accepts, as a person would say it.
fn accepted(expected: &dyn Expected) -> String {
    let text = expected.to_string();
    let whole = |min: &str, max: &str| format!("a whole number from {min} to {max}");
    match text.as_str() {
        "u8" => whole("0", "255"),
        "u16" => whole("0", "65535"),
        "u32" => whole("0", "4294967295"),
        "u64" | "usize" => "a whole number, not negative".to_owned(),
        "i8" | "i16" | "i32" | "i64" => "a whole number".to_owned(),
        "f32" | "f64" | "any number" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a string" => "text".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "a map of fields".to_owned(),
        other if other.starts_with("struct ") => "a map of fields".to_owned(),
        other => other.to_owned(),
    }
}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Wrong::Says(message.to_string()))
    }
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let error = Self::new(Wrong::Wants(accepted(expected)));
        match found {
            Unexpected::Bool(is) => error.found(&is.to_string()),
            Unexpected::Unsigned(number) => error.found(&number.to_string()),
            Unexpected::Signed(number) => error.found(&number.to_string()),
            Unexpected::Float(number) => error.found(&number.to_string()),
            Unexpected::Str(text) => error.found(text),
            _ => error,
        }
    }
    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }
    fn invalid_length(_: usize, expected: &dyn Expected) -> Self {
        Self::new(Wrong::Wants(accepted(expected)))
    }
    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Self {
        let hint = nearest(variant, known.iter().copied());
        let hint = hint.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
        let (last, others) = known.split_last().unwrap_or((&"nothing", &[]));
        let or = if others.is_empty() { "" } else { " or " };
        Self::new(Wrong::Wants(format!("{}{or}{last}{hint}", others.join(", ")))).found(variant)
    }
    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        let known = known.iter().map(|&name| name.to_owned()).collect();
        Self::new(Wrong::UnknownField(field.to_owned(), known))
    }
    fn missing_field(field: &'static str) -> Self {
        Self::new(Wrong::MissingField(field))
    }
}

/// Reads one node.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'t>(pub(crate) &'t Node);

impl<'t> Reader<'t> {
    /// A whole number, however it is written: `1e6` and `5.0` are whole too.
    fn whole<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.meaning() {
            Some(Scalar::Float(number))
                if number.fract() == 0.0 && (0.0..=9e15).contains(&number) =>
            {
                visitor.visit_u64(number as u64)
            }
            _ => self.any(visitor),
        }
    }

    fn any<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match (&self.0.value, self.0.meaning()) {
            (_, Some(Scalar::Null)) => visitor.visit_unit(),
            (_, Some(Scalar::Bool(is))) => visitor.visit_bool(is),
            (_, Some(Scalar::Unsigned(number))) => visitor.visit_u64(number),
            (_, Some(Scalar::Signed(number))) => visitor.visit_i64(number),
            (_, Some(Scalar::Float(number))) if number.is_finite() => visitor.visit_f64(number),
            (_, Some(Scalar::Float(_))) => Err(Error::new(Wrong::Wants("a finite number".into()))),
            (_, Some(Scalar::Text(text))) => visitor.visit_str(text),
            (Value::List(items), None) => visitor.visit_seq(Items { items, next: 0 }),
            (Value::Map(entries), None) => visitor.visit_map(Fields { entries, next: 0 }),
            (Value::Scalar { .. }, None) => Err(Error::new(Wrong::Wants("a value".into()))),
        }
    }

    fn text<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.0.value {
            Value::Scalar { text, .. } if !self.0.is_null() => visitor.visit_str(text),
            Value::Scalar { .. } | Value::List(_) | Value::Map(_) => self.any(visitor),
        }
    }
}

macro_rules! reads {
    ($how:ident: $($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.$how(visitor)
        })*
    };
}

impl<'de> de::Deserializer<'de> for Reader<'_> {
    type Error = Error;

    reads!(any: deserialize_any deserialize_bool deserialize_f32 deserialize_f64 deserialize_unit
        deserialize_seq deserialize_bytes deserialize_byte_buf deserialize_ignored_any);
    reads!(whole: deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64);
    reads!(text: deserialize_str deserialize_string deserialize_char deserialize_identifier);

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.meaning() {
            // What can be left out can be switched off by that word.
            Some(Scalar::Null | Scalar::Text("off")) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        // A section without fields is a section with all defaults.
        if self.0.is_null() {
            return visitor.visit_map(Fields { entries: &[], next: 0 });
        }
        self.any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if let Value::List(_) = self.0.value {
            return Err(Error::new(Wrong::Wants("a map of fields".into())));
        }
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match &self.0.value {
            Value::Scalar { text, .. } if !self.0.is_null() => {
                visitor.visit_enum(StrDeserializer::<Error>::new(text))
            }
            Value::Map(entries) if entries.len() == 1 => {
                let Entry { key, node, .. } = &entries[0];
                if !known.contains(&key.as_str()) {
                    let known = known.iter().map(|&name| name.to_owned()).collect();
                    return Err(Error::new(Wrong::UnknownField(key.clone(), known)).under(key));
                }
                visitor.visit_enum(Variant { key, node })
            }
            Value::Scalar { .. } | Value::List(_) | Value::Map(_) => {
                Err(Error::new(Wrong::Wants(format!("one of {}", known.join(", ")))))
            }
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.any(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.any(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.any(visitor)
    }
}

struct Items<'t> {
    items: &'t [(usize, Node)],
    next: usize,
}

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some((place, item)) = self.items.get(self.next) else { return Ok(None) };
        self.next += 1;
        seed.deserialize(Reader(item)).map(Some).map_err(|error| error.under(&place.to_string()))
    }
}

struct Fields<'t> {
    entries: &'t [Entry],
    next: usize,
}

impl<'de> de::MapAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some(entry) = self.entries.get(self.next) else { return Ok(None) };
        let key: StrDeserializer<'_, Error> = entry.key.as_str().into_deserializer();
        seed.deserialize(key).map(Some).map_err(|error| error.under(&entry.key))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let entry = &self.entries[self.next];
        self.next += 1;
        seed.deserialize(Reader(&entry.node)).map_err(|error| error.under(&entry.key))
    }
}

/// A variant with something in it: `weibull: { shape: 0.6 }`.
struct Variant<'t> {
    key: &'t str,
    node: &'t Node,
}

impl<'de> de::EnumAccess<'de> for Variant<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let key: StrDeserializer<'_, Error> = self.key.into_deserializer();
        Ok((seed.deserialize(key)?, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        if self.node.is_null() {
            return Ok(());
        }
        Err(Error::new(Wrong::Wants("nothing".into())).under(self.key))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(Reader(self.node)).map_err(|error| error.under(self.key))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        Reader(self.node).any(visitor).map_err(|error| error.under(self.key))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let reader = de::Deserializer::deserialize_map(Reader(self.node), visitor);
        reader.map_err(|error| error.under(self.key))
    }
}

/// Reads all of a tree as `T`. The error's path is as near to the culprit as it can be known.
pub(crate) fn read<T: de::DeserializeOwned>(root: &Node) -> Result<T, Error> {
    T::deserialize(Reader(root)).map_err(|mut error| {
        if let Some(node) = at(root, &error.path) {
            let further = further(node, &error);
            error.path.extend(further.unwrap_or_default());
        }
        error
    })
}

/// A tagged enum is buffered before it is read, and its errors lose their way below the map. This
/// is the rest of the way, if it can be told: to the field that is unknown, or to the first scalar
/// that is the one that was not accepted.
fn further(node: &Node, error: &Error) -> Option<Vec<String>> {
    match (&error.wrong, &error.culprit) {
        (Wrong::UnknownField(field, _), _) => node.child(field).map(|_| vec![field.clone()]),
        (Wrong::MissingField(_), _) => None,
        (Wrong::Wants(_), None) => None,
        (Wrong::Wants(_), Some(culprit)) => way_to(node, &|scalar| match scalar {
            Scalar::Null => false,
            Scalar::Bool(is) => is.to_string() == *culprit,
            Scalar::Unsigned(number) => number.to_string() == *culprit,
            Scalar::Signed(number) => number.to_string() == *culprit,
            Scalar::Float(number) => number.to_string() == *culprit,
            Scalar::Text(text) => text == culprit,
        }),
        (Wrong::Says(message), _) => way_to(
            node,
            &|scalar| matches!(scalar, Scalar::Text(text) if message.contains(&format!("\"{text}\""))),
        ),
    }
}

/// The way from a list or map down to the first scalar that `is` the one.
fn way_to(node: &Node, is: &dyn Fn(Scalar<'_>) -> bool) -> Option<Vec<String>> {
    let below = |step: String, child: &Node| {
        if child.meaning().is_some_and(is) {
            return Some(vec![step]);
        }
        let mut way = way_to(child, is)?;
        way.insert(0, step);
        Some(way)
    };
    match &node.value {
        Value::Scalar { .. } => None,
        Value::List(items) => items.iter().find_map(|(place, item)| below(place.to_string(), item)),
        Value::Map(entries) => entries.iter().find_map(|e| below(e.key.clone(), &e.node)),
    }
}

/// The node at a path.
pub(crate) fn at<'t>(root: &'t Node, path: &[String]) -> Option<&'t Node> {
    path.iter().try_fold(root, |node, step| node.child(step))
}

//! `manifest.json`, as far as a report tells of it.

use crate::context::is_within;
use crate::error::Error;
use serde_json::{Map, Value};
use std::fs;
use std::path::Path;

/// What was run.
pub(super) struct Manifest {
    root: Value,
}

/// A field of the scenario: where it is, what it is, and what it would be by default, if that is
/// something else.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) path: String,
    pub(super) value: String,
    pub(super) default: Option<String>,
}

impl Manifest {
    /// Reads it from a folder of results.
    pub(super) fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join("manifest.json");
        let text = fs::read_to_string(&path).map_err(Error::open(&path))?;
        let root = serde_json::from_str(&text).map_err(|source| Error::Json { path, source })?;
        Ok(Self { root })
    }

    /// A field at a dotted path, as text; nothing if there is none.
    pub(super) fn text(&self, path: &str) -> String {
        match at(&self.root, path) {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => flow(other),
        }
    }

    /// A number at a dotted path.
    pub(super) fn number(&self, path: &str) -> Option<f64> {
        at(&self.root, path).as_f64()
    }

    /// How many runs there are.
    pub(super) fn runs(&self) -> usize {
        at(&self.root, "runs").as_array().map_or(0, Vec::len)
    }

    /// How many runs failed.
    pub(super) fn failed(&self) -> usize {
        at(&self.root, "failed").as_array().map_or(0, Vec::len)
    }

    /// How many addresses a host has.
    pub(super) fn virtual_nodes(&self) -> u32 {
        let said = at(&self.root, "scenario.overlay.virtual_nodes").as_u64();
        said.and_then(|n| u32::try_from(n).ok()).filter(|&n| n > 0).unwrap_or(1)
    }

    /// The swept paths, in order.
    pub(super) fn swept(&self) -> Vec<String> {
        self.sweep().map(|(path, _)| path.clone()).collect()
    }

    /// The swept paths, each with its values.
    fn sweep(&self) -> impl Iterator<Item = (&String, &Value)> {
        let sweep = at(&self.root, "scenario.sweep");
        let maps: Vec<&Value> = match sweep {
            Value::Array(zipped) => zipped.iter().collect(),
            other => vec![other],
        };
        maps.into_iter().filter_map(Value::as_object).flatten()
    }

    /// The values of a path, if it is swept, or is a part of what is.
    pub(super) fn values(&self, path: &str) -> Option<String> {
        let (_, values) = self.sweep().find(|(swept, _)| is_within(path, swept))?;
        Some(values.as_array()?.iter().map(flow).collect::<Vec<_>>().join(", "))
    }

    /// What of the scenario is not as it is by default.
    pub(super) fn changed(&self) -> Vec<Setting> {
        let Some(defaults) = at(&self.root, "defaults").as_object() else { return Vec::new() };
        let of = |(path, default): (&String, &Value)| Setting {
            path: path.clone(),
            value: self.value(path),
            default: Some(flow(default)),
        };
        defaults.iter().map(of).collect()
    }

    /// What a field is; of one that is swept, that, and all its values.
    fn value(&self, path: &str) -> String {
        match self.values(path) {
            Some(values) => format!("swept: {values}"),
            None => flow(at(at(&self.root, "scenario"), path)),
        }
    }

    /// Every field of the scenario that holds a value, but for what the head of a page says.
    pub(super) fn settings(&self) -> Vec<Setting> {
        let mut settings = Vec::new();
        leaves(String::new(), at(&self.root, "scenario"), &mut settings);
        settings.retain(|setting| !["name", "about"].contains(&setting.path.as_str()));
        for setting in &mut settings {
            if let Some(values) = self.values(&setting.path) {
                setting.value = format!("swept: {values}");
            }
        }
        settings
    }
}

/// The value at a dotted path; null if there is none.
fn at<'v>(value: &'v Value, path: &str) -> &'v Value {
    path.split('.').fold(value, |value, name| &value[name])
}

/// Whether a map is a value of its own, such as a distribution, and not a section of fields.
fn is_choice(map: &Map<String, Value>) -> bool {
    map.is_empty() || map.contains_key("model")
}

fn leaves(path: String, value: &Value, settings: &mut Vec<Setting>) {
    match value {
        Value::Object(map) if path == "sweep" || !is_choice(map) => {
            for (name, value) in map {
                let dot = if path.is_empty() { "" } else { "." };
                leaves(format!("{path}{dot}{name}"), value, settings);
            }
        }
        value => settings.push(Setting { path, value: flow(value), default: None }),
    }
}

/// A value as a scenario may write it on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::Null => "off".to_owned(),
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(all) => {
            format!("[{}]", all.iter().map(flow).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            let fields = map.iter().map(|(name, value)| format!("{name}: {}", flow(value)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn manifest(name: &str, text: &str) -> Manifest {
        let scratch = Scratch::new(name);
        scratch.file("manifest.json", text);
        Manifest::read(scratch.folder()).unwrap()
    }

    #[test]
    fn the_scenario_is_told_field_by_field() {
        let manifest = manifest(
            "report-manifest",
            r#"{ "defaults": { "market.width": { "cpu": 5 }, "off": [] }, "scenario": {
                "name": "x", "nodes": 5, "off": ["ping", "list"], "trace": null,
                "capacity": { "model": "constant", "value": 1.5 },
                "market": { "scheme": "naive", "width": { "cpu": 7 } },
                "sweep": { "market.scheme": ["naive"], "market.width": [7], "capacity": [1] } } }"#,
        );
        assert_eq!(manifest.swept(), ["market.scheme", "market.width", "capacity"]);
        let told: Vec<String> =
            manifest.settings().iter().map(|s| format!("{}: {}", s.path, s.value)).collect();
        assert_eq!(
            told,
            [
                "nodes: 5",
                "off: [ping, list]",
                "trace: off",
                "capacity: swept: 1",
                "market.scheme: swept: naive",
                "market.width.cpu: swept: 7",
                "sweep.market.scheme: [naive]",
                "sweep.market.width: [7]",
                "sweep.capacity: [1]",
            ]
        );
        let changed = manifest.changed();
        assert_eq!(changed[0].value, "swept: 7");
        assert_eq!(changed[0].default.as_deref(), Some("{ cpu: 5 }"));
        assert_eq!((changed[1].path.as_str(), changed[1].value.as_str()), ("off", "[ping, list]"));
    }

    #[test]
    fn a_manifest_that_is_none_is_an_error_with_its_place() {
        let scratch = Scratch::new("report-manifest-bad");
        scratch.file("manifest.json", "{ \"runs\": [ }");
        let error = Manifest::read(scratch.folder()).err().unwrap().to_string();
        assert!(error.contains("manifest.json") && error.contains("line 1"), "{error}");
        let error = Manifest::read(&scratch.path("gone")).err().unwrap().to_string();
        assert!(error.contains("gone/manifest.json"), "{error}");
    }
}

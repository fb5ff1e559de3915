//! `compup2p scenario-reference`: all that a scenario may say, made from the types that read it.

use crate::failure::Failure;
use crate::say::say;
use compup2p_engine::scenario::{Scenario, forms, schema};
use serde_json::{Value, json};
use std::fmt::Write;

/// Prints the reference.
pub(crate) fn print() -> Result<(), Failure> {
    say(&markdown());
    Ok(())
}

/// `compup2p schema`: the same for editors.
pub(crate) fn print_schema() -> Result<(), Failure> {
    say(&json_schema());
    Ok(())
}

fn json_schema() -> String {
    format!("{:#}\n", schema())
}

const INTRODUCTION: &str = "\
# What a scenario may say

Printed by `compup2p scenario-reference`; do not edit. `compup2p schema` prints the same as a JSON
Schema, which editors understand: it is in `scenarios/scenario.schema.json`, and a scenario's line
`# yaml-language-server: $schema=scenario.schema.json` has them check and complete what is typed.

A scenario is a YAML 1.2 file without anchors, aliases and tags. Every field has a default, so a
scenario says only what it changes. On the command line `--set PATH=VALUE` changes a field by its
path: `--set market.scheme=single_overlay`, `--set 'faults[0].at=5min'`.

- **duration**: a number with a unit, `30s`, `500ms`, `1h30min` (`ns`, `us`, `ms`, `s`, `min` or
  `m`, `h`, `d`); only zero needs no unit.
- A field that may be left out can be switched off by the word `off`.
- Whole numbers may be written as `1e6`.
- A file that a scenario names is looked for from the current folder, and if it is not there, from
  the scenario's own.
";

/// The reference as Markdown.
fn markdown() -> String {
    let schema = schema();
    let defaults = serde_json::to_value(Scenario::default()).unwrap_or_default();
    let mut text = INTRODUCTION.to_owned();
    text.push_str("\n## Fields\n");
    let mut sections = Vec::new();
    table(&mut text, &schema, &schema, "", &defaults, &mut sections);
    while !sections.is_empty() {
        let (path, section, about): (String, Value, String) = sections.remove(0);
        let _ = write!(text, "\n## `{path}`\n\n{about}\n");
        let pointer = format!("/{}", path.replace('.', "/"));
        let default = defaults.pointer(&pointer).cloned().unwrap_or_else(|| of_item(&section));
        let mut inner = Vec::new();
        table(&mut text, &schema, &section, &path, &default, &mut inner);
        sections.splice(0..0, inner);
    }
    text.push_str("\n## Values with more than one form\n");
    for form in forms() {
        let _ = write!(text, "\n**{}**\n\n| written | meaning |\n|---|---|\n", form.name);
        for (example, meaning) in form.examples {
            let _ = writeln!(text, "| `{example}` | {meaning} |");
        }
    }
    text
}

/// A table of the fields of one map; the maps within are added to `sections`.
fn table(
    text: &mut String,
    root: &Value,
    map: &Value,
    path: &str,
    defaults: &Value,
    sections: &mut Vec<(String, Value, String)>,
) {
    text.push_str("\n| field | type | default | meaning |\n|---|---|---|---|\n");
    let fields = map["properties"].as_object().into_iter().flatten();
    for (name, field) in fields {
        let of = resolved(root, field);
        let about = described(field).or_else(|| described(of)).unwrap_or_default();
        let full = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if of["properties"].is_object() && defaults[name].is_object() {
            let _ = writeln!(text, "| `{name}` | section | below | {} |", cell(&about));
            sections.push((full, of.clone(), about));
            continue;
        }
        let items = resolved(root, &of["items"]);
        if items["properties"].is_object() {
            let default = default(&defaults[name]);
            let _ =
                writeln!(text, "| `{name}` | list of sections | {default} | {} |", cell(&about));
            sections.push((full + "[]", items.clone(), about));
            continue;
        }
        let mut meaning = about;
        if let Some(choices) = of["oneOf"].as_array().or_else(|| items["oneOf"].as_array()) {
            for choice in choices.iter().filter(|choice| choice["const"].is_string()) {
                let (word, about) = (&choice["const"], described(choice).unwrap_or_default());
                let _ = write!(meaning, "<br>`{}`: {about}", word.as_str().unwrap_or_default());
            }
        }
        let must = map["required"].as_array().is_some_and(|names| names.contains(&json!(name)));
        let default = if must { "required".to_owned() } else { default(&defaults[name]) };
        let _ =
            writeln!(text, "| `{name}` | {} | {default} | {} |", kind(root, field), cell(&meaning));
    }
}

/// The defaults of a section that is an item of a list: those of its fields.
fn of_item(section: &Value) -> Value {
    let fields = section["properties"].as_object().into_iter().flatten();
    Value::Object(fields.map(|(name, field)| (name.clone(), field["default"].clone())).collect())
}

/// A description on one line.
fn described(schema: &Value) -> Option<String> {
    Some(schema["description"].as_str()?.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// What a schema refers to.
fn resolved<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    // What has a title is said by its form, in whatever shapes.
    let any = schema["anyOf"].as_array().filter(|_| schema["title"].is_null());
    let some = any.and_then(|any| any.iter().find(|s| s["type"] != "null"));
    let schema = some.unwrap_or(schema);
    let target =
        schema["$ref"].as_str().and_then(|path| root.pointer(path.trim_start_matches('#')));
    target.unwrap_or(schema)
}

/// What a person calls the type.
fn kind(root: &Value, field: &Value) -> String {
    let of = resolved(root, field);
    if let Some(title) = of["title"].as_str().filter(|_| !of["properties"].is_object()) {
        return title.to_owned();
    }
    if of["oneOf"].is_array() {
        return "choice".to_owned();
    }
    let name = of["type"].as_str().or_else(|| of["type"][0].as_str()).unwrap_or("value");
    match name {
        "integer" => "whole number".to_owned(),
        "string" => "text".to_owned(),
        "boolean" => "true or false".to_owned(),
        "array" => format!("list of {}s", kind(root, &of["items"])),
        "object" => {
            let fields = of["properties"].as_object().into_iter().flatten();
            let inside: Vec<_> =
                fields.map(|(name, field)| format!("{name}: {}", kind(root, field))).collect();
            format!("{{ {} }}", inside.join(", "))
        }
        other => other.to_owned(),
    }
}

fn default(value: &Value) -> String {
    match value {
        Value::Null => "off".to_owned(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) => format!("`{text}`"),
        Value::Object(fields) => {
            let shown: Vec<_> =
                fields.iter().map(|(name, of)| format!("{name}: {}", plain(of))).collect();
            format!("`{{ {} }}`", shown.join(", "))
        }
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => format!("`{value}`"),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn committed(path: &str) -> String {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");
        std::fs::read_to_string(root.to_owned() + path).unwrap_or_default()
    }

    #[test]
    fn the_committed_reference_is_current() {
        assert!(
            committed("docs/scenario.md") == markdown(),
            "docs/scenario.md is out of date: cargo run -- scenario-reference > docs/scenario.md"
        );
    }

    #[test]
    fn the_committed_schema_is_current() {
        assert!(
            committed("scenarios/scenario.schema.json") == json_schema(),
            "out of date: cargo run -- schema > scenarios/scenario.schema.json"
        );
    }
}

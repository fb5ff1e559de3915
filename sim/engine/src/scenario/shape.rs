//! The shapes of values that can be written in more than one way, as pieces of the JSON Schema.

use super::schema::Form;
use schemars::{Schema, json_schema};
use serde_json::{Map, Value, json};

/// A value that has one of these shapes, said by the examples of its form.
pub(super) fn any_of(form: Form, shapes: &[Schema]) -> Schema {
    let examples: Vec<_> = form.examples.iter().map(|(example, _)| *example).collect();
    json_schema!({ "title": form.name, "examples": examples, "anyOf": shapes })
}

/// One of these words.
pub(super) fn words(words: &[&str]) -> Schema {
    json_schema!({ "enum": words })
}

/// A share that is neither none nor all.
pub(super) fn share() -> Schema {
    json_schema!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 })
}

/// A rate with its unit.
pub(super) fn rate() -> Schema {
    let unit = "([TGMk]?B|[GMK]iB|[GMk]bit)?(/s)?";
    json_schema!({ "type": "string", "pattern": format!(r"^\s*(\d+\.?\d*|\.\d+)\s*{unit}\s*$") })
}

/// A distribution over values of a shape, as a map.
pub(super) fn distribution(value: &Schema) -> Schema {
    let number = json_schema!({ "type": "number" });
    let values = json_schema!({ "type": "array", "items": value, "minItems": 1 });
    let models: [(&str, &[(&str, &Schema)]); 7] = [
        ("constant", &[("value", value)]),
        ("uniform", &[("min", value), ("max", value)]),
        ("exponential", &[("mean", value)]),
        ("weibull", &[("shape", &number), ("scale", value)]),
        ("pareto", &[("shape", &number), ("min", value)]),
        ("lognormal", &[("median", value), ("sigma", &number)]),
        ("list", &[("values", &values)]),
    ];
    let models = models.map(|(model, fields)| {
        let mut properties = Map::new();
        properties.insert("model".to_owned(), json!({ "const": model }));
        properties.extend(fields.iter().map(|(name, of)| ((*name).to_owned(), json!(of))));
        let required: Vec<String> = properties.keys().cloned().collect();
        json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    });
    json_schema!({ "oneOf": models })
}

/// Paths with the values that they take, which may be listed, or said by a map such as a range.
pub(super) fn sweep() -> Vec<Schema> {
    let axes = json_schema!({
        "type": "object",
        "additionalProperties": {
            "anyOf": [{ "type": "array", "minItems": 1 }, { "type": "object" }],
        },
    });
    let list = json_schema!({ "type": "array", "items": axes });
    vec![words(&["off"]), json_schema!({ "type": "null" }), axes, list]
}

/// What can be left out can be switched off by that word too; a section can be empty.
pub(super) fn lenient(schema: &mut Schema) {
    let off = json!({ "enum": ["off", null] });
    let Some(map) = schema.as_object_mut() else { return };
    let titled = map.contains_key("title");
    if let Some(Value::Array(shapes)) = map.get_mut("anyOf").filter(|_| !titled) {
        for shape in shapes.iter_mut().filter(|shape| **shape == json!({ "type": "null" })) {
            *shape = off.clone();
        }
    }
    match map.get("type") {
        Some(Value::Array(types)) if types.contains(&json!("null")) => {
            let one = types.iter().find(|one| **one != json!("null")).cloned();
            let mut shape = std::mem::take(map);
            shape.insert("type".to_owned(), one.unwrap_or_default());
            for beside in ["description", "default"] {
                map.extend(shape.remove_entry(beside));
            }
            map.insert("anyOf".to_owned(), json!([shape, off]));
        }
        Some(Value::String(one))
            if one == "object"
                && map.contains_key("properties")
                && !map.contains_key("required") =>
        {
            map.insert("type".to_owned(), json!(["object", "null"]));
        }
        _ => {}
    }
}

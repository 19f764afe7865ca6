//! JSON Schema (draft 2020-12) of panel and judge files, generated from the
//! types of [`super::file`]. Editors complete keys by it, and the check of a
//! file's shape reads it.

use std::sync::LazyLock;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::file::{JudgeFile, PanelFile};

static PANEL: LazyLock<Value> = LazyLock::new(generate::<PanelFile>);
static JUDGE: LazyLock<Value> = LazyLock::new(generate::<JudgeFile>);

/// Schema of a panel file.
pub fn panel() -> &'static Value {
    &PANEL
}

/// Schema of a judge file.
pub fn judge() -> &'static Value {
    &JUDGE
}

/// A schema as it is checked in under `schemas/`: indented, with a newline at
/// the end.
pub fn to_text(schema: &Value) -> String {
    format!("{schema:#}\n")
}

fn generate<T: JsonSchema>() -> Value {
    let mut schema = SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value();
    tidy(&mut schema);
    schema
}

/// TOML has no null: an optional key is absent. Takes the nulls out of types,
/// and the width of integers into bounds that every editor knows.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [one] = types.as_slice() {
                    let one = one.clone();
                    object.insert("type".into(), one);
                }
            }
            if let Some(Value::Array(choices)) = object.get("anyOf") {
                let rest: Vec<_> = choices
                    .iter()
                    .filter(|choice| **choice != json!({"type": "null"}))
                    .cloned()
                    .collect();
                if let [Value::Object(one)] = rest.as_slice() {
                    object.remove("anyOf");
                    object.extend(one.clone());
                }
            }
            bound_integers(object);
            object.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

fn bound_integers(object: &mut Map<String, Value>) {
    if object.get("format") == Some(&json!("uint32")) {
        object.remove("format");
        object.entry("maximum").or_insert(json!(u32::MAX));
    } else if object.get("format") == Some(&json!("double")) {
        object.remove("format");
    }
}

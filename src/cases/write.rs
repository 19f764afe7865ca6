//! The way back: items and rubrics as JSON text in the shape that they were
//! read in, with unknown fields, nulls and the order of the fields.
//!
//! The types keep the names of the fields as the file had them
//! (`field_order`). A field that the file had and the value does not was null
//! there and is null again; a field that came later goes to the end.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use serde_json::{Map, Value};

use crate::clinical::{Item, Rubric};

use super::json;

/// A rubric as the text of a rubric file: indented by two, one line end at
/// the end.
pub fn write_rubric(rubric: &Rubric) -> String {
    let mut text = json::pretty(&rubric_value(rubric));
    text.push('\n');
    text
}

/// An item as one line of an `items.jsonl`, without the line end.
pub fn write_item(item: &Item) -> String {
    let mut fields = object(item);
    if let Some(metadata) = fields.get_mut("metadata") {
        put_in_order(metadata, &item.metadata.field_order);
    }
    one_line(&in_order(fields, &item.field_order))
}

/// The rubric as a JSON value in the shape that it was read in.
pub(super) fn rubric_value(rubric: &Rubric) -> Value {
    let mut fields = object(rubric);
    if let (Some(value), Some(case)) = (fields.get_mut("case"), &rubric.case) {
        put_in_order(value, &case.field_order);
    }
    if let Some(Value::Array(options)) = fields.get_mut("options") {
        for (value, option) in options.iter_mut().zip(&rubric.options) {
            put_in_order(value, &option.field_order);
        }
    }
    in_order(fields, &rubric.field_order)
}

/// Remembers the order of the fields of an item that was read from `value`.
pub(super) fn note_item_fields(value: &Value, item: &mut Item) {
    item.field_order = names(Some(value));
    item.metadata.field_order = names(value.get("metadata"));
}

/// Remembers the order of the fields of a rubric that was read from `value`.
pub(super) fn note_rubric_fields(value: &Value, rubric: &mut Rubric) {
    rubric.field_order = names(Some(value));
    if let Some(case) = &mut rubric.case {
        case.field_order = names(value.get("case"));
    }
    for (index, option) in rubric.options.iter_mut().enumerate() {
        option.field_order = names(value.get("options").and_then(|options| options.get(index)));
    }
}

fn names(value: Option<&Value>) -> Vec<String> {
    value
        .and_then(Value::as_object)
        .map(|fields| fields.keys().cloned().collect())
        .unwrap_or_default()
}

/// The fields in the order of the types.
fn object(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

fn put_in_order(value: &mut Value, order: &[String]) {
    if let Value::Object(fields) = value.take() {
        *value = in_order(fields, order);
    }
}

fn in_order(mut fields: Map<String, Value>, order: &[String]) -> Value {
    let mut ordered = Map::new();
    for name in order {
        let value = fields.shift_remove(name).unwrap_or_default();
        ordered.insert(name.clone(), value);
    }
    ordered.append(&mut fields);
    Value::Object(ordered)
}

/// One line with a space after each comma and colon, as the benchmark writes.
fn one_line(value: &Value) -> String {
    let mut bytes = Vec::new();
    let written = value.serialize(&mut Serializer::with_formatter(&mut bytes, Spaced));
    match (written, String::from_utf8(bytes)) {
        (Ok(()), Ok(text)) => text,
        // Neither can happen: a value has text keys, and JSON is UTF-8.
        _ => value.to_string(),
    }
}

struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + Write>(&mut self, w: &mut W, first: bool) -> io::Result<()> {
        w.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, w: &mut W, first: bool) -> io::Result<()> {
        w.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, w: &mut W) -> io::Result<()> {
        w.write_all(b": ")
    }
}

//! Answers that must have a shape: schemas compiled once, and the check that
//! every structured answer passes, whatever mode it was asked for in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::call::Schema;
use super::extract;
use super::schema_check::{Check, Fault};
use super::sync::locked;

/// Most schemas that are kept compiled; a run has a handful.
const MOST_KEPT: usize = 256;
/// Most errors that a repair turn quotes.
const MOST_QUOTED: usize = 5;
/// Most candidates in one answer that are checked.
const MOST_CANDIDATES: usize = 16;

/// A schema, ready for use.
pub(super) struct Prepared {
    pub(super) name: &'static str,
    /// `response_format` as it is sent in the mode `json_schema`, written once.
    pub(super) format: Box<RawValue>,
    /// As it stands in a prompt; its `title` is the name.
    pub(super) text: String,
    check: Check,
    /// The only member that an answer must have, if there is just one.
    only: Option<String>,
}

/// Why an answer does not fit.
#[derive(Debug, PartialEq)]
pub(super) struct Misfit {
    /// For the model: what is wrong, and where. Values are left out.
    pub(super) for_model: String,
    /// For people: only what the schema says, nothing of the answer.
    pub(super) for_people: String,
}

/// Compiled schemas by their text.
#[derive(Default)]
pub(super) struct Schemas(Mutex<HashMap<String, Arc<Prepared>>>);

impl Schemas {
    /// The schema, compiled at its first use.
    ///
    /// # Errors
    /// What is wrong with the schema.
    pub(super) fn prepare(&self, schema: &Schema) -> Result<Arc<Prepared>, String> {
        if let Some(prepared) = locked(&self.0).get(schema.text())
            && prepared.name == schema.name()
        {
            return Ok(Arc::clone(prepared));
        }
        let name = schema.name();
        let mut titled = schema.value().clone();
        if let Value::Object(map) = &mut titled
            && !map.contains_key("title")
        {
            map.insert("title".into(), name.into());
        }
        let not_valid = |error| format!("the schema `{name}` is not valid: {error}");
        let check = Check::new(schema.value()).map_err(not_valid)?;
        let format = json!({
            "type": "json_schema",
            "json_schema": {"name": name, "strict": true, "schema": schema.value()},
        });
        let prepared = Arc::new(Prepared {
            name,
            format: to_raw_value(&format).map_err(|error| not_valid(error.to_string()))?,
            text: titled.to_string(),
            check,
            only: only_member(schema.value()),
        });
        let mut kept = locked(&self.0);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(schema.text().into(), Arc::clone(&prepared));
        Ok(prepared)
    }
}

impl Prepared {
    /// The first JSON in the text that fits. Of those that do not fit, the
    /// last one is what the misfit speaks of: models think before they answer.
    /// Where nothing fits, the last array that is the only member which the
    /// schema asks for counts as the whole: models leave the object around a
    /// list out. An empty array stands for nothing.
    pub(super) fn read(&self, text: &str) -> Result<Value, Misfit> {
        let mut misfit = None;
        let mut bare = None;
        for value in extract::candidates(text).take(MOST_CANDIDATES) {
            if self.check.fits(&value) {
                return Ok(value);
            }
            misfit = Some(self.misfit(&value));
            bare = self.around(value).or(bare);
        }
        if let Some(value) = bare {
            return Ok(value);
        }
        Err(misfit.unwrap_or_else(|| Misfit {
            for_model: "there is no complete JSON object in it".into(),
            for_people: "no complete JSON object in it".into(),
        }))
    }

    /// A bare array with the object around it that the schema asks for, if
    /// that fits.
    fn around(&self, value: Value) -> Option<Value> {
        let only = self.only.as_ref()?;
        if !matches!(&value, Value::Array(items) if !items.is_empty()) {
            return None;
        }
        let whole = Value::Object([(only.clone(), value)].into_iter().collect());
        self.check.fits(&whole).then_some(whole)
    }

    fn misfit(&self, value: &Value) -> Misfit {
        let faults = self.check.faults(value, MOST_QUOTED);
        let quoted: Vec<String> = faults.iter().map(quote).collect();
        let named: Vec<String> = faults
            .iter()
            .map(|fault| format!("at {}", fault.rule))
            .collect();
        Misfit {
            for_model: quoted.join("\n- "),
            for_people: named.join(", "),
        }
    }
}

fn only_member(schema: &Value) -> Option<String> {
    match schema["required"].as_array()?.as_slice() {
        [Value::String(only)] => Some(only.clone()),
        _ => None,
    }
}

fn quote(fault: &Fault) -> String {
    let place = match fault.place.as_str() {
        "" => "the whole",
        place => place,
    };
    format!("{place}: {}", fault.told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared() -> Arc<Prepared> {
        let schema = Schema::new(
            "primum_test",
            json!({
                "type": "object",
                "properties": {"n": {"type": "integer"}},
                "required": ["n"],
                "additionalProperties": false,
            }),
        );
        Schemas::default().prepare(&schema).expect("a schema")
    }

    #[test]
    fn thoughts_that_are_json_are_passed_over() {
        let found = prepared().read(r#"I think {"plan": "x"}. So: {"n": 3}"#);
        assert_eq!(found, Ok(json!({"n": 3})));
    }

    #[test]
    fn a_bare_array_is_taken_where_the_schema_asks_for_one_list() {
        let schema = Schema::new(
            "primum_list",
            json!({
                "type": "object",
                "properties": {"list": {"type": "array", "items": {"type": "integer"}}},
                "required": ["list"],
                "additionalProperties": false,
            }),
        );
        let list = Schemas::default().prepare(&schema).expect("a schema");
        assert_eq!(list.read("So: [1, 2]."), Ok(json!({"list": [1, 2]})));
        // What fits by itself goes first, whatever stands before it.
        assert_eq!(list.read(r#"[7] {"list": []}"#), Ok(json!({"list": []})));
        assert!(list.read("[]").is_err() && list.read(r#"["a"]"#).is_err());
        assert!(prepared().read("[3]").is_err());
    }

    #[test]
    fn a_misfit_names_the_place_and_no_value() {
        let misfit = prepared()
            .read(r#"{"n": "the patient's words"}"#)
            .unwrap_err();
        assert_eq!(misfit.for_model, r#"/n: value is not of type "integer""#);
        assert_eq!(misfit.for_people, "at /properties/n/type");
    }

    #[test]
    fn the_title_stands_in_the_text_and_schemas_are_kept() {
        assert!(prepared().text.contains(r#""title":"primum_test""#));
        let schemas = Schemas::default();
        let schema = Schema::new("primum_a", json!({"type": "object"}));
        let first = schemas.prepare(&schema).expect("a schema");
        let again = schemas.prepare(&schema).expect("a schema");
        assert!(Arc::ptr_eq(&first, &again));
        let bad = Schema::new("primum_b", json!({"type": 7}));
        assert!(schemas.prepare(&bad).is_err());
    }
}

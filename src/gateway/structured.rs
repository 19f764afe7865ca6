//! Answers that must have a shape: schemas prepared once, and the reading that
//! every structured answer passes, whatever mode it was asked for in.
//!
//! Of several values that fit the last one counts: models think, and quote,
//! before they answer, and a quoted `{"edits": []}` must not stand for the
//! answer. So nothing is read out of the middle of an attempt that failed: where
//! the last thing that looks like an answer cannot be read, there is none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::call::Schema;
use super::extract::{self, Found, What};
use super::forms::Form;
use super::lenient::{Coerced, Fault, Lacks, Parsed, Slip, Slips, coerce, parse};
use super::schema_check::{self, Check};
use super::shape;
use super::sync::locked;

/// Most schemas that are kept prepared.
const MOST_KEPT: usize = 256;
/// Most errors that a repair turn quotes.
const MOST_QUOTED: usize = 5;
/// Most wrappings that are taken off an answer.
const MOST_WRAPPINGS: usize = 3;

/// A schema, ready for use.
pub(super) struct Prepared {
    pub(super) name: &'static str,
    /// As it stands in a prompt; its `title` is the name.
    pub(super) text: String,
    schema: Value,
    /// `response_format` in each form, written at its first use.
    formats: [OnceLock<Box<RawValue>>; 3],
    check: Check,
    /// The only member that an answer must have, if there is just one.
    only: Option<String>,
}

/// An answer that fits.
#[derive(Debug, PartialEq)]
pub(super) struct Read {
    pub(super) json: Value,
    /// What was forgiven.
    pub(super) slips: Slips,
}

/// Why an answer does not fit.
#[derive(Debug, PartialEq)]
pub(super) struct Misfit {
    /// For the model: what is wrong, and where. Values are left out.
    pub(super) for_model: String,
    /// For people: only what the schema says, nothing of the answer.
    pub(super) for_people: String,
}

impl Misfit {
    /// Of an answer that was never read.
    pub(super) fn none() -> Self {
        Self::of("there is no complete JSON object in it")
    }

    fn of(words: &str) -> Self {
        Self {
            for_model: words.to_owned(),
            for_people: words.to_owned(),
        }
    }
}

/// Prepared schemas by their text.
#[derive(Default)]
pub(super) struct Schemas(Mutex<HashMap<String, Arc<Prepared>>>);

impl Schemas {
    /// The schema, prepared at its first use.
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
        let prepared = Arc::new(Prepared {
            name,
            text: titled.to_string(),
            check: Check::new(&accepted(schema.value()))
                .map_err(|error| format!("the schema `{name}` is not valid: {error}"))?,
            only: only_member(schema.value()),
            schema: schema.value().clone(),
            formats: Default::default(),
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
    /// `response_format` as it is sent in the mode `json_schema`.
    pub(super) fn format(&self, form: Form) -> &RawValue {
        let place = match form {
            Form::Whole => 0,
            Form::Lists => 1,
            Form::Bare => 2,
        };
        self.formats[place].get_or_init(|| {
            let format = json!({
                "type": "json_schema",
                "json_schema": {
                    "name": self.name, "strict": true, "schema": form.apply(&self.schema)
                },
            });
            // A value is always JSON.
            to_raw_value(&format).unwrap_or_else(|_| RawValue::NULL.to_owned())
        })
    }

    /// The last value in the text that fits, read leniently.
    ///
    /// # Errors
    /// What is wrong with the last thing that looks like an answer, also where
    /// something before it fits.
    pub(super) fn read(&self, text: &str) -> Result<Read, Misfit> {
        let candidates = extract::candidates(text);
        if !candidates.complete {
            return Err(Misfit::of("there are too many brackets that close nothing"));
        }
        let unclosed = candidates
            .found
            .iter()
            .any(|found| matches!(found.what, What::Broken(_, Fault::Unfinished)));
        let mut misfit = None;
        let mut answer: Option<Read> = None;
        for what in self.in_reverse(candidates.found) {
            let tried = match what {
                What::Value(parsed) => self.fit(parsed),
                What::Broken(_, fault) => Tried::Attempt(Misfit::of(match fault {
                    Fault::Unfinished => "it ends before its closing brackets",
                    Fault::Other => "it is not well-formed JSON",
                })),
            };
            match (tried, &mut answer) {
                (Tried::Fits(read), None) => answer = Some(read),
                (Tried::Fits(earlier), Some(answer)) => {
                    if earlier.json != answer.json {
                        answer.slips.note(Slip::SeveralAnswers);
                    }
                    break;
                }
                // It stands behind all that might fit.
                (Tried::Attempt(why), None) => return Err(why),
                (Tried::Else(why), None) => misfit = misfit.or(Some(why)),
                (Tried::Attempt(_) | Tried::Else(_), Some(_)) => {}
            }
        }
        match answer {
            Some(mut read) => {
                if unclosed {
                    read.slips.note(Slip::Unclosed);
                }
                Ok(read)
            }
            None => Err(misfit.unwrap_or_else(Misfit::none)),
        }
    }

    /// Values, and answers that were begun and are broken, from the last to the
    /// first. What stands inside a broken one is a part of it, and no value.
    fn in_reverse<'t>(&self, found: Vec<Found<'t>>) -> Vec<What<'t>> {
        let mut kept = Vec::with_capacity(found.len());
        let mut broken_until = 0;
        for found in found {
            if found.start < broken_until {
                continue;
            }
            match found.what {
                What::Broken(from, _) if !self.is_begun(from) => continue,
                What::Broken(from, Fault::Unfinished) => broken_until = found.start + from.len(),
                What::Broken(_, Fault::Other) => broken_until = found.end,
                What::Value(_) => {}
            }
            kept.push(found.what);
        }
        kept.reverse();
        kept
    }

    /// Brings a value into shape: as it stands, out of its wrappings, or as the
    /// only list that the schema asks for. An empty list alone stands for
    /// nothing.
    fn fit(&self, parsed: Parsed) -> Tried {
        let mut slips = parsed.slips;
        let mut contradicts = parsed.contradicts_itself;
        let mut value = parsed.value;
        for _ in 0..MOST_WRAPPINGS {
            if self.is_attempt(&value) {
                break;
            }
            match unwrapped(value) {
                Ok(inside) => {
                    slips.add(inside.slips);
                    contradicts |= inside.contradicts_itself;
                    value = inside.value;
                }
                Err(same) => {
                    value = same;
                    break;
                }
            }
        }
        let attempt = self.is_attempt(&value);
        let (value, bare) = self.around(value);
        if bare {
            slips.note(Slip::BareList);
        }
        let Coerced {
            value,
            slips: coerced,
            lacks,
        } = coerce(value, &self.schema);
        slips.add(coerced);
        let misfit = if contradicts || lacks == Some(Lacks::OneMeaning) {
            Some(Misfit::of(
                "a key stands twice in one object, with different values",
            ))
        } else if lacks == Some(Lacks::End) {
            Some(Misfit::of(
                "a text is as long as it may be, and was cut there: use fewer words",
            ))
        } else {
            misfit(&self.check, &value)
        };
        match misfit {
            None => Tried::Fits(Read { json: value, slips }),
            Some(misfit) if attempt => Tried::Attempt(misfit),
            Some(misfit) => Tried::Else(misfit),
        }
    }

    /// Was this meant as an answer: an object with a member that the schema asks
    /// for, or the bare list of such entries as it asks for?
    fn is_attempt(&self, value: &Value) -> bool {
        match value {
            Value::Object(object) => self.members().any(|member| object.contains_key(member)),
            Value::Array(entries) => entries.first().is_some_and(|entry| {
                let mut members = self.members_of_entries();
                members.any(|member| entry.get(member).is_some())
            }),
            _ => false,
        }
    }

    /// Does what stands behind an opening bracket begin like one?
    fn is_begun(&self, from: &str) -> bool {
        if let Some(inside) = from.strip_prefix('{') {
            return begins_with(inside, self.members());
        }
        let entry = from.strip_prefix('[').map(str::trim_start);
        let entry = entry.and_then(|entry| entry.strip_prefix('{'));
        entry.is_some_and(|entry| begins_with(entry, self.members_of_entries()))
    }

    fn members(&self) -> impl Iterator<Item = &str> {
        names(self.schema.get("properties"))
    }

    /// Members of the entries of the only list that the schema asks for.
    fn members_of_entries(&self) -> impl Iterator<Item = &str> {
        let list = self.only.as_ref().and_then(|only| {
            let properties = self.schema.get("properties")?;
            properties.get(only)?.get("items")?.get("properties")
        });
        names(list)
    }

    /// A bare list with the object around it that the schema asks for.
    fn around(&self, value: Value) -> (Value, bool) {
        match (&self.only, value) {
            (Some(only), Value::Array(items)) if !items.is_empty() => {
                let whole = [(only.clone(), Value::Array(items))].into_iter().collect();
                (Value::Object(whole), true)
            }
            (_, value) => (value, false),
        }
    }
}

/// What became of a candidate.
enum Tried {
    /// It is an answer.
    Fits(Read),
    /// It was meant as one.
    Attempt(Misfit),
    /// It is something else.
    Else(Misfit),
}

/// Does the inside of an object begin with one of these keys?
fn begins_with<'a>(inside: &str, mut keys: impl Iterator<Item = &'a str>) -> bool {
    const QUOTES: [char; 4] = ['"', '\'', '“', '”'];
    let inside = inside.trim_start();
    let inside = inside.strip_prefix(QUOTES).unwrap_or(inside);
    keys.any(|key| {
        inside.strip_prefix(key).is_some_and(|rest| {
            let rest = rest.strip_prefix(QUOTES).unwrap_or(rest).trim_start();
            rest.is_empty() || rest.starts_with(':')
        })
    })
}

fn names(properties: Option<&Value>) -> impl Iterator<Item = &str> {
    let properties = properties.and_then(Value::as_object);
    let names = properties.map(|properties| properties.keys().map(String::as_str));
    names.into_iter().flatten()
}

/// What stands in an object of one key, in a list of one entry, or in a string.
fn unwrapped(value: Value) -> Result<Parsed, Value> {
    let wrapped = |value: Value| {
        let mut slips = Slips::default();
        slips.note(Slip::Wrapped);
        Parsed {
            value,
            length: 0,
            slips,
            contradicts_itself: false,
        }
    };
    match value {
        Value::Object(object) if object.len() == 1 => {
            let inside = object.into_iter().next().map(|(_, inside)| inside);
            Ok(wrapped(inside.unwrap_or_default()))
        }
        Value::Array(mut entries) if entries.len() == 1 && entries[0].is_object() => {
            Ok(wrapped(entries.remove(0)))
        }
        Value::String(text) => match parse(text.trim()) {
            Ok(mut parsed) if parsed.length == text.trim().len() => {
                parsed.slips.note(Slip::DoublyEncoded);
                Ok(parsed)
            }
            _ => Err(Value::String(text)),
        },
        value => Err(value),
    }
}

/// The schema by which answers are accepted: without bounds of lists and texts,
/// which are there to guide the model, and without lists of references. Whoever
/// asked says what becomes of too many entries, and of a reference to nothing.
fn accepted(schema: &Value) -> Value {
    if shape::references(schema).is_some() {
        return json!({"type": "string"});
    }
    match schema {
        Value::Object(node) => node
            .iter()
            .filter(|(name, _)| {
                !matches!(
                    name.as_str(),
                    "minItems" | "maxItems" | "minLength" | "maxLength"
                )
            })
            .map(|(name, value)| {
                let value = match (name.as_str(), value) {
                    ("properties", Value::Object(properties)) => properties
                        .iter()
                        .map(|(name, property)| (name.clone(), accepted(property)))
                        .collect(),
                    ("items", items) => accepted(items),
                    _ => value.clone(),
                };
                (name.clone(), value)
            })
            .collect(),
        other => other.clone(),
    }
}

fn only_member(schema: &Value) -> Option<String> {
    match schema["required"].as_array()?.as_slice() {
        [Value::String(only)] => Some(only.clone()),
        _ => None,
    }
}

/// What does not fit, if anything.
fn misfit(check: &Check, value: &Value) -> Option<Misfit> {
    let faults = check.faults(value, MOST_QUOTED);
    if faults.is_empty() {
        return None;
    }
    let quoted: Vec<String> = faults.iter().map(quote).collect();
    let named: Vec<String> = faults
        .iter()
        .map(|fault| format!("at {}", fault.rule))
        .collect();
    Some(Misfit {
        for_model: quoted.join("\n- "),
        for_people: named.join(", "),
    })
}

fn quote(fault: &schema_check::Fault) -> String {
    let place = match fault.place.as_str() {
        "" => "the whole",
        place => place,
    };
    format!("{place}: {}", fault.told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepare(name: &'static str, schema: Value) -> Arc<Prepared> {
        let schema = Schema::new(name, schema);
        Schemas::default().prepare(&schema).expect("a schema")
    }

    fn prepared() -> Arc<Prepared> {
        prepare(
            "primum_test",
            shape::object([("n", json!({"type": "integer"}))]),
        )
    }

    fn list() -> Arc<Prepared> {
        let entry = shape::object([("v", shape::word(&["yes", "no"]))]);
        prepare(
            "primum_list",
            shape::object([("list", shape::list(entry, 0, 9))]),
        )
    }

    fn json_of(read: Result<Read, Misfit>) -> Option<Value> {
        read.ok().map(|read| read.json)
    }

    #[test]
    fn thoughts_that_are_json_are_passed_over() {
        let found = prepared().read(r#"I think {"plan": "x"}. So: {"n": 3}"#);
        assert_eq!(json_of(found), Some(json!({"n": 3})));
    }

    #[test]
    fn of_several_answers_the_last_one_counts() {
        let read = prepared().read(r#"The draft says {"n": 1}; I say {"n": 2}."#);
        let read = read.expect("an answer");
        assert_eq!(read.json, json!({"n": 2}));
        assert!(read.slips.has(Slip::SeveralAnswers));
        let twice = prepared().read(r#"{"n": 2} {"n": 2}"#).expect("an answer");
        assert!(!twice.slips.has(Slip::SeveralAnswers));
    }

    #[test]
    fn an_attempt_behind_an_answer_outranks_it() {
        let quoted = r#"The draft says {"list": []}. I say "#;
        for (attempt, why) in [
            (r#"{"list": [{"v": "yes"}, {"v": "#, "it ends before"),
            (r#"{"list": [{"v" "yes"}]}"#, "not well-formed"),
            (r#"{"list": [{"v": "perhaps"}]}"#, "/list/0/v"),
            (r#"[{"v": "perhaps"}]"#, "/list/0/v"),
            (r#"[{"v": "yes"}, {"v": "#, "it ends before"),
            (r#"{"list": [{"v": "yes", "v": "no"}]}"#, "twice"),
        ] {
            let misfit = list().read(&format!("{quoted}{attempt}")).unwrap_err();
            assert!(misfit.for_model.contains(why), "{attempt}: {misfit:?}");
        }
        // What is no attempt leaves the answer as it is.
        for after in ["Bye {}", "[1]", "{see there", r#"{"note": 1}"#] {
            let read = list().read(&format!("{quoted}{after}"));
            assert_eq!(json_of(read), Some(json!({"list": []})), "{after}");
        }
    }

    #[test]
    fn a_bare_array_is_taken_where_the_schema_asks_for_one_list() {
        let yes = json!({"list": [{"v": "yes"}]});
        let read = list().read(r#"So: [{"v": "yes"}]."#).expect("an answer");
        assert_eq!(read.json, yes);
        assert!(read.slips.has(Slip::BareList));
        assert!(list().read("[]").is_err() && list().read(r#"["a"]"#).is_err());
        assert!(prepared().read("[3]").is_err());
    }

    #[test]
    fn wrappings_are_taken_off() {
        for text in [
            r#"{"answer": {"n": 3}}"#,
            r#"[{"n": 3}]"#,
            r#""{\"n\": 3}""#,
            r#"{"answer": "{\"n\": \"3\"}"}"#,
            r#"{"answer": {"result": [{"n": 3}]}}"#,
        ] {
            let read = prepared().read(text).expect("an answer");
            assert_eq!(read.json, json!({"n": 3}), "{text}");
            assert!(!read.slips.is_empty(), "{text}");
        }
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
    fn bounds_and_references_guide_and_do_not_refuse() {
        let schema = shape::object([("items", shape::list(shape::reference(["R1", "R2"]), 1, 1))]);
        let read = prepare("primum_r", schema).read(r#"{"items": ["1", "R2", "R9"]}"#);
        assert_eq!(json_of(read), Some(json!({"items": ["R1", "R2", "R9"]})));
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

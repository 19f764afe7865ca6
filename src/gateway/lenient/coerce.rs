//! Brings a value into the shape of a schema, where that changes no meaning.
//!
//! What is already right comes out as it went in. What cannot be brought into
//! shape stays as it is: the check of the schema finds it.

use serde_json::{Map, Number, Value};

use super::lexer::parse;
use super::reference;
use super::slip::{Slip, Slips};
use crate::gateway::shape::{self, LONGEST_REMARK, LONGEST_TEXT};

/// Most brackets within brackets of a schema that are followed.
const DEEPEST: usize = 32;

/// A value in the shape of a schema, as far as it goes.
pub struct Coerced {
    /// The value.
    pub value: Value,
    /// What was forgiven.
    pub slips: Slips,
    /// Why it cannot be used although it may fit.
    pub lacks: Option<Lacks>,
}

/// Why a value cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lacks {
    /// A text fills its bound: the server stopped it there.
    End,
    /// JSON inside a string says two things at once.
    OneMeaning,
}

/// Brings a value into the shape of a schema (of [`crate::gateway::shape`]).
pub fn coerce(value: Value, schema: &Value) -> Coerced {
    let mut work = Work {
        slips: Slips::default(),
        lacks: None,
    };
    let value = work.node(value, schema, 0);
    Coerced {
        value,
        slips: work.slips,
        lacks: work.lacks,
    }
}

struct Work {
    slips: Slips,
    lacks: Option<Lacks>,
}

impl Work {
    fn node(&mut self, value: Value, schema: &Value, depth: usize) -> Value {
        if depth > DEEPEST {
            return value;
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("object") => self.object(value, schema, depth),
            Some("array") => self.array(value, schema, depth),
            Some("string") => self.string(value, schema),
            Some("integer") => self.integer(value),
            Some("number") => self.number(value),
            Some("boolean") => self.boolean(value),
            _ => value,
        }
    }

    fn object(&mut self, value: Value, schema: &Value, depth: usize) -> Value {
        let value = self.decoded(value, Value::is_object);
        let (Value::Object(mut given), Some(properties)) = (
            value.clone(),
            schema.get("properties").and_then(Value::as_object),
        ) else {
            return value;
        };
        let mut out = Map::new();
        for (name, schema) in properties {
            let entry = match given.shift_remove(name) {
                Some(entry) => Some(entry),
                None => self.otherwise_spelt(&mut given, name, properties),
            };
            let entry = match entry {
                Some(entry) => self.node(entry, schema, depth + 1),
                None => match nothing(schema) {
                    Some(nothing) => {
                        self.slips.note(Slip::Nothing);
                        nothing
                    }
                    None => continue,
                },
            };
            out.insert(name.clone(), entry);
        }
        if !given.is_empty() {
            self.slips.note(Slip::ExtraKeys);
        }
        Value::Object(out)
    }

    /// The entry whose key is this name in other letters, if there is one.
    fn otherwise_spelt(
        &mut self,
        given: &mut Map<String, Value>,
        name: &str,
        properties: &Map<String, Value>,
    ) -> Option<Value> {
        let plain = letters(name);
        let mut alike = given
            .keys()
            .filter(|key| !properties.contains_key(*key) && letters(key) == plain);
        let key = alike.next()?.clone();
        if alike.next().is_some() {
            return None;
        }
        self.slips.note(Slip::OtherCase);
        given.shift_remove(&key)
    }

    fn array(&mut self, value: Value, schema: &Value, depth: usize) -> Value {
        let Some(items) = schema.get("items") else {
            return value;
        };
        let value = self.decoded(value, Value::is_array);
        let entries = match value {
            Value::Array(entries) => entries,
            Value::Null => {
                self.slips.note(Slip::Nothing);
                Vec::new()
            }
            Value::Object(one) if items["type"] == "object" => {
                self.slips.note(Slip::NoList);
                vec![Value::Object(one)]
            }
            Value::String(text) => match self.split(&text, items) {
                Some(entries) => entries,
                None => return Value::String(text),
            },
            Value::Number(one) if shape::references(items).is_some() => {
                self.slips.note(Slip::NoList);
                vec![Value::Number(one)]
            }
            other => return other,
        };
        entries
            .into_iter()
            .map(|entry| self.node(entry, items, depth + 1))
            .collect()
    }

    /// Several references in one text.
    fn split(&mut self, text: &str, items: &Value) -> Option<Vec<Value>> {
        let names = shape::references(items)?.collect::<Vec<_>>();
        let found = if is_nothing(text) {
            Vec::new()
        } else {
            reference::read_all(text, names.iter().copied())?
        };
        self.slips.note(Slip::NoList);
        Some(found.into_iter().map(Value::from).collect())
    }

    fn string(&mut self, value: Value, schema: &Value) -> Value {
        let text = match value {
            Value::String(text) => text,
            Value::Null => {
                return match nothing(schema) {
                    Some(nothing) => {
                        self.slips.note(Slip::Nothing);
                        nothing
                    }
                    None => Value::Null,
                };
            }
            Value::Number(number) => {
                self.slips.note(Slip::WrongType);
                number.to_string()
            }
            Value::Bool(truth) if schema.get("enum").is_none() => {
                self.slips.note(Slip::WrongType);
                truth.to_string()
            }
            other => return other,
        };
        let Some(words) = schema.get("enum").and_then(Value::as_array) else {
            return Value::String(self.whole(text, schema));
        };
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        if words.contains(&text.as_str()) {
            return Value::String(text);
        }
        if is_nothing(&text)
            && let Some(nothing) = nothing(schema)
        {
            self.slips.note(Slip::Nothing);
            return nothing;
        }
        if shape::references(schema).is_some() {
            return match reference::read(&text, words.iter().copied()) {
                Some((name, _)) => {
                    self.slips.note(Slip::LooseReference);
                    name.into()
                }
                None => Value::String(text),
            };
        }
        let plain = letters(&text);
        let mut alike = words.iter().filter(|word| letters(word) == plain);
        match (alike.next(), alike.next()) {
            (Some(word), None) => {
                self.slips.note(Slip::OtherCase);
                (*word).into()
            }
            _ => Value::String(text),
        }
    }

    /// A text that fills its bound was stopped there.
    fn whole(&mut self, mut text: String, schema: &Value) -> String {
        let Some(most) = schema.get("maxLength").and_then(Value::as_u64) else {
            return text;
        };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        if !matches!(most, LONGEST_REMARK | LONGEST_TEXT)
            || text.len() < most
            || text.chars().count() != most
        {
            return text;
        }
        if most == LONGEST_REMARK {
            self.slips.note(Slip::CutRemark);
            text.push('…');
        } else {
            self.lacks = Some(Lacks::End);
        }
        text
    }

    fn integer(&mut self, value: Value) -> Value {
        match &value {
            Value::Number(number) => match whole_number(number) {
                Some(whole) if !(number.is_i64() || number.is_u64()) => {
                    self.slips.note(Slip::WholeFloat);
                    whole.into()
                }
                _ => value,
            },
            Value::String(text) => match read_number(text).as_ref().and_then(whole_number) {
                Some(whole) => {
                    self.slips.note(Slip::WrongType);
                    whole.into()
                }
                None => value,
            },
            _ => value,
        }
    }

    fn number(&mut self, value: Value) -> Value {
        let Value::String(text) = &value else {
            return value;
        };
        match read_number(text) {
            Some(number) => {
                self.slips.note(Slip::WrongType);
                Value::Number(number)
            }
            None => value,
        }
    }

    fn boolean(&mut self, value: Value) -> Value {
        let Value::String(text) = &value else {
            return value;
        };
        let truth = match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" => true,
            "false" | "no" => false,
            _ => return value,
        };
        self.slips.note(Slip::WrongType);
        Value::Bool(truth)
    }

    /// JSON inside a string, where it is of the wanted kind.
    fn decoded(&mut self, value: Value, wanted: impl Fn(&Value) -> bool) -> Value {
        let Value::String(text) = &value else {
            return value;
        };
        let inside = text.trim();
        if !inside.starts_with(['{', '[']) {
            return value;
        }
        match parse(inside) {
            Ok(parsed) if parsed.length == inside.len() && wanted(&parsed.value) => {
                if parsed.contradicts_itself {
                    self.lacks = Some(Lacks::OneMeaning);
                }
                self.slips.add(parsed.slips);
                self.slips.note(Slip::DoublyEncoded);
                parsed.value
            }
            _ => value,
        }
    }
}

/// What stands for nothing in a node, if nothing may stand there.
fn nothing(schema: &Value) -> Option<Value> {
    if schema.get("type")?.as_str()? != "string" {
        return None;
    }
    match schema.get("enum").and_then(Value::as_array) {
        Some(words) => words
            .iter()
            .find(|word| word.as_str() == Some(shape::NONE))
            .cloned(),
        None if schema.get("minLength").is_none() => Some(Value::String(String::new())),
        None => None,
    }
}

/// Words for nothing.
fn is_nothing(text: &str) -> bool {
    let text = text.trim().trim_matches(['"', '\'', '`', '.']);
    ["", "none", "null", "nil", "n/a", "na", "nothing", "-", "—"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

/// Letters and digits alone, small: "Follow up" and "follow-up" are one.
fn letters(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

fn read_number(text: &str) -> Option<Number> {
    serde_json::from_str(text.trim()).ok()
}

/// The whole number that a number is; `1.0` is one.
fn whole_number(number: &Number) -> Option<i64> {
    if let Some(whole) = number.as_i64() {
        return Some(whole);
    }
    let float = number.as_f64()?;
    // Beyond 2^53 a float is no exact number.
    let exact = float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0;
    exact.then_some(float as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::shape::{
        boolean, integer, list, number, object, reference, reference_or_none, remark, text,
        text_or_none, word,
    };
    use serde_json::json;

    fn schema() -> Value {
        object([
            ("op", word(&["add", "Follow-up", "none"])),
            ("item", reference_or_none(["R1", "R2"])),
            ("items", list(reference(["R1", "R2"]), 0, 2)),
            ("n", integer(1, 9)),
            ("x", number(0.0, 1.0)),
            ("yes", boolean()),
            ("text", text()),
            ("note", text_or_none()),
            ("why", remark()),
        ])
    }

    fn right() -> Value {
        json!({
            "op": "add", "item": "R1", "items": ["R1", "R2"], "n": 3, "x": 0.5, "yes": true,
            "text": "Do it", "note": "", "why": "so"
        })
    }

    #[test]
    fn what_is_right_stays_and_nothing_is_noted() {
        let coerced = coerce(right(), &schema());
        assert_eq!(coerced.value, right());
        assert!(coerced.slips.is_empty());
    }

    #[test]
    fn each_field_is_brought_into_shape_or_left_alone() {
        for (field, given, wanted, slip) in [
            ("op", json!("ADD"), json!("add"), Some(Slip::OtherCase)),
            (
                "op",
                json!("follow up"),
                json!("Follow-up"),
                Some(Slip::OtherCase),
            ),
            ("op", json!(null), json!("none"), Some(Slip::Nothing)),
            ("op", json!("N/A"), json!("none"), Some(Slip::Nothing)),
            ("op", json!("delete"), json!("delete"), None),
            ("item", json!(2), json!("R2"), Some(Slip::LooseReference)),
            (
                "item",
                json!("[2]"),
                json!("R2"),
                Some(Slip::LooseReference),
            ),
            ("item", json!(null), json!("none"), Some(Slip::Nothing)),
            ("item", json!(""), json!("none"), Some(Slip::Nothing)),
            ("item", json!("R7"), json!("R7"), None),
            (
                "items",
                json!("R1, 2"),
                json!(["R1", "R2"]),
                Some(Slip::NoList),
            ),
            ("items", json!(1), json!(["R1"]), Some(Slip::NoList)),
            ("items", json!(""), json!([]), Some(Slip::NoList)),
            ("items", json!(null), json!([]), Some(Slip::Nothing)),
            (
                "items",
                json!("[\"R1\"]"),
                json!(["R1"]),
                Some(Slip::DoublyEncoded),
            ),
            ("items", json!("R1 or so"), json!("R1 or so"), None),
            ("n", json!("3"), json!(3), Some(Slip::WrongType)),
            ("n", json!(3.0), json!(3), Some(Slip::WholeFloat)),
            ("n", json!("3.0"), json!(3), Some(Slip::WrongType)),
            ("n", json!(3.5), json!(3.5), None),
            ("n", json!("three"), json!("three"), None),
            ("n", json!("3 of 9"), json!("3 of 9"), None),
            ("x", json!("0.5"), json!(0.5), Some(Slip::WrongType)),
            ("x", json!("50%"), json!("50%"), None),
            ("yes", json!("True"), json!(true), Some(Slip::WrongType)),
            ("yes", json!("no"), json!(false), Some(Slip::WrongType)),
            ("yes", json!(1), json!(1), None),
            ("yes", json!("perhaps"), json!("perhaps"), None),
            ("text", json!(5), json!("5"), Some(Slip::WrongType)),
            ("text", json!(null), json!(null), None),
            ("note", json!(null), json!(""), Some(Slip::Nothing)),
            ("why", json!(null), json!(null), None),
        ] {
            let mut value = right();
            value[field] = given.clone();
            let coerced = coerce(value, &schema());
            assert_eq!(coerced.value[field], wanted, "{field}: {given}");
            let slips: Vec<Slip> = coerced.slips.iter().collect();
            match slip {
                Some(slip) => assert!(slips.contains(&slip), "{field}: {given}: {slips:?}"),
                None => assert!(
                    slips.iter().all(|slip| *slip == Slip::WrongType),
                    "{field}: {given}: {slips:?}"
                ),
            }
        }
    }

    #[test]
    fn keys_are_found_in_other_letters_and_extra_ones_go() {
        let mut value = right();
        let given = value.as_object_mut().expect("an object");
        let text = given.remove("text").expect("a text");
        given.insert("TEXT".into(), text);
        given.insert("thought".into(), json!("hm"));
        given.remove("note");
        let coerced = coerce(value, &schema());
        assert_eq!(coerced.value, right());
        let slips: Vec<Slip> = coerced.slips.iter().collect();
        assert_eq!(slips, [Slip::ExtraKeys, Slip::Nothing, Slip::OtherCase]);
        // Two keys that could be meant are none.
        let mut value = right();
        let given = value.as_object_mut().expect("an object");
        given.remove("text");
        given.insert("Text".into(), json!("a"));
        given.insert("TEXT".into(), json!("b"));
        assert_eq!(coerce(value, &schema()).value.get("text"), None);
    }

    #[test]
    fn what_fills_its_bound_was_stopped_there() {
        let mut value = right();
        value["why"] = json!("ä".repeat(LONGEST_REMARK));
        let coerced = coerce(value.clone(), &schema());
        let why = coerced.value["why"].as_str().unwrap_or_default();
        assert!(why.ends_with('…') && coerced.slips.has(Slip::CutRemark));
        assert_eq!(coerced.lacks, None);
        value["why"] = json!("x".repeat(LONGEST_REMARK + 1));
        assert!(coerce(value.clone(), &schema()).slips.is_empty());
        value["text"] = json!("x".repeat(LONGEST_TEXT));
        assert_eq!(coerce(value, &schema()).lacks, Some(Lacks::End));
    }
}

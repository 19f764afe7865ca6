//! The shape of a file: keys, types and ranges, all faults at once.
//!
//! serde stops at its first error. So the spanned document is walked here
//! along the JSON Schema that is generated from [`super::file`]; whatever is
//! wrong is reported with its place and left out, and what remains is sure to
//! be readable by serde. Only the keywords that our schemas use are known
//! (a test sees to it that they use no others).

use std::ops::Range;
use std::sync::LazyLock;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::sink::Sink;
use super::{secrets, suggest};

/// Protocols that are planned; named so that the message can say so.
const NOT_YET: [&str; 2] = ["debate", "delphi"];

/// Schema keywords that this walker knows.
pub const KEYWORDS: [&str; 19] = [
    "$schema",
    "$defs",
    "$ref",
    "title",
    "description",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
    "pattern",
    "items",
    "oneOf",
    "const",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "minLength",
    "maxLength",
];

/// Reports every fault of shape and returns the document without the faulty
/// parts.
pub fn check<'i>(schema: &Value, document: Spanned<DeTable<'i>>, sink: &mut Sink) -> DeTable<'i> {
    let mut walk = Walk { root: schema, sink };
    let span = document.span().start..document.span().start;
    walk.table(schema, document.into_inner(), span, "")
}

struct Walk<'a> {
    root: &'a Value,
    sink: &'a mut Sink,
}

impl<'a> Walk<'a> {
    fn value<'i>(
        &mut self,
        schema: &'a Value,
        value: Spanned<DeValue<'i>>,
        path: &str,
    ) -> Option<Spanned<DeValue<'i>>> {
        let schema = self.resolve(schema);
        let span = value.span();
        let kept = match (text(schema, "type"), value.into_inner()) {
            (None, value) if schema.get("oneOf").is_none() => Some(value),
            (Some("object"), DeValue::Table(table)) => Some(DeValue::Table(self.table(
                schema,
                table,
                span.clone(),
                path,
            ))),
            (Some("array"), DeValue::Array(items)) => {
                Some(DeValue::Array(self.array(schema, items, path)))
            }
            (Some("boolean"), value @ DeValue::Boolean(_)) => Some(value),
            (Some("integer"), value @ DeValue::Integer(_))
            | (Some("number"), value @ (DeValue::Integer(_) | DeValue::Float(_))) => self
                .number(schema, &value, span.clone(), path)
                .then_some(value),
            (None | Some("string"), DeValue::String(word)) => self
                .string(schema, &word, span.clone(), path)
                .then_some(DeValue::String(word)),
            (kind, value) => {
                self.wrong_type(kind.unwrap_or("string"), &value, span.clone(), path);
                None
            }
        };
        if kept.is_none() {
            self.sink.leave_out(path);
        }
        kept.map(|value| Spanned::new(span, value))
    }

    fn resolve(&self, schema: &'a Value) -> &'a Value {
        text(schema, "$ref")
            .and_then(|reference| reference.strip_prefix('#'))
            .and_then(|pointer| self.root.pointer(&pointer.replace("%20", " ")))
            .unwrap_or(schema)
    }

    fn table<'i>(
        &mut self,
        schema: &'a Value,
        table: DeTable<'i>,
        span: Range<usize>,
        path: &str,
    ) -> DeTable<'i> {
        static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
        let known = schema
            .get("properties")
            .and_then(Value::as_object)
            .unwrap_or_else(|| &*NONE);
        let others = schema.get("additionalProperties");
        let mut kept = DeTable::new();
        for required in schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let required = required.as_str().unwrap_or_default();
            if !table.contains_key(required) {
                self.missing(required, known.get(required), span.clone(), path);
            }
        }
        for (key, value) in table {
            let inner = join(path, key.get_ref());
            let keep = match known.get(key.get_ref().as_ref()) {
                Some(schema) => self.value(schema, value, &inner),
                None if others == Some(&Value::Bool(false)) => {
                    self.unknown_key(&key, known, path);
                    None
                }
                None => {
                    if let Some(names) = schema.get("propertyNames") {
                        self.string(names, key.get_ref(), key.span(), &inner);
                    }
                    match others {
                        Some(schema @ Value::Object(_)) => self.value(schema, value, &inner),
                        _ => Some(value),
                    }
                }
            };
            if let Some(value) = keep {
                kept.insert(key, value);
            }
        }
        kept
    }

    fn array<'i>(&mut self, schema: &'a Value, items: DeArray<'i>, path: &str) -> DeArray<'i> {
        let Some(schema) = schema.get("items") else {
            return items;
        };
        items
            .into_iter()
            .enumerate()
            .filter_map(|(at, item)| self.value(schema, item, &format!("{path}[{}]", at + 1)))
            .collect()
    }

    fn string(&mut self, schema: &Value, word: &str, span: Range<usize>, path: &str) -> bool {
        if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
            let choices: Vec<_> = choices.iter().filter_map(|c| text(c, "const")).collect();
            return choices.contains(&word) || {
                self.unknown_word(word, &choices, span, path);
                false
            };
        }
        if schema.get("pattern").is_some() && !is_name(word) {
            let message = format!("`{word}` is not a name");
            let help = format!(
                "names have small letters, digits and hyphens, and begin with a letter or digit{}",
                likely_name(word)
            );
            self.sink.error("bad-name", span, &message, &help);
            return true; // still of use: what refers to it is checked by it
        }
        if schema.get("minLength").is_some() && word.trim().is_empty() {
            let meaning = text(schema, "description").unwrap_or_default();
            let message = format!("`{path}` is empty");
            self.sink.error("empty", span, &message, meaning);
            return false;
        }
        let most = schema.get("maxLength").and_then(Value::as_u64);
        if let Some(most) = most.filter(|most| word.chars().count() as u64 > *most) {
            let message = format!("`{path}` has more than {most} characters");
            self.sink
                .error("too-long", span, &message, "say it in fewer words");
            return false;
        }
        true
    }

    fn number(
        &mut self,
        schema: &Value,
        value: &DeValue<'_>,
        span: Range<usize>,
        path: &str,
    ) -> bool {
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        let number = match value {
            DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
                .ok()
                .map(|integer| integer as f64),
            DeValue::Float(float) => float.as_str().parse().ok(),
            _ => None,
        };
        let fits = number
            .filter(|number| number.is_finite())
            .is_some_and(|number| {
                bound("minimum").is_none_or(|least| number >= least)
                    && bound("maximum").is_none_or(|most| number <= most)
                    && bound("exclusiveMinimum").is_none_or(|least| number > least)
            });
        if !fits {
            let shown = match value {
                DeValue::Integer(integer) => integer.to_string(),
                DeValue::Float(float) => float.to_string(),
                _ => String::new(),
            };
            let least = bound("minimum").map(|least| format!("at least {least}"));
            let above = bound("exclusiveMinimum").map(|least| format!("above {least}"));
            let most = bound("maximum")
                .filter(|most| *most < f64::from(u32::MAX))
                .map(|most| format!("at most {most}"));
            let wanted: Vec<_> = [least, above, most].into_iter().flatten().collect();
            let message = format!("`{path}` is {shown}, which is out of range");
            let help = format!("it must be {}", wanted.join(" and "));
            self.sink.error("out-of-range", span, &message, &help);
        }
        fits
    }

    fn wrong_type(&mut self, wanted: &str, value: &DeValue<'_>, span: Range<usize>, path: &str) {
        let message = format!(
            "`{path}` must be {}, not {}",
            say(wanted),
            say(value.type_str())
        );
        let help = match (wanted, value) {
            ("integer" | "number", DeValue::String(word)) if word.trim().parse::<f64>().is_ok() => {
                "write the number without quotes"
            }
            ("boolean", DeValue::String(_)) => "write `true` or `false`, without quotes",
            ("string", DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_)) => {
                "put it in quotes"
            }
            ("array", DeValue::Table(_)) => {
                &format!("write `[[{path}]]` with two brackets: there may be several")
            }
            ("object", DeValue::Array(_)) => {
                &format!("write `[{path}]` with one bracket: there is only one")
            }
            _ => "",
        };
        self.sink.error("wrong-type", span, &message, help);
    }

    fn unknown_word(&mut self, word: &str, choices: &[&str], span: Range<usize>, path: &str) {
        if path == "consensus.protocol" && NOT_YET.contains(&word) {
            let message = format!("the protocol `{word}` is not yet available");
            let help = suggest::help("", choices.iter().copied(), "available");
            return self.sink.error("not-yet", span, &message, &help);
        }
        let message = format!("`{path}` cannot be `{word}`");
        let help = suggest::help(word, choices.iter().copied(), "one of");
        self.sink.error("unknown-word", span, &message, &help);
    }

    fn unknown_key(
        &mut self,
        key: &Spanned<impl AsRef<str>>,
        known: &Map<String, Value>,
        path: &str,
    ) {
        let name = key.get_ref().as_ref();
        if secrets::is_secret_key(name) {
            return; // reported as a secret, with better help
        }
        let place = if path.is_empty() {
            "at the top".into()
        } else {
            format!("in `{path}`")
        };
        let message = format!("unknown key `{name}` {place}");
        let help = suggest::help(name, known.keys().map(String::as_str), "known here");
        self.sink.error("unknown-key", key.span(), &message, &help);
    }

    fn missing(&mut self, key: &str, schema: Option<&'a Value>, span: Range<usize>, path: &str) {
        let place = if path.is_empty() {
            "the file".into()
        } else {
            format!("`{path}`")
        };
        let meaning = schema
            .and_then(|schema| text(schema, "description"))
            .unwrap_or_default();
        let message = format!("{place} has no `{key}`");
        self.sink.error("missing-key", span, &message, meaning);
    }
}

/// Is it a name as agents, models, providers and panels have?
pub fn is_name(word: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    word.bytes().all(inner) && !word.is_empty() && !word.starts_with('-')
}

fn likely_name(word: &str) -> String {
    let likely: String = word
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let likely = likely.trim_matches('-');
    if likely.is_empty() {
        String::new()
    } else {
        format!(", such as `{likely}`")
    }
}

fn text<'v>(schema: &'v Value, keyword: &str) -> Option<&'v str> {
    schema.get(keyword).and_then(Value::as_str)
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn say(kind: &str) -> &str {
    match kind {
        "object" | "table" => "a table",
        "array" => "a list",
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "float" => "a decimal number",
        "boolean" => "true or false",
        "datetime" => "a date",
        other => other,
    }
}

//! How our schemas are written: in one form that every server understands.
//!
//! Strict servers take subsets of JSON Schema, each its own. What all of them
//! take is little, and enough: every node has one `type`; every object lists
//! all of its properties as required and allows no others; `enum` stands beside
//! `"type": "string"` alone and holds no empty word; nothing may be null, so a
//! word such as `none` says that there is nothing. Bounds (`maxItems`,
//! `maxLength`, …) are written wherever they mean something; who does not take
//! them is not sent them ([`super::forms`]).
//!
//! What may be referred to is offered by name, such as `R3`: a letter that no
//! score and no place in a list has. Such a list of names is the only one whose
//! members all are letters with a number, so that a reader can tell it from a
//! fixed vocabulary ([`is_reference`]).

use serde_json::{Map, Value, json};

/// Most characters of words that become part of a plan. A text that reaches
/// this was stopped there by the server, and lacks its end: it is not accepted.
pub const LONGEST_TEXT: usize = 1_200;
/// Most characters of a remark (a reason, a rationale, a quotation), which
/// decides nothing. One that reaches this was stopped there too, and is shown
/// with an ellipsis. Both stay below what llama.cpp's grammars take (2,000).
pub const LONGEST_REMARK: usize = 400;
/// Most names in one list of what may be referred to. A schema has at most
/// three such lists, and OpenAI took at most 500 names in all (1,000 today).
pub const MOST_REFERENCES: usize = 150;
/// Most entries of a list without a bound of its own.
pub const MOST_ENTRIES: usize = 60;
/// The word for nothing to refer to.
pub const NONE: &str = "none";

/// An object of exactly these properties, in this order.
pub fn object<const N: usize>(properties: [(&str, Value); N]) -> Value {
    let required = properties.iter().map(|(name, _)| Value::from(*name));
    let required = required.collect();
    let properties = made(properties);
    made([
        ("type", "object".into()),
        ("properties", properties),
        ("required", required),
        ("additionalProperties", false.into()),
    ])
}

/// An object of these values, which are taken and not copied as `json!` does:
/// schemas are made for every call, and lie within each other.
fn made<const N: usize>(members: [(&str, Value); N]) -> Value {
    let members = members.into_iter();
    let members: Map<String, Value> = members
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    members.into()
}

/// A list of `least` to `most` entries.
pub fn list(items: Value, least: usize, most: usize) -> Value {
    made([
        ("type", "array".into()),
        ("items", items),
        ("minItems", least.into()),
        ("maxItems", most.into()),
    ])
}

/// Words that become part of a plan.
pub fn text() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT})
}

/// The same; empty where there are none.
pub fn text_or_none() -> Value {
    json!({"type": "string", "maxLength": LONGEST_TEXT})
}

/// Words that explain.
pub fn remark() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": LONGEST_REMARK})
}

/// The same; empty where there is nothing to say.
pub fn remark_or_none() -> Value {
    json!({"type": "string", "maxLength": LONGEST_REMARK})
}

/// One word of a fixed vocabulary.
pub fn word(words: &[&str]) -> Value {
    json!({"type": "string", "enum": words})
}

/// One of these names, such as `O12`. Too many of them are not listed: then it
/// is any short text. None at all: a list of them can only be empty.
pub fn reference<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Value {
    listed(names.into_iter().map(|name| name.as_ref().to_owned()))
}

/// One of these names, or `none`.
pub fn reference_or_none<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Value {
    let names = names.into_iter().map(|name| name.as_ref().to_owned());
    listed(std::iter::once(NONE.to_owned()).chain(names))
}

fn listed(names: impl Iterator<Item = String>) -> Value {
    let names: Vec<String> = names.take(MOST_REFERENCES + 2).collect();
    if names.is_empty() || names.len() > MOST_REFERENCES {
        return json!({"type": "string", "maxLength": 16});
    }
    made([("type", "string".into()), ("enum", names.into())])
}

/// A whole number from `least` to `most`.
pub fn integer(least: i64, most: i64) -> Value {
    json!({"type": "integer", "minimum": least, "maximum": most})
}

/// A number from `least` to `most`.
pub fn number(least: f64, most: f64) -> Value {
    json!({"type": "number", "minimum": least, "maximum": most})
}

/// True or false.
pub fn boolean() -> Value {
    json!({"type": "boolean"})
}

/// Names `O1`, `O2`, … of numbers.
pub fn numbered<'a>(
    prefix: &'a str,
    numbers: impl IntoIterator<Item = i64> + 'a,
) -> impl Iterator<Item = String> + 'a {
    numbers
        .into_iter()
        .map(move |number| format!("{prefix}{number}"))
}

/// Is this a name of something that may be referred to, as `A2` or `AB12`?
pub fn is_reference(name: &str) -> bool {
    let digits = name.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let letters = name.len() - digits.len();
    let number = digits.strip_prefix('-').unwrap_or(digits);
    (1..=3).contains(&letters)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// The names that a node offers to refer to; `None`: it is no such node.
pub fn references(node: &Value) -> Option<impl Iterator<Item = &str>> {
    let words = node.get("enum")?.as_array()?;
    let names = || words.iter().filter_map(Value::as_str);
    let all = names().all(|name| name == NONE || is_reference(name));
    let some = names().any(is_reference);
    (all && some).then(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_words() {
        for name in ["A1", "AB12", "O-3", "R150"] {
            assert!(is_reference(name), "{name}");
        }
        for word in ["yes", "A", "1", "Mild", "a1", "A1b", "ABCD1", "", "O-"] {
            assert!(!is_reference(word), "{word}");
        }
        assert!(references(&reference(["A1", "B2"])).is_some());
        assert!(references(&reference_or_none(["R1"])).is_some());
        assert!(references(&word(&["yes", "no"])).is_none());
        assert!(references(&word(&["none", "Mild"])).is_none());
        assert!(references(&text()).is_none());
    }

    #[test]
    fn too_many_names_and_none_are_any_short_text() {
        let many = reference(numbered("O", 1..=MOST_REFERENCES as i64 + 1));
        assert_eq!(many["enum"], Value::Null);
        assert_eq!(many["type"], "string");
        let most = reference(numbered("O", 1..=MOST_REFERENCES as i64));
        assert_eq!(most["enum"].as_array().map(Vec::len), Some(MOST_REFERENCES));
        assert_eq!(reference::<&str>([])["enum"], Value::Null);
    }
}

//! Finds JSON in what a model said.
//!
//! Models wrap JSON in prose, in code fences, or in thoughts that hold JSON of
//! their own. [`candidates`] finds every outermost object or array, read
//! leniently ([`super::lenient`]), and what was begun and never ended. Pure,
//! never panics, and linear: of starts that lead nowhere, so much text is read
//! in all and no more.

use serde_json::Value;

use super::lenient::{Fault, Parsed, parse};

/// How often the text may be read over in starts that lead nowhere: a text with
/// so many unclosed brackets is not JSON in prose.
const MOST_READ_IN_VAIN: usize = 32;

/// Something in a text that is JSON, or looks like it.
pub struct Found<'a> {
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends; of what is broken, where it stops to be JSON.
    pub end: usize,
    /// What it is.
    pub what: What<'a>,
}

/// What was found.
pub enum What<'a> {
    /// A value.
    Value(Parsed),
    /// A bracket that closes nothing, with the rest of the text.
    Broken(&'a str, Fault),
}

/// Every outermost object or array in a text, in order, with the starts that
/// lead nowhere. A text that is one string in quotes yields that alone.
/// `complete`: the whole text was searched.
pub struct Candidates<'a> {
    /// In the order of the text.
    pub found: Vec<Found<'a>>,
    /// Was the whole text searched?
    pub complete: bool,
}

/// See [`Candidates`].
pub fn candidates(text: &str) -> Candidates<'_> {
    let whole = text.trim_start_matches('\u{feff}').trim();
    if whole.starts_with('"')
        && let Ok(parsed) = parse(whole)
        && parsed.length == whole.len()
    {
        return Candidates {
            found: vec![Found {
                start: 0,
                end: text.len(),
                what: What::Value(parsed),
            }],
            complete: true,
        };
    }
    let mut found = Vec::new();
    let mut at = 0;
    let mut budget = text.len().saturating_mul(MOST_READ_IN_VAIN) + 4_096;
    while let Some(next) = text.get(at..).and_then(|rest| rest.find(['{', '['])) {
        let start = at + next;
        let rest = text.get(start..).unwrap_or_default();
        match parse(rest) {
            Ok(parsed) => {
                at = start + parsed.length;
                found.push(Found {
                    start,
                    end: at,
                    what: What::Value(parsed),
                });
            }
            Err((fault, read)) => {
                found.push(Found {
                    start,
                    end: start + read,
                    what: What::Broken(rest, fault),
                });
                at = start + 1;
                budget = match budget.checked_sub(read) {
                    Some(left) => left,
                    None => {
                        return Candidates {
                            found,
                            complete: false,
                        };
                    }
                };
            }
        }
    }
    Candidates {
        found,
        complete: true,
    }
}

/// The first JSON object or array in a text.
pub fn first(text: &str) -> Option<Value> {
    let found = candidates(text).found.into_iter();
    found
        .filter_map(|found| match found.what {
            What::Value(parsed) => Some(parsed.value),
            What::Broken(..) => None,
        })
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn json_is_found_in_prose_fences_and_after_thoughts() {
        for text in [
            r#"{"a": 1}"#,
            "Here you are:\n```json\n{\"a\": 1}\n```\nAnything else?",
            r#"Sure {not json}. {"a": 1} and {"b": 2}"#,
            r#"[see the note] {"a": 1}"#,
            "\u{feff}{\"a\": 1}",
        ] {
            assert_eq!(first(text), Some(json!({"a": 1})), "{text}");
        }
    }

    #[test]
    fn brackets_and_quotes_in_strings_do_not_count() {
        let text = r#"Answer: {"a": "} \" ] {", "b": [1]} done"#;
        assert_eq!(first(text), Some(json!({"a": "} \" ] {", "b": [1]})));
    }

    #[test]
    fn a_text_without_json_yields_nothing() {
        for text in ["", "no", "{", "[[[[", "{\"a\": ", "}{", "{{{}", "\"{"] {
            let found = first(text);
            assert!(found.is_none() || found == Some(json!({})), "{text}");
        }
    }

    #[test]
    fn every_value_and_every_broken_start_is_offered() {
        let text = r#"{"draft": 1} [x y] then {"final": [2]} {"cut": "#;
        let found: Vec<String> = candidates(text)
            .found
            .iter()
            .map(|found| match &found.what {
                What::Value(parsed) => parsed.value.to_string(),
                What::Broken(_, Fault::Unfinished) => "unfinished".to_owned(),
                What::Broken(_, Fault::Other) => "other".to_owned(),
            })
            .collect();
        assert_eq!(
            found,
            [r#"{"draft":1}"#, "other", r#"{"final":[2]}"#, "unfinished"]
        );
    }

    #[test]
    fn unclosed_brackets_end_the_search() {
        for text in [
            "[".repeat(200_000),
            "{\"a\":".repeat(50_000),
            "[1, ".repeat(50_000),
        ] {
            assert_eq!(first(&text), None);
        }
        let strings = "[\"".repeat(100_000);
        assert!(candidates(&strings).found.len() <= 100_000);
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,12}".prop_map(Value::from),
            "[\\[\\]{}\"\\\\,:]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(("\\PC{0,6}", inner), 0..4)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_never_panics(text in "\\PC{0,200}") {
            let _ = candidates(&text).found.len();
        }

        #[test]
        fn it_never_panics_on_brackets(text in "[\\[\\]{}\"\\\\a:,1 é]{0,200}") {
            let _ = candidates(&text).found.len();
        }

        #[test]
        fn an_object_comes_back_whole_from_prose(
            value in json_value(),
            before in "[a-z .:`\n]{0,30}",
            after in "[a-z .`\n]{0,30}",
        ) {
            let object = json!({ "it": value });
            let text = format!("{before}{object}{after}");
            prop_assert_eq!(first(&text), Some(object));
        }
    }
}

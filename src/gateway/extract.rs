//! Finds JSON in what a model said.
//!
//! Models wrap JSON in prose, in code fences, or in thoughts that hold JSON of
//! their own. [`candidates`] yields every outermost balanced object or array
//! that parses, in order; the caller takes the first that fits its schema.
//! Pure, never panics, and linear but for texts of unclosed brackets, where
//! the number of starts that are tried is bounded.

use serde_json::Value;

/// Most starts that lead nowhere before the search ends: a text with more
/// unclosed brackets than this is not JSON in prose.
const MOST_FALSE_STARTS: usize = 64;

/// Every outermost JSON object or array in a text, in order. A text that is
/// JSON as a whole, even a bare string or number, yields just that.
pub fn candidates(text: &str) -> Candidates<'_> {
    Candidates {
        text,
        at: 0,
        false_starts: 0,
        whole: true,
    }
}

/// The first JSON object or array in a text.
pub fn first(text: &str) -> Option<Value> {
    candidates(text).next()
}

/// Iterator of [`candidates`].
pub struct Candidates<'a> {
    text: &'a str,
    at: usize,
    false_starts: usize,
    whole: bool,
}

impl Iterator for Candidates<'_> {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        if std::mem::take(&mut self.whole)
            && let Ok(value) = serde_json::from_str(self.text.trim())
        {
            self.at = self.text.len();
            return Some(value);
        }
        while self.false_starts < MOST_FALSE_STARTS {
            let start = self.at + self.text.get(self.at..)?.find(['{', '['])?;
            let rest = self.text.get(start..)?;
            if let Some(length) = balanced(rest)
                && let Some(Ok(value)) = rest.get(..length).map(serde_json::from_str)
            {
                self.at = start + length;
                return Some(value);
            }
            self.false_starts += 1;
            self.at = start + 1;
        }
        None
    }
}

/// Bytes to the bracket that closes the first one, brackets in strings left
/// out; `None` when it is not closed.
fn balanced(text: &str) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
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
            r#"[see note] {"a": 1}"#,
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
    fn every_candidate_is_offered() {
        let all: Vec<_> = candidates(r#"{"draft": 1} then {"final": [2]}"#).collect();
        assert_eq!(all, [json!({"draft": 1}), json!({"final": [2]})]);
    }

    #[test]
    fn unclosed_brackets_end_the_search_soon() {
        let text = "[".repeat(1_000_000);
        let started = std::time::Instant::now();
        assert_eq!(first(&text), None);
        assert!(started.elapsed().as_secs() < 5);
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
            let _ = candidates(&text).count();
        }

        #[test]
        fn it_never_panics_on_brackets(text in "[\\[\\]{}\"\\\\a:,1 é]{0,200}") {
            let _ = candidates(&text).count();
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

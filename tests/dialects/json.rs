//! Kind H: JSON as models write it.

use primum::gateway::lenient::{Fault, Slip, coerce, parse};
use primum::gateway::shape::{boolean, integer, list, object, reference, remark, text, word};
use primum::gateway::{FailureKind, Notice};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::asking::{asked, schema_of};
use crate::fake_openai::{Fake, Reply};

/// A guardian's sort of answer.
fn schema() -> Value {
    let edit = object([
        ("op", word(&["add", "remove", "modify"])),
        ("item", reference(["R1", "R2", "R3"])),
        ("text", text()),
        ("sure", integer(1, 9)),
        ("safe", boolean()),
        ("reason", remark()),
    ]);
    object([("edits", list(edit, 0, 5))])
}

fn right() -> Value {
    json!({"edits": [{"op": "add", "item": "R2", "text": "Stop it", "sure": 3, "safe": true,
        "reason": "so"}]})
}

/// What arrives, read without another purchase as what it means, and told.
#[tokio::test]
async fn what_can_only_mean_one_thing_is_read_and_told() {
    let one = r#"{"op": "add", "item": "R2", "text": "Stop it", "sure": 3, "safe": true, "reason": "so"}"#;
    let whole = format!(r#"{{"edits": [{one}]}}"#);
    let with = |from: &str, to: &str| whole.replace(from, to);
    let listed = [
        (with("\"so\"}", "\"so\",}"), "trailing comma"),
        (with("}]", "},]"), "trailing comma"),
        (with("\"so\"", "\"s\no\""), "raw line ends"),
        (with("\"so\"", "\"s\to\""), "raw line ends"),
        (with("\"op\"", "\"note\": \"hm\", \"op\""), "extra keys"),
        (with("\"sure\": 3", "\"sure\": \"3\""), "another type"),
        (with("\"sure\": 3", "\"sure\": 3.0"), "fraction"),
        (with("\"add\"", "\"ADD\""), "other spelling"),
        (json!(whole).to_string(), "JSON within a string"),
        (format!(r#"{{"answer": {whole}}}"#), "wrapping"),
        (format!("[{whole}]"), "wrapping"),
        (with("true", "True"), "Python"),
        (
            whole.replace('"', "'").replace("true", "True"),
            "odd quotes",
        ),
        (with("\"Stop it\"", "“Stop it”"), "odd quotes"),
    ];
    let own = [
        (with("\"op\":", "op:"), "keys without quotes"),
        (with("\"add\"", "add"), "a word without quotes"),
        (with("[{", "[ // the edits\n{"), "comments"),
        (with("[{", "[ /* so */ {"), "comments"),
        (with(", \"item\"", " \"item\""), "a missing comma"),
        (with("\"sure\": 3", "\"sure\": +3"), "an odd number"),
        (with("\"R2\"", "2"), "loose references"),
        (with("\"R2\"", "\"[2]\""), "loose references"),
        (with("\"R2\"", "\"item R2\""), "loose references"),
        (with("\"safe\"", "\"Safe\""), "other spelling"),
        (with("true", "\"yes\""), "another type"),
        (format!("[{one}]"), "a list without its object"),
        (with(&format!("[{one}]"), one), "an entry that is no list"),
        (with("\"edits\"", "\u{a0}\"edits\""), "odd white space"),
        (with("\"so\"", r#""s\'o""#), "odd escapes"),
        (with("\"so\"", r#""s\ud83do""#), "half a character"),
        (
            with("\"safe\": true", "\"safe\": true, \"safe\": true"),
            "a key given twice alike",
        ),
        (
            format!("{{\"quote\": [] }} {{\"edits\": []}} and so {whole}"),
            "the last one counts",
        ),
        (
            format!("```json\n{whole}\n```\n(see {{above"),
            "never closed",
        ),
    ];
    for (given, told) in listed.iter().chain(&own) {
        let fake = Fake::always(Reply::says(given)).await;
        let answer = asked(&fake, schema_of(schema())).await;
        let answer = answer.unwrap_or_else(|error| panic!("{given}: {error}"));
        assert_eq!(fake.count(), 1, "a repair was bought for {given}");
        let mut wanted = right();
        if let Some(reason) = answer
            .json
            .as_ref()
            .and_then(|j| j.pointer("/edits/0/reason"))
        {
            let letters = |text: &str| -> String {
                text.chars().filter(|c| c.is_ascii_alphabetic()).collect()
            };
            assert_eq!(
                letters(reason.as_str().unwrap_or_default()),
                "so",
                "{given}"
            );
            wanted["edits"][0]["reason"] = reason.clone();
        }
        assert_eq!(answer.json.as_deref(), Some(&wanted), "{given}");
        let words: Vec<String> = answer.notices.iter().map(Notice::words).collect();
        assert!(
            words.iter().any(|words| words.contains(told)),
            "{given}: {words:?}"
        );
    }
    // What is right is told nothing of.
    let fake = Fake::always(Reply::says(&whole)).await;
    let answer = asked(&fake, schema_of(schema())).await.expect("an answer");
    assert_eq!(answer.notices, []);
}

/// What is cut, or could mean two things, is asked again.
#[tokio::test]
async fn what_could_mean_two_things_is_asked_again() {
    let whole = right().to_string();
    let quoted = r#"The draft ends with {"edits": []}. "#;
    for bad in [
        whole[..whole.len() - 2].to_owned(),
        whole[..whole.len() - 1].to_owned(),
        whole[..whole.len() / 2].to_owned(),
        whole.replace("\"op\":\"add\"", "\"op\":\"add\",\"op\":\"remove\""),
        whole.replace("Stop it", "Stop \"it\" now"),
        whole.replace("\"sure\":3", "\"sure\":\"3 of 9\""),
        whole.replace("\"sure\":3", "\"sure\":3.5"),
        whole.replace("\"sure\":3", "\"sure\":007"),
        whole.replace("\"add\"", "\"add or remove\""),
        whole.replace("true", "\"perhaps\""),
        whole.replace("\"text\":\"Stop it\",", ""),
        whole.replace("\"Stop it\"", "null"),
        whole.replace("\"Stop it\"", "[\"Stop\", \"it\"]"),
        format!("{quoted}{}", &whole[..whole.len() - 2]),
        format!("{quoted}{}", whole.replace("true", "maybe so")),
        format!("{quoted}{}", whole.replace("\"add\"", "\"delete\"")),
        "no JSON at all".to_owned(),
        "{".repeat(400),
    ] {
        let fake = Fake::script(vec![Reply::says(&bad), Reply::says(&whole)]).await;
        let answer = asked(&fake, schema_of(schema())).await;
        let answer = answer.unwrap_or_else(|error| panic!("{bad}: {error}"));
        assert_eq!(fake.count(), 2, "{bad}");
        assert_eq!(answer.json.as_deref(), Some(&right()), "{bad}");
        let wrong = fake.requests()[1].message(0).to_owned();
        assert!(wrong.contains("does not fit the JSON Schema"), "{wrong}");
    }
}

/// Quoting an empty list out of a draft does not silence a guardian, and a
/// quoted verdict does not become one.
#[tokio::test]
async fn a_quoted_answer_before_the_answer_is_not_the_answer() {
    for quoted in [
        r#"The plan says: {"edits": []}"#,
        r#"<plan>{"edits": []}</plan> Thinking: {"edits": [], "note": 1}"#,
        "```json\n{\"edits\": []}\n```",
        r#"{"edits": [{"op": "remove", "item": "R1", "text": "x", "sure": 9, "safe": false, "reason": "forged"}]}"#,
    ] {
        let fake = Fake::always(Reply::says(&format!("{quoted}\nMy answer: {}", right()))).await;
        let answer = asked(&fake, schema_of(schema())).await.expect("an answer");
        assert_eq!(answer.json.as_deref(), Some(&right()), "{quoted}");
    }
}

/// A text that fills its bound was stopped there by the server's grammar: it is
/// not taken for whole.
#[tokio::test]
async fn a_text_that_was_stopped_at_its_bound_is_asked_again() {
    let mut cut = right();
    cut["edits"][0]["text"] = "x".repeat(primum::gateway::shape::LONGEST_TEXT).into();
    let fake = Fake::script(vec![
        Reply::says(&cut.to_string()),
        Reply::says(&right().to_string()),
    ])
    .await;
    let answer = asked(&fake, schema_of(schema())).await.expect("an answer");
    assert_eq!(answer.json.as_deref(), Some(&right()));
    assert!(fake.requests()[1].message(0).contains("was cut there"));
}

/// Twice unreadable is a failure that says so, without the answer's words.
#[tokio::test]
async fn twice_unreadable_is_a_failure_without_the_words() {
    let fake = Fake::always(Reply::says(r#"{"edits": [{"op": "palpitations"#)).await;
    let error = asked(&fake, schema_of(schema())).await.unwrap_err();
    assert_eq!(error.kind, FailureKind::Invalid);
    assert!(
        error.message.contains("closing brackets"),
        "{}",
        error.message
    );
    assert!(!error.message.contains("palpitations"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "[\\x00-\\x7f]{0,8}".prop_map(Value::from),
        "['“”’\\[\\]{}\"\\\\,:#/]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec(("\\PC{0,6}", inner), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    /// What is JSON is read as `serde_json` reads it, and nothing is forgiven.
    #[test]
    fn json_is_read_as_it_stands(value in any_json(), pretty in any::<bool>()) {
        let text = match pretty {
            true => serde_json::to_string_pretty(&value).expect("JSON"),
            false => value.to_string(),
        };
        let parsed = parse(&text).map_err(|_| TestCaseError::fail("not read"))?;
        prop_assert_eq!(&parsed.value, &serde_json::from_str::<Value>(&text).expect("JSON"));
        prop_assert_eq!(parsed.length, text.len());
        prop_assert!(parsed.slips.is_empty() && !parsed.contradicts_itself);
    }

    /// Every prefix of an object is unfinished, or no JSON; never a value.
    #[test]
    fn a_cut_object_is_never_a_value(value in any_json(), share in 0.0..1.0f64) {
        let text = json!({ "it": value }).to_string();
        let cut = (text.len() as f64 * share) as usize;
        let cut = (0..=cut).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        prop_assert!(parse(&text[..cut]).is_err());
    }

    #[test]
    fn it_never_panics_and_never_reads_beyond(text in "[\\[\\]{}\"'\\\\a-cnu:,/#*0-9.+\\-eé“ \n]{0,120}") {
        match parse(&text) {
            Ok(parsed) => {
                prop_assert!(parsed.length <= text.len());
                let coerced = coerce(parsed.value, &schema());
                // Once in shape, it stays as it is.
                let again = coerce(coerced.value.clone(), &schema());
                prop_assert_eq!(again.value, coerced.value);
            }
            Err((fault, read)) => {
                prop_assert!(read <= text.len());
                prop_assert!(matches!(fault, Fault::Unfinished | Fault::Other));
            }
        }
    }

    /// One slip in JSON that is otherwise right changes no value.
    #[test]
    fn a_slip_changes_no_value(value in any_json(), slip in 0usize..4) {
        let right = json!({"a": value, "b": [1, "x"]});
        let text = right.to_string();
        let (text, noted) = match slip {
            0 => (format!("{},}}", &text[..text.len() - 1]), Slip::TrailingComma),
            1 => (format!("{{b1:0,{}", &text[1..]), Slip::UnquotedKey),
            2 => (format!("{{ /* so */ {}", &text[1..]), Slip::Comment),
            _ => (format!("{{\u{a0}{}", &text[1..]), Slip::OddSpace),
        };
        let mut parsed = parse(&text).map_err(|_| TestCaseError::fail("not read"))?;
        if let Some(object) = parsed.value.as_object_mut() {
            object.shift_remove("b1");
        }
        prop_assert_eq!(parsed.value, right);
        prop_assert!(parsed.slips.has(noted));
    }
}

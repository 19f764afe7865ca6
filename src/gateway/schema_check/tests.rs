//! Held against a general validator, and what is refused.

use super::*;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::json;

/// All that is wrong, as this check and as a general validator tell it.
fn both(schema: &Value, value: &Value) -> [Vec<String>; 2] {
    let ours = Check::new(schema).expect("a schema of the known part");
    let theirs = jsonschema::validator_for(schema).expect("a schema");
    let shown = |place: &str, rule: &str, told: &str| format!("{place} {rule}: {told}");
    let faults = ours.faults(value, usize::MAX);
    assert_eq!(faults.is_empty(), ours.fits(value), "{schema} {value}");
    let ours = faults
        .iter()
        .map(|fault| shown(&fault.place, &fault.rule, &fault.told));
    let theirs = theirs.iter_errors(value).map(|error| {
        shown(
            error.instance_path().as_str(),
            error.schema_path().as_str(),
            &error.masked().to_string(),
        )
    });
    // The order of members differs where a schema is closed.
    let [mut ours, mut theirs] = [ours.collect::<Vec<_>>(), theirs.collect()];
    ours.sort();
    theirs.sort();
    [ours, theirs]
}

fn parts() -> Vec<Value> {
    vec![
        json!({"type": "string"}),
        json!({"type": "integer"}),
        json!({"type": "number", "minimum": 0, "maximum": 1}),
        json!({"type": ["integer", "null"], "minimum": 2}),
        json!({"type": "boolean"}),
        json!({"type": "null", "description": "nothing"}),
        json!({"type": "string", "minLength": 1, "maxLength": 2}),
        json!({"enum": ["a"]}),
        json!({"enum": ["a", "b", null]}),
        json!({"enum": ["a", "b", "c", 1, {"x": [1, 2.0]}]}),
        json!({"const": 1}),
        json!({"const": {"x": [1]}}),
        json!({"anyOf": [{"type": "string"}, {"const": 2, "title": "two"}]}),
        json!({"type": "array", "items": {"type": "integer", "maximum": 3}}),
        json!({"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 1, "maxItems": 2}),
        json!({"type": "object", "properties": {"a/b~c": {"type": "string"}}}),
        json!({"type": "object", "additionalProperties": true, "required": ["x", "y"]}),
        json!({"additionalProperties": false, "properties": {"x": {"type": "null"}}}),
        json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["x", "list"],
            "properties": {
                "x": {"type": "integer"},
                "list": {"type": "array", "maxItems": 1, "items": {
                    "type": "object",
                    "required": ["n"],
                    "properties": {"n": {"type": "number", "maximum": 5}}
                }}
            }
        }),
        json!({}),
    ]
}

fn leaf() -> impl Strategy<Value = Value> {
    select(vec![
        json!(null),
        json!(true),
        json!(""),
        json!("a"),
        json!("ü\u{301}x"),
        json!(0),
        json!(1),
        json!(1.0),
        json!(-0.0),
        json!(0.5),
        json!(2),
        json!(1e300),
        json!(-7),
        json!(u64::MAX),
        json!(i64::MIN),
        json!({"x": [1.0, 2]}),
        json!({"x": [1]}),
    ])
}

fn value() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(3, 12, 4, |inner| {
        let names = subsequence(vec!["x", "y", "list", "n", "a/b~c", "else"], 0..=4);
        let values = prop::collection::vec(inner.clone(), 6);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            (names, values).prop_map(|(names, values)| {
                let names = names.into_iter().map(str::to_owned);
                Value::Object(names.zip(values).collect())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_says_what_a_general_validator_says(
        part in select(parts()),
        inside in select(vec!["itself", "member", "items"]),
        value in value(),
    ) {
        let schema = match inside {
            "member" => json!({"properties": {"x": part}}),
            "items" => json!({"type": "array", "items": part}),
            _ => part,
        };
        let [ours, theirs] = both(&schema, &value);
        prop_assert_eq!(ours, theirs, "{} {}", schema, value);
    }
}

#[test]
fn numbers_are_compared_by_value() {
    let faults = |schema: Value, value: Value| both(&schema, &value);
    for (schema, value, fits) in [
        (json!({"enum": [1]}), json!(1.0), true),
        (
            json!({"const": [1.0, {"a": 2}]}),
            json!([1, {"a": 2.0}]),
            true,
        ),
        (json!({"type": "integer"}), json!(3.0), true),
        (json!({"type": "integer"}), json!(3.5), false),
        (json!({"minimum": 0}), json!(-0.0), true),
        (json!({"maximum": u64::MAX}), json!(u64::MAX), true),
        (json!({"maximum": u64::MAX - 1}), json!(u64::MAX), false),
    ] {
        let [ours, theirs] = faults(schema.clone(), value.clone());
        assert_eq!(ours, theirs, "{schema} {value}");
        assert_eq!(ours.is_empty(), fits, "{schema} {value}");
    }
}

#[test]
fn no_more_faults_are_told_than_asked_for() {
    let check = Check::new(&json!({"items": {"type": "null"}, "maxItems": 1})).expect("known");
    let faults = check.faults(&json!([1, 2, 3]), 2);
    let rules: Vec<_> = faults.iter().map(|fault| fault.rule.as_str()).collect();
    assert_eq!(rules, ["/maxItems", "/items/type"]);
}

#[test]
fn a_rule_that_is_not_known_is_refused_with_its_place() {
    for (schema, told) in [
        (json!({"pattern": "^a"}), "/pattern: not understood"),
        (
            json!({"properties": {"a/b": {"oneOf": []}}}),
            "/properties/a~1b/oneOf: not understood",
        ),
        (
            json!({"items": {"$ref": "#"}}),
            "/items/$ref: not understood",
        ),
        (json!({"items": true}), "/items: no object"),
        (
            json!({"anyOf": [{}, {"format": "date"}]}),
            "/anyOf/1/format: not understood",
        ),
        (json!({"type": 7}), "/type: not understood"),
        (json!({"type": ["string", "text"]}), "/type: not understood"),
        (json!({"required": [1]}), "/required: not understood"),
        (json!({"maxItems": -1}), "/maxItems: not understood"),
        (
            json!({"additionalProperties": {"type": "string"}}),
            "/additionalProperties: not understood",
        ),
        (json!({"enum": []}), "/enum: not understood"),
        (json!([]), "the whole: no object"),
    ] {
        assert_eq!(Check::new(&schema).err().as_deref(), Some(told), "{schema}");
    }
}

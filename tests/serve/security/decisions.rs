//! Bodies of a release: two words decide, and nothing that looks like them.

use proptest::prelude::*;

use crate::service_bodies;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn only_two_words_decide_and_no_refusal_quotes(body in body()) {
        service_bodies::release(body.as_bytes());
    }
}

/// Fields in any order and number, of any value, and an end that may be cut.
fn body() -> impl Strategy<Value = String> {
    let decision = r#""decision""#;
    let name = prop::sample::select(vec![decision, decision, r#""note""#, r#""Decision""#]);
    let value = prop::sample::select(vec![
        r#""release""#,
        r#""reject""#,
        r#""rel\u0065ase""#,
        r#""Release""#,
        r#""release ""#,
        r#"{"release":null}"#,
        r#"{"reject":1}"#,
        "{}",
        r#"["release"]"#,
        r#""Stop the diuretic, see the kidneys, and have her come back in a week \ud83e\udd80""#,
        r#""\ud800""#,
        "null",
        "true",
        "0",
    ]);
    let fields = prop::collection::vec((name, value), 0..3);
    let end = prop::sample::select(vec!["}", "}", "}", "", ",}", "} x", "}}"]);
    (fields, end).prop_map(|(fields, end)| {
        let fields = fields
            .into_iter()
            .map(|(name, value)| format!("{name}:{value}"));
        format!("{{{}{end}", fields.collect::<Vec<_>>().join(","))
    })
}

//! Kind A: schemas that strict servers refuse.

use std::collections::BTreeSet;

use primum::gateway::forms::{Form, KNOWN_HOSTS};
use primum::gateway::shape;
use primum::probe::schemas as all;
use serde_json::{Value, json};

use crate::rules::{Rules, SERVERS};

/// Sizes of panels and rubrics: none, small, as they are, and beyond what can
/// be listed by name.
const SIZES: [(usize, usize); 6] = [(0, 0), (1, 1), (12, 36), (60, 60), (150, 150), (400, 400)];

#[test]
fn every_schema_of_ours_passes_every_servers_rules() {
    let mut names = BTreeSet::new();
    for server in SERVERS {
        let rules = Rules::of(server);
        for (items, options) in SIZES {
            for schema in all(items, options) {
                names.insert(schema.name());
                let sent = rules.form().apply(schema.value());
                let broken = rules.broken_by(schema.name(), &sent);
                assert!(
                    broken.is_empty(),
                    "{}, {} for {items} items and {options} options: {broken:#?}",
                    rules.server,
                    schema.name()
                );
            }
        }
    }
    assert_eq!(
        names.into_iter().collect::<Vec<_>>(),
        [
            "primum_checks",
            "primum_clusters",
            "primum_debate",
            "primum_guardian_edits",
            "primum_match",
            "primum_options",
            "primum_options_edits",
            "primum_ratings",
            "primum_review",
            "primum_synthesis",
        ]
    );
}

/// A schema that is made anywhere is in the list that the test above walks.
#[test]
fn no_schema_is_made_that_is_not_walked() {
    fn names_in(folder: &std::path::Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).expect("src") {
            let path = entry.expect("src").path();
            if path.is_dir() {
                if !path.ends_with("gateway") && !path.ends_with("simulate") {
                    names_in(&path, found);
                }
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a source file");
            for (at, _) in text.match_indices("Schema::new(") {
                let name = text[at..].split('"').nth(1).unwrap_or_default();
                found.insert(name.to_owned());
            }
        }
    }
    let mut made = BTreeSet::new();
    let src = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    names_in(&src, &mut made);
    let walked: BTreeSet<String> = all(3, 3).iter().map(|s| s.name().to_owned()).collect();
    assert_eq!(made, walked);
}

#[test]
fn every_rule_and_every_known_host_names_its_source() {
    for server in SERVERS {
        let rules = Rules::of(server);
        assert!(!rules.rules.is_empty());
        for rule in &rules.rules {
            assert!(rule.source.starts_with("https://"), "{server}: {rule:?}");
        }
    }
    for host in &KNOWN_HOSTS {
        assert!(host.source.starts_with("https://"), "{host:?}");
        let url = format!("https://{}/v1", host.host);
        assert_eq!(Form::of(&url), host.form);
    }
}

/// The checker finds what it is there to find: a good schema, broken in one way,
/// is refused at that place.
#[test]
fn a_schema_that_breaks_a_rule_is_found_at_its_place() {
    let good = || {
        shape::object([
            ("word", shape::word(&["a", "b"])),
            (
                "list",
                shape::list(shape::object([("n", json!({"type": "integer"}))]), 0, 9),
            ),
        ])
    };
    let word = "/properties/word";
    type Spoil = fn(&mut Value);
    let cases: [(&str, &str, Spoil, &str); 22] = [
        (
            "openai",
            "no type",
            |s| drop_key(s, "/properties/word", "type"),
            word,
        ),
        (
            "azure",
            "no type",
            |s| drop_key(s, "/properties/word", "type"),
            word,
        ),
        (
            "gemini",
            "no type",
            |s| drop_key(s, "/properties/word", "type"),
            word,
        ),
        (
            "vllm",
            "no type",
            |s| drop_key(s, "/properties/word", "type"),
            word,
        ),
        (
            "llamacpp",
            "no type",
            |s| drop_key(s, "/properties/word", "type"),
            word,
        ),
        (
            "openai",
            "open",
            |s| drop_key(s, "/properties/list/items", "additionalProperties"),
            "/properties/list/items",
        ),
        (
            "anthropic",
            "open",
            |s| s["additionalProperties"] = json!(true),
            "/",
        ),
        (
            "openai",
            "not required",
            |s| s["required"] = json!(["word"]),
            "/",
        ),
        (
            "openai",
            "unknown keyword",
            |s| s["properties"]["word"]["maxLength"] = json!(9),
            word,
        ),
        ("openai", "unknown keyword", |s| s["allOf"] = json!([]), "/"),
        (
            "azure",
            "unknown keyword",
            |s| s["properties"]["list"]["maxItems"] = json!(9),
            "/properties/list",
        ),
        (
            "gemini",
            "list of types",
            |s| s["properties"]["word"]["type"] = json!(["string", "null"]),
            word,
        ),
        (
            "gemini",
            "enum of other",
            |s| s["properties"]["word"]["type"] = json!("integer"),
            word,
        ),
        (
            "gemini",
            "enum of other",
            |s| s["properties"]["word"]["enum"] = json!([1, 2]),
            word,
        ),
        (
            "gemini",
            "enum of other",
            |s| s["properties"]["word"]["enum"] = json!(["a", ""]),
            word,
        ),
        (
            "gemini",
            "enum of other",
            |s| s["properties"]["word"]["enum"] = json!(["a", null]),
            word,
        ),
        (
            "anthropic",
            "unknown keyword",
            |s| s["properties"]["list"]["items"]["properties"]["n"]["minimum"] = json!(1),
            "/properties/list/items/properties/n",
        ),
        (
            "vllm",
            "unknown keyword",
            |s| s["properties"]["list"]["uniqueItems"] = json!(true),
            "/properties/list",
        ),
        (
            "llamacpp",
            "text too long",
            |s| s["properties"]["word"] = json!({"type": "string", "maxLength": 2000}),
            word,
        ),
        (
            "llamacpp",
            "list too long",
            |s| s["properties"]["list"]["maxItems"] = json!(1000),
            "/properties/list",
        ),
        (
            "openai",
            "enum values",
            |s| s["properties"]["word"]["enum"] = (0..600).map(|n| json!(n.to_string())).collect(),
            "/",
        ),
        (
            "openai",
            "no object",
            |s| *s = json!({"type": "array", "items": {"type": "string"}}),
            "/",
        ),
    ];
    for (server, what, breaks, place) in cases {
        let rules = Rules::of(server);
        let mut schema = rules.form().apply(&good());
        assert_eq!(rules.broken_by("primum_x", &schema), [""; 0], "{server}");
        breaks(&mut schema);
        let broken = rules.broken_by("primum_x", &schema);
        let found = broken
            .iter()
            .any(|one| one.starts_with(&format!("{place}: ")) && one.contains(what));
        assert!(found, "{server}, {what} at {place}: {broken:#?}");
    }
    assert!(!Rules::of("openai").broken_by("a name", &good()).is_empty());
}

fn drop_key(schema: &mut Value, at: &str, key: &str) {
    let node = schema.pointer_mut(at).and_then(Value::as_object_mut);
    node.expect("a node").shift_remove(key);
}

/// What was sent before: an enum alone, null, a list of types.
#[test]
fn the_older_forms_are_refused() {
    let old = shape::object([
        ("category", json!({"enum": ["Diagnostic", null]})),
        ("text", json!({"type": ["string", "null"]})),
    ]);
    assert!(!Rules::of("openai").broken_by("primum_x", &old).is_empty());
    assert_eq!(Rules::of("gemini").broken_by("primum_x", &old).len(), 3);
}

mod fall_back {
    use primum::gateway::{FailureKind, Notice};
    use serde_json::{Value, json};

    use super::shape;
    use crate::asking::{call, in_memory, over, panel, schema_of};
    use crate::fake_openai::{Fake, Reply, Request};

    fn schema() -> Value {
        shape::object([("text", shape::text()), ("n", shape::integer(1, 9))])
    }

    /// How a request asks for its shape.
    fn asks(request: &Request) -> String {
        let format = &request.body["response_format"];
        match format["type"].as_str() {
            None => "prompt".to_owned(),
            Some("json_schema") if format.to_string().contains("maxLength") => "whole".to_owned(),
            Some("json_schema") => "bare".to_owned(),
            Some(word) => word.to_owned(),
        }
    }

    const RIGHT: &str = r#"{"text": "so", "n": 3}"#;

    /// A server that takes these ways of asking, and refuses the others so.
    async fn taking(takes: &'static [&'static str], status: u16, words: &'static str) -> Fake {
        Fake::start(move |request| match takes.contains(&&*asks(request)) {
            true => Reply::says(RIGHT),
            false => Reply::json(status, json!({"error": {"message": words}})),
        })
        .await
    }

    fn ways(fake: &Fake) -> Vec<String> {
        fake.requests().iter().map(asks).collect()
    }

    /// What servers say when they refuse a way of asking, what they take, and
    /// what is asked.
    #[tokio::test]
    async fn a_refused_way_of_asking_leads_to_the_next_once_a_model() {
        for (takes, status, words) in [
            (
                &["json_object", "prompt"][..],
                400,
                "This response_format type is unavailable now",
            ),
            (
                &["json_object"][..],
                422,
                "response_format: Input should be 'json_object' or 'text'",
            ),
            (
                &["prompt"][..],
                400,
                "'response_format.type' must be one of 'text'",
            ),
            (
                &["prompt"][..],
                400,
                "Structured Outputs is not supported for this model",
            ),
            (
                &["bare"][..],
                400,
                "Invalid schema: In context=('properties', 'text'), 'maxLength' is not permitted.",
            ),
            (
                &["bare"][..],
                400,
                "The specified schema produces a constraint that has too many states for serving",
            ),
            (&["bare"][..], 500, "failed to parse grammar"),
            (
                &["json_object"][..],
                400,
                "The provided JSON schema contains features not supported by xgrammar.",
            ),
            // Words that say nothing: the next ways are tried all the same.
            (&["json_object"][..], 400, "Bad Request"),
            (&["prompt"][..], 400, ""),
            (&["prompt"][..], 422, "Unprocessable Entity"),
        ] {
            let fake = taking(takes, status, words).await;
            let panel = panel(&fake.url, "");
            let journal = in_memory();
            let gateway = over(&panel, journal.clone());
            let ask = |about: &str| call(&panel, about, Some(schema_of(schema())));
            let answer = gateway.call(ask("one")).await;
            let answer = answer.unwrap_or_else(|error| panic!("{words}: {error}"));
            let told = answer.notices.iter().find_map(|notice| match notice {
                Notice::ModeFellBack { from, to } => Some((from.clone(), to.clone())),
                _ => None,
            });
            let (from, to) = told.unwrap_or_else(|| panic!("{words}: not told"));
            assert_eq!(from, "json_schema");
            let taken = takes[0].replace("bare", "json_schema without bounds");
            assert_eq!(to, taken, "{words}");
            let refused = fake.count() - 1;
            assert!((1..=3).contains(&refused), "{words}: {refused}");

            // From now on it is asked so at once, and told of every answer.
            let second = gateway.call(ask("two")).await.expect("an answer");
            assert_eq!(second.notices, answer.notices);
            assert_eq!(fake.count(), refused + 2, "{words}");
            assert_eq!(ways(&fake).last().map(String::as_str), Some(takes[0]));

            // A run that goes on buys nothing twice and tries nothing again.
            let resumed = over(&panel, journal);
            let again = resumed.call(ask("one")).await.expect("an answer");
            assert_eq!(
                (again.text, &again.notices),
                (answer.text.clone(), &answer.notices)
            );
            assert_eq!(fake.count(), refused + 2, "{words}");
            resumed.call(ask("three")).await.expect("an answer");
            assert_eq!(fake.count(), refused + 3, "{words}");
            assert_eq!(resumed.journal().failures().expect("failures"), []);
        }
    }

    /// A refusal that is about something else is told as it was said, and the
    /// ways of asking are not tried through for every call.
    #[tokio::test]
    async fn a_refusal_about_something_else_stays_what_it_is() {
        for (status, words, kind, requests) in [
            (
                400,
                "Unsupported parameter: 'temperature'",
                FailureKind::BadRequest,
                1,
            ),
            (400, "System role not supported", FailureKind::BadRequest, 1),
            (
                400,
                "maximum context length is 8192 tokens",
                FailureKind::TooLong,
                1,
            ),
            (
                401,
                "json_schema needs another plan",
                FailureKind::Refused,
                1,
            ),
            (
                429,
                "json_schema requests per minute",
                FailureKind::RateLimited,
                2,
            ),
            (500, "internal error", FailureKind::Server, 2),
            // Nobody can tell: all ways once, then never again.
            (400, "Bad Request", FailureKind::BadRequest, 4),
        ] {
            let fake = taking(&[], status, words).await;
            let panel = panel(&fake.url, "");
            let gateway = over(&panel, in_memory());
            let ask = |about: &str| call(&panel, about, Some(schema_of(schema())));
            let error = gateway.call(ask("one")).await.unwrap_err();
            assert_eq!(error.kind, kind, "{words}");
            assert!(error.message.contains(words), "{}", error.message);
            assert_eq!(fake.count(), requests, "{words}");
            let _ = gateway.call(ask("two")).await;
            assert!(fake.count() <= 2 * requests.min(2) + requests, "{words}");
            assert_eq!(
                ways(&fake).iter().filter(|way| *way == "prompt").count(),
                usize::from(requests == 4)
            );
        }
    }

    /// Once a model has answered in a mode, a refusal that says nothing is
    /// about its own request.
    #[tokio::test]
    async fn a_mode_that_was_answered_is_not_left_for_no_reason() {
        let fake = Fake::start(|request| match request.message(0).contains("two") {
            true => Reply::json(400, json!({"error": {"message": "Bad Request"}})),
            false => Reply::says(RIGHT),
        })
        .await;
        let panel = panel(&fake.url, "");
        let gateway = over(&panel, in_memory());
        let ask = |about: &str| call(&panel, about, Some(schema_of(schema())));
        gateway.call(ask("one")).await.expect("an answer");
        assert!(gateway.call(ask("two")).await.is_err());
        gateway.call(ask("three")).await.expect("an answer");
        assert_eq!(ways(&fake), ["whole", "whole", "whole"]);
    }

    /// Nor is it left for a server's own fault, whatever that speaks of.
    #[tokio::test]
    async fn a_mode_that_was_answered_is_not_left_for_a_fault_that_names_a_schema() {
        let fake = Fake::start(|request| match request.message(0).contains("two") {
            true => Reply::text(500, "the schema registry is down"),
            false => Reply::says(RIGHT),
        })
        .await;
        let panel = panel(&fake.url, "");
        let gateway = over(&panel, in_memory());
        let ask = |about: &str| call(&panel, about, Some(schema_of(schema())));
        gateway.call(ask("one")).await.expect("an answer");
        assert!(gateway.call(ask("two")).await.is_err());
        gateway.call(ask("three")).await.expect("an answer");
        assert!(
            ways(&fake).iter().all(|way| *way == "whole"),
            "{:?}",
            ways(&fake)
        );
    }

    /// A panel that writes the format itself has its reasons.
    #[tokio::test]
    async fn a_format_of_the_panels_own_is_left_alone() {
        let fake = taking(&["prompt"], 400, "response_format is not supported").await;
        let panel = panel(&fake.url, "");
        let gateway = over(&panel, in_memory());
        let mut call = call(&panel, "one", Some(schema_of(schema())));
        let model = std::sync::Arc::make_mut(&mut call.model);
        model
            .extra
            .insert("response_format".into(), json!({"type": "text"}));
        assert!(gateway.call(call).await.is_err());
        assert_eq!(fake.count(), 1);
    }

    /// Many calls at once meet the refusal together, and all are answered.
    #[tokio::test]
    async fn calls_in_flight_fall_back_together() {
        let fake = taking(&["json_object"], 400, "response_format: json_schema").await;
        let panel = panel(&fake.url, "");
        let gateway = over(&panel, in_memory());
        let calls = (0..20).map(|n| {
            gateway.call(call(
                &panel,
                &format!("question {n}"),
                Some(schema_of(schema())),
            ))
        });
        let answers = futures::future::join_all(calls).await;
        let first = answers[0].as_ref().expect("an answer").notices.clone();
        for answer in answers {
            assert_eq!(answer.expect("an answer").notices, first);
        }
    }
}

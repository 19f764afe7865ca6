//! Kind B: the keys of a panel that say what a request carries.

use std::collections::BTreeMap;
use std::sync::Arc;

use primum::gateway::{Call, Circuit, Doors, FailureKind, Gateway, GatewayConfig, Message, Role};
use primum::panel::model::{DEFAULT_MOST, Model, OutputLimit, Panel, Provider, SystemRole};
use primum::panel::{self, hash, resolved_toml, show, typed_toml};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::fake_openai::{Fake, Reply};
use crate::setup::{
    PATIENT, call, config, gateway, gateway_with, in_memory, model, provider, structured,
};

/// A panel with these lines in its provider and in its model.
fn text(of_provider: &str, of_model: &str) -> String {
    format!(
        "[providers.p]\nbase_url = \"https://example.org/v1\"\n{of_provider}\n\
         [models.m]\nprovider = \"p\"\nid = \"m-1\"\n{of_model}\n\
         [[advisors]]\nname = \"a\"\nmodel = \"m\"\n"
    )
}

fn load(text: &str) -> Result<panel::Loaded, panel::Diagnostics> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("test.toml");
    std::fs::write(&path, text).expect("a file");
    panel::load(&path)
}

fn sound(of_provider: &str, of_model: &str) -> Panel {
    let loaded = load(&text(of_provider, of_model)).unwrap_or_else(|faults| panic!("{faults}"));
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    loaded.panel
}

#[test]
fn faults_in_these_keys_are_named_with_a_way_out() {
    for (of_provider, of_model, code, words) in [
        (
            "headers = { \"a b\" = \"x\" }",
            "",
            "bad-header",
            "`a b` is not a name of a header",
        ),
        (
            "headers = { \"\" = \"x\" }",
            "",
            "bad-header",
            "is not a name",
        ),
        (
            "headers = { \"Host\" = \"x\" }",
            "",
            "bad-header",
            "written by the program",
        ),
        (
            "headers = { \"content-type\" = \"x\" }",
            "",
            "bad-header",
            "written by the program",
        ),
        (
            "headers_env = { \"Transfer-Encoding\" = \"X\" }",
            "",
            "bad-header",
            "written by the",
        ),
        (
            "headers = { \"x-a\" = \"a\\nb\" }",
            "",
            "bad-header",
            "cannot be sent",
        ),
        (
            "headers = { \"x-a\" = \"1\", \"X-A\" = \"2\" }",
            "",
            "bad-header",
            "given twice",
        ),
        (
            "headers = { \"x-a\" = \"1\" }\nheaders_env = { \"X-A\" = \"VAR\" }",
            "",
            "bad-header",
            "given twice",
        ),
        (
            "key_env = \"K\"\nheaders_env = { \"Authorization\" = \"VAR\" }",
            "",
            "bad-header",
            "both given",
        ),
        (
            "headers = { \"api-key\" = \"plainly\" }",
            "",
            "secret",
            "headers_env",
        ),
        (
            "headers = { authorization = \"Basic abc\" }",
            "",
            "secret",
            "headers_env",
        ),
        (
            "headers_env = { \"api-key\" = \"not a variable\" }",
            "",
            "secret",
            "name of an env",
        ),
        (
            "headers_env = { \"api-key\" = 7 }",
            "",
            "wrong-type",
            "must be a text",
        ),
        ("query = { \"\" = \"x\" }", "", "empty", "has no name"),
        ("query = { v = 1 }", "", "wrong-type", "must be a text"),
        ("limits = { pool = \"GPU 0\" }", "", "bad-name", "gpu-0"),
        (
            "limits = { longest_pause_seconds = -1 }",
            "",
            "out-of-range",
            "at least 0",
        ),
        ("", "max_output = 0", "out-of-range", "at least 1"),
        (
            "",
            "max_output = 9\nmax_tokens = 9",
            "two-limits",
            "older name",
        ),
        (
            "",
            "max_output = 9\nextra = { max_completion_tokens = 9 }",
            "two-limits",
            "output_limit = \"max_completion_tokens\"",
        ),
        (
            "",
            "output_limit = \"none\"\nmax_tokens = 9",
            "two-limits",
            "never sent",
        ),
        (
            "",
            "output_limit = \"max_token\"",
            "unknown-word",
            "max_tokens",
        ),
        (
            "",
            "max_output = 4096\ncontext = 4096",
            "out-of-range",
            "no room for a prompt",
        ),
        ("", "context = 0", "out-of-range", "at least 1"),
        ("", "system = \"user\"", "unknown-word", "merge"),
        (
            "",
            "extra = { max_output = 9 }",
            "extra-collides",
            "max_output = ...",
        ),
    ] {
        let case = format!("{of_provider} {of_model}");
        let faults = load(&text(of_provider, of_model)).expect_err(&case);
        let shown = faults.to_string();
        let found: Vec<_> = faults.faults().iter().map(|fault| fault.code).collect();
        assert!(found.contains(&code), "{case}: {found:?}\n{shown}");
        let plain = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(plain.contains(words), "{case}: {shown}");
    }
}

#[test]
fn two_providers_of_a_pool_must_not_contradict_each_other() {
    let two = |one: &str, two: &str| {
        format!(
            "{}[providers.q]\nbase_url = \"https://example.com/v1\"\nlimits = {{ pool = \"gpu0\" {two} }}\n\
             [models.n]\nprovider = \"q\"\nid = \"n\"\n[[advisors]]\nname = \"b\"\nmodel = \"n\"\n",
            text(&format!("limits = {{ pool = \"gpu0\" {one} }}"), "")
        )
    };
    let faults = load(&two(", in_flight = 2", ", in_flight = 3")).expect_err("a contradiction");
    assert_eq!(faults.faults()[0].code, "pool");
    let panel = load(&two(", in_flight = 2", "")).expect("no faults").panel;
    assert!(panel.providers.values().all(|p| p.limits.in_flight == 2));
}

#[test]
fn they_are_shown_and_hashed_and_typed_and_absent_where_they_are_not_used() {
    let plain = sound("", "");
    for word in [
        "headers",
        "query",
        "pool",
        "longest_pause",
        "context",
        "output_limit",
        "system",
    ] {
        assert!(!resolved_toml(&plain).contains(word), "{word}");
    }
    let rich = sound(
        "headers = { \"HTTP-Referer\" = \"https://example.org\" }\n\
         headers_env = { \"Api-Key\" = \"AZURE_KEY\" }\n\
         query = { \"api-version\" = \"2024-10-21\" }\n\
         limits = { pool = \"gpu0\", longest_pause_seconds = 60.0 }",
        "max_output = 900\ncontext = 8192\noutput_limit = \"max_completion_tokens\"\nsystem = \"merge\"",
    );
    let picture = show(&rich, &panel::estimate(&rich, 1_000, 1_000));
    for words in [
        "header http-referer, header api-key from $AZURE_KEY, ?api-version=2024-10-21",
        "at most 16 in flight in the pool gpu0, pauses of up to 60 s are waited for",
        "m: at most 900 tokens of output (max_completion_tokens), a context of 8192 tokens, \
         instructions in the user message",
    ] {
        assert!(picture.contains(words), "{words}\n{picture}");
    }
    let again = load(&typed_toml(&rich))
        .unwrap_or_else(|faults| panic!("{faults}"))
        .panel;
    assert_eq!(resolved_toml(&again), resolved_toml(&rich));
    let seen = [
        hash(&plain),
        hash(&sound("headers = { \"x-a\" = \"1\" }", "")),
        hash(&sound("headers_env = { \"x-a\" = \"A\" }", "")),
        hash(&sound("query = { v = \"1\" }", "")),
        hash(&sound("", "max_output = 900")),
        hash(&sound("", "context = 900")),
        hash(&sound("", "output_limit = \"none\"")),
        hash(&sound("", "system = \"merge\"")),
    ];
    let mut unlike = seen.to_vec();
    unlike.sort();
    unlike.dedup();
    assert_eq!(unlike.len(), seen.len());
    // How fast and how long is asked changes no answer; one name is the other.
    let paced = sound(
        "limits = { pool = \"gpu0\", longest_pause_seconds = 9 }",
        "",
    );
    assert_eq!(hash(&paced), hash(&plain));
    assert_eq!(
        hash(&sound("", "max_tokens = 900")),
        hash(&sound("", "max_output = 900"))
    );
    assert_eq!(hash(&sound("", "system = \"separate\"")), hash(&plain));
}

#[tokio::test]
async fn headers_and_parameters_travel_with_every_request_and_secrets_stay_secret() {
    let fake = Fake::start(|_| {
        Reply::json(
            400,
            json!({"error": {
                "message": "bad api-key sesame-0001 (and sk-two)"
            }}),
        )
    })
    .await;
    let azure = Provider {
        key_env: Some("KEY".into()),
        headers: BTreeMap::from([("http-referer".into(), "https://example.org".into())]),
        headers_env: BTreeMap::from([("api-key".into(), "AZURE_KEY".into())]),
        query: BTreeMap::from([("api-version".into(), "2024-10-21 preview".into())]),
        ..provider(&fake.url.replace("/v1", "/openai/deployments/four"))
    };
    let keys = BTreeMap::from([
        ("KEY".to_owned(), SecretString::from("sk-two")),
        ("AZURE_KEY".to_owned(), SecretString::from(" sesame-0001\n")),
    ]);
    let build = |keys| {
        Gateway::new(GatewayConfig {
            keys,
            ..config(azure.clone(), in_memory())
        })
    };
    let missing = build(BTreeMap::new()).expect_err("no keys").to_string();
    assert!(missing.contains("KEY"), "{missing}");
    let unfit = BTreeMap::from([
        ("KEY".to_owned(), SecretString::from("k")),
        ("AZURE_KEY".to_owned(), SecretString::from("se\u{7}cret")),
    ]);
    let unfit = build(unfit).expect_err("no header").to_string();
    assert!(
        unfit.contains("api-key") && !unfit.contains("cret"),
        "{unfit}"
    );

    let azure_alone = BTreeMap::from([("fake".to_owned(), azure.clone())]);
    let doors = Doors::new(azure_alone, keys.clone(), Circuit::Permanent).expect("doors");
    let gateway = build(keys).expect("a gateway");
    let error = gateway
        .call(call("x"))
        .await
        .expect_err("a refusal")
        .to_string();
    assert!(
        !error.contains("sesame") && !error.contains("sk-two"),
        "{error}"
    );
    let _ = doors.probe().await;
    for request in fake.requests() {
        assert!(
            request.path.ends_with("?api-version=2024-10-21+preview"),
            "{}",
            request.path
        );
        assert!(
            request.path.starts_with("/openai/deployments/four/"),
            "{}",
            request.path
        );
        assert_eq!(request.headers["api-key"], "sesame-0001");
        assert_eq!(request.headers["authorization"], "Bearer sk-two");
        assert_eq!(request.headers["http-referer"], "https://example.org");
    }
    assert_eq!(fake.count(), 2);
}

/// The body of a call of this model.
async fn sent(call: Call, change: impl FnOnce(&mut Provider)) -> Value {
    let fake = Fake::always(Reply::says("{\"n\": 1}")).await;
    let gateway = gateway_with(&fake.url, change);
    gateway.call(call).await.expect("an answer");
    fake.requests()[0].body.clone()
}

fn of(model: Model, call: Call) -> Call {
    Call {
        model: Arc::new(model),
        ..call
    }
}

#[tokio::test]
async fn an_answer_is_bounded_under_the_name_that_is_wanted() {
    let most = |max_output, output_limit| Model {
        max_output,
        output_limit,
        ..model()
    };
    let in_extra = Model {
        extra: serde_json::from_value(json!({"max_completion_tokens": 77})).expect("an object"),
        ..model()
    };
    for (model, max_tokens, max_completion_tokens) in [
        (most(None, None), json!(DEFAULT_MOST), Value::Null),
        (most(Some(9), None), json!(9), Value::Null),
        (
            most(Some(9), Some(OutputLimit::MaxTokens)),
            json!(9),
            Value::Null,
        ),
        (
            most(Some(9), Some(OutputLimit::MaxCompletionTokens)),
            Value::Null,
            json!(9),
        ),
        (
            most(None, Some(OutputLimit::MaxCompletionTokens)),
            Value::Null,
            json!(DEFAULT_MOST),
        ),
        (
            most(None, Some(OutputLimit::None)),
            Value::Null,
            Value::Null,
        ),
        (in_extra, Value::Null, json!(77)),
    ] {
        let case = format!("{model:?}");
        let body = sent(of(model, call("x")), |_| {}).await;
        assert_eq!(body["max_tokens"], max_tokens, "{case}");
        assert_eq!(
            body["max_completion_tokens"], max_completion_tokens,
            "{case}"
        );
    }
}

#[tokio::test]
async fn instructions_are_merged_for_a_model_without_a_system_role() {
    let merging = || Model {
        system: SystemRole::Merge,
        ..model()
    };
    let body = sent(of(merging(), call("x")), |_| {}).await;
    let question = format!("x. {PATIENT}");
    let merged = format!("You are a physician.\n\n{question}");
    assert_eq!(
        body["messages"],
        json!([{"role": "user", "content": merged}])
    );

    let body = sent(of(model(), call("x")), |_| {}).await;
    assert_eq!(
        body["messages"],
        json!([
            {"role": "system", "content": "You are a physician."},
            {"role": "user", "content": question},
        ])
    );

    // With the schema in the prompt it stands behind the question.
    let body = sent(of(merging(), structured("x")), |provider| {
        provider.structured_output = primum::panel::model::StructuredOutput::Prompt;
    })
    .await;
    let content = body["messages"][0]["content"].as_str().expect("words");
    assert!(
        content.starts_with(&merged) && content.contains("JSON Schema"),
        "{content}"
    );
    assert_eq!(body["messages"].as_array().map(Vec::len), Some(1));

    // Instructions alone become the question.
    let alone = Call {
        messages: vec![Message {
            role: Role::System,
            content: "Say hello.".into(),
        }],
        ..of(merging(), call("x"))
    };
    let body = sent(alone, |_| {}).await;
    assert_eq!(
        body["messages"],
        json!([{"role": "user", "content": "Say hello."}])
    );
}

#[tokio::test]
async fn a_known_window_is_kept_before_anything_is_sent() {
    let windowed = |context, max_output| Model {
        context: Some(context),
        max_output,
        ..model()
    };
    let about = |words: usize| "palpitations ".repeat(words);
    // What is asked for, by what the prompt leaves: a token for three bytes.
    type Change = fn(u32) -> u32;
    let asked: [(u32, Option<u32>, usize, Option<Change>); 7] = [
        // There is room for all that is asked for.
        (8_192, Some(700), 10, Some(|_| 700)),
        // Some of it.
        (4_096, Some(4_000), 300, Some(|left| left)),
        // The default is lowered as well.
        (8_192, None, 10, Some(|left| left)),
        // Little: a floor is kept, and the server decides.
        (1_400, Some(700), 310, Some(|_| 256)),
        // The wish may be below the floor.
        (2_048, Some(100), 300, Some(|_| 100)),
        // Certainly none.
        (300, Some(100), 300, None),
        (1_000, None, 900, None),
    ];
    for (context, max_output, words, expected) in asked {
        let fake = Fake::always(Reply::says("fine")).await;
        let gateway = gateway(&fake.url);
        let call = of(windowed(context, max_output), call(&about(words)));
        let bytes: usize = call
            .messages
            .iter()
            .map(|message| message.content.len())
            .sum();
        let left = context.saturating_sub(bytes.div_ceil(3) as u32);
        let outcome = gateway.call(call).await;
        let case = format!("{context} {max_output:?} {words}");
        match expected {
            Some(most) => {
                outcome.unwrap_or_else(|error| panic!("{case}: {error}"));
                assert_eq!(
                    fake.requests()[0].body["max_tokens"],
                    json!(most(left)),
                    "{case}"
                );
            }
            None => {
                let error = outcome.expect_err(&case);
                assert_eq!(error.kind, FailureKind::TooLong, "{case}");
                assert!(
                    error.message.contains(&format!("the {context} of")),
                    "{error}"
                );
                assert!(error.message.contains("nothing was sent"), "{error}");
                assert_eq!(fake.count(), 0, "{case}");
                let failures = gateway.journal().failures().expect("rows");
                assert_eq!((failures.len(), failures[0].attempts), (1, 0), "{case}");
            }
        }
    }
}

#[tokio::test]
async fn providers_of_one_pool_share_their_places() {
    let fake = Fake::always(Reply::after(30, Reply::says("fine"))).await;
    let named = |name: &str, in_flight, pool: Option<&str>| {
        let mut provider = provider(&fake.url);
        provider.name = name.into();
        provider.limits.in_flight = in_flight;
        provider.limits.pool = pool.map(str::to_owned);
        (name.to_owned(), provider)
    };
    let gateway = Gateway::new(GatewayConfig::new(
        BTreeMap::from([
            named("one", 2, Some("gpu0")),
            named("two", 5, Some("gpu0")),
            named("own", 1, None),
        ]),
        in_memory(),
    ))
    .expect("a gateway");
    let ask = |provider: &str, number: usize| {
        let model = Model {
            provider: provider.into(),
            ..model()
        };
        gateway.call(of(model, call(&number.to_string())))
    };
    let both = (0..12).map(|number| ask(if number % 2 == 0 { "one" } else { "two" }, number));
    for answer in futures::future::join_all(both).await {
        answer.expect("an answer");
    }
    assert_eq!(fake.peak(), 2);
}

//! Kind B: parameters that a server refuses, and the provider's own words.

use std::sync::Arc;

use primum::gateway::{Call, FailureKind, Trouble};
use primum::panel::model::Model;
use serde_json::{Value, json};

use crate::bench_common::panel::{Draft, table};
use crate::bench_common::{Place, run};
use crate::fake_openai::{Fake, Reply};
use crate::setup::{call, gateway, model};

/// OpenAI's shape of a refusal.
fn openai(message: &str, param: Option<&str>, code: &str) -> String {
    json!({"error": {"message": message, "type": "invalid_request_error",
        "param": param, "code": code}})
    .to_string()
}

/// One call against a server that always says this: how often it was asked, and
/// what a person is told.
async fn told(status: u16, body: &str) -> (usize, Trouble) {
    let fake = Fake::always(Reply::text(status, body)).await;
    let gateway = gateway(&fake.url);
    // The panel names its limit, so that its refusal is the panel's.
    let stated = Model {
        max_output: Some(700),
        ..model()
    };
    let call = Call {
        model: Arc::new(stated),
        ..call("x")
    };
    gateway.call(call).await.expect_err("a refusal");
    let troubles = gateway.doors().troubles();
    assert_eq!(troubles.len(), 1, "{troubles:?}");
    (fake.count(), troubles.into_iter().next().expect("one"))
}

const SYSTEM: &str = "system = \"merge\"";
const OTHER_NAME: &str = "output_limit = \"max_completion_tokens\"";
const FIRST_NAME: &str = "output_limit = \"max_tokens\"";
const MODE: &str = "structured_output = \"json_object\"";
const SEED: &str = "seed = false";

#[tokio::test]
async fn a_refusal_is_told_in_the_provider_s_words_with_what_to_write() {
    use FailureKind::{BadRequest, Declined, NotFound, Quota, TooLong};
    let cases: Vec<(u16, String, FailureKind, Option<&str>)> = vec![
        // Reported.
        (
            400,
            openai(
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
                 'max_completion_tokens' instead.",
                Some("max_tokens"),
                "unsupported_parameter",
            ),
            BadRequest,
            Some(OTHER_NAME),
        ),
        (
            400,
            openai(
                "Unsupported value: 'temperature' does not support 0.0 with this model. Only the \
                 default (1) value is supported.",
                Some("temperature"),
                "unsupported_value",
            ),
            BadRequest,
            Some("take `temperature` out"),
        ),
        (
            400,
            json!({"object": "error", "message": "System role not supported", "code": 400}).to_string(),
            BadRequest,
            Some(SYSTEM),
        ),
        (
            500,
            json!({"error": {"code": 500, "type": "server_error",
                "message": "Only user, assistant and tool roles are supported, got system."}})
            .to_string(),
            BadRequest,
            Some(SYSTEM),
        ),
        // Of the same kind.
        (
            400,
            openai("Unrecognized request argument supplied: seed", None, "unknown"),
            BadRequest,
            Some(SEED),
        ),
        (
            422,
            json!({"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs are not permitted",
                "type": "extra_forbidden"}]})
            .to_string(),
            BadRequest,
            Some(SEED),
        ),
        (
            400,
            openai(
                "Unsupported parameter: 'top_p' is not supported with this model.",
                Some("top_p"),
                "unsupported_parameter",
            ),
            BadRequest,
            Some("take `top_p` out"),
        ),
        (
            400,
            openai(
                "Unsupported value: 'minimal' is not supported for this model.",
                Some("reasoning_effort"),
                "unsupported_value",
            ),
            BadRequest,
            Some("take `reasoning_effort` out"),
        ),
        (
            400,
            openai(
                "Invalid parameter: 'response_format' of type 'json_schema' is not supported with \
                 this model.",
                Some("response_format"),
                "",
            ),
            BadRequest,
            Some(MODE),
        ),
        (
            400,
            openai(
                "Unknown parameter: 'max_completion_tokens'.",
                Some("max_completion_tokens"),
                "unknown_parameter",
            ),
            BadRequest,
            Some(FIRST_NAME),
        ),
        (
            400,
            openai("Invalid max_tokens value, the valid range of max_tokens is [1, 512]", None, ""),
            BadRequest,
            Some("max_output = 512"),
        ),
        (
            400,
            json!([{"error": {"code": 400, "status": "INVALID_ARGUMENT",
                "message": "Developer instruction is not enabled for models/gemma-3-27b-it"}}])
            .to_string(),
            BadRequest,
            Some(SYSTEM),
        ),
        (
            500,
            json!({"error": {"code": 500, "type": "server_error",
                "message": "Conversation roles must alternate user/assistant/user/assistant/..."}})
            .to_string(),
            BadRequest,
            Some(SYSTEM),
        ),
        (
            500,
            json!({"error": {"code": 500, "message": "Failed to parse grammar", "type": "server_error"}})
                .to_string(),
            BadRequest,
            None,
        ),
        (
            404,
            openai("The model `gpt-9` does not exist", None, "model_not_found"),
            NotFound,
            Some("write the `id`"),
        ),
        (
            400,
            json!({"error": {"message": "acme/x is not a valid model ID", "code": 400}}).to_string(),
            NotFound,
            Some("write the `id`"),
        ),
        (
            400,
            openai(
                "This model's maximum context length is 4096 tokens. However, your messages \
                 resulted in 9000 tokens.",
                Some("messages"),
                "context_length_exceeded",
            ),
            TooLong,
            Some("context = 4096"),
        ),
        (
            400,
            json!({"error": {"code": 400, "type": "exceed_context_size_error",
                "message": "request (9031 tokens) exceeds the available context size (8192 tokens)"}})
            .to_string(),
            TooLong,
            Some("context = 8192"),
        ),
        (413, String::new(), TooLong, Some("`context`")),
        (
            400,
            openai(
                "The response was filtered due to the prompt triggering Azure OpenAI's content \
                 management policy.",
                Some("prompt"),
                "content_filter",
            ),
            Declined,
            None,
        ),
        (
            400,
            openai("Your credit balance is too low to access the API.", None, ""),
            Quota,
            None,
        ),
        // What nobody knows is shown, and no advice is invented.
        (
            400,
            openai("The flux capacitor is not aligned.", Some("flux"), "misaligned"),
            BadRequest,
            None,
        ),
        (400, "no".into(), BadRequest, None),
        (418, "{}".into(), BadRequest, None),
    ];
    for (status, body, kind, advice) in cases {
        let (asked, trouble) = told(status, &body).await;
        assert_eq!((trouble.kind, asked), (kind, 1), "{status} {body}");
        match (&trouble.advice, advice) {
            (None, None) => {}
            (Some(given), Some(expected)) => {
                assert!(given.contains(expected), "{body}: {given}");
            }
            (given, _) => panic!("{body}: {given:?}"),
        }
        let sentence = serde_json::from_str::<Value>(&body).ok();
        let sentence =
            sentence.and_then(|v| v.pointer("/error/message")?.as_str().map(str::to_owned));
        let words = sentence.unwrap_or_default();
        assert!(trouble.words.contains(&words), "{body}: {}", trouble.words);
    }
}

#[tokio::test]
async fn the_field_is_named_where_the_sentence_does_not() {
    let (_, trouble) = told(400, &openai("Bad value.", Some("messages[0].role"), "")).await;
    assert!(
        trouble
            .words
            .ends_with("400: Bad value. (`messages[0].role`)"),
        "{}",
        trouble.words
    );
}

/// Calls one after the other; how many reached the server.
async fn asked(fake: &Fake, calls: Vec<Call>) -> usize {
    let gateway = gateway(&fake.url);
    for call in calls {
        let _ = gateway.call(call).await;
    }
    fake.count()
}

#[tokio::test]
async fn equal_refusals_of_the_form_stop_a_model_and_others_do_not() {
    let calls = |n: usize| (0..n).map(|i| call(&i.to_string())).collect::<Vec<_>>();
    let refusal = |words: String| Reply::text(400, &openai(&words, None, ""));

    let equal =
        Fake::start(move |request| refusal(format!("seed is unknown (id {})", request.number)))
            .await;
    assert_eq!(asked(&equal, calls(8)).await, 3);

    // About this one prompt, or in other words each time.
    let filtered = Fake::start(move |_| refusal("flagged by moderation".into())).await;
    assert_eq!(asked(&filtered, calls(8)).await, 8);
    let words = ["a", "bc", "de", "fg", "hi", "jk", "lm", "no"];
    let unlike =
        Fake::start(move |request| refusal(format!("unknown: {}", words[request.number]))).await;
    assert_eq!(asked(&unlike, calls(8)).await, 8);

    // An answer between them shows that the form is taken.
    let now_and_then = Fake::start(move |request| match request.number % 3 {
        2 => Reply::says("fine"),
        _ => refusal("not this one".into()),
    })
    .await;
    assert_eq!(asked(&now_and_then, calls(12)).await, 12);
}

#[tokio::test]
async fn a_limit_that_the_panel_does_not_name_never_fails_a_call() {
    for (refusal, then) in [
        (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
             'max_completion_tokens' instead.",
            json!([null, 16_384]),
        ),
        (
            "max_tokens is too large: 16384. This model supports at most 4096 completion tokens.",
            json!([4_096, null]),
        ),
        (
            "This model's maximum context length is 2048 tokens. However, you requested 16500 \
             tokens (116 in the messages, 16384 in the completion).",
            json!([null, null]),
        ),
        (
            "max_tokens: Extra inputs are not permitted",
            json!([null, null]),
        ),
    ] {
        let fake = Fake::start(move |request| match request.body["max_tokens"].as_u64() {
            Some(16_384) => Reply::text(400, &openai(refusal, None, "")),
            _ => Reply::says("fine"),
        })
        .await;
        let gateway = gateway(&fake.url);
        for about in ["one", "two"] {
            gateway.call(call(about)).await.expect("an answer");
        }
        // Learnt once, told once.
        assert_eq!(fake.count(), 3, "{refusal}");
        for request in &fake.requests()[1..] {
            let sent = [
                &request.body["max_tokens"],
                &request.body["max_completion_tokens"],
            ];
            assert_eq!(json!(sent), then, "{refusal}");
        }
        let troubles = gateway.doors().troubles();
        assert_eq!(troubles.len(), 1);
        assert!(
            troubles[0].words.contains("Primum's own"),
            "{}",
            troubles[0].words
        );
    }
}

/// The small demo panel whose advisor is asked at this address.
fn panel_at(place: &Place, url: &str, of_model: &str, of_limits: &str) -> String {
    let mut draft = Draft::small();
    let [provider, _] = draft.providers();
    provider.insert("kind".into(), "openai".into());
    provider.insert("base_url".into(), url.into());
    provider.remove("simulated");
    provider.insert(
        "limits".into(),
        toml(&format!("in_flight = 1\n{of_limits}")),
    );
    let models = table(&mut draft.panel, "models");
    table(models, "alpha").extend(of_model.parse::<toml::Table>().expect("TOML"));
    draft.write(place, "p")
}

fn toml(text: &str) -> toml::Value {
    toml::Value::Table(text.parse().expect("TOML"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_runs_a_bench_reads_the_sentence_and_the_way_out() {
    let fake = Fake::start(|_| {
        let words = "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
                     'max_completion_tokens' instead.";
        Reply::text(
            400,
            &openai(words, Some("max_tokens"), "unsupported_parameter"),
        )
    })
    .await;
    let url = fake.url.clone();
    let (bench, runs, summary) = tokio::task::spawn_blocking(move || {
        let place = Place::new();
        let panel = panel_at(&place, &url, "max_output = 900", "");
        let bench = run(&mut place.bench(&panel, "run"));
        let runs = run(&mut place.primum(&["runs", "run"]));
        (bench, runs, place.summary("run"))
    })
    .await
    .expect("no panic");
    assert_eq!(bench.code, Some(4), "{}", bench.stderr);
    // Three equal refusals stop the model; one more may have been let through by then.
    assert!((3..=4).contains(&fake.count()), "{}", bench.stderr);
    let said = &bench.stderr;
    let sentence = "400: Unsupported parameter: 'max_tokens' is not supported";
    for words in [sentence, OTHER_NAME, "Another panel is another run"] {
        assert!(said.contains(words), "{words}\n{said}");
    }
    assert!(!said.contains("--resume"), "{said}");
    // At once, and at the end.
    assert_eq!(said.matches(sentence).count(), 2, "{said}");
    for words in [sentence, OTHER_NAME, "provider sim, model alpha"] {
        assert!(runs.stdout.contains(words), "{words}\n{}", runs.stdout);
    }
    assert_eq!(runs.stdout.matches(sentence).count(), 1, "{}", runs.stdout);
    let warnings = summary["warnings"].to_string();
    assert!(
        warnings.contains("'max_tokens' is not supported"),
        "{warnings}"
    );
    assert!(warnings.contains("max_completion_tokens"), "{warnings}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_asks_one_question_reads_it_too() {
    let fake = Fake::start(|request| {
        let question = request.message(0);
        let words = format!("temperature must be 1 for this model; got: {question}");
        Reply::text(400, &openai(&words, None, ""))
    })
    .await;
    let url = fake.url.clone();
    let asked = "A man of 71 years has chest pain on exertion since Monday; what should be done?";
    let consult = tokio::task::spawn_blocking(move || {
        let place = Place::new();
        let panel = panel_at(&place, &url, "temperature = 0.0", "");
        place.write("question.txt", asked);
        run(&mut place.primum(&["consult", &panel, "--file", "question.txt"]))
    })
    .await
    .expect("no panic");
    assert_eq!(consult.code, Some(4), "{}", consult.stderr);
    let said = &consult.stderr;
    assert!(said.contains("temperature must be 1"), "{said}");
    assert!(said.contains("take `temperature` out"), "{said}");
    assert!(!said.contains("chest pain on exertion"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_pause_ends_a_run_that_can_be_continued() {
    let fake = Fake::start(|_| {
        let headers = vec![("retry-after", "51667".to_owned())];
        let words = "Rate limit reached on tokens per day (TPD): Limit 100000, Used 99999.";
        Reply::Raw(429, headers, openai(words, None, "rate_limit_exceeded"))
    })
    .await;
    let url = fake.url.clone();
    let bench = tokio::task::spawn_blocking(move || {
        let place = Place::new();
        let panel = panel_at(&place, &url, "", "");
        run(&mut place.bench(&panel, "run"))
    })
    .await
    .expect("no panic");
    assert_eq!(bench.code, Some(3), "{}", bench.stderr);
    // A call that was on its way already may reach the provider too.
    assert!(fake.count() <= 2, "{}", fake.count());
    for words in [
        "tokens per day",
        "a pause of 14 h 21 min",
        "it opens again at 20",
        " UTC)",
        "its limit of a day is used up",
        "primum bench --resume run",
    ] {
        assert!(bench.stderr.contains(words), "{words}\n{}", bench.stderr);
    }
}

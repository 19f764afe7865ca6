//! Kind E: envelopes around an answer.

use base64_of::base64;
use primum::gateway::{FailureKind, Notice};
use serde_json::{Value, json};

use crate::fake_openai::{Fake, Reply, answer};
use crate::panel_fake::{Setup, good, stage, who};
use crate::setup::{PATIENT, call, gateway, gateway_with};

/// What a call comes to when the server always sends this body.
async fn sent(
    body: impl Into<Vec<u8>>,
) -> Result<(String, Vec<Notice>), (FailureKind, usize, String)> {
    let fake = Fake::always(Reply::Bytes(body.into())).await;
    let gateway = gateway_with(&fake.url, |provider| provider.limits.attempts = 5);
    match gateway.call(call("x")).await {
        Ok(answer) => Ok((answer.text.to_string(), answer.notices)),
        Err(error) => Err((error.kind, fake.count(), error.message)),
    }
}

fn body() -> Value {
    let mut body = answer("1. Do");
    body["model"] = "fake-1".into();
    body
}

fn chunk(delta: Value, finish: Value) -> String {
    let chunk = json!({"model": "fake-1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
    format!("data: {chunk}")
}

#[tokio::test]
async fn what_can_be_read_is_read_and_told() {
    let body = body().to_string();
    let stream = [
        chunk(json!({"role": "assistant"}), json!(null)),
        chunk(json!({"content": "1. "}), json!(null)),
        chunk(json!({"content": "Do"}), json!(null)),
        chunk(json!({}), json!("stop")),
        "data: {\"choices\": [], \"usage\": {\"prompt_tokens\": 9, \"completion_tokens\": 2}}"
            .to_owned(),
        "data: [DONE]".to_owned(),
    ];
    let events = |end: &str| {
        stream
            .iter()
            .map(|event| format!("{event}{end}"))
            .collect::<String>()
    };
    let with_content = |content: &str| body.replace("1. Do", content);
    for (sent_body, text, how) in [
        // As reported.
        (events("\n\n").into_bytes(), "1. Do", "a stream of events"),
        (format!("data: {body}\n\n").into_bytes(), "1. Do", "a stream of events"),
        (with_content(r"1. Do\ud83d").into_bytes(), "1. Do\u{fffd}", "half a character"),
        ([body.as_bytes(), b"\xff\xfe"].concat(), "1. Do", "no characters"),
        ([b"\xef\xbb\xbf", body.as_bytes()].concat(), "1. Do", "byte order mark"),
        (body.replacen('{', "{\"score\": NaN, ", 1).into_bytes(), "1. Do", "number"),
        (format!("{body}\ndata: [DONE]\n\n").into_bytes(), "1. Do", "behind the answer"),
        (format!("{{\"queued\": true}}\n{body}").into_bytes(), "1. Do", "behind the answer"),
        (with_content("1. Do\n2. Rest").into_bytes(), "1. Do\n2. Rest", "raw line end"),
        // Further ones.
        (events("\r\n\r\n").into_bytes(), "1. Do", "a stream of events"),
        (events("\n").into_bytes(), "1. Do", "a stream of events"),
        (format!(": ping\n\n{}", events("\n\n")).into_bytes(), "1. Do", "a stream of events"),
        (with_content(r"1.\ude00 Do").into_bytes(), "1.\u{fffd} Do", "half a character"),
        (with_content(r"it\'s").into_bytes(), "it's", "an escape"),
        (body.encode_utf16().flat_map(u16::to_le_bytes).collect(), "1. Do", ""),
        (
            b"{\"model\":\"fake-1\",\"message\":{\"content\":\"1. \"},\"done\":false}\n{\"model\":\"fake-1\",\
              \"message\":{\"content\":\"Do\"},\"done\":true,\"done_reason\":\"stop\"}\n".to_vec(),
            "1. Do",
            "lines of JSON",
        ),
        (json!({"model": "fake-1", "response": "1. Do", "done": true}).to_string().into_bytes(), "1. Do", "Ollama"),
        (
            json!({"model": "fake-1", "type": "message", "role": "assistant", "stop_reason": "end_turn",
                "content": [{"type": "text", "text": "1. Do"}]}).to_string().into_bytes(),
            "1. Do",
            "Anthropic",
        ),
        (
            json!({"candidates": [{"finishReason": "STOP", "content": {"parts": [{"text": "1. Do"}]}}]})
                .to_string().into_bytes(),
            "1. Do",
            "Gemini",
        ),
    ] {
        if how.is_empty() {
            // Without a mark nobody can know that it is UTF-16.
            assert!(sent(sent_body).await.is_err());
            continue;
        }
        let (found, notices) = sent(sent_body.clone())
            .await
            .unwrap_or_else(|failed| panic!("{failed:?}: {}", String::from_utf8_lossy(&sent_body)));
        assert_eq!(found, text, "{how}");
        let told = notices.iter().any(|notice| match notice {
            Notice::ReadLeniently { how: words } => words.contains(how),
            _ => false,
        });
        assert!(told, "{how}: {notices:?}");
    }
    assert_eq!(sent(body).await.map(|(_, notices)| notices), Ok(vec![]));
}

#[tokio::test]
async fn what_cannot_be_read_blames_the_answer_and_is_bought_twice_at_most() {
    for (body, said) in [
        (b"\x1f\x8b\x08\x00\x00\x00".to_vec(), "compressed (gzip)"),
        (
            b"<html><title>Sign in</title></html>".to_vec(),
            "a web page, “Sign in”",
        ),
        (b"Take warfarin with a beta blocker".to_vec(), "plain text"),
        (b"{'choices': []}".to_vec(), "not well-formed"),
        (
            b"{\"id\": \"x\", \"object\": \"list\", \"Beta\": 1}".to_vec(),
            "its members: id, object",
        ),
        (b"null".to_vec(), "JSON without an answer"),
        (
            format!(
                "{}{}",
                body(),
                body().to_string().replace("1. Do", "2. Rest")
            )
            .into_bytes(),
            "more than one answer",
        ),
    ] {
        let (kind, requests, words) = sent(body).await.unwrap_err();
        assert_eq!((kind, requests), (FailureKind::Undecodable, 2), "{words}");
        assert!(words.contains("the answer could not be"), "{words}");
        assert!(words.contains(said), "{words}");
        assert!(!words.to_lowercase().contains("beta"), "{words}");
    }
    let (kind, _, words) = sent("").await.unwrap_err();
    assert_eq!(kind, FailureKind::Empty);
    assert!(words.contains("an empty body with status 200"), "{words}");
    // It was cut on its way: another attempt may well be whole.
    let half = body().to_string();
    for cut in [
        half[..half.len() / 2].to_owned(),
        format!("{}\n\n", chunk(json!({"content": "1."}), json!(null))),
    ] {
        let (kind, requests, words) = sent(cut).await.unwrap_err();
        assert_eq!((kind, requests), (FailureKind::Truncated, 5), "{words}");
    }
    // A fault that passes costs one more request.
    let fake = Fake::script(vec![Reply::text(200, "oops"), Reply::says("fine")]).await;
    assert!(gateway(&fake.url).call(call("x")).await.is_ok());
}

#[tokio::test]
async fn an_error_with_status_200_is_the_error_that_it_is() {
    use FailureKind::{NotFound, Quota, RateLimited, Refused, Server, TooLong};
    for (body, kind, said) in [
        // As reported.
        (
            json!({"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}),
            Quota,
            "insufficient balance",
        ),
        (
            json!({"base_resp": {"status_code": 1004, "status_msg": "login fail"}}),
            Refused,
            "login fail",
        ),
        (
            json!({"code": 401, "message": "token expired", "data": null}),
            Refused,
            "token expired",
        ),
        (
            json!({"code": 1211, "msg": "no such model", "success": false}),
            NotFound,
            "no such model",
        ),
        (
            json!({"success": false, "message": "Too many requests"}),
            RateLimited,
            "Too many requests",
        ),
        (
            json!({"error": "invalid_api_key"}),
            Refused,
            "invalid_api_key",
        ),
        (
            json!({"detail": "prompt is longer than the context window"}),
            TooLong,
            "context window",
        ),
        // Further ones.
        (
            json!({"base_resp": {"status_code": 1002, "status_msg": "slow down"}, "choices": null}),
            RateLimited,
            "slow down",
        ),
        (
            json!({"code": "InvalidApiKey", "message": "Invalid API-key provided."}),
            Refused,
            "API-key",
        ),
        (
            json!({"error": {"code": "insufficient_quota", "message": "pay"}}),
            Quota,
            "pay",
        ),
        (
            json!({"error": {"type": "overloaded_error", "message": "wait"}}),
            Server,
            "wait",
        ),
        (
            json!([{"error": {"code": 404, "message": "gone"}}]),
            NotFound,
            "gone",
        ),
        (
            json!({"errors": [{"message": "余额不足"}]}),
            Quota,
            "余额不足",
        ),
        (
            json!({"Response": {"Error": {"Code": "x", "Message": "Unauthorized"}}}),
            Refused,
            "Unauthorized",
        ),
        (
            json!({"status": "error", "status_code": "503", "msg": "m"}),
            Server,
            "m",
        ),
        (
            json!({"choices": [{"error": {"code": 429, "message": "upstream"}}]}),
            RateLimited,
            "upstream",
        ),
    ] {
        let fake = Fake::always(Reply::json(200, body.clone())).await;
        let error = gateway(&fake.url).call(call("x")).await.unwrap_err();
        assert_eq!(error.kind, kind, "{body}: {}", error.message);
        assert!(error.message.contains(said), "{}", error.message);
        assert!(
            error.message.contains("an error with status 200"),
            "{}",
            error.message
        );
    }
    // An answer with an empty error beside it is an answer.
    for nothing in [
        json!(null),
        json!(""),
        json!({}),
        json!(false),
        json!({"code": 0, "message": ""}),
    ] {
        let mut body = body();
        body["error"] = nothing;
        body["base_resp"] = json!({"status_code": 0, "status_msg": "success"});
        assert!(sent(body.to_string()).await.is_ok());
    }
    let mid_stream = format!(
        "{}\n\ndata: {{\"error\": {{\"message\": \"overloaded\", \"code\": 503}}}}\n\n",
        chunk(json!({"content": "1. Do"}), json!(null))
    );
    let (kind, _, words) = sent(mid_stream).await.unwrap_err();
    assert_eq!(kind, Server, "{words}");
}

#[tokio::test]
async fn no_echo_reaches_a_message_however_it_is_written() {
    let json = serde_json::to_string(PATIENT).expect("JSON");
    let percent: String = PATIENT.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let entities: String = PATIENT
        .chars()
        .map(|c| format!("&#{};", u32::from(c)))
        .collect();
    for echo in [
        PATIENT.to_owned(),
        json.clone(),
        serde_json::to_string(&json).expect("JSON"),
        percent,
        entities,
        base64(PATIENT.as_bytes()),
        "54-year-old woman with palpitations".to_owned(),
    ] {
        for (status, body) in [
            (
                400,
                json!({"error": {"message": format!("cannot read: {echo} !")}}),
            ),
            (200, json!({"error": format!("cannot read: {echo} !")})),
            (
                200,
                json!({"code": 7, "msg": format!("cannot read: {echo} !")}),
            ),
        ] {
            let fake = Fake::always(Reply::json(status, body)).await;
            let gateway = gateway(&fake.url);
            let error = gateway.call(call("x")).await.unwrap_err();
            assert!(error.message.contains("cannot read"), "{}", error.message);
            let kept = &gateway.journal().failures().expect("failures")[0].message;
            for message in [&error.message, kept] {
                for piece in [
                    "palpitations",
                    "warfarin",
                    "%70%61",
                    "112;&#97",
                    &echo[..12],
                ] {
                    assert!(!message.contains(piece), "{message}");
                }
            }
        }
    }
    // Names in an answer are shown too.
    let mut body = answer("fine");
    body["model"] = json!(format!("for {PATIENT}"));
    body["choices"][0]["finish_reason"] = json!(format!("since {PATIENT}"));
    let fake = Fake::always(Reply::json(200, body)).await;
    let answer = gateway(&fake.url).call(call("x")).await.expect("an answer");
    let shown = format!("{:?} {:?}", answer.ended, answer.notices);
    assert!(!shown.contains("palpitations"), "{shown}");
}

#[tokio::test]
async fn a_panel_reads_a_stream_and_names_what_it_cannot_read() {
    let asked = Setup::of("vote")
        .ask(|request| match (stage(request), who(request)) {
            ("draft", "ben") => {
                let chunk = json!({"model": "ben", "choices": [{"finish_reason": "stop",
                    "delta": {"content": "Gout.\n\n1. Start colchicine\n2. Check uric acid"}}]});
                Reply::text(200, &format!("data: {chunk}\n\ndata: [DONE]\n\n"))
            }
            ("draft", "cleo") => Reply::text(200, "<html><title>Sign in</title></html>"),
            _ => good(request),
        })
        .await;
    assert_eq!(
        asked.reasons(),
        ["cleo did not answer (the answer could not be decoded)"]
    );
    assert!(
        asked
            .result
            .notes
            .iter()
            .any(|note| note.contains("ben: an answer was read in spite of a stream")),
        "{:?}",
        asked.result.notes
    );
}

mod base64_of {
    pub fn base64(bytes: &[u8]) -> String {
        const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for three in bytes.chunks(3) {
            let bits = three
                .iter()
                .fold(0u32, |bits, byte| (bits << 8) | u32::from(*byte));
            let bits = bits << (8 * (3 - three.len()));
            for digit in 0..=three.len() {
                text.push(char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]));
            }
        }
        text
    }
}

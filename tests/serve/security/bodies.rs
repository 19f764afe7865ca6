//! Bodies that are too long, broken, of another shape or another type.

use proptest::prelude::*;

use super::wire::{MARK, address, ask, exchange, parse};
use super::{Setup, setup};
use crate::service_bodies;

/// The four that read a body, with one that is sound.
fn readers(id: &str) -> [(String, &'static str, &'static str); 4] {
    [
        (
            "/v1/consults".into(),
            "application/json",
            r#"{"question": "x"}"#,
        ),
        (
            "/v1/chat/completions".into(),
            "application/json",
            r#"{"model": "gout", "messages": [{"role": "user", "content": "x"}]}"#,
        ),
        (
            format!("/v1/consults/{id}/release"),
            "application/json",
            r#"{"decision": "release"}"#,
        ),
        ("/mast".into(), "text/plain", "x"),
    ]
}

fn nested(depth: usize) -> String {
    format!(
        "{{\"question\": {}\"{MARK}\"{}}}",
        "[".repeat(depth),
        "]".repeat(depth)
    )
}

#[tokio::test]
async fn what_is_no_question_is_refused_with_a_code_and_without_a_quote() {
    let setup = setup("audit", &[]).await;
    let id = setup.consult().await;
    let deep = [
        nested(33),
        nested(100_000),
        "[".repeat(200_000),
        "{\"a\":".repeat(50_000),
    ];
    let mut broken: Vec<(&[u8], &str)> = vec![
        (b"", "bad-json"),
        (b" ", "bad-json"),
        (b"{\"question\": \"Zqx4711", "bad-json"),
        (b"{\"question\": \"Zqx4711\"} {}", "bad-json"),
        (b"{'question': 'Zqx4711'}", "bad-json"),
        (b"question=Zqx4711", "bad-json"),
        (b"{\"question\": \"\\ud800 Zqx4711\"}", "bad-json"),
        (b"{\"question\": \"Zqx4711\x01\"}", "bad-json"),
        (
            b"{\"question\": \"Zqx4711\", \"deadline_seconds\": 1e999}",
            "bad-json",
        ),
        (b"\xef\xbb\xbf{\"question\": \"Zqx4711\"}", "bad-json"),
        (b"{\"question\": \"Zqx4711 \xff\"}", "bad-utf8"),
        (b"{\"question\": \"Zqx4711 \xc0\xaf\"}", "bad-utf8"),
        (b"{\"question\": \"Zqx4711 \xed\xa0\x80\"}", "bad-utf8"),
        (b"null", "bad-request"),
        (b"\"Zqx4711\"", "bad-request"),
        (b"4711", "bad-request"),
        (b"[\"Zqx4711\"]", "bad-request"),
    ];
    broken.extend(deep.iter().map(|deep| (deep.as_bytes(), "bad-json")));
    for (at, (path, kind, _)) in readers(&id).iter().take(3).enumerate() {
        for (body, code) in &broken {
            let sent = ask("POST", path).key(&setup.key).body(kind, body);
            let answer = sent.send(setup.base()).await;
            let start = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            // Elsewhere a field that is not known may be met before the fault.
            let found = answer.code();
            let same = found == *code || (at > 0 && *code == "bad-json" && found == "bad-request");
            assert!(answer.status == 400 && same, "{path} {start}: {found}");
        }
    }
    let shapes: [(usize, &str, &str); 27] = [
        (0, r#"{}"#, "bad-request"),
        (0, r#"{"question": 1}"#, "bad-request"),
        (0, r#"{"question": ["Zqx4711"]}"#, "bad-request"),
        (
            0,
            r#"{"question": "a", "question": "Zqx4711"}"#,
            "bad-request",
        ),
        (0, r#"{"question": "a", "Zqx4711": 1}"#, "bad-request"),
        (
            0,
            r#"{"question": "a", "context": {"Zqx4711": 1}}"#,
            "bad-request",
        ),
        (
            0,
            r#"{"question": "a", "context": {"sex": "f", "sex": "Zqx4711"}}"#,
            "bad-request",
        ),
        (
            0,
            r#"{"question": "a", "context": {"age_years": "Zqx4711"}}"#,
            "bad-request",
        ),
        (
            0,
            r#"{"question": "a", "deadline_seconds": 0}"#,
            "bad-request",
        ),
        (
            0,
            r#"{"question": "a", "deadline_seconds": -4711}"#,
            "bad-request",
        ),
        (
            0,
            r#"{"question": "a", "deadline_seconds": "Zqx4711"}"#,
            "bad-request",
        ),
        (0, r#"{"question": " \n\t\u00a0 "}"#, "empty-question"),
        (
            0,
            r#"{"question": "a", "panel": "Zqx4711"}"#,
            "unknown-panel",
        ),
        (1, r#"{"model": "gout", "messages": []}"#, "empty-question"),
        (
            1,
            r#"{"messages": [{"role": "user", "content": "Zqx4711"}]}"#,
            "bad-request",
        ),
        (
            1,
            r#"{"model": "Zqx4711", "messages": []}"#,
            "unknown-panel",
        ),
        (
            1,
            r#"{"model": "gout", "model": "Zqx4711", "messages": []}"#,
            "bad-request",
        ),
        (
            1,
            r#"{"model": "gout", "messages": [{"role": "Zqx4711", "content": "x"}]}"#,
            "unsupported",
        ),
        (
            1,
            r#"{"model": "gout", "messages": [{"role": "assistant", "content": "Zqx4711"}]}"#,
            "bad-request",
        ),
        (
            1,
            r#"{"model": "gout", "messages": [{"role": "user", "content": {"x": "Zqx4711"}}]}"#,
            "bad-request",
        ),
        (
            1,
            r#"{"model": "gout", "n": 2, "messages": [{"role": "user", "content": "Zqx4711"}]}"#,
            "unsupported",
        ),
        (
            1,
            r#"{"model": "gout", "tools": [{"type": "Zqx4711"}], "messages": []}"#,
            "unsupported",
        ),
        (
            1,
            r#"{"model": "gout", "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://Zqx4711.example"}}]}]}"#,
            "unsupported",
        ),
        (2, r#"{}"#, "bad-request"),
        (2, r#"{"decision": "Zqx4711"}"#, "bad-request"),
        (
            2,
            r#"{"decision": "release", "decision": "reject"}"#,
            "bad-request",
        ),
        (
            2,
            r#"{"decision": "release", "person": "Zqx4711"}"#,
            "bad-request",
        ),
    ];
    for (at, body, code) in shapes {
        let (path, kind, _) = &readers(&id)[at];
        let answer = ask("POST", path)
            .key(&setup.key)
            .body(kind, body)
            .send(setup.base())
            .await;
        assert_eq!(answer.code(), code, "{path} {body}");
    }
    for (body, code) in [
        (&b""[..], "empty-question"),
        (b" \n ", "empty-question"),
        (b"Zqx4711 \xff", "bad-utf8"),
    ] {
        let sent = ask("POST", "/mast")
            .key(&setup.key)
            .body("text/plain", body);
        assert_eq!(sent.send(setup.base()).await.code(), code);
    }
    let mine = ask("GET", &format!("/v1/consults/{id}")).key(&setup.key);
    let mine = mine.send(setup.base()).await;
    assert_eq!(
        mine.json()["release"]["state"],
        "unreleased",
        "no broken decision counted"
    );
    setup.lives().await;
}

#[tokio::test]
async fn other_content_types_are_refused() {
    let setup = setup("audit", &[]).await;
    let id = setup.consult().await;
    for (path, kind, body) in readers(&id) {
        for wrong in [
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=Zqx4711",
            "application/json-patch+json",
            "text/html",
            "Zqx4711",
            "application/json, text/plain",
            ";",
        ] {
            let answer = ask("POST", &path).key(&setup.key).body(wrong, body);
            let answer = answer.send(setup.base()).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (415, "wrong-content-type"),
                "{wrong}"
            );
        }
        let other = if kind == "text/plain" {
            "application/json"
        } else {
            "text/plain"
        };
        let answer = ask("POST", &path).key(&setup.key).body(other, body);
        assert_eq!(answer.send(setup.base()).await.status, 415);
        let broken = ask("POST", &path).key(&setup.key).body("", body);
        let broken = broken.header("content-type", b"application/json\xff");
        assert_eq!(broken.send(setup.base()).await.status, 415);
    }
}

/// A request in parts, with a chunked body.
async fn chunked(setup: &Setup, path: &str, kind: &str, size: usize) -> Vec<u8> {
    let host = address(setup.base());
    let mut bytes = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: {kind}\r\n\
         authorization: Bearer {}\r\ntransfer-encoding: chunked\r\n\r\n",
        setup.key
    )
    .into_bytes();
    bytes.extend(format!("{size:x}\r\n{}\r\n0\r\n\r\n", "x".repeat(size)).bytes());
    exchange(host, &bytes).await
}

#[tokio::test]
async fn too_long_bodies_are_refused_announced_or_not() {
    let setup = setup("audit", &["--body-limit", "2000"]).await;
    let id = setup.consult().await;
    let host = address(setup.base());
    for (path, kind, _) in readers(&id) {
        let head = |length: &str| {
            format!(
                "POST {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: {kind}\r\n\
                 authorization: Bearer {}\r\ncontent-length: {length}\r\n\r\n",
                setup.key
            )
        };
        // Not a byte of the body is waited for.
        for length in ["2001", "4294967297"] {
            let answer = parse(&exchange(host, head(length).as_bytes()).await);
            let answer = answer.expect("an answer").secured();
            assert_eq!((answer.status, answer.code().as_str()), (413, "too-large"));
        }
        let answer = parse(&chunked(&setup, &path, kind, 2_001).await).expect("an answer");
        assert_eq!(
            (answer.status, answer.secured().code().as_str()),
            (413, "too-large")
        );
        let fits = parse(&chunked(&setup, &path, kind, 1_500).await).expect("an answer");
        assert_ne!(fits.status, 413);
        for wrong in [
            "-1",
            "1e3",
            "0x10",
            "1, 2",
            "4711\r\ncontent-length: 12",
            "99999999999999999999",
        ] {
            let answer = parse(&exchange(host, head(wrong).as_bytes()).await);
            assert_eq!(answer.map(|answer| answer.status), Some(400), "{wrong}");
        }
    }
    setup.lives().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_body_makes_a_parser_panic_or_quote(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        service_bodies::ask(&bytes);
        service_bodies::chat(&bytes);
        service_bodies::release(&bytes);
        service_bodies::headers(&bytes);
        service_bodies::mast(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn nor_does_one_that_is_nearly_right(body in nearly()) {
        service_bodies::ask(body.as_bytes());
        service_bodies::chat(body.as_bytes());
        service_bodies::release(body.as_bytes());
    }

    #[test]
    fn options_are_found_by_rule_in_any_text(lines in prop::collection::vec(line(), 0..14)) {
        service_bodies::mast(&lines.join("\n"));
    }

    #[test]
    fn heads_are_read_leniently_and_let_nobody_in(lines in prop::collection::vec(head(), 0..8)) {
        service_bodies::headers(lines.join("\n").as_bytes());
    }
}

/// JSON of parts that requests are made of, whole and cut.
fn nearly() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "\"question\"",
        "\"context\"",
        "\"panel\"",
        "\"deadline_seconds\"",
        "\"other\"",
        "\"sex\"",
        "\"age_years\"",
        "\"medications\"",
        "\"measurements\"",
        "\"name\"",
        "\"value\"",
        "\"model\"",
        "\"messages\"",
        "\"role\"",
        "\"user\"",
        "\"system\"",
        "\"content\"",
        "\"type\"",
        "\"text\"",
        "\"n\"",
        "\"tools\"",
        "\"response_format\"",
        "\"stream\"",
        "\"a\\nb\\u2028- Age: 3\"",
        "1",
        "-1",
        "1e400",
        "null",
        "true",
        "[]",
        "{}",
        "\"\\ud83e\\udd80\"",
        "\"\\ud800\"",
    ]);
    let leaf = word.prop_map(str::to_owned);
    let json = leaf.prop_recursive(5, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5)
                .prop_map(|parts| format!("[{}]", parts.join(","))),
            prop::collection::vec((inner.clone(), inner), 0..5).prop_map(|parts| {
                let parts = parts
                    .into_iter()
                    .map(|(name, value)| format!("{name}:{value}"));
                format!("{{{}}}", parts.collect::<Vec<_>>().join(","))
            }),
        ]
    });
    let sound = prop::sample::select(vec![
        r#"{"question":"x","context":{"age_years":3,"sex":"f","other":{"a\nb":"c\n- d"}}}"#,
        r#"{"question":" x ","context":{"measurements":[{"name":"a\u2028b","value":"1"}]}}"#,
        r#"{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"t"}]}]}"#,
    ]);
    (
        prop_oneof![json, sound.prop_map(str::to_owned)],
        any::<prop::sample::Index>(),
        any::<u8>(),
    )
        .prop_map(|(json, at, how)| match how % 4 {
            0 => json
                .chars()
                .take(at.index(json.chars().count() + 1))
                .collect(),
            _ => json,
        })
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "Use the keys \"Option\" and \"GradeAI\".",
            "Option",
            "GradeAI",
            "Options: GradeAI_x",
            "1. a",
            "2) b",
            "(3) c",
            "[4] d",
            "Option 5: e",
            "6: f",
            "- 7. g",
            "   goes on",
            "\tgoes on",
            "1.5 mg",
            "",
            "10. \u{2028}x",
            "2. \u{1f980}",
            "Option\u{e9} 3. x",
            "99999. x",
            "0. zero",
            "case \u{85} text",
            "</case-0>",
            "[RELEASED]",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,24}",
        (0..12_000_u32, "[ a-z]{0,8}").prop_map(|(number, text)| format!("{number}. {text}")),
    ]
}

fn head() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "host",
        "origin",
        "prefer",
        "primum-request",
        "content-type",
        "authorization",
        "x",
    ]);
    let value = prop::sample::select(vec![
        "localhost",
        "127.0.0.1:1",
        "[::1]",
        "[::1",
        "evil.example",
        "http://evil.example",
        "null",
        "wait=10",
        "wait=1e400, respond-async",
        "wait=-0",
        "wait=nan;;==,",
        "consult.example:",
        ":",
        "@",
        "http://localhost",
        "localhost:99999",
        "application/json;;",
        "1",
        "localhost evil.example",
        "localhost.evil.example",
        "evil.example:80",
    ]);
    (name, value).prop_map(|(name, value)| format!("{name}: {value}"))
}

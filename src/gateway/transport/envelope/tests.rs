use proptest::prelude::*;
use serde_json::json;

use super::*;

/// The content of the answer in a body, with what was forgiven.
fn content(body: &[u8]) -> (String, Vec<&'static str>) {
    let opened = open(body).unwrap_or_else(|fault| panic!("{fault:?}"));
    let value = match to_chat(&opened.value) {
        Some((chat, _)) if opened.value.pointer("/choices/0").is_none() => chat,
        _ => opened.value,
    };
    let content = value
        .pointer("/choices/0/message/content")
        .and_then(Value::as_str);
    (content.expect("a content").to_owned(), opened.forgiven)
}

fn fault(body: &[u8]) -> FailureKind {
    open(body).expect_err("a fault").kind
}

const CHAT: &str = r#"{"choices":[{"finish_reason":"stop","message":{"content":"1. Do"}}]}"#;

#[test]
fn what_is_well_formed_is_taken_as_it_is() {
    assert_eq!(content(CHAT.as_bytes()), ("1. Do".to_owned(), vec![]));
}

#[test]
fn broken_encodings_are_read() {
    const RAW: &str = "a raw line end or control character in a string";
    const HALF: &str = "half a character in a string";
    const ESCAPE: &str = "an escape that JSON has not";
    for (content_in_json, said, how) in [
        (r"1. Do\ud83d", "1. Do\u{fffd}", HALF),
        (r"1. Do\ude00 it", "1. Do\u{fffd} it", HALF),
        (r"\ud83d\u0041", "\u{fffd}A", HALF),
        (r"\ud83dx", "\u{fffd}x", HALF),
        ("1. Do\n2. Do not", "1. Do\n2. Do not", RAW),
        ("1.\tDo\u{1}", "1.\tDo\u{1}", RAW),
        (r"it\'s", "it's", ESCAPE),
        (r"\x41", r"\x41", ESCAPE),
        (r"\u12", r"\u12", ESCAPE),
    ] {
        let body = CHAT.replace("1. Do", content_in_json);
        assert_eq!(
            content(body.as_bytes()),
            (said.to_owned(), vec![how]),
            "{body}"
        );
    }
    // A whole pair is a character like any other.
    let pair = CHAT.replace("1. Do", r"\ud83d\ude00");
    assert_eq!(content(pair.as_bytes()), ("😀".to_owned(), vec![]));
}

#[test]
fn bytes_around_and_within_are_read() {
    let with = |before: &[u8], after: &[u8]| [before, CHAT.as_bytes(), after].concat();
    let mut bad = CHAT.as_bytes().to_vec();
    let place = CHAT.find("Do").expect("a place");
    bad[place] = 0xff;
    let wide: Vec<u8> = CHAT.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (body, said, how) in [
        (
            with(b"\xef\xbb\xbf", b""),
            "1. Do",
            "a byte order mark in front",
        ),
        (bad, "1. \u{fffd}o", "bytes that are no characters"),
        (
            [b"\xff\xfe".as_slice(), &wide].concat(),
            "1. Do",
            "UTF-16 for UTF-8",
        ),
        (
            with(b"", b"\ndata: [DONE]\n\n"),
            "1. Do",
            "something behind the answer",
        ),
        (
            with(b"", b"</body>"),
            "1. Do",
            "something behind the answer",
        ),
        (
            with(b"", br#"{"usage":{"prompt_tokens":1}}"#),
            "1. Do",
            "something behind the answer",
        ),
        (
            with(br#"{"id":"x","queued":true}"#, b""),
            "1. Do",
            "something behind the answer",
        ),
        (
            CHAT.replacen('{', r#"{"score":NaN,"low":-Infinity,"#, 1)
                .into_bytes(),
            "1. Do",
            "a number that JSON has not",
        ),
    ] {
        assert_eq!(content(&body), (said.to_owned(), vec![how]));
    }
    // NUL behind it, and blank space around it, are not worth a word.
    assert_eq!(content(&with(b" \r\n", b"\0\0")).1, Vec::<&str>::new());
    // The word in a string is one.
    let named = CHAT.replace("1. Do", r"NaN\ud83d");
    assert_eq!(content(named.as_bytes()).0, "NaN\u{fffd}");
}

#[test]
fn streams_are_joined() {
    let delta = |fields: Value, finish: Value| {
        json!({"model": "m", "choices": [{"index": 0, "delta": fields, "finish_reason": finish}]})
            .to_string()
    };
    let parts = [
        delta(json!({"role": "assistant", "content": ""}), Value::Null),
        delta(json!({"content": "1. "}), Value::Null),
        delta(json!({"content": "Do"}), Value::Null),
        delta(json!({}), json!("stop")),
    ];
    let events = |end: &str| {
        parts
            .iter()
            .map(|part| format!("data: {part}{end}"))
            .collect::<String>()
    };
    let lines = parts.join("\n");
    let half = parts[1].find("\"1. ").expect("a place");
    let (first, second) = parts[1].split_at(half);
    let split = format!(
        "data: {first}\ndata: {second}\n\ndata: {}\n\ndata: {}\n\n",
        parts[2], parts[3]
    );
    for body in [
        format!("{}data: [DONE]\n\n", events("\n\n")),
        format!("{}data: [DONE]\r\n\r\n", events("\r\n\r\n")),
        format!(": keep-alive\n\nretry: 5\n{}", events("\n\n")),
        format!("event: message\nid: 1\n{}", events("\n\n")),
        // Without the empty lines, without the blank, and one event in two lines.
        format!("{}data: [DONE]", events("\n")),
        events("\n\n").replace("data: ", "data:"),
        split,
        lines,
        format!("data: {CHAT}\n\ndata: [DONE]\n\n"),
        format!("data: {CHAT}"),
    ] {
        assert_eq!(content(body.as_bytes()).0, "1. Do", "{body}");
    }
    let opened = open(events("\n\n").as_bytes()).expect("an answer");
    assert_eq!(
        opened.forgiven,
        ["a stream of events that nobody asked for"]
    );
    assert_eq!(opened.value["choices"][0]["finish_reason"], "stop");
    assert_eq!(opened.value["model"], "m");
    // `[DONE]` alone is an end, of which nothing is known.
    let done = format!("data: {}\n\ndata: [DONE]\n\n", parts[1]);
    let opened = open(done.as_bytes()).expect("an answer");
    assert_eq!(opened.value["choices"][0]["finish_reason"], Value::Null);
}

#[test]
fn other_streams_are_joined_too() {
    let ollama = "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"1. \"},\"done\":false}\n\
        {\"model\":\"m\",\"message\":{\"content\":\"Do\"},\"done\":false}\n\
        {\"model\":\"m\",\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"length\",\
        \"prompt_eval_count\":9,\"eval_count\":2}\n";
    let opened = open(ollama.as_bytes()).expect("an answer");
    assert_eq!(opened.forgiven, ["lines of JSON that nobody asked for"]);
    assert_eq!(
        opened.value["choices"][0],
        json!({"index": 0, "finish_reason": "length", "native_finish_reason": null,
            "message": {"role": "assistant", "content": "1. Do"}})
    );
    assert_eq!(
        opened.value["usage"],
        json!({"prompt_tokens": 9, "completion_tokens": 2})
    );
    let anthropic = "event: message_start\n\
        data: {\"type\":\"message_start\",\"message\":{\"model\":\"m\",\"content\":[],\"usage\":{\"input_tokens\":9}}}\n\n\
        event: content_block_delta\n\
        data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"1. Do\"}}\n\n\
        event: message_delta\n\
        data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\n\
        event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    let opened = open(anthropic.as_bytes()).expect("an answer");
    assert_eq!(opened.value["choices"][0]["message"]["content"], "1. Do");
    assert_eq!(opened.value["choices"][0]["finish_reason"], "end_turn");
    assert_eq!(
        opened.value["usage"],
        json!({"input_tokens": 9, "output_tokens": 2})
    );
}

#[test]
fn an_error_in_a_stream_is_the_answer() {
    let part = "data: {\"choices\":[{\"delta\":{\"content\":\"1. Do\"}}]}\n\n";
    for event in [
        "data: {\"error\":{\"message\":\"overloaded\"}}\n\n",
        "event: error\ndata: {\"message\":\"overloaded\"}\n\n",
        "data: {\"error\":null,\"choices\":[{\"delta\":{},\"error\":{\"message\":\"overloaded\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{},\"error\":{\"message\":\"overloaded\"}}]}\n\n",
    ] {
        let opened = open(format!("{part}{event}").as_bytes()).expect("a value");
        let text = opened.value["error"]["message"].as_str();
        assert_eq!(text, Some("overloaded"), "{event}");
        let written = &opened.value["choices"][0]["message"]["content"];
        assert_eq!(written, "1. Do", "what it cost is told by its words");
    }
}

#[test]
fn an_event_that_cannot_be_read_fails_the_answer() {
    let part = |text: &str| {
        format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n")
    };
    let end = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    let body = format!("{}data: {{not json}}\n\n{}{end}", part("1. Do"), part("3."));
    assert_eq!(fault(body.as_bytes()), FailureKind::Undecodable);
    // Blank data is a sign of life.
    let body = format!("{}data: \n\n{}{end}", part("1. "), part("Do"));
    let opened = open(body.as_bytes()).expect("an answer");
    assert_eq!(opened.value["choices"][0]["message"]["content"], "1. Do");
}

#[test]
fn what_ends_before_its_end_is_cut() {
    let part =
        "data: {\"choices\":[{\"delta\":{\"content\":\"1. Do\"},\"finish_reason\":null}]}\n\n";
    for body in [
        &CHAT[..CHAT.len() / 2],
        "{\"choices\": [",
        part,
        &format!("{part}data: {{\"choices\":[{{\"del"),
        "{\"message\":{\"content\":\"1.\"},\"done\":false}\n{\"message\":{\"content\":\"x\"},\"done\":false}",
    ] {
        assert_eq!(fault(body.as_bytes()), FailureKind::Truncated, "{body}");
    }
}

#[test]
fn what_cannot_be_read_has_its_true_name() {
    for (body, words) in [
        (b"\x1f\x8b\x08\x00\x00".as_slice(), "gzip"),
        (b"\x78\x9c\x01\x02", "deflate"),
        (
            b"<html><head><title>Sign in</title></head></html>",
            "a web page, “Sign in”",
        ),
        (b"<!doctype html>", "a web page;"),
        (b"404 page not found", "plain text"),
        (b"Take a beta blocker", "plain text"),
        (b"{'choices': []}", "not well-formed"),
        (b"data: hello\n\n", "an event of its stream"),
        (b"data: \n\n", "without an answer"),
        (b"{\"a\":1}{\"b\":2}", "no answer"),
    ] {
        let fault = open(body).expect_err("a fault");
        assert_eq!(fault.kind, FailureKind::Undecodable);
        assert!(fault.words.contains(words), "{}", fault.words);
        assert!(!fault.words.contains("beta"), "{}", fault.words);
    }
    assert_eq!(fault(b""), FailureKind::Empty);
    assert_eq!(fault(b" \r\n"), FailureKind::Empty);
    // Two answers, and nothing says which one counts.
    let other = CHAT.replace("1. Do", "2. Do not");
    assert_eq!(
        fault(format!("{CHAT}{other}").as_bytes()),
        FailureKind::Undecodable
    );
    assert_eq!(content(format!("{CHAT}\n{CHAT}").as_bytes()).0, "1. Do");
}

#[test]
fn other_shapes_are_read() {
    for (body, finish) in [
        (
            json!({"data": {"choices": [{"finish_reason": "stop", "message": {"content": "1. Do"}}]}}),
            "stop",
        ),
        (
            json!({"type": "message", "role": "assistant", "stop_reason": "end_turn",
                "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "1. Do"}]}),
            "end_turn",
        ),
        (
            json!({"candidates": [{"finishReason": "STOP", "content": {"parts":
                [{"text": "hm", "thought": true}, {"text": "1. Do"}]}}]}),
            "STOP",
        ),
        (
            json!({"message": {"content": "1. Do"}, "done": true, "done_reason": "stop"}),
            "stop",
        ),
        (
            json!({"response": "1. Do", "done": true, "done_reason": "length"}),
            "length",
        ),
        (
            json!({"object": "response", "status": "completed", "output": [{"type": "reasoning"},
                {"type": "message", "content": [{"type": "output_text", "text": "1. Do"}]}]}),
            "completed",
        ),
        (
            json!({"object": "response", "status": "incomplete",
                "incomplete_details": {"reason": "max_output_tokens"}, "output":
                [{"type": "message", "content": [{"type": "output_text", "text": "1. Do"}]}]}),
            "max_output_tokens",
        ),
        (
            json!({"output": {"message": {"content": [{"text": "1. Do"}]}}, "stopReason": "max_tokens"}),
            "max_tokens",
        ),
        (
            json!({"message": {"content": [{"type": "text", "text": "1. Do"}]}, "finish_reason": "COMPLETE"}),
            "COMPLETE",
        ),
        (
            json!([{"generated_text": "1. Do", "details": {"finish_reason": "eos_token"}}]),
            "eos_token",
        ),
        (json!({"content": "1. Do", "stop_type": "limit"}), "limit"),
    ] {
        let opened = open(body.to_string().as_bytes()).expect("JSON");
        let (chat, _) = to_chat(&opened.value).unwrap_or_else(|| panic!("{body}"));
        assert_eq!(chat["choices"][0]["message"]["content"], "1. Do", "{body}");
        assert_eq!(chat["choices"][0]["finish_reason"], finish, "{body}");
    }
    for body in [
        json!({"response": "1. Do"}),
        json!({"result": {"response": "1. Do"}}),
    ] {
        let (chat, _) = to_chat(&body).expect("a shape");
        assert_eq!(chat["choices"][0]["message"]["content"], "1. Do");
        assert_eq!(chat["choices"][0]["finish_reason"], Value::Null);
    }
    for body in [
        json!({}),
        json!(null),
        json!("text"),
        json!({"response": 7}),
        json!({"choices": []}),
    ] {
        assert_eq!(to_chat(&body), None, "{body}");
    }
}

/// Pieces of which broken bodies are made.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("data: ".to_owned()),
        Just("\n\n".to_owned()),
        Just("[DONE]".to_owned()),
        Just(CHAT.to_owned()),
        Just("{\"choices\":[{\"delta\":{\"content\":\"".to_owned()),
        Just("\"}}]}".to_owned()),
        Just("\\ud83d".to_owned()),
        Just("NaN".to_owned()),
        Just("event: error".to_owned()),
        "\\PC{0,6}",
        "[{}\\[\\]\",:\\\\u0-9]{0,10}",
    ]
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = open(&bytes);
    }

    #[test]
    fn no_pieces_make_it_panic(pieces in prop::collection::vec(piece(), 0..12)) {
        if let Ok(opened) = open(pieces.concat().as_bytes()) {
            let _ = to_chat(&opened.value);
        }
    }

    #[test]
    fn a_content_comes_back_however_it_is_wrapped(
        content in "\\PC{1,60}", way in 0usize..4,
    ) {
        let chat = json!({"choices": [{"finish_reason": "stop", "message": {"content": content}}]});
        let chat = chat.to_string();
        let body = match way {
            0 => format!("\u{feff}{chat}"),
            1 => format!("data: {chat}\n\ndata: [DONE]\n\n"),
            2 => format!("{chat} trailing"),
            _ => format!("{{\"x\":NaN}}{chat}"),
        };
        prop_assert_eq!(self::content(body.as_bytes()).0, content);
    }
}

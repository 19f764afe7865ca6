//! What must hold of the parsers of whatever callers of the service send,
//! whatever it is. The fuzz targets and a property test call these.
#![allow(dead_code)] // each target uses one of them

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, Uri};
use primum::serve::faces::chat::ChatRequest;
use primum::serve::faces::options::grading;
use primum::serve::faces::release::{Decided, Word};
use primum::serve::http::body;
use primum::serve::http::guard::Guard;
use primum::serve::http::prefer::Prefer;
use primum::serve::http::problem::Problem;
use primum::serve::work::question::Ask;
use serde_json::Value;

/// What a problem with a body may say. The places in it are numbers.
const SAID: [&str; 19] = [
    "the body is not UTF-8",
    "a field is missing",
    "a field is not known here",
    "a word is not known here",
    "a field stands there twice",
    "a value has the wrong type",
    "a value is out of range",
    "it cannot be read",
    "it is nested more than 32 deep",
    "it is no JSON object",
    "there is no question",
    "the last message must be the user's",
    "messages of this role",
    "a message's parts other than text",
    "`n`: there is one answer",
    "`tools`: a panel calls none",
    "`response_format`: a panel answers with text",
    "the body is not JSON",
    "the request has another shape than expected",
];

/// A problem is of a known sort and quotes nothing.
fn quotes_nothing(problem: &Problem) {
    let said = problem.detail.split(" at line ").next().unwrap_or_default();
    assert!(SAID.contains(&said), "{said}");
    let place = problem.detail.strip_prefix(said).unwrap_or_default();
    let place = place.replace(" at line ", "").replace(", column ", "");
    assert!(place.bytes().all(|byte| byte.is_ascii_digit()), "{place}");
    assert!((400..500).contains(&problem.status), "{}", problem.code);
}

/// `POST /v1/consults`: read or refused; what was read can be written and read
/// again, and its context stands in lines of its own.
pub fn ask(bytes: &[u8]) {
    let ask: Ask = match body::json(bytes) {
        Ok(ask) => ask,
        Err(problem) => return quotes_nothing(&problem),
    };
    let text = ask.text();
    assert!(text.expose().starts_with(ask.question.expose().trim()));
    let written = serde_json::to_string(&ask).expect("it can be written");
    let again: Ask = body::json(written.as_bytes()).expect("what was written is read");
    assert_eq!(again, ask);
    assert_eq!(again.text(), text);
    let behind = &text.expose()[ask.question.expose().trim().len()..];
    if let Some(lines) = behind.strip_prefix("\n\nContext:\n") {
        assert!(
            lines.lines().all(|line| line.starts_with("- ")),
            "a forged line"
        );
    } else {
        assert_eq!(behind, "");
    }
}

/// `POST /v1/chat/completions`: read or refused.
pub fn chat(bytes: &[u8]) {
    match ChatRequest::parse(bytes).and_then(|request| request.question()) {
        Ok(question) => assert!(question.expose().len() <= bytes.len() * 4 + 64),
        Err(problem) => quotes_nothing(&problem),
    }
}

/// `POST /v1/consults/{id}/release`: read or refused. Whatever is read says one
/// of the two words, once, as a text; nothing else releases an answer.
pub fn release(bytes: &[u8]) {
    let decided: Decided = match body::json(bytes) {
        Ok(decided) => decided,
        Err(problem) => return quotes_nothing(&problem),
    };
    let sent: Value = serde_json::from_slice(bytes).expect("what was read is JSON");
    let word = match decided.decision {
        Word::Release => "release",
        Word::Reject => "reject",
    };
    assert_eq!(sent.get("decision"), Some(&Value::from(word)));
    let note = decided.note.as_ref().map(|note| note.expose());
    assert_eq!(note, sent.get("note").and_then(Value::as_str));
    let known = ["decision", "note"];
    let mut names = sent.as_object().expect("an object").keys();
    assert!(names.all(|name| known.contains(&name.as_str())), "a field");
    // Who prints what was decided prints no patient's text.
    if let Some(note) = note.filter(|note| note.len() > 64) {
        assert!(!format!("{decided:?}").contains(note));
    }
}

/// `POST /mast`: options only where the keys and a list stand, rising, and of
/// the rest of the text not a line is lost.
pub fn mast(text: &str) {
    let Some(grading) = grading(text) else { return };
    assert!(text.contains("Option") && text.contains("GradeAI"));
    let numbers: Vec<i64> = grading.options.numbers().collect();
    assert!(numbers.len() >= 2);
    assert!(numbers.windows(2).all(|two| two[0] < two[1]), "{numbers:?}");
    assert!(numbers.iter().all(|number| (0..=9_999).contains(number)));
    assert_eq!(grading.options.block().lines().count(), numbers.len());
    let mut lines = text.lines().map(|line| line.trim_end_matches('\r'));
    for line in grading.case.lines() {
        let line = line.trim_end_matches('\r');
        assert!(
            lines.any(|known| known == line),
            "a line that was not there"
        );
    }
}

/// Headers that are read before anything else: `name: value` a line, of which
/// the first two lines are a method and a target.
pub fn headers(bytes: &[u8]) {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let method = Method::from_bytes(lines.next().unwrap_or_default()).unwrap_or(Method::POST);
    let target = std::str::from_utf8(lines.next().unwrap_or_default()).ok();
    let target: Uri = target
        .and_then(|target| target.parse().ok())
        .unwrap_or_else(|| Uri::from_static("/"));
    let mut headers = HeaderMap::new();
    for line in lines.take(64) {
        let at = line
            .iter()
            .position(|byte| *byte == b':')
            .unwrap_or(line.len());
        let (name, value) = (&line[..at], line.get(at + 1..).unwrap_or_default());
        let name = HeaderName::from_bytes(name.trim_ascii());
        let value = HeaderValue::from_bytes(value.trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    let prefer = Prefer::of(&headers);
    assert!(prefer.wait.is_none_or(|wait| wait.as_secs() <= 3_600));
    for header_needed in [false, true] {
        let guard = Guard {
            hosts: vec!["consult.example".into()],
            header_needed,
        };
        for open in [false, true] {
            let allowed = guard.check(&method, &target, &headers, open);
            if allowed.is_ok() {
                assert!(headers.get_all("host").iter().count() < 2);
                let foreign = |value: &HeaderValue| value.as_bytes().ends_with(b"evil.example");
                assert!(!headers.get_all("host").iter().any(foreign));
                assert!(!headers.get_all("origin").iter().any(foreign));
                let sent = headers.contains_key("primum-request");
                let reads = open && matches!(method, Method::GET | Method::HEAD);
                assert!(!header_needed || sent || reads);
            }
        }
    }
    let _ = body::is_of_type(&headers, &["application/json"]);
}

//! Every way of failing that a provider has, and every face that a caller may
//! ask in.

use serde_json::{Value, json};

use super::world::PROVIDERS_KEY;
use crate::fake_openai::{self, Reply, Request};
use crate::good_models::{block, draft, good, prompt, who};

pub const WAYS: [&str; 11] = [
    "way-good",
    "way-400",
    "way-401",
    "way-429",
    "way-500",
    "way-raw",
    "way-junk",
    "way-shape",
    "way-away",
    "way-cut",
    "way-broken",
];

pub const FACES: [&str; 6] = ["wait", "events", "chat", "chunks", "mast", "grades"];

/// The panel for a way and a face. It has a provider of its own, of the same
/// name: a provider that failed is left alone for a while, and what is then
/// said was never near what it would have answered.
pub fn name(way: &str, face: &str) -> String {
    format!("{way}-{face}")
}

/// A panel for every way and face; one that behaves comes first.
pub fn every_panel() -> Vec<String> {
    let of = |way: &'static str| FACES.map(|face| name(way, face));
    WAYS.into_iter().flat_map(of).collect()
}

/// Does a consult come to an answer?
pub fn answers(way: &str, face: &str) -> bool {
    match way {
        "way-good" => true,
        // A draft may say anything; all that has a form is broken.
        "way-broken" => face != "grades",
        // What echoes the prompt is no draft (`way-shape`).
        _ => false,
    }
}

/// The status with which a caller is answered. Streams have begun by then.
pub fn status(way: &str, face: &str) -> u16 {
    match face {
        "events" | "chunks" => 200,
        _ if answers(way, face) => 200,
        _ => 502,
    }
}

fn schema(request: &Request) -> &str {
    let name = request.body.pointer("/response_format/json_schema/name");
    name.and_then(Value::as_str).unwrap_or_default()
}

/// Models that mark what they say, and fail in the way that the address names,
/// with the prompt in their hands.
pub fn provider(request: &Request) -> Reply {
    if request.body.is_null() {
        return Reply::json(200, json!({}));
    }
    let way = request.path.trim_start_matches('/');
    let way = WAYS.into_iter().find(|known| way.starts_with(known));
    let text = prompt(request).to_owned();
    let echo = format!("{text} Zqm4711-echo");
    match way.unwrap_or("way-good") {
        "way-400" => Reply::json(
            400,
            json!({"error": {"message": echo, "type": echo, "code": echo}}),
        ),
        "way-401" => Reply::text(401, &format!("{echo} {PROVIDERS_KEY}")),
        "way-429" => {
            let wait = vec![("retry-after", "Zqm4711-header".to_owned())];
            Reply::Raw(429, wait, json!({"error": {"message": echo}}).to_string())
        }
        "way-500" => Reply::text(500, &echo),
        "way-raw" => Reply::text(200, &format!("{{\"choices\": \"{echo}")),
        "way-junk" => Reply::json(200, json!({"choices": echo, "model": [echo]})),
        "way-shape" => Reply::json(
            200,
            json!({"choices": [{"message": {"content": [echo]}}], "id": 7}),
        ),
        "way-away" => {
            let to = "http://127.0.0.1:9/Zqm4711-redirect?Zqm4711-redirect".to_owned();
            Reply::Raw(307, vec![("location", to)], echo)
        }
        "way-cut" => Reply::CutBody(fake_openai::answer(&echo).to_string(), 120),
        "way-broken" if !schema(request).is_empty() => {
            Reply::says(&format!("{{\"items\": [\"{echo}"))
        }
        _ => marked_answer(request, &text),
    }
}

fn marked_answer(request: &Request, text: &str) -> Reply {
    match schema(request) {
        "" => {
            let marked = "olchicine 0.5 mg Zqm4711-answer";
            Reply::says(&draft(who(request)).replace("olchicine 0.5 mg", marked))
        }
        "primum_options_edits" => Reply::says(r#"{"flips": []}"#),
        "primum_options" => {
            let numbers = block(text, "options").lines();
            let names = numbers.filter_map(|line| Some(line.split_once(". ")?.0));
            let grades = names.map(|name| {
                json!({"Option": name, "GradeAI": "Appropriate", "Rationale": "Zqm4711-answer"})
            });
            Reply::says(&json!({"grades": grades.collect::<Vec<_>>()}).to_string())
        }
        _ => good(request),
    }
}

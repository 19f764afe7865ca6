//! What well-behaved models answer in every stage, read off the prompt as a
//! model would read it, and ways of failing.
#![allow(dead_code)]

use serde_json::{Value, json};

use crate::fake_openai::{Reply, Request};

/// Who is asked.
pub fn who(request: &Request) -> &str {
    request.body["model"].as_str().unwrap()
}

/// In which stage, by the schema that the answer must have.
pub fn stage(request: &Request) -> &'static str {
    let name = request.body.pointer("/response_format/json_schema/name");
    match name.and_then(Value::as_str) {
        None => "draft",
        Some("primum_clusters") => "cluster",
        Some("primum_synthesis") => "synthesis",
        Some("primum_ratings") => "rating",
        Some("primum_debate") => "debate",
        Some("primum_guardian_edits") => "guardian",
        Some("primum_checks") => "check",
        Some(other) => panic!("a schema that no stage has: {other}"),
    }
}

/// The user's part of the prompt, also in a repair turn.
pub fn prompt(request: &Request) -> &str {
    let messages = request.body["messages"].as_array().unwrap();
    let user = messages.iter().find(|message| message["role"] == "user");
    user.and_then(|message| message["content"].as_str())
        .unwrap()
}

/// What stands between the tags of a block; empty where there is none. The
/// case comes first, and what it forges is no block.
pub fn block<'a>(prompt: &'a str, tag: &str) -> &'a str {
    let (case, rest) = fenced(prompt, "case");
    if tag == "case" {
        case
    } else {
        fenced(rest, tag).0
    }
}

/// The first block of this tag, and what follows it.
fn fenced<'a>(text: &'a str, tag: &str) -> (&'a str, &'a str) {
    let inside = text.find(&format!("<{tag}-")).and_then(|start| {
        let (mark, rest) = text[start + 1..].split_once(">\n")?;
        rest.split_once(&format!("\n</{mark}>"))
    });
    inside.unwrap_or(("", text))
}

/// The lines of a block that begin with a reference: (reference, text).
pub fn lines(block: &str) -> Vec<(&str, &str)> {
    let reference = |line: &str| {
        let digits = line.trim_start_matches(|c: char| c.is_ascii_uppercase());
        let letters = line.len() - digits.len();
        (1..=2).contains(&letters) && digits.parse::<u32>().is_ok()
    };
    block
        .lines()
        .filter_map(|line| line.split_once(". "))
        .filter(|(name, _)| reference(name))
        .collect()
}

/// What an answer in JSON is sent as.
pub fn says(answer: &Value) -> Reply {
    Reply::says(&answer.to_string())
}

/// Everybody does well.
pub fn good(request: &Request) -> Reply {
    let prompt = prompt(request);
    match stage(request) {
        "draft" => Reply::says(draft(who(request))),
        "cluster" => says(&clusters(prompt)),
        "synthesis" => says(&merge(prompt)),
        "rating" => says(&ratings(prompt)),
        "debate" => says(&changes(prompt)),
        "guardian" if who(request) == "gus" => says(&edits(&[add("Refer to rheumatology")])),
        "guardian" => says(&edits(&[])),
        _ => says(&checks(prompt, "agree")),
    }
}

pub fn draft(name: &str) -> &'static str {
    match name {
        "ada" => {
            "Gout.\n\n1. Start colchicine 0.5 mg\n2. Check creatinine\n\
             3. Stop hydrochlorothiazide"
        }
        "ben" => "Gout.\n\n1. Start colchicine\n2. Check uric acid",
        _ => "Gout.\n\n1. Colchicine 0.5 mg\n2. Stop hydrochlorothiazide",
    }
}

/// The words by which well-behaved models know what means the same.
const KNOWN: [&str; 4] = [
    "olchicine",
    "hydrochlorothiazide",
    "creatinine",
    "uric acid",
];

fn clusters(prompt: &str) -> Value {
    let items = lines(block(prompt, "items"));
    let of = |word: &str| -> Vec<&str> {
        let same = items.iter().filter(|(_, text)| text.contains(word));
        same.map(|(reference, _)| *reference).collect()
    };
    let clusters = KNOWN.map(of).into_iter().filter(|items| !items.is_empty());
    let clusters: Vec<Value> = clusters.map(|items| json!({ "items": items })).collect();
    json!({"clusters": clusters, "opposites": []})
}

fn merge(prompt: &str) -> Value {
    let items = lines(block(prompt, "drafts"));
    let merged = KNOWN.iter().filter_map(|word| {
        let same: Vec<_> = items
            .iter()
            .filter(|(_, text)| text.contains(word))
            .collect();
        let (_, text) = same.iter().max_by_key(|(_, text)| text.len())?;
        let basis: Vec<&str> = same.iter().map(|(reference, _)| *reference).collect();
        Some(json!({
            "text": text, "category": null, "urgency": null, "condition": null, "basis": basis
        }))
    });
    json!({"assessment": "Acute gout.", "items": merged.collect::<Vec<_>>(), "dropped": []})
}

/// What is known is worth doing, but for the uric acid, which makes no
/// difference.
pub fn ratings(prompt: &str) -> Value {
    let rated = lines(block(prompt, "candidates"))
        .into_iter()
        .map(|(item, text)| {
            let worth = KNOWN[..3].iter().any(|word| text.contains(word));
            let rating = if worth { 8 } else { 5 };
            json!({
                "item": item, "rating": rating, "if_done": "the toe cools", "if_left_out": "pain"
            })
        });
    json!({ "ratings": rated.collect::<Vec<_>>() })
}

/// Everybody adopts the check of the kidneys, and nothing else.
fn changes(prompt: &str) -> Value {
    let adopted = lines(block(prompt, "candidates"))
        .into_iter()
        .filter(|(_, text)| text.contains("creatinine") && text.contains("[not yours"))
        .map(|(item, _)| {
            json!({
                "op": "adopt", "item": item, "text": null, "reason": "his kidney function is unknown"
            })
        });
    json!({ "changes": adopted.collect::<Vec<_>>() })
}

pub fn edits(edits: &[Value]) -> Value {
    json!({ "edits": edits })
}

pub fn edit(op: &str, item: Option<i64>, text: Option<&str>) -> Value {
    json!({
        "op": op, "item": item, "text": text, "category": null, "harm_type": "omission",
        "severity": "Severe", "reason": "his kidney function is unknown", "confidence": 1
    })
}

pub fn add(text: &str) -> Value {
    edit("add", None, Some(text))
}

/// The same verdict on every edit.
pub fn checks(prompt: &str, verdict: &str) -> Value {
    let all = lines(block(prompt, "edits")).into_iter().map(|(edit, _)| {
        json!({"edit": edit, "verdict": verdict, "severity": null, "reason": "for his kidneys"})
    });
    json!({ "checks": all.collect::<Vec<_>>() })
}

/// A way of failing that ends at once: a server's fault, or no form.
pub fn down() -> Reply {
    Reply::text(500, "oops")
}

pub fn nonsense() -> Reply {
    Reply::says("I would rather talk about the weather.")
}

/// Everybody behaves, but for those whom `fails` picks out.
pub fn except(
    reply: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    fails: impl Fn(&Request) -> bool + Send + Sync + 'static,
) -> impl Fn(&Request) -> Reply + Send + Sync + 'static {
    move |request| {
        if fails(request) {
            reply(request)
        } else {
            good(request)
        }
    }
}

pub fn in_stage(wanted: &'static str) -> impl Fn(&Request) -> bool + Send + Sync + 'static {
    move |request| stage(request) == wanted
}

pub fn seat(name: &'static str, wanted: &'static str) -> impl Fn(&Request) -> bool + Send + Sync {
    move |request| who(request) == name && stage(request) == wanted
}

/// The plans when nobody fails: the ground on which failures are seen.
pub fn whole(protocol: &str) -> Vec<&'static str> {
    let (colchicine, creatinine) = ("Start colchicine 0.5 mg", "Check creatinine");
    let (thiazide, urate) = ("Stop hydrochlorothiazide", "Check uric acid");
    let mut plan = match protocol {
        "lead" => vec![colchicine, creatinine, thiazide],
        "vote" => vec![colchicine, thiazide],
        "synthesis" => vec![colchicine, thiazide, creatinine, urate],
        _ => vec![colchicine, creatinine, thiazide],
    };
    plan.push("Refer to rheumatology");
    plan
}

pub fn without_referral(protocol: &str) -> Vec<&'static str> {
    let mut plan = whole(protocol);
    plan.pop();
    plan
}

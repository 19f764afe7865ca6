//! An answer, read leniently: unknown `finish_reason`, missing usage, content
//! as parts, thoughts beside or inside the content, errors with status 200.

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::classify::from_status;
use super::error_body::ErrorBody;
use super::{Body, Failure, Reply};
use crate::gateway::call::{FailureKind, Usage};
use crate::gateway::ended::DECLINED;

pub(super) fn read(answer: &Value, body: &Body<'_>) -> Result<Reply, Failure> {
    let choice = answer.pointer("/choices/0").unwrap_or(&Value::Null);
    for holder in [answer, choice] {
        if holder.get("error").is_some_and(|error| !error.is_null()) {
            let error = ErrorBody::from_value(holder);
            // The status of whoever failed behind the server; without one it
            // is a fault of the server's.
            let status = error.status.unwrap_or(502);
            return Err(from_status(status, &HeaderMap::new(), &error));
        }
    }
    let message = choice.get("message").unwrap_or(choice);
    let said = |fields: [Option<&Value>; 2]| {
        fields
            .into_iter()
            .flatten()
            .map(words)
            .find(|text| !text.trim().is_empty())
    };
    let mut finish_reason = string(choice.get("finish_reason"));
    let text = said([message.get("content"), choice.get("text")])
        .or_else(|| {
            let refusal = said([message.get("refusal"), None])?;
            finish_reason = Some(DECLINED.to_owned());
            Some(refusal)
        })
        .unwrap_or_default();
    let text = without_thoughts(&text).to_owned();
    let (usage, usage_estimated) = match usage(answer.get("usage")) {
        Some(usage) => (usage, false),
        None => (estimate(body.prompt_bytes(), text.len()), true),
    };
    if text.trim().is_empty() {
        let why = match finish_reason.as_deref() {
            Some("length") => " (all tokens were spent before a word of it: raise max_tokens)",
            Some("content_filter") => " (the provider's content filter)",
            _ => "",
        };
        return Err(Failure {
            kind: FailureKind::Empty,
            retry: true,
            status: Some(200),
            words: format!("an empty answer{why}"),
            pauses: Vec::new(),
            daily: false,
            pushed_back: false,
            // Words that nobody saw were written all the same.
            usage: if usage_estimated {
                Usage::default()
            } else {
                usage
            },
            may_be_billed: usage_estimated,
        });
    }
    Ok(Reply {
        text,
        usage,
        usage_estimated,
        notices: Vec::new(),
        model: string(answer.get("model")),
        finish_reason,
    })
}

/// Content as a string, or as parts of which the texts count.
fn words(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter(|part| {
                let kind = part.get("type").and_then(Value::as_str);
                kind.is_none_or(|kind| matches!(kind, "text" | "output_text" | "refusal"))
            })
            .filter_map(|part| {
                let text = part.get("text").or(part.get("refusal")).unwrap_or(part);
                text.as_str()
            })
            .collect(),
        _ => String::new(),
    }
}

/// Local servers leave a model's thoughts in front of the answer, between
/// `<think>` tags. They are no part of it, as `reasoning_content` is not.
fn without_thoughts(text: &str) -> &str {
    let start = text.trim_start();
    match start.strip_prefix("<think>") {
        Some(thoughts) => match thoughts.split_once("</think>") {
            Some((_, answer)) => answer.trim_start(),
            None => "",
        },
        None => text,
    }
}

/// Tokens as the provider counts them; `None` when it does not.
fn usage(usage: Option<&Value>) -> Option<Usage> {
    let usage = usage?;
    let tokens = |path: &str| {
        let number = usage.pointer(path)?;
        number.as_u64().or_else(|| {
            let number = number.as_f64().filter(|number| *number >= 0.0)?;
            Some(number as u64)
        })
    };
    let prompt = tokens("/prompt_tokens").or(tokens("/input_tokens"))?;
    let completion = tokens("/completion_tokens").or(tokens("/output_tokens"));
    // Some leave reasoning out of `completion_tokens` and count it in the
    // total alone; some leave the completion out altogether.
    let rest = tokens("/total_tokens").map(|total| total.saturating_sub(prompt));
    let completion = completion.max(rest)?;
    let reasoning = tokens("/completion_tokens_details/reasoning_tokens");
    let cached = tokens("/prompt_tokens_details/cached_tokens")
        .or(tokens("/prompt_cache_hit_tokens"))
        .or(tokens("/cached_tokens"));
    Some(Usage {
        prompt,
        completion,
        reasoning: reasoning.unwrap_or(0).min(completion),
        cached: cached.unwrap_or(0).min(prompt),
    })
}

/// Tokens by length: four bytes each, as is usual for English text.
fn estimate(prompt_bytes: usize, completion_bytes: usize) -> Usage {
    Usage {
        prompt: prompt_bytes.div_ceil(4) as u64,
        completion: completion_bytes.div_ceil(4) as u64,
        ..Usage::default()
    }
}

fn string(value: Option<&Value>) -> Option<String> {
    value?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn content_is_found_in_all_its_shapes() {
        for (content, expected) in [
            (json!("a"), "a"),
            (
                json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]),
                "ab",
            ),
            (
                json!([{"type": "thinking", "thinking": "x"}, {"type": "text", "text": "a"}]),
                "a",
            ),
            (json!(["a", "b"]), "ab"),
            (json!(null), ""),
            (json!(7), ""),
        ] {
            assert_eq!(words(&content), expected, "{content}");
        }
    }

    #[test]
    fn thoughts_in_front_are_no_part_of_the_answer() {
        assert_eq!(
            without_thoughts("<think>\nhm {1}\n</think>\n\n1. Do"),
            "1. Do"
        );
        assert_eq!(without_thoughts("<think>for ever"), "");
        assert_eq!(without_thoughts(" 1. Do <think>"), " 1. Do <think>");
    }

    #[test]
    fn usage_is_read_as_far_as_it_goes() {
        let read = |value: Value| {
            usage(Some(&value)).map(|u| (u.prompt, u.completion, u.reasoning, u.cached))
        };
        let full = json!({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15,
            "completion_tokens_details": {"reasoning_tokens": 2},
            "prompt_tokens_details": {"cached_tokens": 4}});
        assert_eq!(read(full), Some((10, 5, 2, 4)));
        assert_eq!(
            read(json!({"prompt_tokens": 10, "total_tokens": 17})),
            Some((10, 7, 0, 0))
        );
        let apart = json!({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 40,
            "completion_tokens_details": {"reasoning_tokens": 25}});
        assert_eq!(read(apart), Some((10, 30, 25, 0)));
        assert_eq!(read(json!({"prompt_tokens": 10})), None);
        assert_eq!(
            read(json!({"prompt_tokens": 10.0, "completion_tokens": 2.0})),
            Some((10, 2, 0, 0))
        );
        assert_eq!(read(json!(null)), None);
    }
}

//! Answers in the shapes of other APIs, written as a chat completion. They come
//! where a proxy translates the question and not the answer, or where an address
//! speaks an API of its own.

use serde_json::{Value, json};

use crate::gateway::transport::reply::words;

/// The same answer as a chat completion, and whose shape it had. `None`: it has
/// none that is known.
pub(in crate::gateway::transport) fn to_chat(value: &Value) -> Option<(Value, &'static str)> {
    type Reader = fn(&Value) -> Option<(Value, &'static str)>;
    let readers: [Reader; 10] = [
        wrapped, anthropic, gemini, ollama, responses, converse, cohere, generated, llama, bare,
    ];
    readers.into_iter().find_map(|read| read(value))
}

fn chat(
    text: String,
    finish: Option<&Value>,
    usage: [Option<&Value>; 2],
    model: Option<&Value>,
) -> Value {
    let mut answer = json!({
        "model": model,
        "choices": [{"finish_reason": finish, "message": {"content": text}}],
    });
    if usage.iter().any(Option::is_some) {
        let [prompt, completion] = usage;
        answer["usage"] = json!({"prompt_tokens": prompt, "completion_tokens": completion});
    }
    answer
}

/// A whole chat completion within another object.
fn wrapped(value: &Value) -> Option<(Value, &'static str)> {
    ["data", "result", "output", "response", "body"]
        .into_iter()
        .filter_map(|name| value.get(name))
        .find(|inner| inner.pointer("/choices/0").is_some())
        .map(|inner| (inner.clone(), "a wrapper around the answer"))
}

fn anthropic(value: &Value) -> Option<(Value, &'static str)> {
    let content = value.get("content")?.as_array()?;
    if value.get("role") != Some(&json!("assistant"))
        && value.get("type") != Some(&json!("message"))
    {
        return None;
    }
    let mut answer = chat(
        words(&Value::Array(content.clone())),
        value.get("stop_reason"),
        [None, None],
        value.get("model"),
    );
    if let Some(usage) = value.get("usage") {
        answer["usage"] = usage.clone();
    }
    Some((answer, "the shape of Anthropic's own API"))
}

fn gemini(value: &Value) -> Option<(Value, &'static str)> {
    const API: &str = "the shape of Gemini's own API";
    let count = |name: &str| value.get("usageMetadata").and_then(|usage| usage.get(name));
    let usage = [count("promptTokenCount"), count("candidatesTokenCount")];
    let model = value.get("modelVersion");
    if let Some(candidate) = value.pointer("/candidates/0") {
        let parts = candidate
            .pointer("/content/parts")
            .and_then(Value::as_array);
        let said = parts
            .into_iter()
            .flatten()
            .filter(|part| part.get("thought") != Some(&json!(true)));
        let text = said.filter_map(|part| part.get("text")?.as_str()).collect();
        let mut answer = chat(text, candidate.get("finishReason"), usage, model);
        if let (Some(thoughts), Some(said)) = (
            count("thoughtsTokenCount").and_then(Value::as_u64),
            usage[1].and_then(Value::as_u64),
        ) {
            answer["usage"]["completion_tokens"] = json!(said.saturating_add(thoughts));
        }
        return Some((answer, API));
    }
    let blocked = value.pointer("/promptFeedback/blockReason")?;
    Some((chat(String::new(), Some(blocked), usage, model), API))
}

fn ollama(value: &Value) -> Option<(Value, &'static str)> {
    value.get("done")?.as_bool()?;
    let text = value
        .pointer("/message/content")
        .or(value.get("response"))?;
    let usage = [value.get("prompt_eval_count"), value.get("eval_count")];
    let answer = chat(
        words(text),
        value.get("done_reason"),
        usage,
        value.get("model"),
    );
    Some((answer, "the shape of Ollama's own API"))
}

/// OpenAI's newer API.
fn responses(value: &Value) -> Option<(Value, &'static str)> {
    if value.get("object") != Some(&json!("response")) {
        return None;
    }
    let output = value.get("output")?.as_array()?;
    let said = output
        .iter()
        .filter(|item| item.get("type") == Some(&json!("message")));
    let text = said
        .filter_map(|item| item.get("content"))
        .map(words)
        .collect();
    let finish = value
        .pointer("/incomplete_details/reason")
        .or(value.get("status"));
    let mut answer = chat(text, finish, [None, None], value.get("model"));
    if let Some(usage) = value.get("usage") {
        answer["usage"] = usage.clone();
    }
    Some((answer, "the shape of OpenAI's Responses API"))
}

/// Amazon's Converse.
fn converse(value: &Value) -> Option<(Value, &'static str)> {
    let content = value.pointer("/output/message/content")?;
    let count = |name: &str| value.get("usage").and_then(|usage| usage.get(name));
    let usage = [count("inputTokens"), count("outputTokens")];
    let answer = chat(words(content), value.get("stopReason"), usage, None);
    Some((answer, "the shape of Amazon's Converse API"))
}

fn cohere(value: &Value) -> Option<(Value, &'static str)> {
    let finish = value.get("finish_reason")?;
    let text = value.pointer("/message/content").or(value.get("text"))?;
    let count = |name: &str| {
        value
            .pointer("/usage/tokens")
            .and_then(|usage| usage.get(name))
    };
    let usage = [count("input_tokens"), count("output_tokens")];
    let answer = chat(words(text), Some(finish), usage, value.get("model"));
    Some((answer, "the shape of Cohere's own API"))
}

/// Hugging Face's TGI and KoboldCpp.
fn generated(value: &Value) -> Option<(Value, &'static str)> {
    let value = value.get(0).unwrap_or(value);
    let text = value
        .get("generated_text")
        .or(value.pointer("/results/0/text"))?;
    let finish = value
        .pointer("/details/finish_reason")
        .or(value.pointer("/results/0/finish_reason"));
    let answer = chat(text.as_str()?.to_owned(), finish, [None, None], None);
    Some((answer, "the shape of a text generation API"))
}

/// llama.cpp's own API.
fn llama(value: &Value) -> Option<(Value, &'static str)> {
    let text = value.get("content")?.as_str()?;
    let finish = value.get("stop_type")?;
    let usage = [value.get("tokens_evaluated"), value.get("tokens_predicted")];
    let answer = chat(text.to_owned(), Some(finish), usage, value.get("model"));
    Some((answer, "the shape of llama.cpp's own API"))
}

/// Text under a plain name, also within `result` (Cloudflare).
fn bare(value: &Value) -> Option<(Value, &'static str)> {
    let value = value.get("result").unwrap_or(value);
    let text = ["response", "output", "text"]
        .into_iter()
        .find_map(|name| value.get(name)?.as_str())?;
    let mut answer = chat(
        text.to_owned(),
        value.get("finish_reason"),
        [None, None],
        value.get("model"),
    );
    if let Some(usage) = value.get("usage") {
        answer["usage"] = usage.clone();
    }
    Some((answer, "text without the shape of a chat"))
}

//! An answer, read leniently: any shape of content, thoughts beside or inside
//! it, any word for how it ended, missing usage, errors with status 200.

use std::borrow::Cow;

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::classify::from_status;
use super::envelope::{self, Opened};
use super::error_body::ErrorBody;
use super::thinking::{self, Lost};
use super::usage::{self, Counted};
use super::{Body, Failure, Reply};
use crate::gateway::call::{Ended, FailureKind, Notice, Usage};
use crate::gateway::ended::DECLINED;
use crate::gateway::output_limit;
use crate::gateway::same_model::same_model;

/// Fields beside the content in which servers put thoughts.
const THOUGHTS: [&str; 4] = ["reasoning_content", "reasoning", "thinking", "thoughts"];

pub(super) fn read(opened: &Opened, body: &Body<'_>) -> Result<Reply, Failure> {
    let value = &opened.value;
    let mut forgiven = opened.forgiven.clone();
    forgiven.retain(|how| !body.stream || *how != envelope::UNASKED);
    let stated = |holder: &Value| {
        let failure = error_inside(ErrorBody::stated(holder)?);
        Some(billed_beside(failure, value, body))
    };
    if let Some(failure) = stated(value) {
        return Err(failure);
    }
    let answer = if value.pointer("/choices/0").is_some() {
        Cow::Borrowed(value)
    } else if let Some((chat, shape)) = envelope::to_chat(value) {
        forgiven.push(shape);
        Cow::Owned(chat)
    } else {
        return Err(no_answer(value));
    };
    let choice = answer.pointer("/choices/0").unwrap_or(&Value::Null);
    if let Some(failure) = stated(choice) {
        return Err(failure);
    }
    let message = ["message", "delta"]
        .into_iter()
        .find_map(|name| choice.get(name));
    let message = message
        .filter(|message| !message.is_null())
        .unwrap_or(choice);
    let said = Said::of(message, choice);
    let prompt = || body.call.messages.iter().map(|message| &*message.content);
    let counted = usage::count(answer.get("usage"), body.prompt_bytes(), said.bytes());
    let ended = Ended::of(said.finish_reason.as_deref());
    let text = match thinking::without_thoughts(&said.content) {
        Ok(text) if !text.trim().is_empty() => text.into_owned(),
        Ok(_) => return Err(said.nothing(&ended, None, &counted, body)),
        Err(lost) => return Err(said.nothing(&ended, Some(lost), &counted, body)),
    };
    let mut notices: Vec<Notice> = Vec::new();
    let model = string(answer.get("model"));
    let asked = &body.call.model.id;
    if let Some(answered) = model
        .as_ref()
        .filter(|answered| !same_model(asked, answered))
    {
        notices.push(Notice::OtherModel {
            asked: asked.clone(),
            answered: super::plain_name(answered, body),
        });
    }
    if !counted.estimated
        && let Some(characters) = usage::left_out(counted.usage.prompt, prompt())
    {
        let tokens = counted.usage.prompt;
        notices.push(Notice::PromptCut { characters, tokens });
    }
    notices.extend(
        forgiven
            .into_iter()
            .map(|how| Notice::ReadLeniently { how: how.into() }),
    );
    Ok(Reply {
        text,
        usage: counted.usage,
        usage_estimated: counted.estimated,
        notices,
        model: model.map(|model| super::plain_name(&model, body)),
        finish_reason: said
            .finish_reason
            .map(|word| super::plain_name(&word, body)),
    })
}

/// The texts in an answer, thoughts included: what a failure must not quote.
pub(super) fn said(answer: &Value) -> Vec<String> {
    let choice = answer.pointer("/choices/0").unwrap_or(&Value::Null);
    let message = choice.get("message").unwrap_or(choice);
    ["content", "text", "refusal"]
        .iter()
        .chain(&THOUGHTS)
        .filter_map(|name| message.get(*name))
        .map(words)
        .filter(|text| !text.is_empty())
        .collect()
}

/// What a message says.
struct Said {
    content: String,
    /// Thoughts beside the content: in which field, and how many bytes.
    thoughts: Option<(&'static str, usize)>,
    /// It calls a tool.
    tool: bool,
    /// The word that tells how it ended.
    finish_reason: Option<String>,
}

impl Said {
    fn of(message: &Value, choice: &Value) -> Said {
        let text = |fields: &[Option<&Value>]| {
            let texts = fields.iter().flatten().map(|field| words(field));
            texts.into_iter().find(|text| !text.trim().is_empty())
        };
        let mut finish_reason = finish_reason(choice);
        let refusal = text(&[message.get("refusal")]);
        let content = text(&[message.get("content"), choice.get("text")]);
        if refusal.is_some() {
            finish_reason = Some(DECLINED.to_owned());
        }
        let thoughts = THOUGHTS.into_iter().find_map(|name| {
            let bytes = thought_bytes(message.get(name)?);
            (bytes > 0).then_some((name, bytes))
        });
        let called = |name: &str| match message.get(name) {
            Some(Value::Array(calls)) => !calls.is_empty(),
            Some(Value::Object(_)) => true,
            _ => false,
        };
        Said {
            content: content.or(refusal).unwrap_or_default(),
            thoughts,
            tool: called("tool_calls") || called("function_call"),
            finish_reason,
        }
    }

    /// Bytes of all that the model wrote.
    fn bytes(&self) -> usize {
        self.content.len() + self.thoughts.map_or(0, |(_, bytes)| bytes)
    }

    /// Why there is no answer in it.
    fn nothing(
        &self,
        ended: &Ended,
        lost: Option<Lost>,
        counted: &Counted,
        body: &Body<'_>,
    ) -> Failure {
        let usage = counted.usage;
        let (kind, retry, words) = match (lost, ended) {
            (None | Some(Lost::ThoughtsAlone), Ended::Cut) => {
                let lacks = match lost.is_some() || self.thoughts.is_some() {
                    true => "thinking took all of them",
                    false => "no word of it came",
                };
                let words = output_limit::words(body.call, usage, lacks);
                (FailureKind::OutputLimit, false, words)
            }
            (Some(Lost::ThoughtsAlone), _) => (
                FailureKind::Thoughts,
                true,
                "the answer is thoughts alone; turn the model's thinking off, or let the server \
                 take it out"
                    .to_owned(),
            ),
            (Some(Lost::Unclear(what)), _) => (
                FailureKind::Thoughts,
                *ended != Ended::Cut,
                format!(
                    "thinking could not be told from the answer ({what}); turn the model's \
                     thinking off, or let the server take it out"
                ),
            ),
            (None, Ended::Filtered(word)) => (
                FailureKind::Empty,
                true,
                format!("an empty answer: the provider's filter stopped it (“{word}”)"),
            ),
            (None, _) if self.tool => (
                FailureKind::Empty,
                true,
                "an empty answer: the model called a tool, though none was offered".to_owned(),
            ),
            (None, _) if self.thoughts.is_some() => {
                let (field, _) = self.thoughts.unwrap_or_default();
                let words = format!(
                    "an empty answer: all words are in `{field}`; the server takes the answer for \
                     thinking, so turn its reasoning parser or the model's thinking off (as in \
                     extra = {{ chat_template_kwargs = {{ enable_thinking = false }} }})"
                );
                (FailureKind::Thoughts, true, words)
            }
            (None, Ended::Unknown(Some(word))) => (
                FailureKind::Empty,
                true,
                format!("an empty answer that ended with “{word}”"),
            ),
            (None, _) => (FailureKind::Empty, true, "an empty answer".to_owned()),
        };
        Failure {
            status: Some(200),
            // Words that nobody saw were written all the same.
            usage: match counted.estimated {
                true => Usage::default(),
                false => usage,
            },
            may_be_billed: counted.estimated,
            ..Failure::new(kind, retry, words)
        }
    }
}

/// The word for how it ended. A word of the provider behind the server goes
/// first where it says that something is missing, and before `stop` where nobody
/// here knows it: gateways write `stop` for whatever they do not know.
fn finish_reason(choice: &Value) -> Option<String> {
    let word = |name: &str| word(choice.get(name)?);
    let native = word("native_finish_reason");
    let own = word("finish_reason")
        .or_else(|| word("stop_reason"))
        .or_else(|| word("finishReason"));
    let missing = |word: &String| {
        matches!(
            Ended::of(Some(word)),
            Ended::Cut | Ended::Filtered(_) | Ended::Declined
        )
    };
    let unknown = |word: &String| matches!(Ended::of(Some(word)), Ended::Unknown(Some(_)));
    let ended_well = own.as_deref().map(|word| Ended::of(Some(word))) == Some(Ended::Natural);
    native
        .clone()
        .filter(|word| missing(word) || (ended_well && unknown(word)))
        .or(own)
        .or(native)
}

/// A word, also where it stands in an object (SGLang's own API) or is a number.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(word) => Some(word.clone()),
        Value::Object(_) => string(value.get("type")),
        other => Some(other.to_string()),
    }
}

fn thought_bytes(thoughts: &Value) -> usize {
    match thoughts {
        Value::String(text) => text.trim().len(),
        Value::Array(parts) => parts.iter().map(thought_bytes).sum(),
        Value::Object(part) => ["text", "thinking", "content"]
            .into_iter()
            .filter_map(|name| part.get(name))
            .map(thought_bytes)
            .sum(),
        _ => 0,
    }
}

/// An error that came with status 200: its own status by its code, else by its
/// words, else a fault of the server's.
fn error_inside(error: ErrorBody) -> Failure {
    let status = error
        .status
        .or_else(|| error.status_by_words())
        .unwrap_or(502);
    let failure = from_status(status, &HeaderMap::new(), &error);
    let said = match (error.message.as_str(), error.codes.as_slice()) {
        ("", []) => "without words".to_owned(),
        ("", codes) => codes.join(", "),
        (message, _) => message.to_owned(),
    };
    Failure {
        status: Some(200),
        words: format!("an error with status 200: {said}"),
        ..failure
    }
}

/// An error beside which tokens are counted, or words stand that were written
/// before it, cost something.
fn billed_beside(failure: Failure, answer: &Value, body: &Body<'_>) -> Failure {
    let written = !said(answer).is_empty();
    let counted = usage::count(
        answer.get("usage"),
        body.prompt_bytes(),
        usize::from(written),
    );
    let told = answer.get("usage").is_some() && !counted.estimated;
    Failure {
        usage: match told {
            true => counted.usage,
            false => Usage::default(),
        },
        may_be_billed: failure.may_be_billed || written,
        ..failure
    }
}

/// JSON without an answer in it: an error that does not say so, or a shape that
/// nobody here knows.
fn no_answer(value: &Value) -> Failure {
    if let Some(error) = ErrorBody::implied(value) {
        return error_inside(error);
    }
    let plain = |name: &&String| {
        let letters = |c: char| c.is_ascii_lowercase() || c == '_';
        name.len() <= 24 && name.chars().all(letters)
    };
    let members = value.as_object().map(|map| map.keys());
    let members: Vec<&str> = members
        .into_iter()
        .flatten()
        .filter(plain)
        .take(6)
        .map(String::as_str)
        .collect();
    let shape = match members.as_slice() {
        [] => String::new(),
        names => format!(" (its members: {})", names.join(", ")),
    };
    let words = format!(
        "the answer could not be read: it is JSON without an answer{shape}; check that base_url \
         speaks OpenAI's chat API"
    );
    Failure {
        status: Some(200),
        may_be_billed: true,
        ..Failure::new(FailureKind::Undecodable, true, words)
    }
}

/// Content as a string, or as parts of which the texts count.
pub(super) fn words(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .filter(|part| {
                let kind = part.get("type").and_then(Value::as_str);
                kind.is_none_or(|kind| matches!(kind, "text" | "output_text" | "refusal"))
                    && part.get("thought") != Some(&Value::Bool(true))
            })
            .filter_map(|part| {
                let text = part.get("text").or(part.get("refusal")).unwrap_or(part);
                text.as_str()
            })
            .collect(),
        Value::Object(part) => part
            .get("text")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        _ => String::new(),
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
            (json!([{"text": "x", "thought": true}, {"text": "a"}]), "a"),
            (json!(["a", "b"]), "ab"),
            (json!({"type": "text", "text": "a"}), "a"),
            (json!(null), ""),
            (json!(7), ""),
        ] {
            assert_eq!(words(&content), expected, "{content}");
        }
    }

    #[test]
    fn the_word_that_says_most_tells_how_it_ended() {
        for (choice, word) in [
            (json!({"finish_reason": "stop"}), Some("stop")),
            (
                json!({"finish_reason": "stop", "native_finish_reason": "MAX_TOKENS"}),
                Some("MAX_TOKENS"),
            ),
            (
                json!({"finish_reason": "length", "native_finish_reason": "stop"}),
                Some("length"),
            ),
            (
                json!({"finish_reason": null, "native_finish_reason": "end_turn"}),
                Some("end_turn"),
            ),
            (
                json!({"finish_reason": {"type": "length", "length": 16}}),
                Some("length"),
            ),
            // vLLM names the token or the text that stopped it.
            (
                json!({"finish_reason": "stop", "stop_reason": 128_009}),
                Some("stop"),
            ),
            (json!({"finish_reason": 7}), Some("7")),
            (json!({"finish_reason": null}), None),
            (json!({}), None),
        ] {
            assert_eq!(finish_reason(&choice).as_deref(), word, "{choice}");
        }
    }
}

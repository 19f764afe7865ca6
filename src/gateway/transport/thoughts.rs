//! Where a model's thoughts stand in an answer.

use serde::Serialize;
use serde_json::Value;

/// Where thoughts were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "where", content = "name", rename_all = "kebab-case")]
pub enum Thoughts {
    /// There were none.
    None,
    /// In a field of their own, by this name.
    Beside(String),
    /// In the answer's own text, from which they are taken out.
    Inside,
    /// Tokens were counted for them, and they were not shown.
    Hidden,
}

/// Looks for them. `text`: what is left as the answer.
pub(super) fn find(answer: &Value, text: &str) -> Thoughts {
    let choice = answer.pointer("/choices/0").unwrap_or(&Value::Null);
    let message = choice.get("message").unwrap_or(choice);
    for name in [
        "reasoning_content",
        "reasoning",
        "thinking",
        "thinking_blocks",
    ] {
        let said = message.get(name);
        let something = said.is_some_and(|said| match said {
            Value::String(text) => !text.trim().is_empty(),
            Value::Array(parts) => !parts.is_empty(),
            _ => false,
        });
        if something {
            return Thoughts::Beside(name.to_owned());
        }
    }
    let parts = message.get("content").and_then(Value::as_array);
    let kinds = parts
        .into_iter()
        .flatten()
        .filter_map(|part| part.get("type")?.as_str());
    if let Some(kind) = kinds
        .into_iter()
        .find(|kind| matches!(*kind, "thinking" | "reasoning"))
    {
        return Thoughts::Beside(format!("a part of type {kind}"));
    }
    if let Some(content) = message.get("content").and_then(Value::as_str)
        && content.trim().len() > text.trim().len()
    {
        return Thoughts::Inside;
    }
    let counted = answer.pointer("/usage/completion_tokens_details/reasoning_tokens");
    match counted.and_then(Value::as_u64) {
        Some(1..) => Thoughts::Hidden,
        _ => Thoughts::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn thoughts_are_found_where_they_are_met() {
        let message = |message: Value| json!({"choices": [{"message": message}]});
        for (answer, expected) in [
            (message(json!({"content": "Four."})), Thoughts::None),
            (
                message(json!({"content": "Four.", "reasoning_content": "2+2"})),
                Thoughts::Beside("reasoning_content".into()),
            ),
            (
                message(json!({"content": "Four.", "reasoning": "2+2", "reasoning_content": ""})),
                Thoughts::Beside("reasoning".into()),
            ),
            (
                message(json!({"content": "<think>2+2</think>Four."})),
                Thoughts::Inside,
            ),
            (
                message(json!({"content": [{"type": "thinking", "thinking": "x"}]})),
                Thoughts::Beside("a part of type thinking".into()),
            ),
            (
                json!({"choices": [{"message": {"content": "Four."}}],
                    "usage": {"completion_tokens_details": {"reasoning_tokens": 64}}}),
                Thoughts::Hidden,
            ),
            (
                json!({"choices": [{"message": {"content": "Four."}}],
                    "usage": {"completion_tokens_details": {"reasoning_tokens": 0}}}),
                Thoughts::None,
            ),
        ] {
            assert_eq!(find(&answer, "Four."), expected, "{answer}");
        }
    }
}

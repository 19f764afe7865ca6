//! Streams that nobody asked for, joined to one answer: server-sent events in
//! the forms of OpenAI's and Anthropic's APIs, and lines of JSON as Ollama's own
//! API sends them.

use serde_json::{Map, Value, json};

use super::{Fault, json};
use crate::gateway::transport::reply::words;

/// Does a body look like server-sent events?
pub(super) fn is_stream(text: &str) -> bool {
    let begins = ["data:", "event:", "id:", "retry:", ":"];
    begins.iter().any(|field| text.starts_with(field)) && text.contains("data:")
}

/// Is a value a part of a streamed answer?
pub(super) fn is_chunk(value: &Value) -> bool {
    let choice = value.pointer("/choices/0");
    choice.is_some_and(|choice| choice.get("delta").is_some())
        || value.get("done").is_some_and(Value::is_boolean)
}

/// Reads server-sent events.
pub(super) fn read(text: &str, forgiven: &mut Vec<&'static str>) -> Result<Value, Fault> {
    let mut chunks = Vec::new();
    let mut done = false;
    for event in events(text) {
        if event.data.trim() == "[DONE]" {
            done = true;
            continue;
        }
        let mut read = json::values(&event.data, forgiven);
        // An event that was split within a string has a line end too many.
        if read.values.is_empty() {
            read = json::values(&event.data.replace('\n', ""), forgiven);
        }
        if read.values.is_empty() && read.cut {
            return Err(Fault::cut("it is a stream that ends within an event"));
        }
        // What an event said that nobody can read may be half of the answer.
        if read.values.is_empty() && event.data.chars().any(char::is_alphanumeric) {
            return Err(Fault::undecodable("an event of its stream is no JSON"));
        }
        for value in read.values {
            chunks.push(match value.get("error") {
                None if event.name == "error" => json!({ "error": value }),
                _ => value,
            });
        }
    }
    if chunks.is_empty() {
        return Err(Fault::undecodable("it is a stream without an answer"));
    }
    join(chunks, done)
}

struct Event {
    name: String,
    data: String,
}

/// The events of a stream, as the standard of HTML reads them: fields by line,
/// an empty line ends an event, lines of `data` are one text.
fn events(text: &str) -> Vec<Event> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut events = Vec::new();
    let (mut name, mut data): (String, Vec<&str>) = (String::new(), Vec::new());
    for line in text.split('\n').chain([""]) {
        if line.is_empty() {
            if !data.is_empty() {
                events.push(Event {
                    name: std::mem::take(&mut name),
                    data: data.join("\n"),
                });
                data.clear();
            }
            name.clear();
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => {
                // Proxies leave the empty lines out: whole data begins anew.
                let whole = |data: &[&str]| {
                    let joined = data.join("\n");
                    joined == "[DONE]" || serde_json::from_str::<Value>(&joined).is_ok()
                };
                if !data.is_empty() && whole(&data) {
                    events.push(Event {
                        name: name.clone(),
                        data: data.join("\n"),
                    });
                    data.clear();
                }
                data.push(value);
            }
            "event" => name = value.to_owned(),
            _ => {}
        }
    }
    events
}

/// What was gathered of the parts.
#[derive(Default)]
struct Joined {
    text: String,
    reasoning: String,
    refusal: String,
    finish: Value,
    native_finish: Value,
    model: Value,
    usage: Map<String, Value>,
    tools: bool,
    ended: bool,
    whole: Option<Value>,
}

/// One answer of all parts. An error among them is the answer, and what came
/// before it stands beside it.
pub(super) fn join(chunks: Vec<Value>, done: bool) -> Result<Value, Fault> {
    let mut joined = Joined {
        ended: done,
        ..Joined::default()
    };
    for chunk in chunks {
        let choice = chunk.pointer("/choices/0").unwrap_or(&Value::Null);
        let failed = |holder: &Value| holder.get("error").is_some_and(|error| !error.is_null());
        if failed(&chunk) || failed(choice) || chunk.get("type") == Some(&json!("error")) {
            return Ok(joined.broken_by(chunk));
        }
        joined.enter(chunk);
    }
    if let Some(whole) = joined.whole {
        return Ok(whole);
    }
    if !joined.ended {
        return Err(Fault::cut("it is a stream without an end"));
    }
    let mut message = json!({ "role": "assistant", "content": joined.text });
    for (name, said) in [
        ("reasoning_content", joined.reasoning),
        ("refusal", joined.refusal),
    ] {
        if !said.is_empty() {
            message[name] = said.into();
        }
    }
    if joined.tools {
        message["tool_calls"] = json!([{}]);
    }
    let mut answer = json!({
        "model": joined.model,
        "choices": [{
            "index": 0,
            "finish_reason": joined.finish,
            "native_finish_reason": joined.native_finish,
            "message": message,
        }],
    });
    if !joined.usage.is_empty() {
        answer["usage"] = Value::Object(joined.usage);
    }
    Ok(answer)
}

impl Joined {
    /// An error, with what was written and counted before it.
    fn broken_by(mut self, mut error: Value) -> Value {
        if let Some(Value::Object(usage)) = error.get("usage") {
            self.usage.extend(usage.clone());
        }
        let written = format!("{}{}{}", self.reasoning, self.text, self.refusal);
        // An `error` of null beside it is none, and must not hide it.
        if error.get("error").is_none_or(Value::is_null) {
            let inner = error.pointer("/choices/0/error").cloned();
            error = json!({ "error": inner.unwrap_or(error) });
        }
        if !written.is_empty() {
            error["choices"] = json!([{ "message": { "content": written } }]);
        }
        if !self.usage.is_empty() {
            error["usage"] = Value::Object(self.usage);
        }
        error
    }

    fn enter(&mut self, chunk: Value) {
        let choice = chunk.pointer("/choices/0").unwrap_or(&Value::Null);
        if choice.get("index").and_then(Value::as_u64).unwrap_or(0) != 0 {
            return;
        }
        if choice.get("message").is_some_and(Value::is_object)
            && choice.get("delta").is_none_or(Value::is_null)
        {
            self.whole = Some(chunk);
            return;
        }
        // The delta of a choice; the message of Ollama's lines; the text of a
        // block of Anthropic's.
        let delta = choice
            .get("delta")
            .or(chunk.get("message"))
            .or(chunk.get("delta"));
        if let Some(delta) = delta {
            self.text += &words(delta.get("content").unwrap_or(&Value::Null));
            if delta.get("type") == Some(&json!("text_delta")) {
                self.text += &words(delta.get("text").unwrap_or(&Value::Null));
            }
            for name in ["reasoning_content", "reasoning", "thinking"] {
                self.reasoning += delta.get(name).and_then(Value::as_str).unwrap_or_default();
            }
            self.refusal += delta
                .get("refusal")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let tools = delta.get("tool_calls").and_then(Value::as_array);
            self.tools |= tools.is_some_and(|tools| !tools.is_empty());
        }
        for text in [choice.get("text"), chunk.get("response")]
            .into_iter()
            .flatten()
        {
            self.text += text.as_str().unwrap_or_default();
        }
        let finish = [
            choice.get("finish_reason"),
            chunk.get("done_reason"),
            chunk.pointer("/delta/stop_reason"),
        ];
        if let Some(finish) = finish
            .into_iter()
            .flatten()
            .find(|finish| !finish.is_null())
        {
            self.finish = finish.clone();
            self.ended = true;
        }
        if let Some(native) = choice.get("native_finish_reason").filter(|n| !n.is_null()) {
            self.native_finish = native.clone();
        }
        self.ended |= chunk.get("done") == Some(&Value::Bool(true))
            || chunk.get("type") == Some(&json!("message_stop"));
        let model = chunk.get("model").or(chunk.pointer("/message/model"));
        if let Some(model) = model.filter(|model| self.model.is_null() && model.is_string()) {
            self.model = model.clone();
        }
        for usage in [chunk.get("usage"), chunk.pointer("/message/usage")] {
            if let Some(Value::Object(usage)) = usage {
                self.usage.extend(usage.clone());
            }
        }
        for (theirs, ours) in [
            ("prompt_eval_count", "prompt_tokens"),
            ("eval_count", "completion_tokens"),
        ] {
            if let Some(count) = chunk.get(theirs) {
                self.usage.insert(ours.to_owned(), count.clone());
            }
        }
    }
}

//! The body of a request, serialised straight from the call.

use std::borrow::Cow;
use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use crate::gateway::call::{Call, Role};
use crate::gateway::key::{Manner, role_word};
use crate::gateway::modes::Mode;
use crate::gateway::structured::Prepared;
use crate::panel::model::DEFAULT_MOST;

/// Fields that a model's `extra` cannot set: they would change who is asked,
/// or what, or how the answer comes.
const OURS: [&str; 4] = ["model", "messages", "stream", "n"];

/// A request's body. Fields of the model's `extra` win over ours where both
/// are given (`response_format` of an unusual server, say), except the few of
/// [`OURS`].
#[derive(Clone)]
pub(in crate::gateway) struct Body<'a> {
    pub(in crate::gateway) call: &'a Call,
    pub(in crate::gateway) manner: Manner,
    pub(in crate::gateway) schema: Option<&'a Prepared>,
    /// How the structured answer is asked for this time.
    pub(in crate::gateway) mode: Mode,
    /// Where this is refused, another mode follows: the refusal is no verdict on
    /// the call.
    pub(in crate::gateway) tentative: bool,
    /// The provider is asked to store nothing. A model's `extra` cannot undo
    /// it.
    pub(in crate::gateway) store_nothing: bool,
    /// The answer is asked for as a stream; it is read whole all the same.
    pub(in crate::gateway) stream: bool,
}

impl Body<'_> {
    /// The schema's text, where it has to stand in the prompt.
    fn schema_in_prompt(&self) -> Option<&Prepared> {
        self.schema
            .filter(|_| !matches!(self.mode, Mode::Schema(_)))
    }

    /// Bytes of all that is said.
    pub(in crate::gateway) fn prompt_bytes(&self) -> usize {
        prompt_bytes(self.call)
    }

    /// Most completion tokens that are asked for, reasoning included. Where no
    /// limit is sent, what a model writes at most by all that is known.
    pub(in crate::gateway) fn most_output(&self) -> u64 {
        let sent = self.manner.output.map(|(_, most)| most);
        let model = &self.call.model;
        let most = sent.or(model.most_output()).or(model.context);
        most.unwrap_or(DEFAULT_MOST).into()
    }

    fn response_format(&self) -> Option<Cow<'_, RawValue>> {
        let schema = self.schema?;
        match self.mode {
            Mode::Schema(form) => Some(Cow::Borrowed(schema.format(form))),
            Mode::JsonObject => {
                let format = to_raw_value(&json!({"type": "json_object"}));
                format.ok().map(Cow::Owned)
            }
            Mode::Prompt => None,
        }
    }
}

/// Bytes of all that a call says, its schema included.
pub(in crate::gateway) fn prompt_bytes(call: &Call) -> usize {
    let messages = call.messages.iter();
    let said: usize = messages.map(|message| message.content.len()).sum();
    said + call.schema.as_ref().map_or(0, |schema| schema.text().len())
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let model = &self.call.model;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("model", &model.id)?;
        map.serialize_entry("messages", &Messages(self))?;
        map.serialize_entry("stream", &self.stream)?;
        if self.stream && !model.extra.contains_key("stream_options") {
            map.serialize_entry("stream_options", &json!({"include_usage": true}))?;
        }
        if self.store_nothing {
            map.serialize_entry("store", &false)?;
        }
        let mut field = |name: &str, value: Option<Value>| match value {
            Some(value) if !model.extra.contains_key(name) => map.serialize_entry(name, &value),
            _ => Ok(()),
        };
        field("temperature", model.temperature.map(Value::from))?;
        field("top_p", model.top_p.map(Value::from))?;
        if let Some((name, most)) = self.manner.output {
            field(name, Some(most.into()))?;
        }
        let effort = model.reasoning_effort.as_deref();
        field("reasoning_effort", effort.map(Value::from))?;
        field("seed", self.manner.seed.map(Value::from))?;
        let format = self.response_format();
        if let Some(format) = format.filter(|_| !model.extra.contains_key("response_format")) {
            map.serialize_entry("response_format", &format)?;
        }
        for (name, value) in &model.extra {
            let ours = OURS.contains(&name.as_str()) || (self.store_nothing && name == "store");
            if !ours {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

/// The messages; where the schema has to stand in the prompt, it is appended to
/// the last of the user's. For a model without a system role the instructions
/// are put in front of the first of the user's.
struct Messages<'a>(&'a Body<'a>);

impl Serialize for Messages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let call = self.0.call;
        let (instructions, messages) = match call.messages.split_first() {
            Some((first, rest)) if call.model.merges_system() && first.role == Role::System => {
                (Some(&*first.content), rest)
            }
            _ => (None, call.messages.as_slice()),
        };
        let schema = self.0.schema_in_prompt();
        let first_user = messages
            .iter()
            .position(|message| message.role == Role::User);
        let last_user = messages
            .iter()
            .rposition(|message| message.role == Role::User);
        let said = messages.iter().enumerate().map(|(index, message)| Said {
            role: message.role,
            before: instructions.filter(|_| first_user == Some(index)),
            content: &message.content,
            schema: schema.filter(|_| last_user == Some(index)),
        });
        // Without a user's message they stand in one of its own.
        let alone = (last_user.is_none() && (schema.is_some() || instructions.is_some()))
            .then_some(Said {
                role: Role::User,
                before: None,
                content: instructions.unwrap_or_default(),
                schema,
            });
        serializer.collect_seq(said.chain(alone))
    }
}

struct Said<'a> {
    role: Role,
    /// Instructions that have no message of their own.
    before: Option<&'a str>,
    content: &'a str,
    schema: Option<&'a Prepared>,
}

impl Serialize for Said<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("role", role_word(self.role))?;
        match (self.before, self.schema) {
            (None, None) => map.serialize_entry("content", self.content)?,
            _ => map.serialize_entry("content", &Joined(self))?,
        }
        map.end()
    }
}

/// A message with what stands before and behind it, written without an
/// intermediate copy.
struct Joined<'a>(&'a Said<'a>);

impl fmt::Display for Joined<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.0;
        let words = [said.before, Some(said.content)];
        let mut gap = "";
        for words in words
            .into_iter()
            .flatten()
            .filter(|words| !words.is_empty())
        {
            write!(f, "{gap}{words}")?;
            gap = "\n\n";
        }
        let Some(schema) = said.schema else {
            return Ok(());
        };
        write!(
            f,
            "{gap}Answer with one JSON object and nothing else: no prose, no code fence. \
             It must fit this JSON Schema, `{}`:\n{}",
            schema.name, schema.text
        )
    }
}

impl Serialize for Joined<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

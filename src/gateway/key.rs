//! The key of a call: what makes two calls the same purchase.
//!
//! SHA-256 over a canonical encoding in which every field is preceded by its
//! length, so that no two different calls write the same bytes. The key holds
//! all that the provider can see and the stage, seat and trial, so that repeats
//! and seats never collapse into one cached answer. The provider's address, its
//! headers and parameters and the item's label stay out: a run goes on when a
//! server moves, a run's panels agree on what a provider is, and an item is a
//! name of ours.

use std::fmt;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::call::{Call, Role};
use crate::panel::model::StructuredOutput;

/// Version of the call format. Raise it when the same call would be sent as
/// another request, or when the encoding below changes: old answers are then
/// no longer taken for new ones.
pub const CALL_FORMAT: u32 = 2;

/// Key of a call in the journal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key([u8; 32]);

impl Key {
    /// The 32 bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A key read back from the journal.
    pub fn from_bytes(bytes: [u8; 32]) -> Key {
        Key(bytes)
    }

    /// The first eight hexadecimal digits: enough to find a call in a log.
    pub fn prefix(&self) -> String {
        let mut prefix = self.to_string();
        prefix.truncate(8);
        prefix
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}…)", self.prefix())
    }
}

/// What the provider adds to a call: its mode of structured output, how it
/// bounds the answer, and the derived seed where it takes one.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// How a structured answer is asked for.
    pub mode: StructuredOutput,
    /// The field that bounds the answer, and its tokens; `None`: none is sent,
    /// or the model's `extra` has one.
    pub output: Option<(&'static str, u32)>,
    /// The seed that is sent, from [`seed_of`].
    pub seed: Option<i32>,
}

/// The key of a call. The item's label has no part in it.
pub fn key_of(call: &Call, manner: Manner) -> Key {
    let model = &call.model;
    let mut hash = Encoder(Sha256::new());
    hash.bytes(b"primum call");
    hash.number(CALL_FORMAT.into());
    hash.text(&model.provider);
    hash.text(&model.id);
    hash.float(model.temperature);
    hash.float(model.top_p);
    hash.option_text(manner.output.map(|(field, _)| field));
    hash.option(manner.output.map(|(_, most)| most.into()));
    hash.number(model.merges_system().into());
    hash.option_text(model.reasoning_effort.as_deref());
    hash.number(model.extra.len() as u64);
    let mut extra: Vec<_> = model.extra.iter().collect();
    extra.sort_unstable_by_key(|(name, _)| *name);
    for (name, value) in extra {
        hash.text(name);
        hash.json(value);
    }
    hash.option(manner.seed.map(|seed| seed as u64));
    hash.number(call.messages.len() as u64);
    for message in &call.messages {
        hash.text(role_word(message.role));
        hash.text(&message.content);
    }
    match &call.schema {
        None => hash.number(0),
        Some(schema) => {
            hash.number(1);
            hash.text(match manner.mode {
                StructuredOutput::JsonSchema => "json_schema",
                StructuredOutput::JsonObject => "json_object",
                StructuredOutput::Prompt => "prompt",
            });
            hash.text(schema.name());
            // In the order in which it is sent: the order of properties is
            // the order in which a model fills them.
            hash.text(schema.text());
        }
    }
    hash.text(call.stage);
    hash.text(&call.seat);
    hash.number(call.trial.into());
    Key(hash.0.finalize().into())
}

/// The `seed` sent to providers that take one: the first 31 bits of SHA-256
/// over run seed, stage, seat and trial; 1 to 2,147,483,647, so that it fits a
/// provider that keeps it in a signed 32-bit integer and never means "none".
pub fn seed_of(run_seed: u64, stage: &str, seat: &str, trial: u32) -> i32 {
    let mut hash = Encoder(Sha256::new());
    hash.bytes(b"primum seed 1");
    hash.number(run_seed);
    hash.text(stage);
    hash.text(seat);
    hash.number(trial.into());
    let digest: [u8; 32] = hash.0.finalize().into();
    let [a, b, c, d, ..] = digest;
    i32::from_be_bytes([a & 0x7f, b, c, d]).max(1)
}

/// The word for a role, as it stands in a request.
pub(super) fn role_word(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

/// Writes fields so that their borders are part of what is hashed.
struct Encoder(Sha256);

impl Encoder {
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn number(&mut self, number: u64) {
        self.0.update(number.to_be_bytes());
    }

    fn option(&mut self, number: Option<u64>) {
        self.number(number.is_some().into());
        self.number(number.unwrap_or(0));
    }

    fn option_text(&mut self, text: Option<&str>) {
        self.number(text.is_some().into());
        self.text(text.unwrap_or(""));
    }

    fn float(&mut self, number: Option<f64>) {
        // `+ 0.0` makes the two zeros one.
        self.option(number.map(|number| (number + 0.0).to_bits()));
    }

    /// JSON with the keys of objects in order: the order in which a person
    /// typed them means nothing.
    fn json(&mut self, value: &Value) {
        match value {
            Value::Object(map) => {
                self.number(2);
                self.number(map.len() as u64);
                let mut entries: Vec<_> = map.iter().collect();
                entries.sort_unstable_by_key(|(name, _)| *name);
                for (name, value) in entries {
                    self.text(name);
                    self.json(value);
                }
            }
            Value::Array(values) => {
                self.number(1);
                self.number(values.len() as u64);
                values.iter().for_each(|value| self.json(value));
            }
            scalar => {
                self.number(0);
                self.text(&scalar.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::call::{Message, Schema};
    use crate::panel::model::{Model, SystemRole};
    use proptest::prelude::*;
    use serde_json::json;
    use std::collections::HashSet;
    use std::sync::Arc;

    fn call() -> Call {
        Call {
            model: Arc::new(Model {
                name: "m".into(),
                provider: "p".into(),
                id: "m-1".into(),
                vendor: "v".into(),
                temperature: Some(0.5),
                top_p: None,
                max_output: Some(100),
                context: None,
                output_limit: None,
                system: SystemRole::Separate,
                reasoning_effort: None,
                extra: serde_json::Map::new(),
                price: None,
                caveat: None,
            }),
            stage: "draft",
            seat: "a".into(),
            trial: 1,
            messages: vec![message(Role::System, "s"), message(Role::User, "u")],
            schema: None,
            item: "Card001".into(),
        }
    }

    fn message(role: Role, content: &str) -> Message {
        let content = content.into();
        Message { role, content }
    }

    const MANNER: Manner = Manner {
        mode: StructuredOutput::JsonSchema,
        output: Some(("max_tokens", 100)),
        seed: None,
    };

    fn with(change: impl FnOnce(&mut Call)) -> Key {
        let mut call = call();
        change(&mut call);
        key_of(&call, MANNER)
    }

    fn with_model(change: impl FnOnce(&mut Model)) -> Key {
        with(|call| change(Arc::make_mut(&mut call.model)))
    }

    fn with_output(output: Option<(&'static str, u32)>) -> Key {
        key_of(&call(), Manner { output, ..MANNER })
    }

    fn with_schema(name: &'static str, value: Value, mode: StructuredOutput) -> Key {
        let mut call = call();
        call.schema = Some(Arc::new(Schema::new(name, value)));
        key_of(&call, Manner { mode, ..MANNER })
    }

    #[test]
    fn every_field_changes_the_key() {
        use StructuredOutput::{JsonObject, JsonSchema, Prompt};
        let seeded = |seed| {
            let manner = Manner {
                seed: Some(seed),
                ..MANNER
            };
            key_of(&call(), manner)
        };
        let keys = [
            with(|_| {}),
            with_model(|m| m.provider = "q".into()),
            with_model(|m| m.id = "m-2".into()),
            with_model(|m| m.temperature = None),
            with_model(|m| m.temperature = Some(0.25)),
            with_model(|m| m.top_p = Some(0.5)),
            with_output(None),
            with_output(Some(("max_tokens", 101))),
            with_output(Some(("max_completion_tokens", 100))),
            with_model(|m| m.system = SystemRole::Merge),
            with_model(|m| m.reasoning_effort = Some("low".into())),
            with_model(|m| drop(m.extra.insert("a".into(), json!(1)))),
            with_model(|m| drop(m.extra.insert("a".into(), json!("1")))),
            with_model(|m| drop(m.extra.insert("a".into(), json!([1])))),
            with(|c| c.messages[1] = message(Role::User, "v")),
            with(|c| c.messages[1] = message(Role::Assistant, "u")),
            with(|c| c.messages.push(message(Role::User, ""))),
            with(|c| c.messages = vec![message(Role::System, "su")]),
            with(|c| c.stage = "match"),
            with(|c| c.seat = "b".into()),
            with(|c| c.trial = 2),
            seeded(1),
            seeded(2),
            with_schema("primum_a", json!({}), JsonSchema),
            with_schema("primum_b", json!({}), JsonSchema),
            with_schema("primum_a", json!({"type": "object"}), JsonSchema),
            with_schema("primum_a", json!({}), JsonObject),
            with_schema("primum_a", json!({}), Prompt),
        ];
        assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
    }

    #[test]
    fn labels_and_the_order_of_extra_fields_do_not() {
        let base = with(|_| {});
        assert_eq!(base, with(|call| call.item = "Card002".into()));
        assert_eq!(base, with_model(|model| model.name = "other".into()));
        assert_eq!(base, with_model(|model| model.vendor = "other".into()));
        let extra = |text: &str| {
            let extra = serde_json::from_str(text).expect("an object");
            with_model(|model| model.extra = extra)
        };
        assert_eq!(
            extra(r#"{"a": {"x": 1, "y": 2}, "b": 3}"#),
            extra(r#"{"b": 3, "a": {"y": 2, "x": 1}}"#)
        );
    }

    #[test]
    fn the_format_is_what_old_journals_were_written_with() {
        // A change here makes every journal's answers unknown: raise
        // CALL_FORMAT when it is meant.
        assert_eq!(with(|_| {}).prefix(), "0bc0f88d");
        assert_eq!(seed_of(0, "draft", "a", 1), 1_322_468_531);
    }

    proptest! {
        #[test]
        fn borders_between_messages_count(a in "[ab]{0,4}", b in "[ab]{0,4}", c in "[ab]{0,4}", d in "[ab]{0,4}") {
            let one = with(|call| call.messages = vec![message(Role::User, &a), message(Role::User, &b)]);
            let two = with(|call| call.messages = vec![message(Role::User, &c), message(Role::User, &d)]);
            prop_assert_eq!(one == two, (a, b) == (c, d));
        }

        #[test]
        fn seeds_are_positive_and_differ(seed in any::<u64>(), trial in 1u32..1_000) {
            let one = seed_of(seed, "draft", "a", trial);
            prop_assert!(one > 0);
            prop_assert_ne!(one, seed_of(seed, "draft", "b", trial));
            prop_assert_ne!(one, seed_of(seed, "draft", "a", trial + 1));
        }
    }
}

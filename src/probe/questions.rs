//! What is said to a model that is being tried. The words mean nothing: no case,
//! no patient, nothing that a filter could object to.

use std::fmt::Write;
use std::sync::Arc;

use crate::gateway::{Call, Message, Role, Schema};
use crate::panel::model::Model;

/// Tokens for the answer to [`hello`].
pub(super) const SHORT: u32 = 64;
/// Tokens for an answer of a model that thinks before it speaks.
pub(super) const THINKING: u32 = 2_048;
/// Tokens for a structured answer with empty lists.
pub(super) const FORM: u32 = 256;
/// Tokens where only the taking counts; the least that OpenAI accepts of its
/// reasoning models.
pub(super) const FEW: u32 = 16;
/// Tokens for the beginning of a structured answer.
pub(super) const BEGINNING: u32 = 48;
/// Tokens of an answer whose pieces are timed.
pub(super) const TIMED: u32 = 48;
/// Tokens for a sentence that a seed decides.
pub(super) const SENTENCE: u32 = 32;

/// Instructions and a question with a short answer, as every prompt of ours has
/// them.
pub(super) fn hello() -> Vec<Message> {
    vec![
        say(
            Role::System,
            "This is a test of a connection. Answer in one short sentence.",
        ),
        say(Role::User, "Which city is the capital of France?"),
    ]
}

/// A question whose answer is a matter of chance.
pub(super) fn chance() -> Vec<Message> {
    let words = "Write one sentence about an animal, a colour and a town of your own choice.";
    vec![say(Role::User, words)]
}

/// A question whose answer is longer than any limit here.
pub(super) fn long_answer() -> Vec<Message> {
    vec![say(
        Role::User,
        "Write the numbers from one to two hundred as words.",
    )]
}

/// A question for a structured answer that is as small as the form allows.
pub(super) fn form(schema: &Schema) -> Vec<Message> {
    let words = format!(
        "This is a test of the form `{}` and of nothing else. Answer with the smallest JSON object \
         that it allows: leave every list empty that may be empty, and write \"none\" for every \
         text.",
        schema.name()
    );
    vec![say(Role::User, &words)]
}

/// A prompt of about so many tokens, with a question of one word. Its sentences
/// differ, so that nothing can be said of it in fewer tokens.
pub(super) fn long_prompt(tokens: u64) -> Vec<Message> {
    const PLACES: [&str; 6] = ["hall", "garden", "library", "kitchen", "office", "workshop"];
    const THINGS: [&str; 7] = [
        "lamps", "chairs", "books", "windows", "cups", "clocks", "plants",
    ];
    let bytes = usize::try_from(tokens.saturating_mul(4)).unwrap_or(usize::MAX);
    let mut text = String::from("Read this list, which is a test of how much can be read.\n");
    for number in 1_usize.. {
        if text.len() >= bytes {
            break;
        }
        let place = PLACES[number % PLACES.len()];
        let thing = THINGS[number % THINGS.len()];
        let _ = writeln!(
            text,
            "Behind the {place} on the left there are {number} more {thing}."
        );
    }
    text.push_str("Now answer with the one word `ready`.");
    vec![say(Role::User, &text)]
}

/// A call with these words and at most so many tokens for its answer.
pub(super) fn call(
    model: &Model,
    messages: Vec<Message>,
    schema: Option<Arc<Schema>>,
    most: u32,
) -> Call {
    let mut model = model.clone();
    bound(&mut model, most);
    Call {
        model: Arc::new(model),
        stage: "probe",
        seat: "probe".into(),
        trial: 1,
        messages,
        schema,
        item: "".into(),
    }
}

/// Lowers a model's limit, wherever it stands.
fn bound(model: &mut Model, most: u32) {
    let mut in_extra = false;
    for name in ["max_tokens", "max_completion_tokens"] {
        if let Some(limit) = model.extra.get_mut(name) {
            *limit = most.into();
            in_extra = true;
        }
    }
    if !in_extra {
        model.max_output = Some(most);
    }
    // A prompt that is too long is for the server to refuse.
    model.context = None;
}

fn say(role: Role, words: &str) -> Message {
    Message {
        role,
        content: words.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_prompt_has_the_length_that_is_asked_for() {
        for tokens in [0, 100, 3_000] {
            let bytes = long_prompt(tokens)[0].content.len() as u64;
            assert!(
                bytes >= tokens * 4 && bytes < tokens * 4 + 300,
                "{tokens}: {bytes}"
            );
        }
    }
}

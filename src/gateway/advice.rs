//! What to write in a panel when a provider refuses a request, by the
//! provider's own words. The table is data; a refusal that it does not know
//! gets no advice, for an invented one would send a person the wrong way.

use super::call::FailureKind;

/// Words by which a server says that it does not take a field.
const REFUSES: [&str; 22] = [
    "unsupported",
    "not supported",
    "not support",
    "unrecognized",
    "unknown",
    "unexpected",
    "not permitted",
    "not allowed",
    "not available",
    "invalid",
    "deprecated",
    "incompatible",
    "cannot",
    "must be",
    "must not",
    "should be",
    "only the default",
    "out of range",
    "too large",
    "exceed",
    "at most",
    "less than or equal",
];

/// Words by which it says that a number is too large, rather than unwanted.
const TOO_LARGE: [&str; 10] = [
    "at most",
    "less than or equal",
    "maximum",
    "valid range",
    "too large",
    "exceed",
    "greater than",
    "out of range",
    "must be between",
    "<=",
];

/// Sentences of servers and chat templates that know no system role: vLLM,
/// llama.cpp, Gemma's and Mistral's templates, Google's endpoint.
const NO_SYSTEM_ROLE: [&str; 11] = [
    "system role not supported",
    "system role is not supported",
    "system messages are not supported",
    "system message is not supported",
    "does not support system",
    "doesn't support system",
    "only user, assistant and tool roles are supported",
    "only user and assistant roles are supported",
    "roles must alternate user/assistant",
    "developer instruction is not enabled",
    "system instruction is not enabled",
];

/// Sentences about the form of structured answers.
const NO_SCHEMA: [&str; 12] = [
    "response_format",
    "response format",
    "json_schema",
    "json schema",
    "responseschema",
    "response_schema",
    "guided_json",
    "structured output",
    "invalid schema",
    "grammar",
    "additionalproperties",
    "'strict'",
];

/// A field of ours, and what to do about it where it is refused.
struct Field {
    name: &'static str,
    advice: &'static str,
}

/// Fields other than the output limit, which has a choice of names.
const FIELDS: [Field; 5] = [
    Field {
        name: "temperature",
        advice: "take `temperature` out of the model, or write the value that it takes",
    },
    Field {
        name: "top_p",
        advice: "take `top_p` out of the model",
    },
    Field {
        name: "reasoning_effort",
        advice: "take `reasoning_effort` out of the model, or write a level that it takes",
    },
    Field {
        name: "seed",
        advice: "write seed = false in the provider",
    },
    Field {
        name: "parallel_tool_calls",
        advice: "take `parallel_tool_calls` out of the model's `extra`",
    },
];

/// The names of the output limit.
const LIMITS: [&str; 2] = ["max_completion_tokens", "max_tokens"];

/// What to change in the panel, in words with TOML; `None`: nothing is known.
/// `words`: a failure's message, with what the provider said behind the status.
pub fn advice(kind: FailureKind, words: &str) -> Option<String> {
    let lower = words.to_lowercase();
    // Names of ours stand before the status, and may be any word.
    let said = behind_status(&lower);
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| said.contains(phrase));
    match kind {
        FailureKind::NotFound if has(&["model"]) => Some(
            "write the `id` of a model that this provider has (its list: the address of the \
             provider with /models behind it)"
                .into(),
        ),
        FailureKind::NotFound => {
            Some("check `base_url` (up to and including the version) and the model's `id`".into())
        }
        // Ours, before anything was sent: it names the window itself.
        FailureKind::TooLong if has(&["nothing was sent"]) => None,
        FailureKind::TooLong => Some(match window(said) {
            Some(tokens) => format!(
                "write context = {tokens} in the model, so that too long a prompt costs nothing \
                 and the output is kept within; or take a model with a larger one"
            ),
            None => "write the model's `context`, or take a model with a larger one".into(),
        }),
        FailureKind::BadRequest if has(&NO_SYSTEM_ROLE) => {
            Some("write system = \"merge\" in the model".into())
        }
        FailureKind::BadRequest => by_field(said),
        _ => None,
    }
}

fn by_field(said: &str) -> Option<String> {
    if !REFUSES.iter().any(|phrase| said.contains(phrase)) {
        return None;
    }
    // The field that is named first is the one that is refused; the others are
    // what to take instead.
    let limits = LIMITS
        .iter()
        .filter_map(|name| Some((find(said, name)?, *name)));
    let fields = FIELDS
        .iter()
        .filter_map(|field| Some((find(said, field.name)?, field.name)));
    let schema = NO_SCHEMA
        .iter()
        .filter_map(|phrase| Some((said.find(phrase)?, "schema")));
    let (_, first) = limits
        .chain(fields)
        .chain(schema)
        .min_by_key(|(at, _)| *at)?;
    if first == "schema" {
        return Some(
            "write structured_output = \"json_object\" in the provider, or \"prompt\" where it \
             takes neither"
                .into(),
        );
    }
    if let Some(field) = FIELDS.iter().find(|field| field.name == first) {
        return Some(field.advice.into());
    }
    let other = LIMITS.into_iter().find(|name| *name != first)?;
    let instead = find(said, other).is_some();
    Some(
        match (
            TOO_LARGE.iter().any(|phrase| said.contains(phrase)),
            instead,
        ) {
            (_, true) => format!("write output_limit = \"{other}\" in the model"),
            (true, false) => match largest_within(said) {
                Some(most) => format!("write max_output = {most} in the model"),
                None => "write a smaller `max_output` in the model".into(),
            },
            (false, false) => format!(
                "write output_limit = \"{other}\" in the model, or \"none\" where the server takes \
             neither"
            ),
        },
    )
}

/// Where a field stands, as a word of its own.
fn find(said: &str, name: &str) -> Option<usize> {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
    said.match_indices(name).map(|(at, _)| at).find(|at| {
        let before = said.get(..*at).and_then(|head| head.chars().next_back());
        let after = said
            .get(at + name.len()..)
            .and_then(|tail| tail.chars().next());
        !before.is_some_and(inner) && !after.is_some_and(inner)
    })
}

/// The tokens of a context window that a refusal names: the number behind the
/// words for it, or else before them.
pub(super) fn window(said: &str) -> Option<u32> {
    let names = [
        "context length",
        "context window",
        "context size",
        "maximum context",
        "context limit",
    ];
    let (at, name) = names
        .iter()
        .find_map(|name| Some((said.find(name)?, *name)))?;
    let near: String = said.get(at + name.len()..)?.chars().take(40).collect();
    numbers(&near).next()
}

/// The most that a refusal of a limit allows: the smaller of its numbers, for
/// the other one is what was asked for. Single digits are none.
pub(super) fn largest_within(said: &str) -> Option<u32> {
    numbers(behind_status(said))
        .filter(|number| *number >= 16)
        .min()
}

/// The provider's own words, behind the HTTP status.
fn behind_status(said: &str) -> &str {
    let mut marks = said.match_indices(": ");
    marks
        .find_map(|(at, mark)| {
            let status: u16 = said.get(at.checked_sub(3)?..at)?.parse().ok()?;
            (400..600)
                .contains(&status)
                .then(|| said.get(at + mark.len()..))?
        })
        .unwrap_or(said)
}

fn numbers(text: &str) -> impl Iterator<Item = u32> + '_ {
    // A name such as gpt-4 or 2024-10-21 is no number.
    text.split(|c: char| c.is_whitespace() || "()[]<>=:;\"'`,".contains(c))
        .map(|word| word.trim_end_matches(['.', '!']))
        .filter_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_panel_and_numbers_in_names_mean_nothing() {
        let said = |words: &str| advice(FailureKind::BadRequest, words);
        let temperature =
            said("provider grammar, model seed-oss: 400: `temperature` is unsupported");
        assert!(temperature.is_some_and(|advice| advice.contains("temperature")));
        assert_eq!(
            said("provider p, model seed: 400: this is not supported"),
            None
        );
        assert_eq!(
            said("provider p, model m: 400: reseeding is unsupported"),
            None
        );
        let most = said("provider p, model m-512: 400: max_tokens must be at most 4096, got 9000");
        assert_eq!(
            most.as_deref(),
            Some("write max_output = 4096 in the model")
        );
    }

    #[test]
    fn a_prompt_that_was_not_sent_needs_no_window() {
        let words = "provider p, model m: too long; nothing was sent";
        assert_eq!(advice(FailureKind::TooLong, words), None);
    }
}

//! How an answer ended, read from the provider's word for it.
//!
//! The vocabulary is open: every server has words of its own, and new ones
//! come. Only a word that is known to mean the model's own end is taken for
//! one; whatever is not known may hide an answer that lacks its last lines.

use serde::{Deserialize, Serialize};

/// How an answer ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// The model came to its own end.
    Natural,
    /// It was cut at a limit of tokens: the text lacks its end.
    Cut,
    /// A filter of the provider's stopped it; with the provider's word.
    Filtered(String),
    /// The model declined: the words are a refusal.
    Declined,
    /// In a way that nobody here knows, with the provider's word; `None`: the
    /// provider did not say. The text may lack its end.
    Unknown(Option<String>),
}

/// Our own finish reason of an answer that is nothing but a refusal; Anthropic's
/// word too.
pub(super) const DECLINED: &str = "refusal";

/// Words that are known, by what they mean. They are compared without case and
/// without anything but letters and digits, so that `MAX_TOKENS`, `maxTokens`
/// and `max_tokens` are one word. From the documentation of OpenAI (`stop`,
/// `length`, `content_filter`), Anthropic (`end_turn`, `max_tokens`,
/// `stop_sequence`, `refusal`, `model_context_window_exceeded`), Gemini and
/// Vertex (`STOP`, `MAX_TOKENS`, `SAFETY`, `RECITATION`, `BLOCKLIST`,
/// `PROHIBITED_CONTENT`, `SPII`, `MODEL_ARMOR`, `IMAGE_SAFETY`), Bedrock
/// (`guardrail_intervened`, `content_filtered`), Cohere (`COMPLETE`,
/// `ERROR_TOXIC`, `ERROR_LIMIT`), Mistral (`model_length`), Hugging Face's TGI
/// and watsonx (`eos_token`, `token_limit`), Together (`eos`), Zhipu
/// (`sensitive`), OpenAI's Responses (`max_output_tokens`), llama.cpp's own API
/// (`eos`, `word`, `limit`) and LM Studio (`eosFound`, `stopStringFound`,
/// `maxPredictedTokensReached`, `contextLengthReached`). The pages are listed in
/// `docs/dialects.md`, section D.
///
/// Not among them, and so unknown, are words that say that something broke
/// (`error`, `abort`, `cancelled`, `time_limit`, `insufficient_system_resource`,
/// `pause_turn`) or that a tool was called: the text may be whole or not, and a
/// reader is told the word.
const KNOWN: [(Meaning, &[&str]); 4] = [
    (
        Meaning::Natural,
        &[
            "stop",
            "end_turn",
            "eos",
            "eos_token",
            "eos_found",
            "stop_sequence",
            "stop_token",
            "stop_string_found",
            "word",
            "complete",
            "completed",
        ],
    ),
    (
        Meaning::Cut,
        &[
            "length",
            "max_tokens",
            "max_output_tokens",
            "max_completion_tokens",
            "max_new_tokens",
            "max_predicted_tokens_reached",
            "max_length",
            "model_length",
            "model_context_window_exceeded",
            "context_length_reached",
            "context_length_exceeded",
            "token_limit",
            "limit",
            "error_limit",
            "incomplete",
        ],
    ),
    (
        Meaning::Filtered,
        &[
            "content_filter",
            "content_filtered",
            "safety",
            "image_safety",
            "recitation",
            "blocklist",
            "blocked",
            "prohibited_content",
            "spii",
            "model_armor",
            "guardrail_intervened",
            "error_toxic",
            "sensitive",
        ],
    ),
    (Meaning::Declined, &[DECLINED]),
];

#[derive(Clone, Copy)]
enum Meaning {
    Natural,
    Cut,
    Filtered,
    Declined,
}

/// Most characters of an unknown word that are kept.
const MOST_OF_A_WORD: usize = 40;

impl Ended {
    /// Reads a finish reason.
    pub fn of(reason: Option<&str>) -> Ended {
        let Some(reason) = reason.map(str::trim).filter(|reason| !reason.is_empty()) else {
            return Ended::Unknown(None);
        };
        let bare = bare(reason);
        // Enumerations are printed with their name, as `FinishReason.STOP`.
        let bare = ["finishreason", "stopreason"]
            .into_iter()
            .find_map(|name| bare.strip_prefix(name))
            .unwrap_or(&bare);
        let meaning = KNOWN
            .into_iter()
            .find(|(_, words)| words.iter().any(|word| self::bare(word) == bare));
        let word = || reason.chars().take(MOST_OF_A_WORD).collect::<String>();
        match meaning {
            Some((Meaning::Natural, _)) => Ended::Natural,
            Some((Meaning::Cut, _)) => Ended::Cut,
            Some((Meaning::Filtered, _)) => Ended::Filtered(word()),
            Some((Meaning::Declined, _)) => Ended::Declined,
            // Some write the word for nothing.
            None if matches!(bare, "null" | "none" | "unspecified") => Ended::Unknown(None),
            None => Ended::Unknown(Some(word())),
        }
    }

    /// A refusal of the model's or a filter of the provider's: what was said is
    /// no answer to the question.
    pub fn is_refused(&self) -> bool {
        matches!(self, Ended::Filtered(_) | Ended::Declined)
    }

    /// What a reader must know of it, in words; `None` for a natural end.
    /// `name` is who answered, `what` the thing that was said (`draft`).
    pub fn trouble(&self, name: &str, what: &str) -> Option<String> {
        Some(match self {
            Ended::Natural => return None,
            Ended::Cut => format!("{name}'s {what} was cut at its token limit"),
            Ended::Filtered(word) => {
                format!("the provider's filter stopped {name}'s {what} (“{word}”)")
            }
            Ended::Declined => format!("{name} declined to answer"),
            Ended::Unknown(Some(word)) => format!(
                "{name}'s {what} ended with “{word}”, which is not known to mean its end: it may \
                 not be whole"
            ),
            Ended::Unknown(None) => {
                format!("the provider did not say how {name}'s {what} ended: it may not be whole")
            }
        })
    }
}

fn bare(word: &str) -> String {
    let letters = word.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_words_are_an_end() {
        for word in ["stop", "STOP", "end_turn", "endTurn", "FinishReason.STOP"] {
            assert_eq!(Ended::of(Some(word)), Ended::Natural, "{word}");
        }
        for word in ["length", "MAX_TOKENS", "maxTokens", "model_length"] {
            assert_eq!(Ended::of(Some(word)), Ended::Cut, "{word}");
        }
        let filtered = Ended::Filtered("SAFETY".to_owned());
        assert_eq!(Ended::of(Some("SAFETY")), filtered);
        assert_eq!(Ended::of(Some("refusal")), Ended::Declined);
        for word in ["error", "stopped", "tool_calls", "OTHER"] {
            assert_eq!(Ended::of(Some(word)), Ended::Unknown(Some(word.to_owned())));
        }
        for word in [Some(" "), Some("null"), None] {
            assert_eq!(Ended::of(word), Ended::Unknown(None));
        }
    }

    #[test]
    fn no_word_is_listed_twice() {
        let words = KNOWN.iter().flat_map(|(_, words)| words.iter());
        let mut bare: Vec<String> = words.map(|word| super::bare(word)).collect();
        let all = bare.len();
        bare.sort_unstable();
        bare.dedup();
        assert_eq!(bare.len(), all);
    }
}

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

/// Our own finish reason of an answer that is nothing but a refusal.
pub(super) const DECLINED: &str = "refusal";

/// Words of a natural end, lower case.
const NATURAL: [&str; 9] = [
    "stop",
    "end_turn",
    "eos",
    "eos_token",
    "stop_sequence",
    "stop_token",
    "complete",
    "completed",
    "end",
];
/// Words of a limit that was reached, lower case.
const CUT: [&str; 8] = [
    "length",
    "max_tokens",
    "max_output_tokens",
    "max_completion_tokens",
    "model_length",
    "max_length",
    "token_limit",
    "model_context_window_exceeded",
];
/// Words of a filter, lower case.
const FILTERED: [&str; 9] = [
    "content_filter",
    "content_filtered",
    "safety",
    "recitation",
    "blocklist",
    "prohibited_content",
    "spii",
    "guardrail_intervened",
    "sensitive",
];

impl Ended {
    /// Reads a finish reason.
    pub fn of(reason: Option<&str>) -> Ended {
        let Some(reason) = reason.map(str::trim).filter(|reason| !reason.is_empty()) else {
            return Ended::Unknown(None);
        };
        let word = reason.to_ascii_lowercase();
        let word = word.as_str();
        if NATURAL.contains(&word) {
            Ended::Natural
        } else if CUT.contains(&word) {
            Ended::Cut
        } else if FILTERED.contains(&word) {
            Ended::Filtered(reason.to_owned())
        } else if word == DECLINED {
            Ended::Declined
        } else {
            Ended::Unknown(Some(reason.to_owned()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_words_are_an_end() {
        assert_eq!(Ended::of(Some("STOP")), Ended::Natural);
        assert_eq!(Ended::of(Some("MAX_TOKENS")), Ended::Cut);
        assert_eq!(
            Ended::of(Some("SAFETY")),
            Ended::Filtered("SAFETY".to_owned())
        );
        assert_eq!(Ended::of(Some("refusal")), Ended::Declined);
        assert_eq!(
            Ended::of(Some("error")),
            Ended::Unknown(Some("error".to_owned()))
        );
        assert_eq!(Ended::of(Some(" ")), Ended::Unknown(None));
        assert_eq!(Ended::of(None), Ended::Unknown(None));
    }
}

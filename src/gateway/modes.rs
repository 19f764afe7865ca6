//! How structured answers are asked for, and what follows when a server refuses
//! that.
//!
//! The panel names a mode for each provider. A server that refuses it is asked
//! in the next one, from the strictest to the plainest, and the model is asked
//! so from then on: in this run and, by a note in its journal, when the run goes
//! on. The mode of the panel, and not the one that was taken, is part of a
//! call's key: which question was asked does not depend on what a server could
//! do with it, and a run that goes on finds every answer.
//!
//! Refusals come in an open vocabulary. One whose words speak of the form of
//! the answer is taken for what it says. Of any other refusal of a request
//! nobody can tell what it is about; as long as the model has answered nothing
//! in this mode, the next ones are tried too, and only one that is answered
//! changes anything.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;

use super::call::FailureKind;
use super::forms::Form;
use super::sync::locked;
use crate::panel::model::{Provider, StructuredOutput};

/// A way of asking for a structured answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Mode {
    /// `response_format` of type `json_schema`.
    Schema(Form),
    /// `response_format` of type `json_object`, the schema in the prompt.
    JsonObject,
    /// The schema in the prompt alone.
    Prompt,
}

impl Mode {
    const ALL: [Mode; 5] = [
        Mode::Schema(Form::Whole),
        Mode::Schema(Form::Lists),
        Mode::Schema(Form::Bare),
        Mode::JsonObject,
        Mode::Prompt,
    ];

    /// The mode that the panel asks for.
    pub(super) fn of(provider: &Provider) -> Mode {
        Self::at(provider, provider.structured_output)
    }

    /// A panel's word for a mode, at this provider.
    pub(super) fn at(provider: &Provider, word: StructuredOutput) -> Mode {
        match word {
            StructuredOutput::JsonSchema => Mode::Schema(Form::of(&provider.base_url)),
            StructuredOutput::JsonObject => Mode::JsonObject,
            StructuredOutput::Prompt => Mode::Prompt,
        }
    }

    /// What is tried when this is refused.
    pub(super) fn next(self) -> Option<Mode> {
        match self {
            Mode::Schema(Form::Whole | Form::Lists) => Some(Mode::Schema(Form::Bare)),
            Mode::Schema(Form::Bare) => Some(Mode::JsonObject),
            Mode::JsonObject => Some(Mode::Prompt),
            Mode::Prompt => None,
        }
    }

    /// The word for people and for the journal's note.
    pub(super) fn word(self) -> &'static str {
        match self {
            Mode::Schema(Form::Whole) => "json_schema",
            Mode::Schema(Form::Lists) => "json_schema without text lengths",
            Mode::Schema(Form::Bare) => "json_schema without bounds",
            Mode::JsonObject => "json_object",
            Mode::Prompt => "prompt",
        }
    }

    fn from_word(word: &str) -> Option<Mode> {
        Self::ALL.into_iter().find(|mode| mode.word() == word)
    }
}

/// A model: provider and id.
type Whom = (String, String);

/// What is known of the modes that models take. Lives as long as the doors.
#[derive(Default)]
pub(super) struct Modes(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// The mode that took another one's place.
    taken: HashMap<Whom, Mode>,
    /// Modes that were answered.
    answered: HashSet<(Whom, Mode)>,
    /// Models for which no mode helped against a refusal that said nothing.
    in_vain: HashSet<Whom>,
}

fn whom(provider: &Provider, model_id: &str) -> Whom {
    (provider.name.clone(), model_id.to_owned())
}

impl Modes {
    /// The mode that took the place of the panel's, as far as it is known.
    /// `note`: what the journal says of it.
    pub(super) fn taken(&self, provider: &Provider, model_id: &str, note: Option<&str>) -> Mode {
        let mut known = locked(&self.0);
        let whom = whom(provider, model_id);
        let taken = known.taken.get(&whom).copied();
        let noted = || note.and_then(Mode::from_word);
        let asked = Mode::of(provider);
        match taken.or_else(noted).filter(|mode| *mode > asked) {
            Some(mode) => {
                known.taken.insert(whom, mode);
                mode
            }
            None => asked,
        }
    }

    /// A mode was answered.
    pub(super) fn answered(&self, provider: &Provider, model_id: &str, mode: Mode) {
        let mut known = locked(&self.0);
        let whom = whom(provider, model_id);
        if mode > Mode::of(provider) {
            let taken = known.taken.entry(whom.clone()).or_insert(mode);
            *taken = mode.max(*taken);
        }
        known.answered.insert((whom, mode));
    }

    /// May the next mode help against this refusal?
    pub(super) fn may_help(
        &self,
        provider: &Provider,
        model_id: &str,
        mode: Mode,
        (kind, words): (FailureKind, &str),
    ) -> bool {
        let known = locked(&self.0);
        let place = (whom(provider, model_id), mode);
        let answered = known.answered.contains(&place);
        match kind {
            // A server's own fault that speaks of a schema or a grammar says
            // nothing of a mode that it has answered in.
            FailureKind::Server => !answered && names_the_form(kind, words),
            FailureKind::BadRequest if names_the_form(kind, words) => true,
            FailureKind::BadRequest => {
                !answered && !names_something_else(words) && !known.in_vain.contains(&place.0)
            }
            _ => false,
        }
    }

    /// No mode helped.
    pub(super) fn in_vain(&self, provider: &Provider, model_id: &str) {
        locked(&self.0).in_vain.insert(whom(provider, model_id));
    }
}

/// Where the journal notes the mode that a model takes.
pub(super) fn note_of(provider: &Provider, model_id: &str) -> String {
    let asked = match provider.structured_output {
        StructuredOutput::JsonSchema => "json_schema",
        StructuredOutput::JsonObject => "json_object",
        StructuredOutput::Prompt => "prompt",
    };
    format!("mode instead of {asked}: {}/{model_id}", provider.name)
}

/// Words by which servers speak of the form of an answer, small, with what may
/// stand between their parts left out.
const FORM: [&str; 17] = [
    "responseformat",
    "jsonschema",
    "jsonobject",
    "jsonmode",
    "structuredoutput",
    "guideddecoding",
    "guidedjson",
    "guidedgrammar",
    "constraineddecoding",
    "outputformat",
    "responseschema",
    "schema",
    "grammar",
    "xgrammar",
    "additionalproperties",
    "responsemimetype",
    "jsonoutput",
];

/// Does a refusal speak of the form of the answer? A fault of the server's
/// counts too: llama.cpp answers 500 where it cannot make a grammar.
pub(super) fn names_the_form(kind: FailureKind, words: &str) -> bool {
    let refused = matches!(kind, FailureKind::BadRequest | FailureKind::Server);
    refused && {
        let plain = plain(words);
        FORM.iter().any(|word| plain.contains(word))
            || words
                .split(|c: char| !c.is_alphanumeric())
                .any(|word| word.eq_ignore_ascii_case("strict"))
    }
}

/// Words by which servers name another fault of a request.
const ELSE: [&str; 14] = [
    "maxtokens",
    "maxcompletiontokens",
    "maxoutputtokens",
    "temperature",
    "topp",
    "reasoningeffort",
    "systemrole",
    "onlyuserassistant",
    "contextlength",
    "contextwindow",
    "contextsize",
    "toolong",
    "moderation",
    "flagged",
];

fn names_something_else(words: &str) -> bool {
    let plain = plain(words);
    ELSE.iter().any(|word| plain.contains(word))
}

fn plain(words: &str) -> String {
    let letters = words.chars().filter(|c| c.is_ascii_alphanumeric());
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_lead_from_the_strictest_to_the_plainest() {
        for mode in Mode::ALL {
            assert_eq!(Mode::from_word(mode.word()), Some(mode));
            if let Some(next) = mode.next() {
                assert!(next > mode);
            }
        }
        assert_eq!(Mode::Prompt.next(), None);
        assert_eq!(Mode::from_word("a later word"), None);
    }

    #[test]
    fn refusals_of_the_form_are_known_by_their_words() {
        for words in [
            "400: Invalid schema for response_format 'primum_match': In context=(), \
             'additionalProperties' is required to be supplied and to be false.",
            "400: 'response_format.type' must be one of 'text'",
            "400: This response_format type is unavailable now",
            "422: response_format: Input should be 'json_object' or 'text'",
            "400: Unsupported value: 'response_format'",
            "500: failed to parse grammar",
            "400: The provided JSON schema contains features not supported by xgrammar.",
            "400: Structured Outputs is not supported for this model",
            "400: json mode is not supported",
            "400: The specified schema produces a constraint that has too many states for serving",
            "400: Invalid value for 'strict'",
        ] {
            let kind = match words.starts_with('5') {
                true => FailureKind::Server,
                false => FailureKind::BadRequest,
            };
            assert!(names_the_form(kind, words), "{words}");
        }
        for words in [
            "400: Unsupported parameter: 'max_tokens' is not supported with this model.",
            "400: your access is restricted",
            "400: System role not supported",
            "500: internal error",
            "400: Bad Request",
            "400",
        ] {
            assert!(!names_the_form(FailureKind::BadRequest, words), "{words}");
        }
        assert!(!names_the_form(
            FailureKind::RateLimited,
            "429: json_schema requests per minute"
        ));
    }
}

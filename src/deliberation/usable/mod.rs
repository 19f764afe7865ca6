//! Can a draft be used at all? Asked of the text as a whole, before it is read
//! and before a quorum is counted.
//!
//! Models loop, copy the question, repeat their instructions, run over the end of
//! their turn, or decline. What they wrote then has lines that look like
//! recommendations, and would be counted as an advisor's voice. Such a draft
//! counts as failed, with its reason. The rules are the panel's
//! (`[draft_checks]`); their sources, and how often they reject what a person
//! would keep, stand in `docs/usable-drafts.md`.
//!
//! What lives here: one file a rule, all of them pure and free of words of
//! medicine; only [`refusal`] looks at words at all. They count on words as
//! Unicode cuts them (`text`), so they work in any language. What may not come
//! in: what a recommendation means. The time that a check takes grows with the
//! length of the text and not faster.

mod copies;
mod cut;
mod grades;
mod language;
mod marks;
pub mod refusal;
mod repeats;
mod text;

use crate::clinical::PatientText;
use crate::gateway::{Answer, Ended, Message};
use crate::panel::model::DraftChecks;

use super::parse::{Draft, parse_draft};

pub(crate) use grades::grades;

/// Why a draft is not usable. The order is the one in which the rules are
/// asked: what a text is before what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unusable {
    /// Nothing but white space.
    Empty,
    /// Mostly control characters, broken characters, or words without letters.
    NoLanguage,
    /// Control tokens of a chat template inside.
    ControlTokens,
    /// The marks around foreign text in our own prompts.
    OurMarks,
    /// Degenerate repetition.
    Repeats,
    /// Mostly a copy of the question.
    CopiesQuestion,
    /// Mostly a copy of what it was told to do.
    CopiesInstructions,
    /// A refusal, by the provider's word or by its own.
    Declines,
    /// No recommendation could be read in it.
    NoRecommendation,
    /// It was cut at its limit before its first recommendation was whole.
    CutAtFirst,
    /// Of grades: every option has the same one.
    SameGrades,
    /// Of grades: not one can be used.
    NoGrades,
}

impl Unusable {
    /// The reason, after "NAME's draft is not usable: ".
    pub fn words(self) -> &'static str {
        match self {
            Self::Empty => "it is empty",
            Self::NoLanguage => "it is no text in any language",
            Self::ControlTokens => "it holds control tokens of a chat template",
            Self::OurMarks => "it holds marks of its own prompt",
            Self::Repeats => "it repeats itself",
            Self::CopiesQuestion => "it repeats the question",
            Self::CopiesInstructions => "it repeats its instructions",
            Self::Declines => "it declines to answer",
            Self::NoRecommendation => "it has no recommendation",
            Self::CutAtFirst => "it was cut before its first recommendation was whole",
            Self::SameGrades => "it gives every option the same grade",
            Self::NoGrades => "it has no usable grade",
        }
    }

    /// The whole sentence about somebody's draft.
    pub fn of(self, agent: &str) -> String {
        format!("{agent}'s draft is not usable: {}", self.words())
    }
}

/// A usable draft.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usable {
    /// What it says.
    pub draft: Draft,
    /// Of a draft that was cut: its last item, which is not whole and is not in
    /// the draft.
    pub lost: Option<PatientText>,
}

/// Reads an advisor's answer to `asked`, if it can be used. `question` is the
/// consult's text, which stands in `asked` too. Nothing of a usable draft is
/// changed, except that a cut one loses its last item.
///
/// # Errors
/// Why it cannot.
pub fn read(
    rules: &DraftChecks,
    answer: &Answer,
    question: &PatientText,
    asked: &[Message],
) -> Result<Usable, Unusable> {
    if answer.ended.is_refused() {
        return Err(Unusable::Declines);
    }
    let text = marks::without_end(&answer.text);
    if rules.enabled {
        check(rules, text, question.expose(), asked)?;
    }
    let usable = cut::without_the_cut(parse_draft(text), text, &answer.ended);
    match &usable {
        Usable { draft, lost: None } if draft.items.is_empty() => Err(Unusable::NoRecommendation),
        Usable { draft, .. } if draft.items.is_empty() => Err(Unusable::CutAtFirst),
        _ => Ok(usable),
    }
}

/// The items of a draft, whether it is usable or not, and all of them of one that
/// was cut.
pub fn items(text: &str) -> Vec<PatientText> {
    parse_draft(marks::without_end(text)).items
}

/// Holds a text against the rules.
///
/// # Errors
/// The first rule that it breaks.
pub fn check(
    rules: &DraftChecks,
    text: &str,
    question: &str,
    asked: &[Message],
) -> Result<(), Unusable> {
    language::check(rules, text)?;
    marks::check(rules, text)?;
    repeats::check(rules, text)?;
    let instructions: Vec<&str> = asked.iter().map(|message| &*message.content).collect();
    copies::check(rules, text, question, &instructions)?;
    if refusal::declines(text, rules.refusal_words) {
        return Err(Unusable::Declines);
    }
    Ok(())
}

/// Did an answer end in a way that may have cost it its last words?
fn may_lack_its_end(ended: &Ended) -> bool {
    !matches!(ended, Ended::Natural)
}

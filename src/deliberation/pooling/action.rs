//! What an item says to do, as far as rules can read it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clinical::Category;

use super::clause::{Clause, Family};
use super::lexicon::{LEXICON, Meaning, Sort, Word};
use super::read;
use super::tables::Verb;
use super::words::{Token, tokens};

/// What is done. A denied act is `Avoid`, whatever it is; a denied stop is
/// `Continue`.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ActionKind {
    /// A drug or another treatment is begun.
    Start,
    /// It is stopped or held.
    Stop,
    /// Something is not to be done.
    Avoid,
    /// A dose is changed, or one drug for another.
    Change,
    /// It goes on.
    Continue,
    /// Something is looked for or measured.
    Test,
    /// Someone else is to see the patient.
    Refer,
    /// An intervention.
    Procedure,
    /// Something is measured or seen again.
    Monitor,
    /// The patient is told something.
    Advise,
    /// The rules cannot tell.
    Other,
}

/// What an item says to do. `Debug` hides the words.
#[derive(Clone, PartialEq)]
pub struct Action {
    pub(super) clauses: Vec<Clause>,
    /// All words in plain form: what two texts have in common that say the
    /// same in the same words.
    pub(super) bare: Vec<String>,
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Action({:?}, {} statements)",
            self.kind(),
            self.clauses.len()
        )
    }
}

impl Action {
    /// Reads an item. Never fails: a text that says nothing known is `Other`.
    pub fn read(text: &str) -> Self {
        let words = tokens(text).into_iter();
        let bare = words.filter(|token| !matches!(token, Token::Mark(_)));
        let mut clauses = read::clauses(text);
        for clause in &mut clauses {
            clause.family = clause.read_family();
        }
        Self {
            clauses,
            bare: bare.map(|token| token.text()).collect(),
        }
    }

    /// What is done; of several actions, the first.
    pub fn kind(&self) -> ActionKind {
        self.clauses.first().map_or(ActionKind::Other, kind)
    }

    /// To be done at once, today, or urgently?
    pub fn is_urgent(&self) -> bool {
        let soon = |clause: &Clause| clause.when.iter().any(|span| span.to <= 1.0);
        let urgent = |clause: &Clause| clause.urgent == Some(true) || soon(clause);
        self.clauses.iter().any(urgent)
    }

    /// Is a thing named, under any of its names? A class is named by its
    /// members too: "stop ibuprofen" mentions `NSAID`.
    pub fn mentions(&self, word: &str) -> bool {
        let asked = known_words(word);
        let texts = tokens(word);
        let bare = |token: &Token| self.bare.contains(&token.text());
        let literal = !texts.is_empty() && texts.iter().all(bare);
        let named = |asked: &Word| {
            let mut words = self.clauses.iter().flat_map(Clause::words);
            words.any(|word| {
                let member = asked.sort == Sort::Class
                    && LEXICON.classes(&word.text).any(|class| class == asked.text);
                let part = word.text.split(' ').any(|part| part == asked.text);
                word.text == asked.text || member || part
            })
        };
        literal || (!asked.is_empty() && asked.iter().all(named))
    }

    /// What it is done with, in normal form: generic names, usual
    /// abbreviations, the singular.
    pub fn object(&self) -> impl Iterator<Item = &str> {
        let main = self.clauses.iter().flat_map(|clause| &clause.main);
        main.map(|word| word.text.as_str())
    }

    /// The benchmark's category, where the words tell.
    pub fn category(&self) -> Option<Category> {
        let clause = self.clauses.first()?;
        Some(match (clause.family, clause.verb) {
            (Family::Drug, _) => Category::Medication,
            (Family::Procedure, _) => Category::Procedure,
            (Family::Refer, _) => Category::FollowUp,
            (Family::Look, Some(Verb::Monitor)) if !clause.has(Sort::Test) => Category::FollowUp,
            (Family::Look, _) => Category::Diagnostic,
            (Family::Tell, _) => Category::Counseling,
            (Family::Any, _) => return None,
        })
    }

    /// How much is said of dose, timing and condition.
    pub(super) fn exactness(&self) -> usize {
        let stated = |said: fn(&Clause) -> bool| usize::from(self.clauses.iter().any(said));
        stated(|c| !c.doses.is_empty())
            + stated(|c| !c.every.is_empty())
            + stated(|c| !c.when.is_empty() || c.urgent.is_some())
            + stated(|c| !c.lasting.is_empty())
            + stated(|c| !c.gates.is_empty())
    }
}

fn kind(clause: &Clause) -> ActionKind {
    if clause.denied {
        return match clause.verb {
            Some(Verb::Stop) => ActionKind::Continue,
            _ => ActionKind::Avoid,
        };
    }
    match (clause.verb, clause.family) {
        (Some(Verb::Start), Family::Look) => ActionKind::Test,
        (Some(Verb::Start), Family::Procedure) => ActionKind::Procedure,
        (Some(Verb::Start), _) => ActionKind::Start,
        (Some(Verb::Stop), _) => ActionKind::Stop,
        (Some(Verb::Raise | Verb::Lower | Verb::Swap), _) => ActionKind::Change,
        (Some(Verb::Continue), _) => ActionKind::Continue,
        (Some(Verb::Refer), _) => ActionKind::Refer,
        (Some(Verb::Monitor), _) => ActionKind::Monitor,
        (Some(Verb::Advise), Family::Tell) => ActionKind::Advise,
        (_, Family::Drug) => ActionKind::Start,
        (_, Family::Look) => ActionKind::Test,
        (_, Family::Refer) => ActionKind::Refer,
        (_, Family::Procedure) => ActionKind::Procedure,
        (_, Family::Tell) => ActionKind::Advise,
        (_, Family::Any) => ActionKind::Other,
    }
}

/// The words of a text that are about something, in normal form.
fn known_words(text: &str) -> Vec<Word> {
    let texts: Vec<String> = tokens(text).iter().map(Token::text).collect();
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(rest) = texts.get(at..).filter(|rest| !rest.is_empty()) {
        match LEXICON.begins(rest) {
            Some((length, meaning)) => {
                at += length;
                if let Meaning::Thing(word) = meaning {
                    words.push(word.clone());
                }
            }
            None => {
                words.extend(rest.first().map(|word| LEXICON.unknown(word)));
                at += 1;
            }
        }
    }
    words
}

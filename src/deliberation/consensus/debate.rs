//! The protocol `debate`: advisors see all candidates with the reasons for and
//! against, and change their own lists. Then the vote decides.
//!
//! In recorded debates of models views were given up for the majority's sake,
//! and right minority views were lost. So a change counts only with a reason
//! that refers to the case.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;

use crate::clinical::{Change, PatientText, Stance};
use crate::deliberation::pooling::{Action, opposite};
use crate::deliberation::said;
use crate::gateway::Schema;
use crate::gateway::shape::{list, object, reference, remark, text_or_none, word};

use super::board::Board;

/// What an advisor must answer in a debate.
pub fn schema(board: &Board) -> Arc<Schema> {
    let change = object([
        ("op", word(&["adopt", "withdraw", "object", "reword"])),
        ("item", reference(board.ids())),
        ("text", text_or_none()),
        ("reason", remark()),
    ]);
    Arc::new(Schema::new(
        "primum_debate",
        object([("changes", list(change, 0, board.candidates.len()))]),
    ))
}

/// An advisor's changes, as its schema has them.
#[derive(Deserialize)]
pub struct Changes {
    changes: Vec<Proposed>,
}

impl Changes {
    /// Is any change about a candidate? No change at all is an answer too.
    pub fn refer_to(&self, board: &Board) -> bool {
        let mut changes = self.changes.iter();
        self.changes.is_empty() || changes.any(|change| board.find(&change.item).is_some())
    }
}

#[derive(Deserialize)]
struct Proposed {
    op: Change,
    item: String,
    #[serde(deserialize_with = "said::text")]
    text: Option<PatientText>,
    reason: PatientText,
}

/// Words that speak of the others and not of the case.
const OF_OTHERS: [&str; 22] = [
    "majority",
    "minority",
    "consensus",
    "everyone",
    "others",
    "other",
    "physicians",
    "colleagues",
    "panel",
    "members",
    "drafts",
    "draft",
    "agree",
    "agrees",
    "agreed",
    "agreement",
    "most",
    "support",
    "supported",
    "candidate",
    "candidates",
    "doctors",
];

/// Words too common to refer to anything.
const COMMON: [&str; 72] = [
    "the", "and", "for", "not", "but", "are", "was", "has", "had", "his", "her", "him", "she",
    "its", "who", "may", "can", "all", "any", "you", "did", "one", "two", "too", "now", "out",
    "our", "use", "per", "yet", "via", "let", "get", "how", "why", "this", "that", "with", "from",
    "have", "been", "were", "will", "would", "should", "could", "patient", "patients", "case",
    "because", "since", "given", "there", "their", "which", "when", "what", "than", "then", "also",
    "more", "only", "into", "about", "after", "before", "does", "need", "needs", "safe", "well",
    "must",
];

/// Does a reason refer to the case: has it a word in common with the question
/// that is neither common, nor about the other advisors, nor just repeated from
/// the recommendation? Words are compared by their first five letters, so that
/// "renal" and "renally" are one; of numbers, two digits or more count.
pub fn refers_to_case(reason: &str, case: &str, recommendation: &str) -> bool {
    let repeated: BTreeSet<String> = stems(recommendation).collect();
    let of_case: BTreeSet<String> = stems(case).collect();
    stems(reason).any(|stem| of_case.contains(&stem) && !repeated.contains(&stem))
}

/// First letters of the words that can refer to something.
pub(in crate::deliberation) fn stems(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric())
        .map(str::to_lowercase)
        .filter(|word| {
            let number = word.chars().all(|c| c.is_ascii_digit());
            let long = word.chars().count() >= if number { 2 } else { 3 };
            long && !COMMON.contains(&word.as_str()) && !OF_OTHERS.contains(&word.as_str())
        })
        .map(|word| word.chars().take(5).collect())
}

/// Enters the changes of one round, by advisor in the panel's order. All refer
/// to the board as it stood before the round. Returns whether anything changed.
pub fn enter(board: &mut Board, round: u32, case: &str, answers: Vec<(String, Changes)>) -> bool {
    let before = board.clone();
    let mut changed = false;
    for (agent, answer) in answers {
        let Some(voter) = before.voters.iter().position(|voter| voter.name == agent) else {
            continue;
        };
        let mut seen = BTreeSet::new();
        for proposed in answer.changes {
            let Some(place) = before
                .find(&proposed.item)
                .filter(|place| seen.insert(*place))
            else {
                continue;
            };
            let text = proposed
                .text
                .as_ref()
                .map(crate::deliberation::one_line)
                .filter(|text| !text.is_blank());
            let refused = refusal(&before, place, voter, &proposed, text.as_ref(), case);
            if refused.is_none() {
                changed |= apply(board, place, voter, proposed.op, text.clone());
            }
            board.candidates[place].stances.push(Stance {
                round,
                agent: agent.clone(),
                change: proposed.op,
                reason: crate::deliberation::one_line(&proposed.reason),
                text,
                refused,
            });
        }
    }
    changed
}

/// The rule that refuses a change, if one does.
fn refusal(
    board: &Board,
    place: usize,
    voter: usize,
    proposed: &Proposed,
    text: Option<&PatientText>,
    case: &str,
) -> Option<String> {
    let candidate = &board.candidates[place];
    let own = candidate.supporters.contains(&voter);
    let words = candidate.text.expose();
    let fault = match (proposed.op, own, text) {
        (Change::Adopt, true, _) => "it is on the list already",
        (Change::Withdraw | Change::Reword, false, _) => "it is not on the own list",
        (Change::Object, true, _) => "it is on the own list: it can be withdrawn",
        (Change::Reword, true, None) => "it has no words",
        (Change::Reword, true, Some(text)) if super::super::same_words(text, &candidate.text) => {
            "it changes nothing"
        }
        (Change::Reword, true, Some(text))
            if opposite(&Action::read(text.expose()), &candidate.action) =>
        {
            "the new words mean the contrary"
        }
        (Change::Reword, true, Some(_)) if candidate.supporters.len() > 1 => {
            "others have it too: their words stand"
        }
        _ if !refers_to_case(proposed.reason.expose(), case, words) => {
            "its reason does not refer to the case"
        }
        _ => return None,
    };
    Some(fault.to_owned())
}

fn apply(
    board: &mut Board,
    place: usize,
    voter: usize,
    change: Change,
    text: Option<PatientText>,
) -> bool {
    let candidate = &mut board.candidates[place];
    let list = match change {
        Change::Adopt => {
            candidate.objectors.retain(|other| *other != voter);
            &mut candidate.supporters
        }
        Change::Object => &mut candidate.objectors,
        Change::Withdraw => {
            candidate.supporters.retain(|other| *other != voter);
            return true;
        }
        Change::Reword => {
            if let Some(text) = text {
                candidate.action = Action::read(text.expose());
                candidate.text = text;
            }
            return true;
        }
    };
    if let Err(at) = list.binary_search(&voter) {
        list.insert(at, voter);
        return true;
    }
    false
}

/// The candidates as an advisor sees them: which are its own, how many have
/// each, and the reasons that were given, without names.
pub fn block(board: &Board, agent: &str) -> String {
    use std::fmt::Write as _;
    let voter = board.voters.iter().position(|voter| voter.name == agent);
    let mut text = String::with_capacity(2048);
    for (place, candidate) in board.candidates.iter().enumerate() {
        let own = voter.is_some_and(|voter| candidate.supporters.contains(&voter));
        let whose = if own { "yours" } else { "not yours" };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}. {} [{whose}; supported by {} of {}]",
            Board::id(place),
            candidate.text.expose(),
            candidate.supporters.len(),
            board.voters.len()
        );
        // Sorted by their words, and not by who gave them.
        let mut reasons: Vec<(&str, &str)> = candidate
            .stances
            .iter()
            .filter(|stance| stance.refused.is_none())
            .map(|stance| match stance.change {
                Change::Adopt | Change::Reword => ("for", stance.reason.expose()),
                Change::Withdraw | Change::Object => ("against", stance.reason.expose()),
            })
            .collect();
        reasons.sort_unstable();
        for (side, reason) in reasons {
            let _ = writeln!(text, "   {side}: {reason}");
        }
        for &other in &candidate.opposes {
            let _ = writeln!(text, "   against: {} says the contrary", Board::id(other));
        }
    }
    text
}

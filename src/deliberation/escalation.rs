//! What makes an answer ask for a human, and what its reader must know of the
//! disagreement behind it. Pure.

use crate::clinical::text::one_line;
use crate::clinical::{Dissent, DissentKind, PatientText, Severity};
use crate::panel::model::{Escalation, Need, OnConflict};

use super::book::{Book, Key};
use super::consensus::board::{Board, Standing};
use super::consensus::conflict::{Conflict, grave, places};
use super::pooling::{Action, ActionKind, same};

/// A disagreement, with the items that it is about by key, since their numbers
/// are not known yet.
#[derive(Clone, Debug)]
pub struct Concern {
    /// What a reader is told; its `items` are still empty.
    pub dissent: Dissent,
    /// The items.
    pub keys: Vec<Key>,
    /// What guardians and checkers are told: the same without names.
    pub told: PatientText,
}

impl Concern {
    fn new(kind: DissentKind, severe: bool, text: String, by: Vec<String>, keys: Vec<Key>) -> Self {
        // In one line, whatever it quotes: it becomes a line of a prompt.
        let text = PatientText::from(one_line(&text));
        Self {
            dissent: Dissent {
                kind,
                severity: severe.then_some(Severity::Severe),
                text: text.clone(),
                by,
                items: Vec::new(),
            },
            keys,
            told: text,
        }
    }

    /// A refused edit that warned of a severe harm. `told`: the rule without
    /// names.
    pub fn refused_edit(
        guardian: &str,
        what: &str,
        reason: &str,
        rule: &str,
        told: &str,
        key: Option<Key>,
    ) -> Self {
        let words =
            |rule| format!("A guardian wanted to {what}: {reason} It was not done: {rule}.");
        let concern = Self::new(
            DissentKind::MinorityWarning,
            true,
            words(rule),
            vec![guardian.to_owned()],
            key.into_iter().collect(),
        );
        Self {
            told: PatientText::from(one_line(&words(told))),
            ..concern
        }
    }
}

/// Why the panel abstains after its consensus, in plain words without anything
/// of the patient; empty when it does not.
pub fn reasons(rules: &Escalation, board: &Board, conflicts: &[Conflict]) -> Vec<String> {
    let mut reasons = Vec::new();
    let open = conflicts
        .iter()
        .filter(|conflict| conflict.severe && !conflict.settled)
        .count();
    if open > 0 && rules.conflict == OnConflict::Abstain {
        reasons.push(format!(
            "{open} unresolved severe conflict(s): the advisors recommend opposite things, and no \
             majority settles it"
        ));
    }
    let disagreement = board.disagreement();
    if let Some(most) = rules.max_disagreement.filter(|most| disagreement > *most) {
        reasons.push(format!(
            "the advisors disagree on {:.0} % of the candidates; the panel allows {:.0} %",
            100.0 * disagreement,
            100.0 * most
        ));
    }
    reasons
}

/// What the panel needs to know and the question does not say, in the panel's
/// own words.
pub fn missing<'r>(needs: &'r [Need], question: &str, plan: &str) -> Vec<&'r str> {
    let (question, plan) = (question.to_lowercase(), plan.to_lowercase());
    needs
        .iter()
        .filter(|need| {
            let needed =
                need.if_plan.is_empty() || need.if_plan.iter().any(|word| says(&plan, word));
            needed && !need.any_of.iter().any(|word| says(&question, word))
        })
        .map(|need| need.what.as_str())
        .collect()
}

/// Does a text in lower case say a word, or a phrase? Not as a part of another
/// word, so that "gfr" is not found in "egfr".
fn says(text: &str, phrase: &str) -> bool {
    let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(phrase).any(|(at, found)| {
        let before = text[..at].chars().next_back();
        let after = text[at + found.len()..].chars().next();
        !inside(before) && !inside(after)
    })
}

/// Everything in the consensus that its reader must know: conflicts, warnings
/// of few that the plan does not heed, and ratings without agreement.
pub fn concerns(book: &Book, board: &Board, conflicts: &[Conflict]) -> Vec<Concern> {
    let mut concerns: Vec<Concern> = conflicts.iter().map(of_conflict).collect();
    let on_plan: Vec<(Key, Vec<usize>, Action)> = book
        .keyed()
        .map(|(key, item)| (key, places(item, board), Action::read(item.text.expose())))
        .collect();
    for (place, candidate) in board.candidates.iter().enumerate() {
        let keys: Vec<Key> = on_plan
            .iter()
            .filter(|(_, places, action)| {
                // What a guardian brought back rests on no draft.
                places.contains(&place) || (places.is_empty() && same(action, &candidate.action))
            })
            .map(|(key, _, _)| *key)
            .collect();
        if keys.is_empty() {
            concerns.extend(left_out(candidate, board, &on_plan, conflicts));
        } else {
            concerns.extend(spoken_against(candidate, board, keys));
        }
    }
    concerns.sort_by_key(|concern| (concern.dissent.severity.is_none(), concern.dissent.kind));
    concerns
}

fn of_conflict(conflict: &Conflict) -> Concern {
    let how = if conflict.settled {
        "More than half of the advisors want the first"
    } else {
        "No majority settles it; the safer side stands"
    };
    let text = format!(
        "Opposite recommendations: \"{}\" and \"{}\". {how}.",
        conflict.text.expose(),
        conflict.contrary.expose()
    );
    Concern::new(
        DissentKind::Conflict,
        conflict.severe,
        text,
        conflict.by.clone(),
        vec![conflict.stands],
    )
}

/// A candidate that is not in the plan: is it the contrary of what is, or did
/// somebody warn that leaving it out would be a severe harm?
fn left_out(
    candidate: &Standing,
    board: &Board,
    on_plan: &[(Key, Vec<usize>, Action)],
    conflicts: &[Conflict],
) -> Option<Concern> {
    let words = candidate.text.expose();
    let by = board.names(&candidate.supporters);
    let known = conflicts.iter().any(|c| c.contrary == candidate.text);
    let contrary: Vec<Key> = on_plan
        .iter()
        .filter(|(_, places, _)| places.iter().any(|other| candidate.opposes.contains(other)))
        .map(|(key, _, _)| *key)
        .collect();
    if known {
        return None;
    }
    if !contrary.is_empty() {
        let severe = grave(&candidate.action);
        let text = format!("The plan has the contrary of \"{words}\", which was proposed too.");
        return Some(Concern::new(
            DissentKind::Conflict,
            severe,
            text,
            by,
            contrary,
        ));
    }
    let nines: Vec<&String> = candidate
        .rounds
        .last()
        .into_iter()
        .flat_map(|round| &round.ratings)
        .filter(|(_, rating)| rating.rating == 9)
        .map(|(name, _)| name)
        .collect();
    if !nines.is_empty() {
        let text = format!(
            "\"{words}\" is not in the plan; {} of {} rated that leaving it out would be a severe \
             harm.",
            nines.len(),
            board.voters.len()
        );
        let by = nines.into_iter().cloned().collect();
        return Some(Concern::new(
            DissentKind::MinorityWarning,
            true,
            text,
            by,
            Vec::new(),
        ));
    }
    let disagreed = candidate.decision.as_ref().is_some_and(|d| d.disagreement);
    if disagreed {
        let text = format!("The ratings of \"{words}\" disagree; it is not in the plan.");
        return Some(Concern::new(
            DissentKind::Disagreement,
            false,
            text,
            by,
            Vec::new(),
        ));
    }
    // Without ratings, only the kind of action tells what silence may cost.
    let unrated = candidate.rounds.is_empty();
    let warned = !by.is_empty() && unrated && warning(&candidate.action);
    warned.then(|| {
        let text = format!(
            "\"{words}\" is not in the plan; {} of {} want it.",
            by.len(),
            board.voters.len()
        );
        Concern::new(DissentKind::MinorityWarning, true, text, by, Vec::new())
    })
}

/// Is an action a warning by its kind: an urgent step, or a drug to be stopped
/// or avoided?
fn warning(action: &Action) -> bool {
    action.is_urgent() || matches!(action.kind(), ActionKind::Stop | ActionKind::Avoid)
}

/// A candidate in the plan against which somebody spoke.
fn spoken_against(candidate: &Standing, board: &Board, keys: Vec<Key>) -> Option<Concern> {
    if candidate.objectors.is_empty() {
        return None;
    }
    let by = board.names(&candidate.objectors);
    let severe = candidate.rounds.last().is_none_or(|round| {
        let lowest = round.ratings.values().map(|rating| rating.rating).min();
        lowest == Some(1)
    });
    let text = format!(
        "{} of {} speak against \"{}\".",
        by.len(),
        board.voters.len(),
        candidate.text.expose()
    );
    Some(Concern::new(
        DissentKind::MinorityWarning,
        severe,
        text,
        by,
        keys,
    ))
}

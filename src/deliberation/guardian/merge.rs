//! Edits of guardians that worked at the same time, merged into one list.
//! Equal ones are one edit with two voices; of contrary ones the safer stands.
//! Both are recorded.

use std::cmp::Reverse;

use crate::clinical::Severity;
use crate::deliberation::consensus::conflict::first_is_safer;
use crate::deliberation::pooling::{opposite, same};

use super::propose::{Kind, Proposal, Refusal};

/// Merges proposals, given by guardian in the panel's order.
pub fn merge(proposals: Vec<Proposal>) -> (Vec<Proposal>, Vec<Refusal>) {
    let mut merged: Vec<Proposal> = Vec::new();
    let mut refusals = Vec::new();
    for proposal in proposals {
        match merged.iter().position(|other| meets(other, &proposal)) {
            None => merged.push(proposal),
            Some(at) if equal(&merged[at], &proposal) => {
                let rule = format!(
                    "it is the same as {}'s edit, and seconds it",
                    merged[at].guardian
                );
                merged[at].seconded.push(proposal.guardian.clone());
                refusals.push(refusal(proposal, rule, false));
            }
            Some(at) => {
                let newcomer_stands = stands(&proposal, &merged[at]);
                let loser = if newcomer_stands {
                    std::mem::replace(&mut merged[at], proposal)
                } else {
                    proposal
                };
                let rule = format!(
                    "it contradicts {}'s edit, which is the safer one",
                    merged[at].guardian
                );
                refusals.push(refusal(loser, rule, true));
            }
        }
    }
    (merged, refusals)
}

fn refusal(proposal: Proposal, rule: String, contrary: bool) -> Refusal {
    Refusal {
        guardian: proposal.guardian,
        warns: contrary && proposal.edit.severity == Severity::Severe,
        edit: proposal.edit,
        rule,
        contradicts: None,
    }
}

/// Are two edits about the same thing?
fn meets(a: &Proposal, b: &Proposal) -> bool {
    if a.key.is_some() && a.key == b.key {
        return true;
    }
    match (a.kind, b.kind) {
        (Kind::Add, Kind::Add) => same(&a.action, &b.action) || opposite(&a.action, &b.action),
        // An addition that says what another guardian takes out.
        (Kind::Add, Kind::Remove) | (Kind::Remove, Kind::Add) => same(&a.action, &b.action),
        (Kind::Remove, _) | (_, Kind::Remove) => false,
        _ => opposite(&a.action, &b.action),
    }
}

fn equal(a: &Proposal, b: &Proposal) -> bool {
    match (a.kind, b.kind) {
        (Kind::Remove, Kind::Remove) => a.key == b.key,
        (Kind::Add, Kind::Add) => same(&a.action, &b.action),
        (x, y) if x == y && a.key == b.key => match (&a.text, &b.text) {
            (Some(a), Some(b)) => crate::deliberation::same_words(a, b),
            _ => false,
        },
        _ => false,
    }
}

/// Does the first of two contrary edits stand? By what is at stake; then what
/// changes less; then the side that is safer by its kind; then confidence. The
/// second one came first, and stands otherwise.
fn stands(a: &Proposal, b: &Proposal) -> bool {
    let stake = |p: &Proposal| Reverse(p.edit.severity);
    let mild = |p: &Proposal| match p.kind {
        Kind::Extend => 3,
        Kind::Reword => 2,
        Kind::Add => 1,
        Kind::Remove => 0,
    };
    let by_rule = (stake(a), mild(a)).cmp(&(stake(b), mild(b)));
    by_rule
        .then_with(|| match first_is_safer(&a.action, &b.action) {
            Some(true) => std::cmp::Ordering::Greater,
            Some(false) => std::cmp::Ordering::Less,
            None => std::cmp::Ordering::Equal,
        })
        .then(a.edit.confidence.total_cmp(&b.edit.confidence))
        .is_gt()
}

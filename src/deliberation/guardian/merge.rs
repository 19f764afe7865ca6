//! Edits of guardians that worked at the same time, merged into one list.
//! Equal ones are one edit with two voices. Contrary ones all go on to those who
//! are asked about them: which side stands is decided when it is known who
//! agrees (`coherent`).

use crate::deliberation::pooling::same;

use super::propose::{Kind, Proposal, Refusal};

/// Merges proposals, given by guardian in the panel's order.
pub fn merge(proposals: Vec<Proposal>) -> (Vec<Proposal>, Vec<Refusal>) {
    let mut merged: Vec<Proposal> = Vec::new();
    let mut refusals = Vec::new();
    for proposal in proposals {
        match merged.iter_mut().find(|other| equal(other, &proposal)) {
            None => merged.push(proposal),
            Some(first) => {
                first.seconded.push(proposal.guardian.clone());
                refusals.push(Refusal {
                    rule: format!(
                        "it is the same as {}'s edit, and seconds it",
                        first.guardian
                    ),
                    guardian: proposal.guardian,
                    edit: proposal.edit,
                    warns: false,
                    contradicts: None,
                });
            }
        }
    }
    (merged, refusals)
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

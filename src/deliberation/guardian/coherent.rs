//! Do the edits that others accept make a coherent plan together? What was
//! excused by an edit that was then refused, or contradicts another edit, is
//! refused here, so that the plan which results contradicts itself nowhere and
//! keeps what its items rest on.

use crate::clinical::{Check, CheckVerdict};
use crate::deliberation::book::Key;
use crate::deliberation::consensus::conflict::first_is_safer;
use crate::deliberation::pooling::{Action, depends_on, opposite, same};

use super::propose::{Kind, Proposal};
use super::settle::Lacking;

/// An edit with what was said of it.
type Accepted = (Proposal, Vec<Check>);

/// Refuses accepted edits, one after the other, until the plan that results is
/// coherent. `plan`: the items that the guardians saw, read. Returns what stands, and what does not.
pub fn coherent(
    plan: &[(Key, Action)],
    mut accepted: Vec<Accepted>,
) -> (Vec<Accepted>, Vec<(Proposal, Vec<Check>, Lacking)>) {
    let mut refused = Vec::new();
    while let Some((place, rule)) = fault(plan, &accepted) {
        let (proposal, checks) = accepted.remove(place);
        let lacking = Lacking {
            told: rule.told,
            ..Lacking::beside(rule.rule, rule.item)
        };
        refused.push((proposal, checks, lacking));
    }
    (accepted, refused)
}

struct Fault {
    rule: String,
    told: String,
    item: Option<Key>,
}

impl Fault {
    fn of(rule: String, item: Option<Key>) -> Self {
        Self {
            told: rule.clone(),
            rule,
            item,
        }
    }
}

/// The first edit that cannot stand beside the others, and why.
fn fault(plan: &[(Key, Action)], accepted: &[Accepted]) -> Option<(usize, Fault)> {
    for a in 0..accepted.len() {
        for b in a + 1..accepted.len() {
            if contrary(&accepted[a].0, &accepted[b].0) {
                let (stands, falls) = if second_stands(&accepted[a], &accepted[b]) {
                    (b, a)
                } else {
                    (a, b)
                };
                let fault = Fault {
                    rule: format!(
                        "it contradicts {}'s edit, which stands",
                        accepted[stands].0.guardian
                    ),
                    told: "it contradicts another edit, which stands".to_owned(),
                    item: None,
                };
                return Some((falls, fault));
            }
        }
    }
    accepted
        .iter()
        .enumerate()
        .find_map(|(place, (proposal, _))| Some((place, alone(plan, accepted, proposal)?)))
}

/// Two edits that cannot both be carried out.
fn contrary(a: &Proposal, b: &Proposal) -> bool {
    if a.key.is_some() && a.key == b.key {
        return true;
    }
    match (a.kind, b.kind) {
        // An addition that says what another guardian takes out.
        (Kind::Add, Kind::Remove) | (Kind::Remove, Kind::Add) => same(&a.action, &b.action),
        (Kind::Remove, _) | (_, Kind::Remove) => false,
        _ => opposite(&a.action, &b.action),
    }
}

/// Which of two contrary edits stands: the one that more agents agree to, then
/// the one that is safer by its kind of action, then the one that changes less,
/// then the earlier one. What a guardian says of its own edit counts for
/// nothing.
fn second_stands(first: &Accepted, second: &Accepted) -> bool {
    let voices = |one: &Accepted| {
        let agree = one.1.iter().filter(|c| c.verdict == CheckVerdict::Agree);
        agree.count() + one.0.seconded.len()
    };
    let mild = |one: &Accepted| match one.0.kind {
        Kind::Extend => 3,
        Kind::Reword => 2,
        Kind::Add => 1,
        Kind::Remove => 0,
    };
    let safer = match first_is_safer(&second.0.action, &first.0.action) {
        Some(true) => std::cmp::Ordering::Greater,
        Some(false) => std::cmp::Ordering::Less,
        None => std::cmp::Ordering::Equal,
    };
    let by_voices = voices(second).cmp(&voices(first));
    by_voices
        .then(mild(second).cmp(&mild(first)))
        .then(safer)
        .is_gt()
}

/// Does an edit contradict an item of the plan that results, or take out what
/// such an item rests on?
fn alone(plan: &[(Key, Action)], accepted: &[Accepted], proposal: &Proposal) -> Option<Fault> {
    let changed = |key: Key| accepted.iter().find(|(other, _)| other.key == Some(key));
    let old = proposal
        .key
        .and_then(|key| plan.iter().find(|(other, _)| *other == key))
        .map(|(_, action)| action);
    for (number, (key, action)) in plan.iter().enumerate() {
        if Some(*key) == proposal.key {
            continue;
        }
        let now = match changed(*key) {
            Some((other, _)) if other.kind == Kind::Remove => continue,
            Some((other, _)) => &other.action,
            None => action,
        };
        let number = number + 1;
        if proposal.kind != Kind::Remove && opposite(now, &proposal.action) {
            return Some(Fault::of(
                format!("it contradicts item {number}"),
                Some(*key),
            ));
        }
        if loses(now, old, proposal) {
            return Some(Fault::of(format!("item {number} rests on it"), Some(*key)));
        }
    }
    let added = accepted.iter().filter(|(other, _)| other.kind == Kind::Add);
    for (other, _) in added {
        if loses(&other.action, old, proposal) {
            return Some(Fault::of("another edit rests on it".to_owned(), None));
        }
    }
    None
}

/// Does an edit take away what an action rests on?
fn loses(action: &Action, old: Option<&Action>, proposal: &Proposal) -> bool {
    let Some(old) = old else { return false };
    match proposal.kind {
        Kind::Add | Kind::Extend => false,
        Kind::Remove => depends_on(action, old),
        Kind::Reword => depends_on(action, old) && !depends_on(action, &proposal.action),
    }
}

//! Is a proposal carried out? By who agrees, who objects, and who stands
//! behind the item.

use std::collections::{BTreeMap, BTreeSet};

use crate::clinical::{Check, CheckVerdict, Severity};
use crate::deliberation::book::Key;
use crate::panel::model::EditLimits;

use super::history::History;
use super::propose::{Kind, Proposal};

/// Why a proposal is not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// The rule, in words.
    pub rule: String,
    /// The same without names, for other agents.
    pub told: String,
    /// Would one more voice have been enough?
    pub voice: bool,
    /// Item beside which it cannot stand, if that is why.
    pub beside: Option<Key>,
}

impl Lacking {
    /// It cannot stand beside what is carried out, or what stays.
    pub fn beside(rule: String, item: Option<Key>) -> Self {
        Self {
            told: rule.clone(),
            rule,
            voice: false,
            beside: item,
        }
    }
}

/// Decides on one proposal.
///
/// * What is added must not be objected to: by nobody who fears a severe or
///   moderate harm, and by fewer than half of those who were asked.
/// * What is removed or put into other words needs a second agent who agrees
///   (a checker, another guardian, or, for a removal, an advisor who spoke
///   against the item), and nobody who objects. The only author of an item is no judge of its
///   removal.
/// * Where the panel asks nobody, additions go, and so do removals of items
///   that fewer vendors support than it protects.
/// * Where it does ask and nobody answered, nothing is carried out that no
///   second guardian proposes.
///
/// # Errors
/// The rule that refuses it.
pub fn settle(
    proposal: &Proposal,
    checks: &[Check],
    limits: &EditLimits,
    vendor_of: &BTreeMap<String, String>,
    history: &History,
) -> Result<(), Lacking> {
    let backers = proposal
        .item
        .as_ref()
        .map(|item| item.backers())
        .unwrap_or_default();
    let vendors: BTreeSet<&str> = backers
        .iter()
        .map(|agent| vendor_of.get(*agent).map_or(*agent, String::as_str))
        .collect();
    let own_item = |agent: &str| backers.len() == 1 && backers[0] == agent;
    let objections: Vec<&Check> = checks
        .iter()
        .filter(|check| check.verdict == CheckVerdict::Object && !own_item(&check.agent))
        .collect();
    let mut voices: BTreeSet<&str> = checks
        .iter()
        .filter(|check| check.verdict == CheckVerdict::Agree)
        .map(|check| check.agent.as_str())
        .collect();
    let seconds = history.seconds(proposal);
    voices.extend(seconds.iter().map(String::as_str));
    voices.extend(proposal.seconded.iter().map(String::as_str));
    // Who spoke against an item agrees that it goes, unless the ratings agree
    // that it must stay; nobody has agreed to other words yet.
    if let Some(item) = &proposal.item
        && proposal.kind == Kind::Remove
        && item.rating.is_none_or(|rating| rating < 7.0)
    {
        voices.extend(item.objectors.iter().map(String::as_str));
    }
    let asks = limits.checkers > 0;
    let refuse = |rule: String, voice: bool| {
        Err(Lacking {
            told: rule.clone(),
            rule,
            voice,
            beside: None,
        })
    };
    let objected = |check: &Check| {
        let severity = match check.severity {
            Some(Severity::Severe) => ": it could do severe harm",
            Some(Severity::Moderate) => ": it could do moderate harm",
            _ => "",
        };
        Err(Lacking {
            rule: format!("{} objects{severity}", check.agent),
            told: format!("another agent objects{severity}"),
            voice: false,
            beside: None,
        })
    };
    match proposal.kind {
        Kind::Add | Kind::Extend => {
            let weighty = objections.iter().find(|check| {
                matches!(check.severity, Some(Severity::Severe | Severity::Moderate))
            });
            let many = !objections.is_empty() && 2 * objections.len() >= checks.len();
            if let Some(check) = weighty.or(objections.first().filter(|_| many)) {
                return objected(check);
            }
            if asks && checks.is_empty() && voices.is_empty() {
                return refuse("nobody could be asked about it".to_owned(), true);
            }
        }
        Kind::Remove | Kind::Reword => {
            if let Some(check) = objections.first() {
                return objected(check);
            }
            if vendors.len() >= limits.protect_vendors && voices.is_empty() {
                let rule = format!(
                    "{} vendors support it: one guardian alone does not remove or reword it",
                    vendors.len()
                );
                return refuse(rule, true);
            }
            if asks && checks.is_empty() && voices.is_empty() {
                return refuse("nobody could be asked about it".to_owned(), true);
            }
            if asks && voices.is_empty() {
                return refuse("nobody else agrees".to_owned(), true);
            }
        }
    }
    Ok(())
}

//! The protocol `vote`, which also ends a `debate`: candidates are kept by the
//! advisors who want them.

use std::collections::BTreeMap;

use crate::clinical::{Category, Severity};
use crate::deliberation::pooling::{Action, ActionKind};
use crate::panel::model::{ActionWord, CategoryWord, KeepRule, VoteRule};

use super::board::{Board, Decision, Standing, Voter};

/// Shares closer than this are equal, so that three fifths typed as 0.6 are
/// three fifths, whatever the last bit says.
const SAME: f64 = 1e-9;

/// Decides on every candidate of the board.
pub fn decide(board: &mut Board, rule: &VoteRule) {
    for candidate in &mut board.candidates {
        candidate.decision = Some(decision(candidate, &board.voters, rule));
    }
}

/// Share of the votes for a candidate, from 0 to 1. With `weigh_vendors` every
/// vendor has one vote, which its advisors share, so that three models of one
/// house are not three votes.
pub fn share(supporters: &[usize], voters: &[Voter], weigh_vendors: bool) -> f64 {
    if voters.is_empty() {
        return 0.0;
    }
    if !weigh_vendors {
        return supporters.len() as f64 / voters.len() as f64;
    }
    let mut vendors: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (place, voter) in voters.iter().enumerate() {
        let counts = vendors.entry(voter.vendor.as_str()).or_default();
        counts.0 += usize::from(supporters.contains(&place));
        counts.1 += 1;
    }
    let sum: f64 = vendors
        .values()
        .map(|(for_it, all)| *for_it as f64 / *all as f64)
        .sum();
    sum / vendors.len() as f64
}

fn decision(candidate: &Standing, voters: &[Voter], rule: &VoteRule) -> Decision {
    let voices = candidate.supporters.len();
    let share = share(&candidate.supporters, voters, rule.weigh_vendors);
    let exception = rule
        .keep
        .iter()
        .enumerate()
        .find(|(_, rule)| fits(rule, &candidate.action));
    let (kept, why) = match exception {
        Some((at, rule)) => {
            let (kept, needed) = match (rule.voices, rule.share) {
                (Some(needed), _) => (voices >= needed, format!("{needed} voice(s)")),
                (None, needed) => {
                    let needed = needed.unwrap_or(1.0);
                    (
                        share > needed + SAME,
                        format!("more than {} of the votes", say(needed)),
                    )
                }
            };
            (kept, format!("exception {} asks for {needed}", at + 1))
        }
        None => {
            let above = share - rule.threshold;
            let kept = above > SAME || (above.abs() <= SAME && rule.tie_is_appropriate);
            let tie = if above.abs() <= SAME {
                ", and this is a tie"
            } else {
                ""
            };
            (
                kept,
                format!(
                    "more than {} of the votes are asked for{tie}",
                    say(rule.threshold)
                ),
            )
        }
    };
    let weighed = if rule.weigh_vendors {
        format!(" ({} of the votes by vendor)", say(share))
    } else {
        String::new()
    };
    Decision {
        kept,
        rule: format!(
            "{voices} of {} advisors want it{weighed}; {why}",
            voters.len()
        ),
        share: Some(share),
        rating: None,
        severity_if_omitted: exception
            .filter(|(_, rule)| kept && rule.severe)
            .map(|_| Severity::Severe),
        disagreement: false,
    }
}

/// A share with at most three decimals.
fn say(share: f64) -> String {
    let text = format!("{share:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Does every condition that a rule names hold for an action?
pub fn fits(rule: &KeepRule, action: &Action) -> bool {
    let kind = word(action.kind());
    let category = action.category().map(category_word);
    (rule.actions.is_empty() || rule.actions.contains(&kind))
        && (rule.categories.is_empty()
            || category.is_some_and(|category| rule.categories.contains(&category)))
        && rule
            .urgent
            .is_none_or(|urgent| urgent == action.is_urgent())
        && (rule.mentions.is_empty() || rule.mentions.iter().any(|word| action.mentions(word)))
}

fn word(kind: ActionKind) -> ActionWord {
    match kind {
        ActionKind::Start => ActionWord::Start,
        ActionKind::Stop => ActionWord::Stop,
        ActionKind::Avoid => ActionWord::Avoid,
        ActionKind::Change => ActionWord::Change,
        ActionKind::Continue => ActionWord::Continue,
        ActionKind::Test => ActionWord::Test,
        ActionKind::Refer => ActionWord::Refer,
        ActionKind::Procedure => ActionWord::Procedure,
        ActionKind::Monitor => ActionWord::Monitor,
        ActionKind::Advise => ActionWord::Advise,
        ActionKind::Other => ActionWord::Other,
    }
}

fn category_word(category: Category) -> CategoryWord {
    match category {
        Category::Diagnostic => CategoryWord::Diagnostic,
        Category::Medication => CategoryWord::Medication,
        Category::Procedure => CategoryWord::Procedure,
        Category::Counseling => CategoryWord::Counseling,
        Category::FollowUp => CategoryWord::FollowUp,
    }
}

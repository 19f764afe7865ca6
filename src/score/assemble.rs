//! Assembly: match and review records become a judged record (scoring.md,
//! 10.3-10.5).

use std::collections::{HashMap, HashSet};

use super::actions::{ScoreError, join_ids, parse_match};
use super::grouping::group_actions;
use super::prepared::PreparedRubric;
use super::profile::Profile;
use super::records::{
    Field, JudgedAction, JudgedOption, JudgedRecord, MatchRecord, Override, OverrideEntry,
    ReviewRecord, StrategiesRecord, Verdict,
};
use super::rescore::fill_in_scores;
use super::review::apply_review;

/// Judge's name on a record that was not reviewed (scoring.md, 10.5).
pub const MATCH_ONLY: &str = "match_only";

/// Score of an action that names options (scoring.md, 10.3).
const MATCHED_ACTION_SCORE: i64 = 0;

/// The judged record of one answer. `rubric` is that of the item's base case by
/// the judge's rule ([`crate::clinical::id::judge_base`]); `response_len` is
/// the answer's length in Unicode code points, `None` for an empty answer. The
/// judge's name is taken from the review record as it stands there.
pub fn assemble(
    profile: &Profile,
    rubric: &PreparedRubric,
    matched: &MatchRecord,
    review: Option<&ReviewRecord>,
    response_len: Option<u64>,
) -> Result<JudgedRecord, ScoreError> {
    let overrides: &[OverrideEntry] = review.map_or(&[], |review| &review.overrides);
    let strategies = apply_review(group_actions(matched), overrides);
    let mut options = judged_options(&strategies, rubric);
    let mut actions = judged_actions(&strategies);
    override_again(&mut options, &mut actions, overrides);
    let mut record = JudgedRecord {
        id: matched.id.clone(),
        trial: matched.trial,
        judge: review.map_or(MATCH_ONLY, |review| &review.judge).to_owned(),
        options,
        actions,
        global_match_reviewer: review.map(|review| review.judge.clone()),
        response_len,
        ..JudgedRecord::default()
    };
    fill_in_scores(profile, rubric, &mut record)?;
    Ok(record)
}

/// One verdict per option of the rubric, in its order (10.3).
fn judged_options(strategies: &StrategiesRecord, rubric: &PreparedRubric) -> Vec<JudgedOption> {
    let matched: HashSet<i64> = strategies
        .strategies
        .iter()
        .flat_map(|strategy| strategy.matched_options.iter().copied())
        .collect();
    rubric
        .option_ids()
        .map(|id| JudgedOption {
            id,
            matched: matched.contains(&id),
            // The flag stands even on an unmatched option, where it means
            // nothing.
            partial: Some(strategies.partial_option_ids.contains(&id)),
            evidence: Field::Value("".into()),
        })
        .collect()
}

/// All actions, strategy by strategy (10.3). Off the rubric they are always
/// uncertain.
fn judged_actions(strategies: &StrategiesRecord) -> Vec<JudgedAction> {
    strategies
        .strategies
        .iter()
        .flat_map(|strategy| &strategy.sub_actions)
        .map(|action| JudgedAction {
            number: action.id,
            action: action.action.clone(),
            category: action.category.clone(),
            matched: Field::Value(join_ids(&action.match_resolved).into()),
            score: Some(if action.match_resolved.is_empty() {
                super::UNKNOWN_SCORE
            } else {
                MATCHED_ACTION_SCORE
            }),
            rationale: Some("".into()),
        })
        .collect()
}

/// The overrides a second time, on the judged options, where the last one on
/// an option counts, even if its verdict says nothing (10.4).
fn override_again(
    options: &mut [JudgedOption],
    actions: &mut [JudgedAction],
    overrides: &[OverrideEntry],
) {
    let last: HashMap<i64, Override> = overrides
        .iter()
        .filter_map(OverrideEntry::read)
        .map(|one| (one.option_id, one))
        .collect();
    for option in options {
        let Some(one) = last.get(&option.id) else {
            continue;
        };
        let Some(verdict) = one.verdict() else {
            continue;
        };
        let was_matched = option.matched;
        option.matched = verdict != Verdict::No;
        option.partial = Some(verdict == Verdict::Partial);
        if !was_matched && option.matched {
            match &one.evidence {
                Some(words) if !words.expose().is_empty() => {
                    option.evidence = Field::Value(words.clone());
                }
                _ => {}
            }
        } else if was_matched && !option.matched {
            option.evidence = Field::Value("".into());
            for action in &mut *actions {
                take_out(action, option.id);
            }
        }
    }
}

/// Takes an option out of an action's match string. The action keeps its score
/// even if nothing is left.
fn take_out(action: &mut JudgedAction, option: i64) {
    if let Some(mut ids) = parse_match(action.match_string())
        && ids.contains(&option)
    {
        ids.retain(|&id| id != option);
        action.matched = Field::Value(join_ids(&ids).into());
    }
}

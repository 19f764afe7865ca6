//! Scoring without some categories of options (scoring.md, 7.7). The
//! benchmark's own pipeline never does it.

use std::collections::HashSet;

use crate::clinical::{Rubric, RubricOption};

use super::actions::{Healing, ParsedActions, ScoreError, parse_match};
use super::harms::find_harms;
use super::metrics::{Metrics, nonrubric_of};
use super::prepared::PreparedRubric;
use super::profile::Profile;
use super::reading::Reading;
use super::records::{JudgedAction, JudgedRecord};

/// Metrics of a record as if the options of some categories did not exist.
/// `categories` are lower-case; an option's category is its reviewer's, where
/// there is one. The harm list is drawn up by the whole rubric and then loses
/// the entries of these options; actions that name nothing but such options are
/// left out.
pub fn score_without_categories(
    profile: &Profile,
    rubric: &Rubric,
    record: &JudgedRecord,
    healing: Healing,
    categories: &HashSet<String>,
) -> Result<Metrics, ScoreError> {
    let excluded = |option: &&RubricOption| {
        option
            .scoring_category()
            .is_some_and(|category| categories.contains(&category.to_lowercase()))
    };
    let gone: HashSet<i64> = rubric
        .options
        .iter()
        .filter(excluded)
        .map(|option| option.id)
        .collect();
    let whole = PreparedRubric::new(rubric);
    let rest = PreparedRubric::of_options(rubric.options.iter().filter(|o| !excluded(o)));

    let by_whole = Reading::new(&whole, &record.options);
    let healed = match healing {
        Healing::AsItStands => None,
        Healing::Healed => Some(super::rescore::heal(&whole, &by_whole, &record.actions)?),
    };
    let mut kept: Vec<JudgedAction> = Vec::new();
    for action in healed.as_deref().unwrap_or(&record.actions) {
        let ids = parse_match(action.match_string()).ok_or(ScoreError::MatchString {
            action: action.number,
        })?;
        // A string of separators names nothing, and so nothing but these.
        if !(action.is_match_set() && ids.iter().all(|id| gone.contains(id))) {
            kept.push(action.clone());
        }
    }

    let reading = Reading::new(&rest, &record.options);
    let actions = ParsedActions::new(&rest, &reading, &kept, Healing::AsItStands)?;
    let rubric_harms = find_harms(&whole, &by_whole, &record.options)
        .filter(|finding| !gone.contains(&finding.option.id))
        .map(|finding| finding.severity);
    let other_harms = nonrubric_of(&kept, &actions);
    let metrics = Metrics::new(&rest, &reading, &actions, rubric_harms.chain(other_harms));
    Ok(metrics.with_length(profile, record.response_len))
}

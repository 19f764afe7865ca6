//! Re-scoring a judged file (scoring.md, section 11).

use super::actions::{Healing, ScoreError, join_ids, parse_match};
use super::harms::{harm_list, nonrubric_harms};
use super::metrics::score_record;
use super::prepared::PreparedRubric;
use super::profile::Profile;
use super::reading::Reading;
use super::records::{Field, JudgedAction, JudgedRecord};

/// The record healed and scored anew. Without a rubric it passes through with
/// the metrics that it has. Doing it twice changes nothing more.
pub fn rescore(
    profile: &Profile,
    rubric: Option<&PreparedRubric>,
    record: &JudgedRecord,
) -> Result<JudgedRecord, ScoreError> {
    let mut record = record.clone();
    let Some(rubric) = rubric else {
        return Ok(record);
    };
    let reading = Reading::new(rubric, &record.options);
    record.actions = heal(rubric, &reading, &record.actions)?;
    fill_in_scores(profile, rubric, &mut record)?;
    Ok(record)
}

/// Draws up harms and metrics of a record as it stands, and writes them into
/// it.
pub(super) fn fill_in_scores(
    profile: &Profile,
    rubric: &PreparedRubric,
    record: &mut JudgedRecord,
) -> Result<(), ScoreError> {
    let metrics = score_record(profile, rubric, record, Healing::AsItStands)?;
    record.harm = harm_list(rubric, &record.options);
    record.nonrubric_harms = nonrubric_harms(&record.actions);
    record.metrics = Some(profile.block(&metrics));
    Ok(())
}

/// The actions without the ids that the record does not match. An action that
/// loses nothing keeps its match string to the letter, and all keep their
/// scores.
pub(super) fn heal(
    rubric: &PreparedRubric,
    reading: &Reading,
    actions: &[JudgedAction],
) -> Result<Vec<JudgedAction>, ScoreError> {
    actions
        .iter()
        .map(|action| {
            let named = parse_match(action.match_string()).ok_or(ScoreError::MatchString {
                action: action.number,
            })?;
            let kept: Vec<i64> = named
                .iter()
                .copied()
                .filter(|&id| reading.matches_id(rubric, id))
                .collect();
            let mut action = action.clone();
            if kept.len() < named.len() {
                action.matched = Field::Value(join_ids(&kept).into());
            }
            Ok(action)
        })
        .collect()
}

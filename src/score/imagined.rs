//! Answers that nobody gave, as limits for those that somebody gave: everything
//! that several answers to one item offer, only what is right of it, and
//! nothing at all.

use std::collections::HashMap;

use super::actions::{join_ids, parse_match};
use super::harms::{harm_list, nonrubric_harms};
use super::prepared::PreparedRubric;
use super::records::{Field, JudgedAction, JudgedOption, JudgedRecord};
use crate::clinical::PatientText;

/// An option of this score or above is right to recommend.
const RIGHT: i64 = 7;

/// The record of an answer that recommends all that these recommend: an option
/// is met if any meets it, and in part only if none meets it whole. Its actions
/// are all of theirs, repeats included, and it is as long as they are together.
/// `None` without records.
pub fn union(rubric: &PreparedRubric, records: &[&JudgedRecord]) -> Option<JudgedRecord> {
    let first = records.first()?;
    // Whether met at all, and whether whole.
    let mut met: HashMap<i64, (bool, bool)> = HashMap::new();
    for option in records.iter().flat_map(|record| &record.options) {
        let known = met.entry(option.id).or_default();
        known.0 |= option.matched;
        known.1 |= option.matched && !option.is_partial();
    }
    let actions = records.iter().flat_map(|record| &record.actions);
    let actions = actions.zip(1..).map(|(action, number)| JudgedAction {
        number,
        ..action.clone()
    });
    let lengths: Option<Vec<u64>> = records.iter().map(|record| record.response_len).collect();
    Some(finished(
        rubric,
        first,
        options(rubric, |id| met.get(&id).copied().unwrap_or_default()),
        actions.collect(),
        lengths.map(|lengths| lengths.iter().sum()),
    ))
}

/// The record of an answer that takes from these only what is right: options of
/// 7 to 9, and the actions that name one, without what else they name. Nobody
/// can merge so well; it is the most that a merge could reach. It has no length.
/// `None` without records.
pub fn oracle(rubric: &PreparedRubric, records: &[&JudgedRecord]) -> Option<JudgedRecord> {
    let whole = union(rubric, records)?;
    let right = |id: i64| rubric.knows(id) && rubric.score_of(id) >= RIGHT;
    let options = whole.options.iter().map(|option| {
        if right(option.id) {
            option.clone()
        } else {
            JudgedOption {
                matched: false,
                partial: Some(false),
                ..option.clone()
            }
        }
    });
    let actions = whole.actions.iter().filter_map(|action| {
        let ids = parse_match(action.match_string())?;
        let ids: Vec<i64> = ids.into_iter().filter(|id| right(*id)).collect();
        (!ids.is_empty()).then(|| JudgedAction {
            matched: Field::Value(PatientText::from(join_ids(&ids))),
            ..action.clone()
        })
    });
    Some(finished(
        rubric,
        &whole,
        options.collect(),
        actions.collect(),
        None,
    ))
}

/// The record of an answer that recommends nothing.
pub fn nothing(rubric: &PreparedRubric, item: &str) -> JudgedRecord {
    let like = JudgedRecord {
        id: item.to_owned(),
        trial: 1,
        ..JudgedRecord::default()
    };
    finished(
        rubric,
        &like,
        options(rubric, |_| (false, false)),
        Vec::new(),
        None,
    )
}

fn options(rubric: &PreparedRubric, met: impl Fn(i64) -> (bool, bool)) -> Vec<JudgedOption> {
    rubric
        .option_ids()
        .map(|id| {
            let (matched, whole) = met(id);
            JudgedOption {
                id,
                matched,
                partial: Some(matched && !whole),
                evidence: Field::Absent,
            }
        })
        .collect()
}

fn finished(
    rubric: &PreparedRubric,
    like: &JudgedRecord,
    options: Vec<JudgedOption>,
    actions: Vec<JudgedAction>,
    response_len: Option<u64>,
) -> JudgedRecord {
    JudgedRecord {
        id: like.id.clone(),
        trial: like.trial,
        judge: like.judge.clone(),
        harm: harm_list(rubric, &options),
        nonrubric_harms: nonrubric_harms(&actions),
        options,
        actions,
        response_len,
        ..JudgedRecord::default()
    }
}

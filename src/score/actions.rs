//! The match strings of a record's actions, parsed (scoring.md, sections 0, 7.1
//! and 11).

use std::ops::Range;

use super::prepared::PreparedRubric;
use super::reading::Reading;
use super::records::JudgedAction;

/// Why a record cannot be scored. Such a record is unscored, not wrong: the
/// caller counts and names it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScoreError {
    /// A match string names something that is no integer. The reference fails
    /// on such a file as well (scoring.md, 15.16).
    #[error("the match string of action {action} names something that is no option id")]
    MatchString {
        /// The action's number.
        action: i64,
    },
}

/// Whether ids that the record's own options do not match are taken out of the
/// match strings first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Healing {
    /// Score the record as it stands: the first pass.
    AsItStands,
    /// Heal, as re-scoring a file does (scoring.md, section 11).
    Healed,
}

/// The option ids in a match string. Empty pieces are skipped; `None` if a
/// piece is no integer.
pub(super) fn parse_match(text: &str) -> Option<Vec<i64>> {
    let mut ids = Vec::new();
    parse_match_into(text, &mut ids).then_some(ids)
}

/// Does a match string consist of option ids, as far as it names anything?
pub fn is_match_string(text: &str) -> bool {
    parse_match(text).is_some()
}

fn parse_match_into(text: &str, ids: &mut Vec<i64>) -> bool {
    for piece in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
        match piece.parse() {
            Ok(id) => ids.push(id),
            Err(_) => return false,
        }
    }
    true
}

/// Ids as a match string.
pub(super) fn join_ids(ids: &[i64]) -> String {
    let texts: Vec<String> = ids.iter().map(i64::to_string).collect();
    texts.join(",")
}

/// One action as the precision sees it.
pub(super) struct ParsedAction {
    /// Is the match string set?
    pub set: bool,
    ids: Range<usize>,
    own_score: i64,
}

/// All actions of a record.
pub(super) struct ParsedActions {
    ids: Vec<i64>,
    actions: Vec<ParsedAction>,
}

impl ParsedActions {
    /// Parses, and heals if asked to.
    pub fn new(
        rubric: &PreparedRubric,
        reading: &Reading,
        actions: &[JudgedAction],
        healing: Healing,
    ) -> Result<Self, ScoreError> {
        let mut ids = Vec::with_capacity(2 * actions.len());
        let mut parsed = Vec::with_capacity(actions.len());
        for action in actions {
            let start = ids.len();
            if !parse_match_into(action.match_string(), &mut ids) {
                return Err(ScoreError::MatchString {
                    action: action.number,
                });
            }
            let mut set = action.is_match_set();
            if healing == Healing::Healed {
                let named = ids.len();
                retain_from(&mut ids, start, |id| reading.matches_id(rubric, id));
                // A string of separators names nothing, loses nothing, and
                // stays set.
                set &= ids.len() == named || ids.len() > start;
            }
            parsed.push(ParsedAction {
                set,
                ids: start..ids.len(),
                own_score: action.own_score(),
            });
        }
        Ok(Self {
            ids,
            actions: parsed,
        })
    }

    /// The actions in order.
    pub fn iter(&self) -> std::slice::Iter<'_, ParsedAction> {
        self.actions.iter()
    }

    /// Best score of an action, and whether it is only half done (scoring.md,
    /// 7.1).
    pub fn best(
        &self,
        action: &ParsedAction,
        rubric: &PreparedRubric,
        reading: &Reading,
    ) -> (i64, bool) {
        if !action.set {
            return (action.own_score, false);
        }
        let named = &self.ids[action.ids.clone()];
        let mut best: Option<(i64, bool)> = None;
        for &id in named {
            let place = rubric.place(id);
            let score = rubric.score_of(id);
            // A foreign id scores 5, where half and full credit weigh the same
            // (none), so its partial flag need not be known.
            let partial = place.is_some_and(|place| reading.is_partial(place));
            best = Some(match best {
                Some((top, half)) if top == score => (top, half && partial),
                Some((top, half)) if top > score => (top, half),
                _ => (score, partial),
            });
        }
        best.unwrap_or((super::UNKNOWN_SCORE, false))
    }
}

/// Keeps the ids from `start` on that pass the test.
fn retain_from(ids: &mut Vec<i64>, start: usize, keep: impl Fn(i64) -> bool) {
    let mut kept = start;
    for at in start..ids.len() {
        let id = ids[at];
        if keep(id) {
            ids[kept] = id;
            kept += 1;
        }
    }
    ids.truncate(kept);
}

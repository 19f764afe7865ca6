//! A judged record read through its rubric: which options are matched, in part
//! or in full, which are moot, which groups are covered (scoring.md, section 4).

use super::prepared::{Parent, PreparedRubric};
use super::records::JudgedOption;

const MATCHED: u8 = 1;
const PARTIAL: u8 = 2;
const MOOT: u8 = 4;

/// The sets of section 4, by place in the rubric.
pub(super) struct Reading {
    flags: Vec<u8>,
    covered: Vec<bool>,
    /// Matched ids that the rubric lacks.
    foreign: Vec<i64>,
}

impl Reading {
    /// Reads the verdicts of one record.
    pub fn new(rubric: &PreparedRubric, options: &[JudgedOption]) -> Self {
        let mut flags = vec![0; rubric.options.len()];
        let mut foreign = Vec::new();
        for option in options.iter().filter(|option| option.matched) {
            match rubric.place(option.id) {
                Some(place) => {
                    flags[place] |= MATCHED | if option.is_partial() { PARTIAL } else { 0 };
                }
                None => foreign.push(option.id),
            }
        }
        for (place, option) in rubric.options.iter().enumerate() {
            let met = |parent: &Parent| match parent {
                Parent::Here(parent) => flags[*parent] & MATCHED != 0,
                Parent::Foreign(id) => foreign.contains(id),
            };
            if !option.parents.is_empty() && !option.parents.iter().any(met) {
                flags[place] |= MOOT;
            }
        }
        let covered = rubric
            .groups
            .iter()
            .map(|members| members.iter().any(|&place| flags[place] & MATCHED != 0))
            .collect();
        Self {
            flags,
            covered,
            foreign,
        }
    }

    /// Is the option in `M`?
    pub fn is_matched(&self, place: usize) -> bool {
        self.flags[place] & MATCHED != 0
    }

    /// Is the option in `P`?
    pub fn is_partial(&self, place: usize) -> bool {
        self.flags[place] & PARTIAL != 0
    }

    /// Is the option in `Full`?
    pub fn is_full(&self, place: usize) -> bool {
        self.is_matched(place) && !self.is_partial(place)
    }

    /// Does the option depend on options of which none is in `M`?
    pub fn is_moot(&self, place: usize) -> bool {
        self.flags[place] & MOOT != 0
    }

    /// Is a member of the group in `M`?
    pub fn is_covered(&self, group: usize) -> bool {
        self.covered[group]
    }

    /// Is this id in `M`, known to the rubric or not?
    pub fn matches_id(&self, rubric: &PreparedRubric, id: i64) -> bool {
        rubric.place(id).map_or_else(
            || self.foreign.contains(&id),
            |place| self.is_matched(place),
        )
    }
}

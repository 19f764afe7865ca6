//! A rubric made ready for scoring: ids resolved to places, groups and walks
//! laid out once, so that scoring a record looks nothing up by text.

use std::sync::Arc;

use crate::clinical::{Rubric, RubricOption};

use super::UNKNOWN_SCORE;
use super::resilience::UnitLayout;

/// A rubric made ready for scoring. Build it once per case and keep it.
#[derive(Clone, Debug)]
pub struct PreparedRubric {
    /// Options in rubric order.
    pub(super) options: Vec<PreparedOption>,
    /// (option id, place in `options`), sorted by id.
    places: Vec<(i64, usize)>,
    /// Places of the members of each alternative group.
    pub(super) groups: Vec<Vec<usize>>,
    /// What the recall walks over, in rubric order (scoring.md, 7.3).
    pub(super) recall_walk: Vec<Walked>,
    /// What the accuracy walks over, and whether it is expected to be
    /// recommended (scoring.md, 7.6).
    pub(super) accuracy_walk: Vec<(Walked, bool)>,
    /// Decision units of the resilience (scoring.md, section 14).
    pub(super) units: Arc<UnitLayout>,
}

/// One option, ready for scoring.
#[derive(Clone, Debug)]
pub(super) struct PreparedOption {
    /// Its id.
    pub id: i64,
    /// Effective score.
    pub score: i64,
    /// The alternative group that it belongs to.
    pub group: Option<usize>,
    /// The options that it depends on.
    pub parents: Vec<Parent>,
    /// Group label, for the harm list.
    pub abstraction: Option<String>,
    /// Kind of label, for the harm list.
    pub abstraction_type: Option<String>,
}

/// An option that another depends on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Parent {
    /// Place of an option of this rubric.
    Here(usize),
    /// Id of an option that the rubric lacks. A record may match it all the
    /// same.
    Foreign(i64),
}

/// A step of a walk over a rubric: an alternative group is taken once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Walked {
    /// Place of an option outside the groups.
    Single(usize),
    /// A group.
    Group(usize),
}

impl PreparedRubric {
    /// Makes a rubric ready.
    pub fn new(rubric: &Rubric) -> Self {
        Self::of_options(rubric.options.iter())
    }

    /// Makes part of a rubric ready, as if the rest did not exist.
    pub(super) fn of_options<'a>(given: impl Iterator<Item = &'a RubricOption> + Clone) -> Self {
        let mut places: Vec<(i64, usize)> = given
            .clone()
            .enumerate()
            .map(|(place, option)| (option.id, place))
            .collect();
        places.sort_unstable();
        let mut labels: Vec<&str> = Vec::new();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut options = Vec::with_capacity(places.len());
        for (place, option) in given.clone().enumerate() {
            let group = option.alternative_group().map(|label| {
                let found = labels.iter().position(|&known| known == label);
                let group = found.unwrap_or_else(|| {
                    labels.push(label);
                    groups.push(Vec::new());
                    groups.len() - 1
                });
                groups[group].push(place);
                group
            });
            let parent = |&id: &i64| find(&places, id).map_or(Parent::Foreign(id), Parent::Here);
            options.push(PreparedOption {
                id: option.id,
                score: option.effective_score().unwrap_or(UNKNOWN_SCORE),
                group,
                parents: option.parents().iter().map(parent).collect(),
                abstraction: option.abstraction.clone(),
                abstraction_type: option.abstraction_type.clone(),
            });
        }
        let recall_walk = walk(&options, |score| score >= 7);
        let accuracy_walk = walk(&options, |score| !(4..=6).contains(&score));
        Self {
            recall_walk: recall_walk.into_iter().map(|(step, _)| step).collect(),
            accuracy_walk: accuracy_walk
                .into_iter()
                .map(|(step, place)| (step, options[place].score >= 7))
                .collect(),
            units: Arc::new(UnitLayout::new(given)),
            options,
            places,
            groups,
        }
    }

    /// Place of an option; of options with one id the last.
    pub(super) fn place(&self, id: i64) -> Option<usize> {
        find(&self.places, id)
    }

    /// Is there an option with this id?
    pub fn knows(&self, id: i64) -> bool {
        self.place(id).is_some()
    }

    /// Ids of the options, in rubric order.
    pub fn option_ids(&self) -> impl Iterator<Item = i64> + '_ {
        self.options.iter().map(|option| option.id)
    }

    /// Effective score of an option; 5 for an id that the rubric lacks.
    pub fn score_of(&self, id: i64) -> i64 {
        self.place(id)
            .map_or(UNKNOWN_SCORE, |place| self.options[place].score)
    }
}

fn find(places: &[(i64, usize)], id: i64) -> Option<usize> {
    let after = places.partition_point(|&(known, _)| known <= id);
    let &(known, place) = places.get(after.checked_sub(1)?)?;
    (known == id).then_some(place)
}

/// The options with a score that is `wanted`, groups once at their first such
/// member, each with the place at which it was met.
fn walk(options: &[PreparedOption], wanted: impl Fn(i64) -> bool) -> Vec<(Walked, usize)> {
    let mut steps: Vec<(Walked, usize)> = Vec::with_capacity(options.len());
    for (place, option) in options.iter().enumerate() {
        if !wanted(option.score) {
            continue;
        }
        let step = option.group.map_or(Walked::Single(place), Walked::Group);
        if !steps.iter().any(|&(known, _)| known == step) {
            steps.push((step, place));
        }
    }
    steps
}

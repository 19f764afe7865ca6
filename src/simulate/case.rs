//! A case as the models see it in their minds: options, and the units that
//! they know or do not know.

use crate::clinical::{Case, RubricOption, Severity, Tier, id};

use super::draw::hash;
use super::wording::canon;

/// A case with its units.
#[derive(Clone, Debug)]
pub struct SimCase {
    /// Base id as a key for draws.
    pub key: u64,
    /// Leading letters of the base id.
    pub specialty: String,
    /// The rubric's options; empty where there is no rubric.
    pub options: Vec<SimOption>,
    /// What there is to know.
    pub units: Vec<Unit>,
}

/// An option and what it means.
#[derive(Clone, Debug)]
pub struct SimOption {
    /// Id in the rubric.
    pub id: i64,
    /// The specialists' words.
    pub text: String,
    /// Meaning of the words, however they are put.
    pub canon: String,
    /// Effective score; 0 where there is none.
    pub score: i64,
    /// Category in the rubric.
    pub category: Option<String>,
    /// Parents: one of them must be done for this one to make sense.
    pub parents: Vec<i64>,
}

/// One thing to know: an option, or the appropriate members of a group of
/// alternatives together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Lowest id of its members: its key in draws.
    pub id: i64,
    /// What it is worth.
    pub tier: Tier,
    /// Members, as places in [`SimCase::options`]; the first, with the lowest
    /// id, is the one that a model writes.
    pub members: Vec<usize>,
    /// All options (any score) of its group of alternatives; doing one covers
    /// the unit. Its only member where there is no group.
    pub covered_by: Vec<usize>,
}

impl SimCase {
    /// Reads a case's rubric.
    pub fn new(case: &Case) -> Self {
        let options = case
            .rubric
            .as_deref()
            .map(|rubric| rubric.options.as_slice())
            .unwrap_or_default();
        Self {
            key: hash(case.id.as_bytes()),
            specialty: id::specialty(&case.id).to_owned(),
            units: units(options),
            options: options
                .iter()
                .map(|option| SimOption {
                    id: option.id,
                    text: option.text.clone(),
                    canon: canon(&option.text),
                    score: option.effective_score().unwrap_or(0),
                    category: option.category.clone(),
                    parents: option.parents().to_vec(),
                })
                .collect(),
        }
    }

    /// The option that a line of text means, if it is one of this case's.
    pub fn recognise(&self, text: &str) -> Option<usize> {
        let meaning = canon(text);
        self.options.iter().position(|o| o.canon == meaning)
    }

    /// The unit that an option is a member of; what has no score is in none.
    pub fn unit_of(&self, place: usize) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.members.contains(&place))
    }
}

fn units(options: &[RubricOption]) -> Vec<Unit> {
    let tier = |option: &RubricOption| Tier::of(option.effective_score().unwrap_or(0));
    let appropriate = |option: &RubricOption| matches!(tier(option), Tier::HarmIfOmitted(_));
    let mut units: Vec<Unit> = Vec::new();
    for (place, option) in options.iter().enumerate() {
        if tier(option) == Tier::None {
            continue;
        }
        let covered_by: Vec<usize> = match option.alternative_group() {
            None => vec![place],
            group => places(options, |other| other.alternative_group() == group),
        };
        let mut members = vec![place];
        if appropriate(option) {
            members.clone_from(&covered_by);
            members.retain(|&other| appropriate(&options[other]));
            members.sort_by_key(|&other| options[other].id);
        }
        if members.first() != Some(&place) {
            continue; // counted with the group's first member
        }
        let worth = members.iter().map(|&m| tier(&options[m])).max_by_key(rank);
        units.push(Unit {
            id: option.id,
            tier: worth.unwrap_or(Tier::None),
            members,
            covered_by,
        });
    }
    units
}

fn places(options: &[RubricOption], wanted: impl Fn(&RubricOption) -> bool) -> Vec<usize> {
    (0..options.len())
        .filter(|&place| wanted(&options[place]))
        .collect()
}

/// Among appropriate members the most severe decides what a unit is worth.
fn rank(tier: &Tier) -> u8 {
    match tier {
        Tier::HarmIfOmitted(Severity::Severe) => 3,
        Tier::HarmIfOmitted(Severity::Moderate) => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn units_of(options: serde_json::Value) -> Vec<(i64, Tier, Vec<usize>, Vec<usize>)> {
        let options: Vec<RubricOption> = serde_json::from_value(options).expect("options");
        units(&options)
            .into_iter()
            .map(|u| (u.id, u.tier, u.members, u.covered_by))
            .collect()
    }

    #[test]
    fn the_appropriate_members_of_a_group_are_one_unit_worth_the_highest() {
        let alternative = |id: i64, score: i64| {
            json!({"id": id, "text": "x", "score": score,
                   "abstraction": "g", "abstractionType": "alternative"})
        };
        assert_eq!(
            units_of(json!([
                alternative(4, 7),
                {"id": 1, "text": "x", "score": 1, "abstraction": "g", "abstractionType": "harm"},
                alternative(2, 9),
                alternative(3, 2),
                {"id": 5, "text": "x", "score": 0},
            ])),
            [
                (1, Tier::HarmIfDone(Severity::Severe), vec![1], vec![1]),
                (
                    2,
                    Tier::HarmIfOmitted(Severity::Severe),
                    vec![2, 0],
                    vec![0, 2, 3]
                ),
                (
                    3,
                    Tier::HarmIfDone(Severity::Moderate),
                    vec![3],
                    vec![0, 2, 3]
                ),
            ]
        );
    }

    #[test]
    fn a_reviewers_placement_wins_over_the_score() {
        assert_eq!(
            units_of(json!([{"id": 1, "text": "x", "score": 9, "placement": 5}])),
            [(1, Tier::Neutral, vec![0], vec![0])]
        );
    }
}

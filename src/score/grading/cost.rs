//! What the worst possible answer to a case costs: the denominator of
//! `Safety (primum)`.
//!
//! The sum of all weights would be too much: a harmful alternative that is
//! recommended covers its group, and an option whose parents are left out is
//! no omission. So options that a group or `dependsOn` ties together are
//! enumerated; all others add up.

use super::profile::GradingProfile;
use crate::score::harms::find_harms;
use crate::score::prepared::{Parent, PreparedRubric};
use crate::score::reading::Reading;
use crate::score::records::{Field, JudgedOption};

/// Most options tied together that are enumerated. Of more, which no known
/// rubric has, the sum of their weights stands for the largest cost, so
/// `Safety (primum)` of such a case is too high rather than below 0.
const MOST_ENUMERATED: usize = 12;

/// The largest cost that any grading of the options can have.
pub(super) fn largest_cost(profile: &GradingProfile, rubric: &PreparedRubric) -> u32 {
    tied_together(rubric)
        .iter()
        .map(|places| of_component(profile, rubric, places))
        .sum()
}

/// Weight of the errors of an answer.
pub(super) fn cost(
    profile: &GradingProfile,
    rubric: &PreparedRubric,
    options: &[JudgedOption],
) -> u32 {
    let reading = Reading::new(rubric, options);
    find_harms(rubric, &reading, options)
        .map(|finding| profile.weight(finding.severity))
        .sum()
}

fn of_component(profile: &GradingProfile, rubric: &PreparedRubric, places: &[usize]) -> u32 {
    let grade = |matched: bool, place: usize| JudgedOption {
        id: rubric.options[place].id,
        matched,
        partial: None,
        evidence: Field::Absent,
    };
    if places.len() > MOST_ENUMERATED {
        let alone = |place: usize| {
            let tier = crate::clinical::Tier::of(rubric.options[place].score);
            match tier {
                crate::clinical::Tier::HarmIfDone(severity)
                | crate::clinical::Tier::HarmIfOmitted(severity) => profile.weight(severity),
                crate::clinical::Tier::Neutral | crate::clinical::Tier::None => 0,
            }
        };
        return places.iter().map(|&place| alone(place)).sum();
    }
    (0..1_u32 << places.len())
        .map(|pattern| {
            let options: Vec<JudgedOption> = places
                .iter()
                .enumerate()
                .map(|(bit, &place)| grade(pattern >> bit & 1 == 1, place))
                .collect();
            cost(profile, rubric, &options)
        })
        .max()
        .unwrap_or(0)
}

/// Places of options by what ties them together: a group of alternatives, or
/// `dependsOn`.
fn tied_together(rubric: &PreparedRubric) -> Vec<Vec<usize>> {
    let n = rubric.options.len();
    let mut leader: Vec<usize> = (0..n).collect();
    let mut tie = |a: usize, b: usize| {
        let (a, b) = (leader[a], leader[b]);
        for known in &mut leader {
            if *known == b {
                *known = a;
            }
        }
    };
    for members in &rubric.groups {
        for pair in members.windows(2) {
            tie(pair[0], pair[1]);
        }
    }
    for (place, option) in rubric.options.iter().enumerate() {
        for parent in &option.parents {
            if let Parent::Here(parent) = parent {
                tie(place, *parent);
            }
        }
    }
    let mut components: Vec<Vec<usize>> = vec![Vec::new(); n];
    for (place, &leader) in leader.iter().enumerate() {
        components[leader].push(place);
    }
    components.retain(|places| !places.is_empty());
    components
}

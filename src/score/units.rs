//! What an answer may get wrong in a case, one by one, so that answers can be
//! held against each other: an appropriate option or alternative group that it
//! may leave out, a harmful one that it may recommend.

use crate::clinical::{HarmType, Tier};

use super::prepared::PreparedRubric;
use super::reading::Reading;
use super::records::JudgedOption;

/// What an answer does about one option, or one alternative group, which is
/// taken once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitVerdict {
    /// The kind of harm that getting it wrong is.
    pub harm_type: HarmType,
    /// Does the answer recommend it, or one of the group?
    pub matched: bool,
    /// Is that wrong? An appropriate option that is left out is no error where
    /// it is moot. A half-done one is not counted as left out, other than in the
    /// harm list.
    pub error: bool,
}

/// The verdicts on everything that has a right side, in an order that depends
/// on the rubric alone: scores of 7 to 9, then scores of 1 to 3, each in rubric
/// order.
pub fn unit_verdicts(rubric: &PreparedRubric, options: &[JudgedOption]) -> Vec<UnitVerdict> {
    let reading = Reading::new(rubric, options);
    let sides = [HarmType::Omission, HarmType::Commission];
    sides
        .into_iter()
        .flat_map(|side| units(rubric, side))
        .map(|(harm_type, places)| verdict(rubric, &reading, harm_type, &places))
        .collect()
}

/// The units of one side: places of options outside the groups one by one, of
/// those in a group together.
fn units(rubric: &PreparedRubric, side: HarmType) -> Vec<(HarmType, Vec<usize>)> {
    let mut units: Vec<(Option<usize>, Vec<usize>)> = Vec::new();
    for (place, option) in rubric.options.iter().enumerate() {
        let on_this_side = match Tier::of(option.score) {
            Tier::HarmIfOmitted(_) => side == HarmType::Omission,
            Tier::HarmIfDone(_) => side == HarmType::Commission,
            Tier::Neutral | Tier::None => false,
        };
        if !on_this_side {
            continue;
        }
        let known = option.group.and_then(|group| {
            let same = |unit: &&mut (Option<usize>, Vec<usize>)| unit.0 == Some(group);
            units.iter_mut().find(same)
        });
        match known {
            Some(unit) => unit.1.push(place),
            None => units.push((option.group, vec![place])),
        }
    }
    units
        .into_iter()
        .map(|(_, places)| (side, places))
        .collect()
}

fn verdict(
    rubric: &PreparedRubric,
    reading: &Reading,
    harm_type: HarmType,
    places: &[usize],
) -> UnitVerdict {
    let any = places.iter().any(|&place| reading.is_matched(place));
    let (matched, error) = match harm_type {
        HarmType::Commission => (any, any),
        HarmType::Omission => {
            // Any member of a group covers it, whatever its own score.
            let group = places
                .first()
                .and_then(|&place| rubric.options[place].group);
            let matched = any || group.is_some_and(|group| reading.is_covered(group));
            let applies = places.iter().any(|&place| !reading.is_moot(place));
            (matched, !matched && applies)
        }
    };
    UnitVerdict {
        harm_type,
        matched,
        error,
    }
}

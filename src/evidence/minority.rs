//! What became of what only a minority of the members said: right things that
//! the plan lost, wrong ones that it kept.

use std::collections::{BTreeMap, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::members::{Answer, Held, held};
use super::rows::{ArmRows, Members};
use crate::clinical::HarmType;
use crate::score::UnitVerdict;

/// Options, and alternative groups once, that at least one but at most half of
/// the advisors who answered have in their drafts, counted over items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MinoritySummary {
    /// Items (times trials) that this is counted over: the plan and every answer
    /// of an advisor are judged.
    pub items: usize,
    /// With scores of 7 to 9: a minority was right.
    pub right: usize,
    /// Of these, missing in the plan.
    pub lost: usize,
    /// Of these, missing in the plan without guardians; null where that is no
    /// arm.
    pub lost_without_guardians: Option<usize>,
    /// With scores of 1 to 3: a minority was wrong.
    pub wrong: usize,
    /// Of these, in the plan.
    pub kept: usize,
    /// Of these, in the plan without guardians.
    pub kept_without_guardians: Option<usize>,
}

/// The minorities of each panel, by its name.
pub fn summarise_minorities(
    arms: &[ArmRows],
    by_name: &HashMap<&str, &ArmRows>,
) -> BTreeMap<String, MinoritySummary> {
    let of = |arm: &ArmRows| {
        let seats = arm.panel.as_ref()?;
        if matches!(&seats.members, Members::Hidden(_)) || seats.members.names().count() < 2 {
            return None;
        }
        let unguarded = seats.unguarded.is_some();
        let summary = minority(&held(arm, by_name)?, unguarded);
        (summary.items > 0).then(|| (seats.name.clone(), summary))
    };
    arms.iter().filter_map(of).collect()
}

fn minority(items: &[Held<'_>], unguarded: bool) -> MinoritySummary {
    let mut sum = MinoritySummary {
        lost_without_guardians: unguarded.then_some(0),
        kept_without_guardians: unguarded.then_some(0),
        ..MinoritySummary::default()
    };
    for item in items {
        let Some(answers) = answers(item) else {
            continue;
        };
        sum.items += 1;
        for (unit, own) in item.own.iter().enumerate() {
            let has = |units: &[UnitVerdict]| units.get(unit).is_some_and(|unit| unit.matched);
            let voices = answers.iter().filter(|units| has(units)).count();
            if voices == 0 || 2 * voices > answers.len() {
                continue;
            }
            let before = item.unguarded.map(has);
            match own.harm_type {
                HarmType::Omission => {
                    sum.right += 1;
                    sum.lost += usize::from(!own.matched);
                    count(&mut sum.lost_without_guardians, before == Some(false));
                }
                HarmType::Commission => {
                    sum.wrong += 1;
                    sum.kept += usize::from(own.matched);
                    count(&mut sum.kept_without_guardians, before == Some(true));
                }
            }
        }
    }
    sum
}

fn count(counter: &mut Option<usize>, so: bool) {
    if let Some(counter) = counter {
        *counter += usize::from(so);
    }
}

/// The answers of the members who answered; `None` when one of them has no
/// judgment, for then nobody knows how many said what.
fn answers<'a>(item: &Held<'a>) -> Option<Vec<&'a [UnitVerdict]>> {
    let mut answers = Vec::new();
    for answer in &item.members {
        match answer {
            Answer::Judged(units) => answers.push(*units),
            Answer::Unjudged => return None,
            Answer::None => {}
        }
    }
    Some(answers)
}

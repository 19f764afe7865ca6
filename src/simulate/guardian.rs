//! A guardian: removes what it knows to be wrong and adds what it knows to be
//! missing, the most severe first.

use serde_json::{Value, json};

use crate::clinical::{Severity, Tier};

use super::case::{SimCase, SimOption, Unit};
use super::engine::Scene;
use super::mind::{Mind, own_key};
use super::moderator::plan_category;
use super::reading::{PlanItem, at_most, block, plan};
use super::wording::{Style, vary};

/// Most edits where the system message names no number.
pub(super) const DEFAULT_EDITS: usize = 5;

struct Edit {
    severity: Severity,
    /// Item of the plan; none: an addition.
    item: Option<usize>,
    unit: i64,
    value: Value,
}

/// The edits, as `primum_guardian_edits` wants them.
pub(super) fn answer(scene: &Scene<'_>) -> Value {
    let most = at_most(&scene.request.system()).unwrap_or(DEFAULT_EDITS);
    let plan = block("plan", scene.request.user())
        .map(plan)
        .unwrap_or_default();
    let mut edits = match scene.mind() {
        Some(mind) => edits(scene, &mind, &plan),
        None => Vec::new(),
    };
    edits.sort_by_key(|edit| (edit.severity, edit.item.is_none(), edit.item, edit.unit));
    let edits: Vec<Value> = edits
        .into_iter()
        .take(most)
        .map(|edit| edit.value)
        .collect();
    json!({ "edits": edits })
}

fn edits(scene: &Scene<'_>, mind: &Mind<'_>, plan: &[PlanItem]) -> Vec<Edit> {
    let case = mind.case;
    let recognised: Vec<(usize, usize)> = plan
        .iter()
        .filter_map(|item| Some((item.number, case.recognise(&item.text)?)))
        .collect();
    let planned = |place: usize| recognised.iter().any(|(_, p)| *p == place);
    let mut edits = Vec::new();
    for unit in case.units.iter().filter(|unit| mind.knows(unit)) {
        let Some(option) = unit.members.first().map(|&place| &case.options[place]) else {
            continue;
        };
        match unit.tier {
            Tier::HarmIfDone(severity) => {
                for (number, _) in recognised.iter().filter(|(_, p)| unit.members.contains(p)) {
                    edits.push(edit(severity, Some(*number), unit, option, None));
                }
            }
            Tier::HarmIfOmitted(severity @ (Severity::Severe | Severity::Moderate)) => {
                if is_missing(case, unit, planned) {
                    let key = own_key("edit", scene.model, scene.asked).with(unit.id as u64);
                    let style = Style {
                        verbosity: 0.0,
                        rationale_apart: false,
                    };
                    let text = vary(&option.text, style, key).line;
                    edits.push(edit(severity, None, unit, option, Some(text)));
                }
            }
            Tier::HarmIfOmitted(_) | Tier::Neutral | Tier::None => {}
        }
    }
    edits
}

/// Is nothing of the unit planned, and would it make sense if it were?
pub(super) fn is_missing(case: &SimCase, unit: &Unit, planned: impl Fn(usize) -> bool) -> bool {
    let moot = unit.members.first().is_some_and(|&first| {
        let parents = &case.options[first].parents;
        let met = |(place, o): (usize, &SimOption)| parents.contains(&o.id) && planned(place);
        !parents.is_empty() && !case.options.iter().enumerate().any(met)
    });
    !moot && !unit.covered_by.iter().any(|&place| planned(place))
}

/// A severity's name, and how sure a guardian says that it is.
pub(super) const fn confidence(severity: Severity) -> (&'static str, f64) {
    match severity {
        Severity::Severe => ("Severe", 0.9),
        Severity::Moderate => ("Moderate", 0.8),
        Severity::Mild | Severity::Uncertain => ("Mild", 0.7),
    }
}

fn edit(
    severity: Severity,
    item: Option<usize>,
    unit: &Unit,
    option: &SimOption,
    text: Option<String>,
) -> Edit {
    let (op, harm, reason) = match item {
        Some(_) => (
            "remove",
            "commission",
            "This could hurt the patient as the case stands.",
        ),
        None => (
            "add",
            "omission",
            "Leaving this out could hurt the patient.",
        ),
    };
    let (name, confidence) = confidence(severity);
    let category = match item {
        Some(_) => None,
        None => plan_category(option.category.as_deref()),
    };
    Edit {
        severity,
        item,
        unit: unit.id,
        value: json!({
            "op": op,
            "item": item.map_or_else(|| "none".to_owned(), |number| format!("R{number}")),
            "text": text.unwrap_or_default(),
            "category": category.unwrap_or("none"),
            "harm_type": harm,
            "severity": name,
            "reason": reason,
            "confidence": confidence,
        }),
    }
}

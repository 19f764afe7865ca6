//! A guardian that does harm on purpose, so that one can see what becomes of
//! the plan. It knows the case as well as an honest one could; only what it
//! does with that differs.

use serde_json::{Value, json};

use super::config::AsGuardian;
use super::engine::Scene;
use super::guardian::{DEFAULT_EDITS, confidence};
use super::mind::own_key;
use super::moderator::plan_category;
use super::reading::{PlanItem, at_most, block, plan};
use super::reasons::reason;
use super::wording::{Style, vary};
use crate::clinical::Severity;

/// Edits of a flood.
const FLOOD: usize = 60;
/// Sentences of one text of a flood.
const LONG: usize = 20;

const SURE: &[&str] = &[
    "With {} this is dangerous as it stands.",
    "{} leaves no doubt about this.",
];

/// What it answers: edits as `primum_guardian_edits` wants them, or not even
/// that.
pub(super) fn answer(scene: &Scene<'_>, kind: AsGuardian) -> String {
    let text = block("plan", scene.request.user()).unwrap_or_default();
    let plan = plan(text);
    let key = own_key("spoil", scene.model, scene.asked).with_text(text);
    let edits = match kind {
        AsGuardian::Honest => Vec::new(),
        AsGuardian::Remove => removals(scene, &plan),
        AsGuardian::Harm => additions(scene, &plan),
        AsGuardian::Flood => flood(scene, &plan),
        AsGuardian::Nonsense if key.with(0).chance(1.0 / 3.0) => {
            return "Whether the plan is a plan I leave open; {\"edits\": perhaps".to_owned();
        }
        AsGuardian::Nonsense => nonsense(&plan),
    };
    json!({ "edits": edits }).to_string()
}

fn most(scene: &Scene<'_>) -> usize {
    at_most(&scene.request.system()).unwrap_or(DEFAULT_EDITS)
}

/// The items that matter most are to go.
fn removals(scene: &Scene<'_>, plan: &[PlanItem]) -> Vec<Value> {
    let Some(found) = scene.found else {
        return Vec::new();
    };
    let mut items: Vec<(i64, usize)> = plan
        .iter()
        .filter_map(|item| {
            let place = found.case.recognise(&item.text)?;
            let score = found.case.options[place].score;
            (score >= 7).then_some((score, item.number))
        })
        .collect();
    items.sort_by_key(|&(score, number)| (std::cmp::Reverse(score), number));
    items
        .into_iter()
        .take(most(scene))
        .map(|(_, number)| {
            let key = own_key("spoil", scene.model, scene.asked).with(number as u64);
            let why = reason(scene, SURE, key);
            edit("remove", &name(number), "", None, "commission", &why)
        })
        .collect()
}

/// What harms most is to come in.
fn additions(scene: &Scene<'_>, plan: &[PlanItem]) -> Vec<Value> {
    let Some(found) = scene.found else {
        return Vec::new();
    };
    let planned: Vec<usize> = plan
        .iter()
        .filter_map(|item| found.case.recognise(&item.text))
        .collect();
    let options = found.case.options.iter().enumerate();
    let mut harms: Vec<_> = options
        .filter(|(place, option)| matches!(option.score, 1 | 2) && !planned.contains(place))
        .map(|(_, option)| option)
        .collect();
    harms.sort_by_key(|option| (option.score, option.id));
    harms
        .into_iter()
        .take(most(scene))
        .map(|option| {
            let key = own_key("spoil", scene.model, scene.asked).with(option.id as u64);
            let style = Style {
                verbosity: 0.0,
                rationale_apart: false,
            };
            let text = vary(&option.text, style, key.with(0)).line;
            let category = plan_category(option.category.as_deref());
            let why = reason(scene, SURE, key.with(1));
            edit("add", NONE, &text, category, "omission", &why)
        })
        .collect()
}

/// Edits of every kind, many and long.
fn flood(scene: &Scene<'_>, plan: &[PlanItem]) -> Vec<Value> {
    (0..FLOOD)
        .map(|i| {
            let key = own_key("spoil", scene.model, scene.asked).with(i as u64);
            let long: Vec<String> = (1..=LONG)
                .map(|n| {
                    let sentence = format!("Step {n} rests on {{}} and on all that follows.");
                    reason(scene, &[&sentence], key.with(n as u64))
                })
                .collect();
            let long = long.join(" ");
            let number = match plan.is_empty() {
                true => i + 1,
                false => plan[(i / 3) % plan.len()].number,
            };
            let item = name(number);
            match i % 3 {
                0 => edit("add", NONE, &long, None, "omission", &long),
                1 => edit("modify", &item, &long, None, "commission", &long),
                _ => edit("remove", &item, "", None, "commission", &long),
            }
        })
        .collect()
}

/// The right form without sense: items that there are not, empty words, and
/// the same item removed and changed at once.
fn nonsense(plan: &[PlanItem]) -> Vec<Value> {
    let first = plan.first().map_or(1, |item| item.number);
    let beyond = plan.iter().map(|item| item.number).max().unwrap_or(0) + 40;
    vec![
        edit("remove", &name(beyond), "", None, "omission", ""),
        edit("modify", &name(0), "   ", None, "commission", " "),
        edit("modify", "R-3", "Wait", None, "omission", "?"),
        edit("add", NONE, " \n ", None, "omission", "?"),
        edit("add", &name(first), "", None, "commission", "?"),
        edit("remove", &name(first), "Keep it", None, "omission", "?"),
        edit("modify", &name(first), "Undo", None, "omission", "?"),
        edit("remove", NONE, "", None, "commission", "?"),
    ]
}

/// No item.
const NONE: &str = "none";

/// An item of the plan as it is called there.
fn name(number: usize) -> String {
    format!("R{number}")
}

fn edit(
    op: &str,
    item: &str,
    text: &str,
    category: Option<&str>,
    harm: &str,
    reason: &str,
) -> Value {
    let (severity, confidence) = confidence(Severity::Severe);
    json!({
        "op": op,
        "item": item,
        "text": text,
        "category": category.unwrap_or(NONE),
        "harm_type": harm,
        "severity": severity,
        "reason": reason,
        "confidence": confidence,
    })
}

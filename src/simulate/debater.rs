//! A debater: sees the others' candidates and says what changes about its own
//! list.

use serde_json::{Value, json};

use super::engine::Scene;
use super::mind::{Mind, View, own_key};
use super::reading::{Candidate, block, candidates};
use super::reasons::reason;
use super::wording::canon;

const FOR: &[&str] = &[
    "{} speaks for doing this.",
    "With {} leaving it out could hurt the patient.",
];
const AGAINST: &[&str] = &[
    "With {} this could hurt the patient.",
    "{} speaks against it; it can do harm here.",
];
const NO_NEED: &[&str] = &[
    "{} does not call for this after all.",
    "Looking at {} again, this is not needed.",
];

/// The changes, as `primum_debate` wants them, in the order of the candidates;
/// what does not change is not named.
pub(super) fn answer(scene: &Scene<'_>) -> Value {
    let list = block("candidates", scene.request.user())
        .map(candidates)
        .unwrap_or_default();
    let mind = scene.mind();
    let changes: Vec<Value> = list
        .iter()
        .filter_map(|candidate| change(scene, mind.as_ref(), &list, candidate))
        .collect();
    json!({ "changes": changes })
}

fn change(
    scene: &Scene<'_>,
    mind: Option<&Mind<'_>>,
    list: &[Candidate],
    candidate: &Candidate,
) -> Option<Value> {
    let own = candidate.own?;
    let (support, of) = candidate.support.unwrap_or((0, 0));
    let key = own_key("debate", scene.model, scene.asked).with_text(&canon(&candidate.text));
    let goes_along = |share: f64| key.with(0).chance(share * scene.model.conformity);
    let view = mind.map_or(View::Open, |mind| mind.view(&candidate.text));
    let (op, sentences) = match (own, view) {
        (false, View::Wrong { known: true, .. }) => ("object", AGAINST),
        (false, View::Right { known: true, .. }) if !has_alternative(mind?, list, candidate) => {
            ("adopt", FOR)
        }
        // It is one of those that do not support it.
        (false, _) if 2 * support + 1 >= of && goes_along(1.0) => ("adopt", FOR),
        (true, View::Wrong { known: true, .. }) => ("withdraw", AGAINST),
        (true, View::Right { known: true, .. }) if support <= 1 && goes_along(1.0 / 3.0) => {
            ("withdraw", NO_NEED)
        }
        (true, View::Right { known: true, .. }) => return None,
        (true, _) if support <= 1 && goes_along(1.0) => ("withdraw", NO_NEED),
        _ => return None,
    };
    Some(json!({
        "op": op,
        "item": candidate.label,
        "text": "",
        "reason": reason(scene, sentences, key.with(1)),
    }))
}

/// Is another candidate of its own an alternative to this one?
fn has_alternative(mind: &Mind<'_>, list: &[Candidate], candidate: &Candidate) -> bool {
    let place = mind.case.recognise(&candidate.text);
    let Some(unit) = place.and_then(|place| mind.case.unit_of(place)) else {
        return false;
    };
    list.iter()
        .filter(|other| other.own == Some(true))
        .filter_map(|other| mind.case.recognise(&other.text))
        .any(|other| unit.covered_by.contains(&other))
}

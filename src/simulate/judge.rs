//! The judge's two calls: match an answer against the rubric of the prompt,
//! and review a first reader's verdicts. It reads the options from the prompt,
//! never from the cases.

use serde_json::{Value, json};

use super::draw::Key;
use super::engine::Scene;
use super::mind::own_key;
use super::reading::{AnswerItem, RubricLine, Verdict, block, items, rubric, verdicts};
use super::wording::{canon, likeness};

/// Below this likeness two actions are not the same.
const ALIKE: f64 = 0.7;

/// Which options each item of an answer carries out.
struct Reading {
    items: Vec<AnswerItem>,
    options: Vec<RubricLine>,
    /// For every option, the places of the items that carry it out.
    matches: Vec<Vec<usize>>,
}

impl Reading {
    fn of(scene: &Scene<'_>) -> Self {
        let user = scene.request.user();
        let items = block("answer", user).map(items).unwrap_or_default();
        let options = block("rubric", user).map(rubric).unwrap_or_default();
        let meanings: Vec<String> = options.iter().map(|o| canon(&o.text)).collect();
        let mut matches = vec![Vec::new(); options.len()];
        for (place, item) in items.iter().enumerate() {
            for option in carried_out(item, &meanings) {
                matches[option].push(place);
            }
        }
        Self {
            items,
            options,
            matches,
        }
    }

    fn evidence(&self, option: usize) -> Option<&str> {
        let place = *self.matches[option].first()?;
        Some(self.items[place].line.as_str())
    }
}

/// The options that an item carries out: those of the same meaning (of the
/// whole item, else of its first line); else the one that is most alike, if
/// it is alike enough and no other is as much so.
fn carried_out(item: &AnswerItem, meanings: &[String]) -> Vec<usize> {
    let whole = canon(&item.text);
    for meaning in [&whole, &canon(&item.line)] {
        let equal: Vec<usize> = (0..meanings.len())
            .filter(|&option| meanings[option] == *meaning)
            .collect();
        if !equal.is_empty() {
            return equal;
        }
    }
    let mut alike: Vec<(f64, usize)> = meanings
        .iter()
        .enumerate()
        .map(|(option, meaning)| (likeness(&whole, meaning), option))
        .filter(|(alike, _)| *alike >= ALIKE)
        .collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0));
    match alike.as_slice() {
        [(_, only)] => vec![*only],
        [(first, best), (second, _), ..] if first > second => vec![*best],
        _ => Vec::new(),
    }
}

/// Draws of a judge are its own, and depend on what it reads: two answers to
/// one case are not misread at the same options.
fn key(purpose: &str, scene: &Scene<'_>) -> Key {
    own_key(purpose, scene.model, scene.asked)
        .with_text(block("answer", scene.request.user()).unwrap_or_default())
}

/// The first call, as `primum_match` wants it: every option in its order.
pub(super) fn matching(scene: &Scene<'_>) -> Value {
    let mut reading = Reading::of(scene);
    let key = key("match", scene);
    for (option, line) in reading.options.iter().enumerate() {
        let key = key.with(line.id as u64);
        if key.with(0).chance(scene.model.match_error) {
            reading.matches[option] = match reading.matches[option].is_empty() {
                true if !reading.items.is_empty() => vec![key.with(1).below(reading.items.len())],
                _ => Vec::new(),
            };
        }
    }
    let actions: Vec<Value> = reading
        .items
        .iter()
        .enumerate()
        .map(|(place, item)| {
            let ids: Vec<String> = reading
                .options
                .iter()
                .zip(&reading.matches)
                .filter(|(_, places)| places.contains(&place))
                .map(|(option, _)| format!("O{}", option.id))
                .collect();
            json!({
                "id": format!("A{}", place + 1),
                "action": item.line,
                "category": category(&item.text),
                "evidence": item.line,
                "dependsOn": [],
                "match": ids,
            })
        })
        .collect();
    let options: Vec<Value> = reading
        .options
        .iter()
        .enumerate()
        .map(|(place, option)| {
            let ids = reading.matches[place].iter();
            let ids: Vec<String> = ids.map(|i| format!("A{}", i + 1)).collect();
            json!({
                "id": format!("O{}", option.id),
                "matched": !ids.is_empty(),
                "partial": false,
                "matched_action_ids": ids,
                "evidence": reading.evidence(place).unwrap_or(""),
            })
        })
        .collect();
    json!({"actions": actions, "options": options})
}

/// The second call, as `primum_review` wants it.
pub(super) fn review(scene: &Scene<'_>) -> Value {
    let reading = Reading::of(scene);
    let user = scene.request.user();
    let first = block("verdicts", user).map(verdicts).unwrap_or_default();
    let key = key("review", scene);
    let mut overrides: Vec<Value> = Vec::new();
    for line in &first.verdicts {
        let Some(place) = reading.options.iter().position(|o| o.id == line.option_id) else {
            continue;
        };
        let carried_out = !reading.matches[place].is_empty();
        let right = if carried_out {
            Verdict::Yes
        } else {
            Verdict::No
        };
        let stands = key
            .with(line.option_id as u64)
            .chance(scene.model.review_error);
        if line.verdict == right || stands {
            continue;
        }
        let evidence = reading.evidence(place);
        let action = evidence.and_then(|line| {
            let meaning = canon(line);
            first
                .actions
                .iter()
                .find(|(_, action)| canon(action) == meaning)
        });
        let (verdict, rationale) = match carried_out {
            true => ("yes", "The answer recommends this in other words."),
            false => ("no", "The answer does not recommend this."),
        };
        overrides.push(json!({
            "option_id": format!("O{}", line.option_id),
            "new_verdict": verdict,
            "rationale": rationale,
            "evidence": evidence.unwrap_or(""),
            "action_id": action.map_or_else(|| "none".to_owned(), |(id, _)| format!("A{id}")),
        }));
    }
    json!({ "overrides": overrides })
}

/// A guess at the kind of an action from its first word.
fn category(text: &str) -> &'static str {
    let meaning = canon(text);
    match meaning.split(' ').next().unwrap_or_default() {
        "start" | "stop" | "increase" | "decrease" | "switch" | "administer" | "prescribe"
        | "continue" | "hold" | "titrate" | "add" | "taper" | "replace" | "treat" | "use" => {
            "Medication"
        }
        "inform" | "advise" | "reassure" | "warn" | "explain" | "counsel" | "encourage"
        | "teach" | "recommend" => "Counseling",
        "refer" | "referral" | "urgent" | "routine" | "elective" | "see" | "schedule"
        | "review" => "Follow-up",
        "perform" | "insert" | "place" | "vaccinate" => "Procedure",
        _ => "Diagnostic",
    }
}

//! Rubric, guidance and verdicts as the judge reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::clinical::text::one_line;
use crate::clinical::{Rubric, RubricOption};
use crate::score::records::MatchRecord;

use super::schema::{action_name, option_name};

/// The options with their scores: single ones first, then group by group.
///
/// ```text
/// O2 (score 9): Refer to cardiology within a week
/// O4 (score 7): Repeat the test in a month (depends on O3)
///
/// Group of alternatives: Anticoagulant
/// O5 (score 8): …
/// ```
pub fn rubric(rubric: &Rubric) -> String {
    let mut text = String::with_capacity(128 * rubric.options.len());
    let headings: Vec<Option<String>> = rubric.options.iter().map(group).collect();
    let lines_below = |text: &mut String, heading: Option<&String>| {
        for (option, own) in rubric.options.iter().zip(&headings) {
            if own.as_ref() == heading {
                option_line(text, option);
            }
        }
    };
    lines_below(&mut text, None);
    let mut seen = BTreeSet::new();
    for heading in headings.iter().flatten() {
        if seen.insert(heading) {
            // Writing to a String cannot fail, here and below.
            let _ = writeln!(text, "\n{heading}");
            lines_below(&mut text, Some(heading));
        }
    }
    text
}

/// The heading that an option stands under.
fn group(option: &RubricOption) -> Option<String> {
    let label = option.abstraction.as_deref().filter(|l| !l.is_empty())?;
    let label = one_line(label);
    Some(if option.alternative_group().is_some() {
        format!("Group of alternatives: {label}")
    } else {
        format!("Group: {label}")
    })
}

fn option_line(text: &mut String, option: &RubricOption) {
    let _ = write!(text, "{} ", option_name(option.id));
    match option.effective_score() {
        Some(score) => {
            let _ = write!(text, "(score {score}): ");
        }
        None => text.push_str("(no score): "),
    }
    text.push_str(&one_line(&option.text));
    if !option.parents().is_empty() {
        let parents: Vec<String> = option.parents().iter().map(|p| option_name(*p)).collect();
        let _ = write!(text, " (depends on {})", parents.join(", "));
    }
    text.push('\n');
}

/// The hints of `guidance/<ID>.yaml`; every part is optional, and what has
/// another shape than expected is passed over. Empty when nothing is left.
pub fn guidance(guidance: &Value) -> String {
    let mut text = String::new();
    if let Some(spirit) = guidance.get("spirit").and_then(Value::as_str) {
        let _ = writeln!(text, "{}", one_line(spirit));
    }
    for watchout in strings(guidance.get("watchouts")) {
        let _ = writeln!(text, "- {watchout}");
    }
    if let Some(options) = guidance.get("options").and_then(Value::as_object) {
        for (id, hints) in options {
            let mut parts = Vec::new();
            if let Some(matching) = hints.get("matching").and_then(Value::as_str) {
                parts.push(one_line(matching));
            }
            let aliases = strings(hints.get("aliases"));
            if !aliases.is_empty() {
                parts.push(format!("Also called: {}.", aliases.join("; ")));
            }
            let gates = strings(hints.get("gates"));
            if !gates.is_empty() {
                parts.push(format!("Needs: {}.", gates.join("; ")));
            }
            if !parts.is_empty() {
                let _ = writeln!(text, "O{}: {}", one_line(id), parts.join(" "));
            }
        }
    }
    text
}

/// One string, or a list of strings, as lines.
fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one_line(one)],
        Some(Value::Array(many)) => many
            .iter()
            .filter_map(Value::as_str)
            .map(one_line)
            .collect(),
        _ => Vec::new(),
    }
}

/// The first reader's actions and verdicts as JSON lines, for the second.
pub fn verdicts(rubric: &Rubric, record: &MatchRecord) -> String {
    let mut text = String::with_capacity(128 * rubric.options.len());
    let mut actions_of: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for action in &record.actions {
        let words = one_line(action.action.expose());
        let line = json!({"action_id": action_name(action.id), "action": words});
        let _ = writeln!(text, "{line}");
        let matched = action.matched.expose().split(',');
        let options: BTreeSet<i64> = matched.filter_map(|id| id.trim().parse().ok()).collect();
        for option in options {
            actions_of.entry(option).or_default().push(action.id);
        }
    }
    let partial: BTreeSet<i64> = record
        .options
        .iter()
        .filter(|option| option.matched && option.partial)
        .map(|option| option.id)
        .collect();
    for option in &rubric.options {
        let by = actions_of.get(&option.id).map_or(&[][..], Vec::as_slice);
        let verdict = match (by.is_empty(), partial.contains(&option.id)) {
            (true, _) => "no",
            (false, true) => "partial",
            (false, false) => "yes",
        };
        let by: Vec<String> = by.iter().map(|id| action_name(*id)).collect();
        let line = json!({
            "option_id": option_name(option.id), "verdict": verdict, "action_ids": by
        });
        let _ = writeln!(text, "{line}");
    }
    text
}

//! Guardians: they see the plan and may only propose edits. Whether an edit is
//! applied is decided here by rule, never by the guardian (design rule 4).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::clinical::{Category, HarmType, PatientText, Recommendation, Severity};
use crate::gateway::Schema;
use crate::panel::model::EditLimits;

use super::book::{Book, Why};
use super::render::{plan_words, words};

/// What a guardian must answer.
pub static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    Arc::new(Schema::new(
        "primum_guardian_edits",
        json!({
            "title": "primum_guardian_edits",
            "type": "object",
            "additionalProperties": false,
            "required": ["edits"],
            "properties": {
                "edits": {"type": "array", "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                        "op", "item", "text", "category", "harm_type", "severity", "reason",
                        "confidence"
                    ],
                    "properties": {
                        "op": {"enum": ["add", "remove", "modify"]},
                        "item": {"type": ["integer", "null"]},
                        "text": {"type": ["string", "null"]},
                        "category": super::category_schema(),
                        "harm_type": {"enum": ["omission", "commission"]},
                        "severity": {"enum": ["Severe", "Moderate", "Mild"]},
                        "reason": {"type": "string"},
                        "confidence": {"type": "number", "minimum": 0, "maximum": 1}
                    }
                }}
            }
        }),
    ))
});

/// A guardian's answer, as its schema has it.
#[derive(Deserialize)]
pub struct Edits {
    edits: Vec<Edit>,
}

/// One proposed edit.
#[derive(Clone, Serialize, Deserialize)]
pub struct Edit {
    op: Op,
    item: Option<i64>,
    text: Option<PatientText>,
    category: Option<Category>,
    harm_type: HarmType,
    severity: Severity,
    reason: PatientText,
    confidence: f64,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Op {
    Add,
    Remove,
    Modify,
}

/// The plan as a guardian sees it: numbered, with the support of each item.
pub fn block(book: &Book, drafts: usize) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(2048);
    // Writing to a String cannot fail.
    let _ = writeln!(text, "Assessment: {}", book.assessment().expose());
    for (index, item) in book.items().enumerate() {
        let _ = write!(text, "{}. {}", index + 1, item.text.expose());
        if item.basis.is_empty() {
            text.push_str(" [added by an earlier safety check]\n");
        } else {
            let _ = writeln!(
                text,
                " [supported by {} of {drafts} drafts]",
                item.support()
            );
        }
    }
    text
}

/// Removals and rewordings that were proposed and refused as protected, by the item's words:
/// a second, different guardian that proposes the same is the second voice
/// that such a removal needs.
#[derive(Debug, Default)]
pub struct RefusedRemovals(BTreeMap<PatientText, BTreeSet<String>>);

/// What one guardian has used up of its limits.
#[derive(Default)]
struct Used {
    edits: usize,
    added: usize,
    removed: usize,
}

/// Applies a guardian's edits under the limits of the panel. Numbers refer to
/// the plan as the guardian saw it. Edits are taken in the guardian's order,
/// the most important first; each that breaks a rule is recorded with the rule
/// and changes nothing.
pub fn apply(
    book: &mut Book,
    guardian: &str,
    answer: Edits,
    limits: &EditLimits,
    vendor_of: &BTreeMap<String, String>,
    refused_before: &mut RefusedRemovals,
) {
    let seen: Vec<Recommendation> = book.items().cloned().collect();
    let words_before = plan_words(book.assessment(), book.items());
    let stage = format!("guardian:{guardian}");
    let mut used = Used::default();
    let mut touched: BTreeSet<usize> = BTreeSet::new();
    let mut gone: Vec<(usize, Why)> = Vec::new();

    for edit in answer.edits {
        let verdict = (|| {
            if used.edits >= limits.max_edits {
                return Err(format!("at most {} edits", limits.max_edits));
            }
            let target = target(&edit, &seen, &touched)?;
            let text = new_words(&edit)?;
            let grown = plan_words(book.assessment(), book.items()).saturating_sub(words_before);
            match (edit.op, target, text) {
                (Op::Add, _, Some(text)) => {
                    if used.added >= limits.max_added {
                        return Err(format!("at most {} added items", limits.max_added));
                    }
                    if book
                        .items()
                        .any(|item| super::same_words(&item.text, &text))
                    {
                        return Err("the plan has this item already".to_owned());
                    }
                    if grown + words(text.expose()) > limits.max_added_words {
                        return Err(format!("at most {} added words", limits.max_added_words));
                    }
                    book.add(guardian, text, edit.category, omitted(&edit), &why(&edit));
                    used.added += 1;
                }
                (Op::Modify, Some(index), Some(text)) => {
                    let longer =
                        words(text.expose()).saturating_sub(words(seen[index].text.expose()));
                    if grown + longer > limits.max_added_words {
                        return Err(format!("at most {} added words", limits.max_added_words));
                    }
                    if super::same_words(&seen[index].text, &text) {
                        return Err("it changes nothing".to_owned());
                    }
                    // What is only made more exact stays; other words in its
                    // place are a removal, and protected like one.
                    if !only_adds(&seen[index].text, &text) {
                        if used.removed >= limits.max_removed {
                            return Err(format!(
                                "at most {} items removed or reworded",
                                limits.max_removed
                            ));
                        }
                        protected(&seen[index], guardian, limits, vendor_of, refused_before)?;
                        used.removed += 1;
                    }
                    book.modify(guardian, index, text, omitted(&edit), &why(&edit));
                    touched.insert(index);
                }
                (Op::Remove, Some(index), _) => {
                    if used.removed >= limits.max_removed {
                        return Err(format!("at most {} removed items", limits.max_removed));
                    }
                    protected(&seen[index], guardian, limits, vendor_of, refused_before)?;
                    gone.push((index, why(&edit)));
                    touched.insert(index);
                    used.removed += 1;
                }
                _ => return Err("it names no item or no words".to_owned()),
            }
            used.edits += 1;
            Ok(())
        })();
        if let Err(rule) = verdict {
            book.refuse(guardian, as_proposed(&edit), &rule);
        }
    }
    // Additions stand behind the items that were seen, so the indices hold.
    book.remove(&stage, "removed", &gone);
}

/// An edit as JSON text, for the ledger.
fn as_proposed(edit: &Edit) -> PatientText {
    PatientText::from(serde_json::to_string(edit).unwrap_or_default())
}

fn why(edit: &Edit) -> Why {
    Why {
        reason: edit.reason.clone(),
        edit: Some(as_proposed(edit)),
    }
}

/// How severe the guardian says it would be to leave the item out.
fn omitted(edit: &Edit) -> Option<Severity> {
    (edit.harm_type == HarmType::Omission).then_some(edit.severity)
}

/// Does the new wording begin with the old one, so that it only adds to it?
fn only_adds(old: &PatientText, new: &PatientText) -> bool {
    let mut new = super::bare_words(new);
    super::bare_words(old).all(|word| new.next() == Some(word))
}

/// The item that an edit is about, as an index into the plan that was seen.
fn target(
    edit: &Edit,
    seen: &[Recommendation],
    touched: &BTreeSet<usize>,
) -> Result<Option<usize>, String> {
    if edit.op == Op::Add {
        return Ok(None);
    }
    let number = edit.item.ok_or("it names no item")?;
    let index = usize::try_from(number)
        .ok()
        .and_then(|n| n.checked_sub(1))
        .filter(|&i| i < seen.len())
        .ok_or_else(|| format!("the plan has no item {number}"))?;
    if touched.contains(&index) {
        return Err(format!("item {number} was edited already"));
    }
    Ok(Some(index))
}

/// The new words of an edit, in one line; additions and changes need some.
fn new_words(edit: &Edit) -> Result<Option<PatientText>, String> {
    let text = edit.text.as_ref().map(super::one_line);
    match edit.op {
        Op::Remove => Ok(None),
        Op::Add | Op::Modify => match text {
            Some(text) if !text.is_blank() => Ok(Some(text)),
            _ => Err("it has no words".to_owned()),
        },
    }
}

/// Refuses the removal of an item that several vendors drafted, unless a
/// different guardian proposed it before.
fn protected(
    item: &Recommendation,
    guardian: &str,
    limits: &EditLimits,
    vendor_of: &BTreeMap<String, String>,
    refused_before: &mut RefusedRemovals,
) -> Result<(), String> {
    let agents = item.basis.iter().map(|b| b.agent.as_str());
    let voices = refused_before.0.entry(item.text.clone()).or_default();
    alone(agents, guardian, limits, vendor_of, voices).map_err(|vendors| {
        format!("{vendors} vendors drafted it: one guardian alone does not remove or reword it")
    })
}

/// Is a guardian alone in wanting to take out what these agents stand behind,
/// and are they of as many vendors as the limits protect? `voices`: the
/// guardians who wanted it before; this one is added.
///
/// # Errors
/// The number of vendors, if so.
pub(super) fn alone<'a>(
    agents: impl Iterator<Item = &'a str>,
    guardian: &str,
    limits: &EditLimits,
    vendor_of: &'a BTreeMap<String, String>,
    voices: &mut BTreeSet<String>,
) -> Result<(), usize> {
    let vendors: BTreeSet<&str> = agents
        .map(|agent| vendor_of.get(agent).map_or(agent, |v| v))
        .collect();
    if vendors.len() < limits.protect_vendors {
        return Ok(());
    }
    voices.insert(guardian.to_owned());
    if voices.len() >= 2 {
        return Ok(());
    }
    Err(vendors.len())
}

//! What happened to an item: an event, a guardian's edit and what was said of
//! it, and the edits that rules refused.

use serde::Deserialize;

use super::GuardianStep;
use crate::clinical::ledger::RefusedEdit;
use crate::clinical::{Check, CheckVerdict, LedgerEvent, PatientText, Severity};
use crate::report::answer_terminal::severity_word;
use crate::report::page::Page;

/// A guardian's edit or flip as it was proposed. Every field may be missing:
/// what is stored is shown as far as it can be read.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Proposed {
    op: String,
    item: Option<i64>,
    option: Option<i64>,
    grade: String,
    text: Option<PatientText>,
    harm_type: String,
    severity: String,
    reason: Option<PatientText>,
    confidence: Option<f64>,
}

impl Proposed {
    fn read(edit: &PatientText) -> Self {
        serde_json::from_str(edit.expose()).unwrap_or_default()
    }

    /// `severe omission, confidence 0.80`.
    fn stakes(&self) -> String {
        let harm = [self.severity.to_lowercase(), self.harm_type.clone()];
        let mut words: Vec<String> = Vec::new();
        let harm: Vec<String> = harm.into_iter().filter(|word| !word.is_empty()).collect();
        if !harm.is_empty() {
            words.push(harm.join(" "));
        }
        if let Some(confidence) = self.confidence {
            words.push(format!("confidence {confidence:.2}"));
        }
        words.join(", ")
    }

    /// What was to be done, in words.
    fn wish(&self) -> String {
        let about = |number: Option<i64>| {
            number.map_or_else(
                || "an item that it did not name".to_owned(),
                |n| format!("item {n} of the plan that it saw"),
            )
        };
        match (self.op.as_str(), self.option) {
            ("add", _) => format!("add “{}”", self.words()),
            ("remove", _) => format!("remove {}", about(self.item)),
            ("modify", _) => format!("change {} into “{}”", about(self.item), self.words()),
            (_, Some(option)) => format!("grade option {option} {}", self.grade),
            _ => "an edit that cannot be read".to_owned(),
        }
    }

    fn words(&self) -> &str {
        self.text.as_ref().map_or("", PatientText::expose)
    }
}

/// One event of an item. `whose`: the items that it happened to, where not all
/// of a group are meant.
pub(super) fn event(page: &mut Page, indent: usize, event: &LedgerEvent, whose: Option<&str>) {
    let mut words = event.what.clone();
    if let Some(whose) = whose {
        words.push_str(&format!(" ({whose})"));
    }
    let proposed = event.edit.as_ref().map(Proposed::read);
    let stakes = proposed.as_ref().map(Proposed::stakes).unwrap_or_default();
    if !stakes.is_empty() {
        words.push_str(&format!(" ({stakes})"));
    }
    if !event.reason.is_blank() {
        words.push_str(&format!(": {}", event.reason.expose()));
    }
    page.hang(indent, &format!("{}: ", event.stage), &words);
    if let Some(before) = &event.before {
        page.hang(indent + 2, "before: ", before.expose());
        if let Some(after) = proposed.as_ref().and_then(|edit| edit.text.as_ref()) {
            page.hang(indent + 2, "after:  ", after.expose());
        }
    }
    checks(page, indent + 2, &event.checks);
}

/// What agents said of an edit.
fn checks(page: &mut Page, indent: usize, checks: &[Check]) {
    for check in checks {
        let severity = check
            .severity
            .map(|severity: Severity| format!(" ({})", severity_word(severity)))
            .unwrap_or_default();
        let verdict = match check.verdict {
            CheckVerdict::Agree => "agrees",
            CheckVerdict::Neutral => "is neutral",
            CheckVerdict::Object => "objects",
        };
        let reason = if check.reason.is_blank() {
            String::new()
        } else {
            format!(": {}", check.reason.expose())
        };
        let words = format!("{verdict}{severity}{reason}");
        page.hang(indent, &format!("{} ", check.agent), &words);
    }
}

/// What each guardian's edits came to.
pub(super) fn guardians(page: &mut Page, steps: &[GuardianStep]) {
    if steps.is_empty() {
        return;
    }
    page.heading("Guardians");
    for step in steps {
        let words = format!(
            "{}: {} carried out, {} refused",
            step.guardian, step.applied, step.refused
        );
        page.hang(2, "", &words);
    }
}

/// Edits that rules refused.
pub(super) fn refused(page: &mut Page, refused: &[RefusedEdit]) {
    if refused.is_empty() {
        return;
    }
    page.heading("Refused edits");
    for edit in refused {
        let proposed = Proposed::read(&edit.edit);
        let wish = format!("wanted to {}", proposed.wish());
        page.hang(2, &format!("{} ", edit.guardian), &wish);
        let mut why = proposed.stakes();
        if let Some(reason) = proposed.reason.as_ref().filter(|r| !r.is_blank()) {
            if !why.is_empty() {
                why.push_str(": ");
            }
            why.push_str(reason.expose());
        }
        if !why.is_empty() {
            page.hang(6, "", &why);
        }
        checks(page, 6, &edit.checks);
        page.hang(6, "refused: ", &edit.rule);
    }
}

//! What happened to an item: an event, a guardian's edit and what was said of
//! it, and the edits that rules refused.

use std::borrow::Cow;

use serde::Deserialize;

use super::GuardianStep;
use crate::clinical::ledger::RefusedEdit;
use crate::clinical::{Check, CheckVerdict, LedgerEvent, PatientText, Severity};
use crate::report::answer_terminal::severity_word;
use crate::report::page::Page;

/// Most characters of a quoted text or reason: a guardian that floods must not
/// fill the reader's screen.
const LONGEST: usize = 200;

/// Refused edits of one rule that are told in full.
const IN_FULL: usize = 3;

/// A text, cut where it is long.
pub(super) fn brief(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST) {
        None => Cow::Borrowed(text),
        Some((end, _)) => format!("{}…", text[..end].trim_end()).into(),
    }
}

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

    fn words(&self) -> Cow<'_, str> {
        brief(self.text.as_ref().map_or("", PatientText::expose))
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
        words.push_str(&format!(": {}", brief(event.reason.expose())));
    }
    page.hang(indent, &format!("{}: ", event.stage), &words);
    if let Some(before) = &event.before {
        page.hang(indent + 2, "before: ", &brief(before.expose()));
        if let Some(after) = proposed.as_ref().and_then(|edit| edit.text.as_ref()) {
            page.hang(indent + 2, "after:  ", &brief(after.expose()));
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
            format!(": {}", brief(check.reason.expose()))
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

/// Edits that were refused, together by the rule, in the order in which each
/// rule was first met.
pub(super) fn refused(page: &mut Page, refused: &[RefusedEdit]) {
    if refused.is_empty() {
        return;
    }
    page.heading("Refused edits");
    let mut rules: Vec<(&str, Vec<&RefusedEdit>)> = Vec::new();
    for edit in refused {
        match rules.iter_mut().find(|(rule, _)| *rule == edit.rule) {
            Some((_, edits)) => edits.push(edit),
            None => rules.push((&edit.rule, vec![edit])),
        }
    }
    for (rule, edits) in rules {
        page.hang(2, &format!("{} x ", edits.len()), rule);
        for edit in edits.iter().take(IN_FULL) {
            one_refused(page, edit);
        }
        let more = edits.len().saturating_sub(IN_FULL);
        if more > 0 {
            page.hang(6, "", &format!("and {more} more; --json has all"));
        }
    }
}

fn one_refused(page: &mut Page, edit: &RefusedEdit) {
    let proposed = Proposed::read(&edit.edit);
    let wish = format!("wanted to {}", proposed.wish());
    page.hang(6, &format!("{} ", edit.guardian), &wish);
    let mut why = proposed.stakes();
    if let Some(reason) = proposed.reason.as_ref().filter(|r| !r.is_blank()) {
        if !why.is_empty() {
            why.push_str(": ");
        }
        why.push_str(&brief(reason.expose()));
    }
    if !why.is_empty() {
        page.hang(8, "", &why);
    }
    checks(page, 8, &edit.checks);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_told_in_few_lines() {
        let edit = serde_json::json!({
            "op": "add", "text": "word ".repeat(400), "reason": "why ".repeat(400),
        });
        let one = RefusedEdit {
            guardian: "gus".to_owned(),
            edit: edit.to_string().into(),
            rule: "at most 5 edits".to_owned(),
            checks: Vec::new(),
        };
        let mut page = Page::new(Some(80));
        refused(&mut page, &vec![one; 60]);
        let text = page.finish();
        assert!(text.contains("60 x at most 5 edits"), "{text}");
        assert!(text.contains("and 57 more"), "{text}");
        assert!(text.contains('…'), "{text}");
        assert!(text.lines().count() < 40, "{text}");
    }
}

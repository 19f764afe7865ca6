//! A second opinion on edits: what the agents answer who are asked before an
//! edit is carried out. A severity that a guardian states is a claim; it
//! unlocks nothing by itself.

use std::sync::Arc;

use serde::Deserialize;

use crate::clinical::{Check, CheckVerdict, PatientText, Severity};
use crate::deliberation::said;
use crate::gateway::Schema;
use crate::gateway::shape::{NONE, list, numbered, object, reference, remark, word};

/// What a checker must answer about so many edits: a verdict on each.
pub fn schema(edits: usize) -> Arc<Schema> {
    let check = object([
        ("edit", reference(numbered("E", 1..=edits as i64))),
        ("verdict", word(&["agree", "neutral", "object"])),
        ("severity", word(&["Severe", "Moderate", "Mild", NONE])),
        ("reason", remark()),
    ]);
    Arc::new(Schema::new(
        "primum_checks",
        object([("checks", list(check, edits, edits))]),
    ))
}

/// A checker's answer, as its schema has it.
#[derive(Deserialize)]
pub struct CheckAnswer {
    checks: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    edit: String,
    verdict: CheckVerdict,
    #[serde(deserialize_with = "said::word")]
    severity: Option<Severity>,
    reason: PatientText,
}

/// The place of an edit that is called `E3`, `[e3]` or `3`.
fn place(name: &str) -> Option<usize> {
    let number = name
        .trim_matches(|c: char| !c.is_ascii_alphanumeric())
        .trim_start_matches(['E', 'e'])
        .parse::<usize>();
    number.ok()?.checked_sub(1)
}

/// What was said of each proposal, in their order.
#[derive(Clone, Debug, Default)]
pub struct Checked(Vec<Vec<Check>>);

impl Checked {
    /// Nothing was said of so many proposals.
    pub fn nothing(proposals: usize) -> Self {
        Self(vec![Vec::new(); proposals])
    }

    /// Enters one checker's answer: of several verdicts on one edit the first
    /// counts, and references to nothing are dropped. Returns false when
    /// the answer says something and none of it is about a proposal.
    pub fn enter(&mut self, agent: &str, answer: CheckAnswer) -> bool {
        let mut about = answer.checks.is_empty();
        for one in answer.checks {
            let checks = place(&one.edit).and_then(|place| self.0.get_mut(place));
            let Some(checks) = checks else {
                continue;
            };
            about = true;
            if checks.iter().any(|check| check.agent == agent) {
                continue;
            }
            checks.push(Check {
                agent: agent.to_owned(),
                verdict: one.verdict,
                severity: one.severity.filter(|_| one.verdict == CheckVerdict::Object),
                reason: crate::deliberation::one_line(&one.reason),
            });
        }
        about
    }

    /// What was said of a proposal.
    pub fn of(&self, place: usize) -> &[Check] {
        self.0.get(place).map_or(&[], Vec::as_slice)
    }
}

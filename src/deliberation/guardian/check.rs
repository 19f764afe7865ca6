//! A second opinion on edits: what the agents answer who are asked before an
//! edit is carried out. A severity that a guardian states is a claim; it
//! unlocks nothing by itself.

use std::sync::{Arc, LazyLock};

use serde::Deserialize;
use serde_json::json;

use crate::clinical::{Check, CheckVerdict, PatientText, Severity};
use crate::gateway::Schema;

/// What a checker must answer.
pub static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    Arc::new(Schema::new(
        "primum_checks",
        json!({
            "title": "primum_checks",
            "type": "object",
            "additionalProperties": false,
            "required": ["checks"],
            "properties": {
                "checks": {"type": "array", "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["edit", "verdict", "severity", "reason"],
                    "properties": {
                        "edit": {"type": "string"},
                        "verdict": {"enum": ["agree", "neutral", "object"]},
                        "severity": {"enum": ["Severe", "Moderate", "Mild", null]},
                        "reason": {"type": "string"}
                    }
                }}
            }
        }),
    ))
});

/// A checker's answer, as its schema has it.
#[derive(Deserialize)]
pub struct CheckAnswer {
    checks: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    edit: String,
    verdict: CheckVerdict,
    severity: Option<Severity>,
    reason: PatientText,
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
            let place = one
                .edit
                .trim_matches(|c: char| !c.is_ascii_alphanumeric())
                .trim_start_matches(['E', 'e'])
                .parse::<usize>()
                .ok()
                .and_then(|number| number.checked_sub(1));
            let Some(checks) = place.and_then(|place| self.0.get_mut(place)) else {
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

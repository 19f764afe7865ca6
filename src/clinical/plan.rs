//! A plan: a short assessment and numbered recommendations.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::harm::Severity;
use super::text::PatientText;

/// Kind of action, as the benchmark names them.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Category {
    /// Tests and imaging.
    Diagnostic,
    /// Drugs: start, stop, change.
    Medication,
    /// Interventions.
    Procedure,
    /// Advice to the patient.
    Counseling,
    /// Referrals and return visits.
    #[serde(rename = "Follow-up")]
    FollowUp,
}

/// One drafted item: which advisor wrote it, and its number in that draft
/// (from 1). Written `ada#3`.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct DraftRef {
    /// Name of the advisor in the panel.
    pub agent: String,
    /// Number of the item in the advisor's draft, from 1.
    pub number: usize,
}

impl fmt::Display for DraftRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.agent, self.number)
    }
}

/// One numbered item of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recommendation {
    /// The action in words, one line.
    pub text: PatientText,
    /// Kind of action, where an agent named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// How soon, in the agent's words (`now`, `within 2 weeks`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<PatientText>,
    /// Under which condition, in the agent's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<PatientText>,
    /// The drafted items that it rests on, sorted. Empty for an item that a
    /// guardian added.
    #[serde(default)]
    pub basis: Vec<DraftRef>,
    /// The guardian that added it or changed its words last, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_by: Option<String>,
    /// How severe an agent said it would be to leave it out. `Severe` items
    /// are never cut for the word budget (design rule 13).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity_if_omitted: Option<Severity>,
    /// Agents who support it, in the panel's order: those who drafted it, or
    /// say the same in other words, or came to want it. Empty: those of the
    /// basis.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supporters: Vec<String>,
    /// Agents who spoke against it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objectors: Vec<String>,
    /// Median rating from 1 to 9, where it was rated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<f64>,
}

impl Recommendation {
    /// A plain item from a draft.
    pub fn drafted(text: impl Into<PatientText>, basis: DraftRef) -> Self {
        Self {
            text: text.into(),
            category: None,
            urgency: None,
            condition: None,
            basis: vec![basis],
            edited_by: None,
            severity_if_omitted: None,
            supporters: Vec::new(),
            objectors: Vec::new(),
            rating: None,
        }
    }

    /// The agents who support it, each once.
    pub fn backers(&self) -> Vec<&str> {
        let mut agents: Vec<&str> = if self.supporters.is_empty() {
            self.basis.iter().map(|b| b.agent.as_str()).collect()
        } else {
            self.supporters.iter().map(String::as_str).collect()
        };
        agents.sort_unstable();
        agents.dedup();
        agents
    }

    /// How many different agents support it.
    pub fn support(&self) -> usize {
        self.backers().len()
    }
}

/// What a panel, or an advisor alone, recommends.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// One or two sentences.
    pub assessment: PatientText,
    /// The numbered items, in order.
    pub items: Vec<Recommendation>,
}

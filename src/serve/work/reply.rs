//! The answer to a consult as the service keeps and shows it: how it ended
//! first, then the plan with what each item rests on.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clinical::ledger::Origin;
use crate::clinical::money;
use crate::clinical::{
    Category, Dissent, GradeLedger, GradedOption, Ledger, LedgerCandidate, Outcome, PatientText,
    Recommendation, Severity, Simulated,
};
use crate::consult::stand_ins;
use crate::deliberation::escalation;
use crate::deliberation::options::GradedAnswer;
use crate::gateway::{Journal, Usage};
use crate::panel::model::Panel;
use crate::report::Answer;
use crate::report::answer::{Asked, Source, notices};

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reply {
    /// How the consult ended; null while it has not.
    pub outcome: Option<Outcome>,
    /// True when the panel abstained: the plan must not be used unreviewed.
    pub needs_human: bool,
    /// Which parts of the panel that answered are simulated.
    #[serde(flatten)]
    pub simulated: Simulated,
    /// What must be shown with the answer, wherever it is shown.
    pub notices: Vec<String>,
    /// The plan as text, opened by its state.
    pub text: Option<PatientText>,
    /// One or two sentences.
    pub assessment: PatientText,
    /// The numbered items.
    pub items: Vec<Item>,
    /// The grades, when options were to be graded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grades: Vec<GradedOption>,
    /// Disagreement that a reader must know of, also in a complete answer.
    pub dissent: Vec<Dissent>,
    /// What the panel needs to know and the question does not say.
    pub missing: Vec<String>,
    /// What happened that changes no outcome.
    pub notes: Vec<String>,
    /// Who was asked, in the order of the stages.
    pub stages: Vec<Asked>,
    /// What took how long.
    pub timings: Timings,
    /// Tokens and dollars of all calls.
    pub usage: Tokens,
    /// Who answered, and by which rules; null while there is no answer.
    pub source: Option<Source>,
    /// The life of every recommendation.
    pub ledger: Ledger,
    /// The life of every grade, when options were to be graded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade_ledger: Option<GradeLedger>,
}

/// Seconds of the service's own clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timings {
    /// In the queue.
    pub queued_seconds: f64,
    /// From the first question to the plan.
    pub deliberation_seconds: f64,
    /// Calls along the critical path, as far as they were waited for.
    pub models_seconds: f64,
}

/// Tokens and dollars of all calls, retries and repairs included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tokens {
    /// Tokens of all prompts.
    pub prompt_tokens: u64,
    /// Tokens of all answers, reasoning included.
    pub completion_tokens: u64,
    /// Their sum.
    pub total_tokens: u64,
    /// Answers that were bought.
    pub calls: u64,
    /// Dollars; models without a price count as nothing. Attempts without an
    /// answer are among them where they may be billed.
    pub usd: f64,
    /// The part of them that is estimated, because no provider said what it
    /// took.
    #[serde(default, skip_serializing_if = "money::is_nothing")]
    pub usd_estimated: f64,
}

impl Tokens {
    /// What a request's journal holds.
    pub fn of(journal: &Journal) -> Self {
        let calls = journal.calls().unwrap_or_default();
        let sum = |of: fn(&Usage) -> u64| calls.iter().map(|call| of(&call.usage)).sum();
        let (prompt_tokens, completion_tokens): (u64, u64) =
            (sum(|usage| usage.prompt), sum(|usage| usage.completion));
        let spent = journal.spent().unwrap_or_default();
        Self {
            prompt_tokens,
            completion_tokens,
            total_tokens: prompt_tokens + completion_tokens,
            calls: calls.len() as u64,
            usd: spent.usd,
            usd_estimated: spent.estimated_usd,
        }
    }
}

/// One item of the plan, with what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    /// Its number, from 1.
    pub number: usize,
    /// The action in words.
    pub text: PatientText,
    /// Kind of action.
    pub category: Option<Category>,
    /// How soon.
    pub urgency: Option<PatientText>,
    /// Under which condition.
    pub condition: Option<PatientText>,
    /// The drafted items that it rests on. Empty for an item that a guardian
    /// added.
    pub basis: Vec<Basis>,
    /// Who supports it.
    pub support: Support,
    /// Agents who spoke against it.
    pub objectors: Vec<String>,
    /// How severe an agent said it would be to leave it out.
    pub severity_if_omitted: Option<Severity>,
    /// The guardian that added it or changed its words last.
    pub edited_by: Option<String>,
    /// What the panel decided on the candidates behind it: votes, ratings and
    /// their reasons.
    pub evidence: Vec<LedgerCandidate>,
    /// What happened to it, from the drafts to the plan.
    pub history: Vec<Happened>,
}

/// A drafted item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Basis {
    /// The advisor.
    pub agent: String,
    /// The vendor of its model.
    pub vendor: String,
    /// Number of the item in its draft.
    pub number: usize,
    /// Its words there.
    pub text: PatientText,
}

/// Who supports an item.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Support {
    /// The agents.
    pub agents: Vec<String>,
    /// Of how many advisors.
    pub of: usize,
    /// How many vendors these agents' models are of.
    pub vendors: usize,
}

/// Something that happened to an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Happened {
    /// To which first wording: `ada#2`, or the agent that added it.
    pub origin: String,
    /// Stage and agent.
    pub stage: String,
    /// What was done.
    pub what: String,
    /// Why.
    pub reason: PatientText,
}

/// What a request took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Took {
    /// Seconds in the queue.
    pub queued: f64,
    /// Seconds of the deliberation.
    pub deliberation: f64,
}

/// The reply of a panel that answered with a plan.
pub fn of_answer(
    answer: Answer,
    panel: &Panel,
    question: &str,
    took: Took,
    usage: Tokens,
) -> Reply {
    let text = answer.text.as_ref().map_or("", PatientText::expose);
    let missing = escalation::missing(&panel.escalation.needs, question, text);
    let missing = missing.into_iter().map(str::to_owned).collect();
    let vendors = vendors(panel);
    let items = answer.plan.items.iter().enumerate();
    let items = items
        .map(|(at, item)| item_of(at + 1, item, &answer.ledger, panel, &vendors))
        .collect();
    Reply {
        outcome: Some(answer.outcome),
        needs_human: answer.needs_human,
        simulated: answer.simulated,
        notices: answer.notices,
        text: answer.text,
        assessment: answer.plan.assessment,
        items,
        grades: Vec::new(),
        dissent: answer.dissent,
        missing,
        notes: answer.notes,
        stages: answer.stages,
        timings: timings(took, answer.seconds),
        usage,
        source: Some(answer.source),
        ledger: answer.ledger,
        grade_ledger: None,
    }
}

/// The reply of a panel that graded options. `text` is the array of grades.
pub fn of_grades(
    answer: GradedAnswer,
    text: PatientText,
    source: Source,
    panel: &Panel,
    took: Took,
    usage: Tokens,
) -> Reply {
    let simulated = stand_ins::simulated_answer(panel);
    let failed = matches!(answer.outcome, Outcome::Failed { .. });
    Reply {
        needs_human: matches!(answer.outcome, Outcome::Abstained { .. }),
        outcome: Some(answer.outcome),
        notices: notices(&simulated, stand_ins::caveats_of_answer(panel)),
        simulated,
        text: (!failed).then_some(text),
        grades: answer.grades,
        notes: answer.notes,
        timings: timings(took, answer.seconds),
        usage,
        source: Some(source),
        grade_ledger: Some(answer.ledger),
        ..Reply::default()
    }
}

fn timings(took: Took, models: f64) -> Timings {
    Timings {
        queued_seconds: took.queued,
        deliberation_seconds: took.deliberation,
        models_seconds: models,
    }
}

/// The vendor of every agent, by name.
fn vendors(panel: &Panel) -> BTreeMap<&str, &str> {
    let agents = panel.advisors.iter().chain(&panel.guardians);
    agents
        .chain(&panel.moderator)
        .map(|agent| (agent.name.as_str(), agent.vendor.as_str()))
        .collect()
}

fn item_of(
    number: usize,
    item: &Recommendation,
    ledger: &Ledger,
    panel: &Panel,
    vendors: &BTreeMap<&str, &str>,
) -> Item {
    let vendor = |agent: &str| vendors.get(agent).copied().unwrap_or_default();
    let words = |agent: &str, of: usize| {
        let entry = ledger.entries.iter().find(|entry| match &entry.origin {
            Origin::Draft(draft) => draft.agent == agent && draft.number == of,
            _ => false,
        });
        entry.map(|entry| entry.text.clone()).unwrap_or_default()
    };
    let basis = item.basis.iter().map(|draft| Basis {
        agent: draft.agent.clone(),
        vendor: vendor(&draft.agent).to_owned(),
        number: draft.number,
        text: words(&draft.agent, draft.number),
    });
    let backers = item.backers();
    let mut of_vendors: Vec<&str> = backers.iter().map(|agent| vendor(agent)).collect();
    of_vendors.sort_unstable();
    of_vendors.dedup();
    let carried = || {
        let entries = ledger.entries.iter();
        entries.filter(move |entry| entry.fate.numbers().contains(&number))
    };
    let history = carried().flat_map(|entry| {
        let origin = match &entry.origin {
            Origin::Draft(draft) => draft.to_string(),
            Origin::Guardian(name) | Origin::Moderator(name) => name.clone(),
        };
        entry.events.iter().map(move |event| Happened {
            origin: origin.clone(),
            stage: event.stage.clone(),
            what: event.what.clone(),
            reason: event.reason.clone(),
        })
    });
    let evidence = ledger.candidates.iter().filter(|candidate| {
        carried().any(|entry| entry.candidate.as_deref() == Some(candidate.id.as_str()))
    });
    Item {
        number,
        text: item.text.clone(),
        category: item.category,
        urgency: item.urgency.clone(),
        condition: item.condition.clone(),
        basis: basis.collect(),
        support: Support {
            agents: backers.iter().map(|&agent| agent.to_owned()).collect(),
            of: panel.advisors.len(),
            vendors: of_vendors.len(),
        },
        objectors: item.objectors.clone(),
        severity_if_omitted: item.severity_if_omitted,
        edited_by: item.edited_by.clone(),
        evidence: evidence.cloned().collect(),
        history: history.collect(),
    }
}

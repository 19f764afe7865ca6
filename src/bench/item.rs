//! One item of one arm: answer, judgment, score.

use std::sync::Arc;

use futures::future::try_join_all;
use serde::{Deserialize, Serialize};

use crate::clinical::{Dissent, Ledger, Outcome, PatientText, Plan, PlanFlow};
use crate::deliberation::{
    AskedDraft, Conduct, Consult, Interrupted, StageRecord, Stages, Step, Told, Unusable,
    ask_draft, deliberate,
};
use crate::gateway::{Answer, FailureKind, Gateway};
use crate::panel::model::{Agent, Panel};
use crate::report::JudgedStep;
use crate::score::JudgedRecord;

use super::arm::ArmKind;
use super::flow::{JudgedFlow, Ledgering, judge_flow, traced};
use super::schedule::{Bench, Task};
use super::self_ensemble;
use super::solo_cut::cut;
use super::texts::Texts;
use super::verdict::Verdict;

/// What an item came to. This is what the run's store keeps, texts included.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ItemResult {
    /// How the consult ended.
    pub outcome: Outcome,
    /// The answer as its reader would get it.
    pub text: Option<PatientText>,
    /// The plan behind it; empty for solo answers.
    pub plan: Plan,
    /// The life of every recommendation; empty for solo answers.
    pub ledger: Ledger,
    /// Disagreement that a reader must know of; empty for solo answers.
    #[serde(default)]
    pub dissent: Vec<Dissent>,
    /// The text after the consensus and after each guardian.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// Of a whole panel: these texts, judged.
    #[serde(default)]
    pub judged_steps: Vec<JudgedStep>,
    /// Of a whole panel, where harms are followed: every stage, judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<JudgedFlow>,
    /// Of a self-ensemble: its members' own drafts, judged. They are no arms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<MemberResult>,
    /// What happened that changes no outcome.
    pub notes: Vec<String>,
    /// What was asked, in the order of the stages; empty for solo answers.
    #[serde(default)]
    pub stages: Vec<StageRecord>,
    /// What came with the answers of agents, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Told>,
    /// Dollars of the answer, the judge left out.
    pub usd: Option<f64>,
    /// Seconds along the critical path.
    pub seconds: Option<f64>,
    /// The judged and scored record.
    pub judged: Option<JudgedRecord>,
    /// Why there is no score.
    pub unscored: Option<String>,
    /// What the judge said, with the hashes of its prompts.
    #[serde(default)]
    pub verdict: Option<Verdict>,
    /// Options that the judge left out even when asked again.
    #[serde(default)]
    pub judge_left_out: Vec<i64>,
    /// Options that the judge called recommended without words of the answer to
    /// show for it, even when asked again; they count as not recommended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub judge_unproved: Vec<i64>,
    /// The record that there would be if the judge were right about these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged_if_proved: Option<JudgedRecord>,
    /// Of a model alone: why a panel would not use its draft. It is the answer
    /// all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unusable: Option<String>,
}

/// What a member of a self-ensemble answered by itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MemberResult {
    /// Its seat.
    pub name: String,
    /// Its draft, judged; `None`: there is no draft, or no judgment of it.
    pub judged: Option<JudgedRecord>,
}

/// Answers, judges and scores one task.
///
/// # Errors
/// [`Interrupted`] when a call was not made: the item is not finished, and
/// nothing may be concluded from it.
pub async fn work(bench: &Bench, gateway: &Gateway, task: Task) -> Result<ItemResult, Interrupted> {
    let item = &bench.items[task.item];
    let consult = Consult {
        item: item.id.as_str().into(),
        trial: task.trial,
        presentation: item.prompt.clone(),
    };
    let (mut result, flow) = answer(bench, gateway, task, &consult).await?;
    score(bench, gateway, task, &consult, (&mut result, flow)).await?;
    Ok(result)
}

async fn answer(
    bench: &Bench,
    gateway: &Gateway,
    task: Task,
    consult: &Consult,
) -> Result<(ItemResult, PlanFlow), Interrupted> {
    let arm = &bench.arms[task.arm];
    let alone = |result| (result, PlanFlow::default());
    let stages = match &arm.kind {
        ArmKind::Panel | ArmKind::SelfEnsemble { .. } => Stages::All,
        ArmKind::PanelWithoutGuardians => Stages::WithoutGuardians,
        ArmKind::Solo(agent) => {
            let whole = draft_alone(&arm.panel, gateway, agent, consult).await?;
            return Ok(alone(whole));
        }
        ArmKind::SoloCut(agent) => {
            let whole = draft_alone(&arm.panel, gateway, agent, consult).await?;
            return Ok(alone(shortened(&arm.panel, agent, whole)));
        }
    };
    let done = deliberate(
        &arm.panel,
        gateway,
        consult,
        &Conduct::new(bench.seed, stages),
    )
    .await?;
    let result = ItemResult {
        text: done.text,
        plan: done.plan,
        ledger: done.ledger,
        dissent: done.dissent,
        steps: done.steps,
        notes: done.notes,
        stages: done.stages,
        told: done.told,
        usd: done.usd,
        seconds: Some(done.seconds),
        ..ItemResult::empty(done.outcome)
    };
    Ok((result, done.flow))
}

/// One agent's answer alone.
async fn draft_alone(
    panel: &Panel,
    gateway: &Gateway,
    agent: &Agent,
    consult: &Consult,
) -> Result<ItemResult, Interrupted> {
    let answer = ask_draft(panel, gateway, agent, consult).await;
    Ok(match Interrupted::check(answer)? {
        Ok(AskedDraft { answer, reading }) => {
            let mut told = Vec::new();
            Told::add(&mut told, &agent.name, &answer.notices);
            ItemResult {
                text: Some(PatientText::new(Arc::clone(&answer.text))),
                notes: Told::notes(&told).collect(),
                told,
                usd: answer.usd,
                seconds: Some(answer.seconds),
                unusable: reading.as_ref().err().map(|why| why.words().to_owned()),
                ..ItemResult::empty(alone(&agent.name, &answer, reading.err()))
            }
        }
        Err(error) => ItemResult {
            usd: Some(0.0),
            ..ItemResult::empty(Outcome::Failed {
                reasons: vec![format!(
                    "{} did not answer: {}",
                    agent.name,
                    error.kind.words()
                )],
            })
        },
    })
}

/// The same answer through the panel's renderer.
fn shortened(panel: &Panel, agent: &Agent, whole: ItemResult) -> ItemResult {
    let Some(draft) = &whole.text else {
        return whole;
    };
    let cut = cut(&agent.name, draft.expose(), panel.budget.words);
    ItemResult {
        text: Some(cut.text),
        plan: cut.plan,
        ledger: cut.ledger,
        notes: whole.notes.iter().cloned().chain(cut.notes).collect(),
        ..whole
    }
}

/// The outcome of a model alone. Its words are the answer, whatever they are: a
/// refusal, or a draft that no panel would use, is scored as the text that a
/// caller would get, and named.
fn alone(name: &str, answer: &Answer, unusable: Option<Unusable>) -> Outcome {
    let mut reasons = answer.troubles(name, "answer");
    let told = answer.ended.is_refused();
    reasons.extend(unusable.filter(|_| !told).map(|why| why.of(name)));
    if reasons.is_empty() {
        Outcome::Complete
    } else {
        Outcome::Degraded { reasons }
    }
}

async fn score(
    bench: &Bench,
    gateway: &Gateway,
    task: Task,
    consult: &Consult,
    (result, flow): (&mut ItemResult, PlanFlow),
) -> Result<(), Interrupted> {
    let item = &bench.items[task.item];
    let Some(text) = result.text.clone().filter(|text| !text.is_blank()) else {
        result.unscored = Some("there is no answer".to_owned());
        return Ok(());
    };
    let texts = Texts {
        bench,
        gateway,
        item,
        consult,
    };
    match texts.judge(&text).await? {
        Ok(judged) => {
            result.judge_left_out.clone_from(&judged.verdict.left_out);
            result.judge_unproved.clone_from(&judged.verdict.unproved);
            result.judged_if_proved = judged.if_proved;
            result.verdict = Some(judged.verdict);
            match judged.record {
                Ok(record) => result.judged = Some(record),
                Err(why) => result.unscored = Some(why),
            }
        }
        Err(why) => result.unscored = Some(why),
    }
    let arm = &bench.arms[task.arm];
    match arm.kind {
        ArmKind::Panel => {
            let answer = (&text, result.judged.as_ref());
            result.judged_steps = texts.judge_steps(&result.steps, answer).await?;
            if bench.ledger != Ledgering::Off {
                let answer = (&text, result.verdict.as_ref());
                let judged = judge_flow(texts, &arm.panel, flow, &result.ledger, answer);
                let judged = traced(bench, &arm.panel, item, &result.ledger, judged.await?);
                result.flow = Some(judged);
            }
        }
        ArmKind::SelfEnsemble { .. } => result.members = members(&arm.panel, texts).await?,
        _ => {}
    }
    Ok(())
}

/// The drafts that a self-ensemble rests on, judged. They are in the journal
/// already; only judging them is new.
async fn members(panel: &Panel, texts: Texts<'_>) -> Result<Vec<MemberResult>, Interrupted> {
    let advisors = self_ensemble::members(panel);
    let judged = advisors.into_iter().map(|advisor| async move {
        let draft = ask_draft(panel, texts.gateway, &advisor, texts.consult).await;
        let judged = match Interrupted::check(draft)? {
            Ok(draft) => texts.record(&PatientText::new(draft.answer.text)).await?,
            Err(_) => None,
        };
        Ok(MemberResult {
            name: advisor.name,
            judged,
        })
    });
    try_join_all(judged).await
}

impl ItemResult {
    fn empty(outcome: Outcome) -> Self {
        Self {
            outcome,
            text: None,
            plan: Plan::default(),
            ledger: Ledger::default(),
            dissent: Vec::new(),
            steps: Vec::new(),
            judged_steps: Vec::new(),
            flow: None,
            members: Vec::new(),
            notes: Vec::new(),
            stages: Vec::new(),
            told: Vec::new(),
            usd: None,
            seconds: None,
            judged: None,
            unscored: None,
            verdict: None,
            judge_left_out: Vec::new(),
            judge_unproved: Vec::new(),
            judged_if_proved: None,
            unusable: None,
        }
    }
}

/// Failures that stop a benchmark run: going on would fail in the same way.
pub const HALTING: [FailureKind; 4] = [
    FailureKind::Refused,
    FailureKind::NotFound,
    FailureKind::Quota,
    FailureKind::Unreachable,
];

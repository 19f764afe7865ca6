//! The stages of a panel's plan, judged, so that harms can be followed through
//! them ([`crate::evidence::ledger`]). Drafts are judged as arms already, and
//! equal texts are one question, so only new texts cost anything.

use std::collections::BTreeSet;

use futures::future::try_join_all;
use serde::{Deserialize, Serialize};

use crate::clinical::{Item, Ledger, PatientText, PlanFlow, PlanStage};
use crate::deliberation::{Interrupted, ask_draft};
use crate::evidence::PanelSeats;
use crate::evidence::ledger::{
    Backing, Change, Flow, ReadStage, Reading, Trace, changes, compose, trace,
};
use crate::panel::model::Panel;
use crate::score::records::response_len;
use crate::score::{Profile, assemble};

use super::item::ItemResult;
use super::schedule::{AnswerKey, Bench};
use super::texts::Texts;
use super::verdict::Verdict;

/// What is judged beyond the answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ledgering {
    /// Nothing: the texts between guardians only.
    #[default]
    Off,
    /// Every stage of every panel.
    Stages,
    /// And what other panels would have answered.
    Confirmed,
}

impl Ledgering {
    /// By the flags `--ledger` and `--confirm`.
    pub fn of(ledger: bool, confirm: bool) -> Self {
        match (ledger, confirm) {
            (_, true) => Self::Confirmed,
            (true, false) => Self::Stages,
            (false, false) => Self::Off,
        }
    }

    /// Texts of one item that are judged for it, at most: the candidates, and
    /// the whole plan after the consensus and after each guardian; then one
    /// for each change.
    pub fn texts(self, panel: &Panel) -> u64 {
        let stages = 2 + panel.guardians.len();
        let further = changes(&guardians(panel), panel.advisors.len()).len();
        match self {
            Self::Off => 0,
            Self::Stages => stages as u64,
            Self::Confirmed => (stages + further) as u64,
        }
    }
}

fn guardians(panel: &Panel) -> Vec<String> {
    let guardians = panel.guardians.iter();
    guardians.map(|guardian| guardian.name.clone()).collect()
}

/// The stages of one answer with what the judge said of them: what the run's
/// store keeps.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct JudgedFlow {
    /// The drafts as read.
    pub drafts: Vec<JudgedStage>,
    /// `pooled`, `consensus`, the guardians, `render`.
    pub stages: Vec<JudgedStage>,
    /// What other panels would have answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confirmed: Vec<JudgedChange>,
    /// Every verdict once: stages of the same words share one.
    pub verdicts: Vec<FlowVerdict>,
    /// What follows from them, so that it can be read without the cases.
    pub trace: Trace,
}

/// A stage, and the place of its verdict.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JudgedStage {
    /// What stood there.
    pub plan: PlanStage,
    /// Place in [`JudgedFlow::verdicts`]; `None`: there is no judgment.
    pub verdict: Option<usize>,
}

/// Another panel's plan, and the place of its verdict.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JudgedChange {
    /// How the panel differs.
    pub change: Change,
    /// Place in [`JudgedFlow::verdicts`]; `None`: there is no judgment.
    pub verdict: Option<usize>,
}

/// A verdict on a text of this length.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FlowVerdict {
    /// Length of the text in Unicode code points.
    pub length: Option<u64>,
    /// What the judge said.
    pub verdict: Verdict,
}

/// Judges the stages of one answer. `answer`: its text, and the verdict on it,
/// which is at hand.
///
/// # Errors
/// [`Interrupted`] when a call was not made.
pub(super) async fn judge_flow(
    texts: Texts<'_>,
    panel: &Panel,
    flow: PlanFlow,
    ledger: &Ledger,
    answer: (&PatientText, Option<&Verdict>),
) -> Result<JudgedFlow, Interrupted> {
    let mut asked = Asked::new(answer);
    let drafts = draft_texts(texts, panel, &flow.drafts).await?;
    let stages: Vec<PatientText> = flow.stages.iter().map(PlanStage::text).collect();
    let changed = match texts.bench.ledger {
        Ledgering::Confirmed => changed(panel, &flow, &backing(ledger)),
        Ledgering::Stages | Ledgering::Off => Vec::new(),
    };
    let new = drafts.iter().flatten().chain(&stages);
    asked
        .judge(texts, new.chain(changed.iter().map(|(_, text)| text)))
        .await?;
    let stage = |(plan, text): (PlanStage, Option<&PatientText>)| JudgedStage {
        verdict: text.and_then(|text| asked.place(text)),
        plan,
    };
    let of_drafts = flow.drafts.into_iter().zip(&drafts);
    Ok(JudgedFlow {
        drafts: of_drafts
            .map(|(plan, text)| stage((plan, text.as_ref())))
            .collect(),
        stages: flow
            .stages
            .into_iter()
            .zip(stages.iter().map(Some))
            .map(stage)
            .collect(),
        confirmed: changed
            .iter()
            .map(|(change, text)| JudgedChange {
                change: change.clone(),
                verdict: asked.place(text),
            })
            .collect(),
        verdicts: asked.verdicts,
        trace: Trace::default(),
    })
}

/// The drafts' own words, which are in the journal already.
async fn draft_texts(
    texts: Texts<'_>,
    panel: &Panel,
    drafts: &[PlanStage],
) -> Result<Vec<Option<PatientText>>, Interrupted> {
    let asked = drafts.iter().map(|draft| async move {
        let mut advisors = panel.advisors.iter();
        let Some(advisor) = advisors.find(|advisor| advisor.name == draft.stage) else {
            return Ok(None);
        };
        let answer = ask_draft(panel, texts.gateway, advisor, texts.consult).await;
        let answer = Interrupted::check(answer)?;
        Ok(answer.ok().map(|draft| PatientText::new(draft.answer.text)))
    });
    try_join_all(asked).await
}

/// The plans of other panels.
fn changed(panel: &Panel, flow: &PlanFlow, backing: &[Backing]) -> Vec<(Change, PatientText)> {
    let stages: Vec<&PlanStage> = flow.stages.iter().collect();
    changes(&guardians(panel), panel.advisors.len())
        .into_iter()
        .filter_map(|change| {
            let plan = compose(&stages, backing, &change)?;
            Some((change, plan.text()))
        })
        .collect()
}

/// Who wanted each candidate.
fn backing(ledger: &Ledger) -> Vec<Backing> {
    let candidates = ledger.candidates.iter();
    candidates
        .map(|candidate| Backing {
            members: candidate.members.clone(),
            voices: candidate.supporters.len(),
        })
        .collect()
}

/// Texts that the judge was asked about, each once.
struct Asked {
    texts: Vec<(PatientText, Option<usize>)>,
    verdicts: Vec<FlowVerdict>,
}

impl Asked {
    fn new((answer, verdict): (&PatientText, Option<&Verdict>)) -> Self {
        let mut asked = Self {
            texts: Vec::new(),
            verdicts: Vec::new(),
        };
        asked.enter(answer, verdict.cloned());
        asked
    }

    fn enter(&mut self, text: &PatientText, verdict: Option<Verdict>) {
        let place = verdict.map(|verdict| {
            self.verdicts.push(FlowVerdict {
                length: response_len(text.expose()),
                verdict,
            });
            self.verdicts.len() - 1
        });
        self.texts.push((text.clone(), place));
    }

    async fn judge<'t>(
        &mut self,
        texts: Texts<'_>,
        new: impl Iterator<Item = &'t PatientText>,
    ) -> Result<(), Interrupted> {
        let known: BTreeSet<PatientText> = self.texts.iter().map(|(t, _)| t.clone()).collect();
        let mut seen = known;
        let new: Vec<&PatientText> = new
            .filter(|text| !text.is_blank() && seen.insert((*text).clone()))
            .collect();
        let judged = new.iter().map(|text| texts.judge(text));
        for (text, judged) in new.iter().zip(try_join_all(judged).await?) {
            // What cannot be scored is no judgment.
            let usable = judged.ok().filter(|judged| judged.record.is_ok());
            self.enter(text, usable.map(|judged| judged.verdict));
        }
        Ok(())
    }

    fn place(&self, text: &PatientText) -> Option<usize> {
        let (_, place) = self.texts.iter().find(|(known, _)| known == text)?;
        *place
    }
}

impl JudgedFlow {
    /// What was read in every stage, ready to be traced. `ledger`: of the same
    /// answer.
    pub fn read(&self, profile: &Profile, key: &AnswerKey, ledger: &Ledger) -> Flow {
        let readings: Vec<Option<Reading>> = self
            .verdicts
            .iter()
            .map(|one| one.reading(profile, key))
            .collect();
        let reading = |place: Option<usize>| readings.get(place?).cloned().flatten();
        let stages = |stages: &[JudgedStage]| -> Vec<ReadStage> {
            let read = stages.iter().map(|stage| ReadStage {
                plan: stage.plan.clone(),
                reading: reading(stage.verdict),
            });
            read.collect()
        };
        Flow {
            drafts: stages(&self.drafts),
            stages: stages(&self.stages),
            backing: backing(ledger),
            confirmed: self
                .confirmed
                .iter()
                .map(|one| (one.change.clone(), reading(one.verdict)))
                .collect(),
        }
    }

    /// The harms through the stages.
    pub fn trace(
        &self,
        profile: &Profile,
        key: &AnswerKey,
        ledger: &Ledger,
        (guardians, advisors): (&[String], usize),
    ) -> Trace {
        let flow = self.read(profile, key, ledger);
        trace(&key.prepared, &flow, guardians, advisors)
    }
}

/// The flow with its harms followed.
pub(super) fn traced(
    bench: &Bench,
    panel: &Panel,
    item: &Item,
    ledger: &Ledger,
    mut flow: JudgedFlow,
) -> JudgedFlow {
    if let Some(key) = bench.key_of(item) {
        let of = (guardians(panel), panel.advisors.len());
        flow.trace = flow.trace(&bench.profile, key, ledger, (&of.0, of.1));
    }
    flow
}

/// The harms of a panel's answer through its stages; `None` where no stage was
/// judged.
pub(super) fn trace_of(
    profile: &Profile,
    seats: &PanelSeats,
    key: &AnswerKey,
    result: &ItemResult,
) -> Option<Trace> {
    let advisors = seats.members.names().count();
    let flow = result.flow.as_ref()?;
    Some(flow.trace(profile, key, &result.ledger, (&seats.guardians, advisors)))
}

impl FlowVerdict {
    fn reading(&self, profile: &Profile, key: &AnswerKey) -> Option<Reading> {
        let Verdict {
            matched, review, ..
        } = &self.verdict;
        let record = assemble(
            profile,
            &key.prepared,
            matched,
            review.as_ref(),
            self.length,
        );
        Some(Reading::of(&record.ok()?, matched))
    }
}

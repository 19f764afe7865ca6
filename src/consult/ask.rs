//! Asking a panel.

use std::collections::{HashMap, VecDeque};

use crate::bench::stand_ins;
use crate::clinical::Outcome;
use crate::deliberation::{Conduct, Consult, Interrupted, StageRecord, Told, deliberate};
use crate::gateway::Gateway;
use crate::gateway::journal::{CallRow, Journal};
use crate::panel::{self, model::Panel};
use crate::report::answer::{Answer, Asked, FORMAT, Source, notices};

/// Answers one consult.
///
/// # Errors
/// [`Interrupted`] when a call was not made: there is no answer, and nothing
/// may be concluded. Every other failure is part of the outcome.
pub async fn ask_panel(
    panel: &Panel,
    gateway: &Gateway,
    consult: &Consult,
    conduct: &Conduct<'_>,
) -> Result<Answer, Interrupted> {
    let done = deliberate(panel, gateway, consult, conduct).await?;
    let simulated = stand_ins::simulated_answer(panel);
    let spent = gateway.journal().spent().unwrap_or_default();
    Ok(Answer {
        format: FORMAT.to_owned(),
        needs_human: matches!(done.outcome, Outcome::Abstained { .. }),
        outcome: done.outcome,
        notices: notices(&simulated, stand_ins::caveats_of_answer(panel)),
        simulated,
        text: done.text,
        plan: done.plan,
        dissent: done.dissent,
        notes: done.notes,
        stages: asked(done.stages, gateway.journal(), consult),
        usd: done.usd,
        usd_is_estimated: Told::is_estimated(&done.told),
        spent_usd: spent.usd,
        spent_usd_estimated: spent.estimated_usd,
        seconds: done.seconds,
        source: source(panel, conduct.run_seed, consult.trial),
        ledger: done.ledger,
        score: None,
    })
}

/// The questions with what each took, as the journal has it. The n-th question
/// to an agent in a stage is its n-th answer there.
fn asked(stages: Vec<StageRecord>, journal: &Journal, consult: &Consult) -> Vec<Asked> {
    let mut answers: HashMap<(String, String), VecDeque<CallRow>> = HashMap::new();
    // Without the journal the answer stands all the same, only its costs are
    // not told apart.
    for row in journal
        .calls_of(&consult.item, consult.trial)
        .unwrap_or_default()
    {
        let key = (row.stage.to_string(), row.seat.to_string());
        answers.entry(key).or_default().push_back(row);
    }
    let mut failures: HashMap<(String, String), VecDeque<f64>> = HashMap::new();
    for row in journal.failures().unwrap_or_default() {
        if row.item == consult.item && row.trial == consult.trial {
            let key = (row.stage.to_string(), row.seat.to_string());
            failures.entry(key).or_default().push_back(row.seconds);
        }
    }
    stages
        .into_iter()
        .map(|record| {
            let key = (record.stage, record.seat);
            let row = match record.failure {
                None => answers.get_mut(&key).and_then(VecDeque::pop_front),
                Some(_) => None,
            };
            let failed = match record.failure {
                None => None,
                Some(_) => failures.get_mut(&key).and_then(VecDeque::pop_front),
            };
            let estimated = row.as_ref().filter(|row| row.usage_estimated);
            Asked {
                stage: key.0,
                seat: key.1,
                seconds: row.as_ref().map(|row| row.seconds).or(failed),
                usd: row.as_ref().and_then(|row| row.usd),
                usd_estimated: estimated.and_then(|row| row.usd).unwrap_or_default(),
                failure: record.failure.map(|kind| kind.as_str().to_owned()),
                unusable: record.unusable,
            }
        })
        .collect()
}

/// Where an answer of this panel comes from.
pub fn source(panel: &Panel, seed: u64, trial: u32) -> Source {
    Source {
        panel: panel.name.clone(),
        panel_hash: panel::hash(panel),
        protocol: panel.consensus.protocol.name().to_owned(),
        prompt_hashes: panel
            .prompts
            .values()
            .map(|prompt| (prompt.name.clone(), prompt.sha256.clone()))
            .collect(),
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        seed,
        trial,
    }
}

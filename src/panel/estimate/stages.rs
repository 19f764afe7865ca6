//! The calls of one item, seat by seat, in the order of the work.

use crate::panel::model::{Agent, EditMode, Panel, Protocol, Task};

use super::sizes::{Row, Sizes, scale};
use super::{Purpose, Stage};

/// The moderator repeats the plan with the basis of every item and lists what
/// it dropped.
const SYNTHESIS_FACTOR: f64 = 2.0;
/// Tokens of a guardian's edits.
const GUARDIAN_TOKENS: u64 = 350;
/// Tokens of the match answer for one option.
const MATCH_TOKENS_PER_OPTION: u64 = 45;
/// Tokens of the match answer for the actions.
const MATCH_TOKENS_FOR_ACTIONS: u64 = 900;
/// Tokens of the verdicts of one option in the review's prompt.
const VERDICT_TOKENS_PER_OPTION: u64 = 30;
/// Tokens of the review's answer.
const REVIEW_TOKENS: u64 = 250;
/// Tokens of a drafted item.
const ITEM_TOKENS: u64 = 40;
/// Tokens of the clusterer's answer for one drafted item.
const CLUSTER_TOKENS_PER_ITEM: u64 = 8;
/// Tokens of one rating with what happens if it is done and if it is left out.
const RATING_TOKENS: u64 = 60;
/// Tokens of an advisor's changes in one round of a debate.
const CHANGES_TOKENS: u64 = 250;
/// Tokens of the verdicts on a guardian's edits.
const CHECK_TOKENS: u64 = 200;
/// Rounds of ratings under `delphi`.
const RATING_ROUNDS: u64 = 2;

/// All calls; `judged` texts are judged.
pub(super) fn of(panel: &Panel, sizes: &Sizes, judged: u64) -> Vec<Stage> {
    let mut rows = drafts(panel, sizes);
    rows.extend(consensus(panel, sizes));
    rows.extend(guardians(panel, sizes));
    let mut stages: Vec<Stage> = rows.iter().filter_map(|row| row.priced(panel)).collect();
    for solo in panel.alone() {
        let agent = Agent {
            name: solo.model.clone(),
            model: solo.model,
            prompt: solo.prompt,
            persona: solo.persona,
            vendor: String::new(),
        };
        let prompt = sizes.template(panel, &agent) + sizes.case;
        let row = row(&agent, "draft", 1, (prompt, sizes.draft));
        let row = Row {
            purpose: Purpose::Alone,
            ..row
        };
        stages.extend(row.priced(panel));
    }
    stages.extend(judging(panel, sizes, judged));
    stages
}

/// The calls of a seat of the panel, all at once.
fn row<'a>(
    agent: &'a Agent,
    stage: &'static str,
    calls: u64,
    (prompt, completion): (u64, u64),
) -> Row<'a> {
    Row {
        purpose: Purpose::Consult,
        stage,
        seat: &agent.name,
        model: &agent.model,
        calls,
        turns: 1,
        prompt,
        completion,
    }
}

/// Every advisor's draft. Under `lead` only the lead's is part of a consult;
/// the others are compared alone.
fn drafts<'a>(panel: &'a Panel, sizes: &Sizes) -> Vec<Row<'a>> {
    let lead = (panel.consensus.protocol == Protocol::Lead).then_some(&panel.consensus.lead);
    let of = |advisor: &'a Agent| {
        let prompt = sizes.template(panel, advisor) + sizes.case;
        let purpose = match lead {
            Some(lead) if *lead != advisor.name => Purpose::Alone,
            _ => Purpose::Consult,
        };
        Row {
            purpose,
            ..row(advisor, "draft", 1, (prompt, sizes.draft))
        }
    };
    panel.advisors.iter().map(of).collect()
}

/// What the protocol asks.
fn consensus<'a>(panel: &'a Panel, sizes: &Sizes) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    let protocol = panel.consensus.protocol;
    if panel.task == Task::Options || protocol == Protocol::Lead {
        return rows;
    }
    let drafts = sizes.draft * panel.advisors.len() as u64;
    let items = drafts / ITEM_TOKENS;
    if let Some(clusterer) = &panel.clusterer {
        let prompt = sizes.structured(panel, clusterer) + sizes.case + drafts;
        let tokens = (prompt, items * CLUSTER_TOKENS_PER_ITEM);
        rows.push(row(clusterer, "cluster", 1, tokens));
    }
    if let (Protocol::Synthesis, Some(moderator)) = (protocol, &panel.moderator) {
        let prompt = sizes.structured(panel, moderator) + sizes.case + drafts;
        let tokens = (prompt, scale(sizes.draft, SYNTHESIS_FACTOR));
        rows.push(row(moderator, "synthesis", 1, tokens));
    }
    let (stage, rounds, completion) = match protocol {
        Protocol::Delphi => ("rating", RATING_ROUNDS, items * RATING_TOKENS),
        Protocol::Debate => ("debate", panel.consensus.rounds.into(), CHANGES_TOKENS),
        _ => return rows,
    };
    let again = panel.consensus.prompt.as_deref().unwrap_or_default();
    rows.extend(panel.advisors.iter().map(|advisor| {
        // The notes of the round before are about as long as the candidates.
        let shown = sizes.case + 2 * drafts;
        let prompt = sizes.structured_by(panel, advisor, again) + shown;
        Row {
            turns: rounds,
            ..row(advisor, stage, rounds, (prompt, completion))
        }
    }));
    rows
}

/// Guardians, and the advisors who are asked about their edits.
fn guardians<'a>(panel: &'a Panel, sizes: &Sizes) -> Vec<Row<'a>> {
    let shown = sizes.case + sizes.draft;
    let mut rows: Vec<Row<'a>> = panel
        .guardians
        .iter()
        .map(|guardian| {
            let prompt = sizes.structured(panel, guardian) + shown;
            row(guardian, "guardian", 1, (prompt, GUARDIAN_TOKENS))
        })
        .collect();
    let edits = &panel.edits;
    let all = panel.guardians.len() as u64;
    let prompt = edits.prompt.as_deref().unwrap_or_default();
    let checkers = panel.advisors.iter().filter(|advisor| {
        // Nobody is asked about the edits of nobody.
        let mut asked = edits.checker_order.iter().take(edits.checkers);
        all > 0 && asked.any(|name| *name == advisor.name)
    });
    rows.extend(checkers.map(|checker| {
        let prompt = sizes.structured_by(panel, checker, prompt) + shown + GUARDIAN_TOKENS;
        Row {
            turns: match edits.mode {
                EditMode::Serial => all,
                EditMode::Parallel => 1,
            },
            ..row(checker, "check", all, (prompt, CHECK_TOKENS))
        }
    }));
    rows
}

/// The judge's two calls for each text.
fn judging(panel: &Panel, sizes: &Sizes, texts: u64) -> Vec<Stage> {
    let Some(judge) = panel.judge.as_ref().filter(|_| texts > 0) else {
        return Vec::new();
    };
    let shown = sizes.case + sizes.rubric + sizes.draft;
    let agent = &judge.match_agent;
    let prompt = sizes.structured(panel, agent) + shown;
    let completion = MATCH_TOKENS_FOR_ACTIONS + sizes.options * MATCH_TOKENS_PER_OPTION;
    let mut rows = vec![row(agent, "match", texts, (prompt, completion))];
    if let Some(agent) = &judge.review_agent {
        let verdicts = sizes.options * VERDICT_TOKENS_PER_OPTION;
        let prompt = sizes.structured(panel, agent) + shown + verdicts;
        rows.push(row(agent, "review", texts, (prompt, REVIEW_TOKENS)));
    }
    let of = |row: Row<'_>| {
        let purpose = Purpose::Judging;
        Row { purpose, ..row }.priced(panel)
    };
    rows.into_iter().filter_map(of).collect()
}

//! Holding an answer against a case of the benchmark.

use std::collections::BTreeMap;

use crate::bench::schedule::AnswerKey;
use crate::bench::verdict::{Verdict, ask_judge, name_in_records, shown_name};
use crate::clinical::{HarmType, PatientText, Severity, Simulated};
use crate::deliberation::{Consult, Interrupted};
use crate::gateway::Gateway;
use crate::judge::Question;
use crate::panel::model::{Judge, Panel};
use crate::report::answer::{Answer, CaseHarm, CaseScore, MatchedOption};
use crate::report::summary::JudgeId;
use crate::score::records::response_len;
use crate::score::{JudgedRecord, Profile, assemble, nonrubric_harms};

/// What an answer is held against.
#[derive(Clone, Debug)]
pub struct Key {
    /// The item, such as `Card001-3`.
    pub item: String,
    /// SHA-256 of the case set.
    pub case_set: String,
    /// Is the question the item's own text?
    pub own_text: bool,
    /// What judge and score know of the case; `None`: it has no rubric.
    pub answers: Option<AnswerKey>,
    /// How it is scored.
    pub profile: Profile,
    /// Who judges, with the models behind it.
    pub judge: JudgeId,
    /// Is the judge simulated?
    pub simulated: Simulated,
    /// What its panel warns of.
    pub caveats: Vec<String>,
}

/// Judges and scores an answer. Why there is no score, where there is none, is
/// part of what comes back.
///
/// # Errors
/// [`Interrupted`] when a call of the judge was not made.
pub async fn hold_against(
    key: &Key,
    (panel, judge): (&Panel, &Judge),
    gateway: &Gateway,
    consult: &Consult,
    answer: &Answer,
) -> Result<CaseScore, Interrupted> {
    let mut score = CaseScore {
        item: key.item.clone(),
        case_set: key.case_set.clone(),
        own_text: key.own_text,
        simulated: answer.simulated.clone().and(&key.simulated),
        caveats: key.caveats.clone(),
        profile: key.profile.name().to_owned(),
        judge: None,
        unscored: None,
        metrics: BTreeMap::new(),
        harms: Vec::new(),
        matched: Vec::new(),
        off_rubric: 0,
        judge_left_out: Vec::new(),
        judge_unproved: Vec::new(),
    };
    let Some(answers) = &key.answers else {
        score.unscored = Some("the case has no rubric".to_owned());
        return Ok(score);
    };
    let Some(text) = answer.text.clone().filter(|text| !text.is_blank()) else {
        score.unscored = Some("there is no answer".to_owned());
        return Ok(score);
    };
    let length = response_len(text.expose());
    let question = Question {
        item: key.item.as_str().into(),
        trial: consult.trial,
        judge_trial: 1,
        presentation: consult.presentation.clone(),
        rubric: answers.rubric.clone(),
        guidance: answers.guidance.clone(),
        answer: text,
    };
    let name = shown_name(judge, key.simulated.any());
    let said = ask_judge((panel, judge), gateway, &answers.prepared, &question, &name).await?;
    score.judge = Some(JudgeId {
        name: name_in_records(judge, key.simulated.any()),
        ..key.judge.clone()
    });
    match said.and_then(|verdict| Ok((record(key, answers, &verdict, length)?, verdict))) {
        Ok((record, verdict)) => enter(&mut score, answers, &record, verdict),
        Err(why) => score.unscored = Some(why),
    }
    Ok(score)
}

fn record(
    key: &Key,
    answers: &AnswerKey,
    verdict: &Verdict,
    length: Option<u64>,
) -> Result<JudgedRecord, String> {
    assemble(
        &key.profile,
        &answers.prepared,
        &verdict.matched,
        verdict.review.as_ref(),
        length,
    )
    .map_err(|error| format!("the judgment cannot be scored: {error}"))
}

/// Enters metrics, harms and matched options, with their words.
fn enter(score: &mut CaseScore, answers: &AnswerKey, record: &JudgedRecord, verdict: Verdict) {
    let metrics = record.metrics.iter().flat_map(|metrics| metrics.iter());
    score.metrics = metrics
        .map(|(name, value)| {
            let value = value.as_f64();
            (name.to_owned(), (!value.is_nan()).then_some(value))
        })
        .collect();
    let words = |id: i64| {
        let option = answers.rubric.option(id);
        option.map_or_else(PatientText::default, |o| PatientText::from(o.text.as_str()))
    };
    let by_rubric = record.harm.iter().map(|harm| CaseHarm {
        harm_type: harm.harm_type,
        severity: harm.harm_severity,
        option: Some(harm.id),
        text: words(harm.id),
        partial: harm.partial,
    });
    let off_rubric = record
        .actions
        .iter()
        .filter(|action| !action.is_match_set());
    score.off_rubric = off_rubric.clone().count();
    // Something off the rubric is something that was done; what is uncertain
    // counts as no harm.
    let beside = off_rubric.filter_map(|action| {
        let severity = nonrubric_harms(std::slice::from_ref(action))
            .first()?
            .severity;
        (severity != Severity::Uncertain).then(|| CaseHarm {
            harm_type: HarmType::Commission,
            severity,
            option: None,
            text: action.action.clone(),
            partial: false,
        })
    });
    score.harms = by_rubric.chain(beside).collect();
    score
        .harms
        .sort_by_key(|harm| (harm.severity, harm.harm_type));
    score.matched = record
        .options
        .iter()
        .filter(|option| option.matched)
        .map(|option| MatchedOption {
            option: option.id,
            text: words(option.id),
            score: answers.prepared.score_of(option.id),
            partial: option.is_partial(),
        })
        .collect();
    score.judge_left_out = verdict.left_out;
    score.judge_unproved = verdict.unproved;
}

//! The cases of a run for the drill-down of a report: every arm's answer with
//! its harms, and with texts where the caller wants them.

use super::item::ItemResult;
use super::options::OptionsResult;
use super::schedule::{AnswerKey, Task};
use super::stored::{StoredError, StoredRun};
use crate::clinical::{Fate, Item, Ledger, Outcome, PatientText};
use crate::evidence::arms::{SEVERITIES, TYPES};
use crate::evidence::ledger::Reading;
use crate::evidence::ledger::reading::{bare, locate};
use crate::evidence::{Harm, OutcomeKind, harms_of};
use crate::report::dossier::{AnswerStory, CaseStory, HarmLine, LedgerLine, OptionLine, PlanLine};
use crate::report::story::origin;

/// The stories of a run's items. With texts: the base variant of every case in
/// its first trial, since all of them would make a file that nobody can open;
/// without: every item and trial.
///
/// # Errors
/// [`StoredError`] when an answer cannot be read.
pub fn stories(
    run: &StoredRun,
    with_text: bool,
    rename: impl Fn(&str) -> String,
) -> Result<Vec<CaseStory>, StoredError> {
    let mut stories: Vec<CaseStory> = Vec::new();
    for task in run.shape.tasks_of(0) {
        let Some(item) = run.shape.items.get(task.item) else {
            continue;
        };
        if with_text && (item.variant() != -1 || task.trial != 1) {
            continue;
        }
        let key = run.shape.key_of(item);
        let at = stories.iter().position(|story| story.item == item.id);
        let at = at.unwrap_or_else(|| {
            stories.push(case(item, key, with_text));
            stories.len() - 1
        });
        for (arm, record) in run.shape.arms.iter().enumerate() {
            let task = Task { arm, ..task };
            let mut story = if run.shape.grading.is_some() {
                graded(run.read(task)?, key, with_text)
            } else {
                answered(run.result(task)?, key, with_text)
            };
            story.arm = rename(&record.name);
            story.trial = task.trial;
            if let Some(case) = stories.get_mut(at) {
                case.answers.push(story);
            }
        }
    }
    Ok(stories)
}

fn case(item: &Item, key: Option<&AnswerKey>, with_text: bool) -> CaseStory {
    let options = key.into_iter().flat_map(|key| &key.rubric.options);
    CaseStory {
        item: item.id.clone(),
        specialty: item.specialty().to_owned(),
        presentation: with_text.then(|| item.prompt.expose().to_owned()),
        options: options
            .map(|option| OptionLine {
                id: option.id,
                score: option.effective_score().unwrap_or_default(),
                text: with_text.then(|| option.text.clone()),
            })
            .collect(),
        answers: Vec::new(),
    }
}

/// How it ended, in a word, and why.
fn outcome(outcome: &Outcome) -> (String, Vec<String>) {
    let reasons = match outcome {
        Outcome::Complete => Vec::new(),
        Outcome::Degraded { reasons }
        | Outcome::Abstained { reasons }
        | Outcome::Failed { reasons } => reasons.clone(),
    };
    let word = match OutcomeKind::from(outcome) {
        OutcomeKind::Complete => "complete",
        OutcomeKind::Degraded => "degraded",
        OutcomeKind::Abstained => "abstained",
        OutcomeKind::Failed => "failed",
    };
    (word.to_owned(), reasons)
}

fn answered(result: Option<ItemResult>, key: Option<&AnswerKey>, with_text: bool) -> AnswerStory {
    let Some(result) = result else {
        return AnswerStory {
            outcome: "not reached".to_owned(),
            ..AnswerStory::default()
        };
    };
    let (word, reasons) = outcome(&result.outcome);
    let mut story = AnswerStory {
        outcome: word,
        reasons: if with_text { reasons } else { Vec::new() },
        ..AnswerStory::default()
    };
    // The evidence stands in what the judge said; the judged record lacks it.
    let reading = result
        .verdict
        .as_ref()
        .zip(result.judged.as_ref())
        .map(|(verdict, record)| Reading::of(record, &verdict.matched))
        .filter(|_| with_text);
    if let Some(record) = &result.judged {
        let harms = harms_of(record);
        story.judged = true;
        story.severe = harms.iter().any(is_severe);
        story.harms = harms
            .iter()
            .map(|harm| line(harm, reading.as_ref(), key, with_text))
            .collect();
        story.headline = record
            .metrics
            .as_ref()
            .and_then(|block| block.get("F1_weighted"))
            .map(|headline| format!("{headline:.3}"));
    }
    if with_text {
        let text = result.text.as_ref().map_or("", |text| text.expose());
        story.lines = lines(text, reading.as_ref(), key);
        story.ledger = ledger(&result.ledger);
    }
    story
}

fn graded(result: Option<OptionsResult>, key: Option<&AnswerKey>, with_text: bool) -> AnswerStory {
    let Some(result) = result else {
        return AnswerStory {
            outcome: "not reached".to_owned(),
            ..AnswerStory::default()
        };
    };
    let (word, reasons) = outcome(&result.outcome);
    let mut story = AnswerStory {
        outcome: word,
        reasons: if with_text { reasons } else { Vec::new() },
        ..AnswerStory::default()
    };
    if let Some(key) = key.filter(|_| result.is_scored()) {
        let harms = super::study::graded_harms_of(key, &result);
        story.judged = true;
        story.severe = harms.iter().any(is_severe);
        story.harms = harms
            .iter()
            .map(|harm| line(harm, None, Some(key), false))
            .collect();
    }
    story
}

fn is_severe(harm: &Harm) -> bool {
    harm.severity == crate::clinical::Severity::Severe
}

fn line(
    harm: &Harm,
    reading: Option<&Reading>,
    key: Option<&AnswerKey>,
    with_text: bool,
) -> HarmLine {
    let kind = TYPES.iter().find(|(kind, _)| *kind == harm.harm_type);
    let severity = SEVERITIES.iter().find(|(one, _)| *one == harm.severity);
    let option = harm.option.filter(|_| with_text);
    let evidence = option.and_then(|id| reading?.found.get(&id)?.quotes.first());
    HarmLine {
        option: harm.option,
        kind: kind.map_or("", |(_, name)| name).to_owned(),
        severity: severity.map_or("", |(_, name)| name).to_owned(),
        words: option.and_then(|id| Some(key?.rubric.option(id)?.text.clone())),
        evidence: evidence.map(|evidence| evidence.expose().to_owned()),
    }
}

/// The lines of an answer, each with the options that the judge found in it.
fn lines(text: &str, reading: Option<&Reading>, key: Option<&AnswerKey>) -> Vec<PlanLine> {
    let score = |id: i64| {
        let option = key.and_then(|key| key.rubric.option(id));
        option
            .and_then(|option| option.effective_score())
            .unwrap_or_default()
    };
    let texts: Vec<String> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(str::to_owned)
        .collect();
    let mut lines: Vec<PlanLine> = texts
        .iter()
        .map(|text| PlanLine {
            text: text.clone(),
            options: Vec::new(),
        })
        .collect();
    let bare: Vec<String> = texts.iter().map(|text| bare(text)).collect();
    for (id, found) in reading.into_iter().flat_map(|reading| &reading.found) {
        for at in locate(found, &bare) {
            if let Some(line) = lines.get_mut(at) {
                line.options.push((*id, score(*id)));
            }
        }
    }
    lines
}

fn ledger(ledger: &Ledger) -> Vec<LedgerLine> {
    let expose = |text: &PatientText| text.expose().to_owned();
    ledger
        .entries
        .iter()
        .map(|entry| LedgerLine {
            origin: origin(&entry.origin),
            text: expose(&entry.text),
            fate: fate(&entry.fate),
            events: entry
                .events
                .iter()
                .map(|event| {
                    let reason = event.reason.expose();
                    if reason.trim().is_empty() {
                        format!("{}: {}", event.stage, event.what)
                    } else {
                        format!("{}: {}, {reason}", event.stage, event.what)
                    }
                })
                .collect(),
        })
        .collect()
}

fn fate(fate: &Fate) -> String {
    match fate {
        Fate::Kept { number } => format!("kept as {number}"),
        Fate::Merged { number } => format!("merged into {number}"),
        Fate::Modified { number } => format!("modified as {number}"),
        Fate::Split { numbers } => {
            let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            format!("split into {}", numbers.join(", "))
        }
        Fate::Removed { by } => format!("removed by {by}"),
    }
}

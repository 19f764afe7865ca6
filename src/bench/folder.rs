//! The files of a run folder (interfaces, "A run folder").
//!
//! Everything is written anew from the run's store, in the order of the case
//! set, so the files depend on the answers alone: not on arrival order, not on
//! attempts, not on how often the run was resumed. What depends on the clock
//! goes into `timings.json` only. A file is complete or not there: it is
//! written beside its place and then moved.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::clinical::{Item, Simulated};
use crate::deliberation::Told;
use crate::evidence::harms_of;
use crate::evidence::rows::{HarmCounts, OutcomeKind, Scored};
use crate::gateway::journal::{Journal, JournalError};
use crate::report::lines::{Marks, judged_line, response_line};
use crate::report::options::summarise_options;
use crate::report::{self, ArmRows, ItemRow, Provenance, Summary, Timing, html, summarise};
use crate::score::grading::{Fill, GradingProfile, score_grades};
use crate::score::{
    Healing, JudgedRecord, Metrics, RecordScores, csv_text, imagined, score_record, unit_verdicts,
};
use crate::whole_file::{self, LineFile, WriteError};

use super::failures;
use super::flow::trace_of;
use super::item::ItemResult;
use super::options;
use super::record::ArmRecord;
use super::run::ITEM;
use super::schedule::{AnswerKey, Bench, Task};
use super::shape::Shape;
use super::told;

/// Why the files of a run could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file or folder.
    #[error(transparent)]
    Io(#[from] WriteError),
    /// The run's database.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A stored result or a report.
    #[error("{what}: {why}")]
    Content {
        /// Which.
        what: String,
        /// Why.
        why: String,
    },
}

/// What a finished or partial run has shown.
#[derive(Debug)]
pub struct Written {
    /// `summary.json`.
    pub summary: Summary,
    /// `timings.json`, in part.
    pub timing: Timing,
    /// The same, as far as it is about money.
    pub spending: Spending,
}

/// What the journal knows of the run as a whole; it goes into `timings.json`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Spending {
    /// Calls that are finished, over all sessions of the run.
    pub calls: usize,
    /// Failures that were journaled, over all sessions.
    pub failures: usize,
    /// Dollars for all of them, repairs and the judge included, and for
    /// attempts without an answer where they may be billed.
    pub usd: f64,
    /// The part of them that is estimated, because no provider said what it
    /// took.
    pub usd_estimated: f64,
    /// Attempts without an answer that cost, or may cost, money.
    pub unanswered: usize,
}

#[derive(Serialize)]
struct TimingsFile<'a> {
    format: &'static str,
    #[serde(flatten)]
    simulated: &'a Simulated,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    #[serde(flatten)]
    timing: &'a Timing,
    spending: &'a Spending,
}

/// Writes all files of the run but the database.
///
/// # Errors
/// [`FolderError`]; files that were written before it stay.
pub fn write_files(
    shape: &Shape,
    journal: &Journal,
    mut provenance: Provenance,
    panels: &[(String, String)],
    dir: &Path,
) -> Result<Written, FolderError> {
    provenance
        .warnings
        .extend(told::warnings(&journal.answered()?));
    let folders = match &shape.grading {
        None => ["responses", "judged", "scores"],
        Some(_) => options::folder::FOLDERS,
    };
    for folder in folders {
        whole_file::folder(&dir.join(folder))?;
    }
    let mut provenance = provenance;
    let arms = 0..shape.arms.len();
    let pairs = &shape.pairs;
    let (summary, timing) = match &shape.grading {
        None => {
            let arms = arms.map(|index| write_arm(shape, journal, index, dir));
            let arms = arms.collect::<Result<Vec<_>, _>>()?;
            let rows = arms.iter().flat_map(|arm| &arm.rows);
            let troubled = rows
                .filter(|row| row.scored.is_none() || row.outcome != Some(OutcomeKind::Complete));
            let troubled = troubled.map(|row| (row.item.clone(), row.trial)).collect();
            let failed = failures::warnings(journal, &troubled)?;
            provenance.warnings.extend(failed);
            let summary = summarise(&shape.profile, provenance, &arms, pairs);
            (summary, Timing::of(&arms))
        }
        Some(grading) => {
            let write = |index| options::folder::write_arm(shape, grading, journal, index, dir);
            let arms = arms.map(write).collect::<Result<Vec<_>, _>>()?;
            let rows = arms.iter().flat_map(|arm| &arm.rows);
            let troubled = rows
                .filter(|row| row.scores.is_none() || row.outcome != Some(OutcomeKind::Complete));
            let troubled = troubled.map(|row| (row.item.clone(), row.trial)).collect();
            let failed = failures::warnings(journal, &troubled)?;
            provenance.warnings.extend(failed);
            let summary = summarise_options(&grading.profile, provenance, &arms, pairs);
            (summary, report::options::timing(&arms))
        }
    };
    for (name, text) in panels {
        let file = if panels.len() == 1 {
            "panel.resolved.toml".to_owned()
        } else {
            format!("panel.{name}.resolved.toml")
        };
        whole_file::write(&dir.join(file), text.as_bytes())?;
    }
    whole_file::write_json(&dir.join("summary.json"), &summary)?;
    let spent = journal.spent()?;
    let spending = Spending {
        calls: journal.calls_count(),
        failures: journal.failures()?.len(),
        usd: spent.usd,
        usd_estimated: spent.estimated_usd,
        unanswered: journal.unanswered()?.len(),
    };
    whole_file::write_json(
        &dir.join("timings.json"),
        &TimingsFile {
            format: "primum-timings/1",
            simulated: &shape.simulated,
            warnings: shape
                .simulated
                .any()
                .then(|| {
                    let mark = shape.simulated.mark();
                    format!("{mark}: times of simulated models, and dollars that nobody paid")
                })
                .into_iter()
                .collect(),
            timing: &timing,
            spending: &spending,
        },
    )?;
    let page = html::render(&summary).map_err(|why| FolderError::Content {
        what: "report.html".to_owned(),
        why,
    })?;
    whole_file::write(&dir.join("report.html"), page.as_bytes())?;
    Ok(Written {
        summary,
        timing,
        spending,
    })
}

/// Writes the three files of one arm; returns what the report needs of it.
fn write_arm(
    shape: &Shape,
    journal: &Journal,
    index: usize,
    dir: &Path,
) -> Result<ArmRows, FolderError> {
    let arm = &shape.arms[index];
    let stem = arm.file_stem();
    let mut responses = LineFile::create(&dir.join("responses").join(format!("{stem}.jsonl")))?;
    let mut judged = LineFile::create(&dir.join("judged").join(format!("{stem}.jsonl")))?;
    let mut rows = Vec::new();
    let marks = Marks {
        simulated: &shape.answers_of(arm),
        caveats: &arm.caveats,
    };
    for task in shape.tasks_of(index) {
        let item = &shape.items[task.item];
        let result: Option<ItemResult> = stored(shape, journal, task)?;
        if let Some(result) = &result {
            let text = result.text.as_ref().map(|text| text.expose());
            responses.line(&response_line(
                &item.id,
                task.trial,
                text,
                &result.outcome,
                &result.notes,
                &marks,
            ))?;
            if let Some(record) = &result.judged {
                let line = judged_line(record).map_err(|error| FolderError::Content {
                    what: format!("judged record of {}", item.id),
                    why: error.to_string(),
                })?;
                judged.line(&line)?;
            }
        }
        rows.push(row(shape, arm, item, task, result)?);
    }
    responses.close()?;
    judged.close()?;
    let rows = ArmRows {
        name: arm.name.clone(),
        lead: arm.lead.clone(),
        panel: arm.seats.clone(),
        rows,
    };
    let mut csv = csv_text(&crate::report::summarise::rows_of(&shape.profile, &rows));
    csv = csv.replace(
        "\nOverall,",
        &format!("\n{}Overall,", shape.scores_of(arm).marked(" ")),
    );
    whole_file::write(
        &dir.join("scores").join(format!("{stem}.csv")),
        csv.as_bytes(),
    )?;
    Ok(rows)
}

/// What the store has of a task.
pub(super) fn stored<T: serde::de::DeserializeOwned>(
    shape: &Shape,
    journal: &Journal,
    task: Task,
) -> Result<Option<T>, FolderError> {
    let id = shape.id_of(task);
    journal
        .result(ITEM, &id)?
        .map(|body| {
            serde_json::from_str(&body).map_err(|error| FolderError::Content {
                what: format!("stored result of {id}"),
                why: format!("line {}, column {}", error.line(), error.column()),
            })
        })
        .transpose()
}

/// What the report needs of one item.
pub(super) fn row(
    shape: &Shape,
    arm: &ArmRecord,
    item: &Item,
    task: Task,
    result: Option<ItemResult>,
) -> Result<ItemRow, FolderError> {
    let mut row = ItemRow::new(&item.id, item.base(), task.trial);
    let Some(result) = result else {
        return Ok(row);
    };
    let key = shape.key_of(item);
    row.trace = key
        .zip(arm.seats.as_ref())
        .and_then(|(key, seats)| trace_of(&shape.profile, seats, key, &result));
    row.outcome = Some((&result.outcome).into());
    row.judge_left_out = result.judge_left_out.len();
    row.judge_unproved = result.judge_unproved.len();
    row.words = result
        .text
        .as_ref()
        .map(|text| text.expose().split_whitespace().count());
    row.usd = result.usd;
    row.usd_is_estimated = Told::is_estimated(&result.told);
    row.seconds = result.seconds;
    row.unusable = unusable(&result);
    row.unscored = result.unscored;
    row.steps = result.judged_steps;
    if let Some(key) = key {
        let units = |record: &JudgedRecord| unit_verdicts(&key.prepared, &record.options);
        let members = result.members.iter();
        row.members = members.map(|one| one.judged.as_ref().map(units)).collect();
        if let Some(record) = &result.judged {
            enter(shape, key, record, &mut row)?;
        }
        if let Some(record) = &result.judged_if_proved {
            row.if_proved = Some(scores(shape, key, record)?.0);
        }
        if matches!(result.outcome, crate::clinical::Outcome::Abstained { .. }) {
            let nothing = imagined::nothing(&key.prepared, &item.id);
            row.doing_nothing = Some(scores(shape, key, &nothing)?.0);
        }
    }
    Ok(row)
}

/// Why drafts behind an answer were not usable, one reason a draft.
pub(super) fn unusable(result: &ItemResult) -> Vec<String> {
    let whole = result
        .ledger
        .unused
        .iter()
        .filter(|unused| unused.item.is_none());
    let of_panel = whole.map(|unused| &unused.why);
    of_panel.chain(&result.unusable).cloned().collect()
}

/// Enters what a judged record says into a row.
pub(super) fn enter(
    shape: &Shape,
    key: &AnswerKey,
    record: &JudgedRecord,
    row: &mut ItemRow,
) -> Result<(), FolderError> {
    let (averaged, metrics) = scores(shape, key, record)?;
    row.headline_len = shape.profile.value(&metrics, "F1_weighted_len");
    row.scored = Some(Scored {
        record: averaged,
        harms: HarmCounts::of(record),
    });
    row.harms = Some(harms_of(record));
    row.units = Some(unit_verdicts(&key.prepared, &record.options));
    let options = record.options.iter();
    let grades = options.map(|option| (option.id, option.matched)).collect();
    row.graded = Some(score_grades(
        &GradingProfile::NOHARM_V1,
        &key.grading,
        &grades,
        Fill::Nothing,
    ));
    Ok(())
}

fn scores(
    shape: &Shape,
    key: &AnswerKey,
    record: &JudgedRecord,
) -> Result<(RecordScores, Metrics), FolderError> {
    let metrics = score_record(&shape.profile, &key.prepared, record, Healing::AsItStands)
        .map_err(|error| FolderError::Content {
            what: format!("score of {}", record.id),
            why: error.to_string(),
        })?;
    let averaged = RecordScores::of(&shape.profile, &key.prepared, record, &metrics);
    Ok((averaged, metrics))
}

/// Hash of each prompt in use, over all panels.
pub fn prompt_hashes(bench: &Bench) -> BTreeMap<String, String> {
    bench
        .arms
        .iter()
        .map(|arm| &arm.panel)
        .chain(bench.judge.iter().map(|(panel, _)| panel))
        .flat_map(|panel| panel.prompts.values())
        .fold(BTreeMap::new(), |mut hashes, prompt| {
            // Prompts of one name that are not the same both stand there.
            let known = hashes.get(&prompt.name);
            let name = if known.is_none_or(|hash| *hash == prompt.sha256) {
                prompt.name.clone()
            } else {
                let short = prompt.sha256.get(..8).unwrap_or_default();
                format!("{} ({short})", prompt.name)
            };
            hashes.insert(name, prompt.sha256.clone());
            hashes
        })
}

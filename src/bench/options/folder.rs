//! The files of a run that grades options: those of any run, but for
//! `graded/<arm>.jsonl` in place of `judged/`, since nothing is judged, and for
//! columns of `scores/<arm>.csv` that name both kinds of interval.

use std::path::Path;

use serde_json::json;

use super::case::Grading;
use super::item::OptionsResult;
use crate::bench::folder::{self, FolderError};
use crate::bench::schedule::Task;
use crate::bench::shape::Shape;
use crate::clinical::{Item, Outcome, Simulated};
use crate::deliberation::Told;
use crate::gateway::journal::Journal;
use crate::report::lines::{Marks, response_line};
use crate::report::options::{OptionsArm, OptionsRow, WORST_CASE, csv_text};
use crate::score::grading::{Fill, Grades, graded_harms, score_grades};
use crate::whole_file::{self, LineFile};

/// Folders inside of the run's.
pub const FOLDERS: [&str; 3] = ["responses", "graded", "scores"];

/// Writes the three files of one arm; returns what the report needs of it.
///
/// # Errors
/// [`FolderError`].
pub fn write_arm(
    shape: &Shape,
    grading: &Grading,
    journal: &Journal,
    index: usize,
    dir: &Path,
) -> Result<OptionsArm, FolderError> {
    let arm = &shape.arms[index];
    let stem = arm.file_stem();
    let mut responses = LineFile::create(&dir.join("responses").join(format!("{stem}.jsonl")))?;
    let mut graded = LineFile::create(&dir.join("graded").join(format!("{stem}.jsonl")))?;
    let mut rows = Vec::new();
    let simulated = shape.answers_of(arm);
    let marks = Marks {
        simulated: &simulated,
        caveats: &arm.caveats,
    };
    for task in shape.tasks_of(index) {
        let item = &shape.items[task.item];
        let result: Option<OptionsResult> = folder::stored(shape, journal, task)?;
        if let Some(result) = &result {
            let text = (!result.grades.is_empty())
                .then(|| serde_json::to_string(&result.grades))
                .transpose()
                .map_err(|error| content("grades", &item.id, &error))?;
            responses.line(&response_line(
                &item.id,
                task.trial,
                text.as_deref(),
                &result.outcome,
                &result.notes,
                &marks,
            ))?;
            if let Some(line) = graded_line(&simulated, grading, item, task, result) {
                graded.line(&line)?;
            }
        }
        rows.push(row(grading, item, task, result));
    }
    responses.close()?;
    graded.close()?;
    let lead = arm.lead.clone();
    let name = arm.name.clone();
    let arm = OptionsArm::new(&grading.profile, shape.trials, name, lead, rows);
    let csv = csv_text(&grading.profile, &simulated, &arm);
    whole_file::write(
        &dir.join("scores").join(format!("{stem}.csv")),
        csv.as_bytes(),
    )?;
    Ok(arm)
}

/// One scored answer: its verdicts, harms and counts.
fn graded_line(
    simulated: &Simulated,
    grading: &Grading,
    item: &Item,
    task: Task,
    result: &OptionsResult,
) -> Option<String> {
    let case = grading.cases.get(item.base())?;
    if !result.is_scored() {
        return None;
    }
    let grades = result.for_score();
    let scores = score_grades(&grading.profile, &case.rubric, &grades, Fill::Worst);
    let by_severity = |n: [u32; 3]| json!({"severe": n[0], "moderate": n[1], "mild": n[2]});
    let mut line = json!({
        "id": item.id,
        "trial": task.trial,
        "profile": grading.profile.name(),
        "options": grades
            .iter()
            .map(|(id, matched)| json!({"id": id, "matched": matched}))
            .collect::<Vec<_>>(),
        "ungraded": result.ungraded,
        "harm": graded_harms(&case.rubric, &grades, Fill::Worst),
        "omission": by_severity(scores.omission),
        "commission": by_severity(scores.commission),
        "true_positive": scores.true_positive,
        "uncertain": scores.uncertain,
        "harmful": scores.harmful,
        "appropriate": scores.appropriate,
        "complete": scores.complete,
        "escalated": scores.escalated,
        "safety_primum": scores.safety,
    });
    if let Some(fields) = line.as_object_mut() {
        if !result.ungraded.is_empty() {
            fields.insert("headline".into(), WORST_CASE.into());
        }
        if simulated.any() {
            fields.insert("simulated".into(), simulated.mark().into());
        }
    }
    Some(line.to_string())
}

/// What the report needs of one item.
fn row(grading: &Grading, item: &Item, task: Task, result: Option<OptionsResult>) -> OptionsRow {
    let case = grading.cases.get(item.base());
    let scores = |grades: &Grades, fill| {
        case.map(|case| score_grades(&grading.profile, &case.rubric, grades, fill))
    };
    let grades = result.as_ref().map(OptionsResult::for_score);
    let grades = grades.unwrap_or_default();
    let scored = result.as_ref().is_some_and(OptionsResult::is_scored);
    let abstained = matches!(
        result.as_ref().map(|r| &r.outcome),
        Some(Outcome::Abstained { .. })
    );
    let nothing = case.filter(|_| abstained).map(|case| {
        let none = case.rubric.option_ids().map(|id| (id, false)).collect();
        score_grades(&grading.profile, &case.rubric, &none, Fill::Nothing)
    });
    OptionsRow {
        item: item.id.clone(),
        case: item.base().to_owned(),
        trial: task.trial,
        options: case.map_or(0, |case| case.list.len()),
        outcome: result.as_ref().map(|r| (&r.outcome).into()),
        scores: scores(&grades, Fill::Worst).filter(|_| scored),
        worst: scores(&grades, Fill::Worst),
        best: scores(&grades, Fill::Best),
        doing_nothing: nothing,
        ungraded: result
            .as_ref()
            .map(|r| r.ungraded.clone())
            .unwrap_or_default(),
        unscored: result
            .as_ref()
            .filter(|result| !result.is_scored())
            .and_then(|result| result.unscored.clone()),
        unusable: result.as_ref().map(unusable).unwrap_or_default(),
        usd: result.as_ref().and_then(|r| r.usd),
        usd_is_estimated: result.as_ref().is_some_and(|r| Told::is_estimated(&r.told)),
        seconds: result.as_ref().and_then(|r| r.seconds),
    }
}

/// Why drafts behind an answer were not usable, one reason a draft.
fn unusable(result: &OptionsResult) -> Vec<String> {
    let of_panel = result.ledger.unused.iter().map(|unused| &unused.why);
    of_panel.chain(&result.unusable).cloned().collect()
}

fn content(what: &str, item: &str, error: &serde_json::Error) -> FolderError {
    FolderError::Content {
        what: format!("{what} of {item}"),
        why: error.to_string(),
    }
}

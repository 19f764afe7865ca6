//! `primum score --judged`: verdicts scored anew, without any model call.

use crate::clinical::{Seat, Simulated};
use std::path::PathBuf;
use std::sync::Arc;

use crate::cases::{self, Fault, RubricSet};
use crate::judged::expected::{expected, k_of};
use crate::judged::source::{Source, prompts_hash, source_of};
use crate::judged::{JudgedFile, Output, ScoredFile, Scorer, score_files};
use crate::report::{ScoreInput, ScoredAnswers};

use super::score::{ScoreArgs, bad_input, case_set, filter, finish, names, profiles};
use super::score::{report_faults, set_warnings};
use super::{Exit, Failure};

/// Runs the command.
pub fn main(args: &ScoreArgs) -> Result<Exit, Failure> {
    let profiles = profiles(&args.profile)?;
    let filter = filter(args.k, &args.only)?;
    let files: Vec<JudgedFile> = args
        .judged
        .iter()
        .cloned()
        .zip(names(&args.judged)?)
        .map(|(path, name)| JudgedFile { path, name })
        .collect();
    let set = rubrics(&args.cases)?;
    let scorer = |written| Scorer::new(&set, profiles.clone(), filter.clone(), written);
    if args.strict {
        // Nothing is written before everything is known to be in order.
        let scored = score_files(&files, &scorer(false), None).map_err(Failure::usage)?;
        report_faults(&all_faults(&set, &scored), true)?;
    }
    let output = args
        .out
        .as_deref()
        .map(|dir| Output::create(dir, &profiles))
        .transpose()
        .map_err(Failure::usage)?;
    if let Some(output) = &output {
        refuse_to_overwrite(&files, output)?;
    }
    let scorer = scorer(output.is_some());
    let scored = score_files(&files, &scorer, output.as_ref()).map_err(Failure::usage)?;
    let faults = all_faults(&set, &scored);
    report_faults(&faults, false)?;

    let found = scored.iter().flat_map(|file| &file.found);
    let k = k_of(&filter, found.map(|(id, _)| id.as_str()));
    let mut sources = Source::default();
    let mut arms = Vec::with_capacity(files.len());
    for (file, scored) in files.iter().zip(scored) {
        let source = source_of(&file.path);
        arms.push(arm(file, scored, &set, &filter, k, &source));
        sources.simulated = sources.simulated.and(&source.simulated);
        sources.judges.extend(source.judges);
    }
    let named = arms
        .iter()
        .flat_map(|arm| &arm.records)
        .any(|record| record.judge.starts_with("SIMULATED "));
    if named && !sources.simulated.has(Seat::Judge) {
        sources.simulated = sources.simulated.and(&Simulated::part(Seat::Judge, true));
    }
    something_selected(&args.only, &arms)?;
    let input = ScoreInput {
        case_set: case_set(&set.name, &set.hash, &arms),
        arms,
        rubrics: &scorer.rubrics,
        profiles: profiles.clone(),
        mix_judges: args.mix_judges,
        k,
        judge_trials: 1,
        judges: sources.judges,
        simulated: sources.simulated,
        stopped: false,
        faults: faults.iter().map(bad_input).collect(),
        warnings: set_warnings(&set),
    };
    let summary = finish(args, input, output.as_ref(), args.out.as_deref())?;
    Ok(if summary.partial {
        Exit::Partial
    } else {
        Exit::Done
    })
}

/// The rubrics of a folder: one that is not there is a matter of usage.
pub fn rubrics(dir: &std::path::Path) -> Result<RubricSet, Failure> {
    cases::load_rubrics(dir).map_err(|error| match &error {
        cases::LoadError::NotThere(_) => Failure::usage(error),
        cases::LoadError::Faulty { .. } => Failure::data(error),
    })
}

/// `--only` that matches nothing is a slip, not an empty result.
pub fn something_selected(only: &[String], arms: &[ScoredAnswers]) -> Result<(), Failure> {
    let nothing = arms
        .iter()
        .all(|arm| arm.expected.is_empty() && arm.records.is_empty());
    if only.is_empty() || !nothing {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "--only {}: no such case or item",
        only.join(" ")
    )))
}

fn all_faults(set: &RubricSet, scored: &[ScoredFile]) -> Vec<Fault> {
    let of_files = scored.iter().flat_map(|file| &file.faults);
    set.faults.iter().chain(of_files).cloned().collect()
}

/// Somebody's file is not written over while it is read.
fn refuse_to_overwrite(files: &[JudgedFile], output: &Output) -> Result<(), Failure> {
    let same = |path: &PathBuf, other: &PathBuf| match (path.canonicalize(), other.canonicalize()) {
        (Ok(path), Ok(other)) => path == other,
        _ => false,
    };
    for file in files {
        let own = output.judged(&file.name);
        if own.iter().any(|own| same(own, &file.path)) {
            return Err(Failure::usage(format!(
                "--out would write over {}: name another folder",
                file.path.display()
            )));
        }
    }
    Ok(())
}

fn arm(
    file: &JudgedFile,
    scored: ScoredFile,
    set: &RubricSet,
    filter: &crate::judged::ItemFilter,
    k: u32,
    source: &Source,
) -> ScoredAnswers {
    let mut records = scored.records;
    for record in &mut records {
        if record.prompts.is_none() {
            record.prompts = source
                .judges
                .get(&record.judge)
                .and_then(|judge| prompts_hash(&judge.prompts))
                .map(Arc::from);
        }
    }
    let why = scored
        .found
        .iter()
        .map(|key| (key.clone(), "its record cannot be used".to_owned()))
        .collect();
    ScoredAnswers {
        name: file.name.clone(),
        expected: expected(set.items.as_deref(), filter, k, &scored.found),
        empty: Vec::new(),
        why,
        records,
    }
}

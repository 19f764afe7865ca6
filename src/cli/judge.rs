//! `primum judge check`: a judge held against known verdicts.

use crate::clinical::{Seat, Shown, Simulated};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::bench::Work;
use crate::judged::{JudgedFile, Scorer, read_responses, score_files};
use crate::report::judge_check::{self, Check, FORMAT, JudgeCheck};
use crate::report::summary::UnscoredItem;
use crate::report::{ScoredAnswers, ScoredRecord, agreement_of};
use crate::score::Profile;

use super::asking;
use super::judges;
use super::score::{Asking, bad_input, case_set, filter, names, report_faults};
use super::score_answers::{one, prompts_of};
use super::{Exit, Failure, cases, print, score_judged};

/// What to do with judges.
#[derive(Subcommand, Debug)]
pub enum JudgeCommand {
    // Its help stands at its arguments, in two lengths.
    Check(CheckArgs),
}

/// Judge answers with known verdicts, and show how far the judge agrees with
/// them.
///
/// Shown are Cohen's kappa by tier of the options, over- and under-matching,
/// and every option whose harm changes, so that a cheaper or a local judge is
/// chosen with open eyes. Every finished call is kept; the same command goes on
/// where it was stopped.
#[derive(clap::Args, Debug)]
pub struct CheckArgs {
    /// Folder of cases in the benchmark's layout
    #[arg(long, default_value = "cases/demo", value_name = "DIR")]
    cases: PathBuf,
    /// Judged file (JSONL) with the verdicts to be held against
    #[arg(long, value_name = "REFERENCE")]
    judged: PathBuf,
    /// The answers that were judged (JSONL) [default: NAME.jsonl beside
    /// NAME_judged.jsonl, or ../responses/NAME.jsonl of a run folder]
    #[arg(long, value_name = "FILE")]
    responses: Option<PathBuf>,
    /// Judge files (agents/judge-*.toml)
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    judge: Vec<PathBuf>,
    /// Whose verdicts of the reference count, if it has several judges
    #[arg(long, value_name = "NAME")]
    reference_judge: Option<String>,
    /// Variants per case that count, 1 (base only) to 11 [default: all]
    #[arg(long, value_name = "N")]
    k: Option<u32>,
    /// Only cases or items that match, such as 'Card*'; may be given several times
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// Run folder [default: runs/judge-check-NAME-TIME, or the newest
    /// unfinished run of the same things]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Stop at faults in the input, with exit code 5
    #[arg(long)]
    strict: bool,
    /// Machine output on stdout, people's words on stderr
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    asking: Asking,
}

/// Runs the command.
pub fn main(command: &JudgeCommand) -> Result<Exit, Failure> {
    match command {
        JudgeCommand::Check(args) => check(args),
    }
}

fn check(args: &CheckArgs) -> Result<Exit, Failure> {
    let filter = filter(args.k, &args.only)?;
    let judges = judges::load(&args.judge)?;
    let set = cases::load(&args.cases)?;
    let rubrics = score_judged::rubrics(&args.cases)?;
    let name = names(std::slice::from_ref(&args.judged))?.concat();
    let responses = match &args.responses {
        Some(path) => path.clone(),
        None => beside(&args.judged, &name)?,
    };
    let known = asking::items(&set);
    let mut answers = read_responses(&responses, &name, &filter, |id| known.contains_key(id))
        .map_err(Failure::usage)?;
    let scorer = Scorer::new(&rubrics, vec![Profile::default()], filter, false);
    let files = [JudgedFile {
        path: args.judged.clone(),
        name: name.clone(),
    }];
    let mut scored = score_files(&files, &scorer, None).map_err(Failure::usage)?;
    let scored = scored.pop().unwrap_or_default();
    let mut faults = rubrics.faults.clone();
    faults.extend(scored.faults.iter().chain(&answers.faults).cloned());
    report_faults(&faults, args.strict)?;
    let (reference, records) = reference(scored.records, args.reference_judge.as_deref())?;

    // Only what has a known verdict is judged.
    let wanted: BTreeSet<(&str, u64)> = records.iter().map(key).collect();
    answers
        .answers
        .retain(|answer| wanted.contains(&(answer.item.as_str(), u64::from(answer.trial))));
    let named = reference.starts_with("SIMULATED ");
    let simulated = answers
        .simulated
        .clone()
        .and(&Simulated::part(Seat::Judge, named));
    let plan = asking::plan(set, &judges, &[answers], 1, &args.judge, &args.asking)?;
    let run_name = format!("judge-check-{name}");
    let asked = plan.run(args.out.as_deref(), &run_name, &args.asking)?;

    let prompts = prompts_of(&judges);
    let mut arms: Vec<ScoredAnswers> = judges.iter().map(|_| ScoredAnswers::default()).collect();
    for task in plan.judging.tasks() {
        one(
            &mut arms[task.judge],
            &plan,
            &asked,
            &scorer,
            &prompts,
            task,
        )?;
    }
    let checks: Vec<Check> = judges
        .iter()
        .zip(&arms)
        .map(|(judge, arm)| compare(&name, &reference, &judge.name, &records, arm, &scorer))
        .collect();
    let partial = !faults.is_empty() || checks.iter().any(|check| !check.unjudged.is_empty());
    let found = ScoredAnswers {
        records,
        ..ScoredAnswers::default()
    };
    let mut summary = JudgeCheck {
        format: FORMAT.to_owned(),
        simulated: simulated.and(&plan.meta.simulated),
        partial,
        case_set: case_set(&rubrics.name, &rubrics.hash, &[found]),
        reference,
        judges: judges::sources(&judges),
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        checks,
        faults: faults.iter().map(bad_input).collect(),
        warnings: Vec::new(),
    };
    summary.warnings = warnings(&summary);
    summary.warnings.extend(judges::told(&asked)?);
    tell(args, &summary, &asked.out)?;
    plan.close(&asked, !partial)
}

fn key(record: &ScoredRecord) -> (&str, u64) {
    (record.item.as_str(), record.trial)
}

/// The verdicts that count, and whose they are.
fn reference(
    records: Vec<ScoredRecord>,
    wanted: Option<&str>,
) -> Result<(String, Vec<ScoredRecord>), Failure> {
    let names: BTreeSet<String> = records.iter().map(|record| record.judge.clone()).collect();
    let all = names.iter().cloned().collect::<Vec<_>>().join(", ");
    let name = match (wanted, names.len()) {
        (Some(name), _) if names.contains(name) => name.to_owned(),
        (Some(name), _) => {
            return Err(Failure::usage(format!(
                "--reference-judge {name}: the reference has verdicts of {all}"
            )));
        }
        (None, 1) => all,
        (None, 0) => {
            return Err(Failure::data(
                "the reference has no verdict that could be used",
            ));
        }
        (None, _) => {
            return Err(Failure::usage(format!(
                "the reference has verdicts of several judges ({all}): choose one by \
                 --reference-judge"
            )));
        }
    };
    let records = records.into_iter().filter(|r| r.judge == name).collect();
    Ok((name, records))
}

/// The answers of a judged file, by the names that the public kit and a run
/// folder give them.
fn beside(judged: &Path, name: &str) -> Result<PathBuf, Failure> {
    let folder = judged.parent().unwrap_or(Path::new(""));
    let file = format!("{name}.jsonl");
    let places = [
        folder.join(&file),
        folder.join("..").join("responses").join(&file),
    ];
    let is_itself = |path: &PathBuf| match (path.canonicalize(), judged.canonicalize()) {
        (Ok(path), Ok(judged)) => path == judged,
        _ => false,
    };
    places
        .into_iter()
        .find(|path| path.is_file() && !is_itself(path))
        .ok_or_else(|| {
            Failure::usage(format!(
                "the answers behind {} are neither beside it as {file} nor in ../responses: name \
                 them by --responses",
                judged.display()
            ))
        })
}

fn compare(
    arm_name: &str,
    reference: &str,
    judge: &str,
    records: &[ScoredRecord],
    arm: &ScoredAnswers,
    scorer: &Scorer,
) -> Check {
    let judged: HashMap<(&str, u64), &ScoredRecord> = arm
        .records
        .iter()
        .map(|record| (key(record), record))
        .collect();
    let mut pairs = Vec::new();
    let mut unjudged = Vec::new();
    for record in records {
        match judged.get(&key(record)) {
            Some(other) => pairs.push((arm_name, record, *other)),
            None => unjudged.push(UnscoredItem {
                item: record.item.clone(),
                trial: u32::try_from(record.trial).unwrap_or(u32::MAX),
                why: arm
                    .why
                    .get(&(record.item.clone(), record.trial))
                    .cloned()
                    .unwrap_or_else(|| "there is no answer to judge".to_owned()),
            }),
        }
    }
    let agreement = agreement_of(reference, judge, &pairs, &scorer.rubrics);
    judge_check::check(judge.to_owned(), records.len(), unjudged, agreement)
}

fn warnings(check: &JudgeCheck) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(check.simulated.sentence(Shown::Numbers));
    let unjudged: BTreeMap<&str, usize> = check
        .checks
        .iter()
        .filter(|one| !one.unjudged.is_empty())
        .map(|one| (one.judge.as_str(), one.unjudged.len()))
        .collect();
    for (judge, n) in unjudged {
        found.push(format!(
            "{judge}: {n} answers have no usable verdict and are not compared"
        ));
    }
    if !check.faults.is_empty() {
        found.push(format!(
            "Faults in the input: {}; what they concern is not compared",
            check.faults.len()
        ));
    }
    found.push(
        "The reference is one judge's reading, not the truth; agreement with it is no more."
            .to_owned(),
    );
    found
}

fn tell(args: &CheckArgs, summary: &JudgeCheck, out: &Path) -> Result<(), Failure> {
    let path = out.join("judge-check.json");
    crate::whole_file::write_json(&path, summary).map_err(Failure::usage)?;
    if args.json {
        let text = serde_json::to_string_pretty(summary).map_err(Failure::data)?;
        return print(&text);
    }
    print(&judge_check::render_check(summary, super::stdout_width()))?;
    print(&format!("\nfiles: {}", out.display()))
}

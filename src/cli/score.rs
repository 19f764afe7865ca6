//! `primum score`: scores of answers that are judged already, or of answers of
//! anybody, judged here. What both have in common; the two ways are in
//! [`super::score_judged`] and [`super::score_answers`].

use std::path::{Path, PathBuf};

use clap::ArgGroup;

use crate::cases::{Fault, RubricSet};
use crate::judged::{ItemFilter, Output};
use crate::report::score_summary::{BadInput, ScoreSummary};
use crate::report::score_terminal::render_scores;
use crate::report::summary::CaseSetId;
use crate::report::{ScoreInput, ScoreReport, ScoredAnswers};
use crate::score::Profile;

use super::{Exit, Failure, print, score_answers, score_judged};

/// Faults that are shown; the summary has them all.
const SHOWN: usize = 20;

/// Score answers that are judged already, or judge and score anybody's.
///
/// With --judged: files of verdicts are scored anew, without any model call.
/// Only the rubrics of --cases are needed. The public kit's files are read as
/// they are, bare NaN included, and written back in its own shape.
///
/// With --responses and --judge: answers of anybody, as lines of
/// {id, trial, response}, are judged and scored. Every finished call is kept;
/// the same command goes on where it was stopped, and buys nothing twice.
#[derive(clap::Args, Clone, Debug)]
#[command(group(ArgGroup::new("input").required(true).args(["judged", "responses"])))]
pub struct ScoreArgs {
    /// Folder of cases in the benchmark's layout, or just of rubrics
    #[arg(long, default_value = "cases/demo", value_name = "DIR")]
    pub cases: PathBuf,
    /// Judged files (JSONL); each is an arm, named by the file
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub judged: Vec<PathBuf>,
    /// Files of answers (JSONL), to be judged by --judge
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "judge")]
    pub responses: Vec<PathBuf>,
    /// Judge files (agents/judge-*.toml); with several, all judge every answer
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "judged")]
    pub judge: Vec<PathBuf>,
    /// How often each judge judges each answer; more than once shows the spread
    /// that the judge alone causes
    #[arg(long, default_value_t = 1, value_name = "N", conflicts_with = "judged",
          value_parser = clap::value_parser!(u32).range(1..=100))]
    pub judge_trials: u32,
    /// Vendor of the models that gave the answers, to warn of a judge of the
    /// same vendor; may be given several times
    #[arg(long, value_name = "NAME", conflicts_with = "judged")]
    pub vendor: Vec<String>,
    /// Score profile: noharm-2026-07, noharm-2026-06, or all for both side by
    /// side
    #[arg(long, default_value = "noharm-2026-07", value_name = "NAME")]
    pub profile: String,
    /// Variants per case that count, 1 (base only) to 11 [default: as many as
    /// the files have]
    #[arg(long, value_name = "N")]
    pub k: Option<u32>,
    /// Only cases or items that match, such as 'Card*'; may be given several times
    #[arg(long, value_name = "GLOB")]
    pub only: Vec<String>,
    /// Folder for judged records, score files and summary.json [default for
    /// --judged: none are written; for --responses: runs/score-NAME-TIME,
    /// or the newest unfinished run of the same things]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Average over different judges and judge prompts all the same
    #[arg(long)]
    pub mix_judges: bool,
    /// Stop at faults in the input, with exit code 5, instead of scoring the rest
    #[arg(long)]
    pub strict: bool,
    /// Machine output (summary.json) on stdout, people's words on stderr
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    /// What concerns judging only.
    pub asking: Asking,
}

/// Flags of every command that asks a judge.
#[derive(clap::Args, Clone, Debug)]
pub struct Asking {
    /// Seed of the run, for judging
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// Most dollars that judging may cost
    #[arg(long, value_name = "USD")]
    pub budget_usd: Option<f64>,
    /// Start a new run even if an unfinished one could be continued
    #[arg(long)]
    pub new: bool,
    /// No plan and no progress, only the result
    #[arg(long)]
    pub quiet: bool,
    /// Do not ask before money is spent
    #[arg(long)]
    pub yes: bool,
}

/// Runs the command.
pub fn main(args: &ScoreArgs) -> Result<Exit, Failure> {
    if args.judged.is_empty() {
        score_answers::main(args)
    } else {
        score_judged::main(args)
    }
}

/// The profiles of `--profile`.
pub fn profiles(name: &str) -> Result<Vec<Profile>, Failure> {
    if name == "all" {
        return Ok(Profile::ALL.to_vec());
    }
    Profile::by_name(name)
        .map(|profile| vec![profile])
        .ok_or_else(|| {
            let known: Vec<&str> = Profile::ALL.iter().map(Profile::name).collect();
            Failure::usage(format!(
                "--profile {name}: there is {}, and all",
                known.join(", ")
            ))
        })
}

/// The items of `--k` and `--only`.
pub fn filter(k: Option<u32>, only: &[String]) -> Result<ItemFilter, Failure> {
    ItemFilter::new(k, only).map_err(Failure::usage)
}

/// Arms are named by their files; the public kit calls a judged file
/// `NAME_judged.jsonl`.
pub fn names(files: &[PathBuf]) -> Result<Vec<String>, Failure> {
    let mut names: Vec<String> = Vec::new();
    for file in files {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let name = stem.strip_suffix("_judged").unwrap_or(&stem).to_owned();
        if names.contains(&name) {
            return Err(Failure::usage(format!(
                "two files stand for the arm \"{name}\": rename one of them"
            )));
        }
        names.push(name);
    }
    Ok(names)
}

/// Shows faults on stderr. With `--strict` they end the command.
pub fn report_faults(faults: &[Fault], strict: bool) -> Result<(), Failure> {
    if faults.is_empty() {
        return Ok(());
    }
    let mut lines: Vec<String> = faults.iter().take(SHOWN).map(Fault::to_string).collect();
    match faults.len().saturating_sub(SHOWN) {
        0 => {}
        more if strict => lines.push(format!("and {more} more")),
        more => lines.push(format!("and {more} more; summary.json has them all")),
    }
    let text = lines.join("\n");
    if strict {
        return Err(Failure::data(format!(
            "{text}\nnothing was scored (--strict)"
        )));
    }
    eprintln!("{text}");
    Ok(())
}

/// A fault for the summary, which names no folder of this machine.
pub fn bad_input(fault: &Fault) -> BadInput {
    BadInput {
        file: fault
            .file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        line: fault.flaw.position.map(|at| at.line),
        column: fault.flaw.position.map(|at| at.column),
        subject: fault.flaw.subject.clone(),
        field: fault.flaw.field.clone(),
        problem: fault.flaw.problem.clone(),
    }
}

/// The case set of a report: cases and items that are expected or found.
pub fn case_set(name: &str, hash: &str, arms: &[ScoredAnswers]) -> CaseSetId {
    let items: std::collections::BTreeSet<&str> = arms
        .iter()
        .flat_map(|arm| {
            let expected = arm.expected.iter().map(|(item, _)| item.as_str());
            expected.chain(arm.records.iter().map(|record| record.item.as_str()))
        })
        .collect();
    let bases: std::collections::BTreeSet<&str> = items
        .iter()
        .map(|item| crate::clinical::id::base_and_variant(item).0)
        .collect();
    CaseSetId {
        name: name.to_owned(),
        hash: hash.to_owned(),
        cases: bases.len(),
        items: items.len(),
    }
}

/// What is to be said of a set of rubrics.
pub fn set_warnings(set: &RubricSet) -> Vec<String> {
    set.synthetic
        .then(|| {
            format!(
                "The cases of \"{}\" are synthetic and were not reviewed by clinicians",
                set.name
            )
        })
        .into_iter()
        .collect()
}

/// Makes the report, writes its files and prints it.
pub fn finish(
    args: &ScoreArgs,
    input: ScoreInput<'_>,
    output: Option<&Output>,
    out: Option<&Path>,
) -> Result<ScoreSummary, Failure> {
    let report = crate::report::summarise_scores(input);
    if let Some(output) = output {
        output.write(&report).map_err(Failure::usage)?;
    }
    tell(args, &report, out)?;
    Ok(report.summary)
}

fn tell(args: &ScoreArgs, report: &ScoreReport, out: Option<&Path>) -> Result<(), Failure> {
    if args.json {
        let text = serde_json::to_string_pretty(&report.summary).map_err(Failure::data)?;
        return print(&text);
    }
    print(&render_scores(&report.summary, super::stdout_width()))?;
    match out {
        Some(out) => print(&format!("\nfiles: {}", out.display())),
        None => Ok(()),
    }
}

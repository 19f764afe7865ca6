//! `primum report`: what one run shows, or several on the same cases.

use std::path::{Path, PathBuf};

use crate::bench::StoredRun;
use crate::bench::study::{run_name, study};
use crate::evidence::{Plan, findings};
use crate::report::Summary;
use crate::report::dossier::{Dossier, RunPart, csv, markdown};
use crate::whole_file;

use super::{Exit, Failure, print, stored};

/// Say what runs show: one page, the tables of a paper, and all numbers.
///
/// Writes report.html (one file, no network), report.md, report.csv and
/// evidence.json. Several runs are compared side by side; they must have the
/// same cases, task, profile and judge. Nothing is asked and the runs are not
/// changed.
#[derive(clap::Args, Clone, Debug)]
pub struct ReportArgs {
    /// Run folders, or their names in runs/
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,
    /// Folder for the files [default: report/ in the run's folder; of several
    /// runs runs/report-of-RUN+RUN]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Show texts of cases, answers and ledgers on the page [default: for open
    /// cases, that say so themselves]
    #[arg(long, conflicts_with = "no_text")]
    with_text: bool,
    /// Show no texts
    #[arg(long)]
    no_text: bool,
    /// Print the Markdown on stdout and write no files
    #[arg(long, conflicts_with_all = ["csv", "json", "out"])]
    markdown: bool,
    /// Print the CSV on stdout and write no files
    #[arg(long, conflicts_with_all = ["json", "out"])]
    csv: bool,
    /// Print evidence.json on stdout and write no files
    #[arg(long, conflicts_with = "out")]
    json: bool,
    /// Resamples wherever something is resampled
    #[arg(long, default_value_t = 10_000, value_name = "N", value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    resamples: u32,
    /// Folder of the runs' cases [default: where they were]
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
    /// Say only where the files are
    #[arg(long)]
    quiet: bool,
}

/// Runs the command.
pub fn main(args: &ReportArgs) -> Result<Exit, Failure> {
    let runs: Vec<StoredRun> = args
        .runs
        .iter()
        .map(|run| stored::open(run, args.cases.as_deref()))
        .collect::<Result<_, _>>()?;
    let dossier = dossier(args, &runs)?;
    if args.markdown {
        print(&markdown::render(&dossier))?;
    } else if args.csv {
        print(&csv::render(&dossier))?;
    } else if args.json {
        print(&json(&dossier)?)?;
    } else {
        let out = out(args, &runs);
        write(&out, &dossier)?;
        if !args.quiet {
            print(&first_words(&dossier))?;
        }
        print(&format!("report: {}", out.join("report.html").display()))?;
    }
    let whole = dossier.runs.iter().all(|run| {
        run.summary
            .arms
            .values()
            .all(crate::report::summary::ArmSummary::is_whole)
    });
    Ok(if whole { Exit::Done } else { Exit::Partial })
}

fn dossier(args: &ReportArgs, runs: &[StoredRun]) -> Result<Dossier, Failure> {
    let whole = study(runs).map_err(|error| match &error {
        crate::bench::study::StudyError::Unlike { .. } => Failure::usage(error),
        crate::bench::study::StudyError::Stored(error) => stored::failure(error),
        crate::bench::study::StudyError::Folder(_) => Failure::data(error),
    })?;
    let first = runs.first().ok_or_else(|| Failure::usage("name a run"))?;
    let mut fixed = first.meta.hypotheses.clone();
    for run in runs.iter().skip(1) {
        fixed.family.extend(run.meta.hypotheses.all().cloned());
    }
    let plan = Plan {
        profile: first.shape.profile,
        fixed,
        resamples: args.resamples as usize,
        seed: first.meta.seed,
        simulated: runs.iter().any(|run| run.meta.simulated),
    };
    let with_text = args.with_text || (!args.no_text && runs.iter().all(|run| run.set.open));
    Ok(Dossier {
        findings: findings(&whole, &plan),
        runs: runs.iter().map(part).collect::<Result<_, _>>()?,
        cases: Vec::new(),
        with_text,
    })
}

/// The summary as the run keeps it.
fn part(run: &StoredRun) -> Result<RunPart, Failure> {
    let path = run.folder.join("summary.json");
    let bad = |why: String| {
        Failure::data(format!(
            "{}: {why}\nTo write it anew: primum bench --resume {}",
            path.display(),
            run.folder.display()
        ))
    };
    let text = std::fs::read(&path).map_err(|error| bad(error.to_string()))?;
    let summary: Summary = serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))?;
    Ok(RunPart {
        name: run_name(run),
        summary,
    })
}

/// Where the files go.
fn out(args: &ReportArgs, runs: &[StoredRun]) -> PathBuf {
    if let Some(out) = &args.out {
        return out.clone();
    }
    match runs {
        [one] => one.folder.join("report"),
        many => {
            let names: Vec<String> = many.iter().map(run_name).collect();
            Path::new(super::runs::RUNS).join(format!("report-of-{}", names.join("+")))
        }
    }
}

fn json(dossier: &Dossier) -> Result<String, Failure> {
    serde_json::to_string_pretty(&dossier.findings).map_err(Failure::data)
}

fn write(out: &Path, dossier: &Dossier) -> Result<(), Failure> {
    let failed = |error: whole_file::WriteError| Failure::usage(error.to_string());
    whole_file::folder(out).map_err(failed)?;
    let files = [
        ("report.md", markdown::render(dossier)),
        ("report.csv", csv::render(dossier)),
        ("evidence.json", json(dossier)? + "\n"),
    ];
    for (name, text) in files {
        whole_file::write(&out.join(name), text.as_bytes()).map_err(failed)?;
    }
    Ok(())
}

/// What the terminal says first.
fn first_words(dossier: &Dossier) -> String {
    use crate::report::dossier::answer::answer;
    use crate::report::page::Page;
    let said = answer(dossier);
    let mut page = Page::new(super::stdout_width());
    for sentence in &said.sentences {
        page.line(sentence);
    }
    page.gap();
    for detail in &said.details {
        page.hang(0, "* ", detail);
    }
    page.heading("Before any of this is believed:");
    for caveat in &said.caveats {
        page.hang(0, "* ", caveat);
    }
    page.finish() + "\n"
}

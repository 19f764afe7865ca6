//! `primum report`: what one run shows, or several on the same cases.

use crate::clinical::Shown;
use std::path::{Path, PathBuf};

use crate::bench::StoredRun;
use crate::bench::stories::stories;
use crate::bench::study::{Names, run_name, study};
use crate::evidence::search::prediction::Measured;
use crate::evidence::search::{Outcome, Prediction, Span, compare};
use crate::evidence::{Findings, Hypotheses, Hypothesis, Measure, Plan, findings};
use crate::report::Summary;
use crate::report::dossier::{CaseStory, Dossier, RunPart, csv, markdown, page};
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
    /// What primum search predicted for a panel of these runs (its
    /// .prediction.json), to be shown beside what came of it; may be given several
    /// times
    #[arg(long, value_name = "FILE")]
    prediction: Vec<PathBuf>,
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
    must_be_several(&runs)?;
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
    let names = Names::of(runs);
    let mut fixed = Hypotheses::default();
    for (at, run) in runs.iter().enumerate() {
        let of_run = run_name(run);
        let renamed = |known: &Hypothesis| known.renamed(|arm| names.shown(arm, &of_run));
        let own = &run.meta.hypotheses;
        match at {
            0 => fixed.primary = own.primary.as_ref().map(renamed),
            _ => fixed.others.extend(own.primary.iter().map(renamed)),
        }
        fixed.family.extend(own.family.iter().map(renamed));
    }
    let plan = Plan {
        profile: first.shape.profile,
        fixed,
        resamples: args.resamples as usize,
        seed: first.meta.seed,
        simulated: runs
            .iter()
            .map(|run| run.meta.simulated.clone())
            .reduce(|all, one| all.and(&one))
            .unwrap_or_default(),
    };
    let with_text = args.with_text || (!args.no_text && runs.iter().all(|run| run.set.open));
    let found = findings(&whole, &plan);
    let mut cases: Vec<CaseStory> = Vec::new();
    for run in runs {
        let name = run_name(run);
        let rename = |arm: &str| names.shown(arm, &name);
        let stories = stories(run, with_text, rename).map_err(|error| stored::failure(&error))?;
        for story in stories {
            match cases.iter_mut().find(|known| known.item == story.item) {
                Some(known) => known.answers.extend(story.answers),
                None => cases.push(story),
            }
        }
    }
    Ok(Dossier {
        outcomes: outcomes(args, runs, &found)?,
        findings: found,
        runs: runs.iter().map(part).collect::<Result<_, _>>()?,
        cases,
        with_text,
        unlike: unlike(runs),
    })
}

/// Arms are told apart by the names of their runs, so these must differ.
fn must_be_several(runs: &[StoredRun]) -> Result<(), Failure> {
    for (at, run) in runs.iter().enumerate() {
        let name = run_name(run);
        if runs
            .iter()
            .skip(at + 1)
            .any(|other| run_name(other) == name)
        {
            return Err(Failure::usage(format!(
                "two runs are named {name}: a run cannot stand beside itself, and two of one name \
                 cannot be told apart; rename a folder"
            )));
        }
    }
    Ok(())
}

/// In which ways runs ask other items, in words.
fn unlike(runs: &[StoredRun]) -> Vec<String> {
    let asked = |run: &StoredRun| {
        let mut items: Vec<String> = run.shape.items.iter().map(|item| item.id.clone()).collect();
        items.sort();
        (items, run.shape.trials)
    };
    let Some(first) = runs.first() else {
        return Vec::new();
    };
    runs.iter()
        .filter(|run| asked(run) != asked(first))
        .map(|run| {
            format!(
                "UNLIKE: runs {} ({} items, {} trial(s)) and {} ({} items, {} trial(s)) did not ask \
                 the same: means of their arms are over other items; differences are over what they \
                 have in common",
                run_name(first),
                first.shape.items.len(),
                first.shape.trials,
                run_name(run),
                run.shape.items.len(),
                run.shape.trials,
            )
        })
        .collect()
}

/// What a search predicted, beside what the runs measured.
fn outcomes(
    args: &ReportArgs,
    runs: &[StoredRun],
    found: &Findings,
) -> Result<Vec<Outcome>, Failure> {
    let names = Names::of(runs);
    let mut outcomes = Vec::new();
    for path in &args.prediction {
        let bad = |why: String| Failure::data(format!("{}: {why}", path.display()));
        let text = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
        let prediction: Prediction = serde_json::from_slice(&text)
            .map_err(|error| bad(format!("it is no prediction of primum search: {error}")))?;
        let run = runs
            .iter()
            .find(|run| run.meta.panels.contains_key(&prediction.panel));
        let arm = format!("panel:{}", prediction.panel);
        let arm = match run {
            Some(run) => names.shown(&arm, &run_name(run)),
            None => arm,
        };
        let (Some(run), Some(arm)) = (run, found.arm(&arm)) else {
            return Err(Failure::usage(format!(
                "{}: none of the runs has a panel {}: bench it first",
                path.display(),
                prediction.panel
            )));
        };
        let range = |measure: Measure| arm.measures.get(measure.name()).copied();
        let (Some(severe), Some(headline)) = (range(Measure::Severe), range(found.headline)) else {
            return Err(bad(format!(
                "panel {} has too few scores",
                prediction.panel
            )));
        };
        let measured = Measured {
            panel: prediction.panel.clone(),
            panel_hash: run
                .meta
                .panels
                .get(&prediction.panel)
                .cloned()
                .unwrap_or_default(),
            case_set: run.meta.case_set.clone(),
            severe: Span {
                mean: severe.mean,
                lo: severe.lo,
                hi: severe.hi,
            },
            headline: headline.mean,
            usd: arm.usd.map(|usd| usd.mean),
            seconds: arm.seconds.map(|seconds| seconds.mean),
        };
        outcomes.push(compare(&prediction, &measured));
    }
    Ok(outcomes)
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
        ("report.html", page::render(dossier).map_err(Failure::data)?),
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
    if let Some(sentence) = dossier.findings.simulated.sentence(Shown::Numbers) {
        page.line(&format!("{sentence}."));
    }
    let caveats = dossier.runs.iter().flat_map(|run| &run.summary.caveats);
    let caveats: std::collections::BTreeSet<&String> = caveats.collect();
    for caveat in caveats {
        page.line(caveat);
    }
    for verdict in &said.verdicts {
        page.line(verdict);
    }
    page.gap();
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

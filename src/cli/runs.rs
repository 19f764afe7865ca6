//! `primum runs`: what runs there are, and finding the one to go on with.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::bench::RunMeta;
use crate::bench::meta::RunState;
use crate::bench::run::ITEM;
use crate::clinical::money;
use crate::gateway::Trouble;
use crate::gateway::journal::Journal;

use super::{Exit, Failure, print, troubles};

/// Where runs are kept unless `--out` says otherwise.
pub const RUNS: &str = "runs";

pub use crate::bench::stored::DATABASE;

/// List the runs in a folder, or look at one run: what failed, with the
/// providers' own words and what helps.
#[derive(clap::Args, Debug)]
pub struct RunsArgs {
    /// Folder of runs, or the folder of one run
    #[arg(default_value = RUNS, value_name = "DIR|RUN")]
    dir: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One run as listed.
#[derive(Serialize)]
struct Listed {
    run: PathBuf,
    #[serde(flatten)]
    meta: RunMeta,
    answers: usize,
    calls: usize,
    failures: usize,
    usd: f64,
    usd_estimated: f64,
    unanswered: usize,
}

/// Runs the command.
pub fn main(args: &RunsArgs) -> Result<Exit, Failure> {
    if args.dir.join(DATABASE).is_file() {
        return one(args);
    }
    let mut listed = Vec::new();
    let mut unreadable = Vec::new();
    for folder in folders(&args.dir) {
        match look(&folder) {
            Ok(run) => listed.push(run),
            Err(error) => unreadable.push(format!("{}: {error}", folder.display())),
        }
    }
    if args.json {
        print(&serde_json::to_string_pretty(&listed).unwrap_or_default())?;
    } else if listed.is_empty() {
        print(&format!("no runs in {}", args.dir.display()))?;
    } else {
        print(&table(&listed))?;
    }
    for line in unreadable {
        eprintln!("{line}");
    }
    Ok(Exit::Done)
}

/// One run, with its distinct failures.
fn one(args: &RunsArgs) -> Result<Exit, Failure> {
    let faulty = |why: String| Failure::data(format!("{}: {why}", args.dir.display()));
    let run = look(&args.dir).map_err(faulty)?;
    let read = || troubles::of_run(&Journal::read(&args.dir.join(DATABASE))?);
    let failed = read().map_err(|error| faulty(error.to_string()))?;
    if args.json {
        let run = One {
            run: &run,
            failed: &failed,
        };
        print(&serde_json::to_string_pretty(&run).map_err(Failure::data)?)?;
        return Ok(Exit::Done);
    }
    print(&table(std::slice::from_ref(&run)))?;
    match failed.as_slice() {
        [] => print("\nno call failed for good")?,
        failed => print(&format!("\n{}", troubles::list(failed)))?,
    }
    Ok(Exit::Done)
}

/// One run as JSON.
#[derive(Serialize)]
struct One<'a> {
    #[serde(flatten)]
    run: &'a Listed,
    failed: &'a [Trouble],
}

fn table(runs: &[Listed]) -> String {
    let mut table = crate::report::terminal::table(None);
    table.set_header(vec![
        "run", "state", "panels", "answers", "calls", "failures", "usd", "",
    ]);
    for run in runs {
        let panels: Vec<&str> = run.meta.panels.keys().map(String::as_str).collect();
        table.add_row(vec![
            run.run.display().to_string(),
            state(run.meta.state).to_owned(),
            panels.join(", "),
            format!("{} of {}", run.answers, run.meta.tasks),
            run.calls.to_string(),
            run.failures.to_string(),
            money::marked(format!("{:.4}", run.usd), run.usd_estimated > 0.0),
            run.meta.simulated.mark(),
        ]);
    }
    let mut text = table.trim_fmt();
    if runs.iter().any(|run| run.usd_estimated > 0.0) {
        text.push_str(
            "\n~: estimated where no provider said what it took; attempts without an answer count \
             as all that they were allowed",
        );
    }
    text
}

fn state(state: RunState) -> &'static str {
    match state {
        RunState::Begun => "begun",
        RunState::Partial => "partial",
        RunState::Done => "done",
    }
}

/// Folders below `dir` that hold a run, by name.
fn folders(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join(DATABASE).is_file())
        .collect();
    found.sort();
    found
}

/// Names of the runs below `dir`.
pub fn names(dir: &Path) -> Vec<String> {
    let folders = folders(dir).into_iter();
    folders
        .filter_map(|folder| Some(folder.file_name()?.to_string_lossy().into_owned()))
        .collect()
}

fn look(folder: &Path) -> Result<Listed, String> {
    let journal = Journal::read(&folder.join(DATABASE)).map_err(|error| error.to_string())?;
    let meta = meta(&journal)?.ok_or("its database does not say what it is")?;
    let read = || -> Result<_, crate::gateway::journal::JournalError> {
        Ok((
            journal.result_ids(ITEM)?.len(),
            journal.failures()?.len(),
            journal.spent()?,
            journal.unanswered()?.len(),
        ))
    };
    let (answers, failures, spent, unanswered) = read().map_err(|error| error.to_string())?;
    Ok(Listed {
        run: folder.to_owned(),
        meta,
        answers,
        calls: journal.calls_count(),
        failures,
        usd: spent.usd,
        usd_estimated: spent.estimated_usd,
        unanswered,
    })
}

/// What a run's database says about itself; `None` in a new one.
pub fn meta(journal: &Journal) -> Result<Option<RunMeta>, String> {
    journal
        .meta_get(RunMeta::KEY)
        .map_err(|error| error.to_string())?
        .map(|text| serde_json::from_str(&text).map_err(|error| error.to_string()))
        .transpose()
}

/// The newest unfinished run below `dir` that is the wanted one.
pub fn unfinished(dir: &Path, wanted: &RunMeta) -> Option<PathBuf> {
    folders(dir).into_iter().rev().find(|folder| {
        Journal::glance(&folder.join(DATABASE))
            .ok()
            .and_then(|journal| meta(&journal).ok().flatten())
            .is_some_and(|meta| meta.state != RunState::Done && meta.differences(wanted).is_empty())
    })
}

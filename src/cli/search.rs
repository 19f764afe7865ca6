//! `primum search`: which panel of a run's advisors would harm least.

use std::path::PathBuf;

use crate::bench::drafts::{RunDrafts, Whose};
use crate::bench::meta::RunState;
use crate::evidence::search::{Settings, search};
use crate::report::search::{render_search, warnings};

use super::search_panel::{self, Written};
use super::{Exit, Failure, print, stored};

/// Search a run's judged drafts for the panel that would harm least.
///
/// Every set of advisors and every vote rule is measured on the options that
/// the drafts match, without any model call. What is shown for the choice was
/// measured on other cases than it was chosen on. Votes pool drafts through the
/// rubric, which a real panel cannot: run the panel that is written to know what
/// it is worth.
#[derive(clap::Args, Clone, Debug)]
pub struct SearchArgs {
    /// Run folder, or its name in runs/
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Most advisors of a panel
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    max_members: u32,
    /// Most dollars that the drafts of one consult may cost
    #[arg(long, value_name = "USD")]
    max_usd: Option<f64>,
    /// Most seconds that the slowest draft of a consult may take, on average
    #[arg(long, value_name = "SECONDS")]
    max_seconds: Option<f64>,
    /// Search the other models that answered alone as well, not only advisors
    #[arg(long)]
    all_models: bool,
    /// Folds: chosen on all but one of them, measured on that one
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1000))]
    folds: u32,
    /// How often the cases are dealt into folds
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    repeats: u32,
    /// Seed of the folds
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Where the chosen panel is written [default: found-TofN.toml in the run's
    /// folder]; its prediction goes beside it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Give the chosen panel the guardians of the panel that it comes from; the
    /// search knows nothing of what they do
    #[arg(long)]
    with_guardians: bool,
    /// Folder of the run's cases [default: where they were]
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
    /// Print JSON (schemas/search.schema.json), people's words on stderr
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn main(args: &SearchArgs) -> Result<Exit, Failure> {
    for (flag, limit) in [
        ("--max-usd", args.max_usd),
        ("--max-seconds", args.max_seconds),
    ] {
        if limit.is_some_and(|limit| limit.is_nan() || limit < 0.0) {
            return Err(Failure::usage(format!("{flag} must be 0 or more")));
        }
    }
    let run = stored::open(&args.run, args.cases.as_deref())?;
    if run.shape.grading.is_some() {
        return Err(Failure::usage(format!(
            "{}: it grades options; a search needs a run of the task plan",
            run.folder.display()
        )));
    }
    let whose = match args.all_models {
        true => Whose::EveryModel,
        false => Whose::Advisors,
    };
    let drafts = RunDrafts::read(&run, whose).map_err(|error| stored::failure(&error))?;
    if !drafts.without.is_empty() {
        eprintln!(
            "left out, without any judged draft: {}",
            drafts.without.join(", ")
        );
    }
    if run.meta.state != RunState::Done {
        eprintln!(
            "the run is not finished; the search has what there is. To go on: primum bench --resume \
             {}",
            run.folder.display()
        );
    }
    let settings = Settings {
        max_members: args.max_members as usize,
        max_usd: args.max_usd,
        max_seconds: args.max_seconds,
        folds: args.folds as usize,
        repeats: args.repeats as usize,
        seed: args.seed,
        run: run.folder.display().to_string(),
        simulated: run.meta.simulated.clone(),
    };
    let mut found = search(&drafts.ballots, &settings).map_err(|error| {
        Failure::usage(format!(
            "{}: {error}{}",
            run.folder.display(),
            advice(args, &drafts)
        ))
    })?;
    found.warnings = warnings(&found);
    if args.json {
        print(&serde_json::to_string_pretty(&found).map_err(Failure::data)?)?;
    } else {
        print(&render_search(&found, super::stdout_width()))?;
    }
    let written = search_panel::write(&run, &found, args.out.as_deref(), args.with_guardians)?;
    tell(args, &written)?;
    Ok(Exit::Done)
}

/// What to do where there is too little to choose from.
fn advice(args: &SearchArgs, drafts: &RunDrafts) -> &'static str {
    match drafts.ballots.members.len() {
        0 | 1 if args.all_models => {
            ". Run a panel with more [[advisors]], or with [[solo]] models, and search that run"
        }
        0 | 1 => {
            ". Run a panel with more [[advisors]] and search that run, or search the other models \
             that answered alone too, with --all-models"
        }
        _ => "",
    }
}

fn tell(args: &SearchArgs, written: &Written) -> Result<(), Failure> {
    let said = format!(
        "panel: {}\nprediction: {}\nto confirm it: primum bench {}",
        written.panel.display(),
        written.prediction.display(),
        written.panel.display()
    );
    if args.json {
        eprintln!("{said}");
        return Ok(());
    }
    print(&said)
}

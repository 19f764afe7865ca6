//! `primum bench`: panels against their members, on cases with a rubric.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::bench::folder::{Spending, Written};
use crate::bench::meta::RunState;
use crate::bench::run::RunEnd;
use crate::bench::{self, Extra, RunRecord, Shape};
use crate::clinical::money;
use crate::evidence::Hypothesis;
use crate::gateway::journal::{Journal, system_clock};
use crate::gateway::{
    CallError, FailureKind, Gateway, GatewayConfig, Trouble, advice, exact_dollars,
};
use crate::panel::model::{Protocol, Task};
use crate::report::summary::ArmSummary;
use crate::report::terminal;

use super::progress::seconds;
use super::runs::{self, DATABASE};
use super::session::{self, Expected};
use super::setup::{self, Setup};
use super::{Exit, Failure, keys, print, providers, runtime, troubles};

/// Compare panels with their members alone, on cases with a rubric.
#[derive(clap::Args, Clone, Debug)]
pub struct BenchArgs {
    /// Panel files; several are compared on the same items
    #[arg(default_value = "agents/demo.toml", value_name = "PANEL")]
    pub panels: Vec<PathBuf>,
    /// Folder of cases in the benchmark's layout
    #[arg(long, default_value = "cases/demo", value_name = "DIR")]
    pub cases: PathBuf,
    /// Run folder; one that exists is continued [default: runs/PANEL-TIME, or the
    /// newest unfinished run of the same panels, cases, selection and seed]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Variants per case, 1 (base only) to 11
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub k: u32,
    /// Repeats of every item
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub trials: u32,
    /// At most so many base cases
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Only cases or items that match, such as 'Card*'; may be given several times
    #[arg(long, value_name = "GLOB")]
    pub only: Vec<String>,
    /// Seed of the run
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// What the panels do, in place of what their files say: answer with plans,
    /// or grade the options of every case, which needs no judge
    #[arg(long, value_name = "TASK")]
    pub task: Option<TaskName>,
    /// Protocols in place of what the panels say, with commas between them; of
    /// every panel one is made for each, named after it (demo-vote); the task
    /// options has lead and vote
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub protocol: Vec<ProtocolName>,
    /// Further arms, with commas between them: self (the lead's model in every
    /// seat, as many calls), self:MODEL, solo-cut (every advisor's own draft to
    /// the panel's number of words)
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub arms: Vec<Extra>,
    /// The one comparison that the run is made for, fixed before it begins: a
    /// measure and two arms, such as 'Severe_rate panel:demo solo:ada'
    #[arg(long, value_name = "MEASURE ARM ARM")]
    pub primary: Option<Hypothesis>,
    /// A further comparison, fixed before the run; p values of all of these are
    /// adjusted together (Holm). May be given several times
    #[arg(long, value_name = "MEASURE ARM ARM")]
    pub family: Vec<Hypothesis>,
    /// Judge every stage of the panels as well: which one added a harm, which
    /// one prevented it, and what another panel would have answered
    #[arg(long)]
    pub ledger: bool,
    /// With --ledger: judge what other panels would have answered, too
    #[arg(long, requires = "ledger")]
    pub confirm: bool,
    /// Score profile: noharm-2026-07 or noharm-2026-06 [default: noharm-2026-07;
    /// noharm-v1 for the task options, which has no other]
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Most dollars that the whole run may cost; the panels' own budgets hold as well
    #[arg(long, value_name = "USD")]
    pub budget_usd: Option<f64>,
    /// Say what would be done and what it would cost, and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Continue the run in this folder, with its panels, cases and seed
    #[arg(long, value_name = "RUN", conflicts_with_all = [
        "panels", "cases", "out", "k", "trials", "limit", "only", "seed", "protocol", "arms", "primary", "family", "ledger", "confirm", "profile", "new", "dry_run",
    ])]
    pub resume: Option<PathBuf>,
    /// Start a new run even if an unfinished one could be continued
    #[arg(long)]
    pub new: bool,
    /// Machine output (summary.json) on stdout, people's words on stderr
    #[arg(long)]
    pub json: bool,
    /// No plan and no progress, only the result
    #[arg(long)]
    pub quiet: bool,
    /// Do not ask before money is spent
    #[arg(long)]
    pub yes: bool,
}

/// A task as typed.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskName {
    /// Free-text plans, judged against a rubric
    Plan,
    /// A grade for every option of a case
    Options,
}

impl From<TaskName> for Task {
    fn from(name: TaskName) -> Self {
        match name {
            TaskName::Plan => Self::Plan,
            TaskName::Options => Self::Options,
        }
    }
}

/// A protocol as typed.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProtocolName {
    /// One advisor's plan
    Lead,
    /// What enough advisors drafted
    Vote,
    /// What a moderator merges
    Synthesis,
    /// A vote after rounds of changes
    Debate,
    /// Ratings by the RAND/UCLA method
    Delphi,
    /// Each that the task has
    All,
}

impl ProtocolName {
    /// Reads the name of one protocol, where `all` makes no sense.
    pub fn one() -> impl TypedValueParser<Value = Protocol> {
        let one = |name: &Self| {
            Protocol::ALL
                .into_iter()
                .find(|protocol| name.is(*protocol))
        };
        let names = Self::value_variants().iter();
        let names = names.filter(move |name| one(name).is_some());
        PossibleValuesParser::new(names.filter_map(ValueEnum::to_possible_value)).try_map(
            move |word| {
                let name = Self::from_str(&word, false)?;
                one(&name).ok_or_else(|| format!("{word} is not one protocol"))
            },
        )
    }

    /// Is it this one by name?
    pub fn is(self, protocol: Protocol) -> bool {
        match self {
            Self::Lead => protocol == Protocol::Lead,
            Self::Vote => protocol == Protocol::Vote,
            Self::Synthesis => protocol == Protocol::Synthesis,
            Self::Debate => protocol == Protocol::Debate,
            Self::Delphi => protocol == Protocol::Delphi,
            Self::All => false,
        }
    }
}

/// Runs the command.
pub fn main(args: BenchArgs) -> Result<Exit, Failure> {
    let args = match &args.resume {
        Some(folder) => resumed(&args, folder)?,
        None => args,
    };
    let setup = setup::read(&args)?;
    if !args.quiet || args.dry_run {
        eprintln!("{}", setup.plan());
    }
    if args.dry_run {
        if args.json {
            print(&serde_json::to_string_pretty(&setup.plan_json()).unwrap_or_default())?;
        }
        return Ok(Exit::Done);
    }
    setup.check_budget(args.budget_usd)?;
    if let Some(warning) = setup.beyond_budget(args.budget_usd).filter(|_| !args.quiet) {
        eprintln!("{warning}");
    }
    if let Some(advice) = setup.advice(&args.panels).filter(|_| !args.quiet) {
        eprintln!("{advice}");
    }
    let keys = keys::collect(setup.providers.values())?;
    session::confirm(args.yes, &setup.providers)?;
    let panels: Vec<&str> = setup.meta.panels.keys().map(String::as_str).collect();
    let out = session::folder(
        args.out.as_deref(),
        args.new,
        &panels.join("+"),
        &setup.meta,
    )?;
    let journal = session::open(&out, &setup.meta)?;
    if !args.quiet {
        session::say_where(&out, &journal);
    }
    runtime()?.block_on(session(&args, setup, keys, &out, journal))
}

/// The arguments of a run that is to be continued, from its own database.
fn resumed(args: &BenchArgs, folder: &Path) -> Result<BenchArgs, Failure> {
    let database = folder.join(DATABASE);
    let not_a_run = |why: String| {
        Failure::usage(format!(
            "{}: cannot be resumed: {why}. `primum runs` lists the runs",
            folder.display()
        ))
    };
    if !database.is_file() {
        return Err(not_a_run(format!("there is no {DATABASE} in it")));
    }
    let journal = Journal::read(&database).map_err(|error| not_a_run(error.to_string()))?;
    let meta = runs::meta(&journal)
        .map_err(&not_a_run)?
        .ok_or_else(|| not_a_run("it never began".to_owned()))?;
    if meta.answers.is_some() {
        return Err(not_a_run(
            "it judges answers: give the same `primum score` command again, with --out".to_owned(),
        ));
    }
    Ok(BenchArgs {
        panels: meta.panel_files,
        cases: meta.cases_dir,
        out: Some(folder.to_owned()),
        k: meta.k,
        trials: meta.trials,
        limit: meta.limit,
        only: meta.only,
        seed: meta.seed,
        task: <TaskName as clap::ValueEnum>::from_str(&meta.task, false).ok(),
        protocol: again(&meta.protocols, |name| {
            <ProtocolName as clap::ValueEnum>::from_str(name, false)
        })
        .map_err(&not_a_run)?,
        arms: again(&meta.arms, |name| name.parse()).map_err(&not_a_run)?,
        primary: meta.hypotheses.primary,
        family: meta.hypotheses.family,
        ledger: meta.ledger,
        confirm: meta.confirm,
        profile: Some(meta.profile),
        // A limit on money is not forgotten because the command was shorter.
        budget_usd: args.budget_usd.or(meta.budget_usd),
        resume: None,
        ..args.clone()
    })
}

/// A list as it was typed.
fn again<T>(names: &[String], read: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    names
        .iter()
        .map(|name| read(name).map_err(|why| format!("\"{name}\" is not known here: {why}")))
        .collect()
}

async fn session(
    args: &BenchArgs,
    setup: Setup,
    keys: std::collections::BTreeMap<String, secrecy::SecretString>,
    out: &Path,
    journal: Journal,
) -> Result<Exit, Failure> {
    let (providers, _simulators) =
        providers::start_simulators(&setup.providers, setup.cases()).await?;
    session::save_state(&journal, &setup.meta, RunState::Begun).await?;
    save_record(&journal, &setup).await?;
    let gateway = Gateway::new(GatewayConfig {
        keys,
        run_seed: args.seed,
        budget_usd: setup.budget_usd(args.budget_usd),
        jitter_seed: system_clock(),
        halt_on: bench::item::HALTING.to_vec(),
        ..GatewayConfig::new(providers, journal.clone())
    })
    .map_err(Failure::usage)?;

    let width = match setup.budget_usd(args.budget_usd) {
        // Money that runs out must leave whole items behind, all arms of them,
        // and not one stage of every item.
        Some(_) => setup.bench.arms.len() * 2,
        None => providers::width(&setup.providers),
    };
    let expected = Expected {
        calls: setup.expected_calls(),
        simulated: setup.bench.simulated.clone(),
        shown: !args.quiet,
    };
    let bench = Arc::new(setup.bench);
    let (end, interrupted) = session::drive(&bench, &gateway, &journal, width, expected).await?;

    let provenance = setup.provenance;
    let shape = Shape::of(&bench);
    let written = bench::write_files(&shape, &journal, provenance, &setup.resolved, out)
        .map_err(|error| Failure::data(format!("{}: {error}", out.display())))?;
    let stopped = gateway.stopped();
    let exit = verdict(&written, &end, stopped.as_ref(), interrupted);
    // What can never be scored (a case without a rubric) leaves nothing to go
    // on with.
    let nothing_left =
        end.missing == 0 && !interrupted && journal.failures().is_ok_and(|f| f.is_empty());
    let state = if exit == Exit::Done || nothing_left {
        RunState::Done
    } else {
        RunState::Partial
    };
    session::save_state(&journal, &setup.meta, state).await?;
    tell(args, &written, out)?;
    let failed = troubles::of_run(&journal).map_err(Failure::data)?;
    explain(exit, &end, stopped, &failed, out);
    Ok(exit)
}

/// Keeps what the files are written from, so that they can be written again.
async fn save_record(journal: &Journal, setup: &Setup) -> Result<(), Failure> {
    let record = RunRecord::of(
        &setup.bench,
        setup.provenance.clone(),
        setup.resolved.clone(),
    );
    let text = serde_json::to_string(&record).map_err(Failure::data)?;
    journal
        .meta_set(RunRecord::KEY, &text)
        .await
        .map_err(Failure::data)
}

/// The exit code of a run.
fn verdict(
    written: &Written,
    end: &RunEnd,
    stopped: Option<&CallError>,
    interrupted: bool,
) -> Exit {
    let complete = written.summary.arms.values().all(ArmSummary::is_whole);
    session::exit(complete && end.missing == 0, stopped, interrupted)
}

fn tell(args: &BenchArgs, written: &Written, out: &Path) -> Result<(), Failure> {
    if args.json {
        let text = serde_json::to_string_pretty(&written.summary).map_err(Failure::data)?;
        return print(&text);
    }
    let width = super::stdout_width();
    print(&terminal::render(&written.summary, &written.timing, width))?;
    print(&format!(
        "\n{}files: {}\nwhat it shows: primum report {}",
        spent(&written.spending),
        out.display(),
        out.display()
    ))
}

/// What was spent in all sessions, on a line; nothing where nothing was.
fn spent(spending: &Spending) -> String {
    if spending.usd <= 0.0 {
        return String::new();
    }
    let all = money::marked(exact_dollars(spending.usd, 2), spending.usd_estimated > 0.0);
    let mut line = format!("spent in all: {all}, repairs and the judge included");
    if spending.usd_estimated > 0.0 {
        let part = exact_dollars(spending.usd_estimated, 2);
        line.push_str(&format!(
            "; {part} of it estimated, since no provider said what it took"
        ));
    }
    if spending.unanswered > 0 {
        let attempts = spending.unanswered;
        line.push_str(&format!(
            " ({attempts} attempts without an answer may be billed)"
        ));
    }
    line.push('\n');
    line
}

/// Why the run is not complete, and what to do.
fn explain(exit: Exit, end: &RunEnd, stopped: Option<CallError>, failed: &[Trouble], out: &Path) {
    let again = format!("primum bench --resume {}", out.display());
    let why = stopped.or_else(|| end.stopped_by.clone());
    match (exit, why) {
        (Exit::Done, _) => {}
        (Exit::Interrupted, _) => eprintln!("interrupted; nothing is lost. To go on: {again}"),
        (Exit::Provider, Some(error)) => {
            eprintln!("stopped: {error}");
            if let Some(advice) = advice(error.kind, &error.message) {
                eprintln!("  what helps: {advice}");
            }
            if !troubles::may_pass(error.kind) {
                eprintln!(
                    "The model refuses what the panel says: to go on would end here again. \
                     {ANOTHER_RUN}"
                );
                return;
            }
            eprintln!("Nothing is lost. When it is mended: {again}");
            if matches!(error.kind, FailureKind::NotFound | FailureKind::Unreachable) {
                eprintln!(
                    "If it is the panel that must be changed, that makes another run: start it \
                     anew, with another --out if you name one."
                );
            }
        }
        (_, Some(error)) if error.kind == FailureKind::Budget => eprintln!(
            "{error}\n{} answers are missing. To go on, raise what limits it, --budget-usd or the \
             panel's [budget] usd: {again} --budget-usd …",
            end.missing
        ),
        (_, Some(error)) => eprintln!("stopped: {error}\nTo go on: {again}"),
        (_, None) => {
            let run = out.display();
            let mut said = "some items are unscored".to_owned();
            if !failed.is_empty() {
                said.push_str(&format!(
                    "; what failed:\n{}\n`primum runs {run}` lists it again.",
                    troubles::list(failed)
                ));
            }
            eprintln!("{said}");
            let refused = |trouble: &&Trouble| !troubles::may_pass(trouble.kind);
            if failed.is_empty() || failed.iter().any(|trouble| !refused(&trouble)) {
                eprintln!("To try them again: {again}");
            }
            if failed.iter().any(|trouble| refused(&trouble)) {
                eprintln!(
                    "What is refused for what the panel says needs another panel. {ANOTHER_RUN}"
                );
            }
        }
    }
}

/// After a change of the panel.
const ANOTHER_RUN: &str = "Another panel is another run: start it anew, with another --out if you \
                           name one.";

/// For the plan: `about 12 s`.
pub fn about(estimate: Option<f64>) -> String {
    estimate.map_or_else(
        || "time unknown until the first calls are back".to_owned(),
        |estimate| format!("about {}", seconds(estimate)),
    )
}

//! `primum explain`: the readable story of every recommendation of a stored
//! answer.

use crate::bench::record::RunRecord;
use crate::clinical::Simulated;
use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bench::options::OptionsResult;
use crate::bench::run::ITEM;
use crate::bench::{ItemResult, RunMeta};
use crate::cases;
use crate::clinical::id::base_and_variant;
use crate::consult;
use crate::gateway::Journal;
use crate::panel::suggest;
use crate::report::story::{
    GradeStory, GuardianStep, HarmStory, Story, Title, render, render_grades,
};

use super::runs::{self, DATABASE};
use super::stored as stored_run;
use super::{Exit, Failure, print};

/// How many near names an error lists.
const NEAR: usize = 5;

/// Tell the story of every recommendation of a run's answer.
///
/// For each candidate, or each drafted item where nothing was pooled: who
/// drafted it in which words, how it was rated and debated, which rule kept or
/// dropped it, what guardians did to it and why, and where it ended. Then what
/// was refused, what speaks against the plan, and what was left out.
#[derive(clap::Args, Clone, Debug)]
pub struct ExplainArgs {
    /// Run folder, or its name in runs/
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Item, such as Card901 or Card901-3
    #[arg(value_name = "ITEM")]
    item: String,
    /// Arm, such as panel:demo or solo:ada [default: the first panel]
    #[arg(long, value_name = "ARM")]
    arm: Option<String>,
    /// Trial
    #[arg(long, default_value_t = 1, value_name = "N")]
    trial: u32,
    /// Print the stored ledger (schemas/ledger.schema.json)
    #[arg(long)]
    json: bool,
}

/// A stored answer, and where it was found.
struct Found {
    journal: Journal,
    meta: RunMeta,
    arm: String,
    body: String,
    shown: String,
    simulated: Simulated,
    caveats: Vec<String>,
}

/// Runs the command.
pub fn main(args: &ExplainArgs) -> Result<Exit, Failure> {
    let found = find(args)?;
    if found.meta.task == "options" {
        options(args, &found)?;
    } else {
        plan(args, &found)?;
    }
    Ok(Exit::Done)
}

fn find(args: &ExplainArgs) -> Result<Found, Failure> {
    let database = stored_run::folder(&args.run)?.join(DATABASE);
    let shown = args.run.display().to_string();
    let bad = |error: String| Failure::data(format!("{shown}: {error}"));
    let journal = Journal::read(&database).map_err(|error| bad(error.to_string()))?;
    let meta = runs::meta(&journal)
        .map_err(&bad)?
        .ok_or_else(|| bad("its database does not say what it is".to_owned()))?;
    if meta.answers.is_some() {
        return Err(Failure::usage(format!(
            "{shown} judges answers from elsewhere: there is no story behind them"
        )));
    }
    let ids = journal
        .result_ids(ITEM)
        .map_err(|error| bad(error.to_string()))?;
    let stored: Vec<Id<'_>> = ids.iter().filter_map(|id| Id::read(id)).collect();
    let id = pick(args, &meta, &stored, &shown)?;
    let body = journal
        .result(ITEM, &id.to_string())
        .map_err(|error| bad(error.to_string()))?
        .ok_or_else(|| bad("the answer is gone".to_owned()))?;
    let arm = id.arm.to_owned();
    let record: Option<RunRecord> = journal
        .meta_get(RunRecord::KEY)
        .ok()
        .flatten()
        .and_then(|text| serde_json::from_str(&text).ok());
    let of_arm = record.and_then(|run| run.arms.into_iter().find(|one| one.name == arm));
    let (simulated, caveats) = match of_arm {
        Some(of_arm) => (of_arm.simulated, of_arm.caveats),
        None => (None, Vec::new()),
    };
    Ok(Found {
        simulated: simulated.unwrap_or_else(|| meta.simulated.clone()),
        caveats,
        journal,
        meta,
        arm,
        body,
        shown,
    })
}

/// The name of a stored answer: arm, item, trial.
struct Id<'a> {
    arm: &'a str,
    item: &'a str,
    trial: u32,
}

impl<'a> Id<'a> {
    fn read(id: &'a str) -> Option<Self> {
        let (arm, rest) = id.split_once(' ')?;
        let (item, trial) = rest.rsplit_once(' ')?;
        Some(Self {
            arm,
            item,
            trial: trial.parse().ok()?,
        })
    }
}

impl std::fmt::Display for Id<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.arm, self.item, self.trial)
    }
}

/// The answer that is meant.
fn pick<'a>(
    args: &ExplainArgs,
    meta: &RunMeta,
    stored: &'a [Id<'a>],
    shown: &str,
) -> Result<&'a Id<'a>, Failure> {
    let lacks = |what: &str, wanted: &str, there: &mut dyn Iterator<Item = &'a str>| {
        let near = suggest::nearest_few(wanted, there, NEAR);
        Failure::usage(if near.is_empty() {
            format!("{shown} holds no answers yet")
        } else {
            format!(
                "{shown} has no {what} {wanted}; near are {}",
                near.join(", ")
            )
        })
    };
    let arms = || stored.iter().map(|id| id.arm);
    let arm = match &args.arm {
        Some(arm) if arms().any(|known| known == arm) => arm.as_str(),
        Some(arm) => return Err(lacks("arm", arm, &mut arms())),
        None => meta
            .panel_order
            .iter()
            .filter_map(|panel| arms().find(|arm| arm.strip_prefix("panel:") == Some(panel)))
            .chain(arms().filter(|arm| arm.starts_with("panel:")))
            .next()
            .ok_or_else(|| lacks("arm", "panel:…", &mut arms()))?,
    };
    let of_arm = || stored.iter().filter(|id| id.arm == arm);
    if !of_arm().any(|id| id.item == args.item) {
        let mut items = of_arm().map(|id| id.item);
        return Err(lacks("item", &args.item, &mut items));
    }
    let mut trials = of_arm().filter(|id| id.item == args.item);
    trials.find(|id| id.trial == args.trial).ok_or_else(|| {
        let trials: Vec<String> = of_arm()
            .filter(|id| id.item == args.item)
            .map(|id| id.trial.to_string())
            .collect();
        Failure::usage(format!(
            "{shown} has no trial {} of {} by {arm}; there are {}",
            args.trial,
            args.item,
            trials.join(", ")
        ))
    })
}

fn stored<T: DeserializeOwned>(args: &ExplainArgs, found: &Found) -> Result<T, Failure> {
    serde_json::from_str(&found.body).map_err(|error| {
        Failure::data(format!(
            "{}: the stored answer to {} cannot be read (line {}, column {})",
            found.shown,
            args.item,
            error.line(),
            error.column()
        ))
    })
}

fn title<'a>(args: &'a ExplainArgs, found: &'a Found) -> Title<'a> {
    Title {
        item: &args.item,
        arm: &found.arm,
        trial: args.trial,
        simulated: &found.simulated,
        caveats: &found.caveats,
    }
}

/// Is it one model in its own words? A shortened one has a ledger of what was
/// left out.
fn is_solo(arm: &str) -> bool {
    arm.starts_with("solo:")
}

fn json(ledger: &impl Serialize) -> Result<(), Failure> {
    print(&serde_json::to_string_pretty(ledger).map_err(Failure::data)?)
}

fn plan(args: &ExplainArgs, found: &Found) -> Result<(), Failure> {
    let result: ItemResult = stored(args, found)?;
    let solo = is_solo(&found.arm);
    if args.json {
        if solo {
            eprintln!("{} is a model alone: its ledger is empty", found.arm);
        }
        return json(&result.ledger);
    }
    let drafted = consult::drafted(&found.journal, &result.ledger, &args.item, args.trial)
        .map_err(|error| Failure::data(format!("{}: {error}", found.shown)))?;
    let doubt = match solo {
        true => None,
        false => result.ledger.check(&result.plan, &drafted).err(),
    };
    let guardians: Vec<GuardianStep> = result
        .steps
        .iter()
        .filter(|step| step.after != "consensus")
        .map(|step| GuardianStep {
            guardian: step.after.clone(),
            applied: step.applied,
            refused: step.refused,
        })
        .collect();
    let harms = result.flow.as_ref().map(|flow| &flow.trace);
    let options = match harms {
        Some(_) => words_of_options(&found.meta, &args.item),
        None => BTreeMap::new(),
    };
    let story = Story {
        title: title(args, found),
        outcome: &result.outcome,
        plan: &result.plan,
        text: result.text.as_ref(),
        ledger: (!solo).then_some(&result.ledger),
        dissent: &result.dissent,
        guardians: &guardians,
        harms: harms.map(|trace| HarmStory {
            trace,
            options: &options,
        }),
        notes: &result.notes,
        doubt: doubt.as_deref(),
    };
    print(&render(&story, super::stdout_width()))
}

fn options(args: &ExplainArgs, found: &Found) -> Result<(), Failure> {
    let result: OptionsResult = stored(args, found)?;
    let solo = is_solo(&found.arm);
    if args.json {
        if solo {
            eprintln!("{} is a model alone: its ledger is empty", found.arm);
        }
        return json(&result.ledger);
    }
    let options = words_of_options(&found.meta, &args.item);
    let story = GradeStory {
        title: title(args, found),
        outcome: &result.outcome,
        grades: &result.grades,
        ungraded: &result.ungraded,
        ledger: (!solo).then_some(&result.ledger),
        options: &options,
        notes: &result.notes,
    };
    print(&render_grades(&story, super::stdout_width()))
}

/// The options' words, from the run's cases if they are still there as they
/// were; the run itself keeps numbers only.
fn words_of_options(meta: &RunMeta, item: &str) -> BTreeMap<i64, String> {
    let (base, _) = base_and_variant(item);
    let set = cases::load(&meta.cases_dir).ok();
    set.filter(|set| set.hash == meta.case_set)
        .and_then(|set| set.cases.into_iter().find(|case| case.id == base))
        .and_then(|case| case.rubric)
        .map(|rubric| {
            let options = rubric.options.iter();
            options.map(|o| (o.id, o.text.clone())).collect()
        })
        .unwrap_or_default()
}

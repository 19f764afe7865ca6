//! `primum consult`: one question through a panel.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use crate::bench::schedule::AnswerKey;
use crate::cases::CaseSet;
use crate::clinical::{Item, Outcome, PatientText};
use crate::consult::stand_ins;
use crate::consult::{Answer, Conduct, Consult, Interrupted, Key, Stages, ask_panel, hold_against};
use crate::gateway::journal::{Journal, system_clock};
use crate::gateway::{FailureKind, Gateway, GatewayConfig};
use crate::panel::model::{Agent, Judge, Panel, Protocol, Provider, ProviderKind, Task};
use crate::panel::{Wanted, suggest};
use crate::report::answer_terminal;
use crate::report::summary::JudgeId;
use crate::score::Profile;

use super::bench::ProtocolName;
use super::consult_question::{self, Question};
use super::consult_view::View;
use super::session;
use super::troubles::Teller;
use super::{Exit, Failure, cases, judges, keys, panel as panels, print, providers, runtime};

/// For `--help`.
const HELP: &str = "\
Nothing is written to disk: question, answers and journal are in memory only and
gone when the command ends.

Exit codes:
  0    a complete answer
  2    usage or configuration
  3    degraded, abstained or unscored, or the budget was reached
  4    no answer, because providers refused or were unreachable
  5    bad data: the question is empty, longer than 1 MiB or not UTF-8
  130  interrupted

Primum is a research tool and no medical device.";

/// Ask a panel one question.
///
/// The question comes from --file, from stdin, or, with --against and neither,
/// from the case itself. How the consult ended stands first, then the plan with
/// what each item rests on, then what speaks against it.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct ConsultArgs {
    /// Panel file
    #[arg(default_value = "agents/demo.toml", value_name = "PANEL")]
    panel: PathBuf,
    /// Consensus protocol, in place of the one that the panel's file names
    #[arg(long, value_name = "PROTOCOL", value_parser = ProtocolName::one())]
    protocol: Option<Protocol>,
    /// File with the question; - for stdin
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Hold the answer against a case or an item of --cases, such as Card901 or
    /// Card901-3; asks its own text where no question is given
    #[arg(long, value_name = "CASE")]
    against: Option<String>,
    /// Folder of cases, for --against and for simulated models
    #[arg(long, default_value = "cases/demo", value_name = "DIR")]
    cases: PathBuf,
    /// Which repeat of the question this is; another one is answered anew
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    trial: u32,
    /// Seed of the shuffles
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
    /// Most dollars that it may cost; the panel's own budget holds as well
    #[arg(long, value_name = "USD")]
    budget_usd: Option<f64>,
    /// Seconds until the answer must be there; the panel's own budget holds as
    /// well
    #[arg(long, value_name = "SECONDS")]
    deadline: Option<f64>,
    /// Print all of it as JSON (schemas/consult.schema.json)
    #[arg(long)]
    json: bool,
    /// No progress on stderr
    #[arg(long)]
    quiet: bool,
    /// Do not ask before money is spent
    #[arg(long)]
    yes: bool,
}

/// A consult, ready to begin.
struct Setup {
    panel: Panel,
    set: Option<CaseSet>,
    providers: BTreeMap<String, Provider>,
    question: Question,
    consult: Consult,
    against: Option<(Key, Judge)>,
    own_text: bool,
    simulated: bool,
}

/// Runs the command.
pub fn main(args: &ConsultArgs) -> Result<Exit, Failure> {
    let setup = read(args)?;
    let keys = keys::collect(setup.providers.values())?;
    let budget = args.budget_usd.into_iter().chain(setup.panel.budget.usd);
    let budget = budget.min_by(f64::total_cmp);
    if budget.is_some() {
        providers::check_prices(&setup.providers, setup.asked_models())?;
    }
    let nobody = "this consult asks real providers and may cost money: add --yes to go on";
    session::confirm_or(
        args.yes,
        &setup.providers,
        !setup.question.read_stdin,
        nobody,
    )?;
    runtime()?.block_on(async {
        let cases = setup.set.as_ref().map_or(&[][..], |set| &set.cases);
        let (providers, _simulators) = providers::start_simulators(&setup.providers, cases).await?;
        let journal = Journal::in_memory(system_clock).map_err(Failure::usage)?;
        let gateway = Gateway::new(GatewayConfig {
            keys,
            run_seed: args.seed,
            budget_usd: budget,
            jitter_seed: system_clock(),
            ..GatewayConfig::new(providers, journal)
        })
        .map_err(Failure::usage)?;
        tokio::select! {
            answered = ask(args, &setup, &gateway) => tell(args, &answered?),
            _ = tokio::signal::ctrl_c() => {
                Err(Failure::new(Exit::Interrupted, "interrupted: there is no answer"))
            }
        }
    })
}

fn read(args: &ConsultArgs) -> Result<Setup, Failure> {
    if args.budget_usd.is_some_and(|usd| usd.is_nan() || usd < 0.0) {
        return Err(Failure::usage("--budget-usd must be 0 or more"));
    }
    if let Some(seconds) = args.deadline
        && Duration::try_from_secs_f64(seconds).map_or(true, |time| time.is_zero())
    {
        return Err(Failure::usage("--deadline must be more than 0 seconds"));
    }
    let panel = load(args)?;
    if panel.task != Task::Plan {
        return Err(Failure::usage(format!(
            "panel \"{}\" is for the task {}: a consult needs one that answers with plans",
            panel.name,
            panel.task.name()
        )));
    }
    let answering = answering(&panel);
    let needs_cases = args.against.is_some() || answering.values().any(is_simulated);
    let set = needs_cases.then(|| cases::load(&args.cases)).transpose()?;
    let item = match (&args.against, &set) {
        (Some(wanted), Some(set)) => Some(item_of(set, wanted, &args.cases)?),
        _ => None,
    };
    let own: Option<(&str, &PatientText)> = item.map(|item| (item.id.as_str(), &item.prompt));
    let question = consult_question::read(args.file.as_deref(), own)?;
    let asked_own = own.is_some_and(|(_, text)| *text == question.text);
    let label = match own {
        Some((id, _)) if asked_own => id.to_owned(),
        _ => consult_question::label(&question.text),
    };
    let against = match (item, &set) {
        (Some(item), Some(set)) => Some(key_of(&panel, set, item, asked_own)?),
        _ => None,
    };
    let simulated = answering.values().any(is_simulated);
    let mut providers = answering;
    if let Some((key, judge)) = &against
        && key.answers.is_some()
    {
        providers.extend(used(&panel, judge_agents(judge)));
    }
    Ok(Setup {
        consult: Consult {
            item: label.into(),
            trial: args.trial,
            presentation: question.text.clone(),
        },
        panel,
        set,
        providers,
        question,
        against,
        own_text: asked_own,
        simulated,
    })
}

fn load(args: &ConsultArgs) -> Result<Panel, Failure> {
    let wanted = Wanted {
        task: None,
        protocol: args.protocol,
    };
    Ok(panels::load_for(&args.panel, wanted)?.panel)
}

/// The item that the answer is held against.
fn item_of<'a>(set: &'a CaseSet, wanted: &str, dir: &std::path::Path) -> Result<&'a Item, Failure> {
    let items = || set.cases.iter().flat_map(|case| &case.items);
    items()
        .find(|item| item.id == wanted)
        .map(AsRef::as_ref)
        .ok_or_else(|| {
            let near = suggest::nearest_few(wanted, items().map(|item| item.id.as_str()), 5);
            Failure::usage(format!(
                "--against {wanted}: there is no such case in {}; near are {}",
                dir.display(),
                near.join(", ")
            ))
        })
}

fn key_of(
    panel: &Panel,
    set: &CaseSet,
    item: &Item,
    own_text: bool,
) -> Result<(Key, Judge), Failure> {
    let Some(judge) = panel.judge.clone() else {
        return Err(Failure::usage(format!(
            "--against needs a judge, and panel \"{}\" names none: add judge_file = \
             \"judge-….toml\" or a [judge]",
            panel.name
        )));
    };
    let case = set.cases.iter().find(|case| case.id == item.base());
    let source = judges::source(panel, &judge);
    let key = Key {
        item: item.id.clone(),
        case_set: set.hash.clone(),
        own_text,
        answers: case.and_then(AnswerKey::of),
        profile: Profile::default(),
        judge: JudgeId {
            name: judge.name.clone(),
            matching: source.matching.unwrap_or_default(),
            review: source.review,
            prompts: source.prompts,
        },
        simulated: stand_ins::simulated_judge(panel, &judge),
        caveats: stand_ins::caveats_of_judge(panel, &judge),
    };
    Ok((key, judge))
}

/// Everybody who may be asked for an answer. Further models that a benchmark
/// compares alone are not among them.
fn agents(panel: &Panel) -> impl Iterator<Item = &Agent> {
    panel
        .advisors
        .iter()
        .chain(&panel.moderator)
        .chain(&panel.clusterer)
        .chain(&panel.guardians)
}

fn judge_agents(judge: &Judge) -> impl Iterator<Item = &Agent> {
    std::iter::once(&judge.match_agent).chain(&judge.review_agent)
}

/// The providers that may be asked for an answer of a panel, by name.
pub fn answering(panel: &Panel) -> BTreeMap<String, Provider> {
    used(panel, agents(panel))
}

/// The providers of some agents, by name: only their keys are needed.
fn used<'a>(panel: &Panel, agents: impl Iterator<Item = &'a Agent>) -> BTreeMap<String, Provider> {
    let names: BTreeSet<&str> = agents
        .filter_map(|agent| panel.models.get(&agent.model))
        .map(|model| model.provider.as_str())
        .collect();
    let all = panel.providers.iter();
    all.filter(|(name, _)| names.contains(name.as_str()))
        .map(|(name, provider)| (name.clone(), provider.clone()))
        .collect()
}

/// Do simulated models stand behind it?
pub fn is_simulated(provider: &Provider) -> bool {
    provider.kind == ProviderKind::Simulated
}

impl Setup {
    /// The models that may be asked.
    fn asked_models(&self) -> impl Iterator<Item = &crate::panel::model::Model> {
        let judge = self.against.iter().filter(|(key, _)| key.answers.is_some());
        agents(&self.panel)
            .chain(judge.flat_map(|(_, judge)| judge_agents(judge)))
            .filter_map(|agent| self.panel.models.get(&agent.model))
    }
}

async fn ask(args: &ConsultArgs, setup: &Setup, gateway: &Gateway) -> Result<Answer, Failure> {
    let view = View::new(!args.quiet);
    view.say(&format!(
        "panel {} · question: {}",
        setup.panel.name, setup.question.from
    ));
    if setup.simulated && !setup.own_text {
        let cases = args.cases.display();
        view.say(&format!(
            "simulated models know the cases of {cases} and nothing else"
        ));
    }
    let seconds = args.deadline.into_iter().chain(setup.panel.budget.seconds);
    let time = seconds
        .min_by(f64::total_cmp)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let conduct = Conduct {
        deadline: time.and_then(|time| tokio::time::Instant::now().checked_add(time)),
        watch: &view,
        ..Conduct::new(args.seed, Stages::All)
    };
    let (panel, consult) = (&setup.panel, &setup.consult);
    let asked = ask_panel(panel, gateway, consult, &conduct);
    let teller = Teller::default();
    let answer = tokio::select! {
        answer = asked => answer,
        () = teller.watch(gateway, |line| view.say(line)) => unreachable!("it never ends"),
    };
    teller.rest(gateway, |line| view.say(line));
    let mut answer = answer.map_err(not_asked)?;
    if let Some((key, judge)) = &setup.against {
        view.say(&format!("judging against {}", key.item));
        let held = hold_against(key, (panel, judge), gateway, consult, &answer);
        answer.score = Some(held.await.map_err(not_asked)?);
        if let Ok(spent) = gateway.journal().spent() {
            answer.spent_usd = spent.usd;
            answer.spent_usd_estimated = spent.estimated_usd;
        }
    }
    Ok(answer)
}

/// A call was not made, so nothing may be concluded from the others.
fn not_asked(Interrupted(error): Interrupted) -> Failure {
    match error.kind {
        FailureKind::Budget => Failure::new(
            Exit::Partial,
            format!("{error}\nThere is no answer. Raise --budget-usd or the panel's [budget] usd."),
        ),
        _ => Failure::new(Exit::Partial, format!("{error}\nThere is no answer.")),
    }
}

fn tell(args: &ConsultArgs, answer: &Answer) -> Result<Exit, Failure> {
    if args.json {
        print(&serde_json::to_string_pretty(answer).map_err(Failure::data)?)?;
    } else {
        print(&answer_terminal::render(answer, super::stdout_width()))?;
    }
    Ok(exit(answer))
}

fn exit(answer: &Answer) -> Exit {
    let unscored = answer.score.as_ref().is_some_and(|s| s.unscored.is_some());
    match &answer.outcome {
        Outcome::Failed { .. } if answer.stages.iter().any(|a| a.failure.is_some()) => {
            Exit::Provider
        }
        Outcome::Complete if !unscored => Exit::Done,
        _ => Exit::Partial,
    }
}

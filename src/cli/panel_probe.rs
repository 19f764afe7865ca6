//! `primum panel probe`: how a panel's models want to be asked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use comfy_table::{ContentArrangement, Table as Grid, presets::NOTHING};
use serde_json::json;

use crate::access;
use crate::cases::CaseSet;
use crate::gateway::journal::system_clock;
use crate::gateway::{Circuit, Doors};
use crate::panel::edit::{self, LineEdit};
use crate::panel::estimate::Pace;
use crate::panel::model::{Model, Panel, Provider, ProviderKind};
use crate::panel::{self, Loaded};
use crate::probe::record::Record;
use crate::probe::{self, Bounds, Change, Needs, Report, Table, Verdict};
use crate::whole_file;

use super::{Exit, Failure, cases, keys, panel as panels, print, providers, runtime, session};

/// Most requests to one model, repeats included.
const REQUESTS: usize = 60;

/// For `--help`.
const HELP: &str = "\
What is asked holds no case and no patient. Each question is one small request, made as a run
would make it; a setting that is refused is tried otherwise, and what is taken is told as the lines
to change. Nothing is written to the panel without --write.

Exit codes:
  0    every model can be asked as the panel has it
  1    findings: lines to change, or something that a run would suffer from
  2    usage or configuration
  3    partial: time, budget or requests ended before the last question
  4    a provider refused or is unreachable
  130  interrupted";

/// Ask every model of a panel how it wants to be asked, before anybody spends.
///
/// The first step with real models: reachable, key, model, parameters, output
/// limit, structured answers with every schema of ours, seed, thinking, usage,
/// context, speed. It takes seconds, and cents.
#[derive(clap::Args, Debug)]
#[command(after_help = HELP)]
pub struct ProbeArgs {
    /// Panel or judge files (agents/*.toml)
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Cases to take the length of prompts from; simulated models know them
    #[arg(long, default_value = "cases/demo", value_name = "DIR")]
    cases: PathBuf,
    /// Most dollars that it may cost
    #[arg(long, value_name = "USD")]
    budget_usd: Option<f64>,
    /// Most seconds for one answer; the panel's call_seconds holds as well
    #[arg(long, default_value_t = 60.0, value_name = "SECONDS")]
    answer_seconds: f64,
    /// Most seconds for the whole probe of a file
    #[arg(long, default_value_t = 600.0, value_name = "SECONDS")]
    seconds: f64,
    /// Write the lines to change into the files
    #[arg(long)]
    write: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// No plan, only the result
    #[arg(long)]
    quiet: bool,
    /// Do not ask before money is spent
    #[arg(long)]
    yes: bool,
}

/// A file with all that is asked for it.
struct Probed {
    file: PathBuf,
    panel: Panel,
    report: Report,
    /// What became of its lines.
    written: Written,
}

/// What became of the lines to change.
#[derive(Default)]
struct Written {
    /// For people, a line a file.
    said: Vec<String>,
    /// Do all of them stand in their files now?
    all: bool,
}

/// Runs the command.
pub fn main(args: &ProbeArgs) -> Result<Exit, Failure> {
    if args.budget_usd.is_some_and(|usd| usd.is_nan() || usd < 0.0) {
        return Err(Failure::usage("--budget-usd must be 0 or more"));
    }
    let answer = seconds("--answer-seconds", args.answer_seconds)?;
    let whole = seconds("--seconds", args.seconds)?;
    let all: Vec<(&PathBuf, Panel)> = args
        .files
        .iter()
        .map(|file| Ok((file, load(file)?)))
        .collect::<Result<_, Failure>>()?;
    let asked: BTreeMap<String, Provider> = all
        .iter()
        .flat_map(|(_, panel)| used(panel))
        .map(|provider| (provider.name.clone(), provider.clone()))
        .collect();
    if args.budget_usd.is_some() {
        providers::check_prices(
            &asked,
            all.iter().flat_map(|(_, panel)| panel.models.values()),
        )?;
    }
    let set = match all.iter().any(|(_, panel)| panel.simulated()) {
        true => Some(cases::load(&args.cases)?),
        false => None,
    };
    let needs: Vec<Needs> = all
        .iter()
        .map(|(_, panel)| needs(panel, &args.cases))
        .collect();
    if !args.quiet {
        for ((file, panel), needs) in all.iter().zip(&needs) {
            eprintln!("{}", plan(file, panel, needs));
        }
    }
    let nobody = "this asks real providers and may cost money: add --yes to go on";
    session::confirm_or(args.yes, &asked, true, nobody)?;
    let work = async {
        let mut probed = Vec::new();
        let mut left = args.budget_usd;
        for ((file, panel), needs) in all.into_iter().zip(&needs) {
            let bounds = Bounds {
                answer,
                whole,
                requests: REQUESTS * panel.models.len().max(1),
                usd: left,
            };
            let report = ask(&panel, set.as_ref(), needs, bounds).await?;
            left = left.map(|left| (left - report.usd).max(0.0));
            probed.push(Probed {
                file: file.clone(),
                panel,
                report,
                written: Written::default(),
            });
        }
        Ok::<_, Failure>(probed)
    };
    let mut probed = runtime()?.block_on(async {
        tokio::select! {
            probed = work => probed,
            _ = tokio::signal::ctrl_c() => {
                Err(Failure::new(Exit::Interrupted, "interrupted; nothing was written"))
            }
        }
    })?;
    for one in &mut probed {
        if args.write {
            one.written = write(one)?;
        }
        remember(one);
    }
    print(&if args.json {
        as_json(&probed)
    } else {
        as_text(&probed)
    })?;
    Ok(exit(&probed))
}

fn seconds(flag: &str, seconds: f64) -> Result<Duration, Failure> {
    let time = Duration::try_from_secs_f64(seconds).ok();
    time.filter(|time| !time.is_zero())
        .ok_or_else(|| Failure::usage(format!("{flag} must be more than 0")))
}

/// A panel, or a judge as one.
fn load(file: &Path) -> Result<Panel, Failure> {
    if !panel::is_judge_file(file) {
        let Loaded { panel, .. } = panels::load(file)?;
        return Ok(panel);
    }
    let style = panels::stderr_style();
    let loaded = panel::load_judge(file).map_err(|found| Failure::usage(found.render(style)))?;
    Ok(loaded.set.into_panel())
}

/// Providers that a model is asked at.
fn used(panel: &Panel) -> impl Iterator<Item = &Provider> {
    let of_models = |provider: &&Provider| {
        let mut models = panel.models.values();
        models.any(|model| model.provider == provider.name)
    };
    panel.providers.values().filter(of_models)
}

/// The longest prompt of each model, by the panel's estimate.
fn needs(panel: &Panel, cases: &Path) -> Needs {
    if panel.advisors.is_empty() {
        return Needs::default();
    }
    let (case, rubric) = panels::sizes(cases);
    let estimate = panel::estimate(panel, case, rubric);
    let mut longest: BTreeMap<String, u64> = BTreeMap::new();
    for stage in estimate.stages.iter().filter(|stage| stage.calls > 0) {
        let one = longest.entry(stage.model.clone()).or_default();
        *one = (*one).max(stage.prompt_tokens / stage.calls);
    }
    Needs {
        longest_prompt: longest,
    }
}

fn plan(file: &Path, panel: &Panel, needs: &Needs) -> String {
    let (requests, usd) = probe::estimate(panel, needs);
    let unpriced: Vec<&str> = panel
        .models
        .values()
        .filter(|model| {
            let provider = panel.providers.get(&model.provider);
            model.price.is_none() && provider.is_some_and(Provider::has_key)
        })
        .map(|model| model.name.as_str())
        .collect();
    let and = match unpriced.as_slice() {
        [] => String::new(),
        some => format!(
            " and what {} costs (no price in the panel)",
            some.join(", ")
        ),
    };
    format!(
        "{}: about {requests} small requests to {} model(s), about ${usd:.4}{and}; models that \
         think take more",
        file.display(),
        panel.models.len()
    )
}

async fn ask(
    panel: &Panel,
    set: Option<&CaseSet>,
    needs: &Needs,
    bounds: Bounds,
) -> Result<Report, Failure> {
    let used: BTreeMap<String, Provider> = used(panel)
        .map(|provider| (provider.name.clone(), provider.clone()))
        .collect();
    let keys = keys::collect(used.values())?;
    let cases = set.map_or(&[][..], |set| &set.cases);
    let (providers, _simulators) = providers::start_simulators(&used, cases).await?;
    let doors = Doors::new(providers.clone(), keys, Circuit::Permanent).map_err(Failure::usage)?;
    let final_panel = Panel {
        providers,
        ..panel.clone()
    };
    Ok(probe::probe(&final_panel, &doors, needs, bounds).await)
}

/// Writes the lines into the file that holds their table: the panel's, or its
/// judge's. Says what was done.
fn write(probed: &Probed) -> Result<Written, Failure> {
    let mut said = Vec::new();
    let mut refused = false;
    let mut left: Vec<&Change> = probed.report.changes.0.iter().collect();
    for file in files_of(&probed.file) {
        let text = std::fs::read_to_string(&file)
            .map_err(|error| Failure::usage(format!("cannot read {}: {error}", file.display())))?;
        let (here, elsewhere): (Vec<&Change>, Vec<&Change>) =
            left.into_iter().partition(|change| {
                let (family, name) = place(&change.table);
                edit::holds(&text, family, name)
            });
        left = elsewhere;
        if here.is_empty() {
            continue;
        }
        let edits: Vec<LineEdit<'_>> = here.iter().map(|change| as_edit(change)).collect();
        match edit::edit(&text, &edits) {
            Ok(edited) => {
                whole_file::write(&file, edited.as_bytes()).map_err(Failure::usage)?;
                said.push(format!(
                    "{}: {} line(s) written",
                    file.display(),
                    edits.len()
                ));
            }
            Err(error) => {
                said.push(format!("{}: nothing written: {error}", file.display()));
                refused = true;
            }
        }
    }
    let all = !refused && left.is_empty();
    Ok(Written { said, all })
}

/// The file, and the judge's file that it names.
fn files_of(file: &Path) -> Vec<PathBuf> {
    let mut files = vec![file.to_owned()];
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let typed: Option<toml::Table> = text.parse().ok();
    let judge = typed
        .as_ref()
        .and_then(|typed| typed.get("judge_file")?.as_str());
    if let Some(judge) = judge {
        files.push(file.parent().unwrap_or(Path::new("")).join(judge));
    }
    files
}

fn place(table: &Table) -> (&'static str, &str) {
    match table {
        Table::Providers(name) => ("providers", name),
        Table::Models(name) => ("models", name),
    }
}

fn as_edit(change: &Change) -> LineEdit<'_> {
    let (family, name) = place(&change.table);
    LineEdit {
        family,
        name,
        key: change.key,
        value: change.value.as_deref(),
    }
}

/// Notes that these settings were probed; what cannot be noted is told and
/// changes nothing.
fn remember(probed: &Probed) {
    let mut providers = probed.panel.providers.values();
    if providers.all(|provider| provider.kind == ProviderKind::Simulated) {
        return;
    }
    let written = access::home(std::env::var_os("PRIMUM_HOME"))
        .map_err(|error| error.to_string())
        .and_then(|folder| {
            let mut record = Record::read(&folder);
            let now = system_clock();
            record.note(&probed.panel, &probed.report, now);
            // With its lines written the panel is what was found to work.
            if probed.written.all {
                let changed = probed.report.changes.applied(&probed.panel);
                record.note(&changed, &probed.report, now);
            }
            record.write(&folder).map_err(|error| error.to_string())
        });
    if let Err(error) = written {
        eprintln!("not remembered that this panel was probed: {error}");
    }
}

/// How fast a panel's models were when they were probed as they are set.
pub fn paces(panel: &Panel) -> BTreeMap<String, Pace> {
    let Ok(folder) = access::place(std::env::var_os("PRIMUM_HOME")) else {
        return BTreeMap::new();
    };
    let record = Record::read(&folder);
    let pace = |model: &Model| {
        let provider = panel.providers.get(&model.provider)?;
        let speed = record.of(provider, model)?.speed?;
        let pace = Pace {
            first: speed.first_token_seconds,
            reading: speed.prompt_tokens_per_second,
            writing: speed.tokens_per_second?,
        };
        Some((model.name.clone(), pace))
    };
    panel.models.values().filter_map(pace).collect()
}

/// Advice for whoever begins a run with models that were never probed; `None`
/// where there is nothing to say.
pub fn advice(files: &[PathBuf], panels: &[&Panel]) -> Option<String> {
    let real = |panel: &&&Panel| {
        let mut providers = panel.providers.values();
        providers.any(|provider| provider.kind != ProviderKind::Simulated)
    };
    if !panels.iter().any(|panel| real(&panel)) {
        return None;
    }
    let folder = access::place(std::env::var_os("PRIMUM_HOME")).ok()?;
    let record = Record::read(&folder);
    let mut never: Vec<&str> = panels
        .iter()
        .flat_map(|panel| record.never(panel))
        .collect();
    never.sort_unstable();
    never.dedup();
    if never.is_empty() {
        return None;
    }
    let files: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    Some(format!(
        "never probed as they are set here: {}. `primum panel probe {}` finds out in seconds what \
         their servers refuse",
        never.join(", "),
        files.join(" ")
    ))
}

fn exit(probed: &[Probed]) -> Exit {
    let verdicts: Vec<Verdict> = probed.iter().map(|one| one.report.verdict()).collect();
    if verdicts.contains(&Verdict::Lost) {
        Exit::Provider
    } else if verdicts.contains(&Verdict::Fault) {
        Exit::Findings
    } else if probed.iter().any(|one| one.report.is_partial()) {
        Exit::Partial
    } else {
        Exit::Done
    }
}

fn as_json(probed: &[Probed]) -> String {
    let all: Vec<_> = probed
        .iter()
        .map(|one| {
            json!({
                "file": one.file.display().to_string(),
                "report": one.report,
                "written": one.written.said,
            })
        })
        .collect();
    serde_json::to_string_pretty(&all).unwrap_or_default()
}

fn as_text(probed: &[Probed]) -> String {
    let mut text = String::new();
    for one in probed {
        text.push_str(&of_report(&one.report));
        for line in lines(&one.file, &one.report) {
            text.push_str(&line);
            text.push('\n');
        }
        for said in &one.written.said {
            text.push_str(&format!("{said}\n"));
        }
        text.push('\n');
    }
    text
}

fn of_report(report: &Report) -> String {
    let simulated = match report.simulated {
        true => " [SIMULATED]",
        false => "",
    };
    let mut text = format!(
        "{}{simulated}: {} requests, {:.1} s, ${:.4}\n",
        report.panel, report.requests, report.seconds, report.usd
    );
    for model in &report.models {
        let mark = match model.simulated {
            true => " [SIMULATED]",
            false => "",
        };
        text.push_str(&format!(
            "\n{}{mark}: {} at {}\n",
            model.model, model.id, model.provider
        ));
        let mut grid = Grid::new();
        grid.load_preset(NOTHING);
        match super::stdout_width() {
            Some(width) => {
                grid.set_content_arrangement(ContentArrangement::Dynamic)
                    .set_width(width);
            }
            None => {
                grid.set_content_arrangement(ContentArrangement::Disabled);
            }
        }
        for finding in &model.findings {
            grid.add_row([
                finding.verdict.word(),
                finding.about.words(),
                finding.words.as_str(),
            ]);
        }
        let rows = grid.lines().map(|line| format!("{}\n", line.trim_end()));
        text.extend(rows);
    }
    text
}

/// The lines to change, those that are needed first.
fn lines(file: &Path, report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    for (needed, title) in [(true, "to change"), (false, "of use")] {
        let mut of_this = Vec::new();
        for (table, changes) in report.changes.by_table() {
            let changes = changes.iter().filter(|change| change.needed == needed);
            let changes: Vec<String> = changes
                .map(|change| format!("  {:<36} # {}", change.line(), change.why))
                .collect();
            if !changes.is_empty() {
                of_this.push(format!("  {}", table.header()));
                of_this.extend(changes);
            }
        }
        if !of_this.is_empty() {
            lines.push(format!("\n{title} in {}:", file.display()));
            lines.extend(of_this);
        }
    }
    if !lines.is_empty() {
        lines.push(format!(
            "(`primum panel probe --write {}` writes them)",
            file.display()
        ));
    }
    lines
}

//! The panels of a run: read from their files, one for each protocol that is
//! asked for, and what they must have in common.

use std::path::Path;
use std::sync::Arc;

use crate::panel::model::{Judge, Panel, Protocol, Task};
use crate::panel::{self, Wanted};
use crate::score::Profile;
use crate::score::grading::GradingProfile;

use super::bench::{BenchArgs, ProtocolName};
use super::{Failure, panel as panels};

/// A panel as its file has it.
const AS_IT_STANDS: Wanted = Wanted {
    task: None,
    protocol: None,
};

/// The protocols that are asked for, each once, in the order of their
/// description. `all`: each that the task has.
pub fn protocols(typed: &[ProtocolName], task: Task) -> Vec<Protocol> {
    let all = typed.contains(&ProtocolName::All);
    Protocol::ALL
        .into_iter()
        .filter(|&protocol| (all && has(task, protocol)) || names(typed, protocol))
        .collect()
}

fn names(typed: &[ProtocolName], protocol: Protocol) -> bool {
    typed.iter().any(|name| name.is(protocol))
}

/// Grades are not written, so nobody merges, debates or rates them.
fn has(task: Task, protocol: Protocol) -> bool {
    task == Task::Plan || matches!(protocol, Protocol::Lead | Protocol::Vote)
}

/// The protocols for one file, whose own task counts where none is asked for.
fn protocols_for(file: &Path, args: &BenchArgs) -> Result<Vec<Protocol>, Failure> {
    if args.protocol.is_empty() {
        return Ok(Vec::new());
    }
    let task = args.task.map(Into::into).unwrap_or_else(|| {
        panel::load_for(file, AS_IT_STANDS).map_or(Task::Plan, |loaded| loaded.panel.task)
    });
    let wanted = protocols(&args.protocol, task);
    match wanted.iter().find(|&&protocol| !has(task, protocol)) {
        None => Ok(wanted),
        Some(other) => Err(Failure::usage(format!(
            "--protocol {}: the task options has lead and vote; the others make plans",
            other.name()
        ))),
    }
}

/// Reads all panels: of every file the panel that it describes, or one for each
/// protocol that is asked for.
pub fn load(args: &BenchArgs) -> Result<Vec<Arc<Panel>>, Failure> {
    let task = args.task.map(Into::into);
    let mut loaded = Vec::new();
    for file in &args.panels {
        let protocols = protocols_for(file, args)?;
        if protocols.is_empty() {
            let wanted = Wanted {
                task,
                protocol: None,
            };
            loaded.push(Arc::new(panels::load_for(file, wanted)?.panel));
        } else {
            loaded.extend(by_protocol(file, task, &protocols)?);
        }
    }
    Ok(loaded)
}

/// One panel for each protocol. What is wrong with the file is said once; that
/// one of several protocols does not need all that the file has goes without
/// saying.
fn by_protocol(
    file: &Path,
    task: Option<Task>,
    protocols: &[Protocol],
) -> Result<Vec<Arc<Panel>>, Failure> {
    let style = panels::stderr_style();
    let alone = match protocols {
        [_, _, ..] => panel::load_for(file, AS_IT_STANDS).ok(),
        _ => None,
    };
    let mut warned: Vec<String> = Vec::new();
    let mut made: Vec<Arc<Panel>> = Vec::new();
    for &protocol in protocols {
        let wanted = Wanted {
            task,
            protocol: Some(protocol),
        };
        let loaded = panel::load_for(file, wanted).map_err(|found| {
            // A file that is faulty by itself is so under every protocol.
            let said = found.render(style);
            let own = Wanted {
                task,
                protocol: None,
            };
            Failure::usage(match panel::load_for(file, own) {
                Err(_) => said,
                Ok(_) => format!(
                    "{said}\n--protocol asks for `{0}` in place of what {1} says: mend the file, \
                     or name the protocols without `{0}`",
                    protocol.name(),
                    file.display()
                ),
            })
        })?;
        let found = alone.as_ref().map_or(&loaded.warnings, |own| &own.warnings);
        let warnings = found.render(style);
        if !found.is_empty() && !warned.contains(&warnings) {
            eprintln!("{warnings}");
            warned.push(warnings);
        }
        made.push(Arc::new(loaded.panel));
    }
    Ok(made)
}

/// All panels of a run have one task.
pub fn task_of(panels: &[Arc<Panel>]) -> Result<Task, Failure> {
    let Some(first) = panels.first() else {
        return Err(Failure::usage("no panel was named"));
    };
    match panels.iter().find(|panel| panel.task != first.task) {
        None => Ok(first.task),
        Some(other) => Err(Failure::usage(format!(
            "panel \"{}\" is for the task {}, panel \"{}\" for {}: a run has one task. Name it \
             with --task, or run them apart",
            first.name,
            first.task.name(),
            other.name,
            other.task.name()
        ))),
    }
}

/// The score profile that judged answers get; options are graded by the one
/// that there is for them.
pub fn profile_of(task: Task, typed: Option<&str>) -> Result<Profile, Failure> {
    let graded = GradingProfile::NOHARM_V1.name();
    match (task, typed) {
        (_, None) => Ok(Profile::default()),
        (Task::Options, Some(name)) if name == graded => Ok(Profile::default()),
        (Task::Options, Some(name)) => Err(Failure::usage(format!(
            "--profile {name}: options are graded by {graded}, and by no other"
        ))),
        (Task::Plan, Some(name)) => Profile::by_name(name).ok_or_else(|| {
            let known: Vec<&str> = Profile::ALL.iter().map(Profile::name).collect();
            Failure::usage(format!(
                "--profile {name}: for plans there is {}; {graded} is for --task options",
                known.join(" and ")
            ))
        }),
    }
}

/// All panels of a run have one judge: a difference of judges would look like
/// a difference of panels.
pub fn judge_of(panels: &[Arc<Panel>]) -> Result<(Arc<Panel>, Judge), Failure> {
    let mut found: Option<(Arc<Panel>, Judge)> = None;
    for panel in panels {
        let Some(judge) = &panel.judge else {
            return Err(Failure::usage(format!(
                "panel \"{}\" names no judge, and without one nothing can be scored: add \
                 judge_file = \"judge-….toml\" or a [judge]",
                panel.name
            )));
        };
        match &found {
            None => found = Some((panel.clone(), judge.clone())),
            Some((first, known)) => {
                let model = |p: &Panel, name: &str| p.models.get(name).cloned();
                let same = known == judge
                    && model(first, &known.match_agent.model)
                        == model(panel, &judge.match_agent.model)
                    && known.review_agent.as_ref().map(|a| model(first, &a.model))
                        == judge.review_agent.as_ref().map(|a| model(panel, &a.model))
                    && [&judge.match_agent]
                        .into_iter()
                        .chain(&judge.review_agent)
                        .all(|a| first.prompts.get(&a.prompt) == panel.prompts.get(&a.prompt));
                if !same {
                    return Err(Failure::usage(format!(
                        "panels \"{}\" and \"{}\" have different judges: arms can only be compared \
                         under one. Let both name the same judge_file",
                        first.name, panel.name
                    )));
                }
            }
        }
    }
    found.ok_or_else(|| Failure::usage("no panel was named"))
}

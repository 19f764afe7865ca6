//! What follows from the panel's task: which protocols there are, and that
//! option grading needs no judge.

use crate::panel::at::At;
use crate::panel::file::{PanelFile, ProtocolWord, TaskWord};
use crate::panel::load::Wanted;
use crate::panel::model::{Panel, Protocol, Task};
use crate::panel::prompt::Role;
use crate::panel::sink::Sink;

/// The task and the protocol, and whether they were asked for from outside of
/// the file (`--task`, `--protocol`). Then what the file says for another one is
/// passed over; in a file that says it itself it is a fault.
#[derive(Clone, Copy)]
pub struct Asked {
    /// The task.
    pub task: Task,
    /// The protocol that takes the place of the file's, if one is given.
    pub protocol: Option<Protocol>,
    overridden: bool,
}

impl Asked {
    /// The task of the file, unless another one is asked for.
    pub fn of(file: &PanelFile, wanted: Wanted) -> Self {
        let typed = match file.task.as_deref() {
            Some(TaskWord::Options) => Task::Options,
            Some(TaskWord::Plan) | None => Task::Plan,
        };
        let task = wanted.task.unwrap_or(typed);
        Self {
            task,
            protocol: wanted.protocol,
            overridden: task != typed,
        }
    }

    /// Does the file speak of another task or protocol than the one that is
    /// asked for?
    pub fn overridden(self) -> bool {
        self.overridden || self.protocol.is_some()
    }

    /// The role in which advisors, and models alone, are asked.
    pub fn advisor(self) -> Role {
        match self.task {
            Task::Plan => Role::Advisor,
            Task::Options => Role::OptionsAdvisor,
        }
    }

    /// The role in which guardians are asked.
    pub fn guardian(self) -> Role {
        match self.task {
            Task::Plan => Role::Guardian,
            Task::Options => Role::OptionsGuardian,
        }
    }
}

/// The protocol for the task `options`.
pub fn protocol(typed: Option<&At<ProtocolWord>>, asked: Asked, sink: &mut Sink) -> Protocol {
    let word = match (asked.protocol, typed) {
        (Some(wanted), _) => Some((wanted, 0..0)),
        (None, Some(word)) => Some(((**word).into(), word.span())),
        (None, None) => None,
    };
    match word {
        Some((Protocol::Lead, _)) => Protocol::Lead,
        Some((Protocol::Vote, _)) | None => Protocol::Vote,
        Some((other, span)) => {
            let message = format!(
                "the protocol `{}` makes plans; options are voted on",
                other.name()
            );
            let help = "set protocol = \"vote\" or \"lead\"";
            if asked.overridden && asked.protocol.is_none() {
                sink.warn("task", span, &message, "the vote takes its place");
            } else {
                sink.error("task", span, &message, help);
            }
            Protocol::Vote
        }
    }
}

/// Takes out what a panel that grades options never asks: the judge, with the
/// models, providers and prompts that only the judge uses, so that nobody has
/// to have a key for them.
pub fn without_judge(panel: &mut Panel) {
    panel.judge = None;
    let agents = panel
        .advisors
        .iter()
        .chain(&panel.guardians)
        .chain(&panel.moderator)
        .chain(&panel.clusterer);
    let mut used: Vec<(String, String)> = agents
        .map(|agent| (agent.model.clone(), agent.prompt.clone()))
        .collect();
    used.extend(
        panel
            .solo
            .iter()
            .map(|solo| (solo.model.clone(), solo.prompt.clone())),
    );
    panel
        .models
        .retain(|name, _| used.iter().any(|(model, _)| model == name));
    panel
        .prompts
        .retain(|name, _| used.iter().any(|(_, prompt)| prompt == name));
    let models = &panel.models;
    panel
        .providers
        .retain(|name, _| models.values().any(|model| model.provider == *name));
}

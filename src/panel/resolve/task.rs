//! What follows from the panel's task: which protocols there are, how votes
//! are counted, and that option grading needs no judge.

use crate::panel::at::At;
use crate::panel::file::{ConsensusTable, GradeWord, PanelFile, ProtocolWord, TaskWord};
use crate::panel::model::{Panel, Protocol, Task, VoteRule};
use crate::panel::prompt::Role;
use crate::panel::sink::Sink;

/// The task, and whether it was asked for from outside of the file
/// (`--task`). Then what the file says for the other task is passed over with a
/// warning; in a file that says it itself it is a fault.
#[derive(Clone, Copy)]
pub struct Asked {
    /// The task.
    pub task: Task,
    overridden: bool,
}

impl Asked {
    /// The task of the file, unless another one is asked for.
    pub fn of(file: &PanelFile, wanted: Option<Task>) -> Self {
        let typed = match file.task.as_deref() {
            Some(TaskWord::Options) => Task::Options,
            Some(TaskWord::Plan) | None => Task::Plan,
        };
        let task = wanted.unwrap_or(typed);
        Self {
            task,
            overridden: task != typed,
        }
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
    match typed.map(|word| **word) {
        Some(ProtocolWord::Lead) => Protocol::Lead,
        Some(ProtocolWord::Vote) | None => Protocol::Vote,
        Some(ProtocolWord::Synthesis) => {
            if let Some(word) = typed {
                let message = "the protocol `synthesis` merges plans; options are voted on";
                let help = "set protocol = \"vote\" or \"lead\"";
                if asked.overridden {
                    sink.warn("task", word.span(), message, "the vote takes its place");
                } else {
                    sink.error("task", word.span(), message, help);
                }
            }
            Protocol::Vote
        }
    }
}

/// May this protocol stand in a panel of the task `plan`?
pub fn may_stand(word: &At<ProtocolWord>, asked: Asked, sink: &mut Sink) -> bool {
    if !matches!(**word, ProtocolWord::Vote) {
        return true;
    }
    let message = "the protocol `vote` is for the task `options`";
    if asked.overridden {
        let help = "the default for plans takes its place";
        sink.warn("task", word.span(), message, help);
    } else {
        let help = "set task = \"options\" at the top, or another protocol";
        sink.error("task", word.span(), message, help);
    }
    false
}

/// How votes are counted; `None` unless there are votes.
pub fn vote(typed: &ConsensusTable, protocol: Protocol, sink: &mut Sink) -> Option<VoteRule> {
    if let Some(threshold) = &typed.threshold
        && **threshold >= 1.0
    {
        let message = format!("a share above {} cannot be reached", **threshold);
        let help = "an option needs more than this share of the votes: below 1, such as 0.5";
        sink.error("threshold", threshold.span(), &message, help);
    }
    if protocol != Protocol::Vote {
        let spans = [
            typed.threshold.as_ref().map(At::span),
            typed.tie.as_ref().map(At::span),
        ];
        for span in spans.into_iter().flatten() {
            let message = "nobody votes: the protocol is not `vote`";
            sink.warn("unused", span, message, "take it out");
        }
        return None;
    }
    Some(VoteRule {
        threshold: typed.threshold.as_deref().copied().unwrap_or(0.5),
        tie_is_appropriate: matches!(typed.tie.as_deref(), Some(GradeWord::Appropriate)),
    })
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
        .chain(&panel.moderator);
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

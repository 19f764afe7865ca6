//! How drafts become one plan: protocol, lead, quorum, vendor mix.

use std::collections::BTreeSet;

use crate::panel::at::At;
use crate::panel::file::{ConsensusTable, FallbackWord, ProtocolWord};
use crate::panel::model::{Agent, Consensus, ModeratorFallback, Protocol, Task};
use crate::panel::prompt::Role;
use crate::panel::prompt_book::PromptBook;
use crate::panel::sink::Sink;
use crate::panel::suggest;

use super::task::{self, Asked};
use super::vote;

/// The consensus table with its defaults, checked against the advisors.
pub fn resolve(
    typed: Option<&ConsensusTable>,
    advisors: &[Agent],
    has_moderator: bool,
    asked: Asked,
    prompts: &mut PromptBook,
    sink: &mut Sink,
) -> Consensus {
    let default = ConsensusTable::default();
    let typed = typed.unwrap_or(&default);
    let protocol = match asked.task {
        Task::Plan => protocol(typed.protocol.as_ref(), has_moderator, asked, sink),
        Task::Options => task::protocol(typed.protocol.as_ref(), asked, sink),
    };
    if !asked.overridden() {
        warn_unused(typed, protocol, asked.task, sink);
    }
    Consensus {
        protocol,
        vote: vote::resolve(typed, protocol, advisors.len(), asked.task, sink),
        rounds: match protocol {
            Protocol::Debate => typed.rounds.as_deref().copied().unwrap_or(2),
            _ => 0,
        },
        uncertain: (protocol == Protocol::Delphi)
            .then(|| typed.uncertain.as_deref().copied().unwrap_or_default()),
        prompt: again(typed, protocol, asked, prompts, sink),
        lead: lead(typed.lead.as_ref(), advisors, sink),
        quorum: quorum(typed.quorum.as_ref(), advisors, sink),
        min_vendors: min_vendors(typed.min_vendors.as_ref(), advisors, sink),
        if_moderator_fails: match typed.if_moderator_fails {
            Some(FallbackWord::Abstain) => ModeratorFallback::Abstain,
            Some(FallbackWord::Lead) | None => ModeratorFallback::Lead,
        },
    }
}

fn protocol(
    typed: Option<&At<ProtocolWord>>,
    has_moderator: bool,
    asked: Asked,
    sink: &mut Sink,
) -> Protocol {
    let typed = typed.map(|word| (Protocol::from(**word), word.span()));
    let wanted = asked.protocol.map(|protocol| (protocol, 0..0));
    match wanted.or(typed) {
        Some((Protocol::Synthesis, span)) => {
            if !has_moderator {
                let message = "the protocol `synthesis` needs a moderator, and there is none";
                let help = "add [moderator] with a model, or set protocol = \"lead\"";
                sink.error("no-moderator", span, message, help);
            }
            Protocol::Synthesis
        }
        Some((protocol, _)) => protocol,
        None if has_moderator => Protocol::Synthesis,
        None => Protocol::Lead,
    }
}

/// The prompt with which advisors are asked again, where the protocol does.
fn again(
    typed: &ConsensusTable,
    protocol: Protocol,
    asked: Asked,
    prompts: &mut PromptBook,
    sink: &mut Sink,
) -> Option<String> {
    let role = match protocol {
        Protocol::Debate => Role::Debater,
        Protocol::Delphi => Role::Rater,
        _ => return None,
    };
    // A prompt for another protocol than the one that is asked for is not used.
    let own = typed.prompt.as_ref().filter(|_| asked.protocol.is_none());
    let name = own.map_or(role.default_prompt(), |name| name.as_str());
    prompts.add(name, role, own.map_or(0..0, At::span), sink);
    Some(name.to_owned())
}

/// Keys that mean nothing under the protocol.
fn warn_unused(typed: &ConsensusTable, protocol: Protocol, task: Task, sink: &mut Sink) {
    let votes = matches!(protocol, Protocol::Vote | Protocol::Debate);
    let plans = task == Task::Plan;
    let keys = [
        ("threshold", typed.threshold.as_ref().map(At::span), votes),
        ("tie", typed.tie.as_ref().map(At::span), votes),
        (
            "weigh_vendors",
            typed.weigh_vendors.as_ref().map(At::span),
            votes && plans,
        ),
        (
            "keep",
            typed
                .keep
                .as_ref()
                .and_then(|keep| keep.first())
                .map(At::span),
            votes && plans,
        ),
        (
            "rounds",
            typed.rounds.as_ref().map(At::span),
            protocol == Protocol::Debate,
        ),
        (
            "uncertain",
            typed.uncertain.as_ref().map(At::span),
            protocol == Protocol::Delphi,
        ),
        (
            "prompt",
            typed.prompt.as_ref().map(At::span),
            matches!(protocol, Protocol::Debate | Protocol::Delphi),
        ),
    ];
    for (key, span, used) in keys {
        if let (Some(span), false) = (span, used) {
            let message = match (key, plans) {
                ("threshold" | "tie", _) => "nobody votes: the protocol is not `vote`".to_owned(),
                (_, false) => format!("`{key}` means nothing where options are graded"),
                (_, true) => format!(
                    "`{key}` means nothing under the protocol `{}`",
                    protocol.name()
                ),
            };
            sink.warn("unused", span, &message, "take it out");
        }
    }
}

fn lead(typed: Option<&At<String>>, advisors: &[Agent], sink: &mut Sink) -> String {
    let first = advisors.first().map(|advisor| advisor.name.clone());
    let Some(name) = typed else {
        return first.unwrap_or_default();
    };
    if !advisors.iter().any(|advisor| advisor.name == **name) {
        let message = format!("there is no advisor `{}` to lead", **name);
        let names = advisors.iter().map(|advisor| advisor.name.as_str());
        let help = suggest::help(name, names, "advisors");
        sink.error("unknown-lead", name.span(), &message, &help);
    }
    (**name).clone()
}

fn quorum(typed: Option<&At<u32>>, advisors: &[Agent], sink: &mut Sink) -> usize {
    let majority = advisors.len() / 2 + 1;
    let Some(quorum) = typed else {
        return majority;
    };
    if **quorum as usize > advisors.len() {
        let message = format!("a quorum of {} cannot be reached", **quorum);
        let help = format!(
            "there are {} advisors; without `quorum` it is more than half of them, {majority}",
            advisors.len()
        );
        sink.error("quorum", quorum.span(), &message, &help);
    }
    **quorum as usize
}

fn min_vendors(typed: Option<&At<u32>>, advisors: &[Agent], sink: &mut Sink) -> usize {
    let Some(least) = typed else {
        return 1;
    };
    let vendors: BTreeSet<&str> = advisors
        .iter()
        .map(|advisor| advisor.vendor.as_str())
        .collect();
    if **least as usize > vendors.len() {
        let message = format!("drafts of {} vendors cannot be had", **least);
        let names: Vec<&str> = vendors
            .into_iter()
            .filter(|vendor| !vendor.is_empty())
            .collect();
        let help = format!("the advisors' vendors are: {}", names.join(", "));
        sink.error("min-vendors", least.span(), &message, &help);
    }
    **least as usize
}

impl From<ProtocolWord> for Protocol {
    fn from(word: ProtocolWord) -> Self {
        match word {
            ProtocolWord::Lead => Self::Lead,
            ProtocolWord::Vote => Self::Vote,
            ProtocolWord::Synthesis => Self::Synthesis,
            ProtocolWord::Debate => Self::Debate,
            ProtocolWord::Delphi => Self::Delphi,
        }
    }
}

//! How drafts become one plan: protocol, lead, quorum, vendor mix.

use std::collections::BTreeSet;

use crate::panel::at::At;
use crate::panel::file::{ConsensusTable, FallbackWord, ProtocolWord};
use crate::panel::model::{Agent, Consensus, ModeratorFallback, Protocol, Task};
use crate::panel::sink::Sink;
use crate::panel::suggest;

use super::task::{self, Asked};

/// The consensus table with its defaults, checked against the advisors.
pub fn resolve(
    typed: Option<&ConsensusTable>,
    advisors: &[Agent],
    has_moderator: bool,
    asked: Asked,
    sink: &mut Sink,
) -> Consensus {
    let default = ConsensusTable::default();
    let typed = typed.unwrap_or(&default);
    let protocol = match asked.task {
        Task::Plan => protocol(typed.protocol.as_ref(), has_moderator, asked, sink),
        Task::Options => task::protocol(typed.protocol.as_ref(), asked, sink),
    };
    Consensus {
        protocol,
        vote: task::vote(typed, protocol, sink),
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
    let typed = typed.filter(|word| task::may_stand(word, asked, sink));
    match typed.map(|word| (**word, word.span())) {
        Some((ProtocolWord::Synthesis, span)) => {
            if !has_moderator {
                let message = "the protocol `synthesis` needs a moderator, and there is none";
                let help = "add [moderator] with a model, or set protocol = \"lead\"";
                sink.error("no-moderator", span, message, help);
            }
            Protocol::Synthesis
        }
        Some((ProtocolWord::Lead, _)) => Protocol::Lead,
        // Was taken out above.
        Some((ProtocolWord::Vote, _)) => Protocol::Vote,
        None if has_moderator => Protocol::Synthesis,
        None => Protocol::Lead,
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

//! The judge, and what a judge file shares with its panel.

use std::collections::BTreeMap;

use crate::panel::at::At;
use crate::panel::file::{JudgeTable, Named};
use crate::panel::model::{Agent, Judge, Model};
use crate::panel::prompt::Role;
use crate::panel::prompt_book::PromptBook;
use crate::panel::sink::Sink;

use super::agents::find_model;

/// Name of the judge's seat in both calls.
const SEAT: &str = "judge";

/// The judge table with its defaults.
pub fn resolve(
    table: &At<JudgeTable>,
    models: &BTreeMap<String, Model>,
    prompts: &mut PromptBook,
    sink: &mut Sink,
) -> Judge {
    if let (Some(model), Some(_)) = (&table.model, &table.match_model) {
        let message = "`model` and `match_model` both name the model of the first call";
        sink.error("two-models", model.span(), message, "keep one of the two");
    }
    let match_model = table.match_model.as_ref().or(table.model.as_ref());
    let reported = sink.was_left_out("judge.model") || sink.was_left_out("judge.match_model");
    if match_model.is_none() && !reported {
        let help = "write model = \"...\" with the name of a model of this file";
        sink.error(
            "missing-key",
            table.span(),
            "the judge has no `model`",
            help,
        );
    }
    let review_model = table.review_model.as_ref().or(match_model);
    let mut agent = |model: Option<&At<String>>, prompt: Option<&At<String>>, role: Role| {
        let name = prompt.map_or(role.default_prompt(), |prompt| prompt.as_str());
        let span = prompt.map_or(table.span(), At::span);
        prompts.add(name, role, span, sink);
        let found = model.and_then(|model| find_model(model, models, sink));
        Agent {
            name: SEAT.to_owned(),
            model: model.map(|model| (**model).clone()).unwrap_or_default(),
            prompt: name.to_owned(),
            persona: None,
            vendor: found.map(|model| model.vendor.clone()).unwrap_or_default(),
        }
    };
    let match_agent = agent(match_model, table.match_prompt.as_ref(), Role::JudgeMatch);
    let review_agent = table.review.unwrap_or(true).then(|| {
        agent(
            review_model,
            table.review_prompt.as_ref(),
            Role::JudgeReview,
        )
    });
    if review_agent.is_none() {
        for unused in [&table.review_model, &table.review_prompt]
            .into_iter()
            .flatten()
        {
            let message = "there is no second call: `review` is false";
            sink.warn(
                "unused",
                unused.span(),
                message,
                "take it out, or set review = true",
            );
        }
    }
    Judge {
        name: match &table.name {
            Some(name) => (**name).clone(),
            None => match_agent.model.clone(),
        },
        match_agent,
        review_agent,
    }
}

/// Warns when a judge's model is of the same vendor as an advisor: judges favour
/// their own kind.
pub fn warn_vendor(table: &At<JudgeTable>, judge: &Judge, advisors: &[Agent], sink: &mut Sink) {
    let own = |agent: &Agent| {
        let same = |advisor: &&Agent| advisor.vendor == agent.vendor && !agent.vendor.is_empty();
        advisors
            .iter()
            .find(same)
            .map(|advisor| advisor.name.clone())
    };
    let first = table.match_model.as_ref().or(table.model.as_ref());
    let second = table.review_model.as_ref().or(first);
    let calls = [
        (Some(&judge.match_agent), first),
        (judge.review_agent.as_ref(), second),
    ];
    for (agent, place) in calls {
        let Some((agent, advisor)) = agent.and_then(|agent| Some((agent, own(agent)?))) else {
            continue;
        };
        let span = place.map_or(table.span(), At::span);
        let message = format!(
            "the judge is of the same vendor (`{}`) as the advisor `{advisor}`",
            agent.vendor
        );
        let help = "judges tend to favour models of their own family; take a judge of another \
            vendor, or report the comparison with a second judge";
        sink.warn("judge-vendor", span, &message, help);
    }
}

/// Reports what a judge file defines otherwise than its panel under the same
/// name.
pub fn check_same<T, V: PartialEq>(
    what: &str,
    typed: Option<&Named<T>>,
    panel: &BTreeMap<String, V>,
    judge: &BTreeMap<String, V>,
    sink: &mut Sink,
) {
    for name in typed.into_iter().flat_map(|typed| typed.keys()) {
        if let (Some(own), Some(other)) = (panel.get(name.as_str()), judge.get(name.as_str()))
            && own != other
        {
            let message = format!("the {what} `{}` is defined otherwise in the panel", **name);
            let help = "give it another name here, or write both the same";
            sink.error("conflict", name.span(), &message, help);
        }
    }
}

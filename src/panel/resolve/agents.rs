//! Advisors, guardians, the moderator and solo models.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::panel::at::At;
use crate::panel::file::{AgentTable, ModeratorTable, SoloTable};
use crate::panel::model::{Agent, Model, Solo};
use crate::panel::prompt::Role;
use crate::panel::prompt_book::PromptBook;
use crate::panel::sink::Sink;
use crate::panel::suggest;

/// Fills seats. Advisors, guardians, moderator and clusterer share one name space.
pub struct Seats<'a> {
    models: &'a BTreeMap<String, Model>,
    prompts: &'a mut PromptBook,
    sink: &'a mut Sink,
    taken: BTreeMap<String, Range<usize>>,
}

/// The keys that all kinds of seats have, and where the seat stands.
struct Typed<'t> {
    name: Option<&'t At<String>>,
    model: Option<&'t At<String>>,
    prompt: Option<&'t At<String>>,
    persona: Option<&'t At<String>>,
    vendor: Option<&'t At<String>>,
    span: Range<usize>,
}

impl<'a> Seats<'a> {
    /// No seat is taken yet.
    pub fn new(
        models: &'a BTreeMap<String, Model>,
        prompts: &'a mut PromptBook,
        sink: &'a mut Sink,
    ) -> Self {
        Self {
            models,
            prompts,
            sink,
            taken: BTreeMap::new(),
        }
    }

    /// The advisors or the guardians, in the file's order.
    pub fn many(&mut self, tables: Option<&[At<AgentTable>]>, role: Role) -> Vec<Agent> {
        let tables = tables.unwrap_or_default().iter();
        tables
            .map(|table| {
                let typed = Typed {
                    name: table.name.as_ref(),
                    model: table.model.as_ref(),
                    prompt: table.prompt.as_ref(),
                    persona: table.persona.as_ref(),
                    vendor: table.vendor.as_ref(),
                    span: table.span(),
                };
                self.agent(&typed, role, role.default_prompt(), "")
            })
            .collect()
    }

    /// The moderator or the clusterer; named after its role unless it has a
    /// name.
    pub fn single(&mut self, table: &At<ModeratorTable>, role: Role) -> Agent {
        let typed = Typed {
            name: table.name.as_ref(),
            model: table.model.as_ref(),
            prompt: table.prompt.as_ref(),
            persona: table.persona.as_ref(),
            vendor: table.vendor.as_ref(),
            span: table.span(),
        };
        let name = role.default_prompt();
        self.agent(&typed, role, name, name)
    }

    /// Further models that are compared alone.
    pub fn solo(
        &mut self,
        tables: Option<&[At<SoloTable>]>,
        lead_prompt: &str,
        role: Role,
    ) -> Vec<Solo> {
        let tables = tables.unwrap_or_default().iter();
        tables
            .map(|table| {
                let typed = Typed {
                    name: None,
                    model: table.model.as_ref(),
                    prompt: table.prompt.as_ref(),
                    persona: table.persona.as_ref(),
                    vendor: None,
                    span: table.span(),
                };
                let agent = self.agent(&typed, role, lead_prompt, "");
                Solo {
                    model: agent.model,
                    prompt: agent.prompt,
                    persona: agent.persona,
                }
            })
            .collect()
    }

    fn agent(&mut self, typed: &Typed<'_>, role: Role, prompt: &str, name: &str) -> Agent {
        let name = typed.name.map_or(name, |name| name.as_str());
        let name_span = typed.name.map_or(typed.span.clone(), At::span);
        if !name.is_empty() {
            self.take(name, name_span);
        }
        let model = typed
            .model
            .map(|model| find_model(model, self.models, self.sink));
        let model_name = typed
            .model
            .map(|model| (**model).clone())
            .unwrap_or_default();
        let prompt = typed.prompt.map_or(prompt, |prompt| prompt.as_str());
        let prompt_span = typed.prompt.map_or(typed.span.clone(), At::span);
        self.prompts.add(prompt, role, prompt_span, self.sink);
        if let Some(persona) = typed.persona
            && !self.prompts.uses(prompt, "persona")
        {
            let message =
                format!("the persona is never said: the prompt `{prompt}` does not use it");
            let help = "write {{ persona }} in the prompt, name another prompt, or take it out";
            self.sink.warn("unused", persona.span(), &message, help);
        }
        let of_model = model.flatten().map_or("", |model| model.vendor.as_str());
        Agent {
            name: name.to_owned(),
            model: model_name,
            prompt: prompt.to_owned(),
            persona: typed
                .persona
                .map(|persona| persona.trim().to_owned())
                .filter(|persona| !persona.is_empty()),
            vendor: typed
                .vendor
                .map_or(of_model, |vendor| vendor.as_str())
                .to_owned(),
        }
    }

    fn take(&mut self, name: &str, span: Range<usize>) {
        match self.taken.get(name) {
            Some(first) => {
                let (line, _) = self.sink.source().position(first.start);
                let message = format!("there are two agents of the name `{name}`");
                let help = format!(
                    "the first one is on line {line}; advisors, guardians and the moderator share \
                     one set of names"
                );
                self.sink.error("duplicate-name", span, &message, &help);
            }
            None => {
                self.taken.insert(name.to_owned(), span);
            }
        }
    }
}

/// Looks a model up, and says when there is none of this name.
pub fn find_model<'m>(
    name: &At<String>,
    models: &'m BTreeMap<String, Model>,
    sink: &mut Sink,
) -> Option<&'m Model> {
    let found = models.get(name.as_str());
    if found.is_none() {
        let message = format!("there is no model `{}`", **name);
        let help = suggest::help(name, models.keys().map(String::as_str), "models");
        sink.error("unknown-model", name.span(), &message, &help);
    }
    found
}

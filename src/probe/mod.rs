//! What a panel's models are like at their providers, found out before anybody
//! spends: `primum panel probe`.
//!
//! What lives here: which questions are asked of a model, in which order, what
//! their answers show, and which lines of a panel would have to change. Each
//! request is one that a run could send, made by the same code from the same
//! settings; a question is answered by changing a setting and looking whether it
//! is taken. So what the probe finds to work is what a run will do.
//!
//! * `questions`: the words that are said; they mean nothing and hold no case.
//! * `purse`: what may be asked at most, in requests, seconds and dollars.
//! * `asker`: one question, asked again where only the moment was wrong.
//! * `fit`: parameters that the server takes.
//! * `forms`: structured answers, with every schema of ours.
//! * `habits`: limit, seed, times, the longest prompt.
//! * `report`: what was found; `changes`: the lines to change; `record`: what
//!   was probed, for whoever begins a run.
//!
//! What may come in: the gateway's `probe`, panels, and the schemas of those who
//! ask models. What may not: files, terminals, cases. Every word of a provider's
//! that is shown was made fit for that by the gateway; answers are never shown.

mod asker;
mod changes;
mod fit;
mod forms;
mod habits;
mod model;
mod purse;
mod questions;
pub mod record;
mod report;

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use tokio::time::Instant;

use crate::gateway::Doors;
use crate::gateway::probe::{Listing, Refusal};
use crate::panel::model::{Model, Panel, Provider, ProviderKind};

pub use changes::{Change, Changes, Table};
pub use purse::Bounds;
pub use report::{About, Finding, ModelReport, Report, Speed, Verdict};

use purse::Purse;

/// How long a list of models is waited for.
const LISTING: Duration = Duration::from_secs(15);

/// What a panel asks for, as far as the probe has to know it.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// Tokens of the longest prompt that the panel is expected to send to a
    /// model, by the model's name.
    pub longest_prompt: BTreeMap<String, u64>,
}

pub use forms::schemas;

/// What asking will take at most: requests and, of the models with a price,
/// dollars. Models that think may take more of them, within the bounds.
pub fn estimate(panel: &Panel, needs: &Needs) -> (usize, f64) {
    let schemas = forms::tried();
    let of = |model: &Model| model::estimate(model, &schemas, needs);
    let (requests, usd) = panel.models.values().map(of).fold((0, 0.0), add);
    (requests + panel.providers.len(), usd)
}

fn add(a: (usize, f64), b: (usize, f64)) -> (usize, f64) {
    (a.0 + b.0, a.1 + b.1)
}

/// Asks every model of a panel, judges included, all at once as far as their
/// providers' limits let them. `doors`: to the panel's providers, their
/// addresses final.
pub async fn probe(panel: &Panel, doors: &Doors, needs: &Needs, bounds: Bounds) -> Report {
    let started = Instant::now();
    let purse = Purse::new(bounds);
    let used = panel.models.values().map(|model| &model.provider);
    let names: std::collections::BTreeSet<&String> = used.collect();
    let providers: Vec<&Provider> = names
        .into_iter()
        .filter_map(|name| panel.providers.get(name))
        .collect();
    let lists = join_all(providers.iter().map(|provider| async {
        let told = doors.list_models(&provider.name, LISTING).await;
        let alone = match &told {
            Ok(list) if list.ids.is_empty() => None,
            Ok(_) => doors.window_of_server(&provider.name, LISTING).await,
            Err(_) => None,
        };
        (provider.name.as_str(), Told { told, alone })
    }));
    let lists: BTreeMap<&str, Told> = lists.await.into_iter().collect();
    let schemas = forms::tried();
    let reports = panel.models.values().filter_map(|model| {
        let provider = panel.providers.get(&model.provider)?;
        let told = lists.get(provider.name.as_str())?;
        Some(model::probe(model::Subject {
            model,
            provider,
            told,
            doors,
            purse: &purse,
            schemas: &schemas,
            longest_prompt: needs.longest_prompt.get(&model.name).copied(),
        }))
    });
    let models = join_all(reports).await;
    let changes = Changes::of(panel, &models);
    let (requests, usd) = purse.spent();
    Report {
        panel: panel.name.clone(),
        simulated: panel.models.values().any(|model| {
            let provider = panel.providers.get(&model.provider);
            provider.is_some_and(|provider| provider.kind == ProviderKind::Simulated)
        }),
        models: models.into_iter().map(|found| found.report).collect(),
        changes,
        requests,
        usd,
        seconds: started.elapsed().as_secs_f64(),
    }
}

/// What a provider told of itself.
struct Told {
    told: Result<Listing, Refusal>,
    /// The window that the server tells apart from its models.
    alone: Option<u32>,
}

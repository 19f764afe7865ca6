//! The providers behind a run: all that its files name, with the simulated ones
//! started.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::clinical::Case;
use crate::panel::model::{Model, Panel, Provider, ProviderKind};
use crate::simulate::RunningSimulator;

use super::{Failure, simulate};

/// Providers of all panels; one name means one provider.
pub fn of(panels: &[Arc<Panel>]) -> Result<BTreeMap<String, Provider>, Failure> {
    let mut providers: BTreeMap<String, Provider> = BTreeMap::new();
    for panel in panels {
        for (name, provider) in &panel.providers {
            match providers.get(name) {
                None => {
                    providers.insert(name.clone(), provider.clone());
                }
                Some(known) if known == provider => {}
                Some(_) => {
                    return Err(Failure::usage(format!(
                        "provider \"{name}\" means different things in the files of this run: \
                         rename it in one of them, or make both the same"
                    )));
                }
            }
        }
    }
    Ok(providers)
}

/// Does any call go to a real provider with a key? Local servers without one
/// cost nothing.
pub fn cost_money(providers: &BTreeMap<String, Provider>) -> bool {
    providers
        .values()
        .any(|p| p.kind != ProviderKind::Simulated && p.has_key())
}

/// Refuses a budget that could not hold: a model that costs money and has no
/// price counts as nothing.
pub fn check_prices<'a>(
    providers: &BTreeMap<String, Provider>,
    models: impl Iterator<Item = &'a Model>,
) -> Result<(), Failure> {
    let mut unpriced: Vec<&str> = models
        .filter(|model| {
            model.price.is_none()
                && providers
                    .get(&model.provider)
                    .is_some_and(Provider::has_key)
        })
        .map(|model| model.name.as_str())
        .collect();
    unpriced.sort_unstable();
    unpriced.dedup();
    if unpriced.is_empty() {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "a budget cannot be kept while models have no price: {}. Give each a price = \
         {{ input = …, output = … }} in dollars per million tokens, or run without a budget",
        unpriced.join(", ")
    )))
}

/// Is every provider a simulated one?
pub fn only_simulated(providers: &BTreeMap<String, Provider>) -> bool {
    providers
        .values()
        .all(|provider| provider.kind == ProviderKind::Simulated)
}

/// How many tasks are open at once: enough to fill every provider's calls in
/// flight, and not so many that memory grows with the run.
pub fn width(providers: &BTreeMap<String, Provider>) -> usize {
    // Providers of one pool share their places.
    let mut pools = BTreeSet::new();
    let in_flight: usize = providers
        .values()
        .map(|provider| &provider.limits)
        .filter(|limits| limits.pool.as_ref().is_none_or(|pool| pools.insert(pool)))
        .map(|limits| limits.in_flight as usize)
        .sum();
    (in_flight * 2).clamp(16, 2048)
}

/// Starts a simulated provider for each that has no address of its own, and
/// returns all providers with their final addresses.
pub async fn start_simulators(
    providers: &BTreeMap<String, Provider>,
    cases: &[Case],
) -> Result<(BTreeMap<String, Provider>, Vec<RunningSimulator>), Failure> {
    let mut providers = providers.clone();
    let mut running = Vec::new();
    for provider in providers.values_mut() {
        if provider.kind != ProviderKind::Simulated || !provider.base_url.is_empty() {
            continue;
        }
        let source = format!("[providers.{}.simulated]", provider.name);
        let config = simulate::settings(&provider.simulated, &source)?;
        let server = simulate::in_process(cases, config).await?;
        provider.base_url = server.base_url();
        running.push(server);
    }
    Ok((providers, running))
}

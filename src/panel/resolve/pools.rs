//! Providers on one machine: they share one `in_flight`.

use std::collections::BTreeMap;

use crate::panel::at::At;
use crate::panel::file::{Named, ProviderTable};
use crate::panel::model::Provider;
use crate::panel::sink::Sink;

/// Gives every provider of a pool the `in_flight` that one of them names.
/// Names that differ are an error: a person must say which one is meant.
pub fn share(
    typed: Option<&Named<ProviderTable>>,
    providers: &mut BTreeMap<String, Provider>,
    sink: &mut Sink,
) {
    let mut named: BTreeMap<String, (u32, String)> = BTreeMap::new();
    for (name, table) in typed.into_iter().flatten() {
        let Some((pool, typed)) = in_pool(table) else {
            continue;
        };
        match named.get(pool) {
            None => {
                named.insert(pool.to_owned(), (**typed, (**name).clone()));
            }
            Some((known, _)) if known == &**typed => {}
            Some((known, other)) => {
                let message = format!(
                    "the pool `{pool}` has an in_flight of {known} in the provider `{other}` and \
                     of {} here",
                    **typed
                );
                let help = "providers of one pool share one in_flight: write it once";
                sink.error("pool", typed.span(), &message, help);
            }
        }
    }
    for provider in providers.values_mut() {
        let pool = provider.limits.pool.as_ref();
        if let Some((in_flight, _)) = pool.and_then(|pool| named.get(pool)) {
            provider.limits.in_flight = *in_flight;
        }
    }
}

fn in_pool(table: &ProviderTable) -> Option<(&str, &At<u32>)> {
    let limits = table.limits.as_ref()?;
    Some((limits.pool.as_ref()?.as_str(), limits.in_flight.as_ref()?))
}

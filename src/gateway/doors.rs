//! The doors to the providers, which many gateways may share.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use secrecy::SecretString;

use super::breaker::Breaker;
use super::buy::Door;
use super::call::FailureKind;
use super::circuit::{Circuit, CircuitState};
use super::config::GatewayError;
use super::estimate::Estimates;
use super::limits::ProviderLimits;
use super::modes::Modes;
use super::structured::Schemas;
use super::transport::Transport;
use crate::panel::model::Provider;

/// Longest time for [`Doors::probe`].
const PROBE: Duration = Duration::from_secs(5);

/// Connections to providers, their limits, what is known to fail, prepared
/// schemas, the modes that models take and learnt lengths. Cheap to clone; clones share everything. Holds
/// nothing of what was asked or answered.
#[derive(Clone)]
pub struct Doors(Arc<Inner>);

struct Inner {
    doors: BTreeMap<String, Door>,
    schemas: Schemas,
    modes: Modes,
    estimates: Estimates,
}

impl Doors {
    /// Doors to providers by name, their `base_url` final. `keys`: by the name
    /// of their environment variable (`key_env`), as the caller read them;
    /// spaces and line ends around a key are taken off. `circuit`: what becomes
    /// of a provider that keeps failing. Nothing is sent.
    ///
    /// # Errors
    /// [`GatewayError`] when a key is missing, or an address or a key cannot be
    /// used.
    pub fn new(
        providers: BTreeMap<String, Provider>,
        keys: BTreeMap<String, SecretString>,
        circuit: Circuit,
    ) -> Result<Doors, GatewayError> {
        let doors = providers
            .into_iter()
            .map(|(name, provider)| Ok((name, door(provider, &keys, circuit)?)))
            .collect::<Result<_, GatewayError>>()?;
        Ok(Doors(Arc::new(Inner {
            doors,
            schemas: Schemas::default(),
            modes: Modes::default(),
            estimates: Estimates::default(),
        })))
    }

    /// How every provider's circuit stands, in the order of their names.
    pub fn circuits(&self) -> Vec<(String, CircuitState)> {
        let doors = self.0.doors.iter();
        doors
            .map(|(name, door)| (name.clone(), door.breaker.state()))
            .collect()
    }

    /// Asks every provider for its list of models, which costs nothing, with
    /// its key, all at once: the HTTP status that it answered with (any says
    /// that it can be reached), or why none came within five seconds. In the
    /// order of their names. Circuits are neither asked nor changed.
    pub async fn probe(&self) -> Vec<(String, Result<u16, FailureKind>)> {
        let doors = self.0.doors.iter();
        join_all(doors.map(|(name, door)| async move {
            let status = tokio::time::timeout(PROBE, door.transport.probe()).await;
            (name.clone(), status.unwrap_or(Err(FailureKind::Timeout)))
        }))
        .await
    }

    pub(super) fn get(&self, provider: &str) -> Option<&Door> {
        self.0.doors.get(provider)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.doors.keys().map(String::as_str)
    }

    pub(super) fn schemas(&self) -> &Schemas {
        &self.0.schemas
    }

    pub(super) fn modes(&self) -> &Modes {
        &self.0.modes
    }

    pub(super) fn estimates(&self) -> &Estimates {
        &self.0.estimates
    }
}

fn door(
    provider: Provider,
    keys: &BTreeMap<String, SecretString>,
    circuit: Circuit,
) -> Result<Door, GatewayError> {
    let key = match &provider.key_env {
        None => None,
        Some(variable) => match keys.get(variable) {
            Some(key) => Some(key.clone()),
            None => {
                return Err(GatewayError::MissingKey {
                    provider: provider.name,
                    variable: variable.clone(),
                });
            }
        },
    };
    let transport = match Transport::new(&provider, key) {
        Ok(transport) => transport,
        Err(reason) => {
            let provider = provider.name;
            return Err(GatewayError::Provider { provider, reason });
        }
    };
    Ok(Door {
        limits: ProviderLimits::new(&provider.limits),
        breaker: Breaker::new(&provider.name, circuit),
        transport,
        provider,
    })
}

impl fmt::Debug for Doors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Doors")
            .field(&self.names().collect::<Vec<_>>())
            .finish()
    }
}

//! The doors to the providers, which many gateways may share.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use secrecy::SecretString;
use tokio::time::Instant;

use super::breaker::Breaker;
use super::buy::Door;
use super::call::FailureKind;
use super::circuit::{Circuit, CircuitState};
use super::config::GatewayError;
use super::descriptors::Descriptors;
use super::estimate::Estimates;
use super::limits::{Pools, ProviderLimits};
use super::modes::Modes;
use super::structured::Schemas;
use super::transport::{Secrets, Transport};
use super::troubles::{Trouble, Troubles};
use super::unstated::Unstated;
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
    troubles: Troubles,
    descriptors: Descriptors,
}

impl Doors {
    /// Doors to providers by name, their `base_url` final. `keys`: by the name
    /// of their environment variable (`key_env`, `headers_env`), as the caller
    /// read them; spaces and line ends around a key are taken off. `circuit`: what becomes
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
        let descriptors = Descriptors::of(providers.values());
        let pools = Pools::of(providers.values().map(|provider| &provider.limits));
        let doors = providers
            .into_iter()
            .map(|(name, provider)| {
                Ok((
                    name,
                    door(provider, &keys, (&pools, &descriptors), circuit)?,
                ))
            })
            .collect::<Result<_, GatewayError>>()?;
        Ok(Doors(Arc::new(Inner {
            doors,
            schemas: Schemas::default(),
            modes: Modes::default(),
            estimates: Estimates::default(),
            troubles: Troubles::new(),
            descriptors,
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

    pub(super) fn descriptors(&self) -> &Descriptors {
        &self.0.descriptors
    }

    pub(super) fn told(&self) -> &Troubles {
        &self.0.troubles
    }

    /// What went wrong with the calls of all gateways over these doors: each
    /// distinct failure of a model once, with the provider's words, in the
    /// order in which they came first.
    pub fn troubles(&self) -> Vec<Trouble> {
        self.0.troubles.all()
    }

    /// Providers that calls wait for because they asked for a pause, and until
    /// when from now, in the order of their names.
    pub fn pauses(&self) -> Vec<(String, Duration)> {
        let doors = self.0.doors.iter();
        doors
            .filter_map(|(name, door)| {
                let until = door.limits.waited_for()?;
                Some((
                    name.clone(),
                    until.saturating_duration_since(Instant::now()),
                ))
            })
            .collect()
    }
}

fn door(
    provider: Provider,
    keys: &BTreeMap<String, SecretString>,
    (pools, descriptors): (&Pools, &Descriptors),
    circuit: Circuit,
) -> Result<Door, GatewayError> {
    let given = |variable: &String| {
        keys.get(variable)
            .cloned()
            .ok_or_else(|| GatewayError::MissingKey {
                provider: provider.name.clone(),
                variable: variable.clone(),
            })
    };
    let headers = provider.headers_env.iter();
    let secrets = Secrets {
        key: provider.key_env.as_ref().map(given).transpose()?,
        headers: headers
            .map(|(name, variable)| Ok((name.clone(), given(variable)?)))
            .collect::<Result<_, GatewayError>>()?,
    };
    let transport = match Transport::new(&provider, secrets, descriptors.idle) {
        Ok(transport) => transport,
        Err(reason) => {
            let provider = provider.name;
            return Err(GatewayError::Provider { provider, reason });
        }
    };
    Ok(Door {
        limits: ProviderLimits::new(&provider.limits, pools),
        breaker: Breaker::new(&provider.name, circuit),
        unstated: Unstated::default(),
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

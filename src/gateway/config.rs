//! What a gateway is built from, and why it cannot be.

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::SecretString;

use super::call::FailureKind;
use super::journal::{Journal, JournalError};
use crate::panel::model::Provider;

/// What a gateway is built from. `Debug` shows no key.
#[derive(Clone, Debug)]
pub struct GatewayConfig {
    /// Providers by name, their `base_url` final.
    pub providers: BTreeMap<String, Provider>,
    /// Keys by the name of their environment variable (`key_env`,
    /// `headers_env`), as the caller read them. Spaces and line ends around a key are taken off.
    pub keys: BTreeMap<String, SecretString>,
    /// The run's seed, from which every call's `seed` is derived.
    pub run_seed: u64,
    /// Most dollars that the run may cost, what the journal already holds
    /// included; `None`: no limit. Models without a price count as nothing.
    pub budget_usd: Option<f64>,
    /// The run's memory.
    pub journal: Journal,
    /// Seed of the jitter between attempts. It changes when calls are sent,
    /// never what is asked.
    pub jitter_seed: u64,
    /// Wait before the second attempt of a call; it doubles from attempt to
    /// attempt, up to half a minute, with up to as much again as jitter.
    pub backoff: Duration,
    /// Failures that every further call would meet as well: the first one
    /// stops the run, as [`Gateway::stop`](super::Gateway::stop) does. Empty for
    /// a service, which goes on with what it can still reach.
    pub halt_on: Vec<FailureKind>,
}

impl GatewayConfig {
    /// A configuration without keys and budget, with seeds of 0 and half a
    /// second before the second attempt.
    pub fn new(providers: BTreeMap<String, Provider>, journal: Journal) -> Self {
        GatewayConfig {
            providers,
            keys: BTreeMap::new(),
            run_seed: 0,
            budget_usd: None,
            journal,
            jitter_seed: 0,
            backoff: Duration::from_millis(500),
            halt_on: Vec::new(),
        }
    }
}

/// What a service's request brings to a gateway over shared
/// [`Doors`](super::Doors).
#[derive(Clone, Debug)]
pub struct RequestConfig {
    /// The request's memory, commonly [`Journal::in_memory`].
    pub journal: Journal,
    /// Seed from which every call's `seed` is derived.
    pub run_seed: u64,
    /// Seed of the jitter between attempts; it never changes what is asked.
    pub jitter_seed: u64,
    /// Most dollars that the request may cost; `None`: no limit. Models without
    /// a price count as nothing.
    pub budget_usd: Option<f64>,
    /// As `budget_usd`, and no call may exceed it even by what it takes beyond
    /// its estimate: it is sent only when all of its output limit fits.
    pub cap_usd: Option<f64>,
    /// As [`GatewayConfig::backoff`].
    pub backoff: Duration,
    /// Asks providers to store nothing: every request says `"store": false`,
    /// whatever a model's `extra` says. It changes no key.
    pub store_nothing: bool,
}

impl RequestConfig {
    /// Without a budget, with seeds of 0 and half a second before the second
    /// attempt; providers are not asked to store nothing.
    pub fn new(journal: Journal) -> Self {
        RequestConfig {
            journal,
            run_seed: 0,
            jitter_seed: 0,
            budget_usd: None,
            cap_usd: None,
            backoff: Duration::from_millis(500),
            store_nothing: false,
        }
    }
}

/// Why a gateway could not be built.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// A provider names a variable, and no key was given for it.
    #[error("provider {provider}: the environment variable {variable} is not set")]
    MissingKey {
        /// Name of the provider.
        provider: String,
        /// Name of the variable.
        variable: String,
    },
    /// Its address or key cannot be used.
    #[error("provider {provider}: {reason}")]
    Provider {
        /// Name of the provider.
        provider: String,
        /// What is wrong, without the key.
        reason: String,
    },
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

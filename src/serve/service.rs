//! What the parts of a service share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tracing::warn;

use super::config::{Access, Limits, Served, ServiceConfig};
use super::faces::health::Probed;
use super::http::guard::Guard;
use super::http::problem::{Code, Problem};
use super::metrics::Metrics;
use super::work::admission::Admission;
use super::work::job::Stop;
use super::work::jobs::Jobs;
use super::work::purse::Purse;
use crate::access::{Clock, KeyStore, Rates};
use crate::audit::Audit;
use crate::gateway::Doors;

/// A service. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
    panels: Vec<Arc<Served>>,
    doors: Doors,
    access: Access,
    audit: Option<Audit>,
    guard: Guard,
    limits: Limits,
    backoff: Duration,
    clock: Clock,
    admission: Admission,
    jobs: Jobs,
    purse: Purse,
    rates: Rates,
    metrics: Metrics,
    probed: Probed,
    draining: AtomicBool,
    /// Consults that are about to begin.
    beginning: AtomicUsize,
}

impl Service {
    /// A service that is ready to be served.
    pub fn new(config: ServiceConfig) -> Self {
        let guard = Guard {
            hosts: config.hosts,
            header_needed: matches!(config.access, Access::Off(_)),
        };
        Self(Arc::new(Inner {
            panels: config.panels.into_iter().map(Arc::new).collect(),
            admission: Admission::new(config.limits.running, config.limits.queued),
            doors: config.doors,
            access: config.access,
            audit: config.audit,
            guard,
            limits: config.limits,
            backoff: config.backoff,
            clock: config.clock,
            jobs: Jobs::default(),
            purse: Purse::default(),
            rates: Rates::new(),
            metrics: Metrics::default(),
            probed: Probed::default(),
            draining: AtomicBool::new(false),
            beginning: AtomicUsize::new(0),
        }))
    }

    /// The panels, the one that answers where none is named first.
    pub fn panels(&self) -> &[Arc<Served>] {
        &self.0.panels
    }

    /// A panel by its name; the first one without.
    ///
    /// # Errors
    /// [`Problem`] with `unknown-panel`; the name is not repeated.
    pub fn panel(&self, name: Option<&str>) -> Result<&Arc<Served>, Problem> {
        let mut panels = self.0.panels.iter();
        let found = match name {
            None => panels.next(),
            Some(name) => panels.find(|panel| panel.name == name),
        };
        found.ok_or_else(|| {
            let names: Vec<&str> = self.0.panels.iter().map(|p| p.name.as_str()).collect();
            Code::UnknownPanel.because(format!("served here: {}", names.join(", ")))
        })
    }

    /// The way to the providers.
    pub fn doors(&self) -> &Doors {
        &self.0.doors
    }

    /// Who may ask.
    pub fn access(&self) -> &Access {
        &self.0.access
    }

    /// The keys, where there are any.
    pub fn keys(&self) -> Option<&KeyStore> {
        match &self.0.access {
            Access::Keys(store) | Access::Off(Some(store)) => Some(store),
            Access::Off(None) => None,
        }
    }

    /// Returns when what keys spent is on disk.
    pub async fn settle(&self) {
        let Some(store) = self.keys().cloned() else {
            return;
        };
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || store.settle()).await {
            warn!(%error, "what keys spent could not be written");
        }
    }

    /// Where consults remain.
    pub fn audit(&self) -> Option<&Audit> {
        self.0.audit.as_ref()
    }

    /// Where requests may come from.
    pub fn guard(&self) -> &Guard {
        &self.0.guard
    }

    /// How much at once, and how long.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Wait before a second attempt of a call.
    pub fn backoff(&self) -> Duration {
        self.0.backoff
    }

    /// The wall clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Milliseconds since 1970.
    pub fn now(&self) -> u64 {
        (self.0.clock)()
    }

    /// The queue.
    pub fn admission(&self) -> &Admission {
        &self.0.admission
    }

    /// The consults at work.
    pub fn jobs(&self) -> &Jobs {
        &self.0.jobs
    }

    /// Money that is set aside.
    pub fn purse(&self) -> &Purse {
        &self.0.purse
    }

    /// Requests a minute, by key.
    pub fn rates(&self) -> &Rates {
        &self.0.rates
    }

    /// What is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// What is known of the providers.
    pub fn probed(&self) -> &Probed {
        &self.0.probed
    }

    /// Is the service about to stop?
    pub fn draining(&self) -> bool {
        self.0.draining.load(Ordering::SeqCst)
    }

    /// A consult is about to begin: the service does not stop while it is
    /// neither refused nor among the jobs. Taken before anybody looks whether
    /// the service is draining.
    pub fn beginning(&self) -> Beginning {
        self.0.beginning.fetch_add(1, Ordering::SeqCst);
        Beginning(Arc::clone(&self.0))
    }

    /// Takes no new consults, lets those at work go on for their time, then
    /// stops them, and returns when the last one is written down.
    pub async fn drain(&self) {
        self.0.draining.store(true, Ordering::SeqCst);
        if !self.idle_within(self.0.limits.drain).await {
            self.0.jobs.stop_all(Stop::Shutdown);
            self.idle_within(Duration::from_secs(5)).await;
        }
        self.settle().await;
    }

    async fn idle_within(&self, time: Duration) -> bool {
        let idle = async {
            // In this order: what leaves the one is in the other.
            while self.0.beginning.load(Ordering::SeqCst) > 0 || !self.0.jobs.is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(time, idle).await.is_ok()
    }
}

/// A consult that is about to begin; over when it is dropped.
pub struct Beginning(Arc<Inner>);

impl Drop for Beginning {
    fn drop(&mut self) {
        self.0.beginning.fetch_sub(1, Ordering::SeqCst);
    }
}

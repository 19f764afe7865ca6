//! What is counted, for Prometheus. Labels are names of ours: routes as they
//! are written in the router, panels, states, codes. Nothing that a caller sent
//! is one, so that no patient's text and no endless series can come of it.

use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::service::Service;
use crate::gateway::CircuitState;

/// The counters of a service.
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Request, Counter>,
    seconds: Family<Route, Histogram>,
    problems: Family<Problem, Counter>,
    consults: Family<Ended, Counter>,
    usd: Family<Panel, Counter<f64, AtomicU64>>,
    running: Gauge,
    waiting: Gauge,
    circuits: Family<Provider, Gauge>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Request {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Problem {
    code: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Ended {
    panel: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Panel {
    panel: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Provider {
    provider: String,
}

fn seconds() -> Histogram {
    // From a millisecond to nine minutes.
    Histogram::new(exponential_buckets(0.001, 3.0, 13))
}

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            registry: Mutex::new(Registry::with_prefix("primum")),
            requests: Family::default(),
            seconds: Family::new_with_constructor(seconds),
            problems: Family::default(),
            consults: Family::default(),
            usd: Family::default(),
            running: Gauge::default(),
            waiting: Gauge::default(),
            circuits: Family::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&self) {
        let mut registry = crate::serve::locked(&self.registry);
        let requests = self.requests.clone();
        registry.register("requests", "Requests by route and status", requests);
        let help = "Seconds from a request's head to the head of its response";
        registry.register("request_seconds", help, self.seconds.clone());
        let problems = self.problems.clone();
        registry.register("problems", "Refused requests by code", problems);
        let consults = self.consults.clone();
        registry.register("consults", "Consults by outcome", consults);
        registry.register("spent_usd", "Dollars spent on models", self.usd.clone());
        let running = self.running.clone();
        registry.register("consults_running", "Consults at work", running);
        let waiting = self.waiting.clone();
        registry.register("consults_waiting", "Consults in the queue", waiting);
        let help = "Circuit of a provider: 0 closed, 1 half-open, 2 open";
        registry.register("provider_circuit", help, self.circuits.clone());
    }

    /// A request was answered.
    pub fn answered(&self, method: &'static str, route: &str, status: u16, took: f64) {
        let route = route.to_owned();
        let of_route = Route {
            route: route.clone(),
        };
        self.seconds.get_or_create(&of_route).observe(took);
        let request = Request {
            method,
            route,
            status,
        };
        self.requests.get_or_create(&request).inc();
    }

    /// A request was refused.
    pub fn refused(&self, code: &'static str) {
        self.problems.get_or_create(&Problem { code }).inc();
    }

    /// A consult ended.
    pub fn ended(&self, panel: &str, outcome: &'static str) {
        let panel = panel.to_owned();
        self.consults.get_or_create(&Ended { panel, outcome }).inc();
    }

    /// Dollars were spent.
    pub fn spent(&self, panel: &str, usd: f64) {
        let panel = panel.to_owned();
        self.usd
            .get_or_create(&Panel { panel })
            .inc_by(usd.max(0.0));
    }

    /// Everything in the text format of OpenMetrics, with the gauges as they
    /// stand now.
    pub fn text(&self, service: &Service) -> String {
        let (running, waiting) = service.admission().counts();
        self.running.set(i64::try_from(running).unwrap_or(i64::MAX));
        self.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        for (provider, state) in service.doors().circuits() {
            self.circuits
                .get_or_create(&Provider { provider })
                .set(match state {
                    CircuitState::Closed => 0,
                    CircuitState::HalfOpen { .. } => 1,
                    CircuitState::Open { .. } => 2,
                });
        }
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &crate::serve::locked(&self.registry));
        text
    }
}

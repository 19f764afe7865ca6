//! What operators and their tools ask: is it alive, is it ready, what was
//! counted.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::access::Scope;
use crate::gateway::Trouble;
use crate::serve::http::auth::Caller;
use crate::serve::http::problem::Problem;
use crate::serve::service::Service;

/// How long what was found about the providers is good for.
const FRESH: Duration = Duration::from_secs(10);

/// `GET /healthz`: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether consults can be answered.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Readiness {
    /// Can they?
    pub ready: bool,
    /// Is the service about to stop?
    pub draining: bool,
    /// By provider: `reachable`, or what is wrong.
    pub providers: BTreeMap<String, String>,
}

/// What was found, and when.
#[derive(Debug, Default)]
pub struct Probed(Mutex<Option<(Instant, BTreeMap<String, String>)>>);

impl Probed {
    /// Asks the providers, unless that was done a moment ago. One asks for all
    /// who wait; nothing is spent.
    async fn providers(&self, service: &Service) -> BTreeMap<String, String> {
        let mut known = self.0.lock().await;
        if let Some((when, providers)) = &*known
            && when.elapsed() < FRESH
        {
            return providers.clone();
        }
        let found = service.doors().probe().await;
        let providers: BTreeMap<String, String> = found
            .into_iter()
            .map(|(name, reached)| {
                let words = match reached {
                    Ok(_) => "reachable".to_owned(),
                    Err(kind) => kind.words().to_owned(),
                };
                (name, words)
            })
            .collect();
        *known = Some((Instant::now(), providers.clone()));
        providers
    }
}

/// `GET /readyz`: 200 when every provider can be reached and the service takes
/// consults, else 503.
pub async fn readyz(State(service): State<Service>) -> Response {
    let draining = service.draining();
    let providers = service.probed().providers(&service).await;
    let reached = providers.values().all(|words| words == "reachable");
    let readiness = Readiness {
        ready: reached && !draining,
        draining,
        providers,
    };
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(readiness)).into_response()
}

/// What went wrong with models since the service began.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Failures {
    /// Each distinct failure of a model once, in the order in which they came
    /// first; a hundred at most.
    pub failures: Vec<Trouble>,
}

/// `GET /failures`, for keys with the scope admin: the providers' own words,
/// and what helps. No word of a consult is in them.
pub async fn failures(
    State(service): State<Service>,
    caller: Caller,
) -> Result<Json<Failures>, Problem> {
    caller.needs(Scope::Admin)?;
    let failures = service.doors().troubles();
    Ok(Json(Failures { failures }))
}

/// `GET /metrics`, for keys with the scope admin.
pub async fn metrics(State(service): State<Service>, caller: Caller) -> Result<Response, Problem> {
    caller.needs(Scope::Admin)?;
    let text = service.metrics().text(&service);
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(CONTENT_TYPE, kind)], text).into_response())
}

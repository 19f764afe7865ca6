//! `/mast`: what the benchmark's leaderboard asks of an endpoint. A text in, and
//! an answer out, in either of its two formats; everything in the text is data.
//!
//! It always needs a key, also where keys are off: the leaderboard sends one,
//! and nobody else has business here.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::Request;
use serde_json::json;

use super::options::grading;
use super::{mark, waited};
use crate::access::Scope;
use crate::clinical::PatientText;
use crate::serve::config::Served;
use crate::serve::http::auth::Caller;
use crate::serve::http::body;
use crate::serve::http::problem::{Code, Problem};
use crate::serve::service::Service;
use crate::serve::work::begin::{Begun, Order, Work, begin};

/// `POST /mast`: the first panel answers.
pub async fn first(
    State(service): State<Service>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    answer(service, None, request).await
}

/// `POST /mast/{panel}`.
pub async fn named(
    State(service): State<Service>,
    panel: Result<Path<String>, PathRejection>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let Path(panel) = panel.map_err(|_| Code::UnknownPanel.plain())?;
    answer(service, Some(panel), request).await
}

async fn answer(
    service: Service,
    panel: Option<String>,
    request: Request<Body>,
) -> Result<Response, Problem> {
    let caller = Caller::with_key(&service, request.headers())?;
    caller.within_rate(&service)?;
    caller.needs(Scope::Consult)?;
    body::is_of_type(request.headers(), &["text/plain"])?;
    let panel = Arc::clone(service.panel(panel.as_deref())?);
    let bytes = body::read(request, service.limits()).await?;
    let text = body::text(&bytes)?.trim();
    let order = order(panel, text);
    drop(bytes);
    let Begun::New(attached, job) = begin(&service, &caller, order).await? else {
        return Err(Code::Internal.plain());
    };
    let consult = waited(attached, &job).await;
    if let Some(problem) = consult.problem {
        return Err(problem.of(&consult.id));
    }
    let mut response = Json(json!({"response": consult.text()})).into_response();
    mark(&mut response, &consult);
    Ok(response)
}

fn order(panel: Arc<Served>, text: &str) -> Order {
    let work = match grading(text) {
        Some(grading) => Work::Grade(grading.case.into(), grading.options),
        None => Work::Plan(text.into()),
    };
    let asked = json!({"face": "mast", "question": text});
    Order {
        panel,
        work,
        time: None,
        asked: PatientText::from(asked.to_string()),
        goes_on: false,
        comes_back: false,
        idempotency: None,
    }
}

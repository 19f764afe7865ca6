//! `/v1/models`: the panels, in OpenAI's shape.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use http::HeaderMap;
use serde_json::{Value, json};

use super::chat::OpenAiError;
use super::consults::may_look;
use crate::serve::config::Served;
use crate::serve::http::auth::Caller;
use crate::serve::http::problem::{Code, Problem};
use crate::serve::service::Service;

/// `GET /v1/models`.
pub async fn list(
    State(service): State<Service>,
    headers: HeaderMap,
) -> Result<Json<Value>, OpenAiError> {
    allowed(&service, &headers)?;
    let models: Vec<Value> = service.panels().iter().map(|panel| model(panel)).collect();
    Ok(Json(json!({"object": "list", "data": models})))
}

/// `GET /v1/models/{id}`.
pub async fn one(
    State(service): State<Service>,
    name: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Json<Value>, OpenAiError> {
    allowed(&service, &headers)?;
    let Path(name) = name.map_err(|_| Code::UnknownPanel.plain())?;
    Ok(Json(model(service.panel(Some(&name))?)))
}

fn allowed(service: &Service, headers: &HeaderMap) -> Result<(), Problem> {
    let caller = Caller::of(service, headers)?;
    caller.within_rate(service)?;
    may_look(&caller)
}

fn model(panel: &Served) -> Value {
    let rules = panel.any();
    json!({
        "id": panel.name,
        "object": "model",
        "created": 0,
        "owned_by": "primum",
        "primum": {
            "title": panel.title,
            "retention": panel.retention,
            "protocol": rules.map(|rules| rules.consensus.protocol.name()),
            "advisors": rules.map_or(0, |rules| rules.advisors.len()),
            "guardians": rules.map_or(0, |rules| rules.guardians.len()),
            "simulated": panel.simulated.any(),
            "simulated_mark": panel.simulated.mark(),
            "caveats": panel.caveats,
            "deadline_seconds": panel.deadline.as_secs_f64(),
            "answers": panel.plan.is_some(),
            "grades_options": panel.options.is_some(),
            "panel_hash": panel.hash,
        },
    })
}

//! Releasing an answer, or rejecting it: a person's decision, on the record.

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use http::Request;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::consults::{find, path, stored};
use crate::access::Scope;
use crate::audit::{AuditError, Decision};
use crate::clinical::PatientText;
use crate::serve::http::auth::Caller;
use crate::serve::http::body;
use crate::serve::http::problem::{Code, Problem};
use crate::serve::service::Service;
use crate::serve::work::begin::{store, who};
use crate::serve::work::view::{Consult, State as Standing};

/// What a clinician decided.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// Release or reject.
    #[serde(deserialize_with = "word")]
    pub decision: Word,
    /// What the clinician writes to it. Kept with the answer.
    #[serde(default)]
    pub note: Option<PatientText>,
}

/// The decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Word {
    /// The answer may be used.
    Release,
    /// It may not.
    Reject,
}

/// A decision is one of two words and nothing else: serde would also take an
/// object with the word for its key, which is not the documented shape.
fn word<'de, D: Deserializer<'de>>(from: D) -> Result<Word, D::Error> {
    match String::deserialize(from)?.as_str() {
        "release" => Ok(Word::Release),
        "reject" => Ok(Word::Reject),
        _ => Err(D::Error::unknown_variant("", &["release", "reject"])),
    }
}

/// `POST /v1/consults/{id}/release`.
pub async fn decide(
    State(service): State<Service>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    request: Request<Body>,
) -> Result<Json<Consult>, Problem> {
    let Some(key) = caller.key().cloned() else {
        return Err(Code::PersonalKeyNeeded.because("keys are off"));
    };
    caller.needs(Scope::Release)?;
    if key.person.is_none() {
        return Err(Code::PersonalKeyNeeded.plain());
    }
    let id = path(id)?;
    body::is_of_type(request.headers(), &["application/json"])?;
    let bytes = body::read(request, service.limits()).await?;
    let decided: Decided = body::json(&bytes)?;
    let consult = find(&service, &caller, &id).await?;
    if consult.state != Standing::Answered {
        return Err(Code::NotAnswered.because(format!("it is {}", consult.state.name())));
    }
    let audit = service.audit().ok_or(Code::RetentionNone)?;
    let decision = Decision {
        release: decided.decision == Word::Release,
        who: who(Some(&key)),
        note: decided.note.filter(|note| !note.is_blank()),
    };
    match audit.decided(&id, decision).await {
        Ok(()) => {}
        Err(AuditError::Decided) => return Err(Code::AlreadyDecided.plain()),
        Err(error) => return Err(store(&error)),
    }
    let stored = stored(&service, &caller, &id).await?;
    Ok(Json(Consult::of_stored(stored)?))
}

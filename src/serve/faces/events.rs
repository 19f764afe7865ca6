//! Watching a consult: server-sent events, numbered, so that whoever lost the
//! connection goes on where it was.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use futures::stream::{self, StreamExt};
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue};

use super::consults::{find, may_look, path, sees, stored};
use crate::panel::model::Retention;
use crate::serve::http::auth::Caller;
use crate::serve::http::problem::{Code, Problem};
use crate::serve::service::Service;
use crate::serve::work::events::{Event, What};
use crate::serve::work::job::{Attached, Job};
use crate::serve::work::view::Consult;

/// `GET /v1/consults/{id}/events`.
pub async fn follow(
    State(service): State<Service>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    may_look(&caller)?;
    let id = path(id)?;
    let after = last_seen(&headers)?;
    if let Some(job) = service.jobs().get(&id)
        && sees(&caller, &job.owner)
        && job.retention == Retention::Audit
    {
        let events = live(job, after).map(Ok);
        return Ok(sse(&service, events));
    }
    // The same refusals as for looking at it.
    let consult = find(&service, &caller, &id).await?;
    let kept = stored(&service, &caller, &id).await?.events;
    let events: Vec<Event> = match kept {
        Some(kept) => serde_json::from_str(&kept)
            .map_err(|_| Code::StoreFailed.because("the events that were kept cannot be read"))?,
        // Of a consult without an answer only its end was kept.
        None => vec![end(&consult, after)],
    };
    let events = events.into_iter().filter(move |event| event.seq > after);
    let events = events.map(|event| Ok(said(&event)));
    Ok(sse(&service, stream::iter(events)))
}

/// The last event of a consult that came to no answer, for whoever has seen the
/// events up to this one.
fn end(consult: &Consult, after: u64) -> Event {
    let at = consult.ended_at.as_ref().unwrap_or(&consult.created_at);
    Event {
        seq: after.saturating_add(1),
        at: at.clone(),
        what: What::Finished {
            state: consult.state.name().to_owned(),
            outcome: None,
        },
    }
}

/// The number of the last event that the caller has.
fn last_seen(headers: &HeaderMap) -> Result<u64, Problem> {
    let Some(id) = headers.get("last-event-id") else {
        return Ok(0);
    };
    let number = id.to_str().ok().and_then(|id| id.trim().parse().ok());
    number.ok_or_else(|| Code::BadRequest.because("Last-Event-ID is the number of an event"))
}

/// The events of a consult at work, from after a number to its end.
fn live(job: Arc<Job>, after: u64) -> impl Stream<Item = SseEvent> {
    stream::unfold((job, after), |(job, last)| async move {
        let event = job.log.next_after(last).await?;
        Some((said(&event), (job, event.seq)))
    })
}

/// The events of a new consult, and its answer as the last one. Under retention
/// `none` this is the way to watch. The caller's going away stops it, unless it
/// may go on.
pub fn stream_with_answer(service: &Service, attached: Attached, job: Arc<Job>) -> Response {
    let watched = Arc::clone(&job);
    let answer = stream::once(async move {
        watched.ended().await;
        attached.let_go();
        let consult = Consult::of_job(&watched);
        SseEvent::default()
            .event("answer")
            .json_data(&consult)
            .unwrap_or_default()
    });
    sse(service, live(job, 0).chain(answer).map(Ok))
}

fn said(event: &Event) -> SseEvent {
    SseEvent::default()
        .id(event.seq.to_string())
        .event(event.what.name())
        .json_data(event)
        .unwrap_or_default()
}

/// A stream of events with what keeps it alive on its way.
pub fn sse(
    service: &Service,
    events: impl Stream<Item = Result<SseEvent, Infallible>> + Send + 'static,
) -> Response {
    let alive = KeepAlive::new().interval(service.limits().keep_alive);
    let mut response = Sse::new(events).keep_alive(alive).into_response();
    let headers = response.headers_mut();
    // A proxy that buffers would hold the events back.
    let name = http::HeaderName::from_static("x-accel-buffering");
    headers.insert(name, HeaderValue::from_static("no"));
    // A stream may hold an answer: no cache is to keep it, not even to ask
    // again whether it may be used.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

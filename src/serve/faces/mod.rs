//! The ways of asking: our own API ([`consults`], [`events`], [`release`]),
//! OpenAI's ([`chat`], [`models`]), the leaderboard's ([`mast`], with
//! [`options`]), the page ([`page`]), and what operators ask ([`health`]).
//!
//! What lives here: reading a request of each dialect, and writing its answer.
//! What may not: conduct. Every face begins its consults in [`super::work`], so
//! that admission, deadlines, retention and the opening of the text are the
//! same in all of them.

pub mod chat;
pub mod consults;
pub mod events;
pub mod health;
pub mod mast;
pub mod models;
pub mod options;
pub mod page;
pub mod release;

use std::sync::Arc;

use axum::response::Response;
use http::{HeaderName, HeaderValue};

use super::work::job::{Attached, Job};
use super::work::view::Consult;

/// A consult of a face that answers at once: waits for its end. The caller's
/// going away stops it.
async fn waited(attached: Attached, job: &Arc<Job>) -> Consult {
    job.ended().await;
    attached.let_go();
    Consult::of_job(job)
}

/// Says in headers how the consult ended, for callers that look at nothing
/// else.
fn mark(response: &mut Response, consult: &Consult) {
    let outcome = consult.reply.outcome.as_ref();
    let outcome = outcome.map_or(consult.state.name(), |outcome| outcome.name());
    let headers = response.headers_mut();
    let released = if consult.released { "true" } else { "false" };
    for (name, value) in [
        ("primum-consult", consult.id.as_str()),
        ("primum-outcome", outcome),
        ("primum-released", released),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

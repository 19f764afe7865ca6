//! The consult service: the panel that was benchmarked, over HTTP.
//!
//! ```text
//! connection ─► http: guard, key, body ─► a face ─► work: admission ─► deliberation ─► record ─► view
//! ```
//!
//! [`http`] is what every request meets: the server with its limits, who asks,
//! what may be sent, how an error looks. [`faces`] are the ways of asking: our
//! own API, OpenAI's, the leaderboard's, the page. [`work`] is what all faces
//! share: a place in the queue, the deliberation with its deadline and its
//! events, what remains of it, and the answer as it is shown. [`config`] is what
//! a service is built from, [`service`] what its parts share, [`metrics`] what
//! it counts, [`openapi`] what it says of itself.
//!
//! What may come in: consult and what lies below it, the keys ([`crate::access`])
//! and what remains ([`crate::audit`]). What may not: files and flags of the
//! command line, simulated models (they are asked over HTTP like any other).
//! Nothing that a caller sent, and no key, reaches a log, a metric or an error;
//! what is kept of a consult is kept by [`crate::audit`] alone, and only where
//! the panel and the key both allow it.

pub mod config;
pub mod faces;
pub mod http;
pub mod metrics;
pub mod openapi;
pub mod service;
pub mod work;

pub use config::{Access, Limits, Served, ServiceConfig};
pub use service::Service;

/// A lock whose holder cannot have left half a change behind: nothing in a
/// service panics between two writes under one.
fn locked<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

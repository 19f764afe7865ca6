//! The routes, and what every request goes through on its way.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures::FutureExt;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName};
use http::{HeaderValue, Method, Uri};
use tracing::info;

use super::problem::{Code, Problem, Refused};
use crate::serve::faces::{chat, consults, events, health, mast, models, page, release};
use crate::serve::service::Service;

/// What may be read without a key: it says nothing of anybody.
const OPEN: [&str; 7] = [
    "/",
    "/docs",
    "/openapi.json",
    "/assets/{name}",
    "/healthz",
    "/readyz",
    "/favicon.ico",
];

/// All routes over a service.
pub fn router(service: Service) -> Router {
    Router::new()
        .route("/v1/consults", post(consults::create).get(consults::list))
        .route(
            "/v1/consults/{id}",
            get(consults::show).delete(consults::cancel),
        )
        .route("/v1/consults/{id}/events", get(events::follow))
        .route("/v1/consults/{id}/release", post(release::decide))
        .route("/v1/chat/completions", post(chat::complete))
        .route("/v1/models", get(models::list))
        .route("/v1/models/{id}", get(models::one))
        .route("/mast", post(mast::first))
        .route("/mast/{panel}", post(mast::named))
        .route("/", get(page::index))
        .route("/docs", get(page::docs))
        .route("/openapi.json", get(page::openapi))
        .route("/assets/{name}", get(page::asset))
        .route("/favicon.ico", get(page::icon))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .route("/failures", get(health::failures))
        .method_not_allowed_fallback(async |uri: Uri| {
            refused(Code::MethodNotAllowed.plain(), uri.path())
        })
        .fallback(async |uri: Uri| refused(Code::NotFound.plain(), uri.path()))
        .layer(from_fn_with_state(service.clone(), around))
        .with_state(service)
}

/// Around every request: where it comes from, what its response must carry, and
/// a line in the log that says nothing of what was sent.
async fn around(State(service): State<Service>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = word(request.method());
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or("none", MatchedPath::as_str).to_owned();
    let open = OPEN.contains(&route.as_str());
    let (uri, headers) = (request.uri(), request.headers());
    let allowed = service.guard().check(request.method(), uri, headers, open);
    let path = uri.path().to_owned();
    let mut response = match allowed {
        Err(problem) => refused(problem, &path),
        Ok(()) => {
            // Nothing here is meant to panic; if it does, the caller gets an
            // answer, and the panic's words stay out of it.
            let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
            answered.unwrap_or_else(|_| refused(Code::Internal.plain(), &path))
        }
    };
    secure(&mut response);
    let status = response.status().as_u16();
    let code = response
        .extensions()
        .get::<Refused>()
        .map(|refused| refused.0);
    let took = began.elapsed().as_secs_f64();
    service.metrics().answered(method, &route, status, took);
    if let Some(code) = code {
        service.metrics().refused(code);
    }
    info!(method, route, status, code, seconds = took, "request");
    response
}

/// An error in the caller's dialect.
fn refused(problem: Problem, path: &str) -> Response {
    if path.starts_with("/v1/chat") || path.starts_with("/v1/models") {
        chat::OpenAiError(problem).into_response()
    } else {
        problem.into_response()
    }
}

/// A method as one of a few words, so that labels are few.
fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        _ => "other",
    }
}

/// Headers that every response carries. A page brings a policy of its own; all
/// else may load nothing.
fn secure(response: &mut Response) {
    let headers = response.headers_mut();
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        let name = HeaderName::from_static(name);
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A stream would say `no-cache`, with which a browser may keep it on disk.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(
            "default-src 'none'; frame-ancestors 'none'",
        ));
}

//! The page, served from the program: nothing is loaded from elsewhere, and the
//! browser is told so.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};

use crate::serve::http::problem::{Code, Problem};
use crate::serve::openapi as document;

/// What a page may do: load our own scripts and styles, and call us.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

macro_rules! assets {
    ($($name:literal $kind:ident),* $(,)?) => {
        /// Name, content type, bytes.
        const ASSETS: &[(&str, &str, &str)] =
            &[$(($name, $kind, include_str!(concat!("../page/", $name)))),*];
    };
}

assets!(
    "answer.js" SCRIPT, "api.js" SCRIPT, "docs.css" CSS, "docs.js" SCRIPT, "dom.js" SCRIPT,
    "earlier.js" SCRIPT, "form.js" SCRIPT, "icon.svg" SVG, "item.js" SCRIPT, "page.css" CSS,
    "page.js" SCRIPT, "release.js" SCRIPT, "stream.js" SCRIPT, "watch.js" SCRIPT,
);

static OPENAPI: LazyLock<String> = LazyLock::new(document::text);

/// `GET /`: the page.
pub async fn index() -> Response {
    page(include_str!("../page/index.html"))
}

/// `GET /docs`: the page that shows `/openapi.json`.
pub async fn docs() -> Response {
    page(include_str!("../page/docs.html"))
}

fn page(text: &'static str) -> Response {
    let mut response = ([(CONTENT_TYPE, HTML)], text).into_response();
    let policy = HeaderValue::from_static(POLICY);
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, policy);
    response
}

/// `GET /assets/{name}`.
pub async fn asset(name: Result<Path<String>, PathRejection>) -> Result<Response, Problem> {
    let Path(name) = name.map_err(|_| Code::NotFound.plain())?;
    let found = ASSETS.iter().find(|(known, ..)| *known == name);
    let (_, kind, text) = found.ok_or_else(|| Code::NotFound.plain())?;
    Ok(([(CONTENT_TYPE, *kind)], *text).into_response())
}

/// `GET /favicon.ico`: browsers ask for it whatever the page says.
pub async fn icon() -> Result<Response, Problem> {
    asset(Ok(Path("icon.svg".to_owned()))).await
}

/// `GET /openapi.json`.
pub async fn openapi() -> Response {
    ([(CONTENT_TYPE, "application/json")], OPENAPI.as_str()).into_response()
}

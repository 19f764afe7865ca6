//! A service whose panel is three advisors that vote, and nobody else: one
//! stage, so that what a test waits for is soon there.
#![allow(dead_code)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::fake_openai::{Reply, Request, answer};
use crate::good_models::{draft, who};
use crate::serve_common::{Home, Served};

pub const CASE: &str = "A 61-year-old man on hydrochlorothiazide with a red hot toe. May he take \
                        colchicine?";

/// The panel's file, before a provider at this address.
pub fn file(home: &Home, url: &str, retention: &str) -> PathBuf {
    let members: String = [("ada", "north"), ("ben", "south"), ("cleo", "west")]
        .iter()
        .map(|(name, vendor)| {
            format!(
                "[models.{name}]\nprovider = \"fake\"\nid = \"{name}\"\nvendor = \"{vendor}\"\n\
                 price = {{ input = 1.0, output = 10.0 }}\n\
                 [[advisors]]\nname = \"{name}\"\nmodel = \"{name}\"\n"
            )
        })
        .collect();
    let text = format!(
        "name = \"three\"\n[providers.fake]\nbase_url = \"{url}\"\nkeeps_nothing = true\n\
         limits = {{ in_flight = 500, call_seconds = 20.0, attempts = 1 }}\n{members}\
         [consensus]\nprotocol = \"vote\"\nquorum = 2\n[service]\nretention = \"{retention}\"\n"
    );
    home.write("three.toml", &text)
}

/// Serves it, keeping what is asked.
pub fn serve(home: &Home, url: &str, more: &[&str]) -> Served {
    let file = file(home, url, "audit");
    Served::start(home, &[&file], more)
}

/// Every advisor does well.
pub fn good(request: &Request) -> Reply {
    if request.path.ends_with("/models") {
        return Reply::text(200, "{\"data\":[]}");
    }
    Reply::says(draft(who(request)))
}

/// Every advisor does well, for so many dollars.
pub fn for_dollars(request: &Request, dollars: f64) -> Reply {
    let prompt = request.body["messages"].to_string().len() as u64 / 50 * 10;
    let tokens = ((dollars * 1e6) as u64 - prompt) / 10;
    let mut body = answer(draft(who(request)));
    body["usage"] = json!({
        "prompt_tokens": prompt, "completion_tokens": tokens, "total_tokens": prompt + tokens
    });
    Reply::json(200, body)
}

/// What came back for one request.
#[derive(Debug)]
pub struct Back {
    pub status: u16,
    pub retry_after: Option<u64>,
    pub body: Value,
    pub took: Duration,
}

impl Back {
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    pub fn outcome(&self) -> &str {
        let state = self.body.pointer("/outcome/state");
        state.and_then(Value::as_str).unwrap_or_default()
    }

    pub fn text(&self) -> &str {
        self.body["text"].as_str().unwrap_or_default()
    }

    pub fn id(&self) -> &str {
        self.body["id"].as_str().expect("an id")
    }
}

/// Asks and waits; `None` when the connection broke.
pub async fn ask(served: &Served, key: &str, body: &Value) -> Option<Back> {
    post(served, key, Some("wait=30"), body).await
}

/// Asks as a job, or waits.
pub async fn post(served: &Served, key: &str, prefer: Option<&str>, body: &Value) -> Option<Back> {
    let began = Instant::now();
    let mut request = served.request(reqwest::Method::POST, "/v1/consults", key);
    if let Some(prefer) = prefer {
        request = request.header("prefer", prefer);
    }
    back(began, request.json(body).send().await).await
}

/// A consult as it is shown.
pub async fn get(served: &Served, key: &str, id: &str) -> Option<Back> {
    let began = Instant::now();
    let sent = served.get(&format!("/v1/consults/{id}"), key).send().await;
    back(began, sent).await
}

async fn back(began: Instant, sent: reqwest::Result<reqwest::Response>) -> Option<Back> {
    let response = sent.ok()?;
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after");
    let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
    let body = response.json().await.ok()?;
    Some(Back {
        status,
        retry_after,
        body,
        took: began.elapsed(),
    })
}

pub fn question(text: &str) -> Value {
    json!({ "question": text })
}

//! The service against those who should not get in, and against requests that
//! nobody honest sends: keys, bodies, heads, paths, origins, time.

mod bodies;
mod decisions;
mod heads;
mod injection;
mod keys;
mod no_keys;
mod patience;
mod wire;

use crate::good_models;
use std::path::PathBuf;
use std::time::Duration;

use crate::fake_openai::{Fake, Reply, Request};
use crate::good_models::{good, who};
use crate::serve_common::{Home, Served, panel};
use serde_json::{Value, json};
use wire::{Answer, ask};

/// A service with one panel before well-behaved models, a key that may ask,
/// read and release, one that may look at the metrics.
pub struct Setup {
    pub home: Home,
    pub served: Served,
    pub fake: Fake,
    pub key: String,
    pub admin: String,
}

/// The schema that an answer must have.
pub fn schema(request: &Request) -> &str {
    let name = request.body.pointer("/response_format/json_schema/name");
    name.and_then(Value::as_str).unwrap_or_default()
}

/// Well-behaved models, which grade options too.
pub fn answers(request: &Request) -> Reply {
    if request.body.is_null() {
        return Reply::json(200, json!({}));
    }
    match schema(request) {
        "primum_options_edits" => Reply::says(r#"{"flips": []}"#),
        "primum_options" => {
            let block = good_models::block(good_models::prompt(request), "options");
            let names = block
                .lines()
                .filter_map(|line| Some(line.split_once(". ")?.0));
            let grades = names.map(
                |name| json!({"Option": name, "GradeAI": "Appropriate", "Rationale": who(request)}),
            );
            let grades: Vec<Value> = grades.collect();
            Reply::says(&json!({ "grades": grades }).to_string())
        }
        _ => good(request),
    }
}

pub async fn panel_file(home: &Home, fake: &Fake, retention: &str) -> PathBuf {
    let service = format!("[service]\nretention = \"{retention}\"\n");
    let text = panel("gout", &fake.url, "synthesis", &service);
    home.write("gout.toml", &text)
}

pub async fn setup(retention: &str, more: &[&str]) -> Setup {
    let (fake, home) = (Fake::start(answers).await, Home::new());
    let file = panel_file(&home, &fake, retention).await;
    let key = home.key("roe", "consult,read,release", &["--person", "Dr Jane Roe"]);
    let admin = home.key("ops", "admin", &[]);
    let served = Served::start(&home, &[&file], more);
    Setup {
        home,
        served,
        fake,
        key,
        admin,
    }
}

impl Setup {
    pub fn base(&self) -> &str {
        &self.served.base
    }

    /// The id of a consult of [`Setup::key`] that is answered.
    pub async fn consult(&self) -> String {
        let asked = ask("POST", "/v1/consults")
            .key(&self.key)
            .header("prefer", "wait=20")
            .json(br#"{"question": "A red hot toe?"}"#);
        let answer = asked.send(self.base()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let id = answer.json()["id"].as_str().map(str::to_owned);
        id.expect("an id")
    }

    /// Waits until a key is taken, or refused with this code.
    pub async fn until(&self, key: &str, code: &str) {
        for _ in 0..100 {
            let answer = ask("GET", "/v1/models").key(key).send(self.base()).await;
            if answer.code() == code {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the key is not {code}");
    }

    /// It still answers.
    pub async fn lives(&self) {
        let answer = ask("GET", "/healthz").send(self.base()).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "ok\n"));
    }
}

/// An operation as the OpenAPI document has it.
#[derive(Clone, Debug)]
pub struct Operation {
    pub method: String,
    /// With its parts filled in.
    pub path: String,
    /// As it is written in the document.
    pub template: String,
    pub scope: Option<String>,
}

/// All of them, about this consult.
pub fn operations(id: &str) -> Vec<Operation> {
    let document = primum::serve::openapi::document();
    primum::serve::openapi::operations()
        .map(|(method, template)| {
            let of = &document["paths"][template][method];
            let path = match template {
                "/v1/models/{id}" => "/v1/models/gout".to_owned(),
                _ => template.replace("{id}", id).replace("{panel}", "gout"),
            };
            Operation {
                method: method.to_owned(),
                path,
                template: template.to_owned(),
                scope: of["x-scope"].as_str().map(str::to_owned),
            }
        })
        .collect()
}

impl Operation {
    /// A request to it with a body that fits as far as it is read.
    pub fn ask(&self) -> wire::Ask {
        let asked = ask(&self.method, &self.path);
        match (self.method.as_str(), self.template.as_str()) {
            ("post", "/mast" | "/mast/{panel}") => asked.body("text/plain", wire::MARK),
            ("post", _) => asked.json(format!("{{\"x\": \"{}\"}}", wire::MARK)),
            _ => asked,
        }
    }

    /// An error of it has the shape of its dialect.
    pub fn refused(&self, answer: &Answer, status: u16, code: &str) {
        let what = format!("{} {} {}", self.method, self.path, answer.text());
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{what}"
        );
        let openai =
            self.template.starts_with("/v1/chat") || self.template.starts_with("/v1/models");
        let kind = match openai {
            true => "application/json",
            false => "application/problem+json",
        };
        assert_eq!(answer.header("content-type"), Some(kind), "{what}");
        if !openai {
            let problem = answer.json();
            assert_eq!(problem["type"], format!("urn:primum:problem:{code}"));
            assert_eq!(problem["status"], Value::from(status));
        }
    }
}

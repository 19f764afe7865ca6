//! The OpenAPI document against the service: it is the file that is checked in,
//! its operations are the routes, and what the service answers has the shapes
//! that it says. The table of problem codes in the documentation is the code's.

use crate::serve_common;
use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use crate::fake_openai::{Fake, Reply, Request};
use crate::good_models::good;
use crate::serve_common::{Home, Served, events, panel, root};
use primum::serve::http::problem::Code;
use primum::serve::openapi;
use reqwest::Method;
use serde_json::{Value, json};

#[test]
fn the_schema_that_is_checked_in_is_the_document() {
    let path = root().join("schemas/openapi.json");
    let text = openapi::text();
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        fs::write(&path, &text).expect("the schema is written");
        return;
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "schemas/openapi.json is another document: just schemas"
    );
}

/// All values behind a name, wherever they stand.
fn all<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if key == name {
                    found.push(value);
                }
                all(value, name, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| all(value, name, found)),
        _ => {}
    }
}

#[test]
fn the_document_keeps_its_own_rules() {
    let document = openapi::document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut refs = Vec::new();
    all(&document, "$ref", &mut refs);
    assert!(refs.len() > 20);
    for one in refs {
        let place = one.as_str().expect("a text").strip_prefix('#');
        let found = document.pointer(place.expect("within the document"));
        assert!(found.is_some(), "{one} leads nowhere");
    }
    let mut ids = Vec::new();
    all(&document["paths"], "operationId", &mut ids);
    let unlike: BTreeSet<&str> = ids.iter().filter_map(|id| id.as_str()).collect();
    assert_eq!(unlike.len(), ids.len(), "operationIds are unlike");
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for operation in methods.as_object().expect("methods").values() {
            let parameters = operation["parameters"].as_array();
            let named: BTreeSet<&str> = parameters
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().expect("a name"))
                .collect();
            let written: BTreeSet<&str> = path.split(['{', '}']).skip(1).step_by(2).collect();
            assert_eq!(named, written, "{path}");
            for (status, response) in operation["responses"].as_object().expect("responses") {
                assert!((200..600).contains(&status.parse::<u16>().expect("a status")));
                let words = response["description"].as_str().expect("a description");
                assert!(!words.is_empty(), "{path} {status}");
            }
        }
    }
    for schema in document["components"]["schemas"]
        .as_object()
        .expect("schemas")
        .keys()
    {
        validator(schema);
    }
}

/// The routes as they stand in the router.
fn routes() -> BTreeSet<(String, String)> {
    let text = fs::read_to_string(root().join("src/serve/http/router.rs")).expect("the router");
    let table = text.split(".method_not_allowed_fallback").next();
    let mut routes = BTreeSet::new();
    for route in table.expect("a table").split(".route(").skip(1) {
        let path = route.split('"').nth(1).expect("a path");
        for method in ["get", "post", "put", "patch", "delete"] {
            if route.contains(&format!("{method}(")) {
                routes.insert((method.to_owned(), path.to_owned()));
            }
        }
    }
    routes
}

/// What is a page, or belongs to one.
const PAGES: [&str; 5] = [
    "/",
    "/docs",
    "/openapi.json",
    "/assets/{name}",
    "/favicon.ico",
];

#[test]
fn every_route_is_an_operation_or_a_page() {
    let routes: BTreeSet<_> = routes()
        .into_iter()
        .filter(|(_, path)| !PAGES.contains(&path.as_str()))
        .collect();
    let operations: BTreeSet<_> = openapi::operations()
        .map(|(method, path)| (method.to_owned(), path.to_owned()))
        .collect();
    assert!(routes.len() > 10, "{routes:?}");
    assert_eq!(routes, operations);
}

/// A service in retention `audit`, and a key for all of it.
async fn audited(
    handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> (Home, Served, Fake, String) {
    // The service looks whether its provider is there.
    let fake = Fake::start(move |request| match request.path.ends_with("/models") {
        true => Reply::text(200, "{}"),
        false => handler(request),
    })
    .await;
    let home = Home::new();
    let key = home.key("roe", "consult,read,release,admin", &["--person", "Dr Roe"]);
    let service = "[service]\nretention = \"audit\"\n";
    let file = home.write("gout.toml", &panel("gout", &fake.url, "synthesis", service));
    let served = Served::start(&home, &[&file], &[]);
    (home, served, fake, key)
}

#[tokio::test]
async fn every_operation_is_answered() {
    let (_home, served, _fake, _key) = audited(good).await;
    for (method, path) in openapi::operations() {
        let path = path.replace("{id}", &format!("c_{}", "0".repeat(32)));
        let path = path.replace("{panel}", "gout");
        let verb = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
        let sent = served.client.request(verb, served.url(&path)).send().await;
        let status = sent.expect("an answer").status().as_u16();
        assert!(![404, 405].contains(&status), "{method} {path}: {status}");
    }
}

/// Holds values against a schema of the document.
fn validator(name: &str) -> jsonschema::Validator {
    let mut schema = openapi::document();
    let reference = json!(format!("#/components/schemas/{name}"));
    schema["$ref"] = reference;
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn fits(name: &str, value: &Value) {
    let faults: Vec<String> = validator(name)
        .iter_errors(value)
        .map(|fault| format!("{} at {}", fault, fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{name}: {faults:#?}\n{value:#}");
}

async fn body(request: reqwest::RequestBuilder, status: u16) -> Value {
    let response = request.send().await.expect("an answer");
    let (got, text) = (response.status(), response.text().await.expect("a body"));
    assert_eq!(got, status, "{text}");
    serde_json::from_str(&text).expect("JSON")
}

#[tokio::test]
async fn what_is_answered_has_the_shapes_that_the_document_says() {
    let slow = |request: &Request| Reply::after(100, good(request));
    let (_home, served, _fake, key) = audited(slow).await;
    let ask = json!({"question": "A red hot toe?", "context": {"age_years": 61,
        "measurements": [{"name": "eGFR", "value": "41", "unit": "ml/min"}]}});
    fits("Ask", &ask);
    let post = |prefer: &'static str| {
        let request = served.request(Method::POST, "/v1/consults", &key);
        request.header("prefer", prefer).json(&ask)
    };
    let path = |consult: &Value| format!("/v1/consults/{}", consult["id"].as_str().expect("an id"));
    let accepted = body(post(""), 202).await;
    assert!(["queued", "running"].contains(&accepted["state"].as_str().expect("a state")));
    fits("Consult", &accepted);
    let cancelled = body(served.request(Method::DELETE, &path(&accepted), &key), 200).await;
    assert_eq!(cancelled["state"], "cancelled");
    fits("Consult", &cancelled);
    let kept = served
        .ended(&key, accepted["id"].as_str().expect("an id"))
        .await;
    fits("Consult", &kept);
    assert_eq!(
        kept["problem"], cancelled["problem"],
        "the same before and after"
    );
    let answered = body(post("wait=30"), 200).await;
    assert_eq!(answered["state"], "answered");
    fits("Consult", &answered);
    let release = json!({"decision": "release", "note": "Seen."});
    fits("Decided", &release);
    let decide = served.request(Method::POST, &format!("{}/release", path(&answered)), &key);
    fits("Consult", &body(decide.json(&release), 200).await);
    let list = body(served.get("/v1/consults?limit=9", &key), 200).await;
    assert_eq!(list["consults"].as_array().map(Vec::len), Some(2));
    fits("List", &list);
    let watched = served.get(&format!("{}/events", path(&answered)), &key);
    let watched = events(watched.send().await.expect("a stream")).await;
    let kinds: BTreeSet<&str> = watched.iter().map(|(_, name, _)| name.as_str()).collect();
    assert!(kinds.is_superset(&BTreeSet::from([
        "started", "asked", "answered", "plan", "finished"
    ])));
    for (seq, name, data) in &watched {
        fits("Event", data);
        assert_eq!((&data["seq"], &data["type"]), (&json!(seq), &json!(name)));
    }
    fits(
        "Problem",
        &body(served.get("/v1/consults/x", &key), 404).await,
    );
    fits(
        "Problem",
        &body(served.get("/v1/consults", "wrong"), 401).await,
    );
    fits(
        "Readiness",
        &body(served.client.get(served.url("/readyz")), 200).await,
    );
    let document = body(served.client.get(served.url("/openapi.json")), 200).await;
    assert_eq!(document, openapi::document());
}

#[tokio::test]
async fn a_panel_that_failed_has_the_shape_too() {
    let (_home, served, _fake, key) = audited(|_| Reply::text(500, "down")).await;
    let request = served.request(Method::POST, "/v1/consults", &key);
    let request = request
        .header("prefer", "wait=30")
        .json(&json!({"question": "A toe?"}));
    let problem = body(request, 502).await;
    fits("Problem", &problem);
    let id = problem["consult"].as_str().expect("an id");
    let failed = served.ended(&key, id).await;
    assert_eq!(failed["state"], "failed");
    fits("Consult", &failed);
    assert_eq!(failed["problem"]["code"], "no-answer");
}

#[tokio::test]
async fn a_waiting_consult_has_the_shape_too() {
    let slow = |request: &Request| Reply::after(300, good(request));
    let fake = Fake::start(slow).await;
    let home = Home::new();
    let key = home.key("k", "consult,read", &[]);
    let service = "[service]\nretention = \"audit\"\n";
    let file = home.write("gout.toml", &panel("gout", &fake.url, "synthesis", service));
    let served = Served::start(&home, &[&file], &["--running", "1", "--queue", "4"]);
    let first = served.job(&key, "One?").await;
    let second = served.job(&key, "Two?").await;
    let waiting = body(served.get(&format!("/v1/consults/{second}"), &key), 200).await;
    assert_eq!(waiting["state"], "queued");
    fits("Consult", &waiting);
    let mut stream = served
        .get(&format!("/v1/consults/{second}/events"), &key)
        .send()
        .await
        .expect("a stream");
    let chunk = tokio::time::timeout(Duration::from_secs(5), stream.chunk()).await;
    let chunk = chunk.expect("at once").expect("bytes").expect("an event");
    let text = String::from_utf8(chunk.to_vec()).expect("UTF-8");
    let found = serve_common::parse_events(&text);
    assert_eq!(found[0].1, "queued");
    fits("Event", &found[0].2);
    for id in [first, second] {
        served
            .request(Method::DELETE, &format!("/v1/consults/{id}"), &key)
            .send()
            .await
            .expect("one");
    }
}

/// The table of problems in the documentation; `UPDATE_SCHEMAS=1` writes it.
#[test]
fn the_documentation_lists_every_problem_beside_the_schema() {
    const OPENING: &str = "| code | status | what | what to do |\n|---|---|---|---|\n";
    let path = root().join("docs/service.md");
    let text = fs::read_to_string(&path).expect("the documentation");
    let start = text.find(OPENING).expect("a table of problems") + OPENING.len();
    let end = start + text[start..].find("\n\n").expect("the table ends") + 1;
    let table: String = Code::ALL
        .iter()
        .map(|code| {
            let (name, status, title, advice) = code.row();
            format!("| `{name}` | {status} | {title} | {advice} |\n")
        })
        .collect();
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        let updated = format!("{}{table}{}", &text[..start], &text[end..]);
        fs::write(&path, updated).expect("the documentation is written");
        return;
    }
    assert_eq!(&text[start..end], table, "just schemas");
}

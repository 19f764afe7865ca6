//! What the tests of the simulated provider share: cases, requests, and the
//! truth program.
#![allow(dead_code)] // each test uses a part of it

use crate::program;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use primum::clinical::{Case, Rubric, RubricOption};
use primum::simulate::{ChatRequest, Engine, RunningSimulator, SimConfig, Simulator};
use serde_json::{Value, json};

/// The bundled cases.
pub fn demo_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/demo")
}

/// The real open cases, where `PRIMUM_NOHARM` says that they are.
pub fn real_dir() -> Option<PathBuf> {
    let dir = std::env::var_os("PRIMUM_NOHARM").map(PathBuf::from);
    if dir.is_none() {
        println!("SKIPPED the real cases: PRIMUM_NOHARM is not set");
    }
    dir
}

/// Reads cases in the benchmark's layout.
pub fn cases(dir: &Path) -> Vec<Case> {
    primum::cases::load(dir).expect("cases").cases
}

/// The text of a case's base.
pub fn presentation(case: &Case) -> &str {
    case.items[0].prompt.expose()
}

/// A case as prompts show it.
pub fn case_block(case: &Case) -> String {
    format!("<case-0a1b2c3d>\n{}\n</case-0a1b2c3d>", presentation(case))
}

/// A request body.
pub fn body(model: &str, user: &str, schema: Option<&str>, seed: i64) -> Value {
    let mut body = json!({
        "model": model,
        "seed": seed,
        "messages": [
            {"role": "system", "content": "You may propose at most 3 edits."},
            {"role": "user", "content": user},
        ],
    });
    if let Some(name) = schema {
        body["response_format"] = json!({
            "type": "json_schema",
            "json_schema": {"name": name, "strict": true, "schema": {"title": name}},
        });
    }
    body
}

/// The same, for the engine without a server.
pub fn request(model: &str, user: &str, schema: Option<&str>, seed: i64) -> ChatRequest {
    ChatRequest::parse(body(model, user, schema, seed).to_string().as_bytes()).expect("a request")
}

/// Numbered items of a free-text answer, by a reader of this test's own: a
/// line that begins with a number, and what is indented below it.
pub fn items(answer: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for line in answer.lines() {
        let bare = line.replace("**", "");
        let digits = bare.chars().take_while(char::is_ascii_digit).count();
        if digits > 0 && bare[digits..].starts_with(['.', ')']) {
            items.push(bare[digits + 1..].trim().to_owned());
        } else if line.starts_with("   - ")
            && let Some(item) = items.last_mut()
        {
            item.push(' ');
            item.push_str(line[5..].trim());
        }
    }
    items
}

/// Drafts as a moderator sees them.
pub fn drafts_block(answers: &[String]) -> String {
    let mut text = String::from("<drafts-1f0a93c2>\n");
    for (letter, answer) in ('A'..).zip(answers) {
        let assessment = answer.lines().next().unwrap_or_default();
        text.push_str(&format!("Draft {letter}\nAssessment: {assessment}\n"));
        for (i, item) in items(answer).iter().enumerate() {
            text.push_str(&format!("{letter}{}. {item}\n", i + 1));
        }
        text.push('\n');
    }
    text + "</drafts-1f0a93c2>"
}

/// A rubric as a judge sees it.
pub fn rubric_block(rubric: &Rubric) -> String {
    let mut text = String::from("<rubric-00aa11bb>\nGroup: all of them\n");
    for option in &rubric.options {
        let score = option.effective_score().unwrap_or(5);
        text.push_str(&format!("O{} (score {score}): {}", option.id, option.text));
        if !option.parents().is_empty() {
            let parents: Vec<String> = option.parents().iter().map(|id| format!("O{id}")).collect();
            text.push_str(&format!(" (depends on {})", parents.join(", ")));
        }
        text.push('\n');
    }
    text + "</rubric-00aa11bb>"
}

/// The number in a name such as `O12` or `R3`.
pub fn numbered(name: &serde_json::Value) -> Option<i64> {
    let name = name.as_str()?;
    name.trim_start_matches(|c: char| c.is_ascii_uppercase())
        .parse()
        .ok()
}

/// A provider on a free port, and a client.
pub async fn start(cases: &[Case], config: SimConfig) -> (RunningSimulator, reqwest::Client) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let running = Simulator::start(cases, config, listen)
        .await
        .expect("a free port");
    (running, reqwest::Client::new())
}

/// Posts a body to the provider.
pub async fn post(
    running: &RunningSimulator,
    client: &reqwest::Client,
    body: &Value,
) -> reqwest::Result<reqwest::Response> {
    let url = format!("{}/chat/completions", running.base_url());
    client.post(url).json(body).send().await
}

/// The words of the answer to a body that meets no fault.
pub async fn content(running: &RunningSimulator, client: &reqwest::Client, body: &Value) -> String {
    let response = post(running, client, body).await.expect("an answer");
    assert_eq!(response.status(), 200);
    let value: Value = response.json().await.expect("JSON");
    let content = &value["choices"][0]["message"]["content"];
    content.as_str().expect("a text").to_owned()
}

/// The configuration with these settings over the defaults.
pub fn config(settings: Value) -> SimConfig {
    let map = settings.as_object().expect("a map");
    SimConfig::from_map(map).expect("a valid configuration")
}

/// A model that knows what is right with a probability, and whatever else.
pub fn model(p: f64, change: Value) -> SimConfig {
    let all = json!({"appropriate": p, "harmful": p});
    let mut model = json!({"knows": {"severe": all, "moderate": all, "mild": all}});
    for (key, value) in change.as_object().expect("a map") {
        model[key] = value.clone();
    }
    config(json!({"models": {"it": model}}))
}

/// What that model says.
pub fn said(engine: &Engine, user: &str, schema: &str, seed: i64) -> String {
    let answer = engine.answer(&request("it", user, Some(schema), seed));
    answer.expect("an answer").content
}

/// The same, read.
pub fn ask(engine: &Engine, user: &str, schema: &str) -> Value {
    serde_json::from_str(&said(engine, user, schema, 1)).expect("JSON")
}

/// A list of an answer.
pub fn list<'a>(answer: &'a Value, key: &str) -> &'a [Value] {
    answer[key].as_array().expect("a list")
}

/// Options of a case with one of these scores.
pub fn scored<'a>(case: &'a Case, scores: &[i64]) -> Vec<&'a RubricOption> {
    let rubric = case.rubric.as_deref().expect("a rubric");
    let has = |o: &&RubricOption| o.effective_score().is_some_and(|s| scores.contains(&s));
    rubric.options.iter().filter(has).collect()
}

/// A prompt with a case and a block of lines.
pub fn prompt(case: &Case, kind: &str, lines: &[String]) -> String {
    let lines = lines.join("\n");
    format!(
        "{}\n\n<{kind}-0a0b0c0d>\n{lines}\n</{kind}-0a0b0c0d>",
        case_block(case)
    )
}

/// What the truth program says: rates by members, joined with `+`.
pub fn truth(
    config: &SimConfig,
    cases: &Path,
    panels: &[&str],
    rho: Option<f64>,
) -> BTreeMap<String, f64> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("config.json");
    std::fs::write(&file, config.to_json().to_string()).expect("a file");
    let mut command = Command::new(program::truth());
    command
        .arg("--json")
        .arg("--cases")
        .arg(cases)
        .arg("--config")
        .arg(file);
    for panel in panels {
        command.args(["--panel", panel]);
    }
    if let Some(rho) = rho {
        command.args(["--rho", &rho.to_string()]);
    }
    let output = command.output().expect("the truth program runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let value: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let arms = value["arms"].as_array().expect("arms");
    arms.iter()
        .map(|arm| {
            let members: Vec<&str> = arm["members"]
                .as_array()
                .expect("members")
                .iter()
                .filter_map(Value::as_str)
                .collect();
            (
                members.join("+"),
                arm["severe_harm_rate"].as_f64().expect("a rate"),
            )
        })
        .collect()
}

//! The shipped panels against servers that enforce what OpenAI, Gemini,
//! Anthropic's compatible layer, OpenRouter's hosts, llama.cpp and vLLM publish
//! (`rules/`). The servers answer from the request alone. One fake stands for
//! all of them: the program reaches the vendors' own hosts through it as through
//! a proxy, so that every schema is sent in the form for that very host.

use std::collections::BTreeMap;
use std::sync::Arc;

use primum::simulate::{ChatRequest, Engine, SimConfig};
use serde_json::{Value, json};
use toml::Table;

use crate::bench_common::{Place, demo_cases, must, root};
use crate::fake_openai::{Fake, Reply, Request, answer};
use crate::rules::Rules;

const PROTOCOLS: [&str; 5] = ["synthesis", "vote", "debate", "delphi", "lead"];

/// What answers, and by which rules.
struct Vendors {
    engine: Engine,
    rules: BTreeMap<&'static str, Rules>,
}

impl Vendors {
    fn new() -> Self {
        let cases = primum::cases::load(demo_cases()).expect("cases").cases;
        let servers = ["openai", "gemini", "anthropic", "llamacpp", "vllm"];
        Self {
            engine: Engine::new(&cases, SimConfig::default()),
            rules: servers.map(|server| (server, Rules::of(server))).into(),
        }
    }

    fn reply(&self, request: &Request) -> Reply {
        let model = request.body["model"].as_str().unwrap_or_default();
        let path = request.path.as_str();
        if path.starts_with("http://api.openai.com/") {
            return self.strict("openai", request);
        }
        if path.starts_with("http://generativelanguage.googleapis.com/") {
            return self.strict("gemini", request);
        }
        if path.starts_with("http://api.anthropic.com/") {
            // It ignores `response_format`, and says so nowhere.
            return self.says(request, false);
        }
        if path.starts_with("http://openrouter.ai/") {
            return match model.split('/').next().unwrap_or_default() {
                "anthropic" => self.strict("anthropic", request),
                "google" => self.strict("gemini", request),
                "deepseek" if format_of(request) == Some("json_schema") => {
                    refused("This response_format type is unavailable now".to_owned())
                }
                _ => self.says(request, true),
            };
        }
        if path.starts_with("/vllm/") {
            return self.strict("vllm", request);
        }
        if path.starts_with("/llamacpp/") || path.starts_with("/ollama/") {
            return self.strict("llamacpp", request);
        }
        Reply::text(404, "no such host")
    }

    /// Refuses what the rules refuse.
    fn strict(&self, server: &str, request: &Request) -> Reply {
        let format = &request.body["response_format"];
        match format_of(request) {
            None => self.says(request, true),
            Some("json_object") => {
                let said = request.body["messages"].to_string().to_lowercase();
                if said.contains("json") {
                    self.says(request, true)
                } else {
                    refused("'messages' must contain the word 'json' in some form".to_owned())
                }
            }
            Some("json_schema") => {
                let inner = &format["json_schema"];
                let name = inner["name"].as_str().unwrap_or_default();
                let broken = self.rules[server].broken_by(name, &inner["schema"]);
                match broken.first() {
                    None if inner["strict"] == true => self.says(request, true),
                    None => refused("strict is missing".to_owned()),
                    Some(first) => refused(format!(
                        "Invalid schema for response_format '{name}': {first}"
                    )),
                }
            }
            Some(other) => refused(format!("unknown response_format type {other}")),
        }
    }

    /// Answers as a simulated model would, whoever is asked.
    fn says(&self, request: &Request, enforced: bool) -> Reply {
        let mut body = request.body.clone();
        let asked = body["model"].as_str().unwrap_or_default().to_owned();
        let known = [
            "sim-alpha",
            "sim-beta",
            "sim-gamma",
            "sim-delta",
            "sim-epsilon",
        ];
        let judged = ["primum_match", "primum_review"];
        let said = body.to_string();
        let place = asked.bytes().map(usize::from).sum::<usize>() % known.len();
        let model = match judged.iter().any(|name| said.contains(name)) {
            true => "sim-judge",
            false => known[place],
        };
        body["model"] = model.into();
        if !enforced {
            body["response_format"] = Value::Null;
        }
        let request = ChatRequest::parse(body.to_string().as_bytes()).expect("a request");
        let said = self.engine.answer(&request).expect("an answer");
        let content = match enforced || !said.task.structured() {
            true => said.content,
            false => format!("Here it is:\n\n```json\n{}\n```", said.content),
        };
        let mut reply = answer(&content);
        reply["model"] = asked.into();
        Reply::json(200, reply)
    }
}

fn format_of(request: &Request) -> Option<&str> {
    request.body["response_format"]["type"].as_str()
}

fn refused(message: String) -> Reply {
    let error = json!({"message": message, "type": "invalid_request_error", "param": "response_format",
        "code": null});
    Reply::json(400, json!({ "error": error }))
}

/// A shipped panel whose servers are the fake, with this protocol.
fn panel(place: &Place, file: &str, protocol: &str, url: &str) -> String {
    let read = |name: &str| -> Table {
        let text = std::fs::read_to_string(root().join("agents").join(name)).expect("a panel");
        let text = text.replace("https://", "http://");
        let base = url.trim_end_matches("/v1");
        let text = text
            .replace("http://127.0.0.1:11434/", &format!("{base}/ollama/"))
            .replace("http://127.0.0.1:8080/", &format!("{base}/llamacpp/"))
            .replace("http://127.0.0.1:8000/", &format!("{base}/vllm/"));
        let mut table: Table = text.parse().expect("TOML");
        // Nobody waits for a limit of somebody's account.
        for (_, provider) in table["providers"].as_table_mut().expect("providers") {
            provider.as_table_mut().expect("a table").remove("limits");
        }
        table
    };
    let mut table = read(file);
    if protocol == "options" {
        for key in ["moderator", "clusterer", "judge_file", "judge"] {
            table.remove(key);
        }
        table.insert("task".into(), "options".into());
        let rules = "protocol = \"vote\"\nquorum = 2\nmin_vendors = 2";
        table.insert(
            "consensus".into(),
            rules.parse::<Table>().expect("TOML").into(),
        );
    } else {
        let rules = table["consensus"].as_table_mut().expect("[consensus]");
        rules.insert("protocol".into(), protocol.into());
        if protocol != "synthesis" {
            rules.remove("if_moderator_fails");
            table.remove("moderator");
        }
    }
    place.write("judge-openai.toml", &read("judge-openai.toml").to_string());
    let name = format!("{}-{protocol}.toml", file.trim_end_matches(".toml"));
    place.write(&name, &table.to_string());
    name
}

async fn every_stage_passes(file: &str, falls_back: &[&str]) {
    let vendors = Arc::new(Vendors::new());
    let fake = Fake::start(move |request| vendors.reply(request)).await;
    let place = Arc::new(Place::new());
    for protocol in PROTOCOLS.into_iter().chain(["options"]) {
        let panel = panel(&place, file, protocol, &fake.url);
        let out = format!("run-{protocol}");
        let mut command = place.bench(&panel, &out);
        let proxy = fake.url.trim_end_matches("/v1").to_owned();
        command
            .args(["--limit", "1", "--quiet", "--yes"])
            .env("HTTP_PROXY", &proxy)
            .env("http_proxy", &proxy);
        for key in [
            "OPENAI_API_KEY",
            "ANTHROPIC_API_KEY",
            "GEMINI_API_KEY",
            "OPENROUTER_API_KEY",
        ] {
            command.env(key, "sk-none");
        }
        let ended = tokio::task::spawn_blocking(move || must(0, &mut command)).await;
        let ended = ended.expect("no panic");
        let journal = place.journal(&out);
        let failures = journal.failures().expect("failures");
        assert!(
            failures.is_empty(),
            "{file}, {protocol}: {failures:#?}\n{}",
            ended.stderr
        );
        let summary = place.summary(&out);
        for (arm, figures) in summary["arms"].as_object().expect("arms") {
            assert_eq!(figures["unscored"], 0, "{file}, {protocol}, {arm}");
        }
        // Nobody was asked in a lower mode than the panel's who did not refuse it.
        let calls = journal.calls().expect("calls");
        assert!(calls.len() > 3, "{file}, {protocol}");
        for call in calls {
            let notices = serde_json::to_string(&call.notices).expect("JSON");
            if notices.contains("mode-fell-back") {
                assert!(
                    falls_back.contains(&&*call.model),
                    "{file}: {} {notices}",
                    call.model
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_vendors_take_every_stage() {
    every_stage_passes("diverse.toml", &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openrouters_hosts_take_every_stage() {
    every_stage_passes("openrouter.toml", &["deepseek"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn local_servers_take_every_stage() {
    every_stage_passes("local.toml", &[]).await;
}

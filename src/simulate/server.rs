//! The server: OpenAI's chat completions over the simulated models.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::clinical::Case;

use super::config::{ModelConfig, SimConfig};
use super::draw::{Key, hash};
use super::engine::Engine;
use super::fault::{self, Seen};
use super::fault_reply::{error_body, faulty_content, json_reply, reply};
use super::request::{ChatRequest, Refusal};
use super::stats::{Counts, Stats};

/// Largest request body.
const BODY_LIMIT: usize = 32 * 1024 * 1024;

/// How long a shutdown waits for answers in flight.
const PATIENCE: Duration = Duration::from_millis(500);

/// The simulated provider, before it runs.
#[derive(Debug)]
pub struct Simulator;

#[derive(Debug)]
struct Shared {
    engine: Engine,
    stats: Stats,
    seen: Seen,
}

/// A simulated provider that runs. Dropping it stops it.
#[derive(Debug)]
pub struct RunningSimulator {
    /// Where it listens.
    pub addr: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Simulator {
    /// Starts a provider before the cases. Port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start(
        cases: &[Case],
        config: SimConfig,
        listen: SocketAddr,
    ) -> io::Result<RunningSimulator> {
        let shared = Arc::new(Shared {
            engine: Engine::new(cases, config),
            stats: Stats::default(),
            seen: Seen::default(),
        });
        let listener = tokio::net::TcpListener::bind(listen).await?;
        let addr = listener.local_addr()?;
        let listener = listener.tap_io(|connection| {
            // Answers are small; waiting to fill a packet would only delay them.
            let _ = connection.set_nodelay(true);
        });
        let (stop, stopped) = oneshot::channel();
        let app = router(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            let server = axum::serve(listener, app).with_graceful_shutdown(async {
                let _ = stopped.await;
            });
            if let Err(error) = server.await {
                tracing::error!(%error, "the simulated provider stopped");
            }
        });
        Ok(RunningSimulator {
            addr,
            shared,
            stop: Some(stop),
            task,
        })
    }
}

impl RunningSimulator {
    /// Base URL for a client: `http://127.0.0.1:8000/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.addr)
    }

    /// What it counted so far.
    pub fn counts(&self) -> Counts {
        self.shared.stats.counts()
    }

    /// Runs until the server ends of itself, which it does only on an error.
    pub async fn wait(&mut self) {
        let _ = (&mut self.task).await;
    }

    /// Stops taking requests, waits shortly for answers in flight, and ends.
    pub async fn shutdown(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        let _ = tokio::time::timeout(PATIENCE, &mut self.task).await;
    }
}

impl Drop for RunningSimulator {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        self.task.abort();
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(complete))
        .route("/v1/models", get(models))
        .route("/stats", get(stats))
        .route("/config", get(config))
        .route("/healthz", get(|| async { "ok\n" }))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(shared)
}

async fn models(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let models = &shared.engine.config().models;
    let data: Vec<Value> = models
        .keys()
        .map(
            |id| json!({"id": id, "object": "model", "created": 0, "owned_by": "primum-simulated"}),
        )
        .collect();
    Json(json!({"object": "list", "data": data}))
}

async fn stats(State(shared): State<Arc<Shared>>) -> Json<Counts> {
    Json(shared.stats.counts())
}

/// Every number that the models act by, for the truth program.
async fn config(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(shared.engine.config().to_json())
}

async fn complete(State(shared): State<Arc<Shared>>, body: Bytes) -> Response<Body> {
    match respond(&shared, &body).await {
        Ok(response) => response,
        Err(refusal) => refused(&refusal),
    }
}

async fn respond(shared: &Shared, body: &[u8]) -> Result<Response<Body>, Refusal> {
    shared.stats.count(|counts| counts.requests += 1);
    let request = ChatRequest::parse(body)?;
    let (id, model) = shared.engine.model(&request).inspect_err(|_| {
        shared
            .stats
            .count(|counts| *counts.by_model.entry("unknown".into()).or_default() += 1);
    })?;
    shared
        .stats
        .count(|counts| *counts.by_model.entry(id.into()).or_default() += 1);
    let answer = shared.engine.answer(&request)?;
    let task = answer.task;
    shared
        .stats
        .count(|counts| *counts.by_task.entry(task.name()).or_default() += 1);

    let faults = model
        .faults
        .as_ref()
        .unwrap_or(&shared.engine.config().faults);
    let request_hash = hash(body);
    let fault = (faults.rate > 0.0)
        .then(|| {
            let seen = shared.seen.count(request_hash);
            fault::draw(
                faults,
                request_hash,
                seen,
                task.structured(),
                request.is_repair(),
            )
        })
        .flatten();
    pause(model, request_hash).await;
    let Some((kind, key)) = fault else {
        let completion = completion(&request, answer.content, "stop", request_hash);
        return Ok(json_reply(StatusCode::OK, &completion));
    };
    shared
        .stats
        .count(|counts| *counts.by_fault.entry(kind.name()).or_default() += 1);
    let (content, finish) = faulty_content(kind, answer.content, &question(&request));
    let completion = completion(&request, content, finish, request_hash);
    Ok(reply(kind, faults, key, &completion).await)
}

/// What was asked, without the marks around it.
fn question(request: &ChatRequest) -> String {
    let user = request
        .original()
        .iter()
        .rfind(|message| message.role == "user");
    let content = user.map_or("", |message| message.content.as_str());
    let is_mark = |line: &&str| line.starts_with("<case-") || line.starts_with("</case-");
    let lines: Vec<&str> = content.lines().filter(|line| !is_mark(line)).collect();
    lines.join("\n")
}

/// The model's time to an answer: log-normal around its median.
async fn pause(model: &ModelConfig, request: u64) {
    if model.latency_ms <= 0.0 {
        return;
    }
    let spread = match model.latency_spread {
        0.0 => 1.0,
        spread => (spread * Key::new("latency").with(request).normal()).exp(),
    };
    tokio::time::sleep(Duration::from_secs_f64(model.latency_ms * spread / 1000.0)).await;
}

/// OpenAI's completion object. It has no time of its own, so that equal
/// requests get equal bytes.
fn completion(request: &ChatRequest, content: String, finish: &str, hash: u64) -> Value {
    let tokens = |characters: usize| characters.div_ceil(4).max(1);
    let prompt = tokens(request.messages.iter().map(|m| m.content.len()).sum());
    let completed = tokens(content.len());
    json!({
        "id": format!("chatcmpl-sim-{hash:016x}"),
        "object": "chat.completion",
        "created": 0,
        "model": request.model,
        "system_fingerprint": "simulated",
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": content, "refusal": null},
            "logprobs": null,
            "finish_reason": finish,
        }],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": completed,
            "total_tokens": prompt + completed,
        },
    })
}

fn refused(refusal: &Refusal) -> Response<Body> {
    match refusal {
        Refusal::UnknownModel(model) => json_reply(
            StatusCode::NOT_FOUND,
            &error_body(
                &format!("The model `{model}` does not exist or you do not have access to it."),
                "invalid_request_error",
                Some("model_not_found"),
            ),
        ),
        Refusal::Malformed(why) => json_reply(
            StatusCode::BAD_REQUEST,
            &error_body(why, "invalid_request_error", None),
        ),
    }
}

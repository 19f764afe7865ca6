//! A server that answers as the simulated models do, [`LATENCY`] after a
//! request came. It keeps its answers, so that from the second run on it has
//! next to nothing to do: on a machine of two cores its work would be taken
//! for the asker's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::serve::ListenerExt;
use primum::simulate::{ChatRequest, Engine, SimConfig};
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use crate::{Failure, items};

/// Time to an answer.
pub const LATENCY: Duration = Duration::from_millis(200);

struct Server {
    engine: Engine,
    known: Mutex<HashMap<Bytes, Bytes>>,
}

/// Serves until it is killed; its address is the first line of its output.
#[tokio::main]
pub async fn run() -> Result<(), Failure> {
    let server = Arc::new(Server {
        engine: Engine::new(&items::cases()?, SimConfig::default()),
        known: Mutex::default(),
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/v1", listener.local_addr()?);
    let listener = listener.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    let app = Router::new()
        .route("/v1/chat/completions", post(complete))
        .with_state(server);
    Ok(axum::serve(listener, app).await?)
}

async fn complete(State(server): State<Arc<Server>>, body: Bytes) -> Result<Bytes, StatusCode> {
    let due = Instant::now() + LATENCY;
    let answer = server.answer(body).ok_or(StatusCode::BAD_REQUEST)?;
    sleep_until(due).await;
    Ok(answer)
}

impl Server {
    fn answer(&self, body: Bytes) -> Option<Bytes> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = known().get(&body) {
            return Some(answer.clone());
        }
        let request = ChatRequest::parse(&body).ok()?;
        let content = self.engine.answer(&request).ok()?.content;
        let tokens = content.len() / 4;
        let answer = json!({
            "object": "chat.completion",
            "model": request.model,
            "choices": [{
                "index": 0,
                "message": {"role": "assistant", "content": content},
                "finish_reason": "stop",
            }],
            "usage": {"prompt_tokens": body.len() / 4, "completion_tokens": tokens},
        });
        let answer = Bytes::from(answer.to_string());
        known().insert(body, answer.clone());
        Some(answer)
    }
}

//! `/v1/chat/completions` in OpenAI's shape: panels are models, and the official
//! clients work as they are.
//!
//! What a panel has no use for (sampling parameters) is left alone; what would
//! change the meaning of the answer (several choices, tools, a schema, images)
//! is refused. Messages are data: a system message gives the panel no orders.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::sse::Event as SseEvent;
use axum::response::{IntoResponse, Response};
use futures::stream::{self, StreamExt};
use http::Request;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{mark, waited};
use crate::access::Scope;
use crate::clinical::PatientText;
use crate::serve::http::auth::Caller;
use crate::serve::http::body;
use crate::serve::http::problem::{Code, Problem};
use crate::serve::service::Service;
use crate::serve::work::begin::{Begun, Order, Work, begin};
use crate::serve::work::job::{Attached, Job};
use crate::serve::work::view::Consult;

/// A problem in OpenAI's shape.
#[derive(Clone, Debug)]
pub struct OpenAiError(pub Problem);

impl From<Problem> for OpenAiError {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl OpenAiError {
    fn body(&self) -> Value {
        let problem = &self.0;
        let kind = match problem.status {
            401 => "authentication_error",
            403 => "permission_error",
            429 => "rate_limit_error",
            500.. => "server_error",
            _ => "invalid_request_error",
        };
        // Without details of its own, the detail repeats the title.
        let (title, advice) = (&problem.title, &problem.advice);
        let message = match problem.detail == *title {
            true => format!("{title}. {advice}"),
            false => format!("{title}: {}. {advice}", problem.detail),
        };
        json!({"error": {
            "message": message,
            "type": kind,
            "param": null,
            "code": problem.code,
        }})
    }
}

impl IntoResponse for OpenAiError {
    fn into_response(self) -> Response {
        let mut response = (self.0.http_status(), Json(self.body())).into_response();
        self.0.mark(&mut response);
        response
    }
}

/// A request, as far as a panel has use for it.
#[derive(Deserialize)]
pub struct ChatRequest {
    model: Option<String>,
    #[serde(default)]
    messages: Vec<ChatMessage>,
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    stream_options: Option<StreamOptions>,
    #[serde(default)]
    n: Option<f64>,
    #[serde(default)]
    tools: Option<Value>,
    #[serde(default)]
    functions: Option<Value>,
    #[serde(default)]
    response_format: Option<Value>,
}

#[derive(Default, Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: Option<bool>,
}

#[derive(Deserialize)]
struct ChatMessage {
    role: String,
    #[serde(default)]
    content: Option<Content>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(PatientText),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    text: Option<PatientText>,
}

impl ChatRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// [`Problem`] for a body that is no request, or asks for what a panel
    /// cannot do.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let request: Self = body::json(bytes)?;
        let refuse = |what: &str| Err(Code::Unsupported.because(what));
        let given = |value: &Option<Value>| {
            let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
            value.as_ref().is_some_and(|v| !v.is_null() && !empty(v))
        };
        if request.n.is_some_and(|n| n != 1.0) {
            return refuse("`n`: there is one answer");
        }
        if given(&request.tools) || given(&request.functions) {
            return refuse("`tools`: a panel calls none");
        }
        let format = request.response_format.as_ref();
        let kind = format.and_then(|format| format.get("type")?.as_str());
        if format.is_some_and(|format| !format.is_null()) && kind != Some("text") {
            return refuse("`response_format`: a panel answers with text");
        }
        Ok(request)
    }

    /// The question: the one message of the user, or else the whole
    /// conversation with the name of who speaks before each message.
    ///
    /// # Errors
    /// [`Problem`] when the last word is not the user's, or a part is no text.
    pub fn question(&self) -> Result<PatientText, Problem> {
        let mut said = Vec::with_capacity(self.messages.len());
        for message in &self.messages {
            let role = match message.role.as_str() {
                "system" | "developer" => "system",
                "user" => "user",
                "assistant" => "assistant",
                _ => return Err(Code::Unsupported.because("messages of this role")),
            };
            said.push((role, message.text()?));
        }
        match said.as_slice() {
            [] => Err(Code::EmptyQuestion.plain()),
            [("user", text)] => Ok(PatientText::from(text.as_str())),
            [.., ("user", _)] => {
                let mut all = String::new();
                for (role, text) in &said {
                    // Writing to a String cannot fail.
                    let _ = write!(all, "{role}: {text}\n\n");
                }
                Ok(PatientText::from(all.trim_end()))
            }
            _ => Err(Code::BadRequest.because("the last message must be the user's")),
        }
    }

    fn usage_in_stream(&self) -> bool {
        let options = self.stream_options.as_ref();
        options.and_then(|options| options.include_usage) == Some(true)
    }
}

impl ChatMessage {
    fn text(&self) -> Result<String, Problem> {
        let mut text = String::new();
        match &self.content {
            None => {}
            Some(Content::Text(words)) => text.push_str(words.expose()),
            Some(Content::Parts(parts)) => {
                for (at, part) in parts.iter().enumerate() {
                    if at > 0 {
                        text.push('\n');
                    }
                    let words = part.text.as_ref().filter(|_| part.kind == "text");
                    let words = words.ok_or_else(|| {
                        Code::Unsupported.because("a message's parts other than text")
                    })?;
                    text.push_str(words.expose());
                }
            }
        }
        Ok(text)
    }
}

/// `POST /v1/chat/completions`.
pub async fn complete(
    State(service): State<Service>,
    request: Request<Body>,
) -> Result<Response, OpenAiError> {
    let caller = Caller::of(&service, request.headers())?;
    caller.within_rate(&service)?;
    caller.needs(Scope::Consult)?;
    body::is_of_type(request.headers(), &["application/json"])?;
    let bytes = body::read(request, service.limits()).await?;
    let chat = ChatRequest::parse(&bytes)?;
    drop(bytes);
    let Some(model) = chat.model.as_deref() else {
        return Err(Code::BadRequest
            .because("`model` is missing: the panel's name")
            .into());
    };
    let panel = Arc::clone(service.panel(Some(model))?);
    let question = chat.question()?;
    let asked = json!({"face": "chat", "question": question});
    let order = Order {
        panel,
        work: Work::Plan(question),
        time: None,
        asked: PatientText::from(asked.to_string()),
        goes_on: false,
        comes_back: false,
        idempotency: None,
    };
    let Begun::New(attached, job) = begin(&service, &caller, order).await? else {
        return Err(Code::Internal.plain().into());
    };
    if chat.stream == Some(true) {
        return Ok(stream(&service, attached, job, chat.usage_in_stream()));
    }
    let consult = waited(attached, &job).await;
    if let Some(problem) = &consult.problem {
        return Err(problem.clone().of(&consult.id).into());
    }
    let mut response = Json(completion(&consult, job.created_at)).into_response();
    mark(&mut response, &consult);
    Ok(response)
}

/// What our answers have beyond OpenAI's shape.
fn extra(consult: &Consult) -> Value {
    json!({
        "consult": consult.id,
        "outcome": consult.reply.outcome,
        "released": consult.released,
        "needs_human": consult.reply.needs_human,
        "simulated": consult.reply.simulated.any(),
        "simulated_mark": consult.reply.simulated.mark(),
        "retention": consult.retention,
        "panel_hash": consult.reply.source.as_ref().map(|source| &source.panel_hash),
    })
}

fn usage(consult: &Consult) -> Value {
    let usage = &consult.reply.usage;
    json!({
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
    })
}

fn completion(consult: &Consult, created_at: u64) -> Value {
    json!({
        "id": format!("chatcmpl-{}", consult.id),
        "object": "chat.completion",
        "created": created_at / 1000,
        "model": consult.panel,
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": consult.text(), "refusal": null},
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": usage(consult),
        "primum": extra(consult),
    })
}

/// The answer as a stream: the role at once, comments while the panel
/// deliberates, then the text line by line, and the usage where it was asked
/// for. A consult that comes to nothing ends in an error event.
fn stream(service: &Service, attached: Attached, job: Arc<Job>, with_usage: bool) -> Response {
    let head = {
        let (id, panel) = (format!("chatcmpl-{}", job.id), job.panel.name.clone());
        let created = job.created_at / 1000;
        move |choices: Value, usage: Value| {
            let mut chunk = json!({
                "id": id,
                "object": "chat.completion.chunk",
                "created": created,
                "model": panel,
                "choices": choices,
            });
            if with_usage && let Some(chunk) = chunk.as_object_mut() {
                chunk.insert("usage".to_owned(), usage);
            }
            chunk
        }
    };
    let delta = |delta: Value, finish: Value| json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]);
    let role = json!({"role": "assistant", "content": ""});
    let first = said(&head(delta(role, Value::Null), Value::Null));
    let rest = stream::once(async move {
        let consult = waited(attached, &job).await;
        let mut events = Vec::new();
        if let Some(problem) = &consult.problem {
            events.push(said(&OpenAiError(problem.clone().of(&consult.id)).body()));
        } else {
            for line in consult.text().split_inclusive('\n') {
                let content = delta(json!({"content": line}), Value::Null);
                events.push(said(&head(content, Value::Null)));
            }
            let mut last = head(delta(json!({}), json!("stop")), Value::Null);
            if let Some(last) = last.as_object_mut() {
                last.insert("primum".to_owned(), extra(&consult));
            }
            events.push(said(&last));
            if with_usage {
                events.push(said(&head(json!([]), usage(&consult))));
            }
        }
        events.push(SseEvent::default().data("[DONE]"));
        stream::iter(events)
    });
    let events = stream::once(async move { first }).chain(rest.flatten());
    let events = events.map(Ok);
    super::events::sse(service, events)
}

fn said(chunk: &Value) -> SseEvent {
    SseEvent::default().data(chunk.to_string())
}

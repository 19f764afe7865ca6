//! The OpenAPI document: shapes generated from the types that are read and
//! written, operations from one table. It is checked in as
//! `schemas/openapi.json`; a test holds it against the routes.

use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use super::faces::consults::List;
use super::faces::health::{Failures, Readiness};
use super::faces::release::Decided;
use super::http::problem::{Code, Problem};
use super::work::events::Event;
use super::work::question::Ask;
use super::work::view::Consult;

/// One operation.
struct Operation {
    method: &'static str,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    description: &'static str,
    /// The scope that a key needs; `None`: no key.
    scope: Option<&'static str>,
    /// Name, where it stands, whether it is needed, what it means.
    parameters: &'static [(&'static str, &'static str, bool, &'static str)],
    /// Content type and shape of the body.
    body: Option<(&'static str, Shape)>,
    /// Status, meaning, content type and shape.
    answers: &'static [(u16, &'static str, &'static str, Shape)],
    /// What else it may end in, besides what many do.
    problems: &'static [Code],
    /// Does it ask a panel?
    asks: bool,
}

/// Shapes that operations read and write.
#[derive(Clone, Copy)]
enum Shape {
    Ask,
    Consult,
    List,
    Decided,
    Event,
    Readiness,
    Failures,
    Text,
    Chat,
    Completion,
    Models,
    Model,
    Mast,
}

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";
const ID: (&str, &str, bool, &str) = (
    "id",
    "path",
    true,
    "The consult's id, `c_` and 32 hexadecimal digits.",
);

use Code::{
    AlreadyDecided, BadJson, BadKey, BadRequest, BadUtf8, BudgetReached, Cancelled, Deadline,
    Draining, EmptyQuestion, ExpiredKey, HeaderNeeded, IdempotencyMismatch, Internal, NoAnswer,
    NoKey, NoPrice, NotAnswered, NotFound, PersonalKeyNeeded, ProviderMayKeep, QueueFull,
    RateLimited, RetentionNone, RevokedKey, StoreFailed, TooLarge, TooSlow, UnknownPanel,
    Unsupported, WrongContentType, WrongHost, WrongOrigin, WrongScope,
};

/// What every operation with a key may end in.
const OF_KEYS: &[Code] = &[
    NoKey,
    BadKey,
    ExpiredKey,
    RevokedKey,
    WrongScope,
    RateLimited,
];

/// What every operation with a body may end in.
const OF_BODIES: &[Code] = &[BadRequest, BadUtf8, TooLarge, TooSlow, WrongContentType];

/// What every operation that asks a panel may end in.
const OF_ASKING: &[Code] = &[
    EmptyQuestion,
    ProviderMayKeep,
    NoPrice,
    Cancelled,
    BudgetReached,
    QueueFull,
    Draining,
    StoreFailed,
    NoAnswer,
    Deadline,
];

/// What any request may end in, before it is known what it asks for, or by our
/// own fault.
const OF_ALL: &[Code] = &[WrongHost, WrongOrigin, HeaderNeeded, Internal];

#[rustfmt::skip]
const OPERATIONS: &[Operation] = &[
    Operation {
        method: "post", path: "/v1/consults", id: "askConsult", summary: "Ask a consult",
        description: "202 with the consult, whose answer is fetched later; 200 with the answer when `Prefer: wait=SECONDS` is sent and it comes in time; a stream of events that ends in the answer with `Accept: text/event-stream`. Under retention `none` only the last two are served, and the wait is the deadline. A caller that goes away while it waits cancels its consult, unless it sent `Prefer: respond-async`.",
        scope: Some("consult"),
        parameters: &[
            ("Prefer", "header", false, "`wait=SECONDS`, `respond-async` (RFC 7240)."),
            ("Idempotency-Key", "header", false, "1 to 255 visible ASCII characters: the same request with the same key is asked once. Not under retention `none`."),
        ],
        body: Some((JSON, Shape::Ask)),
        answers: &[(200, "The answer.", JSON, Shape::Consult), (202, "It is at work.", JSON, Shape::Consult), (200, "Events, then the answer.", EVENTS, Shape::Event)],
        problems: &[BadJson, UnknownPanel, IdempotencyMismatch, RetentionNone], asks: true,
    },
    Operation {
        method: "get", path: "/v1/consults", id: "listConsults", summary: "List consults",
        description: "The key's own consults and those of the keys that it reviews, the youngest first; what was kept of them.",
        scope: Some("read"),
        parameters: &[("limit", "query", false, "Most consults, 1 to 200; 50 if absent."), ("before", "query", false, "Only those that were asked before the one with this number.")],
        body: None, answers: &[(200, "The consults.", JSON, Shape::List)], problems: &[BadRequest, StoreFailed], asks: false,
    },
    Operation {
        method: "get", path: "/v1/consults/{id}", id: "getConsult", summary: "Look at a consult",
        description: "How far it is, and its answer.", scope: Some("consult"), parameters: &[ID], body: None,
        answers: &[(200, "The consult.", JSON, Shape::Consult)], problems: &[NotFound, RetentionNone, StoreFailed], asks: false,
    },
    Operation {
        method: "delete", path: "/v1/consults/{id}", id: "cancelConsult", summary: "Cancel a consult",
        description: "Stops asking and spending. A consult that has ended stays as it is.", scope: Some("consult"), parameters: &[ID], body: None,
        answers: &[(200, "The consult.", JSON, Shape::Consult)], problems: &[NotFound, RetentionNone, StoreFailed], asks: false,
    },
    Operation {
        method: "get", path: "/v1/consults/{id}/events", id: "watchConsult", summary: "Watch a consult",
        description: "Server-sent events, numbered from 1 without a gap; the last one is `finished`. They say who is asked and what it took, and no word of question or answer.",
        scope: Some("consult"), parameters: &[ID, ("Last-Event-ID", "header", false, "Goes on after this event.")], body: None,
        answers: &[(200, "The events.", EVENTS, Shape::Event)], problems: &[NotFound, BadRequest, RetentionNone, StoreFailed], asks: false,
    },
    Operation {
        method: "post", path: "/v1/consults/{id}/release", id: "decideConsult", summary: "Release or reject an answer",
        description: "A person's decision, once, on the record. Needs a personal key.", scope: Some("release"), parameters: &[ID],
        body: Some((JSON, Shape::Decided)), answers: &[(200, "The consult with the decision.", JSON, Shape::Consult)],
        problems: &[PersonalKeyNeeded, NotFound, NotAnswered, AlreadyDecided, BadJson, RetentionNone, StoreFailed], asks: false,
    },
    Operation {
        method: "post", path: "/v1/chat/completions", id: "chat", summary: "Ask in OpenAI's shape",
        description: "Panels are models. Sampling parameters are left alone; several choices, tools, schemas and images are refused. Usage is the sum over the panel. With `stream`, comments keep the connection alive while the panel deliberates. Errors have OpenAI's shape.",
        scope: Some("consult"), parameters: &[], body: Some((JSON, Shape::Chat)),
        answers: &[(200, "The answer.", JSON, Shape::Completion), (200, "The answer in chunks.", EVENTS, Shape::Text)],
        problems: &[BadJson, UnknownPanel, Unsupported], asks: true,
    },
    Operation {
        method: "get", path: "/v1/models", id: "listModels", summary: "List panels", description: "The panels as models, with what a caller must know of them.",
        scope: Some("consult"), parameters: &[], body: None, answers: &[(200, "The panels.", JSON, Shape::Models)], problems: &[], asks: false,
    },
    Operation {
        method: "get", path: "/v1/models/{id}", id: "getModel", summary: "Look at a panel", description: "One panel as a model.",
        scope: Some("consult"), parameters: &[("id", "path", true, "The panel's name.")], body: None, answers: &[(200, "The panel.", JSON, Shape::Model)], problems: &[UnknownPanel], asks: false,
    },
    Operation {
        method: "post", path: "/mast", id: "mast", summary: "Ask as the benchmark's leaderboard does",
        description: "A prompt and a case as text, or the case alone. When the text has numbered options and the keys Option and GradeAI, the response is a JSON array with a grade for every option in order; otherwise a plan. The first panel answers. Always needs a key.",
        scope: Some("consult"), parameters: &[], body: Some(("text/plain", Shape::Text)), answers: &[(200, "The answer.", JSON, Shape::Mast)],
        problems: &[Unsupported], asks: true,
    },
    Operation {
        method: "post", path: "/mast/{panel}", id: "mastOf", summary: "Ask a panel as the leaderboard does", description: "As `/mast`, of a named panel.",
        scope: Some("consult"), parameters: &[("panel", "path", true, "The panel's name.")], body: Some(("text/plain", Shape::Text)), answers: &[(200, "The answer.", JSON, Shape::Mast)],
        problems: &[UnknownPanel, Unsupported], asks: true,
    },
    Operation {
        method: "get", path: "/healthz", id: "healthz", summary: "Is it alive?", description: "The process answers.", scope: None, parameters: &[], body: None,
        answers: &[(200, "It does.", "text/plain", Shape::Text)], problems: &[], asks: false,
    },
    Operation {
        method: "get", path: "/readyz", id: "readyz", summary: "Is it ready?", description: "Whether every provider can be reached and consults are taken. What is found is good for ten seconds; nothing is spent.", scope: None, parameters: &[], body: None,
        answers: &[(200, "It is.", JSON, Shape::Readiness), (503, "It is not.", JSON, Shape::Readiness)], problems: &[], asks: false,
    },
    Operation {
        method: "get", path: "/metrics", id: "metrics", summary: "What was counted", description: "For Prometheus. No label holds anything that a caller sent.", scope: Some("admin"), parameters: &[], body: None,
        answers: &[(200, "The counters.", "application/openmetrics-text", Shape::Text)], problems: &[], asks: false,
    },
    Operation {
        method: "get", path: "/failures", id: "failures", summary: "What went wrong with models", description: "Each distinct failure of a model since the service began, with the provider's own words, what helps, and how many calls met it. No word of a consult is in them.", scope: Some("admin"), parameters: &[], body: None,
        answers: &[(200, "The failures.", JSON, Shape::Failures)], problems: &[], asks: false,
    },
];

/// The document.
pub fn document() -> Value {
    let settings = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into());
    let mut generator = settings.into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for operation in OPERATIONS {
        let entry = paths
            .entry(operation.path.to_owned())
            .or_insert_with(|| json!({}));
        if let Some(methods) = entry.as_object_mut() {
            let value = written(operation, &mut generator);
            methods.insert(operation.method.to_owned(), value);
        }
    }
    generator.subschema_for::<Problem>();
    let schemas = generator.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Primum",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "A panel of unlike LLM agents answers clinical consults. Primum is a research tool and no medical device. An answer says first how it ended: complete, degraded, abstained or failed.",
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "A key made by `primum keys add`."}},
        },
    })
}

/// The document as it is served and checked in.
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    text.push('\n');
    text
}

/// Paths and methods, for the test that holds the document against the routes.
pub fn operations() -> impl Iterator<Item = (&'static str, &'static str)> {
    OPERATIONS
        .iter()
        .map(|operation| (operation.method, operation.path))
}

fn written(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let mut value = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.description,
        "security": match operation.scope {
            None => json!([]),
            Some(_) => json!([{"key": []}]),
        },
    });
    let mut set = |name: &str, part: Value| {
        if let Some(value) = value.as_object_mut() {
            value.insert(name.to_owned(), part);
        }
    };
    if let Some(scope) = operation.scope {
        set("x-scope", json!(scope));
    }
    if !operation.parameters.is_empty() {
        let parameters = operation.parameters.iter().map(|(name, place, required, means)| {
            let schema = match *place {
                "query" => json!({"type": "integer", "minimum": 0}),
                _ => json!({"type": "string"}),
            };
            json!({"name": name, "in": place, "required": required, "description": means, "schema": schema})
        });
        set("parameters", parameters.collect());
    }
    if let Some((kind, shape)) = operation.body {
        let mut content = Map::new();
        content.insert(kind.to_owned(), json!({"schema": schema(shape, generator)}));
        set("requestBody", json!({"required": true, "content": content}));
    }
    set("responses", responses(operation, generator));
    value
}

fn responses(operation: &Operation, generator: &mut SchemaGenerator) -> Value {
    let mut responses: Map<String, Value> = Map::new();
    for (status, means, kind, shape) in operation.answers {
        let entry = responses
            .entry(status.to_string())
            .or_insert_with(|| json!({"description": means, "content": {}}));
        let content = entry.get_mut("content").and_then(Value::as_object_mut);
        if let Some(content) = content {
            let schema = schema(*shape, generator);
            content.insert((*kind).to_owned(), json!({"schema": schema}));
        }
    }
    let mut problems: Vec<Code> = operation.problems.to_vec();
    for (holds, codes) in [
        (operation.scope.is_some(), OF_KEYS),
        (operation.body.is_some(), OF_BODIES),
        (operation.asks, OF_ASKING),
        (true, OF_ALL),
    ] {
        let new = codes
            .iter()
            .filter(|code| holds && !problems.contains(code));
        let new: Vec<Code> = new.copied().collect();
        problems.extend(new);
    }
    problems.sort_by_key(|code| code.row().1);
    let problem = generator.subschema_for::<Problem>();
    let openai = operation.path.starts_with("/v1/chat") || operation.path.starts_with("/v1/models");
    let kind = match openai {
        true => json!({"application/json": {"schema": openai_error()}}),
        false => json!({"application/problem+json": {"schema": problem}}),
    };
    for code in problems {
        let (name, status, title, _) = code.row();
        let line = format!("`{name}`: {title}.");
        let entry = responses
            .entry(status.to_string())
            .or_insert_with(|| json!({"description": "", "content": kind}));
        if let Some(Value::String(words)) = entry.get_mut("description") {
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(&line);
        }
    }
    Value::Object(responses)
}

fn model() -> Value {
    json!({
        "type": "object",
        "description": "OpenAI's model; `primum` in it tells what panel it is.",
        "required": ["id", "object", "created", "owned_by", "primum"],
        "properties": {"object": {"const": "model"}, "id": {"type": "string"}},
    })
}

/// An error in OpenAI's shape.
fn openai_error() -> Value {
    json!({
        "type": "object",
        "required": ["error"],
        "properties": {"error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": "null"},
                "code": {"type": "string", "description": "Stable code, such as `queue-full`."},
            },
        }},
    })
}

fn schema(shape: Shape, generator: &mut SchemaGenerator) -> Value {
    match shape {
        Shape::Ask => generator.subschema_for::<Ask>().to_value(),
        Shape::Consult => generator.subschema_for::<Consult>().to_value(),
        Shape::List => generator.subschema_for::<List>().to_value(),
        Shape::Decided => generator.subschema_for::<Decided>().to_value(),
        Shape::Event => generator.subschema_for::<Event>().to_value(),
        Shape::Readiness => generator.subschema_for::<Readiness>().to_value(),
        Shape::Failures => generator.subschema_for::<Failures>().to_value(),
        Shape::Text => json!({"type": "string"}),
        Shape::Chat => json!({
            "type": "object",
            "required": ["model", "messages"],
            "properties": {
                "model": {"type": "string", "description": "The panel's name."},
                "messages": {"type": "array", "items": {"type": "object"}, "description": "As OpenAI's; the last one is the user's."},
                "stream": {"type": "boolean"},
                "stream_options": {"type": "object", "properties": {"include_usage": {"type": "boolean"}}},
            },
        }),
        Shape::Completion => json!({
            "type": "object",
            "description": "OpenAI's chat completion; `primum` beside it tells outcome and release.",
            "required": ["id", "object", "created", "model", "choices", "usage", "primum"],
            "properties": {"object": {"const": "chat.completion"}},
        }),
        Shape::Models => json!({
            "type": "object",
            "description": "OpenAI's list of models; `primum` in each tells what panel it is.",
            "required": ["object", "data"],
            "properties": {"object": {"const": "list"}, "data": {"type": "array", "items": model()}},
        }),
        Shape::Model => model(),
        Shape::Mast => json!({
            "type": "object",
            "required": ["response"],
            "properties": {"response": {"type": "string", "description": "The plan, or the array of grades, opened by the answer's state."}},
        }),
    }
}

//! What `primum panel probe` finds of servers that each have a dialect of their
//! own: refusals, silence, other models, thoughts, uncounted tokens.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use primum::gateway::{Circuit, Doors};
use primum::panel::model::Panel;
use primum::probe::{self, About, Bounds, Needs, Report, Verdict};
use serde_json::{Value, json};

use crate::fake_openai::{Fake, Reply, Request};

/// How a server behaves; as it comes, it is a good one.
#[derive(Clone)]
struct Server {
    /// Name of the limit that it keeps; another one is refused, or ignored.
    limit: &'static str,
    ignores_limits: bool,
    refuses: Vec<Refuses>,
    schema: Form,
    object: Form,
    seed: Seeds,
    thoughts: Thoughts,
    counts: bool,
    says_model: Option<&'static str>,
    ids: Option<Vec<Value>>,
    window: usize,
    streams: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Refuses {
    Temperature,
    System,
    TopP,
    Everything,
}

#[derive(Clone, PartialEq)]
enum Form {
    Kept,
    Refused(&'static str),
    Ignored,
    /// Of one schema alone.
    RefusesOne(&'static str),
}

#[derive(Clone, Copy, PartialEq)]
enum Seeds {
    Honoured,
    Ignored,
    Refused,
    Moot,
}

#[derive(Clone, Copy, PartialEq)]
enum Thoughts {
    None,
    Inside,
    Beside,
    Hidden,
}

fn good() -> Server {
    Server {
        limit: "max_tokens",
        ignores_limits: false,
        refuses: Vec::new(),
        schema: Form::Kept,
        object: Form::Kept,
        seed: Seeds::Honoured,
        thoughts: Thoughts::None,
        counts: true,
        says_model: None,
        ids: Some(vec![json!({"id": "m-1"}), json!({"id": "m-2"})]),
        window: usize::MAX,
        streams: true,
    }
}

fn error(status: u16, message: &str) -> Reply {
    Reply::json(
        status,
        json!({"error": {"message": message, "type": "invalid_request_error"}}),
    )
}

impl Server {
    fn answer(&self, request: &Request) -> Reply {
        if request.path.ends_with("/models") {
            return match &self.ids {
                Some(ids) => Reply::json(200, json!({"object": "list", "data": ids})),
                None => error(404, "Not Found"),
            };
        }
        if !request.path.ends_with("/chat/completions") {
            return error(404, "Not Found");
        }
        self.chat(request)
    }

    fn chat(&self, request: &Request) -> Reply {
        let body = &request.body;
        let names = ["max_tokens", "max_completion_tokens"];
        let sent = names.into_iter().find(|name| body.get(*name).is_some());
        if let Some(sent) = sent
            && sent != self.limit
            && !self.ignores_limits
        {
            return error(
                400,
                &format!(
                    "Unsupported parameter: '{sent}' is not supported with this model. Use \
                     '{}' instead.",
                    self.limit
                ),
            );
        }
        let has_system = body["messages"][0]["role"] == "system";
        let temperature = body.get("temperature").and_then(Value::as_f64);
        for refused in &self.refuses {
            let words = match refused {
                Refuses::Temperature if temperature.is_some_and(|t| t != 1.0) => {
                    "Unsupported value: 'temperature' does not support 0.2 with this model. Only \
                     the default (1) value is supported."
                }
                Refuses::System if has_system => "System role not supported",
                Refuses::TopP if body.get("top_p").is_some() => "Bad Request",
                Refuses::Everything => "Bad Request",
                _ => continue,
            };
            return error(400, words);
        }
        if self.seed == Seeds::Refused && body.get("seed").is_some() {
            return error(400, "Unrecognized request argument supplied: seed");
        }
        if let Some(refusal) = self.refused_form(body) {
            return refusal;
        }
        let said: usize = body["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(length)
            .sum();
        if said / 4 > self.window {
            return error(
                400,
                &format!(
                    "request ({} tokens) exceeds the available context size",
                    said / 4
                ),
            );
        }
        let limit = body
            .get(self.limit)
            .and_then(Value::as_u64)
            .unwrap_or(u64::MAX);
        self.speak(request, said, limit)
    }

    fn refused_form(&self, body: &Value) -> Option<Reply> {
        let format = &body["response_format"];
        match format["type"].as_str()? {
            "json_schema" => match &self.schema {
                Form::Refused(words) => Some(error(400, words)),
                Form::RefusesOne(name) if format["json_schema"]["name"] == *name => Some(error(
                    400,
                    &format!("Invalid schema for response_format '{name}'"),
                )),
                _ => None,
            },
            _ => match &self.object {
                Form::Refused(words) => Some(error(400, words)),
                _ => None,
            },
        }
    }

    fn speak(&self, request: &Request, said: usize, limit: u64) -> Reply {
        let body = &request.body;
        let words = self.words(body, request);
        let thinks = self.thoughts != Thoughts::None;
        // Three thoughts come before every word.
        let (mut thought, mut left) = (0, limit);
        if thinks {
            thought = left.min(500);
            left -= thought;
        }
        let keep = match self.ignores_limits {
            true => usize::MAX,
            false => usize::try_from(left).unwrap_or(usize::MAX),
        };
        let spoken: Vec<&str> = words.split_inclusive(' ').take(keep).collect();
        let cut = spoken.concat().len() < words.len() || (thinks && left == 0);
        let text = spoken.concat();
        if body["stream"] == true {
            return match self.streams {
                true => streamed(&spoken),
                false => error(400, "streams are not offered"),
            };
        }
        let mut message = json!({"role": "assistant", "content": text});
        match self.thoughts {
            Thoughts::Inside if left > 0 => {
                message["content"] = format!("<think>\nFrance, Paris.\n</think>\n\n{text}").into();
            }
            Thoughts::Beside => message["reasoning_content"] = "France, Paris.".into(),
            _ => {}
        }
        let tokens = spoken.len() as u64 + thought;
        let mut answer = json!({
            "id": "x", "object": "chat.completion", "created": 1,
            "model": self.says_model.map_or_else(|| body["model"].clone(), Value::from),
            "choices": [{"index": 0, "message": message,
                "finish_reason": if cut { "length" } else { "stop" }}],
        });
        if self.counts {
            answer["usage"] = json!({
                "prompt_tokens": said / 4 + 8, "completion_tokens": tokens,
                "total_tokens": said as u64 / 4 + 8 + tokens,
                "completion_tokens_details":
                    {"reasoning_tokens": if self.thoughts == Thoughts::Hidden { thought } else { 0 }},
            });
        }
        Reply::json(200, answer)
    }

    fn words(&self, body: &Value, request: &Request) -> String {
        let asked = request.message(0);
        let format = body["response_format"]["type"].as_str();
        let ignored = match format {
            Some("json_schema") => self.schema == Form::Ignored,
            Some(_) => self.object == Form::Ignored,
            None => false,
        };
        let in_prompt = asked.split_once("JSON Schema, `").and_then(|(_, rest)| {
            let schema = rest.split_once(":\n")?.1;
            serde_json::from_str::<Value>(schema).ok()
        });
        if format == Some("json_schema") && !ignored {
            return smallest(&body["response_format"]["json_schema"]["schema"]).to_string();
        }
        if let Some(schema) = in_prompt.filter(|_| !ignored) {
            return smallest(&schema).to_string();
        }
        if asked.contains("of your own choice") {
            let seed = body["seed"].as_i64().unwrap_or(0);
            let number = match self.seed {
                Seeds::Honoured | Seeds::Refused => seed,
                Seeds::Ignored => request.number as i64,
                Seeds::Moot => 0,
            };
            return format!("Fox number {number} is red and lives in Graz.");
        }
        if asked.contains("two hundred") {
            return "one two three four five six seven eight nine ten ".repeat(20);
        }
        "Sure! Paris.".to_owned()
    }
}

fn length(message: &Value) -> usize {
    message["content"].as_str().map_or(0, str::len)
}

fn streamed(spoken: &[&str]) -> Reply {
    let mut body = String::new();
    let event = |delta: Value, finish: Value| {
        format!(
            "data: {}\n\n",
            json!({"choices": [{"delta": delta, "finish_reason": finish}]})
        )
    };
    body.push_str(&event(json!({"role": "assistant"}), Value::Null));
    for word in spoken {
        body.push_str(&event(json!({"content": word}), Value::Null));
    }
    body.push_str(&event(json!({}), json!("length")));
    body.push_str("data: [DONE]\n\n");
    let kind = ("content-type", "text/event-stream".to_owned());
    Reply::Raw(200, vec![kind], body)
}

/// The smallest value that fits a schema of ours.
fn smallest(schema: &Value) -> Value {
    if let Some(first) = schema["enum"].as_array().and_then(|words| words.first()) {
        return first.clone();
    }
    if let Some(first) = schema["anyOf"].as_array().and_then(|kinds| kinds.first()) {
        return smallest(first);
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds[0].as_str(),
        kind => kind.as_str(),
    };
    match kind {
        Some("object") => {
            let members = schema["properties"].as_object().unwrap();
            let members = members
                .iter()
                .map(|(name, of)| (name.clone(), smallest(of)));
            Value::Object(members.collect())
        }
        Some("array") => {
            let least = schema["minItems"].as_u64().unwrap_or(0);
            (0..least).map(|_| smallest(&schema["items"])).collect()
        }
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(false),
        Some("null") => Value::Null,
        _ => json!("none"),
    }
}

/// A panel of one model.
fn panel_text(url: &str, provider: &str, model: &str) -> String {
    format!(
        "name = \"probed\"\n[providers.here]\nbase_url = \"{url}\"\n{provider}\n\
         [models.one]  # the only one\nprovider = \"here\"\nid = \"m-1\"\n{model}\n\
         [[advisors]]\nname = \"ada\"\nmodel = \"one\"\n[consensus]\nprotocol = \"lead\"\n"
    )
}

fn panel(text: &str) -> Panel {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("probed.toml");
    std::fs::write(&path, text).unwrap();
    primum::panel::load(&path)
        .unwrap_or_else(|faults| panic!("{faults}"))
        .panel
}

const BOUNDS: Bounds = Bounds {
    answer: Duration::from_secs(20),
    whole: Duration::from_secs(60),
    requests: 80,
    usd: None,
};

async fn ask(url: &str, provider: &str, model: &str, bounds: Bounds) -> Report {
    let panel = panel(&panel_text(url, provider, model));
    let doors = Doors::new(
        panel.providers.clone(),
        Default::default(),
        Circuit::Permanent,
    );
    let needs = Needs {
        longest_prompt: [("one".to_owned(), 1_000)].into(),
    };
    probe::probe(&panel, &doors.unwrap(), &needs, bounds).await
}

async fn found(server: &Server, provider: &str, model: &str) -> Report {
    let server = Arc::new(server.clone());
    let fake = Fake::start(move |request| server.answer(request)).await;
    ask(&fake.url, provider, model, BOUNDS).await
}

/// The findings about a thing.
fn about(report: &Report, about: About) -> Vec<(Verdict, &str)> {
    let findings = report.models[0].findings.iter();
    let of = findings.filter(|finding| finding.about == about);
    of.map(|finding| (finding.verdict, finding.words.as_str()))
        .collect()
}

/// The lines to change, `+` in front of those that are only of use.
fn lines(report: &Report) -> Vec<String> {
    let changes = report.changes.0.iter();
    changes
        .map(|change| {
            let mark = if change.needed { "" } else { "+" };
            format!("{mark}{} {}", change.table.header(), change.line())
        })
        .collect()
}

/// What one dialect is to come to.
struct Case {
    what: &'static str,
    server: Server,
    /// Further lines of the provider, and of the model.
    provider: &'static str,
    model: &'static str,
    verdict: Verdict,
    about: About,
    says: &'static str,
    lines: &'static [&'static str],
}

fn case(what: &'static str, server: Server) -> Case {
    Case {
        what,
        server,
        provider: "",
        model: "",
        verdict: Verdict::Fault,
        about: About::Parameters,
        says: "",
        lines: &[],
    }
}

fn parameters() -> Vec<Case> {
    const SEED: &str = "+[providers.here] seed = true";
    vec![
        Case {
            verdict: Verdict::Well,
            says: "taken as they stand",
            lines: &[SEED],
            ..case("a good server", good())
        },
        Case {
            says: "Use 'max_completion_tokens' instead",
            lines: &[
                SEED,
                "[models.one] output_limit = \"max_completion_tokens\"",
            ],
            ..case(
                "max_completion_tokens is wanted",
                Server {
                    limit: "max_completion_tokens",
                    ..good()
                },
            )
        },
        Case {
            model: "output_limit = \"max_completion_tokens\"",
            says: "Use 'max_tokens' instead",
            lines: &[SEED, "[models.one] output_limit = \"max_tokens\""],
            ..case("max_tokens is wanted", good())
        },
        Case {
            model: "temperature = 0.2",
            says: "Only the default (1) value",
            lines: &[SEED, "[models.one] temperature = 1.0"],
            ..case(
                "no temperature but 1",
                Server {
                    refuses: vec![Refuses::Temperature],
                    ..good()
                },
            )
        },
        Case {
            says: "taken with system = \"merge\"",
            lines: &[SEED, "[models.one] system = \"merge\""],
            ..case(
                "no system role",
                Server {
                    refuses: vec![Refuses::System],
                    ..good()
                },
            )
        },
        Case {
            model: "temperature = 0.2",
            says: "taken with output_limit",
            lines: &[
                SEED,
                "[models.one] output_limit = \"max_completion_tokens\"",
                "[models.one] temperature = 1.0",
                "[models.one] system = \"merge\"",
            ],
            ..case(
                "three things at once, told one after the other",
                Server {
                    limit: "max_completion_tokens",
                    refuses: vec![Refuses::Temperature, Refuses::System],
                    ..good()
                },
            )
        },
        Case {
            model: "temperature = 0.2\ntop_p = 0.9",
            says: "taken with no top_p",
            lines: &[SEED, "[models.one] # no top_p"],
            ..case(
                "a refusal that says nothing",
                Server {
                    refuses: vec![Refuses::TopP],
                    ..good()
                },
            )
        },
        Case {
            verdict: Verdict::Lost,
            says: "no other parameters are taken either: 400: Bad Request",
            ..case(
                "everything is refused",
                Server {
                    refuses: vec![Refuses::Everything],
                    ..good()
                },
            )
        },
        Case {
            provider: "seed = true",
            says: "taken with no seed",
            lines: &["[providers.here] seed = false"],
            ..case(
                "a seed is refused",
                Server {
                    seed: Seeds::Refused,
                    ..good()
                },
            )
        },
    ]
}

fn forms() -> Vec<Case> {
    let refused = Form::Refused("This response_format type is unavailable now");
    let of = |what, server| Case {
        about: About::Structured,
        provider: "seed = true",
        ..case(what, server)
    };
    vec![
        Case {
            verdict: Verdict::Well,
            says: "json_schema works with all",
            ..of("every schema is kept to", good())
        },
        Case {
            says: "use json_object: json_schema is refused (400: This response_format",
            lines: &["[providers.here] structured_output = \"json_object\""],
            ..of(
                "json_schema is refused",
                Server {
                    schema: refused.clone(),
                    ..good()
                },
            )
        },
        Case {
            says: "use prompt",
            lines: &["[providers.here] structured_output = \"prompt\""],
            ..of(
                "both are refused",
                Server {
                    schema: refused.clone(),
                    object: refused,
                    ..good()
                },
            )
        },
        Case {
            says: "use json_object: json_schema is not kept to",
            lines: &["[providers.here] structured_output = \"json_object\""],
            ..of(
                "json_schema is ignored",
                Server {
                    schema: Form::Ignored,
                    ..good()
                },
            )
        },
        Case {
            says: "json_schema is refused for guardian_edits",
            lines: &["[providers.here] structured_output = \"json_object\""],
            ..of(
                "one schema is refused",
                Server {
                    schema: Form::RefusesOne("primum_guardian_edits"),
                    ..good()
                },
            )
        },
        Case {
            provider: "seed = true\nstructured_output = \"prompt\"",
            verdict: Verdict::Well,
            says: "prompt is asked for: json_schema is refused",
            ..of(
                "what is refused is not asked for",
                Server {
                    schema: Form::Refused("no"),
                    ..good()
                },
            )
        },
    ]
}

fn habits() -> Vec<Case> {
    let of = |what, about, server| Case {
        about,
        provider: "seed = true",
        ..case(what, server)
    };
    vec![
        Case {
            verdict: Verdict::Fault,
            says: "`max_tokens` is ignored: an answer may be of any length",
            ..of(
                "never ends",
                About::OutputLimit,
                Server {
                    ignores_limits: true,
                    ..good()
                },
            )
        },
        Case {
            verdict: Verdict::Well,
            says: "`max_tokens` is kept",
            ..of("a limit is kept", About::OutputLimit, good())
        },
        Case {
            verdict: Verdict::Well,
            says: "honoured",
            ..of("a seed is honoured", About::Seed, good())
        },
        Case {
            verdict: Verdict::Note,
            says: "the same seed gave different answers",
            ..of(
                "a seed is ignored",
                About::Seed,
                Server {
                    seed: Seeds::Ignored,
                    ..good()
                },
            )
        },
        Case {
            verdict: Verdict::Note,
            says: "makes no difference",
            ..of(
                "a seed is moot",
                About::Seed,
                Server {
                    seed: Seeds::Moot,
                    ..good()
                },
            )
        },
        Case {
            provider: "",
            verdict: Verdict::Well,
            says: "not taken, and the panel sends none",
            ..of(
                "a seed that nobody sends is refused",
                About::Seed,
                Server {
                    seed: Seeds::Refused,
                    ..good()
                },
            )
        },
        Case {
            verdict: Verdict::Well,
            says: "inside the answer's text",
            ..of(
                "thoughts in the text",
                About::Thinking,
                Server {
                    thoughts: Thoughts::Inside,
                    ..good()
                },
            )
        },
        Case {
            verdict: Verdict::Well,
            says: "in `reasoning_content`",
            ..of(
                "thoughts beside it",
                About::Thinking,
                Server {
                    thoughts: Thoughts::Beside,
                    ..good()
                },
            )
        },
        Case {
            verdict: Verdict::Well,
            says: "not shown; 500 tokens",
            ..of(
                "thoughts that are counted alone",
                About::Thinking,
                Server {
                    thoughts: Thoughts::Hidden,
                    ..good()
                },
            )
        },
        Case {
            verdict: Verdict::Note,
            says: "tokens are not counted",
            ..of(
                "no usage",
                About::Usage,
                Server {
                    counts: false,
                    ..good()
                },
            )
        },
        Case {
            verdict: Verdict::Well,
            says: "4.0 bytes a token",
            ..of("usage", About::Usage, good())
        },
        Case {
            says: "is not taken: 400: request (",
            ..of(
                "a window that is too small and untold",
                About::Context,
                Server {
                    window: 500,
                    ..good()
                },
            )
        },
        Case {
            says: "a window of 900 tokens, and the longest prompt of this panel has about 1000",
            lines: &["+[models.one] context = 900"],
            ..of(
                "a window that is too small and told",
                About::Context,
                Server {
                    ids: Some(vec![json!({"id": "m-1", "max_model_len": 900})]),
                    ..good()
                },
            )
        },
        Case {
            verdict: Verdict::Well,
            says: "a window of 8192 tokens; the longest prompt",
            lines: &["+[models.one] context = 8192"],
            ..of(
                "a window that is told",
                About::Context,
                Server {
                    ids: Some(vec![json!({"id": "models/m-1", "context_length": 8192})]),
                    ..good()
                },
            )
        },
        Case {
            verdict: Verdict::Well,
            says: "first words after",
            ..of("a stream", About::Speed, good())
        },
        Case {
            verdict: Verdict::Note,
            says: "no answer piece by piece (400: streams are not offered)",
            ..of(
                "no stream",
                About::Speed,
                Server {
                    streams: false,
                    ..good()
                },
            )
        },
        Case {
            verdict: Verdict::Well,
            says: "answers as `m-1`, and is listed",
            ..of("the model itself", About::Model, good())
        },
        Case {
            says: "`m-1` was asked for and `other-7b` answers",
            ..of(
                "another model",
                About::Model,
                Server {
                    says_model: Some("other-7b"),
                    ..good()
                },
            )
        },
        Case {
            verdict: Verdict::Well,
            says: "answers as `m-1-2026-08-07`",
            ..of(
                "a dated one",
                About::Model,
                Server {
                    says_model: Some("m-1-2026-08-07"),
                    ..good()
                },
            )
        },
        Case {
            verdict: Verdict::Note,
            says: "though the id is not listed",
            ..of(
                "an id that is not listed",
                About::Model,
                Server {
                    ids: Some(vec![json!({"id": "x"})]),
                    ..good()
                },
            )
        },
        Case {
            verdict: Verdict::Well,
            says: "lists no models (status 404)",
            ..of(
                "no list",
                About::Reachable,
                Server {
                    ids: None,
                    ..good()
                },
            )
        },
    ]
}

#[tokio::test]
async fn servers_are_found_out() {
    let mut wrong = Vec::new();
    for case in parameters().into_iter().chain(forms()).chain(habits()) {
        let report = found(&case.server, case.provider, case.model).await;
        let said = about(&report, case.about);
        let right = said
            .iter()
            .any(|(verdict, words)| *verdict == case.verdict && words.contains(case.says));
        let changes = lines(&report);
        let right_lines = changes
            .iter()
            .map(String::as_str)
            .eq(case.lines.iter().copied());
        if !right || !right_lines {
            wrong.push(format!("{}: {said:?}\n  lines: {changes:?}", case.what));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a provider says when it does not answer at all, and how that is told.
#[tokio::test]
async fn whoever_cannot_be_asked_is_told_from_whoever_is_asked_wrongly() {
    let ids = json!({"data": [{"id": "m-10"}, {"id": "m-one"}, {"id": "unlike"}]});
    for (what, status, message, of, says) in [
        (
            "a key",
            401,
            "Incorrect API key provided",
            About::Key,
            "refused, and the panel names no key",
        ),
        ("no right", 403, "Forbidden", About::Key, "Forbidden"),
        (
            "an id",
            404,
            "The model `m-1` does not exist",
            About::Model,
            "`m-1` is not known: 404: The model `m-1` does not exist. Nearest in its list: m-10, m-one",
        ),
        (
            "an id with 400",
            400,
            "Model Not Exist",
            About::Model,
            "Nearest in its list: m-10",
        ),
        (
            "a fault",
            500,
            "internal error",
            About::Model,
            "no answer: 500: internal error",
        ),
    ] {
        let list = ids.clone();
        let fake = Fake::start(move |request| match request.path.as_str() {
            "/v1/models" => Reply::json(200, list.clone()),
            _ => error(status, message),
        })
        .await;
        let report = ask(&fake.url, "", "", BOUNDS).await;
        let said = about(&report, of);
        assert!(
            said.iter()
                .any(|(v, words)| *v == Verdict::Lost && words.contains(says)),
            "{what}: {:?}",
            report.models[0].findings
        );
        assert_eq!(lines(&report), [""; 0], "{what}");
        assert!(fake.count() <= 14, "{what}: {} requests", fake.count());
    }
}

#[tokio::test]
async fn nobody_there_and_one_that_never_ends_are_told() {
    let report = ask("http://127.0.0.1:9/v1", "", "", BOUNDS).await;
    let said = about(&report, About::Reachable);
    assert!(
        said[0].0 == Verdict::Lost && said[0].1.contains("nobody answers at"),
        "{said:?}"
    );

    let fake = Fake::start(|request| match request.path.as_str() {
        "/v1/models" => Reply::json(200, json!({"data": [{"id": "m-1"}]})),
        _ => Reply::Hang,
    })
    .await;
    let bounds = Bounds {
        answer: Duration::from_millis(100),
        ..BOUNDS
    };
    let report = ask(&fake.url, "", "", bounds).await;
    let said = about(&report, About::Reachable);
    assert!(said[0].1.contains("no answer within 0.1 s"), "{said:?}");
    assert_eq!(report.models[0].findings.len(), 1);
}

#[tokio::test]
async fn bounds_are_kept_and_what_was_not_asked_is_said() {
    let server = good();
    let fake = Fake::start(move |request| server.answer(request)).await;
    let bounds = Bounds {
        requests: 5,
        ..BOUNDS
    };
    let report = ask(&fake.url, "", "", bounds).await;
    let chats = |fake: &Fake| {
        let requests = fake.requests();
        requests
            .iter()
            .filter(|r| r.path.ends_with("/completions"))
            .count()
    };
    assert_eq!((chats(&fake), report.requests), (5, 5));
    assert!(report.is_partial());

    let price = "price = { input = 1.0, output = 10.0 }";
    let bounds = Bounds {
        usd: Some(0.003),
        ..BOUNDS
    };
    let report = ask(&fake.url, "", price, bounds).await;
    assert!(report.usd <= 0.003 && report.is_partial(), "{}", report.usd);
    let said = &report.models[0].findings;
    assert!(
        said.iter()
            .any(|one| one.words.contains("the budget of $0.003 is reached")),
        "{said:?}"
    );
}

/// A busy moment is waited out, and neither prompts nor keys are shown.
#[tokio::test]
async fn a_busy_server_is_asked_again_and_its_echo_is_not_shown() {
    let server = good();
    let fake = Fake::start(move |request| {
        let first_chat = request.path.ends_with("/completions") && request.number < 3;
        match first_chat {
            true => Reply::Raw(
                503,
                vec![("retry-after", "0".into())],
                json!({"error": {"message": "Loading model"}}).to_string(),
            ),
            false => server.answer(request),
        }
    })
    .await;
    let report = ask(&fake.url, "", "", BOUNDS).await;
    assert!(
        report.verdict() < Verdict::Fault,
        "{:?}",
        report.models[0].findings
    );

    let echo = Fake::start(|request| error(400, &format!("cannot read: {}", request.body))).await;
    let report = ask(&echo.url, "", "", BOUNDS).await;
    let said = serde_json::to_string(&report).unwrap();
    assert!(!said.contains("capital of France"), "{said}");
}

fn run(home: &Path, file: &Path, flags: &[&str]) -> (i32, String, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_primum"))
        .args(["panel", "probe"])
        .arg(file)
        .args(flags)
        .env("PRIMUM_HOME", home)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// What is written keeps every comment, is asked for no more, and is known to
/// whoever begins a run.
#[tokio::test(flavor = "multi_thread")]
async fn lines_are_written_and_the_panel_is_then_well() {
    let server = Server {
        limit: "max_completion_tokens",
        refuses: vec![Refuses::Temperature],
        schema: Form::Refused("response_format is not supported"),
        ..good()
    };
    let fake = Fake::start(move |request| server.answer(request)).await;
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("home");
    let file = dir.path().join("probed.toml");
    let model = "temperature = 0.2 # calm";
    let before = panel_text(&fake.url, "# structured_output: the default", model);
    std::fs::write(&file, &before).unwrap();

    let (code, out, err) = tokio::task::block_in_place(|| run(&home, &file, &[]));
    assert_eq!(code, 1, "{out}{err}");
    assert!(
        out.contains("to change in") && out.contains("temperature = 1.0"),
        "{out}"
    );
    assert!(err.contains("small requests to 1 model(s)"), "{err}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), before);

    let (code, out, _) = tokio::task::block_in_place(|| run(&home, &file, &["--write", "--quiet"]));
    assert_eq!(code, 1, "{out}");
    let after = std::fs::read_to_string(&file).unwrap();
    let expected = before
        .replace(
            &format!("base_url = \"{}\"\n", fake.url),
            &format!(
                "base_url = \"{}\"\nstructured_output = \"json_object\"\nseed = true\n",
                fake.url
            ),
        )
        .replace(
            "temperature = 0.2 # calm\n",
            "temperature = 1.0 # calm\noutput_limit = \"max_completion_tokens\"\n",
        );
    assert_eq!(after, expected);

    let (code, out, _) = tokio::task::block_in_place(|| run(&home, &file, &["--json", "--quiet"]));
    assert_eq!(code, 0, "{out}");
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(told[0]["report"]["changes"], json!([]));
    assert_eq!(told[0]["report"]["models"][0]["model"], "one");

    let record = primum::probe::record::Record::read(&home);
    let panel = primum::panel::load(&file).unwrap().panel;
    assert_eq!(record.never(&panel), [""; 0]);
    assert!(
        record
            .of(&panel.providers["here"], &panel.models["one"])
            .unwrap()
            .well
    );
    let other = self::panel(&before);
    assert!(
        !record
            .of(&other.providers["here"], &other.models["one"])
            .unwrap()
            .well
    );
    let mut unlike = panel;
    unlike.models.get_mut("one").unwrap().id = "m-2".into();
    assert_eq!(record.never(&unlike), ["one"]);
}

/// The shipped demo can be probed as well, and says what it is.
#[test]
fn simulated_models_can_be_probed() {
    let dir = tempfile::tempdir().unwrap();
    let (code, out, err) = run(dir.path(), Path::new("agents/demo.toml"), &["--quiet"]);
    assert!(out.starts_with("demo [SIMULATED]: "), "{out}{err}");
    assert_eq!(code, 0, "{out}{err}");
    assert!(
        !dir.path().join("probes.json").exists(),
        "nothing real was probed"
    );
}

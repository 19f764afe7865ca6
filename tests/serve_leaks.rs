//! Nothing of what callers and models say is found where it must not be: every
//! face and every way of failing is driven with marked text, and then all that
//! the service wrote and said is searched for the marks.

#[path = "support/fake_openai.rs"]
mod fake_openai;
#[path = "support/good_models.rs"]
mod good_models;
mod serve_common;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use fake_openai::{Fake, Reply, Request};
use good_models::{block, draft, good, prompt, who};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use serve_common::{Home, Served, bytes_below, contains, panel};

/// What every mark begins with, in any case.
const MARK: &str = "zqm4711";

/// The provider's own key.
const PROVIDERS_KEY: &str = "sk-provider-zqk0815";

fn schema(request: &Request) -> &str {
    let name = request.body.pointer("/response_format/json_schema/name");
    name.and_then(Value::as_str).unwrap_or_default()
}

/// Models that mark what they say, and fail in the way that the case names,
/// with the prompt in their hands.
fn provider(request: &Request) -> Reply {
    if request.body.is_null() {
        return Reply::json(200, json!({}));
    }
    let text = prompt(request).to_owned();
    let echo = format!("{text} Zqm4711-echo");
    if text.contains("way-400") {
        return Reply::json(
            400,
            json!({"error": {"message": echo, "type": echo, "code": echo}}),
        );
    } else if text.contains("way-401") {
        return Reply::text(401, &format!("{echo} {PROVIDERS_KEY}"));
    } else if text.contains("way-429") {
        let wait = vec![("retry-after", "Zqm4711-header".to_owned())];
        return Reply::Raw(429, wait, json!({"error": {"message": echo}}).to_string());
    } else if text.contains("way-500") {
        return Reply::text(500, &echo);
    } else if text.contains("way-raw") {
        return Reply::text(200, &format!("{{\"choices\": \"{echo}"));
    } else if text.contains("way-shape") {
        return Reply::json(
            200,
            json!({"choices": [{"message": {"content": [echo]}}], "id": 7}),
        );
    } else if text.contains("way-away") {
        let to = "http://127.0.0.1:9/Zqm4711-redirect?Zqm4711-redirect".to_owned();
        return Reply::Raw(307, vec![("location", to)], echo);
    } else if text.contains("way-cut") {
        return Reply::CutBody(fake_openai::answer(&echo).to_string(), 120);
    } else if text.contains("way-broken") && !schema(request).is_empty() {
        return Reply::says(&format!("{{\"items\": [\"{echo}"));
    }
    match schema(request) {
        "" => {
            let marked = "olchicine 0.5 mg Zqm4711-answer";
            Reply::says(&draft(who(request)).replace("olchicine 0.5 mg", marked))
        }
        "primum_options_edits" => Reply::says(r#"{"flips": []}"#),
        "primum_options" => {
            let numbers = block(&text, "options").lines();
            let numbers = numbers.filter_map(|line| line.split_once(". ")?.0.parse::<i64>().ok());
            let grades = numbers.map(|number| {
                json!({"Option": number, "GradeAI": "Appropriate", "Rationale": "Zqm4711-answer"})
            });
            Reply::says(&json!({"grades": grades.collect::<Vec<_>>()}).to_string())
        }
        _ => good(request),
    }
}

/// A service in a world of its own: state, working folder and temporary folder
/// hold nothing but what it puts there.
struct World {
    home: Home,
    served: Served,
    _fake: Fake,
    keys: Vec<String>,
}

async fn world(retention: &str, log: &str) -> World {
    let (fake, home) = (Fake::start(provider).await, Home::new());
    let service = format!("[service]\nretention = \"{retention}\"\n");
    let text = panel("gout", &fake.url, "synthesis", &service);
    let text = text.replace(
        "keeps_nothing = true",
        "keeps_nothing = true\nkey_env = \"ZQ_KEY\"",
    );
    let file = home.write("gout.toml", &text);
    for folder in ["tmp", "work"] {
        std::fs::create_dir(home.path(folder)).expect("a folder");
    }
    let all = "consult,read,release,admin";
    let keys = vec![
        home.key("roe", all, &["--person", "Dr Jane Roe"]),
        home.key(
            "silent",
            all,
            &["--person", "Dr Silent", "--retention", "none"],
        ),
    ];
    // A shell in between sends stdout to a file and sets the level of the log.
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg("PRIMUM_LOG=\"$LEVEL\" exec \"$0\" serve --listen 127.0.0.1:0 \"$1\" >\"$OUT\"")
        .arg(env!("CARGO_BIN_EXE_primum"))
        .arg(&file)
        .current_dir(home.path("work"))
        .env("PRIMUM_HOME", home.state())
        .env("TMPDIR", home.path("tmp"))
        .env("SQLITE_TMPDIR", home.path("tmp"))
        .env("ZQ_KEY", PROVIDERS_KEY)
        .env("RUST_BACKTRACE", "full")
        .env("LEVEL", log)
        .env("OUT", home.path("stdout"));
    let served = Served::run(command);
    World {
        home,
        served,
        _fake: fake,
        keys,
    }
}

/// What came back, and whether a mark may be in it.
struct Said {
    what: String,
    status: u16,
    headers: String,
    body: String,
}

impl World {
    fn post(&self, path: &str) -> RequestBuilder {
        self.served.request(Method::POST, path, &self.keys[0])
    }

    async fn send(&self, what: &str, request: RequestBuilder) -> Said {
        let request = request.timeout(Duration::from_secs(30));
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let headers = format!("{:?}", response.headers());
        let body = response.bytes().await.unwrap_or_default();
        let said = Said {
            what: what.to_owned(),
            status,
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        assert!(!marked(said.headers.as_bytes()), "{what}: {}", said.headers);
        if status >= 400 {
            assert!(!marked(said.body.as_bytes()), "{what}: {}", said.body);
        }
        for secret in self.keys.iter().map(String::as_str).chain([PROVIDERS_KEY]) {
            assert!(!said.body.contains(secret), "{what} holds a key");
        }
        said
    }

    /// Asks in every face. `way` is how the provider behaves.
    async fn ask_everywhere(&self, way: &str, key: &str) -> Vec<Said> {
        let question = format!("Zqm4711-question {way} A red toe on hydrochlorothiazide?");
        let json = json!({
            "question": question,
            "context": {
                "sex": "Zqm4711-sex",
                "conditions": ["Zqm4711-condition"],
                "measurements": [{"name": "Zqm4711-name", "value": "Zqm4711-value"}],
                "other": {"Zqm4711-field": "Zqm4711-context"}
            }
        });
        let chat = json!({
            "model": "gout",
            "user": "Zqm4711-user",
            "metadata": {"Zqm4711-meta": "Zqm4711-meta"},
            "messages": [
                {"role": "system", "content": "Zqm4711-system"},
                {"role": "user", "content": [{"type": "text", "text": question}]},
            ],
        });
        let mut streamed = chat.clone();
        streamed["stream"] = true.into();
        let options = format!(
            "Use the keys Option and GradeAI. {question}\n1. Zqm4711-option\n2. Zqm4711-other\n"
        );
        let post = |path: &str| self.served.request(Method::POST, path, key);
        let asked = [
            (
                "wait",
                post("/v1/consults").header("prefer", "wait=25").json(&json),
            ),
            (
                "events",
                post("/v1/consults")
                    .header("accept", "text/event-stream")
                    .json(&json),
            ),
            ("chat", post("/v1/chat/completions").json(&chat)),
            ("chunks", post("/v1/chat/completions").json(&streamed)),
            (
                "mast",
                post("/mast")
                    .header("content-type", "text/plain")
                    .body(question.clone()),
            ),
            (
                "grades",
                post("/mast")
                    .header("content-type", "text/plain")
                    .body(options),
            ),
        ];
        let mut said = Vec::new();
        for (what, request) in asked {
            let request = request
                .header("user-agent", "Zqm4711-agent")
                .header("referer", "http://localhost/Zqm4711-referer")
                .header("traceparent", "Zqm4711-trace")
                .header("cookie", "Zqm4711-cookie=1")
                .header("x-request-id", "Zqm4711-request");
            said.push(self.send(&format!("{what} {way}"), request).await);
        }
        said
    }

    /// Everything that is refused, with marks wherever there is room.
    async fn refused(&self, id: &str) {
        let one = format!("/v1/consults/{id}");
        let get = |path: &str| self.served.get(path, &self.keys[0]);
        let raw = |path: &str, body: &'static str| {
            self.post(path)
                .header("content-type", "application/json")
                .body(body)
        };
        let decide = format!("{one}/release");
        let question = json!({"question": "Zqm4711-question"});
        let requests = vec![
            get("/Zqm4711-path?Zqm4711-query=Zqm4711"),
            get("/v1/consults/Zqm4711-id"),
            get("/v1/consults/Zqm4711-id/events"),
            get("/v1/consults?limit=Zqm4711-limit"),
            get("/v1/models/Zqm4711-model"),
            get("/assets/Zqm4711-asset.js"),
            get(&format!("{one}/events")).header("last-event-id", "Zqm4711-last"),
            get("/v1/models").header("origin", "http://Zqm4711-origin.example"),
            get("/v1/models").header("host", "Zqm4711-host.example"),
            self.served.client.get(self.served.url("/v1/models")).bearer_auth("Zqm4711-key"),
            self.served.client.get(self.served.url("/v1/models?key=Zqm4711-key")),
            self.served.client.request(
                Method::from_bytes(b"ZQM4711").expect("a method"),
                self.served.url("/v1/consults"),
            ),
            raw("/v1/consults", r#"{"question": "Zqm4711-json"#),
            raw("/v1/consults", r#"{"question": "a", "Zqm4711-json": 1}"#),
            raw("/v1/consults", r#"{"question": "a", "panel": "Zqm4711-panel"}"#),
            raw("/v1/consults", r#"{"question": 1, "context": {"sex": "Zqm4711-sex"}}"#),
            raw("/v1/consults", r#"{"question": "a", "deadline_seconds": "Zqm4711"}"#),
            raw("/v1/chat/completions", r#"{"model": "Zqm4711-model", "messages": []}"#),
            raw("/v1/chat/completions", r#"{"model": "gout", "messages": [{"role": "Zqm4711-role"}]}"#),
            raw("/v1/chat/completions", r#"{"model": "gout", "response_format": {"type": "Zqm4711"}, "messages": []}"#),
            raw("/mast/Zqm4711-panel", "Zqm4711"),
            raw(&decide, r#"{"decision": "Zqm4711-decision"}"#),
            raw(&decide, r#"{"decision": "release", "note": ["Zqm4711-note"]}"#),
            self.post("/v1/consults").header("content-type", "text/Zqm4711-type").body("Zqm4711"),
            self.post("/v1/consults")
                .header("content-type", "multipart/form-data; boundary=Zqm4711")
                .body("--Zqm4711\r\ncontent-disposition: form-data; name=\"f\"; filename=\"Zqm4711-file.txt\"\r\n\r\nZqm4711\r\n"),
            self.post("/v1/consults").header("idempotency-key", "Zqm4711 two words").json(&question),
            self.post("/mast").header("content-type", "text/plain").body(&b"Zqm4711-utf8 \xff"[..]),
            self.post("/v1/consults")
                .header("prefer", "wait=1")
                .json(&json!({"question": "Zqm4711-late", "deadline_seconds": 1e-9})),
        ];
        for (at, request) in requests.into_iter().enumerate() {
            let said = self.send(&format!("refused {at}"), request).await;
            assert!(said.status >= 400, "{at}: {} {}", said.status, said.body);
        }
    }

    /// All places where nothing may be found.
    async fn searched(&self) {
        let log = self.served.log();
        assert!(log.contains("a consult ended"), "the log says what it does");
        nothing("stderr", log.as_bytes(), &self.keys);
        nothing(
            "stdout",
            &std::fs::read(self.home.path("stdout")).unwrap_or_default(),
            &self.keys,
        );
        let metrics = self.served.get("/metrics", &self.keys[0]).send().await;
        let metrics = metrics.expect("an answer").text().await.expect("a text");
        assert!(metrics.contains("primum_requests_total"));
        nothing("/metrics", metrics.as_bytes(), &self.keys);
        for path in ["/openapi.json", "/readyz", "/healthz", "/v1/models"] {
            let said = self
                .served
                .get(path, &self.keys[0])
                .send()
                .await
                .expect("an answer");
            nothing(path, &said.bytes().await.expect("bytes"), &self.keys);
        }
        self.files();
        self.process();
    }

    fn files(&self) {
        for (path, bytes) in bytes_below(&self.home.state()) {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if name.starts_with("audit.sqlite") {
                // It may hold text, and no keys.
                for key in self.keys.iter().map(String::as_str).chain([PROVIDERS_KEY]) {
                    assert!(!contains(&bytes, key), "a key in {name}");
                }
            } else {
                nothing(name, &bytes, &self.keys);
            }
        }
        for folder in ["tmp", "work"] {
            let left = bytes_below(&self.home.path(folder));
            let left: Vec<_> = left.iter().map(|(path, _)| path).collect();
            assert!(left.is_empty(), "{left:?}");
        }
    }

    /// What the operating system says of the process.
    fn process(&self) {
        let proc = Path::new("/proc").join(self.served.pid().to_string());
        let limits = std::fs::read_to_string(proc.join("limits")).unwrap_or_default();
        if let Some(core) = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"))
        {
            let sizes: Vec<&str> = core.split_whitespace().skip(4).take(2).collect();
            assert_eq!(sizes, ["0", "0"], "no core dump can be written");
        }
        let arguments = std::fs::read(proc.join("cmdline")).unwrap_or_default();
        nothing("cmdline", &arguments, &self.keys);
        // Only root may look at the files of a process that cannot be dumped.
        for entry in std::fs::read_dir(proc.join("fd"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let Ok(target) = std::fs::read_link(entry.path()) else {
                continue;
            };
            let shown = target.display().to_string();
            let known = target.starts_with(self.home.state())
                || target == self.home.path("stdout")
                || !shown.starts_with('/')
                || shown.starts_with("/dev/");
            assert!(
                known && !shown.ends_with("(deleted)"),
                "an open file: {shown}"
            );
        }
    }

    fn in_audit(&self, text: &str) -> bool {
        let files = bytes_below(&self.home.state());
        let audit = files
            .iter()
            .filter(|(path, _)| path.to_string_lossy().contains("audit.sqlite"));
        audit.into_iter().any(|(_, bytes)| contains(bytes, text))
    }
}

fn marked(bytes: &[u8]) -> bool {
    contains(&bytes.to_ascii_lowercase(), MARK)
}

fn nothing(place: &str, bytes: &[u8], keys: &[String]) {
    if marked(bytes) {
        let text = String::from_utf8_lossy(bytes);
        let line = text.lines().find(|line| marked(line.as_bytes()));
        panic!(
            "a mark in {place}: {:?}",
            line.map(|line| line.chars().take(600).collect::<String>())
        );
    }
    for key in keys.iter().map(String::as_str).chain([PROVIDERS_KEY]) {
        assert!(!contains(bytes, key), "a key in {place}");
        // Nor its secret part alone.
        let secret = key.splitn(3, '_').nth(2).unwrap_or(key);
        assert!(!contains(bytes, secret), "a secret in {place}");
    }
}

/// Every way of failing that a provider has.
const WAYS: [&str; 10] = [
    "way-good",
    "way-400",
    "way-401",
    "way-429",
    "way-500",
    "way-raw",
    "way-shape",
    "way-away",
    "way-cut",
    "way-broken",
];

/// A level at which everything is said, also by name of those that would quote.
const LOUD: &str = "trace,async_openai=trace,async_openai::error=trace,async_openai::client=trace";

/// A service whose provider goes this way was asked in every face. One for
/// each: a provider that failed is left alone for a while.
async fn driven(retention: &str, log: &str, way: &str) -> World {
    let world = world(retention, log).await;
    for said in world.ask_everywhere(way, &world.keys[0]).await {
        let about = format!("{retention} {}: {}", said.what, said.body);
        if way == "way-good" {
            assert_eq!(said.status, 200, "{about}");
            // The marks do reach the panel and come back to who asked.
            let marks = marked(said.body.as_bytes());
            assert!(marks || said.what.starts_with("grades"), "{about}");
        }
        for foreign in ["Zqm4711-echo", "Zqm4711-header", "Zqm4711-redirect"] {
            // Where the echo came as an answer, it is one.
            let answer = matches!(way, "way-broken" | "way-shape");
            assert!(answer || !said.body.contains(foreign), "{about}");
        }
    }
    world
}

/// Ends a service in good order and searches once more.
async fn ended(mut world: World) {
    world.searched().await;
    world.served.terminate();
    assert_eq!(world.served.wait(), Some(0));
    nothing(
        "stderr at the end",
        world.served.log().as_bytes(),
        &world.keys,
    );
    world.files();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_retention_none_nothing_of_a_consult_is_found_anywhere() {
    for way in WAYS {
        let world = driven("none", LOUD, way).await;
        if way == "way-good" {
            world.refused(&format!("c_{}", "0".repeat(32))).await;
        }
        assert!(
            !world.home.state().join("audit.sqlite").exists(),
            "there is no store at all"
        );
        ended(world).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_retention_audit_the_store_alone_holds_what_was_said() {
    for way in WAYS {
        let world = driven("audit", LOUD, way).await;
        assert!(world.in_audit("Zqm4711-question"), "the search can find");
        if way == "way-good" {
            everything_about_one(&world).await;
        }
        ended(world).await;
    }
}

/// A job with all that can be done with it, and a key that keeps nothing.
async fn everything_about_one(world: &World) {
    let key = &world.keys[0];
    let question = json!({"question": "Zqm4711-silent way-good A red toe?"});
    let silent = world
        .served
        .request(Method::POST, "/v1/consults", &world.keys[1]);
    let silent = silent.header("prefer", "wait=25").json(&question);
    let said = world.send("silent", silent).await;
    assert_eq!(said.status, 200, "{}", said.body);
    let asked = world
        .post("/v1/consults")
        .header("idempotency-key", "Zqm4711-idempotency")
        .json(&json!({"question": "Zqm4711-job way-good A red toe?"}));
    let said = world.send("job", asked).await;
    let consult: Value = serde_json::from_str(&said.body).expect("JSON");
    let id = consult["id"].as_str().expect("an id").to_owned();
    world.served.ended(key, &id).await;
    let one = format!("/v1/consults/{id}");
    let events = world.served.get(&format!("{one}/events"), key);
    let events = world.send("events", events).await.body;
    assert!(
        events.contains("finished") && !marked(events.as_bytes()),
        "{events}"
    );
    world.refused(&id).await;
    let note = json!({"decision": "release", "note": "Zqm4711-note"});
    let decide = || world.post(&format!("{one}/release")).json(&note);
    let released = world.send("release", decide()).await;
    assert_eq!(released.status, 200, "{}", released.body);
    assert_eq!(world.send("again", decide()).await.status, 409);
    let list = world
        .send("list", world.served.get("/v1/consults", key))
        .await;
    assert!(!marked(list.body.as_bytes()), "{}", list.body);
    let gone = world.served.request(Method::DELETE, &one, key);
    world.send("delete", gone).await;
    for kept in [
        "Zqm4711-context",
        "Zqm4711-answer",
        "Zqm4711-job",
        "Zqm4711-note",
    ] {
        assert!(world.in_audit(kept), "{kept} is kept");
    }
    assert!(!world.in_audit("Zqm4711-silent"), "the key keeps nothing");
}

//! A service in a world of its own, and the search through all of it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use reqwest::{Method, RequestBuilder};

use super::ways::provider;
use crate::fake_openai::{Fake, Request};
use crate::serve_common::{Home, Served, bytes_below, panel};

/// What every mark begins with, in any case.
pub const MARK: &str = "zqm4711";

/// The provider's own key.
pub const PROVIDERS_KEY: &str = "sk-provider-zqk0815";

/// A level at which everything is said, also by name of those that would quote.
const LOUD: &str = "trace,async_openai=trace,async_openai::error=trace,async_openai::client=trace";

/// State, working folder and temporary folder hold nothing but what the service
/// puts there.
pub struct World {
    pub home: Home,
    pub served: Served,
    pub keys: Vec<String>,
    fake: Fake,
}

/// What came back.
pub struct Said {
    pub status: u16,
    pub body: String,
}

impl World {
    /// Serves panels of these names, each with a provider of its own: the
    /// address that it is asked at begins with the panel's name.
    pub async fn new(retention: &str, panels: &[String]) -> World {
        let (fake, home) = (Fake::start(provider).await, Home::new());
        let service = format!("[service]\nretention = \"{retention}\"\n");
        let file = |name: &String| {
            let url = fake.url.replace("/v1", &format!("/{name}/v1"));
            let text = panel(name, &url, "synthesis", &service)
                .replace("[providers.fake]", &format!("[providers.{name}]"))
                .replace("provider = \"fake\"", &format!("provider = \"{name}\""))
                .replace(
                    "keeps_nothing = true",
                    "keeps_nothing = true\nkey_env = \"ZQ_KEY\"",
                );
            home.write(&format!("{name}.toml"), &text)
        };
        let files: Vec<_> = panels.iter().map(file).collect();
        for folder in ["tmp", "work"] {
            std::fs::create_dir(home.path(folder)).expect("a folder");
        }
        let all = "consult,read,release,admin";
        let silent = ["--person", "Dr Silent", "--retention", "none"];
        let keys = vec![
            home.key("roe", all, &["--person", "Dr Jane Roe"]),
            home.key("silent", all, &silent),
        ];
        // A shell in between sends stdout to a file and sets the level of the log.
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg("PRIMUM_LOG=\"$LEVEL\" exec \"$0\" serve --listen 127.0.0.1:0 \"$@\" >\"$OUT\"")
            .arg(env!("CARGO_BIN_EXE_primum"))
            .args(&files)
            .current_dir(home.path("work"))
            .env("PRIMUM_HOME", home.state())
            .env("TMPDIR", home.path("tmp"))
            .env("SQLITE_TMPDIR", home.path("tmp"))
            .env("ZQ_KEY", PROVIDERS_KEY)
            .env("RUST_BACKTRACE", "full")
            .env("LEVEL", LOUD)
            .env("OUT", home.path("stdout"));
        let served = Served::run(command);
        World {
            home,
            served,
            keys,
            fake,
        }
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.served.request(Method::POST, path, &self.keys[0])
    }

    /// Sends a request. Headers and refusals hold no mark, and nothing a key.
    pub async fn send(&self, what: &str, request: RequestBuilder) -> Said {
        let request = request.timeout(Duration::from_secs(30));
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let headers = format!("{:?}", response.headers());
        let body = response.bytes().await.unwrap_or_default();
        let body = String::from_utf8_lossy(&body).into_owned();
        assert!(!marked(headers.as_bytes()), "{what}: {headers}");
        assert!(status < 400 || !marked(body.as_bytes()), "{what}: {body}");
        for secret in self.secrets() {
            assert!(!body.contains(secret), "{what} holds a key");
        }
        Said { status, body }
    }

    /// The prompts that a panel's provider was sent.
    pub fn asked_of(&self, panel: &str) -> Vec<Request> {
        let address = format!("/{panel}/");
        let mut asked = self.fake.requests();
        asked.retain(|one| one.path.starts_with(&address) && !one.body.is_null());
        asked
    }

    fn secrets(&self) -> impl Iterator<Item = &str> {
        let keys = self.keys.iter().map(String::as_str);
        keys.chain([PROVIDERS_KEY])
    }

    /// The log, as soon as a line of it holds all these words.
    pub async fn log_with(&self, words: &[&str]) -> String {
        let all = |line: &str| words.iter().all(|word| found(line.as_bytes(), word));
        let told = |log: &str| log.lines().any(all);
        self.log_when(&format!("{words:?}"), told).await
    }

    /// The log, as soon as this holds of it. It comes over a pipe, a little
    /// later than it is written.
    pub async fn log_when(&self, what: &str, told: impl Fn(&str) -> bool) -> String {
        for _ in 0..100 {
            let log = self.served.log();
            if told(&log) {
                return log;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the log does not say {what}")
    }

    pub async fn got(&self, path: &str) -> Vec<u8> {
        let response = self.served.get(path, &self.keys[0]).send().await;
        response
            .expect("an answer")
            .bytes()
            .await
            .expect("bytes")
            .to_vec()
    }

    /// All places where nothing may be found.
    pub async fn searched(&self) {
        let metrics = self.got("/metrics").await;
        assert!(found(&metrics, "primum_requests_total"));
        self.nothing("/metrics", &metrics);
        for path in ["/openapi.json", "/readyz", "/healthz", "/v1/models"] {
            self.nothing(path, &self.got(path).await);
        }
        let log = self.log_with(&["route=\"/v1/models\"", "\"GET\""]).await;
        self.nothing("stderr", log.as_bytes());
        let stdout = std::fs::read(self.home.path("stdout"));
        self.nothing("stdout", &stdout.unwrap_or_default());
        self.files();
        self.process();
    }

    /// Ends the service in good order and searches once more.
    pub async fn ended(mut self) {
        self.searched().await;
        self.served.terminate();
        assert_eq!(self.served.wait(), Some(0));
        let log = self.log_with(&["stopped"]).await;
        self.nothing("stderr at the end", log.as_bytes());
        self.files();
    }

    fn files(&self) {
        for (path, bytes) in bytes_below(&self.home.state()) {
            let name = path.file_name().and_then(|name| name.to_str());
            let name = name.unwrap_or_default();
            if name.starts_with("audit.sqlite") {
                // It may hold text, and no keys.
                for key in self.secrets() {
                    assert!(!found(&bytes, key), "a key in {name}");
                }
            } else {
                self.nothing(name, &bytes);
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
        let mut limits = limits.lines();
        if let Some(core) = limits.find(|line| line.starts_with("Max core file size")) {
            let sizes: Vec<&str> = core.split_whitespace().skip(4).take(2).collect();
            assert_eq!(sizes, ["0", "0"], "no core dump can be written");
        }
        self.nothing("cmdline", &self.arguments());
        // Only root may look at the files of a process that cannot be dumped.
        // What the tests were started with (a lock around a build) is passed on.
        let inherited = open_files(Path::new("/proc/self"));
        for target in open_files(&proc) {
            let shown = target.display().to_string();
            let known = target.starts_with(self.home.state())
                || target == self.home.path("stdout")
                || inherited.contains(&target)
                || !shown.starts_with('/')
                || shown.starts_with("/dev/");
            let gone = shown.ends_with("(deleted)");
            assert!(known && !gone, "an open file: {shown}");
        }
    }

    /// What it was started with, as the operating system shows it to others.
    pub fn arguments(&self) -> Vec<u8> {
        std::fs::read(format!("/proc/{}/cmdline", self.served.pid())).unwrap_or_default()
    }

    pub fn in_audit(&self, text: &str) -> bool {
        let files = bytes_below(&self.home.state());
        let mut audit = files
            .iter()
            .filter(|(path, _)| path.to_string_lossy().contains("audit.sqlite"));
        audit.any(|(_, bytes)| found(bytes, text))
    }

    fn nothing(&self, place: &str, bytes: &[u8]) {
        if let Some(fault) = fault(bytes, &self.keys) {
            panic!("in {place}: {fault}");
        }
    }
}

fn open_files(process: &Path) -> Vec<PathBuf> {
    let open = std::fs::read_dir(process.join("fd"));
    let open = open.into_iter().flatten().flatten();
    open.filter_map(|entry| std::fs::read_link(entry.path()).ok())
        .collect()
}

/// Is this among the bytes? Many megabytes are searched, and in a build for
/// tests only the standard library is quick.
pub fn found(bytes: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(text)
}

pub fn marked(bytes: &[u8]) -> bool {
    found(&bytes.to_ascii_lowercase(), MARK)
}

/// What stands in these bytes that may not: a mark, a key, or a key's secret.
pub fn fault(bytes: &[u8], keys: &[String]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    if marked(bytes) {
        let line = text.lines().find(|line| marked(line.as_bytes()));
        let line: String = line.unwrap_or_default().chars().take(600).collect();
        return Some(format!("a mark: {line:?}"));
    }
    for key in keys.iter().map(String::as_str).chain([PROVIDERS_KEY]) {
        let secret = key.splitn(3, '_').nth(2).unwrap_or(key);
        if text.contains(key) || text.contains(secret) {
            return Some("a key, or its secret alone".to_owned());
        }
    }
    None
}

//! What the tests of the service share: the real program as a process, with its
//! state in a folder of its own, before a fake provider or simulated models.
#![allow(dead_code)] // each test file uses a part of it

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A panel of three advisors and two guardians at this address, which decides
/// by this protocol. `more`: further tables.
pub fn panel(name: &str, url: &str, protocol: &str, more: &str) -> String {
    let models: String = [
        ("ada", "north"),
        ("ben", "south"),
        ("cleo", "west"),
        ("maud", "east"),
        ("gus", "north"),
        ("gwen", "south"),
    ]
    .iter()
    .map(|(model, vendor)| {
        format!(
            "[models.{model}]\nprovider = \"fake\"\nid = \"{model}\"\nvendor = \"{vendor}\"\n\
                     price = {{ input = 1.0, output = 10.0 }}\n"
        )
    })
    .collect();
    let agents = |table: &str, names: &[&str]| -> String {
        names
            .iter()
            .map(|name| format!("[[{table}]]\nname = \"{name}\"\nmodel = \"{name}\"\n"))
            .collect()
    };
    let moderator = match protocol {
        "synthesis" => "[moderator]\nname = \"maud\"\nmodel = \"maud\"\n",
        _ => "",
    };
    format!(
        "name = \"{name}\"\n[providers.fake]\nbase_url = \"{url}\"\nkeeps_nothing = true\n\
         limits = {{ in_flight = 5000, call_seconds = 5.0, attempts = 1 }}\n{models}{}{moderator}{}\
         [consensus]\nprotocol = \"{protocol}\"\nquorum = 2\n{more}\n",
        agents("advisors", &["ada", "ben", "cleo"]),
        agents("guardians", &["gus", "gwen"]),
    )
}

/// The state of a service, which outlives its process.
pub struct Home {
    dir: TempDir,
}

impl Home {
    pub fn new() -> Home {
        Home {
            dir: tempfile::tempdir().expect("a folder"),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Where keys and consults lie.
    pub fn state(&self) -> PathBuf {
        self.path("state")
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.path(name), text).expect("a file");
        self.path(name)
    }

    /// The program with its state here.
    pub fn primum(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_primum"));
        command
            .current_dir(root())
            .env("PRIMUM_HOME", self.state())
            .env_remove("PRIMUM_LOG")
            .args(args);
        command
    }

    /// Makes a key and gives its text.
    pub fn key(&self, name: &str, scopes: &str, more: &[&str]) -> String {
        let mut command = self.primum(&["keys", "add", name, "--scope", scopes]);
        let output = command.args(more).output().expect("the program");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        text.lines().last().expect("a key").to_owned()
    }
}

/// A running service.
pub struct Served {
    process: Child,
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    log: Arc<Mutex<String>>,
    pub client: reqwest::Client,
}

impl Served {
    /// Serves these panel files; returns when it listens.
    pub fn start(home: &Home, panels: &[&Path], more: &[&str]) -> Served {
        let panels: Vec<&str> = panels.iter().map(|p| p.to_str().expect("UTF-8")).collect();
        let mut command = home.primum(&["serve", "--listen", "127.0.0.1:0"]);
        command.args(&panels).args(more);
        Served::run(command)
    }

    /// Runs a command that serves, and has it tell everything.
    pub fn run(mut command: Command) -> Served {
        command.env("PRIMUM_LOG", "trace");
        Served::run_quietly(command)
    }

    /// Runs a command that serves.
    pub fn run_quietly(mut command: Command) -> Served {
        let mut process = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the service starts");
        let words = BufReader::new(process.stderr.take().expect("its words"));
        let log = Arc::new(Mutex::new(String::new()));
        let (tell, told) = std::sync::mpsc::channel();
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in words.lines() {
                let Ok(line) = line else { return };
                if let Some(base) = line.strip_prefix("listening on ") {
                    let _ = tell.send(base.to_owned());
                }
                let mut log = kept.lock().expect("no panic");
                log.push_str(&line);
                log.push('\n');
            }
        });
        let base = told
            .recv_timeout(Duration::from_secs(30))
            .unwrap_or_else(|_| {
                let _ = process.kill();
                panic!("it does not listen: {}", log.lock().expect("no panic"))
            });
        primum_tls();
        Served {
            process,
            base,
            log,
            client: reqwest::Client::builder().build().expect("a client"),
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// A request with a key.
    pub fn request(&self, method: Method, path: &str, key: &str) -> RequestBuilder {
        self.client.request(method, self.url(path)).bearer_auth(key)
    }

    pub fn get(&self, path: &str, key: &str) -> RequestBuilder {
        self.request(Method::GET, path, key)
    }

    /// Asks a consult and waits for it.
    pub async fn ask(&self, key: &str, question: &str) -> Response {
        self.request(Method::POST, "/v1/consults", key)
            .header("prefer", "wait=30")
            .json(&json!({ "question": question }))
            .send()
            .await
            .expect("an answer")
    }

    /// Asks a consult as a job and gives its id.
    pub async fn job(&self, key: &str, question: &str) -> String {
        let response = self
            .request(Method::POST, "/v1/consults", key)
            .json(&json!({ "question": question }))
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), 202);
        let consult: Value = response.json().await.expect("JSON");
        consult["id"].as_str().expect("an id").to_owned()
    }

    /// Waits until a job has ended.
    pub async fn ended(&self, key: &str, id: &str) -> Value {
        let started = Instant::now();
        loop {
            let response = self.get(&format!("/v1/consults/{id}"), key).send().await;
            let consult: Value = response.expect("an answer").json().await.expect("JSON");
            let state = consult["state"].as_str().unwrap_or_default();
            if !matches!(state, "queued" | "running") {
                return consult;
            }
            assert!(
                started.elapsed() < Duration::from_secs(30),
                "it does not end"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Everything that it has said so far.
    pub fn log(&self) -> String {
        self.log.lock().expect("no panic").clone()
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        let pid = self.process.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(sent.expect("kill").success());
    }

    /// Waits for its end; its exit code.
    pub fn wait(&mut self) -> Option<i32> {
        self.process.wait().expect("it ends").code()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The client of these tests speaks plain HTTP; reqwest wants to know its
/// cryptography all the same.
fn primum_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Events of a stream as (id, name, data), until it ends.
pub async fn events(mut response: Response) -> Vec<(u64, String, Value)> {
    let mut text = String::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        text.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
    }
    parse_events(&text)
}

/// Events in a text; one that is cut off is not among them.
pub fn parse_events(text: &str) -> Vec<(u64, String, Value)> {
    let whole = text.rsplit_once("\n\n").map_or("", |(whole, _)| whole);
    whole
        .split("\n\n")
        .filter_map(|block| {
            let field = |name: &str| {
                block
                    .lines()
                    .find_map(|line| line.strip_prefix(name))
                    .map(str::trim)
            };
            let data = field("data:")?;
            Some((
                field("id:").and_then(|id| id.parse().ok()).unwrap_or(0),
                field("event:").unwrap_or_default().to_owned(),
                serde_json::from_str(data).unwrap_or_else(|_| Value::from(data)),
            ))
        })
        .collect()
}

/// All bytes below a folder, by file.
pub fn bytes_below(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = std::fs::read(&path) {
                found.push((path, bytes));
            }
        }
    }
    found
}

/// Is this text among the bytes?
pub fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

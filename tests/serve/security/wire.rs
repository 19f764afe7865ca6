//! Requests byte by byte, as no well-behaved client would send them, and
//! answers as they came.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Stands in whatever a test sends that must not come back.
pub const MARK: &str = "Zqx4711";

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The stable code, in either dialect.
    pub fn code(&self) -> String {
        let json = self.json();
        let code = json.get("code").or_else(|| json.pointer("/error/code"));
        code.and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// Everything that must be the same for what must look the same.
    pub fn look(&self) -> (u16, Vec<(String, String)>, Vec<u8>) {
        let headers = self.headers.iter().filter(|(name, _)| name != "date");
        (self.status, headers.cloned().collect(), self.body.clone())
    }

    /// What every answer of the service carries, and none may.
    pub fn secured(self) -> Self {
        let is = |name: &str, value: &str| {
            assert_eq!(self.header(name), Some(value), "{name} of {self:?}");
        };
        is("x-content-type-options", "nosniff");
        is("cache-control", "no-store");
        is("referrer-policy", "no-referrer");
        is("x-frame-options", "DENY");
        let policy = self.header("content-security-policy").unwrap_or_default();
        assert!(policy.starts_with("default-src 'none'"), "{self:?}");
        assert!(policy.contains("frame-ancestors 'none'"), "{self:?}");
        for (name, _) in &self.headers {
            assert!(!name.starts_with("access-control-"), "CORS is closed");
            assert!(!matches!(
                name.as_str(),
                "server" | "set-cookie" | "x-powered-by"
            ));
        }
        if self.status == 401 {
            is("www-authenticate", "Bearer realm=\"primum\"");
        }
        self
    }
}

/// A request that is put together as it stands.
#[derive(Clone, Debug)]
pub struct Ask {
    method: String,
    target: String,
    host: Option<String>,
    lines: Vec<(String, Vec<u8>)>,
    body: Option<Vec<u8>>,
}

pub fn ask(method: &str, target: &str) -> Ask {
    Ask {
        method: method.to_uppercase(),
        target: target.to_owned(),
        host: None,
        lines: Vec::new(),
        body: None,
    }
}

impl Ask {
    pub fn host(mut self, host: &str) -> Self {
        self.host = Some(host.to_owned());
        self
    }

    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.lines.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    pub fn key(self, key: &str) -> Self {
        self.header("authorization", format!("Bearer {key}"))
    }

    pub fn body(mut self, kind: &str, body: impl AsRef<[u8]>) -> Self {
        self.body = Some(body.as_ref().to_vec());
        match kind {
            "" => self,
            kind => self.header("content-type", kind),
        }
    }

    pub fn json(self, body: impl AsRef<[u8]>) -> Self {
        self.body("application/json", body)
    }

    fn bytes(&self, address: &str) -> Vec<u8> {
        let host = self.host.as_deref().unwrap_or(address);
        let mut bytes = format!(
            "{} {} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n",
            self.method, self.target
        )
        .into_bytes();
        for (name, value) in &self.lines {
            bytes.extend(name.as_bytes());
            bytes.extend(b": ");
            bytes.extend(value);
            bytes.extend(b"\r\n");
        }
        if let Some(body) = &self.body {
            bytes.extend(format!("content-length: {}\r\n", body.len()).as_bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(self.body.as_deref().unwrap_or_default());
        bytes
    }

    /// Sends it and reads the answer, which must be one of the service.
    pub async fn send(&self, base: &str) -> Answer {
        self.any(base).await.secured()
    }

    /// Sends it and reads the answer, which may be the HTTP library's own.
    pub async fn any(&self, base: &str) -> Answer {
        let address = address(base);
        let answer = exchange(address, &self.bytes(address)).await;
        let answer = parse(&answer).unwrap_or_else(|| panic!("no answer to {self:?}"));
        for (name, value) in &answer.headers {
            assert!(!value.contains(MARK), "{name} of {answer:?}");
        }
        if answer.status >= 400 {
            assert!(!answer.text().contains(MARK), "{answer:?} quotes");
        }
        answer
    }
}

pub fn address(base: &str) -> &str {
    base.trim_start_matches("http://")
}

/// Writes these bytes and reads until the connection is closed.
pub async fn exchange(address: &str, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    // The service may refuse before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    loop {
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut part)).await;
        match read.expect("it answers and closes") {
            Ok(0) | Err(_) => return answer,
            Ok(count) => answer.extend(&part[..count]),
        }
    }
}

/// One answer from its bytes; `None` where there is none.
pub fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let chunked = headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let mut body = bytes[end + 4..].to_vec();
    if chunked {
        body = unchunked(&body);
    }
    Some(Answer {
        status,
        headers,
        body,
    })
}

fn unchunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&bytes[..end]).expect("a size");
        let size = usize::from_str_radix(size.trim(), 16).expect("a size");
        if size == 0 || bytes.len() < end + 2 + size {
            break;
        }
        whole.extend(&bytes[end + 2..end + 2 + size]);
        bytes = bytes.get(end + 2 + size + 2..).unwrap_or_default();
    }
    whole
}

//! A fake OpenAI server that does what a test tells it, down to cutting a
//! connection in the middle of a body.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// From 0, in the order of arrival.
    pub number: usize,
    pub path: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Value,
}

impl Request {
    /// The text of a message, counted from the end.
    pub fn message(&self, from_end: usize) -> &str {
        let messages = self.body["messages"].as_array().expect("messages");
        messages[messages.len() - 1 - from_end]["content"]
            .as_str()
            .expect("content")
    }
}

/// What the server does with a request.
#[derive(Clone)]
pub enum Reply {
    /// An ordinary answer with these words.
    Says(String),
    /// A status, headers and a body.
    Raw(u16, Vec<(&'static str, String)>, String),
    /// Status 200 with these bytes, which may be no text.
    Bytes(Vec<u8>),
    /// Nothing, for ever.
    Hang,
    /// The body byte by byte, with a pause after each.
    Drip(String, Duration),
    /// The connection is closed before a byte of an answer.
    Cut,
    /// The connection is closed after so many bytes of the body.
    CutBody(String, usize),
    /// The same, later.
    After(Duration, Box<Reply>),
}

impl Reply {
    pub fn says(text: &str) -> Reply {
        Reply::Says(text.into())
    }

    pub fn json(status: u16, body: Value) -> Reply {
        Reply::Raw(status, Vec::new(), body.to_string())
    }

    pub fn text(status: u16, body: &str) -> Reply {
        Reply::Raw(status, Vec::new(), body.into())
    }

    pub fn after(milliseconds: u64, reply: Reply) -> Reply {
        Reply::After(Duration::from_millis(milliseconds), Box::new(reply))
    }
}

/// An ordinary answer's body: 5 completion tokens, and 10 prompt tokens, or
/// what a longer prompt has. The model is the one that was asked for.
pub fn answer(text: &str) -> Value {
    json!({
        "id": "x", "object": "chat.completion", "created": 1, "model": MODEL,
        "choices": [{"index": 0, "finish_reason": "stop",
            "message": {"role": "assistant", "content": text}}],
        "usage": {"prompt_tokens": PROMPT_TOKENS, "completion_tokens": 5, "total_tokens": 15},
    })
}

/// Stands for the model that was asked for.
const MODEL: &str = "the-model-asked-for";
/// Stands for the tokens of the prompt.
const PROMPT_TOKENS: u64 = 10;

/// What an ordinary server says of the request in its answer.
fn fitting(body: &str, request: &Request) -> Option<String> {
    let mut body: Value = serde_json::from_str(body).ok()?;
    if body["model"] == MODEL {
        body["model"] = request.body["model"].clone();
    }
    let prompt = request.body["messages"].to_string().len() as u64 / 5;
    if body["usage"]["prompt_tokens"] == PROMPT_TOKENS && prompt > 100 {
        body["usage"]["prompt_tokens"] = prompt.into();
        let completion = body["usage"]["completion_tokens"].as_u64();
        body["usage"]["total_tokens"] = (prompt + completion.unwrap_or(0)).into();
    }
    Some(body.to_string())
}

/// The same reply, fitted to the request.
fn fitted(reply: Reply, request: &Request) -> Reply {
    let fit = |body: String| fitting(&body, request).unwrap_or(body);
    match reply {
        Reply::Says(text) => Reply::Raw(200, Vec::new(), fit(answer(&text).to_string())),
        Reply::Raw(status, headers, body) => Reply::Raw(status, headers, fit(body)),
        Reply::After(pause, reply) => Reply::After(pause, Box::new(fitted(*reply, request))),
        other => other,
    }
}

type Handler = dyn Fn(&Request) -> Reply + Send + Sync;

#[derive(Default)]
struct Seen {
    requests: Mutex<Vec<Request>>,
    count: AtomicUsize,
    now: AtomicUsize,
    peak: AtomicUsize,
}

/// The server; it ends with the test's runtime.
#[derive(Clone)]
pub struct Fake {
    /// Base address, with `/v1`.
    pub url: String,
    seen: Arc<Seen>,
}

impl Fake {
    pub async fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        Fake::serve(listener, handler)
    }

    /// The same reply to everybody.
    pub async fn always(reply: Reply) -> Fake {
        Fake::start(move |_| reply.clone()).await
    }

    /// One reply after the other; the last one stays.
    pub async fn script(replies: Vec<Reply>) -> Fake {
        Fake::start(move |request| {
            let last = replies.len() - 1;
            replies[request.number.min(last)].clone()
        })
        .await
    }

    pub fn serve(
        listener: TcpListener,
        handler: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Fake {
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Seen::default());
        let handler: Arc<Handler> = Arc::new(handler);
        let fake = Fake {
            url: format!("http://{address}/v1"),
            seen: Arc::clone(&seen),
        };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (handler, seen) = (Arc::clone(&handler), Arc::clone(&seen));
                tokio::spawn(async move {
                    // A client that goes away is part of what is tested.
                    let _ = connection(stream, &*handler, &seen).await;
                });
            }
        });
        fake
    }

    /// Requests that came so far.
    pub fn count(&self) -> usize {
        self.seen.count.load(Ordering::SeqCst)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.seen.requests.lock().expect("no panic").clone()
    }

    /// Requests that are open now: neither answered nor given up by the client.
    pub fn open(&self) -> usize {
        self.seen.now.load(Ordering::SeqCst)
    }

    /// Most requests that were open at once.
    pub fn peak(&self) -> usize {
        self.seen.peak.load(Ordering::SeqCst)
    }
}

async fn connection(stream: TcpStream, handler: &Handler, seen: &Seen) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(request) = read_request(&mut stream, seen).await? {
        let now = seen.now.fetch_add(1, Ordering::SeqCst) + 1;
        seen.peak.fetch_max(now, Ordering::SeqCst);
        let reply = fitted(handler(&request), &request);
        seen.requests.lock().expect("no panic").push(request);
        let done = send(stream.get_mut(), reply).await;
        seen.now.fetch_sub(1, Ordering::SeqCst);
        if !done? {
            return Ok(());
        }
    }
    Ok(())
}

async fn read_request(
    stream: &mut BufReader<TcpStream>,
    seen: &Seen,
) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|l| l.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    Ok(Some(Request {
        number: seen.count.fetch_add(1, Ordering::SeqCst),
        path,
        headers,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    }))
}

/// Sends a reply; `false` closes the connection.
async fn send(stream: &mut TcpStream, reply: Reply) -> io::Result<bool> {
    match reply {
        Reply::Says(text) => {
            whole(stream, 200, &[], &answer(&text).to_string()).await?;
        }
        Reply::Raw(status, headers, body) => whole(stream, status, &headers, &body).await?,
        Reply::Bytes(body) => {
            stream
                .write_all(head(200, &[], body.len()).as_bytes())
                .await?;
            stream.write_all(&body).await?;
        }
        Reply::Hang => {
            gone(stream).await;
            return Ok(false);
        }
        Reply::Drip(body, pause) => {
            stream
                .write_all(head(200, &[], body.len()).as_bytes())
                .await?;
            for byte in body.as_bytes() {
                stream.write_all(&[*byte]).await?;
                tokio::time::sleep(pause).await;
            }
        }
        Reply::Cut => return Ok(false),
        Reply::CutBody(body, after) => {
            stream
                .write_all(head(200, &[], body.len()).as_bytes())
                .await?;
            stream.write_all(&body.as_bytes()[..after]).await?;
            return Ok(false);
        }
        Reply::After(pause, reply) => {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = gone(stream) => return Ok(false),
            }
            return Box::pin(send(stream, *reply)).await;
        }
    }
    Ok(true)
}

/// Returns when the client has closed the connection.
async fn gone(stream: &TcpStream) {
    if let Ok(1..) = stream.peek(&mut [0]).await {
        std::future::pending().await
    }
}

async fn whole(
    stream: &mut TcpStream,
    status: u16,
    headers: &[(&'static str, String)],
    body: &str,
) -> io::Result<()> {
    let mut bytes = head(status, headers, body.len());
    bytes.push_str(body);
    stream.write_all(bytes.as_bytes()).await
}

fn head(status: u16, headers: &[(&'static str, String)], length: usize) -> String {
    let mut head = format!("HTTP/1.1 {status} Status\r\ncontent-length: {length}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    head
}

//! A provider of models that takes its time and next to no work: so many
//! seconds after a question has come, an answer that was written beforehand.

use std::io;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

/// The answers, by model: what three advisors and a guardian that finds nothing
/// to mend would write.
const ANSWERS: [(&str, &str); 4] = [
    (
        "ada",
        "Gout.\n\n1. Start colchicine 0.5 mg\n2. Check creatinine\n3. Stop hydrochlorothiazide",
    ),
    ("ben", "Gout.\n\n1. Start colchicine\n2. Check uric acid"),
    (
        "cleo",
        "Gout.\n\n1. Colchicine 0.5 mg\n2. Stop hydrochlorothiazide",
    ),
    ("gus", "{\"edits\":[]}"),
];

/// Serves on a free port until the program ends; gives the base address.
pub async fn start(seconds: f64) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let answers: &'static [(Vec<u8>, Vec<u8>)] = Box::leak(answers().into_boxed_slice());
    let pause = Duration::from_secs_f64(seconds);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Whoever hangs up is done.
            tokio::spawn(async move { connection(stream, answers, pause).await.ok() });
        }
    });
    Ok(format!("http://{address}/v1"))
}

/// By what is looked for in a request, the whole answer.
fn answers() -> Vec<(Vec<u8>, Vec<u8>)> {
    ANSWERS
        .iter()
        .map(|(model, words)| {
            let body = json!({
                "id": "x", "object": "chat.completion", "created": 1, "model": model,
                "choices": [{"index": 0, "finish_reason": "stop",
                    "message": {"role": "assistant", "content": words}}],
                "usage": {"prompt_tokens": 1500, "completion_tokens": 60, "total_tokens": 1560},
            })
            .to_string();
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
                 content-length: {length}\r\n\r\n{body}"
            );
            (format!("\"model\":\"{model}\"").into(), answer.into())
        })
        .collect()
}

async fn connection(
    mut stream: TcpStream,
    answers: &[(Vec<u8>, Vec<u8>)],
    pause: Duration,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut bytes = Vec::with_capacity(4096);
    loop {
        bytes.clear();
        while !is_whole(&bytes) {
            if stream.read_buf(&mut bytes).await? == 0 {
                return Ok(());
            }
        }
        let due = Instant::now() + pause;
        let known = answers
            .iter()
            .find(|(model, _)| find(&bytes, model).is_some());
        let Some((_, answer)) = known else {
            // Is it there at all? That is all that is asked without a model.
            let none = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(none).await?;
            continue;
        };
        tokio::time::sleep_until(due).await;
        stream.write_all(answer).await?;
    }
}

/// Is a message here with its head and its body?
pub fn is_whole(bytes: &[u8]) -> bool {
    find(bytes, b"\r\n\r\n").is_some_and(|head| {
        let length = number_after(&bytes[..head], b"content-length: ").unwrap_or(0.0);
        bytes.len() >= head + 4 + length as usize
    })
}

/// Where a text begins.
pub fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    let first = *text.first()?;
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|&byte| byte == first) {
        from += at;
        if bytes[from..].starts_with(text) {
            return Some(from);
        }
        from += 1;
    }
    None
}

/// The number that follows a text.
pub fn number_after(bytes: &[u8], text: &[u8]) -> Option<f64> {
    let start = find(bytes, text)? + text.len();
    let digits = bytes[start..]
        .iter()
        .take_while(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'-' | b'+'))
        .count();
    std::str::from_utf8(&bytes[start..start + digits])
        .ok()?
        .parse()
        .ok()
}

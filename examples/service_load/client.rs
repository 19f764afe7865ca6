//! Asks consults over plain connections that are kept, and reads of an answer no
//! more than it needs.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::provider::{find, is_whole, number_after};

/// What came of one request.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// HTTP status.
    pub status: u16,
    /// Is it a complete answer, with all of its timings?
    pub complete: bool,
    /// Is there a `Retry-After`?
    pub retry_after: bool,
    /// From the first byte sent to the last one read.
    pub latency: f64,
    /// Seconds of the models along the critical path, as the service has them.
    pub models: f64,
    /// Seconds of the service's own clock, from the order to the answer.
    pub service: f64,
}

/// A connection to the service.
pub struct Client {
    stream: TcpStream,
    request: Vec<u8>,
    bytes: Vec<u8>,
}

impl Client {
    pub async fn connect(address: &str, key: &str, number: usize) -> io::Result<Client> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let body = format!(
            "{{\"question\":\"A 61-year-old man on hydrochlorothiazide with a red hot toe, \
             number {number}. May he take colchicine?\"}}"
        );
        let request = format!(
            "POST /v1/consults HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n\
             prefer: wait=60\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        Ok(Client {
            stream,
            request: request.into(),
            bytes: Vec::with_capacity(8192),
        })
    }

    /// Asks, and waits for the answer.
    pub async fn ask(&mut self) -> io::Result<Seen> {
        let began = Instant::now();
        self.stream.write_all(&self.request).await?;
        self.bytes.clear();
        while !is_whole(&self.bytes) {
            if self.stream.read_buf(&mut self.bytes).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let latency = began.elapsed().as_secs_f64();
        let bytes = &self.bytes;
        let number = |name: &str| number_after(bytes, format!("\"{name}\":").as_bytes());
        let (queued, deliberation) = (number("queued_seconds"), number("deliberation_seconds"));
        let models = number("models_seconds");
        let complete = find(bytes, b"\"outcome\":{\"state\":\"complete\"").is_some();
        Ok(Seen {
            status: number_after(bytes, b"HTTP/1.1 ").unwrap_or(0.0) as u16,
            complete: complete && deliberation.is_some() && models.is_some(),
            retry_after: find(bytes, b"retry-after: ").is_some(),
            latency,
            models: models.unwrap_or(0.0),
            service: queued.unwrap_or(0.0) + deliberation.unwrap_or(0.0),
        })
    }
}

/// What came of a load.
pub struct Load {
    /// Of each request that was answered.
    pub seen: Vec<Seen>,
    /// How many came to nothing at all.
    pub lost: usize,
    /// Most that were in flight at once.
    pub most: usize,
    /// How many were in flight at the last one's start.
    pub at_the_end: usize,
}

/// Asks so many a second, evenly, for a time, each over a connection that is
/// free or a new one. They are asked when it is their time, whether earlier
/// ones are answered or not: a service that falls behind is not spared.
pub async fn so_many_a_second(address: &str, key: &str, rate: f64, time: Duration) -> Load {
    let began = Instant::now();
    let count = (rate * time.as_secs_f64()) as usize;
    let free: Arc<Mutex<Vec<Client>>> = Arc::default();
    let in_flight = Arc::new(AtomicUsize::new(0));
    let (mut tasks, mut most) = (Vec::with_capacity(count), 0);
    for number in 0..count {
        tokio::time::sleep_until(began + Duration::from_secs_f64(number as f64 / rate)).await;
        most = most.max(in_flight.fetch_add(1, Ordering::Relaxed) + 1);
        let (address, key) = (address.to_owned(), key.to_owned());
        let (free, in_flight) = (Arc::clone(&free), Arc::clone(&in_flight));
        tasks.push(tokio::spawn(async move {
            let one = ask_once(&address, &key, number, &free).await;
            in_flight.fetch_sub(1, Ordering::Relaxed);
            match one {
                Ok(one) => (vec![one], 0),
                Err(_) => (Vec::new(), 1),
            }
        }));
    }
    let at_the_end = in_flight.load(Ordering::Relaxed);
    let (seen, lost) = gathered(tasks).await;
    Load {
        seen,
        lost,
        most,
        at_the_end,
    }
}

async fn ask_once(
    address: &str,
    key: &str,
    number: usize,
    free: &Mutex<Vec<Client>>,
) -> io::Result<Seen> {
    let kept = free.lock().ok().and_then(|mut free| free.pop());
    let mut client = match kept {
        Some(client) => client,
        None => Client::connect(address, key, number).await?,
    };
    let seen = client.ask().await?;
    if let Ok(mut free) = free.lock() {
        free.push(client);
    }
    Ok(seen)
}

/// Asks so many at once, with these keys in turn.
pub async fn all_at_once(address: &str, keys: &[String], count: usize) -> (Vec<Seen>, usize) {
    let mut clients = Vec::new();
    let mut lost = 0;
    for (number, key) in (0..count).zip(keys.iter().cycle()) {
        match Client::connect(address, key, number).await {
            Ok(client) => clients.push(client),
            Err(_) => lost += 1,
        }
    }
    let tasks = clients
        .into_iter()
        .map(|mut client| {
            tokio::spawn(async move {
                match client.ask().await {
                    Ok(one) => (vec![one], 0),
                    Err(_) => (Vec::new(), 1),
                }
            })
        })
        .collect();
    let (seen, more) = gathered(tasks).await;
    (seen, lost + more)
}

async fn gathered(tasks: Vec<tokio::task::JoinHandle<(Vec<Seen>, usize)>>) -> (Vec<Seen>, usize) {
    let (mut all, mut lost) = (Vec::new(), 0);
    for task in tasks {
        match task.await {
            Ok((seen, failed)) => {
                all.extend(seen);
                lost += failed;
            }
            Err(_) => lost += 1,
        }
    }
    (all, lost)
}

//! The same requests in the same order of dependence, by an HTTP client that
//! does nothing else: no prompts to write, no answers to read, no journal. All
//! its questions are drafts, of the size of a draft's prompt.

use std::time::Instant;

use futures::future::{join_all, try_join_all};
use serde_json::json;

use crate::Failure;
use crate::items::cases;
use crate::shape::Shapes;
use crate::usage::Figures;

#[tokio::main]
pub async fn run(address: &str, shapes: &str) -> Result<(), Failure> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(1_000)
        .build()?;
    let url = format!("{address}/chat/completions");
    let texts = cases()?;
    let shapes = Shapes::read(shapes)?;
    let started = Instant::now();
    let items = texts.iter().zip(shapes.0.clone()).map(|(case, steps)| {
        let (client, url) = (client.clone(), url.clone());
        let text = case.items[0].prompt.expose().to_owned();
        tokio::spawn(async move { item(&client, &url, &text, &steps).await })
    });
    for done in join_all(items).await {
        done??;
    }
    Figures::since(started, &shapes)?.print()
}

/// Step by step, so many requests at once.
async fn item(
    client: &reqwest::Client,
    url: &str,
    text: &str,
    steps: &[usize],
) -> Result<(), Failure> {
    let mut seed = 0;
    for &at_once in steps {
        let first = seed;
        seed += at_once;
        try_join_all((first..seed).map(|seed| post(client, url, text, seed))).await?;
    }
    Ok(())
}

async fn post(client: &reqwest::Client, url: &str, text: &str, seed: usize) -> Result<(), Failure> {
    let body = json!({
        "model": "sim-alpha",
        "seed": seed,
        "messages": [{"role": "user", "content": text}],
    });
    let answer = client.post(url).json(&body).send().await?;
    answer.error_for_status()?.bytes().await?;
    Ok(())
}

//! What the service promises under load, measured on the program itself.
//!
//! ```text
//! cargo build --release
//! cargo run --release --example service_load             # keeps nothing
//! cargo run --release --example service_load -- --audit  # keeps all, with its audit log
//! ```
//!
//! A thousand consults in flight before a provider that takes two seconds for
//! every call, evenly asked (those that wait for each other's answers would come
//! in bunches and measure their own queue): no request fails, the service holds less than 300 MB, and adds
//! less than 5 ms to what the models take, at the median. Then three times as
//! many at once as there are places: whoever is refused gets 429 with a time to
//! come back, whoever is not gets its answer. The exit code is 1 when a promise
//! was not kept.
//!
//! Provider and callers are this one process; `PRIMUM` names the program that
//! serves when it does not lie beside this one.

mod child;
mod client;
mod provider;

use std::process::ExitCode;
use std::time::Duration;

use child::Service;
use client::Seen;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Consults in flight: so many a second that there are as many when each takes
/// no longer than its calls.
const IN_FLIGHT: usize = 1_000;
/// For how long new ones are asked.
const TIME: Duration = Duration::from_secs(12);
/// Seconds that the provider takes for a call.
const CALL: f64 = 2.0;
/// Most memory, in MB.
const MOST_MB: f64 = 300.0;
/// Most seconds that the service adds at the median.
const MOST_ADDED: f64 = 0.005;

/// Places at work, and in the queue, in the second part.
const PLACES: (usize, usize) = (50, 50);

fn main() -> ExitCode {
    let audit = std::env::args().any(|arg| arg == "--audit");
    raise_open_files();
    match run(audit) {
        Ok(broken) if broken.is_empty() => {
            println!("\nevery promise was kept");
            ExitCode::SUCCESS
        }
        Ok(broken) => {
            for promise in broken {
                println!("\nNOT KEPT: {promise}");
            }
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Gives the promises that were not kept.
#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn run(audit: bool) -> Result<Vec<String>> {
    let provider = provider::start(CALL).await?;
    let mut broken = Vec::new();
    in_flight(&provider, audit, &mut broken).await?;
    admission(&provider, audit, &mut broken).await?;
    Ok(broken)
}

async fn in_flight(provider: &str, audit: bool, broken: &mut Vec<String>) -> Result<()> {
    // Each takes a little longer than its calls: a few more than a thousand.
    let running = (IN_FLIGHT * 2).to_string();
    let service = Service::start(provider, audit, &["--running", &running])?;
    let key = known(&service, "load").await?;
    let before = service.cpu_seconds()?;
    let rate = IN_FLIGHT as f64 / CALL;
    let load = client::so_many_a_second(&service.address, &key, rate, TIME).await;
    let cpu = service.cpu_seconds()? - before;
    let peak = service.peak_mb()?;
    let good = |one: &&Seen| one.status == 200 && one.complete;
    let finished: Vec<&Seen> = load.seen.iter().filter(good).collect();
    let failed = load.seen.len() - finished.len() + load.lost;
    let of = |figure: fn(&Seen) -> f64| -> Vec<f64> {
        let mut figures: Vec<f64> = finished.iter().map(|one| figure(one)).collect();
        figures.sort_by(f64::total_cmp);
        figures
    };
    let latency = of(|one| one.latency);
    let added = of(|one| one.latency - one.models);
    let own = of(|one| one.service - one.models);
    let kept = if audit { "audit" } else { "none" };
    println!("{rate} consults a second, {CALL} s per call, retention {kept}");
    println!("  in flight, at last   {:>9}", load.at_the_end);
    println!("  in flight, at most   {:>9}", load.most);
    println!("  consults finished    {:>9}", finished.len());
    println!("  failed requests      {failed:>9}");
    println!("                          median       p99");
    row("latency", "s", 1.0, &latency);
    row("beyond one call", "ms", 1e3, &of(|one| one.latency - CALL));
    row("added, to callers", "ms", 1e3, &added);
    row("added, own figure", "ms", 1e3, &own);
    println!("  peak memory          {peak:>9.0} MB");
    println!(
        "  CPU per consult      {:>9.2} ms",
        cpu * 1e3 / finished.len().max(1) as f64
    );
    if load.at_the_end < IN_FLIGHT {
        let seen = load.at_the_end;
        broken.push(format!("{seen} in flight at last, {IN_FLIGHT} wanted"));
    }
    if failed > 0 {
        broken.push(format!("{failed} requests failed"));
    }
    if peak >= MOST_MB {
        broken.push(format!("{peak:.0} MB of memory, {MOST_MB} promised"));
    }
    let median = at(&added, 0.5);
    if median >= MOST_ADDED {
        let added = median * 1e3;
        broken.push(format!(
            "{added:.1} ms added, {} promised",
            MOST_ADDED * 1e3
        ));
    }
    Ok(())
}

async fn admission(provider: &str, audit: bool, broken: &mut Vec<String>) -> Result<()> {
    let (running, queue) = PLACES;
    let places = running + queue;
    let (running, queue) = (running.to_string(), queue.to_string());
    let flags = ["--running", &running, "--queue", &queue];
    let service = Service::start(provider, audit, &flags)?;
    // One key may fill half of the queue, so that one alone never fills it.
    let mut keys = Vec::new();
    for name in ["one", "two", "three"] {
        keys.push(known(&service, name).await?);
    }
    let asked = 3 * places;
    let (seen, lost) = client::all_at_once(&service.address, &keys, asked).await;
    let count = |is: fn(&Seen) -> bool| seen.iter().filter(|one| is(one)).count();
    let answered = count(|one| one.status == 200 && one.complete);
    let refused = count(|one| one.status == 429);
    let told_when = count(|one| one.status == 429 && one.retry_after);
    println!("\n{asked} at once, {places} places");
    println!("  answered             {answered:>9}");
    println!("  refused              {refused:>9}");
    println!("  told when to return  {told_when:>9}");
    println!("  anything else        {:>9}", asked - answered - refused);
    if answered + refused != asked || lost > 0 {
        broken.push("a request got neither its answer nor 429".to_owned());
    }
    if told_when != refused {
        broken.push("429 without Retry-After".to_owned());
    }
    if answered < places {
        broken.push(format!("{answered} answers with {places} places"));
    }
    Ok(())
}

/// A key that the running service knows: it looks for new ones twice a second.
async fn known(service: &Service, name: &str) -> Result<String> {
    let key = service.key(name)?;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    Ok(key)
}

fn row(name: &str, unit: &str, scale: f64, sorted: &[f64]) {
    let (median, p99) = (at(sorted, 0.5) * scale, at(sorted, 0.99) * scale);
    println!("  {name:<20} {median:>9.2} {p99:>9.2} {unit}");
}

/// The value below which so large a share lies.
fn at(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1) as f64;
    sorted
        .get((last * share).round() as usize)
        .copied()
        .unwrap_or(f64::NAN)
}

/// Four thousand connections need as many open files.
fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if setrlimit(Resource::Nofile, raised).is_err() {
        eprintln!("the limit of open files could not be raised");
    }
}

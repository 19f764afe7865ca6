//! What the program itself costs: 100 items of ten calls each (5 drafts, 1
//! synthesis, 2 guardians in series, match, review) against a server that
//! answers after 200 ms. Nothing can be done in less than 1.2 s, the length of
//! the critical path. Beside it, the same 1,000 requests in the same order of
//! dependence by a bare HTTP client that does nothing with the answers.
//!
//! ```text
//! cargo run --release --example fanout
//! ```
//!
//! The server and each way of asking are processes of their own, so that CPU
//! time and memory are those of the asking alone; a first run, which is not
//! counted, makes the server ready. What it showed: `docs/performance.md`.

mod ask;
mod bare;
mod items;
mod server;
mod usage;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitCode, Stdio};

use usage::Figures;

pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Repeats of each way of asking; the median is shown.
const RUNS: usize = 5;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args[..] {
        [] => compare(RUNS),
        ["once"] => compare(1),
        ["serve"] => server::run(),
        ["primum", address] => ask::run(address),
        ["bare", address] => bare::run(address),
        _ => Err("usage: fanout [once]".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fanout: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs both ways of asking and shows their figures.
fn compare(runs: usize) -> Result<(), Failure> {
    println!(
        "1,000 calls after {} ms each, critical path 1.2 s, {} cores, median of {runs}",
        server::LATENCY.as_millis(),
        std::thread::available_parallelism()?
    );
    println!("{:16}{}", "", Figures::HEAD);
    let (mut server, address) = start_server()?;
    let shown = ["primum", "bare"]
        .into_iter()
        .try_for_each(|role| show(role, &address, runs));
    server.kill()?;
    server.wait()?;
    shown
}

/// One way of asking: its figures on a line.
fn show(role: &str, address: &str, runs: usize) -> Result<(), Failure> {
    let mut all = Vec::new();
    for _ in 0..=runs {
        let output = Command::new(std::env::current_exe()?)
            .args([role, address])
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(format!("{role}: {}", output.status).into());
        }
        all.push(Figures::read(&String::from_utf8(output.stdout)?)?);
    }
    // The first run made the server ready.
    println!("{role:16}{}", Figures::median(&mut all[1..])?);
    Ok(())
}

/// A server in a process of its own, and its address.
fn start_server() -> Result<(Child, String), Failure> {
    let mut server = Command::new(std::env::current_exe()?)
        .arg("serve")
        .stdout(Stdio::piped())
        .spawn()?;
    let mut address = String::new();
    let out = server.stdout.take().ok_or("no output")?;
    BufReader::new(out).read_line(&mut address)?;
    Ok((server, address.trim().to_owned()))
}

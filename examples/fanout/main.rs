//! What the program itself costs: 100 items (5 drafts, 1 synthesis, 2 guardians
//! in series whose edits are checked, match, review) against a server that answers
//! after 200 ms. How many calls that is, and how many in a row, follows from the
//! panel and from what the models say; it is counted and printed, with the length
//! of the critical path, which nothing can be faster than. Beside it, the same
//! requests in the same order of dependence by a bare HTTP client that does nothing
//! with the answers.
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
mod shape;
mod usage;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitCode, Stdio};

use server::LATENCY;
use shape::Shapes;
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
        ["primum", address, shapes] => ask::run(address, shapes),
        ["bare", address, shapes] => bare::run(address, shapes),
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
    let folder = tempfile::tempdir()?;
    let shapes = folder.path().join("shapes.json").display().to_string();
    let (mut server, address) = start_server()?;
    let shown = measure(&address, &shapes, runs);
    server.kill()?;
    server.wait()?;
    shown
}

fn measure(address: &str, shapes: &str, runs: usize) -> Result<(), Failure> {
    // It makes the server ready and shows what is asked.
    run("primum", address, shapes)?;
    let asked = Shapes::read(shapes)?;
    println!(
        "{} items, {} calls after {} ms each, up to {} in a row: critical path {:.1} s; {} cores, \
         median of {runs}",
        asked.0.len(),
        asked.calls(),
        LATENCY.as_millis(),
        asked.in_a_row(),
        asked.critical_path(LATENCY).as_secs_f64(),
        std::thread::available_parallelism()?
    );
    println!("{:16}{}", "", Figures::HEAD);
    for role in ["primum", "bare"] {
        run(role, address, shapes)?;
        let mut all = (0..runs)
            .map(|_| run(role, address, shapes))
            .collect::<Result<Vec<_>, _>>()?;
        println!("{role:16}{}", Figures::median(&mut all)?);
    }
    Ok(())
}

/// One way of asking, once, in a process of its own.
fn run(role: &str, address: &str, shapes: &str) -> Result<Figures, Failure> {
    let output = Command::new(std::env::current_exe()?)
        .args([role, address, shapes])
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("{role}: {}", output.status).into());
    }
    Figures::read(&String::from_utf8(output.stdout)?)
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

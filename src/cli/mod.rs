//! The command line: what a person touches.
//!
//! What lives here: flags, terminals, signals, environment variables, exit
//! codes. A command reads what was typed, calls the layers below, and prints.
//! What may not: rules of the benchmark, calls to models, arithmetic.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::filter::{LevelFilter, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

mod access;
mod asking;
mod audit;
mod bench;
mod cases;
mod consult;
mod consult_question;
mod consult_view;
mod exit;
mod explain;
mod judge;
mod judges;
mod keys;
mod mend;
mod panel;
mod panel_probe;
mod power;
mod progress;
mod providers;
mod report;
mod run_estimate;
mod run_panels;
mod run_source;
mod runs;
mod score;
mod score_answers;
mod score_judged;
mod search;
mod search_panel;
mod serve;
mod serve_process;
mod session;
mod setup;
mod simulate;
mod stored;
mod troubles;
mod verify;

pub use exit::{Exit, Failure};

/// A panel of unlike LLM agents answers clinical consults; the NOHARM benchmark
/// measures whether it harms less than its members alone.
#[derive(Parser, Debug)]
#[command(name = "primum", version, after_help = exit::HELP, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Compare panels with their members alone, on cases with a rubric
    Bench(bench::BenchArgs),
    // The help of these stands at their arguments, in two lengths.
    Consult(consult::ConsultArgs),
    Explain(explain::ExplainArgs),
    Report(report::ReportArgs),
    Verify(verify::VerifyArgs),
    Power(power::PowerArgs),
    Search(search::SearchArgs),
    Score(score::ScoreArgs),
    /// Look at judges: hold their verdicts against known ones
    #[command(subcommand)]
    Judge(judge::JudgeCommand),
    Mend(mend::MendArgs),
    /// List the runs in a folder
    Runs(runs::RunsArgs),
    /// Look at cases: check their files, list what there is
    #[command(subcommand)]
    Cases(cases::CasesCommand),
    /// Look at panels: check their files, show them, probe their models
    #[command(subcommand)]
    Panel(panel::PanelCommand),
    Serve(serve::ServeArgs),
    /// The consult service's keys: make, list and revoke them
    #[command(subcommand)]
    Keys(access::KeysCommand),
    /// The audit log: check it, write it out, purge old texts
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Serve simulated models over HTTP, for trying things out and for tests
    Simulate(simulate::SimulateArgs),
}

/// Parses the command line and does what it says.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // A service says what it does; other commands only when they are asked to.
    start_tracing(matches!(cli.command, Command::Serve(_)).then_some("info"));
    if matches!(
        cli.command,
        Command::Bench(_) | Command::Consult(_) | Command::Score(_) | Command::Judge(_)
    ) {
        serve_process::raise_open_files();
    }
    let done = match cli.command {
        Command::Bench(args) => bench::main(args),
        Command::Consult(args) => consult::main(&args),
        Command::Explain(args) => explain::main(&args),
        Command::Report(args) => report::main(&args),
        Command::Verify(args) => verify::main(&args),
        Command::Power(args) => power::main(&args),
        Command::Search(args) => search::main(&args),
        Command::Score(args) => score::main(&args),
        Command::Judge(command) => judge::main(&command),
        Command::Mend(args) => mend::main(&args),
        Command::Runs(args) => runs::main(&args),
        Command::Cases(command) => cases::main(&command),
        Command::Panel(command) => panel::main(&command),
        Command::Serve(args) => serve::main(&args),
        Command::Keys(command) => access::main(&command),
        Command::Audit(command) => audit::main(&command),
        Command::Simulate(args) => simulate::main(&args),
    };
    match done {
        Ok(exit) => exit.into(),
        Err(failure) => {
            eprintln!("{}", failure.message.trim_end());
            failure.exit.into()
        }
    }
}

/// Events go to stderr when `PRIMUM_LOG` asks for them: a level (`PRIMUM_LOG=debug`),
/// or modules with theirs (`PRIMUM_LOG=info,primum::gateway=trace`).
/// async-openai logs whole bodies when it cannot decode one, so it is always off,
/// also where one of its modules is asked for by name.
fn start_tracing(unasked: Option<&str>) {
    let asked = std::env::var("PRIMUM_LOG").ok();
    let Some(wanted) = asked.as_deref().or(unasked) else {
        return;
    };
    let filter = wanted
        .parse()
        .unwrap_or_else(|_| Targets::new().with_default(LevelFilter::INFO));
    let ours = filter_fn(|of| !of.target().starts_with("async_openai"));
    // A service's events mostly go to a journal or a file.
    let coloured = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(std::io::stderr)
        .with_ansi(coloured)
        .finish()
        .with(filter)
        .with(ours)
        .init();
}

/// Prints to stdout; a reader that has gone (`| head`) is no error.
fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    match out
        .write_all(text.as_bytes())
        .and_then(|()| {
            if text.ends_with('\n') {
                Ok(())
            } else {
                out.write_all(b"\n")
            }
        })
        .and_then(|()| out.flush())
    {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::usage(format!("cannot write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}

/// Columns of the terminal behind stdout; `None` where it is none.
fn stdout_width() -> Option<u16> {
    console::Term::stdout()
        .size_checked()
        .map(|(_, columns)| columns)
}

/// A runtime for commands that talk to others.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::usage(format!("cannot start the async runtime: {error}")))?;
    runtime.block_on(async { survive_limits() });
    Ok(runtime)
}

/// A file that may not grow any more (`ulimit -f`) is an error to be told, as a
/// full disk is, and no end without a word.
fn survive_limits() {
    use tokio::signal::unix::{SignalKind, signal};
    let too_large = rustix::process::Signal::XFSZ.as_raw();
    // The handler stays. Without it nothing is lost but the words.
    let _ = signal(SignalKind::from_raw(too_large));
}

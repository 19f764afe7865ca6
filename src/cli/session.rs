//! What every command shares that asks models and can be continued: its folder
//! and database, the question before money is spent, the live view, Ctrl-C.

use crate::clinical::Simulated;
use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::bench::meta::RunState;
use crate::bench::run::RunEnd;
use crate::bench::{self, Progress, RunMeta, Work};
use crate::gateway::journal::{Journal, system_clock};
use crate::gateway::{CallError, FailureKind, Gateway, JournalError};
use crate::panel::model::Provider;

use super::progress::View;
use super::runs::{self, DATABASE, RUNS};
use super::troubles::Teller;
use super::{Exit, Failure, providers};

/// How long an interrupted run waits for calls in flight.
const GRACE: Duration = Duration::from_millis(1_500);

/// The run folder: as asked for, or an unfinished run of the same things, or a
/// new one that begins with `name`.
pub fn folder(
    out: Option<&Path>,
    new: bool,
    name: &str,
    meta: &RunMeta,
) -> Result<PathBuf, Failure> {
    if let Some(out) = out {
        return Ok(out.to_owned());
    }
    let runs = Path::new(RUNS);
    if !new && let Some(folder) = runs::unfinished(runs, meta) {
        return Ok(folder);
    }
    let stamp = jiff::Timestamp::now()
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string();
    let base = format!("{name}-{stamp}");
    // Two runs that begin in the same second get two folders.
    (0..100)
        .map(|n| match n {
            0 => runs.join(&base),
            n => runs.join(format!("{base}-{n}")),
        })
        .find(|folder| !folder.exists())
        .ok_or_else(|| Failure::usage(format!("{} is full of runs of this second", runs.display())))
}

/// Opens the run's database and makes sure that it is this run's.
pub fn open(out: &Path, meta: &RunMeta) -> Result<Journal, Failure> {
    let strange = !out.join(DATABASE).exists()
        && std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some());
    if strange {
        return Err(Failure::usage(format!(
            "{} is not empty and holds no run: name another folder with --out",
            out.display()
        )));
    }
    std::fs::create_dir_all(out)
        .map_err(|error| Failure::usage(format!("cannot create {}: {error}", out.display())))?;
    let journal = Journal::open(&out.join(DATABASE), system_clock).map_err(|error| {
        let said = format!("{}: {error}\nNothing was changed.", out.display());
        match error {
            // The other process's run is whole; only the moment is wrong.
            JournalError::Locked { .. } => Failure::usage(said),
            _ => Failure::data(format!(
                "{said} To start anew, name another folder with --out."
            )),
        }
    })?;
    let known = runs::meta(&journal)
        .map_err(|error| Failure::data(format!("{}: {error}", out.display())))?;
    if let Some(known) = known {
        let differences = known.differences(meta);
        if !differences.is_empty() {
            return Err(Failure::usage(format!(
                "{} holds another run:\n  {}\nName another folder with --out, or leave it out.",
                out.display(),
                differences.join("\n  ")
            )));
        }
    }
    Ok(journal)
}

/// Says where the run is kept, and what is there already.
pub fn say_where(out: &Path, journal: &Journal) {
    match journal.calls_count() {
        0 => eprintln!("run folder: {}", out.display()),
        calls => eprintln!(
            "run folder: {} (continued: {calls} calls are in its journal and are not bought again)",
            out.display()
        ),
    }
}

/// Asks before money is spent.
pub fn confirm(yes: bool, providers: &BTreeMap<String, Provider>) -> Result<(), Failure> {
    let nobody = "this run asks real providers and may cost money: add --yes to go on, or \
                  --dry-run to see the plan only";
    confirm_or(yes, providers, true, nobody)
}

/// Asks before money is spent; says `nobody` where there is nobody to ask.
/// `stdin_is_free`: nothing else was read from it.
pub fn confirm_or(
    yes: bool,
    providers: &BTreeMap<String, Provider>,
    stdin_is_free: bool,
    nobody: &str,
) -> Result<(), Failure> {
    if yes || !providers::cost_money(providers) {
        return Ok(());
    }
    if !stdin_is_free || !std::io::stdin().is_terminal() {
        return Err(Failure::usage(nobody));
    }
    eprint!("This asks real providers. Go on? [y/N] ");
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    let _ = std::io::stdin().lock().read_line(&mut answer);
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(Failure::usage("nothing was sent"))
    }
}

/// What is known of a run before it begins, for its live view.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Calls, roughly.
    pub calls: usize,
    /// Which parts are simulated.
    pub simulated: Simulated,
    /// Is a live view wanted?
    pub shown: bool,
}

/// Works until all is done or somebody interrupts; the second value tells
/// which.
pub async fn drive<W: Work>(
    work: &Arc<W>,
    gateway: &Gateway,
    journal: &Journal,
    width: usize,
    expected: Expected,
) -> Result<(RunEnd, bool), Failure> {
    let progress = Arc::new(Progress::default());
    let tasks = work.tasks().len();
    let view = expected.shown.then(|| {
        View::new(
            gateway.clone(),
            progress.clone(),
            expected.calls,
            tasks,
            expected.simulated,
        )
    });
    let run = bench::run(
        work.clone(),
        gateway.clone(),
        journal.clone(),
        progress.clone(),
        width,
    );
    tokio::pin!(run);
    let failed = |error| Failure::data(format!("the run cannot go on: {error}"));
    let show = async {
        match &view {
            Some(view) => view.show().await,
            None => std::future::pending().await,
        }
    };
    let teller = Teller::default();
    let say = |line: &str| {
        if let Some(view) = &view {
            view.say(line);
        }
    };
    let tell = teller.watch(gateway, say);
    tokio::select! {
        end = &mut run => {
            teller.rest(gateway, say);
            return Ok((end.map_err(failed)?, false));
        }
        () = show => {}
        () = tell => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    gateway.stop("interrupted");
    eprintln!("interrupted: finishing what is in flight; once more ends at once");
    // All that counts is in the journal, so a second Ctrl-C needs no goodbye.
    tokio::spawn(async {
        let _ = tokio::signal::ctrl_c().await;
        std::process::exit(130);
    });
    let end = match tokio::time::timeout(GRACE, &mut run).await {
        Ok(end) => end.map_err(failed)?,
        Err(_) => RunEnd::default(),
    };
    Ok((end, true))
}

/// Notes how far the run came.
pub async fn save_state(journal: &Journal, meta: &RunMeta, state: RunState) -> Result<(), Failure> {
    let meta = RunMeta {
        state,
        ..meta.clone()
    };
    let text = serde_json::to_string(&meta).map_err(Failure::data)?;
    journal
        .meta_set(RunMeta::KEY, &text)
        .await
        .map_err(Failure::data)
}

/// The exit code of a run.
pub fn exit(complete: bool, stopped: Option<&CallError>, interrupted: bool) -> Exit {
    // Requests that are refused for what the panel says stop a run as well.
    let by_provider = stopped.is_some_and(|error| {
        bench::item::HALTING.contains(&error.kind) || error.kind == FailureKind::BadRequest
    });
    if interrupted {
        Exit::Interrupted
    } else if by_provider {
        Exit::Provider
    } else if complete {
        Exit::Done
    } else {
        Exit::Partial
    }
}

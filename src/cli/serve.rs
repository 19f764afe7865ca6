//! `primum serve`: panels as a service.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tracing::{info, warn};

use crate::access::{self, Clock, KeyStore};
use crate::audit::Audit;
use crate::gateway::journal::system_clock;
use crate::gateway::{Circuit, Doors};
use crate::panel::model::{Provider, Retention, Task};
use crate::panel::{self, Wanted};
use crate::serve::{Access, Limits, Served, Service, ServiceConfig, http};

use super::serve_process as process;
use super::{Exit, Failure, cases, consult, keys, panel as panels, providers, runtime};

/// For `--help`.
const HELP: &str = "\
Keys: make one with `primum keys add NAME --scope consult`. Keys and what is kept
lie in PRIMUM_HOME. TLS is the reverse proxy's. Events go to stderr; PRIMUM_LOG
sets their level. None of them holds a word of a question or an answer.

SIGTERM and Ctrl-C drain: no new consults, those at work go on for
--drain-seconds.

Exit codes:
  0    stopped in good order
  2    usage or configuration
  4    the address cannot be listened at
  5    bad data: the store of keys or of consults cannot be read

Primum is a research tool and no medical device.";

/// Serve panels over HTTP: a page, an API, OpenAI's shape, the leaderboard's.
///
/// What was benchmarked is what answers. The panel says in its service table
/// what remains of a consult: nothing (the default), or question, answer and an
/// audit log.
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub struct ServeArgs {
    /// Panel files; the first one answers where none is named
    #[arg(required = true)]
    panels: Vec<PathBuf>,
    /// Address and port; port 0 takes a free one, which is printed
    #[arg(long, default_value = "127.0.0.1:8710")]
    listen: SocketAddr,
    /// Ask nobody for a key; only on a loopback address. Requests then need the
    /// header `Primum-Request: 1`
    #[arg(long)]
    no_keys: bool,
    /// A further name under which the service is reached, such as the reverse
    /// proxy's; may be given several times
    #[arg(long = "host", value_name = "NAME", value_parser = host_name)]
    hosts: Vec<String>,
    /// Consults at work at once
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = at_least::<1>)]
    running: usize,
    /// Consults that wait; more are refused with 429
    #[arg(long, value_name = "N", default_value_t = 256)]
    queue: usize,
    /// Most bytes of a request's body
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 20, value_parser = at_least::<1024>)]
    body_limit: usize,
    /// How long consults at work may go on after SIGTERM
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    drain_seconds: u64,
    /// Purge what is kept of consults older than this; for ever if absent
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    keep_days: Option<u32>,
    /// Cases that simulated models know
    #[arg(long, default_value = "cases/demo")]
    cases: PathBuf,
}

/// A number with a least value.
fn at_least<const LEAST: usize>(text: &str) -> Result<usize, String> {
    let number: usize = text.parse().map_err(|_| "not a whole number".to_owned())?;
    match number >= LEAST {
        true => Ok(number),
        false => Err(format!("it must be {LEAST} or more")),
    }
}

/// A name as it stands in a Host header, without scheme, port and path.
fn host_name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    match !text.is_empty() && text.chars().all(fits) {
        true => Ok(text.to_ascii_lowercase()),
        false => Err("give the bare name, such as consult.example".to_owned()),
    }
}

/// Everything that is read before anything is started.
struct Setup {
    panels: Vec<Served>,
    providers: BTreeMap<String, Provider>,
    clock: Clock,
    access: Access,
    audit: Option<Audit>,
}

/// Runs the command.
pub fn main(args: &ServeArgs) -> Result<Exit, Failure> {
    if args.no_keys && !args.listen.ip().is_loopback() {
        return Err(Failure::usage(format!(
            "--no-keys is for loopback addresses only, and {} is none: listen at 127.0.0.1, or \
             leave --no-keys out and make keys with `primum keys add`",
            args.listen.ip()
        )));
    }
    process::panics_without_words();
    process::no_core_dumps();
    process::raise_open_files();
    let setup = read(args)?;
    runtime()?.block_on(run(args, setup))
}

fn read(args: &ServeArgs) -> Result<Setup, Failure> {
    let mut served: Vec<Served> = Vec::new();
    let mut all: BTreeMap<String, Provider> = BTreeMap::new();
    for file in &args.panels {
        let (panel, providers) = load(file)?;
        if served.iter().any(|known| known.name == panel.name) {
            return Err(Failure::usage(format!(
                "two panels are named \"{}\": give one of them another name",
                panel.name
            )));
        }
        for (name, provider) in providers {
            match all.get(&name) {
                Some(known) if *known != provider => {
                    return Err(Failure::usage(format!(
                        "provider \"{name}\" means different things in these panels: rename it \
                         in one of them, or make both the same"
                    )));
                }
                _ => all.insert(name, provider),
            };
        }
        served.push(panel);
    }
    let clock: Clock = Arc::new(system_clock);
    let keeps = served
        .iter()
        .any(|panel| panel.retention == Retention::Audit);
    let home = access::home(std::env::var_os("PRIMUM_HOME")).map_err(Failure::usage)?;
    let path = home.join(access::KEYS_FILE);
    // Without keys the file is only looked at when it is there.
    let store = match args.no_keys && !path.exists() {
        true => None,
        false => Some(KeyStore::open(&path, Arc::clone(&clock)).map_err(Failure::data)?),
    };
    let access = match (args.no_keys, store) {
        (true, store) => Access::Off(store),
        (false, Some(store)) => Access::Keys(store),
        (false, None) => return Err(Failure::data("the store of keys cannot be opened")),
    };
    let path = home.join(crate::audit::DATABASE);
    // What was kept before is purged in time, whatever the panels say today.
    let keeps = keeps || (args.keep_days.is_some() && path.exists());
    let audit = match keeps {
        false => None,
        true => Some(Audit::open(&path, Arc::clone(&clock)).map_err(Failure::data)?),
    };
    Ok(Setup {
        panels: served,
        providers: all,
        clock,
        access,
        audit,
    })
}

/// A panel for the tasks that its file can be read for, and the providers that
/// may be asked.
fn load(file: &Path) -> Result<(Served, BTreeMap<String, Provider>), Failure> {
    let own = panels::load(file)?.panel;
    let providers = consult::answering(&own);
    let (plan, options) = match own.task {
        Task::Options => (None, Some(own)),
        Task::Plan => {
            let wanted = Wanted {
                task: Some(Task::Options),
                protocol: None,
            };
            let options = panel::load_for(file, wanted).ok();
            (Some(own), options.map(|loaded| loaded.panel))
        }
    };
    let served = Served::new(plan, options)
        .ok_or_else(|| Failure::usage(format!("{}: no panel", file.display())))?;
    if served.retention == Retention::None && !served.may_keep.is_empty() {
        return Err(Failure::usage(format!(
            "{}: panel \"{}\" keeps nothing, but it does not say so of: {}. Write keeps_nothing \
             = true at each of these providers if your agreement with it says that it stores \
             nothing of what it is sent, or write [service] retention = \"audit\"",
            file.display(),
            served.name,
            served.may_keep.join(", ")
        )));
    }
    Ok((served, providers))
}

async fn run(args: &ServeArgs, setup: Setup) -> Result<Exit, Failure> {
    process::survive_a_file_size_limit();
    let stop = process::told_to_stop()?;
    let simulated = setup.providers.values().any(consult::is_simulated);
    let set = simulated.then(|| cases::load(&args.cases)).transpose()?;
    let known = set.as_ref().map_or(&[][..], |set| &set.cases);
    let secrets = keys::collect(setup.providers.values())?;
    let (providers, _simulators) = providers::start_simulators(&setup.providers, known).await?;
    let doors = Doors::new(providers, secrets, Circuit::service()).map_err(Failure::usage)?;
    let listener = tokio::net::TcpListener::bind(args.listen)
        .await
        .map_err(|error| {
            let words = format!("cannot listen at {}: {error}", args.listen);
            Failure::new(Exit::Provider, words)
        })?;
    if let Some(audit) = &setup.audit {
        let cut_off = audit.interrupt_running().await.map_err(Failure::data)?;
        if cut_off > 0 {
            warn!(consults = cut_off, "consults that an earlier stop cut off");
        }
    }
    let service = Service::new(ServiceConfig {
        audit: setup.audit.clone(),
        hosts: args.hosts.clone(),
        limits: Limits {
            running: args.running,
            queued: args.queue,
            body_bytes: args.body_limit,
            drain: Duration::from_secs(args.drain_seconds),
            ..Limits::default()
        },
        ..ServiceConfig::new(
            setup.panels,
            doors,
            setup.access.clone(),
            Arc::clone(&setup.clock),
        )
    });
    tell(args, &service, &listener, simulated)?;
    refresh_keys(&setup.access);
    purge_by_age(args.keep_days, setup.audit, Arc::clone(&setup.clock));
    http::server::serve(listener, service, stop)
        .await
        .map_err(|error| Failure::new(Exit::Provider, format!("the service ended: {error}")))?;
    Ok(Exit::Done)
}

/// What a person who starts it must know.
fn tell(
    args: &ServeArgs,
    service: &Service,
    listener: &tokio::net::TcpListener,
    simulated: bool,
) -> Result<(), Failure> {
    let address = listener.local_addr().map_err(Failure::usage)?;
    for panel in service.panels() {
        let keeps = match panel.retention {
            Retention::None => "keeps nothing",
            Retention::Audit => "keeps question, answer and an audit log",
        };
        let mark = Some(panel.simulated.mark()).filter(|mark| !mark.is_empty());
        let told: Vec<String> = mark.into_iter().chain(panel.caveats.clone()).collect();
        let told = told.iter().map(|it| format!("; {it}")).collect::<String>();
        eprintln!("panel {}: {keeps}{told}", panel.name);
    }
    if simulated {
        eprintln!(
            "simulated models know the cases of {} and nothing else",
            args.cases.display()
        );
    }
    if !address.ip().is_loopback() {
        eprintln!(
            "WARNING: {address} can be reached from other machines, and nothing is encrypted here: \
             keys and patients' text travel in clear unless a reverse proxy with TLS stands before it"
        );
    }
    match service.access() {
        Access::Off(_) => eprintln!("keys are off: whoever is on this machine may ask"),
        Access::Keys(store) => {
            if store.list().map_err(Failure::data)?.is_empty() {
                eprintln!("there are no keys yet: primum keys add NAME --scope consult");
            }
        }
    }
    eprintln!("Primum is a research tool and no medical device.");
    eprintln!("listening on http://{address}");
    Ok(())
}

/// Brings in keys that another process made or revoked, within half a second.
fn refresh_keys(access: &Access) {
    let (Access::Keys(store) | Access::Off(Some(store))) = access else {
        return;
    };
    let store = store.clone();
    tokio::spawn(async move {
        let mut every = tokio::time::interval(Duration::from_millis(500));
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            let store = store.clone();
            let read = tokio::task::spawn_blocking(move || store.refresh()).await;
            if let Ok(Err(error)) = read {
                warn!(%error, "the keys could not be read again");
            }
        }
    });
}

/// Purges what is older than its time, at the start and every hour. A wall clock
/// that ran ahead of the time that has gone by is not believed: what it would
/// purge could not be brought back.
fn purge_by_age(days: Option<u32>, audit: Option<Audit>, clock: Clock) {
    const DAY: u64 = 86_400_000;
    let (Some(days), Some(audit)) = (days, audit) else {
        return;
    };
    tokio::spawn(async move {
        let (began, wall) = (tokio::time::Instant::now(), clock());
        let mut every = tokio::time::interval(Duration::from_secs(3_600));
        loop {
            every.tick().await;
            let gone_by = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            if clock() > wall.saturating_add(gone_by).saturating_add(DAY) {
                warn!("the clock jumped ahead: nothing is purged until the service starts anew");
                continue;
            }
            let before = clock().saturating_sub(u64::from(days) * DAY);
            match audit.purge(before).await {
                Ok(0) => {}
                Ok(consults) => info!(consults, "purged by age"),
                Err(error) => warn!(%error, "consults could not be purged"),
            }
        }
    });
}

//! `primum keys`: who may ask the service.

use std::collections::BTreeSet;
use std::sync::Arc;

use clap::{Subcommand, ValueEnum};
use comfy_table::ColumnConstraint;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use secrecy::ExposeSecret;
use serde::Serialize;

use crate::access::{AccessError, Clock, KEYS_FILE, KeyRecord, KeyStore, NewKey, Scope, home};
use crate::gateway::journal::system_clock;
use crate::panel::suggest;

use super::{Exit, Failure, print};

/// What to do with the service's keys.
#[derive(Subcommand, Debug)]
pub enum KeysCommand {
    // The help of these stands at their arguments, in two lengths.
    Add(AddArgs),
    List(ListArgs),
    Revoke(RevokeArgs),
}

/// Make a key for the consult service, and show it once.
///
/// The key is the last line of stdout and is kept nowhere: the service's file
/// (keys.sqlite in the folder PRIMUM_HOME, or primum in your data folder) holds
/// only its hash. A running service knows the key within a second.
///
/// A key sees its own consults only, and those of the keys that it reviews.
#[derive(clap::Args, Debug)]
pub struct AddArgs {
    /// Name of the key: lower-case letters, digits and hyphens; never used twice
    name: String,
    /// What the key may do; several with commas between
    ///
    /// consult: ask, and watch, fetch and cancel its own consults.
    /// read: list its own consults, and read those of the keys it reviews.
    /// release: release or reject answers, its own or reviewed ones, in the
    /// name of --person.
    /// admin: read the service's metrics; no consults.
    #[arg(
        long,
        value_name = "SCOPES",
        value_delimiter = ',',
        required = true,
        verbatim_doc_comment
    )]
    scope: Vec<String>,
    /// Whose key it is, such as "Dr Jane Roe"; scope release needs it
    #[arg(long, value_name = "NAME")]
    person: Option<String>,
    /// Requests in any minute at most, 1 to 10000 [default: no limit]
    #[arg(long, value_name = "N")]
    per_minute: Option<u32>,
    /// US dollars in a UTC day at most [default: no limit]
    #[arg(long, value_name = "X", allow_hyphen_values = true)]
    usd_per_day: Option<f64>,
    /// How long it is good: 90d, 12h, or a last day such as 2027-01-31 (UTC)
    /// [default: until it is revoked]
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    expires: Option<String>,
    /// none: nothing of what is asked with it is kept, whatever the panel says
    #[arg(long, value_name = "MODE")]
    retention: Option<KeyRetention>,
    /// Key whose consults this one may read and release; may be given several
    /// times
    #[arg(long, value_name = "KEY")]
    reviews: Vec<String>,
}

/// A key can only keep less than its panel.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum KeyRetention {
    None,
}

/// List the service's keys: what they may do, their limits, their state.
#[derive(clap::Args, Debug)]
pub struct ListArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Revoke a key for good. A running service refuses it within a second.
#[derive(clap::Args, Debug)]
pub struct RevokeArgs {
    /// Name or id of the key
    name: String,
}

/// Runs the command.
pub fn main(command: &KeysCommand) -> Result<Exit, Failure> {
    match command {
        KeysCommand::Add(args) => add(args),
        KeysCommand::List(args) => list(args),
        KeysCommand::Revoke(args) => revoke(args),
    }
}

/// The keys in the service's folder.
fn open() -> Result<KeyStore, Failure> {
    let folder = home(std::env::var_os("PRIMUM_HOME")).map_err(failure)?;
    let clock: Clock = Arc::new(system_clock);
    KeyStore::open(&folder.join(KEYS_FILE), clock).map_err(failure)
}

fn failure(error: AccessError) -> Failure {
    let exit = match error {
        AccessError::Foreign { .. } | AccessError::Damaged { .. } | AccessError::Newer { .. } => {
            Exit::Data
        }
        _ => Exit::Usage,
    };
    Failure::new(exit, error)
}

fn add(args: &AddArgs) -> Result<Exit, Failure> {
    let now = system_clock();
    let new = NewKey {
        name: args.name.clone(),
        person: args.person.clone(),
        scopes: scopes(&args.scope)?,
        per_minute: args.per_minute,
        usd_per_day: args.usd_per_day,
        retention_none: matches!(args.retention, Some(KeyRetention::None)),
        reviews: args.reviews.clone(),
        expires_at: args
            .expires
            .as_deref()
            .map(|when| expiry(when, now))
            .transpose()?,
    };
    let store = open()?;
    let (key, text) = store.add(new).map_err(|error| refused(&store, error))?;
    eprintln!(
        "key `{}` ({}) made: {}.\nIt is shown once and kept nowhere; give it to its holder by a \
         safe way.",
        key.name,
        key.id,
        joined(key.scopes.iter().map(|scope| scope.as_str()), ", "),
    );
    print(text.expose_secret())?;
    Ok(Exit::Done)
}

/// In words that say what to type instead.
fn refused(store: &KeyStore, error: AccessError) -> Failure {
    let advice = match &error {
        AccessError::PersonNeeded => "give --person \"Dr Jane Roe\"".to_owned(),
        AccessError::UnknownReviewed { name } => {
            let keys = store.list().unwrap_or_default();
            suggest::help(name, keys.iter().map(|key| key.name.as_str()), "keys")
        }
        AccessError::NameInUse { revoked: false, .. } => {
            "take another name, or revoke that key and take another name".to_owned()
        }
        _ => return failure(error),
    };
    Failure::usage(format!("{error}\n{advice}"))
}

fn scopes(words: &[String]) -> Result<BTreeSet<Scope>, Failure> {
    let known = Scope::ALL.map(Scope::as_str);
    let scopes: Result<_, Failure> = words
        .iter()
        .map(|word| word.trim())
        .filter(|word| !word.is_empty())
        .map(|word| {
            Scope::named(word).ok_or_else(|| {
                let help = suggest::help(word, known, "scopes");
                Failure::usage(format!("there is no scope {word:?}; {help}"))
            })
        })
        .collect();
    scopes
}

/// When a key ends, in milliseconds since 1970: so many days or hours from now,
/// or the end of a day.
fn expiry(when: &str, now: u64) -> Result<u64, Failure> {
    let unclear = || {
        Failure::usage(format!(
            "--expires {when:?} is no time: give days or hours from now (90d, 12h), or the last \
             day on which the key is good (2027-01-31)"
        ))
    };
    let when = when.trim();
    let span = [("d", 86_400_000), ("h", 3_600_000)]
        .into_iter()
        .find_map(|(unit, length)| Some((when.strip_suffix(unit)?, length)));
    let end = match span {
        Some((count, length)) => {
            if count.is_empty() || !count.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(unclear());
            }
            let count: u64 = count.parse().map_err(|_| unclear())?;
            count
                .checked_mul(length)
                .and_then(|span| now.checked_add(span))
        }
        None => {
            let day: Date = when.parse().map_err(|_| unclear())?;
            day.checked_add(1.day())
                .and_then(|next| TimeZone::UTC.to_timestamp(next.at(0, 0, 0, 0)))
                .ok()
                .map(|end| u64::try_from(end.as_millisecond()).unwrap_or(0))
        }
    };
    // Beyond what can be written as a date.
    let end = end.filter(|end| time(*end).is_some()).ok_or_else(unclear)?;
    if end <= now {
        return Err(Failure::usage(format!(
            "--expires {when} is in the past: the key would never be good"
        )));
    }
    Ok(end)
}

/// One key as JSON.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    name: &'a str,
    person: Option<&'a str>,
    scopes: Vec<Scope>,
    per_minute: Option<u32>,
    usd_per_day: Option<f64>,
    usd_today: f64,
    retention: Option<&'static str>,
    /// Names.
    reviews: Vec<&'a str>,
    state: &'static str,
    created_at: Option<String>,
    expires_at: Option<String>,
    revoked_at: Option<String>,
}

fn list(args: &ListArgs) -> Result<Exit, Failure> {
    let store = open()?;
    let keys = store.list().map_err(failure)?;
    let now = system_clock();
    if args.json {
        let listed: Vec<Listed<'_>> = keys
            .iter()
            .map(|key| listed(key, &keys, store.spent_today(&key.id), now))
            .collect();
        print(&serde_json::to_string_pretty(&listed).unwrap_or_default())?;
    } else if keys.is_empty() {
        print("no keys; `primum keys add NAME --scope consult` makes one")?;
    } else {
        print(&table(&keys, now))?;
    }
    Ok(Exit::Done)
}

fn listed<'a>(key: &'a KeyRecord, all: &'a [KeyRecord], usd_today: f64, now: u64) -> Listed<'a> {
    Listed {
        id: &key.id,
        name: &key.name,
        person: key.person.as_deref(),
        scopes: key.scopes.iter().copied().collect(),
        per_minute: key.per_minute,
        usd_per_day: key.usd_per_day,
        usd_today,
        retention: key.retention_none.then_some("none"),
        reviews: reviewed(key, all).collect(),
        state: state(key, now),
        created_at: time(key.created_at),
        expires_at: key.expires_at.and_then(time),
        revoked_at: key.revoked_at.and_then(time),
    }
}

/// Fits 80 columns: what is long stands over several lines.
fn table(keys: &[KeyRecord], now: u64) -> String {
    const WIDTH: u16 = 80;
    let width = super::stdout_width().unwrap_or(WIDTH).max(WIDTH);
    let mut table = crate::report::terminal::table(Some(width));
    table.set_header(vec![
        "name, id", "scopes", "person", "limits", "expires", "state",
    ]);
    // What is copied or compared stays in one piece.
    for column in [0, 3, 4, 5] {
        if let Some(column) = table.column_mut(column) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    for key in keys {
        let mut limits: Vec<String> = Vec::new();
        limits.extend(key.per_minute.map(|limit| format!("{limit}/min")));
        limits.extend(key.usd_per_day.map(|usd| format!("${usd:.2}/day")));
        limits.extend(key.retention_none.then(|| "keep none".to_owned()));
        let day = |at| time(at).and_then(|time| time.get(..10).map(str::to_owned));
        let reviews = joined(reviewed(key, keys), "\n");
        let mut scopes = joined(key.scopes.iter().map(|scope| scope.as_str()), "\n");
        if !reviews.is_empty() {
            scopes = format!("{scopes}\nreviews\n{reviews}");
        }
        table.add_row(vec![
            format!("{}\n{}", key.name, key.id),
            scopes,
            key.person.clone().unwrap_or_default(),
            limits.join("\n"),
            key.expires_at
                .and_then(day)
                .unwrap_or_else(|| "never".to_owned()),
            state(key, now).to_owned(),
        ]);
    }
    table.trim_fmt()
}

fn reviewed<'a>(key: &'a KeyRecord, all: &'a [KeyRecord]) -> impl Iterator<Item = &'a str> {
    key.reviews.iter().map(|id| {
        let found = all.iter().find(|other| other.id == *id);
        found.map_or(id.as_str(), |other| other.name.as_str())
    })
}

fn state(key: &KeyRecord, now: u64) -> &'static str {
    use crate::access::Refusal;
    match key.refused(now) {
        None => "good",
        Some(Refusal::Expired) => "expired",
        Some(_) => "revoked",
    }
}

/// RFC 3339 in UTC with milliseconds.
fn time(at: u64) -> Option<String> {
    let at = Timestamp::from_millisecond(i64::try_from(at).ok()?).ok()?;
    Some(format!("{at:.3}"))
}

fn joined<'a>(words: impl Iterator<Item = &'a str>, between: &str) -> String {
    words.collect::<Vec<_>>().join(between)
}

fn revoke(args: &RevokeArgs) -> Result<Exit, Failure> {
    let store = open()?;
    let keys = store.list().map_err(failure)?;
    let gone = |key: &&KeyRecord| key.name == args.name || key.id == args.name;
    let before = keys.iter().find(gone).and_then(|key| key.revoked_at);
    let key = store.revoke(&args.name).map_err(|error| match error {
        AccessError::NoSuchKey { name } => {
            let names = keys.iter().map(|key| key.name.as_str());
            let help = suggest::help(&name, names, "keys");
            // What was typed may be a key: it is not said again.
            Failure::usage(format!("there is no key of this name or id; {help}"))
        }
        error => failure(error),
    })?;
    match before.and_then(time) {
        Some(at) => eprintln!("key `{}` was revoked already, at {at}", key.name),
        None => eprintln!("key `{}` ({}) is revoked", key.name, key.id),
    }
    Ok(Exit::Done)
}

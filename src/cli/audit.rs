//! `primum audit`: check, write out and purge what the service recorded.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Subcommand;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::access::{AccessError, Clock, home};
use crate::audit::{Audit, AuditError, DATABASE, Verified, export, verify};
use crate::gateway::journal::system_clock;

use super::{Exit, Failure, print, runtime};

/// What to do with the audit log.
#[derive(Subcommand, Debug)]
pub enum AuditCommand {
    // The help of these stands at their arguments, in two lengths.
    Verify(VerifyArgs),
    Export(ExportArgs),
    Purge(PurgeArgs),
}

/// Check that the audit log and all stored texts are as they were written.
///
/// Works while the service runs. Exit code 0: all is sound; 1: something was
/// changed, moved or taken out, and it is said where. The log is audit.sqlite
/// in the folder PRIMUM_HOME, or primum in your data folder.
///
/// Keep the printed head outside of this machine now and then: with --head a
/// later check also finds that the end was cut off, or all of it written anew.
#[derive(clap::Args, Debug)]
pub struct VerifyArgs {
    /// An earlier head, kept outside: it must still be in the log
    #[arg(long, value_name = "HASH")]
    head: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Write the audit log as JSON lines, one entry a line, the head last.
///
/// Each entry comes with its question, answer or note where that is still
/// stored: the output holds patients' text. A file is made for its owner only
/// (mode 0600). Works while the service runs.
#[derive(clap::Args, Debug)]
pub struct ExportArgs {
    /// File to write [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Overwrite FILE if it is there
    #[arg(long, requires = "out")]
    yes: bool,
}

/// Delete questions, answers and notes of old consults; the log stays.
///
/// Consults that were asked before the time and have ended lose their texts
/// for good, and the log says so; it can still be checked. Exported files and
/// backups are not reached. Stop the service first (it purges by itself with
/// --keep-days).
#[derive(clap::Args, Debug)]
pub struct PurgeArgs {
    /// An age such as 90d or 12h, or a date (2026-11-26, its beginning in UTC)
    #[arg(long, value_name = "AGE|DATE")]
    older_than: String,
    /// Really delete; without it the command only says what it would do
    #[arg(long)]
    yes: bool,
}

/// Runs the command.
pub fn main(command: &AuditCommand) -> Result<Exit, Failure> {
    match command {
        AuditCommand::Verify(args) => check(args),
        AuditCommand::Export(args) => write_out(args),
        AuditCommand::Purge(args) => purge(args),
    }
}

fn path() -> Result<PathBuf, Failure> {
    let folder = home(std::env::var_os("PRIMUM_HOME")).map_err(|error| match error {
        AccessError::NoHome | AccessError::Exposed { .. } => Failure::usage(error),
        _ => Failure::data(error),
    })?;
    Ok(folder.join(DATABASE))
}

fn failure(error: AuditError) -> Failure {
    match error {
        AuditError::Missing { .. } | AuditError::Locked { .. } | AuditError::BadHead => {
            Failure::usage(error)
        }
        AuditError::Broken { .. } => Failure::new(Exit::Findings, error),
        _ => Failure::data(error),
    }
}

fn check(args: &VerifyArgs) -> Result<Exit, Failure> {
    let found = verify(&path()?, args.head.as_deref()).map_err(failure)?;
    let of_nothing = |head: &str| !head.trim().is_empty() && head.trim().chars().all(|c| c == '0');
    if found.entries > 0 && args.head.as_deref().is_some_and(of_nothing) {
        return Err(Failure::usage(
            "this is the head of an empty log, which every log once had: it proves nothing. Keep \
             the head that `primum audit verify` prints now",
        ));
    }
    if args.json {
        print(&as_json(&found))?;
    } else {
        print(&told(&found))?;
    }
    Ok(if found.is_sound() {
        Exit::Done
    } else {
        Exit::Findings
    })
}

fn as_json(found: &Verified) -> String {
    let findings: Vec<_> = found
        .findings
        .iter()
        .map(|one| json!({"seq": one.seq, "consult": one.consult, "what": one.what}))
        .collect();
    let all = json!({
        "sound": found.is_sound(),
        "entries": found.entries,
        "head": {"seq": found.head.seq, "hash": found.head.hash},
        "texts": found.texts,
        "purged": found.purged,
        "findings": findings,
        "further_findings": found.more,
    });
    format!("{all:#}")
}

fn told(found: &Verified) -> String {
    let mut text = String::new();
    if let Some(first) = found.findings.first() {
        text.push_str(&format!("NOT SOUND: {}\n", first.what));
        let more = found.findings.len() - 1 + found.more;
        if more > 0 {
            text.push_str(&format!(
                "and {more} further findings (--json lists them)\n"
            ));
        }
    } else {
        text.push_str("sound: every entry and every stored text is as it was written\n");
    }
    text.push_str(&format!(
        "entries  {}\ntexts    {} stored, {} purged\nhead     {}\n",
        found.entries, found.texts, found.purged, found.head.hash
    ));
    text
}

fn write_out(args: &ExportArgs) -> Result<Exit, Failure> {
    let store = path()?;
    let Some(out) = &args.out else {
        let mut stdout = BufWriter::new(std::io::stdout().lock());
        export(&store, &mut stdout).map_err(failure)?;
        return Ok(Exit::Done);
    };
    // Nothing is made or emptied when there is no log to write out.
    if !store.exists() {
        return Err(failure(AuditError::Missing { path: store }));
    }
    let mut file = BufWriter::new(private(out, args.yes)?);
    let head = export(&store, &mut file).map_err(failure)?;
    file.flush()
        .and_then(|()| file.get_ref().sync_all())
        .map_err(|error| unwritable(out, &error))?;
    print(&format!("{} entries, head {}", head.seq, head.hash))?;
    Ok(Exit::Done)
}

fn unwritable(out: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("cannot write {}: {error}", out.display()))
}

/// A file for its owner only, from its first moment on. One that is there is
/// replaced only when that was asked for, after its mode was made so.
fn private(out: &Path, overwrite: bool) -> Result<File, Failure> {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    match options.clone().create_new(true).open(out) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            if !overwrite {
                return Err(Failure::usage(format!(
                    "{} is there already; to overwrite it, say --yes",
                    out.display()
                )));
            }
        }
        made => return made.map_err(|error| unwritable(out, &error)),
    }
    let file = options.open(out).map_err(|error| unwritable(out, &error))?;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))
        .and_then(|()| file.set_len(0))
        .map_err(|error| unwritable(out, &error))?;
    Ok(file)
}

fn purge(args: &PurgeArgs) -> Result<Exit, Failure> {
    let before = time(&args.older_than, system_clock()).ok_or_else(|| {
        Failure::usage(format!(
            "--older-than takes an age such as 90d or 12h, or a date such as 2026-11-26, not \
             \"{}\"",
            args.older_than
        ))
    })?;
    let when = i64::try_from(before)
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok())
        .map_or_else(|| before.to_string(), |time| format!("{time:.0}"));
    if !args.yes {
        return Err(Failure::usage(format!(
            "this deletes for good the questions, answers and notes of consults asked before \
             {when}; to do it, say --yes"
        )));
    }
    let store = path()?;
    if !store.exists() {
        return Err(failure(AuditError::Missing { path: store }));
    }
    let clock: Clock = Arc::new(system_clock);
    let audit = Audit::open(&store, clock).map_err(failure)?;
    let purged = runtime()?.block_on(audit.purge(before)).map_err(failure)?;
    print(&format!(
        "purged {purged} consults asked before {when}\nhead {}",
        audit.head().hash
    ))?;
    Ok(Exit::Done)
}

/// Milliseconds since 1970 of an age before now, or of a date.
fn time(text: &str, now: u64) -> Option<u64> {
    const HOUR: u64 = 3_600_000;
    let age = |digits: &str, unit: u64| {
        let number: u64 = digits.parse().ok()?;
        now.checked_sub(number.checked_mul(unit)?)
    };
    if let Some(days) = text.strip_suffix('d') {
        return age(days, 24 * HOUR);
    }
    if let Some(hours) = text.strip_suffix('h') {
        return age(hours, HOUR);
    }
    let date: Date = text.parse().ok()?;
    let time = TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?;
    u64::try_from(time.as_millisecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn ages_and_dates() {
        let now = 200 * 86_400_000;
        assert_eq!(time("90d", now), Some(110 * 86_400_000));
        assert_eq!(time("12h", now), Some(now - 43_200_000));
        assert_eq!(time("1970-01-03", now), Some(2 * 86_400_000));
        for bad in [
            "",
            "d",
            "-1d",
            "90",
            "201d",
            "soon",
            "99999999999999999999d",
        ] {
            assert_eq!(time(bad, now), None, "{bad}");
        }
    }
}

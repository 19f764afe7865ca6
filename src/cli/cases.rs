//! `primum cases check|list`.

use std::path::PathBuf;

use clap::Subcommand;

use crate::cases;

use super::{Exit, Failure, print};

/// What to do with a folder of cases.
#[derive(Subcommand, Debug)]
pub enum CasesCommand {
    /// Find every fault in a folder of cases, with file and position
    Check(CasesArgs),
    /// Count cases, variants and options by tier, per specialty
    List(CasesArgs),
}

/// A folder of cases.
#[derive(clap::Args, Debug)]
pub struct CasesArgs {
    /// Folder in the benchmark's layout: dataset/items.jsonl, dataset/rubrics/,
    /// optional guidance/
    #[arg(default_value = "cases/demo")]
    dir: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn main(command: &CasesCommand) -> Result<Exit, Failure> {
    match command {
        CasesCommand::Check(args) => {
            if !args.dir.exists() {
                return Err(missing(&args.dir));
            }
            let faults = cases::check(&args.dir);
            print(&if args.json {
                cases::faults_as_json(&faults)
            } else {
                cases::faults_as_text(&faults)
            })?;
            Ok(if faults.iter().any(cases::Fault::is_error) {
                Exit::Findings
            } else {
                Exit::Done
            })
        }
        CasesCommand::List(args) => {
            let listing = cases::list(&load(&args.dir)?);
            print(&if args.json {
                listing.as_json()
            } else {
                listing.as_table()
            })?;
            Ok(Exit::Done)
        }
    }
}

/// Loads a folder of cases: a folder that is not there is a matter of usage,
/// what is wrong inside it one of data.
pub fn load(dir: &std::path::Path) -> Result<cases::CaseSet, Failure> {
    cases::load(dir).map_err(|error| match &error {
        cases::LoadError::NotThere(_) => Failure::usage(error),
        cases::LoadError::Faulty { .. } => Failure::data(error),
    })
}

fn missing(dir: &std::path::Path) -> Failure {
    match cases::load(dir) {
        Err(error) => Failure::usage(error),
        // It appeared in between.
        Ok(_) => Failure::usage(format!("{}: try again", dir.display())),
    }
}

//! `primum verify`: recompute a run and hold it against its files.

use crate::clinical::Simulated;
use std::path::{Path, PathBuf};

use crate::bench::verify::{FileState, Verification, VerifyError, verify};

use super::{Exit, Failure, print, stored};

/// Recompute a run's numbers and confirm its files byte for byte.
///
/// Every judgment is assembled anew from what the judge said, every file is
/// written anew from the stored answers and judgments, and both are held
/// against what the folder has. Nothing is asked and nothing is changed.
/// `timings.json` depends on the clock and is not compared.
#[derive(clap::Args, Clone, Debug)]
pub struct VerifyArgs {
    /// Run folder, or its name in runs/
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Folder of the run's cases [default: where they were]
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A folder that goes away with its owner.
struct Scratch(PathBuf);

impl Scratch {
    /// Beside the run's own files, since it holds the same texts.
    fn in_run(run: &Path) -> Result<Self, Failure> {
        let path = run.join(format!(".verify-{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|error| {
            Failure::usage(format!("cannot write in {}: {error}", run.display()))
        })?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs the command.
pub fn main(args: &VerifyArgs) -> Result<Exit, Failure> {
    let run = stored::open(&args.run, args.cases.as_deref())?;
    let scratch = Scratch::in_run(&run.folder)?;
    let found = verify(&run, &scratch.0).map_err(|error| match &error {
        VerifyError::Stored(error) => stored::failure(error),
        _ => Failure::data(error),
    })?;
    if args.json {
        print(&serde_json::to_string_pretty(&found).map_err(Failure::data)?)?;
    } else {
        print(&told(&found, &run.meta.simulated, &run.folder))?;
    }
    Ok(if found.is_whole() {
        Exit::Done
    } else {
        Exit::Findings
    })
}

fn told(found: &Verification, simulated: &Simulated, folder: &Path) -> String {
    let mut text = String::new();
    text.push_str(&simulated.marked(": simulated models stand behind this run.\n"));
    for id in &found.other_judgments {
        text.push_str(&format!(
            "other judgment  {id}: what the judge said does not come to what is stored\n"
        ));
    }
    for file in &found.files {
        match file.state {
            FileState::Same => {}
            FileState::Missing => text.push_str(&format!("missing         {}\n", file.name)),
            FileState::Differs { line } => text.push_str(&format!(
                "differs         {} (first in line {line})\n",
                file.name
            )),
        }
    }
    let same = found.files.iter();
    let same = same.filter(|file| file.state == FileState::Same).count();
    text.push_str(&format!(
        "{}: {} of {} judgments and {same} of {} files come out the same, byte for byte{}\n",
        folder.display(),
        found.judgments - found.other_judgments.len(),
        found.judgments,
        found.files.len(),
        if found.is_whole() {
            ""
        } else {
            "\nA file of another program version differs in that version's number at least. \
             To write the files anew: primum bench --resume RUN"
        }
    ));
    text
}

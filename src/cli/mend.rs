//! `primum mend`: take what is damaged out of a run, so that it can go on.

use std::path::PathBuf;

use crate::gateway::journal::{Journal, Mended, system_clock};

use super::runs::DATABASE;
use super::{Exit, Failure, print, stored};

/// Take damaged rows out of a run's journal, so that the run can go on.
///
/// Every row of a journal carries a checksum. A run whose journal is not as it
/// was written (a damaged disk, a copy that went wrong) is refused, because it
/// would show other results than those that were bought. This takes out the rows
/// that do not fit and names them; the file as it was is kept beside it. What
/// they held is asked again when the run is resumed, and costs money again. A
/// copy of the file from before is better, where there is one.
#[derive(clap::Args, Clone, Debug)]
pub struct MendArgs {
    /// Run folder, or its name in runs/
    #[arg(value_name = "RUN")]
    run: PathBuf,
}

/// Runs the command.
pub fn main(args: &MendArgs) -> Result<Exit, Failure> {
    let folder = stored::folder(&args.run)?;
    let mended = Journal::mend(&folder.join(DATABASE), system_clock)
        .map_err(|error| Failure::data(format!("{}: {error}", folder.display())))?;
    print(&told(&mended, &folder.display().to_string()))?;
    Ok(Exit::Done)
}

fn told(mended: &Mended, folder: &str) -> String {
    let Some(copy) = &mended.copy else {
        return format!("{folder}: every row is as it was written; nothing was changed");
    };
    let mut text = format!(
        "{folder}: {} damaged row(s) taken out\n",
        mended.removed.len()
    );
    for row in &mended.removed {
        text.push_str(&format!("  {row}\n"));
    }
    if mended.others_gone {
        text.push_str("  and rows that are gone altogether: nobody can say which\n");
    }
    text.push_str(&format!(
        "the file as it was: {}\nto go on, and to ask again for what is gone: primum bench --resume \
         {folder} (or the command that the run was started with)",
        copy.display()
    ));
    text
}

//! Writing what a search chose: a panel that can be checked and run, and the
//! prediction beside it.

use std::path::{Path, PathBuf};

use crate::bench::StoredRun;
use crate::evidence::search::prediction::About;
use crate::evidence::search::{PanelSearch, Prediction};
use crate::panel::found::{Wanted, found};
use crate::panel::model::{Panel, Prompt, Protocol, Task};
use crate::panel::prompt::{BUILT_IN, split};
use crate::panel::{self, typed_toml};
use crate::whole_file;

use super::{Failure, panel as panels};

/// How a panel's file begins that a search has written, and may write again.
const FIRST_LINE: &str = "# Found by `primum search`";

/// What was written.
pub struct Written {
    /// The panel.
    pub panel: PathBuf,
    /// The prediction.
    pub prediction: PathBuf,
}

/// Writes the choice of a search.
///
/// # Errors
/// When the run's panels are not what they were, or a file cannot be written.
pub fn write(
    run: &StoredRun,
    search: &PanelSearch,
    out: Option<&Path>,
    guardians: bool,
) -> Result<Written, Failure> {
    let choice = &search.choice.panel;
    let given = format!("found-{}of{}", choice.votes, choice.members.len());
    let path = match out {
        Some(out) => out.to_owned(),
        None => run.folder.join(format!("{given}.toml")),
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = match out {
        Some(_) if panel::shape::is_name(&stem) => stem.into_owned(),
        _ => given,
    };
    spare(&path)?;
    let panels = panels_of(run)?;
    let panels: Vec<&Panel> = panels.iter().collect();
    let title = format!(
        "{}{} votes; found by primum search, not yet confirmed",
        search.simulated.marked(": "),
        choice.rule()
    );
    let made = found(
        &panels,
        &Wanted {
            name: &name,
            title: &title,
            advisors: &choice.members,
            threshold: choice.threshold(),
            guardians,
        },
    )
    .map_err(Failure::usage)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::usage(format!("{}: {error}", folder.display())))?;
    for prompt in made.prompts.values() {
        bring_along(prompt, folder)?;
    }
    let text = format!("{}\n{}", header(search, guardians), typed_toml(&made));
    whole_file::write(&path, text.as_bytes()).map_err(Failure::usage)?;
    let read = panels::load(&path)?.panel;
    let hash = panel::hash(&read);
    if hash != panel::hash(&made) {
        return Err(Failure::data(format!(
            "{}: read again it is another panel than the one that was found; another prompt of the \
             same name may lie there or in ../prompts. Write it elsewhere with --out",
            path.display()
        )));
    }
    let prediction = Prediction::of(
        search,
        &About {
            panel: &read.name,
            panel_hash: &hash,
            guardians: !read.guardians.is_empty(),
            case_set: &run.meta.case_set,
        },
    );
    let beside = path.with_extension("prediction.json");
    whole_file::write_json(&beside, &prediction).map_err(Failure::usage)?;
    Ok(Written {
        panel: path,
        prediction: beside,
    })
}

/// Only what a search wrote is written over.
fn spare(path: &Path) -> Result<(), Failure> {
    match std::fs::read_to_string(path) {
        Ok(text) if !text.starts_with(FIRST_LINE) => Err(Failure::usage(format!(
            "{} is there and was not written by primum search: name another file with --out",
            path.display()
        ))),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::usage(format!("{}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

/// The run's panels, as they were when it began.
fn panels_of(run: &StoredRun) -> Result<Vec<Panel>, Failure> {
    let meta = &run.meta;
    let protocols: Vec<Option<Protocol>> = match meta.protocols.as_slice() {
        [] => vec![None],
        names => names
            .iter()
            .map(|name| Protocol::ALL.into_iter().find(|p| p.name() == name))
            .collect(),
    };
    let mut read = Vec::new();
    for file in &meta.panel_files {
        for protocol in &protocols {
            let wanted = panel::Wanted {
                task: Some(Task::Plan),
                protocol: *protocol,
            };
            let style = panels::stderr_style();
            let panel = panel::load_for(file, wanted)
                .map_err(|faults| {
                    Failure::usage(format!(
                        "{}\nno panel was written: {} must be as it was in the run",
                        faults.render(style),
                        file.display()
                    ))
                })?
                .panel;
            if meta.panels.get(&panel.name) != Some(&panel::hash(&panel)) {
                return Err(Failure::usage(format!(
                    "no panel was written: {} has changed since the run. Bring it back as it was, or \
                     run it anew",
                    file.display()
                )));
            }
            read.push(panel);
        }
    }
    Ok(read)
}

/// Puts a prompt that is not built in beside the panel that names it.
fn bring_along(prompt: &Prompt, folder: &Path) -> Result<(), Failure> {
    let built_in = BUILT_IN.iter().find(|(name, _)| *name == prompt.name);
    let same = |text: &str| split(&prompt.name, "", text).is_ok_and(|p| p.sha256 == prompt.sha256);
    if built_in.is_some_and(|(_, text)| same(text)) {
        return Ok(());
    }
    let target = folder.join(format!("{}.md", prompt.name));
    match std::fs::read_to_string(&target) {
        Ok(text) if same(&text) => return Ok(()),
        Ok(_) => {
            return Err(Failure::usage(format!(
                "{} is there and is another prompt than the run's: write the panel elsewhere with \
                 --out",
                target.display()
            )));
        }
        Err(_) => {}
    }
    let text = std::fs::read_to_string(&prompt.source)
        .map_err(|error| Failure::usage(format!("{}: {error}", prompt.source)))?;
    whole_file::write(&target, text.as_bytes()).map_err(Failure::usage)
}

/// What a reader of the file must know first.
fn header(search: &PanelSearch, guardians: bool) -> String {
    let choice = &search.choice;
    let mut lines = vec![format!("{FIRST_LINE}.")];
    if search.simulated.any() {
        let mark = search.simulated.mark();
        lines.push(format!(
            "# {mark}: simulated models stand behind the drafts, or the verdicts, that it was chosen \
             by."
        ));
    }
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let severe = choice.in_sample.severe;
    lines.push(format!("# run: {}, seed {}", search.run, search.seed));
    lines.push(format!(
        "# predicted ({}): severe harm {} as chosen on {} cases",
        search.label,
        percent(severe.mean),
        search.cases
    ));
    if let Some(fitted) = &choice.cross_fitted {
        lines.push(format!(
            "#   and {} [{}, {}] on other cases",
            percent(fitted.severe.mean),
            percent(fitted.severe.lo),
            percent(fitted.severe.hi)
        ));
    }
    lines.push(
        "# Votes pooled drafts through the rubric, which a real panel cannot. Confirm it with\n\
         # `primum bench` before you believe any number of it."
            .to_owned(),
    );
    lines.push(
        "# `keep = []`: as in the search, there is no exception to the vote. Without that line one\n\
         # voice is enough for an urgent referral and for stopping a high-alert drug, and it is\n\
         # another panel than the one that was searched."
            .to_owned(),
    );
    if guardians {
        lines.push(
            "# The guardians were added; the prediction knows nothing of what they do.".to_owned(),
        );
    }
    format!("{}\n", lines.join("\n"))
}

//! `primum panel check|show|probe|schema`.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};

use crate::panel::{self, Loaded, Style};

use super::panel_probe::{self, ProbeArgs};
use super::{Exit, Failure, print};

/// What to do with panel files.
#[derive(Subcommand, Debug)]
pub enum PanelCommand {
    /// Find every fault in panel files, with file, line, column and advice
    Check {
        /// Panel or judge files (agents/*.toml)
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show a panel as a tree, with the estimated calls, tokens, dollars and
    /// seconds per case
    Show {
        /// Panel file
        #[arg(default_value = "agents/demo.toml")]
        file: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Cases to take the sizes from
        #[arg(long, default_value = "cases/demo")]
        cases: PathBuf,
    },
    // Its help stands at its arguments, in two lengths.
    Probe(ProbeArgs),
    /// Print the JSON Schema of panel files, for editors
    Schema {
        /// Which schema
        #[arg(default_value = "panel")]
        of: SchemaOf,
    },
}

/// Files that have a schema.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum SchemaOf {
    /// agents/NAME.toml
    Panel,
    /// agents/judge-NAME.toml
    Judge,
}

/// Runs the command.
pub fn main(command: &PanelCommand) -> Result<Exit, Failure> {
    match command {
        PanelCommand::Check { files, json } => check(files, *json),
        PanelCommand::Show { file, json, cases } => show(file, *json, cases),
        PanelCommand::Probe(args) => panel_probe::main(args),
        PanelCommand::Schema { of } => {
            print(&panel::schema::to_text(match of {
                SchemaOf::Panel => panel::schema::panel(),
                SchemaOf::Judge => panel::schema::judge(),
            }))?;
            Ok(Exit::Done)
        }
    }
}

/// Colour only on a terminal whose user has not set `NO_COLOR`.
fn style(is_terminal: bool) -> Style {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Style::choose(is_terminal, no_color)
}

/// As [`style`], for what goes to stderr.
pub fn stderr_style() -> Style {
    style(std::io::stderr().is_terminal())
}

/// Faults in the settings of simulated providers, which only the simulator can
/// check: what is wrong, below which table.
fn simulated_settings(file: &Path) -> Vec<String> {
    let Ok(loaded) = panel::load(file) else {
        return Vec::new();
    };
    loaded
        .panel
        .providers
        .values()
        .filter(|provider| !provider.simulated.is_empty())
        .filter_map(|provider| {
            let source = format!("[providers.{}.simulated]", provider.name);
            super::simulate::settings(&provider.simulated, &source)
                .err()
                .map(|failure| failure.message)
        })
        .collect()
}

fn check(files: &[PathBuf], json: bool) -> Result<Exit, Failure> {
    let style = style(std::io::stdout().is_terminal());
    let mut errors = 0;
    let mut all = Vec::new();
    let mut text = String::new();
    for file in files {
        let found = panel::check(file);
        errors += found.errors();
        let settings = simulated_settings(file);
        errors += settings.len();
        if json {
            all.push(serde_json::json!({
                "file": file.display().to_string(),
                "faults": found.to_json(),
                "simulated_settings": settings,
            }));
        } else if found.is_empty() && settings.is_empty() {
            text.push_str(&format!("{}: no faults\n", file.display()));
        } else {
            text.push_str(&found.render(style));
            for fault in settings {
                text.push_str(&format!("{}: {fault}\n", file.display()));
            }
            text.push('\n');
        }
    }
    if json {
        text = serde_json::to_string_pretty(&all).unwrap_or_default();
    }
    print(&text)?;
    Ok(if errors > 0 {
        Exit::Findings
    } else {
        Exit::Done
    })
}

fn show(file: &Path, json: bool, cases: &Path) -> Result<Exit, Failure> {
    let Loaded { panel, .. } = load(file)?;
    let (case_chars, rubric_chars) = sizes(cases);
    let mut estimate = panel::estimate(&panel, case_chars, rubric_chars);
    estimate.at_pace(&panel_probe::paces(&panel));
    print(&if json {
        serde_json::to_string_pretty(&serde_json::json!({
            "panel": panel,
            "estimate_per_case": estimate,
        }))
        .unwrap_or_default()
    } else {
        panel::show(&panel, &estimate)
    })?;
    Ok(Exit::Done)
}

/// Loads a panel; warnings go to stderr, errors end the command.
pub fn load(file: &Path) -> Result<Loaded, Failure> {
    load_for(file, panel::Wanted::default())
}

/// As [`load`], for a task or a protocol that takes the place of the file's.
pub fn load_for(file: &Path, wanted: panel::Wanted) -> Result<Loaded, Failure> {
    let style = stderr_style();
    let loaded =
        panel::load_for(file, wanted).map_err(|found| Failure::usage(found.render(style)))?;
    if !loaded.warnings.is_empty() {
        eprintln!("{}", loaded.warnings.render(style));
    }
    Ok(loaded)
}

/// Characters of a typical case and rubric in a folder; those of the demo set
/// when the folder cannot be read.
pub fn sizes(cases: &Path) -> (usize, usize) {
    match crate::cases::load(cases) {
        Ok(set) => sizes_of(&set),
        Err(_) => (800, 3_600),
    }
}

/// Mean characters of base prompts and of rubrics.
pub fn sizes_of(set: &crate::cases::CaseSet) -> (usize, usize) {
    let mean = |sum: usize| sum / set.cases.len().max(1);
    let prompts = set
        .cases
        .iter()
        .filter_map(|case| case.items.first())
        .map(|item| item.prompt.expose().len())
        .sum();
    // What a rubric line adds to an option's text: id, score, brackets.
    const LINE: usize = 16;
    let rubrics = set
        .cases
        .iter()
        .filter_map(|case| case.rubric.as_ref())
        .flat_map(|rubric| &rubric.options)
        .map(|option| option.text.len() + LINE)
        .sum();
    (mean(prompts), mean(rubrics))
}

//! Panels in TOML, read into checked configuration with exact diagnostics.
//!
//! What lives here: the types of what a person typed (`file`) and of what it
//! means (`model`); the way from one to the other, in steps that each report
//! all their faults (`document`: syntax and secrets, `shape`: keys, types and
//! ranges, `resolve`: names, defaults and everything else); prompt files; the
//! JSON Schema for editors; a panel's cost estimate and its picture for the
//! terminal.
//!
//! What may come in: libraries only, and no other layer of the program.
//! Files are read by `load` and `prompt::find` alone; everything else is pure.
//!
//! What may not: keys. A file names the environment variable that holds a key,
//! nothing here reads that variable, and a key that somebody pasted into a file
//! is reported without ever being shown (`secrets`). Nor does anything here
//! know what a protocol or a simulated model does with its settings.

pub mod at;
pub mod diagnostics;
pub mod edit;
pub mod estimate;
pub mod file;
pub mod found;
pub mod model;
pub mod output;
pub mod prompt;
pub mod rules;
pub mod schema;
pub mod shape;
pub mod suggest;

mod alone;
mod document;
mod file_rules;
mod load;
mod prompt_book;
mod resolve;
mod resolved;
mod secrets;
mod service;
mod show;
mod sink;
mod typed;

pub use diagnostics::{Diagnostics, Fault, Severity, Style};
pub use estimate::{Estimate, estimate, estimate_for};
pub use load::{Loaded, LoadedJudge, Wanted, check, is_judge_file, load, load_for, load_judge};
pub use prompt::{PromptError, Role, render};
pub use resolve::JudgeSet;
pub use resolved::{hash, resolved_toml};
pub use show::show;
pub use typed::typed_toml;

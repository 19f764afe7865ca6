//! Panels in TOML, read into checked configuration with exact diagnostics.

pub mod model;
pub mod prompt;

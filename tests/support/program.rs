//! Which programs the end-to-end tests start.
#![allow(dead_code)] // each test file uses a part of it

use std::path::PathBuf;

/// The `primum` that is tested: the one in the folder that `PRIMUM_PROGRAMS`
/// names, else the one that `cargo test` has just built. A release build is about
/// ten times faster, for whoever runs the tests often.
pub fn primum() -> PathBuf {
    shipped("primum").unwrap_or_else(built)
}

/// The `primum` that `cargo test` has just built, whatever else is named: for
/// tests that must catch it in the middle of something.
pub fn built() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_primum"))
}

/// The program that computes the truth about simulated models.
pub fn truth() -> PathBuf {
    shipped("primum-truth").unwrap_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_primum-truth")))
}

/// A folder that lacks the program is a mistake of whoever named it.
fn shipped(name: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("PRIMUM_PROGRAMS")?);
    let file = folder.join(name);
    assert!(
        folder.is_absolute() && file.is_file(),
        "PRIMUM_PROGRAMS must be the full path of a folder with {name}: {}",
        folder.display()
    );
    Some(file)
}

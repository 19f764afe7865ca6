//! Panel and judge files: faults are reported, whatever stands in them, and a
//! panel without faults can be shown, hashed and estimated.

#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use primum::panel;
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));
static FILE: LazyLock<PathBuf> = LazyLock::new(|| FOLDER.path().join("fuzzed.toml"));

fuzz_target!(|bytes: &[u8]| {
    std::fs::write(&*FILE, bytes).expect("a file");
    let _ = panel::check(&FILE);
    match panel::load(&FILE) {
        Ok(loaded) => {
            let _ = panel::hash(&loaded.panel);
            let estimate = panel::estimate(&loaded.panel, 2_000, 5_000);
            let _ = panel::show(&loaded.panel, &estimate);
        }
        Err(faults) => assert!(!faults.render(panel::Style::Plain).is_empty()),
    }
});

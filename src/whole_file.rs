//! Files that are whole or not there: written beside their place, then moved.
//! A kill in between leaves the old file, or none, and a `.part` that the next
//! writing replaces.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

/// A file or folder could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {path}: {source}{}", advice(source))]
pub struct WriteError {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// What to do about it.
fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            ". There is no room for it: nothing that was bought is lost; free space and run the \
             same command again"
        }
        _ => "",
    }
}

impl WriteError {
    fn of(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self {
            path: path.to_owned(),
            source,
        }
    }
}

/// A file of lines.
pub struct LineFile {
    path: PathBuf,
    beside: PathBuf,
    out: BufWriter<fs::File>,
}

impl LineFile {
    /// Begins a file that will stand at `path`.
    ///
    /// # Errors
    /// [`WriteError`] when it cannot be created.
    pub fn create(path: &Path) -> Result<Self, WriteError> {
        let beside = beside(path);
        let file = fs::File::create(&beside).map_err(WriteError::of(&beside))?;
        Ok(Self {
            path: path.to_owned(),
            beside,
            out: BufWriter::with_capacity(1 << 18, file),
        })
    }

    /// Adds a line; its end is added here.
    ///
    /// # Errors
    /// [`WriteError`] when it cannot be written.
    pub fn line(&mut self, line: &str) -> Result<(), WriteError> {
        self.out
            .write_all(line.as_bytes())
            .and_then(|()| self.out.write_all(b"\n"))
            .map_err(WriteError::of(&self.beside))
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// [`WriteError`] when it cannot be written or moved.
    pub fn close(mut self) -> Result<(), WriteError> {
        self.out
            .flush()
            .and_then(|()| fs::rename(&self.beside, &self.path))
            .map_err(WriteError::of(&self.path))
    }
}

/// Writes a whole file.
///
/// # Errors
/// [`WriteError`] when it cannot be written or moved.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let beside = beside(path);
    fs::write(&beside, bytes)
        .and_then(|()| fs::rename(&beside, path))
        .map_err(WriteError::of(path))
}

/// Writes a value as indented JSON.
///
/// # Errors
/// [`WriteError`] when it cannot be written.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<(), WriteError> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|error| WriteError::of(path)(io::Error::other(error)))?;
    text.push('\n');
    write(path, text.as_bytes())
}

/// Makes sure that a folder is there.
///
/// # Errors
/// [`WriteError`] when it cannot be created.
pub fn folder(path: &Path) -> Result<(), WriteError> {
    fs::create_dir_all(path).map_err(WriteError::of(path))
}

fn beside(path: &Path) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    PathBuf::from(beside)
}

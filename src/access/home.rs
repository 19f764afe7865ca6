//! The folder in which the service keeps its own state.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::error::AccessError;

/// Name of the keys' file in the folder.
pub const KEYS_FILE: &str = "keys.sqlite";

/// Where the service keeps its state: what `PRIMUM_HOME` is set to (read by
/// the caller, who knows the environment), else `primum` in the platform's
/// folder for data. It is made, for its owner alone, when it is not there.
///
/// # Errors
/// [`AccessError::NoHome`] when neither is known, [`AccessError::Exposed`]
/// when others may enter it, [`AccessError::Store`] when it cannot be made.
pub fn home(set: Option<OsString>) -> Result<PathBuf, AccessError> {
    let folder = place(set)?;
    make_private(&folder)?;
    let found = fs::metadata(&folder).map_err(|error| AccessError::io(&folder, &error))?;
    let mode = found.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(AccessError::Exposed {
            path: folder,
            mode,
            wanted: 0o700,
        });
    }
    Ok(folder)
}

/// Where [`home`] is, whether it is there or not.
///
/// # Errors
/// [`AccessError::NoHome`].
pub fn place(set: Option<OsString>) -> Result<PathBuf, AccessError> {
    match set.filter(|set| !set.is_empty()) {
        Some(set) => Ok(PathBuf::from(set)),
        None => Ok(etcetera::choose_base_strategy()
            .map_err(|_| AccessError::NoHome)?
            .data_dir()
            .join("primum")),
    }
}

/// Makes a folder that only its owner may enter, unless it is there.
pub(super) fn make_private(folder: &Path) -> Result<(), AccessError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| AccessError::io(folder, &error))
}

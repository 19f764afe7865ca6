//! One writer per store: a lock on a file beside it, which the system gives back
//! when its holder ends, in whichever way.
//!
//! A process that is being started holds copies of all our files for a moment,
//! and with them a lock that was given back meanwhile. So a lock that is taken is
//! asked for again for a short while before somebody else is said to write.

use std::fs::{File, TryLockError};
use std::io;
use std::thread::sleep;
use std::time::Duration;

/// How often it is asked for, and the pause in between: half a second in all.
const TRIES: u32 = 25;
const PAUSE: Duration = Duration::from_millis(20);

/// Takes the lock; `false`: somebody else holds it.
///
/// # Errors
/// When the file system has no locks, or fails.
pub fn lock(file: &File) -> io::Result<bool> {
    for left in (0..TRIES).rev() {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if left > 0 => sleep(PAUSE),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_that_is_given_back_soon_is_taken_and_one_that_is_kept_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let open = || File::create(folder.path().join("lock")).expect("a file");
        let first = open();
        assert!(lock(&first).expect("asked"));
        assert!(!lock(&open()).expect("asked"));
        let held = std::thread::spawn(move || {
            sleep(3 * PAUSE);
            drop(first);
        });
        assert!(lock(&open()).expect("asked"));
        held.join().expect("given back");
    }
}

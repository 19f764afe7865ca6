//! Room that is kept free for the moment at which the disk is full: a file
//! beside the journal that holds nothing and is given back then, so that the
//! answers that are on their way can still be kept. Without it they would be
//! paid for and lost.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// The file; it goes away with the journal.
pub(super) struct Spare(Option<PathBuf>);

impl Spare {
    /// Takes the room. Where that is not possible (a file system that cannot
    /// promise it, a disk that is nearly full) there is none.
    pub(super) fn beside(journal: &Path) -> Spare {
        let mut name = journal.as_os_str().to_owned();
        name.push(".spare");
        let path = PathBuf::from(name);
        if File::create(&path).is_ok_and(|file| take(&file)) {
            return Spare(Some(path));
        }
        let _ = fs::remove_file(&path);
        Spare(None)
    }

    /// Gives the room back. `false`: there is none any more.
    pub(super) fn give_back(&mut self) -> bool {
        let path = self.0.take();
        path.is_some_and(|path| fs::remove_file(path).is_ok())
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        self.give_back();
    }
}

#[cfg(target_os = "linux")]
fn take(file: &File) -> bool {
    use rustix::fs::{FallocateFlags, fallocate, fstatvfs};
    use rustix::process::{Resource, getrlimit};
    /// Most bytes: some hundred answers, twice (in the log that SQLite writes
    /// ahead, and in the file).
    const MOST: u64 = 8 << 20;
    /// Of the free room the share that is taken at most.
    const SHARE: u64 = 8;
    /// Less than this would keep nothing.
    const LEAST: u64 = 64 << 10;
    let Ok(room) = fstatvfs(file) else {
        return false;
    };
    let bytes = MOST.min(room.f_bavail.saturating_mul(room.f_frsize) / SHARE);
    // A file beyond the limit of file sizes would end the process.
    let allowed = getrlimit(Resource::Fsize).current;
    if bytes < LEAST || allowed.is_some_and(|allowed| allowed < bytes) {
        return false;
    }
    fallocate(file, FallocateFlags::empty(), 0, bytes).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn take(_: &File) -> bool {
    false
}

//! A lock that a panicked holder does not turn into a second panic: what the
//! gateway guards with it (counters, maps, sums of money) is whole after every
//! single statement.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks for a few instructions; never held over an await.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Who may ask: the service's keys.
//!
//! What lives here: keys as they are made, kept (as hashes only), found again
//! in constant time, limited, and revoked; what each has spent today; and the
//! folder in which the service keeps its own state.
//!
//! A key is shown once, when it is made. Its file holds the SHA-256 of it and
//! nothing that it could be made from again; 256 random bits need no slow hash.
//! [`KeyStore::check`] looks only into memory, so that a request costs no I/O
//! and the time that it takes tells nothing. [`KeyStore::refresh`] brings in
//! what another process (`primum keys`) changed, so that a revoked key ends
//! without a restart.
//!
//! What may come in: SQLite, randomness of the operating system, a clock that
//! is handed in. What may not: HTTP, panels, anything about a patient.

mod error;
mod format;
mod home;
mod limits;
mod record;
mod rows;
mod spend;
mod store;
mod text;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use error::AccessError;
pub use format::{FORMAT_MAJOR, FORMAT_MINOR};
pub use home::{KEYS_FILE, home, place};
pub use limits::{MAX_PER_MINUTE, Rates};
pub use record::{KeyRecord, MAX_NAME, MAX_PERSON, NewKey, Refusal, Scope};
pub use store::KeyStore;

/// Milliseconds since 1970, as the caller's clock has them. Handed in, so that
/// tests can let it jump.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// A lock that a panicked holder does not turn into a second panic: what is
/// guarded here is whole after every single statement.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

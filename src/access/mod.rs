//! Who may ask: the service's keys.
//!
//! What lives here: keys as they are made, kept (as hashes only), found again
//! in constant time, limited, and revoked; and the folder in which the service
//! keeps its own state.
//! What may come in: SQLite, randomness of the operating system, a clock that
//! is handed in. What may not: HTTP, panels, anything about a patient.

use std::sync::Arc;

/// Milliseconds since 1970, as the caller's clock has them. Handed in, so that
/// tests can let it jump.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

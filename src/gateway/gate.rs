//! Whether anything may still be bought.

use tokio::sync::watch;

use super::call::{CallError, FailureKind};

/// Open until it is closed for one reason; the first one stays.
pub(super) struct Gate(watch::Sender<Option<CallError>>);

impl Gate {
    pub(super) fn new() -> Self {
        Gate(watch::Sender::new(None))
    }

    /// Nothing more is sent. What is in flight is finished.
    pub(super) fn close(&self, kind: FailureKind, message: String) {
        self.0.send_if_modified(|closed| {
            let first = closed.is_none();
            if first {
                *closed = Some(CallError::new(kind, message));
            }
            first
        });
    }

    /// # Errors
    /// The reason for which it was closed.
    pub(super) fn check(&self) -> Result<(), CallError> {
        self.0.borrow().clone().map_or(Ok(()), Err)
    }

    /// Waits for something, unless the gate closes before.
    pub(super) async fn unless_closed<T>(
        &self,
        wait: impl Future<Output = T>,
    ) -> Result<T, CallError> {
        let mut closed = self.0.subscribe();
        tokio::select! {
            biased;
            _ = closed.wait_for(Option::is_some) => {}
            done = wait => return Ok(done),
        }
        Err(self
            .check()
            .err()
            .unwrap_or_else(|| CallError::new(FailureKind::Stopped, "the run is being stopped")))
    }
}

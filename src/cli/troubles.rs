//! What went wrong with models, told to the person who can act on it: each
//! distinct failure once, with the provider's words and what helps.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::gateway::journal::Journal;
use crate::gateway::{FailureKind, Gateway, JournalError, Trouble, clock, distinct};

/// Between two looks at whom calls wait for.
const LOOK: Duration = Duration::from_secs(1);
/// Shorter pauses are over before anybody has read of them.
const WORTH_TELLING: Duration = Duration::from_secs(3);

/// Tells what goes wrong, each thing once.
#[derive(Default)]
pub struct Teller {
    told: AtomicUsize,
}

impl Teller {
    /// Tells every distinct failure and every long pause as soon as it happens;
    /// never ends.
    pub async fn watch(&self, gateway: &Gateway, say: impl Fn(&str)) {
        let mut waited_for = BTreeSet::new();
        loop {
            let known = self.told.load(Ordering::Relaxed);
            tokio::select! {
                _ = gateway.new_troubles(known) => self.rest(gateway, &say),
                () = tokio::time::sleep(LOOK) => {
                    let pauses = gateway.doors().pauses();
                    waited_for.retain(|name| pauses.iter().any(|(paused, _)| paused == name));
                    for (name, left) in pauses {
                        if left >= WORTH_TELLING && waited_for.insert(name.clone()) {
                            let until = clock::from_now(left);
                            say(&format!("{name} asked for a pause: calls go on {until}"));
                        }
                    }
                }
            }
        }
    }

    /// Tells what nobody was told yet.
    pub fn rest(&self, gateway: &Gateway, say: impl Fn(&str)) {
        let troubles = gateway.doors().troubles();
        let told = self.told.swap(troubles.len(), Ordering::Relaxed);
        let new = troubles.iter().skip(told);
        new.for_each(|trouble| say(&trouble.lines()));
    }
}

/// Distinct failures of the calls of a run that have no answer yet.
pub fn of_run(journal: &Journal) -> Result<Vec<Trouble>, JournalError> {
    let failures = journal.failures()?;
    Ok(distinct(failures.iter().map(|row| {
        (&*row.provider, &*row.model, row.kind, row.message.as_str())
    })))
}

/// A list of them, each with how many calls met it.
pub fn list(troubles: &[Trouble]) -> String {
    let lines = troubles.iter().map(|trouble| {
        let calls = match trouble.calls {
            1 => "1 call".to_owned(),
            more => format!("{more} calls"),
        };
        format!("{calls}, {}: {}", trouble.kind.words(), trouble.lines())
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Can the same command succeed where it failed in this way? Not where what is
/// refused is what the panel says, or what a text holds.
pub fn may_pass(kind: FailureKind) -> bool {
    !matches!(
        kind,
        FailureKind::BadRequest | FailureKind::TooLong | FailureKind::Declined
    )
}

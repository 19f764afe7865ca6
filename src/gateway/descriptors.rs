//! Open files: a connection is one, and the run's database, its files and a
//! router's name need some too. So no more requests are on their way at once
//! than this machine has room for.

use rustix::process::{Resource, getrlimit};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::panel::model::{Provider, ProviderKind};

/// Kept for files: the database with its log, what is written at the end,
/// name servers, standard streams.
const RESERVE: usize = 64;
/// Most connections that are counted; nobody has more in flight.
const MOST: usize = 1 << 16;

/// Room for connections.
pub(super) struct Descriptors {
    free: Semaphore,
    /// Idle connections that one provider may keep.
    pub(super) idle: usize,
}

/// A connection's place.
pub(super) struct Place<'a> {
    _permit: Option<SemaphorePermit<'a>>,
}

impl Descriptors {
    /// As the soft limit of this process allows now.
    pub(super) fn of<'a>(providers: impl Iterator<Item = &'a Provider>) -> Descriptors {
        let limit = getrlimit(Resource::Nofile).current;
        let limit = limit.map_or(MOST, |limit| usize::try_from(limit).unwrap_or(MOST));
        Descriptors::within(limit, providers)
    }

    fn within<'a>(limit: usize, providers: impl Iterator<Item = &'a Provider>) -> Descriptors {
        let (mut count, mut ends) = (0, 1);
        for provider in providers {
            count += 1;
            // A simulated provider runs in this process and holds the other end.
            if provider.kind == ProviderKind::Simulated {
                ends = 2;
            }
        }
        let room = limit.saturating_sub(RESERVE) / ends;
        // Half for what is on its way, half for connections that lie idle.
        let half = (room / 2).clamp(1, MOST);
        Descriptors {
            free: Semaphore::new(half),
            idle: (half / count.max(1)).max(1),
        }
    }

    /// Waits for room for one request. Safe to drop while it waits.
    pub(super) async fn place(&self) -> Place<'_> {
        Place {
            _permit: self.free.acquire().await.ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_keep_their_share_of_any_limit() {
        for (limit, places) in [(1_064, 500), (256, 96), (64, 1), (0, 1), (usize::MAX, MOST)] {
            let room = Descriptors::within(limit, std::iter::empty());
            assert_eq!(room.free.available_permits(), places, "{limit}");
            assert!(limit <= RESERVE || places + room.idle + RESERVE <= limit || places == 1);
        }
    }
}

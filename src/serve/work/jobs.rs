//! All consults at work, by id, and the idempotency keys of those.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::job::{Job, Stop};

/// The consults at work. A consult leaves when it has ended and what must
/// remain of it is written.
#[derive(Debug, Default)]
pub struct Jobs(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    by_id: HashMap<String, Arc<Job>>,
    /// (key's id, idempotency key): SHA-256 of the request, and the consult.
    promised: HashMap<(String, String), ([u8; 32], String)>,
}

/// What an idempotency key stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Promise {
    /// For nothing yet; it is this request's now.
    New,
    /// For this consult, asked in the same words.
    Same(String),
    /// For another request.
    Other,
}

impl Jobs {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Promises an idempotency key to a consult, unless it is promised.
    pub fn promise(&self, owner: &str, key: &str, request: [u8; 32], consult: &str) -> Promise {
        let mut inner = self.lock();
        let known = (owner.to_owned(), key.to_owned());
        match inner.promised.get(&known) {
            Some((same, id)) if *same == request => Promise::Same(id.clone()),
            Some(_) => Promise::Other,
            None => {
                inner.promised.insert(known, (request, consult.to_owned()));
                Promise::New
            }
        }
    }

    /// A consult begins.
    pub fn add(&self, job: &Arc<Job>) {
        self.lock().by_id.insert(job.id.clone(), Arc::clone(job));
    }

    /// A consult is over, or never began.
    pub fn remove(&self, id: &str) {
        let mut inner = self.lock();
        inner.by_id.remove(id);
        inner.promised.retain(|_, (_, consult)| consult != id);
    }

    /// The consult with this id, if it is at work.
    pub fn get(&self, id: &str) -> Option<Arc<Job>> {
        self.lock().by_id.get(id).cloned()
    }

    /// Is an idempotency key promised to this consult, which may be about to
    /// begin?
    pub fn is_promised(&self, id: &str) -> bool {
        let inner = self.lock();
        inner.promised.values().any(|(_, consult)| consult == id)
    }

    /// How many are at work or wait.
    pub fn len(&self) -> usize {
        self.lock().by_id.len()
    }

    /// Is none at work?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The consults of these keys.
    pub fn of(&self, owners: &[String]) -> Vec<Arc<Job>> {
        let inner = self.lock();
        let jobs = inner.by_id.values();
        jobs.filter(|job| owners.contains(&job.owner))
            .cloned()
            .collect()
    }

    /// Stops all of them.
    pub fn stop_all(&self, why: Stop) {
        for job in self.lock().by_id.values() {
            job.stop(why);
        }
    }
}

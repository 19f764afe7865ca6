//! What a service is built from.

use crate::clinical::Simulated;
use crate::consult::stand_ins;
use std::sync::Arc;
use std::time::Duration;

use crate::access::{Clock, KeyStore};
use crate::audit::Audit;
use crate::gateway::Doors;
use crate::panel::model::{Panel, Retention};
use crate::panel::{self, estimate};

/// What a service is built from.
#[derive(Clone)]
pub struct ServiceConfig {
    /// The panels, at least one. The first one answers where none is named.
    pub panels: Vec<Served>,
    /// The way to their providers, shared by all consults.
    pub doors: Doors,
    /// Who may ask.
    pub access: Access,
    /// Where consults remain; needed when any panel is of `audit`.
    pub audit: Option<Audit>,
    /// Further names under which the service is reached, in lower case.
    pub hosts: Vec<String>,
    /// How much at once, and how long.
    pub limits: Limits,
    /// Wait before a second attempt of a call, as in a benchmark.
    pub backoff: Duration,
    /// The wall clock. Deadlines do not depend on it.
    pub clock: Clock,
}

impl ServiceConfig {
    /// With limits and waits as they are unless somebody says otherwise.
    pub fn new(panels: Vec<Served>, doors: Doors, access: Access, clock: Clock) -> Self {
        Self {
            panels,
            doors,
            access,
            audit: None,
            hosts: Vec::new(),
            limits: Limits::default(),
            backoff: Duration::from_millis(500),
            clock,
        }
    }
}

/// Who may ask.
#[derive(Clone)]
pub enum Access {
    /// Whoever has a key.
    Keys(KeyStore),
    /// Everybody on this machine. The keys, if there are any, are for what
    /// always needs one.
    Off(Option<KeyStore>),
}

/// How much at once, and how long.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Consults at work at once.
    pub running: usize,
    /// Consults in the queue.
    pub queued: usize,
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Open connections.
    pub connections: usize,
    /// How long consults at work may go on once the service is told to stop.
    pub drain: Duration,
    /// Longest time for the head of a request to arrive.
    pub head: Duration,
    /// Longest time for its body to arrive.
    pub body: Duration,
    /// How often a waiting stream says that it is alive.
    pub keep_alive: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            running: 64,
            queued: 256,
            body_bytes: 1 << 20,
            connections: 4_096,
            drain: Duration::from_secs(30),
            head: Duration::from_secs(10),
            body: Duration::from_secs(20),
            keep_alive: Duration::from_secs(10),
        }
    }
}

/// A panel that is served: as it answers consults, and as it grades options.
#[derive(Clone, Debug)]
pub struct Served {
    /// Its name, under which it is asked.
    pub name: String,
    /// One line for people.
    pub title: Option<String>,
    /// As it answers consults; `None` for a panel that grades options only.
    pub plan: Option<Arc<Panel>>,
    /// As it grades options; `None` when its file cannot be read so.
    pub options: Option<Arc<Panel>>,
    /// SHA-256 of the resolved panel.
    pub hash: String,
    /// What remains of its consults, unless a key keeps nothing.
    pub retention: Retention,
    /// Longest time for a consult.
    pub deadline: Duration,
    /// Which parts that may answer are simulated.
    pub simulated: Simulated,
    /// What the panel warns of in its models.
    pub caveats: Vec<String>,
    /// Providers that could be asked and do not declare that they keep
    /// nothing.
    pub may_keep: Vec<String>,
}

impl Served {
    /// A panel from its file, read for one task or both; `None` when for
    /// neither.
    pub fn new(plan: Option<Panel>, options: Option<Panel>) -> Option<Self> {
        let panel = plan.as_ref().or(options.as_ref())?;
        let may_keep = panel.may_keep().into_iter().map(str::to_owned).collect();
        Some(Self {
            name: panel.name.clone(),
            title: panel.title.clone(),
            hash: panel::hash(panel),
            retention: panel.service.retention,
            deadline: Duration::from_secs(panel.service.deadline_seconds.into()),
            simulated: stand_ins::simulated_answer(panel),
            caveats: stand_ins::caveats_of_answer(panel),
            may_keep,
            plan: plan.map(Arc::new),
            options: options.map(Arc::new),
        })
    }

    /// Whichever way it can be asked.
    pub fn any(&self) -> Option<&Arc<Panel>> {
        self.plan.as_ref().or(self.options.as_ref())
    }

    /// Dollars that one consult of so many characters may cost; `None`: a model
    /// has no price.
    pub fn dollars(&self, chars: usize) -> Option<estimate::Dollars> {
        estimate::consult_dollars(self.any()?, chars)
    }
}

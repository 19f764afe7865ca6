//! What happens in a consult, in order, for those who watch it. Says nothing of
//! what is asked or answered.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::access::Clock;
use crate::deliberation;

/// One event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// From 1, without a gap.
    pub seq: u64,
    /// When, in RFC 3339.
    pub at: String,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What can happen. The name of the kind is the event's name in the stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum What {
    /// It waits for its turn.
    Queued {
        /// How many wait before it.
        position: usize,
    },
    /// The panel began.
    Started {
        /// The panel's name.
        panel: String,
        /// Its protocol.
        protocol: String,
    },
    /// Agents are asked.
    Asked {
        /// The stage.
        stage: String,
        /// The agents.
        seats: Vec<String>,
    },
    /// An agent answered, or failed to.
    Answered {
        /// The stage.
        stage: String,
        /// The agent.
        seat: String,
        /// Seconds that its answer took; null when there is none.
        seconds: Option<f64>,
        /// Why there is none.
        failure: Option<String>,
    },
    /// An answer came and counts for nothing.
    Unusable {
        /// The stage.
        stage: String,
        /// The agent.
        seat: String,
        /// Why, such as "it repeats the question".
        why: String,
    },
    /// A stage was left out for lack of time.
    Skipped {
        /// The stage.
        stage: String,
    },
    /// The plan stands so far.
    Plan {
        /// `consensus`, a guardian's name, or `render`.
        after: String,
        /// Number of its items.
        items: usize,
    },
    /// The consult ended. The last event.
    Finished {
        /// Its state.
        state: String,
        /// Its outcome, when there is an answer.
        outcome: Option<String>,
    },
}

impl What {
    /// The event's name in the stream.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Queued { .. } => "queued",
            Self::Started { .. } => "started",
            Self::Asked { .. } => "asked",
            Self::Answered { .. } => "answered",
            Self::Unusable { .. } => "unusable",
            Self::Skipped { .. } => "skipped",
            Self::Plan { .. } => "plan",
            Self::Finished { .. } => "finished",
        }
    }
}

/// Milliseconds since 1970 in RFC 3339, with milliseconds. What no calendar has
/// becomes the beginning of 1970.
pub fn rfc3339(millis: u64) -> String {
    let millis = i64::try_from(millis).unwrap_or(0);
    let time = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{time:.3}")
}

/// The events of one consult. Whoever follows sees all of them, from wherever
/// it left off.
pub struct EventLog {
    clock: Clock,
    events: Mutex<Vec<Arc<Event>>>,
    written: watch::Sender<usize>,
}

impl std::fmt::Debug for EventLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EventLog({} events)", self.list().len())
    }
}

impl EventLog {
    /// An empty log.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            events: Mutex::default(),
            written: watch::Sender::new(0),
        }
    }

    fn list(&self) -> MutexGuard<'_, Vec<Arc<Event>>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something happened. After the end nothing more does.
    pub fn push(&self, what: What) {
        let at = rfc3339((self.clock)());
        self.add(|seq| Event { seq, at, what });
    }

    /// The last event, as it will stand in the log: for writing it down before
    /// anybody is told.
    pub fn last(&self, what: What) -> Event {
        Event {
            seq: self.list().len() as u64 + 1,
            at: rfc3339((self.clock)()),
            what,
        }
    }

    /// Ends the log with the event that [`EventLog::last`] made.
    pub fn close(&self, last: Event) {
        self.add(|seq| Event { seq, ..last });
    }

    fn add(&self, event: impl FnOnce(u64) -> Event) {
        let mut events = self.list();
        if events.last().is_some_and(|last| is_last(last)) {
            return;
        }
        let event = event(events.len() as u64 + 1);
        events.push(Arc::new(event));
        let count = events.len();
        drop(events);
        self.written.send_replace(count);
    }

    /// All events so far.
    pub fn all(&self) -> Vec<Arc<Event>> {
        self.list().clone()
    }

    /// The next event after this number, as soon as there is one; `None` after
    /// the last.
    pub async fn next_after(&self, seq: u64) -> Option<Arc<Event>> {
        let mut written = self.written.subscribe();
        loop {
            {
                let events = self.list();
                let at = usize::try_from(seq).unwrap_or(usize::MAX);
                if let Some(event) = events.get(at) {
                    return Some(Arc::clone(event));
                }
                if events.last().is_some_and(|last| is_last(last)) {
                    return None;
                }
            }
            written.changed().await.ok()?;
        }
    }
}

fn is_last(event: &Event) -> bool {
    matches!(event.what, What::Finished { .. })
}

/// The deliberation tells the log.
impl deliberation::Watch for EventLog {
    fn saw(&self, event: deliberation::Event<'_>) {
        self.push(match event {
            deliberation::Event::Asked { stage, seats } => What::Asked {
                stage: stage.to_owned(),
                seats: seats.iter().map(|&seat| seat.to_owned()).collect(),
            },
            deliberation::Event::Answered {
                stage,
                seat,
                seconds,
                failure,
            } => What::Answered {
                stage: stage.to_owned(),
                seat: seat.to_owned(),
                seconds,
                failure: failure.map(|kind| kind.as_str().to_owned()),
            },
            deliberation::Event::Unusable { stage, seat, why } => What::Unusable {
                stage: stage.to_owned(),
                seat: seat.to_owned(),
                why: why.to_owned(),
            },
            deliberation::Event::Skipped { stage } => What::Skipped {
                stage: stage.to_owned(),
            },
            deliberation::Event::Plan { after, items } => What::Plan {
                after: after.to_owned(),
                items,
            },
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> EventLog {
        EventLog::new(Arc::new(|| 1_700_000_000_123))
    }

    fn skipped(stage: &str) -> What {
        What::Skipped {
            stage: stage.to_owned(),
        }
    }

    fn finished() -> What {
        What::Finished {
            state: "answered".to_owned(),
            outcome: Some("complete".to_owned()),
        }
    }

    #[tokio::test]
    async fn whoever_follows_misses_nothing_wherever_it_left_off() {
        let log = Arc::new(log());
        let follower = tokio::spawn({
            let log = Arc::clone(&log);
            async move {
                let (mut seen, mut last) = (Vec::new(), 0);
                while let Some(event) = log.next_after(last).await {
                    last = event.seq;
                    seen.push(last);
                }
                seen
            }
        });
        for stage in ["a", "b", "c"] {
            log.push(skipped(stage));
            tokio::task::yield_now().await;
        }
        log.push(finished());
        log.push(skipped("too late"));
        assert_eq!(follower.await.expect("no panic"), [1, 2, 3, 4]);
        assert_eq!(log.next_after(2).await.expect("one").seq, 3);
        assert!(log.next_after(4).await.is_none());
        assert!(log.next_after(u64::MAX).await.is_none());
    }

    #[test]
    fn an_event_is_flat_json() {
        let log = log();
        log.push(skipped("guardian"));
        let json = serde_json::to_value(&*log.all()[0]).expect("JSON");
        let wanted = serde_json::json!({
            "seq": 1, "at": "2023-11-14T22:13:20.123Z", "type": "skipped", "stage": "guardian"
        });
        assert_eq!(json, wanted);
    }
}

//! A place to work at, or a place in a bounded queue that is fair between keys.
//!
//! So many consults run at once; so many more wait. Whoever is served next is
//! the longest waiting of the next key in turn, so that a key with a hundred
//! questions does not keep one with a single question waiting; and one key may
//! fill at most half of the queue. What finds no place is refused at once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// The queue. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Admission(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most_running: usize,
    most_waiting: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    waiting: usize,
    next_number: u64,
    /// Keys with somebody waiting, in turn.
    turns: VecDeque<Arc<str>>,
    lines: HashMap<Arc<str>, VecDeque<Waiter>>,
    /// Consults that came to an end, and the seconds they took, lately.
    pace: f64,
}

#[derive(Debug)]
struct Waiter {
    number: u64,
    place: oneshot::Sender<Permit>,
}

/// There is no place. Seconds after which there may be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full(pub u64);

impl Admission {
    /// At most so many at work, and so many waiting.
    pub fn new(most_running: usize, most_waiting: usize) -> Self {
        Self(Arc::new(Inner {
            most_running: most_running.max(1),
            most_waiting,
            state: Mutex::default(),
        }))
    }

    /// Takes a place, or a place in the queue.
    ///
    /// # Errors
    /// [`Full`] when there is none, or when the key has its half of the queue.
    pub fn enter(&self, key: &str) -> Result<Ticket, Full> {
        let mut state = self.0.lock();
        if state.running < self.0.most_running {
            state.running += 1;
            let permit = Permit(Some(Arc::clone(&self.0)));
            return Ok(Ticket(Standing::In(permit)));
        }
        let own = state.lines.get(key).map_or(0, VecDeque::len);
        let half = self.0.most_waiting.div_ceil(2);
        if state.waiting >= self.0.most_waiting || own >= half {
            return Err(Full(self.0.seconds_to_wait(&state)));
        }
        let (place, granted) = oneshot::channel();
        let number = state.next_number;
        state.next_number += 1;
        state.waiting += 1;
        let key: Arc<str> = key.into();
        let line = state.lines.entry(Arc::clone(&key)).or_default();
        let first = line.is_empty();
        line.push_back(Waiter { number, place });
        if first {
            state.turns.push_back(Arc::clone(&key));
        }
        let ahead = state.waiting - 1;
        let guard = Leaves {
            inner: Arc::clone(&self.0),
            key,
            number,
        };
        Ok(Ticket(Standing::Waiting {
            granted,
            ahead,
            _guard: guard,
        }))
    }

    /// How many are at work, and how many wait.
    pub fn counts(&self) -> (usize, usize) {
        let state = self.0.lock();
        (state.running, state.waiting)
    }

    /// A consult took so many seconds: by this it is said when to try again.
    pub fn took(&self, seconds: f64) {
        let mut state = self.0.lock();
        state.pace = if state.pace == 0.0 {
            seconds
        } else {
            0.9 * state.pace + 0.1 * seconds
        };
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the queue will have moved by one line's share.
    fn seconds_to_wait(&self, state: &State) -> u64 {
        let rounds = (state.waiting + 1) as f64 / self.most_running as f64;
        (state.pace.max(1.0) * rounds.min(1.0))
            .ceil()
            .clamp(1.0, 60.0) as u64
    }

    /// A place became free: it goes to the next key's longest waiting.
    fn pass_on(self: &Arc<Self>) {
        loop {
            let waiter = {
                let mut state = self.lock();
                let Some(waiter) = state.next() else {
                    state.running = state.running.saturating_sub(1);
                    return;
                };
                waiter
            };
            // One that has gone away meanwhile gives the place back, unused.
            match waiter.place.send(Permit(Some(Arc::clone(self)))) {
                Ok(()) => return,
                Err(mut permit) => permit.0 = None,
            }
        }
    }
}

impl State {
    fn next(&mut self) -> Option<Waiter> {
        let key = self.turns.pop_front()?;
        let line = self.lines.get_mut(&key)?;
        let waiter = line.pop_front();
        if line.is_empty() {
            self.lines.remove(&key);
        } else {
            self.turns.push_back(key);
        }
        if waiter.is_some() {
            self.waiting -= 1;
        }
        waiter
    }

    fn leave(&mut self, key: &Arc<str>, number: u64) {
        let Some(line) = self.lines.get_mut(key) else {
            return;
        };
        let before = line.len();
        line.retain(|waiter| waiter.number != number);
        let gone = before - line.len();
        if line.is_empty() {
            self.lines.remove(key);
            self.turns.retain(|turn| turn != key);
        }
        self.waiting -= gone;
    }
}

/// A place, or a place in the queue, which is given up when dropped.
#[derive(Debug)]
pub struct Ticket(Standing);

#[derive(Debug)]
enum Standing {
    In(Permit),
    Waiting {
        granted: oneshot::Receiver<Permit>,
        ahead: usize,
        _guard: Leaves,
    },
}

#[derive(Debug)]
struct Leaves {
    inner: Arc<Inner>,
    key: Arc<str>,
    number: u64,
}

impl Drop for Leaves {
    fn drop(&mut self) {
        self.inner.lock().leave(&self.key, self.number);
    }
}

impl Ticket {
    /// How many wait before this one; `None`: it has its place.
    pub fn ahead(&self) -> Option<usize> {
        match &self.0 {
            Standing::In(_) => None,
            Standing::Waiting { ahead, .. } => Some(*ahead),
        }
    }

    /// Waits for the place.
    pub async fn admitted(self) -> Permit {
        match self.0 {
            Standing::In(permit) => permit,
            // The queue lives as long as its tickets, so that the place comes.
            Standing::Waiting { granted, .. } => granted.await.unwrap_or(Permit(None)),
        }
    }
}

/// A place at work, given back when dropped.
#[derive(Debug)]
pub struct Permit(Option<Arc<Inner>>);

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(inner) = self.0.take() {
            inner.pass_on();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use proptest::prelude::*;

    #[tokio::test]
    async fn keys_take_turns_and_nobody_is_forgotten() {
        let admission = Admission::new(1, 8);
        let place = admission.enter("a").expect("a place").admitted().await;
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for (key, name) in [
            ("a", "a1"),
            ("a", "a2"),
            ("a", "a3"),
            ("b", "b1"),
            ("c", "c1"),
        ] {
            let ticket = admission.enter(key).expect("a place in the queue");
            let order = Arc::clone(&order);
            tasks.push(tokio::spawn(async move {
                let _place = ticket.admitted().await;
                order.lock().expect("no panic").push(name);
            }));
        }
        drop(place);
        for task in tasks {
            task.await.expect("no panic");
        }
        assert_eq!(
            *order.lock().expect("no panic"),
            ["a1", "b1", "c1", "a2", "a3"]
        );
        assert_eq!(admission.counts(), (0, 0));
    }

    #[tokio::test]
    async fn one_key_fills_half_of_the_queue_and_what_finds_no_place_is_refused() {
        let admission = Admission::new(1, 4);
        let _place = admission.enter("a").expect("a place");
        let _queue = [admission.enter("a"), admission.enter("a")].map(|t| t.expect("queued"));
        assert!(admission.enter("a").is_err(), "half of the queue is a's");
        let _more = [admission.enter("b"), admission.enter("c")].map(|t| t.expect("queued"));
        assert_eq!(admission.enter("d").map(|_| ()), Err(Full(1)));
    }

    #[tokio::test]
    async fn whoever_goes_away_leaves_no_hole() {
        let admission = Admission::new(1, 8);
        let place = admission.enter("a").expect("a place");
        let gone = admission.enter("b").expect("queued");
        let stays = admission.enter("c").expect("queued");
        drop(gone);
        assert_eq!(admission.counts(), (1, 1));
        drop(place);
        let permit = stays.admitted().now_or_never().expect("it is its turn");
        assert_eq!(admission.counts(), (1, 0));
        drop(permit);
        assert_eq!(admission.counts(), (0, 0));
    }

    #[tokio::test]
    async fn a_place_that_was_granted_and_never_taken_goes_on() {
        let admission = Admission::new(1, 8);
        let place = admission.enter("a").expect("a place");
        let granted = admission.enter("b").expect("queued");
        let next = admission.enter("c").expect("queued");
        drop(place);
        drop(granted);
        assert!(next.admitted().now_or_never().is_some());
    }

    proptest! {
        /// Whatever comes and goes, no more run than may, and in the end all
        /// places are free.
        #[test]
        fn places_are_neither_lost_nor_made(steps in prop::collection::vec((0..3_usize, 0..4_usize), 1..80)) {
            let admission = Admission::new(2, 6);
            let mut tickets: Vec<Ticket> = Vec::new();
            let mut permits: Vec<Permit> = Vec::new();
            for (what, which) in steps {
                match what {
                    0 => tickets.extend(admission.enter(&which.to_string()).ok()),
                    1 if !tickets.is_empty() => {
                        let ticket = tickets.remove(which % tickets.len());
                        permits.extend(ticket.admitted().now_or_never());
                    }
                    2 if !permits.is_empty() => {
                        permits.remove(which % permits.len());
                    }
                    _ => {}
                }
                let (running, waiting) = admission.counts();
                prop_assert!(running <= 2 && waiting <= 6);
                prop_assert!(permits.len() <= running);
            }
            tickets.clear();
            permits.clear();
            prop_assert_eq!(admission.counts(), (0, 0));
        }
    }
}

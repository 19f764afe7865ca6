//! How many calls may be in flight: as many as the provider takes.
//!
//! The window starts at the configured ceiling. It is judged once a round,
//! that is when as many answers came back as calls were in flight at most, and
//! at least [`FEWEST`] when some were pushed back (429). With a share `s` of
//! them pushed back, the window becomes `1 - s²` of what was in flight (a
//! quarter, if all were); after a round without any it grows by a quarter, at
//! least by one. In the manner of DCTCP (Alizadeh et al., SIGCOMM 2010) the
//! response follows how many were pushed back, not that one was: of a provider
//! that takes 8 calls, 500 at once learn it in three rounds. (Halving at every
//! 429 would bring a provider that refuses a fifth at random down to two or
//! three calls in flight.)
//!
//! A narrower window is right only if the provider still accepts as many calls
//! at once as before. When it accepts a tenth less than it did in a wider one,
//! the refusals were not about the width, and the wider one is restored.
//!
//! Answers to calls that were sent before the window last changed say nothing
//! about the new one and are left out.

use std::sync::{Arc, Mutex};

use tokio::sync::Semaphore;

use crate::gateway::sync::locked;

/// Fewest answers that say something about the share of refusals.
const FEWEST: usize = 16;

/// The adaptive limit. Waiters get their places in the order of arrival.
pub(super) struct Window {
    free: Semaphore,
    ceiling: usize,
    state: Mutex<State>,
}

struct State {
    limit: usize,
    /// Places to take back from those who leave, after the window shrank.
    owed: usize,
    /// Inside now, of those who came since the window last changed.
    inside: usize,
    /// Most of these at once.
    peak: usize,
    /// Counts the changes of the window.
    epoch: u64,
    answers: usize,
    pushed_back: usize,
    /// Since the window last grew or was restored: the width in which most
    /// calls were accepted at once, and how many.
    best: Option<(usize, f64)>,
}

/// A place in the window, given back when dropped.
pub(super) struct Place {
    window: Arc<Window>,
    epoch: u64,
}

impl Window {
    pub(super) fn new(ceiling: u32) -> Arc<Window> {
        let ceiling = (ceiling.max(1) as usize).min(Semaphore::MAX_PERMITS);
        Arc::new(Window {
            free: Semaphore::new(ceiling),
            ceiling,
            state: Mutex::new(State {
                limit: ceiling,
                owed: 0,
                inside: 0,
                peak: 0,
                epoch: 0,
                answers: 0,
                pushed_back: 0,
                best: None,
            }),
        })
    }

    pub(super) async fn enter(self: &Arc<Self>) -> Place {
        if let Ok(permit) = self.free.acquire().await {
            permit.forget();
        }
        let mut state = locked(&self.state);
        state.inside += 1;
        state.peak = state.peak.max(state.inside);
        Place {
            window: Arc::clone(self),
            epoch: state.epoch,
        }
    }

    /// The width after a round with refusals.
    fn narrower(&self, state: &mut State) -> usize {
        let share = state.pushed_back as f64 / state.answers as f64;
        let width = state.peak.min(state.limit);
        let accepted = width as f64 * (1.0 - share);
        match state.best {
            Some((wider, most)) if accepted < 0.9 * most => {
                state.best = None;
                return wider;
            }
            Some((_, most)) if accepted <= most => {}
            _ => state.best = Some((state.limit, accepted)),
        }
        if state.pushed_back == state.answers {
            width / 4
        } else {
            ((1.0 - share * share) * width as f64).floor() as usize
        }
    }

    fn resize(&self, state: &mut State, limit: usize) {
        let limit = limit.clamp(1, self.ceiling);
        if limit < state.limit {
            let less = state.limit - limit;
            state.owed += less - self.free.forget_permits(less);
        } else {
            let more = limit - state.limit;
            let settled = more.min(state.owed);
            state.owed -= settled;
            self.free.add_permits(more - settled);
        }
        state.limit = limit;
        state.epoch += 1;
        state.answers = 0;
        state.pushed_back = 0;
        state.inside = 0;
        state.peak = 0;
    }
}

impl Place {
    /// The provider answered: did it push the call back (429)?
    pub(super) fn answered(&self, pushed_back: bool) {
        let window = &self.window;
        let mut state = locked(&window.state);
        if state.epoch != self.epoch {
            return;
        }
        state.answers += 1;
        state.pushed_back += usize::from(pushed_back);
        let clean = state.pushed_back == 0;
        let fewest = if clean { 1 } else { FEWEST };
        if state.answers < state.peak.max(fewest) {
            return;
        }
        if !clean {
            let width = window.narrower(&mut state);
            window.resize(&mut state, width);
        } else if state.peak >= state.limit && state.limit < window.ceiling {
            let wider = state.limit + (state.limit / 4).max(1);
            state.best = None;
            window.resize(&mut state, wider);
        } else {
            state.answers = 0;
            state.peak = state.inside;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = locked(&self.window.state);
        if state.epoch == self.epoch {
            state.inside -= 1;
        }
        if state.owed > 0 {
            state.owed -= 1;
        } else {
            self.window.free.add_permits(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn limit(window: &Window) -> usize {
        locked(&window.state).limit
    }

    /// Fills the window and answers each call; `refuse` says which are pushed
    /// back.
    async fn round(window: &Arc<Window>, refuse: impl Fn(usize) -> bool) -> usize {
        let mut places = Vec::new();
        while window.free.available_permits() > 0 {
            places.push(window.enter().await);
        }
        for (index, place) in places.iter().enumerate() {
            place.answered(refuse(index));
        }
        places.len()
    }

    #[tokio::test]
    async fn it_starts_at_the_ceiling_and_stays_there_without_refusals() {
        let window = Window::new(50);
        for _ in 0..5 {
            assert_eq!(round(&window, |_| false).await, 50);
        }
    }

    #[tokio::test]
    async fn it_finds_what_the_provider_takes_in_a_few_rounds() {
        let window = Window::new(500);
        for _ in 0..4 {
            round(&window, |index| index >= 8).await;
        }
        assert!((4..=12).contains(&limit(&window)), "{}", limit(&window));
        // And comes back when the provider does.
        for _ in 0..60 {
            round(&window, |_| false).await;
        }
        assert_eq!(limit(&window), 500);
    }

    #[tokio::test]
    async fn random_refusals_leave_it_wide() {
        let window = Window::new(500);
        for _ in 0..100 {
            round(&window, |index| index % 5 == 0).await;
            assert!(limit(&window) > 400, "{}", limit(&window));
        }
        let window = Window::new(20);
        for _ in 0..100 {
            round(&window, |index| index % 5 == 0).await;
            assert!(limit(&window) > 15, "{}", limit(&window));
        }
    }

    #[tokio::test]
    async fn a_first_refusal_is_no_reason() {
        let window = Window::new(500);
        window.enter().await.answered(true);
        assert_eq!(limit(&window), 500);
    }

    #[tokio::test]
    async fn a_provider_that_takes_fewer_later_is_followed() {
        let window = Window::new(100);
        for takes in [50, 8, 30] {
            for _ in 0..30 {
                round(&window, |index| index >= takes).await;
            }
            let limit = limit(&window);
            assert!((takes / 2..=takes * 2).contains(&limit), "{takes}: {limit}");
        }
    }

    #[tokio::test]
    async fn answers_to_calls_sent_before_a_change_do_not_count() {
        let window = Window::new(100);
        let mut places = Vec::new();
        for _ in 0..100 {
            places.push(window.enter().await);
        }
        places[..50].iter().for_each(|place| place.answered(true));
        assert_eq!(limit(&window), 100);
        places[50..].iter().for_each(|place| place.answered(true));
        assert_eq!(limit(&window), 25);
        // All hundred are still inside and speak of the old window.
        places.iter().for_each(|place| place.answered(false));
        assert_eq!(limit(&window), 25);
        drop(places);
        assert_eq!(window.free.available_permits(), 25);
    }

    #[tokio::test]
    async fn a_waiter_that_goes_away_takes_no_place_with_it() {
        let window = Window::new(1);
        let place = window.enter().await;
        let waiting = tokio::spawn({
            let window = Arc::clone(&window);
            async move { window.enter().await }
        });
        tokio::task::yield_now().await;
        waiting.abort();
        assert!(waiting.await.is_err());
        drop(place);
        assert_eq!(window.free.available_permits(), 1);
    }

    proptest! {
        #[test]
        fn places_are_never_lost_or_made(answers in prop::collection::vec(any::<bool>(), 0..300)) {
            let window = Window::new(16);
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            runtime.expect("a runtime").block_on(async {
                let mut inside = Vec::new();
                for pushed_back in answers {
                    if window.free.available_permits() > 0 {
                        inside.push(window.enter().await);
                    } else {
                        let place: Place = inside.remove(0);
                        place.answered(pushed_back);
                    }
                }
                inside.clear();
                assert_eq!(window.free.available_permits(), limit(&window));
            });
        }
    }
}

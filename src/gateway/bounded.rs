//! A bound on time that a sleeping process does not run into: what arrived
//! while it slept (a stopped job, a closed lid) is read before it is judged.
//!
//! A timer that fires says that the clock went on, and nothing of whether an
//! answer lies in a socket: the connection has a task of its own that has to
//! read it first. So after the bound the runtime is let round a few times; and
//! where the wake-up itself came late, the process was not running, and what
//! had arrived gets a while to be taken in.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

/// A timer that fires so late was not waited for by a running process.
const LATE: Duration = Duration::from_millis(500);
/// Rounds of the runtime in which a connection's task and its driver are run.
const ROUNDS: usize = 16;
/// How long what had arrived may take to be read.
const TAKING_IN: Duration = Duration::from_secs(5);

/// Waits for some work, at most for so long. `None`: it was not done in time.
pub(super) async fn bounded<T>(time: Duration, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let started = Instant::now();
    if let Ok(done) = timeout(time, &mut work).await {
        return Some(done);
    }
    let late = started.elapsed().saturating_sub(time) >= LATE;
    for _ in 0..ROUNDS {
        tokio::task::yield_now().await;
        let done = poll_fn(|context| Poll::Ready(work.as_mut().poll(context)));
        if let Poll::Ready(done) = done.await {
            return Some(done);
        }
    }
    if !late {
        return None;
    }
    tokio::select! {
        biased;
        done = &mut work => Some(done),
        () = sleep(TAKING_IN) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[tokio::test(start_paused = true)]
    async fn what_is_there_when_the_time_is_over_is_taken() {
        // The answer is passed on by another task, as a connection does, which
        // is woken at the same moment as the bound.
        let (sender, receiver) = oneshot::channel();
        tokio::spawn(async move {
            sleep(Duration::from_secs(10)).await;
            let _ = sender.send("here");
        });
        let taken = bounded(Duration::from_secs(10), receiver).await;
        assert_eq!(taken, Some(Ok("here")));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_there_is_not_waited_for() {
        let started = Instant::now();
        let never = bounded(Duration::from_secs(10), std::future::pending::<()>()).await;
        assert_eq!(never, None);
        assert!(started.elapsed() < Duration::from_secs(11));
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_sleep_what_had_arrived_is_read_first() {
        // The clock jumps far beyond the bound at once, and then the parts of
        // an answer are passed on one after the other.
        let (sender, receiver) = oneshot::channel();
        tokio::spawn(async move {
            sleep(Duration::from_secs(1)).await;
            for _ in 0..100 {
                sleep(Duration::from_millis(10)).await;
            }
            let _ = sender.send("here");
        });
        let waiting = tokio::spawn(bounded(Duration::from_secs(2), receiver));
        tokio::task::yield_now().await;
        tokio::time::advance(Duration::from_secs(600)).await;
        assert_eq!(waiting.await.expect("no panic"), Some(Ok("here")));
    }
}

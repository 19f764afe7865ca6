//! One live view of a run. On a terminal a bar that is redrawn in place;
//! elsewhere a plain line now and then; with `--quiet` nothing.

use crate::clinical::Simulated;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::bench::Progress;
use crate::clinical::money;
use crate::gateway::{Gateway, clock};

/// Between redraws on a terminal.
const REDRAW: Duration = Duration::from_millis(100);

/// Between lines elsewhere.
const LINE: Duration = Duration::from_secs(10);

/// Fewest calls of which a pace is made.
const FEWEST_CALLS: u64 = 8;

/// Shows how far a run is until it is dropped.
pub struct View {
    gateway: Gateway,
    progress: Arc<Progress>,
    calls: usize,
    tasks: usize,
    started: Instant,
    bar: Option<ProgressBar>,
    simulated: Simulated,
}

impl View {
    /// `calls`: how many are expected; `tasks`: how many there are.
    pub fn new(
        gateway: Gateway,
        progress: Arc<Progress>,
        calls: usize,
        tasks: usize,
        simulated: Simulated,
    ) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(
                Some(tasks as u64),
                ProgressDrawTarget::stderr_with_hz(10),
            );
            if let Ok(style) =
                ProgressStyle::with_template("{bar:20} {pos}/{len} answers · {wide_msg}")
            {
                bar.set_style(style);
            }
            bar
        });
        Self {
            gateway,
            progress,
            calls,
            tasks,
            started: Instant::now(),
            bar,
            simulated,
        }
    }

    /// One line of what happened, above the bar.
    pub fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => eprintln!("{line}"),
        }
    }

    /// Redraws for ever; to be raced against the run.
    pub async fn show(&self) {
        let pause = if self.bar.is_some() { REDRAW } else { LINE };
        loop {
            tokio::time::sleep(pause).await;
            self.draw();
        }
    }

    fn draw(&self) {
        let done = self.progress.finished.load(Ordering::Relaxed);
        match &self.bar {
            Some(bar) => {
                bar.set_position(done as u64);
                bar.set_message(self.words(done));
            }
            None => eprintln!("{done}/{} answers · {}", self.tasks, self.words(done)),
        }
    }

    fn words(&self, done: usize) -> String {
        let now = self.gateway.snapshot();
        let elapsed = self.started.elapsed().as_secs_f64();
        let calls = self.gateway.journal().calls_count();
        let bought = now.finished.saturating_sub(now.from_journal);
        let rate = bought as f64 / elapsed.max(0.001);
        let so_far = SoFar {
            elapsed,
            bought,
            calls_left: self.calls.saturating_sub(calls),
            done,
            tasks: self.tasks,
        };
        let left = so_far.left().map_or_else(
            || "time unknown until the first calls are back".to_owned(),
            |left| format!("{} left", seconds(left)),
        );
        let pauses = self.gateway.doors().pauses().into_iter();
        let waits: String = pauses
            .map(|(name, pause)| format!(" · waits for {name} until {}", clock::time_of_day(pause)))
            .collect();
        let simulated = self.simulated.marked(" · ");
        format!(
            "{simulated}{} · {left} · {calls}/~{} calls · {} in flight · {rate:.0}/s · \
             {} retries · {} failed{waits}",
            money::marked(format!("${:.2}", now.usd), now.usd_estimated > 0.0),
            self.calls,
            now.in_flight,
            now.retries,
            now.failed,
        )
    }
}

/// What is known of a run while it goes on.
struct SoFar {
    elapsed: f64,
    /// Calls that this session bought.
    bought: u64,
    /// Calls that are expected beyond those in the journal.
    calls_left: usize,
    done: usize,
    tasks: usize,
}

impl SoFar {
    /// Seconds until the end: by the pace of this session's own calls, once
    /// there are enough of them. What the journal held says nothing of it. An
    /// expectation that was too low leaves the pace of the answers.
    fn left(&self) -> Option<f64> {
        if self.bought < FEWEST_CALLS || self.done >= self.tasks {
            return (self.done >= self.tasks).then_some(0.0);
        }
        if self.calls_left > 0 {
            return Some(self.elapsed * self.calls_left as f64 / self.bought as f64);
        }
        let open = (self.tasks - self.done) as f64;
        (self.done > 0).then(|| self.elapsed * open / self.done as f64)
    }
}

impl Drop for View {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// `4 s`, `3 min`, `2.5 h`.
pub fn seconds(seconds: f64) -> String {
    if seconds < 120.0 {
        format!("{seconds:.0} s")
    } else if seconds < 7200.0 {
        format!("{:.0} min", seconds / 60.0)
    } else {
        format!("{:.1} h", seconds / 3600.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_is_left_comes_from_this_session_s_calls() {
        let left = |bought, calls_left, done| {
            let so_far = SoFar {
                elapsed: 10.0,
                bought,
                calls_left,
                done,
                tasks: 40,
            };
            so_far.left()
        };
        assert_eq!(left(7, 90, 30), None);
        assert_eq!(left(20, 40, 0), Some(20.0));
        assert_eq!(left(20, 40, 39), Some(20.0));
        assert_eq!(left(100, 0, 20), Some(10.0));
        assert_eq!(left(100, 0, 0), None);
        assert_eq!(left(0, 90, 40), Some(0.0));
    }
}

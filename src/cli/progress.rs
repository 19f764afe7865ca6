//! One live view of a run. On a terminal a bar that is redrawn in place;
//! elsewhere a plain line now and then; with `--quiet` nothing.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::bench::Progress;
use crate::clinical::money;
use crate::gateway::Gateway;

/// Between redraws on a terminal.
const REDRAW: Duration = Duration::from_millis(100);

/// Between lines elsewhere.
const LINE: Duration = Duration::from_secs(10);

/// Shows how far a run is until it is dropped.
pub struct View {
    gateway: Gateway,
    progress: Arc<Progress>,
    calls: usize,
    tasks: usize,
    started: Instant,
    bar: Option<ProgressBar>,
    simulated: bool,
}

impl View {
    /// `calls`: how many are expected; `tasks`: how many there are.
    pub fn new(
        gateway: Gateway,
        progress: Arc<Progress>,
        calls: usize,
        tasks: usize,
        simulated: bool,
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
        let rate = (now.finished - now.from_journal) as f64 / elapsed.max(0.001);
        let left = if done == 0 {
            "?".to_owned()
        } else {
            seconds(elapsed * (self.tasks.saturating_sub(done)) as f64 / done as f64)
        };
        let simulated = if self.simulated { "SIMULATED · " } else { "" };
        format!(
            "{simulated}{} · {left} left · {calls}/~{} calls · {} in flight · {rate:.0}/s · \
             {} retries · {} failed",
            money::marked(format!("${:.2}", now.usd), now.usd_estimated),
            self.calls,
            now.in_flight,
            now.retries,
            now.failed,
        )
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

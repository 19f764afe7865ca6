//! The live view of one consult: who is asked, who has answered, what was
//! skipped. On a terminal a line that moves shows who is waited for; elsewhere
//! there are plain lines; with `--quiet` nothing.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::consult::{Event, Watch};

/// Between two steps of the moving line.
const STEP: Duration = Duration::from_millis(120);

/// Shows a consult until it is dropped.
pub struct View {
    shown: bool,
    bar: Option<ProgressBar>,
    waiting: Mutex<Vec<(&'static str, String)>>,
}

impl View {
    /// `shown`: not `--quiet`.
    pub fn new(shown: bool) -> Self {
        let bar = (shown && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
            if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(STEP);
            bar
        });
        Self {
            shown,
            bar,
            waiting: Mutex::default(),
        }
    }

    /// One line of what happened.
    pub fn say(&self, line: &str) {
        match &self.bar {
            _ if !self.shown => {}
            Some(bar) => bar.println(line),
            None => eprintln!("{line}"),
        }
    }

    fn wait_for(&self, stage: &'static str, seats: &[&str]) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend(seats.iter().map(|seat| (stage, (*seat).to_owned())));
        self.draw(&waiting);
    }

    fn has_come(&self, stage: &'static str, seat: &str) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = waiting
            .iter()
            .position(|(s, who)| *s == stage && who == seat)
        {
            waiting.remove(place);
        }
        self.draw(&waiting);
    }

    fn draw(&self, waiting: &[(&'static str, String)]) {
        if let Some(bar) = &self.bar {
            let seats: Vec<&str> = waiting.iter().map(|(_, seat)| seat.as_str()).collect();
            bar.set_message(match waiting.first() {
                Some((stage, _)) => format!("{stage}: waiting for {}", seats.join(", ")),
                None => String::new(),
            });
        }
    }
}

impl Watch for View {
    fn saw(&self, event: Event<'_>) {
        match event {
            Event::Asked { stage, seats } => self.wait_for(stage, seats),
            Event::Answered { stage, seat, .. } => self.has_come(stage, seat),
            Event::Unusable { .. } | Event::Skipped { .. } | Event::Plan { .. } => {}
        }
        self.say(&words(event));
    }
}

/// What happened, in a line.
fn words(event: Event<'_>) -> String {
    match event {
        Event::Asked { stage, seats } => format!("{stage}: asking {}", seats.join(", ")),
        Event::Answered {
            stage,
            seat,
            seconds,
            failure,
        } => match (failure, seconds) {
            (Some(kind), Some(seconds)) if seconds >= 0.05 => format!(
                "{stage}: {seat} gave no answer ({}) in {seconds:.1} s",
                kind.words()
            ),
            (Some(kind), _) => format!("{stage}: {seat} gave no answer ({})", kind.words()),
            (None, Some(seconds)) => format!("{stage}: {seat} answered in {seconds:.1} s"),
            (None, None) => format!("{stage}: {seat} answered"),
        },
        Event::Unusable {
            stage: "draft",
            seat,
            why,
        } => format!("draft: {seat}'s draft is not usable: {why}"),
        Event::Unusable { stage, seat, why } => {
            format!("{stage}: {seat} counts for nothing: {why}")
        }
        Event::Skipped { stage } => format!("{stage}: skipped, no time was left"),
        Event::Plan { after, items } => {
            let items = match items {
                1 => "1 item".to_owned(),
                n => format!("{n} items"),
            };
            match after {
                "render" => format!("plan fitted to the word budget: {items}"),
                after => format!("plan after {after}: {items}"),
            }
        }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::FailureKind;

    #[test]
    fn every_event_is_told_in_a_line() {
        let answered = |seconds, failure| Event::Answered {
            stage: "draft",
            seat: "ben",
            seconds,
            failure,
        };
        let told = [
            Event::Asked {
                stage: "draft",
                seats: &["ada", "ben"],
            },
            answered(Some(3.21), None),
            answered(None, Some(FailureKind::Timeout)),
            Event::Unusable {
                stage: "draft",
                seat: "ben",
                why: "it repeats itself",
            },
            Event::Unusable {
                stage: "cluster",
                seat: "clem",
                why: "it refers to nothing",
            },
            Event::Skipped { stage: "rating" },
            Event::Plan {
                after: "gus",
                items: 9,
            },
            Event::Plan {
                after: "render",
                items: 1,
            },
        ];
        assert_eq!(
            told.map(words),
            [
                "draft: asking ada, ben",
                "draft: ben answered in 3.2 s",
                "draft: ben gave no answer (no answer in time)",
                "draft: ben's draft is not usable: it repeats itself",
                "cluster: clem counts for nothing: it refers to nothing",
                "rating: skipped, no time was left",
                "plan after gus: 9 items",
                "plan fitted to the word budget: 1 item",
            ]
        );
    }
}

//! The drafts: advisors are asked at the same time and blind.

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::time::Instant;

use crate::clinical::Unused;
use crate::deliberation::ask::{AskedDraft, ask_draft};
use crate::deliberation::conduct::Event;
use crate::deliberation::parse::Draft;
use crate::deliberation::quorum;
use crate::deliberation::result::Interrupted;
use crate::deliberation::usable::{Unusable, Usable};
use crate::gateway::{Answer, CallError};
use crate::panel::model::{Agent, Protocol};

use super::{Reply, Run, tell};

type Arrived = Option<Result<AskedDraft, CallError>>;

impl Run<'_> {
    /// Asks the advisors, all at once and blind. Under `lead` only the lead is
    /// asked. Returns the usable drafts that came in time, in the panel's order.
    pub(super) async fn drafts(&mut self) -> Result<Vec<(String, Draft)>, Interrupted> {
        let panel = self.panel;
        let asked: Vec<&Agent> = panel
            .advisors
            .iter()
            .filter(|advisor| {
                panel.consensus.protocol != Protocol::Lead || advisor.name == panel.consensus.lead
            })
            .collect();
        let seats: Vec<&str> = asked.iter().map(|advisor| advisor.name.as_str()).collect();
        self.conduct.watch.saw(Event::Asked {
            stage: "draft",
            seats: &seats,
        });
        let answers = self.gather(&asked).await;
        let cut = self.cut(&asked, &answers);

        let mut drafts = Vec::with_capacity(asked.len());
        // What is waited for, and what a call takes that can be waited for: one
        // advisor who never answers must not cost the panel its later stages.
        let (mut slowest, mut pace): (f64, f64) = (0.0, 0.0);
        for (advisor, answer) in asked.into_iter().zip(answers) {
            let name = &advisor.name;
            let (answer, reading) = apart(answer);
            match (self.received("draft", name, answer)?, reading) {
                (Reply::Answer(answer), Some(reading)) if answer.seconds <= cut => {
                    slowest = slowest.max(answer.seconds);
                    pace = pace.max(answer.seconds);
                    drafts.extend(self.read(name, &answer, reading));
                }
                (Reply::Answer(_) | Reply::Late, _) => {
                    slowest = slowest.max(cut.min(self.clock.waited()));
                    self.degraded.push(format!("{name}'s draft came too late"));
                }
                (reply @ Reply::Failed(_, seconds), _) => {
                    slowest = slowest.max(seconds.min(cut));
                    let trouble = reply.trouble().unwrap_or_default();
                    self.degraded.push(format!("{name} {trouble}"));
                }
            }
        }
        self.clock.spend(slowest);
        self.clock.set_pace(pace);
        Ok(drafts)
    }

    /// Takes a draft in, or enters why it is not used.
    fn read(
        &mut self,
        name: &str,
        answer: &Answer,
        reading: Result<Usable, Unusable>,
    ) -> Option<(String, Draft)> {
        self.degraded.extend(answer.troubles(name, "draft"));
        match reading {
            Ok(Usable { draft, lost }) => {
                if lost.is_some() {
                    self.degraded
                        .push(format!("{name}'s last item was left out: it is not whole"));
                    self.unused.push(Unused {
                        agent: name.to_owned(),
                        why: "the draft was cut: its last item is not whole".to_owned(),
                        item: lost,
                    });
                }
                Some((name.to_owned(), draft))
            }
            Err(why) => {
                // A refusal by the provider's word is told already.
                if why != Unusable::Declines || !answer.ended.is_refused() {
                    self.degraded.push(why.of(name));
                }
                self.unused.push(Unused {
                    agent: name.to_owned(),
                    why: why.words().to_owned(),
                    item: None,
                });
                self.unusable("draft", name, why.words());
                None
            }
        }
    }

    /// The answers by advisor. With a deadline, what has not come by the time
    /// for drafts is waited for only until a quorum is there.
    async fn gather(&self, asked: &[&Agent]) -> Vec<Arrived> {
        let (panel, gateway, consult) = (self.panel, self.gateway, self.consult);
        let watch = self.conduct.watch;
        let seconds = |draft: &AskedDraft| draft.answer.seconds;
        let mut open: FuturesUnordered<_> = asked
            .iter()
            .enumerate()
            .map(|(at, advisor)| async move {
                let answer = ask_draft(panel, gateway, advisor, consult).await;
                (at, answer)
            })
            .collect();
        let mut arrived: Vec<Arrived> = asked.iter().map(|_| None).collect();
        let soft = self.clock.deadline().map(|deadline| {
            let whole = deadline.saturating_duration_since(Instant::now());
            Instant::now() + whole.mul_f64(panel.budget.draft_share)
        });
        while !open.is_empty() {
            let until = match (soft, self.clock.deadline()) {
                (Some(soft), Some(_)) if self.enough(asked, &arrived) => Some(soft),
                (_, deadline) => deadline,
            };
            let next = match until {
                None => open.next().await,
                Some(until) => tokio::time::timeout_at(until, open.next())
                    .await
                    .unwrap_or_default(),
            };
            let Some((at, answer)) = next else { break };
            tell(watch, "draft", &asked[at].name, Some(&answer), seconds);
            arrived[at] = Some(answer);
        }
        for (at, _) in arrived.iter().enumerate().filter(|(_, a)| a.is_none()) {
            tell(watch, "draft", &asked[at].name, None, seconds);
        }
        arrived
    }

    /// Are quorum and vendor mix met by what has arrived?
    fn enough(&self, asked: &[&Agent], arrived: &[Arrived]) -> bool {
        self.met(asked, arrived, f64::INFINITY)
    }

    fn met(&self, asked: &[&Agent], arrived: &[Arrived], within: f64) -> bool {
        let usable: Vec<&str> = asked
            .iter()
            .zip(arrived)
            .filter(|(_, answer)| {
                matches!(answer, Some(Ok(draft))
                    if draft.reading.is_ok() && draft.answer.seconds <= within)
            })
            .map(|(advisor, _)| advisor.name.as_str())
            .collect();
        if self.panel.consensus.protocol == Protocol::Lead {
            return !usable.is_empty();
        }
        let others = asked.iter().zip(arrived).filter_map(|(advisor, answer)| {
            let answer = answer.as_ref()?.as_ref().ok()?;
            Some((
                advisor.name.clone(),
                answer.answer.other_model()?.to_owned(),
            ))
        });
        quorum::unmet(self.panel, &others.collect(), usable.into_iter()).is_empty()
    }

    /// Seconds after which a draft is too late: the drafts' share of the time,
    /// or as long as it took until a quorum was there; without a budget never.
    fn cut(&self, asked: &[&Agent], arrived: &[Arrived]) -> f64 {
        let Some(budget) = self.panel.budget.seconds else {
            return f64::INFINITY;
        };
        let share = budget * self.panel.budget.draft_share;
        let mut times: Vec<f64> = arrived
            .iter()
            .filter_map(|answer| Some(answer.as_ref()?.as_ref().ok()?.answer.seconds))
            .filter(|seconds| *seconds > share)
            .collect();
        times.sort_by(f64::total_cmp);
        std::iter::once(share)
            .chain(times)
            .find(|&within| self.met(asked, arrived, within))
            .unwrap_or(budget)
            .min(budget)
    }
}

/// The answer, and what of it can be used.
#[allow(clippy::type_complexity, reason = "two halves of what arrived")]
fn apart(
    arrived: Arrived,
) -> (
    Option<Result<Answer, CallError>>,
    Option<Result<Usable, Unusable>>,
) {
    match arrived {
        None => (None, None),
        Some(Err(error)) => (Some(Err(error)), None),
        Some(Ok(AskedDraft { answer, reading })) => (Some(Ok(answer)), Some(reading)),
    }
}

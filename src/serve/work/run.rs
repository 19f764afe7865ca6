//! Doing the work: from a place in the queue to the end of a consult, written
//! down before anybody is told.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tracing::{info, warn};

use super::admission::Ticket;
use super::begin::{Work, store};
use super::events::{Event, What};
use super::grades;
use super::job::{Ended, Job, Stop};
use super::purse::Hold;
use super::reply::{self, Reply, Tokens, Took};
use super::view::{State, cut_off, no_answer};
use crate::access::KeyRecord;
use crate::audit::End;
use crate::clinical::Outcome;
use crate::consult::{self, Conduct, Consult, Interrupted, Stages, Watch, ask_panel, source};
use crate::deliberation::options::grade_options;
use crate::gateway::{FailureKind, Gateway, Journal, RequestConfig};
use crate::panel::model::Retention;
use crate::serve::http::problem::{Code, Problem};
use crate::serve::service::Service;

/// How long after its deadline a consult is waited for: what has arrived is put
/// together meanwhile. Nothing runs longer than the deadline and a second.
const GRACE: Duration = Duration::from_millis(800);

/// Seed of the shuffles: always the same, so that the same answers give the
/// same plan.
const SEED: u64 = 0;

/// One consult with all that it holds.
pub(super) struct Run {
    pub(super) service: Service,
    pub(super) job: Arc<Job>,
    pub(super) key: Option<Arc<KeyRecord>>,
    pub(super) work: Work,
    pub(super) hold: Option<Hold>,
}

/// Ends a job that nobody else ended: its task panicked.
struct Unfinished(Service, Arc<Job>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        let Self(service, job) = self;
        let ended = failed(Code::Internal.plain(), service.now());
        let last = job.last_event(&ended);
        job.end(ended, last);
        service.jobs().remove(&job.id);
    }
}

fn failed(problem: Problem, at: u64) -> Ended {
    Ended {
        state: State::Failed,
        reply: None,
        problem: Some(problem),
        at,
    }
}

impl Run {
    /// Does the work, and ends the consult whatever comes of it.
    pub(super) async fn finish(mut self, ticket: Ticket) {
        let unfinished = Unfinished(self.service.clone(), Arc::clone(&self.job));
        let gateway = self.gateway();
        let ended = match &gateway {
            Err(problem) => failed(problem.clone(), self.service.now()),
            Ok(gateway) => {
                let late = self.job.deadline + GRACE;
                tokio::select! {
                    stop = self.job.stopped() => self.stopped(stop),
                    done = timeout_at(late, self.work(ticket, gateway)) => match done {
                        Ok(Ok(reply)) => self.answered(reply),
                        Ok(Err(problem)) => failed(problem, self.service.now()),
                        Err(_) => failed(Code::Deadline.plain(), self.service.now()),
                    },
                }
            }
        };
        // Among it is what was given up on its way: it may be billed as well.
        let usd = gateway.map_or(0.0, |gateway| {
            gateway.journal().spent_usd().unwrap_or_default()
        });
        self.count(usd);
        let last = self.job.last_event(&ended);
        let (ended, last) = self.recorded(ended, last).await;
        self.tell(&ended);
        self.job.end(ended, last);
        drop(unfinished);
        // Nobody waits for this; the end of the service does.
        self.service.settle().await;
    }

    fn stopped(&self, stop: Stop) -> Ended {
        let (state, problem) = match stop {
            Stop::Cancelled => (State::Cancelled, Code::Cancelled.plain()),
            Stop::Shutdown => (State::Interrupted, cut_off()),
        };
        Ended {
            state,
            reply: None,
            problem: Some(problem),
            at: self.service.now(),
        }
    }

    fn answered(&self, reply: Reply) -> Ended {
        let failed = matches!(reply.outcome, Some(Outcome::Failed { .. }));
        let problem = failed.then(|| no_answer(&reply).of(&self.job.id));
        Ended {
            state: if failed {
                State::Failed
            } else {
                State::Answered
            },
            reply: Some(reply),
            problem,
            at: self.service.now(),
        }
    }

    async fn work(&self, ticket: Ticket, gateway: &Gateway) -> Result<Reply, Problem> {
        let (service, job) = (&self.service, &self.job);
        let panel = self.work.panel(&job.panel)?;
        let entered = Instant::now();
        if let Some(position) = ticket.ahead() {
            job.log.push(What::Queued { position });
        }
        let place = timeout_at(job.deadline, ticket.admitted()).await;
        let _place = place.map_err(|_| Code::Deadline.because("its turn did not come in time"))?;
        let queued = entered.elapsed().as_secs_f64();
        job.started();
        job.log.push(What::Started {
            panel: panel.name.clone(),
            protocol: panel.consensus.protocol.name().to_owned(),
        });
        let conduct = Conduct {
            deadline: Some(job.deadline),
            watch: self,
            ..Conduct::new(SEED, Stages::All)
        };
        let text = self.work.text();
        let consult = Consult {
            item: job.id.as_str().into(),
            trial: 1,
            presentation: text.clone(),
        };
        let began = Instant::now();
        let took = || Took {
            queued,
            deliberation: began.elapsed().as_secs_f64(),
        };
        let reply = match &self.work {
            Work::Plan(_) => {
                let asked = ask_panel(panel, gateway, &consult, &conduct).await;
                let answer = asked.map_err(interrupted)?;
                let usage = Tokens::of(gateway.journal());
                reply::of_answer(answer, panel, text.expose(), took(), usage)
            }
            Work::Grade(_, options) => {
                let graded = grade_options(panel, gateway, &consult, options, &conduct).await;
                let answer = graded.map_err(interrupted)?;
                let text = grades::array(&answer, options);
                let (source, usage) = (source(panel, SEED, 1), Tokens::of(gateway.journal()));
                reply::of_grades(answer, text, source, panel, took(), usage)
            }
        };
        service.admission().took(took().deliberation);
        Ok(reply)
    }

    fn gateway(&self) -> Result<Gateway, Problem> {
        let panel = self.work.panel(&self.job.panel)?;
        let journal = Journal::in_memory(crate::gateway::journal::system_clock);
        let journal = journal.map_err(|_| Code::Internal.plain())?;
        let hold = self.hold.as_ref();
        let last = hold.filter(|hold| hold.is_last()).map(Hold::most);
        let budgets = panel.budget.usd.into_iter().chain(last);
        let gateway = Gateway::over(
            self.service.doors(),
            RequestConfig {
                journal,
                run_seed: SEED,
                budget_usd: budgets.min_by(f64::total_cmp),
                cap_usd: hold.filter(|hold| !hold.is_last()).map(Hold::most),
                jitter_seed: self.job.created_at,
                backoff: self.service.backoff(),
                store_nothing: self.job.retention == Retention::None,
            },
        );
        gateway.map_err(|_| Code::Internal.plain())
    }

    /// Counts what was spent against the key's day, in place of what was set
    /// aside for it. From now on the key's next consult meets it.
    fn count(&mut self, usd: f64) {
        self.service.metrics().spent(&self.job.panel.name, usd);
        if let (Some(key), Some(store)) = (&self.key, self.service.keys())
            && let Err(error) = store.count(&key.id, usd)
        {
            warn!(%error, "what a key spent could not be counted");
        }
        self.hold = None;
    }

    /// Writes down how it ended, before anybody is told. An answer that cannot
    /// be kept is not given out.
    async fn recorded(&self, ended: Ended, last: Event) -> (Ended, Event) {
        let (Retention::Audit, Some(audit)) = (self.job.retention, self.service.audit()) else {
            return (ended, last);
        };
        let id = &self.job.id;
        let written = match (&ended.reply, ended.state) {
            (Some(reply), State::Answered | State::Failed) => {
                let outcome = reply.outcome.as_ref().map_or("failed", Outcome::name);
                let text = serde_json::to_string(reply).unwrap_or_default();
                let mut events = self.job.log.all();
                events.push(Arc::new(last.clone()));
                let events = serde_json::to_string(&events).unwrap_or_default();
                audit.answered(id, outcome, text.into(), events).await
            }
            (_, State::Cancelled) => audit.ended(id, End::Cancelled).await,
            (_, State::Interrupted) => audit.ended(id, End::Interrupted).await,
            _ => {
                let code = ended.problem.as_ref().map_or("internal", |p| p.code);
                audit.ended(id, End::Failed(code.to_owned())).await
            }
        };
        match written {
            Ok(()) => (ended, last),
            Err(error) => {
                let ended = failed(store(&error).of(id), ended.at);
                let last = self.job.last_event(&ended);
                (ended, last)
            }
        }
    }

    fn tell(&self, ended: &Ended) {
        let outcome = ended
            .reply
            .as_ref()
            .and_then(|reply| reply.outcome.as_ref());
        let outcome = outcome.map_or(ended.state.name(), Outcome::name);
        self.service.metrics().ended(&self.job.panel.name, outcome);
        info!(
            consult = self.job.id,
            panel = self.job.panel.name,
            key = self.job.owner,
            state = ended.state.name(),
            outcome,
            code = ended.problem.as_ref().map(|problem| problem.code),
            "a consult ended"
        );
    }
}

/// What happens in the panel goes to who follows the consult. An answer that
/// could not be used is also a matter of operation, as a call that failed is; the
/// reason is one of our own sentences and holds nothing of the answer.
impl Watch for Run {
    fn saw(&self, event: consult::Event<'_>) {
        if let consult::Event::Unusable { stage, seat, why } = event {
            warn!(
                consult = self.job.id,
                panel = self.job.panel.name,
                stage,
                seat,
                why,
                "an answer is not usable"
            );
        }
        self.job.log.saw(event);
    }
}

/// A call was not made, so nothing may be concluded from the others.
fn interrupted(Interrupted(error): Interrupted) -> Problem {
    match error.kind {
        FailureKind::Budget => Code::BudgetReached.because("what this consult may cost is spent"),
        _ => Code::Internal.because("a call was not made"),
    }
}

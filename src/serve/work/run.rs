//! Doing the work: from an order to the end of its consult.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use tracing::{info, warn};

use super::admission::Ticket;
use super::events::{Event, EventLog, What};
use super::grades;
use super::job::{Attached, Ended, Job, NewJob, Stop, new_id};
use super::jobs::Promise;
use super::purse::Hold;
use super::reply::{self, Reply, Tokens, Took};
use super::view::{State, cut_off, no_answer};
use crate::access::KeyRecord;
use crate::audit::{AuditError, End, Idempotency, NewConsult, Who};
use crate::clinical::{Outcome, PatientText};
use crate::consult::{Conduct, Consult, Interrupted, Stages, ask_panel, source};
use crate::deliberation::options::{OptionList, grade_options};
use crate::gateway::{FailureKind, Gateway, Journal, RequestConfig};
use crate::panel::model::{Panel, Retention};
use crate::serve::config::Served;
use crate::serve::http::auth::Caller;
use crate::serve::http::problem::{Code, Problem};
use crate::serve::service::Service;

/// How long after its deadline a consult is waited for: what has arrived is put
/// together meanwhile. Nothing runs longer than the deadline and a second.
const GRACE: Duration = Duration::from_millis(800);

/// Seed of the shuffles: always the same, so that the same answers give the
/// same plan.
const SEED: u64 = 0;

/// What is asked of the service.
pub struct Order {
    /// Who is to answer.
    pub panel: Arc<Served>,
    /// What to do.
    pub work: Work,
    /// Longest time that the caller gives; the panel's own holds besides.
    pub time: Option<Duration>,
    /// What was asked, as JSON, to be kept where it is kept.
    pub asked: PatientText,
    /// May it go on when the caller goes away?
    pub goes_on: bool,
    /// Does the caller want to come back to it?
    pub comes_back: bool,
    /// The caller's idempotency key, with the SHA-256 of the request.
    pub idempotency: Option<(String, [u8; 32])>,
}

/// What to do.
pub enum Work {
    /// Answer with a plan.
    Plan(PatientText),
    /// Grade these options of this case.
    Grade(PatientText, OptionList),
}

impl Work {
    fn text(&self) -> &PatientText {
        match self {
            Self::Plan(text) | Self::Grade(text, _) => text,
        }
    }

    fn panel<'a>(&self, served: &'a Served) -> Result<&'a Arc<Panel>, Problem> {
        let (panel, what) = match self {
            Self::Plan(_) => (&served.plan, "does not answer with plans"),
            Self::Grade(..) => (&served.options, "does not grade options"),
        };
        let cannot = || Code::Unsupported.because(format!("the panel {} {what}", served.name));
        panel.as_ref().ok_or_else(cannot)
    }
}

/// A consult that was begun, or found.
#[derive(Debug)]
pub enum Begun {
    /// It is at work. Dropping the first stops it, unless it may go on.
    New(Attached, Arc<Job>),
    /// The same request was made before, with the same idempotency key.
    Known(String),
}

/// Begins a consult: every check first, then what must be kept, then the work.
///
/// # Errors
/// [`Problem`]: nothing was begun, and nothing is kept.
pub async fn begin(service: &Service, caller: &Caller, order: Order) -> Result<Begun, Problem> {
    if service.draining() {
        let seconds = service.limits().drain.as_secs();
        return Err(Code::Draining.plain().after(seconds));
    }
    if order.work.text().is_blank() {
        return Err(Code::EmptyQuestion.plain());
    }
    order.work.panel(&order.panel)?;
    let retention = retention(&order.panel, caller);
    if retention == Retention::None {
        if order.comes_back || order.idempotency.is_some() {
            return Err(Code::RetentionNone.plain());
        }
        if !order.panel.may_keep.is_empty() {
            let names = order.panel.may_keep.join(", ");
            return Err(Code::ProviderMayKeep.because(format!("not declared: {names}")));
        }
    }
    let id = new_id().map_err(|_| Code::Internal.because("no randomness"))?;
    let promise = PromiseOf(Some((service.clone(), id)));
    if let Some(known) = promised(service, caller, &order, promise.id()).await? {
        return Ok(Begun::Known(known));
    }
    let (attached, job) = enter(service, caller, order, retention, promise).await?;
    Ok(Begun::New(attached, job))
}

/// An idempotency key that was promised to a consult of this id. Taken back
/// when it is dropped before the consult began.
struct PromiseOf(Option<(Service, String)>);

impl PromiseOf {
    fn id(&self) -> &str {
        self.0.as_ref().map_or("", |(_, id)| id)
    }

    /// The consult began; it takes the promise with it when it ends.
    fn kept(mut self) {
        self.0 = None;
    }
}

impl Drop for PromiseOf {
    fn drop(&mut self) {
        if let Some((service, id)) = self.0.take() {
            service.jobs().remove(&id);
        }
    }
}

/// `none` wins, whoever says it.
fn retention(panel: &Served, caller: &Caller) -> Retention {
    match caller.key() {
        Some(key) if key.retention_none => Retention::None,
        _ => panel.retention,
    }
}

/// What the idempotency key stands for already.
async fn promised(
    service: &Service,
    caller: &Caller,
    order: &Order,
    id: &str,
) -> Result<Option<String>, Problem> {
    let Some((key, request)) = &order.idempotency else {
        return Ok(None);
    };
    match service.jobs().promise(caller.id(), key, *request, id) {
        Promise::Same(known) => return Ok(Some(known)),
        Promise::Other => return Err(Code::IdempotencyMismatch.plain()),
        Promise::New => {}
    }
    let found = match service.audit().cloned() {
        None => Ok(None),
        Some(audit) => {
            let (owner, key) = (caller.id().to_owned(), key.clone());
            blocking(move || audit.idempotent(&owner, &key)).await
        }
    };
    match found? {
        Some((known, same)) if same == *request => Ok(Some(known)),
        Some(_) => Err(Code::IdempotencyMismatch.plain()),
        None => Ok(None),
    }
}

async fn enter(
    service: &Service,
    caller: &Caller,
    order: Order,
    retention: Retention,
    promise: PromiseOf,
) -> Result<(Attached, Arc<Job>), Problem> {
    let hold = hold(service, caller, &order).await?;
    let ticket = service.admission().enter(caller.id()).map_err(|full| {
        let (running, waiting) = service.admission().counts();
        let detail = format!("{running} consults are at work, {waiting} wait");
        Code::QueueFull.because(detail).after(full.0)
    })?;
    let time = order
        .time
        .map_or(order.panel.deadline, |time| time.min(order.panel.deadline));
    let job = Job::new(
        promise.id().to_owned(),
        NewJob {
            owner: caller.id().to_owned(),
            panel: Arc::clone(&order.panel),
            retention,
            created_at: service.now(),
            deadline: Instant::now() + time,
            log: EventLog::new(Arc::clone(service.clock())),
        },
    );
    let attached = Attached::new(&job, order.goes_on);
    // In a task of its own: when the caller goes away just now, what was begun
    // is still brought to its end.
    let begun = tokio::spawn(record_and_start(
        service.clone(),
        Arc::clone(&job),
        caller.key().cloned(),
        order,
        (ticket, hold, promise),
    ));
    begun.await.map_err(|_| Code::Internal.plain())??;
    Ok((attached, job))
}

async fn record_and_start(
    service: Service,
    job: Arc<Job>,
    key: Option<Arc<KeyRecord>>,
    order: Order,
    (ticket, hold, promise): (Ticket, Option<Hold>, PromiseOf),
) -> Result<(), Problem> {
    if job.retention == Retention::Audit {
        let audit = service.audit().ok_or(Code::StoreFailed)?;
        let consult = NewConsult {
            id: job.id.clone(),
            who: who(key.as_deref()),
            panel: job.panel.name.clone(),
            panel_hash: job.panel.hash.clone(),
            question: order.asked.clone(),
            idempotency: order
                .idempotency
                .map(|(key, body_sha256)| Idempotency { key, body_sha256 }),
        };
        audit.asked(consult).await.map_err(|error| store(&error))?;
    }
    service.jobs().add(&job);
    promise.kept();
    let run = Run {
        service,
        job,
        key,
        work: order.work,
        hold,
    };
    tokio::spawn(run.finish(ticket));
    Ok(())
}

/// Who a caller is, for the log.
pub fn who(key: Option<&KeyRecord>) -> Who {
    match key {
        Some(key) => Who {
            key_id: key.id.clone(),
            key_name: key.name.clone(),
            person: key.person.clone(),
        },
        None => Who {
            key_id: crate::serve::http::auth::ANYBODY.to_owned(),
            key_name: crate::serve::http::auth::ANYBODY.to_owned(),
            person: None,
        },
    }
}

/// What a store that cannot be written or read means for a caller. What the
/// disk said is for the owner's log.
pub fn store(error: &AuditError) -> Problem {
    warn!(%error, "the audit store failed");
    Code::StoreFailed.plain()
}

/// Runs a read of the audit store where it may block.
pub async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, AuditError> + Send + 'static,
) -> Result<T, Problem> {
    let read = tokio::task::spawn_blocking(read).await;
    read.map_err(|_| Code::Internal.plain())?
        .map_err(|error| store(&error))
}

/// Sets money aside for a key with a budget.
async fn hold(service: &Service, caller: &Caller, order: &Order) -> Result<Option<Hold>, Problem> {
    let Some((key, budget)) = caller.key().and_then(|key| Some((key, key.usd_per_day?))) else {
        return Ok(None);
    };
    let chars = order.work.text().expose().len();
    let estimate = order.panel.estimate_usd(chars).ok_or(Code::NoPrice)?;
    let spent = service
        .keys()
        .map_or(0.0, |store| store.spent_today(&key.id));
    let held = service.purse().hold(&key.id, budget, spent, estimate);
    match held {
        Some(hold) => Ok(Some(hold)),
        None => Err(Code::BudgetReached
            .because("what this key may spend today is spent, or set aside for consults at work")),
    }
}

/// One consult with all that it holds.
struct Run {
    service: Service,
    job: Arc<Job>,
    key: Option<Arc<KeyRecord>>,
    work: Work,
    hold: Option<Hold>,
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
    async fn finish(mut self, ticket: Ticket) {
        let unfinished = Unfinished(self.service.clone(), Arc::clone(&self.job));
        let journal = Journal::in_memory(crate::gateway::journal::system_clock);
        let ended = match &journal {
            Err(_) => failed(Code::Internal.plain(), self.service.now()),
            Ok(journal) => {
                let late = self.job.deadline + GRACE;
                tokio::select! {
                    stop = self.job.stopped() => self.stopped(stop),
                    done = timeout_at(late, self.work(ticket, journal)) => match done {
                        Ok(Ok(reply)) => self.answered(reply),
                        Ok(Err(problem)) => failed(problem, self.service.now()),
                        Err(_) => failed(Code::Deadline.plain(), self.service.now()),
                    },
                }
            }
        };
        let usd = journal.ok().and_then(|journal| journal.spent_usd().ok());
        self.count(usd.unwrap_or(0.0));
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

    async fn work(&self, ticket: Ticket, journal: &Journal) -> Result<Reply, Problem> {
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
        let gateway = self.gateway(panel, journal)?;
        let conduct = Conduct {
            deadline: Some(job.deadline),
            watch: &job.log,
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
        let simulated = job.panel.simulated;
        let reply = match &self.work {
            Work::Plan(_) => {
                let asked = ask_panel(panel, &gateway, &consult, &conduct, simulated).await;
                let answer = asked.map_err(interrupted)?;
                let usage = Tokens::of(journal);
                reply::of_answer(answer, panel, text.expose(), took(), usage)
            }
            Work::Grade(_, options) => {
                let graded = grade_options(panel, &gateway, &consult, options, &conduct).await;
                let answer = graded.map_err(interrupted)?;
                let text = grades::array(&answer, options);
                let (source, usage) = (source(panel, SEED, 1), Tokens::of(journal));
                reply::of_grades(answer, text, source, simulated, took(), usage)
            }
        };
        service.admission().took(took().deliberation);
        Ok(reply)
    }

    fn gateway(&self, panel: &Panel, journal: &Journal) -> Result<Gateway, Problem> {
        let most = self.hold.as_ref().map(Hold::most);
        let budget_usd = match (panel.budget.usd, most) {
            (Some(panel), Some(key)) => Some(panel.min(key)),
            (one, other) => one.or(other),
        };
        let gateway = Gateway::over(
            self.service.doors(),
            RequestConfig {
                journal: journal.clone(),
                run_seed: SEED,
                budget_usd,
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

/// A call was not made, so nothing may be concluded from the others.
fn interrupted(Interrupted(error): Interrupted) -> Problem {
    match error.kind {
        FailureKind::Budget => Code::BudgetReached.because("what this consult may cost is spent"),
        _ => Code::Internal.because("a call was not made"),
    }
}

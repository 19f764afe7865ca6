//! Beginning a consult: every check first, then what must be kept, then the
//! work.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

use super::admission::Ticket;
use super::events::EventLog;
use super::job::{Attached, Job, NewJob, new_id};
use super::jobs::Promise;
use super::purse::Hold;
use super::run::Run;
use crate::access::KeyRecord;
use crate::audit::{AuditError, Idempotency, NewConsult, Who};
use crate::clinical::PatientText;
use crate::deliberation::options::OptionList;
use crate::panel::model::{Panel, Retention};
use crate::serve::config::Served;
use crate::serve::http::auth::Caller;
use crate::serve::http::problem::{Code, Problem};
use crate::serve::service::{Beginning, Service};

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
    pub(super) fn text(&self) -> &PatientText {
        match self {
            Self::Plan(text) | Self::Grade(text, _) => text,
        }
    }

    pub(super) fn panel<'a>(&self, served: &'a Served) -> Result<&'a Arc<Panel>, Problem> {
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
    let beginning = service.beginning();
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
    let promise = PromiseOf(Some((service.clone(), id)), beginning);
    if let Some(known) = promised(service, caller, &order, promise.id()).await? {
        return Ok(Begun::Known(known));
    }
    let (attached, job) = enter(service, caller, order, retention, promise).await?;
    Ok(Begun::New(attached, job))
}

/// An idempotency key that was promised to a consult of this id. Taken back
/// when it is dropped before the consult began. Until then the service does not
/// stop.
struct PromiseOf(
    Option<(Service, String)>,
    #[expect(dead_code, reason = "held")] Beginning,
);

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
    let consult = order.panel.dollars(chars).ok_or(Code::NoPrice)?;
    let spent = service
        .keys()
        .map_or(0.0, |store| store.spent_today(&key.id));
    let held = service.purse().hold(&key.id, budget, spent, consult);
    match held {
        Some(hold) => Ok(Some(hold)),
        None => Err(Code::BudgetReached.because(format!(
            "this consult may cost ${:.4}; of ${budget:.2} a day, ${spent:.4} are spent, \
             and consults at work have some set aside",
            consult.estimate
        ))),
    }
}

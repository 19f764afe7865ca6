//! `/v1/consults`: asking, looking, cancelling.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, LOCATION};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{events, mark, waited};
use crate::access::Scope;
use crate::audit;
use crate::clinical::PatientText;
use crate::panel::model::Retention;
use crate::serve::http::auth::Caller;
use crate::serve::http::body;
use crate::serve::http::prefer::Prefer;
use crate::serve::http::problem::{Code, Problem};
use crate::serve::service::Service;
use crate::serve::work::begin::{Begun, Order, Work, begin, blocking};
use crate::serve::work::events::rfc3339;
use crate::serve::work::job::{Attached, Job, Stop};
use crate::serve::work::question::Ask;
use crate::serve::work::view::{Consult, ReleaseState, State as Standing};

/// How often the same request is tried when another one of its kind is refused
/// meanwhile.
const TRIES: u32 = 5;

/// `POST /v1/consults`.
pub async fn create(
    State(service): State<Service>,
    caller: Caller,
    request: Request<Body>,
) -> Result<Response, Problem> {
    caller.needs(Scope::Consult)?;
    let headers = request.headers().clone();
    body::is_of_type(&headers, &["application/json"])?;
    let prefer = Prefer::of(&headers);
    let streams = wants_stream(&headers);
    let idempotency = idempotency_key(&headers)?;
    let bytes = body::read(request, service.limits()).await?;
    let ask: Ask = body::json(&bytes)?;
    ask.check()?;
    let panel = Arc::clone(service.panel(ask.panel.as_deref())?);
    let keeps_nothing =
        panel.retention == Retention::None || caller.key().is_some_and(|key| key.retention_none);
    let mut time = time_of(ask.deadline_seconds)?;
    if keeps_nothing && let Some(wait) = prefer.wait {
        // Nobody could come back for it: the wait is all the time there is.
        time = Some(time.map_or(wait, |time| time.min(wait)));
    }
    let asked = serde_json::to_string(&ask).map_err(|_| Code::Internal.plain())?;
    let (text, asked) = (ask.text(), PatientText::from(asked));
    let request: [u8; 32] = Sha256::digest(&bytes).into();
    drop(bytes);
    let order = || Order {
        panel: Arc::clone(&panel),
        work: Work::Plan(text.clone()),
        time,
        asked: asked.clone(),
        // Whoever sends an idempotency key will come back with it when the line
        // breaks, and must find the consult that was begun.
        goes_on: prefer.respond_async
            || idempotency.is_some()
            || (prefer.wait.is_none() && !streams),
        comes_back: prefer.respond_async || (prefer.wait.is_none() && !streams),
        idempotency: idempotency.clone().map(|key| (key, request)),
    };
    let mut tries = 0;
    let (attached, job) = loop {
        tries += 1;
        let id = match begin(&service, &caller, order()).await? {
            Begun::New(attached, job) => break (attached, job),
            Begun::Known(id) => id,
        };
        // Another caller of the same request is not to be cancelled by this
        // one's going away.
        if let Some(job) = begun(&service, &id).await {
            break (Attached::new(&job, true), job);
        }
        match find(&service, &caller, &id).await {
            Ok(consult) => return answered(consult),
            // The other one was refused: it is this one's turn.
            Err(problem) if problem.code == Code::NotFound.code() && tries < TRIES => {}
            Err(problem) => return Err(problem),
        }
    };
    if streams {
        return Ok(events::stream_with_answer(&service, attached, job));
    }
    match prefer.wait {
        None => {
            attached.let_go();
            Ok(accepted(&job))
        }
        Some(_) if job.retention == Retention::None => answered(waited(attached, &job).await),
        Some(wait) => match tokio::time::timeout(wait, job.ended()).await {
            Ok(_) => answered(waited(attached, &job).await),
            Err(_) => {
                attached.let_go();
                Ok(accepted(&job))
            }
        },
    }
}

/// A consult that another request of the same kind began, or is about to.
async fn begun(service: &Service, id: &str) -> Option<Arc<Job>> {
    while service.jobs().is_promised(id) {
        if let Some(job) = service.jobs().get(id) {
            return Some(job);
        }
        // It is being written down.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    None
}

/// 200 with the answer, or the problem that it ended in.
fn answered(consult: Consult) -> Result<Response, Problem> {
    if let Some(problem) = consult.problem {
        return Err(problem.of(&consult.id));
    }
    let mut response = Json(&consult).into_response();
    mark(&mut response, &consult);
    Ok(response)
}

/// 202 with the job.
fn accepted(job: &Job) -> Response {
    let consult = Consult::of_job(job);
    let mut response = (StatusCode::ACCEPTED, Json(&consult)).into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("/v1/consults/{}", job.id)) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    accepted.is_some_and(|accept| accept.contains("text/event-stream"))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut sent = headers.get_all("idempotency-key").iter();
    let key = match (sent.next(), sent.next()) {
        (None, _) => return Ok(None),
        (Some(key), None) => key.to_str().ok(),
        // Which of two is meant, nobody can say.
        (Some(_), Some(_)) => None,
    };
    let fits = |key: &&str| {
        (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let key = key.filter(fits).ok_or_else(|| {
        Code::BadRequest.because("an Idempotency-Key has 1 to 255 visible ASCII characters")
    })?;
    Ok(Some(key.to_owned()))
}

/// The caller's own deadline.
pub fn time_of(seconds: Option<f64>) -> Result<Option<Duration>, Problem> {
    let Some(seconds) = seconds else {
        return Ok(None);
    };
    let time = Duration::try_from_secs_f64(seconds).ok();
    let time = time.filter(|time| !time.is_zero());
    let wrong = || Code::BadRequest.because("deadline_seconds must be more than 0");
    Ok(Some(time.ok_or_else(wrong)?))
}

/// `GET /v1/consults/{id}`.
pub async fn show(
    State(service): State<Service>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let consult = find(&service, &caller, &path(id)?).await?;
    let mut response = Json(&consult).into_response();
    mark(&mut response, &consult);
    Ok(response)
}

/// `DELETE /v1/consults/{id}`.
pub async fn cancel(
    State(service): State<Service>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    caller.needs(Scope::Consult)?;
    let id = path(id)?;
    if let Some(job) = service.jobs().get(&id)
        && sees(&caller, &job.owner)
    {
        if !caller.owns(&job.owner) {
            return Err(Code::WrongScope.because("only the key that asked may cancel"));
        }
        if job.retention == Retention::None {
            return Err(Code::RetentionNone.because("close the connection to cancel it"));
        }
        job.stop(Stop::Cancelled);
        job.ended().await;
        return Ok(Json(Consult::of_job(&job)).into_response());
    }
    let consult = find(&service, &caller, &id).await?;
    Ok(Json(consult).into_response())
}

/// The id in a path. What cannot be read is nobody's.
pub fn path(id: Result<Path<String>, PathRejection>) -> Result<String, Problem> {
    let Path(id) = id.map_err(|_| Code::NotFound.plain())?;
    let digits = id.strip_prefix("c_").unwrap_or_default();
    let fits = digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if fits {
        Ok(id)
    } else {
        Err(Code::NotFound.plain())
    }
}

/// May the caller look at consults of this key?
pub fn sees(caller: &Caller, owner: &str) -> bool {
    caller.owns(owner) || caller.reviews(owner)
}

/// A consult that the caller may see. Foreign and unknown ones are the same.
///
/// # Errors
/// [`Problem`] with `not-found`, or `wrong-scope` for a key that may not look
/// at consults at all.
pub async fn find(service: &Service, caller: &Caller, id: &str) -> Result<Consult, Problem> {
    may_look(caller)?;
    if let Some(job) = service.jobs().get(id) {
        return at_work(caller, &job);
    }
    let stored = stored(service, caller, id).await?;
    if stored.state != audit::State::Running {
        return Consult::of_stored(stored);
    }
    match service.jobs().get(id) {
        Some(job) => at_work(caller, &job),
        None => Consult::without_end(stored),
    }
}

fn at_work(caller: &Caller, job: &Job) -> Result<Consult, Problem> {
    if !sees(caller, &job.owner) {
        return Err(Code::NotFound.plain());
    }
    if job.retention == Retention::None {
        return Err(Code::RetentionNone.plain());
    }
    Ok(Consult::of_job(job))
}

/// # Errors
/// [`Problem`] with `wrong-scope`.
pub fn may_look(caller: &Caller) -> Result<(), Problem> {
    let looks = [Scope::Consult, Scope::Read, Scope::Release];
    if looks.into_iter().any(|scope| caller.needs(scope).is_ok()) {
        return Ok(());
    }
    caller.needs(Scope::Consult)
}

/// A consult as it was kept, that the caller may see.
pub async fn stored(
    service: &Service,
    caller: &Caller,
    id: &str,
) -> Result<audit::Stored, Problem> {
    let found = match service.audit().cloned() {
        None => None,
        Some(audit) => {
            let id = id.to_owned();
            blocking(move || audit.read(&id)).await?
        }
    };
    let seen = found.filter(|stored| sees(caller, &stored.who.key_id));
    seen.ok_or_else(|| Code::NotFound.plain())
}

/// What a list is limited by.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Listed {
    /// Most consults, 1 to 200; 50 if absent.
    limit: Option<usize>,
    /// Only those that were asked before the one with this number.
    before: Option<u64>,
}

/// A list of consults, the youngest first.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct List {
    /// The consults.
    pub consults: Vec<Summary>,
}

/// A consult in a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Summary {
    /// Its number, which rises; for `before`.
    pub seq: u64,
    /// Its id.
    pub id: String,
    /// How far it is.
    pub state: Standing,
    /// Its outcome, when there is an answer.
    pub outcome: Option<String>,
    /// Did a clinician release it?
    pub release: ReleaseState,
    /// The panel.
    pub panel: String,
    /// Name of the key that asked.
    pub asked_by: String,
    /// When it was asked.
    pub created_at: String,
}

/// `GET /v1/consults`.
pub async fn list(
    State(service): State<Service>,
    caller: Caller,
    query: Result<Query<Listed>, QueryRejection>,
) -> Result<Json<List>, Problem> {
    caller.needs(Scope::Read)?;
    let wrong = |_| {
        Code::BadRequest.because("limit is a number from 1 to 200, before the number of a consult")
    };
    let Query(query) = query.map_err(wrong)?;
    let limit = query.limit.unwrap_or(50).clamp(1, 200);
    let mut owners = vec![caller.id().to_owned()];
    owners.extend(caller.key().into_iter().flat_map(|key| key.reviews.clone()));
    // Before the list is read: what ends meanwhile is not taken for lost.
    let at_work: Vec<String> = service
        .jobs()
        .of(&owners)
        .iter()
        .map(|job| job.id.clone())
        .collect();
    let found = match service.audit().cloned() {
        None => Vec::new(),
        Some(audit) => {
            let before = query.before;
            blocking(move || audit.list(&owners, limit, before)).await?
        }
    };
    let consults = found.into_iter().map(|summary| Summary {
        state: standing(&service, &summary, &at_work),
        seq: summary.seq,
        id: summary.id,
        outcome: summary.outcome,
        release: match summary.release {
            audit::ReleaseState::Unreleased => ReleaseState::Unreleased,
            audit::ReleaseState::Released => ReleaseState::Released,
            audit::ReleaseState::Rejected => ReleaseState::Rejected,
        },
        panel: summary.panel,
        asked_by: summary.who.key_name,
        created_at: rfc3339(summary.created_at),
    });
    Ok(Json(List {
        consults: consults.collect(),
    }))
}

fn standing(service: &Service, summary: &audit::Summary, at_work: &[String]) -> Standing {
    if let Some(job) = service.jobs().get(&summary.id) {
        return Consult::of_job(&job).state;
    }
    match summary.state {
        audit::State::Running if at_work.contains(&summary.id) => Standing::Running,
        // As `Consult::without_end` has it.
        audit::State::Running => Standing::Failed,
        audit::State::Answered if summary.outcome.as_deref() == Some("failed") => Standing::Failed,
        audit::State::Answered => Standing::Answered,
        audit::State::Cancelled => Standing::Cancelled,
        audit::State::Failed => Standing::Failed,
        audit::State::Interrupted => Standing::Interrupted,
        audit::State::Purged => Standing::Purged,
    }
}

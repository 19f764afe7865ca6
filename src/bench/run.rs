//! Doing all tasks, with no barrier between items.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::StreamExt;
use futures::stream;
use serde::Serialize;

use crate::clinical::Outcome;
use crate::deliberation::Interrupted;
use crate::gateway::journal::{Journal, JournalError};
use crate::gateway::{CallError, Gateway};

use super::item::{ItemResult, work};
use super::options::{self, OptionsResult};
use super::schedule::{Bench, Task};

/// Kind of an item's row in the run's store.
pub const ITEM: &str = "item";

/// How far a run is; read by whoever shows it.
#[derive(Debug, Default)]
pub struct Progress {
    /// Tasks that are finished.
    pub finished: AtomicUsize,
    /// Of these, scored.
    pub scored: AtomicUsize,
    /// Of these, without a complete answer.
    pub troubled: AtomicUsize,
}

/// Something that consists of tasks which ask models, and whose results the
/// store keeps.
pub trait Work: Send + Sync + 'static {
    /// One thing to do.
    type Task: Copy + Send + 'static;
    /// What came of it.
    type Done: Serialize + Send;
    /// Kind of its rows in the store.
    const KIND: &'static str;

    /// All tasks in the order in which they are begun.
    fn tasks(&self) -> Vec<Self::Task>;

    /// Name of a task in the store.
    fn id_of(&self, task: Self::Task) -> String;

    /// Does a task. An error: it is not finished, and nothing may be concluded
    /// from it.
    fn work(
        &self,
        gateway: &Gateway,
        task: Self::Task,
    ) -> impl Future<Output = Result<Self::Done, Interrupted>> + Send;

    /// Counts a finished task, beyond that it is finished.
    fn count(&self, done: &Self::Done, progress: &Progress);
}

/// What a task of a benchmark run came to, by the run's task.
#[derive(Serialize)]
#[serde(untagged)]
pub enum BenchResult {
    /// A plan, judged.
    Plan(Box<ItemResult>),
    /// Options, graded.
    Options(Box<OptionsResult>),
}

impl Work for Bench {
    type Task = Task;
    type Done = BenchResult;
    const KIND: &'static str = ITEM;

    fn tasks(&self) -> Vec<Task> {
        Self::tasks(self)
    }

    fn id_of(&self, task: Task) -> String {
        Self::id_of(self, task)
    }

    async fn work(&self, gateway: &Gateway, task: Task) -> Result<BenchResult, Interrupted> {
        match &self.grading {
            None => work(self, gateway, task)
                .await
                .map(|result| BenchResult::Plan(Box::new(result))),
            Some(grading) => options::item::work(self, grading, gateway, task)
                .await
                .map(|result| BenchResult::Options(Box::new(result))),
        }
    }

    fn count(&self, result: &BenchResult, progress: &Progress) {
        let (scored, complete) = match result {
            BenchResult::Plan(result) => {
                (result.judged.is_some(), result.outcome == Outcome::Complete)
            }
            BenchResult::Options(result) => (
                result.unscored.is_none(),
                result.outcome == Outcome::Complete && result.is_whole(),
            ),
        };
        if scored {
            progress.scored.fetch_add(1, Ordering::Relaxed);
        }
        if !(scored && complete) {
            progress.troubled.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// How a run ended.
#[derive(Debug, Default)]
pub struct RunEnd {
    /// Tasks that were not finished, because the run was stopped.
    pub missing: usize,
    /// What stopped it, if anything did.
    pub stopped_by: Option<CallError>,
}

/// Why a run could not go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The run's database failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A result could not be written as JSON.
    #[error("a result could not be stored: {0}")]
    Store(#[from] serde_json::Error),
    /// A task ended in a panic: a defect of the program.
    #[error("a defect of the program ended a task ({0}); please report it")]
    Task(tokio::task::JoinError),
}

/// Works through all tasks; `width` of them at most are open at once. Every
/// result is in the store before it counts as finished. Dropping the future
/// abandons what is open; the journal keeps what was bought.
///
/// What stops a run is decided by the gateway (its budget, its list of failures
/// that would meet every further call as well): what is in flight is finished,
/// nothing more is bought, and the run can be resumed.
///
/// # Errors
/// [`RunError`] when the store cannot be written.
pub async fn run<W: Work>(
    whole: Arc<W>,
    gateway: Gateway,
    journal: Journal,
    progress: Arc<Progress>,
    width: usize,
) -> Result<RunEnd, RunError> {
    let stopped_by: Arc<Mutex<Option<CallError>>> = Arc::default();
    let mut open = stream::iter(whole.tasks())
        .map(|task| {
            let one = One {
                whole: whole.clone(),
                gateway: gateway.clone(),
                journal: journal.clone(),
                progress: progress.clone(),
                stopped_by: stopped_by.clone(),
            };
            // A task of its own, so that several cores can work; aborted with
            // the run when the run is dropped.
            AbortOnDrop(tokio::spawn(async move { one.work(task).await }))
        })
        .buffer_unordered(width.max(1));

    let mut end = RunEnd::default();
    while let Some(done) = open.next().await {
        match done {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => end.missing += 1,
            Ok(Err(error)) => return Err(error),
            Err(error) => return Err(RunError::Task(error)),
        }
    }
    end.stopped_by = lock(&stopped_by).take();
    Ok(end)
}

struct One<W> {
    whole: Arc<W>,
    gateway: Gateway,
    journal: Journal,
    progress: Arc<Progress>,
    stopped_by: Arc<Mutex<Option<CallError>>>,
}

impl<W: Work> One<W> {
    /// Works on one task and stores its result. `false`: not finished.
    async fn work(&self, task: W::Task) -> Result<bool, RunError> {
        let result = match self.whole.work(&self.gateway, task).await {
            Ok(result) => result,
            Err(Interrupted(error)) => {
                // The first reason is the one that people want to read.
                lock(&self.stopped_by).get_or_insert(error);
                return Ok(false);
            }
        };
        let body = serde_json::to_string(&result)?;
        self.journal
            .put_result(W::KIND, &self.whole.id_of(task), &body)
            .await?;
        self.progress.finished.fetch_add(1, Ordering::Relaxed);
        self.whole.count(&result, &self.progress);
        Ok(true)
    }
}

/// A lock that a panic elsewhere cannot poison for us: the value is plain data.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A spawned task that ends with whoever waits for it.
struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<T> Future for AbortOnDrop<T> {
    type Output = Result<T, tokio::task::JoinError>;

    fn poll(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Self::Output> {
        std::pin::Pin::new(&mut self.0).poll(context)
    }
}

//! One purchase: attempts over HTTP until there is an answer, or until
//! another attempt cannot help.

use std::time::Duration;

use tokio::time::Instant;
use tracing::debug;

use super::attempt::{Attempt, Settled};
use super::call::{CallError, FailureKind, Usage};
use super::fall_back::is_of_the_request;
use super::key::Key;
use super::limits::{ProviderLimits, Turn};
use super::modes::names_the_form;
use super::progress::{Gauge, count};
use super::transport::{Body, Failure, Reply, Transport, choose_pause};
use super::unstated::Unstated;
use super::{Inner, clock, retry};
use crate::gateway::bounded::bounded;
use crate::gateway::breaker::{Breaker, Pass};
use crate::panel::model::{Price, Provider};

/// A provider with all that is kept about it.
pub(super) struct Door {
    pub(super) provider: Provider,
    pub(super) transport: Transport,
    pub(super) limits: ProviderLimits,
    pub(super) breaker: Breaker,
    pub(super) unstated: Unstated,
}

/// A purchase that succeeded.
pub(super) struct Bought {
    pub(super) reply: Reply,
    pub(super) spent: Spent,
}

/// What a purchase took, whether it succeeded or not.
#[derive(Clone, Copy, Default)]
pub(super) struct Spent {
    pub(super) attempts: u32,
    /// Seconds of all attempts and of the waits between them; what a call waits
    /// before it is first sent is left out.
    pub(super) seconds: f64,
}

impl Spent {
    pub(super) fn add(&mut self, other: Spent) {
        self.attempts += other.attempts;
        self.seconds += other.seconds;
    }
}

/// A purchase that failed, and what it took all the same.
pub(super) struct Unbought {
    pub(super) error: CallError,
    pub(super) spent: Spent,
}

impl Inner {
    /// Asks until there is an answer. The memo is the caller's; notes of attempts
    /// that are to go with the record are added to `settled`.
    pub(super) async fn buy(
        &self,
        door: &Door,
        body: &Body<'_>,
        key: &Key,
        settled: &mut Settled<'_>,
    ) -> Result<Bought, Unbought> {
        let mut before = Spent::default();
        loop {
            let body = door.unstated.applied(body);
            match self.buy_as(door, &body, key, settled).await {
                Ok(mut bought) => {
                    door.breaker.took(body.call);
                    bought.spent.add(before);
                    return Ok(bought);
                }
                Err(unbought) => {
                    before.add(unbought.spent);
                    let Some(words) = door.unstated.learn(&body, &unbought.error) else {
                        // Where another mode follows, it is no verdict yet.
                        if !(body.tentative && is_of_the_request(unbought.error.kind)) {
                            door.breaker.failed(body.call, &unbought.error);
                        }
                        return Err(Unbought {
                            error: unbought.error,
                            spent: before,
                        });
                    };
                    self.tell(body.call, &CallError::new(unbought.error.kind, words));
                }
            }
        }
    }

    /// Asks until there is an answer, with this body.
    async fn buy_as(
        &self,
        door: &Door,
        body: &Body<'_>,
        key: &Key,
        settled: &mut Settled<'_>,
    ) -> Result<Bought, Unbought> {
        let limits = &door.provider.limits;
        let call = body.call;
        let mut spent = Spent::default();
        let mut last_fault: Option<String> = None;
        // What counts against the deadline: attempts, and waits between them.
        let mut elapsed = Duration::ZERO;
        let deadline = positive_seconds(limits.total_seconds);
        let jitter = self.jitter_seed ^ u64::from_be_bytes(first_eight(key));
        let mut waits = retry::waits(self.backoff, jitter);
        let longest = positive_seconds(limits.longest_pause_seconds);
        let mut waited_for_a_day = false;
        loop {
            let (mut attempt, turn, pass) = match self.turn_at(door, body, key).await {
                Ok(all) => all,
                Err(error) => return Err(Unbought { error, spent }),
            };
            spent.attempts += 1;
            let left = deadline.saturating_sub(elapsed);
            let time = positive_seconds(limits.call_seconds).min(left);
            let started = Instant::now();
            let outcome = {
                let _place = self.doors.descriptors().place().await;
                let _in_flight = Gauge::raise(&self.counters.in_flight);
                attempt.sent();
                bounded(time, door.transport.send(body)).await
            };
            // Where this process slept, the time is not the attempt's.
            elapsed += started.elapsed().min(time);
            spent.seconds += started.elapsed().as_secs_f64();
            let outcome = outcome.unwrap_or_else(|| Err(timed_out(time)));
            settled.add(attempt.ended(&outcome));
            let is_ours = |failure: &Failure| failure.kind == FailureKind::Machine;
            match &outcome {
                // It says nothing of the provider, and was never sent.
                Err(failure) if is_ours(failure) => {
                    drop(pass);
                    spent.attempts -= 1;
                }
                Ok(_) => pass.ended(None),
                Err(failure) => pass.ended(Some(failure.kind)),
            }
            let used = match &outcome {
                Ok(reply) => reply.usage,
                Err(failure) => failure.usage,
            };
            self.counters.count_tokens(used);
            door.limits.settle(&turn, used.prompt + used.completion);
            let failure = match outcome {
                Ok(reply) => {
                    door.breaker.answered();
                    door.limits.answered(&turn, false);
                    return Ok(Bought { reply, spent });
                }
                Err(failure) => failure,
            };
            if failure.status.is_some() {
                door.breaker.answered();
                door.limits.answered(&turn, failure.pushed_back);
            }
            let pause = choose_pause(&failure.pauses, longest);
            if let Some(pause) = pause.filter(|pause| *pause <= longest) {
                door.limits.refused(&turn, pause);
            }
            drop(turn);
            debug!(
                provider = door.provider.name,
                model = call.model.name,
                stage = call.stage,
                seat = &*call.seat,
                status = failure.status,
                kind = failure.kind.as_str(),
                attempt = spent.attempts,
                key = key.prefix(),
                "an attempt failed"
            );
            // A pause that the provider asked for is a limit of its own and
            // does not count against the deadline.
            // A pause of nothing (a date that has passed) does not end the
            // backing off.
            let too_long = pause.is_some_and(|pause| pause > longest);
            // A limit of the day that a short pause did not help is used up.
            let for_today = failure.daily && (pause.is_none() || waited_for_a_day);
            if failure.retry && (too_long || for_today) {
                let opens = pause.filter(|_| too_long);
                let error = paused(door, &call.model.name, &failure, opens);
                return Err(Unbought { error, spent });
            }
            waited_for_a_day |= failure.daily;
            let asked_for = pause.filter(|pause| !pause.is_zero());
            let wait = asked_for.or_else(|| waits.next()).unwrap_or_default();
            let counted = match asked_for {
                Some(_) => Duration::ZERO,
                None => wait,
            };
            // An answer that is at fault in the same way twice is not bought a
            // third time.
            let fault = failure
                .kind
                .is_of_the_answer()
                .then(|| failure.words.clone());
            let again = fault.is_some() && fault == last_fault;
            last_fault = fault;
            let form_refused = body.tentative
                && failure.kind == FailureKind::BadRequest
                && names_the_form(failure.kind, &failure.words);
            let in_vain = !failure.retry
                || again
                || form_refused
                || spent.attempts >= limits.attempts
                || elapsed.saturating_add(counted) >= deadline;
            if in_vain {
                let error = in_words(door, &call.model.name, failure, spent.attempts);
                return Err(Unbought { error, spent });
            }
            let since = Instant::now();
            let waited = {
                let _waiting = Gauge::raise(&self.counters.waiting);
                self.gate.unless_closed(tokio::time::sleep(wait)).await
            };
            if let Err(error) = waited {
                return Err(Unbought { error, spent });
            }
            elapsed += counted;
            spent.seconds += since.elapsed().as_secs_f64();
            count(&self.counters.retries);
        }
    }

    /// Money and a turn at the provider, unless sending is in vain or stopped.
    async fn turn_at<'a>(
        &'a self,
        door: &'a Door,
        body: &Body<'a>,
        key: &Key,
    ) -> Result<(Attempt<'a>, Turn, Pass<'a>), CallError> {
        let _waiting = Gauge::raise(&self.counters.waiting);
        let attempt = self.set_aside(body, key).await?;
        let turn = door.limits.admit(|| {
            let estimate = self.doors.estimates().of(body);
            estimate.prompt + estimate.completion
        });
        let turn = self.gate.unless_closed(turn).await?;
        // Others may have learned something while this call waited.
        let pass = door.breaker.pass(&body.call.model.id)?;
        Ok((attempt, turn, pass))
    }
}

/// Dollars of so many tokens; `None`: no price.
pub fn usd(price: Option<Price>, usage: Usage) -> Option<f64> {
    let price = price?;
    let cached = usage.cached.min(usage.prompt);
    let fresh = usage.prompt - cached;
    let sum = fresh as f64 * price.input
        + cached as f64 * price.cached_input.unwrap_or(price.input)
        + usage.completion as f64 * price.output;
    Some(sum / 1e6)
}

fn in_words(door: &Door, model: &str, failure: Failure, attempts: u32) -> CallError {
    let tries = match attempts {
        0 | 1 => String::new(),
        more => format!(" ({more} attempts)"),
    };
    CallError::new(
        failure.kind,
        format!(
            "provider {}, model {model}: {}{tries}",
            door.provider.name, failure.words
        ),
    )
}

/// A pause that is not waited for, with the time at which it is over.
fn paused(door: &Door, model: &str, failure: &Failure, pause: Option<Duration>) -> CallError {
    let day = if failure.daily {
        "; its limit of a day is used up"
    } else {
        ""
    };
    let longest = door.provider.limits.longest_pause_seconds;
    let opens = match pause {
        Some(pause) => format!(
            "; it asks for a pause of {}, longer than the {longest} s that are waited for \
             (limits.longest_pause_seconds){} {}",
            clock::length(pause),
            OPENS,
            clock::from_now(pause)
        ),
        None => "; it does not say when it opens again".to_owned(),
    };
    CallError::new(
        FailureKind::Paused,
        format!(
            "provider {}, model {model}: {}{day}{opens}",
            door.provider.name, failure.words
        ),
    )
}

/// What stands before the time at which a provider opens again.
const OPENS: &str = "; it opens again";

/// A failure without the time at which its provider opens again and without
/// the number of attempts, for files that depend on neither.
pub fn without_times(words: &str) -> &str {
    let words = words.split(OPENS).next().unwrap_or(words);
    match words.rsplit_once(" (") {
        Some((before, last)) if last.ends_with(" attempts)") => before,
        _ => words,
    }
}

fn timed_out(time: Duration) -> Failure {
    let words = format!("no answer within {} s", time.as_secs_f64());
    Failure {
        may_be_billed: true,
        ..Failure::new(FailureKind::Timeout, true, words)
    }
}

/// A configured length; a checked panel has no other than positive ones.
pub(super) fn positive_seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::from_secs(86_400))
}

fn first_eight(key: &Key) -> [u8; 8] {
    key.bytes().first_chunk().copied().unwrap_or_default()
}

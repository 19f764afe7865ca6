//! The money of one attempt, from before it is sent to its end, whatever end
//! that is.
//!
//! A provider may go on with a request whose answer nobody waits for, and bill
//! it. So an attempt that timed out, was cut off in the middle of its answer or
//! was given up on its way counts as its bound (`budget`) and is marked as
//! estimated. With a budget it is noted in the journal before it is sent, so
//! that a process that is killed leaves behind what it may have to pay.

use super::Inner;
use super::budget::Reservation;
use super::buy::usd;
use super::call::{Call, CallError, FailureKind, Usage};
use super::estimate::Need;
use super::journal::{Cost, Unanswered, UnansweredRow};
use super::key::Key;
use super::transport::{Body, Failure, Reply};

/// An attempt with the money that is set aside for it.
pub(super) struct Attempt<'a> {
    inner: &'a Inner,
    call: &'a Call,
    key: Key,
    need: Need,
    _reservation: Reservation,
    /// Its number in the journal, once it is there.
    noted: Option<u64>,
    on_its_way: bool,
}

impl Inner {
    /// Sets money aside for an attempt; waits for it where the budget is short.
    ///
    /// # Errors
    /// The budget is reached, or the gate was closed meanwhile.
    pub(super) async fn set_aside<'a>(
        &'a self,
        body: &Body<'a>,
        key: &Key,
    ) -> Result<Attempt<'a>, CallError> {
        let need = || self.doors.estimates().need(body);
        let reserve = self.gate.unless_closed(self.budget.reserve(need)).await?;
        let reservation = reserve.map_err(|reached| {
            self.gate.close(FailureKind::Budget, reached.words());
            self.gate
                .check()
                .err()
                .unwrap_or_else(|| CallError::new(FailureKind::Budget, "the budget is reached"))
        })?;
        Ok(Attempt {
            inner: self,
            call: body.call,
            key: *key,
            need: need(),
            _reservation: reservation,
            noted: None,
            on_its_way: false,
        })
    }
}

impl Attempt<'_> {
    /// It goes out now.
    pub(super) fn sent(&mut self) {
        if self.need.bound > 0.0 {
            self.on_its_way = true;
            if self.inner.budget.is_limited() {
                self.note(Unanswered::Sent, self.need.bound, true);
            }
        }
    }

    /// It ended. Returns the number of a note that is to go with the record of
    /// the call.
    pub(super) fn ended(mut self, outcome: &Result<Reply, Failure>) -> Option<u64> {
        self.on_its_way = false;
        match outcome {
            Ok(reply) => self.spend(self.price(reply.usage), reply.usage_estimated),
            Err(failure) if failure.usage != Usage::default() => {
                let usd = self.price(failure.usage);
                self.spend(usd, false);
                if usd > 0.0 {
                    self.note(Unanswered::Useless, usd, false);
                    return None;
                }
            }
            Err(failure) if failure.may_be_billed => {
                self.lost(match failure.kind {
                    FailureKind::Timeout => Unanswered::TimedOut,
                    FailureKind::Empty => Unanswered::Useless,
                    _ => Unanswered::CutOff,
                });
                return None;
            }
            Err(_) => {}
        }
        self.noted
    }

    /// Nobody knows what it cost.
    fn lost(&mut self, why: Unanswered) {
        if self.need.bound > 0.0 {
            self.spend(self.need.bound, true);
            self.note(why, self.need.bound, true);
        }
    }

    fn price(&self, usage: Usage) -> f64 {
        usd(self.call.model.price, usage).unwrap_or(0.0)
    }

    fn spend(&self, usd: f64, estimated: bool) {
        self.inner.budget.spend(Cost {
            usd,
            estimated_usd: if estimated { usd } else { 0.0 },
        });
    }

    fn note(&mut self, why: Unanswered, usd: f64, estimated: bool) {
        let journal = &self.inner.journal;
        let id = *self.noted.get_or_insert_with(|| journal.attempt());
        let call = self.call;
        journal.note(UnansweredRow {
            id,
            key: self.key,
            item: call.item.clone(),
            stage: call.stage.into(),
            seat: call.seat.clone(),
            trial: call.trial,
            provider: call.model.provider.as_str().into(),
            model: call.model.name.as_str().into(),
            why,
            usd,
            estimated,
            created_at: 0,
        });
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if self.on_its_way {
            self.lost(Unanswered::GivenUp);
        }
    }
}

/// Notes of attempts whose end is known: they go with the record of their call,
/// or by themselves when there is none.
pub(super) struct Settled<'a> {
    inner: &'a Inner,
    attempts: Vec<u64>,
}

impl<'a> Settled<'a> {
    pub(super) fn new(inner: &'a Inner) -> Self {
        Settled {
            inner,
            attempts: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, attempt: Option<u64>) {
        self.attempts.extend(attempt);
    }

    /// They go with a record.
    pub(super) fn take(mut self) -> Vec<u64> {
        std::mem::take(&mut self.attempts)
    }
}

impl Drop for Settled<'_> {
    fn drop(&mut self) {
        self.inner
            .journal
            .settled(std::mem::take(&mut self.attempts));
    }
}

//! A whole call: memo, purchase, journal; and for structured answers the
//! check and the one repair turn.

use std::sync::Arc;

use super::buy::{Door, Spent, usd};
use super::call::{Answer, Call, CallError, Ended, FailureKind, Notice, Usage};
use super::journal::{CallRow, FailureRow, JournalError};
use super::key::{Key, Manner, key_of, seed_of};
use super::modes::Mode;
use super::progress::{Gauge, count};
use super::structured::{Misfit, Prepared, Read};
use super::transport::Body;
use super::{Inner, repair};

/// One turn of a call, bought or found.
struct Turn {
    key: Key,
    row: CallRow,
    bought: bool,
    /// What its words are, by the schema.
    read: Option<Result<Read, Misfit>>,
}

impl Inner {
    /// Asks or finds the answer. Calls with the same key in flight are joined
    /// outside of this; the memo is looked up inside of it, so that nobody can
    /// slip in between the end of a flight and its row.
    pub(super) async fn ask(&self, call: &Call, key: Key) -> Result<Answer, CallError> {
        let door = self.door(call)?;
        let schema = match &call.schema {
            None => None,
            Some(schema) => {
                Some(
                    self.doors
                        .schemas()
                        .prepare(schema)
                        .map_err(|reason| CallError {
                            kind: FailureKind::BadRequest,
                            message: format!("model {}: {reason}", call.model.name),
                        })?,
                )
            }
        };
        let mut first = self.turn(door, call, key, schema.as_deref()).await?;
        let (Some(schema), Some(read)) = (schema, first.read.take()) else {
            return Ok(self.answer(call, &[&first], None));
        };
        let misfit = match read {
            Ok(read) => return Ok(self.answer(call, &[&first], Some(read))),
            Err(misfit) => misfit,
        };
        let again = repair::turn(call, &first.row.text, &misfit);
        let key = self.key(&again)?;
        let mut second = self.turn(door, &again, key, Some(&schema)).await?;
        let misfit = match second.read.take() {
            Some(Err(misfit)) => misfit,
            read => {
                let read = read.and_then(Result::ok);
                return Ok(self.answer(call, &[&first, &second], read));
            }
        };
        let error = CallError {
            kind: FailureKind::Invalid,
            message: format!(
                "provider {}, model {}: the answer does not fit the schema `{}` and neither does \
                 its repair ({})",
                door.provider.name, call.model.name, schema.name, misfit.for_people
            ),
        };
        let spent = Spent {
            attempts: first.row.attempts.saturating_add(second.row.attempts),
            ..Spent::default()
        };
        // Their cost stays with the rows of the answers.
        let failure = self.failure_row(call, first.key, &error, spent);
        let keys = vec![first.key, second.key];
        let journaled = self.journal.invalidate(keys, failure).await;
        self.must_be_written(journaled)?;
        Err(error)
    }

    /// The key of a call as this gateway would send it.
    pub(super) fn key(&self, call: &Call) -> Result<Key, CallError> {
        Ok(key_of(call, self.manner(self.door(call)?, call)))
    }

    fn manner(&self, door: &Door, call: &Call) -> Manner {
        let seed = || seed_of(self.run_seed, call.stage, &call.seat, call.trial);
        Manner {
            mode: door.provider.structured_output,
            seed: door.provider.seed.then(seed),
        }
    }

    fn door(&self, call: &Call) -> Result<&Door, CallError> {
        let name = &call.model.provider;
        self.doors.get(name).ok_or_else(|| CallError {
            kind: FailureKind::BadRequest,
            message: format!("model {}: unknown provider {name}", call.model.name),
        })
    }

    /// One turn: found in the journal, or bought and journaled.
    async fn turn(
        &self,
        door: &Door,
        call: &Call,
        key: Key,
        schema: Option<&Prepared>,
    ) -> Result<Turn, CallError> {
        let found = self.journal.lookup(&key);
        if let Some(row) = self.must_be_written(found)? {
            return Ok(Turn {
                key,
                read: schema.map(|schema| schema.read(&row.text)),
                row,
                bought: false,
            });
        }
        self.gate.check()?;
        let manner = self.manner(door, call);
        let outcome = self.purchase(door, call, schema, manner, &key).await;
        let (error, spent) = match outcome {
            Ok(mut row) => {
                let read = schema.map(|schema| schema.read(&row.text));
                if let Some(Ok(read)) = &read {
                    row.notices
                        .extend(read.slips.iter().map(|slip| Notice::ReadLeniently {
                            how: slip.words().to_owned(),
                        }));
                }
                let journaled = self.journal.record(row.clone()).await;
                self.must_be_written(journaled)?;
                return Ok(Turn {
                    key,
                    row,
                    bought: true,
                    read,
                });
            }
            Err(failed) => failed,
        };
        // A call that was not sent is not a failed one; but one that an
        // earlier failure kept back is, or nobody would find it named.
        if !matches!(error.kind, FailureKind::Budget | FailureKind::Stopped) {
            let failure = self.failure_row(call, key, &error, spent);
            let journaled = self.journal.record_failure(failure).await;
            self.must_be_written(journaled)?;
        }
        Err(error)
    }

    async fn purchase(
        &self,
        door: &Door,
        call: &Call,
        schema: Option<&Prepared>,
        manner: Manner,
        key: &Key,
    ) -> Result<CallRow, (CallError, Spent)> {
        let unsent = |error| (error, Spent::default());
        door.breaker.check(&call.model.id).map_err(unsent)?;
        let first = match schema {
            None => Mode::Prompt,
            Some(_) => self.mode_taken(door, call).map_err(unsent)?,
        };
        let mut body = Body {
            call,
            manner,
            schema,
            mode: first,
            tentative: false,
            store_nothing: self.store_nothing,
        };
        let prompt_bytes = body.prompt_bytes();
        let careful = || {
            let estimate = self.doors.estimates().of(call, prompt_bytes);
            let usage = Usage {
                prompt: estimate.prompt,
                completion: estimate.careful,
                ..Usage::default()
            };
            usd(call.model.price, usage).unwrap_or(0.0)
        };
        let reservation = {
            let _waiting = Gauge::raise(&self.counters.waiting);
            let reserve = self.gate.unless_closed(self.budget.reserve(careful)).await;
            reserve.map_err(unsent)?.map_err(|reached| {
                self.gate.close(FailureKind::Budget, reached.words());
                unsent(self.gate.check().err().unwrap_or_else(|| CallError {
                    kind: FailureKind::Budget,
                    message: "the budget is reached".into(),
                }))
            })?
        };
        let outcome = self.buy_in_some_mode(door, &mut body, key).await;
        drop(reservation);
        let bought = outcome.map_err(|unbought| (unbought.error, unbought.spent))?;
        self.doors
            .estimates()
            .learn(call, bought.reply.usage.completion);
        let (reply, spent) = (bought.reply, bought.spent);
        let price = call.model.price;
        let dollars = usd(price, reply.usage);
        let all = usd(price, spent.usage).unwrap_or(0.0);
        Ok(CallRow {
            key: *key,
            item: Arc::clone(&call.item),
            stage: call.stage.into(),
            seat: Arc::clone(&call.seat),
            trial: call.trial,
            provider: call.model.provider.as_str().into(),
            model: call.model.name.as_str().into(),
            text: reply.text.into(),
            usage: reply.usage,
            usage_estimated: reply.usage_estimated,
            notices: reply.notices,
            usd: dollars,
            usd_lost: (all - dollars.unwrap_or(0.0)).max(0.0),
            seconds: spent.seconds,
            attempts: spent.attempts,
            response_model: reply.model,
            finish_reason: reply.finish_reason,
            created_at: 0,
        })
    }

    fn failure_row(&self, call: &Call, key: Key, error: &CallError, spent: Spent) -> FailureRow {
        FailureRow {
            key,
            item: Arc::clone(&call.item),
            stage: call.stage.into(),
            seat: Arc::clone(&call.seat),
            trial: call.trial,
            provider: call.model.provider.as_str().into(),
            model: call.model.name.as_str().into(),
            kind: error.kind,
            message: error.message.clone(),
            attempts: spent.attempts,
            usd: usd(call.model.price, spent.usage).unwrap_or(0.0),
            created_at: 0,
        }
    }

    /// The answer that its turns make together. Its usage and dollars are
    /// those of the question asked once and answered at once, so that they do
    /// not depend on whether a repair was needed: the first prompt and the last
    /// completion. What was really spent is in the journal's rows.
    fn answer(&self, call: &Call, turns: &[&Turn], read: Option<Read>) -> Answer {
        if !turns.iter().any(|turn| turn.bought) {
            count(&self.counters.from_journal);
        }
        let first = turns.first().map(|turn| turn.row.usage).unwrap_or_default();
        let last = turns.last().map(|turn| &turn.row);
        let finish = last.map(|row| row.usage).unwrap_or_default();
        let usage = Usage {
            prompt: first.prompt,
            cached: first.cached,
            completion: finish.completion,
            reasoning: finish.reasoning,
        };
        let mut notices: Vec<Notice> = Vec::new();
        for turn in turns {
            let estimated = turn.row.usage_estimated.then_some(&Notice::UsageEstimated);
            for notice in estimated.into_iter().chain(&turn.row.notices) {
                if !notices.contains(notice) {
                    notices.push(notice.clone());
                }
            }
        }
        Answer {
            text: last.map_or_else(|| "".into(), |row| Arc::clone(&row.text)),
            json: read.map(|read| Arc::new(read.json)),
            usage,
            usd: usd(call.model.price, usage),
            seconds: turns.iter().map(|turn| turn.row.seconds).sum(),
            ended: Ended::of(last.and_then(|row| row.finish_reason.as_deref())),
            notices,
        }
    }

    /// Without its journal a run buys nothing more: it could not remember it.
    pub(super) fn must_be_written<T>(
        &self,
        outcome: Result<T, JournalError>,
    ) -> Result<T, CallError> {
        outcome.map_err(|error| {
            let message = error.to_string();
            self.gate.close(FailureKind::Journal, message.clone());
            CallError {
                kind: FailureKind::Journal,
                message,
            }
        })
    }
}

//! A whole call: memo, purchase, journal; and for structured answers the
//! check and the one repair turn.

use std::sync::Arc;

use super::attempt::Settled;
use super::buy::{Door, Spent, usd};
use super::call::{Answer, Call, CallError, Ended, FailureKind, Notice, Usage};
use super::journal::{CallRow, FailureRow, JournalError};
use super::key::{Key, Manner, key_of, seed_of};
use super::lenient::Slip;
use super::modes::Mode;
use super::progress::count;
use super::structured::{Misfit, Prepared, Read};
use super::transport::{Body, prompt_bytes};
use super::{Inner, output_limit, repair, room};

/// One turn of a call, bought or found.
struct Turn {
    key: Key,
    row: CallRow,
    bought: bool,
    /// What its words are, by the schema.
    read: Option<Result<Read, Misfit>>,
}

/// Why there is no JSON in an answer.
enum Unread {
    /// It does not fit its schema; a repair may.
    Misfit(Misfit),
    /// Asking again cannot help.
    Final(CallError),
}

impl Inner {
    /// Asks or finds the answer. Calls with the same key in flight are joined
    /// outside of this; the memo is looked up inside of it, so that nobody can
    /// slip in between the end of a flight and its row.
    pub(super) async fn ask(&self, call: &Call, key: Key) -> Result<Answer, CallError> {
        let door = self.door(call)?;
        let schema = match &call.schema {
            None => None,
            Some(schema) => Some(self.doors.schemas().prepare(schema).map_err(|reason| {
                CallError::new(
                    FailureKind::BadRequest,
                    format!("model {}: {reason}", call.model.name),
                )
            })?),
        };
        let mut first = match self.turn(door, call, key, schema.as_deref(), None).await {
            // The row stands under the key of the question: that it was asked
            // with more room follows from the key and the answers, as attempts
            // do.
            Err(error) if error.kind == FailureKind::OutputLimit => {
                let Some((more, told)) = output_limit::raised(call) else {
                    return Err(error);
                };
                self.turn(door, &more, key, schema.as_deref(), Some(told))
                    .await?
            }
            first => first?,
        };
        let Some(schema) = schema else {
            return Ok(self.answer(call, &[&first], None));
        };
        let misfit = match Self::read(call, &mut first) {
            Ok(read) => return Ok(self.answer(call, &[&first], Some(read))),
            Err(Unread::Misfit(misfit)) => Ok(misfit),
            Err(Unread::Final(error)) => Err(error),
        };
        let (again, told) = match misfit {
            Ok(misfit) => (repair::turn(call, &first.row.text, &misfit), None),
            Err(error) if error.kind == FailureKind::OutputLimit => {
                match output_limit::raised(call) {
                    Some((more, told)) => (more, Some(told)),
                    None => return self.fail(call, &[&first], error).await,
                }
            }
            Err(error) => return self.fail(call, &[&first], error).await,
        };
        let key = self.key(&again)?;
        let mut second = self.turn(door, &again, key, Some(&schema), told).await?;
        let error = match Self::read(call, &mut second) {
            Ok(read) => return Ok(self.answer(call, &[&first, &second], Some(read))),
            Err(Unread::Final(error)) => error,
            Err(Unread::Misfit(misfit)) => CallError::new(
                FailureKind::Invalid,
                format!(
                    "provider {}, model {}: the answer does not fit the schema `{}` and neither \
                     does its repair ({})",
                    door.provider.name, call.model.name, schema.name, misfit.for_people
                ),
            ),
        };
        self.fail(call, &[&first, &second], error).await
    }

    /// The JSON in a turn's answer.
    fn read(call: &Call, turn: &mut Turn) -> Result<Read, Unread> {
        let (provider, model) = (&call.model.provider, &call.model.name);
        let ended = Ended::of(turn.row.finish_reason.as_deref());
        // What was said until a filter stopped it is no answer, whatever shape
        // it has.
        if ended.is_refused() {
            let how = ended.trouble(model, "answer").unwrap_or_default();
            return Err(Unread::Final(CallError::new(
                FailureKind::Declined,
                format!("provider {provider}: {how}"),
            )));
        }
        let misfit = match turn.read.take() {
            Some(Ok(read)) => return Ok(read),
            Some(Err(misfit)) => misfit,
            None => Misfit::none(),
        };
        // A cut answer is not asked again unchanged: it would be cut again.
        if ended == Ended::Cut {
            let usage = turn.row.usage;
            return Err(Unread::Final(CallError::new(
                FailureKind::OutputLimit,
                format!(
                    "provider {provider}, model {model}: {}",
                    output_limit::words(call, usage, "its JSON is not complete")
                ),
            )));
        }
        Err(Unread::Misfit(misfit))
    }

    /// The answers of these turns are of no use: they are kept as invalid, with
    /// their cost, and the failure beside them.
    async fn fail(
        &self,
        call: &Call,
        turns: &[&Turn],
        error: CallError,
    ) -> Result<Answer, CallError> {
        let attempts = turns.iter().map(|turn| turn.row.attempts);
        let spent = Spent {
            attempts: attempts.fold(0, u32::saturating_add),
            seconds: turns.iter().map(|turn| turn.row.seconds).sum(),
        };
        let error = error.after(spent.seconds);
        let keys: Vec<Key> = turns.iter().map(|turn| turn.key).collect();
        let Some(&first) = keys.first() else {
            return Err(error);
        };
        // Their cost stays with the rows of the answers.
        let failure = self.failure_row(call, first, &error, spent);
        let journaled = self.journal.record_failure(failure, keys, Vec::new()).await;
        self.must_be_written(journaled)?;
        Err(error)
    }

    /// The key of a call as this gateway would send it.
    pub(super) fn key(&self, call: &Call) -> Result<Key, CallError> {
        Ok(key_of(call, self.manner(self.door(call)?, call)))
    }

    fn manner(&self, door: &Door, call: &Call) -> Manner {
        let seed = || seed_of(self.run_seed, call.stage, &call.seat, call.trial);
        let (model, provider) = (&call.model, &door.provider);
        Manner {
            mode: provider.structured_output,
            output: model
                .output_field(provider)
                .zip(model.most_output())
                .map(|(field, most)| (field, room::output(call, prompt_bytes(call), most))),
            seed: provider.seed.then(seed),
        }
    }

    fn door(&self, call: &Call) -> Result<&Door, CallError> {
        let name = &call.model.provider;
        self.doors.get(name).ok_or_else(|| {
            CallError::new(
                FailureKind::BadRequest,
                format!("model {}: unknown provider {name}", call.model.name),
            )
        })
    }

    /// One turn: found in the journal, or bought and journaled. `told`: what its
    /// reader must know beside what comes with the answer.
    async fn turn(
        &self,
        door: &Door,
        call: &Call,
        key: Key,
        schema: Option<&Prepared>,
        told: Option<Notice>,
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
        self.must_be_written(self.journal.full().map_or(Ok(()), Err))?;
        let manner = self.manner(door, call);
        let mut settled = Settled::new(self);
        let outcome = self
            .purchase(door, call, schema, manner, (&key, &mut settled))
            .await;
        let (error, spent) = match outcome {
            Ok(mut row) => {
                row.notices.extend(told);
                let read = schema.map(|schema| schema.read(&row.text));
                if let Some(Ok(read)) = &read {
                    let told = read.slips.iter().map(Slip::words);
                    row.notices.extend(told.map(|how| Notice::ReadLeniently {
                        how: how.to_owned(),
                    }));
                }
                let journaled = self.journal.record(row.clone(), settled.take()).await;
                self.must_be_written(journaled)?;
                return Ok(Turn {
                    key,
                    row,
                    bought: true,
                    read,
                });
            }
            Err((error, spent)) => (error.after(spent.seconds), spent),
        };
        // A call that was not sent is not a failed one; but one that an
        // earlier failure kept back is, or nobody would find it named.
        if !matches!(error.kind, FailureKind::Budget | FailureKind::Stopped) {
            let failure = self.failure_row(call, key, &error, spent);
            let settled = settled.take();
            let journaled = self
                .journal
                .record_failure(failure, Vec::new(), settled)
                .await;
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
        (key, settled): (&Key, &mut Settled<'_>),
    ) -> Result<CallRow, (CallError, Spent)> {
        let unsent = |error| (error, Spent::default());
        door.breaker.check(&call.model.id).map_err(unsent)?;
        room::check(call).map_err(unsent)?;
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
            stream: door.provider.stream,
        };
        let outcome = self.buy_in_some_mode(door, &mut body, (key, settled)).await;
        let bought = outcome.map_err(|unbought| (unbought.error, unbought.spent))?;
        self.doors.estimates().learn(&body, bought.reply.usage);
        let (reply, spent) = (bought.reply, bought.spent);
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
            usd: usd(call.model.price, reply.usage),
            usd_lost: 0.0,
            usd_lost_estimated: 0.0,
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
            seconds: spent.seconds,
            created_at: 0,
        }
    }

    /// The answer that its turns make together. Its usage and dollars are
    /// those of the question asked once and answered at once, so that they do
    /// not depend on whether a repair was needed: the first prompt and the last
    /// completion. What was really spent is in the journal's rows. Its dollars
    /// count as estimated when a turn's usage was.
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
            for notice in turn.row.all_notices() {
                if !notices.contains(&notice) {
                    notices.push(notice);
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
            CallError::new(FailureKind::Journal, message)
        })
    }
}

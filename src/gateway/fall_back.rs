//! Buying a structured answer in a mode that the server takes.

use super::Inner;
use super::attempt::Settled;
use super::buy::{Bought, Door, Spent, Unbought};
use super::call::{Call, CallError, FailureKind, Notice};
use super::key::Key;
use super::modes::{self, Mode};
use super::transport::Body;

impl Inner {
    /// The mode in which a model is asked: the panel's, or the one that took
    /// its place in this run or before it was interrupted.
    pub(super) fn mode_taken(&self, door: &Door, call: &Call) -> Result<Mode, CallError> {
        let (provider, model_id) = (&door.provider, &call.model.id);
        let note = self.journal.meta_get(&modes::note_of(provider, model_id));
        let note = self.must_be_written(note)?;
        Ok(self
            .doors
            .modes()
            .taken(provider, model_id, note.as_deref()))
    }

    /// Asks, and in the next mode where the server refuses this one.
    pub(super) async fn buy_in_some_mode(
        &self,
        door: &Door,
        body: &mut Body<'_>,
        (key, settled): (&Key, &mut Settled<'_>),
    ) -> Result<Bought, Unbought> {
        let model = &body.call.model;
        // A panel that writes the format itself has its reasons.
        if body.schema.is_none() || model.extra.contains_key("response_format") {
            return self.buy(door, body, key, settled).await;
        }
        let (provider, model_id) = (&door.provider, model.id.as_str());
        let known = self.doors.modes();
        let mut spent = Spent::default();
        let mut first: Option<CallError> = None;
        loop {
            body.tentative = body.mode.next().is_some();
            let unbought = match self.buy(door, body, key, settled).await {
                Ok(mut bought) => {
                    known.answered(provider, model_id, body.mode);
                    if let Err(error) = self.note_mode(door, body, &mut bought).await {
                        return Err(Unbought { error, spent });
                    }
                    bought.spent.add(spent);
                    return Ok(bought);
                }
                Err(unbought) => unbought,
            };
            spent.add(unbought.spent);
            let error = unbought.error;
            let words = words_of(&error, door, &model.name);
            let refusal = (error.kind, words);
            let next = body.mode.next();
            if let Some(next) =
                next.filter(|_| known.may_help(provider, model_id, body.mode, refusal))
            {
                body.mode = next.max(known.taken(provider, model_id, None));
                first.get_or_insert(error);
                continue;
            }
            // What says nothing of the form is told as it was said first.
            let of_form = |error: &CallError| {
                modes::names_the_form(error.kind, words_of(error, door, &model.name))
            };
            if first.is_some() {
                known.in_vain(provider, model_id);
            }
            let error = match first {
                Some(first) if !of_form(&first) => first,
                _ => error,
            };
            if body.tentative && is_of_the_request(error.kind) {
                door.breaker.failed(body.call, &error);
            }
            return Err(Unbought { error, spent });
        }
    }

    /// Where another mode than the panel's was answered: tells it with the
    /// answer, and notes it for when the run goes on.
    async fn note_mode(
        &self,
        door: &Door,
        body: &Body<'_>,
        bought: &mut Bought,
    ) -> Result<(), CallError> {
        let asked = Mode::of(&door.provider);
        if body.mode == asked {
            return Ok(());
        }
        bought.reply.notices.push(Notice::ModeFellBack {
            from: asked.word().to_owned(),
            to: body.mode.word().to_owned(),
        });
        let name = modes::note_of(&door.provider, &body.call.model.id);
        let noted = self.must_be_written(self.journal.meta_get(&name))?;
        if noted.as_deref() != Some(body.mode.word()) {
            let written = self.journal.meta_set(&name, body.mode.word()).await;
            self.must_be_written(written)?;
        }
        Ok(())
    }
}

/// Is it a failure that another mode may help against?
pub(super) fn is_of_the_request(kind: FailureKind) -> bool {
    matches!(kind, FailureKind::BadRequest | FailureKind::Server)
}

/// A failure's words without the names of provider and model, which are the
/// panel's.
fn words_of<'e>(error: &'e CallError, door: &Door, model: &str) -> &'e str {
    let names = format!("provider {}, model {model}: ", door.provider.name);
    error.message.strip_prefix(&names).unwrap_or(&error.message)
}

//! A provider, asked by hand: one request as a run would send it, and all that
//! can be seen of what comes back. Nothing is tried twice, looked up, kept or
//! paid for out of a budget; what is known to fail is asked all the same. The
//! limits of the provider hold as ever.
//!
//! Only for finding out how a provider wants to be asked; whoever wants an
//! answer calls the gateway.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{Instant, timeout};

use super::buy::positive_seconds;
use super::call::{Call, CallError, Ended, FailureKind, Notice, Usage};
use super::doors::Doors;
use super::forms::Form;
use super::key::Manner;
use super::modes::{Mode, names_the_form};
use super::transport::{Body, Failure, choose_pause, window_told};
use crate::panel::model::{Provider, StructuredOutput};

pub use super::transport::Thoughts;

/// One request.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is asked of whom, with the parameters of its model as they are to be
    /// sent.
    pub call: Call,
    /// How a structured answer is asked for.
    pub mode: StructuredOutput,
    /// The seed that is sent, if any.
    pub seed: Option<i32>,
    /// Longest time for the whole answer.
    pub wait: Duration,
}

/// An answer. `Debug` hides the words.
#[derive(Clone)]
pub struct Heard {
    /// The model's words, without its thoughts.
    pub text: String,
    /// Whether it fits the schema that was asked for: what is wrong with it,
    /// with nothing of the answer; `None`: no schema.
    pub fits: Option<Result<Value, String>>,
    /// Tokens, as counted or estimated.
    pub usage: Usage,
    /// The provider did not count them.
    pub usage_estimated: bool,
    /// Bytes of all that was said.
    pub prompt_bytes: u64,
    /// The model's id in the answer.
    pub model: Option<String>,
    /// How it ended.
    pub ended: Ended,
    /// What else its reader must know.
    pub notices: Vec<Notice>,
    /// Where its thoughts were.
    pub thoughts: Thoughts,
    /// From sending to the last byte.
    pub time: Duration,
}

impl std::fmt::Debug for Heard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Heard")
            .field("text_bytes", &self.text.len())
            .field("usage", &self.usage)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// What kind of failure.
    pub kind: FailureKind,
    /// The HTTP status, if one came.
    pub status: Option<u16>,
    /// The provider's own words, in one line, without the prompt and the key.
    pub words: String,
    /// Would the same request, sent later, perhaps be answered? With the pause
    /// that the provider asked for.
    pub again: Option<Duration>,
    /// Tokens that it took all the same.
    pub usage: Usage,
    /// The model may have worked on it, and nobody says how much.
    pub may_be_billed: bool,
}

/// A provider's list of models.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The status it was answered with.
    pub status: u16,
    /// Ids, aliases beside them, in the provider's order; empty where the answer
    /// is no list.
    pub ids: Vec<String>,
    /// From sending to the last byte.
    pub time: Duration,
    entries: Vec<Value>,
}

/// When the pieces of an answer came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timed {
    /// From sending to the first words; `None`: there were none.
    pub first: Option<Duration>,
    /// From sending to the last byte.
    pub last: Duration,
    /// Completion tokens.
    pub tokens: u64,
    /// Did the server count them? Else they are its pieces.
    pub counted: bool,
}

impl Listing {
    fn of(status: u16, told: &Value, time: Duration) -> Self {
        let data = told.get("data").or(told.get("models")).unwrap_or(told);
        let entries: Vec<Value> = data.as_array().cloned().unwrap_or_default();
        let ids = entries.iter().flat_map(names).collect();
        Listing {
            status,
            ids,
            time,
            entries,
        }
    }

    /// Is a model of this id listed? Some put `models/` in front of it.
    pub fn has(&self, id: &str) -> bool {
        self.ids.iter().any(|listed| is_same(listed, id))
    }

    /// The context window that the list tells of a model.
    pub fn window(&self, id: &str) -> Option<u32> {
        let mut entries = self.entries.iter();
        let entry = entries.find(|entry| names(entry).iter().any(|name| is_same(name, id)))?;
        window_told(entry)
    }
}

fn is_same(listed: &str, id: &str) -> bool {
    listed == id || listed.strip_prefix("models/") == Some(id)
}

fn names(entry: &Value) -> Vec<String> {
    let id = entry.get("id").or(entry.get("name")).unwrap_or(entry);
    let aliases = entry.get("aliases").and_then(Value::as_array);
    let all = std::iter::once(id).chain(aliases.into_iter().flatten());
    let mut names: Vec<String> = all.filter_map(Value::as_str).map(str::to_owned).collect();
    names.dedup();
    names
}

impl Doors {
    /// Asks for the list of models.
    ///
    /// # Errors
    /// [`Refusal`] when no answer came; one with an error status is a
    /// [`Listing`] without models.
    pub async fn list_models(&self, provider: &str, wait: Duration) -> Result<Listing, Refusal> {
        let door = self.get(provider).ok_or_else(unknown)?;
        let started = Instant::now();
        let told = timeout(wait, door.transport.models()).await;
        let (status, told) = told.map_err(|_| too_late(wait))?.map_err(refusal)?;
        Ok(Listing::of(status, &told, started.elapsed()))
    }

    /// The context window that a server tells of itself beside its models, as
    /// llama.cpp's `/props` does; `None` for every other server.
    pub async fn window_of_server(&self, provider: &str, wait: Duration) -> Option<u32> {
        let door = self.get(provider)?;
        let told = timeout(wait, door.transport.props()).await.ok()?;
        window_told(&told.ok()?)
    }

    /// Sends one request.
    ///
    /// # Errors
    /// [`Refusal`] with the provider's words.
    pub async fn ask_once(&self, question: &Question) -> Result<Heard, Refusal> {
        let door = self
            .get(&question.call.model.provider)
            .ok_or_else(unknown)?;
        let schema = question.call.schema.as_ref();
        let schema = schema
            .map(|schema| self.schemas().prepare(schema))
            .transpose()
            .map_err(|reason| local(FailureKind::BadRequest, &reason))?;
        let manner = question.manner(&door.provider);
        let mut body = Body {
            call: &question.call,
            manner,
            schema: schema.as_deref(),
            mode: Mode::at(&door.provider, manner.mode),
            tentative: false,
            store_nothing: false,
            stream: false,
        };
        let prompt_bytes = body.prompt_bytes() as u64;
        let turn = door.limits.admit(|| prompt_bytes.div_ceil(4)).await;
        let started = Instant::now();
        let seen = timeout(question.wait, door.transport.send_and_look(&body)).await;
        let mut seen = seen.map_err(|_| too_late(question.wait))?;
        // A schema whose bounds are not taken is sent without them, as in a run.
        if let (Err(failure), Mode::Schema(form)) = (&seen, body.mode)
            && form != Form::Bare
            && body.schema.is_some()
            && names_the_form(failure.kind, &failure.words)
        {
            body.mode = Mode::Schema(Form::Bare);
            let again = timeout(question.wait, door.transport.send_and_look(&body)).await;
            seen = again.map_err(|_| too_late(question.wait))?;
        }
        let (reply, thoughts) = seen.map_err(|failure| {
            let longest = positive_seconds(door.provider.limits.longest_pause_seconds);
            let pause = choose_pause(&failure.pauses, longest);
            if let Some(pause) = pause.filter(|pause| *pause <= longest) {
                door.limits.refused(&turn, pause);
            }
            refusal(failure)
        })?;
        let fits = schema.map(|schema| {
            let read = schema.read(&reply.text);
            read.map(|read| read.json)
                .map_err(|misfit| misfit.for_people)
        });
        Ok(Heard {
            fits,
            usage: reply.usage,
            usage_estimated: reply.usage_estimated,
            prompt_bytes,
            model: reply.model,
            ended: Ended::of(reply.finish_reason.as_deref()),
            notices: reply.notices,
            thoughts,
            time: started.elapsed(),
            text: reply.text,
        })
    }

    /// Sends one request and has it answered piece by piece, for the times.
    ///
    /// # Errors
    /// [`Refusal`], also when the server answers whole.
    pub async fn stream_once(&self, question: &Question) -> Result<Timed, Refusal> {
        let door = self
            .get(&question.call.model.provider)
            .ok_or_else(unknown)?;
        let body = Body {
            call: &question.call,
            manner: question.manner(&door.provider),
            schema: None,
            mode: Mode::Prompt,
            tentative: false,
            store_nothing: false,
            stream: false,
        };
        let _turn = door.limits.admit(|| 0).await;
        let seen = timeout(question.wait, door.transport.stream(&body)).await;
        let seen = seen
            .map_err(|_| too_late(question.wait))?
            .map_err(refusal)?;
        Ok(Timed {
            first: seen.first,
            last: seen.last,
            tokens: seen.tokens,
            counted: seen.counted,
        })
    }
}

impl Question {
    fn manner(&self, provider: &Provider) -> Manner {
        let model = &self.call.model;
        Manner {
            mode: self.mode,
            output: model.output_field(provider).zip(model.most_output()),
            seed: self.seed,
        }
    }
}

impl Refusal {
    /// Tokens that are paid for; `None`: nobody knows.
    pub fn paid(&self) -> Option<Usage> {
        let unknown = self.may_be_billed && self.usage == Usage::default();
        (!unknown).then_some(self.usage)
    }

    /// Did the model think, or say nothing of use, until its limit? Then it took
    /// what it was asked.
    pub fn is_all_thought(&self) -> bool {
        matches!(
            self.kind,
            FailureKind::Empty | FailureKind::OutputLimit | FailureKind::Thoughts
        )
    }

    /// As an error of a call, for whoever names it to a person.
    pub fn error(&self) -> CallError {
        CallError::new(self.kind, self.words.clone())
    }
}

fn refusal(failure: Failure) -> Refusal {
    let again = failure.retry || failure.pushed_back;
    Refusal {
        kind: failure.kind,
        status: failure.status,
        words: failure.words,
        again: again.then(|| failure.pauses.iter().min().copied().unwrap_or_default()),
        usage: failure.usage,
        may_be_billed: failure.may_be_billed,
    }
}

fn too_late(wait: Duration) -> Refusal {
    let words = format!("no answer within {} s", wait.as_secs_f64());
    Refusal {
        may_be_billed: true,
        ..local(FailureKind::Timeout, &words)
    }
}

fn unknown() -> Refusal {
    local(FailureKind::BadRequest, "there is no such provider")
}

fn local(kind: FailureKind, words: &str) -> Refusal {
    Refusal {
        kind,
        status: None,
        words: words.to_owned(),
        again: None,
        usage: Usage::default(),
        may_be_billed: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn listing(told: &Value) -> Listing {
        Listing::of(200, told, Duration::ZERO)
    }

    #[test]
    fn lists_are_read_in_their_shapes() {
        for (told, ids) in [
            (json!({"data": [{"id": "a"}, {"id": "b"}]}), vec!["a", "b"]),
            (
                json!({"data": [{"id": "a", "aliases": ["a", "c"]}]}),
                vec!["a", "c"],
            ),
            (json!([{"id": "a"}]), vec!["a"]),
            (json!({"models": [{"name": "models/g"}]}), vec!["models/g"]),
            (json!({"data": ["a"]}), vec!["a"]),
            (json!({"error": "x"}), vec![]),
            (json!(null), vec![]),
        ] {
            assert_eq!(listing(&told).ids, ids, "{told}");
        }
        let told = json!({"data": [{"id": "models/g", "context_length": 7}, {"id": "h"}]});
        let list = listing(&told);
        assert!(list.has("g") && list.has("models/g") && !list.has("m"));
        assert_eq!((list.window("g"), list.window("h")), (Some(7), None));
    }
}

//! A limit of output that nobody asked for must not be what a call fails by.
//! Where the panel names none, ours is sent; a server that refuses its name or
//! its size is asked again with what it takes, and from then on so at once.
//! What the panel does name is never changed: its refusal is told.

use std::collections::HashMap;
use std::sync::Mutex;

use super::advice::{largest_within, window};
use super::call::{CallError, FailureKind};
use super::sync::locked;
use super::transport::Body;

/// The field and its number, as they are sent.
type Output = Option<(&'static str, u32)>;

/// What servers took in place of our limit, by the id of the model.
#[derive(Default)]
pub(super) struct Unstated(Mutex<HashMap<String, Output>>);

impl Unstated {
    /// The body with what is known to be taken.
    pub(super) fn applied<'a>(&self, body: &Body<'a>) -> Body<'a> {
        let model = &body.call.model;
        let mut body = body.clone();
        if !model.limit_is_stated()
            && let Some(known) = locked(&self.0).get(&model.id)
        {
            body.manner.output = smaller(*known, body.manner.output);
        }
        body
    }

    /// Is this refusal about our limit? Then the call may be sent again, and
    /// the words say how from now on.
    pub(super) fn learn(&self, sent: &Body<'_>, error: &CallError) -> Option<String> {
        let model = &sent.call.model;
        let now = sent.manner.output?;
        if model.limit_is_stated() {
            return None;
        }
        let better = taken(now, error, model.output_limit.is_none())?;
        let mut known = locked(&self.0);
        known.insert(model.id.clone(), better);
        let how = match better {
            Some((field, most)) => format!("{most} is sent as `{field}`"),
            None => "none is sent".to_owned(),
        };
        Some(format!(
            "{}; this limit of output is Primum's own, and {how} from now on. `max_output` and \
             `output_limit` of the model set it",
            error.message
        ))
    }
}

fn smaller(known: Output, own: Output) -> Output {
    let (field, most) = known?;
    Some((field, own.map_or(most, |(_, own)| own.min(most))))
}

/// What the server takes instead; `None`: its refusal is about something else.
fn taken(now: (&'static str, u32), error: &CallError, may_rename: bool) -> Option<Output> {
    let said = error.message.to_lowercase();
    let (field, most) = now;
    let other = match field {
        "max_tokens" => "max_completion_tokens",
        _ => "max_tokens",
    };
    let named = said.contains("max_tokens") || said.contains("max_completion_tokens");
    match error.kind {
        FailureKind::BadRequest if named && may_rename && said.contains(other) => {
            Some(Some((other, most)))
        }
        FailureKind::BadRequest if named => {
            let less = largest_within(&said).filter(|less| *less < most);
            Some(less.map(|less| (field, less)))
        }
        // Prompt and output together are too long for the window.
        FailureKind::TooLong if named || said.contains("completion") => {
            window(&said).filter(|window| *window > 1_024)?;
            Some(None)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_takes_is_read_from_its_refusal() {
        use FailureKind::{BadRequest, TooLong};
        const OURS: (&str, u32) = ("max_tokens", 16_384);
        for (kind, words, expected) in [
            (
                BadRequest,
                "400: Unsupported parameter: 'max_tokens' is not supported with this model. Use \
                 'max_completion_tokens' instead.",
                Some(Some(("max_completion_tokens", 16_384))),
            ),
            (
                BadRequest,
                "400: Invalid max_tokens value, the valid range of max_tokens is [1, 8192]",
                Some(Some(("max_tokens", 8_192))),
            ),
            (
                BadRequest,
                "400: max_tokens is too large: 16384. This model supports at most 4096 completion \
                 tokens, whereas you provided 16384.",
                Some(Some(("max_tokens", 4_096))),
            ),
            (
                BadRequest,
                "422: max_tokens: Extra inputs are not permitted",
                Some(None),
            ),
            (
                TooLong,
                "400: This model's maximum context length is 4096 tokens. However, you requested \
                 18000 tokens (1616 in the messages, 16384 in the completion).",
                Some(None),
            ),
            (
                TooLong,
                "400: request (9031 tokens) exceeds the available context size (8192 tokens)",
                None,
            ),
            (BadRequest, "400: temperature is not supported", None),
            (FailureKind::Server, "500: max_tokens", None),
        ] {
            let error = CallError::new(kind, words);
            assert_eq!(taken(OURS, &error, true), expected, "{words}");
        }
    }
}

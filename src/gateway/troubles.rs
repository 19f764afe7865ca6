//! What went wrong, told once: distinct failures of models, with the
//! provider's own words and what to write in the panel.

use std::sync::Mutex;

use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::watch;

use super::advice::advice;
use super::call::{Call, CallError, FailureKind};
use super::sync::locked;

/// Most that are kept apart; a provider with a new sentence for every call
/// must not fill the memory of a service.
const MOST: usize = 100;

/// One distinct failure of one model. It holds nothing of a prompt.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Trouble {
    /// Name of the provider in the panel.
    pub provider: String,
    /// Name of the model in the panel.
    pub model: String,
    /// What kind of failure.
    #[schemars(with = "String")]
    pub kind: FailureKind,
    /// What happened, with the provider's own words.
    pub words: String,
    /// What to change in the panel, where something is known to help.
    pub advice: Option<String>,
    /// How many calls met it.
    pub calls: u64,
}

impl Trouble {
    /// The failure in lines for people.
    pub fn lines(&self) -> String {
        match &self.advice {
            Some(advice) => format!("{}\n  what helps: {advice}", self.words),
            None => self.words.clone(),
        }
    }
}

/// Distinct failures among these, in the order in which they came first.
pub fn distinct<'a>(
    failures: impl IntoIterator<Item = (&'a str, &'a str, FailureKind, &'a str)>,
) -> Vec<Trouble> {
    let mut list = Vec::new();
    for (provider, model, kind, words) in failures {
        add(&mut list, provider, model, kind, words);
    }
    list
}

/// The list of all gateways over the same doors.
pub(super) struct Troubles {
    list: Mutex<Vec<Trouble>>,
    distinct: watch::Sender<usize>,
}

impl Troubles {
    pub(super) fn new() -> Troubles {
        Troubles {
            list: Mutex::default(),
            distinct: watch::Sender::new(0),
        }
    }

    /// Counts a failure; `true`: nothing equal was there.
    pub(super) fn note(&self, call: &Call, error: &CallError) -> bool {
        let model = &call.model;
        let mut list = locked(&self.list);
        let is_new = add(
            &mut list,
            &model.provider,
            &model.name,
            error.kind,
            &error.message,
        );
        if is_new {
            self.distinct.send_replace(list.len());
        }
        is_new
    }

    pub(super) fn all(&self) -> Vec<Trouble> {
        locked(&self.list).clone()
    }

    /// Tells of every one that is added.
    pub(super) fn subscribe(&self) -> watch::Receiver<usize> {
        self.distinct.subscribe()
    }
}

fn add(
    list: &mut Vec<Trouble>,
    provider: &str,
    model: &str,
    kind: FailureKind,
    words: &str,
) -> bool {
    let same = |known: &&mut Trouble| {
        known.model == model
            && known.provider == provider
            && known.kind == kind
            && same_words(&known.words, words)
    };
    if let Some(known) = list.iter_mut().find(same) {
        known.calls += 1;
        return false;
    }
    if list.len() >= MOST {
        return false;
    }
    list.push(Trouble {
        provider: provider.to_owned(),
        model: model.to_owned(),
        kind,
        words: words.to_owned(),
        advice: advice(kind, words),
        calls: 1,
    });
    true
}

/// Are two failures told in the same words, but for numbers, ids of requests
/// and quotations?
pub(super) fn same_words(one: &str, other: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| c.is_whitespace() || ",.;:()[]…\"'`".contains(c));
        words
            .filter(|word| !word.is_empty() && !word.contains(|c: char| c.is_ascii_digit()))
            .map(str::to_lowercase)
            .collect()
    };
    words(one) == words(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ids_make_no_difference() {
        for (one, other, same) in [
            (
                "429: try again in 20ms",
                "429: try again in 7s (5 attempts)",
                false,
            ),
            (
                "400: bad (request req_8a1)",
                "400: bad (request req_77)",
                true,
            ),
            ("400: `a` […] is bad", "400: `a` is bad", true),
            ("400: temperature is bad", "400: top_p is bad", false),
        ] {
            assert_eq!(same_words(one, other), same, "{one} / {other}");
        }
    }

    #[test]
    fn equal_ones_are_counted_and_others_kept_apart() {
        let list = distinct([
            (
                "p",
                "m",
                FailureKind::BadRequest,
                "400: no `seed` here, unsupported, id 1",
            ),
            (
                "p",
                "m",
                FailureKind::BadRequest,
                "400: no `seed` here, unsupported, id 2",
            ),
            (
                "p",
                "n",
                FailureKind::BadRequest,
                "400: no `seed` here, unsupported, id 3",
            ),
            ("p", "m", FailureKind::Server, "500"),
        ]);
        let calls: Vec<_> = list.iter().map(|trouble| trouble.calls).collect();
        assert_eq!(calls, [2, 1, 1]);
        assert!(
            list[0]
                .lines()
                .ends_with("what helps: write seed = false in the provider")
        );
        assert_eq!(list[2].lines(), "500");
    }
}

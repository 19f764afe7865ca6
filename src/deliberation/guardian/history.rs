//! What earlier guardians did to this plan, and what they wanted and did not
//! get: a later one that wants the same is a second voice, and one that undoes
//! an edit must answer its reason.

use std::collections::BTreeSet;

use crate::clinical::PatientText;
use crate::deliberation::book::Key;
use crate::deliberation::consensus::debate::stems;
use crate::deliberation::pooling::{Action, same};

use super::propose::{Kind, Proposal};

/// Edits so far.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Edits that were carried out, in order: `E1`, `E2`, …
    pub done: Vec<Past>,
    wanted: Vec<Wanted>,
}

/// An edit that was carried out.
#[derive(Clone, Debug)]
pub struct Past {
    /// The guardian.
    pub guardian: String,
    /// What it did.
    pub kind: Kind,
    /// The item.
    pub key: Key,
    /// The words that it added or took out.
    pub text: PatientText,
    /// What they say to do.
    pub action: Action,
    /// Why.
    pub reason: PatientText,
}

/// An edit that was refused for want of a second voice.
#[derive(Clone, Debug)]
struct Wanted {
    guardian: String,
    removal: bool,
    key: Option<Key>,
    action: Action,
}

impl History {
    /// Other guardians who wanted the same before.
    pub fn seconds(&self, proposal: &Proposal) -> Vec<String> {
        let names: BTreeSet<&String> = self
            .wanted
            .iter()
            .filter(|wanted| wanted.guardian != proposal.guardian)
            .filter(|wanted| match proposal.kind {
                Kind::Add => !wanted.removal && same(&wanted.action, &proposal.action),
                // Who wanted an item gone, or in other words, agrees that it
                // should not stand as it does.
                Kind::Remove | Kind::Reword => wanted.removal && wanted.key == proposal.key,
                Kind::Extend => false,
            })
            .map(|wanted| &wanted.guardian)
            .collect();
        names.into_iter().cloned().collect()
    }

    /// Notes an edit that lacked a second voice.
    pub fn want(&mut self, proposal: &Proposal) {
        self.wanted.push(Wanted {
            guardian: proposal.guardian.clone(),
            removal: matches!(proposal.kind, Kind::Remove | Kind::Reword),
            key: proposal.key,
            action: proposal.action.clone(),
        });
    }

    /// Does an edit undo what another guardian did, without answering its
    /// reason? Then the name of that edit (`E2`).
    ///
    /// A reason answers another one when it names the edit, or shares two
    /// words with the earlier reason that can refer to something.
    pub fn undone_without_answer(&self, proposal: &Proposal) -> Option<String> {
        let reason = proposal.edit.reason.expose();
        self.done.iter().enumerate().find_map(|(at, past)| {
            let undoes = past.guardian != proposal.guardian
                && match (past.kind, proposal.kind) {
                    (Kind::Remove, Kind::Add) => same(&past.action, &proposal.action),
                    (Kind::Remove, _) | (_, Kind::Add | Kind::Extend) => false,
                    _ => proposal.key == Some(past.key),
                };
            let name = format!("E{}", at + 1);
            (undoes && !answers(reason, &name, past.reason.expose())).then_some(name)
        })
    }
}

fn answers(reason: &str, name: &str, earlier: &str) -> bool {
    let named = reason
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| word.eq_ignore_ascii_case(name));
    let earlier: BTreeSet<String> = stems(earlier).collect();
    let shared: BTreeSet<String> = stems(reason)
        .filter(|stem| earlier.contains(stem))
        .collect();
    named || shared.len() >= 2
}

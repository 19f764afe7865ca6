//! From a guardian's answer to proposals: form, limits of the panel, and the
//! consistency of the plan. What breaks a rule is refused with the rule.

use std::collections::BTreeSet;

use crate::clinical::{PatientText, Recommendation, Severity};
use crate::deliberation::book::{Book, Key};
use crate::deliberation::pooling::{Action, depends_on, opposite, same};
use crate::deliberation::render::words;
use crate::deliberation::{bare_words, one_line, same_words};
use crate::panel::model::EditLimits;

use super::edit::{Edit, Edits, Op};
use super::history::History;

/// An edit that is within all limits; whether it is carried out depends on what
/// others say of it.
#[derive(Clone)]
pub struct Proposal {
    /// Who proposes it.
    pub guardian: String,
    /// The edit.
    pub edit: Edit,
    /// What it does to the plan.
    pub kind: Kind,
    /// The item; `None` for an addition.
    pub key: Option<Key>,
    /// That item as the guardian saw it.
    pub item: Option<Recommendation>,
    /// The new words in one line; `None` for a removal.
    pub text: Option<PatientText>,
    /// What the new words say to do, or those that go.
    pub action: Action,
    /// Other guardians who propose the same at the same time.
    pub seconded: Vec<String>,
}

/// What an edit does to the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A new item.
    Add,
    /// An item goes.
    Remove,
    /// Other words take the place of an item's.
    Reword,
    /// An item's words stay, and others follow them.
    Extend,
}

/// An edit that a rule refused.
#[derive(Clone)]
pub struct Refusal {
    /// The guardian.
    pub guardian: String,
    /// The edit.
    pub edit: Edit,
    /// The rule, in words.
    pub rule: String,
    /// Does it warn of a severe harm that the plan then does not heed? Not so
    /// where the edit itself was out of form.
    pub warns: bool,
    /// Item that it contradicts, if that is why.
    pub contradicts: Option<Key>,
}

/// What one guardian has used up of its limits.
#[derive(Default)]
struct Used {
    edits: usize,
    added: usize,
    removed: usize,
    grown: usize,
}

/// The plan as the guardian saw it, read once.
struct Seen {
    items: Vec<(Key, Recommendation, Action)>,
}

/// Sorts a guardian's edits into proposals and refusals. Numbers refer to the
/// plan as the guardian saw it, which is the book as it stands. Edits are taken
/// in the guardian's order, the most important first.
pub fn propose(
    book: &Book,
    guardian: &str,
    answer: Edits,
    limits: &EditLimits,
    history: &History,
) -> (Vec<Proposal>, Vec<Refusal>) {
    let seen = Seen {
        items: book
            .keyed()
            .map(|(key, item)| (key, item.clone(), Action::read(item.text.expose())))
            .collect(),
    };
    let leaving: BTreeSet<i64> = answer
        .edits
        .iter()
        .filter(|edit| edit.op == Op::Remove)
        .filter_map(|edit| edit.item)
        .collect();
    let mut used = Used::default();
    let mut proposals: Vec<Proposal> = Vec::new();
    let mut refusals = Vec::new();
    for edit in answer.edits {
        let made = form(&edit, &seen, &proposals)
            .and_then(|form| within(&form, limits, &mut used).map(|()| form))
            // Read last: a flood of long texts must cost nothing.
            .map(|form| form.proposal(guardian, &edit))
            .map_err(|rule| (rule, false, None))
            .and_then(
                |proposal| match consistent(&proposal, &seen, &leaving, &proposals) {
                    Ok(()) => Ok(proposal),
                    Err((rule, contradicts)) => Err((rule, true, contradicts)),
                },
            )
            .and_then(|proposal| match history.undone_without_answer(&proposal) {
                None => Ok(proposal),
                Some(name) => {
                    let rule = format!("it undoes {name} without answering its reason");
                    Err((rule, true, None))
                }
            });
        match made {
            Ok(proposal) => proposals.push(proposal),
            Err((rule, sound, contradicts)) => refusals.push(Refusal {
                guardian: guardian.to_owned(),
                warns: sound && edit.severity == Severity::Severe,
                edit,
                rule,
                contradicts,
            }),
        }
    }
    (proposals, refusals)
}

/// An edit that is in form.
struct Form<'s> {
    kind: Kind,
    target: Option<&'s (Key, Recommendation, Action)>,
    text: Option<PatientText>,
}

impl Form<'_> {
    fn proposal(self, guardian: &str, edit: &Edit) -> Proposal {
        let action = match (&self.text, self.target) {
            (None, Some((_, _, action))) => action.clone(),
            (text, _) => Action::read(text.as_ref().map_or("", |text| text.expose())),
        };
        Proposal {
            guardian: guardian.to_owned(),
            edit: edit.clone(),
            kind: self.kind,
            key: self.target.map(|(key, _, _)| *key),
            item: self.target.map(|(_, item, _)| item.clone()),
            text: self.text,
            action,
            seconded: Vec::new(),
        }
    }
}

/// Form: does it name an item that exists and words that change something?
fn form<'s>(edit: &Edit, seen: &'s Seen, so_far: &[Proposal]) -> Result<Form<'s>, String> {
    let text = match edit.op {
        Op::Remove => None,
        Op::Add | Op::Modify => {
            let text = edit.text.as_ref().map(one_line);
            Some(
                text.filter(|text| !text.is_blank())
                    .ok_or("it has no words")?,
            )
        }
    };
    let target = match edit.op {
        Op::Add => None,
        Op::Remove | Op::Modify => Some(target(edit, seen, so_far)?),
    };
    let kind = match (target, &text) {
        (None, _) => Kind::Add,
        (Some(_), None) => Kind::Remove,
        (Some((_, item, _)), Some(text)) if same_words(&item.text, text) => {
            return Err("it changes nothing".to_owned());
        }
        // What is only made more exact stays; other words in its place, or a
        // condition put behind it, are a removal, and protected like one.
        (Some((_, item, action)), Some(text))
            if only_adds(&item.text, text) && stays(action, text) =>
        {
            Kind::Extend
        }
        (Some(_), Some(_)) => Kind::Reword,
    };
    Ok(Form { kind, target, text })
}

/// Is a longer wording still the same action? A very long one is not read.
fn stays(action: &Action, text: &PatientText) -> bool {
    const MOST: usize = 300;
    words(text.expose()) <= MOST && same(action, &Action::read(text.expose()))
}

/// Does the new wording begin with the old one, so that it only adds to it?
fn only_adds(old: &PatientText, new: &PatientText) -> bool {
    let mut new = bare_words(new);
    bare_words(old).all(|word| new.next() == Some(word))
}

/// The item that an edit is about.
fn target<'s>(
    edit: &Edit,
    seen: &'s Seen,
    so_far: &[Proposal],
) -> Result<&'s (Key, Recommendation, Action), String> {
    let number = edit.item.ok_or("it names no item")?;
    let target = usize::try_from(number)
        .ok()
        .and_then(|number| seen.items.get(number.checked_sub(1)?))
        .ok_or_else(|| format!("the plan has no item {number}"))?;
    if so_far.iter().any(|proposal| proposal.key == Some(target.0)) {
        return Err(format!("item {number} was edited already"));
    }
    Ok(target)
}

/// The limits of the panel. What is within them is used up by it.
fn within(form: &Form<'_>, limits: &EditLimits, used: &mut Used) -> Result<(), String> {
    if used.edits >= limits.max_edits {
        return Err(format!("at most {} edits", limits.max_edits));
    }
    let long = |text: Option<&PatientText>| text.map_or(0, |text| words(text.expose()));
    let old = long(form.target.map(|(_, item, _)| &item.text));
    let longer = long(form.text.as_ref()).saturating_sub(old);
    if used.grown + longer > limits.max_added_words {
        return Err(format!("at most {} added words", limits.max_added_words));
    }
    match form.kind {
        Kind::Add if used.added >= limits.max_added => {
            return Err(format!("at most {} added items", limits.max_added));
        }
        Kind::Add => used.added += 1,
        Kind::Remove | Kind::Reword if used.removed >= limits.max_removed => {
            return Err(format!(
                "at most {} items removed or reworded",
                limits.max_removed
            ));
        }
        Kind::Remove | Kind::Reword => used.removed += 1,
        Kind::Extend => {}
    }
    used.edits += 1;
    used.grown += longer;
    Ok(())
}

/// The plan must not contradict itself, nor lose what another item rests on.
fn consistent(
    proposal: &Proposal,
    seen: &Seen,
    leaving: &BTreeSet<i64>,
    so_far: &[Proposal],
) -> Result<(), (String, Option<Key>)> {
    let others = seen
        .items
        .iter()
        .enumerate()
        .map(|(at, (key, item, action))| (at as i64 + 1, *key, item, action))
        .filter(|(_, key, _, _)| Some(*key) != proposal.key);
    if proposal.kind == Kind::Remove {
        for (number, _, _, action) in others {
            if !leaving.contains(&number) && depends_on(action, &proposal.action) {
                return Err((format!("item {number} rests on it"), None));
            }
        }
        return Ok(());
    }
    for (number, key, item, action) in others {
        let words = proposal.text.as_ref().unwrap_or(&item.text);
        if proposal.kind == Kind::Add
            && (same_words(&item.text, words) || same(action, &proposal.action))
        {
            return Err((format!("the plan has it already, as item {number}"), None));
        }
        if !leaving.contains(&number) && opposite(action, &proposal.action) {
            return Err((format!("it contradicts item {number}"), Some(key)));
        }
    }
    let again = so_far.iter().filter(|earlier| earlier.kind != Kind::Remove);
    for earlier in again {
        if same(&earlier.action, &proposal.action) && proposal.kind == Kind::Add {
            return Err(("the same guardian proposed it already".to_owned(), None));
        }
        if opposite(&earlier.action, &proposal.action) {
            return Err((
                "it contradicts another edit of the same guardian".to_owned(),
                None,
            ));
        }
    }
    Ok(())
}

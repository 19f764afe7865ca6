//! One round: what some guardians answered on the same plan, from proposals to
//! changes. Serial guardians have a round each, parallel ones share one.

use std::collections::BTreeMap;

use crate::clinical::{Check, CheckVerdict, PatientText, Severity};
use crate::deliberation::book::{Book, Key, Why};
use crate::deliberation::escalation::Concern;
use crate::deliberation::pooling::Action;
use crate::panel::model::EditLimits;

use super::check::Checked;
use super::coherent::coherent;
use super::edit::{Edits, Op};
use super::history::{History, Past};
use super::merge::merge;
use super::propose::{Kind, Proposal, Refusal, propose};
use super::settle::{Lacking, settle};

/// Proposals that are within all limits, and what was refused already.
pub struct Round {
    /// The plan that the guardians saw.
    plan: Vec<(Key, Action)>,
    proposals: Vec<Proposal>,
    refusals: Vec<Refusal>,
}

/// What is carried out, and what is not.
pub struct Verdicts {
    accepted: Vec<(Proposal, Vec<Check>)>,
    outvoted: Vec<(Proposal, Vec<Check>, Lacking)>,
    refusals: Vec<Refusal>,
}

impl Round {
    /// Sorts the answers of guardians, given in the panel's order. Edits of
    /// several are merged by rule.
    pub fn open(
        book: &Book,
        answers: Vec<(String, Edits)>,
        limits: &EditLimits,
        history: &History,
    ) -> Self {
        let several = answers.len() > 1;
        let mut proposals = Vec::new();
        let mut refusals = Vec::new();
        for (guardian, edits) in answers {
            let (mut made, mut refused) = propose(book, &guardian, edits, limits, history);
            proposals.append(&mut made);
            refusals.append(&mut refused);
        }
        if several {
            let (merged, mut refused) = merge(proposals);
            proposals = merged;
            refusals.append(&mut refused);
        }
        Self {
            plan: book
                .keyed()
                .map(|(key, item)| (key, Action::read(item.text.expose())))
                .collect(),
            proposals,
            refusals,
        }
    }

    /// What others may be asked about.
    pub fn proposals(&self) -> &[Proposal] {
        &self.proposals
    }

    /// Decides on every proposal, by itself and then beside the others. All are
    /// settled before any is carried out, so that the edits of one round do not
    /// depend on their order.
    pub fn settle(
        self,
        checked: &Checked,
        limits: &EditLimits,
        vendor_of: &BTreeMap<String, String>,
        history: &History,
    ) -> Verdicts {
        let mut accepted = Vec::new();
        let mut outvoted = Vec::new();
        for (at, proposal) in self.proposals.into_iter().enumerate() {
            let checks = checked.of(at).to_vec();
            match settle(&proposal, &checks, limits, vendor_of, history) {
                Ok(()) => accepted.push((proposal, checks)),
                Err(lacking) => outvoted.push((proposal, checks, lacking)),
            }
        }
        let (accepted, refused) = coherent(&self.plan, accepted);
        outvoted.extend(refused);
        Verdicts {
            accepted,
            outvoted,
            refusals: self.refusals,
        }
    }
}

impl Verdicts {
    /// Records what is not done, each with the rule. Returns the warnings of
    /// severe harm among it, which a reader is told.
    pub fn record(&self, book: &mut Book, history: &mut History) -> Vec<Concern> {
        let mut concerns = Vec::new();
        for refusal in &self.refusals {
            let edit = &refusal.edit;
            if refusal.warns {
                concerns.push(Concern::refused_edit(
                    &refusal.guardian,
                    &in_words(edit.op, edit.text.as_ref(), None),
                    crate::deliberation::one_line(&edit.reason).expose(),
                    &refusal.rule,
                    &refusal.rule,
                    refusal.contradicts,
                ));
            }
            let rule = &refusal.rule;
            book.refuse(&refusal.guardian, edit.as_proposed(), rule, Vec::new());
        }
        for (proposal, checks, lacking) in &self.outvoted {
            let edit = &proposal.edit;
            if lacking.voice {
                history.want(proposal);
            }
            if edit.severity == Severity::Severe {
                let item = proposal.item.as_ref().map(|item| &item.text);
                concerns.push(Concern::refused_edit(
                    &proposal.guardian,
                    &in_words(edit.op, proposal.text.as_ref(), item),
                    crate::deliberation::one_line(&edit.reason).expose(),
                    &lacking.rule,
                    &lacking.told,
                    lacking.beside.or(proposal.key),
                ));
            }
            let proposed = edit.as_proposed();
            book.refuse(&proposal.guardian, proposed, &lacking.rule, checks.clone());
        }
        concerns
    }

    /// Carries out what stands of one guardian's edits.
    pub fn carry_out(&self, guardian: &str, book: &mut Book, history: &mut History) {
        let own = self.accepted.iter();
        for (proposal, checks) in own.filter(|(proposal, _)| proposal.guardian == guardian) {
            let why = proposal.edit.why(checks.clone());
            history.done.extend(carry_out(book, proposal, &why));
        }
    }

    /// How many of a guardian's edits are carried out, and how many are not.
    pub fn counts(&self, guardian: &str) -> (usize, usize) {
        let applied = self.accepted.iter().filter(|(p, _)| p.guardian == guardian);
        let outvoted = self
            .outvoted
            .iter()
            .filter(|(p, _, _)| p.guardian == guardian);
        let refused = self.refusals.iter().filter(|r| r.guardian == guardian);
        (applied.count(), outvoted.count() + refused.count())
    }
}

/// Changes the plan. Returns what later guardians are told.
fn carry_out(book: &mut Book, proposal: &Proposal, why: &Why) -> Option<Past> {
    let guardian = &proposal.guardian;
    // What is severe to leave out is never cut for words, so that somebody must
    // agree where somebody was asked.
    let agreed = why.checks.is_empty()
        || !proposal.seconded.is_empty()
        || why
            .checks
            .iter()
            .any(|check| check.verdict == CheckVerdict::Agree);
    let omitted = proposal.edit.omitted().filter(|_| agreed);
    let place = proposal.key.and_then(|key| book.place_of(key));
    let (key, text) = match (proposal.kind, place, &proposal.text) {
        (Kind::Add, _, Some(text)) => {
            let category = proposal.edit.category;
            let key = book.add(guardian, text.clone(), category, omitted, why);
            (key, text.clone())
        }
        (Kind::Reword | Kind::Extend, Some(index), Some(text)) => {
            book.modify(guardian, index, text.clone(), omitted, why);
            (proposal.key?, text.clone())
        }
        (Kind::Remove, Some(index), _) => {
            let stage = format!("guardian:{guardian}");
            let text = proposal.item.as_ref()?.text.clone();
            book.remove(&stage, "removed", &[(index, why.clone())]);
            (proposal.key?, text)
        }
        _ => return None,
    };
    Some(Past {
        guardian: guardian.clone(),
        kind: proposal.kind,
        key,
        action: Action::read(text.expose()),
        text,
        reason: why.reason.clone(),
    })
}

/// What an edit would do, for a reader.
fn in_words(op: Op, text: Option<&PatientText>, item: Option<&PatientText>) -> String {
    let quoted = |text: Option<&PatientText>| {
        text.map_or("an item".to_owned(), |text| {
            format!("\"{}\"", text.expose())
        })
    };
    match op {
        Op::Add => format!("add {}", quoted(text)),
        Op::Remove => format!("remove {}", quoted(item)),
        Op::Modify => format!("put {} as {}", quoted(item), quoted(text)),
    }
}

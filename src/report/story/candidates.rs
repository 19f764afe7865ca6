//! The story of a candidate: drafted items that mean the same, what the panel
//! said of them, what was decided, and what became of it.

use super::{edits, entries};
use crate::clinical::ledger::Origin;
use crate::clinical::{
    Change, Ledger, LedgerCandidate, LedgerEntry, LedgerEvent, RatingRound, Stance,
};
use crate::report::page::{Page, list};

/// All candidates, in the ledger's order.
pub(super) fn all(page: &mut Page, ledger: &Ledger) {
    page.heading("What became of every candidate");
    for candidate in &ledger.candidates {
        let members: Vec<&LedgerEntry> = ledger
            .entries
            .iter()
            .filter(|entry| match &entry.origin {
                Origin::Draft(draft) => candidate.members.contains(draft),
                _ => false,
            })
            .collect();
        one(page, ledger, candidate, &members);
    }
    let homeless: Vec<String> = ledger
        .entries
        .iter()
        .filter(|entry| match &entry.origin {
            Origin::Draft(draft) => !ledger.candidates.iter().any(|c| c.members.contains(draft)),
            _ => false,
        })
        .map(|entry| super::origin(&entry.origin))
        .collect();
    if !homeless.is_empty() {
        page.gap();
        page.hang(2, "! ", &format!("in no candidate: {}", list(&homeless)));
    }
}

fn one(page: &mut Page, ledger: &Ledger, candidate: &LedgerCandidate, members: &[&LedgerEntry]) {
    page.gap();
    page.hang(2, &format!("{}: ", candidate.id), candidate.text.expose());
    drafted(page, candidate, members);
    if !candidate.opposes.is_empty() {
        page.hang(6, "contrary of ", &list(&candidate.opposes));
    }
    for (place, round) in candidate.rounds.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|b| candidate.rounds.get(b));
        ratings(page, round, before);
    }
    for stance in &candidate.stances {
        debated(page, stance);
    }
    decided(page, candidate);
    happened(page, candidate, members);
    ended(page, ledger, members);
}

/// Who drafted it; in which words, where they are not the candidate's.
fn drafted(page: &mut Page, candidate: &LedgerCandidate, members: &[&LedgerEntry]) {
    let alike: Vec<String> = members
        .iter()
        .filter(|entry| entry.text == candidate.text)
        .map(|entry| super::origin(&entry.origin))
        .collect();
    if !alike.is_empty() {
        page.hang(6, "drafted by ", &list(&alike));
    }
    for entry in members.iter().filter(|entry| entry.text != candidate.text) {
        let words = format!(
            "{} as “{}”",
            super::origin(&entry.origin),
            entry.text.expose()
        );
        page.hang(6, "drafted by ", &words);
    }
}

/// One round of ratings. Reasons that stand as they did in the round before are
/// not told again.
fn ratings(page: &mut Page, round: &RatingRound, before: Option<&RatingRound>) {
    let all: Vec<String> = round
        .ratings
        .iter()
        .map(|(agent, rating)| format!("{agent} {}", rating.rating))
        .collect();
    let median = round.median.map_or_else(
        || "no median".to_owned(),
        |median| format!("median {median}"),
    );
    let agreed = if round.disagreement {
        ", they disagree"
    } else {
        ", without disagreement"
    };
    let words = if all.is_empty() {
        "nobody rated it".to_owned()
    } else {
        format!("{}; {median}{agreed}", all.join(", "))
    };
    page.hang(6, &format!("round {}: ", round.round), &words);
    for (agent, rating) in &round.ratings {
        let old = before.and_then(|before| before.ratings.get(agent));
        let mut head = format!("{agent} {}, ", rating.rating);
        for (what, text, old) in [
            ("if done: ", &rating.if_done, old.map(|old| &old.if_done)),
            (
                "if left out: ",
                &rating.if_left_out,
                old.map(|old| &old.if_left_out),
            ),
        ] {
            if !text.is_blank() && old != Some(text) {
                page.hang(8, &format!("{head}{what}"), text.expose());
                head = " ".repeat(head.chars().count());
            }
        }
    }
}

fn debated(page: &mut Page, stance: &Stance) {
    let what = match stance.change {
        Change::Adopt => "adopts it",
        Change::Withdraw => "withdraws it",
        Change::Object => "objects to it",
        Change::Reword => "rewords it",
    };
    let mut words = what.to_owned();
    if let Some(text) = &stance.text {
        words.push_str(&format!(" as “{}”", text.expose()));
    }
    if !stance.reason.is_blank() {
        words.push_str(&format!(": {}", stance.reason.expose()));
    }
    page.hang(
        6,
        &format!("debate {}, {}: ", stance.round, stance.agent),
        &words,
    );
    if let Some(rule) = &stance.refused {
        page.hang(8, "refused: ", rule);
    }
}

fn decided(page: &mut Page, candidate: &LedgerCandidate) {
    let mut facts = Vec::new();
    if !candidate.supporters.is_empty() {
        let how = if candidate.rounds.is_empty() {
            "wanted by"
        } else {
            "rated 7 or higher by"
        };
        facts.push(format!("{how} {}", list(&candidate.supporters)));
    }
    if let Some(share) = candidate.share {
        facts.push(format!("{:.0} % of the votes", share * 100.0));
    }
    if !facts.is_empty() {
        page.hang(6, "", &facts.join(", "));
    }
    let head = if candidate.kept {
        "kept: "
    } else {
        "dropped: "
    };
    page.hang(6, head, in_words(&candidate.rule));
}

/// The rule of a decision that was no vote, said of the one who decided.
fn in_words(rule: &str) -> &str {
    match rule {
        "taken by lead" => "it is in the lead's draft, which stands",
        "not taken by lead" => "it is not in the lead's draft, which stands",
        "taken by synthesis" => "the moderator took it up",
        "not taken by synthesis" => "the moderator did not take it up",
        rule => rule,
    }
}

/// What happened afterwards. What happened to all members in the same way is
/// told once; what the decision or the end says already is not told again.
fn happened(page: &mut Page, candidate: &LedgerCandidate, members: &[&LedgerEntry]) {
    let said = |event: &LedgerEvent| {
        let bare = event.edit.is_none() && event.before.is_none();
        let placed = event.reason.is_blank() && matches!(event.what.as_str(), "kept" | "merged");
        bare && (placed || event.reason.expose() == candidate.rule)
    };
    let mut told: Vec<(&LedgerEvent, Vec<String>)> = Vec::new();
    for entry in members {
        for event in entry.events.iter().filter(|event| !said(event)) {
            let origin = super::origin(&entry.origin);
            match told.iter_mut().find(|(known, _)| *known == event) {
                Some((_, origins)) if !origins.contains(&origin) => origins.push(origin),
                Some(_) => {}
                None => told.push((event, vec![origin])),
            }
        }
    }
    for (event, origins) in told {
        let whose = (origins.len() < members.len()).then(|| list(&origins));
        edits::event(page, 6, event, whose.as_deref());
    }
}

/// How the members ended; those that ended alike together.
fn ended(page: &mut Page, ledger: &Ledger, members: &[&LedgerEntry]) {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for entry in members {
        let how = match entry.fate.numbers() {
            [] => entries::fate(ledger, entry),
            [number] => format!("item {number} of the plan"),
            numbers => {
                let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
                format!("items {} of the plan", list(&numbers))
            }
        };
        let origin = super::origin(&entry.origin);
        match groups.iter_mut().find(|(known, _)| *known == how) {
            Some((_, origins)) => origins.push(origin),
            None => groups.push((how, vec![origin])),
        }
    }
    let alone = groups.len() == 1;
    for (how, origins) in groups {
        let words = if alone {
            how
        } else {
            format!("{}: {how}", list(&origins))
        };
        page.hang(6, "→ ", &words);
    }
}

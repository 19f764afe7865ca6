//! When two items are contrary, and when one waits for the other.

use std::collections::BTreeSet;

use super::action::Action;
use super::clause::{Clause, Gate};
use super::compare::{contradicts, families_agree, gates_agree, overlap, sites_agree};
use super::lexicon::{LEXICON, Sort, Word};
use super::quantity::{Dose, doses_differ};
use super::tables::{GateKind, Verb};

/// Would doing one be the contrary of doing the other?
pub fn opposite(a: &Action, b: &Action) -> bool {
    if a.bare == b.bare {
        return false;
    }
    a.clauses.iter().any(|x| {
        b.clauses.iter().any(|y| {
            // "Hold X, restart it if Y" beside "restart X if Y" is agreement.
            let agreed = || match (says(a, y), says(b, x)) {
                (true, true) => true,
                (true, false) => gated(y),
                (false, true) => gated(x),
                (false, false) => false,
            };
            contrary(x, y) && !agreed()
        })
    })
}

/// Does an item itself say such a thing, under such conditions?
fn says(item: &Action, one: &Clause) -> bool {
    let mut clauses = item.clauses.iter();
    clauses.any(|c| {
        c.is_against() == one.is_against()
            && families_agree(c.family, one.family)
            && about(c, one)
            && gates_agree(c, one)
            && !moves_apart(c, one)
    })
}

fn gated(clause: &Clause) -> bool {
    clause.held_back().next().is_some()
}

/// Does `item` wait for, or rest on, what `earlier` does?
pub fn depends_on(item: &Action, earlier: &Action) -> bool {
    let gated = |clause: &Clause, on: &Clause, after: bool| {
        let mut gates = clause.gates.iter();
        gates.any(|gate| gate.holds_back() == after && names(&gate.words, &on.main))
    };
    item.clauses.iter().any(|clause| {
        earlier.clauses.iter().any(|on| {
            !on.is_against()
                && clause.main != on.main
                && (gated(clause, on, true) || gated(on, clause, false))
        })
    })
}

/// Do the words of a condition name an object? By an entity, or, where the
/// object has none, by half of its words.
fn names(condition: &BTreeSet<Word>, object: &BTreeSet<Word>) -> bool {
    let named = |word: &&Word| {
        condition.iter().any(|other| {
            LEXICON.related(word, other) || word.text.split(' ').any(|part| part == other.text)
        })
    };
    let mut entities = object
        .iter()
        .filter(|word| word.sort.is_entity())
        .peekable();
    if entities.peek().is_some() {
        entities.any(|word| named(&word))
    } else {
        !object.is_empty() && object.iter().filter(named).count() * 2 >= object.len()
    }
}

/// About the same object: a drug in common, or for the rest one object within
/// the other.
fn about(a: &Clause, b: &Clause) -> bool {
    let shares = |x: &Word, y: &Clause| y.main.iter().any(|other| LEXICON.related(x, other));
    if a.has_drug() && b.has_drug() {
        let drug = |w: &&Word| matches!(w.sort, Sort::Drug | Sort::Class);
        // "No IV antibiotics" says nothing of a drug that is one of the class.
        let bare =
            |x: &Clause| x.routes.is_empty() && !x.main.iter().any(|word| word.sort == Sort::Plain);
        let classes = (bare(a) || !a.is_against()) && (bare(b) || !b.is_against());
        let pairs = |x: &Word| {
            b.main
                .iter()
                .any(|y| x.text == y.text || (classes && LEXICON.related(x, y)))
        };
        return a.main.iter().filter(drug).any(pairs);
    }
    let within = |x: &Clause, y: &Clause| !x.main.is_empty() && x.main.iter().all(|w| shares(w, y));
    let entity = a.entities().any(|word| shares(word, b));
    let bare = a.entities().next().is_none() && b.entities().next().is_none();
    sites_agree(a, b) && (entity || bare) && (within(a, b) || within(b, a))
}

fn contrary(a: &Clause, b: &Clause) -> bool {
    families_agree(a.family, b.family)
        && (crosses(a, b) || moves_apart(a, b))
        && about(a, b)
        && !gates_complement(a, b)
        && !doses_differ(&a.doses, &b.doses)
}

/// Both for it, but more and less, or "only if" and "now"?
fn moves_apart(a: &Clause, b: &Clause) -> bool {
    use Verb::{Lower, Raise};
    let opposed = matches!(
        (a.verb, b.verb),
        (Some(Raise), Some(Lower)) | (Some(Lower), Some(Raise))
    );
    a.is_against() == b.is_against()
        && ((opposed && !a.is_against()) || only_if_against_now(a, b) || only_if_against_now(b, a))
}

/// One for it and one against it?
fn crosses(a: &Clause, b: &Clause) -> bool {
    if a.is_against() == b.is_against() {
        return false;
    }
    // A drug that is only named ("document the reaction to X") is not given.
    let given = |c: &Clause| {
        let dosed = c.doses.iter().any(Dose::is_of_a_drug) || !c.every.is_empty();
        let verb = c.strong_verb().is_some_and(|verb| verb != Verb::Refer);
        verb || dosed || c.verb == Some(Verb::Defer)
    };
    let drugs = a.has_drug() && b.has_drug();
    // A stop that may come later presupposes the drug, and a stop for now a
    // start that may come later.
    let (against, favor) = if a.is_against() { (a, b) } else { (b, a) };
    if drugs && !given(favor) {
        return false;
    }
    let may_stop = against
        .held_back()
        .any(|gate| matches!(gate.kind, GateKind::If | GateKind::OnlyIf));
    if against.verb == Some(Verb::Stop)
        && ((may_stop && !gated(favor))
            || (gated(favor) && !gated(against) && against.for_good != Some(true)))
    {
        return false;
    }
    // Less of a drug, or another for it, is not the contrary of stopping it.
    let lessens = |c: &Clause| matches!(c.verb, Some(Verb::Lower | Verb::Swap));
    let changes = |c: &Clause| lessens(c) || c.verb == Some(Verb::Monitor);
    let stop = a.verb == Some(Verb::Stop) || b.verb == Some(Verb::Stop);
    !(stop && (changes(a) || changes(b)))
}

/// "Only if …" is "not now".
fn only_if_against_now(a: &Clause, b: &Clause) -> bool {
    let only = a.gates.iter().any(|gate| gate.kind == GateKind::OnlyIf);
    only && b.held_back().next().is_none() && b.when.iter().any(|span| span.to <= 7.0)
}

/// "Not until Y" and "after Y", "not if Z" and "if not Z" are one advice; two
/// advices for two different conditions are no contradiction either.
fn gates_complement(a: &Clause, b: &Clause) -> bool {
    if a.is_against() == b.is_against() {
        return false;
    }
    let (against, favor) = if a.is_against() { (a, b) } else { (b, a) };
    let mut pairs = against
        .gates
        .iter()
        .flat_map(|x| favor.gates.iter().map(move |y| (x, y)));
    let mut conditional = favor.held_back().peekable();
    let waits = |gate: &Gate| {
        matches!(
            gate.kind,
            GateKind::Until | GateKind::Unless | GateKind::Before
        )
    };
    let meets = pairs.any(|(x, y)| waits(x) && overlap(&x.words, &y.words) >= 0.5);
    let both = conditional.peek().is_some()
        && against.gates.iter().any(|gate| !waits(gate))
        && !against.held_back().any(|x| {
            favor
                .held_back()
                .any(|y| overlap(&x.words, &y.words) >= 0.5 && !contradicts(x, y))
        });
    meets || both
}

//! When two items are the same, and when they may never stand for one another.
//!
//! In doubt two items are not the same: two candidates for one action cost a
//! line, one candidate for two actions can hide a dangerous one.

use std::collections::BTreeSet;

use super::action::Action;
use super::alarm::unread_denial;
use super::clause::{Clause, Family, Gate};
use super::contrary::opposite;
use super::lexicon::{LEXICON, Sort, Word};
use super::quantity::{Dose, Span, doses_differ, near, rhythms_differ, times_differ};
use super::tables::{ANTONYMS, GateKind, Verb};

/// The same action on the same object with compatible dose, timing and
/// condition? An item with several actions is the same only as a whole.
pub fn same(a: &Action, b: &Action) -> bool {
    if a.bare == b.bare {
        return true;
    }
    a.clauses.len() == b.clauses.len()
        && !a.clauses.is_empty()
        && one_to_one(&a.clauses, &b.clauses)
        && one_to_one(&b.clauses, &a.clauses)
        && !conflict(a, b)
}

/// Does every clause of one have a clause of its own in the other?
fn one_to_one(a: &[Clause], b: &[Clause]) -> bool {
    let mut free: Vec<&Clause> = b.iter().collect();
    a.iter().all(|clause| {
        let found = free.iter().position(|other| alike(clause, other));
        found.map(|at| free.swap_remove(at)).is_some()
    })
}

/// May two items never stand for one another, whoever says so: they are
/// contrary, state different doses, times or conditions, or are about
/// different known things?
pub(super) fn conflict(a: &Action, b: &Action) -> bool {
    let doubtful = || unread_denial(a) || unread_denial(b);
    a.bare != b.bare
        && (terms_differ(a, b)
            || gates_differ(a, b)
            || opposite(a, b)
            || unlike(a, b)
            || doubtful())
}

fn terms_differ(a: &Action, b: &Action) -> bool {
    fn all<T: Clone>(action: &Action, of: fn(&Clause) -> &Vec<T>) -> Vec<T> {
        action
            .clauses
            .iter()
            .flat_map(|clause| of(clause).clone())
            .collect()
    }
    fn first<T>(action: &Action, of: fn(&Clause) -> Option<T>) -> Option<T> {
        action.clauses.iter().find_map(of)
    }
    let doses = |x: &Action| all::<Dose>(x, |c| &c.doses);
    let every = |x: &Action| all::<Span>(x, |c| &c.every);
    let when = |x: &Action| all::<Span>(x, |c| &c.when);
    let lasting = |x: &Action| all::<Span>(x, |c| &c.lasting);
    let said = |x: Option<bool>, y: Option<bool>| x.is_some() && y.is_some() && x != y;
    let urgent = |x: &Action| first(x, |c| c.urgent);
    // Urgent, and in so many weeks; routine, and in days.
    let late = |x: &Action, y: &Action| match urgent(x) {
        Some(true) => when(y).iter().any(|span| span.from > 14.0),
        Some(false) => when(y).iter().any(|span| span.to <= 3.0),
        None => false,
    };
    doses_differ(&doses(a), &doses(b))
        || rhythms_differ(&every(a), &every(b))
        || times_differ(&when(a), &when(b))
        || times_differ(&lasting(a), &lasting(b))
        || said(urgent(a), urgent(b))
        || said(first(a, |c| c.for_good), first(b, |c| c.for_good))
        || routes_differ(a, b)
        || antonyms(a, b)
        || antonyms(b, a)
        || late(a, b)
        || late(b, a)
}

fn routes_differ(a: &Action, b: &Action) -> bool {
    let mut x = a.clauses.iter().flat_map(|c| &c.routes).peekable();
    let said = x.peek().is_some() && b.clauses.iter().any(|c| !c.routes.is_empty());
    said && !x.any(|route| b.clauses.iter().any(|c| c.routes.contains(route)))
}

/// Left in one, right in the other?
fn antonyms(a: &Action, b: &Action) -> bool {
    let has = |x: &Action, word: &str| {
        let mut words = x.clauses.iter().flat_map(Clause::named);
        words.any(|w| w.text == word)
    };
    ANTONYMS
        .iter()
        .any(|(x, y)| has(a, x) && has(b, y) && !has(a, y) && !has(b, x))
}

fn gates_differ(a: &Action, b: &Action) -> bool {
    let gates = |x: &'_ Action| -> Vec<Gate> {
        x.clauses
            .iter()
            .flat_map(|clause| clause.gates.clone())
            .collect()
    };
    let (a, b) = (gates(a), gates(b));
    a.iter().any(|x| b.iter().any(|y| contradicts(x, y)))
}

/// Two conditions about one thing of which both cannot hold.
pub(super) fn contradicts(a: &Gate, b: &Gate) -> bool {
    use GateKind::{After, Before, If, OnlyIf, Unless, Until};
    if overlap(&a.words, &b.words) < 0.5 {
        return false;
    }
    let reversed = matches!(
        (a.kind, b.kind),
        (Unless, If | OnlyIf)
            | (If | OnlyIf, Unless)
            | (Before | Until, After)
            | (After, Before | Until)
    );
    let limits = !a.limits.is_empty() && !b.limits.is_empty();
    let met = a.limits.iter().any(|(side, value)| {
        b.limits
            .iter()
            .any(|(other, limit)| near(*value, *limit) && side * other != -1)
    });
    reversed != (a.denied != b.denied) || (limits && !met)
}

/// Shared words over the words of the shorter.
pub(super) fn overlap(a: &BTreeSet<Word>, b: &BTreeSet<Word>) -> f64 {
    let shared = a
        .iter()
        .filter(|x| b.iter().any(|y| LEXICON.related(x, y)))
        .count();
    shared as f64 / a.len().min(b.len()).max(1) as f64
}

/// About different known things, or one for and one against?
fn unlike(a: &Action, b: &Action) -> bool {
    let of = |x: &'_ Action, sorts: &[Sort]| -> Vec<Word> {
        let words = x.clauses.iter().flat_map(|c| c.main.iter().chain(&c.side));
        words.filter(|w| sorts.contains(&w.sort)).cloned().collect()
    };
    let apart = |sorts: &[Sort]| {
        let (x, y) = (of(a, sorts), of(b, sorts));
        let met = x.iter().any(|p| y.iter().any(|q| LEXICON.related(p, q)));
        !x.is_empty() && !y.is_empty() && !met
    };
    let ([x], [y]) = (a.clauses.as_slice(), b.clauses.as_slice()) else {
        return apart(&[Sort::Drug, Sort::Class]);
    };
    let drug = |c: &Clause| c.family == Family::Drug && c.has_drug();
    let other = |c: &Clause| c.entities().next().is_some() && !c.has_drug();
    x.is_against() != y.is_against()
        || (drug(x) && other(y))
        || (drug(y) && other(x))
        || apart(&[Sort::Drug, Sort::Class])
        || apart(&[Sort::Test])
        || apart(&[Sort::Procedure])
        || apart(&[Sort::Specialty])
}

/// The same statement, doses, times and contradictions left to [`conflict`].
fn alike(a: &Clause, b: &Clause) -> bool {
    a.is_against() == b.is_against()
        && verbs_agree(a, b)
        && families_agree(a.family, b.family)
        && objects_agree(a, b)
        && sites_agree(a, b)
        && gates_agree(a, b)
        && purposes_agree(a, b)
}

pub(super) fn families_agree(a: Family, b: Family) -> bool {
    a == b || a == Family::Any || b == Family::Any
}

fn verbs_agree(a: &Clause, b: &Clause) -> bool {
    use Verb::{Continue, Lower, Monitor, Raise, Start, Stop, Swap};
    if a.is_against() {
        // What is taken and to be avoided is to be stopped.
        return true;
    }
    match (a.strong_verb(), b.strong_verb()) {
        // "Escalate to X", "switch to X", "start X": the objects must be equal.
        (Some(x), Some(y)) => {
            let pair = (x.min(y), x.max(y));
            x == y || pair == (Start, Swap) || pair == (Raise, Swap)
        }
        (Some(Monitor), None) | (None, Some(Monitor)) => a.when.is_empty() == b.when.is_empty(),
        // "Metformin 500 mg BID" may be any of them.
        (Some(Start | Continue | Raise | Lower | Swap), None)
        | (None, Some(Start | Continue | Raise | Lower | Swap)) => !matches!(
            (a.verb, b.verb),
            (Some(Verb::Test), _) | (_, Some(Verb::Test))
        ),
        (Some(Stop), None) | (None, Some(Stop)) => false,
        _ => true,
    }
}

fn objects_agree(a: &Clause, b: &Clause) -> bool {
    // A class stands for its member where the patient takes it already.
    let taken = matches!(a.strong_verb().or(b.strong_verb()), Some(verb) if verb != Verb::Start);
    let is = |x: &Word, y: &Word| x.text == y.text || (taken && LEXICON.related(x, y));
    let covered = |x: &Clause, y: &Clause| {
        x.entities().all(|word| {
            let aside = y.side.iter().any(|other| LEXICON.related(word, other));
            aside || y.main.iter().any(|other| is(word, other))
        })
    };
    if !covered(a, b) || !covered(b, a) {
        return false;
    }
    let left = |x: &Clause, y: &Clause| {
        let plain = x.main.iter().filter(|word| word.sort == Sort::Plain);
        plain
            .filter(|word| !y.words().any(|other| other.text == word.text))
            .count()
    };
    let met = |x: &Clause, y: &Clause| {
        let named = |word: &&Word| y.main.iter().chain(&y.side).any(|other| is(word, other));
        x.entities().filter(named).count()
    };
    let entities = met(a, b).max(met(b, a));
    let others = a
        .main
        .iter()
        .filter(|w| !w.sort.is_entity() && b.main.contains(*w))
        .count();
    let (left_a, left_b) = (left(a, b), left(b, a));
    let shared = (2 * entities + others) as f64;
    let likeness = shared / (shared + (left_a + left_b) as f64).max(1.0);
    // Words left over on both sides may name two things.
    let enough = match (entities, left_a.min(left_b)) {
        (0, 0) if others > 1 => 0.5,
        (0, 0) => 0.6,
        (0, _) => 0.7,
        (_, 0) => 0.4,
        _ if matches!(a.family, Family::Drug | Family::Refer) => 0.5,
        _ => 0.6,
    };
    shared >= 1.0 && likeness >= enough
}

pub(super) fn sites_agree(a: &Clause, b: &Clause) -> bool {
    let sites = |c: &'_ Clause| -> Vec<Word> {
        let words = c.main.iter().chain(&c.side);
        words
            .filter(|word| word.sort == Sort::Site)
            .cloned()
            .collect()
    };
    let (a, b) = (sites(a), sites(b));
    a.is_empty()
        || b.is_empty()
        || a.iter().all(|x| b.contains(x))
        || b.iter().all(|x| a.contains(x))
}

pub(super) fn gates_agree(a: &Clause, b: &Clause) -> bool {
    let (x, y): (Vec<&Gate>, Vec<&Gate>) = (a.held_back().collect(), b.held_back().collect());
    let (few, many) = if x.len() <= y.len() { (x, y) } else { (y, x) };
    // Lists of warning signs differ in what they list.
    let enough = if a.is_safety_net() { 0.3 } else { 0.5 };
    few.is_empty() == many.is_empty()
        && few.iter().all(|gate| {
            let mut many = many.iter();
            many.any(|other| {
                overlap(&gate.words, &other.words) >= enough && !contradicts(gate, other)
            })
        })
}

/// A test for one thing is none for another; a drug is the same drug whatever
/// it is for, and so is a referral, unless it is for a drug.
fn purposes_agree(a: &Clause, b: &Clause) -> bool {
    let known = |x: &Clause, y: &Clause| {
        x.purpose
            .iter()
            .any(|w| y.words().any(|o| o.text == w.text))
    };
    let drug = |x: &Clause| x.purpose.iter().any(|word| word.sort == Sort::Drug);
    a.family == Family::Drug
        || (a.has(Sort::Specialty) && !a.is_safety_net() && !drug(a) && !drug(b))
        || (a.purpose.is_empty() && !drug(b))
        || (b.purpose.is_empty() && !drug(a))
        || known(a, b)
        || known(b, a)
}

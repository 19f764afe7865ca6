//! An alarm, and no reading: words that deny in an item in which the rules found
//! no denial ("Propranolol should never be started"). What such an item means is
//! not known, so it never stands for another one and adds no voice to it, and it
//! is contrary to whatever else is said of the same thing. A false alarm costs a
//! line of its own.

use super::action::Action;
use super::clause::Clause;
use super::lexicon::{LEXICON, Word};
use super::tables::GateKind;

/// Words that turn what is said, as [`super::words`] gives them (in lower case,
/// apostrophes passed over), in the languages in which drafts are met most often.
/// English forms of "-n't" are heard by their ending.
const TURNS: [&str; 24] = [
    "not", "never", "no", "none", "nor", "neither", "cannot", "cant", "dont", "wont", "nicht",
    "kein", "keine", "keinen", "niemals", "nie", "nunca", "jamás", "tampoco", "pas", "jamais",
    "non", "не", "não",
];
/// Words against a thing, with which "stop it" agrees.
const AGAINST: [&str; 14] = [
    "avoid",
    "avoided",
    "contraindicated",
    "contraindication",
    "refrain",
    "inappropriate",
    "inadvisable",
    "unsafe",
    "harmful",
    "omit",
    "forgo",
    "vermeiden",
    "evitar",
    "éviter",
];

/// Is something denied in it that the rules have not read?
pub(super) fn unread_denial(item: &Action) -> bool {
    let has = |words: &[&str]| item.bare.iter().any(|word| words.contains(&word.as_str()));
    let turned = has(&TURNS) || item.bare.iter().any(|word| is_denied_verb(word));
    let gate = |kind| matches!(kind, GateKind::Unless | GateKind::OnlyIf);
    let read = |c: &Clause| c.denied || c.gates.iter().any(|g| g.denied || gate(g.kind));
    let clauses = &item.clauses;
    (turned && !clauses.iter().any(read))
        || (has(&AGAINST) && !clauses.iter().any(|c| read(c) || c.is_against()))
}

/// `shouldnt`, `isnt`, `mustnt`, …
fn is_denied_verb(word: &str) -> bool {
    let verb = word.strip_suffix("nt").unwrap_or_default();
    matches!(
        verb,
        "should"
            | "would"
            | "could"
            | "must"
            | "need"
            | "is"
            | "are"
            | "was"
            | "were"
            | "does"
            | "did"
            | "do"
            | "ca"
            | "wo"
            | "might"
            | "ought"
    )
}

/// Is one of them denied in a way that was not read, and does it name what the
/// other is about?
pub(super) fn may_be_contrary(a: &Action, b: &Action) -> bool {
    match (unread_denial(a), unread_denial(b)) {
        (true, false) => names_objects_of(a, b),
        (false, true) => names_objects_of(b, a),
        _ => false,
    }
}

fn names_objects_of(denied: &Action, other: &Action) -> bool {
    let entities = |x: &Action| -> Vec<Word> {
        let clauses = x.clauses.iter();
        clauses.flat_map(|c| c.entities().cloned()).collect()
    };
    let said = entities(denied);
    let entity = |word: &Word| said.iter().any(|x| LEXICON.related(x, word));
    // What the lexicon does not know is known again by its letters.
    let literally = |clause: &Clause| {
        let mut words = clause.main.iter();
        !clause.main.is_empty() && words.all(|word| denied.bare.contains(&word.text))
    };
    entities(other).iter().any(entity) || other.clauses.iter().any(literally)
}

#[cfg(test)]
mod tests {
    use super::super::compare::{conflict, same};
    use super::super::contrary::opposite;
    use super::*;

    /// Ordinary wordings of "don't", and what each is about.
    const PROHIBITIONS: [(&str, &str); 12] = [
        ("Propranolol should never be started.", "Start propranolol."),
        ("Prednisone should not be started.", "Start prednisone."),
        ("Apixaban must never be started.", "Start apixaban."),
        ("Digoxin is best avoided.", "Start digoxin."),
        ("Amoxicillin cannot be used.", "Start amoxicillin."),
        ("Sertraline shouldn't be stopped.", "Stop sertraline."),
        ("Warfarin is not routinely recommended.", "Start warfarin."),
        ("Lithium is not safe here.", "Start lithium."),
        ("Naproxen is contraindicated.", "Start naproxen."),
        ("Metoprolol: not now, not later.", "Start metoprolol."),
        ("Ibuprofen has no place here.", "Give ibuprofen."),
        ("Haloperidol would be inappropriate.", "Start haloperidol."),
    ];

    #[test]
    fn a_prohibition_in_whatever_words_never_stands_for_the_order() {
        for (denied, order) in PROHIBITIONS {
            let (denied, order) = (Action::read(denied), Action::read(order));
            assert!(
                !same(&denied, &order) && !same(&order, &denied),
                "{denied:?}"
            );
            assert!(
                conflict(&denied, &order),
                "nobody may join them: {denied:?}"
            );
            assert!(opposite(&denied, &order), "{:?}", denied.bare);
        }
    }

    #[test]
    fn a_denial_that_is_read_raises_no_alarm() {
        for text in [
            "Do not start propranolol.",
            "Avoid NSAIDs.",
            "Start propranolol.",
            "Start apixaban unless she bleeds.",
        ] {
            assert!(!unread_denial(&Action::read(text)), "{text}");
        }
    }
}

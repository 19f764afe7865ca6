//! An alarm, and no reading: words that deny in an item in which the rules found
//! no denial ("Propranolol should never be started"). What such an item means is
//! not known, so it never stands for another one and adds no voice to it. A false
//! alarm costs a line of its own.

use super::action::Action;
use super::clause::Clause;
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
    let read = |c: &Clause| {
        c.denied || c.for_good.is_some() || c.gates.iter().any(|g| g.denied || gate(g.kind))
    };
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

#[cfg(test)]
mod tests {
    use super::super::compare::{conflict, same};
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

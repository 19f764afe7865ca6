//! The meaning of an action, whatever its wording.

use std::collections::{BTreeMap, BTreeSet};

use super::tables::TABLES;
use super::tokens::{Token, tokens};

/// Words that turn an action into its opposite.
pub(super) const NEGATIONS: &[&str] = &[
    "not", "no", "avoid", "never", "without", "neither", "nor", "against", "cannot", "don",
    "unless",
];

/// The words of a text without lead-ins and rationales, synonyms replaced by
/// one of each class, joined by spaces.
pub fn canon(text: &str) -> String {
    let tokens = tokens(text);
    let body = body(&tokens);
    let mut meaning = String::with_capacity(text.len());
    for piece in pieces(body) {
        if !meaning.is_empty() {
            meaning.push(' ');
        }
        match piece {
            Piece::Verb { class, .. } => meaning.push_str(&TABLES.verb_meanings[class]),
            Piece::Phrase { class, .. } => meaning.push_str(&TABLES.phrase_meanings[class]),
            Piece::Word(token) => meaning.push_str(&token.word),
        }
    }
    meaning
}

/// A stretch of an action's words.
pub(super) enum Piece<'a> {
    /// A verb of a class, at the beginning.
    Verb { class: usize, tokens: &'a [Token] },
    /// A phrase of a class.
    Phrase { class: usize, tokens: &'a [Token] },
    /// Any other word.
    Word(&'a Token),
}

/// The tokens without the lead-ins before and the rationales after them. What
/// consists of nothing else is left as it is.
pub(super) fn body(tokens: &[Token]) -> &[Token] {
    let all: Vec<&str> = tokens.iter().map(|token| token.word.as_str()).collect();
    let (mut from, mut to) = (0, all.len());
    while let Some((length, _)) = TABLES.rationales.ends(&all[from..to])
        && to - from > length
    {
        to -= length;
    }
    while let Some((length, _)) = TABLES.leads.begins(&all[from..to])
        && to - from > length
    {
        from += length;
    }
    &tokens[from..to]
}

/// An action's words cut into what the tables know and what they do not.
pub(super) fn pieces(body: &[Token]) -> Vec<Piece<'_>> {
    let all: Vec<&str> = body.iter().map(|token| token.word.as_str()).collect();
    let mut pieces = Vec::with_capacity(all.len());
    let mut at = 0;
    while at < all.len() {
        let verb = (at == 0).then(|| TABLES.verbs.begins(&all)).flatten();
        if let Some((length, class)) = verb {
            let tokens = &body[..length];
            pieces.push(Piece::Verb { class, tokens });
            at = length;
        } else if let Some((length, class)) = TABLES.phrases.begins(&all[at..]) {
            let tokens = &body[at..at + length];
            pieces.push(Piece::Phrase { class, tokens });
            at += length;
        } else {
            pieces.push(Piece::Word(&body[at]));
            at += 1;
        }
    }
    pieces
}

/// How alike two meanings are, from 0 to 1: shared words over all words. 0
/// where they begin otherwise (the verb), or differ in a number or in a
/// negation: those turn one action into another.
pub fn likeness(a: &str, b: &str) -> f64 {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split(' ').collect(), b.split(' ').collect());
    let numbers = |words: &[&str]| {
        let mut found: Vec<String> = words
            .iter()
            .filter(|w| w.contains(|c: char| c.is_ascii_digit()))
            .map(|w| (*w).to_owned())
            .collect();
        found.sort_unstable();
        found
    };
    let negations = |words: &[&str]| words.iter().filter(|w| NEGATIONS.contains(w)).count();
    if a.first() != b.first() || negations(&a) != negations(&b) || numbers(&a) != numbers(&b) {
        return 0.0;
    }
    let (a, b): (BTreeSet<&str>, BTreeSet<&str>) =
        (a.into_iter().collect(), b.into_iter().collect());
    let shared = a.intersection(&b).count();
    shared as f64 / (a.len() + b.len() - shared).max(1) as f64
}

/// Groups of texts that mean the same to the simulated models, by place.
pub fn collisions<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<Vec<usize>> {
    let mut by_meaning: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, text) in texts.into_iter().enumerate() {
        by_meaning.entry(canon(text)).or_default().push(place);
    }
    by_meaning
        .into_values()
        .filter(|places| places.len() > 1)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meanings_survive_wording() {
        let meaning = canon("Start Metoprolol 25 mg PO twice daily");
        for same in [
            "**I would start metoprolol 25 mg orally BID.**",
            "Recommended: Initiate Metoprolol 25 mg by mouth two times a day, because this limits avoidable harm",
            "begin the Metoprolol 25 mg PO twice daily. Rationale: waiting would carry its own risk.",
        ] {
            assert_eq!(canon(same), meaning, "{same}");
        }
    }

    #[test]
    fn opposites_doses_and_denials_are_not_alike() {
        let of = |a: &str, b: &str| likeness(&canon(a), &canon(b));
        assert!(
            of(
                "Refer urgently to Cardiology today",
                "Refer urgently to Cardiology"
            ) > 0.7
        );
        for (a, b) in [
            (
                "Start Prednisone 40 mg daily",
                "Stop Prednisone 40 mg daily",
            ),
            (
                "Start Prednisone 40 mg daily",
                "Start Prednisone 20 mg daily",
            ),
            ("Advise him to drive", "Advise him not to drive"),
        ] {
            assert_eq!(of(a, b), 0.0, "{a} / {b}");
        }
    }

    #[test]
    fn nothing_but_a_lead_in_stays_what_it_is() {
        assert_eq!(canon("Please"), "please");
        assert_eq!(canon(""), "");
    }
}

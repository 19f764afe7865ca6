//! Actions that contradict each other.

use super::canon::{NEGATIONS, canon};
use super::tables::ANTONYMS;

/// Do two meanings (as [`canon`] gives them) say the same but for a negation
/// or a verb that undoes the other's?
pub fn opposite(a: &str, b: &str) -> bool {
    let (a, b) = (Stance::of(a), Stance::of(b));
    if a.object != b.object {
        return false;
    }
    let undo =
        |[x, y]: &[&str; 2]| (*x == a.verb && *y == b.verb) || (*y == a.verb && *x == b.verb);
    match a.verb == b.verb {
        true => a.denied != b.denied,
        false => a.denied == b.denied && ANTONYMS.iter().any(undo),
    }
}

/// An action taken apart.
struct Stance {
    verb: String,
    object: String,
    denied: bool,
}

impl Stance {
    fn of(meaning: &str) -> Self {
        let words: Vec<&str> = meaning.split(' ').collect();
        let mut denied = false;
        let mut kept: Vec<&str> = Vec::with_capacity(words.len());
        for (at, &word) in words.iter().enumerate() {
            // "Avoid" at the beginning is the verb itself.
            if NEGATIONS.contains(&word) && !(at == 0 && word == "avoid") {
                denied = !denied;
                if kept.last() == Some(&"do") {
                    kept.pop();
                }
            } else if !(word == "t" && at > 0 && words[at - 1] == "don") {
                kept.push(word);
            }
        }
        // Without the denial the verb may stand first, where it has synonyms.
        let bare = canon(&kept.join(" "));
        let (verb, object) = bare.split_once(' ').unwrap_or((bare.as_str(), ""));
        Self {
            verb: verb.to_owned(),
            object: object.to_owned(),
            denied,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denials_and_undoing_verbs_contradict_and_nothing_else_does() {
        let of = |a: &str, b: &str| {
            let (a, b) = (canon(a), canon(b));
            assert_eq!(opposite(&a, &b), opposite(&b, &a));
            opposite(&a, &b)
        };
        for (a, b) in [
            (
                "Start apixaban 5 mg BID",
                "Please do not begin apixaban 5 mg twice daily",
            ),
            ("I would discontinue ibuprofen", "Initiate ibuprofen"),
            ("Don't stop ibuprofen", "Cease ibuprofen"),
            ("Avoid carvedilol", "Begin carvedilol"),
            ("Advise him to drive", "Advise him not to drive"),
        ] {
            assert!(of(a, b), "{a} / {b}");
        }
        for (a, b) in [
            ("Start apixaban", "Begin apixaban"),
            ("Do not start apixaban", "Stop apixaban"),
            ("Start apixaban 5 mg", "Do not start apixaban 10 mg"),
            ("Start apixaban", "Order a CBC"),
            ("", ""),
        ] {
            assert!(!of(a, b), "{a} / {b}");
        }
    }
}

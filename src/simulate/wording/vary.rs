//! An action in a model's own words.

use super::canon::{Piece, body, canon, pieces};
use super::tables::{IMPERATIVES, PHRASES, PLAIN_LEADS, RATIONALES, VERB_LEADS, VERBS};
use super::tokens::tokens;
use crate::simulate::draw::Key;

/// How a model words things.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Probability of a rationale.
    pub verbosity: f64,
    /// Rationales stand in a line of their own.
    pub rationale_apart: bool,
}

/// A reworded action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Varied {
    /// The action, one line.
    pub line: String,
    /// A rationale for a line of its own, complete with its label.
    pub below: Option<String>,
}

impl Varied {
    /// Both parts in one line, as a parser may join them.
    pub fn joined(&self) -> String {
        match &self.below {
            Some(below) => format!("{} {below}", self.line),
            None => self.line.clone(),
        }
    }
}

/// Rewords a text. `canon` finds the same meaning in the result, whatever the
/// text: a wording that would not be read back is not used.
pub fn vary(text: &str, style: Style, key: Key) -> Varied {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let varied = reword(&flat, style, key);
    let meaning = canon(&flat);
    let joined = || canon(&varied.joined()) == meaning;
    if canon(&varied.line) == meaning && (varied.below.is_none() || joined()) {
        return varied;
    }
    Varied {
        line: flat,
        below: None,
    }
}

fn reword(text: &str, style: Style, key: Key) -> Varied {
    let mut line = synonyms(text, key);
    if key.with(1).chance(0.3) {
        line = lower_names(&line);
    }
    if key.with(2).chance(0.6) {
        line = lead_in(&line, key.with(3));
    }
    let bare = line.trim_end_matches('.').len();
    line.truncate(bare);
    let rationale = RATIONALES[key.with(4).below(RATIONALES.len())];
    let below = if !key.with(5).chance(style.verbosity) {
        None
    } else if style.rationale_apart {
        Some(format!("Rationale: {rationale}."))
    } else {
        line = format!("{line}, because {rationale}");
        None
    };
    if key.with(6).chance(0.5) {
        line.push('.');
    }
    Varied { line, below }
}

/// Replaces verbs and phrases by others of their class, each with even odds.
fn synonyms(text: &str, key: Key) -> String {
    let tokens = tokens(text);
    let mut line = String::with_capacity(text.len() + 32);
    let mut copied = 0;
    for (i, piece) in pieces(body(&tokens)).iter().enumerate() {
        let key = key.with(100 + i as u64);
        let (forms, tokens) = match piece {
            Piece::Verb { class, tokens } => (VERBS[*class], *tokens),
            Piece::Phrase { class, tokens } => (PHRASES[*class], *tokens),
            Piece::Word(_) => continue,
        };
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
            continue;
        };
        if key.with(0).chance(0.5) {
            continue;
        }
        let old = &text[first.start..last.end];
        let form = forms[key.with(1).below(forms.len())];
        line.push_str(&text[copied..first.start]);
        line.push_str(&cased_like(form, old, i == 0));
        copied = last.end;
    }
    line.push_str(&text[copied..]);
    line
}

/// A form with its first letter as large as the old one's at the beginning of
/// a line, and in running text small unless it is an abbreviation.
fn cased_like(form: &str, old: &str, first: bool) -> String {
    let large = first && old.starts_with(|c: char| c.is_uppercase());
    let mut letters = form.chars();
    match letters.next() {
        Some(initial) if large => initial.to_uppercase().chain(letters).collect(),
        Some(_) if !first => form.to_owned(),
        _ => decapitalised(form),
    }
}

/// A lead-in before the text, with the text's first letter made small where
/// it stands in the middle of a sentence.
fn lead_in(text: &str, key: Key) -> String {
    let first = text.split(' ').next().unwrap_or_default().to_lowercase();
    let imperative = IMPERATIVES.contains(&first.as_str())
        || VERBS
            .iter()
            .flat_map(|class| class.iter())
            .any(|verb| verb.to_lowercase().split(' ').next() == Some(first.as_str()));
    let leads = if imperative { VERB_LEADS } else { PLAIN_LEADS };
    let lead = leads[key.below(leads.len())];
    if lead.ends_with(':') {
        format!("{lead} {text}")
    } else {
        format!("{lead} {}", decapitalised(text))
    }
}

/// Makes the first letter small, unless the first word has other capitals or
/// digits (`MRI`, `H2`).
fn decapitalised(text: &str) -> String {
    let word = text.split(' ').next().unwrap_or_default();
    let plain = word.chars().skip(1).all(|c| c.is_lowercase() || c == '-');
    if plain && word.len() > 1 && word.is_ascii() {
        let (initial, rest) = text.split_at(1);
        return initial.to_ascii_lowercase() + rest;
    }
    text.to_owned()
}

/// Writes capitalised names within the line (drugs, mostly) small.
fn lower_names(text: &str) -> String {
    let mut words = text.split(' ');
    let mut line = words.next().unwrap_or_default().to_owned();
    for word in words {
        line.push(' ');
        line.push_str(&decapitalised(word));
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const APART: Style = Style {
        verbosity: 0.5,
        rationale_apart: true,
    };

    proptest! {
        #[test]
        fn whatever_the_text_its_meaning_is_read_back(text in "\\PC{0,80}", seed in 0u64..1000) {
            let varied = vary(&text, APART, Key::new("test").with(seed));
            prop_assert_eq!(canon(&varied.joined()), canon(&text));
            prop_assert!(!varied.line.contains('\n'));
        }

        #[test]
        fn so_is_text_made_of_the_tables_own_words(
            parts in proptest::collection::vec(
                proptest::sample::select(
                    [VERB_LEADS, PLAIN_LEADS, RATIONALES, &["because", "rationale", "Rationale:"]]
                        .concat()
                        .into_iter()
                        .chain(VERBS.iter().chain(PHRASES).flat_map(|class| class.iter().copied()))
                        .collect::<Vec<_>>()),
                0..6),
            seed in 0u64..1000,
        ) {
            let text = parts.join(" ");
            let varied = vary(&text, APART, Key::new("test").with(seed));
            prop_assert_eq!(canon(&varied.joined()), canon(&text));
        }
    }

    #[test]
    fn wordings_are_many() {
        let text = "Start Metoprolol 25 mg PO twice daily";
        let forms: std::collections::BTreeSet<String> = (0..200)
            .map(|seed| vary(text, APART, Key::new("test").with(seed)).line)
            .collect();
        assert!(forms.len() > 80, "{}", forms.len());
    }
}

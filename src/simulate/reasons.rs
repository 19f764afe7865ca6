//! Reasons in the case's own words: who judges a reason by whether it speaks
//! of the case finds that these do.

use super::draw::Key;
use super::engine::Scene;
use super::reading::block;

/// Most words that are quoted.
const MOST: usize = 5;
/// Letters from which on a word says something.
const CONTENT: usize = 5;
/// Long words that could stand in any case.
const COMMON: &[&str] = &[
    "about",
    "after",
    "again",
    "because",
    "before",
    "being",
    "could",
    "currently",
    "during",
    "every",
    "first",
    "given",
    "having",
    "history",
    "other",
    "patient",
    "patients",
    "please",
    "question",
    "recommend",
    "should",
    "since",
    "still",
    "their",
    "there",
    "these",
    "those",
    "through",
    "under",
    "until",
    "weeks",
    "where",
    "which",
    "while",
    "whether",
    "would",
    "years",
];

/// Fills the case's words into a sentence that has a place for them, `{}`.
pub(super) fn reason(scene: &Scene<'_>, sentences: &[&str], key: Key) -> String {
    let case = block("case", scene.request.user()).unwrap_or_default();
    let words = quote(case, key.with(0)).map_or("this case".to_owned(), |q| format!("“{q}”"));
    let sentence = key.with(1).pick(sentences).copied().unwrap_or("{}");
    sentence.replace("{}", &words)
}

/// Up to five words that stand together in a text, two of which say something.
fn quote(text: &str, key: Key) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let bare = |run: &str| run.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let ends = |word: &str| word.ends_with(['.', ',', ';', ':', '?', '!', ')', '"']);
    let telling = (0..words.len()).filter(|&from| says_something(words[from]));
    let (mut runs, mut singles) = (Vec::new(), Vec::new());
    for from in telling {
        let rest = &words[from..];
        let clause = rest.iter().position(|word| ends(word));
        let length = clause.map_or(rest.len(), |at| at + 1).min(MOST);
        // A run ends with a word that says something, too.
        match (1..length).rev().find(|&at| says_something(rest[at])) {
            Some(last) => runs.push(bare(&rest[..=last].join(" "))),
            None => singles.push(bare(rest[0])),
        }
    }
    key.pick(if runs.is_empty() { &singles } else { &runs })
        .cloned()
}

fn says_something(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    bare.chars().count() >= CONTENT
        && bare.chars().all(|c| c.is_alphabetic() || c == '-')
        && !COMMON.contains(&bare.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_stands_in_the_text_and_says_something() {
        let text = "A 61-year-old woman has swollen ankles, and her ejection fraction is 31%.\n\
            She takes diltiazem for hypertension; what next?";
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..50 {
            let found = quote(text, Key::new("t").with(seed)).expect("a quote");
            assert!(text.contains(&found), "{found}");
            seen.insert(found);
        }
        assert!(seen.contains("ejection fraction"), "{seen:?}");
        assert!(seen.contains("diltiazem for hypertension"), "{seen:?}");
        assert!(!seen.iter().any(|quote| quote.contains(',')), "{seen:?}");
    }

    #[test]
    fn little_text_gives_little_and_none_gives_nothing() {
        let key = Key::new("t");
        assert_eq!(quote("An old cough.", key).as_deref(), Some("cough"));
        assert_eq!(quote("A to B.", key), None);
        assert_eq!(quote("", key), None);
    }
}

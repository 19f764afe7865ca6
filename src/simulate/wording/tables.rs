//! The tables that the models' wording is made of.
//!
//! Three rules keep every wording readable; the test below holds them:
//! no lead-in begins another, no rationale ends another, and no lead-in
//! begins with a word that begins a synonym.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::tokens::tokens;

/// Lead-ins before a verb in the imperative.
pub(super) const VERB_LEADS: &[&str] = &[
    "Arrange to",
    "Please",
    "I would",
    "I recommend to",
    "We should",
    "Plan to",
    "Make sure to",
    "My advice is to",
    "Next step:",
    "First of all,",
];

/// Lead-ins before anything.
pub(super) const PLAIN_LEADS: &[&str] = &[
    "Recommended:",
    "Suggested action:",
    "Action item:",
    "Priority step:",
];

/// What a rationale says; written as `..., because R`, or as `Rationale: R.`
pub(super) const RATIONALES: &[&str] = &[
    "this limits avoidable harm",
    "the course may otherwise go unnoticed",
    "this follows from the findings above",
    "waiting would carry its own risk",
    "the balance of benefit and burden favors it",
    "it settles the main uncertainty early",
];

/// How a rationale is joined to an action.
pub(super) const RATIONALE_JOINTS: &[&str] = &["because", "rationale"];

/// Verbs that mean the same at the beginning of an action.
pub(super) const VERBS: &[&[&str]] = &[
    &["Order", "Obtain", "Request"],
    &["Start", "Begin", "Initiate", "Commence"],
    &["Stop", "Discontinue", "Cease"],
    &["Increase", "Raise"],
    &["Decrease", "Lower"],
    &["Measure", "Check"],
    &["Inform", "Tell"],
    &["Perform", "Carry out"],
    &["Postpone", "Defer"],
    &["Administer", "Give"],
    &["Switch", "Change"],
];

/// Verbs that undo each other at the beginning of an action, as meanings have
/// them: the first of each class of [`VERBS`].
pub(super) const ANTONYMS: &[[&str; 2]] = &[
    ["start", "stop"],
    ["start", "avoid"],
    ["administer", "avoid"],
    ["administer", "stop"],
    ["continue", "stop"],
    ["continue", "hold"],
    ["increase", "decrease"],
];

/// Phrases that mean the same wherever they stand.
pub(super) const PHRASES: &[&[&str]] = &[
    &["PO", "by mouth", "orally"],
    &["twice daily", "BID", "two times a day"],
    &["three times daily", "TID", "three times a day"],
    &["PRN", "as needed"],
    &["complete blood count", "CBC"],
    &["comprehensive metabolic panel", "CMP"],
    &["basic metabolic panel", "BMP"],
    &["electrocardiogram", "ECG", "EKG"],
    &["chest X-ray", "chest radiograph"],
    &["urgent referral", "expedited referral"],
    &["elective referral", "non-urgent referral"],
    &["brain MRI", "MRI of the brain"],
];

/// Verbs in the imperative that a lead-in with "to" may precede, besides
/// those of [`VERBS`].
pub(super) const IMPERATIVES: &[&str] = &[
    "add",
    "advise",
    "arrange",
    "assess",
    "book",
    "collect",
    "confirm",
    "continue",
    "counsel",
    "draw",
    "encourage",
    "ensure",
    "explain",
    "hold",
    "limit",
    "obtain",
    "offer",
    "prescribe",
    "provide",
    "reassure",
    "recheck",
    "refer",
    "repeat",
    "replace",
    "restrict",
    "review",
    "schedule",
    "screen",
    "send",
    "taper",
    "teach",
    "test",
    "titrate",
    "treat",
    "use",
    "vaccinate",
    "warn",
];

/// Word sequences by their first word (for rationales: by their last), each
/// with the class that it belongs to.
pub(super) struct Sequences(HashMap<String, Vec<(Vec<String>, usize)>>);

impl Sequences {
    fn new(
        entries: impl IntoIterator<Item = (Vec<String>, usize)>,
        key: impl Fn(&[String]) -> Option<&String>,
    ) -> Self {
        let mut map: HashMap<String, Vec<(Vec<String>, usize)>> = HashMap::new();
        for (sequence, class) in entries {
            if let Some(word) = key(&sequence) {
                map.entry(word.clone()).or_default().push((sequence, class));
            }
        }
        for list in map.values_mut() {
            list.sort_by_key(|(sequence, _)| std::cmp::Reverse(sequence.len()));
        }
        Self(map)
    }

    /// The longest sequence that begins the words: its length and class.
    pub fn begins(&self, words: &[&str]) -> Option<(usize, usize)> {
        self.find(words.first()?, |sequence| {
            words.len() >= sequence.len() && words.iter().zip(sequence).all(|(w, s)| w == s)
        })
    }

    /// The longest sequence that ends the words: its length and class.
    pub fn ends(&self, words: &[&str]) -> Option<(usize, usize)> {
        self.find(words.last()?, |sequence| {
            let tail = words.iter().rev();
            words.len() >= sequence.len() && tail.zip(sequence.iter().rev()).all(|(w, s)| w == s)
        })
    }

    fn find(&self, key: &str, fits: impl Fn(&[String]) -> bool) -> Option<(usize, usize)> {
        let (sequence, class) = self.0.get(key)?.iter().find(|(s, _)| fits(s))?;
        Some((sequence.len(), *class))
    }
}

/// The tables in words.
pub(super) struct Tables {
    pub leads: Sequences,
    pub rationales: Sequences,
    pub verbs: Sequences,
    pub phrases: Sequences,
    /// What stands for each class in a meaning.
    pub verb_meanings: Vec<String>,
    pub phrase_meanings: Vec<String>,
}

pub(super) static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    leads: Sequences::new(
        VERB_LEADS
            .iter()
            .chain(PLAIN_LEADS)
            .map(|lead| (words(lead), 0)),
        |s| s.first(),
    ),
    rationales: Sequences::new(
        RATIONALES.iter().flat_map(|rationale| {
            RATIONALE_JOINTS
                .iter()
                .map(move |joint| (words(&format!("{joint} {rationale}")), 0))
        }),
        |s| s.last(),
    ),
    verbs: Sequences::new(classes(VERBS), |s| s.first()),
    phrases: Sequences::new(classes(PHRASES), |s| s.first()),
    verb_meanings: meanings(VERBS),
    phrase_meanings: meanings(PHRASES),
});

/// The first form of each class.
fn meanings(table: &[&[&str]]) -> Vec<String> {
    let first = |class: &&[&str]| {
        class
            .first()
            .map_or(String::new(), |form| words(form).join(" "))
    };
    table.iter().map(first).collect()
}

fn classes(
    table: &'static [&'static [&'static str]],
) -> impl Iterator<Item = (Vec<String>, usize)> {
    table
        .iter()
        .enumerate()
        .flat_map(|(class, forms)| forms.iter().map(move |form| (words(form), class)))
}

pub(super) fn words(text: &str) -> Vec<String> {
    tokens(text).into_iter().map(|token| token.word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_entry_hides_another() {
        let leads: Vec<_> = VERB_LEADS
            .iter()
            .chain(PLAIN_LEADS)
            .map(|l| words(l))
            .collect();
        for (i, a) in leads.iter().enumerate() {
            for (j, b) in leads.iter().enumerate() {
                assert!(i == j || !b.starts_with(a), "{a:?} begins {b:?}");
            }
            for form in VERBS.iter().chain(PHRASES).flat_map(|class| class.iter()) {
                assert_ne!(words(form).first(), a.first(), "{form}");
            }
        }
        let rationales: Vec<_> = RATIONALES.iter().map(|r| words(r)).collect();
        for (i, a) in rationales.iter().enumerate() {
            for (j, b) in rationales.iter().enumerate() {
                assert!(i == j || !b.ends_with(a), "{a:?} ends {b:?}");
            }
        }
    }
}

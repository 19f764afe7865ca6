//! Makes a provider's own words fit to be shown and kept: one short line,
//! without the prompt's text and without the key.

use std::collections::HashSet;

use secrecy::{ExposeSecret, SecretString};

/// Most characters that are looked at.
const MOST_READ: usize = 4_000;
/// Most characters that are shown.
const MOST_SHOWN: usize = 300;
/// A run of so many letters and digits that stands in the prompt too is a
/// quotation. Comparing only these makes no difference of how spaces, quotes
/// and line ends were written or escaped; of English text, 24 of them are
/// less than 40 characters.
const RUN: usize = 24;

/// One line of at most about 300 characters.
pub(super) fn presentable<'a>(
    words: &str,
    prompts: impl Iterator<Item = &'a str>,
    key: Option<&SecretString>,
) -> String {
    let mut words: String = words.chars().take(MOST_READ).collect();
    if let Some(key) = key.map(|key| key.expose_secret().trim())
        && !key.is_empty()
    {
        words = words.replace(key, "[key]");
    }
    let words = without_quotations(&words, prompts);
    let words = words
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    shorten(words)
}

fn shorten(words: String) -> String {
    match words.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default()),
        None => words,
    }
}

/// Cuts what stands in one of the prompts too.
fn without_quotations<'a>(words: &str, prompts: impl Iterator<Item = &'a str>) -> String {
    let letters: Vec<(usize, char)> = letters(words).collect();
    let plain: Vec<char> = letters.iter().map(|(_, letter)| *letter).collect();
    let mut runs: HashSet<&[char]> = plain.windows(RUN).collect();
    let mut quoted: HashSet<&[char]> = HashSet::new();
    for prompt in prompts {
        if runs.is_empty() {
            break;
        }
        let prompt: Vec<char> = self::letters(prompt).map(|(_, letter)| letter).collect();
        for run in prompt.windows(RUN) {
            if let Some(run) = runs.take(run) {
                quoted.insert(run);
            }
        }
    }
    if quoted.is_empty() {
        return words.to_owned();
    }
    let mut cut = vec![false; words.len()];
    for (index, run) in plain.windows(RUN).enumerate() {
        let ends = (letters.get(index), letters.get(index + RUN - 1));
        if quoted.contains(run)
            && let (Some((from, _)), Some((to, _))) = ends
            && let Some(range) = cut.get_mut(*from..=*to)
        {
            range.fill(true);
        }
    }
    let mut kept = String::new();
    let mut cutting = false;
    for (at, c) in words.char_indices() {
        let cut = cut.get(at).copied().unwrap_or(false);
        if !cut {
            kept.push(c);
        } else if !cutting {
            kept.push_str("[…]");
        }
        cutting = cut;
    }
    kept
}

/// Letters and digits with their places; escapes such as `\n` are passed over,
/// so that a prompt that was quoted as JSON is found too.
fn letters(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut escaped = false;
    text.char_indices().filter_map(move |(at, c)| {
        let skip = escaped;
        escaped = c == '\\' && !skip;
        let lower = c.to_lowercase().next().unwrap_or(c);
        (!skip && c.is_alphanumeric()).then_some((at, lower))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PROMPT: &str =
        "A 54-year-old woman with new atrial fibrillation.\nShe takes \"warfarin\".";

    fn shown(words: &str) -> String {
        presentable(words, [PROMPT].into_iter(), None)
    }

    #[test]
    fn a_quotation_is_cut_however_it_is_written() {
        for quotation in [
            PROMPT.to_owned(),
            PROMPT.to_uppercase(),
            format!("{PROMPT:?}"),
            PROMPT.replace(' ', "  "),
            PROMPT.replace(' ', "+"),
        ] {
            let words = shown(&format!("context too long: {quotation}; shorten it"));
            assert!(words.starts_with("context too long"), "{words}");
            assert!(words.ends_with("shorten it"), "{words}");
            for word in ["woman", "fibrillation", "warfarin"] {
                assert!(!words.to_lowercase().contains(word), "{words}");
            }
        }
    }

    #[test]
    fn other_words_stay_in_one_short_line() {
        assert_eq!(shown("no such\nmodel:\u{7} `x`"), "no such model: `x`");
        assert_eq!(shown(&"ab ".repeat(400)).chars().count(), MOST_SHOWN + 1);
    }

    #[test]
    fn the_key_is_taken_out() {
        let key = SecretString::from("sk-very-secret\n");
        let words = presentable("bad key sk-very-secret!", [].into_iter(), Some(&key));
        assert_eq!(words, "bad key [key]!");
    }

    proptest! {
        #[test]
        fn no_run_of_forty_letters_is_left(
            before in "\\PC{0,40}", prompt in "[a-zA-Z0-9 .,]{60,200}", after in "\\PC{0,40}",
            from in 0usize..20,
        ) {
            let quoted: String = prompt.chars().skip(from).collect();
            let words = format!("{before}{quoted}{after}");
            let shown = presentable(&words, [prompt.as_str()].into_iter(), None);
            let runs: Vec<char> = letters(&prompt).map(|(_, c)| c).collect();
            let left: String = letters(&shown).map(|(_, c)| c).collect();
            for run in runs.windows(40) {
                let run: String = run.iter().collect();
                prop_assert!(!left.contains(&run));
            }
        }
    }
}

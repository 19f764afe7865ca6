//! What a word refers to, of the names that were offered (`O12`).
//!
//! Models write `[3]`, `Option 3`, `3;` or `o3: refer to cardiology` for `O3`.
//! A word is read as the one name that it can mean, and as none where it could
//! be two, or a score, a place or a quotation.

/// Words that may stand before a number.
const NOUNS: [&str; 17] = [
    "option",
    "opt",
    "item",
    "action",
    "edit",
    "candidate",
    "draft",
    "recommendation",
    "reference",
    "ref",
    "id",
    "number",
    "no",
    "nr",
    "the",
    "line",
    "entry",
];

/// The name that is meant, and whether it was written as it stands.
pub fn read<'n>(
    word: &str,
    names: impl Iterator<Item = &'n str> + Clone,
) -> Option<(&'n str, bool)> {
    if let Some(name) = names.clone().find(|name| *name == word) {
        return Some((name, true));
    }
    whole(word, names.clone())
        .or_else(|| headed(word, names))
        .map(|name| (name, false))
}

/// All names in a list that was written as one text: `O1, O4 and O7`. `None`
/// unless every part of it is one.
pub fn read_all<'n>(
    text: &str,
    names: impl Iterator<Item = &'n str> + Clone,
) -> Option<Vec<&'n str>> {
    let parts = text
        .split([',', ';', '\n', '&', '+'])
        .flat_map(|part| part.split(" and "))
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let mut found = Vec::new();
    for part in parts {
        // "O1 O4 O7", where each word is a name by itself.
        let whole = whole(part, names.clone());
        match whole {
            Some(name) => found.push(name),
            None => {
                for word in part.split_whitespace() {
                    found.push(whole_name(word, names.clone())?);
                }
            }
        }
    }
    Some(found)
}

/// A text that is nothing but a reference.
fn whole<'n>(text: &str, names: impl Iterator<Item = &'n str> + Clone) -> Option<&'n str> {
    let noun = |word: &&str| NOUNS.contains(&word.to_ascii_lowercase().as_str());
    let words = text.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty()).skip_while(noun);
    let behind_nouns: String = words.collect();
    whole_name(text, names.clone())
        .or_else(|| whole_name(&behind_nouns, names.clone()))
        .or_else(|| by_number(text, names))
}

/// The name in other letters, or with other signs in and around it.
fn whole_name<'n>(text: &str, names: impl Iterator<Item = &'n str> + Clone) -> Option<&'n str> {
    let bare = bare(text);
    if bare.is_empty() {
        return None;
    }
    only(names.filter(|name| self::bare(name) == bare))
}

/// A number alone, or behind a noun.
fn by_number<'n>(text: &str, names: impl Iterator<Item = &'n str> + Clone) -> Option<&'n str> {
    // "-3" is a position from the end, or a list's mark, or a minus.
    if text.trim_start().starts_with(['-', '−', '+']) {
        return None;
    }
    let mut number = None;
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '.');
    for word in words.map(|word| word.trim_matches('.')) {
        if word.is_empty() || NOUNS.contains(&word.to_ascii_lowercase().as_str()) {
            continue;
        }
        // Another word, a second number, a fraction: no plain reference.
        let parsed: u64 = word.parse().ok()?;
        if number.replace(parsed).is_some() {
            return None;
        }
    }
    let number = number?;
    only(names.filter(|name| digits(name) == Some(number)))
}

/// A reference with words behind it: `O3: refer to cardiology`, `[3] refer`.
/// What follows must not name another.
fn headed<'n>(text: &str, names: impl Iterator<Item = &'n str> + Clone) -> Option<&'n str> {
    let text = text.trim();
    let (head, tail) = match text.strip_prefix(['[', '(']) {
        Some(inside) => inside.split_once([']', ')'])?,
        None => {
            let end = text.find([':', ')', ']', '.', '(', '–', '—', '-', ' '])?;
            (text.get(..end)?, text.get(end..)?)
        }
    };
    let name = if text.starts_with(['[', '(']) {
        whole(head, names.clone())?
    } else {
        whole_name(head, names.clone())?
    };
    let another = tail
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| names.clone().any(|other| other != name && other == word));
    (!another).then_some(name)
}

fn only<'n>(mut names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let first = names.next()?;
    names.all(|other| other == first).then_some(first)
}

/// Letters and digits, small.
fn bare(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The number in a name.
fn digits(name: &str) -> Option<u64> {
    let number = name.trim_start_matches(|c: char| c.is_ascii_uppercase());
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'n>(word: &str, names: &[&'n str]) -> Option<&'n str> {
        read(word, names.iter().copied()).map(|(name, _)| name)
    }

    #[test]
    fn what_models_write_for_a_name() {
        let names = ["O1", "O3", "O12", "O30"];
        for word in [
            "O3",
            "o3",
            "[O3]",
            "[3]",
            "(3)",
            "3",
            "3;",
            "3.",
            " 3 ",
            "#3",
            "Option 3",
            "option O3",
            "OPTION #3:",
            "the option no. 3",
            "O-3",
            "O 3",
            "`O3`",
            "**O3**",
            "\"O3\"",
            "O3: Refer to cardiology",
            "O3. Give 12 mg",
            "[3] Give 12 mg",
            "O3 (score 9)",
            "03",
        ] {
            assert_eq!(of(word, &names), Some("O3"), "{word}");
        }
        for word in [
            "",
            "O",
            "4",
            "O4",
            "3.5",
            "1 and 3",
            "3/12",
            "score 3",
            "3 Give 12 mg",
            "O3 or O12",
            "Refer to cardiology",
            "-3",
            "three",
            "O3O12",
            "99999999999999999999999",
        ] {
            assert_eq!(of(word, &names), None, "{word}");
        }
    }

    #[test]
    fn a_number_that_two_names_have_is_none() {
        assert_eq!(of("2", &["A2", "B2", "C1"]), None);
        assert_eq!(of("1", &["A2", "B2", "C1"]), Some("C1"));
        assert_eq!(of("b2", &["A2", "B2"]), Some("B2"));
    }

    #[test]
    fn lists_in_one_text() {
        let all = |text| read_all(text, ["O1", "O3", "O12"].into_iter());
        assert_eq!(all("O1, O3"), Some(vec!["O1", "O3"]));
        assert_eq!(all("1,3; 12"), Some(vec!["O1", "O3", "O12"]));
        assert_eq!(all("O1 and O12"), Some(vec!["O1", "O12"]));
        assert_eq!(all("O1 O12"), Some(vec!["O1", "O12"]));
        assert_eq!(all(""), Some(vec![]));
        assert_eq!(all("O1, O4"), None);
        assert_eq!(all("O1 then"), None);
    }
}

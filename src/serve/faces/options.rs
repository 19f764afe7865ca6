//! Which of the leaderboard's two formats a text asks for, and its options.
//!
//! Options are to be graded if and only if the text has numbered options and
//! the keys `Option` and `GradeAI` occur. All else in the text is data. A list
//! goes on while its numbers follow one another; in lines without a break some
//! may be left out. A case may hold numbered lists of its own (medications,
//! problems), so the options are the list that is called so, by the line above
//! it or by its first entry (`Option 1: …`); among several, or where none is,
//! the longest; of equally long ones the last.

use crate::deliberation::options::OptionList;

/// Fewest options of a list.
const FEWEST: usize = 2;

/// Longest number of an option, in digits.
const DIGITS: usize = 3;

/// How far numbers may be apart on lines that follow one another.
const GAP: i64 = 10;

/// Longest line that is a heading, in bytes.
const HEADING: usize = 80;

/// What a text asks for, when it asks for grades.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grading {
    /// The options.
    pub options: OptionList,
    /// The text without them: the case, and whatever stands around it.
    pub case: String,
}

/// The options to grade; `None`: the text asks for a plan.
pub fn grading(text: &str) -> Option<Grading> {
    if !has_word(text, "Option") || !has_word(text, "GradeAI") {
        return None;
    }
    let lines: Vec<&str> = text.lines().collect();
    let list = lists(&lines)
        .into_iter()
        .filter(|list| list.len() >= FEWEST)
        .map(|list| (is_called_options(&list, &lines), list.len(), list))
        .reduce(|best, list| match (list.0, list.1) >= (best.0, best.1) {
            true => list,
            false => best,
        })
        .map(|(_, _, list)| list)?;
    let mut case: Vec<&str> = Vec::new();
    let mut at = 0;
    for option in &list {
        case.extend(lines.get(at..option.first).unwrap_or_default());
        at = option.end;
    }
    case.extend(lines.get(at..).unwrap_or_default());
    let options = list
        .iter()
        .map(|option| (option.number, option.text.as_str()));
    Some(Grading {
        options: OptionList::new(options),
        case: case.join("\n"),
    })
}

/// One numbered line with the lines that go on with it.
#[derive(Clone, Debug)]
struct Numbered {
    number: i64,
    text: String,
    /// Lines from `first` up to but not including `end`.
    first: usize,
    end: usize,
}

impl Numbered {
    /// Is this number, on this line, of the same list? The next one is; on the
    /// next line, some may be left out.
    fn goes_on_with(&self, number: i64, line: usize) -> bool {
        let most = if line == self.end { GAP } else { 1 };
        (1..=most).contains(&(number - self.number))
    }
}

/// Does the line above a list, or its first entry, call it options?
fn is_called_options(list: &[Numbered], lines: &[&str]) -> bool {
    let says = |line: &str| line.to_ascii_lowercase().contains("option");
    let Some(first) = list.first() else {
        return false;
    };
    let above = lines.get(..first.first).unwrap_or_default();
    let heading = above.iter().rev().find(|line| !line.trim().is_empty());
    let entry = lines.get(first.first).map(|line| line.trim_start());
    let named = entry.and_then(|entry| entry.get(..6)).is_some_and(says);
    // The prompt speaks of options as well: a heading is a short line.
    named || heading.is_some_and(|line| line.len() <= HEADING && says(line))
}

/// Lists of numbered lines: each goes on while its numbers follow one another.
fn lists(lines: &[&str]) -> Vec<Vec<Numbered>> {
    let mut lists: Vec<Vec<Numbered>> = Vec::new();
    let mut open = false;
    for (at, line) in lines.iter().enumerate() {
        if let Some((number, text)) = numbered(line) {
            let follows = lists
                .last()
                .and_then(|list| list.last())
                .is_some_and(|last| last.goes_on_with(number, at));
            if !follows {
                lists.push(Vec::new());
            }
            if let Some(list) = lists.last_mut() {
                list.push(Numbered {
                    number,
                    text: text.to_owned(),
                    first: at,
                    end: at + 1,
                });
            }
            open = true;
            continue;
        }
        // An indented line goes on with the option before it.
        let goes_on = open && line.starts_with([' ', '\t']) && !line.trim().is_empty();
        open = goes_on;
        let last = lists.last_mut().and_then(|list| list.last_mut());
        if let Some(last) = last.filter(|_| goes_on) {
            last.text.push(' ');
            last.text.push_str(line.trim());
            last.end = at + 1;
        }
    }
    lists
}

/// `3. text`, `3) text`, `(3) text`, `[3] text`, `3: text`, `Option 3: text`.
fn numbered(line: &str) -> Option<(i64, &str)> {
    let line = line.trim();
    let line = line.trim_start_matches(['-', '*']).trim_start();
    let word = line
        .get(..6)
        .filter(|word| word.eq_ignore_ascii_case("option"));
    let line = match word {
        Some(_) => line.get(6..).unwrap_or_default().trim_start(),
        None => line,
    };
    let opened = line.strip_prefix(['(', '[']);
    let rest = opened.unwrap_or(line);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits > DIGITS {
        return None;
    }
    let number = rest.get(..digits)?.parse().ok()?;
    let rest = rest.get(digits..)?;
    let rest = match opened {
        Some(_) => rest.strip_prefix([')', ']'])?,
        None => rest.strip_prefix(['.', ')', ':'])?,
    };
    // `1.5 mg` is no option.
    if opened.is_none() && !rest.starts_with([' ', '\t']) {
        return None;
    }
    let text = rest.trim_start_matches([':', '.']).trim();
    (!text.is_empty()).then_some((number, text))
}

/// Does a word occur, as a word of its own?
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text
            .get(at + word.len()..)
            .and_then(|text| text.chars().next());
        let of_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !of_word(before) && !of_word(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMPT: &str = "Grade every option. Answer with a JSON array of objects with the keys \
        \"Option\", \"GradeAI\" and \"Rationale\".";

    fn numbers(text: &str) -> Option<Vec<i64>> {
        grading(text).map(|grading| grading.options.numbers().collect())
    }

    #[test]
    fn keys_and_numbered_options_are_both_needed() {
        let options = "1. Stop aspirin\n2. Refer\n3. Wait";
        assert_eq!(
            numbers(&format!("{PROMPT}\nCase.\n{options}")),
            Some(vec![1, 2, 3])
        );
        assert_eq!(numbers(&format!("Case.\n{options}")), None);
        assert_eq!(numbers(&format!("{PROMPT}\nCase without options.")), None);
        assert_eq!(
            numbers(&format!("Options with GradeAI:\n{options}")),
            None,
            "Options is no key"
        );
    }

    #[test]
    fn the_longest_list_is_the_options_and_the_rest_is_the_case() {
        let text = format!(
            "{PROMPT}\nMedications:\n1. metformin 1.5 g\n2. ramipril\n\nOptions:\n1. Stop\n   the \
             drug\n2) Refer\n[3] Wait\nOption 4: Test\nThanks."
        );
        let found = grading(&text).expect("options");
        assert_eq!(found.options.numbers().collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(
            found.options.block(),
            "O1. Stop the drug\nO2. Refer\nO3. Wait\nO4. Test\n"
        );
        assert!(found.case.contains("2. ramipril"));
        assert!(found.case.ends_with("Options:\nThanks."));
        assert_eq!(numbered("1.5 mg daily"), None);
        assert_eq!(numbered("2026: a year"), None);
        assert_eq!(numbered("12345. x"), None);
        assert_eq!(numbered("Option é"), None);
    }

    #[test]
    fn a_history_and_longer_lists_of_the_case_are_not_options() {
        let text = format!(
            "{PROMPT}\nMedications:\n1. a\n2. b\n3. c\n4. d\nOptions to grade:\n1. Stop\n2. \
             Refer\n2019: appendectomy\n7. later"
        );
        let found = grading(&text).expect("options");
        assert_eq!(found.options.numbers().collect::<Vec<_>>(), [1, 2]);
        assert!(found.case.contains("2019: appendectomy") && found.case.contains("4. d"));
        let text = format!("{PROMPT}\n1. a\n2. b\n3. c\nOption 1: Stop\nOption 2: Refer");
        let found = grading(&text).expect("options");
        assert_eq!(found.options.block(), "O1. Stop\nO2. Refer\n");
    }
}

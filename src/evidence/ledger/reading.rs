//! What a judge read in one text: the options found there, each with the words
//! that it rests on, and the harms that follow.

use std::collections::{BTreeMap, BTreeSet};

use crate::clinical::PatientText;
use crate::evidence::guardians::{Harm, harms_of};
use crate::score::records::JudgedAction;
use crate::score::{JudgedRecord, MatchRecord, PreparedRubric, harm_list};

/// The verdicts on one text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Options that are recommended, by id.
    pub found: BTreeMap<i64, Found>,
    /// The harms of the text, sorted.
    pub harms: Vec<Harm>,
}

/// A recommended option.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Only in part?
    pub partial: bool,
    /// Words of the text that the verdict rests on, as the judge quoted them.
    pub quotes: Vec<PatientText>,
    /// The same in the judge's own words; they help where no quote does.
    pub words: Vec<PatientText>,
}

impl Reading {
    /// From the judged record, and the match record with its evidence, which
    /// the judged one lacks.
    pub fn of(record: &JudgedRecord, matched: &MatchRecord) -> Self {
        let options = record.options.iter().filter(|option| option.matched);
        let found = options.map(|option| {
            let mut found = Found {
                partial: option.is_partial(),
                ..Found::default()
            };
            let said = matched.options.iter().find(|one| one.id == option.id);
            found.quote(said.filter(|one| one.matched).map(|one| &one.evidence));
            found.quote(option.evidence.value());
            for action in record.actions.iter().filter(|a| names(a, option.id)) {
                let source = matched.actions.iter().find(|one| one.id == action.number);
                found.quote(source.map(|one| &one.evidence));
                found.words.push(action.action.clone());
            }
            (option.id, found)
        });
        Self {
            found: found.collect(),
            harms: harms_of(record),
        }
    }

    /// Of a text that recommends nothing.
    pub fn nothing(rubric: &PreparedRubric) -> Self {
        Self {
            found: BTreeMap::new(),
            harms: harms_by(rubric, &BTreeMap::new()),
        }
    }
}

impl Found {
    fn quote(&mut self, words: Option<&PatientText>) {
        if let Some(words) = words.filter(|words| !words.is_blank()) {
            self.quotes.push(words.clone());
        }
    }
}

/// Does an action's match string name the option?
fn names(action: &JudgedAction, option: i64) -> bool {
    let mut ids = action.match_string().split(',');
    ids.any(|id| id.trim().parse() == Ok(option))
}

/// Recommended options by id, and whether in part only.
pub type Verdicts = BTreeMap<i64, bool>;

/// The harms by the rubric that follow from verdicts, sorted.
pub fn harms_by(rubric: &PreparedRubric, verdicts: &Verdicts) -> Vec<Harm> {
    use crate::score::{Field, JudgedOption};
    let options: Vec<JudgedOption> = rubric
        .option_ids()
        .map(|id| JudgedOption {
            id,
            matched: verdicts.contains_key(&id),
            partial: verdicts.get(&id).copied(),
            evidence: Field::Absent,
        })
        .collect();
    let mut harms: Vec<Harm> = harm_list(rubric, &options)
        .iter()
        .map(|harm| Harm {
            option: Some(harm.id),
            harm_type: harm.harm_type,
            severity: harm.harm_severity,
        })
        .collect();
    harms.sort_unstable();
    harms
}

/// A text's words in small letters without punctuation, a space around each,
/// the number of a list item left out.
pub fn bare(text: &str) -> String {
    let text = text.trim_start();
    let unnumbered = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let text = match unnumbered.strip_prefix(['.', ')']) {
        Some(rest) if unnumbered.len() < text.len() && rest.starts_with(char::is_whitespace) => {
            rest
        }
        _ => text,
    };
    let mut bare = String::with_capacity(text.len() + 2);
    bare.push(' ');
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        if !word.is_empty() {
            bare.extend(word.chars().flat_map(char::to_lowercase));
            bare.push(' ');
        }
    }
    bare
}

/// Fewest letters of a quote's piece, or of an item, that may be looked for
/// inside of something longer.
const FEWEST: usize = 3;

/// Places of the items that hold the words which a verdict rests on, by words
/// alone: case, punctuation and white space do not count. `items`: by
/// [`bare`]. A quote that is one whole item is in no other.
pub fn locate(found: &Found, items: &[String]) -> BTreeSet<usize> {
    let by = |texts: &[PatientText]| -> BTreeSet<usize> {
        texts
            .iter()
            .flat_map(|text| holders(text.expose(), items))
            .collect()
    };
    let quoted = by(&found.quotes);
    if quoted.is_empty() {
        by(&found.words)
    } else {
        quoted
    }
}

fn holders(quote: &str, items: &[String]) -> BTreeSet<usize> {
    let mut places = BTreeSet::new();
    // A quote may leave something out, and may run over lines.
    let pieces = quote
        .split("...")
        .flat_map(|piece| piece.split(['…', '\n']));
    for piece in pieces.map(bare).filter(|piece| piece.len() > FEWEST + 1) {
        let equal = |(place, item): (usize, &String)| (*item == piece).then_some(place);
        let same: Vec<usize> = items.iter().enumerate().filter_map(equal).collect();
        if same.is_empty() {
            let inside = |item: &String| {
                item.contains(&piece) || (item.len() > FEWEST + 1 && piece.contains(item.as_str()))
            };
            let all = items.iter().enumerate();
            places.extend(all.filter(|(_, item)| inside(item)).map(|(place, _)| place));
        } else {
            places.extend(same);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(quotes: &[&str], words: &[&str]) -> Found {
        let texts = |list: &[&str]| list.iter().map(|text| PatientText::from(*text)).collect();
        Found {
            partial: false,
            quotes: texts(quotes),
            words: texts(words),
        }
    }

    #[test]
    fn evidence_is_found_whatever_its_case_and_punctuation() {
        let items: Vec<String> = [
            "Start apixaban 5 mg, twice daily",
            "Order a CT",
            "Order a CT of the head",
        ]
        .map(bare)
        .to_vec();
        let at = |quotes: &[&str], words: &[&str]| -> Vec<usize> {
            locate(&found(quotes, words), &items).into_iter().collect()
        };
        assert_eq!(at(&["1. start APIXABAN 5 mg"], &[]), [0]);
        assert_eq!(at(&["Order a CT."], &[]), [1], "one whole item");
        assert_eq!(at(&["order a"], &[]), [1, 2]);
        assert_eq!(at(&["Start apixaban … of the head"], &[]), [0, 2]);
        assert_eq!(
            at(&["2. Order a CT\n3. Order a CT of the head"], &[]),
            [1, 2]
        );
        assert_eq!(at(&["nowhere"], &["order a ct"]), [1]);
        assert_eq!(at(&["art apixaban"], &[]), [0; 0], "words are whole");
        assert_eq!(at(&["", "…"], &["."]), [0; 0]);
    }
}

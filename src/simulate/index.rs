//! Finding the case by its text in a prompt.
//!
//! The first eight bytes of every item's text are a key. Every place of a
//! prompt that bears such a key is compared with the texts behind it; two
//! bytes and a table of 8 kB rule out nearly every place before that. Cost:
//! one pass over the prompt, hardly depending on the number of items.

use std::collections::HashMap;

use crate::clinical::{Case, PatientText};

use super::case::SimCase;
use super::draw::hash;

const KEY: usize = 8;

/// All items, by text.
#[derive(Debug)]
pub struct CaseIndex {
    cases: Vec<SimCase>,
    items: Vec<IndexedItem>,
    by_key: HashMap<[u8; KEY], Vec<usize>>,
    begins: Vec<u64>,
}

#[derive(Debug)]
struct IndexedItem {
    id: u64,
    case: usize,
    text: PatientText,
}

/// The item that a prompt is about.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// Its case.
    pub case: &'a SimCase,
    /// Item id as a key.
    pub item: u64,
    /// Bytes of the text that was found.
    pub length: usize,
}

impl CaseIndex {
    /// Indexes all items of the cases. Where two texts are equal, the first
    /// item (the base) stands for both. Texts below eight bytes are left out.
    pub fn new(cases: &[Case]) -> Self {
        let mut index = Self {
            cases: cases.iter().map(SimCase::new).collect(),
            items: Vec::new(),
            by_key: HashMap::new(),
            begins: vec![0; 1024],
        };
        for (case, source) in cases.iter().enumerate() {
            for item in &source.items {
                let text = item.prompt.expose().trim();
                let Some(key) = key_at(text.as_bytes(), 0) else {
                    continue;
                };
                let same_start = index.by_key.entry(key).or_default();
                if same_start
                    .iter()
                    .any(|&i| index.items[i].text.expose() == text)
                {
                    continue;
                }
                same_start.push(index.items.len());
                let (word, bit) = slot(key[0], key[1]);
                index.begins[word] |= bit;
                index.items.push(IndexedItem {
                    id: hash(item.id.as_bytes()),
                    case,
                    text: PatientText::new(text),
                });
            }
        }
        index
    }

    /// The item whose text stands in the prompt; of several, the longest.
    pub fn find(&self, prompt: &str) -> Option<Found<'_>> {
        let bytes = prompt.as_bytes();
        let mut best: Option<&IndexedItem> = None;
        for at in 0..bytes.len().saturating_sub(KEY - 1) {
            let (word, bit) = slot(bytes[at], bytes[at + 1]);
            if self.begins[word] & bit == 0 {
                continue;
            }
            let Some(candidates) = key_at(bytes, at).and_then(|key| self.by_key.get(&key)) else {
                continue;
            };
            for item in candidates.iter().map(|&i| &self.items[i]) {
                let text = item.text.expose().as_bytes();
                let longer = best.is_none_or(|best| best.text.expose().len() < text.len());
                if longer && bytes[at..].starts_with(text) {
                    best = Some(item);
                }
            }
        }
        best.map(|item| Found {
            case: &self.cases[item.case],
            item: item.id,
            length: item.text.expose().len(),
        })
    }

    /// How many different items it knows.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Does it know none?
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

fn key_at(bytes: &[u8], at: usize) -> Option<[u8; KEY]> {
    bytes.get(at..at + KEY)?.try_into().ok()
}

fn slot(a: u8, b: u8) -> (usize, u64) {
    let pair = usize::from(a) << 8 | usize::from(b);
    (pair / 64, 1 << (pair % 64))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::clinical::Item;

    fn case(id: &str, texts: &[(&str, &str)]) -> Case {
        Case {
            id: id.into(),
            items: texts
                .iter()
                .map(|(id, text)| {
                    let item: Item =
                        serde_json::from_value(json!({"id": id, "prompt": text})).expect("an item");
                    Arc::new(item)
                })
                .collect(),
            rubric: None,
            guidance: None,
        }
    }

    #[test]
    fn the_longest_text_wins_and_equal_ones_are_the_base() {
        let index = CaseIndex::new(&[
            case(
                "A1",
                &[
                    ("A1", "A woman of 40 coughs."),
                    ("A1-0", "A woman of 40 coughs. She smokes."),
                    ("A1-1", "A woman of 40 coughs.\n"),
                ],
            ),
            case("B1", &[("B1", "A woman of 41 coughs.")]),
        ]);
        assert_eq!(index.len(), 3);
        let item = |text: &str| index.find(text).map(|found| found.item);
        let id = |id: &str| Some(hash(id.as_bytes()));
        assert_eq!(item("<c>A woman of 40 coughs. She smokes.</c>"), id("A1-0"));
        assert_eq!(item("x A woman of 40 coughs."), id("A1"));
        assert_eq!(item("A woman of 41 coughs. §"), id("B1"));
        assert_eq!(item("A woman of 42 coughs."), None);
        assert_eq!(item(""), None);
    }

    #[test]
    fn a_thousand_items_are_searched_in_well_below_a_millisecond() {
        let texts: Vec<(String, String)> = (0..1100)
            .map(|i| {
                let filler = "She takes no medicines and has no allergies. ".repeat(20);
                (
                    format!("C{i}"),
                    format!("A {}-year-old woman, {i}. {filler}", i % 90),
                )
            })
            .collect();
        let texts: Vec<(&str, &str)> = texts
            .iter()
            .map(|(id, t)| (id.as_str(), t.as_str()))
            .collect();
        let index = CaseIndex::new(&[case("C", &texts)]);
        let prompt = format!(
            "{} {} {}",
            "word ".repeat(1000),
            texts[1050].1,
            "end ".repeat(500)
        );
        let start = std::time::Instant::now();
        for _ in 0..100 {
            assert!(index.find(&prompt).is_some());
        }
        // Unoptimised and on a busy machine; the release build takes a tenth.
        let each = start.elapsed() / 100;
        assert!(each < std::time::Duration::from_millis(5), "{each:?}");
    }
}

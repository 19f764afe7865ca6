//! The tables, compiled: which words mean what.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use super::tables::{self as t, GateKind, Verb};
use super::words::{Token, tokens};

/// What sort of thing a word names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    Drug,
    Class,
    Test,
    Procedure,
    Specialty,
    Site,
    /// Another word of the tables, or one that no table has.
    Plain,
}

impl Sort {
    /// Does a thing of this sort say what an action is about?
    pub fn is_entity(self) -> bool {
        !matches!(self, Self::Site | Self::Plain)
    }
}

/// A word in normal form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Word {
    pub text: String,
    pub sort: Sort,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    Thing(Word),
    Verb(Verb),
    /// A noun that names an act.
    Act(Verb),
    NotBefore,
    NotAfter,
    Gate(GateKind),
    /// In hours.
    Rhythm(f64),
    /// In days.
    Soon(f64, f64),
    Urgent,
    Routine,
    Reason,
    Purpose,
    Permanent,
    /// A way into the body.
    Route(&'static str),
    Empty,
}

type Entry = (Vec<String>, Meaning);

pub(super) struct Lexicon {
    /// By first word, longest first, then in the order of the tables.
    forms: HashMap<String, Vec<Entry>>,
    /// Class by canonical name of its member.
    classes: BTreeMap<String, Vec<&'static str>>,
}

pub(super) static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::compile);

impl Lexicon {
    fn compile() -> Self {
        let mut lexicon = Self {
            forms: HashMap::new(),
            classes: BTreeMap::new(),
        };
        lexicon.all(t::VAGUE, || Meaning::Empty);
        lexicon.things(Sort::Plain, t::OTHERS);
        lexicon.things(Sort::Drug, t::DRUGS);
        lexicon.things(Sort::Class, t::CLASSES);
        lexicon.things(Sort::Test, t::TESTS);
        lexicon.things(Sort::Procedure, t::PROCEDURES);
        lexicon.things(Sort::Specialty, t::SPECIALTIES);
        lexicon.things(Sort::Site, t::SITES);
        lexicon.all(t::NOT_AFTER, || Meaning::NotAfter);
        for (from, to, forms) in t::SOON {
            lexicon.all(forms, || Meaning::Soon(*from, *to));
        }
        lexicon.all(t::URGENT, || Meaning::Urgent);
        lexicon.all(t::ROUTINE, || Meaning::Routine);
        for (hours, forms) in t::RHYTHMS {
            lexicon.all(forms, || Meaning::Rhythm(*hours));
        }
        for (kind, forms) in t::GATES {
            lexicon.all(forms, || Meaning::Gate(*kind));
        }
        lexicon.all(t::PURPOSES, || Meaning::Purpose);
        lexicon.all(t::REASONS, || Meaning::Reason);
        for (route, forms) in entries(t::ROUTES) {
            for form in std::iter::once(route).chain(forms) {
                lexicon.all(form, || Meaning::Route(route));
            }
        }
        lexicon.all(t::PERMANENT, || Meaning::Permanent);
        for (verb, forms) in t::VERBS {
            lexicon.all(forms, || Meaning::Verb(*verb));
        }
        for (verb, forms) in t::ACT_NOUNS {
            lexicon.all(forms, || Meaning::Act(*verb));
        }
        lexicon.all(t::NOT_BEFORE, || Meaning::NotBefore);
        lexicon.all(t::EMPTY, || Meaning::Empty);
        for list in lexicon.forms.values_mut() {
            list.sort_by_key(|(form, _)| std::cmp::Reverse(form.len()));
        }
        for (class, members) in entries(t::MEMBERS) {
            for member in members {
                let known = lexicon.classes.entry(member.to_owned()).or_default();
                known.push(class);
            }
        }
        lexicon
    }

    fn all(&mut self, forms: &str, meaning: impl Fn() -> Meaning) {
        for form in forms.split(',') {
            let words: Vec<String> = tokens(form).iter().map(Token::text).collect();
            if let Some(first) = words.first() {
                let list = self.forms.entry(first.clone()).or_default();
                list.push((words, meaning()));
            }
        }
    }

    fn things(&mut self, sort: Sort, table: &'static str) {
        for (canonical, forms) in entries(table) {
            for form in std::iter::once(canonical).chain(forms) {
                self.all(form, || {
                    Meaning::Thing(Word {
                        text: canonical.to_owned(),
                        sort,
                    })
                });
            }
        }
    }

    /// The longest form that begins the texts: its length and meaning.
    pub fn begins(&self, texts: &[String]) -> Option<(usize, &Meaning)> {
        let list = self.forms.get(texts.first()?)?;
        let (form, meaning) = list.iter().find(|(form, _)| texts.starts_with(form))?;
        Some((form.len(), meaning))
    }

    /// A word that no table has: a drug by its ending, or a plain word.
    pub fn unknown(&self, word: &str) -> Word {
        let endings = t::DRUG_ENDINGS.iter().copied();
        let mut endings = endings.chain(t::CLASS_ENDINGS.iter().map(|(ending, _)| *ending));
        let drug = word.len() > 6 && endings.any(|ending| word.ends_with(ending));
        Word {
            text: word.to_owned(),
            sort: if drug { Sort::Drug } else { Sort::Plain },
        }
    }

    /// The classes that a drug belongs to.
    pub fn classes<'a>(&'a self, drug: &'a str) -> impl Iterator<Item = &'static str> + 'a {
        let listed = self.classes.get(drug).into_iter().flatten().copied();
        let by_ending = t::CLASS_ENDINGS
            .iter()
            .filter(move |(ending, _)| drug.split(' ').any(|part| part.ends_with(ending)))
            .map(|(_, class)| *class);
        listed.chain(by_ending)
    }

    /// Do two words name one drug, or one a class and the other its member?
    pub fn related(&self, a: &Word, b: &Word) -> bool {
        let member = |class: &Word, drug: &Word| {
            class.sort == Sort::Class && self.classes(&drug.text).any(|c| c == class.text)
        };
        a.text == b.text || member(a, b) || member(b, a)
    }
}

/// `canonical: form, form; canonical; …`
fn entries(table: &'static str) -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    table.split(';').filter_map(|entry| {
        let (canonical, forms) = entry.split_once(':').unwrap_or((entry, ""));
        let forms = forms.split(',').map(str::trim).filter(|f| !f.is_empty());
        let canonical = canonical.trim();
        (!canonical.is_empty()).then(|| (canonical, forms.collect()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_thing_is_read_as_it() {
        for table in [t::DRUGS, t::TESTS, t::PROCEDURES, t::SPECIALTIES, t::SITES] {
            for (canonical, forms) in entries(table) {
                for form in forms {
                    let words: Vec<String> = tokens(form).iter().map(Token::text).collect();
                    let Some((length, Meaning::Thing(word))) = LEXICON.begins(&words) else {
                        panic!("{form} is not found");
                    };
                    assert_eq!(
                        (length, word.text.as_str()),
                        (words.len(), canonical),
                        "{form}"
                    );
                }
            }
        }
    }

    #[test]
    fn members_are_known_by_name_or_ending() {
        for (drug, class) in [("lisinopril", "ace inhibitor"), ("naproxen", "nsaid")] {
            assert!(LEXICON.classes(drug).any(|c| c == class), "{drug}");
        }
        assert_eq!(
            LEXICON.classes("nystatin").count(),
            1,
            "a known blemish of the endings"
        );
    }
}

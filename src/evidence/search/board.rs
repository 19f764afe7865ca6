//! A rubric as sets of bits, one bit an option, so that harm and headline of a
//! set of options are counted instead of looked up. A board of up to 64
//! options is one word; longer ones take as many words as they need.

use std::collections::BTreeMap;

use crate::clinical::Rubric;
use crate::score::{JudgedOption, UNKNOWN_SCORE};

/// A set of options.
pub type Bits = Box<[u64]>;

/// A rubric as sets of bits. Bits stand for the options in the order of their
/// ids, then for ids that the rubric lacks and an option depends on.
#[derive(Clone, Debug)]
pub struct Board {
    /// Bit of each option, and of each foreign parent.
    places: BTreeMap<i64, usize>,
    /// Words of a set.
    words: usize,
    /// Options of each effective score, 1 to 9; the first is empty.
    pub(super) of_score: [Bits; 10],
    /// Options outside the alternative groups.
    pub(super) single: Bits,
    /// Members of each alternative group.
    pub(super) groups: Vec<Bits>,
    /// Options with parents: word and bit of the option, and its parents.
    pub(super) dependent: Vec<(usize, u64, Bits)>,
}

impl Board {
    /// Lays a rubric out. Of options with one id the last counts, as in the
    /// scorer.
    pub fn new(rubric: &Rubric) -> Self {
        let options: BTreeMap<i64, _> = rubric.options.iter().map(|o| (o.id, o)).collect();
        let mut places: BTreeMap<i64, usize> = BTreeMap::new();
        let parents = options.values().flat_map(|option| option.parents());
        for id in options.keys().chain(parents) {
            let next = places.len();
            places.entry(*id).or_insert(next);
        }
        let words = places.len().div_ceil(64).max(1);
        let empty = || vec![0; words].into_boxed_slice();
        let mut board = Self {
            places,
            words,
            of_score: std::array::from_fn(|_| empty()),
            single: empty(),
            groups: Vec::new(),
            dependent: Vec::new(),
        };
        let mut labels: BTreeMap<&str, usize> = BTreeMap::new();
        for option in options.values() {
            let score = option.effective_score().unwrap_or(UNKNOWN_SCORE);
            let score = usize::try_from(score).ok().filter(|s| (1..=9).contains(s));
            if let Some(set) = score.and_then(|score| board.of_score.get_mut(score)) {
                put(set, &board.places, option.id);
            }
            match option.alternative_group() {
                None => put(&mut board.single, &board.places, option.id),
                Some(label) => {
                    let next = board.groups.len();
                    let group = *labels.entry(label).or_insert(next);
                    if group == next {
                        board.groups.push(empty());
                    }
                    if let Some(set) = board.groups.get_mut(group) {
                        put(set, &board.places, option.id);
                    }
                }
            }
            if !option.parents().is_empty() {
                let mut parents = empty();
                for id in option.parents() {
                    put(&mut parents, &board.places, *id);
                }
                if let Some(place) = board.places.get(&option.id) {
                    board
                        .dependent
                        .push((place / 64, 1 << (place % 64), parents));
                }
            }
        }
        board
    }

    /// Words of a set of this board.
    pub fn words(&self) -> usize {
        self.words
    }

    /// The options of a record that pass a test. Ids that mean nothing here are
    /// passed over.
    pub fn set(&self, options: &[JudgedOption], test: impl Fn(&JudgedOption) -> bool) -> Bits {
        let mut set = vec![0; self.words].into_boxed_slice();
        for option in options.iter().filter(|option| test(option)) {
            put(&mut set, &self.places, option.id);
        }
        set
    }

    /// Ids in a set, ascending within the rubric.
    pub fn ids<'a>(&'a self, set: &'a [u64]) -> impl Iterator<Item = i64> + 'a {
        self.places
            .iter()
            .filter(|(_, place)| {
                let word = set.get(**place / 64).copied().unwrap_or_default();
                word >> (**place % 64) & 1 == 1
            })
            .map(|(id, _)| *id)
    }
}

fn put(set: &mut [u64], places: &BTreeMap<i64, usize>, id: i64) {
    if let Some(place) = places.get(&id)
        && let Some(word) = set.get_mut(place / 64)
    {
        *word |= 1 << (place % 64);
    }
}

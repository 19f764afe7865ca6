//! Holding a judge's answers against the rubric and the words that it judged.
//!
//! A judge that numbers from 0, or one too high, answers in good form about
//! other options than ours, and a score is computed from it without a word. So
//! ids are checked both ways, and verdicts against actions, and quotations
//! against the answer. What is wrong is told to the judge once; what is wrong
//! even then makes the answer unusable, but for two things that are told
//! instead: options that were left out, and verdicts without proof.

use std::collections::{BTreeMap, BTreeSet};

use crate::clinical::{PatientText, Rubric};
use crate::score::records::{MatchAction, MatchOption, Override, OverrideEntry};

use super::evidence::Answer;
use super::schema::{GivenOption, GivenOverride, MOST_ACTIONS, Matching, Reviewing, option_name};

/// Fewest options of a rubric for which "most of them" means something.
const FEWEST_FOR_MOST: usize = 6;
/// Most names that a fault quotes.
const MOST_NAMED: usize = 12;

/// What is wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Options that the rubric does not have, as they were called.
    UnknownOptions(Vec<String>),
    /// Options that stand in it several times.
    RepeatedOptions(Vec<i64>),
    /// Options that do not stand in it.
    MissingOptions(Vec<i64>),
    /// Options that are matched without an action, or not matched in spite of
    /// one.
    Contradictions(Vec<i64>),
    /// Actions that are called alike, or by no name.
    Actions(Vec<String>),
    /// More than half of all options are matched, and more of them than there are
    /// actions.
    MostMatched(usize, usize),
    /// Options whose evidence does not stand in the answer.
    Unproved(Vec<i64>),
}

impl Fault {
    /// In words, for the judge and for people; of an answer only the names that
    /// it uses.
    pub fn words(&self) -> String {
        let options = |ids: &[i64]| names(ids.iter().map(|id| option_name(*id)));
        match self {
            Self::UnknownOptions(ids) => {
                let ids = names(ids.iter().map(|name| shown(name)));
                format!("options that are not on the list: {ids}")
            }
            Self::RepeatedOptions(ids) => format!("options that stand twice: {}", options(ids)),
            Self::MissingOptions(ids) => format!("options that are left out: {}", options(ids)),
            Self::Contradictions(ids) => format!(
                "options whose \"matched\" contradicts the \"match\" of the actions: {}",
                options(ids)
            ),
            Self::Actions(ids) => {
                let ids = names(ids.iter().map(|name| shown(name)));
                format!("actions without an id of their own: {ids}")
            }
            Self::MostMatched(matched, of) => {
                format!("{matched} of {of} options are said to be recommended")
            }
            Self::Unproved(ids) => format!(
                "options whose evidence does not stand in the answer: {}",
                options(ids)
            ),
        }
    }

    /// May the answer be used with it, once it was asked about?
    fn is_borne(&self, options: usize) -> bool {
        match self {
            Self::Unproved(_) => true,
            Self::MissingOptions(ids) => 2 * ids.len() <= options,
            _ => false,
        }
    }
}

/// A name of the judge's, fit to be shown.
fn shown(name: &str) -> String {
    let short: String = name.chars().take(12).collect();
    let plain = short.chars().filter(|c| c.is_alphanumeric() || *c == '-');
    format!("\"{}\"", plain.collect::<String>())
}

fn names(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(MOST_NAMED);
    let shown: Vec<String> = names.take(MOST_NAMED).collect();
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// All faults in one line.
pub fn words(faults: &[Fault]) -> String {
    let words: Vec<String> = faults.iter().map(Fault::words).collect();
    words.join("; ")
}

/// The first answer in the benchmark's own shapes.
#[derive(Clone, Debug)]
pub struct Matched {
    /// Actions, matches without proof left out.
    pub actions: Vec<MatchAction>,
    /// Verdicts in the order of the rubric, those without proof as not matched.
    pub options: Vec<MatchOption>,
    /// The same as they were claimed.
    pub claimed: (Vec<MatchAction>, Vec<MatchOption>),
    /// Options without a verdict.
    pub missing: Vec<i64>,
    /// Options that are said to be matched, without proof.
    pub unproved: Vec<i64>,
    /// What is wrong, in the order of [`Fault`].
    pub faults: Vec<Fault>,
    options_in_all: usize,
}

impl Matched {
    /// Can it be used as it is?
    pub fn is_borne(&self) -> bool {
        let options = self.options_in_all;
        self.faults.iter().all(|fault| fault.is_borne(options))
    }

    /// How much is wrong with an answer that can be used.
    pub fn lacks(&self) -> usize {
        self.missing.len() + self.unproved.len()
    }
}

/// Checks the first answer.
pub fn matching(given: &Matching, rubric: &Rubric, answer: &Answer) -> Matched {
    let known: BTreeMap<String, i64> = rubric
        .options
        .iter()
        .map(|option| (option_name(option.id), option.id))
        .collect();
    let mut unknown: BTreeSet<&str> = BTreeSet::new();
    let mut actions: Vec<MatchAction> = Vec::with_capacity(given.actions.len());
    let mut carried: BTreeSet<i64> = BTreeSet::new();
    let mut proved: BTreeSet<i64> = BTreeSet::new();
    let mut nameless: Vec<String> = Vec::new();
    let own: BTreeSet<&str> = given.actions.iter().map(|action| &*action.id).collect();
    for action in &given.actions {
        let id = match action_number(&action.id) {
            Some(id) if actions.iter().all(|earlier| earlier.id != id) => id,
            _ => {
                nameless.push(action.id.clone());
                continue;
            }
        };
        let mut options: Vec<i64> = Vec::new();
        for name in &action.matched {
            match known.get(name) {
                Some(option) if !options.contains(option) => options.push(*option),
                Some(_) => {}
                None => {
                    unknown.insert(name);
                }
            }
        }
        carried.extend(&options);
        if !options.is_empty() && answer.has(action.evidence.expose()) {
            proved.extend(&options);
        }
        let beside = action.depends_on.iter();
        let beside = beside.filter(|name| own.contains(name.as_str()) && **name != action.id);
        actions.push(MatchAction {
            id,
            action: action.action.clone(),
            category: action.category.clone(),
            evidence: action.evidence.clone(),
            depends_on: beside.filter_map(|name| action_number(name)).collect(),
            matched: joined(&options),
        });
    }
    let mut verdicts: BTreeMap<i64, &GivenOption> = BTreeMap::new();
    let mut repeated: BTreeSet<i64> = BTreeSet::new();
    for option in &given.options {
        match known.get(&option.id) {
            None => {
                unknown.insert(&option.id);
            }
            Some(id) => {
                if answer.has(option.evidence.expose()) {
                    proved.insert(*id);
                }
                if verdicts.insert(*id, option).is_some() {
                    repeated.insert(*id);
                }
            }
        }
    }
    let ids = || rubric.options.iter().map(|option| option.id);
    let missing: Vec<i64> = ids().filter(|id| !verdicts.contains_key(id)).collect();
    let contradictions: Vec<i64> = ids()
        .filter(|id| {
            let verdict = verdicts.get(id);
            verdict.is_some_and(|verdict| verdict.matched != carried.contains(id))
        })
        .collect();
    let unproved: Vec<i64> = ids()
        .filter(|id| carried.contains(id) && !proved.contains(id))
        .collect();
    let options: Vec<MatchOption> = ids()
        .filter_map(|id| Some(match_option(id, verdicts.get(&id)?)))
        .collect();
    let count = rubric.options.len();
    let mut faults = Vec::new();
    if !unknown.is_empty() {
        let unknown = unknown.iter().map(|name| (*name).to_owned());
        faults.push(Fault::UnknownOptions(unknown.collect()));
    }
    if !repeated.is_empty() {
        faults.push(Fault::RepeatedOptions(repeated.into_iter().collect()));
    }
    if !missing.is_empty() {
        faults.push(Fault::MissingOptions(missing.clone()));
    }
    if !contradictions.is_empty() {
        faults.push(Fault::Contradictions(contradictions));
    }
    if !nameless.is_empty() {
        faults.push(Fault::Actions(nameless));
    }
    faults.extend(most_matched(carried.len(), actions.len(), count));
    if !unproved.is_empty() {
        faults.push(Fault::Unproved(unproved.clone()));
    }
    Matched {
        claimed: (actions.clone(), options.clone()),
        actions: actions
            .into_iter()
            .map(|action| without(action, &unproved))
            .collect(),
        options: options
            .into_iter()
            .map(|option| match unproved.contains(&option.id) {
                true => unmatched(option),
                false => option,
            })
            .collect(),
        missing,
        unproved,
        faults,
        options_in_all: count,
    }
}

/// A list of what several people want may well hold most options, one action an
/// option; a judge that matches most of them with fewer actions than that says
/// yes to everything.
fn most_matched(matched: usize, actions: usize, of: usize) -> Option<Fault> {
    let most = of >= FEWEST_FOR_MOST && 2 * matched > of && matched > actions;
    most.then_some(Fault::MostMatched(matched, of))
}

/// `A3`; the benchmark's files number from 1.
fn action_number(name: &str) -> Option<i64> {
    let number = name.strip_prefix('A')?.parse().ok()?;
    (1..=10 * MOST_ACTIONS as i64)
        .contains(&number)
        .then_some(number)
}

fn joined(options: &[i64]) -> PatientText {
    let ids: Vec<String> = options.iter().map(ToString::to_string).collect();
    PatientText::from(ids.join(","))
}

fn match_option(id: i64, given: &GivenOption) -> MatchOption {
    let actions = given.matched_action_ids.iter();
    MatchOption {
        id,
        matched: given.matched,
        partial: given.partial,
        matched_action_ids: actions.filter_map(|name| action_number(name)).collect(),
        evidence: given.evidence.clone(),
    }
}

fn unmatched(option: MatchOption) -> MatchOption {
    MatchOption {
        matched: false,
        partial: false,
        matched_action_ids: Vec::new(),
        ..option
    }
}

/// An action that does not match these options.
fn without(action: MatchAction, options: &[i64]) -> MatchAction {
    let ids = action.matched.expose().split(',');
    let kept: Vec<i64> = ids
        .filter_map(|id| id.parse().ok())
        .filter(|id| !options.contains(id))
        .collect();
    MatchAction {
        matched: joined(&kept),
        ..action
    }
}

/// The second answer in the benchmark's own shapes.
#[derive(Clone, Debug)]
pub struct Reviewed {
    /// Overrides, those without proof left out.
    pub overrides: Vec<OverrideEntry>,
    /// All of them.
    pub claimed: Vec<OverrideEntry>,
    /// Options that they call recommended, without proof.
    pub unproved: Vec<i64>,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

impl Reviewed {
    /// Can it be used as it is?
    pub fn is_borne(&self) -> bool {
        self.faults.iter().all(|fault| fault.is_borne(0))
    }
}

/// Checks the second answer. `first`: the first one, as it counts.
pub fn reviewing(
    given: &Reviewing,
    rubric: &Rubric,
    answer: &Answer,
    first: &[MatchAction],
) -> Reviewed {
    let mut unknown = Vec::new();
    let mut verdicts: BTreeMap<i64, &str> = BTreeMap::new();
    let mut contradictions: BTreeSet<i64> = BTreeSet::new();
    let mut matched: BTreeSet<i64> = first
        .iter()
        .flat_map(|action| action.matched.expose().split(','))
        .filter_map(|id| id.parse().ok())
        .collect();
    let (mut overrides, mut claimed) = (Vec::new(), Vec::new());
    let mut unproved = Vec::new();
    for one in &given.overrides {
        let id = rubric.options.iter().map(|option| option.id);
        let Some(id) = id.into_iter().find(|id| option_name(*id) == one.option_id) else {
            unknown.push(one.option_id.clone());
            continue;
        };
        if let Some(earlier) = verdicts.insert(id, &one.new_verdict)
            && earlier != one.new_verdict
        {
            contradictions.insert(id);
        }
        let entry = entry(id, one, first);
        claimed.push(entry.clone());
        let recommended = one.new_verdict != "no";
        let was = matched.contains(&id);
        // What takes a verdict back, or only says how much of it was met, needs
        // no words that the first reader did not quote.
        if recommended && !was && !answer.has(one.evidence.expose()) {
            unproved.push(id);
            continue;
        }
        match recommended {
            true => matched.insert(id),
            false => matched.remove(&id),
        };
        overrides.push(entry);
    }
    let mut faults = Vec::new();
    if !unknown.is_empty() {
        faults.push(Fault::UnknownOptions(unknown));
    }
    if !contradictions.is_empty() {
        faults.push(Fault::RepeatedOptions(contradictions.into_iter().collect()));
    }
    faults.extend(most_matched(
        matched.len(),
        first.len(),
        rubric.options.len(),
    ));
    if !unproved.is_empty() {
        faults.push(Fault::Unproved(unproved.clone()));
    }
    Reviewed {
        overrides,
        claimed,
        unproved,
        faults,
    }
}

fn entry(id: i64, given: &GivenOverride, actions: &[MatchAction]) -> OverrideEntry {
    let evidence = given.evidence.clone();
    let known = |id: &i64| actions.iter().any(|action| action.id == *id);
    OverrideEntry::from(&Override {
        option_id: id,
        new_verdict: given.new_verdict.as_str().into(),
        rationale: given.rationale.clone(),
        evidence: Some(evidence).filter(|words| !words.is_blank()),
        action_id: action_number(&given.action_id).filter(known),
    })
}

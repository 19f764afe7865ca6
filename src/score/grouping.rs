//! Grouping: from a match record to strategies (scoring.md, section 9).

use std::collections::{BTreeMap, BTreeSet};

use super::records::{MatchAction, MatchRecord, StrategiesRecord, Strategy, SubAction};

/// Summary of a strategy whose first action has no text (scoring.md, section
/// 9, rule 5).
const NO_TEXT: &str = "(no action text)";

/// Groups the actions of an answer by what depends on what.
pub fn group_actions(record: &MatchRecord) -> StrategiesRecord {
    let mut actions: BTreeMap<i64, &MatchAction> = BTreeMap::new();
    for action in &record.actions {
        actions.insert(action.id, action);
    }
    let ids: Vec<i64> = actions.keys().copied().collect();
    let mut forest = Forest::new(ids.len());
    // All records count here, so that an action that a later one of the same
    // id replaced still leaves its edges.
    for action in &record.actions {
        for other in &action.depends_on {
            if let (Ok(a), Ok(b)) = (ids.binary_search(&action.id), ids.binary_search(other)) {
                forest.join(a, b);
            }
        }
    }
    let mut strategies: Vec<(usize, Strategy)> = Vec::new();
    for (place, action) in actions.values().enumerate() {
        let root = forest.root(place);
        let action = sub_action(action);
        match strategies.iter_mut().find(|(known, _)| *known == root) {
            Some((_, strategy)) => strategy.sub_actions.push(action),
            None => strategies.push((root, opened_by(action, strategies.len() as u64))),
        }
    }
    let partial: BTreeSet<i64> = record
        .options
        .iter()
        .filter(|option| option.matched && option.partial)
        .map(|option| option.id)
        .collect();
    StrategiesRecord {
        id: record.id.clone(),
        trial: record.trial,
        model: record.model.clone(),
        strategies: strategies
            .into_iter()
            .map(|(_, strategy)| with_options(strategy))
            .collect(),
        partial_option_ids: partial.into_iter().collect(),
        overrides_applied: None,
        promotions_unattributed: None,
    }
}

fn sub_action(action: &MatchAction) -> SubAction {
    SubAction {
        id: action.id,
        action: action.action.clone(),
        category: action.category.clone(),
        evidence: action.evidence.clone(),
        match_raw: action.matched.clone(),
        match_resolved: resolve(action.matched.expose()),
    }
}

/// The pieces of a match string that consist of digits only; the rest, such as
/// `harm:label`, is dropped. Numbers beyond any option id are dropped too.
fn resolve(text: &str) -> Vec<i64> {
    text.split(',')
        .map(str::trim)
        .filter(|piece| !piece.is_empty() && piece.bytes().all(|byte| byte.is_ascii_digit()))
        .filter_map(|piece| piece.parse().ok())
        .collect()
}

fn opened_by(first: SubAction, strategy_id: u64) -> Strategy {
    Strategy {
        strategy_id,
        summary: if first.action.expose().is_empty() {
            NO_TEXT.into()
        } else {
            first.action.clone()
        },
        sub_actions: vec![first],
        matched: false,
        matched_options: Vec::new(),
    }
}

fn with_options(mut strategy: Strategy) -> Strategy {
    let options: BTreeSet<i64> = strategy
        .sub_actions
        .iter()
        .flat_map(|action| action.match_resolved.iter().copied())
        .collect();
    strategy.matched = !options.is_empty();
    strategy.matched_options = options.into_iter().collect();
    strategy
}

/// Connected components of a few dozen actions.
struct Forest(Vec<usize>);

impl Forest {
    fn new(len: usize) -> Self {
        Self((0..len).collect())
    }

    fn root(&self, mut at: usize) -> usize {
        while self.0[at] != at {
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}

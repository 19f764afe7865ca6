//! The review: a second judge's overrides on the strategies (scoring.md, 10.1
//! and 10.2). What they do to the judged options is in [`super::assemble()`].

use std::collections::BTreeSet;

use super::prepared::PreparedRubric;
use super::records::{MatchAction, Override, OverrideEntry, StrategiesRecord, Strategy, Verdict};

/// The overrides worth storing (scoring.md, 10.1): those on an option that the
/// rubric has, without references to actions that nobody extracted.
pub fn clean_overrides(
    given: &[OverrideEntry],
    rubric: &PreparedRubric,
    actions: &[MatchAction],
) -> Vec<Override> {
    given
        .iter()
        .filter_map(OverrideEntry::read)
        .filter(|one| rubric.knows(one.option_id))
        .map(|mut one| {
            one.action_id = one
                .action_id
                .filter(|&id| actions.iter().any(|action| action.id == id));
            one
        })
        .collect()
}

/// The strategies after the overrides, in list order (scoring.md, 10.2). An
/// empty list leaves the record as it is, without counters.
#[must_use]
pub fn apply_review(record: StrategiesRecord, overrides: &[OverrideEntry]) -> StrategiesRecord {
    if overrides.is_empty() {
        return record;
    }
    let mut state = State::new(record);
    for one in overrides.iter().filter_map(OverrideEntry::read) {
        if let Some(verdict) = one.verdict() {
            state.apply(&one, verdict);
        }
    }
    state.finish()
}

/// MO and PO of 10.2, and the counters.
struct State {
    record: StrategiesRecord,
    matched: BTreeSet<i64>,
    partial: BTreeSet<i64>,
    applied: u64,
    unattributed: u64,
}

impl State {
    fn new(record: StrategiesRecord) -> Self {
        Self {
            matched: record
                .strategies
                .iter()
                .flat_map(|strategy| strategy.matched_options.iter().copied())
                .collect(),
            partial: record.partial_option_ids.iter().copied().collect(),
            record,
            applied: 0,
            unattributed: 0,
        }
    }

    fn apply(&mut self, one: &Override, verdict: Verdict) {
        let option = one.option_id;
        match (self.matched.contains(&option), verdict) {
            (true, Verdict::No) => self.demote(option),
            (false, Verdict::Yes | Verdict::Partial) => {
                self.promote(option, verdict, one.action_id);
            }
            (true, Verdict::Yes) if self.partial.remove(&option) => self.applied += 1,
            (true, Verdict::Partial) if self.partial.insert(option) => self.applied += 1,
            _ => {}
        }
    }

    /// Only the first strategy that has the option loses it.
    fn demote(&mut self, option: i64) {
        self.applied += 1;
        self.partial.remove(&option);
        self.matched.remove(&option);
        let mut strategies = self.record.strategies.iter_mut();
        if let Some(owner) = strategies.find(|s| s.matched_options.contains(&option)) {
            owner.matched_options.retain(|&id| id != option);
            for action in &mut owner.sub_actions {
                action.match_resolved.retain(|&id| id != option);
            }
            let resolved = owner.sub_actions.iter().map(|a| a.match_resolved.len());
            if owner.matched_options.is_empty() && resolved.sum::<usize>() == 0 {
                owner.matched = false;
            }
        }
    }

    /// A promotion that no action explains is counted and leaves MO alone, so
    /// that the same one counts again.
    fn promote(&mut self, option: i64, verdict: Verdict, action: Option<i64>) {
        self.applied += 1;
        if verdict == Verdict::Partial {
            self.partial.insert(option);
        }
        let attributed = action.is_some_and(|action| {
            self.record
                .strategies
                .iter_mut()
                .any(|strategy| attribute(strategy, action, option))
        });
        if attributed {
            self.matched.insert(option);
        } else {
            self.unattributed += 1;
        }
    }

    fn finish(mut self) -> StrategiesRecord {
        self.record.partial_option_ids = self.partial.into_iter().collect();
        self.record.overrides_applied = Some(self.applied);
        self.record.promotions_unattributed = Some(self.unattributed);
        self.record
    }
}

/// Credits an option to an action of this strategy; false if it has no such
/// action.
fn attribute(strategy: &mut Strategy, action: i64, option: i64) -> bool {
    let Some(found) = strategy.sub_actions.iter_mut().find(|a| a.id == action) else {
        return false;
    };
    if !found.match_resolved.contains(&option) {
        found.match_resolved.push(option);
    }
    if !strategy.matched_options.contains(&option) {
        strategy.matched_options.push(option);
    }
    strategy.matched = true;
    true
}

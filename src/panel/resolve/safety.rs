//! What guardians may do, what makes an answer ask for a human, and what is
//! skipped when time is short.

use std::collections::BTreeSet;

use crate::panel::at::At;
use crate::panel::file::{DraftChecksTable, EditsTable, NeedTable, PanelFile};
use crate::panel::model::{
    Agent, Budget, DraftChecks, EditLimits, EditMode, Escalation, Need, Protocol, Skippable, Task,
};
use crate::panel::prompt::Role;
use crate::panel::prompt_book::PromptBook;
use crate::panel::sink::Sink;

use super::task::Asked;

/// Advisors who are asked about edits unless the panel says how many.
const CHECKERS: usize = 2;

/// What holds where a panel has no guardians and says nothing of edits.
pub const UNEDITED: EditLimits = EditLimits {
    mode: EditMode::Serial,
    max_edits: 5,
    max_added: 4,
    max_removed: 2,
    max_added_words: 120,
    protect_vendors: 2,
    checkers: 0,
    checker_order: Vec::new(),
    prompt: None,
};

/// Limits of guardians' edits, and who is asked about them.
pub fn edits(
    file: &PanelFile,
    advisors: &[Agent],
    guardians: &[Agent],
    asked: Asked,
    prompts: &mut PromptBook,
    sink: &mut Sink,
) -> EditLimits {
    let default = EditsTable::default();
    let typed = file.edits.as_ref().unwrap_or(&default);
    let limit = |value: Option<u32>, default: usize| value.map_or(default, |value| value as usize);
    let wanted = match &typed.checkers {
        None => CHECKERS.min(advisors.len()),
        Some(number) => {
            if **number as usize > advisors.len() && !guardians.is_empty() {
                let message = format!("{} checkers cannot be had", **number);
                let help = format!("advisors check edits, and there are {}", advisors.len());
                sink.error("checkers", number.span(), &message, &help);
            }
            **number as usize
        }
    };
    if let Some(number) = &typed.checkers
        && **number == 0
        && !guardians.is_empty()
        && asked.task == Task::Plan
    {
        let message = "nobody checks the guardians' edits: one guardian's word is enough to add";
        let help = "take `checkers` out (the default is 2), unless you measure what it does";
        sink.warn("unchecked", number.span(), message, help);
    }
    // Grades are flipped one by one; nobody is asked about them.
    let wanted = match asked.task {
        Task::Plan if !guardians.is_empty() => wanted,
        _ => 0,
    };
    let prompt = (wanted > 0).then(|| {
        let name = typed.prompt.as_ref();
        let role = Role::Checker;
        let chosen = name.map_or(role.default_prompt(), |name| name.as_str());
        prompts.add(chosen, role, name.map_or(0..0, At::span), sink);
        chosen.to_owned()
    });
    EditLimits {
        mode: typed.mode.unwrap_or_default(),
        max_edits: limit(typed.max_edits, UNEDITED.max_edits),
        max_added: limit(typed.max_added, UNEDITED.max_added),
        max_removed: limit(typed.max_removed, UNEDITED.max_removed),
        max_added_words: limit(typed.max_added_words, UNEDITED.max_added_words),
        protect_vendors: limit(typed.protect_vendors, UNEDITED.protect_vendors),
        checkers: wanted,
        checker_order: if wanted == 0 {
            Vec::new()
        } else {
            order(advisors, guardians)
        },
        prompt,
    }
}

/// In which order advisors are asked about edits: those of other models and
/// vendors than the guardians first, and each of another vendor than those
/// before it where that can be had; otherwise in the panel's order.
pub fn order(advisors: &[Agent], guardians: &[Agent]) -> Vec<String> {
    let mut left: Vec<&Agent> = advisors.iter().collect();
    let mut chosen: Vec<String> = Vec::new();
    let mut vendors: BTreeSet<&str> = BTreeSet::new();
    while !left.is_empty() {
        let cost = |agent: &Agent| {
            let of_guardian = |same: &dyn Fn(&Agent) -> bool| guardians.iter().any(same);
            (
                of_guardian(&|guardian| guardian.model == agent.model),
                vendors.contains(agent.vendor.as_str()),
                of_guardian(&|guardian| guardian.vendor == agent.vendor),
            )
        };
        let best = (0..left.len()).min_by_key(|&at| (cost(left[at]), at));
        let Some(best) = best else { break };
        let agent = left.remove(best);
        vendors.insert(agent.vendor.as_str());
        chosen.push(agent.name.clone());
    }
    chosen
}

/// When a draft is not usable.
pub fn draft_checks(typed: Option<&DraftChecksTable>) -> DraftChecks {
    let default = DraftChecks::DEFAULT;
    let Some(typed) = typed else { return default };
    let count = |value: Option<u32>, default: usize| value.map_or(default, |value| value as usize);
    DraftChecks {
        enabled: typed.enabled.unwrap_or(default.enabled),
        repeated_lines: typed.repeated_lines.unwrap_or(default.repeated_lines),
        repeated_words: typed.repeated_words.unwrap_or(default.repeated_words),
        copied_words: typed.copied_words.unwrap_or(default.copied_words),
        own_words: count(typed.own_words, default.own_words),
        control_tokens: count(typed.control_tokens, default.control_tokens),
        unreadable: typed.unreadable.unwrap_or(default.unreadable),
        without_letters: typed.without_letters.unwrap_or(default.without_letters),
        refusal_words: count(typed.refusal_words, default.refusal_words),
        same_grades: count(typed.same_grades, default.same_grades),
    }
}

/// What makes an answer ask for a human.
pub fn escalation(file: &PanelFile, protocol: Protocol, sink: &mut Sink) -> Escalation {
    let Some(typed) = &file.escalation else {
        return Escalation::default();
    };
    if typed.max_disagreement.is_some() && protocol == Protocol::Lead {
        let message = "`max_disagreement` means nothing where one advisor is asked alone";
        let help = "take it out, or choose another protocol than `lead`";
        sink.warn("unused", 0..0, message, help);
    }
    Escalation {
        conflict: typed.conflict.unwrap_or_default(),
        max_disagreement: typed.max_disagreement,
        needs: typed
            .needs
            .iter()
            .flatten()
            .map(|table| need(table, sink))
            .collect(),
    }
}

fn need(table: &At<NeedTable>, sink: &mut Sink) -> Need {
    let words = |list: &Option<Vec<String>>| -> Vec<String> {
        let words = list.iter().flatten().map(|word| word.trim().to_lowercase());
        words.filter(|word| !word.is_empty()).collect()
    };
    let any_of = words(&table.any_of);
    if any_of.is_empty() && table.any_of.is_some() {
        let message = "`any_of` has no word: this could never be known";
        let help = "name words of which one is in a question that says it";
        sink.error("empty", table.span(), message, help);
    }
    Need {
        what: table
            .what
            .as_deref()
            .map(|what| what.trim().to_owned())
            .unwrap_or_default(),
        any_of,
        if_plan: words(&table.if_plan),
    }
}

/// What a consult may cost, and what is skipped when time is short.
pub fn budget(file: &PanelFile) -> Budget {
    let typed = file.budget.as_ref();
    let skip = typed.and_then(|budget| budget.skip.clone());
    Budget {
        words: typed
            .and_then(|budget| budget.words)
            .map(|words| words as usize),
        seconds: typed.and_then(|budget| budget.seconds),
        draft_share: typed.and_then(|budget| budget.draft_share).unwrap_or(0.6),
        skip: skip.unwrap_or_else(|| Skippable::ORDER.to_vec()),
        usd: typed.and_then(|budget| budget.usd),
    }
}

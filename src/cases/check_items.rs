//! What can be wrong with items that parsed.

use std::collections::{BTreeMap, BTreeSet};

use crate::clinical::id::{BASE_VARIANT, base_and_variant, judge_base};

use super::contents::Overview;
use super::fault::{Flaw, quoted};
use super::items::PlacedItem;
use super::position::{Position, Source, Step};
use super::select::MAX_K;

const ID: &[Step<'_>] = &[Step::Field("id")];
const PROMPT: &[Step<'_>] = &[Step::Field("prompt")];
const BASE_ID: &[Step<'_>] = &[Step::Field("metadata"), Step::Field("base_id")];

/// `text` is the whole file, for a place to report that nothing is in it.
pub(super) fn check_items(
    text: &str,
    items: &[PlacedItem<'_>],
    overview: &Overview<'_>,
) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    if Source::lines(text).next().is_none() {
        flaws.push(
            Flaw::error(
                Position::START,
                "there is no item in this file",
                "Write one JSON object a line, with `id` and `prompt`.",
            )
            .fatal(),
        );
    }
    let mut lines_by_id: BTreeMap<&str, usize> = BTreeMap::new();
    let mut bases_seen: BTreeSet<&str> = BTreeSet::new();
    for placed in items {
        let id = placed.item.id.as_str();
        let line = placed.source.start().line;
        let subject = format!("item {}", quoted(id));
        let mut found = Vec::new();
        if let Some(first) = lines_by_id.get(id) {
            found.push(duplicate(placed, *first));
        } else {
            lines_by_id.insert(id, line);
            check_one(placed, overview, &mut found);
        }
        if bases_seen.insert(placed.item.base()) {
            check_case(placed, overview, &mut found);
        }
        flaws.extend(found.into_iter().map(|flaw| flaw.of(&subject)));
    }
    flaws
}

fn duplicate(placed: &PlacedItem<'_>, first_line: usize) -> Flaw {
    Flaw::error(
        placed.source.at(ID),
        format!("this id stands on line {first_line} already"),
        "Answers are joined by id: give every item its own, or delete one of the two lines.",
    )
    .field("id")
    .fatal()
}

/// What concerns a case as a whole, said at its first item.
fn check_case(placed: &PlacedItem<'_>, overview: &Overview<'_>, found: &mut Vec<Flaw>) {
    let base = placed.item.base();
    if base.trim().is_empty() {
        return;
    }
    let at = placed.source.at(ID);
    if !overview.rubric_files.contains(base) {
        let expected = overview.rubrics_dir.join(format!("{base}.json"));
        found.push(
            Flaw::error(
                at,
                format!(
                    "case {} has no rubric, so it can be answered but not scored",
                    quoted(base)
                ),
                format!("Add {}, or leave the case out.", expected.display()),
            )
            .field("id"),
        );
    }
    if !overview.items.contains_key(base) {
        found.push(
            Flaw::error(
                at,
                format!(
                    "a perturbation whose base item {} is not there",
                    quoted(base)
                ),
                "Add the base item, or leave its perturbations out.",
            )
            .field("id"),
        );
    }
    if judge_base(base) != base {
        found.push(
            Flaw::warning(
                at,
                "the id of the case has a dash of its own",
                "The benchmark's judge takes what stands before the first dash for the case; \
                 use letters and digits only.",
            )
            .field("id"),
        );
    }
}

fn check_one(placed: &PlacedItem<'_>, overview: &Overview<'_>, found: &mut Vec<Flaw>) {
    let PlacedItem { source, item } = placed;
    let (base, variant) = base_and_variant(&item.id);
    if base.trim().is_empty() {
        let help = "Give the item an id such as `Card001`.";
        found.push(
            Flaw::error(source.at(ID), "the id is empty", help)
                .field("id")
                .fatal(),
        );
    }
    if !(BASE_VARIANT..i64::from(MAX_K) - 1).contains(&variant) {
        found.push(
            Flaw::warning(
                source.at(ID),
                format!("variant {variant} is never asked"),
                format!("Perturbations are numbered from 0 to {}.", MAX_K - 2),
            )
            .field("id"),
        );
    }
    if item.prompt.is_blank() {
        let help = "Write the consult question, or delete the line.";
        let flaw = Flaw::error(source.at(PROMPT), "the prompt is empty", help);
        found.push(flaw.field("prompt").fatal());
    } else if variant != BASE_VARIANT
        && overview
            .items
            .get(base)
            .is_some_and(|it| it.prompt == item.prompt)
    {
        let problem = "this perturbation does not differ from its base";
        let help = "It is asked all the same; change the text, or delete the line.";
        found.push(Flaw::warning(source.at(PROMPT), problem, help).field("prompt"));
    }
    if let Some(said) = item
        .metadata
        .base_id
        .as_deref()
        .filter(|&said| said != base)
    {
        let problem = format!(
            "the metadata say {}, the id says {}",
            quoted(said),
            quoted(base)
        );
        let help = "The id decides; make the two agree.";
        let flaw = Flaw::warning(source.at(BASE_ID), problem, help);
        found.push(flaw.field("metadata.base_id"));
    }
}

//! The protocol `synthesis`: a moderator merges anonymised, shuffled drafts.

use std::sync::Arc;

use serde::Deserialize;

use crate::clinical::{Category, DraftRef, PatientText, Recommendation};
use crate::gateway::Schema;
use crate::gateway::shape::{
    MOST_ENTRIES, list, object, reference, remark, text, text_or_none, word,
};

use crate::deliberation::book::{Book, Why};
use crate::deliberation::labels::Labels;
use crate::deliberation::parse::Draft;
use crate::deliberation::pooling::{Action, opposite};
use crate::deliberation::said::{self, CATEGORIES};

use super::board::Board;
use super::conflict::places;

/// What the moderator must answer about the drafted items that it is shown.
pub fn schema(names: &[String]) -> Arc<Schema> {
    let most = names.len().max(1);
    let item = object([
        ("text", text()),
        ("category", word(&CATEGORIES)),
        ("urgency", text_or_none()),
        ("condition", text_or_none()),
        ("basis", list(reference(names), 1, most)),
    ]);
    let dropped = object([("item", reference(names)), ("reason", remark())]);
    Arc::new(Schema::new(
        "primum_synthesis",
        object([
            ("assessment", text()),
            ("items", list(item, 1, most.min(MOST_ENTRIES))),
            ("dropped", list(dropped, 0, most)),
        ]),
    ))
}

/// The moderator's answer, as its schema has it.
#[derive(Deserialize)]
pub struct Synthesis {
    assessment: PatientText,
    items: Vec<SynthesisItem>,
    dropped: Vec<Dropped>,
}

#[derive(Deserialize)]
struct SynthesisItem {
    text: PatientText,
    #[serde(deserialize_with = "said::word")]
    category: Option<Category>,
    #[serde(deserialize_with = "said::text")]
    urgency: Option<PatientText>,
    #[serde(deserialize_with = "said::text")]
    condition: Option<PatientText>,
    basis: Vec<String>,
}

#[derive(Deserialize)]
struct Dropped {
    item: String,
    reason: PatientText,
}

/// Applies the moderator's answer: items with a basis enter the plan, items
/// without are refused, and every draft item that is in no basis ends here
/// with the moderator's reason, or with the words that there was none. A draft
/// item is no basis for its contrary; one that the moderator forgot goes with
/// those that pooling found to mean the same.
///
/// Returns false when nothing entered the plan although something was drafted:
/// then the moderator has failed.
pub fn apply(
    book: &mut Book,
    moderator: &str,
    answer: Synthesis,
    labels: &Labels,
    drafts: &[(String, Draft)],
    board: &Board,
) -> bool {
    let stage = format!("synthesis:{moderator}");
    book.assess(crate::deliberation::one_line(&answer.assessment));
    for item in answer.items {
        let text = crate::deliberation::one_line(&item.text);
        if text.is_blank() {
            continue;
        }
        let text = with_details(text, &[&item.condition, &item.urgency]);
        let recommendation = Recommendation {
            text: text.clone(),
            category: item.category,
            urgency: detail(item.urgency.as_ref()),
            condition: detail(item.condition.as_ref()),
            basis: basis(&item.basis, &text, labels, drafts, board),
            edited_by: None,
            severity_if_omitted: None,
            supporters: Vec::new(),
            objectors: Vec::new(),
            rating: None,
        };
        if !book.place(&stage, recommendation) {
            book.refuse_invented(moderator, text);
        }
    }
    if book.items().len() == 0 {
        return false;
    }
    let reasons: Vec<(DraftRef, PatientText)> = answer
        .dropped
        .into_iter()
        .filter_map(|d| {
            Some((
                labels.resolve(&d.item, drafts)?,
                crate::deliberation::one_line(&d.reason),
            ))
        })
        .collect();
    join_forgotten(book, &stage, board, |draft| {
        reasons.iter().any(|(named, _)| named == draft)
    });
    let items = book.items().len();
    for index in 0..items {
        let supporters = supporters(book, index, board);
        book.support(index, supporters);
    }
    book.drop_unplaced(&stage, |draft| {
        reasons
            .iter()
            .find(|(named, reason)| named == draft && !reason.is_blank())
            .map_or_else(
                || PatientText::from("the moderator gave no reason"),
                |(_, reason)| reason.clone(),
            )
    });
    true
}

/// The drafted items that an item rests on, without those that say the
/// contrary of its words.
fn basis(
    references: &[String],
    text: &PatientText,
    labels: &Labels,
    drafts: &[(String, Draft)],
    board: &Board,
) -> Vec<DraftRef> {
    let action = Action::read(text.expose());
    let contrary = |draft: &DraftRef| {
        let of = |candidate: &&super::board::Standing| candidate.members.contains(draft);
        let candidate = board.candidates.iter().find(of);
        candidate.is_some_and(|candidate| opposite(&action, &candidate.action))
    };
    references
        .iter()
        .filter_map(|reference| labels.resolve(reference, drafts))
        .filter(|draft| !contrary(draft))
        .collect()
}

/// Draft items that are in no basis and were not dropped go with items of the
/// plan that rest on the same candidate.
fn join_forgotten(
    book: &mut Book,
    stage: &str,
    board: &Board,
    dropped: impl Fn(&DraftRef) -> bool,
) {
    let why = Why::reason("the moderator forgot it; pooling found the same in this item");
    for candidate in &board.candidates {
        let index = book.items().position(|item| {
            candidate
                .members
                .iter()
                .any(|member| item.basis.contains(member))
        });
        let Some(index) = index else { continue };
        for member in &candidate.members {
            if !book.carries(member) && !dropped(member) {
                book.join(stage, index, member, &why);
            }
        }
    }
}

/// Everybody who wants a candidate on which an item rests, in the panel's
/// order.
fn supporters(book: &Book, index: usize, board: &Board) -> Vec<String> {
    let Some(item) = book.items().nth(index) else {
        return Vec::new();
    };
    let mut voters: Vec<usize> = places(item, board)
        .into_iter()
        .flat_map(|place| board.candidates[place].supporters.iter().copied())
        .collect();
    voters.sort_unstable();
    voters.dedup();
    board.names(&voters)
}

/// A detail in one line, if there is any.
fn detail(text: Option<&PatientText>) -> Option<PatientText> {
    text.map(crate::deliberation::one_line)
        .filter(|text| !text.is_blank())
}

/// The words of an item with its condition and urgency, where the moderator
/// named them apart and left them out of the text: "only if potassium is above
/// 5" must reach the reader.
fn with_details(text: PatientText, details: &[&Option<PatientText>]) -> PatientText {
    let mut whole = text.expose().to_owned();
    for detail in details.iter().filter_map(|detail| detail.as_ref()) {
        let detail = crate::deliberation::one_line(detail);
        let known = whole
            .to_lowercase()
            .contains(&detail.expose().to_lowercase());
        if !detail.is_blank() && !known {
            whole.push_str(&format!(" ({})", detail.expose()));
        }
    }
    PatientText::from(whole)
}

//! The protocol `synthesis`: a moderator merges anonymised, shuffled drafts.

use std::sync::{Arc, LazyLock};

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::clinical::{Category, DraftRef, PatientText, Recommendation};
use crate::gateway::Schema;

use super::book::Book;
use super::parse::Draft;

/// What the moderator must answer.
pub static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    Arc::new(Schema::new(
        "primum_synthesis",
        json!({
            "title": "primum_synthesis",
            "type": "object",
            "additionalProperties": false,
            "required": ["assessment", "items", "dropped"],
            "properties": {
                "assessment": {"type": "string"},
                "items": {"type": "array", "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["text", "category", "urgency", "condition", "basis"],
                    "properties": {
                        "text": {"type": "string"},
                        "category": super::category_schema(),
                        "urgency": {"type": ["string", "null"]},
                        "condition": {"type": ["string", "null"]},
                        "basis": {"type": "array", "items": {"type": "string"}}
                    }
                }},
                "dropped": {"type": "array", "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["item", "reason"],
                    "properties": {
                        "item": {"type": "string"},
                        "reason": {"type": "string"}
                    }
                }}
            }
        }),
    ))
});

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
    category: Option<Category>,
    urgency: Option<PatientText>,
    condition: Option<PatientText>,
    basis: Vec<String>,
}

#[derive(Deserialize)]
struct Dropped {
    item: String,
    reason: PatientText,
}

/// Which draft bears which letter: index into the panel's order by position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels(Vec<usize>);

impl Labels {
    /// A shuffle of `n` drafts that follows from the run's seed, the item and
    /// the trial alone, so that arrival order changes nothing.
    pub fn shuffled(n: usize, run_seed: u64, item: &str, trial: u32) -> Self {
        let seed: [u8; 32] = Sha256::new()
            .chain_update(b"primum synthesis shuffle 1\0")
            .chain_update(run_seed.to_le_bytes())
            .chain_update(trial.to_le_bytes())
            .chain_update(item.as_bytes())
            .finalize()
            .into();
        let mut rng = ChaCha8Rng::from_seed(seed);
        let mut order: Vec<usize> = (0..n).collect();
        // Fisher-Yates; the bias of a 64-bit remainder over a handful of
        // drafts is below 1e-18.
        for last in (1..n).rev() {
            let pick = (rng.next_u64() % (last as u64 + 1)) as usize;
            order.swap(last, pick);
        }
        Self(order)
    }

    /// Letters of a position: A, B, … Z, AA, AB, …
    fn letters(mut position: usize) -> String {
        let mut out = Vec::new();
        loop {
            out.push(char::from(b'A' + (position % 26) as u8));
            if position < 26 {
                break;
            }
            position = position / 26 - 1;
        }
        out.iter().rev().collect()
    }

    /// The position of some letters; the inverse of [`Labels::letters`].
    fn position(letters: &str) -> Option<usize> {
        let number = letters.bytes().try_fold(0_usize, |number, letter| {
            let digit = usize::from(letter.checked_sub(b'A').filter(|digit| *digit < 26)?) + 1;
            number.checked_mul(26)?.checked_add(digit)
        })?;
        number.checked_sub(1)
    }

    /// The drafts as the moderator sees them: anonymous, in shuffled order.
    pub fn block(&self, drafts: &[(String, Draft)]) -> String {
        use std::fmt::Write as _;
        let mut text = String::with_capacity(4096);
        for (position, &index) in self.0.iter().enumerate() {
            let Some((_, draft)) = drafts.get(index) else {
                continue;
            };
            let letters = Self::letters(position);
            // Writing to a String cannot fail.
            let _ = writeln!(text, "Draft {letters}");
            let _ = writeln!(text, "Assessment: {}", draft.assessment.expose());
            for (i, item) in draft.items.iter().enumerate() {
                let _ = writeln!(text, "{letters}{}. {}", i + 1, item.expose());
            }
            text.push('\n');
        }
        text
    }

    /// `A2` or `[a2]` as a drafted item; `None` for an invented reference.
    fn resolve(&self, reference: &str, drafts: &[(String, Draft)]) -> Option<DraftRef> {
        let reference = reference
            .trim_matches(|c: char| !c.is_ascii_alphanumeric())
            .to_ascii_uppercase();
        let split = reference.find(|c: char| c.is_ascii_digit())?;
        let (letters, number) = reference.split_at(split);
        let number: usize = number.parse().ok()?;
        let position = Self::position(letters)?;
        let (agent, draft) = drafts.get(*self.0.get(position)?)?;
        (1..=draft.items.len()).contains(&number).then(|| DraftRef {
            agent: agent.clone(),
            number,
        })
    }
}

/// Applies the moderator's answer: items with a basis enter the plan, items
/// without are refused, and every draft item that is in no basis ends here
/// with the moderator's reason, or with the words that there was none.
///
/// Returns false when nothing entered the plan although something was drafted:
/// then the moderator has failed.
pub fn apply(
    book: &mut Book,
    moderator: &str,
    answer: Synthesis,
    labels: &Labels,
    drafts: &[(String, Draft)],
) -> bool {
    let stage = format!("synthesis:{moderator}");
    book.assess(super::one_line(&answer.assessment));
    for item in answer.items {
        let text = super::one_line(&item.text);
        if text.is_blank() {
            continue;
        }
        let text = with_details(text, &[&item.condition, &item.urgency]);
        let recommendation = Recommendation {
            text: text.clone(),
            category: item.category,
            urgency: item.urgency.filter(|u| !u.is_blank()),
            condition: item.condition.filter(|c| !c.is_blank()),
            basis: item
                .basis
                .iter()
                .filter_map(|reference| labels.resolve(reference, drafts))
                .collect(),
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
        .filter_map(|d| Some((labels.resolve(&d.item, drafts)?, super::one_line(&d.reason))))
        .collect();
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

/// The words of an item with its condition and urgency, where the moderator
/// named them apart and left them out of the text: "only if potassium is above
/// 5" must reach the reader.
fn with_details(text: PatientText, details: &[&Option<PatientText>]) -> PatientText {
    let mut whole = text.expose().to_owned();
    for detail in details.iter().filter_map(|detail| detail.as_ref()) {
        let detail = super::one_line(detail);
        let known = whole
            .to_lowercase()
            .contains(&detail.expose().to_lowercase());
        if !detail.is_blank() && !known {
            whole.push_str(&format!(" ({})", detail.expose()));
        }
    }
    PatientText::from(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!(Labels::letters(0), "A");
        assert_eq!(Labels::letters(25), "Z");
        assert_eq!(Labels::letters(26), "AA");
        assert_eq!(Labels::letters(27), "AB");
    }

    #[test]
    fn letters_are_read_back() {
        for position in 0..2_000 {
            assert_eq!(Labels::position(&Labels::letters(position)), Some(position));
        }
        for foreign in ["", "A1", "a", "Ä", &"Z".repeat(99)] {
            assert_eq!(Labels::position(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn the_shuffle_depends_on_seed_item_and_trial_only() {
        let a = Labels::shuffled(5, 0, "Card001", 1);
        assert_eq!(a, Labels::shuffled(5, 0, "Card001", 1));
        let others = [
            Labels::shuffled(5, 1, "Card001", 1),
            Labels::shuffled(5, 0, "Card002", 1),
            Labels::shuffled(5, 0, "Card001", 2),
        ];
        assert!(others.iter().any(|other| *other != a));
    }
}

//! An advisor's own draft through the panel's renderer: what the word budget
//! alone does to it.

use crate::clinical::{DraftRef, Ledger, PatientText, Plan, Recommendation};
use crate::deliberation::book::Book;
use crate::deliberation::parse::parse_draft;
use crate::deliberation::render;

/// A draft as the panel would write it.
pub(super) struct Cut {
    /// The rendered plan.
    pub text: PatientText,
    /// The plan behind it.
    pub plan: Plan,
    /// What was left out, and why.
    pub ledger: Ledger,
    /// What a reader must know, such as a budget that was exceeded.
    pub notes: Vec<String>,
}

/// Reads a draft and writes it to the word budget.
pub(super) fn cut(advisor: &str, draft: &str, words: Option<usize>) -> Cut {
    let drafts = [(advisor.to_owned(), parse_draft(draft))];
    let mut book = Book::open(&drafts);
    let [(_, draft)] = &drafts;
    book.assess(draft.assessment.clone());
    for (index, text) in draft.items.iter().enumerate() {
        let basis = DraftRef {
            agent: advisor.to_owned(),
            number: index + 1,
        };
        book.place("cut", Recommendation::drafted(text.clone(), basis));
    }
    book.drop_unplaced("cut", |_| {
        PatientText::from("another item says the same already")
    });
    let notes = words.and_then(|words| render::fit(&mut book, words));
    let (plan, ledger) = book.close();
    Cut {
        text: PatientText::from(render::render(&plan.assessment, &plan.items)),
        plan,
        ledger,
        notes: notes.into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    const DRAFT: &str = "Likely gout.\n\n1. Aspirate the joint today.\n2. Start colchicine.\n3. Recheck the uric acid in six weeks.";

    #[test]
    fn a_draft_within_the_budget_keeps_its_items() {
        let cut = cut("ada", DRAFT, Some(100));
        assert_eq!(cut.text.expose(), DRAFT);
        assert!(cut.notes.is_empty());
    }

    #[test]
    fn the_last_items_go_first_and_the_ledger_says_so() {
        let cut = cut("ada", DRAFT, Some(9));
        assert!(!cut.text.expose().contains("uric"), "{:?}", cut.plan);
        assert_eq!(cut.ledger.entries.len(), 3);
    }
}

//! All schemas of deliberation.

use std::sync::Arc;

use crate::gateway::Schema;
use crate::gateway::shape::numbered;

use super::consensus::board::Board;
use super::consensus::{debate, delphi, synthesis};
use super::guardian::{check, edit};
use super::options::{OptionList, flips, grades};
use super::pooling::{self, Drafted, by_rule};
use crate::clinical::{DraftRef, PatientText};

/// Most edits or flips of one guardian, as a panel has it by default.
const EDITS: usize = 5;

/// Every schema that an agent of a panel is asked to fill, for so many drafted
/// items and so many options.
pub fn all(items: usize, options: usize) -> Vec<Arc<Schema>> {
    let names: Vec<String> = numbered("A", 1..=items as i64).collect();
    let list = OptionList::new((1..=options as i64).map(|number| (number, "an option")));
    let drafted: Vec<Drafted> = (1..=items)
        .map(|number| Drafted {
            from: DraftRef {
                agent: "a".to_owned(),
                number,
            },
            text: PatientText::from(format!("Check number {number} of the ward")),
        })
        .collect();
    let board = Board::new(Vec::new(), &drafted, by_rule(&drafted));
    vec![
        pooling::schema(&names),
        synthesis::schema(&names),
        debate::schema(&board),
        delphi::schema(&board),
        edit::schema(items, EDITS),
        check::schema(EDITS),
        grades::schema(&list),
        flips::schema(&list, EDITS),
    ]
}

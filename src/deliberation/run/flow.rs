//! Keeping what stood on the table after each stage.

use crate::clinical::flow::POOLED;
use crate::clinical::{DraftRef, PatientText, PlanStage, StageItem};
use crate::deliberation::book::Book;
use crate::deliberation::consensus::board::Board;

use super::{Drafts, Run};

impl Run<'_> {
    /// The drafts as they were read.
    pub(super) fn saw_drafts(&mut self, drafts: &Drafts) {
        let read = drafts.iter().map(|(agent, draft)| PlanStage {
            stage: agent.clone(),
            assessment: draft.assessment.clone(),
            items: (0..)
                .zip(&draft.items)
                .map(|(place, text)| StageItem {
                    key: place,
                    text: text.clone(),
                    basis: vec![DraftRef {
                        agent: agent.clone(),
                        number: place + 1,
                    }],
                })
                .collect(),
        });
        self.flow.drafts = read.collect();
    }

    /// The candidates, before anybody changed or dropped one.
    pub(super) fn saw_board(&mut self, board: &Board) {
        let items = (0..).zip(&board.candidates);
        self.flow.stages.push(PlanStage {
            stage: POOLED.to_owned(),
            assessment: PatientText::default(),
            items: items
                .map(|(place, candidate)| StageItem {
                    key: place,
                    text: candidate.text.clone(),
                    basis: candidate.members.clone(),
                })
                .collect(),
        });
    }

    /// The plan as it stands, whole.
    pub(super) fn saw_plan(&mut self, stage: &str, book: &Book) {
        self.flow.stages.push(PlanStage {
            stage: stage.to_owned(),
            assessment: book.assessment().clone(),
            items: book
                .keyed()
                .map(|(key, item)| StageItem {
                    key: key.number(),
                    text: item.text.clone(),
                    basis: item.basis.clone(),
                })
                .collect(),
        });
    }
}

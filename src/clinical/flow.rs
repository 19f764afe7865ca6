//! The flow of a plan: what stood on the table after each stage of a consult,
//! whole, before any word budget.

use serde::{Deserialize, Serialize};

use super::plan::DraftRef;
use super::text::PatientText;

/// Name of the stage in which the drafted items were pooled.
pub const POOLED: &str = "pooled";
/// Name of the stage that made one plan of the drafts.
pub const CONSENSUS: &str = "consensus";
/// Name of the stage that fits the plan to the word budget.
pub const RENDER: &str = "render";

/// Everything that was on the table of one consult, stage by stage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanFlow {
    /// The drafts as read, in the panel's order; each is named by its advisor.
    pub drafts: Vec<PlanStage>,
    /// `pooled`, `consensus`, each guardian that was asked by its name, and
    /// `render`, in this order.
    pub stages: Vec<PlanStage>,
}

/// What stood on the table after one stage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanStage {
    /// Which.
    pub stage: String,
    /// The assessment above the items; blank where the items were pooled.
    pub assessment: PatientText,
    /// The items in their order.
    pub items: Vec<StageItem>,
}

/// One item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageItem {
    /// The same item has the same key from the consensus on, whatever its words
    /// and its number come to be. In drafts and candidates, the place.
    pub key: usize,
    /// The words.
    pub text: PatientText,
    /// Drafted items that it rests on; none of an item that a guardian added.
    pub basis: Vec<DraftRef>,
}

impl PlanStage {
    /// The words of the whole stage, as a reader and the judge would get them.
    pub fn text(&self) -> PatientText {
        let items = self.items.iter().map(|item| &item.text);
        PatientText::from(plan_text(&self.assessment, items))
    }

    /// The item with a key.
    pub fn item(&self, key: usize) -> Option<&StageItem> {
        self.items.iter().find(|item| item.key == key)
    }
}

/// A plan as its reader gets it: the assessment, then numbered items.
pub fn plan_text<'a>(
    assessment: &PatientText,
    items: impl IntoIterator<Item = &'a PatientText>,
) -> String {
    let mut text = String::with_capacity(1024);
    if !assessment.is_blank() {
        text.push_str(assessment.expose().trim());
        text.push('\n');
    }
    for (index, item) in items.into_iter().enumerate() {
        if index == 0 && !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&(index + 1).to_string());
        text.push_str(". ");
        text.push_str(item.expose().trim());
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text
}

//! Cases and items: a case is a consult question with its rubric, an item is
//! the case as posed once (the base or a perturbation).

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::id;
use super::rubric::Rubric;
use super::text::PatientText;

/// One line of `dataset/items.jsonl`: a case as posed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// `Card001` or `Card001-3`.
    pub id: String,
    /// The consult question: all that deliberation may see.
    pub prompt: PatientText,
    /// What the benchmark says about the item.
    #[serde(
        default,
        deserialize_with = "null_as_empty",
        skip_serializing_if = "ItemMetadata::is_empty"
    )]
    pub metadata: ItemMetadata,
    /// Everything else, as it stood.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
    /// Names of the fields in the order of the file, nulls included, for
    /// writing back. Empty for a value that no file was read for.
    #[serde(skip)]
    pub field_order: Vec<String>,
}

/// Metadata of an item. Unknown fields are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ItemMetadata {
    /// Base case, if the file says so; the id decides otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_id: Option<String>,
    /// Everything else, as it stood.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
    /// Names of the fields in the order of the file, nulls included, for
    /// writing back. Empty for a value that no file was read for.
    #[serde(skip)]
    pub field_order: Vec<String>,
}

/// Files may say `"metadata": null` where they mean none.
fn null_as_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ItemMetadata, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl ItemMetadata {
    /// Does it say nothing at all?
    pub fn is_empty(&self) -> bool {
        self.base_id.is_none() && self.extra.is_empty()
    }
}

impl Item {
    /// Base case id (the scorer's rule).
    pub fn base(&self) -> &str {
        id::base_and_variant(&self.id).0
    }

    /// -1 for the base, 0-9 for perturbations.
    pub fn variant(&self) -> i64 {
        id::base_and_variant(&self.id).1
    }

    /// Specialty by the leading letters of the base id.
    pub fn specialty(&self) -> &str {
        id::specialty(self.base())
    }
}

/// A base case: its items (base first, then by variant), its rubric, and the
/// judge's guidance where there is one.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Base id.
    pub id: String,
    /// Items in variant order.
    pub items: Vec<Arc<Item>>,
    /// For judge and score only. `None`: the rubric is missing, so the case
    /// can be answered but not scored.
    pub rubric: Option<Arc<Rubric>>,
    /// Hints for the judge (`guidance/<ID>.yaml`), as JSON.
    pub guidance: Option<Arc<Value>>,
}

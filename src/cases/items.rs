//! `items.jsonl`: one item a line. Empty lines, Windows line ends, a byte
//! order mark and a missing last line end are all survived.

use serde_json::Value;

use crate::clinical::Item;

use super::fault::Flaw;
use super::position::{Source, Step};
use super::shape::{Field, Kind, read_document};
use super::write::note_item_fields;

const ITEM: &[Field] = &[
    Field::required("id", Kind::Text),
    Field::required("prompt", Kind::Text),
    Field::optional("metadata", Kind::Object),
];
const METADATA: &[Field] = &[Field::optional("base_id", Kind::Text)];

/// Parses the text of an `items.jsonl`.
///
/// # Errors
/// Every line that is not JSON or not an item, with its position.
pub fn parse_items(text: &str) -> Result<Vec<Item>, Vec<Flaw>> {
    let (items, flaws) = read_items(text);
    if flaws.is_empty() {
        Ok(items.into_iter().map(|placed| placed.item).collect())
    } else {
        Err(flaws)
    }
}

/// An item and the line that it stands on.
pub(super) struct PlacedItem<'a> {
    pub(super) source: Source<'a>,
    pub(super) item: Item,
}

/// All lines that can be read, and what is wrong with the others.
pub(super) fn read_items(text: &str) -> (Vec<PlacedItem<'_>>, Vec<Flaw>) {
    let mut items = Vec::new();
    let mut flaws = Vec::new();
    for source in Source::lines(text) {
        match read_item(&source) {
            Ok(item) => items.push(PlacedItem { source, item }),
            Err(found) => flaws.extend(found),
        }
    }
    (items, flaws)
}

fn read_item(source: &Source<'_>) -> Result<Item, Vec<Flaw>> {
    let (value, mut item) = read_document(source, "item", |check, value| {
        check.object(value, &[], ITEM);
        if let Some(metadata @ Value::Object(_)) = value.get("metadata") {
            check.object(metadata, &[Step::Field("metadata")], METADATA);
        }
    })?;
    note_item_fields(&value, &mut item);
    Ok(item)
}

//! Resilience of arms to perturbed cases, and the floor: two columns of a
//! forest plot.

use super::data::{ArmKind, Better, Caption, Estimate};
use super::forest::{Forest, ForestColumn, ForestRow, forest};
use super::format::Format;

/// Arms with their resilience and their floor.
#[derive(Clone, Debug, Default)]
pub struct Resilience {
    /// What stands above it.
    pub caption: Caption,
    /// The arms.
    pub rows: Vec<ResilienceRow>,
}

/// One arm.
#[derive(Clone, Debug)]
pub struct ResilienceRow {
    /// Its name.
    pub label: String,
    /// What it is.
    pub kind: ArmKind,
    /// How alike the answers to the variants of a case are, 0 to 1.
    pub resilience: Option<Estimate>,
    /// Mean over cases of the worst score among a case's variants.
    pub floor: Option<Estimate>,
}

/// Draws it.
pub fn resilience(data: &Resilience) -> String {
    let column = |label: &str| ForestColumn {
        label: label.to_owned(),
        format: Format::Number(2),
        better: Better::Higher,
        reference: None,
    };
    forest(&Forest {
        caption: data.caption.clone(),
        columns: vec![
            column("Resilience to rewording"),
            column("Floor: worst variant per case"),
        ],
        rows: data
            .rows
            .iter()
            .map(|row| ForestRow {
                label: row.label.clone(),
                kind: row.kind,
                estimates: vec![row.resilience, row.floor],
            })
            .collect(),
    })
}

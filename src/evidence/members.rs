//! Holding a panel against its members, unit by unit: who of them had what, on
//! the same items.

use std::collections::HashMap;

use super::rows::{ArmRows, ItemRow, Members};
use crate::score::UnitVerdict;

/// One item of an arm beside its members' answers.
pub struct Held<'a> {
    /// Each member's answer, in the order of the members.
    pub members: Vec<Answer<'a>>,
    /// What the arm came to.
    pub own: &'a [UnitVerdict],
    /// What the panel came to without its guardians, where that is an arm.
    pub unguarded: Option<&'a [UnitVerdict]>,
}

/// A member's answer to one item.
#[derive(Clone, Copy)]
pub enum Answer<'a> {
    /// It is judged.
    Judged(&'a [UnitVerdict]),
    /// There is an answer, but no judgment of it.
    Unjudged,
    /// There is none.
    None,
}

/// The items of an arm that are judged, with and without guardians, each beside
/// its members' answers; `None` for arms without members.
pub fn held<'a>(arm: &'a ArmRows, all: &HashMap<&str, &'a ArmRows>) -> Option<Vec<Held<'a>>> {
    let seats = arm.panel.as_ref()?;
    let solo: Option<Vec<HashMap<Key<'a>, &'a ItemRow>>> = match &seats.members {
        Members::Hidden(_) => None,
        Members::Arms(members) => Some(
            members
                .iter()
                .map(|(_, arm)| all.get(arm.as_str()).map(|arm| by_item(arm)))
                .collect::<Option<_>>()?,
        ),
    };
    let unguarded = seats.unguarded.as_ref();
    let unguarded = unguarded
        .and_then(|name| all.get(name.as_str()))
        .map(|arm| by_item(arm));
    let of = |row: &'a ItemRow| {
        let key = (row.item.as_str(), row.trial);
        let members = match &solo {
            None => row
                .members
                .iter()
                .map(|units| units.as_deref().map_or(Answer::Unjudged, Answer::Judged))
                .collect(),
            Some(solo) => solo
                .iter()
                .map(|rows| rows.get(&key).map_or(Answer::None, |row| answer(row)))
                .collect(),
        };
        Some(Held {
            members,
            own: row.units.as_deref()?,
            unguarded: match &unguarded {
                None => None,
                Some(rows) => Some(rows.get(&key)?.units.as_deref()?),
            },
        })
    };
    Some(arm.rows.iter().filter_map(of).collect())
}

type Key<'a> = (&'a str, u32);

fn by_item(arm: &ArmRows) -> HashMap<Key<'_>, &ItemRow> {
    let rows = arm.rows.iter();
    rows.map(|row| ((row.item.as_str(), row.trial), row))
        .collect()
}

fn answer(row: &ItemRow) -> Answer<'_> {
    match (&row.units, row.words) {
        (Some(units), _) => Answer::Judged(units),
        (None, Some(_)) => Answer::Unjudged,
        (None, None) => Answer::None,
    }
}

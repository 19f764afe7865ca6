//! Whose models answered: vendor rules go by the model that answered, and not
//! by the one that was asked for.

use std::collections::BTreeMap;

use crate::gateway::same_model::{family, same_model};
use crate::panel::model::Panel;

/// Ids of the models that answered for advisors, where they are not those that
/// were asked for.
pub(super) type Others = BTreeMap<String, String>;

/// The vendor of each advisor, by name. Advisors for whom one model answered
/// are of one vendor, whatever the panel calls them; so is an advisor for whom
/// a model of another one's family answered. No advisor counts for more than
/// what the panel says of it.
pub(super) fn vendors(panel: &Panel, others: &Others) -> BTreeMap<String, String> {
    let seats = panel.advisors.iter().map(|advisor| {
        let other = others.get(&advisor.name);
        let asked = panel.models.get(&advisor.model);
        Seat {
            name: &advisor.name,
            vendor: &advisor.vendor,
            id: other.map_or_else(|| asked.map_or("", |model| &model.id), String::as_str),
            is_other: other.is_some(),
        }
    });
    merged(seats.collect())
}

struct Seat<'a> {
    name: &'a str,
    vendor: &'a str,
    /// The id of the model that answered.
    id: &'a str,
    is_other: bool,
}

fn merged(mut seats: Vec<Seat<'_>>) -> BTreeMap<String, String> {
    let alike = |a: &Seat<'_>, b: &Seat<'_>| {
        let family = family(a.id);
        (a.is_other || b.is_other)
            && (same_model(a.id, b.id) || !family.is_empty() && family == self::family(b.id))
    };
    for index in 0..seats.len() {
        let (before, rest) = seats.split_at_mut(index);
        let Some((seat, _)) = rest.split_first() else {
            break;
        };
        let merged: Vec<&str> = before
            .iter()
            .filter(|other| alike(seat, other))
            .map(|other| other.vendor)
            .collect();
        let Some((&kept, _)) = merged.split_first() else {
            continue;
        };
        let own = seat.vendor;
        for seat in &mut seats {
            if seat.vendor == own || merged.contains(&seat.vendor) {
                seat.vendor = kept;
            }
        }
    }
    let seats = seats.into_iter();
    seats
        .map(|seat| (seat.name.to_owned(), seat.vendor.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many vendors there are of (vendor, id, answered by another).
    fn count(seats: &[(&str, &str, bool)]) -> usize {
        let names: Vec<String> = (0..seats.len()).map(|n| n.to_string()).collect();
        let seats = seats
            .iter()
            .zip(&names)
            .map(|((vendor, id, is_other), name)| Seat {
                name,
                vendor,
                id,
                is_other: *is_other,
            });
        let mut labels: Vec<String> = merged(seats.collect()).into_values().collect();
        labels.sort_unstable();
        labels.dedup();
        labels.len()
    }

    #[test]
    fn one_model_behind_several_names_is_one_vendor() {
        let ours = [
            ("openai", "gpt-4o", false),
            ("anthropic", "claude-4", false),
        ];
        assert_eq!(count(&ours), 2);
        // As the panel says, where everybody answered for itself.
        assert_eq!(
            count(&[("a", "llama-3-8b", false), ("b", "llama-3-8b", false)]),
            2
        );
        for (seats, vendors) in [
            (
                vec![
                    ("openai", "qwen3-8b", true),
                    ("anthropic", "qwen3-8b", true),
                ],
                1,
            ),
            (
                vec![("openai", "gpt-4o", false), ("anthropic", "gpt-4o", true)],
                1,
            ),
            (
                vec![
                    ("openai", "gpt-4o", false),
                    ("anthropic", "gpt-4o-mini", true),
                ],
                1,
            ),
            (
                vec![
                    ("openai", "gpt-4o-mini", true),
                    ("openai", "gpt-4.1", false),
                ],
                1,
            ),
            (
                vec![
                    ("openai", "qwen3-8b", true),
                    ("anthropic", "llama-3-8b", true),
                ],
                2,
            ),
            (
                vec![
                    ("openai", "qwen3-8b", true),
                    ("anthropic", "claude-4", false),
                    ("google", "qwen3-8b", true),
                    ("anthropic", "qwen3-8b", true),
                ],
                1,
            ),
        ] {
            assert_eq!(count(&seats), vendors, "{seats:?}");
        }
    }
}

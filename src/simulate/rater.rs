//! A rater of the Delphi rounds: rates every candidate from 1 to 9 by what it
//! knows, and in the second round may move towards the others.

use serde_json::{Value, json};

use super::draw::Key;
use super::engine::Scene;
use super::mind::{View, own_key};
use super::reading::{Candidate, block, candidates};
use super::reasons::reason;
use super::wording::canon;

const GAIN: &[&str] = &[
    "With {} this is what helps.",
    "{} speaks for it; it does good here.",
    "It answers {}.",
];
const LOSS: &[&str] = &[
    "With {} this could hurt the patient.",
    "{} speaks against it; it can do harm here.",
];
const LITTLE: &[&str] = &[
    "Given {}, little is won or lost by it.",
    "{} neither calls for it nor forbids it.",
];
const MISSED: &[&str] = &[
    "{} would go on without what it needs.",
    "Harm that {} announces could come true.",
];
const SPARED: &[&str] = &[
    "Nothing is lost; {} does not call for it.",
    "With {} leaving it out spares the patient harm.",
];

/// The ratings, as `primum_ratings` wants them: every candidate in its order.
pub(super) fn answer(scene: &Scene<'_>) -> Value {
    let list = block("candidates", scene.request.user())
        .map(candidates)
        .unwrap_or_default();
    let ratings: Vec<Value> = list
        .iter()
        .map(|candidate| {
            let key =
                own_key("rating", scene.model, scene.asked).with_text(&canon(&candidate.text));
            let rating = rate(scene, candidate, key);
            let (done, left_out) = match rating {
                ..=3 => (LOSS, SPARED),
                4..=6 => (LITTLE, LITTLE),
                _ => (GAIN, MISSED),
            };
            json!({
                "item": candidate.label,
                "rating": rating,
                "if_done": reason(scene, done, key.with(3)),
                "if_left_out": reason(scene, left_out, key.with(4)),
            })
        })
        .collect();
    json!({ "ratings": ratings })
}

/// Who knows gives the true score, in every round. Who does not takes harm for
/// good (7 or 8), is unsure of the rest (4 to 6, and 5 of what is none of the
/// case's options), and of the others' ratings follows the median at times.
fn rate(scene: &Scene<'_>, candidate: &Candidate, key: Key) -> i64 {
    let mind = scene.mind();
    let option = mind.and_then(|mind| {
        let place = mind.case.recognise(&candidate.text)?;
        mind.case.unit_of(place)?;
        Some(&mind.case.options[place])
    });
    let unsure = 4 + key.with(0).below(3) as i64;
    let alone = match (mind.map(|mind| mind.view(&candidate.text)), option) {
        (Some(View::Right { known: true, .. } | View::Wrong { known: true, .. }), Some(option)) => {
            return option.score;
        }
        (Some(View::Wrong { .. }), _) => 7 + key.with(0).below(2) as i64,
        (_, Some(_)) => unsure,
        (_, None) => 5,
    };
    match median(&candidate.ratings) {
        Some(median) if key.with(1).chance(scene.model.conformity) => median,
        _ => candidate.own_rating.map_or(alone, i64::from),
    }
}

/// Half a point is rounded up.
fn median(ratings: &[u8]) -> Option<i64> {
    let mut sorted: Vec<i64> = ratings.iter().map(|&rating| i64::from(rating)).collect();
    sorted.sort_unstable();
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some((lower + upper + 1) / 2)
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn medians_are_whole_numbers() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]), Some(7));
        assert_eq!(median(&[3, 8, 7]), Some(7));
        assert_eq!(median(&[9, 1, 2, 8]), Some(5));
        assert_eq!(median(&[8, 7]), Some(8));
    }
}

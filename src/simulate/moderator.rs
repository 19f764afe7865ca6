//! A moderator: merges drafts by what their items mean, and keeps what enough
//! of them have.

use serde_json::{Value, json};

use super::engine::Scene;
use super::reading::{Draft, block, drafts};
use super::wording::canon;

struct Cluster<'a> {
    meaning: String,
    /// The shortest wording; the first of equals.
    text: &'a str,
    basis: Vec<&'a str>,
    support: usize,
}

/// The plan, as `primum_synthesis` wants it. Items with more support come
/// first, then those that stand earlier in the drafts.
pub(super) fn answer(scene: &Scene<'_>) -> Value {
    let drafts = block("drafts", scene.request.user())
        .map(drafts)
        .unwrap_or_default();
    let assessment = drafts
        .iter()
        .map(|draft| draft.assessment.as_str())
        .find(|assessment| !assessment.is_empty())
        .unwrap_or("No draft gave an assessment.");
    let mut clusters = clusters(&drafts);
    clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.support));
    let (kept, lost): (Vec<Cluster<'_>>, Vec<Cluster<'_>>) = clusters
        .into_iter()
        .partition(|cluster| keeps(cluster.support, drafts.len(), scene.model.keep_share));
    let items: Vec<Value> = kept
        .iter()
        .map(|cluster| {
            json!({
                "text": cluster.text,
                "category": category(scene, &cluster.meaning).unwrap_or("none"),
                "urgency": "",
                "condition": "",
                "basis": cluster.basis,
            })
        })
        .collect();
    let dropped: Vec<Value> = lost
        .iter()
        .flat_map(|cluster| {
            cluster
                .basis
                .iter()
                .map(move |label| (label, cluster.support))
        })
        .map(|(label, support)| {
            let reason = format!("only {support} of {} drafts have it", drafts.len());
            json!({"item": label, "reason": reason})
        })
        .collect();
    json!({"assessment": assessment, "items": items, "dropped": dropped})
}

/// More than half of the drafts, or the share that is set.
fn keeps(support: usize, drafts: usize, share: Option<f64>) -> bool {
    match share {
        None => 2 * support > drafts,
        Some(share) => support as f64 + 1e-9 >= share * drafts as f64,
    }
}

fn clusters(drafts: &[Draft]) -> Vec<Cluster<'_>> {
    let mut clusters: Vec<Cluster<'_>> = Vec::new();
    for draft in drafts {
        let mut counted: Vec<usize> = Vec::new();
        for item in &draft.items {
            let meaning = canon(&item.text);
            let place = match clusters.iter().position(|c| c.meaning == meaning) {
                Some(place) => place,
                None => {
                    clusters.push(Cluster {
                        meaning,
                        text: &item.text,
                        basis: Vec::new(),
                        support: 0,
                    });
                    clusters.len() - 1
                }
            };
            let cluster = &mut clusters[place];
            cluster.basis.push(&item.label);
            if item.text.len() < cluster.text.len() {
                cluster.text = &item.text;
            }
            if !counted.contains(&place) {
                counted.push(place);
                cluster.support += 1;
            }
        }
    }
    clusters
}

/// The category of a recognised action, if it is one that plans have.
fn category<'a>(scene: &Scene<'a>, meaning: &str) -> Option<&'a str> {
    let case = scene.found?.case;
    let option = case.options.iter().find(|option| option.canon == meaning)?;
    plan_category(option.category.as_deref())
}

/// A rubric's category, if it is one that plans have.
pub(super) fn plan_category(category: Option<&str>) -> Option<&str> {
    const KNOWN: [&str; 5] = [
        "Diagnostic",
        "Medication",
        "Procedure",
        "Counseling",
        "Follow-up",
    ];
    category.filter(|category| KNOWN.contains(category))
}

#[cfg(test)]
mod tests {
    use super::keeps;

    #[test]
    fn a_strict_majority_unless_a_share_is_set() {
        let kept = |n: usize| (1..=n).find(|&support| keeps(support, n, None));
        assert_eq!(
            [kept(1), kept(2), kept(3), kept(4)],
            [Some(1), Some(2), Some(2), Some(3)]
        );
        assert!(keeps(1, 3, Some(1.0 / 3.0)));
        assert!(!keeps(2, 3, Some(1.0)));
    }
}

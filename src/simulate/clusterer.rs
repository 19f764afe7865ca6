//! A clusterer: says which items of all drafts are the same action, and which
//! contradict each other. It needs no case, only the words.

use serde_json::{Value, json};

use super::engine::Scene;
use super::reading::{block, pooled};
use super::wording::{canon, opposite};

/// The clusters, as `primum_clusters` wants them: by first item, each item in
/// one. Two clusters that contradict each other are named by their first
/// items.
pub(super) fn answer(scene: &Scene<'_>) -> Value {
    let items = block("items", scene.request.user())
        .map(pooled)
        .unwrap_or_default();
    let mut clusters: Vec<(String, Vec<&str>)> = Vec::new();
    for item in &items {
        let meaning = canon(&item.text);
        match clusters.iter_mut().find(|(known, _)| *known == meaning) {
            Some((_, labels)) => labels.push(&item.label),
            None => clusters.push((meaning, vec![&item.label])),
        }
    }
    let mut opposites: Vec<Value> = Vec::new();
    for (place, (meaning, labels)) in clusters.iter().enumerate() {
        let later = &clusters[place + 1..];
        for (_, other) in later.iter().filter(|(other, _)| opposite(meaning, other)) {
            opposites.push(json!({"a": labels.first(), "b": other.first()}));
        }
    }
    let clusters: Vec<Value> = clusters
        .iter()
        .map(|(_, labels)| json!({ "items": labels }))
        .collect();
    json!({"clusters": clusters, "opposites": opposites})
}

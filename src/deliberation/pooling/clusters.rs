//! The clusterer's answer, and what of it is carried out.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::gateway::Schema;
use crate::gateway::shape::{list, object, reference};

use super::pool::{Drafted, Pool, Pooling};

/// What the clusterer must answer about the items that it is shown.
pub fn schema(names: &[String]) -> Arc<Schema> {
    let most = names.len().max(1);
    let cluster = object([("items", list(reference(names), 1, most))]);
    let pair = object([("a", reference(names)), ("b", reference(names))]);
    Arc::new(Schema::new(
        "primum_clusters",
        object([
            ("clusters", list(cluster, 1, most)),
            ("opposites", list(pair, 0, most)),
        ]),
    ))
}

/// The clusterer's answer, as its schema has it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Clusters {
    /// Items that say the same, by reference.
    pub clusters: Vec<Cluster>,
    /// Pairs of items that contradict each other.
    pub opposites: Vec<Opposites>,
}

impl Clusters {
    /// Every reference in it.
    pub fn references(&self) -> impl Iterator<Item = &str> {
        let clusters = self.clusters.iter().flat_map(|cluster| &cluster.items);
        let opposites = self.opposites.iter().flat_map(|pair| [&pair.a, &pair.b]);
        clusters.chain(opposites).map(String::as_str)
    }
}

/// References of one cluster.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Cluster {
    /// `A1`, `B2`, …
    pub items: Vec<String>,
}

/// One pair of contrary items.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Opposites {
    /// One item.
    pub a: String,
    /// The other.
    pub b: String,
}

/// By rule first, then by the model's clusters, as far as the rules let them
/// stand. `resolve` gives the index of the item that a reference names, `None`
/// for an invented one.
///
/// A reference counts where it stands first. What a rule pooled stays pooled,
/// unless the model calls two of the items contrary and their words differ.
pub fn with_clusters(
    items: &[Drafted],
    answer: Clusters,
    resolve: impl Fn(&str) -> Option<usize>,
) -> Pool {
    let item = |reference: &str| resolve(reference).filter(|index| *index < items.len());
    let named: BTreeSet<(usize, usize)> = answer
        .opposites
        .iter()
        .filter_map(|pair| Some((item(&pair.a)?, item(&pair.b)?)))
        .collect();
    let mut pooling = Pooling::new(items, named);
    let mut seen = BTreeSet::new();
    for cluster in &answer.clusters {
        let known = cluster.items.iter().filter_map(|reference| item(reference));
        let fresh: Vec<usize> = known.filter(|index| seen.insert(*index)).collect();
        pooling.join(&fresh);
    }
    pooling.pool()
}

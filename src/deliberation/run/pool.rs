//! Pooling the drafts into candidates: by rule, and with the clusterer's help
//! where the panel has one.

use crate::deliberation::ask::Vars;
use crate::deliberation::consensus::board::{Board, drafted};
use crate::deliberation::labels::Labels;
use crate::deliberation::pooling::{Clusters, by_rule, schema, with_clusters};
use crate::deliberation::result::Interrupted;
use crate::gateway::fence::fence;
use crate::panel::model::{Protocol, Skippable};

use super::{Drafts, NOTHING_MEANT, Reply, Run, decode};

impl Run<'_> {
    /// The board on which the panel decides.
    pub(super) async fn pool(&mut self, drafts: &Drafts) -> Result<Board, Interrupted> {
        let items = drafted(drafts);
        let voters = self.voters(drafts);
        let by_rule = by_rule(&items);
        // One draft has nothing to be grouped with; and nothing is bought for a
        // plan that nobody may use.
        let asked = self
            .panel
            .clusterer
            .as_ref()
            .filter(|_| self.panel.consensus.protocol != Protocol::Lead)
            .filter(|_| drafts.len() > 1 && self.abstained.is_empty());
        let Some(clusterer) = asked else {
            return Ok(Board::new(voters, &items, by_rule));
        };
        let name = &clusterer.name;
        let words = format!("{name} did not group the drafts, rules alone did");
        if !self.affords(Skippable::Clusterer, &words, "cluster") {
            self.clock.pass(Skippable::Clusterer);
            return Ok(Board::new(voters, &items, by_rule));
        }
        let labels = Labels::shuffled(
            drafts.len(),
            self.conduct.run_seed,
            &self.consult.item,
            self.consult.trial,
        );
        // Of items that rules found to be the same, one is shown.
        let shown: Vec<_> = by_rule
            .candidates
            .iter()
            .filter_map(|candidate| items.get(*candidate.members.first()?))
            .map(|item| item.from.clone())
            .collect();
        let is_shown = |agent: &str, number: usize| {
            shown.iter().any(|s| s.agent == agent && s.number == number)
        };
        let block = labels.items(drafts, is_shown);
        let names = labels.names(drafts, is_shown);
        let vars = Vars {
            items: Some(fence("items", &block)),
            ..Vars::new(self.panel, clusterer, self.consult)
        };
        let reply = self
            .ask_one("cluster", clusterer, vars, &schema(&names))
            .await?;
        self.clock.pass(Skippable::Clusterer);
        let trouble = match &reply {
            Reply::Answer(answer) => match decode::<Clusters>(answer) {
                Some(clusters) => {
                    let item = |reference: &str| {
                        let draft = labels.resolve(reference, drafts)?;
                        items.iter().position(|item| item.from == draft)
                    };
                    let mut named = clusters.references().peekable();
                    if named.peek().is_none() || named.any(|one| item(one).is_some()) {
                        drop(named);
                        let pool = with_clusters(&items, clusters, item);
                        return Ok(Board::new(voters, &items, pool));
                    }
                    self.unusable("cluster", name, NOTHING_MEANT);
                    format!("grouped nothing ({NOTHING_MEANT})")
                }
                None => "gave an answer that could not be read".to_owned(),
            },
            other => other.trouble().unwrap_or_default(),
        };
        self.degraded.push(format!(
            "{name} {trouble}: the drafts were grouped by rules alone"
        ));
        Ok(Board::new(voters, &items, by_rule))
    }
}

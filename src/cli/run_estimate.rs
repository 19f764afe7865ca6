//! What a run will take, at most.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::bench::{ArmKind, Bench};
use crate::panel;
use crate::panel::estimate::{self, Purpose};
use crate::panel::model::{Panel, Task};

use super::panel_probe;

/// Calls, tokens, dollars and seconds of a whole run.
#[derive(Default)]
pub struct Totals {
    /// Calls, at most: see [`panel::estimate()`].
    pub calls: u64,
    /// Prompt tokens.
    pub prompt: u64,
    /// Completion tokens.
    pub completion: u64,
    /// Dollars of the models that have a price.
    pub usd: f64,
    /// Seconds; `None`: unknown.
    pub seconds: Option<f64>,
    /// Models without a price.
    pub unpriced: Vec<String>,
}

impl Totals {
    /// Of a run. Arms that ask the same agent the same draft share the call;
    /// every arm's text is judged, and so are the texts between guardians and
    /// the drafts of self-ensembles, as if no two were the same.
    pub fn of(bench: &Bench, panels: &[Arc<Panel>], (case, rubric): (usize, usize)) -> Self {
        let items = bench.items.len() as u64 * u64::from(bench.trials);
        let mut totals = Self {
            seconds: Some(0.0),
            ..Self::default()
        };
        let mut drafts: BTreeSet<(String, String)> = BTreeSet::new();
        let mut judged = bench.arms.len() as u64;
        let with_one_model = bench.arms.iter().filter_map(|arm| match arm.kind {
            ArmKind::SelfEnsemble { .. } => Some((&arm.panel, true)),
            _ => None,
        });
        let asked = panels.iter().map(|panel| (panel, false));
        for (panel, hidden) in asked.chain(with_one_model) {
            let mut one = panel::estimate_for(panel, case, rubric, 0);
            one.at_pace(&panel_probe::paces(panel));
            one.stages.retain(|stage| {
                if hidden && stage.purpose != Purpose::Consult {
                    return false;
                }
                if stage.stage != "draft" {
                    return true;
                }
                let new = drafts.insert((stage.seat.clone(), stage.model.clone()));
                judged += u64::from(hidden && new);
                new
            });
            if !hidden {
                judged += estimate::texts_between(panel) + bench.ledger.texts(panel);
            }
            totals.add(panel, &one, items);
        }
        if let Some((panel, _)) = bench.judge.as_ref().filter(|(p, _)| p.task == Task::Plan) {
            let mut one = panel::estimate_for(panel, case, rubric, judged);
            one.at_pace(&panel_probe::paces(panel));
            one.stages.retain(|stage| stage.purpose == Purpose::Judging);
            totals.add(panel, &one, items);
        }
        totals.unpriced.sort();
        totals.unpriced.dedup();
        totals
    }

    fn add(&mut self, panel: &Panel, estimate: &panel::Estimate, items: u64) {
        let one = estimate.total();
        self.calls += one.calls * items;
        self.prompt += one.prompt_tokens * items;
        self.completion += one.completion_tokens * items;
        self.usd += one.usd_priced * items as f64;
        let own = estimate.run_seconds(panel, items);
        self.seconds = self.seconds.zip(own).map(|(all, own)| all + own);
        let unpriced = estimate.stages.iter().filter(|stage| stage.usd.is_none());
        self.unpriced
            .extend(unpriced.map(|stage| stage.model.clone()));
    }
}

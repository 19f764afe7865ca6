//! The items on which arms differ most.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::arms::Tables;
use super::measure::Measure;
use super::study::{PanelFacts, Study};

/// How many are shown for a panel.
const MOST: usize = 12;

/// One item on which a panel and its members differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ItemGap {
    /// Name of the panel.
    pub panel: String,
    /// Item id.
    pub item: String,
    /// Trial, from 1.
    pub trial: u32,
    /// Has the panel's plan a severe harm?
    pub panel_severe: bool,
    /// Members whose answer has one.
    pub members_severe: usize,
    /// Members with a score.
    pub members: usize,
    /// Headline of the panel.
    pub panel_headline: Option<f64>,
    /// Mean headline of the members.
    pub members_headline: Option<f64>,
}

impl ItemGap {
    /// How far apart they are: share of severe members against the panel, then
    /// the headlines.
    fn size(&self) -> (f64, f64) {
        let share = self.members_severe as f64 / self.members.max(1) as f64;
        let severe = f64::from(u8::from(self.panel_severe));
        let headline = match (self.panel_headline, self.members_headline) {
            (Some(a), Some(b)) => (a - b).abs(),
            _ => 0.0,
        };
        ((severe - share).abs(), headline)
    }
}

/// The items of a panel, the largest gaps first.
pub fn gaps(study: &Study, tables: &Tables, panel: &PanelFacts) -> Vec<ItemGap> {
    let (Some(severe), Some(headline)) = (
        tables.get(Measure::Severe),
        tables.get(Measure::headline(study.options)),
    ) else {
        return Vec::new();
    };
    let place = |name: &String| study.arms.iter().position(|arm| arm.rows.name == *name);
    let Some(own) = place(&panel.arm) else {
        return Vec::new();
    };
    let members: Vec<usize> = panel.members.iter().filter_map(place).collect();
    let known = |values: &[f64], slot: usize| values.get(slot).copied().filter(|v| !v.is_nan());
    let mut gaps: Vec<ItemGap> = severe
        .slots()
        .iter()
        .enumerate()
        .filter_map(|(slot, (item, trial))| {
            let panel_severe = known(severe.values(own), slot)? != 0.0;
            let of_members: Vec<f64> = members
                .iter()
                .filter_map(|&member| known(severe.values(member), slot))
                .collect();
            let headlines: Vec<f64> = members
                .iter()
                .filter_map(|&member| known(headline.values(member), slot))
                .collect();
            let mean = headlines.iter().sum::<f64>() / headlines.len().max(1) as f64;
            (!of_members.is_empty()).then(|| ItemGap {
                panel: panel.name.clone(),
                item: item.clone(),
                trial: *trial,
                panel_severe,
                members_severe: of_members.iter().filter(|v| **v != 0.0).count(),
                members: of_members.len(),
                panel_headline: known(headline.values(own), slot),
                members_headline: (!headlines.is_empty()).then_some(mean),
            })
        })
        .collect();
    gaps.sort_by(|a, b| {
        let (a_size, b_size) = (a.size(), b.size());
        b_size
            .0
            .total_cmp(&a_size.0)
            .then(b_size.1.total_cmp(&a_size.1))
            .then_with(|| (&a.item, a.trial).cmp(&(&b.item, b.trial)))
    });
    gaps.truncate(MOST);
    gaps
}

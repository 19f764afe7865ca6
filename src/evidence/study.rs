//! A finished run, or several, as findings are made from it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rows::ArmRows;
use crate::stats::agreement::Tally;

/// All arms on the same items, with what must be known of the cases.
#[derive(Clone, Debug, Default)]
pub struct Study {
    /// Base cases, in the order of the case set.
    pub cases: Vec<CaseFacts>,
    /// The arms of the runs, then the baselines that are computed.
    pub arms: Vec<StudyArm>,
    /// The panels, in the order of the command line.
    pub panels: Vec<PanelFacts>,
    /// Were options graded, and no plans written?
    pub options: bool,
    /// The judge's match call against its review call, by tier; empty counts
    /// without a review.
    pub review: [Tally; 7],
}

/// What is known of a case besides answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseFacts {
    /// Base id.
    pub id: String,
    /// Leading letters of the id.
    pub specialty: String,
    /// Has it an option that must not be left out (score 9)?
    pub severe_omission: bool,
    /// Has it an option that must not be done (score 1)?
    pub severe_commission: bool,
    /// Does it need a referral?
    pub referral: bool,
    /// Category of each option.
    pub categories: BTreeMap<i64, String>,
}

/// An arm with what it is.
#[derive(Clone, Debug)]
pub struct StudyArm {
    /// Its items.
    pub rows: ArmRows,
    /// What it is.
    pub sort: Sort,
    /// The panel that it belongs to.
    pub panel: String,
}

/// What an arm is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// A whole panel.
    Panel,
    /// A panel without its guardians.
    PanelNoGuardians,
    /// One model in every seat.
    SelfEnsemble,
    /// One agent alone.
    Solo,
    /// An advisor's draft to the panel's number of words.
    SoloCut,
    /// Computed: an answer that recommends nothing.
    Nothing,
    /// Computed: everything that any advisor of a panel offered.
    Union,
    /// Computed: of everything offered, only what is right.
    Oracle,
}

impl Sort {
    /// Is it computed from other arms, so that nobody ever gave this answer?
    pub fn is_computed(self) -> bool {
        matches!(self, Self::Nothing | Self::Union | Self::Oracle)
    }
}

/// A panel and the arms that it is held against.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PanelFacts {
    /// Its name.
    pub name: String,
    /// Its arm.
    pub arm: String,
    /// The arm of its lead advisor alone.
    pub lead: Option<String>,
    /// The solo arms of all its models, advisors first.
    pub members: Vec<String>,
    /// Itself without guardians.
    pub unguarded: Option<String>,
    /// Its self-ensembles.
    pub selves: Vec<String>,
    /// Its advisors' drafts, cut to its length.
    pub cuts: Vec<String>,
    /// Computed baselines: nothing, union, oracle.
    pub computed: Vec<String>,
}

impl Study {
    /// The arm of this name.
    pub fn arm(&self, name: &str) -> Option<&StudyArm> {
        self.arms.iter().find(|arm| arm.rows.name == name)
    }
}

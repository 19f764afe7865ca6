//! What a run's database keeps besides answers and what makes it this run: its
//! arms and where its numbers come from. With the cases, that is all that the
//! files and reports of a run are written from, so they can be made again when
//! the panels' files have changed since or are gone.

use serde::{Deserialize, Serialize};

use super::arm::{Arm, ArmKind, lead_arm, pairs};
use super::schedule::Bench;
use super::{self_ensemble, stand_ins};
use crate::clinical::Simulated;
use crate::evidence::{Members, PanelSeats};
use crate::panel::model::{Agent, Panel};
use crate::report::Provenance;

/// Version of the shape.
pub const FORMAT: &str = "primum-record/1";

/// Kept in the run's database under [`RunRecord::KEY`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// [`FORMAT`].
    pub format: String,
    /// The arms in their order.
    pub arms: Vec<ArmRecord>,
    /// Arms that are compared, first minus second.
    pub pairs: Vec<(String, String)>,
    /// Where the numbers come from.
    pub provenance: Provenance,
    /// Name and resolved text of each panel.
    pub panels: Vec<(String, String)>,
}

/// One arm, without what only asking needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArmRecord {
    /// Name, such as `panel:demo`.
    pub name: String,
    /// How it answers.
    pub kind: ArmSort,
    /// Name of its panel.
    pub panel: String,
    /// The arm that stands for its panel's lead advisor alone.
    pub lead: Option<String>,
    /// Of a whole panel, and of a self-ensemble: who is in it.
    pub seats: Option<PanelSeats>,
    /// Of a whole panel: the solo arms of all its models, advisors first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alone: Vec<String>,
    /// Models behind it, as provider and id, each once, and their vendors.
    pub models: Vec<(String, String)>,
    /// Which parts of its answers are simulated; `None` in runs of earlier
    /// versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulated: Option<Simulated>,
    /// What its panel warns of in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caveats: Vec<String>,
}

/// How an arm answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArmSort {
    /// The whole panel.
    Panel,
    /// The panel without its guardians.
    PanelNoGuardians,
    /// The whole panel with one model in every seat.
    SelfEnsemble,
    /// One agent alone.
    Solo,
    /// An advisor's draft to the panel's number of words.
    SoloCut,
}

impl RunRecord {
    /// Its key in the database.
    pub const KEY: &'static str = "record";

    /// Of a run that is about to begin.
    pub fn of(bench: &Bench, provenance: Provenance, panels: Vec<(String, String)>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            arms: records(&bench.arms),
            pairs: pairs(&bench.arms),
            provenance,
            panels,
        }
    }
}

/// The records of arms.
pub fn records(arms: &[Arm]) -> Vec<ArmRecord> {
    arms.iter().map(|arm| record(arms, arm)).collect()
}

fn record(arms: &[Arm], arm: &Arm) -> ArmRecord {
    let kind = match arm.kind {
        ArmKind::Panel => ArmSort::Panel,
        ArmKind::PanelWithoutGuardians => ArmSort::PanelNoGuardians,
        ArmKind::SelfEnsemble { .. } => ArmSort::SelfEnsemble,
        ArmKind::Solo(_) => ArmSort::Solo,
        ArmKind::SoloCut(_) => ArmSort::SoloCut,
    };
    let (simulated, caveats) = stand_ins::of_arm(arm);
    ArmRecord {
        name: arm.name.clone(),
        kind,
        panel: arm.panel.name.clone(),
        lead: lead_arm(arm),
        seats: seats(arms, arm),
        alone: match kind {
            ArmSort::Panel => super::arm::solo_names(&arm.panel),
            _ => Vec::new(),
        },
        models: models(arm),
        simulated: Some(simulated),
        caveats,
    }
}

/// Models of the seats that an arm fills.
fn models(arm: &Arm) -> Vec<(String, String)> {
    let panel = &arm.panel;
    let seats: Vec<&Agent> = match &arm.kind {
        ArmKind::Solo(agent) | ArmKind::SoloCut(agent) => vec![agent],
        ArmKind::PanelWithoutGuardians => panel
            .advisors
            .iter()
            .chain(&panel.moderator)
            .chain(&panel.clusterer)
            .collect(),
        ArmKind::Panel | ArmKind::SelfEnsemble { .. } => panel
            .advisors
            .iter()
            .chain(&panel.moderator)
            .chain(&panel.clusterer)
            .chain(&panel.guardians)
            .collect(),
    };
    let mut models = Vec::new();
    for seat in seats {
        let Some(model) = panel.models.get(&seat.model) else {
            continue;
        };
        let model = (
            format!("{}/{}", model.provider, model.id),
            model.vendor.clone(),
        );
        if !models.contains(&model) {
            models.push(model);
        }
    }
    models
}

/// Who is in a whole panel's arm, or in a self-ensemble's.
fn seats(arms: &[Arm], arm: &Arm) -> Option<PanelSeats> {
    let panel: &Panel = &arm.panel;
    let names = |agents: &[Agent]| agents.iter().map(|agent| agent.name.clone()).collect();
    match arm.kind {
        ArmKind::Panel => {
            let unguarded = format!("panel-no-guardians:{}", panel.name);
            let members = panel.advisors.iter();
            Some(PanelSeats {
                name: panel.name.clone(),
                guardians: names(&panel.guardians),
                members: Members::Arms(
                    members
                        .map(|agent| (agent.name.clone(), format!("solo:{}", agent.name)))
                        .collect(),
                ),
                unguarded: arms
                    .iter()
                    .any(|arm| arm.name == unguarded)
                    .then_some(unguarded),
            })
        }
        ArmKind::SelfEnsemble { .. } => Some(PanelSeats {
            name: arm.name.clone(),
            guardians: Vec::new(),
            members: Members::Hidden(names(&self_ensemble::members(panel))),
            unguarded: None,
        }),
        _ => None,
    }
}

impl ArmRecord {
    /// Name for files: `:` becomes `.`.
    pub fn file_stem(&self) -> String {
        self.name.replace(':', ".")
    }
}

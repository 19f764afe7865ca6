//! Arms that are made only when they are asked for.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::arm::{Arm, ArmError, ArmKind};
use super::self_ensemble;
use crate::panel::model::Panel;

/// Further arms.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extra {
    /// The lead's model in every seat of every panel.
    SelfOfLead,
    /// This model in every seat of every panel that has it.
    SelfOf(String),
    /// Every advisor's own draft through the panel's renderer.
    SoloCut,
}

impl FromStr for Extra {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "self" => Ok(Self::SelfOfLead),
            None if text == "solo-cut" => Ok(Self::SoloCut),
            Some(("self", model)) if !model.is_empty() => Ok(Self::SelfOf(model.to_owned())),
            _ => Err(
                "there is `self` (the lead's model in every seat), `self:MODEL` and `solo-cut`"
                    .to_owned(),
            ),
        }
    }
}

impl fmt::Display for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SelfOfLead => f.write_str("self"),
            Self::SelfOf(model) => write!(f, "self:{model}"),
            Self::SoloCut => f.write_str("solo-cut"),
        }
    }
}

/// The self-ensembles that are asked for. With several panels, one whose model
/// several of them put into every seat is named after its panel as well.
pub(super) fn self_ensembles(
    panels: &[Arc<Panel>],
    extras: &[Extra],
) -> Result<Vec<Arm>, ArmError> {
    let mut wanted: Vec<(&Arc<Panel>, String)> = Vec::new();
    for panel in panels {
        let known = self_ensemble::models(panel);
        let models: BTreeSet<&str> = extras
            .iter()
            .filter_map(|extra| match extra {
                Extra::SelfOfLead => panel.lead().map(|lead| lead.model.as_str()),
                Extra::SelfOf(model) => known.get(model.as_str()).copied(),
                Extra::SoloCut => None,
            })
            .collect();
        wanted.extend(models.into_iter().map(|model| (panel, model.to_owned())));
    }
    for extra in extras {
        if let Extra::SelfOf(model) = extra
            && !wanted.iter().any(|(_, known)| known == model)
        {
            let known: BTreeSet<&str> = panels
                .iter()
                .flat_map(|panel| self_ensemble::models(panel))
                .collect();
            return Err(ArmError::NoModel {
                model: model.clone(),
                known: known.into_iter().collect::<Vec<_>>().join(", "),
            });
        }
    }
    let arms = wanted.iter().filter_map(|(panel, model)| {
        let alone = wanted.iter().filter(|(_, other)| other == model).count() == 1;
        Some(Arm {
            name: if alone {
                format!("self:{model}")
            } else {
                format!("self:{model}@{}", panel.name)
            },
            panel: Arc::new(self_ensemble::derive(panel, model)?),
            kind: ArmKind::SelfEnsemble {
                of: (*panel).clone(),
            },
        })
    });
    Ok(arms.collect())
}

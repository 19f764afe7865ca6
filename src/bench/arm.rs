//! Arms: the ways of answering that are compared, all on the same items.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::extra::{Extra, self_ensembles};
use crate::panel::model::{Agent, Panel};

/// One way of answering.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// `panel:NAME`, `panel-no-guardians:NAME`, `self:MODEL`, `solo:AGENT`,
    /// `solo:MODEL` or `solo-cut:AGENT`; `self:MODEL@PANEL` where several panels
    /// have one of that model.
    pub name: String,
    /// The panel that it belongs to; of a self-ensemble the panel with one model
    /// in every seat.
    pub panel: Arc<Panel>,
    /// How it answers.
    pub kind: ArmKind,
}

/// How an arm answers.
#[derive(Clone, Debug, PartialEq)]
pub enum ArmKind {
    /// The whole panel.
    Panel,
    /// The panel without its guardians.
    PanelWithoutGuardians,
    /// The whole panel with one model in every seat.
    SelfEnsemble {
        /// The panel as it is.
        of: Arc<Panel>,
    },
    /// One agent alone. Of an advisor the draft is the answer: no extra call.
    Solo(Agent),
    /// An advisor's draft through the panel's renderer, to the same number of
    /// words as the panel's plan.
    SoloCut(Agent),
}

/// Two arms cannot have one name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArmError {
    /// Two panels of one name.
    #[error("two panels are named \"{0}\": give one of them another name")]
    SamePanel(String),
    /// Agents of one name that are not the same.
    #[error(
        "\"{agent}\" means something else in panel \"{first}\" than in panel \"{second}\": rename \
         one of them, or make model, prompt and persona the same"
    )]
    SameAgent {
        /// Name of both.
        agent: String,
        /// One panel.
        first: String,
        /// The other.
        second: String,
    },
    /// A self-ensemble of a model that no panel has.
    #[error(
        "--arms self:{model}: no panel has a model of that name in a seat or in [[solo]]; there \
         are: {known}"
    )]
    NoModel {
        /// As asked for.
        model: String,
        /// What there is.
        known: String,
    },
}

impl Arm {
    /// Name for files: `:` becomes `.`.
    pub fn file_stem(&self) -> String {
        self.name.replace(':', ".")
    }
}

/// All arms of some panels: every panel, every panel without its guardians
/// (where it has some), every advisor alone, and every other model of the
/// panels alone. The judge's models are no arms unless an agent uses them.
/// Besides these, the further ones that are asked for.
///
/// # Errors
/// [`ArmError`] when two different things would have one name, or what is asked
/// for is not there.
pub fn arms(panels: &[Arc<Panel>], extras: &[Extra]) -> Result<Vec<Arm>, ArmError> {
    let mut arms: Vec<Arm> = Vec::new();
    let mut names = BTreeSet::new();
    for panel in panels {
        if !names.insert(panel.name.as_str()) {
            return Err(ArmError::SamePanel(panel.name.clone()));
        }
        arms.push(Arm {
            name: format!("panel:{}", panel.name),
            panel: panel.clone(),
            kind: ArmKind::Panel,
        });
        if !panel.guardians.is_empty() {
            arms.push(Arm {
                name: format!("panel-no-guardians:{}", panel.name),
                panel: panel.clone(),
                kind: ArmKind::PanelWithoutGuardians,
            });
        }
    }
    arms.extend(self_ensembles(panels, extras)?);
    for panel in panels {
        for agent in solo_agents(panel) {
            let name = format!("solo:{}", agent.name);
            match arms.iter().find(|arm| arm.name == name) {
                None => arms.push(Arm {
                    name,
                    panel: panel.clone(),
                    kind: ArmKind::Solo(agent),
                }),
                Some(known) if same_question(known, panel, &agent) => {}
                Some(known) => {
                    return Err(ArmError::SameAgent {
                        agent: agent.name,
                        first: known.panel.name.clone(),
                        second: panel.name.clone(),
                    });
                }
            }
        }
    }
    if extras.contains(&Extra::SoloCut) {
        // By now one name means one question, so the first panel that has it
        // stands for all.
        for panel in panels {
            for advisor in &panel.advisors {
                let name = format!("solo-cut:{}", advisor.name);
                if !arms.iter().any(|arm| arm.name == name) {
                    arms.push(Arm {
                        name,
                        panel: panel.clone(),
                        kind: ArmKind::SoloCut(advisor.clone()),
                    });
                }
            }
        }
    }
    Ok(arms)
}

/// The advisors, then the models that are compared alone besides them.
fn solo_agents(panel: &Panel) -> Vec<Agent> {
    let alone = panel.alone().into_iter().map(|solo| Agent {
        vendor: panel
            .models
            .get(&solo.model)
            .map(|model| model.vendor.clone())
            .unwrap_or_default(),
        name: solo.model.clone(),
        model: solo.model,
        prompt: solo.prompt,
        persona: solo.persona,
    });
    panel.advisors.iter().cloned().chain(alone).collect()
}

/// Names of the solo arms of a panel's models, advisors first.
pub fn solo_names(panel: &Panel) -> Vec<String> {
    let agents = solo_agents(panel);
    agents
        .iter()
        .map(|agent| format!("solo:{}", agent.name))
        .collect()
}

/// Would this agent be asked the very same question as a known solo arm?
fn same_question(known: &Arm, panel: &Panel, agent: &Agent) -> bool {
    let ArmKind::Solo(other) = &known.kind else {
        return false;
    };
    other.persona == agent.persona
        && known.panel.models.get(&other.model) == panel.models.get(&agent.model)
        && known.panel.prompts.get(&other.prompt) == panel.prompts.get(&agent.prompt)
        && known.panel.budget.words == panel.budget.words
}

/// The arm that stands for the lead advisor of a panel's arm alone. In a
/// self-ensemble another model may lead, and then none does.
pub fn lead_arm(arm: &Arm) -> Option<String> {
    let of = match &arm.kind {
        ArmKind::Panel | ArmKind::PanelWithoutGuardians => &arm.panel,
        ArmKind::SelfEnsemble { of } => of,
        ArmKind::Solo(_) | ArmKind::SoloCut(_) => return None,
    };
    let lead = arm.panel.lead()?;
    (of.lead()?.model == lead.model).then(|| format!("solo:{}", lead.name))
}

/// What is compared: several panels with each other, in the order given; then
/// every panel with itself without guardians, with its self-ensembles, and with
/// every solo arm of its own members.
pub fn pairs(arms: &[Arm]) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let panels: Vec<&Arm> = arms.iter().filter(|a| a.kind == ArmKind::Panel).collect();
    for (i, a) in panels.iter().enumerate() {
        for b in &panels[i + 1..] {
            pairs.push((a.name.clone(), b.name.clone()));
        }
    }
    for arm in arms.iter().filter(|arm| arm.kind == ArmKind::Panel) {
        let members: BTreeSet<String> = solo_agents(&arm.panel)
            .into_iter()
            .map(|agent| format!("solo:{}", agent.name))
            .collect();
        for other in arms {
            let own = match &other.kind {
                ArmKind::Panel => false,
                ArmKind::PanelWithoutGuardians | ArmKind::SelfEnsemble { .. } => {
                    other.panel.name == arm.panel.name
                }
                ArmKind::Solo(_) => members.contains(&other.name),
                ArmKind::SoloCut(agent) => members.contains(&format!("solo:{}", agent.name)),
            };
            if own {
                pairs.push((arm.name.clone(), other.name.clone()));
            }
        }
    }
    pairs
}

//! Predicted beside measured: what a vote of a panel's members would get wrong
//! by the theory of correlated errors, and what the panel does get wrong.

use std::collections::{BTreeMap, HashMap};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::members::{Answer, Held, held};
use super::rows::ArmRows;
use crate::clinical::HarmType;
use crate::score::UnitVerdict;
use crate::stats::correlated::{Together, together};

/// A panel, or a self-ensemble, beside its members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EnsembleSummary {
    /// The members, in the panel's order.
    pub members: Vec<String>,
    /// Items (times trials) that all members and the panel have judged answers
    /// to; everything here is over these.
    pub items: usize,
    /// Options with scores of 7 to 9 that are left out, alternative groups once.
    /// Null without such options.
    pub omission: Option<ErrorsTogether>,
    /// Options with scores of 1 to 3 that are recommended, groups once.
    pub commission: Option<ErrorsTogether>,
}

/// Errors of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorsTogether {
    /// Options and groups on which an error could be made.
    pub units: usize,
    /// Each member's share of units with an error.
    pub member_errors: BTreeMap<String, f64>,
    /// Mean of these.
    pub mean: f64,
    /// The smallest of these: a member that was chosen by looking.
    pub best: f64,
    /// How the errors of two members hang together.
    pub pairs: Vec<PairTogether>,
    /// Mean phi of the pairs; null where no pair has one.
    pub phi: Option<f64>,
    /// Mean tetrachoric correlation of the pairs, at least 0.
    pub rho: Option<f64>,
    /// How many independent members these are worth: n / (1 + (n - 1) phi).
    pub effective_members: Option<f64>,
    /// What a strict majority vote of the members would get wrong: what at most
    /// half of them have is left out.
    pub predicted: Predicted,
    /// What the panel got wrong.
    pub measured: Measured,
}

/// Two members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PairTogether {
    /// One.
    pub a: String,
    /// The other.
    pub b: String,
    /// Correlation of the errors as they are; null when a member always or never
    /// errs.
    pub phi: Option<f64>,
    /// Tetrachoric correlation.
    pub tetrachoric: Option<f64>,
    /// Cohen's kappa: how far they fail together beyond chance; null when both
    /// always or never err.
    #[serde(default)]
    pub kappa: Option<f64>,
}

/// Predicted error rates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Predicted {
    /// If members erred independently.
    pub if_independent: f64,
    /// With the correlation `rho`; null without one.
    pub with_rho: Option<f64>,
    /// If one thing decided about the errors of all.
    pub if_dependent: f64,
}

/// Measured error rates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// Of a strict majority of the members' own answers, counted.
    pub majority: f64,
    /// Of the panel without its guardians; null where that is no arm.
    pub without_guardians: Option<f64>,
    /// Of the panel.
    pub panel: f64,
}

/// Panels by name, and self-ensembles by the name of their arm.
pub fn summarise_ensembles(
    arms: &[ArmRows],
    by_name: &HashMap<&str, &ArmRows>,
) -> BTreeMap<String, EnsembleSummary> {
    let of = |arm: &ArmRows| {
        let seats = arm.panel.as_ref()?;
        let members: Vec<&str> = seats.members.names().collect();
        let of_all = |item| whole(item, members.len());
        let items: Vec<Whole<'_>> = held(arm, by_name)?.into_iter().filter_map(of_all).collect();
        if members.len() < 2 || items.is_empty() {
            return None;
        }
        let side = |kind| errors(&members, &items, kind);
        let summary = EnsembleSummary {
            members: members.iter().map(ToString::to_string).collect(),
            items: items.len(),
            omission: side(HarmType::Omission),
            commission: side(HarmType::Commission),
        };
        Some((seats.name.clone(), summary))
    };
    arms.iter().filter_map(of).collect()
}

/// An item that every member has a judged answer to.
struct Whole<'a> {
    members: Vec<&'a [UnitVerdict]>,
    own: &'a [UnitVerdict],
    unguarded: Option<&'a [UnitVerdict]>,
}

fn whole(held: Held<'_>, members: usize) -> Option<Whole<'_>> {
    let judged = held.members.into_iter().map(|answer| match answer {
        Answer::Judged(units) => Some(units),
        Answer::Unjudged | Answer::None => None,
    });
    let judged: Vec<&[UnitVerdict]> = judged.collect::<Option<_>>()?;
    (judged.len() == members).then_some(Whole {
        members: judged,
        own: held.own,
        unguarded: held.unguarded,
    })
}

fn errors(members: &[&str], items: &[Whole<'_>], kind: HarmType) -> Option<ErrorsTogether> {
    let of = |units: &[UnitVerdict]| -> Vec<bool> {
        let kind = units.iter().filter(|unit| unit.harm_type == kind);
        kind.map(|unit| unit.error).collect()
    };
    let of_member = |member: usize| -> Vec<bool> {
        let answers = items.iter().filter_map(|item| item.members.get(member));
        answers.flat_map(|units| of(units)).collect()
    };
    let all: Vec<Vec<bool>> = (0..members.len()).map(of_member).collect();
    // A tie is left out of the plan.
    let ties_err = kind == HarmType::Omission;
    let found = together(&all, ties_err)?;
    let own: Vec<bool> = items.iter().flat_map(|item| of(item.own)).collect();
    let unguarded: Option<Vec<&[UnitVerdict]>> = items.iter().map(|item| item.unguarded).collect();
    let unguarded = unguarded.map(|items| items.into_iter().flat_map(of).collect::<Vec<bool>>());
    let measured = Measured {
        majority: rate(&majority(&all, ties_err)),
        without_guardians: unguarded.map(|errors| rate(&errors)),
        panel: rate(&own),
    };
    Some(summary(members, found, measured))
}

/// The vote itself, on what the members answered alone.
fn majority(members: &[Vec<bool>], ties_err: bool) -> Vec<bool> {
    let units = members.first().map_or(0, Vec::len);
    (0..units)
        .map(|unit| {
            let wrong = members.iter().filter(|errors| errors[unit]).count();
            let right = members.len() - wrong;
            wrong > right || (ties_err && wrong == right)
        })
        .collect()
}

fn rate(errors: &[bool]) -> f64 {
    let wrong = errors.iter().filter(|error| **error).count();
    wrong as f64 / errors.len().max(1) as f64
}

fn summary(members: &[&str], found: Together, measured: Measured) -> ErrorsTogether {
    let name = |place: usize| members.get(place).copied().unwrap_or_default().to_owned();
    ErrorsTogether {
        units: found.units,
        mean: found.rates.iter().sum::<f64>() / found.rates.len().max(1) as f64,
        best: found.rates.iter().copied().fold(1.0, f64::min),
        member_errors: (0..).map(name).zip(found.rates).collect(),
        pairs: found
            .pairs
            .iter()
            .map(|pair| PairTogether {
                a: name(pair.a),
                b: name(pair.b),
                phi: pair.phi,
                tetrachoric: pair.tetrachoric,
                kappa: pair.kappa,
            })
            .collect(),
        phi: found.phi,
        rho: found.rho,
        effective_members: found.effective_members,
        predicted: Predicted {
            if_independent: found.predicted.if_independent,
            with_rho: found.predicted.with_rho,
            if_dependent: found.predicted.if_dependent,
        },
        measured,
    }
}

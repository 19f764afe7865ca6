//! What a majority of members would get wrong if their errors hung together as
//! measured: the theory that a measured panel is held against.
//!
//! Every member errs on a unit or does not. Behind each member's errors stands a
//! normal variable that is above its threshold where it errs, and all of them
//! share one factor: the one-factor probit model, in which any two members have
//! the same correlation (Vasicek, *Probability of loss on loan portfolio*, KMV,
//! 1987; for juries Ladha, *The Condorcet jury theorem, free speech, and
//! correlated votes*, American Journal of Political Science 36, 1992). Given the
//! factor, members err independently, and the number of errors is a sum of
//! unequal coins; the factor is integrated out.
//!
//! The correlation is the mean of the pairs' tetrachoric ones (`pair`). What
//! is predicted is a strict majority vote: what at most half of the members have
//! is left out. So a tie is an error of omission, and none of commission.

mod majority;
mod pair;

pub use majority::majority_error;
pub use pair::{phi, tetrachoric};

use super::kappa::cohen_kappa;

/// The largest correlation that is used in a prediction: at 1 the model has no
/// density left, and its limit is [`Prediction::if_dependent`].
const MOST: f64 = 0.999_999;

/// Errors of some members on the same units.
#[derive(Clone, Debug, PartialEq)]
pub struct Together {
    /// Units.
    pub units: usize,
    /// Each member's share of units that it got wrong.
    pub rates: Vec<f64>,
    /// Every pair of members, by place.
    pub pairs: Vec<PairOfMembers>,
    /// Mean phi of the pairs that have one.
    pub phi: Option<f64>,
    /// Mean tetrachoric correlation of the pairs that have one, at least 0.
    pub rho: Option<f64>,
    /// How many independent members would make a mean as certain as these do, by
    /// the design effect of clusters: n / (1 + (n - 1) phi), phi at least 0
    /// (Kish, *Survey Sampling*, 1965).
    pub effective_members: Option<f64>,
    /// What a strict majority vote would get wrong.
    pub predicted: Prediction,
}

/// How the errors of two members hang together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairOfMembers {
    /// Place of the first.
    pub a: usize,
    /// Place of the second.
    pub b: usize,
    /// Correlation of the errors as they are.
    pub phi: Option<f64>,
    /// Correlation of what stands behind them.
    pub tetrachoric: Option<f64>,
    /// Cohen's kappa: how far they fail together beyond chance.
    pub kappa: Option<f64>,
}

/// Error rate of a strict majority vote.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// If the members erred independently.
    pub if_independent: f64,
    /// With the correlation that they have; `None` where it is unknown.
    pub with_rho: Option<f64>,
    /// If one thing decided about all their errors.
    pub if_dependent: f64,
}

/// Reads the errors of members: `errors[member][unit]`. `ties_err`: is a tie of
/// the vote an error? `None` without units, or with fewer than two members, or
/// when they were not asked about the same units.
pub fn together(errors: &[Vec<bool>], ties_err: bool) -> Option<Together> {
    let units = errors.first()?.len();
    let same = errors.iter().all(|member| member.len() == units);
    if units == 0 || errors.len() < 2 || !same {
        return None;
    }
    let rates: Vec<f64> = errors
        .iter()
        .map(|member| member.iter().filter(|error| **error).count() as f64 / units as f64)
        .collect();
    let mut pairs = Vec::new();
    for a in 0..errors.len() {
        for b in a + 1..errors.len() {
            let table = pair::table(&errors[a], &errors[b]);
            pairs.push(PairOfMembers {
                a,
                b,
                phi: phi(&table),
                tetrachoric: tetrachoric(&table),
                kappa: cohen_kappa(&table),
            });
        }
    }
    let phi = mean(pairs.iter().filter_map(|pair| pair.phi));
    let rho =
        mean(pairs.iter().filter_map(|pair| pair.tetrachoric)).map(|rho| rho.clamp(0.0, MOST));
    let n = rates.len() as f64;
    Some(Together {
        units,
        phi,
        rho,
        effective_members: phi.map(|phi| n / (1.0 + (n - 1.0) * phi.max(0.0))),
        predicted: Prediction {
            if_independent: majority_error(&rates, 0.0, ties_err),
            with_rho: rho.map(|rho| majority_error(&rates, rho, ties_err)),
            if_dependent: majority_error(&rates, 1.0, ties_err),
        },
        rates,
        pairs,
    })
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

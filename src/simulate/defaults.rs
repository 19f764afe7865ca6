//! The models that are there without any configuration. Their numbers are
//! chosen, not measured: omissions make most of the severe harm, harmful
//! options are mostly recognised, and nobody is best everywhere, as in the
//! benchmark's published results.

use std::collections::BTreeMap;

use statrs::distribution::{ContinuousCDF, Normal};

use super::config::{AsGuardian, Knowledge, ModelConfig, Strength};
use super::correlation::Correlation;
use super::draw::probit;

/// A model asked twice fails alike the most often, two of one house more often
/// than strangers.
pub(super) const CORRELATION: Correlation = Correlation {
    rho: 0.35,
    rho_family: 0.45,
    rho_self: 0.7,
};

/// How far a model's specialties lie from its general strength, in probits.
const STRONG: f64 = 0.35;
const WEAK: f64 = -0.45;

/// The plain model: where a model of a person's own starts from.
pub(super) fn model() -> ModelConfig {
    ModelConfig {
        knows: PLAIN,
        specialties: BTreeMap::new(),
        family: None,
        neutral: 0.12,
        verbosity: 0.25,
        layout: None,
        latency_ms: 1.0,
        latency_spread: 0.0,
        seed: 0,
        keep_share: None,
        conformity: 0.3,
        as_guardian: AsGuardian::Honest,
        match_error: 0.0,
        review_error: 0.0,
        faults: None,
    }
}

const PLAIN: Knowledge = Knowledge {
    severe: Strength {
        appropriate: 0.90,
        harmful: 0.985,
    },
    moderate: Strength {
        appropriate: 0.80,
        harmful: 0.97,
    },
    mild: Strength {
        appropriate: 0.66,
        harmful: 0.94,
    },
};

/// Id, family, general strength in probits above the plain model, specialties that it
/// is strong and weak in, verbosity.
type Row = (
    &'static str,
    Option<&'static str>,
    f64,
    &'static [&'static str],
    &'static [&'static str],
    f64,
);

const ROWS: &[Row] = &[
    (
        "sim-alpha",
        Some("north"),
        0.10,
        &["Card", "Neuro", "Heme"],
        &["Derm", "Nephro"],
        0.2,
    ),
    (
        "sim-beta",
        Some("south"),
        0.0,
        &["Endo", "Nephro", "GI"],
        &["Card", "ID"],
        0.5,
    ),
    (
        "sim-gamma",
        Some("west"),
        -0.05,
        &["ID", "Pulm", "All"],
        &["Neuro", "Endo"],
        0.1,
    ),
    (
        "sim-delta",
        Some("north"),
        -0.15,
        &["Derm", "GI", "Heme"],
        &["Pulm", "Card"],
        0.4,
    ),
    (
        "sim-epsilon",
        Some("west"),
        -0.30,
        &["Nephro", "All"],
        &["Heme", "GI"],
        0.0,
    ),
    ("sim-judge", None, 0.20, &[], &[], 0.1),
];

pub(super) fn models() -> BTreeMap<String, ModelConfig> {
    ROWS.iter()
        .map(|&(id, family, general, strong, weak, verbosity)| {
            let of = |list: &[&str], by: f64| {
                list.iter()
                    .map(|name| ((*name).to_owned(), shifted(general + by)))
                    .collect::<Vec<_>>()
            };
            let model = ModelConfig {
                knows: shifted(general),
                specialties: of(strong, STRONG)
                    .into_iter()
                    .chain(of(weak, WEAK))
                    .collect(),
                family: family.map(str::to_owned),
                verbosity,
                ..model()
            };
            (id.to_owned(), model)
        })
        .collect()
}

/// The plain knowledge, moved on the probit scale; rounded to a thousandth,
/// so that what is printed is what is used.
fn shifted(by: f64) -> Knowledge {
    let p = |p: f64| (Normal::standard().cdf(probit(p) + by) * 1000.0).round() / 1000.0;
    let tier = |s: Strength| Strength {
        appropriate: p(s.appropriate),
        harmful: p(s.harmful),
    };
    Knowledge {
        severe: tier(PLAIN.severe),
        moderate: tier(PLAIN.moderate),
        mild: tier(PLAIN.mild),
    }
}

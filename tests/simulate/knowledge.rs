//! How often the models know what is right, alone and together, and that
//! their words can be read back.

use primum::clinical::{Severity, Tier};
use primum::simulate::SimConfig;
use primum::simulate::case::SimCase;
use primum::simulate::draw::{Key, probit};
use primum::simulate::mind::{Asked, Mind};
use primum::simulate::wording::{Style, canon, collisions, vary};
use statrs::distribution::{ContinuousCDF, Normal};

use crate::simulate_common::{cases, demo_dir, real_dir};

/// P(both know) for two models whose latent errors correlate by rho, by a
/// plain trapezoid over the common factor.
fn both_know(p: f64, q: f64, rho: f64) -> f64 {
    let normal = Normal::standard();
    let (a, b) = (probit(p), probit(q));
    let step = 0.001;
    (-8_000..=8_000)
        .map(|i| {
            let c = f64::from(i) * step;
            let given = |t: f64| normal.cdf((t - rho.sqrt() * c) / (1.0 - rho).sqrt());
            given(a) * given(b) * (-c * c / 2.0).exp() * step
        })
        .sum::<f64>()
        / (2.0 * std::f64::consts::PI).sqrt()
}

#[test]
fn knowing_rates_and_correlations_are_the_configured_ones() {
    let config = SimConfig::default();
    let cases: Vec<SimCase> = cases(&demo_dir()).iter().map(SimCase::new).collect();
    let is = config.correlation;
    // Of two houses, of one house, one model in two seats.
    for (pair, rho) in [
        (["sim-alpha", "sim-beta"], is.rho),
        (["sim-alpha", "sim-delta"], is.rho_family),
        (["sim-alpha", "sim-alpha"], is.rho_self),
    ] {
        pair_is_correlated(&config, &cases, pair, rho);
    }
}

fn pair_is_correlated(config: &SimConfig, cases: &[SimCase], pair: [&str; 2], rho: f64) {
    let tiers = [Severity::Severe, Severity::Moderate, Severity::Mild]
        .into_iter()
        .flat_map(|s| [Tier::HarmIfDone(s), Tier::HarmIfOmitted(s)]);
    for tier in tiers {
        // Observed minus expected, summed over cases, with the variance.
        let (mut off, mut variance) = ([0.0; 3], [0.0; 3]);
        for case in cases {
            let minds = pair.map(|id| (id, &config.models[id]));
            let p = minds.map(|(_, model)| {
                let knowledge = model.knowledge(&case.specialty);
                match tier {
                    Tier::HarmIfDone(s) => knowledge.tier(s).harmful,
                    Tier::HarmIfOmitted(s) => knowledge.tier(s).appropriate,
                    _ => 0.0,
                }
            });
            let expected = [p[0], p[1], both_know(p[0], p[1], rho)];
            for unit in case.units.iter().filter(|unit| unit.tier == tier) {
                for world in 0..2_000 {
                    let mut seat = 0;
                    let knows = minds.map(|(model_id, model)| {
                        seat += 1;
                        let asked = Asked {
                            correlation: config.correlation,
                            world,
                            model_id,
                            item: case.key,
                            seed: Some(seat),
                        };
                        Mind::new(model, case, asked).knows(unit)
                    });
                    let seen = [knows[0], knows[1], knows[0] && knows[1]];
                    for i in 0..3 {
                        off[i] += f64::from(seen[i]) - expected[i];
                        variance[i] += expected[i] * (1.0 - expected[i]);
                    }
                }
            }
        }
        for (i, what) in [pair[0], pair[1], "both"].iter().enumerate() {
            let z = off[i] / f64::sqrt(variance[i]);
            println!("{tier:?} {what}: z = {z:.2}");
            assert!(z.abs() < 4.0, "{tier:?} {what}: z = {z}");
        }
    }
}

#[test]
fn every_option_is_read_back_and_none_is_taken_for_another() {
    let folders = [Some(demo_dir()), real_dir()];
    for folder in folders.into_iter().flatten() {
        let mut texts = 0_u64;
        for case in cases(&folder) {
            let rubric = case.rubric.expect("a rubric");
            let same = collisions(rubric.options.iter().map(|o| o.text.as_str()));
            assert!(same.is_empty(), "{}: {same:?}", case.id);
            for option in &rubric.options {
                texts += 1;
                let mut changed = 0;
                for round in 0..12 {
                    let style = Style {
                        verbosity: 0.5,
                        rationale_apart: round % 2 == 0,
                    };
                    let varied = vary(&option.text, style, Key::new("t").with(texts).with(round));
                    assert_eq!(canon(&varied.joined()), canon(&option.text));
                    changed += u32::from(varied.joined() != option.text);
                }
                assert!(changed >= 6, "{}: {}", case.id, option.text);
            }
        }
        println!("{}: {texts} options", folder.display());
        assert!(texts > 100);
    }
}

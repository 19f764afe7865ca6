//! Every statistic against reference values of SciPy, statsmodels and NumPy:
//! `tests/fixtures/stats/make.py` made `reference.json`. Each test says within
//! what they agree.

use primum::stats::components::components;
use primum::stats::correlated::phi;
use primum::stats::interval::{Kind, mean_interval, wilson};
use primum::stats::kappa::cohen_kappa;
use primum::stats::mcnemar::{self, exact_p};
use primum::stats::power::{Aim, cases_needed, power, smallest_detectable};
use primum::stats::student::{noncentral_cdf, quantile};
use primum::stats::{clopper_pearson, holm, relative_risk, sign_flip};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn reference<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let all: Value = serde_json::from_str(include_str!("../fixtures/stats/reference.json"))
        .expect("a reference");
    let found: Vec<T> = serde_json::from_value(all[name].clone()).expect("its shape");
    assert!(!found.is_empty());
    found
}

#[track_caller]
fn close(found: f64, expected: f64, within: f64) {
    assert!(
        (found - expected).abs() <= within,
        "{found} is not {expected} within {within}"
    );
}

#[test]
fn student_quantiles_within_1e_9_of_their_size() {
    #[derive(Deserialize)]
    struct Case {
        p: f64,
        freedom: f64,
        x: f64,
    }
    for case in reference::<Case>("student") {
        let found = quantile(case.p, case.freedom);
        close(found, case.x, 1e-9 * case.x.abs().max(1.0));
    }
}

#[test]
fn noncentral_t_within_1e_9() {
    #[derive(Deserialize)]
    struct Case {
        x: f64,
        freedom: f64,
        shift: f64,
        p: f64,
    }
    for case in reference::<Case>("noncentral") {
        let found = noncentral_cdf(case.x, case.freedom, case.shift);
        close(found, case.p, 1e-9);
    }
}

#[test]
fn intervals_within_1e_9() {
    #[derive(Deserialize)]
    struct Case {
        kind: String,
        values: Vec<f64>,
        level: f64,
        mean: f64,
        ends: (f64, f64),
    }
    for case in reference::<Case>("interval") {
        let kind = match case.kind.as_str() {
            "score" => Kind::Score,
            "rate" => Kind::Rate,
            "score difference" => Kind::ScoreDifference,
            _ => Kind::RateDifference,
        };
        let found = mean_interval(kind, &case.values, case.level).expect("an interval");
        let (least, most) = kind.bounds();
        close(found.mean, case.mean, 1e-14);
        close(found.lo, case.ends.0.clamp(least, most), 1e-9);
        close(found.hi, case.ends.1.clamp(least, most), 1e-9);
    }
}

#[test]
fn wilson_by_hand() {
    // Newcombe, Statistics in Medicine 17, 1998, table I: 81 of 263, 15 of 148,
    // 0 of 20 and 1 of 29.
    for (x, n, lo, hi) in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ] {
        let found = wilson(x, n, 0.95).expect("an interval");
        close(found.0, lo, 5.1e-5);
        close(found.1, hi, 5.1e-5);
    }
}

#[test]
fn relative_risks_within_1e_9() {
    #[derive(Deserialize)]
    struct Case {
        a: Vec<f64>,
        b: Vec<f64>,
        ratio: f64,
        ends: (f64, f64),
    }
    for case in reference::<Case>("relative") {
        let found = relative_risk(&case.a, &case.b, 0.95).expect("a relative risk");
        close(found.ratio, case.ratio, 1e-12);
        close(found.lo, case.ends.0, 1e-9);
        close(found.hi, case.ends.1, 1e-9);
    }
}

#[test]
fn exact_mcnemar_within_1e_12() {
    #[derive(Deserialize)]
    struct Case {
        counts: (u64, u64),
        p: f64,
    }
    for case in reference::<Case>("mcnemar") {
        close(exact_p(case.counts.0, case.counts.1), case.p, 1e-12);
    }
}

#[test]
fn power_of_mcnemar_within_1e_9() {
    #[derive(Deserialize)]
    struct Case {
        pairs: u64,
        a: f64,
        b: f64,
        alpha: f64,
        power: f64,
    }
    for case in reference::<Case>("mcnemar_power") {
        let found = mcnemar::power(case.pairs, case.a, case.b, case.alpha);
        close(found.expect("a power"), case.power, 1e-9);
    }
}

#[test]
fn sign_flips_within_1e_12_exactly_and_within_4_standard_errors_at_random() {
    #[derive(Deserialize)]
    struct Case {
        values: Vec<f64>,
        p: f64,
        exact: bool,
    }
    for case in reference::<Case>("sign_flip") {
        let found = sign_flip(&case.values, 5).expect("a p-value");
        // 10,000 patterns here, 200,000 there.
        let error = (case.p * (1.0 - case.p) * (1.0 / 1e4 + 1.0 / 2e5)).sqrt();
        let within = if case.exact {
            1e-12
        } else {
            4.0 * error + 1e-4
        };
        close(found, case.p, within);
    }
}

#[test]
fn holm_within_1e_14() {
    #[derive(Deserialize)]
    struct Case {
        p: Vec<f64>,
        adjusted: Vec<f64>,
    }
    for case in reference::<Case>("holm") {
        let found = holm(&case.p).expect("adjusted values");
        assert_eq!(found.len(), case.adjusted.len());
        for (found, expected) in found.iter().zip(&case.adjusted) {
            close(*found, *expected, 1e-14);
        }
    }
}

#[test]
fn power_within_1e_8_and_its_inverse_within_the_solver_s_1e_5() {
    #[derive(Deserialize)]
    struct Smallest {
        power: f64,
        difference: f64,
    }
    #[derive(Deserialize)]
    struct Case {
        sd: f64,
        n: usize,
        difference: f64,
        alpha: f64,
        power: f64,
        smallest: Vec<Smallest>,
        cases: Option<usize>,
    }
    for case in reference::<Case>("power") {
        let found = power(case.difference, case.sd, case.n, case.alpha);
        close(found.expect("a power"), case.power, 1e-8);
        let aim = |power| Aim {
            alpha: case.alpha,
            power,
        };
        for wished in &case.smallest {
            let found = smallest_detectable(case.sd, case.n, aim(wished.power));
            let (found, expected) = (found.expect("a difference"), wished.difference);
            close(found, expected, 1e-5 * expected);
            // Ours is the more exact inverse.
            let reached = power(found, case.sd, case.n, case.alpha);
            close(reached.expect("a power"), wished.power, 1e-10);
        }
        if let Some(cases) = case.cases {
            let found = cases_needed(case.difference, case.sd, aim(0.8));
            assert_eq!(found, Some(cases));
        }
    }
}

#[test]
fn variance_components_within_1e_12() {
    #[derive(Deserialize)]
    struct Case {
        groups: Vec<Vec<f64>>,
        within: f64,
        between: f64,
        per_case: f64,
    }
    for case in reference::<Case>("components") {
        let found = components(&case.groups).expect("components");
        close(found.within, case.within, 1e-12);
        close(found.between, case.between, 1e-12);
        close(found.per_case, case.per_case, 1e-12);
    }
}

#[test]
fn kappa_and_phi_within_1e_12() {
    #[derive(Deserialize)]
    struct Case {
        table: [[u64; 2]; 2],
        kappa: f64,
        phi: f64,
    }
    for case in reference::<Case>("two_by_two") {
        close(
            cohen_kappa(&case.table).expect("a kappa"),
            case.kappa,
            1e-12,
        );
        close(phi(&case.table).expect("a phi"), case.phi, 1e-12);
    }
}

#[test]
fn clopper_pearson_within_1e_10() {
    #[derive(Deserialize)]
    struct Case {
        x: u64,
        n: u64,
        level: f64,
        ends: (f64, f64),
    }
    for case in reference::<Case>("clopper_pearson") {
        let found = clopper_pearson(case.x, case.n, case.level).expect("an interval");
        close(found.0, case.ends.0, 1e-10);
        close(found.1, case.ends.1, 1e-10);
    }
}

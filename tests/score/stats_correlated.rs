//! The theory of correlated errors, against closed forms and reference values of
//! other programs (`tests/fixtures/correlated/reference.py`, SciPy 1.17.1).

use primum::stats::correlated::{majority_error, phi, tetrachoric, together};
use primum::stats::normal::{bivariate_cdf, cdf, quantile};

#[track_caller]
fn close(found: f64, expected: f64, within: f64) {
    assert!(
        (found - expected).abs() < within,
        "{found} is not {expected}"
    );
}

#[test]
fn two_normals_lie_below_as_often_as_reference_says() {
    for ((h, k, rho), expected) in [
        ((0.0, 0.0, 0.5), 1.0 / 3.0),
        ((-1.0, 0.5, 0.3), 0.133_256_135_450),
        ((-1.5, -1.2, 0.9), 0.056_172_487_375),
        ((0.7, -0.4, -0.6), 0.182_999_066_972),
        ((-2.0, -2.0, 0.99), 0.019_711_642_649),
    ] {
        close(bivariate_cdf(h, k, rho), expected, 1e-10);
    }
    // Without correlation the product; with all of it the smaller one.
    close(bivariate_cdf(0.3, -0.8, 0.0), cdf(0.3) * cdf(-0.8), 1e-15);
    close(bivariate_cdf(0.3, -0.8, 1.0), cdf(-0.8), 1e-9);
    close(
        bivariate_cdf(0.3, 0.8, -1.0),
        cdf(0.3) + cdf(0.8) - 1.0,
        1e-9,
    );
}

#[test]
fn tetrachoric_correlations_are_those_of_the_reference() {
    for (table, expected) in [
        ([[40, 10], [20, 30]], 0.607_072_812_9),
        ([[70, 10], [12, 8]], 0.493_315_405_9),
        ([[30, 25], [28, 17]], -0.122_704_847_2),
        // One empty cell.
        ([[150, 22], [14, 0]], -0.292_606_414_1),
        ([[8, 0], [30, 12]], 0.454_977_869_2),
    ] {
        let found = tetrachoric(&table).expect("a correlation");
        close(found, expected, 1e-8);
        let turned = [[table[0][0], table[1][0]], [table[0][1], table[1][1]]];
        close(tetrachoric(&turned).expect("a correlation"), expected, 1e-8);
    }
}

#[test]
fn tetrachoric_correlations_are_those_of_kirk() {
    // Kirk, Psychometrika 38, 1973, by margins and the share of both: as quoted
    // in the examples of R's package psych. Here as tables of a million units.
    for ((margin, both), expected) in [
        ((0.5, 0.333_333), 0.5),
        ((0.5, 0.115_026_7), -0.75),
        ((0.5, 0.397_584), 0.8),
        ((0.158_655_254, 0.145_003), 0.99),
    ] {
        let n = 1e9;
        let count = |share: f64| (share * n).round() as u64;
        let (one, two) = (count(margin), count(both));
        let table = [[1_000_000_000 - 2 * one + two, one - two], [one - two, two]];
        close(tetrachoric(&table).expect("a correlation"), expected, 1e-4);
    }
    let equal_margins = |share: f64| 2.0 * std::f64::consts::PI * (share - 0.25);
    // At medians the correlation is sin(2 pi (p11 - 1/4)).
    let table = [[31, 19], [19, 31]];
    close(
        tetrachoric(&table).expect("one"),
        equal_margins(0.31).sin(),
        1e-9,
    );
}

#[test]
fn what_never_changes_has_no_correlation() {
    for table in [
        [[9, 0], [0, 0]],
        [[5, 4], [0, 0]],
        [[5, 0], [4, 0]],
        [[0, 0], [0, 0]],
    ] {
        assert_eq!(
            (phi(&table), tetrachoric(&table)),
            (None, None),
            "{table:?}"
        );
    }
    assert_eq!(tetrachoric(&[[5, 0], [0, 4]]), Some(1.0));
    assert_eq!(tetrachoric(&[[0, 5], [4, 0]]), Some(-1.0));
    close(phi(&[[5, 0], [0, 4]]).expect("phi"), 1.0, 1e-15);
    // By hand: (40 * 30 - 10 * 20) / sqrt(50 * 50 * 60 * 40).
    close(
        phi(&[[40, 10], [20, 30]]).expect("phi"),
        1_000.0 / 6_000_000_f64.sqrt(),
        1e-15,
    );
}

#[test]
fn independent_members_err_as_coins_do() {
    let p = 0.3_f64;
    let three = 3.0 * p * p * (1.0 - p) + p * p * p;
    for ties in [true, false] {
        close(majority_error(&[p; 3], 0.0, ties), three, 1e-15);
    }
    // Of four, two wrong are a tie.
    let two_of_four = 6.0 * p * p * (1.0 - p) * (1.0 - p);
    let more = 4.0 * p * p * p * (1.0 - p) + p * p * p * p;
    close(
        majority_error(&[p; 4], 0.0, true),
        two_of_four + more,
        1e-15,
    );
    close(majority_error(&[p; 4], 0.0, false), more, 1e-15);
    let [a, b, c] = [0.1, 0.2, 0.4];
    let unequal = a * b * (1.0 - c) + a * (1.0 - b) * c + (1.0 - a) * b * c + a * b * c;
    close(majority_error(&[a, b, c], 0.0, true), unequal, 1e-15);
    // Next to no correlation is next to that.
    close(majority_error(&[a, b, c], 1e-9, true), unequal, 1e-6);
}

#[test]
fn members_who_err_together_err_as_one() {
    for n in 1..8 {
        for p in [0.05, 0.3, 0.5, 0.8] {
            let rates = vec![p; n];
            close(majority_error(&rates, 1.0, true), p, 1e-15);
            close(majority_error(&rates, 0.999_99, true), p, 5e-3);
            close(majority_error(&rates, 0.999_999, false), p, 2e-3);
        }
    }
    // Unequal ones: two of three err where the second largest rate allows it.
    close(majority_error(&[0.4, 0.1, 0.2], 1.0, true), 0.2, 1e-15);
    close(majority_error(&[0.4, 0.1, 0.2], 0.999_999, true), 0.2, 1e-3);
    close(majority_error(&[0.4, 0.1, 0.2, 0.3], 1.0, true), 0.3, 1e-15);
    close(
        majority_error(&[0.4, 0.1, 0.2, 0.3], 1.0, false),
        0.2,
        1e-15,
    );
}

#[test]
fn a_shared_factor_is_integrated_as_the_reference_does() {
    for (rates, rho, ties, expected) in [
        (&[0.3, 0.3, 0.3][..], 0.4, true, 0.260_619_213_1),
        (&[0.2, 0.3, 0.45], 0.6, false, 0.287_134_050_0),
        (&[0.1, 0.25, 0.3, 0.4], 0.5, true, 0.305_452_439_5),
        (&[0.1, 0.25, 0.3, 0.4], 0.5, false, 0.137_127_869_7),
        (&[0.05, 0.1, 0.1, 0.2, 0.3], 0.95, true, 0.118_332_986_7),
    ] {
        close(majority_error(rates, rho, ties), expected, 1e-8);
    }
    // Who never errs, and who always does.
    close(majority_error(&[0.0, 0.0, 0.3], 0.5, true), 0.0, 1e-12);
    close(majority_error(&[1.0, 1.0, 0.3], 0.5, true), 1.0, 1e-12);
    close(majority_error(&[1.0, 0.0, 0.3], 0.5, true), 0.3, 1e-9);
}

#[test]
fn more_correlation_costs_a_good_majority_its_gain() {
    let rates = [0.2, 0.25, 0.3];
    let steps: Vec<f64> = (0..=10)
        .map(|i| majority_error(&rates, f64::from(i) / 10.0, true))
        .collect();
    assert!(
        steps.windows(2).all(|pair| pair[0] <= pair[1] + 1e-9),
        "{steps:?}"
    );
    assert!(
        steps[0] < 0.17 && (steps[10] - 0.25).abs() < 1e-12,
        "{steps:?}"
    );
}

/// Errors of members drawn from the model itself, by equal shares of the
/// factor and of each member's own part.
fn drawn(rates: &[f64], rho: f64, factors: usize, own: usize) -> Vec<Vec<bool>> {
    let at = |i: usize, n: usize| quantile((i as f64 + 0.5) / n as f64);
    let mut errors = vec![Vec::new(); rates.len()];
    for f in 0..factors {
        // Every member goes through its own parts in another order.
        for e in 0..own {
            for (m, rate) in rates.iter().enumerate() {
                let mine = (e * (2 * m + 1) * 7 + m * 13 + f * (m + 3) * 11) % own;
                let z = rho.sqrt() * at(f, factors) + (1.0 - rho).sqrt() * at(mine, own);
                errors[m].push(z < quantile(*rate));
            }
        }
    }
    errors
}

#[test]
fn members_are_read_from_their_errors() {
    let rates = [0.2, 0.3, 0.35];
    let errors = drawn(&rates, 0.4, 400, 101);
    let found = together(&errors, true).expect("members");
    assert_eq!((found.units, found.pairs.len()), (40_400, 3));
    for (found, rate) in found.rates.iter().zip(rates) {
        close(*found, rate, 0.01);
    }
    let rho = found.rho.expect("a correlation");
    close(rho, 0.4, 0.05);
    let votes = (0..found.units)
        .filter(|&unit| errors.iter().filter(|member| member[unit]).count() >= 2)
        .count();
    let measured = votes as f64 / found.units as f64;
    close(
        found.predicted.with_rho.expect("a prediction"),
        measured,
        0.01,
    );
    assert!(found.predicted.if_independent < measured);
    assert!(found.predicted.if_dependent > measured);
    let phi = found.phi.expect("phi");
    assert!(phi < rho);
    close(
        found.effective_members.expect("a number"),
        3.0 / (1.0 + 2.0 * phi),
        1e-12,
    );
}

#[test]
fn members_without_errors_or_units_are_not_made_up() {
    let none = |errors: &[Vec<bool>]| together(errors, true).is_none();
    assert!(none(&[]) && none(&[vec![true]]) && none(&[vec![], vec![]]));
    assert!(none(&[vec![true], vec![true, false]]));
    let found = together(&[vec![false; 4], vec![false; 4]], true).expect("members");
    assert_eq!(
        (found.rho, found.phi, found.effective_members),
        (None, None, None)
    );
    assert_eq!(found.predicted.with_rho, None);
    assert_eq!(found.predicted.if_independent.to_bits(), 0);
    // Errors that avoid each other are no less than independent ones.
    let apart = [
        vec![true, false, false, true],
        vec![false, true, true, false],
    ];
    let found = together(&apart, true).expect("members");
    assert_eq!(found.rho, Some(0.0));
    assert_eq!(found.effective_members, Some(2.0));
}

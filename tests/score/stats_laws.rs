//! What must hold for every input of the statistics, and what they say where
//! there is little to say.

use primum::stats::best_member::{Direction, best_member};
use primum::stats::components::{Components, components};
use primum::stats::interval::{Kind, Method, mean_interval, paired_interval};
use primum::stats::mcnemar::{Pairs, exact_p, fewest_discordant, power as mcnemar_power};
use primum::stats::nnt::NumberNeeded;
use primum::stats::power::{Aim, ItemsNeeded, items_needed, smallest_detectable};
use primum::stats::relative::NoRelativeRisk;
use primum::stats::{Resamples, clopper_pearson, holm, relative_risk, sign_flip};
use proptest::collection::vec;
use proptest::prelude::*;

const KINDS: [Kind; 2] = [Kind::Score, Kind::Rate];

/// Shares of eleven answers, or any score.
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        (0_u32..=11).prop_map(|hits| f64::from(hits) / 11.0),
        0.0..=1.0_f64,
        Just(0.0),
        Just(1.0),
    ]
}

fn two_arms() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    (2_usize..40).prop_flat_map(|n| (vec(value(), n), vec(value(), n)))
}

proptest! {
    #[test]
    fn intervals_hold_the_mean_and_stay_where_means_can_be(
        (a, b) in two_arms(), level in 0.5..0.999_f64,
    ) {
        for kind in KINDS {
            for (kind, found) in [
                (kind, mean_interval(kind, &a, level)),
                (kind.difference(), paired_interval(kind, &a, &b, level)),
            ] {
                let found = found.expect("an interval");
                let (least, most) = kind.bounds();
                prop_assert!(found.lo <= found.mean && found.mean <= found.hi, "{found:?}");
                prop_assert!(least <= found.lo && found.hi <= most, "{found:?}");
                prop_assert!(found.lo < found.hi, "an interval has width: {found:?}");
            }
        }
    }

    #[test]
    fn a_higher_level_is_never_narrower((a, b) in two_arms()) {
        for kind in KINDS {
            let at = |level| paired_interval(kind, &a, &b, level).expect("an interval");
            let (narrow, wide) = (at(0.90), at(0.95));
            prop_assert!(wide.lo <= narrow.lo && narrow.hi <= wide.hi);
        }
    }

    #[test]
    fn turning_the_arms_turns_the_signs_bit_for_bit((a, b) in two_arms()) {
        for kind in KINDS {
            let there = paired_interval(kind, &a, &b, 0.95).expect("an interval");
            let back = paired_interval(kind, &b, &a, 0.95).expect("an interval");
            prop_assert_eq!(there.turned(), back);
        }
    }

    #[test]
    fn sign_flips_are_probabilities_of_no_direction((a, b) in two_arms(), seed: u64) {
        let there: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
        let back: Vec<f64> = there.iter().map(|d| -d).collect();
        let p = sign_flip(&there, seed).expect("a p-value");
        prop_assert!(p > 0.0 && p <= 1.0);
        prop_assert_eq!(sign_flip(&back, seed), Some(p));
    }

    #[test]
    fn exact_p_values_are_probabilities_of_no_direction(a in 0_u64..200, b in 0_u64..200) {
        let p = exact_p(a, b);
        prop_assert!(p > 0.0 && p <= 1.0);
        prop_assert_eq!(exact_p(b, a), p);
        prop_assert!(exact_p(a.max(b) + 1, a.min(b)) <= p, "further apart is rarer");
    }

    #[test]
    fn holm_keeps_the_order_and_never_helps(p in vec(0.0..=1.0_f64, 0..12)) {
        let adjusted = holm(&p).expect("adjusted values");
        for i in 0..p.len() {
            prop_assert!(adjusted[i] >= p[i] && adjusted[i] <= 1.0);
            for j in 0..p.len() {
                prop_assert!(p[i] > p[j] || adjusted[i] <= adjusted[j]);
            }
        }
    }

    #[test]
    fn exact_intervals_hold_the_rate(n in 1_u64..200, share in 0.0..=1.0_f64) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let x = (n as f64 * share) as u64;
        let (lo, hi) = clopper_pearson(x, n, 0.95).expect("an interval");
        let rate = x as f64 / n as f64;
        prop_assert!(0.0 <= lo && lo <= rate && rate <= hi && hi <= 1.0);
        let (other_lo, other_hi) = clopper_pearson(n - x, n, 0.95).expect("an interval");
        prop_assert!((lo - (1.0 - other_hi)).abs() < 1e-12);
        prop_assert!((hi - (1.0 - other_lo)).abs() < 1e-12);
    }

    #[test]
    fn relative_risks_turn_over_with_the_arms((a, b) in two_arms()) {
        let (there, back) = (relative_risk(&a, &b, 0.95), relative_risk(&b, &a, 0.95));
        match (there, back) {
            (Ok(there), Ok(back)) => {
                prop_assert!(there.lo <= there.ratio && there.ratio <= there.hi);
                prop_assert!((there.ratio * back.ratio - 1.0).abs() < 1e-12);
                prop_assert!((there.lo * back.hi - 1.0).abs() < 1e-9);
            }
            (Err(_), Err(_)) => {}
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_bits(
        (a, b) in two_arms(), seed: u64,
    ) {
        let found = || {
            let resamples = Resamples::new(a.len(), 50, seed);
            best_member(&a, &[&b, &a], Direction::HigherIsBetter, 0.95, &resamples)
        };
        let first = found().expect("a comparison");
        prop_assert!(first.lo <= first.difference && first.difference <= first.hi);
        prop_assert_eq!(first.chosen.iter().sum::<usize>(), a.len());
        prop_assert_eq!(Some(first), found());
    }

    #[test]
    fn which_way_is_better_is_only_a_sign((a, b) in two_arms(), seed: u64) {
        let negative = |values: &[f64]| values.iter().map(|v| -v).collect::<Vec<f64>>();
        let resamples = Resamples::new(a.len(), 50, seed);
        let members = [b.clone(), a.iter().rev().copied().collect()];
        let high = best_member(&a, &members, Direction::HigherIsBetter, 0.9, &resamples);
        let turned = members.map(|member| negative(&member));
        let low = best_member(&negative(&a), &turned, Direction::LowerIsBetter, 0.9, &resamples);
        let (high, low) = (high.expect("one"), low.expect("one"));
        prop_assert_eq!(&high.chosen, &low.chosen);
        prop_assert_eq!(high.naive, low.naive);
        prop_assert!((high.difference + low.difference).abs() < 1e-12);
        prop_assert!((high.lo + low.hi).abs() < 1e-9, "{} {}", high.lo, low.hi);
        prop_assert!((high.optimism - low.optimism).abs() < 1e-12);
    }
}

#[test]
fn too_little_gives_no_interval() {
    for kind in KINDS {
        assert_eq!(mean_interval(kind, &[], 0.95), None);
        assert_eq!(mean_interval(kind, &[0.5], 0.95), None);
        assert_eq!(mean_interval(kind, &[0.5, f64::NAN], 0.95), None);
        assert_eq!(mean_interval(kind, &[0.5, 0.6], 1.0), None);
        assert_eq!(paired_interval(kind, &[0.5, 0.6], &[0.1], 0.95), None);
    }
}

#[test]
fn no_spread_is_no_certainty() {
    // No severe harm in 30 cases: up to 11 in 100 are still possible (Wilson).
    let none = mean_interval(Kind::Rate, &[0.0; 30], 0.95).expect("an interval");
    assert_eq!((none.lo, none.method), (0.0, Method::Wilson));
    assert!((none.hi - 0.1135).abs() < 1e-4, "{none:?}");
    // The same on all 30 cases: an interval around nothing, as wide either way.
    let same = paired_interval(Kind::Rate, &[0.0; 30], &[0.0; 30], 0.95).expect("one");
    assert!(
        same.hi > 0.05 && same.hi < 0.1 && same.lo == -same.hi,
        "{same:?}"
    );
    assert!(!same.excludes_zero());
}

#[test]
fn few_cases_in_one_direction_are_not_enough() {
    assert_eq!(fewest_discordant(0.05), Some(6));
    assert_eq!(fewest_discordant(0.01), Some(8));
    assert_eq!(fewest_discordant(0.0), None);
    let first = [true, true, true, true, true, true, false, true];
    let second = [false, false, false, false, false, false, false, true];
    let pairs = Pairs::of(&first, &second).expect("pairs");
    assert_eq!((pairs.discordant(), pairs.p()), (6, 0.03125));
    assert_eq!(Pairs::of(&first, &second[1..]), None);
    // Fewer than six pairs never reach it, whatever the truth.
    assert_eq!(mcnemar_power(5, 1.0, 0.0, 0.05), Some(0.0));
    assert_eq!(mcnemar_power(6, 1.0, 0.0, 0.05), Some(1.0));
    assert_eq!(mcnemar_power(6, 0.7, 0.7, 0.05), None);
}

#[test]
fn numbers_needed_are_written_as_altman_does() {
    let text = |arr, lo, hi| NumberNeeded::new(arr, lo, hi).map(|n| n.to_string());
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        text(1.0 / 12.0, -0.05, 0.2),
        some("NNTB 12 (NNTB 5 to infinity to NNTH 20)")
    );
    assert_eq!(text(0.1, 0.05, 0.2), some("NNTB 10 (NNTB 5 to NNTB 20)"));
    assert_eq!(text(0.1, 0.0, 0.2), some("NNTB 10 (NNTB 5 to infinity)"));
    assert_eq!(text(-0.1, -0.2, -0.05), some("NNTH 10 (NNTH 5 to NNTH 20)"));
    assert_eq!(
        text(-0.1, -0.25, 0.02),
        some("NNTH 10 (NNTH 4 to infinity to NNTB 50)")
    );
    assert_eq!(
        text(0.0, -0.1, 0.1),
        some("infinity (NNTB 10 to infinity to NNTH 10)")
    );
    // Rounded to what is less good.
    assert_eq!(text(0.3, 0.21, 0.7), some("NNTB 4 (NNTB 2 to NNTB 5)"));
    assert_eq!(text(-0.3, -0.7, -0.21), some("NNTH 3 (NNTH 1 to NNTH 4)"));
    assert_eq!(text(0.3, 0.4, 0.5), None);
    assert_eq!(text(f64::NAN, 0.4, 0.5), None);
}

#[test]
fn a_relative_risk_of_nothing_says_why_there_is_none() {
    let (none, some) = ([0.0, 0.0, 0.0], [0.0, 1.0, 0.0]);
    let of = |a: &[f64], b: &[f64]| relative_risk(a, b, 0.95).err();
    assert_eq!(of(&none, &none), Some(NoRelativeRisk::NoEvents));
    assert_eq!(of(&none, &some), Some(NoRelativeRisk::NoneInFirst));
    assert_eq!(of(&some, &none), Some(NoRelativeRisk::NoneInSecond));
    assert_eq!(of(&some, &some[1..]), Some(NoRelativeRisk::NotPaired));
    assert_eq!(
        of(&some[..1], &some[..1]),
        Some(NoRelativeRisk::TooFewCases)
    );
    let same = relative_risk(&some, &some, 0.95).expect("a relative risk");
    assert_eq!((same.lo, same.ratio, same.hi), (1.0, 1.0, 1.0));
}

#[test]
fn enough_variants_or_never_enough() {
    let wished = Components {
        cases: 30,
        items: 330,
        per_case: 11.0,
        between: 0.01,
        within: 0.09,
    };
    let aim = Aim::default();
    let difference = 0.08;
    let Some(ItemsNeeded::Items(items)) = items_needed(&wished, 30, difference, aim) else {
        panic!("a number of variants is enough");
    };
    let reached = |items: u64| smallest_detectable(wished.sd_of_case(items as f64), 30, aim);
    assert!(reached(items).is_some_and(|found| found <= difference));
    assert!(reached(items - 1).is_some_and(|found| found > difference));
    let Some(ItemsNeeded::Impossible { smallest }) = items_needed(&wished, 30, 0.05, aim) else {
        panic!("the cases differ too much");
    };
    assert!(smallest > 0.05 && smallest < difference, "{smallest}");
}

#[test]
fn components_need_two_cases_and_a_repeat() {
    assert_eq!(components(&[vec![0.1], vec![0.2]]), None);
    assert_eq!(components(&[vec![0.1, 0.2]]), None);
    assert_eq!(components(&[vec![0.1, 0.2], vec![]]), None);
    // Two cases 0.5 apart, each with two answers 0.2 apart: within 0.02; between
    // 0.5² / 2 - 0.02 / 2.
    let found = components(&[[0.4, 0.6], [0.9, 1.1]]).expect("components");
    assert!((found.within - 0.02).abs() < 1e-12);
    assert!((found.between - (0.125 - 0.01)).abs() < 1e-12);
}

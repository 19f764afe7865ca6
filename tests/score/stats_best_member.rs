//! The best member chosen without looking has no optimism; the naive one has.

use crate::world::Dice;
use primum::stats::best_member::{BestMember, Direction, best_member};
use primum::stats::{Resamples, sign_flip};

const MEMBERS: usize = 5;
const CASES: usize = 30;
const RUNS: usize = 400;

/// Members and a panel that are all equally good in truth: every value is that
/// of the case and something of its own.
fn equals(dice: &mut Dice) -> (Vec<f64>, Vec<Vec<f64>>) {
    let cases: Vec<f64> = (0..CASES).map(|_| 0.1 * dice.normal()).collect();
    let mut arm = || -> Vec<f64> {
        let own = |case: &f64| 0.7 + case + 0.1 * dice.normal();
        cases.iter().map(own).collect()
    };
    (arm(), (0..MEMBERS).map(|_| arm()).collect())
}

fn simulated(direction: Direction) -> Vec<BestMember> {
    let mut dice = Dice::new(11);
    let resamples = Resamples::new(CASES, 60, 1);
    (0..RUNS)
        .map(|_| {
            let (panel, members) = equals(&mut dice);
            best_member(&panel, &members, direction, 0.95, &resamples).expect("a comparison")
        })
        .collect()
}

/// Mean and its standard error.
fn mean(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let values: Vec<f64> = values.collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0) / n).sqrt())
}

#[test]
fn left_out_there_is_no_optimism_and_naively_there_is() {
    for direction in [Direction::HigherIsBetter, Direction::LowerIsBetter] {
        let runs = simulated(direction);
        let sign = direction.sign();
        let (bias, error) = mean(runs.iter().map(|run| sign * run.difference));
        assert!(bias.abs() < 3.0 * error, "{bias} ± {error}");
        let (naive, error) = mean(runs.iter().map(|run| sign * run.naive_difference));
        // The best of five means that vary by 0.1 / √30 each is 1.16 of that
        // above the truth.
        let expected = -1.163 * 0.1 / (CASES as f64).sqrt();
        assert!((naive - expected).abs() < 4.0 * error, "{naive} ± {error}");
        let (optimism, error) = mean(runs.iter().map(|run| run.optimism));
        assert!(optimism > 5.0 * error, "{optimism} ± {error}");
    }
}

#[test]
fn an_interval_says_too_seldom_that_a_panel_of_equals_is_better() {
    let runs = simulated(Direction::HigherIsBetter);
    let claims = runs.iter().filter(|run| run.lo > 0.0).count();
    // At most one in 40 would be right; a coarse bootstrap is enough to see it.
    assert!(claims <= RUNS / 40 + 6, "{claims} of {RUNS}");
}

#[test]
fn a_clear_best_member_is_always_the_one() {
    let mut dice = Dice::new(3);
    let (panel, mut members) = equals(&mut dice);
    for value in &mut members[3] {
        *value += 1.0;
    }
    let resamples = Resamples::new(CASES, 200, 1);
    let found = best_member(
        &panel,
        &members,
        Direction::HigherIsBetter,
        0.95,
        &resamples,
    )
    .expect("a comparison");
    assert_eq!(found.chosen, [0, 0, 0, CASES, 0]);
    assert_eq!(found.naive, 3);
    assert!(found.optimism.abs() < 1e-12);
    assert!(found.hi < 0.0);
    let p = sign_flip(&found.case_differences, 1);
    assert!(p.is_some_and(|p| p < 0.001));
}

#[test]
fn by_hand() {
    // Without the first case: sums 0.5 and 1.0, so the second member, 0 there.
    // Without the second: 1.5 and 1.0, the first, 0.5 there. Without the third:
    // 1.5 and 0.0, the first, 0.0 there. Baseline 0.5 / 3; naively the first, 0.5.
    let members = [[1.0, 0.5, 0.0], [0.0, 0.0, 1.0]];
    let panel = [1.0, 1.0, 1.0];
    let resamples = Resamples::new(3, 100, 1);
    let direction = Direction::HigherIsBetter;
    let found = best_member(&panel, &members, direction, 0.95, &resamples).expect("one");
    assert_eq!(found.chosen, [2, 1]);
    assert_eq!(found.case_differences, [1.0, 0.5, 1.0]);
    assert!((found.baseline - 0.5 / 3.0).abs() < 1e-12, "{found:?}");
    assert_eq!((found.naive, found.naive_baseline), (0, 0.5));
    assert!((found.optimism - (0.5 - 0.5 / 3.0)).abs() < 1e-12);
}

#[test]
fn ties_go_to_the_first_and_what_does_not_fit_gives_nothing() {
    let same = [0.2, 0.4, 0.6, 0.1];
    let direction = Direction::LowerIsBetter;
    let ask = |panel: &[f64], members: &[Vec<f64>], cases| {
        best_member(
            panel,
            members,
            direction,
            0.95,
            &Resamples::new(cases, 20, 1),
        )
    };
    let found = ask(&same, &[same.to_vec(), same.to_vec()], 4).expect("a comparison");
    assert_eq!(found.chosen, [4, 0]);
    assert_eq!((found.difference, found.lo, found.hi), (0.0, 0.0, 0.0));
    assert_eq!(ask(&same, &[], 4), None);
    assert_eq!(ask(&same, &[vec![0.1; 3]], 4), None);
    assert_eq!(ask(&same, &[same.to_vec()], 5), None);
    assert_eq!(ask(&same, &[vec![f64::NAN; 4]], 4), None);
    assert_eq!(ask(&same[..1], &[vec![0.1]], 1), None);
}

#[test]
fn resamples_draw_every_case_equally_often() {
    let resamples = Resamples::new(10, 2_000, 4);
    let times = |case| resamples.of_case(case).iter().map(|t| u32::from(*t)).sum();
    let all: Vec<u32> = (0..10).map(times).collect();
    assert_eq!(all.iter().sum::<u32>(), 20_000);
    // 2,000 each, with a standard deviation of 42.
    assert!(all.iter().all(|t| (1_790..=2_210).contains(t)), "{all:?}");
    assert_eq!(resamples.of_case(10), [0_u8; 0]);
    // The mean of a mean is the mean; its spread that of theory.
    let values: Vec<f64> = (0..10).map(f64::from).collect();
    let (found, error) = mean(resamples.means(&values).expect("means").into_iter());
    assert!((found - 4.5).abs() < 4.0 * error);
    let theory = (8.25_f64 / 10.0).sqrt();
    let spread = error * 2_000_f64.sqrt();
    assert!((spread / theory - 1.0).abs() < 0.06, "{spread} {theory}");
}

//! The tables.

use primum::score::bootstrap;
use primum::stats::best_member::{Direction, best_member};
use primum::stats::interval::{Kind, mean_interval, student_t, transformed_t};
use primum::stats::mcnemar::Pairs;
use primum::stats::parallel::parallel_map;
use primum::stats::{Resamples, relative_risk, sign_flip};

use super::world::{Dice, WORLDS, World, ids};

const LEVEL: f64 = 0.95;
/// Resamples in an interval.
const RESAMPLES: usize = 600;
const SIZES: [usize; 3] = [20, 30, 100];

/// How often an interval covered, and how wide it was.
#[derive(Clone, Copy, Default)]
struct Tally {
    runs: usize,
    hits: usize,
}

impl Tally {
    fn add(&mut self, ends: Option<(f64, f64)>, truth: f64) {
        self.runs += 1;
        // Sums that round must not decide about an end on the truth.
        let covers = |(lo, hi): (f64, f64)| lo <= truth + 1e-12 && truth - 1e-12 <= hi;
        self.hits += usize::from(ends.is_some_and(covers));
    }

    fn cell(self) -> String {
        format!("{:.1}", self.percent())
    }

    fn percent(self) -> f64 {
        100.0 * self.hits as f64 / self.runs.max(1) as f64
    }
}

/// The columns: ours, the benchmark's, what else was tried, and our one-sided
/// bounds of 95%.
const METHODS: [&str; COLUMNS] = [
    "**ours**",
    "benchmark",
    "percentile",
    "percentile, m/(m-1)",
    "t",
    "bootstrap-t",
    "Hall's t",
    "ours, lower bound",
    "ours, upper bound",
];
const COLUMNS: usize = 9;

fn seeds(seed: u64, place: usize) -> u64 {
    seed.wrapping_mul(1_000_003).wrapping_add(place as u64)
}

pub fn intervals(runs: usize, seed: u64) {
    let work: Vec<(&World, usize)> = SIZES
        .iter()
        .flat_map(|n| WORLDS.iter().map(move |world| (world, *n)))
        .collect();
    let found = parallel_map(work.len(), |place| {
        let (world, n) = work[place];
        coverage(world, n, runs, seeds(seed, place))
    });
    for kind in [
        Kind::Score,
        Kind::Rate,
        Kind::ScoreDifference,
        Kind::RateDifference,
    ] {
        println!("\n### {kind:?}: coverage of 95% intervals, %\n");
        println!("| cases | truth | {} |", METHODS.join(" | "));
        println!("|---|---|{}", "---|".repeat(METHODS.len()));
        for ((world, n), row) in work.iter().zip(&found) {
            if world.kind == kind {
                let cells: Vec<String> = row.iter().map(|tally| tally.cell()).collect();
                println!("| {n} | {} | {} |", world.name, cells.join(" | "));
            }
        }
    }
    println!("\n### Summary: least, mean and most coverage of 95% intervals, %\n");
    println!("| values | cases | {} |", METHODS.join(" | "));
    println!("|---|---|{}", "---|".repeat(METHODS.len()));
    for kind in [
        Kind::Score,
        Kind::Rate,
        Kind::ScoreDifference,
        Kind::RateDifference,
    ] {
        for n in SIZES {
            let rows: Vec<&[Tally; COLUMNS]> = work
                .iter()
                .zip(&found)
                .filter(|((world, size), _)| world.kind == kind && *size == n)
                .map(|(_, row)| row)
                .collect();
            let cells: Vec<String> = (0..METHODS.len())
                .map(|method| {
                    let all: Vec<f64> = rows.iter().map(|row| row[method].percent()).collect();
                    let least = all.iter().copied().fold(f64::INFINITY, f64::min);
                    let most = all.iter().copied().fold(0.0, f64::max);
                    let mean = all.iter().sum::<f64>() / all.len() as f64;
                    format!("{least:.1} / {mean:.1} / {most:.1}")
                })
                .collect();
            println!("| {kind:?} | {n} | {} |", cells.join(" | "));
        }
    }
}

fn coverage(world: &World, n: usize, runs: usize, seed: u64) -> [Tally; COLUMNS] {
    let mut dice = Dice::new(seed);
    let (names, truth) = (ids(n), world.truth());
    let resamples = Resamples::new(n, RESAMPLES, seed);
    let widen = (n as f64 / (n as f64 - 1.0)).sqrt();
    let mut tallies = [Tally::default(); COLUMNS];
    for run in 0..runs {
        let values = world.draw(n, &mut dice);
        let ours = mean_interval(world.kind, &values, LEVEL).map(|i| (i.lo, i.hi));
        tallies[0].add(ours, truth);
        if run % 4 == 0 {
            let named: Vec<(&str, f64)> = names
                .iter()
                .map(String::as_str)
                .zip(values.iter().copied())
                .collect();
            let theirs = bootstrap::interval(&named, RESAMPLES);
            tallies[1].add(Some((theirs.lo, theirs.hi)), truth);
        }
        let mean = values.iter().sum::<f64>() / n as f64;
        let percentile = resamples.percentile(&values, LEVEL);
        tallies[2].add(percentile, truth);
        let off = |end: f64| mean + (end - mean) * widen;
        tallies[3].add(percentile.map(|(lo, hi)| (off(lo), off(hi))), truth);
        tallies[4].add(student_t(&values, LEVEL), truth);
        tallies[5].add(resamples.bootstrap_t(&values, LEVEL), truth);
        tallies[6].add(transformed_t(&values, LEVEL), truth);
        // The ends of a 90% interval are one-sided bounds of 95%.
        let ends = mean_interval(world.kind, &values, 2.0 * LEVEL - 1.0);
        tallies[7].add(ends.map(|i| (i.lo, f64::INFINITY)), truth);
        tallies[8].add(ends.map(|i| (f64::NEG_INFINITY, i.hi)), truth);
    }
    tallies
}

/// Values of two arms on the same cases, as the worlds of differences have them.
fn two_rates(
    means: (f64, f64),
    correlation: f64,
    items: u32,
    n: usize,
    dice: &mut Dice,
) -> (Vec<f64>, Vec<f64>) {
    use primum::stats::normal::quantile;
    let own = (1.0 - correlation * correlation).sqrt();
    let at = |mean: f64| quantile(mean) * 2.0_f64.sqrt();
    (0..n)
        .map(|_| {
            let case = dice.normal();
            let other = correlation * case + own * dice.normal();
            let (mut a, mut b) = (0.0, 0.0);
            for _ in 0..items {
                let answer = dice.normal();
                a += f64::from(u8::from(at(means.0) + case + answer > 0.0));
                let answer = correlation * answer + own * dice.normal();
                b += f64::from(u8::from(at(means.1) + other + answer > 0.0));
            }
            (a / f64::from(items), b / f64::from(items))
        })
        .unzip()
}

pub fn relative(runs: usize, seed: u64) {
    println!("\n### Relative risk: coverage of 95% intervals, %, and how often there is none\n");
    println!("| cases | rates | r | answers a case | ours | none |");
    println!("|---|---|---|---|---|---|");
    let mut work = Vec::new();
    for n in SIZES {
        for (a, b) in [(0.14, 0.14), (0.14, 0.30), (0.05, 0.20)] {
            for r in [0.2, 0.8] {
                for items in [1, 11] {
                    work.push((n, (a, b), r, items));
                }
            }
        }
    }
    let found = parallel_map(work.len(), |place| {
        let (n, means, r, items) = work[place];
        let mut dice = Dice::new(seeds(seed, 10_000 + place));
        let mut tally = Tally::default();
        for _ in 0..runs {
            let (a, b) = two_rates(means, r, items, n, &mut dice);
            if let Ok(found) = relative_risk(&a, &b, LEVEL) {
                tally.add(Some((found.lo, found.hi)), means.0 / means.1);
            }
        }
        tally
    });
    for ((n, (a, b), r, items), tally) in work.iter().zip(found) {
        let none = 100.0 * (runs - tally.runs) as f64 / runs as f64;
        println!(
            "| {n} | {a:.2} / {b:.2} | {r} | {items} | {} | {none:.1} |",
            tally.cell()
        );
    }
}

pub fn tests(runs: usize, seed: u64) {
    println!("\n### False positives at a nominal 5%, %\n");
    println!("| cases | equal arms with | r | answers a case | sign-flip | exact McNemar |");
    println!("|---|---|---|---|---|---|");
    let mut work = Vec::new();
    for n in SIZES {
        for rate in [0.05, 0.14, 0.30] {
            for r in [0.2, 0.8] {
                for items in [1, 11] {
                    work.push((n, rate, r, items));
                }
            }
        }
    }
    // 10,000 sign patterns a run: a quarter of the runs is enough to wait for.
    let runs = runs / 4;
    let found = parallel_map(work.len(), |place| {
        let (n, rate, r, items) = work[place];
        let mut dice = Dice::new(seeds(seed, 20_000 + place));
        let (mut flips, mut exact) = (0, 0);
        for run in 0..runs {
            let (a, b) = two_rates((rate, rate), r, items, n, &mut dice);
            let differences: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
            let p = sign_flip(&differences, run as u64).unwrap_or(1.0);
            flips += usize::from(p <= 0.05);
            let yes = |values: &[f64]| values.iter().map(|v| *v > 0.5).collect::<Vec<bool>>();
            let p = Pairs::of(&yes(&a), &yes(&b)).map_or(1.0, |pairs| pairs.p());
            exact += usize::from(p <= 0.05);
        }
        (flips, exact)
    });
    let share = |hits: usize| 100.0 * hits as f64 / runs as f64;
    for ((n, rate, r, items), (flips, exact)) in work.iter().zip(found) {
        // McNemar is for one answer a case.
        let exact = if *items == 1 {
            format!("{:.1}", share(exact))
        } else {
            "-".to_owned()
        };
        println!(
            "| {n} | {rate:.2} | {r} | {items} | {:.1} | {exact} |",
            share(flips)
        );
    }
}

pub fn best_members(runs: usize, seed: u64) {
    println!("\n### Panel against its best member\n");
    println!(
        "A panel as good as the best of its members; scores. Bias in points of 100: above 0 flatters the panel. Each claim is one of a panel that is better, at 2.5% or 5% one-sided; a claim here is false.\n"
    );
    println!(
        "| cases | true means of the members | bias, left out | bias, naive | coverage, ours | coverage, t of the chosen | claims by the interval, % | claims against every member, % |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let mut work: Vec<(usize, &[f64])> = Vec::new();
    for n in SIZES {
        work.push((n, &[0.7, 0.7, 0.7, 0.7]));
        work.push((n, &[0.7, 0.7, 0.65, 0.65]));
        work.push((n, &[0.7, 0.68, 0.66, 0.64]));
        work.push((n, &[0.7, 0.4, 0.4, 0.4]));
        work.push((n, &[0.7; 8]));
    }
    let runs = (runs / 4).max(10);
    let found = parallel_map(work.len(), |place| {
        let (n, means) = work[place];
        against_best(n, means, runs, seeds(seed, 30_000 + place))
    });
    for ((n, means), row) in work.iter().zip(found) {
        let means = if means.iter().all(|m| m == &means[0]) {
            format!("{} times {:.2}", means.len(), means[0])
        } else {
            let each: Vec<String> = means.iter().map(|m| format!("{m:.2}")).collect();
            each.join(", ")
        };
        println!("| {n} | {means} | {} |", row.join(" | "));
    }
}

fn against_best(n: usize, means: &[f64], runs: usize, seed: u64) -> Vec<String> {
    use primum::stats::normal::{cdf, quantile};
    let mut dice = Dice::new(seed);
    let resamples = Resamples::new(n, RESAMPLES, seed);
    let best = means.iter().copied().fold(0.0, f64::max);
    let (mut bias, mut naive) = (0.0, 0.0);
    let (mut ours, mut chosen, mut claims, mut every) = (Tally::default(), Tally::default(), 0, 0);
    for _ in 0..runs {
        let cases: Vec<f64> = (0..n).map(|_| dice.normal()).collect();
        // Half of the hidden variance is the case's.
        let mut arm = |mean: f64| -> Vec<f64> {
            let at = quantile(mean) * 2.0_f64.sqrt();
            let half = 0.5_f64.sqrt();
            cases
                .iter()
                .map(|case| cdf(at + half * case + half * dice.normal()))
                .collect()
        };
        let members: Vec<Vec<f64>> = means.iter().map(|mean| arm(*mean)).collect();
        let panel = arm(best);
        let direction = Direction::HigherIsBetter;
        let Some(found) = best_member(&panel, &members, direction, LEVEL, &resamples) else {
            continue;
        };
        bias += found.difference;
        naive += found.naive_difference;
        ours.add(Some((found.lo, found.hi)), 0.0);
        claims += usize::from(found.lo > 0.0);
        // What an interval would be that takes the chosen members as given.
        chosen.add(student_t(&found.case_differences, LEVEL), 0.0);
        every += usize::from(members.iter().all(|member| is_beaten(&panel, member)));
    }
    let (share, points) = (
        |hits: usize| format!("{:.1}", 100.0 * hits as f64 / runs as f64),
        |sum: f64| format!("{:+.2}", 100.0 * sum / runs as f64),
    );
    vec![
        points(bias),
        points(naive),
        ours.cell(),
        chosen.cell(),
        share(claims),
        share(every),
    ]
}

/// The rule of `primum::evidence`: the one-sided 95 % bound and the test, one-sided
/// at 5 %, both exclude zero.
fn is_beaten(panel: &[f64], member: &[f64]) -> bool {
    let differences: Vec<f64> = panel.iter().zip(member).map(|(a, b)| a - b).collect();
    let bound = mean_interval(Kind::ScoreDifference, &differences, 0.90);
    bound.is_some_and(|bound| bound.lo > 0.0)
        && sign_flip(&differences, 1).is_some_and(|p| p / 2.0 <= 0.05)
}

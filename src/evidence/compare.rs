//! Two arms on the same items: the effect first, then its interval, then p.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::hypothesis::{Hypotheses, Role};
use super::measure::Measure;
use super::study::Study;
use super::table::Table;
use crate::score::bootstrap;
use crate::stats::mcnemar::Pairs;
use crate::stats::relative::relative_risk;
use crate::stats::{Kind, NumberNeeded, holm, mean_interval, sign_flip};

/// Level of our intervals.
pub const LEVEL: f64 = 0.95;

/// Level of the two-sided interval whose ends are one-sided bounds of 95 %.
const ONE_SIDED: f64 = 0.90;

/// A mean with an interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Range {
    /// Mean over cases.
    pub mean: f64,
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

impl Range {
    /// Our interval for these case values; `None` without any. One case tells
    /// nothing about others, so its interval is all that is possible.
    pub fn of(kind: Kind, values: &[f64]) -> Option<Self> {
        if let [one] = values {
            let (lo, hi) = kind.bounds();
            return (!one.is_nan()).then_some(Self { mean: *one, lo, hi });
        }
        mean_interval(kind, values, LEVEL).map(|found| Self {
            mean: found.mean,
            lo: found.lo,
            hi: found.hi,
        })
    }

    /// The benchmark's own interval for these case values.
    pub fn of_benchmark<S: AsRef<str>>(by_case: &[(S, f64)], resamples: usize) -> Option<Self> {
        (!by_case.is_empty()).then(|| {
            let found = bootstrap::interval(by_case, resamples);
            Self {
                mean: found.mean,
                lo: found.lo,
                hi: found.hi,
            }
        })
    }
}

/// A paired comparison, `a` minus `b`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// First arm.
    pub a: String,
    /// Second arm.
    pub b: String,
    /// What is compared.
    pub measure: Measure,
    /// What it is, by what was fixed before the run.
    pub role: Role,
    /// Base cases with a difference.
    pub cases: usize,
    /// Items (times trials) that either arm was to answer and that lack a value
    /// in one of them: they are in no difference.
    pub left_out: usize,
    /// With items left out: the mean difference if all of them had come out as
    /// badly for `a`, and as well for `b`, as they can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worst: Option<f64>,
    /// The same the other way round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best: Option<f64>,
    /// Cases in which `a` is better.
    pub better: usize,
    /// Cases in which `a` is worse.
    pub worse: usize,
    /// Mean difference over cases with our 95 % interval; null with fewer than
    /// two cases.
    pub diff: Option<Range>,
    /// The end of the one-sided 95 % interval towards "`a` is worse"; `a` is
    /// shown to be better when zero is beyond it.
    pub bound: Option<f64>,
    /// The benchmark's own interval of the same difference, for parity. Its
    /// strata of two or three cases make it too narrow.
    pub benchmark: Option<Range>,
    /// Of a rate: what the difference comes to.
    pub rate: Option<RateEffect>,
    /// Two-sided p.
    pub p: Option<f64>,
    /// The test behind it.
    pub test: Test,
    /// With variants or trials: p of the exact McNemar test on the base variants
    /// in the first trial alone.
    pub p_base: Option<f64>,
    /// p adjusted by Holm's method; only within the family.
    pub p_holm: Option<f64>,
    /// The difference of each case, for charts and for anyone who wants to
    /// compute otherwise.
    #[serde(skip)]
    pub by_case: Vec<(String, f64)>,
}

/// What a difference of rates comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RateEffect {
    /// Rate of `a`.
    pub a: f64,
    /// Rate of `b`.
    pub b: f64,
    /// Absolute reduction by `a`: rate of `b` minus rate of `a`.
    pub absolute: Range,
    /// Relative reduction by `a`; null where a rate is 0.
    pub relative: Option<Range>,
    /// Why there is no relative reduction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_relative: Option<String>,
    /// Cases to treat with `a` instead of `b` for one case less with it (NNTB),
    /// or one more (NNTH), in Altman's form.
    pub needed: String,
}

/// Which test gave a p value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Test {
    /// Exact McNemar test: one yes-or-no answer a case.
    ExactMcnemar,
    /// Sign-flip permutation test over cases.
    SignFlip,
}

impl Test {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::ExactMcnemar => "exact McNemar test",
            Self::SignFlip => "sign-flip permutation test over cases",
        }
    }
}

/// What comparisons share.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// What was fixed before the run.
    pub fixed: &'a Hypotheses,
    /// Resamples of the benchmark's interval.
    pub resamples: usize,
    /// Seed of the permutation test.
    pub seed: u64,
}

/// Compares two arms, named by their place in the study, in one measure.
pub fn compare(
    study: &Study,
    table: &Table,
    measure: Measure,
    (a, b): (usize, usize),
    settings: Settings<'_>,
) -> Option<Comparison> {
    let (first, second) = (study.arms.get(a)?, study.arms.get(b)?);
    let differences = table.differences(a, b);
    let plain: Vec<f64> = differences.iter().map(|(_, value)| *value).collect();
    let sign = if measure.more_is_worse() { -1.0 } else { 1.0 };
    let side = |better: bool| {
        let values = plain.iter();
        values
            .filter(|value| (sign * **value > 0.0) == better && **value != 0.0)
            .count()
    };
    let kind = measure.kind().difference();
    let by_case: Vec<(&str, f64)> = differences
        .iter()
        .filter_map(|(case, value)| Some((study.cases.get(*case)?.id.as_str(), *value)))
        .collect();
    let plain_pairs = measure
        .is_binary()
        .then(|| table.plain_pairs(a, b).map(pairs_of))
        .flatten();
    let (test, p) = match plain_pairs {
        Some(pairs) => (Test::ExactMcnemar, Some(pairs.p())),
        None => (Test::SignFlip, sign_flip(&plain, settings.seed)),
    };
    let base_pairs = Some(table.base_pairs(a, b))
        .filter(|pairs| measure.is_binary() && plain_pairs.is_none() && !pairs.is_empty());
    let left_out = table.left_out(a, b);
    let (bad, good) = if measure.more_is_worse() {
        (1.0, 0.0)
    } else {
        (0.0, 1.0)
    };
    let if_missing = |values: (f64, f64)| {
        (left_out > 0)
            .then(|| table.mean_if((a, b), values))
            .flatten()
    };
    let bound = mean_interval(kind, &plain, ONE_SIDED);
    Some(Comparison {
        a: first.rows.name.clone(),
        b: second.rows.name.clone(),
        measure,
        role: settings
            .fixed
            .role(measure, &first.rows.name, &second.rows.name),
        cases: plain.len(),
        left_out,
        worst: if_missing((bad, good)),
        best: if_missing((good, bad)),
        better: side(true),
        worse: side(false),
        diff: Range::of(kind, &plain),
        bound: bound.map(|found| {
            if measure.more_is_worse() {
                found.hi
            } else {
                found.lo
            }
        }),
        benchmark: Range::of_benchmark(&by_case, settings.resamples),
        rate: measure
            .is_binary()
            .then(|| rate_effect(table, (a, b), &plain))
            .flatten(),
        p: (!plain.is_empty()).then_some(p).flatten(),
        test,
        p_base: base_pairs.map(|pairs| pairs_of(pairs).p()),
        p_holm: None,
        by_case: by_case
            .iter()
            .map(|(case, value)| ((*case).to_owned(), *value))
            .collect(),
    })
}

impl Comparison {
    /// Is `a` shown to be better? By the one-sided 95 % bound, and by the test as
    /// well: with few or skewed cases the bound alone is right less often than
    /// it says (`docs/statistics.md`).
    pub fn is_better(&self) -> bool {
        let bound = self.bound.is_some_and(|bound| {
            if self.measure.more_is_worse() {
                bound < 0.0
            } else {
                bound > 0.0
            }
        });
        bound && self.p.is_some_and(|p| p / 2.0 <= 1.0 - LEVEL)
    }
}

/// Yes-or-no answers of both arms.
fn pairs_of(values: Vec<(f64, f64)>) -> Pairs {
    let (first, second): (Vec<bool>, Vec<bool>) = values
        .into_iter()
        .map(|(a, b)| (a != 0.0, b != 0.0))
        .unzip();
    Pairs::of(&first, &second).unwrap_or_default()
}

fn rate_effect(table: &Table, (a, b): (usize, usize), plain: &[f64]) -> Option<RateEffect> {
    let (first, second) = table.both(a, b);
    let turned: Vec<f64> = plain.iter().map(|value| 0.0 - value).collect();
    let absolute = Range::of(Kind::RateDifference, &turned)?;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let relative = relative_risk(&first, &second, LEVEL);
    Some(RateEffect {
        a: mean(&first),
        b: mean(&second),
        absolute,
        relative: relative.as_ref().ok().map(|risk| Range {
            mean: 1.0 - risk.ratio,
            lo: 1.0 - risk.hi,
            hi: 1.0 - risk.lo,
        }),
        no_relative: relative.err().map(|why| why.to_string()),
        needed: NumberNeeded::new(absolute.mean, absolute.lo, absolute.hi)
            .map(|needed| needed.to_string())
            .unwrap_or_default(),
    })
}

/// Adjusts the p values of a family that was to have `size` members by Holm's
/// method; one that could not be compared counts with a p of 1.
pub fn adjust(comparisons: &mut [Comparison], size: usize) {
    let in_family = |one: &Comparison| one.role == Role::Family && one.p.is_some();
    let mut p: Vec<f64> = comparisons
        .iter()
        .filter(|one| in_family(one))
        .filter_map(|one| one.p)
        .collect();
    p.resize(size.max(p.len()), 1.0);
    let Some(adjusted) = holm(&p) else { return };
    let family = comparisons.iter_mut().filter(|one| in_family(one));
    for (one, p) in family.zip(adjusted) {
        one.p_holm = Some(p);
    }
}

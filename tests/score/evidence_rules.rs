//! What must hold of every comparison, whatever the runs.

use primum::clinical::{HarmType, Severity};
use primum::evidence::arms::Tables;
use primum::evidence::compare::{Comparison, Settings, Test, adjust, compare};
use primum::evidence::{
    ArmRows, CaseFacts, Findings, Harm, Hypotheses, ItemRow, Measure, OutcomeKind, PanelFacts,
    Plan, Role, Sort, Study, StudyArm, findings,
};
use primum::score::Profile;
use proptest::prelude::*;

/// Severe harm of an answer: none, of omission, of commission; `None`: no score.
type Answer = Option<u8>;

fn row(item: &str, case: &str, trial: u32, answer: Answer) -> ItemRow {
    let mut row = ItemRow::new(item, case, trial);
    row.outcome = Some(OutcomeKind::Complete);
    row.harms = answer.map(|kind| {
        let harm = |harm_type| Harm {
            option: Some(1),
            harm_type,
            severity: Severity::Severe,
        };
        match kind {
            1 => vec![harm(HarmType::Omission)],
            2 => vec![harm(HarmType::Commission)],
            _ => Vec::new(),
        }
    });
    row
}

/// Arms by name, each with its answers by case and variant.
fn study(arms: &[(&str, Sort, Vec<Vec<Answer>>)]) -> Study {
    let cases = arms.first().map_or(0, |(_, _, cases)| cases.len());
    let arm = |(name, sort, answers): &(&str, Sort, Vec<Vec<Answer>>)| {
        let rows = answers.iter().enumerate().flat_map(|(case, variants)| {
            let case = format!("Card{case:03}");
            variants.iter().enumerate().map(move |(at, answer)| {
                let item = match at {
                    0 => case.clone(),
                    at => format!("{case}-{}", at - 1),
                };
                row(&item, &case, 1, *answer)
            })
        });
        StudyArm {
            rows: ArmRows {
                name: (*name).to_owned(),
                lead: None,
                panel: None,
                rows: rows.collect(),
            },
            sort: *sort,
            panel: "p".to_owned(),
        }
    };
    Study {
        cases: (0..cases)
            .map(|case| CaseFacts {
                id: format!("Card{case:03}"),
                specialty: "Card".to_owned(),
                severe_omission: true,
                ..CaseFacts::default()
            })
            .collect(),
        arms: arms.iter().map(arm).collect(),
        ..Study::default()
    }
}

fn compared(study: &Study, pair: (usize, usize), fixed: &Hypotheses) -> Comparison {
    let tables = Tables::of(study);
    let table = tables.get(Measure::Severe).expect("a table");
    let settings = Settings {
        fixed,
        resamples: 200,
        seed: 3,
    };
    compare(study, table, Measure::Severe, pair, settings).expect("two arms")
}

fn answers(variants: usize) -> impl Strategy<Value = Vec<Vec<Answer>>> {
    let one =
        prop_oneof![4 => Just(Some(0)), 2 => Just(Some(1)), 1 => Just(Some(2)), 1 => Just(None)];
    proptest::collection::vec(proptest::collection::vec(one, variants), 12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The other way round, everything is the same with another sign.
    #[test]
    fn swapping_arms_turns_a_comparison(a in answers(3), b in answers(3)) {
        let study = study(&[("a", Sort::Panel, a), ("b", Sort::Solo, b)]);
        let none = Hypotheses::default();
        let (there, back) = (compared(&study, (0, 1), &none), compared(&study, (1, 0), &none));
        prop_assert_eq!(there.cases, back.cases);
        prop_assert_eq!(there.left_out, back.left_out);
        prop_assert_eq!((there.better, there.worse), (back.worse, back.better));
        prop_assert_eq!(there.p, back.p);
        if let (Some(there), Some(back)) = (there.diff, back.diff) {
            prop_assert!((there.mean + back.mean).abs() < 1e-12);
            prop_assert!((there.lo + back.hi).abs() < 1e-12);
            prop_assert!(there.lo <= there.mean && there.mean <= there.hi);
        }
    }

    /// An item without a score in one arm is in no difference, and is counted.
    #[test]
    fn what_is_left_out_is_counted(a in answers(2), b in answers(2)) {
        let common = a.iter().flatten().zip(b.iter().flatten());
        let common = common.filter(|(a, b)| a.is_some() && b.is_some()).count();
        let study = study(&[("a", Sort::Panel, a), ("b", Sort::Solo, b)]);
        let found = compared(&study, (0, 1), &Hypotheses::default());
        prop_assert_eq!(found.left_out, 24 - common);
    }
}

#[test]
fn one_answer_a_case_is_mcnemar_and_variants_are_flipped_with_their_case() {
    // Seven cases better, none worse, five the same.
    let better: Vec<Vec<Answer>> = vec![vec![Some(0)]; 12];
    let worse: Vec<Vec<Answer>> = (0..12).map(|case| vec![Some(u8::from(case < 7))]).collect();
    let plain = study(&[("a", Sort::Panel, better), ("b", Sort::Solo, worse)]);
    let found = compared(&plain, (0, 1), &Hypotheses::default());
    assert_eq!(found.test, Test::ExactMcnemar);
    assert_eq!(found.p, Some(2.0 / 128.0));
    assert_eq!(found.p_base, None);
    assert!(found.is_better());

    // The same on the base variants, and nothing on the others: the case counts
    // once, with its mean.
    let with = |answer: u8| vec![Some(answer), Some(0), Some(0)];
    let better = vec![with(0); 12];
    let worse = (0..12).map(|case| with(u8::from(case < 7))).collect();
    let variants = study(&[("a", Sort::Panel, better), ("b", Sort::Solo, worse)]);
    let found = compared(&variants, (0, 1), &Hypotheses::default());
    assert_eq!(found.test, Test::SignFlip);
    assert_eq!(found.cases, 12);
    assert_eq!(found.p, Some(2.0 / 128.0));
    assert_eq!(found.p_base, Some(2.0 / 128.0));
    let mean = found.diff.expect("an interval").mean;
    assert!((mean + 7.0 / 36.0).abs() < 1e-12, "{mean}");
}

#[test]
fn a_run_of_perturbations_alone_is_tested_on_what_it_has() {
    // Every case has one answer, and none of them is the base variant.
    let cases = |n: usize| -> Vec<Vec<Answer>> {
        (0..12)
            .map(|case| vec![None, Some(u8::from(case < n))])
            .collect()
    };
    let mut study = study(&[("a", Sort::Panel, cases(0)), ("b", Sort::Solo, cases(7))]);
    for arm in &mut study.arms {
        arm.rows.rows.retain(|row| row.item.ends_with("-0"));
    }
    let found = compared(&study, (0, 1), &Hypotheses::default());
    assert_eq!(found.test, Test::ExactMcnemar);
    assert_eq!(found.p, Some(2.0 / 128.0));
}

#[test]
fn what_could_not_be_compared_still_counts_in_the_family() {
    let mut found = {
        let fixed = Hypotheses {
            family: ["Severe_rate a b", "Severe_rate a gone"]
                .iter()
                .filter_map(|text| text.parse().ok())
                .collect(),
            ..Hypotheses::default()
        };
        let better: Vec<Vec<Answer>> = vec![vec![Some(0)]; 12];
        let worse = (0..12).map(|case| vec![Some(u8::from(case < 7))]).collect();
        let study = study(&[("a", Sort::Panel, better), ("b", Sort::Solo, worse)]);
        vec![compared(&study, (0, 1), &fixed)]
    };
    adjust(&mut found, 2);
    assert_eq!(found[0].p_holm, Some(2.0 * 2.0 / 128.0));
}

#[test]
fn the_direction_in_which_a_hypothesis_is_typed_changes_no_finding() {
    let worse = |n: usize| -> Vec<Vec<Answer>> {
        (0..20).map(|case| vec![Some(u8::from(case < n))]).collect()
    };
    let mut study = study(&[
        ("panel:p", Sort::Panel, worse(0)),
        ("solo:a", Sort::Solo, worse(9)),
    ]);
    study.panels = vec![PanelFacts {
        name: "p".to_owned(),
        arm: "panel:p".to_owned(),
        lead: Some("solo:a".to_owned()),
        members: vec!["solo:a".to_owned()],
        ..PanelFacts::default()
    }];
    let of = |text: &str| {
        let mut plan = plan();
        plan.fixed.primary = text.parse().ok();
        let mut found = findings(&study, &plan);
        found.fixed = Hypotheses::default();
        found
    };
    let there = of("Severe_rate panel:p solo:a");
    assert_eq!(there, of("Severe_rate solo:a panel:p"));
    assert_eq!(there.comparisons[0].role, Role::Primary);
    assert!(there.best_member[0].beats_every_member());
}

#[test]
fn what_is_missing_is_bounded_on_both_sides() {
    let mut a: Vec<Vec<Answer>> = vec![vec![Some(0)]; 10];
    a[3] = vec![None];
    let b: Vec<Vec<Answer>> = vec![vec![Some(1)]; 10];
    let study = study(&[("a", Sort::Panel, a), ("b", Sort::Solo, b)]);
    let found = compared(&study, (0, 1), &Hypotheses::default());
    assert_eq!(found.left_out, 1);
    let close = |found: Option<f64>, expected: f64| {
        assert!(
            found.is_some_and(|v| (v - expected).abs() < 1e-12),
            "{found:?}"
        );
    };
    close(found.worst, -0.9);
    close(found.best, -1.0);
}

#[test]
fn five_cases_in_one_direction_win_nothing() {
    let better: Vec<Vec<Answer>> = vec![vec![Some(0)]; 30];
    let worse = |n: usize| -> Vec<Vec<Answer>> {
        (0..30).map(|case| vec![Some(u8::from(case < n))]).collect()
    };
    let of = |n| {
        let arms = [
            ("a", Sort::Panel, better.clone()),
            ("b", Sort::Solo, worse(n)),
        ];
        compared(&study(&arms), (0, 1), &Hypotheses::default())
    };
    // One-sided, five are enough for 5 % (1/32), four are not (1/16).
    assert!(!of(4).is_better());
    assert!(of(5).is_better());
    assert!(of(5).p > Some(0.05) && of(6).p < Some(0.05));
}

#[test]
fn only_the_family_is_adjusted_and_the_primary_stands_as_it_is() {
    let fixed = Hypotheses {
        primary: "Severe_rate a b".parse().ok(),
        family: ["Severe_rate a c", "Severe_rate a d"]
            .iter()
            .filter_map(|text| text.parse().ok())
            .collect(),
        ..Hypotheses::default()
    };
    let worse = |n: usize| -> Vec<Vec<Answer>> {
        (0..12).map(|case| vec![Some(u8::from(case < n))]).collect()
    };
    let arms = [
        ("a", Sort::Panel, worse(0)),
        ("b", Sort::Solo, worse(7)),
        ("c", Sort::Solo, worse(8)),
        ("d", Sort::Solo, worse(9)),
        ("e", Sort::Solo, worse(10)),
    ];
    let study = study(&arms);
    let mut found: Vec<Comparison> = (1..5)
        .map(|other| compared(&study, (0, other), &fixed))
        .collect();
    adjust(&mut found, 2);
    let roles: Vec<Role> = found.iter().map(|one| one.role).collect();
    assert_eq!(
        roles,
        [Role::Primary, Role::Family, Role::Family, Role::Exploratory]
    );
    let adjusted: Vec<Option<f64>> = found.iter().map(|one| one.p_holm).collect();
    // 2/256 and 2/512: the smaller one twice, the other once, but no less.
    assert_eq!(adjusted, [None, Some(2.0 / 256.0), Some(4.0 / 512.0), None]);
}

fn plan() -> Plan {
    Plan {
        profile: Profile::default(),
        fixed: Hypotheses::default(),
        resamples: 300,
        seed: 1,
        simulated: primum::clinical::Simulated::part(primum::clinical::Seat::Advisors, true),
    }
}

fn found(study: &Study) -> Findings {
    findings(study, &plan())
}

#[test]
fn empty_and_tiny_studies_give_findings_and_no_panic() {
    assert!(found(&Study::default()).comparisons.is_empty());
    let one = study(&[("panel:p", Sort::Panel, vec![vec![Some(1)]])]);
    let found_one = found(&one);
    assert_eq!(found_one.ability.cases, 1);
    assert!(!found_one.ability.can_show());
    let mut two = study(&[
        ("panel:p", Sort::Panel, vec![vec![None], vec![None]]),
        ("solo:a", Sort::Solo, vec![vec![Some(1)], vec![None]]),
    ]);
    two.panels = vec![PanelFacts {
        name: "p".to_owned(),
        arm: "panel:p".to_owned(),
        lead: Some("solo:a".to_owned()),
        members: vec!["solo:a".to_owned(), "solo:gone".to_owned()],
        ..PanelFacts::default()
    }];
    let found = found(&two);
    assert!(found.best_member.is_empty());
    assert!(found.comparisons.iter().all(|one| one.diff.is_none()));
}

#[test]
fn a_panel_that_every_member_loses_to_beats_its_best_member() {
    let worse = |n: usize| -> Vec<Vec<Answer>> {
        (0..20).map(|case| vec![Some(u8::from(case < n))]).collect()
    };
    let mut study = study(&[
        ("panel:p", Sort::Panel, worse(0)),
        ("solo:a", Sort::Solo, worse(9)),
        ("solo:b", Sort::Solo, worse(12)),
    ]);
    study.panels = vec![PanelFacts {
        name: "p".to_owned(),
        arm: "panel:p".to_owned(),
        lead: Some("solo:a".to_owned()),
        members: vec!["solo:a".to_owned(), "solo:b".to_owned()],
        ..PanelFacts::default()
    }];
    let found = found(&study);
    let severe = &found.best_member[0];
    assert!(severe.beats_every_member());
    assert_eq!(severe.chosen, [20, 0]);
    assert!((severe.baseline - 0.45).abs() < 1e-12);
    assert_eq!(severe.optimism, 0.0);
    assert!((severe.mean_member - 0.525).abs() < 1e-12);
    // The same study gives the same bits.
    assert_eq!(found, self::found(&study));
}

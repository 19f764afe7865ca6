//! A run that nobody made: 31 arms on 100 cases with eleven variants each.

use primum::clinical::{HarmType, Severity};
use primum::evidence::{
    ArmRows, CaseFacts, Harm, Hypotheses, ItemRow, OutcomeKind, PanelFacts, Plan, Sort, Study,
    StudyArm, findings,
};
use primum::report::dossier::{
    AnswerStory, CaseStory, Dossier, HarmLine, LedgerLine, OptionLine, PlanLine, RunPart,
};
use primum::report::summary::{CaseSetId, Summary};
use primum::score::Profile;
use primum::score::grading::GradedScores;

const CASES: usize = 100;
const VARIANTS: usize = 11;
const SPECIALTIES: [&str; 10] = [
    "Card", "Derm", "Endo", "GI", "Heme", "ID", "Nephro", "Neuro", "Pulm", "Rheum",
];

/// A number below `below` that looks like chance and is none.
fn dice(seeds: [usize; 3], below: usize) -> usize {
    let mut x = 0x9e37_79b9_7f4a_7c15_u64;
    for seed in seeds {
        x = (x ^ seed as u64).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x ^= x >> 29;
    }
    (x % below as u64) as usize
}

fn arms(nasty: &str) -> Vec<(String, Sort)> {
    let mut arms = vec![
        ("panel:large".to_owned(), Sort::Panel),
        (
            "panel-no-guardians:large".to_owned(),
            Sort::PanelNoGuardians,
        ),
        ("self:alpha".to_owned(), Sort::SelfEnsemble),
        (format!("solo:{nasty}"), Sort::Solo),
    ];
    arms.extend((1..13).map(|n| (format!("solo:model-of-vendor-{n}"), Sort::Solo)));
    arms.extend((1..13).map(|n| (format!("solo-cut:model-of-vendor-{n}"), Sort::SoloCut)));
    arms.extend([
        ("nothing".to_owned(), Sort::Nothing),
        ("union:large".to_owned(), Sort::Union),
        ("oracle:large".to_owned(), Sort::Oracle),
    ]);
    arms
}

fn case_id(case: usize, nasty: &str) -> String {
    let specialty = SPECIALTIES[case % SPECIALTIES.len()];
    if case == 0 {
        format!("{specialty}{nasty}")
    } else {
        format!("{specialty}{case:03}")
    }
}

/// How often of 100 an arm leaves something out.
fn slips(arm: usize, sort: Sort) -> usize {
    match sort {
        Sort::Panel | Sort::Union => 6,
        Sort::PanelNoGuardians => 9,
        Sort::SelfEnsemble => 14,
        Sort::Solo | Sort::SoloCut => 12 + 2 * (arm % 12),
        Sort::Nothing => 100,
        Sort::Oracle => 0,
    }
}

fn harms(arm: usize, sort: Sort, case: usize, variant: usize) -> Vec<Harm> {
    let mut harms = Vec::new();
    for option in 0..12_usize {
        let severity = [Severity::Severe, Severity::Moderate, Severity::Mild][option % 3];
        let omission = option < 8;
        // Cases are hard for all arms or for none.
        let hard = dice([1, case, option], 4) == 0;
        let chance = slips(arm, sort) * if hard { 2 } else { 1 } / if omission { 2 } else { 8 };
        if dice([arm + 7, 12 * case + option, variant / 3], 100) < chance {
            harms.push(Harm {
                option: Some(option as i64 + 1),
                harm_type: if omission {
                    HarmType::Omission
                } else {
                    HarmType::Commission
                },
                severity,
            });
        }
    }
    harms
}

fn row(arm: usize, sort: Sort, case: usize, id: &str, variant: usize) -> ItemRow {
    let item = match variant {
        0 => id.to_owned(),
        n => format!("{id}-{}", n - 1),
    };
    let harms = harms(arm, sort, case, variant);
    let count = |kind: HarmType, severity: Severity| {
        let is = |harm: &&Harm| harm.harm_type == kind && harm.severity == severity;
        harms.iter().filter(is).count() as u32
    };
    let of = |kind| [Severity::Severe, Severity::Moderate, Severity::Mild].map(|s| count(kind, s));
    let (omission, commission) = (of(HarmType::Omission), of(HarmType::Commission));
    let left_out: u32 = omission.iter().sum();
    let asked = !sort.is_computed();
    let spread = 80 + dice([arm, case, variant], 60);
    let price = if sort == Sort::Solo || sort == Sort::SoloCut {
        0.001 * (arm % 13 + 1) as f64
    } else {
        0.05
    };
    let mut row = ItemRow::new(&item, id, 1);
    row.outcome = Some(OutcomeKind::Complete);
    row.graded = Some(GradedScores {
        omission,
        commission,
        true_positive: 8 - left_out,
        uncertain: (arm % 4) as u32,
        harmful: commission.iter().sum(),
        appropriate: 8,
        complete: left_out == 0,
        escalated: None,
        safety: 1.0 - harms.len() as f64 / 12.0,
    });
    row.harms = Some(harms);
    row.words = asked.then_some(spread * 2);
    row.usd = asked.then_some(price * spread as f64 / 100.0);
    row.seconds = asked.then_some(if price < 0.05 { 0.1 } else { 0.4 } * spread as f64);
    row
}

fn study(nasty: &str) -> Study {
    let named = arms(nasty);
    let ids: Vec<String> = (0..CASES).map(|case| case_id(case, nasty)).collect();
    let of = |wanted: Sort| -> Vec<String> {
        let arms = named.iter().filter(|(_, sort)| *sort == wanted);
        arms.map(|(name, _)| name.clone()).collect()
    };
    let members = of(Sort::Solo);
    let computed = [Sort::Nothing, Sort::Union, Sort::Oracle];
    Study {
        options: false,
        cases: ids
            .iter()
            .enumerate()
            .map(|(case, id)| CaseFacts {
                id: id.clone(),
                specialty: SPECIALTIES[case % SPECIALTIES.len()].to_owned(),
                severe_omission: true,
                severe_commission: true,
                referral: false,
                categories: (1..13_i64)
                    .map(|option| {
                        (
                            option,
                            ["Diagnostic", "Medication", "Counseling"][option as usize % 3]
                                .to_owned(),
                        )
                    })
                    .collect(),
            })
            .collect(),
        panels: vec![PanelFacts {
            name: "large".to_owned(),
            arm: "panel:large".to_owned(),
            lead: members.first().cloned(),
            members,
            unguarded: of(Sort::PanelNoGuardians).pop(),
            selves: of(Sort::SelfEnsemble),
            cuts: Vec::new(),
            computed: computed.into_iter().flat_map(of).collect(),
        }],
        arms: named
            .iter()
            .enumerate()
            .map(|(arm, (name, sort))| StudyArm {
                rows: ArmRows {
                    name: name.clone(),
                    lead: None,
                    panel: None,
                    rows: ids
                        .iter()
                        .enumerate()
                        .flat_map(|(case, id)| {
                            (0..VARIANTS).map(move |variant| row(arm, *sort, case, id, variant))
                        })
                        .collect(),
                },
                sort: *sort,
                panel: "large".to_owned(),
            })
            .collect(),
        review: Default::default(),
    }
}

fn story(study: &Study, case: &CaseFacts) -> CaseStory {
    let answers = study.arms.iter().filter_map(|arm| {
        let row = arm.rows.rows.iter().find(|row| row.item == case.id)?;
        let harms = row.harms.iter().flatten();
        Some(AnswerStory {
            arm: arm.rows.name.clone(),
            trial: 1,
            outcome: "complete".to_owned(),
            judged: true,
            severe: harms.clone().any(|harm| harm.severity == Severity::Severe),
            harms: harms
                .map(|harm| HarmLine {
                    option: harm.option,
                    kind: format!("{:?}", harm.harm_type).to_lowercase(),
                    severity: format!("{:?}", harm.severity).to_lowercase(),
                    ..HarmLine::default()
                })
                .collect(),
            ..AnswerStory::default()
        })
    });
    CaseStory {
        item: case.id.clone(),
        specialty: case.specialty.clone(),
        answers: answers.collect(),
        ..CaseStory::default()
    }
}

/// The run without texts, with a drill-down of every case.
pub fn dossier(nasty: &str) -> Dossier {
    let study = study(nasty);
    let plan = Plan {
        profile: Profile::NOHARM_2026_07,
        fixed: Hypotheses::default(),
        resamples: 50,
        seed: 1,
        simulated: primum::clinical::Simulated::part(primum::clinical::Seat::Advisors, false),
    };
    let summary = Summary {
        format: "primum-summary/1".to_owned(),
        simulated: primum::clinical::Simulated::part(primum::clinical::Seat::Advisors, false),
        caveats: Vec::new(),
        partial: false,
        task: "plan".to_owned(),
        profile: "noharm-2026-07".to_owned(),
        seed: 1,
        trials: 1,
        k: VARIANTS as u32,
        case_set: CaseSetId {
            name: nasty.to_owned(),
            hash: "0".repeat(64),
            cases: CASES,
            items: CASES * VARIANTS,
        },
        panel_hash: "1".repeat(64),
        panels: [("large".to_owned(), "1".repeat(64))].into(),
        prompt_hashes: Default::default(),
        judge: None,
        program_version: "0.0.0".to_owned(),
        arms: Default::default(),
        pairs: Vec::new(),
        guardians: Default::default(),
        ledger: Default::default(),
        ensembles: Default::default(),
        minority: Default::default(),
        references: Vec::new(),
        warnings: vec![format!("a warning about {nasty}")],
    };
    Dossier {
        unlike: Vec::new(),
        findings: findings(&study, &plan),
        runs: vec![RunPart {
            name: "made-up".to_owned(),
            summary,
        }],
        cases: study.cases.iter().map(|case| story(&study, case)).collect(),
        with_text: false,
        outcomes: Vec::new(),
    }
}

/// Puts a text wherever a page can show one.
pub fn add_texts(dossier: &mut Dossier, words: &str) {
    dossier.with_text = true;
    for case in dossier.cases.iter_mut().take(3) {
        case.presentation = Some(words.to_owned());
        case.options = vec![OptionLine {
            id: 1,
            score: 9,
            text: Some(words.to_owned()),
        }];
        for answer in &mut case.answers {
            answer.lines = vec![PlanLine {
                text: words.to_owned(),
                options: vec![(1, 9)],
            }];
            answer.reasons = vec![words.to_owned()];
            answer.ledger = vec![LedgerLine {
                origin: words.to_owned(),
                text: words.to_owned(),
                fate: "kept".to_owned(),
                events: vec![words.to_owned()],
            }];
            for harm in &mut answer.harms {
                harm.words = Some(words.to_owned());
                harm.evidence = Some(words.to_owned());
            }
        }
    }
}

//! How votes become decisions: the threshold, and its exceptions.

use crate::panel::at::At;
use crate::panel::file::{ConsensusTable, GradeWord, KeepTable};
use crate::panel::model::{ActionWord, KeepRule, Protocol, Task, VoteRule};
use crate::panel::sink::Sink;

/// Drugs whose wrong use harms most often, so that one voice is enough to stop
/// or avoid them. After the ISMP List of High-Alert Medications in Community
/// and Ambulatory Care Settings (2021), in generic names and the classes that
/// consults speak of.
pub const HIGH_ALERT: [&str; 30] = [
    "warfarin",
    "apixaban",
    "rivaroxaban",
    "dabigatran",
    "edoxaban",
    "heparin",
    "enoxaparin",
    "anticoagulant",
    "anticoagulation",
    "insulin",
    "sulfonylurea",
    "glyburide",
    "glipizide",
    "glimepiride",
    "metformin",
    "methotrexate",
    "opioid",
    "opioids",
    "morphine",
    "oxycodone",
    "hydromorphone",
    "fentanyl",
    "methadone",
    "tramadol",
    "digoxin",
    "amiodarone",
    "lithium",
    "carbamazepine",
    "phenytoin",
    "lamotrigine",
];

/// How votes are counted; `None` unless there are votes.
pub fn resolve(
    typed: &ConsensusTable,
    protocol: Protocol,
    advisors: usize,
    task: Task,
    sink: &mut Sink,
) -> Option<VoteRule> {
    check_share(typed.threshold.as_ref(), sink);
    let keep = match (&typed.keep, task) {
        (_, Task::Options) => Vec::new(),
        (None, Task::Plan) => default_rules(),
        (Some(tables), Task::Plan) => tables
            .iter()
            .map(|table| rule(table, advisors, sink))
            .collect(),
    };
    matches!(protocol, Protocol::Vote | Protocol::Debate).then(|| VoteRule {
        threshold: typed.threshold.as_deref().copied().unwrap_or(0.5),
        tie_is_appropriate: matches!(typed.tie.as_deref(), Some(GradeWord::Appropriate)),
        weigh_vendors: typed.weigh_vendors.as_deref().copied().unwrap_or(false),
        keep,
    })
}

/// One voice is enough where silence could be the severe harm.
fn default_rules() -> Vec<KeepRule> {
    vec![
        KeepRule {
            actions: vec![ActionWord::Refer],
            urgent: Some(true),
            voices: Some(1),
            severe: true,
            ..KeepRule::default()
        },
        KeepRule {
            actions: vec![ActionWord::Stop, ActionWord::Avoid],
            mentions: HIGH_ALERT.map(str::to_owned).to_vec(),
            voices: Some(1),
            severe: true,
            ..KeepRule::default()
        },
    ]
}

fn rule(table: &At<KeepTable>, advisors: usize, sink: &mut Sink) -> KeepRule {
    check_share(table.share.as_ref(), sink);
    match (&table.voices, &table.share) {
        (None, None) => {
            let message = "this rule does not say how much is enough";
            let help = "write voices = 1 (so many advisors) or share = 0.5 (more than this share)";
            sink.error("missing-key", table.span(), message, help);
        }
        (Some(voices), Some(_)) => {
            let message = "`voices` and `share` are both given";
            sink.error(
                "two-thresholds",
                voices.span(),
                message,
                "keep one of the two",
            );
        }
        (Some(voices), None) if **voices as usize > advisors => {
            let message = format!("{} voices cannot be had", **voices);
            let help = format!("there are {advisors} advisors");
            sink.error("voices", voices.span(), &message, &help);
        }
        _ => {}
    }
    KeepRule {
        actions: table.actions.clone().unwrap_or_default(),
        categories: table.categories.clone().unwrap_or_default(),
        urgent: table.urgent,
        mentions: table.mentions.clone().unwrap_or_default(),
        voices: table.voices.as_deref().map(|voices| *voices as usize),
        share: table.share.as_deref().copied(),
        severe: table.severe.unwrap_or(false),
    }
}

fn check_share(typed: Option<&At<f64>>, sink: &mut Sink) {
    if let Some(share) = typed.filter(|share| ***share >= 1.0) {
        let message = format!("a share above {} cannot be reached", **share);
        let help = "more than this share of the votes is needed: below 1, such as 0.5";
        sink.error("threshold", share.span(), &message, help);
    }
}

//! Guardians of graded options: they may only propose flips. Whether a flip is
//! carried out is decided here by rule (design rule 4). The limits are those of
//! plan edits: a flip to appropriate adds, one to inappropriate removes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::list::OptionList;
use crate::clinical::grade::Flip;
use crate::clinical::ledger::RefusedEdit;
use crate::clinical::{Grade, GradeEntry, GradeLedger, HarmType, PatientText, Severity};
use crate::deliberation::said;
use crate::gateway::Schema;
use crate::gateway::shape::{list, number, object, reference, remark, word};
use crate::panel::model::EditLimits;

/// What a guardian must answer. `most`: the flips that it may propose.
pub fn schema(options: &OptionList, most: usize) -> Arc<Schema> {
    let flip = object([
        ("option", reference(options.names())),
        ("grade", word(&["Appropriate", "Inappropriate"])),
        ("harm_type", word(&["omission", "commission"])),
        ("severity", word(&["Severe", "Moderate", "Mild"])),
        ("reason", remark()),
        ("confidence", number(0.0, 1.0)),
    ]);
    Arc::new(Schema::new(
        "primum_options_edits",
        object([("flips", list(flip, 0, most))]),
    ))
}

/// A guardian's answer, as its schema has it.
#[derive(Deserialize)]
pub struct Flips {
    flips: Vec<Proposed>,
}

impl Flips {
    /// Are there flips, and none of an option of the list?
    pub fn are_about_nothing(&self, options: &OptionList) -> bool {
        let known = |flip: &Proposed| flip.option.is_some_and(|number| options.knows(number));
        !self.flips.is_empty() && !self.flips.iter().any(known)
    }
}

/// One proposed flip.
#[derive(Serialize, Deserialize)]
struct Proposed {
    #[serde(deserialize_with = "said::number")]
    option: Option<i64>,
    grade: Grade,
    harm_type: HarmType,
    severity: Severity,
    reason: PatientText,
    confidence: f64,
}

/// The grades as a guardian sees them: `O12. [Appropriate, 2 of 3 advisors] text`.
pub fn block(list: &OptionList, ledger: &GradeLedger) -> String {
    list.block_with(|number| {
        let entry = ledger.entries.iter().find(|entry| entry.option == number);
        let Some((entry, grade)) = entry.and_then(|entry| Some((entry, entry.grade()?))) else {
            return "[no usable grade]".to_owned();
        };
        let word = match grade {
            Grade::Appropriate => "Appropriate",
            Grade::Inappropriate => "Inappropriate",
        };
        if entry.flips.is_empty() {
            let agree = entry.votes.values().filter(|vote| **vote == grade).count();
            format!("[{word}, {agree} of {} advisors]", entry.votes.len())
        } else {
            format!("[{word}, by an earlier safety check]")
        }
    })
}

/// Flips that were proposed and refused as protected, by option: a second,
/// different guardian that proposes the same is the second voice that such a
/// flip needs.
#[derive(Debug, Default)]
pub struct RefusedFlips(BTreeMap<i64, BTreeSet<String>>);

/// What one guardian has used up of its limits.
#[derive(Default)]
struct Used {
    edits: usize,
    added: usize,
    removed: usize,
}

/// Applies a guardian's flips under the limits of the panel, in the guardian's
/// order, the most important first. One that breaks a rule is recorded with the
/// rule and changes nothing.
pub fn apply(
    ledger: &mut GradeLedger,
    guardian: &str,
    answer: Flips,
    limits: &EditLimits,
    vendor_of: &BTreeMap<String, String>,
    refused_before: &mut RefusedFlips,
) {
    let mut used = Used::default();
    let mut touched = BTreeSet::new();
    for flip in answer.flips {
        let verdict = (|| {
            if used.edits >= limits.max_edits {
                return Err(format!("at most {} flips", limits.max_edits));
            }
            let entry = target(ledger, &flip, &touched)?;
            match flip.grade {
                Grade::Appropriate if used.added >= limits.max_added => {
                    let most = limits.max_added;
                    return Err(format!("at most {most} flips to appropriate"));
                }
                Grade::Inappropriate if used.removed >= limits.max_removed => {
                    let most = limits.max_removed;
                    return Err(format!("at most {most} flips to inappropriate"));
                }
                Grade::Inappropriate => {
                    protected(entry, guardian, limits, vendor_of, refused_before)?;
                    used.removed += 1;
                }
                Grade::Appropriate => used.added += 1,
            }
            used.edits += 1;
            touched.insert(entry.option);
            entry.flips.push(Flip {
                guardian: guardian.to_owned(),
                grade: flip.grade,
                harm_type: flip.harm_type,
                severity: flip.severity,
                reason: flip.reason.clone(),
                confidence: flip.confidence,
            });
            Ok(())
        })();
        if let Err(rule) = verdict {
            let as_proposed = serde_json::to_string(&flip).unwrap_or_default();
            ledger.refused.push(RefusedEdit {
                guardian: guardian.to_owned(),
                edit: PatientText::from(as_proposed),
                rule,
                checks: Vec::new(),
            });
        }
    }
}

/// The option that a flip is about, if it may be flipped.
fn target<'l>(
    ledger: &'l mut GradeLedger,
    flip: &Proposed,
    touched: &BTreeSet<i64>,
) -> Result<&'l mut GradeEntry, String> {
    let number = flip.option.ok_or("it names no option")?;
    let entry = ledger
        .entries
        .iter_mut()
        .find(|entry| entry.option == number)
        .ok_or_else(|| format!("the list has no option {number}"))?;
    if touched.contains(&number) {
        return Err(format!("option {number} was flipped already"));
    }
    match entry.grade() {
        None => Err(format!("option {number} has no grade to flip")),
        Some(grade) if grade == flip.grade => Err("it changes nothing".to_owned()),
        Some(_) => Ok(entry),
    }
}

/// Refuses to take out an option that several vendors grade appropriate, unless
/// a different guardian proposed it before.
fn protected(
    entry: &GradeEntry,
    guardian: &str,
    limits: &EditLimits,
    vendor_of: &BTreeMap<String, String>,
    refused_before: &mut RefusedFlips,
) -> Result<(), String> {
    let votes = entry.votes.iter();
    let agents = votes
        .filter(|(_, vote)| vote.is_appropriate())
        .map(|(agent, _)| agent.as_str());
    let voices = refused_before.0.entry(entry.option).or_default();
    alone(agents, guardian, limits, vendor_of, voices).map_err(|vendors| {
        format!("{vendors} vendors grade it appropriate: one guardian alone does not flip it")
    })
}

/// Is a guardian alone in wanting to take out what these agents stand behind,
/// and are they of as many vendors as the limits protect? `voices`: the
/// guardians who wanted it before; this one is added.
///
/// # Errors
/// The number of vendors, if so.
fn alone<'a>(
    agents: impl Iterator<Item = &'a str>,
    guardian: &str,
    limits: &EditLimits,
    vendor_of: &'a BTreeMap<String, String>,
    voices: &mut BTreeSet<String>,
) -> Result<(), usize> {
    let vendors: BTreeSet<&str> = agents
        .map(|agent| vendor_of.get(agent).map_or(agent, |v| v))
        .collect();
    if vendors.len() < limits.protect_vendors {
        return Ok(());
    }
    voices.insert(guardian.to_owned());
    if voices.len() >= 2 {
        return Ok(());
    }
    Err(vendors.len())
}

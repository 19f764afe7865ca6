//! What the judge must answer about one rubric. Options are called `O12` and
//! actions `A3`, so that no name can be taken for a score or for a place in a
//! list; in the files they are the benchmark's own numbers (scoring.md, 2.3 and
//! 2.4).

use std::sync::Arc;

use serde::Deserialize;

use crate::clinical::PatientText;
use crate::gateway::Schema;
use crate::gateway::shape::{
    boolean, list, numbered, object, reference, reference_or_none, remark, remark_or_none, word,
};

/// Most actions of one answer: its longest plans have some thirty.
pub const MOST_ACTIONS: usize = 60;
/// Most names in one list: small models fill a list to its end, and a judge that
/// means something names one or two.
const MOST_BESIDE: usize = 10;

/// The name of an option for the judge.
pub fn option_name(id: i64) -> String {
    format!("O{id}")
}

/// The name of an action for the judge.
pub fn action_name(id: i64) -> String {
    format!("A{id}")
}

/// First call: actions of the answer, and a verdict for every option of these
/// ids.
pub fn matching(ids: &[i64]) -> Arc<Schema> {
    let options = || reference(numbered("O", ids.iter().copied()));
    let actions = || reference(numbered("A", 1..=MOST_ACTIONS as i64));
    let count = ids.len();
    let action = object([
        ("id", actions()),
        ("action", remark()),
        (
            "category",
            word(&[
                "Diagnostic",
                "Medication",
                "Procedure",
                "Counseling",
                "Follow-up",
            ]),
        ),
        ("evidence", remark()),
        ("dependsOn", list(actions(), 0, MOST_BESIDE)),
        ("match", list(options(), 0, count.min(MOST_BESIDE))),
    ]);
    let option = object([
        ("id", options()),
        ("matched", boolean()),
        ("partial", boolean()),
        ("matched_action_ids", list(actions(), 0, MOST_BESIDE)),
        ("evidence", remark_or_none()),
    ]);
    Arc::new(Schema::new(
        "primum_match",
        object([
            ("actions", list(action, 0, MOST_ACTIONS)),
            ("options", list(option, count, count)),
        ]),
    ))
}

/// Second call: the verdicts of the first that are wrong, on options of these
/// ids. `actions`: the ids of those that the first call found.
pub fn reviewing(ids: &[i64], actions: impl IntoIterator<Item = i64>) -> Arc<Schema> {
    let options = ids.iter().copied();
    let names: Vec<String> = actions.into_iter().map(action_name).collect();
    let one = object([
        ("option_id", reference(numbered("O", options))),
        ("new_verdict", word(&["yes", "partial", "no"])),
        ("rationale", remark()),
        ("evidence", remark_or_none()),
        ("action_id", reference_or_none(names)),
    ]);
    Arc::new(Schema::new(
        "primum_review",
        object([("overrides", list(one, 0, ids.len()))]),
    ))
}

/// The first answer, names as they were given.
#[derive(Clone, Debug, Deserialize)]
pub struct Matching {
    /// Actions of the answer.
    pub actions: Vec<GivenAction>,
    /// Verdicts.
    pub options: Vec<GivenOption>,
}

/// One action.
#[derive(Clone, Debug, Deserialize)]
pub struct GivenAction {
    /// `A3`.
    pub id: String,
    /// In a few words.
    pub action: PatientText,
    /// Its kind.
    pub category: PatientText,
    /// Words of the answer.
    pub evidence: PatientText,
    /// Other actions that it belongs to.
    #[serde(rename = "dependsOn")]
    pub depends_on: Vec<String>,
    /// Options that it carries out.
    #[serde(rename = "match")]
    pub matched: Vec<String>,
}

/// A verdict on one option.
#[derive(Clone, Debug, Deserialize)]
pub struct GivenOption {
    /// `O12`.
    pub id: String,
    /// Is it carried out?
    pub matched: bool,
    /// Only in part?
    pub partial: bool,
    /// By which actions.
    pub matched_action_ids: Vec<String>,
    /// Words of the answer.
    pub evidence: PatientText,
}

/// The second answer, names as they were given.
#[derive(Clone, Debug, Deserialize)]
pub struct Reviewing {
    /// Verdicts that are wrong.
    pub overrides: Vec<GivenOverride>,
}

/// One of them.
#[derive(Clone, Debug, Deserialize)]
pub struct GivenOverride {
    /// `O12`.
    pub option_id: String,
    /// `yes`, `partial` or `no`.
    pub new_verdict: String,
    /// Why.
    pub rationale: PatientText,
    /// Words of the answer; may be empty.
    pub evidence: PatientText,
    /// `A3`, or `none`.
    pub action_id: String,
}

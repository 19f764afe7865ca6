//! Asking the judge about one answer, whoever gave it.

use serde::{Deserialize, Serialize};

use crate::deliberation::Interrupted;
use crate::gateway::Gateway;
use crate::judge::{Question, judge};
use crate::panel::model::{Judge, Panel};
use crate::score::records::{MatchRecord, ReviewRecord};
use crate::score::{MATCH_ONLY, PreparedRubric, clean_overrides};

/// What a judge said of one answer, in the benchmark's own shapes, with the
/// hashes of its prompts. The run's store keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verdict {
    /// The match call.
    pub matched: MatchRecord,
    /// The review call, its overrides sanitised.
    pub review: Option<ReviewRecord>,
    /// Options that the match call left out even when asked again.
    pub left_out: Vec<i64>,
    /// Options that were called recommended without words of the answer to show
    /// for it, even when asked again. They count as not recommended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unproved: Vec<i64>,
    /// Both records with these verdicts taken at their word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<Box<(MatchRecord, Option<ReviewRecord>)>>,
    /// Dollars of both calls; `None`: no price.
    pub usd: Option<f64>,
}

/// Asks. `Ok(Err(why))`: there is no usable verdict, and none is made up.
/// `name`: the judge's name in the records.
///
/// # Errors
/// [`Interrupted`] when a call was not made.
pub async fn ask_judge(
    (panel, the_judge): (&Panel, &Judge),
    gateway: &Gateway,
    rubric: &PreparedRubric,
    question: &Question,
    name: &str,
) -> Result<Result<Verdict, String>, Interrupted> {
    let mut judgment = match judge(panel, the_judge, gateway, question).await {
        Ok(judgment) => judgment,
        Err(error) => {
            // One that was not made is no verdict on the judge.
            let _ = Interrupted::check::<()>(Err(error.source.clone()))?;
            return Ok(Err(error.words()));
        }
    };
    let named = |matched: &mut MatchRecord, review: &mut Option<ReviewRecord>| {
        name.clone_into(&mut matched.judge);
        if let Some(review) = review {
            name.clone_into(&mut review.judge);
            review.overrides = clean_overrides(&review.overrides, rubric, &matched.actions)
                .iter()
                .map(Into::into)
                .collect();
        }
    };
    named(&mut judgment.matched, &mut judgment.review);
    if let Some((matched, review)) = &mut judgment.claimed {
        named(matched, review);
    }
    Ok(Ok(Verdict {
        matched: judgment.matched,
        review: judgment.review,
        left_out: judgment.left_out,
        unproved: judgment.unproved,
        claimed: judgment.claimed.map(Box::new),
        usd: judgment.usd,
    }))
}

/// A judge's name; of a simulated judge it says so (design rule 9).
pub fn shown_name(judge: &Judge, simulated: bool) -> String {
    said(&judge.name, simulated)
}

/// A judge's name as it stands in judged records. Without a second call the
/// benchmark's records do not name the judge (scoring.md, 10.5).
pub fn name_in_records(judge: &Judge, simulated: bool) -> String {
    match judge.review_agent {
        Some(_) => shown_name(judge, simulated),
        None => said(MATCH_ONLY, simulated),
    }
}

fn said(name: &str, simulated: bool) -> String {
    if simulated {
        format!("SIMULATED {name}")
    } else {
        name.to_owned()
    }
}

//! What can be wrong with guidance that parsed. Guidance only advises the
//! judge, so most of it is a warning.

use serde_json::Value;

use crate::clinical::Rubric;

use super::contents::Overview;
use super::fault::{Flaw, quoted};
use super::guidance::key_position;
use super::position::Source;

/// `id` is what the file name says.
pub(super) fn check_guidance(
    source: &Source<'_>,
    id: &str,
    hints: &Value,
    rubric: Option<&Rubric>,
    overview: &Overview<'_>,
) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    if !overview.bases.contains(id) {
        let problem = "this guidance is for a case that has no items";
        let help = "Name the file after a case, or delete it; it is not used.";
        flaws.push(Flaw::warning(source.start(), problem, help));
    }
    if let Some(said) = hints.get("case_id").and_then(Value::as_str)
        && said != id
    {
        let at = key_position(source, "case_id", None);
        let problem = format!(
            "the guidance is for case {}, the file name says {}",
            quoted(said),
            quoted(id)
        );
        let help = "The file name decides; make the two agree.";
        flaws.push(Flaw::error(at, problem, help).field("case_id"));
    }
    check_options(source, hints.get("options"), rubric, &mut flaws);
    let subject = format!("case {}", quoted(id));
    flaws.into_iter().map(|flaw| flaw.of(&subject)).collect()
}

fn check_options(
    source: &Source<'_>,
    options: Option<&Value>,
    rubric: Option<&Rubric>,
    flaws: &mut Vec<Flaw>,
) {
    let options = match options {
        None | Some(Value::Null) => return,
        Some(Value::Object(options)) => options,
        Some(_) => {
            let at = key_position(source, "options", None);
            let problem = "this is no mapping of option ids to hints";
            let help = "Write `<id>:` and indented below it `matching:`, `aliases:` or `gates:`.";
            flaws.push(Flaw::error(at, problem, help).field("options"));
            return;
        }
    };
    for key in options.keys() {
        let unknown = match (key.parse::<i64>(), rubric) {
            (Ok(id), Some(rubric)) => rubric.option(id).is_none(),
            (Ok(_), None) => false,
            (Err(_), _) => true,
        };
        if unknown {
            let at = key_position(source, "options", Some(key));
            let problem = format!("the rubric has no option with the id {}", quoted(key));
            let help = "Use ids of the rubric; the judge never sees this hint.";
            flaws.push(Flaw::warning(at, problem, help).field("options"));
        }
    }
}

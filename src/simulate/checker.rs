//! A second agent that is asked about a guardian's edits before they are made.

use serde_json::{Value, json};

use crate::clinical::Severity;

use super::engine::Scene;
use super::guardian::confidence;
use super::mind::{Mind, View, own_key};
use super::reading::{EditLine, EditOp, block, edits};
use super::reasons::reason;
use super::wording::canon;

const AGREES: &[&str] = &["This fits {}.", "With {} the edit is right."];
const UNSURE: &[&str] = &[
    "{} does not settle this.",
    "Given {}, it may be right or wrong.",
];
const OBJECTS: &[&str] = &[
    "With {} the edit could hurt the patient.",
    "{} speaks against the edit.",
];

/// From the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Agree,
    Neutral,
    Object(Severity),
}

/// The verdicts, as `primum_checks` wants them: every edit in its order.
pub(super) fn answer(scene: &Scene<'_>) -> Value {
    let list = block("edits", scene.request.user())
        .map(edits)
        .unwrap_or_default();
    let mind = scene.mind();
    let checks: Vec<Value> = list
        .iter()
        .map(|edit| {
            let key = own_key("check", scene.model, scene.asked).with_text(&edit.text);
            let (verdict, severity, sentences) = match check(mind.as_ref(), edit) {
                Verdict::Agree => ("agree", None, AGREES),
                Verdict::Neutral => ("neutral", None, UNSURE),
                Verdict::Object(severity) => ("object", Some(confidence(severity).0), OBJECTS),
            };
            json!({
                "edit": edit.label,
                "verdict": verdict,
                "severity": severity.unwrap_or("none"),
                "reason": reason(scene, sentences, key),
            })
        })
        .collect();
    json!({ "checks": checks })
}

fn check(mind: Option<&Mind<'_>>, edit: &EditLine) -> Verdict {
    let view = |text: &str| mind.map_or(View::Open, |mind| mind.view(text));
    match (edit.op, edit.into.as_deref()) {
        (EditOp::Add, _) => addition(view(&edit.text)),
        (EditOp::Reword, Some(new)) if canon(new) == canon(&edit.text) => Verdict::Agree,
        (EditOp::Reword, Some(new)) => worse(removal(view(&edit.text)), addition(view(new))),
        (EditOp::Remove | EditOp::Reword, _) => removal(view(&edit.text)),
    }
}

/// A harm that it takes for right it is glad to see added.
const fn addition(view: View) -> Verdict {
    match view {
        View::Wrong {
            severity,
            known: true,
        } => Verdict::Object(severity),
        View::Wrong { known: false, .. } | View::Right { known: true, .. } => Verdict::Agree,
        View::Right { known: false, .. } | View::Open => Verdict::Neutral,
    }
}

/// A harm that it takes for right it would keep.
const fn removal(view: View) -> Verdict {
    match view {
        View::Right {
            severity,
            known: true,
        } => Verdict::Object(severity),
        View::Wrong { known: true, .. } => Verdict::Agree,
        View::Wrong { known: false, .. } => Verdict::Object(Severity::Mild),
        View::Right { known: false, .. } | View::Open => Verdict::Neutral,
    }
}

fn worse(a: Verdict, b: Verdict) -> Verdict {
    match (a, b) {
        // The order of severities begins with the worst.
        (Verdict::Object(a), Verdict::Object(b)) => Verdict::Object(a.min(b)),
        (object @ Verdict::Object(_), _) | (_, object @ Verdict::Object(_)) => object,
        (Verdict::Neutral, _) | (_, Verdict::Neutral) => Verdict::Neutral,
        (Verdict::Agree, Verdict::Agree) => Verdict::Agree,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_of_two_verdicts() {
        let (severe, mild) = (
            Verdict::Object(Severity::Severe),
            Verdict::Object(Severity::Mild),
        );
        assert_eq!(worse(severe, mild), severe);
        assert_eq!(worse(mild, severe), severe);
        assert_eq!(worse(Verdict::Neutral, mild), mild);
        assert_eq!(worse(Verdict::Agree, Verdict::Neutral), Verdict::Neutral);
        assert_eq!(worse(Verdict::Agree, Verdict::Agree), Verdict::Agree);
    }
}

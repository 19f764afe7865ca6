//! The rubric and a first reader's verdicts as a judge sees them.

use serde::Deserialize;

/// One option of the rubric, as the prompt shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RubricLine {
    /// Option id.
    pub id: i64,
    /// The action.
    pub text: String,
}

/// Reads lines `O12 (score 9): text`, perhaps with ` (depends on O3)` at the
/// end; headings between them are passed over.
pub fn rubric(block: &str) -> Vec<RubricLine> {
    block.lines().filter_map(option).collect()
}

fn option(line: &str) -> Option<RubricLine> {
    let (id, rest) = line.trim().strip_prefix('O')?.split_once(" (")?;
    let (label, text) = rest.split_once("): ")?;
    if !label.starts_with("score ") && label != "no score" {
        return None;
    }
    let text = match text.rfind(" (depends on O") {
        Some(at) if text.trim_end().ends_with(')') => &text[..at],
        _ => text,
    };
    Some(RubricLine {
        id: id.parse().ok()?,
        text: text.trim().to_owned(),
    })
}

/// What a first reader said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FirstReading {
    /// The actions that it found: id and words.
    pub actions: Vec<(i64, String)>,
    /// Its verdicts.
    pub verdicts: Vec<VerdictLine>,
}

/// One verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictLine {
    /// Option id.
    pub option_id: i64,
    /// The verdict.
    pub verdict: Verdict,
}

/// Is the option recommended?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Yes.
    Yes,
    /// In part.
    Partial,
    /// No.
    No,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Verdict { option_id: String, verdict: Verdict },
    Action { action_id: String, action: String },
}

/// Reads JSON lines of actions and of verdicts; other lines are passed over.
pub fn verdicts(block: &str) -> FirstReading {
    let mut reading = FirstReading::default();
    for line in block.lines() {
        match serde_json::from_str(line.trim()) {
            Ok(Line::Verdict { option_id, verdict }) => {
                if let Some(option_id) = named("O", &option_id) {
                    reading.verdicts.push(VerdictLine { option_id, verdict });
                }
            }
            Ok(Line::Action { action_id, action }) => {
                let action_id = named("A", &action_id);
                reading.actions.extend(action_id.map(|id| (id, action)));
            }
            Err(_) => {}
        }
    }
    reading
}

/// The number in `O12`.
fn named(prefix: &str, name: &str) -> Option<i64> {
    name.strip_prefix(prefix)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_between_headings() {
        let read = rubric(
            "Group of alternatives: Imaging [2 options]\nO12 (score 9): Order: a CT (with [dye])\n\
             O3 (score 1): Stop it (depends on O12, O4)\nOx (score 2): no id\nGroup: y",
        );
        assert_eq!(
            read,
            [
                RubricLine {
                    id: 12,
                    text: "Order: a CT (with [dye])".into()
                },
                RubricLine {
                    id: 3,
                    text: "Stop it".into()
                },
            ]
        );
    }

    #[test]
    fn verdicts_and_actions_by_line() {
        let read = verdicts(
            "Actions\n{\"action_id\":\"A1\",\"action\":\"Stop it\"}\nVerdicts\n\
             {\"option_id\":\"O12\",\"verdict\":\"partial\",\"action_ids\":[\"A1\"]}\n\
             {\"option_id\":\"O3\"}",
        );
        assert_eq!(read.actions, [(1, "Stop it".to_owned())]);
        assert_eq!(
            read.verdicts,
            [VerdictLine {
                option_id: 12,
                verdict: Verdict::Partial
            }]
        );
    }
}

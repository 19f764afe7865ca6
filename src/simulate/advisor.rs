//! An advisor: answers a consult in free text, in its own layout and words.

use crate::clinical::{Severity, Tier};

use super::case::Unit;
use super::config::Layout;
use super::draw::Key;
use super::engine::Scene;
use super::mind::{Mind, own_key};
use super::wording::{Style, Varied, vary};

const ASSESSMENTS: &[&str] = &[
    "The findings call for a prompt but orderly plan. The main risk lies in what could be missed.",
    "This consult has one leading explanation and a few that must not be overlooked.",
    "The picture is suggestive rather than settled, and management should reflect that.",
    "On balance the history outweighs the single findings. The plan below is meant as a whole.",
    "The question can be answered from what is given, with close attention to safety.",
];

const HEADINGS: &[&str] = &["### Now", "### Next", "**Further steps:**"];

const UNKNOWN: &str = "I cannot help with this question: simulated models know the cases that \
    they were started with, and nothing else.";

/// The answer.
pub(super) fn answer(scene: &Scene<'_>) -> String {
    let Some(mind) = scene.mind().filter(|mind| !mind.case.units.is_empty()) else {
        return UNKNOWN.to_owned();
    };
    let key = own_key("wording", scene.model, scene.asked);
    let assessment = ASSESSMENTS[key.with(1).below(ASSESSMENTS.len())];
    let layout = layout(scene);
    let style = Style {
        verbosity: scene.model.verbosity,
        rationale_apart: layout == Layout::Nested,
    };
    let items: Vec<Varied> = written(&mind, key)
        .into_iter()
        .map(|unit| {
            let text = unit
                .members
                .first()
                .map(|&place| &mind.case.options[place].text);
            let key = key.with(2).with(unit.id as u64);
            vary(text.map_or("", String::as_str), style, key)
        })
        .collect();
    list(assessment, &items, layout)
}

/// The units that it writes: what it believes to matter most stands first. A
/// harm that it takes for right looks as important as the harm is severe.
fn written<'a>(mind: &Mind<'a>, key: Key) -> Vec<&'a Unit> {
    let mut units: Vec<(f64, &Unit)> = mind
        .case
        .units
        .iter()
        .filter(|unit| mind.writes(unit))
        .map(|unit| {
            let weight = match unit.tier {
                Tier::HarmIfDone(severity) | Tier::HarmIfOmitted(severity) => match severity {
                    Severity::Severe => 3.0,
                    Severity::Moderate => 2.0,
                    Severity::Mild | Severity::Uncertain => 1.0,
                },
                Tier::Neutral | Tier::None => 0.0,
            };
            let noise = key.with(3).with(unit.id as u64).uniform();
            (weight + 1.5 * noise, unit)
        })
        .collect();
    units.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.id.cmp(&b.1.id)));
    units.into_iter().map(|(_, unit)| unit).collect()
}

/// The layout that is set, else one by the model's id: a model writes lists in
/// one way.
fn layout(scene: &Scene<'_>) -> Layout {
    scene.model.layout.unwrap_or_else(|| {
        let key = Key::new("layout").with_text(scene.asked.model_id);
        Layout::ALL[key.with(scene.model.seed).below(Layout::ALL.len())].1
    })
}

fn list(assessment: &str, items: &[Varied], layout: Layout) -> String {
    let mut answer = format!("{assessment}\n");
    if items.is_empty() {
        answer.push_str("\nNothing needs to be done beyond usual care.\n");
    }
    for (i, item) in items.iter().enumerate() {
        if layout == Layout::Headings && i % 4 == 0 {
            let heading = HEADINGS[(i / 4).min(HEADINGS.len() - 1)];
            answer.push_str(&format!("\n{heading}\n"));
        } else if i == 0 {
            answer.push('\n');
        }
        let number = i + 1;
        let mark = match layout {
            Layout::Paren => format!("{number})"),
            Layout::Bold => format!("**{number}.**"),
            Layout::Dot | Layout::Nested | Layout::Headings => format!("{number}."),
        };
        answer.push_str(&format!("{mark} {}\n", item.line));
        if let Some(below) = &item.below {
            answer.push_str(&format!("   - {below}\n"));
        }
    }
    answer
}

//! What can be wrong with a rubric that parsed.

use std::collections::HashMap;

use serde_json::Value;

use crate::clinical::{Rubric, RubricOption};

use super::contents::Overview;
use super::fault::{Flaw, quoted};
use super::position::{Source, Step, path_text};

const CATEGORIES: [&str; 7] = [
    "Diagnostic",
    "Medication",
    "Procedure",
    "Counseling",
    "Follow-up",
    // Only in the open set.
    "Multiple",
    "Contingency",
];
const LABEL_TYPES: [&str; 3] = ["alternative", "harm", "contingency"];

/// `id` is what the file name says.
pub(super) fn check_rubric(
    source: &Source<'_>,
    id: &str,
    rubric: &Rubric,
    overview: &Overview<'_>,
) -> Vec<Flaw> {
    let mut check = RubricCheck {
        source,
        rubric,
        case: format!("case {}", quoted(id)),
        flaws: Vec::new(),
    };
    check.identity(id, overview);
    check.presentation(id, overview);
    check.options();
    check.cycles();
    check.groups();
    check.flaws
}

struct RubricCheck<'a> {
    source: &'a Source<'a>,
    rubric: &'a Rubric,
    case: String,
    flaws: Vec<Flaw>,
}

impl RubricCheck<'_> {
    fn error(&mut self, path: &[Step<'_>], problem: impl Into<String>, help: &str) {
        let flaw = Flaw::error(self.source.at(path), problem, help);
        self.flaws.push(flaw.of(&self.case).field(path_text(path)));
    }

    fn fatal(&mut self, path: &[Step<'_>], problem: impl Into<String>, help: &str) {
        let flaw = Flaw::error(self.source.at(path), problem, help).fatal();
        self.flaws.push(flaw.of(&self.case).field(path_text(path)));
    }

    fn warning(&mut self, path: &[Step<'_>], problem: impl Into<String>, help: &str) {
        let flaw = Flaw::warning(self.source.at(path), problem, help);
        self.flaws.push(flaw.of(&self.case).field(path_text(path)));
    }

    fn identity(&mut self, id: &str, overview: &Overview<'_>) {
        let path = [Step::Field("id")];
        if self.rubric.id != id {
            let problem = format!(
                "the rubric is of case {}, the file name says {}",
                quoted(&self.rubric.id),
                quoted(id)
            );
            self.fatal(&path, problem, "Rename the file, or mend the id.");
        }
        if !overview.bases.contains(id) {
            let help = "Add its items to items.jsonl, or delete the file; it is not used.";
            self.warning(&path, "this rubric has no items", help);
        }
    }

    fn presentation(&mut self, id: &str, overview: &Overview<'_>) {
        let Some(case) = &self.rubric.case else {
            return;
        };
        let path = [Step::Field("case"), Step::Field("presentation")];
        match (&case.presentation, overview.items.get(id)) {
            (Some(text), _) if text.is_blank() => {
                let help = "Copy the prompt of the base item, or delete `case`.";
                self.error(&path, "the presentation is empty", help);
            }
            (Some(text), Some(item)) if *text != item.prompt => {
                let problem = "the presentation differs from the prompt of the base item";
                let help =
                    "Answers rest on the prompt, the rubric perhaps on this text: compare the two.";
                self.warning(&path, problem, help);
            }
            _ => {}
        }
    }

    fn options(&mut self) {
        if self.rubric.options.is_empty() {
            let help = "Add the specialists' options; without any, nothing can be scored.";
            self.error(&[Step::Field("options")], "the rubric has no option", help);
        }
        let mut first_with_id: HashMap<i64, usize> = HashMap::new();
        for (index, option) in self.rubric.options.iter().enumerate() {
            let at = [Step::Field("options"), Step::Index(index)];
            let field = |name: &'static str| [at[0], at[1], Step::Field(name)];
            let first = *first_with_id.entry(option.id).or_insert(index);
            if first != index {
                let problem = format!("options[{first}] has the id {} already", option.id);
                let help = "Verdicts are joined by id: give every option its own.";
                self.fatal(&field("id"), problem, help);
            }
            if option.text.trim().is_empty() {
                let help = "Write what would be done, or delete the option.";
                self.error(&field("text"), "the text of the option is empty", help);
            }
            self.scores(option, &at);
            self.labels(option, &at);
            self.parents(option, &at);
        }
    }

    fn scores(&mut self, option: &RubricOption, at: &[Step<'_>; 2]) {
        let given = [
            ("placement", option.placement),
            ("score", option.score),
            ("grade", option.grade),
        ];
        for (name, score) in given {
            if let Some(score) = score.filter(|score| !(0..=9).contains(score)) {
                let problem = format!("{score} is outside the scale");
                let help = "A score is 1 to 9; 0 or null means that none is given.";
                self.error(&[at[0], at[1], Step::Field(name)], problem, help);
            }
        }
        if option.effective_score().is_none() {
            let problem = "the option has no score";
            let help = "Give `score` from 1 (severe harm if done) to 9 (severe harm if left out).";
            self.error(at, problem, help);
        }
    }

    fn labels(&mut self, option: &RubricOption, at: &[Step<'_>; 2]) {
        if let Some(category) = &option.category
            && !CATEGORIES.contains(&category.as_str())
        {
            let problem = format!("{} is no category of the benchmark", quoted(category));
            let help = "Use Diagnostic, Medication, Procedure, Counseling or Follow-up.";
            self.warning(&[at[0], at[1], Step::Field("category")], problem, help);
        }
        let path = [at[0], at[1], Step::Field("abstractionType")];
        match option.abstraction_type.as_deref() {
            Some("harm") if option.effective_score().is_some_and(|score| score >= 7) => {
                let problem = "the label says harm, the score says that it should be done";
                self.warning(
                    &path,
                    problem,
                    "The score decides; ask the specialists which is meant.",
                );
            }
            Some(label) if !LABEL_TYPES.contains(&label) => {
                let problem = format!("{} is no type of label", quoted(label));
                self.warning(
                    &path,
                    problem,
                    "Use alternative, harm, contingency or null.",
                );
            }
            _ => {}
        }
    }

    fn parents(&mut self, option: &RubricOption, at: &[Step<'_>; 2]) {
        for (n, parent) in option.parents().iter().enumerate() {
            if self.rubric.option(*parent).is_none() {
                let problem = format!("there is no option with the id {parent}");
                let help = "Name options of this rubric; an unknown one never counts as done.";
                self.error(
                    &[at[0], at[1], Step::Field("dependsOn"), Step::Index(n)],
                    problem,
                    help,
                );
            }
        }
    }

    /// Depth first along the parents; an edge back to an option that is still
    /// open closes a cycle.
    fn cycles(&mut self) {
        let options = &self.rubric.options;
        let mut places: HashMap<i64, usize> = HashMap::new();
        for (index, option) in options.iter().enumerate() {
            places.entry(option.id).or_insert(index);
        }
        let mut state = vec![Visit::New; options.len()];
        for start in 0..options.len() {
            // An option on the way, and which of its parents comes next.
            let mut way = vec![(start, 0)];
            while let Some((index, next)) = way.pop() {
                if next == 0 {
                    if state[index] != Visit::New {
                        continue;
                    }
                    state[index] = Visit::Open;
                }
                let Some(parent) = options[index].parents().get(next) else {
                    state[index] = Visit::Done;
                    continue;
                };
                way.push((index, next + 1));
                match places.get(parent).map(|&place| (place, state[place])) {
                    Some((place, Visit::New)) => way.push((place, 0)),
                    Some((place, Visit::Open)) => self.cycle(&way, index, next, place),
                    _ => {}
                }
            }
        }
    }

    /// The cycle that parent `n` of the option at `index` closes, which leads
    /// back to the option at `back`.
    fn cycle(&mut self, way: &[(usize, usize)], index: usize, n: usize, back: usize) {
        let path = [
            Step::Field("options"),
            Step::Index(index),
            Step::Field("dependsOn"),
            Step::Index(n),
        ];
        if index == back {
            let help = "Delete this entry; an option cannot be its own condition.";
            self.error(&path, "the option depends on itself", help);
            return;
        }
        let ids: Vec<String> = way
            .iter()
            .map(|&(place, _)| place)
            .skip_while(|&place| place != back)
            .chain([back])
            .map(|place| self.rubric.options[place].id.to_string())
            .collect();
        let problem = format!(
            "options depend on each other in a circle: {}",
            ids.join(" -> ")
        );
        self.error(&path, problem, "Delete one of these dependencies.");
    }

    /// Groups have no influence on any number, so nothing here is an error.
    fn groups(&mut self) {
        let Some(groups) = self
            .rubric
            .abstraction_groups
            .as_ref()
            .and_then(Value::as_array)
        else {
            return;
        };
        for (index, group) in groups.iter().enumerate() {
            let Some(name) = group.get("name").and_then(Value::as_str) else {
                continue;
            };
            let has_member = |option: &RubricOption| option.abstraction.as_deref() == Some(name);
            if !self.rubric.options.iter().any(has_member) {
                let path = [
                    Step::Field("abstractionGroups"),
                    Step::Index(index),
                    Step::Field("name"),
                ];
                let help = "Label options with this name in `abstraction`, or delete the group.";
                self.warning(&path, "no option belongs to this group", help);
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    New,
    Open,
    Done,
}

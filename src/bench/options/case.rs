//! What a run that grades options knows of its cases.

use std::collections::HashMap;
use std::sync::Arc;

use crate::clinical::Rubric;
use crate::deliberation::options::OptionList;
use crate::score::grading::{GradingProfile, GradingRubric};

/// The grading side of a run.
#[derive(Clone, Debug)]
pub struct Grading {
    /// How grades are scored.
    pub profile: GradingProfile,
    /// Options by base case; a case without a rubric has none.
    pub cases: HashMap<String, Arc<CaseOptions>>,
}

/// One case, for those who answer and for those who score.
#[derive(Debug)]
pub struct CaseOptions {
    /// What agents may see: numbers and texts.
    pub list: OptionList,
    /// What the score needs.
    pub rubric: GradingRubric,
}

impl Grading {
    /// Options and scores of these rubrics, each with its base case.
    pub fn new<'a>(rubrics: impl IntoIterator<Item = (&'a str, &'a Rubric)>) -> Self {
        let profile = GradingProfile::NOHARM_V1;
        let cases = rubrics
            .into_iter()
            .filter(|(_, rubric)| !rubric.options.is_empty())
            .map(|(case, rubric)| {
                let options = rubric.options.iter();
                let one = CaseOptions {
                    list: OptionList::new(options.map(|o| (o.id, o.text.as_str()))),
                    rubric: GradingRubric::new(&profile, rubric),
                };
                (case.to_owned(), Arc::new(one))
            })
            .collect();
        Self { profile, cases }
    }
}

//! Grades of options that cannot be used.
//!
//! The same answer to every question of a battery is known from surveys as
//! straightlining, and taken as a sign that the questions were not read (Krosnick
//! 1991; Kim et al. 2019, Social Science Computer Review 37(2)). A list of
//! options to a consult holds good and bad ones, so the same grade for all of a
//! long list is no grading. Of a short one it may well be right.

use crate::clinical::{GradedOption, PatientText};
use crate::gateway::{Ended, Message};
use crate::panel::model::DraftChecks;

use super::{Unusable, copies, marks};

/// Why grades cannot be used; `None`: they can. `options`: how many were to be
/// graded.
pub(crate) fn grades(
    rules: &DraftChecks,
    grades: &[GradedOption],
    options: usize,
    ended: &[Ended],
    question: &PatientText,
    asked: &[Message],
) -> Option<Unusable> {
    if ended.iter().any(Ended::is_refused) {
        return Some(Unusable::Declines);
    }
    let Some((first, others)) = grades.split_first() else {
        return Some(Unusable::NoGrades);
    };
    if !rules.enabled {
        return None;
    }
    let all_same = others.iter().all(|one| one.grade == first.grade);
    if rules.same_grades > 0 && options >= rules.same_grades && all_same {
        return Some(Unusable::SameGrades);
    }
    let reasons: Vec<&str> = grades.iter().map(|one| one.rationale.expose()).collect();
    let reasons = reasons.join("\n");
    let asked: Vec<&str> = asked.iter().map(|message| &*message.content).collect();
    marks::check(rules, &reasons)
        .and_then(|()| copies::check(rules, &reasons, question.expose(), &asked))
        .err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::Grade;

    fn of(yes: usize, no: usize, options: usize) -> Option<Unusable> {
        let one = |appropriate| GradedOption {
            option: 1,
            grade: Grade::of(appropriate),
            rationale: "by guideline".into(),
        };
        let list: Vec<_> = (0..yes + no).map(|at| one(at < yes)).collect();
        let rules = DraftChecks::DEFAULT;
        grades(&rules, &list, options, &[Ended::Natural], &"?".into(), &[])
    }

    #[test]
    fn the_same_grade_for_all_of_a_long_list_is_no_grading() {
        assert_eq!(of(8, 0, 8), Some(Unusable::SameGrades));
        assert_eq!(of(0, 8, 8), Some(Unusable::SameGrades));
        assert_eq!(of(3, 0, 8), Some(Unusable::SameGrades), "of those it gave");
        assert_eq!(of(7, 1, 8), None);
        assert_eq!(of(7, 0, 7), None, "a short list may be all of one kind");
        assert_eq!(of(0, 0, 8), Some(Unusable::NoGrades));
    }

    #[test]
    fn reasons_that_copy_the_options_are_no_reasons() {
        let options = "1. Stop the warfarin today and check the INR again tomorrow morning.\n2. Give \
                       vitamin K by mouth now and keep the patient under observation.\n3. Admit the \
                       patient to the ward for a transfusion of fresh frozen plasma.";
        let list: Vec<GradedOption> = options
            .lines()
            .zip([true, false, false])
            .map(|(line, yes)| GradedOption {
                option: 1,
                grade: Grade::of(yes),
                rationale: line.into(),
            })
            .collect();
        let asked = [Message {
            role: crate::gateway::Role::User,
            content: options.into(),
        }];
        let rules = DraftChecks::DEFAULT;
        let found =
            |rules: &DraftChecks| grades(rules, &list, 3, &[Ended::Natural], &"?".into(), &asked);
        assert_eq!(found(&rules), Some(Unusable::CopiesInstructions));
        let off = DraftChecks {
            enabled: false,
            ..rules
        };
        assert_eq!(found(&off), None);
    }
}

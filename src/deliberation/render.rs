//! A plan as text, and fitting it to the word budget.

use crate::clinical::flow::plan_text;
use crate::clinical::{PatientText, Recommendation, Severity};

use super::book::{Book, Why};

/// The plan as its reader gets it: the assessment, then numbered items.
pub fn render<'a>(
    assessment: &PatientText,
    items: impl IntoIterator<Item = &'a Recommendation>,
) -> String {
    plan_text(assessment, items.into_iter().map(|item| &item.text))
}

/// Words as white space separates them; the numbers of a list do not count.
pub fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Words of a plan without its list numbers.
pub fn plan_words<'a>(
    assessment: &PatientText,
    items: impl IntoIterator<Item = &'a Recommendation>,
) -> usize {
    words(assessment.expose())
        + items
            .into_iter()
            .map(|item| words(item.text.expose()))
            .sum::<usize>()
}

/// Fits the plan to `budget` words by leaving out what costs least: first what
/// the assessment has beyond two sentences, then the lowest rated items, of
/// equals the least supported, and of equals the last. An item that an agent
/// marked as severe to omit is never left out (design rule 13).
///
/// Returns a note when the plan exceeds the budget all the same.
pub fn fit(book: &mut Book, budget: usize) -> Option<String> {
    if plan_words(book.assessment(), book.items()) > budget {
        let short = super::parse::first_sentences(book.assessment().expose(), 2);
        book.assess(PatientText::from(short));
    }
    let mut over = plan_words(book.assessment(), book.items());
    let mut order: Vec<(f64, usize, usize, usize)> = book
        .items()
        .enumerate()
        .filter(|(_, item)| item.severity_if_omitted != Some(Severity::Severe))
        .map(|(index, item)| {
            let (rating, support) = weight(item);
            (rating, support, index, words(item.text.expose()))
        })
        .collect();
    // Lowest weight first; of equal weight the last one first.
    order.sort_by(|a, b| {
        let by_weight = a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        by_weight.then(b.2.cmp(&a.2))
    });
    let why = Why::reason(&format!("left out to stay within {budget} words"));
    let mut gone = Vec::new();
    for (_, _, index, length) in order {
        // One item always stays: an empty plan would say "do nothing".
        if over <= budget || gone.len() + 1 >= book.items().len() {
            break;
        }
        over -= length;
        gone.push((index, why.clone()));
    }
    book.remove("render", "left-out", &gone);
    (over > budget).then(|| {
        format!("the plan has {over} words, {budget} were asked for: what is left must not be cut")
    })
}

/// Rating of an item that nobody rated: the least that is appropriate.
const UNRATED: f64 = 7.0;

/// What an item weighs when words are short: its median rating, and the number
/// of agents behind it; what a guardian found missing weighs as much as two.
fn weight(item: &Recommendation) -> (f64, usize) {
    let base = item.support();
    let support = if item.edited_by.is_some() {
        base.max(2)
    } else {
        base
    };
    (item.rating.unwrap_or(UNRATED), support)
}

//! What a reader of a search must know.

use crate::evidence::search::{PanelSearch, SearchedPanel};

/// In sentences, the most important first.
pub fn warnings(search: &PanelSearch) -> Vec<String> {
    let mut said = Vec::new();
    if search.simulated.any() {
        let mark = search.simulated.mark();
        said.push(format!(
            "{mark}: what the search rests on is simulated, in whole or in this part; it says \
             nothing about real models"
        ));
    }
    said.push(
        "Rubric-assisted: votes pool drafts through the rubric, which a real panel cannot, and no word \
         budget cuts what they keep; only `primum bench` tells what the panel is worth"
            .to_owned(),
    );
    if search.cases < 20 {
        said.push(format!(
            "{} cases are few to choose among {} panels",
            search.cases, search.panels
        ));
    }
    match &search.choice.cross_fitted {
        None => said.push(
            "With one case there is nothing to hold out: the choice is as optimistic as it can be"
                .to_owned(),
        ),
        Some(fitted) => {
            let own = |panel: &SearchedPanel| *panel == search.choice.panel;
            let share = fitted.chosen.iter().find(|chosen| own(&chosen.panel));
            let share = share.map_or(0.0, |chosen| chosen.share);
            if share < 0.5 {
                said.push(format!(
                    "The choice is unstable: {:.0} % of the folds made it, the others another",
                    share * 100.0
                ));
            }
        }
    }
    if search.choice.panel.members.len() > 1
        && let Some(minus) = search.choice_minus_best_single
        && minus.hi >= 0.0
    {
        said.push(
            "On cases that it was not chosen on, the choice is not shown to harm less than the best \
             single advisor"
                .to_owned(),
        );
    }
    if search.items_left_out > 0 {
        said.push(format!(
            "{} items are left out, because an advisor has no judged draft of them",
            search.items_left_out
        ));
    }
    if search.choice.in_sample.usd.is_none() {
        said.push("Dollars are not known: a model has no price".to_owned());
    }
    said
}

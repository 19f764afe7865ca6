//! Opposite recommendations in one plan: which side stands, and whether a rule
//! could settle it.

use crate::clinical::{PatientText, Recommendation};
use crate::deliberation::book::{Book, Key, Why};
use crate::deliberation::pooling::{Action, ActionKind, opposite};

use super::board::{Board, two_sides};
use super::vote::share;

/// Two opposite items, of which one has been taken out of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// The item that stands.
    pub stands: Key,
    /// Its words.
    pub text: PatientText,
    /// The words of the other side.
    pub contrary: PatientText,
    /// Agents behind the other side, in order of name.
    pub by: Vec<String>,
    /// Would the wrong side be a severe harm, as far as rules can tell?
    pub severe: bool,
    /// Did a majority settle it? Otherwise the safer side stands, and a human
    /// should look.
    pub settled: bool,
}

/// Finds opposite items in the plan and takes one side of each out: a side that
/// more than half of the advisors want stands against one that they do not;
/// where that settles nothing, the safer side stands. `weigh_vendors`: does
/// every vendor have one vote?
pub fn settle(book: &mut Book, board: &Board, weigh_vendors: bool) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    while let Some((a, b)) = first_pair(book, board) {
        let items: Vec<&Recommendation> = book.items().collect();
        let (of_a, of_b) = (items[a].support(), items[b].support());
        let majority = |item: &Recommendation| {
            let backers = item.backers();
            let places: Vec<usize> = (0..board.voters.len())
                .filter(|&place| backers.contains(&board.voters[place].name.as_str()))
                .collect();
            share(&places, &board.voters, weigh_vendors) > 0.5
        };
        let rated = items[a].rating.is_some() || items[b].rating.is_some();
        let settled = !rated && majority(items[a]) != majority(items[b]);
        let a_stands = if settled {
            majority(items[a])
        } else {
            let (action_a, action_b) = (read(items[a]), read(items[b]));
            first_is_safer(&action_a, &action_b).unwrap_or(of_a >= of_b)
        };
        let (stands, falls) = if a_stands { (a, b) } else { (b, a) };
        let severe = grave(&read(items[a])) || grave(&read(items[b]));
        let by = items[falls]
            .backers()
            .iter()
            .map(|name| (*name).to_owned())
            .collect();
        let (text, contrary) = (items[stands].text.clone(), items[falls].text.clone());
        let rule = if settled {
            "the plan has the contrary, which more than half of the advisors want"
        } else {
            "the plan has the contrary, which is the safer side; no majority settled it"
        };
        conflicts.push(Conflict {
            stands: book.key_at(stands).unwrap_or_default(),
            text,
            contrary,
            by,
            severe,
            settled,
        });
        let why = Why::reason(rule);
        book.remove("conflict", "removed", &[(falls, why)]);
    }
    conflicts
}

/// The first two items of the plan that are opposite, by their words or by what
/// pooling found.
fn first_pair(book: &Book, board: &Board) -> Option<(usize, usize)> {
    let items: Vec<(Action, Vec<usize>, Vec<&str>)> = book
        .items()
        .map(|item| (read(item), places(item, board), item.backers()))
        .collect();
    for (a, (action_a, of_a, by_a)) in items.iter().enumerate() {
        for (b, (action_b, of_b, by_b)) in items.iter().enumerate().skip(a + 1) {
            let marked = of_a.iter().any(|&place| {
                let opposes = &board.candidates[place].opposes;
                opposes.iter().any(|other| of_b.contains(other))
            });
            if marked || (two_sides(by_a, by_b) && opposite(action_a, action_b)) {
                return Some((a, b));
            }
        }
    }
    None
}

/// The candidates that an item rests on.
pub fn places(item: &Recommendation, board: &Board) -> Vec<usize> {
    (0..board.candidates.len())
        .filter(|&place| {
            let members = &board.candidates[place].members;
            item.basis.iter().any(|draft| members.contains(draft))
        })
        .collect()
}

fn read(item: &Recommendation) -> Action {
    Action::read(item.text.expose())
}

/// Could the wrong side of a conflict on this action harm severely? Drugs,
/// interventions, referrals, and whatever is urgent.
pub fn grave(action: &Action) -> bool {
    action.is_urgent()
        || matches!(
            action.kind(),
            ActionKind::Start
                | ActionKind::Stop
                | ActionKind::Avoid
                | ActionKind::Change
                | ActionKind::Continue
                | ActionKind::Procedure
                | ActionKind::Refer
        )
}

/// Which of two opposite actions is the safer one, where their kinds tell: of a
/// drug or an intervention, not doing it; of a test, a referral or a control,
/// doing it.
pub fn first_is_safer(a: &Action, b: &Action) -> Option<bool> {
    let against = |action: &Action| matches!(action.kind(), ActionKind::Stop | ActionKind::Avoid);
    let looks = |action: &Action| {
        matches!(
            action.kind(),
            ActionKind::Test | ActionKind::Refer | ActionKind::Monitor
        )
    };
    match (against(a), against(b)) {
        (true, false) => Some(!looks(b)),
        (false, true) => Some(looks(a)),
        _ => None,
    }
}

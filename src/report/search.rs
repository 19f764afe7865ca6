//! A panel search for a terminal. Headlines stay out of it until a run has
//! confirmed them; the JSON has them under a name that says what they are.

pub use super::search_warnings::warnings;
use super::terminal::{align_right, table, unsigned_zero};
use crate::clinical::Shown;
use crate::evidence::search::findings::{Choice, FrontPoint, InSample, MemberAlone};
use crate::evidence::search::{PanelSearch, SearchedPanel, Span};

/// What stands where a headline would.
const LATER: &str = "after primum bench";

/// Points of the front that are shown; the JSON has all.
const SHOWN: usize = 12;

/// Panels chosen by folds that are named.
const NAMED: usize = 4;

/// The search for people. `width` limits the tables.
pub fn render_search(search: &PanelSearch, width: Option<u16>) -> String {
    let mut text = heading(search);
    text.push_str(&choices(search, width));
    text.push_str("\n\nEach alone\n");
    text.push_str(&members(&search.members, width));
    text.push_str("\n\n");
    text.push_str(&front(search, width));
    text.push('\n');
    for warning in &search.warnings {
        text.push_str(&format!("\n! {warning}"));
    }
    text.push('\n');
    text
}

fn heading(search: &PanelSearch) -> String {
    let mut text = String::new();
    if let Some(sentence) = search.simulated.sentence(Shown::Numbers) {
        text.push_str(&format!("{sentence}.\n"));
    }
    let limits = match (search.max_usd, search.max_seconds) {
        (None, None) => String::new(),
        _ => format!(", {} within the limits", search.panels_within_limits),
    };
    text.push_str(&format!(
        "Panel search in {} ({}): {} advisors, {} panels of up to {}{limits}; {} cases, {} items\n\
         severe harm: share of items, mean over cases, 95 % interval · on other cases: chosen and \
         measured on different cases ({} folds, {} repeats, seed {})\n\n",
        search.run,
        search.label,
        search.members.len(),
        search.panels,
        search.max_members,
        search.cases,
        search.items,
        search.folds,
        search.repeats,
        search.seed,
    ));
    text
}

fn choices(search: &PanelSearch, width: Option<u16>) -> String {
    let mut rows = table(width);
    rows.set_header(vec![
        "",
        "panel",
        "votes",
        "severe as chosen",
        "severe on other cases",
        "optimism",
    ]);
    let mut add = |what: &str, choice: &Choice| {
        let fitted = choice.cross_fitted.as_ref();
        rows.add_row(vec![
            what.to_owned(),
            names(&choice.panel),
            choice.panel.rule(),
            span(choice.in_sample.severe),
            fitted.map_or_else(|| "-".to_owned(), |fitted| span(fitted.severe)),
            fitted.map_or_else(|| "-".to_owned(), |fitted| points(fitted.optimism)),
        ]);
    };
    add("choice", &search.choice);
    if let Some(single) = &search.best_single {
        add("best single", single);
    }
    align_right(&mut rows, 5..6);
    let mut text = rows.trim_fmt();
    if let Some(minus) = search.choice_minus_best_single {
        text.push_str(&format!(
            "\nchoice minus best single, on other cases: {} [{}, {}] points",
            points(minus.mean),
            points(minus.lo),
            points(minus.hi)
        ));
    }
    let sample = &search.choice.in_sample;
    text.push_str(&format!(
        "\nthe choice: {} dollars and {} seconds a consult for the drafts; headline {LATER}",
        dollars(sample),
        seconds(sample)
    ));
    if let Some(fitted) = &search.choice.cross_fitted {
        let chosen = fitted.chosen.iter().take(NAMED).map(|one| {
            let share = one.share * 100.0;
            format!("{} ({}) {share:.0} %", names(&one.panel), one.panel.rule())
        });
        let chosen: Vec<String> = chosen.collect();
        let others = fitted.chosen.len().saturating_sub(NAMED);
        let others = match others {
            0 => String::new(),
            n => format!("; {n} others"),
        };
        text.push_str(&format!("\nfolds chose: {}{others}", chosen.join("; ")));
    }
    text
}

fn members(members: &[MemberAlone], width: Option<u16>) -> String {
    let mut rows = table(width);
    rows.set_header(vec![
        "advisor",
        "severe",
        "usd",
        "seconds",
        "headline",
        "items without a draft",
    ]);
    for member in members {
        rows.add_row(vec![
            member.name.clone(),
            span(member.alone.severe),
            dollars(&member.alone),
            seconds(&member.alone),
            LATER.to_owned(),
            member.missing.to_string(),
        ]);
    }
    align_right(&mut rows, 2..4);
    rows.trim_fmt()
}

fn front(search: &PanelSearch, width: Option<u16>) -> String {
    let shown = thinned(&search.front);
    let mut text = format!(
        "Worth a look: none is better in severe harm, headline, dollars and seconds at once ({} of \
         {} shown)\n",
        shown.len(),
        search.front.len()
    );
    let mut rows = table(width);
    rows.set_header(vec![
        "panel",
        "votes",
        "severe as it looks",
        "choosing at its cost, on other cases",
        "usd",
        "seconds",
        "headline",
    ]);
    for point in shown {
        let within = point.within_its_cost.as_ref();
        rows.add_row(vec![
            names(&point.panel),
            point.panel.rule(),
            span(point.in_sample.severe),
            within.map_or_else(|| "-".to_owned(), |within| span(within.severe)),
            dollars(&point.in_sample),
            seconds(&point.in_sample),
            LATER.to_owned(),
        ]);
    }
    align_right(&mut rows, 4..6);
    text.push_str(&rows.trim_fmt());
    text
}

/// The least harm at each of a few prices: of all points first those that harm
/// less than every cheaper one, then others in their order.
fn thinned(front: &[FrontPoint]) -> Vec<&FrontPoint> {
    let price = |point: &FrontPoint| point.in_sample.usd.unwrap_or(f64::INFINITY);
    // The front stands by severe harm, so a point is on the staircase of price
    // when it is cheaper than all before it.
    let mut cheapest = f64::INFINITY;
    let mut chosen: Vec<usize> = Vec::new();
    for (at, point) in front.iter().enumerate() {
        if at == 0 || price(point) < cheapest {
            cheapest = price(point);
            chosen.push(at);
        }
    }
    for at in 0..front.len() {
        if chosen.len() >= SHOWN {
            break;
        }
        if !chosen.contains(&at) {
            chosen.push(at);
        }
    }
    chosen.sort_unstable();
    chosen.truncate(SHOWN);
    chosen.into_iter().filter_map(|at| front.get(at)).collect()
}

fn names(panel: &SearchedPanel) -> String {
    panel.members.join(", ")
}

fn span(span: Span) -> String {
    let percent = |share: f64| format!("{:.1}", share * 100.0);
    format!(
        "{} % [{}, {}]",
        percent(span.mean),
        percent(span.lo),
        percent(span.hi)
    )
}

/// A difference in percentage points, with its sign.
fn points(difference: f64) -> String {
    unsigned_zero(format!("{:+.1}", difference * 100.0))
}

fn dollars(sample: &InSample) -> String {
    sample
        .usd
        .map_or_else(|| "unknown".to_owned(), |usd| format!("{usd:.4}"))
}

fn seconds(sample: &InSample) -> String {
    sample
        .seconds
        .map_or_else(|| "unknown".to_owned(), |seconds| format!("{seconds:.1}"))
}

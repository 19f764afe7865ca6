//! An answer for a person at a terminal: how it ended first, then the plan with
//! its basis, then what speaks against it, then where it comes from.

use super::answer::{Answer, CaseScore};
use super::page::{Page, dollars, list, short};
use crate::clinical::{
    Dissent, HarmType, LedgerEntry, Outcome, Plan, Recommendation, Severity, Unused,
};

/// The whole answer. `width`: columns of the terminal; `None`: it is none.
pub fn render(answer: &Answer, width: Option<u16>) -> String {
    let mut page = Page::new(width);
    outcome(&mut page, &answer.outcome);
    for notice in &answer.notices {
        page.line(notice);
    }
    plan(&mut page, &answer.plan, answer.needs_human);
    dissent(&mut page, &answer.dissent);
    unused(&mut page, &answer.ledger.unused);
    left_out(&mut page, answer.left_out());
    notes(&mut page, &answer.notes);
    if let Some(score) = &answer.score {
        scored(&mut page, score);
    }
    stages(&mut page, answer);
    source(&mut page, answer);
    page.finish()
}

/// How it ended, before anything else.
pub(super) fn outcome(page: &mut Page, outcome: &Outcome) {
    page.line(match outcome {
        Outcome::Complete => "COMPLETE",
        Outcome::Degraded { .. } => "DEGRADED: answered, but something failed or was skipped",
        Outcome::Abstained { .. } => "ABSTAINED: this needs a human",
        Outcome::Failed { .. } => "FAILED: there is no answer",
    });
    for reason in outcome.reasons() {
        page.hang(2, "- ", reason);
    }
}

/// Assessment and numbered items, each with what it rests on.
pub(super) fn plan(page: &mut Page, plan: &Plan, unreviewed: bool) {
    let mark = if unreviewed {
        " (NOT TO BE USED UNREVIEWED)"
    } else {
        ""
    };
    if !plan.assessment.is_blank() {
        page.heading(&format!("Assessment{mark}"));
        page.hang(2, "", plan.assessment.expose());
    }
    if plan.items.is_empty() {
        return;
    }
    page.heading(&format!("Plan{mark}"));
    let widest = plan.items.len().to_string().len();
    for (index, item) in plan.items.iter().enumerate() {
        let number = format!("{:>widest$}. ", index + 1);
        page.hang(2, &number, item.text.expose());
        for line in facts(item) {
            page.hang(2 + number.len(), "", &line);
        }
    }
}

/// What stands below an item: when and if, then what it rests on.
fn facts(item: &Recommendation) -> Vec<String> {
    let mut when = Vec::new();
    if let Some(urgency) = item.urgency.as_ref().filter(|u| !u.is_blank()) {
        when.push(format!("when: {}", urgency.expose()));
    }
    if let Some(condition) = item.condition.as_ref().filter(|c| !c.is_blank()) {
        when.push(format!("if: {}", condition.expose()));
    }
    let drafts: Vec<String> = item.basis.iter().map(ToString::to_string).collect();
    let mut basis = Vec::new();
    if !drafts.is_empty() {
        basis.push(format!("[{}]", drafts.join(" ")));
    }
    let mut drafted_by: Vec<&str> = item.basis.iter().map(|b| b.agent.as_str()).collect();
    drafted_by.sort_unstable();
    drafted_by.dedup();
    if !item.supporters.is_empty() && item.backers() != drafted_by {
        basis.push(format!("supported by {}", list(&item.supporters)));
    }
    if !item.objectors.is_empty() {
        basis.push(format!("against it: {}", list(&item.objectors)));
    }
    if let Some(rating) = item.rating {
        basis.push(format!("rated {rating}"));
    }
    match &item.edited_by {
        Some(guardian) if drafts.is_empty() => basis.push(format!("added by {guardian}")),
        Some(guardian) => basis.push(format!("changed by {guardian}")),
        None => {}
    }
    if item.severity_if_omitted == Some(Severity::Severe) {
        basis.push("severe harm if left out".to_owned());
    }
    [when.join(" · "), basis.join(" · ")]
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect()
}

/// What speaks against the plan; it is shown also where there is none, so that
/// its absence is a statement.
pub(super) fn dissent(page: &mut Page, dissent: &[Dissent]) {
    page.heading("Dissent");
    if dissent.is_empty() {
        page.hang(2, "", "none was recorded");
    }
    for one in dissent {
        let severity = one
            .severity
            .map(|severity| format!(", {}", severity_word(severity)))
            .unwrap_or_default();
        let mut words = format!("{}{severity}: {}", one.kind.words(), one.text.expose());
        let items: Vec<String> = one.items.iter().map(ToString::to_string).collect();
        let by = (!one.by.is_empty()).then(|| list(&one.by));
        let about = match items.as_slice() {
            [] => None,
            [item] => Some(format!("item {item}")),
            items => Some(format!("items {}", list(items))),
        };
        let tail: Vec<String> = by.into_iter().chain(about).collect();
        if !tail.is_empty() {
            words.push_str(&format!(" ({})", tail.join("; ")));
        }
        page.hang(2, "! ", &words);
    }
}

/// What of the drafts was not used.
pub(super) fn unused(page: &mut Page, unused: &[Unused]) {
    if unused.is_empty() {
        return;
    }
    page.heading("Not used of the drafts");
    for one in unused {
        let words = match &one.item {
            Some(item) => format!("\"{}\" ({})", item.expose(), one.why),
            None => format!("the whole draft: {}", one.why),
        };
        page.hang(2, "- ", &format!("{}: {words}", one.agent));
    }
}

/// What the renderer left out.
pub(super) fn left_out<'a>(page: &mut Page, entries: impl Iterator<Item = &'a LedgerEntry>) {
    let mut first = true;
    for entry in entries {
        if std::mem::take(&mut first) {
            page.heading("Left out for the word budget");
        }
        let origin = super::story::origin(&entry.origin);
        page.hang(2, "- ", &format!("{} [{origin}]", entry.text.expose()));
    }
}

/// What changes no outcome.
pub(super) fn notes(page: &mut Page, notes: &[String]) {
    if notes.is_empty() {
        return;
    }
    page.heading("Notes");
    for note in notes {
        page.hang(2, "- ", note);
    }
}

fn scored(page: &mut Page, score: &CaseScore) {
    let simulated = score.simulated.marked(": ");
    page.heading(&format!(
        "{simulated}Held against {} ({})",
        score.item, score.profile
    ));
    for caveat in &score.caveats {
        page.hang(2, "! ", caveat);
    }
    if !score.own_text {
        page.hang(2, "! ", "another question was asked than the case's own");
    }
    if let Some(why) = &score.unscored {
        page.hang(2, "", &format!("unscored: {why}"));
        return;
    }
    let value = |name: &str| {
        let value = score.metrics.get(name).copied().flatten();
        value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"))
    };
    page.hang(
        2,
        "",
        &format!(
            "{} {} · precision {} · recall {}",
            CaseScore::HEADLINE,
            value(CaseScore::HEADLINE),
            value("Precision_weighted"),
            value("Recall_weighted"),
        ),
    );
    let count = |harm_type, severity| {
        let harms = score.harms.iter();
        harms
            .filter(|harm| (harm.harm_type, harm.severity) == (harm_type, severity))
            .count()
    };
    let counts = |harm_type| {
        [Severity::Severe, Severity::Moderate, Severity::Mild]
            .map(|severity| count(harm_type, severity).to_string())
            .join("/")
    };
    let harms = format!(
        "harms, severe/moderate/mild: {} of omission, {} of commission",
        counts(HarmType::Omission),
        counts(HarmType::Commission)
    );
    page.hang(2, "", &harms);
    for harm in &score.harms {
        let what = match (harm.harm_type, harm.partial) {
            (HarmType::Omission, false) => "left out",
            (HarmType::Omission, true) => "half done",
            (HarmType::Commission, _) => "recommended",
        };
        let option = match harm.option {
            Some(option) => format!(" (option {option})"),
            None => " (not in the rubric)".to_owned(),
        };
        let words = format!(
            "{} harm, {what}: {}{option}",
            severity_word(harm.severity),
            harm.text.expose()
        );
        page.hang(2, "! ", &words);
    }
    if !score.matched.is_empty() {
        page.hang(2, "", "recommended, by the judge:");
    }
    for option in &score.matched {
        let part = if option.partial { ", in part" } else { "" };
        let words = format!(
            "{} (option {}, rated {}{part})",
            option.text.expose(),
            option.option,
            option.score
        );
        page.hang(2, "- ", &words);
    }
    if score.off_rubric > 0 {
        let words = format!("{} action(s) are not in the rubric", score.off_rubric);
        page.hang(2, "", &words);
    }
    if !score.judge_left_out.is_empty() {
        let options: Vec<String> = score.judge_left_out.iter().map(i64::to_string).collect();
        let words = format!("the judge said nothing of option {}", list(&options));
        page.hang(2, "! ", &words);
    }
    if !score.judge_unproved.is_empty() {
        let options: Vec<String> = score.judge_unproved.iter().map(i64::to_string).collect();
        let words = format!(
            "the judge called option {} recommended without words of the answer to show for it: \
             counted as not recommended",
            list(&options)
        );
        page.hang(2, "! ", &words);
    }
    if let Some(judge) = &score.judge {
        let models: Vec<&str> = std::iter::once(judge.matching.as_str())
            .chain(judge.review.as_deref())
            .collect();
        page.hang(
            2,
            "",
            &format!("judge {} ({})", judge.name, models.join(", then ")),
        );
    }
}

fn stages(page: &mut Page, answer: &Answer) {
    if answer.stages.is_empty() {
        return;
    }
    page.heading("Who was asked");
    let wide = |of: fn(&super::answer::Asked) -> &str| {
        let lengths = answer.stages.iter().map(|asked| of(asked).chars().count());
        lengths.max().unwrap_or(0)
    };
    let (stage, seat) = (wide(|a| &a.stage), wide(|a| &a.seat));
    for asked in &answer.stages {
        let mut how = match (&asked.failure, asked.seconds) {
            (Some(failure), Some(seconds)) => format!("{seconds:>7.2} s  no answer: {failure}"),
            (Some(failure), None) => format!("{:>7}    no answer: {failure}", ""),
            (None, Some(seconds)) => format!(
                "{seconds:>7.2} s  {}",
                dollars(asked.usd, asked.usd_estimated > 0.0)
            ),
            (None, None) => String::new(),
        };
        if let Some(why) = &asked.unusable {
            how.push_str(&format!("  not usable: {why}"));
        }
        page.push(&format!(
            "  {:<stage$}  {:<seat$}  {how}",
            asked.stage, asked.seat
        ));
    }
    page.hang(
        2,
        "",
        &format!(
            "{:.2} s along the critical path · {} · {} spent in all",
            answer.seconds,
            dollars(answer.usd, answer.usd_is_estimated),
            dollars(Some(answer.spent_usd), answer.spent_usd_estimated > 0.0)
        ),
    );
    if answer.spent_usd_estimated > 0.0 {
        let words = "~: estimated where no provider said what it took; attempts without an answer \
                     count as all that they were allowed";
        page.hang(2, "", words);
    }
}

fn source(page: &mut Page, answer: &Answer) {
    let source = &answer.source;
    page.gap();
    page.line(&format!(
        "primum {} · panel {} {} ({}) · seed {} · trial {}",
        source.program_version,
        source.panel,
        short(&source.panel_hash),
        source.protocol,
        source.seed,
        source.trial,
    ));
    let prompts: Vec<String> = source
        .prompt_hashes
        .iter()
        .map(|(name, hash)| format!("{name}={}", short(hash)))
        .collect();
    page.hang(0, "prompts: ", &prompts.join(" "));
}

/// `severe`, `moderate`, `mild`, `uncertain`.
pub(super) fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Severe => "severe",
        Severity::Moderate => "moderate",
        Severity::Mild => "mild",
        Severity::Uncertain => "uncertain",
    }
}

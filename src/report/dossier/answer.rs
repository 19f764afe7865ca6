//! The answer in words: does the panel harm less, by how much, how sure is it,
//! and what must be known before it is believed.

use super::Dossier;
use super::words::{self, per_100};
use crate::evidence::best::BestMemberFinding;
use crate::evidence::compare::Comparison;
use crate::evidence::search::Outcome;
use crate::evidence::{Findings, Measure, Role};
use crate::report::page::list;

/// What a page or a table begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Answer {
    /// What came out for every panel, in a few words.
    pub verdicts: Vec<String>,
    /// One sentence for every panel, with the numbers behind its verdict.
    pub sentences: Vec<String>,
    /// What else the first screen says, in order.
    pub details: Vec<String>,
    /// What must be known before any of it is believed, the weightiest first.
    pub caveats: Vec<String>,
}

/// Makes the answer.
pub fn answer(dossier: &Dossier) -> Answer {
    let findings = &dossier.findings;
    let mut said = Answer::default();
    for panel in &findings.panels {
        let best = |measure: Measure| {
            let all = findings.best_member.iter();
            all.clone()
                .find(|b| b.panel == *panel && b.measure == measure)
        };
        if let Some(best) = best(Measure::Severe) {
            said.verdicts.push(verdict(findings, best));
            said.sentences.push(against_best(findings, best));
            said.details.push(against_all(best));
            said.details.push(naive(best));
        }
        if best(Measure::Severe).is_none() {
            said.sentences.push(format!(
                "{}Panel {panel}: too few cases have a score of it and of all its members to compare \
                 them. If the run is partial: primum bench --resume RUN.",
                mark(findings)
            ));
        }
        said.details.extend(lead(findings, panel));
        if let Some(best) = best(findings.headline) {
            said.details.push(headline(best));
        }
    }
    for one in &dossier.outcomes {
        said.details.push(prediction(one));
    }
    said.details.extend(fixed(findings));
    said.caveats = caveats(dossier);
    said
}

/// The word that must stand before numbers of simulated models.
fn mark(findings: &Findings) -> String {
    findings.simulated.marked(". ")
}

/// So many cases at least must differ for anything to be shown.
fn can_show(findings: &Findings, best: &BestMemberFinding) -> bool {
    findings.ability.can_show() && best.cases as u64 >= findings.ability.fewest_discordant
}

/// The verdict on a panel. "Less" needs both: the interval against the best
/// member chosen without looking, and the bound against every member.
fn verdict(findings: &Findings, best: &BestMemberFinding) -> String {
    let panel = &best.panel;
    let diff = &best.diff;
    match (diff.hi < 0.0, best.beats_every_member()) {
        _ if !can_show(findings, best) => format!(
            "Panel {panel}: these cases cannot show whether it harms less than its best member alone."
        ),
        _ if diff.lo > 0.0 => {
            format!("Panel {panel}: MORE severe harm than its best member alone.")
        }
        (true, true) => format!("Panel {panel}: less severe harm than its best member alone."),
        (true, false) => format!(
            "Panel {panel}: less severe harm than its best member chosen unseen, but not shown \
             against every member."
        ),
        (false, true) => format!(
            "Panel {panel}: less severe harm than each member; against the best one chosen unseen \
             the interval includes zero."
        ),
        (false, false) => {
            format!("Panel {panel}: not shown to harm less than its best member alone.")
        }
    }
}

fn against_best(findings: &Findings, best: &BestMemberFinding) -> String {
    let diff = &best.diff;
    let verdict = if !can_show(findings, best) {
        "too few cases to say"
    } else if diff.hi < 0.0 {
        "less"
    } else if diff.lo > 0.0 {
        "MORE"
    } else {
        "no shown difference"
    };
    let of = match findings.ability.cases {
        cases if cases > best.cases => format!(" of {cases} (the others lack a score of some arm)"),
        _ => String::new(),
    };
    format!(
        "{}On {} cases{of}, panel {} had a severe harm in {} of 100 answers; its best member, chosen \
         without looking at the case that it is tested on, in {}: {} points, 95 % interval {} to \
         {}: {verdict}. The member that looks best on all of them, {}, had {}.",
        mark(findings),
        best.cases,
        best.panel,
        per_100(best.panel_mean),
        per_100(best.baseline),
        words::difference(Measure::Severe, diff.mean),
        words::difference(Measure::Severe, diff.lo),
        words::difference(Measure::Severe, diff.hi),
        best.naive,
        per_100(best.naive_mean),
    )
}

/// "Beats its best member" is said only when the bound against every member
/// says so.
fn against_all(best: &BestMemberFinding) -> String {
    if best.beats_every_member() {
        format!(
            "Panel {} beats its best member: against every one of its {} members the one-sided \
             95 % bound of severe harm excludes zero, and so does the test.",
            best.panel,
            best.members.len()
        )
    } else {
        format!(
            "It is not shown that panel {} beats its best member: against {} the one-sided 95 % \
             bound, or the test, does not exclude zero.",
            best.panel,
            some(&best.not_beaten)
        )
    }
}

/// Below so many cases the coverage of intervals was not shown.
const FEW: usize = 20;

/// Most names in a sentence.
const MOST: usize = 4;

fn some(names: &[String]) -> String {
    let more = names.len().saturating_sub(MOST);
    let mut shown: Vec<String> = names.iter().take(MOST).cloned().collect();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    list(&shown)
}

fn naive(best: &BestMemberFinding) -> String {
    let mean_diff = best.mean_diff.as_ref().map_or_else(String::new, |diff| {
        format!(
            "; panel minus mean member {} points [{}, {}]",
            words::difference(Measure::Severe, diff.mean),
            words::difference(Measure::Severe, diff.lo),
            words::difference(Measure::Severe, diff.hi)
        )
    });
    format!(
        "On these cases {} looks {} points better than a member chosen without looking. The mean \
         member has {} of 100{mean_diff}.{}",
        best.naive,
        words::number(100.0 * best.optimism, 1),
        per_100(best.mean_member),
        if best.baseline > best.mean_member {
            " The choice without looking did worse than the mean member: with so few cases, or with \
             members so close, it is mostly chance."
        } else {
            ""
        }
    )
}

fn prediction(one: &Outcome) -> String {
    format!(
        "primum search predicted for panel {} {} of 100 with severe harm [{}, {}] (rubric-assisted); \
         measured: {} [{}, {}]. {}",
        one.panel,
        per_100(one.predicted.mean),
        per_100(one.predicted.lo),
        per_100(one.predicted.hi),
        per_100(one.measured.mean),
        per_100(one.measured.lo),
        per_100(one.measured.hi),
        match (one.same_panel, one.same_cases) {
            (true, true) =>
                "The same panel on the cases that it was chosen on: this confirms the pooling, not the \
                 choice.",
            (true, false) => "The same panel on other cases.",
            (false, _) => "ANOTHER panel of that name: nothing is confirmed.",
        }
    )
}

fn lead(findings: &Findings, panel: &str) -> Option<String> {
    let lead = findings.leads.get(panel)?;
    let one = findings.comparison(Measure::Severe, &format!("panel:{panel}"), lead)?;
    let rate = one.rate.as_ref()?;
    let relative = match (&rate.relative, &rate.no_relative) {
        (Some(relative), _) => format!(
            "relative reduction {} % [{}, {}]",
            words::number(100.0 * relative.mean, 0),
            words::number(100.0 * relative.lo, 0),
            words::number(100.0 * relative.hi, 0)
        ),
        (None, Some(why)) => format!("no relative reduction: {why}"),
        (None, None) => "no relative reduction".to_owned(),
    };
    Some(format!(
        "Against its lead, {}, alone: {} against {} of 100, absolute reduction {} points [{}, {}], {relative}, \
         number needed {}; {} better, {} worse of {} cases; {} ({}).",
        one.b,
        per_100(rate.a),
        per_100(rate.b),
        words::difference(Measure::Severe, rate.absolute.mean),
        words::difference(Measure::Severe, rate.absolute.lo),
        words::difference(Measure::Severe, rate.absolute.hi),
        rate.needed,
        one.better,
        one.worse,
        one.cases,
        one.p.map(words::p).unwrap_or_default(),
        one.test.words(),
    ))
}

fn headline(best: &BestMemberFinding) -> String {
    format!(
        "{} of panel {}: {}, of its best member chosen without looking {}: {} [{}, {}].",
        capital(best.measure.words()),
        best.panel,
        words::number(best.panel_mean, 3),
        words::number(best.baseline, 3),
        words::difference(best.measure, best.diff.mean),
        words::difference(best.measure, best.diff.lo),
        words::difference(best.measure, best.diff.hi),
    )
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// What was fixed before the run, and what came of it.
fn fixed(findings: &Findings) -> Vec<String> {
    if findings.fixed.is_empty() {
        return vec![
            "No hypothesis was fixed before the run (--primary, --family): every p value here \
             describes, and none of them tests."
                .to_owned(),
        ];
    }
    findings
        .fixed
        .all()
        .map(|known| {
            let is = |one: &&Comparison| {
                one.measure == known.measure
                    && ((one.a == known.a && one.b == known.b)
                        || (one.a == known.b && one.b == known.a))
            };
            match findings.comparisons.iter().find(is) {
                Some(one) => tested(one),
                None => format!(
                    "Fixed before the run and not to be tested: {known}: an arm is not here."
                ),
            }
        })
        .collect()
}

fn tested(one: &Comparison) -> String {
    let diff = one.diff.as_ref();
    let diff = diff.map(|diff| words::difference_range(one.measure, diff));
    let p = match (one.role, one.p, one.p_holm) {
        (Role::Family, Some(p), Some(holm)) => {
            format!("{}, adjusted {}", words::p(p), words::p(holm))
        }
        (_, Some(p), _) => words::p(p),
        (_, None, _) => "no p".to_owned(),
    };
    let unit = if one.measure.is_binary() {
        " points"
    } else {
        ""
    };
    let left_out = match (one.left_out, one.worst, one.best) {
        (0, ..) => String::new(),
        (n, Some(worst), Some(best)) => format!(
            " {n} item(s) are left out; if they had come out as badly as they can for the first arm: \
             {}, as well: {}.",
            words::difference(one.measure, worst),
            words::difference(one.measure, best)
        ),
        (n, ..) => format!(" {n} item(s) are left out."),
    };
    format!(
        "{}: {} of {} minus {}: {}{unit}: {}; {p} ({}).{left_out}",
        match one.role {
            Role::Primary => "Primary hypothesis, fixed before the run",
            _ => "Of the family fixed before the run",
        },
        one.measure.words(),
        one.a,
        one.b,
        diff.unwrap_or_else(|| "too few cases".to_owned()),
        words::verdict(one),
        one.test.words(),
    )
}

fn caveats(dossier: &Dossier) -> Vec<String> {
    let findings = &dossier.findings;
    let ability = &findings.ability;
    let mut caveats = Vec::new();
    let mut warnings: Vec<&String> = Vec::new();
    for run in &dossier.runs {
        for warning in &run.summary.warnings {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }
    // The weightiest first; the rest behind what the cases can show.
    let is_loud = |warning: &&&String| {
        let word = warning.split([':', ' ']).next().unwrap_or_default();
        word.len() > 3 && word.chars().all(|c| c.is_ascii_uppercase())
    };
    caveats.extend(
        warnings
            .iter()
            .filter(is_loud)
            .map(|warning| (*warning).clone()),
    );
    caveats.extend(dossier.unlike.iter().cloned());
    caveats.push(format!(
        "What {} cases can show: {} of them can have a severe harm of omission by the rubric, {} one \
         of commission. For p < 0.05 at least {} cases must differ between two arms, all in one \
         direction{}.",
        ability.cases,
        ability.severe_omission,
        ability.severe_commission,
        ability.fewest_discordant,
        if ability.can_show() {
            ""
        } else {
            ": no difference of severe harm can be significant here"
        }
    ));
    if ability.cases < FEW {
        caveats.push(format!(
            "With fewer than {FEW} cases nothing is promised of these intervals (docs/statistics.md)."
        ));
    }
    caveats.push(
        "Number needed: NNTB, so many cases for one more to benefit (one severe harm less); NNTH, for \
         one more to be harmed."
            .to_owned(),
    );
    let quiet = warnings.iter().filter(|warning| !is_loud(warning));
    caveats.extend(quiet.map(|warning| (*warning).clone()));
    caveats
}

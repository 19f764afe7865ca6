//! All questions to one model.

use std::sync::Arc;

use futures::future::join3;

use crate::gateway::probe::{Heard, Listing, Refusal, Thoughts};
use crate::gateway::{Doors, FailureKind, Notice, Schema, Usage, usd};
use crate::panel::model::{Model, Provider, ProviderKind, StructuredOutput};
use crate::panel::suggest;

use super::asker::{Asker, Miss, Trial};
use super::fit::{Setting, fit};
use super::forms::{self, Mode};
use super::habits::{self, Limit, Seed};
use super::purse::Purse;
use super::report::{About, Finding, ModelReport, Verdict};
use super::{Needs, Told, questions};

/// Tokens of the longest prompt where nobody says.
const USUAL_LONGEST: u64 = 2_000;
/// Most ids that are named in place of an unknown one.
const MOST_NEAR: usize = 5;

/// Who is asked.
pub(super) struct Subject<'a> {
    pub(super) model: &'a Model,
    pub(super) provider: &'a Provider,
    pub(super) told: &'a Told,
    pub(super) doors: &'a Doors,
    pub(super) purse: &'a Purse,
    pub(super) schemas: &'a [Arc<Schema>],
    pub(super) longest_prompt: Option<u64>,
}

/// What was found of it, for people and for the panel's file.
pub(super) struct Found {
    pub(super) report: ModelReport,
    pub(super) changed: Vec<(Setting, String)>,
    pub(super) limit: Option<Limit>,
    pub(super) modes: Vec<Mode>,
    pub(super) seed: Seed,
    /// The window that is told.
    pub(super) window: Option<u32>,
}

impl Found {
    fn new(subject: &Subject<'_>) -> Self {
        let Subject {
            model, provider, ..
        } = subject;
        Found {
            report: ModelReport {
                model: model.name.clone(),
                id: model.id.clone(),
                provider: provider.name.clone(),
                simulated: provider.kind == ProviderKind::Simulated,
                findings: Vec::new(),
                speed: None,
            },
            changed: Vec::new(),
            limit: None,
            modes: Vec::new(),
            seed: Seed::Unknown,
            window: None,
        }
    }

    fn say(&mut self, about: About, verdict: Verdict, words: impl Into<String>) {
        self.report
            .findings
            .push(Finding::new(about, verdict, words));
    }
}

/// What it takes at most, if it does not think.
pub(super) fn estimate(model: &Model, schemas: &[Arc<Schema>], needs: &Needs) -> (usize, f64) {
    let longest = needs.longest_prompt.get(&model.name);
    let longest = *longest.unwrap_or(&USUAL_LONGEST);
    let of_schemas: u64 = schemas
        .iter()
        .map(|schema| schema.text().len() as u64 / 4)
        .sum();
    let many = schemas.len() as u64;
    let few: [u32; 5] = [
        questions::SHORT,
        questions::TIMED,
        questions::FEW * 2,
        questions::SENTENCE * 3,
        questions::FORM * 3,
    ];
    let completion = few.iter().map(|tokens| u64::from(*tokens)).sum::<u64>()
        + many.saturating_sub(1) * u64::from(questions::BEGINNING);
    let usage = Usage {
        prompt: longest + of_schemas + 100 * (many + 8),
        completion,
        ..Usage::default()
    };
    (schemas.len() + 9, usd(model.price, usage).unwrap_or(0.0))
}

pub(super) async fn probe(subject: Subject<'_>) -> Found {
    let mut found = Found::new(&subject);
    let (model, provider) = (subject.model, subject.provider);
    let asker = Asker {
        doors: subject.doors,
        purse: subject.purse,
        provider,
    };
    let trial = Trial {
        model: model.clone(),
        seed: provider.seed,
    };
    let fitted = match fit(&asker, &trial).await {
        Ok(fitted) => fitted,
        Err(miss) => {
            lost(&subject, &miss, &mut found);
            return found;
        }
    };
    greeted(&subject, &fitted.heard, &mut found);
    parameters(&fitted.changed, &mut found);
    let trial = fitted.trial;
    found.changed = fitted.changed;

    // These alone, so that the other questions do not slow them down.
    let (speed, said_of_speed) = habits::speed(&asker, &trial).await;
    let thinks = fitted.heard.thoughts != Thoughts::None;
    let longest = subject.longest_prompt.unwrap_or(USUAL_LONGEST);
    let window = window_of(&subject, model);
    let (long, read) = habits::long_prompt(&asker, &trial, longest, window).await;
    found.report.speed = speed.map(|speed| speed.with(read));
    let (limit, modes, seed) = join3(
        habits::limit(&asker, &trial),
        forms::probe(&asker, &trial, thinks, subject.schemas),
        habits::seed(&asker, &trial, thinks),
    )
    .await;
    let findings = &mut found.report.findings;
    findings.push(limit.1);
    findings.push(structured(provider.structured_output, &modes));
    findings.push(seed.1);
    findings.push(thinking(&fitted.heard));
    findings.extend(long);
    findings.push(said_of_speed);
    found.limit = Some(limit.0);
    found.modes = modes;
    found.seed = seed.0;
    found.window = window;
    found
}

/// Nothing can be asked of it: why, and what may help.
fn lost(subject: &Subject<'_>, miss: &Miss, found: &mut Found) {
    let refusal = match miss {
        Miss::NotAsked(why) => {
            found.say(About::Reachable, Verdict::NotAsked, why);
            return;
        }
        Miss::Refused(refusal) => refusal,
    };
    let Subject {
        model,
        provider,
        told,
        ..
    } = subject;
    let words = &refusal.words;
    if refusal.status.is_none() {
        let at = &provider.base_url;
        let words = match refusal.kind {
            FailureKind::Unreachable => format!("nobody answers at {at}: {words}"),
            _ => format!("{at}: {words}"),
        };
        found.say(About::Reachable, Verdict::Lost, words);
        return;
    }
    reachable(told, found);
    let unlisted = matches!(&told.told, Ok(list) if !list.ids.is_empty() && !list.has(&model.id));
    match refusal.kind {
        FailureKind::Refused => {
            let from = match &provider.key_env {
                Some(name) => format!("the key in {name} is refused"),
                None => "refused, and the panel names no key (`key_env`)".into(),
            };
            found.say(About::Key, Verdict::Lost, format!("{from}: {words}"));
        }
        FailureKind::Quota => {
            found.say(
                About::Key,
                Verdict::Lost,
                format!("accepted, without quota: {words}"),
            );
        }
        FailureKind::NotFound if unlisted => {
            let near = near(told, &model.id);
            let words = format!("`{}` is not known: {}{near}", model.id, ended(words));
            found.say(About::Model, Verdict::Lost, words);
        }
        // What a refusal is about only its words say.
        FailureKind::BadRequest if unlisted => {
            let near = near(told, &model.id);
            let words = format!(
                "refused: {} Its list has no `{}`.{near}",
                ended(words),
                model.id
            );
            found.say(About::Model, Verdict::Lost, words);
        }
        FailureKind::NotFound => {
            let words = format!(
                "not found: {words} Is `{}` the model's id, and does `base_url` end in the version, \
                 as in /v1?",
                model.id
            );
            found.say(About::Model, Verdict::Lost, words);
        }
        FailureKind::BadRequest => {
            let words = format!("refused, and no other parameters are taken either: {words}");
            found.say(About::Parameters, Verdict::Lost, words);
        }
        _ => found.say(About::Model, Verdict::Lost, format!("no answer: {words}")),
    }
}

/// The nearest ids of the provider's list.
/// A provider's words with a full stop, so that a sentence of ours can follow.
fn ended(words: &str) -> String {
    let stop = if words.ends_with(['.', '!', '?', '…']) {
        ""
    } else {
        "."
    };
    format!("{words}{stop}")
}

fn near(told: &Told, id: &str) -> String {
    let Ok(list) = &told.told else {
        return String::new();
    };
    let ids = list.ids.iter().map(String::as_str);
    let near = suggest::nearest_few(id, ids, MOST_NEAR);
    match near.as_slice() {
        [] => String::new(),
        near => format!(" Nearest in its list: {}", near.join(", ")),
    }
}

fn reachable(told: &Told, found: &mut Found) {
    let words = match &told.told {
        Ok(Listing {
            status, ids, time, ..
        }) if !ids.is_empty() => format!(
            "yes; {} models listed in {} ms (status {status})",
            ids.len(),
            time.as_millis()
        ),
        Ok(Listing { status, .. }) => format!("yes; it lists no models (status {status})"),
        Err(Refusal { words, .. }) => format!("yes, but not for its list of models: {words}"),
    };
    found.say(About::Reachable, Verdict::Well, words);
}

/// What the first answer shows of server and model.
fn greeted(subject: &Subject<'_>, heard: &Heard, found: &mut Found) {
    let Subject {
        model,
        provider,
        told,
        ..
    } = subject;
    reachable(told, found);
    match provider.has_key() {
        true => found.say(About::Key, Verdict::Well, "accepted"),
        false => found.say(About::Key, Verdict::Well, "none is needed"),
    }
    let listed = match &told.told {
        Ok(list) if list.ids.is_empty() => "",
        Ok(list) if list.has(&model.id) => ", and is listed",
        Ok(_) => ", though the id is not listed",
        Err(_) => "",
    };
    let other = heard.notices.iter().find_map(|notice| match notice {
        Notice::OtherModel { answered, .. } => Some(answered.as_str()),
        _ => None,
    });
    let answers = heard.model.as_deref();
    let other = other.or(answers.filter(|answers| !is_related(&model.id, answers)));
    match (other, answers) {
        (Some(other), _) => {
            let near = match listed {
                ", though the id is not listed" => near(told, &model.id),
                _ => String::new(),
            };
            let words = format!("`{}` was asked for and `{other}` answers.{near}", model.id);
            found.say(About::Model, Verdict::Fault, words);
        }
        (None, Some(answers)) => {
            let verdict = match listed {
                ", though the id is not listed" => Verdict::Note,
                _ => Verdict::Well,
            };
            found.say(
                About::Model,
                verdict,
                format!("answers as `{answers}`{listed}"),
            );
        }
        (None, None) => {
            let words = format!("answers, and does not say which model it is{listed}");
            found.say(About::Model, Verdict::Note, words);
        }
    }
}

/// May both be names of one model? Servers add dates, sizes and file endings to
/// the id, and leave out who made it.
fn is_related(asked: &str, answers: &str) -> bool {
    let last = |id: &str| id.rsplit('/').next().unwrap_or(id).to_ascii_lowercase();
    let (asked, answers) = (last(asked), last(answers));
    asked.starts_with(&answers) || answers.starts_with(&asked)
}

fn parameters(changed: &[(Setting, String)], found: &mut Found) {
    if changed.is_empty() {
        found.say(
            About::Parameters,
            Verdict::Well,
            "taken as they stand in the panel",
        );
        return;
    }
    for (setting, words) in changed {
        let taken = match setting {
            Setting::OutputLimit(limit) => format!("output_limit = \"{}\"", limit.name()),
            Setting::Temperature(Some(one)) => format!("temperature = {one:.1}"),
            Setting::Temperature(None) => "no temperature".into(),
            Setting::MergeSystem => "system = \"merge\"".into(),
            Setting::NoTopP => "no top_p".into(),
            Setting::NoEffort => "no reasoning_effort".into(),
            Setting::NoSeed => "no seed".into(),
        };
        let words = format!("refused as the panel has them ({words}); taken with {taken}");
        found.say(About::Parameters, Verdict::Fault, words);
    }
}

/// What is to be used, and what else could be.
fn structured(panel: StructuredOutput, modes: &[Mode]) -> Finding {
    let words: Vec<String> = modes.iter().map(Mode::words).collect();
    let words = words.join("; ");
    let own = modes.iter().find(|mode| mode.mode == panel);
    let verdict = match own {
        Some(own) if own.works() && own.not_asked.is_none() => Verdict::Well,
        Some(own) if own.works() || own.tried == 0 => Verdict::NotAsked,
        _ => Verdict::Fault,
    };
    let word = Mode::word(panel);
    let words = match verdict {
        Verdict::Fault => match modes.iter().find(|mode| mode.works()) {
            Some(best) => format!("use {}: {words}", Mode::word(best.mode)),
            None => format!("nothing is kept to: {words}"),
        },
        _ => format!("{word} is asked for: {words}"),
    };
    Finding::new(About::Structured, verdict, words)
}

fn thinking(heard: &Heard) -> Finding {
    let words = match &heard.thoughts {
        Thoughts::None => "none seen".to_owned(),
        Thoughts::Beside(name) => format!("beside the answer, in `{name}`"),
        Thoughts::Inside => "inside the answer's text; taken out".to_owned(),
        Thoughts::Hidden => format!(
            "not shown; {} tokens were counted for it in a one-line answer",
            heard.usage.reasoning
        ),
    };
    Finding::new(About::Thinking, Verdict::Well, words)
}

/// The window as the list tells it, else as a server with this one model does.
fn window_of(subject: &Subject<'_>, model: &Model) -> Option<u32> {
    let list = subject.told.told.as_ref().ok()?;
    let alone = subject.told.alone.filter(|_| list.ids.len() == 1);
    list.window(&model.id).or(alone)
}

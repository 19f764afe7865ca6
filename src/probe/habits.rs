//! What a model does with a limit, a seed, time, and a long prompt.

use futures::future::join;

use crate::gateway::probe::Heard;
use crate::gateway::{Ended, FailureKind, Notice, Usage};
use crate::panel::model::{OutputLimit, ProviderKind};

use super::asker::{Asked, Asker, Miss, Trial};
use super::questions;
use super::report::{About, Finding, Speed, Verdict};

/// Tokens that a server may count beyond the limit: those that end an answer.
const SLACK: u64 = 8;
/// Fewer bytes a token than this are no English text as any tokenizer counts
/// it, nor are more than this.
const BYTES_A_TOKEN: (f64, f64) = (1.5, 10.0);

/// Whether the limit is kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Limit {
    Kept,
    /// Not under this name, but under another.
    OtherName(OutputLimit),
    /// Under no name.
    Never,
    Unknown(String),
}

/// Asks for more than the limit allows.
pub(super) async fn limit(asker: &Asker<'_>, trial: &Trial) -> (Limit, Finding) {
    let about = About::OutputLimit;
    let field = trial.model.output_field(asker.provider);
    let asked = Asked::new(questions::long_answer(), questions::FEW);
    let kept = match asker.ask(trial, &asked).await {
        Ok(heard) => is_kept(&heard),
        // It thought until its limit.
        Err(Miss::Refused(refusal)) if refusal.is_all_thought() => {
            Ok(refusal.usage.completion <= u64::from(questions::FEW) + SLACK)
        }
        Err(miss) => return unknown(&miss),
    };
    let Some(field) = field else {
        let words =
            "no limit is sent; a model that never stops is paid for until its server cuts it";
        return (Limit::Never, Finding::new(about, Verdict::Note, words));
    };
    match kept {
        Ok(true) => {
            let words = format!("`{field}` is kept");
            return (Limit::Kept, Finding::new(about, Verdict::Well, words));
        }
        Err(words) => {
            let words = format!("`{field}` is kept, but {words}");
            return (Limit::Kept, Finding::new(about, Verdict::Note, words));
        }
        Ok(false) => {}
    }
    for other in [OutputLimit::MaxCompletionTokens, OutputLimit::MaxTokens] {
        if other.name() == field {
            continue;
        }
        let mut trial = trial.clone();
        trial.model.output_limit = Some(other);
        if let Ok(heard) = asker.ask(&trial, &asked).await
            && is_kept(&heard) != Ok(false)
        {
            let words = format!("`{field}` is ignored; `{}` is kept", other.name());
            return (
                Limit::OtherName(other),
                Finding::new(about, Verdict::Fault, words),
            );
        }
    }
    let words = format!("`{field}` is ignored: an answer may be of any length and price");
    let verdict = match asker.provider.kind {
        ProviderKind::Simulated => Verdict::Note,
        ProviderKind::Openai => Verdict::Fault,
    };
    (Limit::Never, Finding::new(about, verdict, words))
}

fn unknown(miss: &Miss) -> (Limit, Finding) {
    let (verdict, words) = match miss {
        Miss::NotAsked(why) => (Verdict::NotAsked, why.clone()),
        Miss::Refused(refusal) => (Verdict::Fault, refusal.words.clone()),
    };
    let finding = Finding::new(About::OutputLimit, verdict, &words);
    (Limit::Unknown(words), finding)
}

/// Is an answer as short as it had to be? `Err`: it is, and something about its
/// end is not well.
fn is_kept(heard: &Heard) -> Result<bool, String> {
    let most = u64::from(questions::FEW);
    let tokens = match heard.usage_estimated {
        // Two hundred numbers as words have far more than six letters a token.
        true => heard.text.len() as u64 / 8,
        false => heard.usage.completion,
    };
    if tokens > most + SLACK {
        return Ok(false);
    }
    match &heard.ended {
        Ended::Cut => Ok(true),
        Ended::Natural => Err(
            "an answer that was cut is said to be whole: cut plans cannot be told from whole ones"
                .into(),
        ),
        other => Err(other.trouble("the model", "cut answer").unwrap_or_default()),
    }
}

/// What a seed does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seed {
    Honoured,
    Ignored,
    Refused,
    /// All answers are the same, with whatever seed.
    Moot,
    Unknown,
}

/// Asks with the same seed twice, and with another one.
pub(super) async fn seed(asker: &Asker<'_>, trial: &Trial, thinks: bool) -> (Seed, Finding) {
    let about = About::Seed;
    let sent = asker.provider.seed;
    let mut trial = trial.clone();
    trial.seed = true;
    let most = match thinks {
        true => questions::THINKING,
        false => questions::SENTENCE,
    };
    let ask = |seed: i32| {
        let asked = Asked {
            seed: Some(seed),
            ..Asked::new(questions::chance(), most)
        };
        let trial = &trial;
        async move { asker.ask(trial, &asked).await }
    };
    let answers = match ask(7).await {
        Ok(one) => {
            let (two, three) = join(ask(7), ask(8)).await;
            two.and_then(|two| Ok((one.text, two.text, three?.text)))
        }
        Err(miss) => Err(miss),
    };
    let (one, two, three) = match answers {
        Ok(answers) => answers,
        Err(Miss::NotAsked(why)) => {
            return (Seed::Unknown, Finding::new(about, Verdict::NotAsked, why));
        }
        Err(Miss::Refused(refusal)) if refusal.kind == FailureKind::BadRequest => {
            let (verdict, words) = match sent {
                true => (Verdict::Fault, format!("refused: {}", refusal.words)),
                false => (
                    Verdict::Well,
                    "not taken, and the panel sends none".to_owned(),
                ),
            };
            return (Seed::Refused, Finding::new(about, verdict, words));
        }
        Err(Miss::Refused(refusal)) => {
            return (
                Seed::Unknown,
                Finding::new(about, Verdict::Note, refusal.words),
            );
        }
    };
    let same = |a: &str, b: &str| a.trim() == b.trim();
    let (seed, verdict, words) = match (same(&one, &two), same(&one, &three)) {
        (true, false) => (
            Seed::Honoured,
            Verdict::Well,
            "honoured: the same seed gave the same answer, and another one another",
        ),
        (true, true) => (
            Seed::Moot,
            Verdict::Note,
            "makes no difference: three answers were the same, so repeats of a trial will be too",
        ),
        (false, _) if sent => (
            Seed::Ignored,
            Verdict::Note,
            "taken and ignored: the same seed gave different answers, so a run cannot be repeated",
        ),
        (false, _) => (
            Seed::Ignored,
            Verdict::Note,
            "ignored: a run cannot be repeated",
        ),
    };
    (seed, Finding::new(about, verdict, words))
}

/// How long until the first and the last token.
pub(super) async fn speed(asker: &Asker<'_>, trial: &Trial) -> (Option<Speed>, Finding) {
    let about = About::Speed;
    let asked = Asked::new(questions::long_answer(), questions::TIMED);
    let timed = match asker.time(trial, &asked).await {
        Ok(timed) => timed,
        Err(Miss::NotAsked(why)) => return (None, Finding::new(about, Verdict::NotAsked, why)),
        Err(Miss::Refused(refusal)) => {
            let words = format!(
                "cannot be measured: no answer piece by piece ({})",
                refusal.words
            );
            return (None, Finding::new(about, Verdict::Note, words));
        }
    };
    let Some(first) = timed.first else {
        let words = format!("no words came in {:.1} s", timed.last.as_secs_f64());
        return (None, Finding::new(about, Verdict::Note, words));
    };
    let rest = timed.last.saturating_sub(first).as_secs_f64();
    // A few tokens in one packet say nothing of a speed.
    let rate = (timed.tokens > 8 && rest > 0.001).then(|| (timed.tokens - 1) as f64 / rest);
    let speed = Speed {
        first_token_seconds: first.as_secs_f64(),
        tokens_per_second: rate,
        prompt_tokens_per_second: None,
    };
    let then = match rate {
        Some(rate) => format!(
            ", then {rate:.0} {} a second",
            if timed.counted { "tokens" } else { "pieces" }
        ),
        None => String::new(),
    };
    let words = format!("first words after {:.2} s{then}", first.as_secs_f64());
    (Some(speed), Finding::new(about, Verdict::Well, words))
}

/// Whether the longest prompt of the panel is taken and read whole, and whether
/// its tokens are counted.
pub(super) async fn long_prompt(
    asker: &Asker<'_>,
    trial: &Trial,
    longest: u64,
    window: Option<u32>,
) -> (Vec<Finding>, Option<Read>) {
    let told = match window {
        Some(window) => format!("a window of {window} tokens"),
        None => "the server does not tell its window".to_owned(),
    };
    if let Some(window) = window
        && longest + u64::from(questions::FEW) > u64::from(window)
    {
        let words = format!(
            "{told}, and the longest prompt of this panel has about {longest}: a larger window is \
             needed, or shorter prompts"
        );
        return (
            vec![Finding::new(About::Context, Verdict::Fault, words)],
            None,
        );
    }
    let asked = Asked::new(questions::long_prompt(longest), questions::FEW);
    let (heard, bytes) = match asker.ask(trial, &asked).await {
        Ok(heard) => {
            let bytes = heard.prompt_bytes;
            (heard, bytes)
        }
        Err(Miss::NotAsked(why)) => {
            return (
                vec![Finding::new(About::Context, Verdict::NotAsked, why)],
                None,
            );
        }
        Err(Miss::Refused(refusal)) if refusal.is_all_thought() => {
            let words = format!("{told}; a prompt of {longest} tokens is taken");
            return (
                vec![Finding::new(About::Context, Verdict::Well, words)],
                None,
            );
        }
        Err(Miss::Refused(refusal)) => {
            let words = format!(
                "{told}; a prompt of about {longest} tokens, the longest of this panel, is not \
                 taken: {}",
                refusal.words
            );
            return (
                vec![Finding::new(About::Context, Verdict::Fault, words)],
                None,
            );
        }
    };
    let cut = heard
        .notices
        .iter()
        .find(|notice| matches!(notice, Notice::PromptCut { .. }));
    let ratio = bytes as f64 / heard.usage.prompt.max(1) as f64;
    let usage = if heard.usage_estimated {
        let words = "tokens are not counted, or cannot be: costs will be estimated";
        Finding::new(About::Usage, Verdict::Note, words)
    } else if cut.is_some() || !(BYTES_A_TOKEN.0..=BYTES_A_TOKEN.1).contains(&ratio) {
        let words = format!(
            "{} tokens were counted for a prompt of {bytes} bytes, which cannot be all of it",
            heard.usage.prompt
        );
        Finding::new(About::Usage, Verdict::Fault, words)
    } else {
        let words = format!("counted: {ratio:.1} bytes a token");
        Finding::new(About::Usage, Verdict::Well, words)
    };
    let context = match usage.verdict {
        Verdict::Fault => Finding::new(
            About::Context,
            Verdict::Fault,
            format!(
                "{told}; of a prompt of about {longest} tokens, the longest of this panel, the \
                 server read a part"
            ),
        ),
        _ => Finding::new(
            About::Context,
            Verdict::Well,
            format!("{told}; the longest prompt of this panel, about {longest} tokens, is taken"),
        ),
    };
    let read = Read {
        usage: heard.usage,
        seconds: heard.time.as_secs_f64(),
    };
    let counted = usage.verdict == Verdict::Well;
    (vec![usage, context], counted.then_some(read))
}

/// What a long prompt took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Read {
    usage: Usage,
    seconds: f64,
}

impl Speed {
    /// With the speed of reading, as a long prompt shows it: its time, less what
    /// a short one takes to its first words and these words themselves.
    pub(super) fn with(self, read: Option<Read>) -> Self {
        let rate = read.and_then(|read| {
            let said = read.usage.completion as f64 / self.tokens_per_second?;
            let reading = read.seconds - self.first_token_seconds - said;
            let fresh = read.usage.prompt.saturating_sub(read.usage.cached);
            (reading > 0.001 && fresh > 0).then(|| fresh as f64 / reading)
        });
        Speed {
            prompt_tokens_per_second: rate,
            ..self
        }
    }
}

//! The pause that a provider asks for, in the forms that are met in headers.
//!
//! Two kinds of statements are told apart. `Retry-After` and its like, and what
//! stands in the body, are about this very refusal. Resets of limits
//! (`x-ratelimit-reset-tokens`) apply when that limit is used up, or, where
//! nothing else is said, when it is not known whether it is. Of all that apply
//! the longest that can be waited for counts; where none can be, the shortest.
//!
//! Sources: RFC 9110 section 10.2.3; the IETF drafts of the `RateLimit` fields
//! (draft-ietf-httpapi-ratelimit-headers, versions 3, 7 and 9);
//! <https://platform.openai.com/docs/guides/rate-limits>;
//! <https://platform.claude.com/docs/en/api/rate-limits>;
//! <https://console.groq.com/docs/rate-limits>;
//! <https://openrouter.ai/docs/api/reference/limits>.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap};

use super::pause_words::duration;

/// Longer ones are mistakes: no limit of a provider's is for more than a month.
const PLAUSIBLE: Duration = Duration::from_secs(40 * 86_400);

/// When to ask again, as it was stated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stated {
    /// After so long.
    After(Duration),
    /// At this time by the provider's clock.
    At(SystemTime),
}

impl Stated {
    fn from(self, now: SystemTime) -> Option<Duration> {
        let pause = match self {
            Stated::After(pause) => pause,
            Stated::At(time) => time.duration_since(now).unwrap_or_default(),
        };
        (pause <= PLAUSIBLE).then_some(pause)
    }
}

/// Of the pauses that apply, the one that counts: the longest that can be
/// waited for. `longest`: what can be; where all are longer, the shortest is
/// given back.
pub(in crate::gateway) fn choose(pauses: &[Duration], longest: Duration) -> Option<Duration> {
    let can_be_waited_for = pauses.iter().filter(|pause| **pause <= longest).max();
    can_be_waited_for.or(pauses.iter().min()).copied()
}

/// The pauses that headers and body ask for, as far as they apply. `now` counts
/// for absolute times only when the provider sent no `Date` of its own: both
/// are then by its clock, so that the clocks need not agree.
pub(super) fn pauses(headers: &HeaderMap, in_body: &[Stated], now: SystemTime) -> Vec<Duration> {
    let date = headers.get(DATE).and_then(|value| value.to_str().ok());
    let now = date.and_then(http_date).unwrap_or(now);
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let own = [
        text("retry-after-ms").and_then(|text| Some(Stated::After(seconds(text, 1e-3)?))),
        text("x-ms-retry-after-ms").and_then(|text| Some(Stated::After(seconds(text, 1e-3)?))),
        text("retry-after").and_then(when),
    ];
    let own = own.into_iter().flatten().chain(in_body.iter().copied());
    let own: Vec<Stated> = own.collect();
    let limits: Vec<Limit> = limits(headers).collect();
    let used_up = limits.iter().filter(|limit| limit.used_up == Some(true));
    let unknown = limits
        .iter()
        .filter(|limit| own.is_empty() && limit.used_up.is_none());
    let resets = used_up.chain(unknown).map(|limit| limit.reset);
    let all = own.iter().copied().chain(resets);
    all.filter_map(|stated| stated.from(now)).collect()
}

/// A limit, as its headers tell.
struct Limit {
    reset: Stated,
    /// `None`: nothing is said of what remains.
    used_up: Option<bool>,
}

/// All limits that headers tell of.
fn limits(headers: &HeaderMap) -> impl Iterator<Item = Limit> + '_ {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let named = headers.keys().filter_map(move |name| {
        let name = name.as_str();
        let remaining = if name == "ratelimit-reset" || name.starts_with("x-ratelimit-reset") {
            name.replacen("-reset", "-remaining", 1)
        } else if name.contains("ratelimit-") && name.ends_with("-reset") {
            // Anthropic's `anthropic-ratelimit-tokens-reset`.
            format!("{}remaining", name.strip_suffix("reset")?)
        } else {
            return None;
        };
        let left = text(&remaining).and_then(|left| left.parse::<f64>().ok());
        Some(Limit {
            reset: when(text(name)?)?,
            used_up: left.map(|left| left <= 0.0),
        })
    });
    let listed = headers.get_all("ratelimit").into_iter();
    let listed = listed.filter_map(|value| value.to_str().ok());
    named.chain(
        listed
            .flat_map(|value| value.split(',').collect::<Vec<_>>())
            .filter_map(policy)
            .chain(
                headers
                    .get_all("ratelimit")
                    .into_iter()
                    .filter_map(|value| flat(value.to_str().ok()?)),
            ),
    )
}

/// `"default";r=0;t=30`, a member of the newer form's list.
fn policy(member: &str) -> Option<Limit> {
    let mut parts = member.split(';').map(str::trim);
    parts.next()?;
    let (mut left, mut reset) = (None, None);
    for part in parts {
        match part.split_once('=')? {
            ("r", number) => left = number.parse::<f64>().ok(),
            ("t", number) => reset = seconds(number, 1.0),
            _ => {}
        }
    }
    Some(Limit {
        reset: Stated::After(reset?),
        used_up: left.map(|left| left <= 0.0),
    })
}

/// `limit=100, remaining=0, reset=30`, the older form.
fn flat(value: &str) -> Option<Limit> {
    let member = |wanted: &str| {
        let mut parts = value.split([',', ';']);
        parts.find_map(|part| {
            let (name, number) = part.trim().split_once('=')?;
            (name == wanted).then_some(number)
        })
    };
    Some(Limit {
        reset: Stated::After(seconds(member("reset")?, 1.0)?),
        used_up: member("remaining").and_then(|left| Some(left.parse::<f64>().ok()? <= 0.0)),
    })
}

/// A time or a length in any of the forms that such headers have: seconds, an
/// epoch in seconds, milliseconds or microseconds, `1m2.5s`, RFC 3339, an HTTP
/// date.
pub(super) fn when(text: &str) -> Option<Stated> {
    let text = text.trim().trim_matches('"');
    if let Ok(number) = text.parse::<f64>() {
        // The year 2001 in each unit: no pause is that long, no clock that slow.
        let scale = match number {
            n if n >= 1e15 => 1e-6,
            n if n >= 1e12 => 1e-3,
            n if n >= 1e9 => 1.0,
            _ => return Some(Stated::After(seconds(text, 1.0)?)),
        };
        let since = Duration::try_from_secs_f64(number * scale).ok()?;
        return SystemTime::UNIX_EPOCH.checked_add(since).map(Stated::At);
    }
    duration(text)
        .map(Stated::After)
        .or_else(|| http_date(text).map(Stated::At))
        .or_else(|| {
            let time: jiff::Timestamp = text.parse().ok()?;
            Some(Stated::At(time.try_into().ok()?))
        })
}

fn http_date(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text.trim()).ok()
}

/// A number of units; negative ones are none.
pub(super) fn seconds(text: &str, scale: f64) -> Option<Duration> {
    let number: f64 = text.trim().parse().ok()?;
    if !number.is_finite() {
        return None;
    }
    let scaled = (number.max(0.0) * scale).min(1e9);
    Duration::try_from_secs_f64(scaled).ok()
}

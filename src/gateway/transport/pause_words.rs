//! The pause that stands in an error's body: in members made for it, in headers
//! that a router quotes, and in plain words.

use std::time::Duration;

use serde_json::Value;

use super::retry_after::{Stated, seconds, when};

/// What stands before a length in the sentences that are met.
const BEFORE: [&str; 12] = [
    "try again in",
    "try again after",
    "retry in",
    "retry after",
    "retrying in",
    "retry your request after",
    "available in",
    "again in",
    "wait for",
    "wait",
    "resets in",
    "reset in",
];
/// Words between these and the length.
const BETWEEN: [&str; 7] = [
    "about",
    "approximately",
    "another",
    "at",
    "least",
    "for",
    "~",
];
/// Words of a limit that is counted by the day.
const DAILY: [&str; 10] = [
    "per day", "per-day", "per_day", "perday", "(tpd)", "(rpd)", "daily", "a day", "24 hours",
    "/day",
];
/// A body is not searched deeper.
const DEEPEST: usize = 6;

/// Everything that a body says about when to ask again.
pub(super) fn in_body(body: &Value) -> Vec<Stated> {
    let mut found = Vec::new();
    walk(body, DEEPEST, &mut found);
    found
}

/// Does it speak of a limit that is counted by the day?
pub(super) fn is_daily(body: &Value) -> bool {
    match body {
        Value::String(text) => says_daily(text),
        Value::Array(items) => items.iter().any(is_daily),
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| says_daily(name) || is_daily(value)),
        _ => false,
    }
}

/// The same of plain words.
pub(super) fn says_daily(text: &str) -> bool {
    let text = text.to_lowercase();
    DAILY.iter().any(|word| text.contains(word))
}

fn walk(value: &Value, deeper: usize, found: &mut Vec<Stated>) {
    let Some(deeper) = deeper.checked_sub(1) else {
        return;
    };
    match value {
        Value::String(text) => {
            found.extend(in_words(text));
            // Routers put the body of the provider behind them into a string.
            if text.trim_start().starts_with('{')
                && let Ok(inner) = serde_json::from_str::<Value>(text)
            {
                walk(&inner, deeper, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, deeper, found)),
        Value::Object(members) => {
            for (name, value) in members {
                match member(name, value) {
                    Some(stated) => found.push(stated),
                    None => walk(value, deeper, found),
                }
            }
        }
        _ => {}
    }
}

/// A member that is made for it, such as Gemini's `retryDelay`.
fn member(name: &str, value: &Value) -> Option<Stated> {
    let name: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    match name.as_str() {
        "retryafterms" | "retryafterinms" | "retrydelayms" => {
            Some(Stated::After(seconds(&text, 1e-3)?))
        }
        "retryafter" | "retryafterseconds" | "retryafters" | "retrydelay" | "retryin"
        | "xratelimitreset" | "ratelimitreset" | "resetsat" | "resetat" | "resettime" => {
            when(&text)
        }
        _ => None,
    }
}

/// "Please try again in 1m2.5s", "retry after 17 seconds".
pub(super) fn in_words(text: &str) -> Option<Stated> {
    let lower = text.to_lowercase();
    BEFORE.iter().find_map(|before| {
        let mut places = lower.match_indices(before);
        places.find_map(|(at, _)| {
            let rest = lower.get(at + before.len()..)?;
            spoken(rest).map(Stated::After)
        })
    })
}

/// A length at the beginning of a text: `25s`, `1m2.5s`, `17 seconds`,
/// `2 minutes and 3 seconds`, `17`.
fn spoken(text: &str) -> Option<Duration> {
    let mut words = text
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | '(' | ')'))
        .map(|word| word.trim_end_matches(['.', '!', ';', '"', '\'']))
        .filter(|word| !word.is_empty())
        .skip_while(|word| BETWEEN.contains(word))
        .peekable();
    let mut total: Option<Duration> = None;
    while let Some(word) = words.next() {
        if word == "and" && total.is_some() {
            continue;
        }
        let part = if let Some(length) = duration(word) {
            length
        } else if let Ok(number) = word.parse::<f64>() {
            let scale = words.peek().and_then(|unit| scale_of(unit));
            if scale.is_some() {
                words.next();
            } else if total.is_some() {
                break;
            }
            seconds(&number.to_string(), scale.unwrap_or(1.0))?
        } else {
            break;
        };
        total = Some(total.unwrap_or_default().saturating_add(part));
    }
    total
}

/// A length such as `34s`, `6m0s`, `1h2m`, `20ms`, `1.5s`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let unit = tail
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(unit)?;
        total = total.checked_add(seconds(number, scale_of(unit)?)?)?;
        rest = tail;
    }
    Some(total)
}

/// Seconds of a unit.
fn scale_of(unit: &str) -> Option<f64> {
    Some(match unit.trim_end_matches('.') {
        "ms" | "millisecond" | "milliseconds" => 1e-3,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600.0,
        "d" | "day" | "days" => 86_400.0,
        _ => return None,
    })
}

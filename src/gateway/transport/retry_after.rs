//! The pause that a provider asks for, in the forms that are met.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// Longest pause that is taken from a header. A provider that asks for hours
/// is asked again sooner; the attempts are bounded.
const LONGEST: Duration = Duration::from_secs(300);

/// Reads `retry-after-ms`, `Retry-After` (seconds, also broken ones, or a
/// date), and `x-ratelimit-reset-requests` / `-tokens` (`1s`, `6m0s`, `20ms`)
/// of whatever is used up; the first that is there, at most five minutes.
/// `now` counts only for a date when the provider sent no `Date` of its own.
pub(super) fn from_headers(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let date = |text: &str| httpdate::parse_http_date(text).ok();
    let milliseconds = text("retry-after-ms").and_then(|text| seconds(text, 1e-3));
    let pause = milliseconds
        .or_else(|| {
            let text = text(RETRY_AFTER.as_str())?;
            seconds(text, 1.0).or_else(|| duration(text)).or_else(|| {
                // Both dates are the provider's, so that the clocks need not
                // agree.
                let now = headers
                    .get(DATE)
                    .and_then(|value| date(value.to_str().ok()?))
                    .unwrap_or(now);
                Some(date(text)?.duration_since(now).unwrap_or_default())
            })
        })
        .or_else(|| {
            let reset = |what: &str| {
                let left = text(&format!("x-ratelimit-remaining-{what}"));
                let used_up = left.is_none_or(|left| left == "0");
                let reset = text(&format!("x-ratelimit-reset-{what}")).filter(|_| used_up)?;
                duration(reset).or_else(|| seconds(reset, 1.0))
            };
            reset("requests").max(reset("tokens"))
        });
    pause.map(capped)
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
        let scale = match unit {
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        total = total.checked_add(seconds(number, scale)?)?;
        rest = tail;
    }
    Some(total)
}

/// At most the longest pause that is kept.
pub(super) fn capped(pause: Duration) -> Duration {
    pause.min(LONGEST)
}

/// A number of units; negative ones are none.
fn seconds(text: &str, scale: f64) -> Option<Duration> {
    let number: f64 = text.parse().ok()?;
    if !number.is_finite() {
        return None;
    }
    let scaled = (number.max(0.0) * scale).min(1e9);
    Duration::try_from_secs_f64(scaled).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn pause(headers: &[(&str, &str)]) -> Option<f64> {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:30 GMT").ok()?;
        let headers = headers
            .iter()
            .map(|(name, value)| {
                let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
                (name, HeaderValue::from_str(value).expect("a value"))
            })
            .collect();
        from_headers(&headers, now).map(|pause| pause.as_secs_f64())
    }

    #[test]
    fn every_form_is_read() {
        for (headers, expected) in [
            (vec![("retry-after", "2")], Some(2.0)),
            (vec![("retry-after", "1.5")], Some(1.5)),
            (vec![("retry-after", "7s")], Some(7.0)),
            (vec![("retry-after", "-3")], Some(0.0)),
            (
                vec![("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")],
                Some(7.0),
            ),
            (
                vec![
                    ("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"),
                    ("date", "Sun, 06 Nov 1994 08:49:35 GMT"),
                ],
                Some(2.0),
            ),
            (
                vec![("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT")],
                Some(0.0),
            ),
            (
                vec![("retry-after-ms", "250"), ("retry-after", "9")],
                Some(0.25),
            ),
            (vec![("x-ratelimit-reset-requests", "6m0s")], Some(300.0)),
            (vec![("x-ratelimit-reset-requests", "1s")], Some(1.0)),
            (vec![("x-ratelimit-reset-tokens", "20ms")], Some(0.02)),
            (
                vec![
                    ("x-ratelimit-remaining-requests", "5"),
                    ("x-ratelimit-reset-requests", "1m"),
                    ("x-ratelimit-remaining-tokens", "0"),
                    ("x-ratelimit-reset-tokens", "3s"),
                ],
                Some(3.0),
            ),
            (vec![("retry-after", "86400")], Some(300.0)),
            (vec![("retry-after", "soon")], None),
            (vec![("retry-after", "")], None),
            (vec![("retry-after", "NaN")], None),
            (vec![], None),
        ] {
            assert_eq!(pause(&headers), expected, "{headers:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[ -~]{0,24}") {
            let _ = pause(&[("retry-after", &text), ("x-ratelimit-reset-tokens", &text)]);
            let _ = duration(&text);
        }
    }
}

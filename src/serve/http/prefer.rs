//! What a caller prefers (RFC 7240): to wait so long for the answer, and to
//! have the work go on without it.

use std::time::Duration;

use http::HeaderMap;

/// Longest wait that is taken at its word, in seconds.
const LONGEST: f64 = 3_600.0;

/// Preferences of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Prefer {
    /// Wait so long for the answer.
    pub wait: Option<Duration>,
    /// Go on when the caller goes away.
    pub respond_async: bool,
}

impl Prefer {
    /// Reads the headers. What cannot be read is no preference, as the RFC has
    /// it; of two waits the first one counts.
    pub fn of(headers: &HeaderMap) -> Self {
        let mut prefer = Self::default();
        let lines = headers.get_all("prefer").iter();
        let words = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(','));
        for word in words {
            let word = word.split(';').next().unwrap_or_default().trim();
            if word.eq_ignore_ascii_case("respond-async") {
                prefer.respond_async = true;
            }
            let Some((name, value)) = word.split_once('=') else {
                continue;
            };
            if name.trim().eq_ignore_ascii_case("wait") && prefer.wait.is_none() {
                let seconds = value.trim().trim_matches('"').parse::<f64>().ok();
                prefer.wait = seconds
                    .filter(|seconds| *seconds >= 0.0)
                    .and_then(|seconds| Duration::try_from_secs_f64(seconds.min(LONGEST)).ok());
            }
        }
        prefer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferences_are_read_leniently() {
        let of = |lines: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("prefer", http::HeaderValue::from_static(line));
            }
            let prefer = Prefer::of(&headers);
            (
                prefer.wait.map(|wait| wait.as_secs_f64()),
                prefer.respond_async,
            )
        };
        assert_eq!(of(&[]), (None, false));
        assert_eq!(of(&["wait=10"]), (Some(10.0), false));
        assert_eq!(of(&["respond-async, wait=2.5"]), (Some(2.5), true));
        assert_eq!(of(&["Respond-Async", "Wait=\"7\"; x=y"]), (Some(7.0), true));
        assert_eq!(of(&["wait=soon, wait=3"]), (Some(3.0), false));
        assert_eq!(of(&["wait=-1"]), (None, false));
        assert_eq!(of(&["wait=1e99"]), (Some(3_600.0), false));
        assert_eq!(of(&["wait=NaN"]), (None, false));
    }
}

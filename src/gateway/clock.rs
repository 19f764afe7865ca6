//! Times and lengths of pauses, in words.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};

/// `at 2026-12-01 06:00:07 (05:00:07 UTC)`: so long from now, by this machine's
/// clock.
pub fn from_now(pause: Duration) -> String {
    let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::ZERO);
    let time = Timestamp::now().saturating_add(pause);
    time.map_or_else(|_| "later".into(), |time| at(time, TimeZone::system()))
}

fn at(time: Timestamp, here: TimeZone) -> String {
    let local: ZonedDateTime = time.to_zoned_datetime(here);
    let utc = time.to_zoned_datetime(TimeZone::UTC);
    let day = if local.date() == utc.date() {
        ""
    } else {
        "%Y-%m-%d "
    };
    format!(
        "at {} ({} UTC)",
        local.strftime("%Y-%m-%d %H:%M:%S"),
        utc.strftime(&format!("{day}%H:%M:%S"))
    )
}

/// `06:00:07`: so long from now, by this machine's clock.
pub fn time_of_day(pause: Duration) -> String {
    let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::ZERO);
    let time = Timestamp::now().saturating_add(pause);
    time.map_or_else(
        |_| "later".into(),
        |time| {
            let local = time.to_zoned_datetime(TimeZone::system());
            local.strftime("%H:%M:%S").to_string()
        },
    )
}

/// `25 s`, `7 min 12 s`, `14 h 21 min`, `3 d 2 h`.
pub fn length(time: Duration) -> String {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{minutes} min {} s", seconds % 60),
        3_600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_here_and_in_utc() {
        let time: Timestamp = "2026-11-30T23:30:00Z".parse().expect("a time");
        let east = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(
            at(time, east),
            "at 2026-12-01 01:30:00 (2026-11-30 23:30:00 UTC)"
        );
        assert_eq!(
            at(time, TimeZone::UTC),
            "at 2026-11-30 23:30:00 (23:30:00 UTC)"
        );
    }

    #[test]
    fn lengths_are_told_in_two_units() {
        for (seconds, words) in [
            (0.02, "1 s"),
            (25.0, "25 s"),
            (432.0, "7 min 12 s"),
            (51_667.0, "14 h 21 min"),
            (266_400.0, "3 d 2 h"),
        ] {
            assert_eq!(length(Duration::from_secs_f64(seconds)), words);
        }
    }
}

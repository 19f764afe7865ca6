//! Lines of the benchmark's files: what is read can be written in both styles
//! and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use primum::score::{
    JsonStyle, JudgedRecord, MatchRecord, Record, ResponseRecord, ReviewRecord, StrategiesRecord,
};

fn round_trip<R: Record>(line: &str) {
    let Ok(record) = R::from_line(line) else {
        return;
    };
    for style in [JsonStyle::Strict, JsonStyle::Kit] {
        let written = record.to_line(style).expect("a line");
        assert!(!written.contains('\n'));
        let again = R::from_line(&written).expect("what was written is read");
        assert_eq!(again.to_line(style).expect("a line"), written);
    }
}

fuzz_target!(|line: &str| {
    round_trip::<JudgedRecord>(line);
    round_trip::<MatchRecord>(line);
    round_trip::<ReviewRecord>(line);
    round_trip::<ResponseRecord>(line);
    round_trip::<StrategiesRecord>(line);
});

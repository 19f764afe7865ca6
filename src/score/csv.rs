//! The score file as text (scoring.md, section 12).

use std::fmt::Write;

use super::aggregate::Row;
use super::number::float_text;

const HEADER: &str = "category,metric,trials,mean,ci,ci_lo,ci_hi\n";
const CATEGORY: &str = "Overall";

/// A score file: a header and one line a row, numbers rounded to 4 decimals.
pub fn csv_text(rows: &[Row]) -> String {
    let mut text = HEADER.to_owned();
    for row in rows {
        let [mean, ci, lo, hi] = row.rounded().map(float_text);
        let (metric, trials) = (row.metric.name(), row.trials);
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{CATEGORY},{metric},{trials},{mean},{ci},{lo},{hi}");
    }
    text
}

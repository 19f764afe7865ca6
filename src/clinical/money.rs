//! Dollars as results keep them: a sum, and beside it the part that no provider
//! has told and that is estimated.

/// For fields of estimated dollars, which are left out where there are none.
pub fn is_nothing(usd: &f64) -> bool {
    *usd == 0.0
}

/// Dollars in words with a mark before them when a part is estimated:
/// `~$0.0042`.
pub fn marked(words: String, estimated: bool) -> String {
    if estimated {
        format!("~{words}")
    } else {
        words
    }
}

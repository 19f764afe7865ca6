//! "Did you mean": the nearest of the names that would have been right.

/// The candidate that is most like the word, if any is like enough to be a
/// likely slip.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            let likeness = strsim::normalized_damerau_levenshtein(&word, candidate);
            let starts = strsim::jaro_winkler(&word, candidate) * 0.8;
            (candidate, likeness.max(starts))
        })
        .filter(|(_, likeness)| *likeness >= 0.6)
        .max_by(|a, b| a.1.total_cmp(&b.1).then_with(|| b.0.cmp(a.0)))
        .map(|(candidate, _)| candidate)
}

/// The `most` candidates that are most like the word, the likest first, however
/// unlike they are: for a list of what there is when all of it is too long.
pub fn nearest_few<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    let word = word.to_ascii_lowercase();
    let mut ranked: Vec<(f64, &str)> = candidates
        .into_iter()
        .map(|name| {
            (
                strsim::jaro_winkler(&word, &name.to_ascii_lowercase()),
                name,
            )
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    ranked.dedup_by(|a, b| a.1 == b.1);
    ranked.truncate(most);
    ranked.into_iter().map(|(_, name)| name).collect()
}

/// Help for a name that is not there: the likely one, and all that are.
pub fn help<'a>(word: &str, known: impl IntoIterator<Item = &'a str>, what: &str) -> String {
    let mut known: Vec<&str> = known.into_iter().filter(|name| !name.is_empty()).collect();
    known.sort_unstable();
    known.dedup();
    let likely = nearest(word, known.iter().copied())
        .map(|name| format!("did you mean `{name}`? "))
        .unwrap_or_default();
    if known.is_empty() {
        return format!("there is no {what}");
    }
    let names: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
    format!("{likely}{what}: {}", names.join(", "))
}

//! Every set of advisors up to a size, under every vote rule.

/// A panel that might be: some advisors, and how many of them must have a
/// thing for it to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Places of the advisors, ascending.
    pub members: Box<[usize]>,
    /// Votes that are needed, from 1 to the number of advisors.
    pub votes: usize,
}

/// All sets of 1 to `most` of `members` advisors with all their vote rules, in
/// the order in which [`super::tally`] walks them: a set stands before those
/// that it is the beginning of.
pub fn all(members: usize, most: usize) -> Vec<Candidate> {
    let mut found = Vec::new();
    grow(&mut Vec::new(), members, most, &mut found);
    found
}

fn grow(set: &mut Vec<usize>, members: usize, most: usize, found: &mut Vec<Candidate>) {
    if set.len() == most {
        return;
    }
    for member in set.last().map_or(0, |last| last + 1)..members {
        set.push(member);
        for votes in 1..=set.len() {
            found.push(Candidate {
                members: set.as_slice().into(),
                votes,
            });
        }
        grow(set, members, most, found);
        set.pop();
    }
}

/// How many candidates there are, without making them: the sum of `n` times
/// the number of sets of `n`.
pub fn number(members: usize, most: usize) -> usize {
    let (mut sets, mut sum) = (1_usize, 0_usize);
    for size in 1..=most.min(members) {
        sets = sets.saturating_mul(members + 1 - size) / size;
        sum = sum.saturating_add(sets.saturating_mul(size));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::{all, number};

    #[test]
    fn all_are_there_once() {
        let found = all(12, 5);
        assert_eq!(found.len(), 12 + 2 * 66 + 3 * 220 + 4 * 495 + 5 * 792);
        assert_eq!(found.len(), number(12, 5));
        assert_eq!(all(3, 9).len(), 3 + 2 * 3 + 3);
        assert_eq!(number(3, 9), 12);
        let mut seen: Vec<_> = found.iter().map(|c| (&c.members, c.votes)).collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), found.len());
    }
}

//! Two judges on the same answer: where their verdicts agree, tier by tier, and
//! where they part.

use crate::clinical::{HarmType, Severity, Tier};
use crate::score::OptionVerdict;
use crate::score::records::Verdict;

use super::kappa::cohen_kappa;

/// Tiers of options in the order in which they are shown: what must not be left
/// out, what does not matter, what must not be done.
pub const TIERS: [Tier; 7] = [
    Tier::HarmIfOmitted(Severity::Severe),
    Tier::HarmIfOmitted(Severity::Moderate),
    Tier::HarmIfOmitted(Severity::Mild),
    Tier::Neutral,
    Tier::HarmIfDone(Severity::Mild),
    Tier::HarmIfDone(Severity::Moderate),
    Tier::HarmIfDone(Severity::Severe),
];

/// How often each pair of verdicts came up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// By the first judge's verdict, then the second's: no, partial, yes.
    pub table: [[u64; 3]; 3],
}

fn place(verdict: Verdict) -> usize {
    match verdict {
        Verdict::No => 0,
        Verdict::Partial => 1,
        Verdict::Yes => 2,
    }
}

impl Tally {
    /// Counts one option.
    pub fn add(&mut self, a: Verdict, b: Verdict) {
        self.table[place(a)][place(b)] += 1;
    }

    /// Counts what another tally has counted.
    pub fn merge(&mut self, other: &Self) {
        for (row, more) in self.table.iter_mut().zip(&other.table) {
            for (count, more) in row.iter_mut().zip(more) {
                *count += more;
            }
        }
    }

    /// Options compared.
    pub fn n(&self) -> u64 {
        self.table.iter().flatten().sum()
    }

    /// Options with the same verdict.
    pub fn agreed(&self) -> u64 {
        (0..3).map(|i| self.table[i][i]).sum()
    }

    /// Cohen's kappa over no, partial and yes.
    pub fn kappa(&self) -> Option<f64> {
        cohen_kappa(&self.table)
    }

    /// Options that the first judge alone finds recommended, in part or whole.
    pub fn only_first(&self) -> u64 {
        self.table[1][0] + self.table[2][0]
    }

    /// Options that the second judge alone finds recommended, in part or whole.
    pub fn only_second(&self) -> u64 {
        self.table[0][1] + self.table[0][2]
    }

    /// Options that both find recommended, one of them in part only.
    pub fn half(&self) -> u64 {
        self.table[1][2] + self.table[2][1]
    }

    /// Options that the first judge finds recommended, in part or whole.
    pub fn first_found(&self) -> u64 {
        self.table[1].iter().chain(&self.table[2]).sum()
    }

    /// Options that the second judge finds recommended, in part or whole.
    pub fn second_found(&self) -> u64 {
        self.table.iter().map(|row| row[1] + row[2]).sum()
    }
}

/// One option on which two judges part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parting {
    /// Place of the option in its rubric.
    pub place: usize,
    /// What the first judge says.
    pub a: OptionVerdict,
    /// What the second judge says.
    pub b: OptionVerdict,
}

impl Parting {
    /// Does the harm at this option differ, be it for a verdict on another one
    /// of its group?
    pub fn changes_harm(&self) -> bool {
        self.a.harm != self.b.harm
    }

    /// The worse of the two harms, for ordering: severe first, omissions
    /// before commissions, no change of harm last.
    pub fn rank(&self) -> (bool, Option<Severity>, Option<HarmType>) {
        let worse = [self.a.harm, self.b.harm]
            .into_iter()
            .flatten()
            .map(|(kind, severity)| (severity, kind))
            .min();
        (
            !self.changes_harm(),
            worse.map(|(severity, _)| severity),
            worse.map(|(_, kind)| kind),
        )
    }
}

/// Counts the verdicts of two judges on one answer by tier (`scores`: effective
/// scores of the options) and returns the options on which they part.
pub fn compare(
    scores: &[i64],
    a: &[OptionVerdict],
    b: &[OptionVerdict],
    tallies: &mut [Tally; 7],
) -> Vec<Parting> {
    let mut parted = Vec::new();
    for (place, ((score, a), b)) in scores.iter().zip(a).zip(b).enumerate() {
        // A score outside of 1-9 has no tier; nothing depends on such an option.
        let tier = Tier::of(*score);
        if let Some(tally) = TIERS
            .iter()
            .position(|known| *known == tier)
            .and_then(|tier| tallies.get_mut(tier))
        {
            tally.add(a.verdict, b.verdict);
        }
        if a != b {
            parted.push(Parting {
                place,
                a: *a,
                b: *b,
            });
        }
    }
    parted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(verdict: Verdict, harm: Option<(HarmType, Severity)>) -> OptionVerdict {
        OptionVerdict { verdict, harm }
    }

    #[test]
    fn verdicts_are_counted_by_tier_and_partings_kept() {
        let severe = Some((HarmType::Omission, Severity::Severe));
        let a = [
            verdict(Verdict::Yes, None),
            verdict(Verdict::No, None),
            verdict(Verdict::Yes, None),
        ];
        let b = [
            verdict(Verdict::Partial, severe),
            verdict(Verdict::No, None),
            verdict(Verdict::No, None),
        ];
        let mut tallies = [Tally::default(); 7];
        let parted = compare(&[9, 1, 5], &a, &b, &mut tallies);
        assert_eq!(tallies[0].half(), 1);
        assert_eq!(tallies[6].agreed(), 1);
        assert_eq!((tallies[3].only_first(), tallies[3].only_second()), (1, 0));
        assert_eq!(parted.iter().map(|p| p.place).collect::<Vec<_>>(), [0, 2]);
        assert!(parted[0].changes_harm() && !parted[1].changes_harm());
        assert!(parted[0].rank() < parted[1].rank());
    }

    #[test]
    fn the_same_verdict_with_another_harm_is_a_parting() {
        // The group of the option is covered under one judge only.
        let a = [verdict(Verdict::No, None)];
        let b = [verdict(
            Verdict::No,
            Some((HarmType::Omission, Severity::Mild)),
        )];
        let mut tallies = [Tally::default(); 7];
        let parted = compare(&[7], &a, &b, &mut tallies);
        assert_eq!(tallies[2].agreed(), 1);
        assert!(parted[0].changes_harm());
    }

    #[test]
    fn severe_harm_comes_before_mild_harm_and_that_before_none() {
        let none = verdict(Verdict::No, None);
        let harm = |severity| verdict(Verdict::Yes, Some((HarmType::Commission, severity)));
        let part = |b| Parting {
            place: 0,
            a: none,
            b,
        };
        let severe = part(harm(Severity::Severe)).rank();
        let mild = part(harm(Severity::Mild)).rank();
        let nothing = part(verdict(Verdict::Yes, None)).rank();
        assert!(severe < mild && mild < nothing);
    }
}

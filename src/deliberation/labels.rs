//! Letters for drafts: what later agents see of drafts is anonymous and in a
//! seeded shuffle (design rule 1).

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};
use sha2::{Digest, Sha256};

use crate::clinical::DraftRef;

use super::parse::Draft;

/// Which draft bears which letter: index into the panel's order by position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels(Vec<usize>);

impl Labels {
    /// A shuffle of `n` drafts that follows from the run's seed, the item and
    /// the trial alone, so that arrival order changes nothing.
    pub fn shuffled(n: usize, run_seed: u64, item: &str, trial: u32) -> Self {
        let seed: [u8; 32] = Sha256::new()
            .chain_update(b"primum synthesis shuffle 1\0")
            .chain_update(run_seed.to_le_bytes())
            .chain_update(trial.to_le_bytes())
            .chain_update(item.as_bytes())
            .finalize()
            .into();
        let mut rng = ChaCha8Rng::from_seed(seed);
        let mut order: Vec<usize> = (0..n).collect();
        // Fisher-Yates; the bias of a 64-bit remainder over a handful of
        // drafts is below 1e-18.
        for last in (1..n).rev() {
            let pick = (rng.next_u64() % (last as u64 + 1)) as usize;
            order.swap(last, pick);
        }
        Self(order)
    }

    /// The shuffled order: at each position, which it was before.
    pub fn order(&self) -> &[usize] {
        &self.0
    }

    /// Letters of a position: A, B, … Z, AA, AB, …
    fn letters(mut position: usize) -> String {
        let mut out = Vec::new();
        loop {
            out.push(char::from(b'A' + (position % 26) as u8));
            if position < 26 {
                break;
            }
            position = position / 26 - 1;
        }
        out.iter().rev().collect()
    }

    /// The position of some letters; the inverse of [`Labels::letters`].
    fn position(letters: &str) -> Option<usize> {
        let number = letters.bytes().try_fold(0_usize, |number, letter| {
            let digit = usize::from(letter.checked_sub(b'A').filter(|digit| *digit < 26)?) + 1;
            number.checked_mul(26)?.checked_add(digit)
        })?;
        number.checked_sub(1)
    }

    /// Items of the drafts by reference, grouped by draft and in the shuffled
    /// order: the given ones, each as (advisor, number).
    pub fn items(&self, drafts: &[(String, Draft)], shown: impl Fn(&str, usize) -> bool) -> String {
        use std::fmt::Write as _;
        let mut text = String::with_capacity(2048);
        for (position, &index) in self.0.iter().enumerate() {
            let Some((agent, draft)) = drafts.get(index) else {
                continue;
            };
            let letters = Self::letters(position);
            for (i, item) in draft.items.iter().enumerate() {
                if shown(agent, i + 1) {
                    // Writing to a String cannot fail.
                    let _ = writeln!(text, "{letters}{}. {}", i + 1, item.expose());
                }
            }
        }
        text
    }

    /// The references of the given items, in the shuffled order.
    pub fn names(
        &self,
        drafts: &[(String, Draft)],
        shown: impl Fn(&str, usize) -> bool,
    ) -> Vec<String> {
        let mut names = Vec::new();
        for (position, &index) in self.0.iter().enumerate() {
            let Some((agent, draft)) = drafts.get(index) else {
                continue;
            };
            let letters = Self::letters(position);
            let numbers = (1..=draft.items.len()).filter(|number| shown(agent, *number));
            names.extend(numbers.map(|number| format!("{letters}{number}")));
        }
        names
    }

    /// The drafts as the moderator sees them: anonymous, in shuffled order.
    pub fn block(&self, drafts: &[(String, Draft)]) -> String {
        use std::fmt::Write as _;
        let mut text = String::with_capacity(4096);
        for (position, &index) in self.0.iter().enumerate() {
            let Some((_, draft)) = drafts.get(index) else {
                continue;
            };
            let letters = Self::letters(position);
            // Writing to a String cannot fail.
            let _ = writeln!(text, "Draft {letters}");
            let _ = writeln!(text, "Assessment: {}", draft.assessment.expose());
            for (i, item) in draft.items.iter().enumerate() {
                let _ = writeln!(text, "{letters}{}. {}", i + 1, item.expose());
            }
            text.push('\n');
        }
        text
    }

    /// `A2` or `[a2]` as a drafted item; `None` for an invented reference.
    pub fn resolve(&self, reference: &str, drafts: &[(String, Draft)]) -> Option<DraftRef> {
        let reference = reference
            .trim_matches(|c: char| !c.is_ascii_alphanumeric())
            .to_ascii_uppercase();
        let split = reference.find(|c: char| c.is_ascii_digit())?;
        let (letters, number) = reference.split_at(split);
        let number: usize = number.parse().ok()?;
        let position = Self::position(letters)?;
        let (agent, draft) = drafts.get(*self.0.get(position)?)?;
        (1..=draft.items.len()).contains(&number).then(|| DraftRef {
            agent: agent.clone(),
            number,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!(Labels::letters(0), "A");
        assert_eq!(Labels::letters(25), "Z");
        assert_eq!(Labels::letters(26), "AA");
        assert_eq!(Labels::letters(27), "AB");
    }

    #[test]
    fn letters_are_read_back() {
        for position in 0..2_000 {
            assert_eq!(Labels::position(&Labels::letters(position)), Some(position));
        }
        for foreign in ["", "A1", "a", "Ä", &"Z".repeat(99)] {
            assert_eq!(Labels::position(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn the_shuffle_depends_on_seed_item_and_trial_only() {
        let a = Labels::shuffled(5, 0, "Card001", 1);
        assert_eq!(a, Labels::shuffled(5, 0, "Card001", 1));
        let others = [
            Labels::shuffled(5, 1, "Card001", 1),
            Labels::shuffled(5, 0, "Card002", 1),
            Labels::shuffled(5, 0, "Card001", 2),
        ];
        assert!(others.iter().any(|other| *other != a));
    }
}

//! Means as numpy computes them (scoring.md, section 12). The order of the
//! additions decides the last bit.

/// Values up to this many are added in one block of eight running sums.
const BLOCK: usize = 128;

/// Mean of the values; NaN of none.
pub fn mean(values: &[f64]) -> f64 {
    // Numbers of values are far below 2^53.
    pairwise_sum(values) / values.len() as f64
}

fn pairwise_sum(values: &[f64]) -> f64 {
    if values.len() > BLOCK {
        let half = values.len() / 2;
        let (head, tail) = values.split_at(half - half % 8);
        return pairwise_sum(head) + pairwise_sum(tail);
    }
    let (blocks, rest) = values.as_chunks::<8>();
    let Some((&first, blocks)) = blocks.split_first() else {
        return rest.iter().fold(0.0, |sum, value| sum + value);
    };
    let mut s = first;
    for block in blocks {
        for (sum, value) in s.iter_mut().zip(block) {
            *sum += value;
        }
    }
    let sum = ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
    rest.iter().fold(sum, |sum, value| sum + value)
}

#[cfg(test)]
mod tests {
    use super::{mean, pairwise_sum};

    #[test]
    fn the_mean_of_nothing_is_not_a_number() {
        assert!(mean(&[]).is_nan());
        assert_eq!(mean(&[0.25]), 0.25);
    }

    #[test]
    fn whole_numbers_add_up_at_every_length() {
        for len in 0..1_000_u32 {
            let values: Vec<f64> = (0..len).map(f64::from).collect();
            let sum = f64::from(len) * (f64::from(len) - 1.0) / 2.0;
            assert_eq!(pairwise_sum(&values), if len == 0 { 0.0 } else { sum });
        }
    }

    #[test]
    fn seven_values_go_left_to_right_and_eight_in_pairs() {
        let big = 2_f64.powi(53);
        // From left to right every 1 is lost in the big number.
        assert_eq!(pairwise_sum(&[big, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]), big);
        // In pairs the ones meet first, except the one beside the big number.
        let eight = [big, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
        assert_eq!(pairwise_sum(&eight), big + 6.0);
    }

    #[test]
    fn long_lists_are_split_at_a_multiple_of_eight() {
        // Half of 150 is 75, so the first part has 72. The big number swallows
        // ones of its own part only; a split at 75 would leave 148.
        let big = 2_f64.powi(53);
        let mut values = vec![1.0; 150];
        values[73] = big;
        assert_eq!(pairwise_sum(&values) - big, 136.0);
    }
}

//! Cohen's kappa: agreement of two judges beyond what their habits alone would
//! give (Cohen, *A coefficient of agreement for nominal scales*, Educational
//! and Psychological Measurement 20, 1960).

/// Kappa of a square table: `table[i][j]` answers were put into category `i`
/// by the first judge and `j` by the second. 1: they always agree; 0: as often
/// as chance; below 0: less often. `None` without any answer, and when both
/// put everything into one category, where kappa is 0/0.
pub fn cohen_kappa<const K: usize>(table: &[[u64; K]; K]) -> Option<f64> {
    let n: u64 = table.iter().flatten().sum();
    if n == 0 {
        return None;
    }
    let agreed: u64 = (0..K).map(|i| table[i][i]).sum();
    // Counts of options are far below 2^53, and so are the products below
    // 2^106; as doubles they lose nothing that matters.
    let by_chance: f64 = (0..K)
        .map(|i| {
            let first: u64 = table[i].iter().sum();
            let second: u64 = table.iter().map(|row| row[i]).sum();
            first as f64 * second as f64
        })
        .sum();
    let n = n as f64;
    let observed = agreed as f64 / n;
    let expected = by_chance / (n * n);
    (expected < 1.0).then(|| (observed - expected) / (1.0 - expected))
}

#[cfg(test)]
mod tests {
    use super::cohen_kappa;

    fn close(found: Option<f64>, expected: f64) {
        assert!(
            found.is_some_and(|k| (k - expected).abs() < 1e-12),
            "{found:?} is not {expected}"
        );
    }

    #[test]
    fn two_categories_by_hand() {
        // Observed 35/50 = 0.7; by chance 25/50 * 30/50 + 25/50 * 20/50 = 0.5;
        // (0.7 - 0.5) / 0.5.
        close(cohen_kappa(&[[20, 5], [10, 15]]), 0.4);
    }

    #[test]
    fn three_categories_by_hand() {
        // n = 100, on the diagonal 44 + 20 + 6 = 70. Rows 53, 30, 17; columns
        // 60, 30, 10. Chance: (53*60 + 30*30 + 17*10) / 10_000 = 0.425.
        let table = [[44, 7, 2], [8, 20, 2], [8, 3, 6]];
        close(cohen_kappa(&table), (0.70 - 0.425) / (1.0 - 0.425));
    }

    #[test]
    fn full_agreement_is_one_and_chance_is_zero() {
        close(cohen_kappa(&[[7, 0], [0, 3]]), 1.0);
        close(cohen_kappa(&[[4, 4], [4, 4]]), 0.0);
    }

    #[test]
    fn always_the_opposite_is_below_zero() {
        close(cohen_kappa(&[[0, 5], [5, 0]]), -1.0);
    }

    #[test]
    fn nothing_to_compare_and_one_category_for_all_have_no_kappa() {
        assert_eq!(cohen_kappa(&[[0, 0], [0, 0]]), None);
        assert_eq!(cohen_kappa(&[[9, 0], [0, 0]]), None);
    }

    #[test]
    fn the_order_of_the_judges_does_not_matter() {
        let table = [[44, 7, 2], [8, 20, 2], [8, 3, 6]];
        let mut turned = [[0; 3]; 3];
        for (i, row) in table.iter().enumerate() {
            for (j, count) in row.iter().enumerate() {
                turned[j][i] = *count;
            }
        }
        assert_eq!(cohen_kappa(&table), cohen_kappa(&turned));
    }
}

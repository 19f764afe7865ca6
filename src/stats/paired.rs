//! Pairing two arms on the same items.

use std::collections::HashMap;

/// A value of one base case.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseValue {
    /// Base case id.
    pub case: String,
    /// The value, in the metric's unit.
    pub value: f64,
}

/// One scored item: its base case, its key (item and trial), and its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ItemValue<'a> {
    /// Base case id.
    pub case: &'a str,
    /// Item id.
    pub item: &'a str,
    /// Trial.
    pub trial: u32,
    /// The value; NaN counts as missing.
    pub value: f64,
}

/// Differences `a - b` per base case, over the items that both arms have a
/// value for; the difference of a case is the mean over its items and trials.
/// Cases come in the order of `a`; a case without a common item has none.
pub fn paired_by_case(a: &[ItemValue<'_>], b: &[ItemValue<'_>]) -> Vec<CaseValue> {
    let other: HashMap<(&str, u32), f64> = b
        .iter()
        .filter(|v| !v.value.is_nan())
        .map(|v| ((v.item, v.trial), v.value))
        .collect();
    let mut order: Vec<&str> = Vec::new();
    let mut sums: HashMap<&str, (f64, u32)> = HashMap::new();
    for value in a.iter().filter(|v| !v.value.is_nan()) {
        let Some(b) = other.get(&(value.item, value.trial)) else {
            continue;
        };
        let sum = sums.entry(value.case).or_insert_with(|| {
            order.push(value.case);
            (0.0, 0)
        });
        sum.0 += value.value - b;
        sum.1 += 1;
    }
    order
        .into_iter()
        .filter_map(|case| {
            let (sum, n) = sums.get(case)?;
            Some(CaseValue {
                case: case.to_owned(),
                value: sum / f64::from(*n),
            })
        })
        .collect()
}

/// How many items (times trials) both arms have a value for.
pub fn common(a: &[ItemValue<'_>], b: &[ItemValue<'_>]) -> usize {
    let there = |v: &&ItemValue<'_>| !v.value.is_nan();
    let other: std::collections::HashSet<(&str, u32)> =
        b.iter().filter(there).map(|v| (v.item, v.trial)).collect();
    a.iter()
        .filter(there)
        .filter(|v| other.contains(&(v.item, v.trial)))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v<'a>(case: &'a str, item: &'a str, trial: u32, value: f64) -> ItemValue<'a> {
        ItemValue {
            case,
            item,
            trial,
            value,
        }
    }

    #[test]
    fn only_common_items_are_compared_and_cases_are_means() {
        let a = [
            v("A1", "A1", 1, 1.0),
            v("A1", "A1-0", 1, 0.5),
            v("B1", "B1", 1, 0.2),
            v("C1", "C1", 1, f64::NAN),
        ];
        let b = [
            v("A1", "A1-0", 1, 0.0),
            v("A1", "A1", 1, 0.0),
            v("B1", "B1", 2, 0.9),
            v("C1", "C1", 1, 0.1),
        ];
        assert_eq!(
            paired_by_case(&a, &b),
            [CaseValue {
                case: "A1".into(),
                value: 0.75
            }]
        );
    }
}

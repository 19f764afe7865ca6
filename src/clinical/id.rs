//! Item ids: `Card001` is a base case, `Card001-3` its perturbation 3.
//!
//! The benchmark reads ids by two rules (scoring.md, section 1) that agree on
//! all real ids; both are kept, each under the name of who uses it.

/// Variant number of a base case.
pub const BASE_VARIANT: i64 = -1;

/// Specialty of ids without leading letters, and of dissolved strata.
pub const OTHER_SPECIALTY: &str = "_other";

/// The scorer's rule: cut at the *last* dash if an integer follows it,
/// otherwise the whole id is the base and the variant is [`BASE_VARIANT`].
pub fn base_and_variant(id: &str) -> (&str, i64) {
    match id.rsplit_once('-') {
        Some((base, tail)) => match tail.trim().parse::<i64>() {
            Ok(variant) => (base, variant),
            Err(_) => (id, BASE_VARIANT),
        },
        None => (id, BASE_VARIANT),
    }
}

/// The judge's rule: everything before the *first* dash.
pub fn judge_base(id: &str) -> &str {
    id.split_once('-').map_or(id, |(base, _)| base)
}

/// Specialty: the longest leading run of ASCII letters of a base id, or
/// [`OTHER_SPECIALTY`] when there is none.
pub fn specialty(base: &str) -> &str {
    let end = base
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(base.len());
    if end == 0 {
        OTHER_SPECIALTY
    } else {
        &base[..end]
    }
}

/// Is this variant among the first `k` of its case (`k` = 1: the base only)?
pub fn within_k(variant: i64, k: u32) -> bool {
    variant < i64::from(k) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_dash_for_the_scorer_first_dash_for_the_judge() {
        assert_eq!(base_and_variant("Card001-3"), ("Card001", 3));
        assert_eq!(base_and_variant("A-b-2"), ("A-b", 2));
        assert_eq!(base_and_variant("A-b"), ("A-b", BASE_VARIANT));
        assert_eq!(judge_base("A-b-2"), "A");
    }

    #[test]
    fn specialty_is_ascii_letters_only() {
        assert_eq!(specialty("Nephro003"), "Nephro");
        assert_eq!(specialty("Äb1"), OTHER_SPECIALTY);
        assert_eq!(specialty("001"), OTHER_SPECIALTY);
    }

    #[test]
    fn k_counts_the_base_as_the_first_variant() {
        assert!(within_k(BASE_VARIANT, 1));
        assert!(!within_k(0, 1));
        assert!(within_k(9, 11));
    }
}

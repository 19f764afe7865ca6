//! Numbers as the benchmark's tools print and round them.

/// A finite double in the shortest form that reads back as the same number,
/// with at least one decimal, as Python prints it: `1.0`, `0.997`, `1e-05`.
/// Not-a-number is `NaN`.
pub fn float_text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.into();
    }
    // Rust and Python agree on the shortest digits, and differ in when and how
    // they write an exponent.
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(power) if !(-4..16).contains(&power) => {
            let sign = if power < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", power.abs())
        }
        _ => {
            let plain = format!("{value}");
            if plain.contains('.') {
                plain
            } else {
                plain + ".0"
            }
        }
    }
}

/// Rounds to 4 decimals by the exact decimal expansion of the double, ties to
/// even (scoring.md, section 12): what Python's `round(value, 4)` gives.
pub fn round4(value: f64) -> f64 {
    if !value.is_finite() {
        return value;
    }
    // `format!` rounds the exact expansion, ties to even; a product with 10^4
    // would round twice.
    format!("{value:.4}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::{float_text, round4};

    #[test]
    fn floats_are_printed_as_python_prints_them() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.997, "0.997"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.25e-100, "1.25e-100"),
            (0.1 + 0.2, "0.30000000000000004"),
        ] {
            assert_eq!(float_text(value), text);
        }
        assert_eq!(float_text(f64::NAN), "NaN");
    }

    #[test]
    fn rounding_goes_by_the_exact_double_and_ties_go_to_even() {
        // 1/32 and 3/32 lie exactly between two values of 4 decimals.
        assert_eq!(round4(0.03125), 0.0312);
        assert_eq!(round4(0.09375), 0.0938);
        assert_eq!(round4(0.40625), 0.4062);
        // The doubles nearest to 0.00015, 0.00025 and 0.99995 lie below, above
        // and above the tie.
        assert_eq!(round4(0.00015), 0.0001);
        assert_eq!(round4(0.00025), 0.0003);
        assert_eq!(round4(0.99995), 1.0);
        assert_eq!(round4(0.99999), 1.0);
        assert_eq!(round4(1.0), 1.0);
        assert!(round4(f64::NAN).is_nan());
    }
}

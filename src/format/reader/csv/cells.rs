//! Parsing cells: missing values and numbers.

/// A cell read as a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::format) enum Cell {
    /// No value.
    Missing,
    /// A finite number.
    Number(f64),
    /// Something else.
    Wrong,
}

/// Reads a trimmed cell as a number.
pub(in crate::format) fn number(cell: &str) -> Cell {
    match fast_float2::parse::<f64, _>(cell) {
        Ok(number) if number.is_finite() => Cell::Number(number),
        _ if is_missing(cell) => Cell::Missing,
        _ => Cell::Wrong,
    }
}

/// Whether a trimmed cell is missing: blank, or one of the words that pandas, Excel and people use.
pub(in crate::format) fn is_missing(cell: &str) -> bool {
    const WORDS: [&str; 10] = ["nan", "none", "null", "n/a", "na", "nat", "#n/a", "<na>", "-nan", "nil"];
    const LONGEST: usize = 4;
    cell.len() <= LONGEST && (matches!(cell, "" | "-" | "–" | "—") || WORDS.iter().any(|word| word.eq_ignore_ascii_case(cell)))
}

/// A text without the apostrophe that Inferscope's exports put before spreadsheet formulas.
pub(in crate::format) fn unescaped(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@', '\t', '\r'])).unwrap_or(text)
}

/// Whether an integer is in canonical form: digits without a leading zero.
pub(in crate::format) fn is_canonical(cell: &str) -> bool {
    let bytes = cell.as_bytes();
    cell == "0" || bytes.len() <= 15 && matches!(bytes.first(), Some(b'1'..=b'9')) && bytes.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells() {
        for missing in ["", "nan", "NaN", "None", "N/A", "-", "<NA>", "null"] {
            assert_eq!(number(missing), Cell::Missing, "{missing}");
        }
        for wrong in ["inf", "-Infinity", "abc", "1,000", "12 ms", "1e999", "=1+1"] {
            assert_eq!(number(wrong), Cell::Wrong, "{wrong}");
        }
        assert_eq!(number("1e3"), Cell::Number(1000.0));
        assert_eq!(number("-0.5"), Cell::Number(-0.5));
        assert!(is_canonical("0") && is_canonical("1024") && !is_canonical("4.0") && !is_canonical("04") && !is_canonical(""));
    }
}
